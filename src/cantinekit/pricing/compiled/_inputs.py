"""The inputs of a program, by name, and the conditions of a tariff over them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from functools import reduce
from math import ceil, floor
from typing import Literal

import attrs

from cantinekit.pricing.engine.clock import unrolled
from cantinekit.pricing.kernel import Builder, Const, Expr, TableLookup, equal, lift, when
from cantinekit.pricing.model.conditions import (
    Clause,
    CodeCondition,
    DateRange,
    InRange,
    IsOneOf,
    OnClock,
    SetOf,
    When,
)
from cantinekit.pricing.model.load import Parts
from cantinekit.pricing.terms import WEEKDAYS

Source = Literal[
    "axis", "flag", "number", "count", "minutes", "day", "bought", "minute", "size", "left", "used",
    "bit", "code", "held",
]  # fmt: skip
FIRST_DAY, LAST_DAY = date(1970, 1, 1).toordinal(), date(9997, 12, 31).toordinal()
MOST_MINUTES = 31 * 24 * 60
MOST_COUNT = 10_000
MOST_NUMBER = 10_000
MOST_UNITS = 10**9
"""Questions beyond these bounds are answered by the phases; within them every program is proved."""


class NotCompiledError(Exception):
    """A product that a program cannot say; the message is the reason."""


@attrs.frozen
class ProgramInput:
    """One input of a program: where it comes from."""

    name: str
    source: Source
    of: str = ""
    values: tuple[str, ...] = ()


def axis_values(parts: Parts, name: str) -> tuple[str, ...]:
    """The values of an axis, in their order."""
    if name in parts.derived:
        return tuple(dict.fromkeys(fits.value for fits in parts.derived[name]))
    declared = parts.facts.get(name, ())
    return declared if isinstance(declared, tuple) else ()


@attrs.define
class Lowering:
    """A program under construction, and what it wants."""

    parts: Parts
    build: Builder = attrs.field(factory=Builder)
    wanted: dict[str, ProgramInput] = attrs.field(factory=dict)
    known: dict[str, Expr] = attrs.field(factory=dict)
    bits: dict[str, When] = attrs.field(factory=dict)
    number: int = 0

    def name(self, word: str) -> str:
        """A name that no other let has."""
        self.number += 1
        return f"{word} {self.number}"

    def let(self, word: str, expr: Expr | int) -> Expr:
        return self.build.let(self.name(word), expr)

    def want(self, source: Source, of: str = "", high: int = 1, values: tuple[str, ...] = (), low: int = 0) -> Expr:
        name = f"{source} {of}" if of else source
        if name not in self.known:
            self.wanted[name] = ProgramInput(name, source, of, values)
            self.known[name] = self.build.input(name, low, high)
        return self.known[name]

    def once(self, word: str, make: Callable[[], Expr]) -> Expr:
        """A let that is made the first time that it is asked for."""
        if word not in self.known:
            self.known[word] = self.let(word.partition(" ")[0], make())
        return self.known[word]

    def day(self) -> Expr:
        return self.want("day", "", LAST_DAY, low=FIRST_DAY)

    def price_day(self, price_date: str) -> Expr:
        if price_date == "purchase":
            return self.want("bought", "", LAST_DAY, low=FIRST_DAY)
        return self.day()

    # --- facts ---

    def axis(self, name: str) -> Expr:
        """The place of a fact's value among the values of its axis."""
        if name == "band":
            raise NotCompiledError("bands of time")
        if name in self.parts.derived:
            return self._derived(name)
        declared = self.parts.facts.get(name)
        if isinstance(declared, SetOf) or not isinstance(declared, tuple):
            raise NotCompiledError(f"the fact {name}")
        return self.want("axis", name, len(declared) - 1, declared)

    def _derived(self, name: str) -> Expr:
        def place() -> Expr:
            values = axis_values(self.parts, name)
            cases = [(self.holds(fits.when), values.index(fits.value)) for fits in self.parts.derived[name]]
            return first(cases, len(values))  # nothing fits: no value of the axis

        return self.once(f"derived {name}", place)

    def numeric(self, name: str) -> Expr:
        """A fact that is a whole number."""
        if self.parts.facts[name] != "number":
            raise NotCompiledError(f"the fact {name}")
        return self.want("number", name, MOST_NUMBER)

    def count(self) -> Expr:
        return self.want("count", "", MOST_COUNT, low=1)

    def minutes(self) -> Expr:
        return self.want("minutes", "", MOST_MINUTES, low=1)

    # --- conditions ---

    def holds(self, clauses: When, amount: Expr | None = None) -> Expr:
        """1 where one of the clauses holds."""
        if not clauses:
            return lift(1)
        return reduce(either, (self._clause(clause, amount) for clause in clauses))

    def _clause(self, clause: Clause, amount: Expr | None) -> Expr:
        found: list[Expr] = []
        clocks: list[OnClock] = []
        for atom in clause.atoms:
            if isinstance(atom, OnClock):
                clocks.append(atom)
            elif isinstance(atom, IsOneOf):
                found.append(self._one_of(atom))
            elif isinstance(atom, InRange):
                found.append(self._range(atom, amount))
            elif isinstance(atom, CodeCondition):
                found.append(self.want("code", "+".join(atom.codes), 1, atom.codes))
            else:
                bit = self.want("held", "+".join(atom.names), 1, atom.names)
                found.append(~bit if atom.lacks else bit)
        for quantifier in dict.fromkeys(atom.quantifier for atom in clocks):
            mine = [atom for atom in clocks if atom.quantifier == quantifier]
            found += self._clock(mine)
        if clause.excluded is not None:
            found.append(~self._clause(clause.excluded, amount))
        return reduce(both, found, lift(1))

    def _bit(self, clause: Clause) -> Expr:
        """A condition that is decided outside and comes in as 0 or 1."""
        of = repr(clause)
        self.bits[of] = (clause,)
        return self.want("bit", of, 1)

    def _one_of(self, atom: IsOneOf) -> Expr:
        declared = self.parts.facts.get(atom.name)
        if declared == "yes/no":
            bit = self.want("flag", atom.name, 1)
            return bit if atom.values[0] else ~bit
        if isinstance(declared, SetOf) or declared == "text" or atom.name == "band":
            return self._bit(Clause((atom,)))
        table = (*(int(value in atom.values) for value in axis_values(self.parts, atom.name)), 0)
        return TableLookup(table, self.axis(atom.name))

    def _range(self, atom: InRange, amount: Expr | None) -> Expr:
        if atom.name == "amount" and amount is not None:
            value = amount
        elif atom.name == "count":
            value = self.count()
        elif atom.name == "minutes":
            value = self.minutes()
        elif self.parts.facts.get(atom.name) == "number":
            value = self.numeric(atom.name)
        else:
            return self._bit(Clause((atom,)))
        found: list[Expr] = []
        if atom.low is not None:
            found.append(lift(ceil(atom.low)) <= value)
        if atom.below is not None:
            found.append(value < ceil(atom.below))
        if atom.high is not None:
            found.append(value <= floor(atom.high))
        return reduce(both, found, lift(1))

    def _clock(self, atoms: Sequence[OnClock]) -> list[Expr]:
        plain = atoms[0].quantifier == "starts" and all(atom.what in ("weekday", "date", "clock") for atom in atoms)
        if not plain:
            return [self._bit(Clause(tuple(atoms)))]
        return [self._starts(atom) for atom in atoms]

    def _starts(self, atom: OnClock) -> Expr:
        if atom.what == "weekday":
            table = tuple(int(day in atom.value) for day in WEEKDAYS)
            others = tuple(1 - one for one in table)
            if f"among {others}" in self.known:
                return ~self.known[f"among {others}"]
            weekday = self.once("weekday", lambda: (self.day() + 6) % 7)
            return self.once(f"among {table}", lambda: TableLookup(table, weekday))
        if atom.what == "date":
            assert isinstance(atom.value, DateRange)
            low = atom.value.first.toordinal() if atom.value.first else 0
            high = atom.value.last.toordinal() if atom.value.last else date.max.toordinal()
            return (lift(low) <= self.day()) & (self.day() <= high)
        minute = self.want("minute", "", 24 * 60 - 1)
        ranges: list[Expr] = [(lift(low) <= minute) & (minute < high) for low, high in unrolled(atom.value)]
        return reduce(either, ranges[1:], ranges[0])


def both(one: Expr, other: Expr) -> Expr:
    """``and``, where what is always true is left out."""
    if isinstance(one, Const):
        return other if one.value else one
    if isinstance(other, Const):
        return one if other.value else other
    return one & other


def either(one: Expr, other: Expr) -> Expr:
    """``or``, where what is never true is left out."""
    if isinstance(one, Const):
        return one if one.value else other
    if isinstance(other, Const):
        return other if other.value else one
    return one | other


def first(cases: Sequence[tuple[Expr, Expr | int]], otherwise: Expr | int) -> Expr:
    """The value of the first condition that holds."""
    found = lift(otherwise)
    for condition, value in reversed(cases):
        found = when(condition, value, found)
    return found


def chosen(index: Expr, values: Sequence[Expr | int], otherwise: Expr | int) -> Expr:
    """The value whose place it is."""
    return first([(equal(index, place), value) for place, value in enumerate(values)], otherwise)


def dated(low: Lowering, days: Iterable[date | None], day: Expr | None) -> Expr:
    """The place of the list that is in force: 0 before the first one, if that has a first day."""
    starts = [start.toordinal() for start in days if start is not None]
    if not starts or day is None:
        return lift(0)

    def place() -> Expr:
        return first([(lift(start) <= day, number) for number, start in enumerate(starts, 1)][::-1], 0)

    return low.once(f"place {starts} {day!r}", place)
