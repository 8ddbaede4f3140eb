"""The tax inside a price: exact, and what to do where no net amount gives it."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

import attrs

from cantinekit.money import Rounding, round_ratio
from cantinekit.pricing.tax._classes import TaxError


class UnreachableError(TaxError):
    """An inclusive sum that no net amount gives: ``n + round(n * rate)`` jumps over it.

    ``category``, ``rate`` and ``gross`` (magnitude, minor units) say which.
    """

    def __init__(self, category: str, rate: Fraction, gross: int) -> None:
        super().__init__([f"no net amount plus {rate * 100} % ({category}) gives {gross} minor units"])
        self.category = category
        self.rate = rate
        self.gross = gross


@attrs.frozen
class Extracted:
    """A gross amount as ``net + tax + residual``, where the tax is strictly the rounded share of the net."""

    net: int
    tax: int
    residual: int


def tax_of(net: int, rate: Fraction, mode: Rounding) -> int:
    """The tax on a net amount; a negative amount mirrors the positive one."""
    return round_ratio(net * rate.numerator, rate.denominator, mode)


def extract(gross: int, rate: Fraction, mode: Rounding) -> Extracted:
    """The net amount inside a gross one.

    ``n + round(n * rate)`` rises by 1 or 2 with n, so it hits the gross amount for at most one n, which is the divided
    amount or a neighbour of it; otherwise the residual is 1 or -1, and the divided amount is preferred.

    Args:
        gross: amount with tax, in minor units.
        rate: from 0 to 1.
        mode: how the tax is rounded.
    """
    sign, magnitude = (-1 if gross < 0 else 1), abs(gross)
    near = round_ratio(magnitude * rate.denominator, rate.denominator + rate.numerator, mode)
    candidates = [Extracted(n, t := tax_of(n, rate, mode), magnitude - n - t) for n in (near, near - 1, near + 1)]
    best = min(candidates, key=lambda each: abs(each.residual))
    return Extracted(sign * best.net, sign * best.tax, sign * best.residual)


def reachable(gross: int, rate: Fraction, mode: Rounding) -> bool:
    """Whether some net amount plus its rounded tax is exactly a gross amount.

    Args:
        gross: amount with tax, in minor units.
        rate: from 0 to 1.
        mode: how the tax is rounded.
    """
    return extract(gross, rate, mode).residual == 0


def unreachable_prices(prices: Iterable[int], rate: Fraction, mode: Rounding) -> tuple[int, ...]:
    """The inclusive prices, in their order, that no net amount gives; one minor unit more or less is always given.

    A warning for the author of a price list: a document is judged by its sums, so a lone price may still come out.

    Args:
        prices: prices with tax, in minor units.
        rate: from 0 to 1.
        mode: how the tax is rounded.
    """
    return tuple(price for price in prices if not reachable(price, rate, mode))
