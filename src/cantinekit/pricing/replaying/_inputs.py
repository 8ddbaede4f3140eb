"""From usages to the columns that a program takes, and which rows it can answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import attrs

from cantinekit.common.extras import arrow, compute, np
from cantinekit.pricing.engine.facts import escape, fact_key, period_key
from cantinekit.pricing.model.rules import PERIODS
from cantinekit.pricing.replaying._columns import EPOCH, Array, Coded, texts_at
from cantinekit.pricing.replaying._decided import decided_column
from cantinekit.pricing.replaying._usages import Numbers, Usages

if TYPE_CHECKING:
    from cantinekit.pricing.compiled._inputs import ProgramInput
    from cantinekit.pricing.compiled._scanned import ColumnProgram, Member
    from cantinekit.pricing.compiled._scopes import ScopeMeter

_MICROS_A_MINUTE = 60 * 10**6
_TAX_DAY, _WHICH = "tax day", "which product"
"""The inputs of programs over columns that are no facts."""


@attrs.frozen(eq=False)
class ProgramColumns:
    """What a program takes for some rows.

    Attributes:
        rows: the rows, in the order in which they are folded.
        known: the column of each input by name, but the starts of balances.
        keys: the columns of the keys of scans.
        good: whether the program can answer a row.
    """

    rows: Array
    known: Mapping[str, Array]
    keys: Mapping[str, Array]
    good: Array

    def only(self, keep: Array) -> ProgramColumns:
        """Some of the rows."""
        if keep.all():
            return self
        return ProgramColumns(
            self.rows[keep],
            {name: column[keep] for name, column in self.known.items()},
            {name: column[keep] for name, column in self.keys.items()},
            self.good[keep],
        )


def columns_for(program: ColumnProgram, usages: Usages, rows: Array) -> ProgramColumns:
    """The columns of a program for rows of its products, which are in the order in which they are folded."""
    bounds = {one.name: one for one in program.program.inputs}
    several = len(program.members) > 1
    known = {name: np.full(len(rows), one.low, np.int64) for name, one in bounds.items()} if several else {}
    good = np.ones(len(rows), bool)
    codes = usages.products.codes[rows]
    for place, member in enumerate(program.members):
        mine: Any = slice(None)
        if several:
            mine = np.flatnonzero(codes == usages.products.values.index(member.product.id))
        columns, fine = _Reading(program, member, usages, rows[mine]).read()
        if several:
            columns[_WHICH] = np.full(len(mine), place)
        for name in columns.keys() & bounds.keys():
            column, one = columns[name], bounds[name]
            inside = (column >= one.low) & (column <= one.high)
            if not inside.all():
                fine &= inside
                column = np.where(inside, column, one.low)
            if several:
                known[name][mine] = column
            else:
                known[name] = column
        good[mine] = fine
    names = {name for meter in program.meters for name in meter.scope.same} | {"person"}
    keys = {f"scope {name}": scope_codes(usages, name, rows) for name in sorted(names)}
    return ProgramColumns(rows, known, keys, good)


@attrs.define(eq=False)
class _Reading:
    program: ColumnProgram
    member: Member
    usages: Usages
    rows: Array

    def read(self) -> tuple[dict[str, Array], Array]:
        """The columns of the inputs, and which rows a program can answer if they lie within its bounds."""
        usages, rows = self.usages, self.rows
        columns = {name: self._input(wanted) for name, wanted in self.member.wanted}
        days = usages.days[rows]
        columns[_TAX_DAY] = np.where(days >= 0, days, usages.bought_days[rows])
        good = self._good()
        for name in {name for meter in self.member.compiled.meters for name in meter.same if name != "person"}:
            good &= scope_codes(usages, name, rows) >= 0
        return columns, good

    def _good(self) -> Array:
        """Which rows have nothing that no program knows, and all that the product asks for."""
        program, member, usages, rows = self.program, self.member, self.usages, self.rows
        good = (usages.untils[rows] < 0) & (usages.minutes[rows] < 0)
        timed = usages.ends[rows] >= 0
        if member.compiled.timed:
            good &= timed
        if member.compiled.pieces:
            good &= ~timed
        for name in member.product.asks:
            good &= _fact(usages, name, rows) >= 0
        for needed in member.product.needs:
            good &= self._holds((needed.product,)) == 1
        good &= self._by_word(usages.codes, lambda codes: int(program.codes.issuperset(codes)), 1) == 1
        return good

    def _input(self, wanted: ProgramInput) -> Array:
        usages, rows = self.usages, self.rows
        if wanted.source == "axis":
            places = {value: place for place, value in enumerate(wanted.values)}
            found = usages.facts.get(wanted.of, Coded.nothing(usages.length))
            assert isinstance(found, Coded)
            return self._by_word(found, lambda value: places.get(value, -1))
        if wanted.source in ("flag", "number"):
            return _fact(usages, wanted.of, rows)
        if wanted.source == "bit" or (wanted.source == "size" and wanted.of == "measure"):
            return decided_column(usages, self.member, wanted, rows)
        if wanted.source == "size":
            return self._size(wanted.of)
        if wanted.source == "code":
            return self._by_word(usages.codes, lambda codes: int(not set(codes).isdisjoint(wanted.values)), 0)
        if wanted.source == "held":
            return self._holds(wanted.values)
        if wanted.source == "minutes":
            return self._minutes()
        columns = {"count": usages.counts, "day": usages.days, "bought": usages.bought_days, "minute": usages.clock}
        return columns[wanted.source][rows]

    def _by_word(self, column: Coded[Any], number: Callable[[Any], int], null: int = -1) -> Array:
        """A number for each value of a column, and one for null."""
        table = np.array([*(number(value) for value in column.values), null], np.int64)
        return table[column.codes[self.rows]]

    def _holds(self, names: Sequence[str]) -> Array:
        return self._by_word(self.usages.holds, lambda held: int(not set(held).isdisjoint(names)))

    def _size(self, name: str) -> Array:
        """A whole number of the smallest units; -1: a fraction of one."""
        rule = self.member.product.measure
        numbers, size = _fact(self.usages, name, self.rows), 1
        assert rule is not None
        if rule.smallest is not None:
            size = rule.smallest.numerator
            numbers = np.where(numbers < 0, -1, numbers * rule.smallest.denominator)
        found = np.where(numbers % size == 0, numbers // size, -1)
        return np.where(found < 0, -1, -(-found // rule.every[0])) if rule.every else found

    def _minutes(self) -> Array:
        """The length in whole minutes, as the tariff rounds them."""
        usages, rows = self.usages, self.rows
        length, minute = usages.ends[rows] - usages.starts[rows], _MICROS_A_MINUTE
        seconds = usages.parts.head.seconds
        more = {"up": minute - 1, "down": 0}.get(seconds, minute // 2)
        return np.where(usages.ends[rows] >= 0, (length + more) // minute, -1)


# --- scopes ----------------------------------------------------------------------------------------------------------


def scope_codes(usages: Usages, name: str, rows: Array) -> Array:
    """A number for each of some rows, equal where they share this part of a scope; who is not named shares it with
    nobody.

    Args:
        usages: all rows.
        name: "person", a period or a fact.
        rows: the rows.

    Returns:
        the numbers; below 0 where it is not known, and of a person where it is nobody.
    """
    if name == "person":
        codes = usages.customers.codes[rows]
        return np.where(codes >= 0, codes, -1 - rows)
    if name in PERIODS:
        days = usages.days[rows]
        return np.where(days >= 0, _period(days, name), -1)
    return _fact(usages, name, rows)


def _fact(usages: Usages, name: str, rows: Array) -> Array:
    """A fact as numbers; -1: not given, or no number."""
    found = usages.facts.get(name)
    if isinstance(found, Coded):
        return found.codes[rows]
    return found.numbers[rows] if isinstance(found, Numbers) else np.full(len(rows), -1, np.int64)


def _period(days: Array, name: str) -> Array:
    """The number of the day, week, month or year of ordinals."""
    if name == "week":
        return (days - 1) // 7  # the first of January of the year 1 was a Monday
    if name == "day":
        return days
    unit = {"month": "datetime64[M]", "year": "datetime64[Y]"}[name]
    return np.maximum(days - EPOCH, 0).astype("datetime64[D]").astype(unit).astype(np.int64)


def keys_of(usages: Usages, scope: ScopeMeter, rows: Array) -> tuple[Array, Array]:
    """The keys of the meters of a scope for some rows, and whose they are, as Arrow arrays; null: nobody's."""
    head = "/".join([scope.kind, usages.parts.head.id, escape(scope.owner), escape(scope.rule)])
    parts: list[Any] = [head]
    who = arrow.nulls(len(rows), arrow.string())
    if "person" in scope.same:
        customers = usages.customers
        who = texts_at([*map(str, customers.values)], customers.codes[rows])
        parts.append(texts_at([f"/person={escape(one)}" for one in customers.values], customers.codes[rows]))
    for name in scope.same:
        if name != "person":
            parts.append(_texts(usages, name, rows))
    pieces = [arrow.scalar(one, arrow.string()) if isinstance(one, str) else one for one in parts]
    if len(pieces) == 1:
        return arrow.repeat(pieces[0], len(rows)), who
    return compute.binary_join_element_wise(*pieces, arrow.scalar("", arrow.string())), who


def _texts(usages: Usages, name: str, rows: Array) -> Array:
    """One part of a key, as ``Ask.scope`` writes it; null where it is not known."""
    codes = scope_codes(usages, name, rows)
    found, firsts, inverse = np.unique(codes, return_index=True, return_inverse=True)
    texts = []
    for code, first in zip(found.tolist(), firsts.tolist(), strict=True):
        row = int(rows[first])
        if code < 0:
            texts.append("")
        elif name in PERIODS:
            texts.append(f"/{name}={period_key(date.fromordinal(int(usages.days[row])), name)}")
        else:
            value = usages.facts[name][row]
            assert value is not None
            texts.append(f"/{name}={fact_key(value)}")
    return texts_at(texts, np.where(codes < 0, -1, inverse))
