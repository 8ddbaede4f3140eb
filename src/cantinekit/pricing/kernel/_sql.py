"""A program as SQL: integers of 64 bits only, divided exactly; what would leave them is an error there.

The text holds identifiers and integers of our own making. What dialects say otherwise is a ``Dialect``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import attrs

from cantinekit.errors import InputError
from cantinekit.errors.shown import shown
from cantinekit.pricing.kernel._ir import Const, Expr, Op, TableLookup, Var
from cantinekit.pricing.kernel._plan import is_truth
from cantinekit.pricing.kernel._table import beyond, outside
from cantinekit.pricing.kernel._windows import RunningSum, WindowPlan, WindowStage

ROW = "row"
"""The column of the result that tells the rows apart."""
_INTEGERS = frozenset({"TINYINT", "SMALLINT", "INT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"})
_NESTED = re.compile(r"(ARRAY|MAP|STRUCT|UNION)\b.*|.*\]", re.DOTALL)
"""The types whose values have others in them."""
_WRITTEN = {"==": "=", "and": "AND", "or": "OR"}


@attrs.frozen
class Dialect:
    """What dialects say otherwise.

    Attributes:
        entry: an entry of a table, by its numbers and the index from 0.
        divided: the operator that divides integers.
        total: the function that adds up; beyond 64 bits it gives an error, a larger type or NULL, and never wraps.
        error: the function that stops the query.
        text: from a message to a literal.
        texts: a pattern of the types whose values are texts.
        written: the bytes of a text. What a text is equal to, and which one is before it, is else a matter of its
            column and of the connection.
        narrow: types that take less of a window than a BIGINT, each with the first integer that it does not hold.
    """

    entry: str
    divided: str
    total: str
    error: str
    text: Callable[[str], str]
    texts: str
    written: str
    narrow: tuple[tuple[str, int], ...] = ()

    def held(self, value: str, low: int, high: int, problem: str) -> str:
        """A condition that holds, or stops the query; a NULL stops it too."""
        return f"CASE WHEN {value} BETWEEN {low} AND {high} THEN TRUE ELSE {self.error}({self.text(problem)}) END"

    def running(self, one: RunningSum, key: Iterable[str], order: str) -> str:
        """The sum over the earlier rows of a key. The order is total, for ties are settled at random, and says all of
        itself, for engines and settings of a connection complete it in several ways.
        """
        parted = f"PARTITION BY {', '.join(key)} " if key else ""
        window = f"({parted}ORDER BY {order} ASC NULLS LAST ROWS UNBOUNDED PRECEDING)"
        return f"(CAST({self.total}({one.gain}) OVER {window} AS BIGINT) - {one.gain})"


@attrs.frozen
class Writer:
    """Writes expressions.

    Attributes:
        dialect: how.
        asked: lets of which it is only asked whether they hold.
        same: the name of what is the same column.
    """

    dialect: Dialect
    asked: frozenset[str]
    same: Mapping[str, str]

    def let(self, name: str, expr: Expr) -> str:
        """A column for a let."""
        return f"{self.truth(expr) if name in self.asked else self.value(expr)} AS {name}"

    def value(self, expr: Expr) -> str:
        """The text of a BIGINT."""
        if isinstance(expr, Const):
            return f"CAST({expr.value} AS BIGINT)"
        if isinstance(expr, Var):
            return self.same.get(expr.name, expr.name)
        if isinstance(expr, TableLookup):
            return self.dialect.entry.format(", ".join(map(str, expr.table)), self.value(expr.index))
        if is_truth(expr):
            return f"CAST({self.truth(expr)} AS BIGINT)"
        assert isinstance(expr, Op)
        if expr.kind == "if":
            condition, then, otherwise = expr.args
            return f"CASE WHEN {self.truth(condition)} THEN {self.value(then)} ELSE {self.value(otherwise)} END"
        first, second = map(self.value, expr.args)
        if expr.kind in ("min", "max"):
            return f"{'least' if expr.kind == 'min' else 'greatest'}({first}, {second})"
        return f"({first} {self.dialect.divided if expr.kind == '//' else expr.kind} {second})"

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


@attrs.define
class Query:
    """Selections, each of the one before it. What a selection does not need engines leave out by themselves, but no
    condition; and a window sorts and carries all of its columns, so that they are as few as possible.

    Attributes:
        table: what is written for the table.
        parts: for each selection the conditions that its rows are held against, and then its columns.
    """

    table: str
    parts: list[tuple[str, str]] = attrs.field(factory=list)

    def select(self, columns: Iterable[str], held: Iterable[str] = ()) -> None:
        """One more selection, of columns of rows that are held against conditions."""
        conditions = " AND ".join(held)
        self.parts.append((f" WHERE {conditions}" if conditions else "", f"SELECT {', '.join(columns)}"))

    def levels(self, plan: WindowPlan, stage: WindowStage, writer: Writer) -> None:
        """The lets of a stage."""
        for lets in stage.levels:
            self.select(["*", *(writer.let(name, plan.lets[name]) for name in lets)])

    def nested(self) -> str:
        """The whole query as subqueries with names."""
        tables = [self.table, *(f"s{number}" for number in range(len(self.parts)))]
        *inner, last = (f"{shown} FROM {table}{held}" for table, (held, shown) in zip(tables, self.parts, strict=False))
        return f"WITH {', '.join(f's{number} AS ({part})' for number, part in enumerate(inner))} {last}"

    def piped(self, most: int) -> Iterator[str]:
        """The whole query in the order in which it is carried out, as statements of at most so many steps, each over
        the result of the one before it.
        """
        steps = [step for held, shown in self.parts for step in (held, f" {shown}") if step]
        for begin in range(0, len(steps), most):
            yield " |>".join((f"FROM {self.table}", *steps[begin : begin + most]))


@attrs.frozen
class Statement:
    """A program over a table, as one statement.

    Attributes:
        dialect: how.
        plan: the program as steps.
        named: the column of the table for each identifier.
        texts: the identifiers of columns of texts.
    """

    dialect: Dialect
    plan: WindowPlan
    named: Mapping[str, str]
    texts: frozenset[str]

    @classmethod
    def of(
        cls, dialect: Dialect, plan: WindowPlan, kinds: Sequence[tuple[str, str]], row: str, names: Mapping[str, str]
    ) -> Statement:
        """The statement over a table with these columns and types.

        Args:
            dialect: how.
            plan: the program as steps.
            kinds: the name and the type of each column, in capitals.
            row: the column that orders the rows.
            names: the column of an input, a key or a scan, where it is not named like it.

        Raises:
            InputError: a column is missing, is there twice, is not of integers or is nested; or the result cannot have
                its names.
        """
        types, named, texts = dict(kinds), dict[str, str](), set[str]()

        def take(identifier: str, name: str, *, numbers: bool) -> None:
            column = names.get(name, name)
            if column not in types:
                raise InputError(f"the column {shown(column)} is missing")
            if [one for one, _ in kinds].count(column) > 1:
                raise InputError(f"two columns are named {shown(column)}")
            if numbers and types[column] not in _INTEGERS:
                raise InputError(f"the column {shown(column)} is no column of integers of 64 bits")
            if _NESTED.fullmatch(types[column]):
                raise InputError(f"the column {shown(column)} is nested: the texts in it can be the same in many ways")
            if re.fullmatch(dialect.texts, types[column]):
                texts.add(identifier)
            named[identifier] = column

        for one in plan.program.inputs:
            take(plan.inputs[one.name], one.name, numbers=True)
        for running in plan.each:
            if names.get(running.scan.name, running.scan.name) in types:
                take(running.opening, running.scan.name, numbers=True)
        for name, identifier in plan.keys.items():
            take(identifier, name, numbers=False)
        take(ROW, row, numbers=False)
        for name in plan.results:
            if not name or "\x00" in name:
                raise InputError(f"no column of SQL can be named {shown(name)}")
        if len({name.lower() for name in (row, *plan.results)}) <= len(plan.results):
            raise InputError("two columns of the result have one name")
        return cls(dialect, plan, named, frozenset(texts))

    def query(self, table: str, written: Callable[[str], str]) -> Query:
        """The query over a table; its columns are ``ROW`` and ``r0``, ``r1`` and so on for the outputs.

        Args:
            table: what is written for the table.
            written: from the name of a column to what is written for it.
        """
        plan, first = self.plan, dict[str, str]()
        same = {name: first.setdefault(column, name) for name, column in self.named.items() if name != ROW}
        query, writer = Query(table), Writer(self.dialect, plan.asked, same)
        columns = {name: self._compared(name, written(column)) for column, name in first.items()}
        bounds = self._bounds(same)
        taken = (_cast(text, "BIGINT" if name in bounds else "", name) for name, text in columns.items())
        held = (
            self.dialect.held(columns[name], low, high, outside(self.named[name], low, high))
            for name, (low, high) in bounds.items()
        )
        query.select([f"{written(self.named[ROW])} AS {ROW}", *taken], held)
        for stage in plan.stages(first.values(), same):
            query.levels(plan, stage, writer)
            if stage.sums:
                narrow = {name: kind for name in stage.kept if (kind := self._narrowest(name))}
                if narrow:
                    query.select([f"* REPLACE ({', '.join(_cast(name, kind, name) for name, kind in narrow.items())})"])
                query.select([*stage.kept, ROW, *(f"{self._sum(one, same)} AS {one.prior}" for one in stage.sums)])
                wide = (_cast(name, "BIGINT" if name in narrow else "", name) for name in stage.kept)
                held = (self.dialect.held(one.prior, 0, one.scan.limit, beyond(one.scan)) for one in stage.sums)
                query.select([*wide, ROW, *(one.prior for one in stage.sums)], held)
        query.select([ROW, *(f"{name} AS r{number}" for number, name in enumerate(plan.results.values()))])
        return query

    def _narrowest(self, name: str) -> str:
        """The type that takes least of a window; nothing where that is the one that the column has."""
        span = self.plan.spans.get(name)
        for kind, high in self.dialect.narrow:
            if span is not None and name not in self.plan.asked and -high <= span.low and span.high < high:
                return kind
        return ""

    def _sum(self, one: RunningSum, same: Mapping[str, str]) -> str:
        """The prior of a scan."""
        key = [same[name] for name in self.plan.key_of(one)]
        prior = self.dialect.running(one, key, self._compared(ROW, ROW))
        return f"({prior} + {same[one.opening]})" if one.opening in same else prior

    def _compared(self, name: str, text: str) -> str:
        """What is written for a column so that it is compared as it is everywhere."""
        return self.dialect.written.format(text) if name in self.texts else text

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


def _cast(text: str, kind: str, name: str) -> str:
    return f"CAST({text} AS {kind}) AS {name}" if kind else f"{text} AS {name}"
