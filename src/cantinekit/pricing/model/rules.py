"""The rules of a product: how it is counted, what covers it, how it is rated, what adjusts it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from fractions import Fraction
from typing import Any, Generic, TypeVar

import attrs

from cantinekit.pricing.format.kinds import Amount, Count, Flag, Number, Percent, Text, Texts, one_or_more, show_span
from cantinekit.pricing.format.kinds_time import Schema
from cantinekit.pricing.format.read import TariffTable, meant_time, span
from cantinekit.pricing.format.records import Sub, key, key_names, read_record, record_schema, write_record
from cantinekit.pricing.model._scope import PERIODS as PERIODS
from cantinekit.pricing.model._scope import Same as Same
from cantinekit.pricing.model.added import NOTHING_OWN, Added, AmountOrShare, Every
from cantinekit.pricing.model.conditions import Condition, When, Words
from cantinekit.pricing.model.forms import Form, Grid
from cantinekit.pricing.model.measure import Measure

Data = dict[str, Any]
KINDS = ("revenue", "held", "penalty", "debt")
OTHER_ACCOUNT = "another account has to be held in a worked example"
MODES = ("half_up", "half_even", "up", "down")
ROUNDED = ("discount", "result")
WHEN_COVERED = ("due", "not due")
V = TypeVar("V")


@attrs.frozen
class Limit:
    """At most so many units in a scope."""

    at_most: int = key(Count(), "the most units")
    same: tuple[str, ...] = key(Same(), "the scope in which they are counted")


@attrs.frozen
class Free:
    """So many units for nothing in a scope, or all of them."""

    def read(self, table: TariffTable, key: str) -> int | None:
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
    smallest: Fraction | None = key(Number(), "the smallest part of a length that is taken", default=None)
    stated: int = key(Count(), "units of the account for one that is counted", name="takes", default=1)
    partial: bool | None = key(
        Flag(), "whether it may cover a part; left out: an allowance may, an account not", default=None
    )
    when: When = key(Condition(), "only then", default=())
    free: int = key(Free(), "so many for nothing, without an account; 'all' for all", default=0)
    same: tuple[str, ...] = key(Same(), "the scope in which the free units are counted", default=())
    allowed: Limit | None = key(
        Sub(Limit), "at most so many units of the account in a scope", name="limit", default=None
    )
    order: str = key(Text(("expiry first", "oldest first")), "which lot comes first", default="expiry first")
    bought_later: bool = key(
        Flag(), "whether units that were bought after it was paid cover it when it is priced again", default=False
    )
    id: str = key(Text(), "a name for the explanation", default="")

    minutes: int | None = attrs.field(default=None, kw_only=True)
    """How long one unit is, or its smallest part; none where it is no length of time."""
    takes: int = attrs.field(default=1, kw_only=True)
    """What is stated, in the smallest parts of the account's unit."""
    limit: Limit | None = attrs.field(default=None, kw_only=True)
    """What is allowed, in the smallest parts of the account's unit."""

    @property
    def account(self) -> str:
        """The account that is used; none for an allowance."""
        return self.by

    @property
    def label(self) -> str:
        return self.id or self.account or "free"

    @property
    def in_part(self) -> bool:
        """Whether it covers what it can, where its units do not cover all."""
        return self.free > 0 if self.partial is None else self.partial

    def part(self, measure: Measure | None) -> Fraction:
        """The smallest part of a unit that is taken; 1 where whole units are."""
        smallest = measure.smallest if measure is not None and self.unit == measure.unit else self.smallest
        return smallest or Fraction(1)

    def counted(self, measure: Measure | None, smallest: Fraction | None) -> Cover:
        """The cover in the smallest parts of its account's unit; an allowance has no account, and counts its own."""
        part, allowed = self.part(measure), self.allowed
        limit = allowed and attrs.evolve(allowed, at_most=int(allowed.at_most / (smallest or part)))
        return attrs.evolve(self, takes=int(self.stated * part / (smallest or part)), limit=limit)

    def check(self, table: TariffTable) -> None:
        if bool(self.by) == bool(self.free):
            table.problem("a cover has an account ('by') or an allowance ('free')")
        if self.free > 0 and not self.same:
            table.problem("'free' needs 'same': free for whom, in which period?", "free")
        if self.same and self.free <= 0:
            table.problem("'same' goes with a number of free units", "same")
        if self.free and "bought_later" in table:
            table.problem("what is free is not bought: 'bought_later' goes with an account", "bought_later")
        if "partial" in table and self.free < 0:
            table.problem("all of it is free: there is no part", "partial")


def _part_of(minutes: int | None, cover: Cover, row: TariffTable) -> int | None:
    """How long the smallest part of a unit is that a cover takes."""
    smallest = cover.smallest
    if smallest is None:
        return minutes
    if minutes is None:
        said = "'smallest' is a part of a length of time: unit = '1h'; of what is measured it stands in 'measure'"
        row.problem(said, "smallest")
        return None
    part = minutes * smallest
    if not 0 < smallest < 1 or part.denominator != 1 or (1 / smallest).denominator != 1:
        said = f"a part of {cover.unit!r} that is whole minutes is needed, such as '0.5' of an hour"
        row.problem(said, "smallest")
        return minutes
    return int(part)


@attrs.frozen
class Covers:
    """The kind of the key ``cover``."""

    def read(self, table: TariffTable, key: str) -> tuple[Cover, ...] | None:
        words: Words = table.notes.words
        out: list[Cover] = []
        for row in table.tables(key):
            cover = read_record(Cover, row, beside=("beyond",))
            if cover is None:
                continue
            if cover.by and cover.by not in words.products:
                row.like(cover.by, (*words.accounts, *words.filled), "by", OTHER_ACCOUNT)
            minutes = span(cover.unit)
            if meant := meant_time(cover.unit):
                row.problem(f"{cover.unit!r} would be a word for one whole stay", "unit", meant)
            cover = attrs.evolve(
                cover,
                partial=None if cover.partial == (cover.free > 0) else cover.partial,  # what is so anyway is not said
                by=words.accounts.get(cover.by, cover.by),
                unit=show_span(minutes) if minutes else cover.unit,
                minutes=_part_of(minutes, cover, row),
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
        return one_or_more(one)


@attrs.frozen
class Dated(Generic[V]):
    """A rule whose value stands in lists by the day from which each holds, among its other keys."""

    lists: tuple[tuple[date | None, V], ...]

    @property
    def dated(self) -> bool:
        """Whether a day is needed to pick the list."""
        return len(self.lists) > 1 or self.lists[0][0] is not None

    def written_lists(self, write: Callable[[V], Data]) -> Data:
        """What the rule says; the first of several lists may have held for ever."""
        if not self.dated:
            return write(self.lists[0][1])
        return {"lists": [({} if day is None else {"from": day}) | write(value) for day, value in self.lists]}

    def written_around(self, currency: str, before: str, inside: Data) -> Data:
        """The keys of the rule with others before one of them."""
        out, names = write_record(self, currency), list(key_names(type(self)))
        return {name: out[name] for name in names[: names.index(before)] if name in out} | inside | out


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
class Rate(Dated[Form]):
    """One way to price: the condition, what the price is for, and the forms by the day from which each holds."""

    id: str = key(Text(), "a name for the explanation", default="")
    name: str = key(Text(), "the text of the line", default="")
    tax: str = key(Text(), "the tax class, where it is another one", default="")
    prices: str = key(Text(("incl", "excl")), "whether prices are with tax", default="")
    kind: str = key(Text(KINDS), "what the money is", default="")
    each: str = key(Text(), "a number by which the amount is multiplied once more: for each person", default="")
    tags: tuple[str, ...] = key(Texts(empty=True), "words that adjustments may name", default=())
    when: When = key(Condition(), "only then", default=())
    flat: int | None = key(Amount(), "an amount beside it", default=None)
    floor: bool = key(Flag(), "at least so much; the price itself is not published", default=False)
    per: Per | None = None
    by: tuple[str, ...] = ()

    def data(self, currency: str) -> Data:
        inside = (self.per.data(currency) if self.per else {}) | ({"by": list(self.by)} if self.by else {})
        out = self.written_around(currency, "flat", inside)
        return out | self.written_lists(lambda form: form.data(currency))


@attrs.frozen
class Adjust(Dated[Any]):
    """One adjustment. ``kind`` says what it does; ``lists`` hold its value by the day from which it is in force.

    "percent" is a fraction, as is an "add" of a share; "refuse" a refusal, "free" nothing, "form" a rule of a plug-in
    with its parameters; all others minor units.
    """

    kind: str
    id: str = key(Text(), "a name for the explanation", default="")
    when: When = key(Condition(), "only then", default=())
    on: tuple[str, ...] = key(Texts(empty=True), "products or tags: of their lines only", default=())
    same: tuple[str, ...] = key(Same(), "the scope in which it counts", default=())
    once_per: str = key(Text(), "how often an amount is due", default="")
    mode: str = key(Text(MODES), "how it is rounded", default="")
    rounds: str = key(Text(ROUNDED), "what of a share is rounded", default="")
    pool: str = key(Text(), "rules of one pool count together, also those of other products", default="")
    when_covered: str = key(Text(WHEN_COVERED), "whether it is due where everything is covered", default="")
    added: Added = NOTHING_OWN

    def meter_of(self, owner: str) -> tuple[str, str]:
        """Under which two names the scope is counted."""
        return ("pool", self.pool) if self.pool else (owner, self.id)

    @property
    def period(self) -> str | None:
        return next((name for name in self.same if name in PERIODS), None)

    def data(self, currency: str) -> Data:
        does = self.written_lists(lambda value: self._value(value, currency))
        return self.written_around(currency, "same", does) | self.added.data(currency)

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
