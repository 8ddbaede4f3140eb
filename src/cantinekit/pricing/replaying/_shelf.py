"""What the rows so far have left, by customer and period: a question sees what it may read, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Generic, TypeVar

import attrs

from cantinekit.pricing.engine.facts import escape, period_key
from cantinekit.pricing.model.rules import PERIODS
from cantinekit.pricing.values import Lot

V = TypeVar("V")


def periods_of(day: date | None) -> tuple[str, ...]:
    """The periods in which a day lies, as keys of scopes write them, and that of a scope without one.

    Args:
        day: the local day of use; ``None``: not known.
    """
    return ("",) if day is None else ("", *(f"{name}={period_key(day, name)}" for name in PERIODS))


@attrs.define(eq=False)
class Shelf(Generic[V]):
    """Values by the key of a scope, found by the customer and the period that the key names.

    A key of no person is everybody's.
    """

    values: dict[tuple[str, str], dict[str, V]] = attrs.field(factory=dict)

    def put(self, key: str, value: V) -> None:
        """Keep a value."""
        self.values.setdefault(_place(key), {})[key] = value

    def at(self, key: str) -> V | None:
        """A value; ``None`` where there is none."""
        return self.values.get(_place(key), {}).get(key)

    def pop(self, key: str) -> V | None:
        """Take a value away; ``None`` where there is none."""
        return self.values.get(_place(key), {}).pop(key, None)

    def seen(self, customer: str | None, periods: Sequence[str]) -> dict[str, V]:
        """What a question of a customer may read.

        Args:
            customer: whose question it is; ``None``: nobody's.
            periods: those of its day (``periods_of``).
        """
        found: dict[str, V] = {}
        people = ("",) if customer is None else ("", escape(customer))
        for who in people:
            for period in periods:
                found |= self.values.get((who, period), {})
        return found

    def all(self) -> Iterator[tuple[str, str, V]]:
        """The customer as the key names it, the key and the value of everything."""
        for (who, _), values in self.values.items():
            for key, value in values.items():
                yield who, key, value


def _place(key: str) -> tuple[str, str]:
    """The customer and the period that the key of a scope names."""
    who = period = ""
    for part in key.split("/")[4:]:
        name, _, text = part.partition("=")
        if name == "person":
            who = text
        elif name in PERIODS and not period:
            period = part
    return who, period


def named(who: str) -> str | None:
    """A customer as the frame names it; keys escape the signs that part them.

    Args:
        who: the customer as a key names it; empty: everybody.
    """
    return who.replace("%3D", "=").replace("%2F", "/").replace("%25", "%") or None


def customer_of(key: str) -> str | None:
    """Whose meter it is; ``None``: everybody's."""
    return named(_place(key)[0])


@attrs.define(eq=False)
class HeldLot:
    """A lot of a customer.

    Attributes:
        lot: the lot.
        first: the ordinal of the first local day on which it can be used.
        bought_at: the place of the row that has bought it in the order in which rows are folded; -1: it was there
            before.
    """

    lot: Lot
    first: int
    bought_at: int = -1


def usable(lots: Mapping[str, HeldLot], day: date | None, place: int) -> tuple[Lot, ...]:
    """The lots that there are for a row: those bought by a row before it, from their first day on.

    Args:
        lots: the lots of a customer by id.
        day: the local day of use; ``None``: it is not known, and no first day counts.
        place: the place of the row in the order in which rows are folded.
    """
    ordinal = None if day is None else day.toordinal()
    return tuple(
        held.lot for held in lots.values() if held.bought_at < place and (ordinal is None or held.first <= ordinal)
    )
