"""Lines while they are made: exact amounts between two rounding points."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import attrs

from cantinekit.money import Rounding, round_ratio
from cantinekit.pricing.format.kinds import show_number


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
    shares = [line.exact * amount / old if old else Fraction(amount, len(lines)) for line in lines]
    floors = [share.numerator // share.denominator for share in shares]
    order = sorted(range(len(lines)), key=lambda n: (floors[n] - shares[n], n))
    for place in order[: amount - sum(floors)]:
        floors[place] += 1
    for line, whole in zip(lines, floors, strict=True):
        line.exact = Fraction(whole)
