"""One item as the engine sees it: checked against the tariff, with its day, its conditions and its quantities."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import attrs

from cantinekit.clock import day_bounds, local
from cantinekit.errors import InputError
from cantinekit.pricing._model import Cap, Clause, FactType, Product, When
from cantinekit.pricing._read import near
from cantinekit.pricing._rules import WEEKDAYS
from cantinekit.pricing._values import Fact, Item

PIECE = "piece"
MINUTE = "minute"

Groups = tuple[tuple[int, int], ...]
"""What is to be priced: (size of one, how many of that size). A size is in minutes, in blocks, or 1 for a piece."""


class RefusedItem(Exception):
    """The item has no price; caught by the engine, which makes a ``Refusal`` of it."""

    def __init__(self, code: str, what: str, **more: Any) -> None:
        super().__init__(code, what)
        self.code = code
        self.what = what
        self.more = more


def incomplete(*facets: str) -> RefusedItem:
    """What has to be asked for before there can be a price."""
    return RefusedItem("incomplete", ", ".join(facets), facets=facets)


def check_facts(item: Item, facts: Mapping[str, FactType]) -> None:
    """Raises ``InputError`` for a fact that the tariff does not declare, or a value that it does not know."""
    for name, value in item.facts.items():
        declared = facts.get(name)
        if declared is None:
            hint = near(name, facts)
            raise InputError(f"the tariff declares no fact {name!r}" + (f"; did you mean {hint!r}?" if hint else ""))
        if declared == "yes/no":
            good = isinstance(value, bool)
        elif declared == "number":
            good = type(value) is int
        else:
            good = isinstance(value, str) and value in declared
        if not good:
            known = declared if isinstance(declared, str) else ", ".join(declared)
            raise InputError(f"fact {name!r} is {value!r}; the tariff knows: {known}")


@attrs.frozen
class Ask:
    """An item of an order, with what is read from it."""

    id: str
    item: Item
    zone: str
    customer: str | None
    as_of: datetime | None
    day: date | None
    """The local day of use."""

    @classmethod
    def of(cls, id: str, item: Item, zone: str, customer: str | None, as_of: datetime | None) -> Ask:
        day = item.day
        if item.period is not None:
            begins = local(item.period.start, zone).date()
            if day is not None and day != begins:
                raise InputError(f"item {id}: the day is {day}, but the period begins on {begins} in {zone}")
            day = begins
        return cls(id, item, zone, customer, as_of, day)

    def need_day(self) -> date:
        if self.day is None:
            raise incomplete("day")
        return self.day

    def price_day(self, product: Product) -> date:
        """The day that picks the list."""
        if product.price_date == "purchase":
            if self.as_of is None:
                raise incomplete("as_of")
            return local(self.as_of, self.zone).date()
        return self.need_day()

    @property
    def moment(self) -> datetime | None:
        """When lots must be valid: when the use begins, else at the beginning of its day, else at ``as_of``."""
        if self.item.period is not None:
            return self.item.period.start
        return day_bounds(self.day, self.zone).start if self.day is not None else self.as_of

    def fact(self, name: str) -> Fact:
        if name not in self.item.facts:
            raise incomplete(name)
        return self.item.facts[name]

    # --- conditions ---

    def holds(self, when: When) -> bool:
        """Whether one of the clauses holds. Raises what is missing only where the answer depends on it."""
        found = [self._clause(clause) for clause in when]
        if not when or True in found:
            return True
        missing = sorted({name for result in found if isinstance(result, frozenset) for name in result})
        if missing:
            raise incomplete(*missing)
        return False

    def _clause(self, clause: Clause) -> bool | frozenset[str]:
        missing: frozenset[str] = frozenset()
        for atom in clause.atoms:
            if atom.name == "weekday":
                value: Fact | None = None if self.day is None else WEEKDAYS[self.day.weekday()]
            else:
                value = self.item.facts.get(atom.name)
            if value is None:
                missing |= {"day" if atom.name == "weekday" else atom.name}
            elif value not in atom.values:
                return False
        if clause.excluded is not None:
            inner = self._clause(clause.excluded)
            if inner is True:
                return False
            missing |= inner if isinstance(inner, frozenset) else frozenset()
        return missing or True

    # --- quantities ---

    def minutes(self) -> int:
        if self.item.period is None:
            raise incomplete("period")
        return self.item.period.minutes

    def quantity(self, product: Product) -> tuple[Groups, str]:
        """What is to be covered and priced, and its unit: minutes, blocks of a measure, or pieces."""
        measure, count = product.measure, self.item.count
        if measure is None:
            if product.timed or any(cover.minutes for cover in product.covers):
                return ((self.minutes(), count),), MINUTE
            return ((1, count),), PIECE
        size = self.minutes()
        step = measure.every or measure.step or 1
        size = -(-size // step) * (1 if measure.every else step)
        size = max(size, measure.minimum or 0)
        return ((size if measure.at_most is None else min(size, measure.at_most), count),), measure.unit

    # --- scopes ---

    def scope(self, cap: Cap) -> list[str]:
        """The parts of a meter's name after the person: facts, then the period that the local day lies in."""
        day = self.need_day()
        year, week, _ = day.isocalendar()
        periods = {"day": day.isoformat(), "week": f"{year:04}-W{week:02}"}
        periods |= {"month": day.isoformat()[:7], "year": day.isoformat()[:4]}
        parts = [f"{name}={_escape(str(self.fact(name)))}" for name in cap.facts]
        return [*parts, f"{cap.period}={periods[cap.period or 'day']}"]


def _escape(text: str) -> str:
    """A text that can stand between the slashes of a key."""
    return text.replace("%", "%25").replace("/", "%2F").replace("=", "%3D")


def meter(tariff: str, product: str, cap: Cap, ask: Ask) -> str | None:
    """The key of the meter of a cap; ``None`` where the cap has no scope or the customer is not known."""
    if cap.period is None or ask.customer is None:
        return None
    head = f"cap/{tariff}/{_escape(product)}/{_escape(cap.id)}/person={_escape(ask.customer)}"
    return "/".join([head, *ask.scope(cap)])
