"""What can be bought ahead of use, what was found best, and the one number by which purchases are compared."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import attrs

from cantinekit.errors import InputError
from cantinekit.errors.shown import shown
from cantinekit.pricing.combine._checks import MAX_OFFERS, MAX_QUANTITY, price_of, whole

MAX_DAYS = 3_660


def _check_id(value: object, what: str) -> None:
    if not isinstance(value, str) or not value:
        raise InputError(f"the id of a {what} is a text that is not empty, not {shown(value)}")


@attrs.frozen
class Pack:
    """Units that are used on any day: a single ticket (one unit), a carnet of ten, six months at once.

    Attributes:
        id: the name of the offer.
        price: in minor units, 0 or more.
        units: how many units it has, 1 or more.
        at_most: how many of it can be bought; ``None``: no limit.
    """

    id: str
    price: int
    units: int
    at_most: int | None = None

    def __attrs_post_init__(self) -> None:
        _check_id(self.id, "pack")
        price_of(self.price, self.id)
        whole(self.units, f"the units of {self.id}", 1, MAX_QUANTITY)
        if self.at_most is not None:
            whole(self.at_most, f"at_most of {self.id}", 0, MAX_QUANTITY)


@attrs.frozen
class Window:
    """A right to use on consecutive days.

    Attributes:
        id: the name of the offer.
        price: in minor units, 0 or more.
        days: how many days it lasts, the first one included.
        units: how many units it has; ``None``: no limit.
    """

    id: str
    price: int
    days: int
    units: int | None = None

    def __attrs_post_init__(self) -> None:
        _check_id(self.id, "window")
        price_of(self.price, self.id)
        whole(self.days, f"the days of {self.id}", 1, MAX_DAYS)
        if self.units is not None:
            whole(self.units, f"the units of {self.id}", 1, MAX_QUANTITY)


@attrs.frozen
class Purchase:
    """How many of one offer are bought.

    Attributes:
        id: the name of the offer.
        count: how many.
        first_day: the first day of a window; ``None`` for packs.
    """

    id: str
    count: int
    first_day: date | None = None


@attrs.frozen
class Advice:
    """What to buy.

    Attributes:
        purchases: packs in file order, then windows by first day.
        price: their sum in minor units.
        unused: units of packs and of limited windows that no need takes.
        saving: what buying only single units would cost more, in minor units; ``None`` where no single unit is for sale
            as often as needed.
    """

    purchases: tuple[Purchase, ...]
    price: int
    unused: int
    saving: int | None


_COUNT_BITS = 20
_UNUSED_BITS = 56


class Scale:
    """Purchases as one integer each, so that the least sum is the best choice with all ties decided.

    The digits, most significant first: price, unused units, number of purchases, and for each offer in file order minus
    how often it is bought. A digit is balanced, from ``-2**(bits - 1)`` to below ``2**(bits - 1)``; no sum leaves that,
    for at most MAX_UNITS offers of at most MAX_QUANTITY units are bought.
    """

    def __init__(self, packs: Sequence[Pack], windows: Sequence[Window]) -> None:
        self.offers: tuple[Pack | Window, ...] = (*packs, *windows)
        if len(self.offers) > MAX_OFFERS:
            raise InputError(f"at most {MAX_OFFERS} packs and windows are compared, not {len(self.offers)}")
        if len({offer.id for offer in self.offers}) < len(self.offers):
            raise InputError("two offers have one id")
        self._purchase = 1 << _COUNT_BITS * len(self.offers)
        self.unit = self._purchase << _COUNT_BITS
        """One unit unused; what a need takes of what was bought is minus this."""
        self._money = self.unit << _UNUSED_BITS
        self.weights = tuple(self._weight(at, offer) for at, offer in enumerate(self.offers))

    def _weight(self, at: int, offer: Pack | Window) -> int:
        mine = 1 << _COUNT_BITS * (len(self.offers) - 1 - at)
        return offer.price * self._money + (offer.units or 0) * self.unit + self._purchase - mine

    def price(self, weight: int) -> int:
        """The price alone."""
        return (weight + (self._money >> 1)) // self._money

    def read(self, weight: int) -> tuple[int, int, tuple[int, ...]]:
        """The price, the unused units, and how often each offer is bought."""
        counts: list[int] = []
        for _ in self.offers:
            weight, digit = _split(weight, _COUNT_BITS)
            counts.insert(0, -digit)
        weight, _ = _split(weight, _COUNT_BITS)
        price, unused = _split(weight, _UNUSED_BITS)
        return price, unused, tuple(counts)


def _split(weight: int, bits: int) -> tuple[int, int]:
    """What is above the lowest balanced digit, and that digit."""
    half = 1 << (bits - 1)
    above = (weight + half) >> bits
    return above, weight - (above << bits)
