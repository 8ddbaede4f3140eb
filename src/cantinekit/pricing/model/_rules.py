"""The rules of a product: how it is counted, what covers it, how it is rated, what adjusts it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from itertools import pairwise
from typing import Any

import attrs

from cantinekit.pricing.format._kinds import Amount, Count, Flag, Minutes, Number, Percent, Span, Text, Texts, show_span
from cantinekit.pricing.format._kinds_time import Clock, ClockRange, Schema
from cantinekit.pricing.format._read import Table, good_text, meant_time, span
from cantinekit.pricing.format._records import Sub, key, read_record, record_schema, write_record
from cantinekit.pricing.model._added import NOTHING_OWN, Added, AmountOrShare, Every
from cantinekit.pricing.model._conditions import NUMBERS, Condition, When, Words
from cantinekit.pricing.model._forms import Form, Grid

Data = dict[str, Any]

PERIODS = ("day", "week", "month", "year")
KINDS = ("revenue", "held", "penalty", "debt")
MODES = ("half_up", "half_even", "up", "down")


def read_same(table: Table, names: tuple[str, ...], key: str = "same") -> None:
    """Note what cannot stand in a scope: it names persons or declared facts, and at most one period."""
    words: Words = table.notes.words
    known = ("person", *PERIODS, *words.facts, *words.derived)
    for name in names:
        if name not in known:
            table.problem(f"{name!r} is neither 'person', a period nor a fact", key, table.notes.near(name, known))
    if len([name for name in names if name in PERIODS]) > 1:
        table.problem("a scope has one period", key)
    if not [name for name in names if name not in PERIODS]:
        table.problem("a scope names 'person' or a fact beside its period: whose is it?", key)


@attrs.frozen
class Same:
    """The kind of a scope: ``["person", "day"]``, in one order."""

    def read(self, table: Table, key: str) -> tuple[str, ...] | None:
        names = table.texts(key)
        read_same(table, names, key)
        order = {"person": 0} | dict.fromkeys(PERIODS, 2)
        return tuple(sorted(names, key=lambda name: (order.get(name, 1), name))) or None

    def write(self, value: tuple[str, ...], currency: str) -> list[str]:
        return list(value)

    def schema(self) -> Schema:
        return Texts().schema()


@attrs.frozen
class SessionTimes:
    """Sessions by name, ``{ am = "09:00-12:00", pm = "13:00-17:00" }``, in minutes after midnight."""

    def read(self, table: Table, key: str) -> tuple[tuple[str, tuple[int, int]], ...] | None:
        inner = table.table(key)
        out = [(name, found) for name in inner.data if good_text(name) and (found := ClockRange().read(inner, name))]
        if not out or any(end <= start for _, (start, end) in out):
            table.problem("sessions such as { am = '09:00-12:00' } are needed; none goes over midnight", key)
            return None
        out.sort(key=lambda entry: entry[1])
        if any(after[1][0] < before[1][1] for before, after in pairwise(out)):
            table.problem("two sessions overlap", key)
        return tuple(out)

    def write(self, value: tuple[tuple[str, tuple[int, int]], ...], currency: str) -> dict[str, str]:
        return {name: ClockRange().write(stretch, currency) for name, stretch in value}

    def schema(self) -> Schema:
        return {"type": "object", "additionalProperties": ClockRange().schema()}


@attrs.frozen
class Merge:
    """Stays of one scope that lie close together are one stay, from the first arrival to the last departure."""

    same: tuple[str, ...] = key(Same(), "whose stays, and of which day")
    gap: int = key(Minutes(), "the longest absence that does not end the stay")


@attrs.frozen
class Measure:
    """How a stay is counted: minutes, blocks, halves, sessions, days, nights, or a number that is measured."""

    unit: str = key(Text(), "the name of what is counted; 'minute' for time")
    every: tuple[int, bool] | None = key(Span(), "the length of a block (or so many of the fact)", default=None)
    cut: int | None = key(Clock(), "a time of the day that cuts it in halves; each half touched counts", default=None)
    sessions: tuple[tuple[str, tuple[int, int]], ...] = key(
        SessionTimes(), "sessions of the day; each one touched counts", default=()
    )
    gap: str = key(Text(("refuse", "previous", "next")), "what time between the sessions is", default="refuse")
    days: bool = key(Flag(), "each local day that is touched counts", default=False)
    nights: bool = key(Flag(), "each midnight inside counts", default=False)
    share: Fraction | None = key(
        Number(), "a stay of up to this share of the opening hours is one, a longer one two", default=None
    )
    fact: str = key(Text(), "a fact that gives the number", default="")
    smallest: Fraction | None = key(Number(), "the smallest part of the unit that is counted", default=None)
    step: tuple[int, bool] | None = key(Span(), "rounded up to this", default=None)
    minimum: tuple[int, bool] | None = key(Span(), "at least this", default=None)
    at_most: tuple[int, bool] | None = key(Span(), "at most this", default=None)
    same: tuple[str, ...] = key(Same(), "counted over everything in this scope, not each for itself", default=())

    @property
    def timed(self) -> bool:
        """Whether it needs the beginning and the end of the stay."""
        return not self.fact

    def check(self, table: Table) -> None:
        ways = [name for name in ("cut", "sessions", "days", "nights", "share", "fact") if name in table]
        if self.every and not self.fact:
            ways.append("every")
        if len(ways) > 1:
            table.problem(f"one way of counting is needed, not several: {', '.join(ways)}")
        if self.unit == "minute" and ways:
            table.problem("minutes are counted as they are", ways[0])
        if self.unit != "minute" and not ways:
            table.problem(f"say how {self.unit!r} is counted: 'every', 'cut', 'sessions', 'days', 'share' or 'fact'")
        if self.unit != "minute" and span(self.unit):
            table.problem("a length of time; the unit is 'minute' or a word such as 'half-day'", "unit")
        words: Words = table.notes.words
        if self.fact and words.facts.get(self.fact) not in NUMBERS:
            table.problem(f"{self.fact!r} is not declared in [facts] as a number", "fact")
        if self.share is not None and not words.has_hours:
            table.problem("a share of the opening hours needs the section [opening]", "share")
        if self.every and self.every[1] != (not self.fact):
            table.problem("'every' is a length of time, or a number where a fact is counted", "every")
        for name in ("step", "minimum", "at_most"):
            value = getattr(self, name)
            if value and value[1] != (self.unit == "minute"):
                table.problem("a length of time for minutes, else a number of units", name)
        if self.minimum and self.at_most and self.minimum[0] > self.at_most[0]:
            table.problem("'minimum' is above 'at_most'", "minimum")


@attrs.frozen
class Limit:
    """At most so many units in a scope."""

    at_most: int = key(Count(), "the most units")
    same: tuple[str, ...] = key(Same(), "the scope in which they are counted")


@attrs.frozen
class Free:
    """So many units for nothing in a scope, or all of them."""

    def read(self, table: Table, key: str) -> int | None:
        if table.data[key] == "all":
            return -1
        if type(table.data[key]) is str:
            table.problem("'all' or a number of units is needed", key)
            return None
        return table.count(key)

    def write(self, value: int, currency: str) -> Any:
        return "all" if value < 0 else value

    def schema(self) -> Schema:
        return {"anyOf": [{"const": "all"}, {"type": "integer", "minimum": 1}]}


@attrs.frozen
class Cover:
    """What may cover the item before it costs money: units of an account, or an allowance."""

    unit: str = key(Text(), "the unit of the account: a length, the unit of the measure, or a word for one stay")
    by: str = key(Text(), "the account, or the product that fills it", default="")
    takes: int = key(Count(), "units of the account for one that is counted", default=1)
    partial: bool = key(Flag(), "it may cover a part", default=False)
    when: When = key(Condition(), "only then", default=())
    free: int = key(Free(), "so many for nothing, without an account; 'all' for all", default=0)
    same: tuple[str, ...] = key(Same(), "the scope in which the free units are counted", default=())
    limit: Limit | None = key(Sub(Limit), "at most so many units of the account in a scope", default=None)
    order: str = key(Text(("expiry first", "oldest first")), "which lot comes first", default="expiry first")
    id: str = key(Text(), "a name for the explanation", default="")

    minutes: int | None = attrs.field(default=None, kw_only=True)

    @property
    def account(self) -> str:
        """The account that is used; none for an allowance."""
        return self.by

    @property
    def label(self) -> str:
        return self.id or self.account or "free"

    def check(self, table: Table) -> None:
        if bool(self.by) == bool(self.free):
            table.problem("a cover has an account ('by') or an allowance ('free')")
        if self.free > 0 and not self.same:
            table.problem("'free' needs 'same': free for whom, in which period?", "free")
        if self.same and self.free <= 0:
            table.problem("'same' goes with a number of free units", "same")
        if "partial" in table and self.free and not self.partial:
            table.problem("an allowance covers what it can", "partial")


@attrs.frozen
class Covers:
    """The kind of the key ``cover``."""

    def read(self, table: Table, key: str) -> tuple[Cover, ...] | None:
        words: Words = table.notes.words
        out: list[Cover] = []
        for row in table.tables(key):
            cover = read_record(Cover, row, beside=("beyond",))
            if cover is None:
                continue
            minutes = span(cover.unit)
            if meant := meant_time(cover.unit):
                row.problem(f"{cover.unit!r} would be a word for one whole stay", "unit", meant)
            cover = attrs.evolve(
                cover,
                by=words.accounts.get(cover.by, cover.by),
                unit=show_span(minutes) if minutes else cover.unit,
                minutes=minutes,
            )
            if cover.account and cover.account in {other.account for other in out if other.when == cover.when}:
                row.problem(f"the account {cover.account!r} is there twice", "by")
            out.append(cover)
        return tuple(out) or None

    def write(self, value: tuple[Cover, ...], currency: str) -> list[Data]:
        return [write_record(cover, currency) for cover in value]

    def schema(self) -> Schema:
        one = record_schema(Cover)
        one["properties"]["beyond"] = {"type": ["string", "object"]}
        return {"anyOf": [one, {"type": "array", "items": one}]}


def is_dated(lists: Sequence[tuple[date | None, Any]]) -> bool:
    """Whether a day is needed to pick the list."""
    return len(lists) > 1 or lists[0][0] is not None


def start_of(day: date | None) -> Data:
    """The key ``from`` of a dated list; the first one may have held for ever."""
    return {} if day is None else {"from": day}


@attrs.frozen
class Per:
    """What a price is for: a named unit, or a length ("1h") that is so many ``minutes``.

    ``started``: a begun unit counts in full. ``first``: the first minutes or units are due in full once begun, at
    ``first_price`` where there is one.
    """

    unit: str
    minutes: int | None = None
    started: bool = False
    first: int | None = None
    first_price: int | None = None
    every: Every | None = None
    """So many of the fact, or of money so much, are one unit."""

    def data(self, currency: str) -> Data:
        out: Data = {"per": self.unit} | ({"started": True} if self.started else {})
        out |= {} if self.every is None else {"every": self.every.data(currency)}
        if self.first is not None:
            out["first"] = show_span(self.first) if self.minutes else self.first
        return out | ({} if self.first_price is None else {"first_price": Amount().write(self.first_price, currency)})


@attrs.frozen
class Rate:
    """One way to price: the condition, what the price is for, and the forms by the day from which each holds."""

    id: str
    lists: tuple[tuple[date | None, Form], ...]
    when: When = ()
    per: Per | None = None
    by: tuple[str, ...] = ()
    flat: int | None = None
    name: str = ""
    tax: str = ""
    prices: str = ""
    kind: str = ""
    tags: tuple[str, ...] = ()
    floor: bool = False
    each: str = ""
    """A number by which the amount is multiplied once more: so much per half-day, and for each person."""

    @property
    def dated(self) -> bool:
        return is_dated(self.lists)

    def data(self, currency: str) -> Data:
        given = {"id": self.id, "name": self.name, "tax": self.tax, "prices": self.prices, "kind": self.kind}
        out: Data = {key: value for key, value in (given | {"each": self.each}).items() if value}
        out |= {"tags": list(self.tags)} if self.tags else {}
        out |= {"when": Condition().write(self.when, currency)} if self.when else {}
        out |= self.per.data(currency) if self.per else {}
        out |= {"by": list(self.by)} if self.by else {}
        out |= {} if self.flat is None else {"flat": Amount().write(self.flat, currency)}
        out |= {"floor": True} if self.floor else {}
        if not self.dated:
            return out | self.lists[0][1].data(currency)
        return out | {"lists": [start_of(day) | form.data(currency) for day, form in self.lists]}


@attrs.frozen
class Adjust:
    """One adjustment. ``kind`` says what it does; ``lists`` hold its value by the day from which it is in force.

    "percent" is a fraction, as is an "add" of a share; "refuse" a refusal, "free" nothing, "form" a rule of a plug-in
    with its parameters; all others minor units.
    """

    id: str
    kind: str
    lists: tuple[tuple[date | None, Any], ...]
    when: When = ()
    on: tuple[str, ...] = ()
    same: tuple[str, ...] = ()
    once_per: str = ""
    mode: str = ""
    rounds: str = ""
    pool: str = ""
    """Rules of one pool count together, also those of other products."""
    added: Added = NOTHING_OWN

    def meter_of(self, owner: str) -> tuple[str, str]:
        """Under which two names the scope is counted."""
        return ("pool", self.pool) if self.pool else (owner, self.id)

    @property
    def dated(self) -> bool:
        return is_dated(self.lists)

    @property
    def period(self) -> str | None:
        return next((name for name in self.same if name in PERIODS), None)

    def data(self, currency: str) -> Data:
        out: Data = {"id": self.id}
        out |= {"when": Condition().write(self.when, currency)} if self.when else {}
        out |= {"on": list(self.on)} if self.on else {}
        if self.dated:
            out["lists"] = [start_of(day) | self._value(value, currency) for day, value in self.lists]
        else:
            out |= self._value(self.lists[0][1], currency)
        out |= {"same": list(self.same)} if self.same else {}
        extra = {"once_per": self.once_per, "mode": self.mode, "rounds": self.rounds, "pool": self.pool}
        return out | {key: value for key, value in extra.items() if value} | self.added.data(currency)

    def _value(self, value: Any, currency: str) -> Data:
        if self.kind in ("refuse", "form"):
            return dict(value.data(currency))
        if isinstance(value, Grid):
            return {self.kind: {"by": list(value.by)} | value.data(currency)}
        return {self.kind: ADJUST_KINDS[self.kind].write(value, currency)}


@attrs.frozen
class Group:
    """Adjustments that are carried out together: all in order, the first, the best, one only, or nobody knows."""

    rules: tuple[Adjust, ...]
    together: str = "all in order"

    def data(self, currency: str) -> Data:
        return {"together": self.together, "rules": [rule.data(currency) for rule in self.rules]}


ADJUST_KINDS: Mapping[str, Any] = {
    "percent": Percent(-100, 1000),
    "add": AmountOrShare(),
    "at_least": Amount(),
    "at_most": Amount(),
    "replace": Amount(),
    "free": Flag(),
    "round": Amount(),
    "refuse": Text(),
    "form": Text(),
}
GRID_KINDS = ("add", "at_least", "at_most", "replace")
"""Adjustments whose amount may depend on axes."""
TOGETHER = ("all in order", "first", "best for customer", "one of", "unstated")
