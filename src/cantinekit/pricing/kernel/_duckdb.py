"""A program as SQL of DuckDB: integers of 64 bits only, divided exactly; what would leave them is an error there.

The text holds identifiers and integers of our own making. The names of columns that were given are quoted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import Any

import attrs

from cantinekit.errors import InputError
from cantinekit.errors.shown import shown
from cantinekit.pricing.kernel._cache import cached
from cantinekit.pricing.kernel._fold import beyond
from cantinekit.pricing.kernel._groups import checked_column, key_columns
from cantinekit.pricing.kernel._ir import Const, Expr, Op, Program, TableLookup, Var
from cantinekit.pricing.kernel._plan import is_truth
from cantinekit.pricing.kernel._windows import RunningSum, WindowPlan, window_plan

Columns = Mapping[str, Any]
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


def _value(expr: Expr) -> str:
    """The text of a BIGINT."""
    if isinstance(expr, Const):
        return f"{expr.value}::BIGINT" if expr.value >= 0 else f"({expr.value})::BIGINT"
    if isinstance(expr, Var):
        return expr.name
    if isinstance(expr, TableLookup):
        return f"list_extract([{', '.join(map(str, expr.table))}]::BIGINT[], {_value(expr.index)} + 1)"
    if is_truth(expr):
        return f"{_truth(expr)}::BIGINT"
    assert isinstance(expr, Op)
    if expr.kind == "if":
        return f"CASE WHEN {_truth(expr.args[0])} THEN {_value(expr.args[1])} ELSE {_value(expr.args[2])} END"
    first, second = map(_value, expr.args)
    if expr.kind in ("min", "max"):
        return f"{'least' if expr.kind == 'min' else 'greatest'}({first}, {second})"
    return f"({first} {expr.kind} {second})"


def _truth(expr: Expr) -> str:
    """The text of a BOOLEAN."""
    if not isinstance(expr, Op) or not is_truth(expr):
        return f"({_value(expr)} <> 0)"
    if expr.kind == "not":
        return f"(NOT {_truth(expr.args[0])})"
    part = _truth if expr.kind in ("and", "or") else _value
    return f"({part(expr.args[0])} {_WRITTEN.get(expr.kind, expr.kind)} {part(expr.args[1])})"


@attrs.frozen(eq=False)
class DuckdbKernel:
    """A program over rows of DuckDB.

    Attributes:
        plan: the program as steps.
    """

    plan: WindowPlan

    def __call__(self, columns: Columns, keys: Columns | None = None) -> dict[str, Any]:
        """The outputs as NumPy arrays, as the kernels of ``emit_numpy`` are called.

        Raises:
            InputError: a column is missing, is not of integers or leaves its bounds, or a scan grows beyond its limit.
            NotEmittedError: so many rows could leave 64 bits.
        """
        np, duckdb, plan = import_module("numpy"), import_module("duckdb"), self.plan
        given = {one.name: checked_column(np, columns, one.name, one.low, one.high) for one in plan.program.inputs}
        opened = [one for one in plan.sums if one.scan.name in columns]
        given |= {one.scan.name: checked_column(np, columns, one.scan.name, 0, one.scan.limit) for one in opened}
        lengths = {len(column) for column in (given or keys or {}).values()}
        if len(lengths) != 1:
            raise InputError("the columns need one length")
        (rows,) = lengths
        plan.hold(rows)
        named = {plan.arguments[one.name]: given[one.name] for one in plan.program.inputs}
        named |= {one.opening: given[one.scan.name] for one in opened}
        for name, column in zip(
            plan.keys.values(), key_columns(np, list(plan.keys), {**columns, **(keys or {})}, rows), strict=True
        ):
            named[name] = np.unique(column, return_inverse=True)[1] if column.dtype.kind in "OU" else column
        named[ROW] = np.arange(rows)
        with duckdb.connect() as connection:
            connection.register("given", named)
            query = self._sql("given", {name: name for name in named}, [one.scan.name for one in opened])
            try:
                found = connection.execute(query).fetchnumpy()
            except (duckdb.InvalidInputException, duckdb.OutOfRangeException) as error:
                raise InputError(f"DuckDB refuses the rows: {shown(str(error))}") from None
        order = np.asarray(found[ROW])
        return {name: _in_place(np, order, found[f"r{n}"]) for n, name in enumerate(plan.results)}

    def relation(self, rows: Any, row: str, columns: Mapping[str, str] | None = None) -> Any:
        """The outputs as a relation of the same connection, with the column that orders the rows, in no order.

        A row whose column leaves its bounds, or whose scan grows beyond its limit, is an error of DuckDB when the
        relation is read.

        Args:
            rows: a relation with columns for the inputs and the keys; and where it has a column named like a scan, what
                its key had left behind before all rows.
            row: the column that orders the rows; it is different in all of them.
            columns: the column of an input, a key or a scan, where it is not named like it.

        Raises:
            InputError: a column is missing or is not of integers.
            NotEmittedError: so many rows could leave 64 bits.
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
            take(plan.arguments[one.name], one.name, numbers=True)
        opened = [one.scan.name for one in plan.sums if names.get(one.scan.name, one.scan.name) in kinds]
        for running in plan.sums:
            if running.scan.name in opened:
                take(running.opening, running.scan.name, numbers=True)
        for name, identifier in plan.keys.items():
            take(identifier, name, numbers=False)
        take(ROW, row, numbers=False)
        plan.hold(len(rows))
        outputs = {f"r{number}": name for number, name in enumerate(plan.results)}
        if len({name.lower() for name in (row, *outputs.values())}) <= len(outputs):
            raise InputError("two columns of the result have one name")
        found = self._sql("given", named, opened)
        shown_as = ", ".join(f"{identifier} AS {quoted(name)}" for identifier, name in outputs.items())
        return rows.query("given", f"SELECT {ROW} AS {quoted(row)}, {shown_as} FROM ({found})")

    def _sql(self, table: str, named: Mapping[str, str], opened: Iterable[str]) -> str:
        """The query over a table whose columns are named so, by the identifier."""
        plan, first = self.plan, []
        bounds = {plan.arguments[one.name]: (one.name, one.low, one.high) for one in plan.program.inputs}
        bounds |= {one.opening: (one.scan.name, 0, one.scan.limit) for one in plan.sums}
        for identifier, column in named.items():
            text = quoted(column)
            if identifier in bounds:
                name, low, high = bounds[identifier]
                wrong = _text(f"the column {shown(name)} leaves its bounds, from {low} to {high}")
                text = f"CASE WHEN {text} BETWEEN {low} AND {high} THEN {text}::BIGINT ELSE error({wrong}) END"
            first.append(f"{text} AS {identifier}")
        parts = [f"SELECT {', '.join(first)} FROM {quoted(table)}"]
        known = list(named)
        for step in plan.steps:
            kept = [name for name in known if name in step.needed or name == ROW]
            new = {name: _value(expr) for name, expr in step.lets.items()}
            new |= {one.prior: _sum(plan, one, opened=one.scan.name in opened) for one in step.sums}
            parts.append(_select([*kept, *(f"{text} AS {name}" for name, text in new.items())], len(parts) - 1))
            known = [*kept, *new]
            unsure = {one.prior: one for one in step.sums if not one.sure}
            if unsure:
                parts.append(_select([_held(name, unsure.get(name)) for name in known], len(parts) - 1))
        results = [f"{plan.results[name]} AS r{number}" for number, name in enumerate(plan.results)]
        tables = ", ".join(f"s{number} AS ({part})" for number, part in enumerate(parts))
        return f"WITH {tables} {_select([ROW, *results], len(parts) - 1)}"


def _select(columns: Iterable[str], number: int) -> str:
    return f"SELECT {', '.join(columns)} FROM s{number}"


def _sum(plan: WindowPlan, one: RunningSum, *, opened: bool) -> str:
    """The prior of a scan; the order is total, for ties are settled at random."""
    key = plan.key_of(one)
    parted = f"PARTITION BY {', '.join(key)} " if key else ""
    total = f"sum({one.gain}) OVER ({parted}ORDER BY {ROW} ROWS UNBOUNDED PRECEDING)"
    prior = f"({total}::BIGINT - {one.gain})"
    if opened:
        prior = f"({prior} + {one.opening})"
    if one.ceiling is not None:
        prior = f"least({prior}, {one.ceiling})"
        prior = f"greatest({prior}, {one.opening})" if opened else prior
    return prior


def _held(name: str, one: RunningSum | None) -> str:
    """A column, held against the limit of its scan."""
    if one is None:
        return name
    return f"CASE WHEN {name} <= {one.scan.limit} THEN {name} ELSE error({_text(beyond(one.scan))}) END AS {name}"


def _in_place(np: Any, order: Any, column: Any) -> Any:
    """A column in the order of the rows that were given."""
    found = np.empty(len(order), np.int64)
    found[order] = np.ma.getdata(column)
    return found


@cached
def emit_duckdb(program: Program) -> DuckdbKernel:
    """Compile to SQL of DuckDB; needs DuckDB and NumPy.

    Args:
        program: the program.

    Raises:
        RangeError: the program cannot be proved safe.
        NotEmittedError: a scan depends on itself in another way than a limit does.
    """
    return DuckdbKernel(window_plan(program))
