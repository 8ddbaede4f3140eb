"""One item as the engine sees it: checked against the tariff, with its day, its conditions and its scopes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import attrs

from cantinekit.calendar import months_between
from cantinekit.clock import Period, day_bounds, local
from cantinekit.errors import InputError
from cantinekit.money import Money
from cantinekit.pricing.engine.clock import Slice, decide_clock, slices
from cantinekit.pricing.engine.facts import (
    check_facts,
    escape,
    fact_key,
    moment_of,
    period_key,
    stay_days,
    whole_minutes,
)
from cantinekit.pricing.engine.held import HeldProduct
from cantinekit.pricing.model.conditions import (
    Clause,
    CodeCondition,
    Holds,
    InRange,
    IsOneOf,
    OnClock,
    When,
    over_midnight,
)
from cantinekit.pricing.model.load import Parts
from cantinekit.pricing.model.rules import PERIODS
from cantinekit.pricing.terms import Delay, delay_before
from cantinekit.pricing.values import Fact, Item, Order

PIECE = "piece"
MINUTE = "minute"
Answer = bool | frozenset[str]
"""Whether something holds, or the facets that have to be known first."""


class RefusedItem(Exception):
    """The item has no price; caught by the engine, which makes a ``Refusal`` of it."""

    def __init__(self, code: str, what: str, values: Mapping[str, Any] | None = None, **more: Any) -> None:
        super().__init__(code, what)
        self.code = code
        self.what = what
        self.values = dict(values or {})
        self.more = more


def incomplete(*facets: str) -> RefusedItem:
    """What has to be asked for before there can be a price."""
    return RefusedItem("incomplete", ", ".join(facets), facets=facets)


@attrs.frozen
class Ask:
    """An item of an order, with what is read from it. A part of it is the same with fewer stretches, or a rank."""

    id: str
    item: Item
    parts: Parts
    order: Order
    day: date | None
    """The local day of use."""
    held: frozenset[str]
    """What the customer has, and what the item needs and gets in this order."""
    stretches: tuple[Period, ...]
    days: tuple[date, ...] = ()
    """The days of a stay of which no hours are known, where the product counts days or nights."""
    nights: int | None = None
    """How many of its nights are in the band."""
    band: str = ""
    rank: int | None = None
    size: int | None = None
    amount: int | None = None
    before: tuple[HeldProduct, ...] = ()
    """What the items before it in the order sell; it is held on some days only."""

    @classmethod
    def of(cls, id: str, item: Item, parts: Parts, order: Order, before: tuple[HeldProduct, ...] = ()) -> Ask:
        check_facts(item, parts.facts, parts.currency)
        day, zone = item.day, parts.head.zone
        if item.period is not None:
            begins = local(item.period.start, zone).date()
            if day is not None and day != begins:
                raise InputError(f"item {id}: the day is {day}, but the period begins on {begins} in {zone}")
            day = begins
        if item.until is not None and day is not None and item.until < day:
            raise InputError(f"item {id}: the last day {item.until} is before the first, {day}")
        held, days = order.holds or frozenset(), stay_days(item, parts, day)
        return cls(id, item, parts, order, day, held, item.stretches, days, before=before)

    @property
    def zone(self) -> str:
        return self.parts.head.zone

    def need_day(self) -> date:
        if self.day is None:
            raise incomplete("day")
        return self.day

    def bought(self) -> date | None:
        """The local day of purchase."""
        return None if self.order.as_of is None else local(self.order.as_of, self.zone).date()

    def price_day(self, price_date: str) -> date:
        """The day that picks the list."""
        if price_date == "purchase":
            day = self.bought()
            if day is None:
                raise incomplete("as_of")
            return day
        return self.need_day()

    @property
    def moment(self) -> datetime | None:
        """When lots must be valid: when the use begins, else at the beginning of its day, else at ``as_of``."""
        return moment_of(self.item, self.order, self.zone)

    # --- facts ---

    def slices(self) -> list[Slice]:
        """The local days that it touches; one without hours where only the day is known."""
        if self.stretches:
            return slices(self.stretches, self.zone)
        return [Slice(day) for day in self.days] or ([] if self.day is None else [Slice(self.day)])

    def look(self, name: str) -> Fact | frozenset[str]:
        """The value of a fact or a derived axis, or what has to be known first."""
        if name == "band":
            return self.band if self.band else frozenset({"period"})
        if name in self.parts.derived:
            for fits in self.parts.derived[name]:
                found = self.decide(fits.when)
                if isinstance(found, frozenset):
                    return found
                if found:
                    return fits.value
            return ""
        return self.item.facts.get(name, frozenset({name}))

    def fact(self, name: str) -> Fact:
        """The value of a fact or a derived axis.

        Raises:
            RefusedItem: "incomplete", where it is not given.
        """
        found = self.look(name)
        if isinstance(found, frozenset):
            raise incomplete(*sorted(found))
        return found

    def number(self, name: str) -> Fraction:
        """A fact that is a number, or money in minor units; ``count`` and ``persons`` are what the item says where no
        fact does.
        """
        if name not in self.parts.facts:
            name = "count"
        value = self.item.count if name == "count" else self.fact(name)
        if isinstance(value, Money):
            return Fraction(value.amount)
        if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
            raise incomplete(name)
        return Fraction(value)

    @property
    def timed(self) -> bool:
        """Whether its length is known."""
        return bool(self.stretches) or self.item.minutes is not None

    def need_clock(self) -> None:
        """Refuse a question that depends on the hours where only the length is known.

        Raises:
            RefusedItem: "incomplete".
        """
        if self.item.minutes is not None:
            raise incomplete("period")

    def minutes(self) -> int:
        """How long it is, in whole minutes as the tariff rounds them."""
        if self.item.minutes is not None:
            return self.item.minutes
        if not self.stretches:
            raise incomplete("period")
        return sum(whole_minutes(stretch, self.parts.head.seconds) for stretch in self.stretches)

    def need_holidays(self, *, over_midnight: bool = False) -> None:
        """A list of holidays says nothing of the years beyond it.

        ``over_midnight``: small hours belong to the day before, which then has to be known too.

        Raises:
            RefusedItem: "unstated", where the answer would have to be guessed.
        """
        opening = self.parts.opening
        for part in self.slices():
            for day in (part.day, part.day - timedelta(days=1)) if over_midnight else (part.day,):
                if opening is not None and not opening.knows(day):
                    raise RefusedItem("unstated", f"the holidays of {day.year}")

    # --- conditions ---

    def holds(self, when: When) -> bool:
        """Whether one of the clauses holds. Raises what is missing only where the answer depends on it."""
        found = self.decide(when)
        if isinstance(found, frozenset):
            raise incomplete(*sorted(found))
        return found

    def decide(self, when: When) -> Answer:
        """Whether one of the clauses holds, or what has to be known first."""
        found = [self._clause(clause) for clause in when]
        if not when or True in found:
            return True
        missing: frozenset[str] = frozenset().union(*(each for each in found if isinstance(each, frozenset)))
        return missing or False

    def _clause(self, clause: Clause) -> Answer:
        missing: frozenset[str] = frozenset()
        for found in self._answers(clause):
            if found is False:
                return False
            missing |= found if isinstance(found, frozenset) else frozenset()
        return missing or True

    def _answers(self, clause: Clause) -> Iterator[Answer]:
        """Whether each part of a clause holds; what follows one that does not need not be asked."""
        clocks: dict[str, list[OnClock]] = {}
        for atom in clause.atoms:
            if isinstance(atom, OnClock):
                clocks.setdefault(atom.quantifier, []).append(atom)
            else:
                yield self._atom(atom)
        for quantifier, atoms in clocks.items():
            if any(atom.what == "holiday" for atom in atoms):
                self.need_holidays(over_midnight=over_midnight(atoms))
            known = quantifier == "starts" or self.item.minutes is None
            yield decide_clock(atoms, self.slices(), self.parts.opening) if known else frozenset({"period"})
        if clause.excluded is not None:
            inner = self._clause(clause.excluded)
            yield inner if isinstance(inner, frozenset) else not inner

    def _atom(self, atom: IsOneOf | InRange | Holds | CodeCondition) -> Answer:
        if isinstance(atom, CodeCondition):
            return not set(atom.codes).isdisjoint(self.order.codes)
        if isinstance(atom, Holds):
            held = self.has(atom.names, self.before)
            return held != atom.lacks if isinstance(held, bool) else held
        if isinstance(atom, InRange):
            value = self._range(atom)
            return value if isinstance(value, frozenset) else atom.holds(value)
        found = self.look(atom.name)
        if isinstance(found, frozenset):
            return found
        if isinstance(found, tuple):
            return not set(found).isdisjoint(atom.values)
        return found in atom.values

    def has(self, names: Sequence[str], sold: Sequence[HeldProduct]) -> Answer:
        """Whether one of these is held on the day of the item, by the customer or by what is sold.

        Raises:
            RefusedItem: "unstated", where it cannot be told how long something lasts that is sold.
        """
        if not self.held.isdisjoint(names):
            return True
        missing = frozenset({"holds"}) if self.order.holds is None else frozenset[str]()
        for one in sold:
            if one.product in names:
                try:
                    found = one.on(self.day or self.bought())
                except InputError as error:
                    raise RefusedItem("unstated", f"{one.product}: {error}") from None
                if found is True:
                    return True
                missing |= found or frozenset()
        return missing or False

    def _range(self, atom: InRange) -> Fraction | int | frozenset[str]:
        name = atom.name
        if name == "count":
            return self.item.count
        if name in ("rank", "size", "amount"):
            value: int | None = getattr(self, name)
            return frozenset({name}) if value is None else value
        if name == "minutes":
            return self.minutes() if self.timed else frozenset({"period"})
        if name == "lead":
            return self._lead(atom.domain) if atom.delay is None else self._delay(atom.delay)
        found = self.look(name)
        if isinstance(found, frozenset):
            return found
        if isinstance(found, Money):
            return found.amount
        assert isinstance(found, (int, Decimal))
        return Fraction(found)

    def _lead(self, domain: str) -> int | frozenset[str]:
        if self.order.as_of is None:
            return frozenset({"as_of"})
        if domain in ("days", "months"):
            bought = self.bought()
            if self.day is None or bought is None:
                return frozenset({"day"})
            return (self.day - bought).days if domain == "days" else months_between(bought, self.day)
        if self.item.period is None:
            return frozenset({"period"})
        return (self.item.period.start - self.order.as_of) // timedelta(minutes=1)

    def _delay(self, rule: Delay) -> int | frozenset[str]:
        """How long before the beginning it was bought, in whole units of the rule; -1 where it was bought later."""
        if self.order.as_of is None:
            return frozenset({"as_of"})
        if self.item.period is not None:
            begins = self.item.period.start
        elif rule.unit == "hour":
            return frozenset({"period"})
        elif self.day is None:
            return frozenset({"day"})
        else:  # of the day itself it is never too late by the hours, which nobody knows
            begins = day_bounds(self.day, self.zone).end - timedelta(microseconds=1)
        return delay_in(rule, local(begins, self.zone), self.order.as_of)

    # --- scopes ---

    def scope(self, same: Sequence[str]) -> list[str]:
        """The parts of a key after the person: facts, then the period that the local day lies in."""
        out = []
        for name in same:
            if name in PERIODS:
                out.append(f"{name}={period_key(self.need_day(), name)}")
            elif name != "person":
                out.append(f"{name}={fact_key(self.fact(name))}")
        return out

    def key(self, kind: str, product: str, rule: str, same: Sequence[str]) -> str | None:
        """The key of a meter in a scope; ``None`` where it belongs to a person and the customer is not known."""
        head = [kind, self.parts.head.id, escape(product), escape(rule)]
        if "person" in same:
            if self.order.customer is None:
                return None
            head.append(f"person={escape(self.order.customer)}")
        return "/".join([*head, *self.scope(same)])


def delay_in(rule: Delay, start: datetime, at: datetime) -> int:
    """A delay in whole units of the rule.

    Raises:
        RefusedItem: "unstated", where the holidays of a year are not listed.
    """
    try:
        return delay_before(start, at, rule)
    except InputError as error:
        raise RefusedItem("unstated", str(error)) from None
