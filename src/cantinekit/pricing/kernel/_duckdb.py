"""A program as SQL of DuckDB: integers of 64 bits only, divided exactly; what would leave them is an error there.

The text holds identifiers and integers of our own making. The names of columns that were given are quoted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from importlib import import_module
from os import getpid
from typing import Any

import attrs

from cantinekit.errors import InputError
from cantinekit.errors.shown import shown
from cantinekit.pricing.kernel._cache import cached
from cantinekit.pricing.kernel._groups import group, key_columns
from cantinekit.pricing.kernel._ir import Const, Expr, Op, Program, TableLookup, Var
from cantinekit.pricing.kernel._plan import is_truth
from cantinekit.pricing.kernel._table import Columns, Given, beyond, within
from cantinekit.pricing.kernel._windows import RunningSum, WindowPlan, WindowStage, window_plan

ROW = "row"
"""The column of the result that tells the rows apart."""
_INTEGERS = frozenset({"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"})
_WRITTEN = {"==": "=", "and": "AND", "or": "OR"}


def quoted(name: str) -> str:
    """A name as an identifier of SQL.

    Raises:
        InputError: no identifier can be so: it is empty, or has a NUL.
    """
    if not name or "\x00" in name:
        raise InputError(f"no column of SQL can be named {shown(name)}")
    return '"' + name.replace('"', '""') + '"'


def _text(value: str) -> str:
    return "'" + value.replace("'", "''").replace("\x00", "") + "'"


@attrs.frozen
class _Writer:
    """Writes expressions.

    Attributes:
        asked: lets of which it is only asked whether they hold.
        same: the name of what is the same column.
    """

    asked: frozenset[str]
    same: Mapping[str, str]

    def let(self, name: str, expr: Expr) -> str:
        """A column for a let."""
        return f"{self.truth(expr) if name in self.asked else self.value(expr)} AS {name}"

    def value(self, expr: Expr) -> str:
        """The text of a BIGINT."""
        if isinstance(expr, Const):
            return f"{expr.value}::BIGINT" if expr.value >= 0 else f"({expr.value})::BIGINT"
        if isinstance(expr, Var):
            return self.same.get(expr.name, expr.name)
        if isinstance(expr, TableLookup):
            return f"list_extract([{', '.join(map(str, expr.table))}]::BIGINT[], {self.value(expr.index)} + 1)"
        if is_truth(expr):
            return f"{self.truth(expr)}::BIGINT"
        assert isinstance(expr, Op)
        if expr.kind == "if":
            condition, then, otherwise = expr.args
            return f"CASE WHEN {self.truth(condition)} THEN {self.value(then)} ELSE {self.value(otherwise)} END"
        first, second = map(self.value, expr.args)
        if expr.kind in ("min", "max"):
            return f"{'least' if expr.kind == 'min' else 'greatest'}({first}, {second})"
        return f"({first} {expr.kind} {second})"

    def truth(self, expr: Expr) -> str:
        """The text of a BOOLEAN."""
        if isinstance(expr, Var) and expr.name in self.asked:
            return expr.name
        if not isinstance(expr, Op) or not is_truth(expr):
            return f"({self.value(expr)} <> 0)"
        if expr.kind == "not":
            return f"(NOT {self.truth(expr.args[0])})"
        part = self.truth if expr.kind in ("and", "or") else self.value
        return f"({part(expr.args[0])} {_WRITTEN.get(expr.kind, expr.kind)} {part(expr.args[1])})"


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
                made, query = tuple(sorted(wanted - names)), _Query()
                query.begin("given", {name: name for name in (*sorted(names), ROW)}, {})
                query.levels(plan, stage, _Writer(plan.asked, {}))
                query.select(made)
                found.append((stage, query.text(), made))
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

        A row whose column leaves its bounds, a scan that grows beyond its limit and a sum that would leave 64 bits are
        errors of DuckDB when the relation is read.

        Args:
            rows: a relation with columns for the inputs and the keys; and where it has a column named like a scan, what
                its key had left behind before all rows.
            row: the column that orders the rows; it is different in all of them.
            columns: the column of an input, a key or a scan, where it is not named like it.

        Raises:
            InputError: a column is missing or is not of integers.
        """
        plan, names = self.plan, dict(columns or {})
        kinds = {name: str(kind) for name, kind in zip(rows.columns, rows.types, strict=True)}
        named: dict[str, str] = {}

        def take(identifier: str, name: str, *, numbers: bool) -> None:
            column = names.get(name, name)
            if column not in kinds:
                raise InputError(f"the column {shown(column)} is missing")
            if numbers and kinds[column] not in _INTEGERS:
                raise InputError(f"the column {shown(column)} is no column of integers of 64 bits")
            named[identifier] = column

        for one in plan.program.inputs:
            take(plan.inputs[one.name], one.name, numbers=True)
        for running in plan.each:
            if names.get(running.scan.name, running.scan.name) in kinds:
                take(running.opening, running.scan.name, numbers=True)
        for name, identifier in plan.keys.items():
            take(identifier, name, numbers=False)
        take(ROW, row, numbers=False)
        outputs = {f"r{number}": name for number, name in enumerate(plan.results)}
        if len({name.lower() for name in (row, *outputs.values())}) <= len(outputs):
            raise InputError("two columns of the result have one name")
        found = self._sql("given", named)
        shown_as = ", ".join(f"{identifier} AS {quoted(name)}" for identifier, name in outputs.items())
        return rows.query("given", f"SELECT {ROW} AS {quoted(row)}, {shown_as} FROM ({found})")

    def _sql(self, table: str, named: Mapping[str, str]) -> str:
        """The query over a table whose columns are named so, by the identifier."""
        plan = self.plan
        first: dict[str, str] = {}
        same = {name: first.setdefault(column, name) for name, column in named.items() if name != ROW}
        columns = {name: column for column, name in first.items()} | {ROW: named[ROW]}
        query, writer = _Query(), _Writer(plan.asked, same)
        query.begin(table, columns, self._bounds(same))
        for stage in plan.stages(first.values(), same):
            query.levels(plan, stage, writer)
            if stage.sums:
                narrow = {name: kind for name in stage.kept if (kind := self._narrowest(name))}
                casts = ", ".join(f"{name}::{kind} AS {name}" for name, kind in narrow.items())
                query.select([f"* REPLACE ({casts})" if casts else "*"])
                query.select([*stage.kept, ROW, *(f"{_sum(plan, one, same)} AS {one.prior}" for one in stage.sums)])
                wide = (f"{name}::BIGINT AS {name}" if name in narrow else name for name in stage.kept)
                query.select([*wide, ROW, *map(_held, stage.sums)])
        query.select([ROW, *(f"{name} AS r{number}" for number, name in enumerate(plan.results.values()))])
        return query.text()

    def _narrowest(self, name: str) -> str:
        """The type that takes least of a window; nothing where that is the one that the column has."""
        span = self.plan.spans.get(name)
        for kind, high in (("TINYINT", 2**7), ("SMALLINT", 2**15), ("INTEGER", 2**31)):
            if span is not None and name not in self.plan.asked and -high <= span.low and span.high < high:
                return kind
        return ""

    def _bounds(self, same: Mapping[str, str]) -> dict[str, tuple[int, int]]:
        """The bounds of each column of integers; those of all that it is, where it is several."""
        plan = self.plan
        declared = {plan.inputs[one.name]: (one.low, one.high) for one in plan.program.inputs}
        declared |= {one.opening: (0, one.scan.limit) for one in plan.each}
        bounds: dict[str, tuple[int, int]] = {}
        for name, (low, high) in declared.items():
            if name in same:
                least, most = bounds.get(same[name], (low, high))
                bounds[same[name]] = max(low, least), min(high, most)
        return bounds


@attrs.define
class _Query:
    """Subqueries, each over the one before it. What a subquery does not need DuckDB leaves out by itself; but a window
    sorts and carries all of its columns, so that they are as few and as narrow as possible.
    """

    parts: list[str] = attrs.field(factory=list)

    def begin(self, table: str, named: Mapping[str, str], bounds: Mapping[str, tuple[int, int]]) -> None:
        """The columns of a table, held against their bounds."""
        columns = []
        for identifier, column in named.items():
            text = quoted(column)
            if identifier in bounds:
                low, high = bounds[identifier]
                wrong = _text(f"the column {shown(column)} leaves its bounds, from {low} to {high}")
                text = f"CASE WHEN {text} BETWEEN {low} AND {high} THEN {text}::BIGINT ELSE error({wrong}) END"
            columns.append(f"{text} AS {identifier}")
        self.parts.append(f"SELECT {', '.join(columns)} FROM {quoted(table)}")

    def select(self, columns: Iterable[str]) -> None:
        """One more subquery."""
        self.parts.append(f"SELECT {', '.join(columns)} FROM s{len(self.parts) - 1}")

    def levels(self, plan: WindowPlan, stage: WindowStage, writer: _Writer) -> None:
        """The lets of a stage."""
        for lets in stage.levels:
            self.select(["*", *(writer.let(name, plan.lets[name]) for name in lets)])

    def text(self) -> str:
        """The whole query."""
        *inner, last = self.parts
        return f"WITH {', '.join(f's{number} AS ({part})' for number, part in enumerate(inner))} {last}"


def _running(one: RunningSum, key: Iterable[str]) -> str:
    """The sum over the earlier rows of a key; the order is total, for ties are settled at random."""
    parted = f"PARTITION BY {', '.join(key)} " if key else ""
    return f"(sum({one.gain}) OVER ({parted}ORDER BY {ROW} ROWS UNBOUNDED PRECEDING)::BIGINT - {one.gain})"


def _sum(plan: WindowPlan, one: RunningSum, same: Mapping[str, str]) -> str:
    """The prior of a scan."""
    prior = _running(one, [same[name] for name in plan.key_of(one)])
    return f"({prior} + {same[one.opening]})" if one.opening in same else prior


def _held(one: RunningSum) -> str:
    """A prior, held against the limit of its scan."""
    name, limit = one.prior, one.scan.limit
    return f"CASE WHEN {name} <= {limit} THEN {name} ELSE error({_text(beyond(one.scan))}) END AS {name}"


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
