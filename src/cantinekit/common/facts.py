"""Facts: the values that a price list may ask for, and the bounds that the list and the house share."""

from __future__ import annotations

from decimal import Decimal

from cantinekit.money import Money

Fact = str | int | bool | Decimal | Money | tuple[str, ...]
"""A value of a fact; several words where the fact is a set."""
MAX_FACT = 100_000
"""The greatest number that a fact may be."""
MAX_FACT_TEXT = 200
"""The most characters of a text or word of a fact, and of its name."""
MAX_PLACES = 4
"""The most decimals of a number."""


def plain_number(value: Decimal) -> Decimal | int | None:
    """The number in one spelling: an int where it is whole, so that 2 and 2.0 are one fact.

    By digits: the context of ``decimal`` that the host has set may round.

    Args:
        value: any decimal. ``None`` is answered where it is no number from 0 to 100,000 with at most four decimals.
    """
    _, digits, exponent = value.as_tuple()
    if not isinstance(exponent, int) or not 0 <= value <= MAX_FACT:
        return None
    if not any(digits):
        return 0
    while exponent < 0 and digits[-1] == 0:
        digits, exponent = digits[:-1], exponent + 1
    if exponent < -MAX_PLACES:
        return None
    return int(value) if exponent >= 0 else Decimal((0, digits, exponent))
