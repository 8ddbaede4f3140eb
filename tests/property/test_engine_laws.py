"""Engines that compute whole columns against integers of Python: the same rows on NumPy, Polars and DuckDB.

What an engine cannot say it refuses; it never answers otherwise.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cantinekit.pricing.kernel import (
    NotEmittedError,
    Program,
    _cache,
    _duckdb,
    _polars,
    _windows,
    _zeros,
    emit_duckdb,
    emit_numpy,
    emit_polars,
)
from support.run.soak import SOAK, half
from support.tariffs import kernel_programs
from support.tariffs.kernel_lists import ListProgram, Seen, Table, a_list, count, folded, rows_of

LISTS, ROWS = (200, 2_000) if SOAK else (24, 150)
ENGINES: dict[str, Callable[[Program], Any]] = {"numpy": emit_numpy, "polars": emit_polars, "duckdb": emit_duckdb}
HARD = (
    "rounding ties", "covered in part", "covered whole", "zero", "daily cap reached", "monthly cap reached",
    "at the bounds", "lists that need a fold",
)  # fmt: skip


def a_case(seed: int) -> tuple[ListProgram, Table]:
    random = Random(seed)
    return a_list(random), rows_of(random, ROWS)


def difference(seed: int, seen: Seen) -> str:
    """The first row on which an engine differs from integers of Python; empty where there is none."""
    of, table = a_case(seed)
    wanted = folded(of.program, table)
    count(of, table, wanted, seen)
    for engine, emit in ENGINES.items():
        try:
            found = emit(of.program)(table)
        except NotEmittedError as refused:
            if not of.folded or refused.reason != "fold" or refused.name != "left":
                return f"{engine}: {refused}"
            seen[f"{engine} refused"] += 1
            continue
        seen[engine] += 1
        for name, values in wanted.items():
            wrong = np.flatnonzero(found[name] != np.array(values))
            if len(wrong):
                row = {column: int(values[wrong[0]]) for column, values in table.items()}
                return f"{engine}, row {wrong[0]}, {name}: {found[name][wrong[0]]} != {values[wrong[0]]}\n{row}"
    return ""


def test_engines_agree_row_by_row_on_random_lists() -> None:
    """Cover, price, discount, two caps and tax of random lists are the same integers on all engines; a list whose cover
    is all or nothing is computed by NumPy alone.
    """
    seen: Seen = Counter()
    for seed in range(LISTS):
        found = difference(seed, seen)
        assert not found, f"seed {seed}, {found}"
    print(dict(seen))
    assert all(seen[name] for name in (*HARD, *ENGINES)), dict(seen)
    assert seen["numpy"] == LISTS
    assert seen["polars refused"] == seen["duckdb refused"] == LISTS - seen["polars"] == LISTS - seen["duckdb"] > 0


@settings(
    max_examples=half(60),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(st.data())
def test_engines_agree_row_by_row_on_random_programs(data: st.DataObject) -> None:
    """Whatever operations a program is made of, Polars and DuckDB compute its lets as the slow evaluator does."""
    program = kernel_programs.showing_all(data.draw(kernel_programs.programs()))
    rows = data.draw(kernel_programs.rows_of(program))
    _, values = kernel_programs.fold(program, rows)
    columns = {name: np.array([row[name] for row in rows], dtype=np.int64) for name in rows[0]}
    for emit in (emit_polars, emit_duckdb):
        try:
            kernel = emit(program)
        except NotEmittedError:
            continue
        found = kernel(columns)
        assert [{name: int(found[name][at]) for name in program.outputs} for at in range(len(rows))] == [
            {name: value[name] for name in program.outputs} for value in values
        ]


right_sum, right_window = _polars.PolarsKernel._sum, _duckdb._sum
right_value, right_lower = _duckdb._Writer.value, _windows._Lowering._lower


def _own_row(self: Any, one: Any, *, opened: bool, clustered: bool) -> Any:
    found = right_sum(self, one, opened=opened, clustered=clustered)
    return (found + self.polars.col(one.gain)).alias(one.prior)


def _by_threes(plan: Any, one: Any, same: Any) -> str:
    return right_window(plan, one, same).replace("ORDER BY row", "ORDER BY row // 3, -row")


FAULTS: dict[str, tuple[Any, str, Any]] = {
    "a running sum that holds its own row": (_polars.PolarsKernel, "_sum", _own_row),
    "a table that is taken for sorted": (_polars.PolarsKernel, "_sorted", lambda self, frame, key: True),
    "an order that is not that of the rows": (_duckdb, "_sum", _by_threes),
    "a division of doubles": (
        _duckdb._Writer,
        "value",
        lambda self, expr: right_value(self, expr).replace(" // ", " / "),
    ),
    "a condition that is not asked, though it matters": (
        _zeros.Asking,
        "_dropped",
        lambda self, condition, zeros: None,
    ),
    "half even as half up": (
        _windows._Lowering,
        "_lower",
        lambda self, expr: right_lower(self, _windows.Op("half_up", expr.args) if _even(expr) else expr),
    ),
    "a limit that may be another one in each row": (_windows._Limited, "_room", lambda self, expr: None),
}


def _even(expr: Any) -> bool:
    return getattr(expr, "kind", "") == "half_even"


@pytest.mark.parametrize("fault", FAULTS)
def test_the_law_bites(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a planted fault an engine differs, or cannot answer what it should (negative control)."""
    owner, name, wrong = FAULTS[fault]
    monkeypatch.setattr(_cache, "digest", lambda program: object())
    monkeypatch.setattr(owner, name, wrong)
    assert any(difference(seed, Counter()) for seed in range(LISTS))
