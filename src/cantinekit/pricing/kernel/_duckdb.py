"""A program as SQL for DuckDB: a stage is a subquery, a scan is a window over its key, division is exact."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

from cantinekit.pricing.kernel._cache import cached
from cantinekit.pricing.kernel._ir import Program
from cantinekit.pricing.kernel._staged import Staged, staged
from cantinekit.pricing.kernel._table import ColumnKernel, given_table, within
from cantinekit.pricing.kernel._walk import Walk

_ROW = "n"
"""The column of the number of the row: windows need a total order."""


class _Sql:
    """The operations of SQL; every integer is a BIGINT, with which an overflow is an error."""

    def const(self, value: int) -> str:
        return f"({value})::BIGINT"

    def column(self, name: str) -> str:
        return name

    def entry(self, table: tuple[int, ...], index: str) -> str:
        return f"([{', '.join(map(str, table))}]::BIGINT[])[{index} + 1]"

    def number(self, kind: str, a: str, b: str) -> str:
        if kind in ("min", "max"):
            return f"{'least' if kind == 'min' else 'greatest'}({a}, {b})"
        return f"({a} {kind} {b})"

    def compare(self, kind: str, a: str, b: str) -> str:
        return f"({a} {'=' if kind == '==' else kind} {b})"

    def join(self, kind: str, a: str, b: str) -> str:
        return f"({a} {kind} {b})"

    def negate(self, a: str) -> str:
        return f"(NOT {a})"

    def choose(self, condition: str, then: str, otherwise: str) -> str:
        return f"(CASE WHEN {condition} THEN {then} ELSE {otherwise} END)"


class _Query:
    """Subqueries, each with some more columns than the one before it."""

    def __init__(self, stages: Staged) -> None:
        self.stages = stages
        self.parts: list[str] = []
        self.known = set(stages.inputs.values())
        self.walk = Walk(_Sql())

    def add(self, columns: Sequence[tuple[str, str]]) -> None:
        """One more subquery."""
        if columns:
            source = f"q{len(self.parts) - 1}" if self.parts else "given"
            more = ", ".join(f"{text} AS {name}" for name, text in columns)
            self.parts.append(f"q{len(self.parts)} AS (SELECT *, {more} FROM {source})")
            self.known.update(name for name, _ in columns)

    def compute(self, wanted: Sequence[str]) -> None:
        """The lets that are wanted, and those that they need."""
        for level in self.stages.levels(self.known, wanted):
            self.add([(name, self.walk.value(self.stages.lets[name])) for name in level])

    def text(self, columns: Sequence[str]) -> str:
        last = f"q{len(self.parts) - 1}" if self.parts else "given"
        parts = f"WITH {', '.join(self.parts)} " if self.parts else ""
        return f"{parts}SELECT {', '.join([_ROW, *columns])} FROM {last}"


def duckdb_sql(program: Program, opened: Callable[[str], str | None], keyed: Callable[[Any], list[str]]) -> str:
    """The query of a program over a table ``given``: the inputs are ``a0`` and so on in their order, ``n`` is the row.

    Its rows come in any order, each with its ``n``.

    Args:
        program: the program.
        opened: the column of what a scan's keys have left behind before the rows; ``None``: nothing.
        keyed: the columns of the key of a scan.

    Raises:
        RangeError: the program cannot be proved safe.
        WindowError: a scan depends on itself.
    """
    stages = staged(program).shallow()
    query = _Query(stages)
    scans = stages.windows()
    for scan in scans:
        query.compute([stages.sources[scan.name]])
        of = stages.sources[scan.name]
        gain = f"CASE WHEN {of} <> 0 THEN 1 ELSE 0 END" if scan.kind == "count" else of
        keys = keyed(scan.key)
        by = f"PARTITION BY {', '.join(keys)} " if keys else ""
        rows = "ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING"
        before = f"coalesce(sum({gain}) OVER ({by}ORDER BY {_ROW} {rows}), 0)"
        opening = opened(scan.name)
        query.add([(stages.priors[scan.name], f"({before}{f' + {opening}' if opening else ''})::BIGINT")])
    results = [result for name, result in stages.results.items() if name not in stages.constants()]
    query.compute(results)
    return query.text([*(stages.priors[scan.name] for scan in scans), *results])


@cached
def emit_duckdb(program: Program) -> ColumnKernel:
    """Compile to a function of columns that DuckDB computes in memory; needs DuckDB, NumPy and pyarrow.

    The function takes and gives the same as that of ``emit_numpy``.

    Args:
        program: the program.

    Raises:
        RangeError: the program cannot be proved safe.
        WindowError: a scan depends on itself.
    """
    duckdb, arrow, np = import_module("duckdb"), import_module("pyarrow"), import_module("numpy")
    stages = staged(program)
    scans = stages.windows()

    def kernel(columns: Any, keys: Any = None) -> dict[str, Any]:
        table = given_table(program, stages, columns, keys)
        given = arrow.table({**table.columns, _ROW: np.arange(table.rows)})
        with duckdb.connect() as connection:
            connection.register("given", given)
            found = connection.sql(duckdb_sql(program, table.opening, table.keys)).to_arrow_table()
        places = found.column(_ROW).to_numpy()
        values: dict[str, Any] = {}
        for name in found.column_names[1:]:  # in any order, which is cheaper to bring back here than to ask for there
            values[name] = np.empty(table.rows, np.int64)
            values[name][places] = found.column(name).to_numpy()
        for scan in scans:
            prior = values[stages.priors[scan.name]]
            within(scan, prior.min(initial=0), prior.max(initial=0))
        known = {name: np.full(table.rows, value) for name, value in stages.constants().items()}
        return {name: known[name] if name in known else values[result] for name, result in stages.results.items()}

    return kernel
