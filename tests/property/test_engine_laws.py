"""Engines that compute whole columns against integers of Python: the same rows on NumPy, Polars and DuckDB.

What an engine cannot say it refuses; it never answers otherwise.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from random import Random
from typing import Any

import duckdb
import numpy as np
import pytest

from cantinekit.pricing.kernel import (
    Program,
    WindowError,
    _cache,
    _polars,
    _sql,
    _windows,
    _zeros,
    emit_duckdb,
    emit_numpy,
    emit_polars,
)
from support.run.soak import SOAK
from support.tariffs.kernel_lists import Seen, a_list, count, folded, rows_of

LISTS, ROWS = (200, 2_000) if SOAK else (24, 150)


def in_a_relation(program: Program) -> Any:
    """A program over a table of DuckDB, in one statement."""
    kernel = emit_duckdb(program)

    def run(table: Any) -> Any:
        with duckdb.connect() as connection:
            connection.register("given_rows", {**table, "number": np.arange(ROWS)})
            return kernel.relation(connection.table("given_rows"), "number").order("number").fetchnumpy()

    return run


ENGINES: dict[str, Callable[[Program], Any]] = {
    "numpy": emit_numpy, "polars": emit_polars, "duckdb": emit_duckdb, "a relation": in_a_relation,
}  # fmt: skip
HARD = (
    "rounding ties", "covered in part", "covered whole", "zero", "daily cap reached", "monthly cap reached",
    "at the bounds", "lists that need a fold",
)  # fmt: skip


def difference(seed: int, seen: Seen, engines: Mapping[str, Callable[[Program], Any]] = ENGINES) -> str:
    """The first row on which an engine differs from integers of Python; empty where there is none."""
    of, told = a_list(Random(seed), sums=True), a_list(Random(seed), sums=False)
    table = rows_of(Random(seed), ROWS)
    wanted = folded(told.program, table)
    count(of, table, wanted, seen)
    for engine, emit in engines.items():
        try:
            found = emit(of.program)(table)
        except WindowError as refused:
            if (of.folded, refused.reason, refused.name) != (True, "fold", "left"):
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
    """Cover, price, discount, two caps and tax of random lists are the same integers on all engines as row by row,
    where a limit looks at what was given and not at what was wanted. All or nothing is for NumPy alone.
    """
    seen: Seen = Counter()
    for seed in range(LISTS):
        found = difference(seed, seen)
        assert not found, f"seed {seed}, {found}"
    print(dict(seen))
    assert all(seen[name] for name in (*HARD, *ENGINES)), dict(seen)
    assert seen["numpy"] == LISTS
    refused = {(seen[f"{engine} refused"], LISTS - seen[engine]) for engine in ENGINES if engine != "numpy"}
    assert len(refused) == 1
    assert all(first == second > 0 for first, second in refused)


right_sum, right_window = _polars.PolarsKernel._prior, _sql.Dialect.running
right_value, right_lower, right_once = _sql.Writer.value, _windows._Lowering._lower, _windows._Lowering._once


def _own_row(self: Any, frame: Any, one: Any) -> Any:
    return right_sum(self, frame, one) + frame.get_column(one.gain)


def _by_threes(self: Any, one: Any, key: Any, order: Any) -> str:
    return right_window(self, one, key, order).replace("ORDER BY row", "ORDER BY row // 3, -row")


def _always_the_first(self: Any, expr: Any) -> Any:
    return right_once(self, next(iter(self._names), expr))


def _even(expr: Any) -> bool:
    return getattr(expr, "kind", "") == "half_even"


FAULTS: dict[str, tuple[Any, str, Any]] = {
    "a running sum that holds its own row": (_polars.PolarsKernel, "_prior", _own_row),
    "a table that is taken for sorted": (_polars.PolarsKernel, "_sorted", lambda self, codes: True),
    "an order that is not that of the rows": (_sql.Dialect, "running", _by_threes),
    "a division of doubles": (
        _sql.Writer,
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
    "a let that is written as another one": (_windows._Lowering, "_once", _always_the_first),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_the_law_bites(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a planted fault an engine differs, or cannot answer what it should (negative control)."""
    owner, name, wrong = FAULTS[fault]
    monkeypatch.setattr(_cache, "digest", lambda program: object())
    monkeypatch.setattr(owner, name, wrong)
    assert any(difference(seed, Counter()) for seed in range(LISTS))
