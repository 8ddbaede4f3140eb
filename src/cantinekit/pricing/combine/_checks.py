"""The bounds that the optimisers share, and the check of one whole number."""

from __future__ import annotations

from typing import Any

from cantinekit.errors import InputError

MAX_OFFERS = 100
"""So many steps in a list, or packs and windows together."""
MAX_PRICE = 10**13
"""Minor units of one offer: MAX_QUANTITY of them are still less than the largest amount of money."""
MAX_QUANTITY = 100_000
"""Minutes or units; 100,000 minutes are 69 days."""


def whole(value: Any, what: str, low: int, high: int) -> int:
    """The value, if it is an integer within the bounds.

    Raises:
        InputError: it is not; a bool is not an integer here.
    """
    if type(value) is not int:
        raise InputError(f"{what} is a whole number, not {type(value).__name__}")
    if not low <= value <= high:
        raise InputError(f"{what} is from {low} to {high}, not {value}")
    return value


def price_of(value: Any, what: str) -> int:
    """The price of an offer, in minor units."""
    return whole(value, f"the price of {what}", 0, MAX_PRICE)
