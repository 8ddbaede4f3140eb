"""A program as SQL of DuckDB; the names of columns that were given are quoted."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from os import getpid
from typing import Any

import attrs

from cantinekit.pricing.kernel._cache import cached
from cantinekit.pricing.kernel._groups import group, key_columns
from cantinekit.pricing.kernel._ir import Program, Var
from cantinekit.pricing.kernel._sql import ROW, Dialect, Query, Statement, Writer
from cantinekit.pricing.kernel._table import Columns, Given, within
from cantinekit.pricing.kernel._windows import RunningSum, WindowPlan, WindowStage, window_plan


def quoted(name: str) -> str:
    """A name as an identifier of DuckDB."""
    return '"' + name.replace('"', '""') + '"'


def _text(value: str) -> str:
    return "'" + value.replace("'", "''").replace("\x00", "") + "'"


DIALECT = Dialect(
    entry="list_extract([{}]::BIGINT[], {} + 1)", divided="//", total="sum", error="error",
    text=_text, texts="VARCHAR|JSON", written="encode({})",
    narrow=(("TINYINT", 2**7), ("SMALLINT", 2**15), ("INTEGER", 2**31)),
)  # fmt: skip


@attrs.frozen(eq=False)
class DuckdbKernel:
    """A program over rows of DuckDB.

    Attributes:
        plan: the program as steps.
    """

    plan: WindowPlan
    _written: dict[tuple[str, ...], list[tuple[WindowStage, str, tuple[str, ...]]]] = attrs.field(
        factory=dict, init=False, repr=False
    )

    def __call__(self, columns: Columns, keys: Columns | None = None) -> dict[str, Any]:
        """The outputs as NumPy arrays, as the kernels of ``emit_numpy`` are called.

        Raises:
            InputError: a column is missing, is not of integers or leaves its bounds, a scan grows beyond its limit, or
                so many rows could leave 64 bits.
        """
        np, plan = import_module("numpy"), self.plan
        given = Given.of(np, plan.program, columns, keys)
        plan.hold(given.rows)
        named = {plan.inputs[name]: column for name, column in given.inputs.items()}
        named |= {one.opening: given.opening[one.scan.name] for one in plan.each if one.scan.name in given.opening}
        found_keys = key_columns(np, list(plan.keys), {**columns, **(keys or {})}, given.rows)
        named |= zip(plan.keys.values(), found_keys, strict=True)
        with _home(import_module("duckdb"), getpid()).cursor() as connection:
            for stage, query, made in self._statements(tuple(named)):
                found = _fetched(connection, {**named, ROW: np.arange(given.rows)}, query) if made else {}
                named |= found
                priors = {one.prior: self._prior(connection, one, named) for one in stage.sums}
                named = {name: named[name] for name in stage.kept} | priors if stage.sums else named
        return {name: named[self._source(result)] for name, result in plan.results.items()}

    def _statements(self, given: tuple[str, ...]) -> list[tuple[WindowStage, str, tuple[str, ...]]]:
        """The stages over columns with these identifiers: of each its query, and the columns that it makes."""
        if given not in self._written:
            plan, names, found = self.plan, {*given}, list[tuple[WindowStage, str, tuple[str, ...]]]()
            results = {self._source(name) for name in plan.results.values()}
            for stage in plan.stages(given, apart=True):
                wanted = {*stage.kept, *(one.gain for one in stage.sums)} if stage.sums else results
                made, query = tuple(sorted(wanted - names)), Query("given")
                query.select([*sorted(names), ROW])
                query.levels(plan, stage, Writer(DIALECT, plan.asked, {}))
                query.select(made)
                found.append((stage, query.nested(), made))
                names = {*stage.kept, *(one.prior for one in stage.sums)}
            self._written[given] = found
        return self._written[given]

    def _source(self, name: str) -> str:
        """The first let or input that is the same column as a result: each is fetched once."""
        expr = self.plan.lets.get(name)
        while isinstance(expr, Var) and expr.name not in self.plan.asked:
            name, expr = expr.name, self.plan.lets.get(expr.name)
        return name

    def _prior(self, connection: Any, one: RunningSum, columns: Columns) -> Any:
        """The prior of a scan, in the order of the rows: sorted by the key, it is the sum over all rows before less
        what that was where the key begins. An empty window keeps the order of its rows and sorts nothing.
        """
        np, gain = import_module("numpy"), columns[one.gain]
        groups = group(np, [columns[name] for name in self.plan.key_of(one)], len(gain))
        query = "SELECT sum(gain) OVER (ROWS UNBOUNDED PRECEDING)::BIGINT - gain AS before FROM given"
        before = _fetched(connection, {"gain": gain[groups.order]}, query)["before"]
        prior = np.empty(len(gain), np.int64)
        prior[groups.order] = before - np.repeat(before[groups.starts], groups.counts)
        prior += columns.get(one.opening, 0)
        within(one.scan, None, int(prior.max()) if len(gain) else None)
        return prior

    def relation(self, rows: Any, row: str, columns: Mapping[str, str] | None = None) -> Any:
        """The outputs as a relation of the same connection, with the column that orders the rows, in no order.

        Texts in keys and in the column that orders the rows are compared by their bytes, whatever collation the
        connection or the column has. A row whose column leaves its bounds (whether an output needs it or not), a scan
        that grows beyond its limit and a sum that would leave 64 bits are errors of DuckDB when the relation is read.

        Args:
            rows: a relation with columns for the inputs and the keys; and where it has a column named like a scan, what
                its key had left behind before all rows.
            row: the column that orders the rows; it is different in all of them.
            columns: the column of an input, a key or a scan, where it is not named like it.

        Raises:
            InputError: a column is missing, is not of integers or is nested.
        """
        kinds = [(name, str(kind)) for name, kind in zip(rows.columns, rows.types, strict=True)]
        found = Statement.of(DIALECT, self.plan, kinds, row, dict(columns or {}))
        places = {name: f"c{place}" for place, (name, _) in enumerate(kinds)}  # SQL does not tell capitals apart
        query = found.query(f"given AS given({', '.join(places.values())})", places.__getitem__)
        names = [f"{ROW} AS {quoted(row)}"]
        names += (f"r{number} AS {quoted(name)}" for number, name in enumerate(self.plan.results))
        return rows.query("given", f"SELECT {', '.join(names)} FROM ({query.nested()})")


@cache
def _home(duckdb: Any, process: int) -> Any:
    """A database in memory for the cursors of a process: to open one takes as long as to price 20,000 rows."""
    return duckdb.connect()


def _fetched(connection: Any, given: Columns, query: str) -> dict[str, Any]:
    """The columns of a query over columns that are given, in the order of their rows if it says no other."""
    connection.register("given", given)
    found: dict[str, Any] = connection.execute(query).fetchnumpy()
    return found


@cached
def emit_duckdb(program: Program) -> DuckdbKernel:
    """Compile to SQL of DuckDB; needs DuckDB and NumPy.

    Args:
        program: the program.

    Raises:
        RangeError: the program cannot be proved safe.
        WindowError: a scan depends on itself, or an intermediate can leave what DuckDB computes exactly.
    """
    return DuckdbKernel(window_plan(program))
