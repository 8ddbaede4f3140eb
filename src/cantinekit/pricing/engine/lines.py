"""Lines while they are made: exact amounts between two rounding points."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import attrs

from cantinekit.money import Rounding, round_ratio
from cantinekit.pricing.format.kinds import show_number
from cantinekit.pricing.model.product import Product


@attrs.define
class WorkLine:
    """A line with an exact amount in minor units."""

    item: str
    product: str
    text: str
    quantity: Fraction
    unit: str
    unit_price: int | None
    exact: Fraction
    tax: str
    basis: str
    kind: str = "revenue"
    tags: tuple[str, ...] = ()
    floor: bool = False
    net: int | None = None
    gross: int | None = None
    part: int = 0
    """Which part of its item it is for: a band of time, or pieces of one rank."""
    beside: bool = False
    """Whether it is due although all of this part is covered."""

    @property
    def charged(self) -> bool:
        """Whether it is part of the price; what is held or owed is not."""
        return self.kind in ("revenue", "penalty")


def line_of(item: str, product: Product, exact: int | Fraction, **more: Any) -> WorkLine:
    """A line of a product for one piece, with its own tax class and basis where nothing else is said."""
    more = {"tax": product.tax, "basis": product.prices or "incl"} | more
    return WorkLine(item, product.id, product.name, Fraction(1), "piece", None, Fraction(exact), **more)


def concerned(on: Sequence[str], lines: Sequence[WorkLine]) -> list[WorkLine]:
    """The lines that are part of the price and of one of these products or tags; all lines where none is named."""
    return [
        line for line in lines if line.charged and (not on or line.product in on or not {*on}.isdisjoint(line.tags))
    ]


def total(lines: Sequence[WorkLine]) -> Fraction:
    """The exact sum."""
    if len(lines) == 1:  # as nearly all items have it: adding fractions is slow
        return lines[0].exact
    return sum((line.exact for line in lines), Fraction(0))


def rounded(value: Fraction, mode: Rounding) -> int:
    """To whole minor units, on the magnitude."""
    if value.denominator == 1:
        return value.numerator
    return round_ratio(value.numerator, value.denominator, mode)


def plain(number: Fraction) -> int | str:
    """A quantity for the trace: a text where it is no whole number."""
    return number.numerator if number.denominator == 1 else str(show_number(number))


def settle(lines: Sequence[WorkLine], mode: Rounding) -> None:
    """A rounding point: the sum is rounded, and the lines become whole by largest remainder; whole lines stay."""
    if all(line.exact.denominator == 1 for line in lines):
        return
    spread(lines, rounded(total(lines), mode))


def spread(lines: Sequence[WorkLine], amount: int) -> None:
    """Bring the lines to this sum in proportion to what they are; by largest remainder, the first one first."""
    if not lines:
        return
    old = total(lines)
    exact = [line.exact * amount / old if old else Fraction(amount, len(lines)) for line in lines]
    for line, whole in zip(lines, shares(amount, exact), strict=True):
        line.exact = Fraction(whole)


def shares(due: int, exact: Sequence[Fraction]) -> list[int]:
    """Whole amounts near the exact ones that come to what is due; by largest remainder, the first one first."""
    floors = [part.numerator // part.denominator for part in exact]
    order = sorted(range(len(exact)), key=lambda n: (floors[n] - exact[n], n))
    left = due - sum(floors)
    for place in range(abs(left)):
        floors[order[place % len(order)]] += 1 if left > 0 else -1
    return floors
