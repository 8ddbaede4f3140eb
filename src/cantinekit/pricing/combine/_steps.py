"""Published steps of a length (1 h, 3 h, 7 h) and the ways to make a price of any length from them.

====================== ============================================================================================
``cheapest``           the cheapest steps that together reach the quantity
``cheapest exact``     the cheapest steps whose sizes add up to the quantity
``longest_first``      the longest step that fits, again and again; what is left below the smallest is one more of it
``published_only``     the one step of exactly this size
``smallest_that_fits`` the smallest one step that reaches the quantity
``first_then``         the first step of the list once, then its last one as often as what remains has begun it
====================== ============================================================================================

Equal prices: fewer steps win, then the larger step. Nothing asked is nothing paid, under every policy.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from math import gcd
from typing import Any, Literal, get_args

import attrs

from cantinekit.errors import InputError
from cantinekit.errors.shown import shown
from cantinekit.pricing.combine._checks import MAX_OFFERS, MAX_QUANTITY, price_of, whole

Policy = Literal["cheapest", "cheapest exact", "longest_first", "published_only", "smallest_that_fits", "first_then"]
POLICIES: tuple[Policy, ...] = get_args(Policy)


@attrs.frozen
class PriceStep:
    """One row of the list.

    Attributes:
        size: minutes or units, 1 or more.
        price: in minor units, 0 or more.
    """

    size: int
    price: int

    def __attrs_post_init__(self) -> None:
        whole(self.size, "the size of a step", 1, MAX_QUANTITY)
        price_of(self.price, f"the step of {self.size}")


@attrs.frozen
class Combination:
    """The steps that make a quantity.

    Attributes:
        steps: the steps in the order in which they are used.
        price: their sum in minor units.
        covered: their sizes together, at least the quantity.
    """

    steps: tuple[PriceStep, ...]
    price: int
    covered: int


def combine(steps: Sequence[PriceStep], quantity: int, policy: Policy) -> Combination | None:
    """The steps that make the quantity, or ``None`` where the policy has no price for it.

    ``cheapest`` and ``cheapest exact`` take time in proportion to steps times quantity divided by the greatest common
    divisor of the sizes; the others to the number of steps used.

    Args:
        steps: the rows of the list, no two of one size.
        quantity: minutes or units, 0 or more.
        policy: how steps may be combined; the module says what each policy means.

    Raises:
        InputError: no steps, or more than MAX_OFFERS; two of one size, or under ``first_then`` more than two; a
            quantity that is negative or above MAX_QUANTITY; an unknown policy.
    """
    steps = _checked(steps, policy)
    whole(quantity, "the quantity", 0, MAX_QUANTITY)
    if quantity == 0:
        return Combination((), 0, 0)
    used = _used(steps, quantity, policy)
    if used is None:
        return None
    return Combination(used, sum(step.price for step in used), sum(step.size for step in used))


def table(steps: Sequence[PriceStep], policy: Policy, maximum: int) -> tuple[int | None, ...]:
    """The price of each quantity up to a maximum, ``None`` where there is none; equal to :func:`combine` at each.

    Args:
        steps: the rows of the list, no two of one size.
        policy: how steps may be combined.
        maximum: the greatest quantity; the table begins with 0.

    Raises:
        InputError: as :func:`combine`, the maximum in place of the quantity.
    """
    steps = _checked(steps, policy)
    whole(maximum, "the maximum", 0, MAX_QUANTITY)
    if policy in ("cheapest", "cheapest exact"):
        return _cheapest_table(steps, maximum, exact=policy == "cheapest exact")
    prices: list[int | None] = [0]
    rising = sorted(steps, key=lambda step: step.size)
    at, first, last = 0, steps[0], steps[-1]  # at: how many of the rising steps are smaller than the quantity
    for quantity in range(1, maximum + 1):
        while at < len(rising) and rising[at].size < quantity:
            at += 1
        fits = rising[at] if at < len(rising) else None
        if policy == "published_only":
            prices.append(fits.price if fits and fits.size == quantity else None)
        elif policy == "smallest_that_fits":
            prices.append(fits.price if fits else None)
        elif policy == "first_then":
            begun = -((first.size - quantity) // last.size)
            prices.append(first.price + max(begun, 0) * last.price)
        else:
            longest = fits if fits and fits.size == quantity else rising[max(at - 1, 0)]
            before = prices[max(quantity - longest.size, 0)]
            prices.append(longest.price + (before or 0))
    return tuple(prices)


def _checked(steps: Sequence[PriceStep], policy: Any) -> tuple[PriceStep, ...]:
    if policy not in POLICIES:
        raise InputError(f"unknown policy {shown(policy)}; one of {', '.join(POLICIES)}")
    steps = tuple(steps)
    if not 1 <= len(steps) <= MAX_OFFERS:
        raise InputError(f"from 1 to {MAX_OFFERS} steps are combined, not {len(steps)}")
    if policy == "first_then":
        if len(steps) > 2:
            raise InputError("first_then reads a first and a last step; a third would never be used")
    elif len({step.size for step in steps}) < len(steps):
        raise InputError("two steps of one size: which price holds is open")
    return steps


def _used(steps: tuple[PriceStep, ...], quantity: int, policy: Policy) -> tuple[PriceStep, ...] | None:
    if policy in ("cheapest", "cheapest exact"):
        return _cheapest(steps, quantity, exact=policy == "cheapest exact")
    rising = sorted(steps, key=lambda step: step.size)
    if policy == "first_then":
        begun = -((steps[0].size - quantity) // steps[-1].size)
        return (steps[0], *[steps[-1]] * begun)
    if policy == "longest_first":
        found: list[PriceStep] = []
        for step in reversed(rising):
            times, quantity = divmod(quantity, step.size)
            found += [step] * times
        return (*found, *rising[:1]) if quantity else tuple(found)
    at = bisect_left(rising, quantity, key=lambda step: step.size)
    if at == len(rising) or (policy == "published_only" and rising[at].size != quantity):
        return None
    return (rising[at],)


# --- the cheapest, by dynamic programming over quantities in units of the common divisor ---


def _weights(steps: tuple[PriceStep, ...], points: int, unit: int, exact: bool) -> tuple[list[int | None], int]:
    """For each quantity the least ``price * base + number of steps``, and the base: no quantity takes so many steps."""
    base = points + 1
    moves = [(step.size // unit, step.price * base + 1) for step in steps]
    best: list[int | None] = [0]
    for point in range(1, points + 1):
        least: int | None = None
        for size, weight in moves:
            if size <= point or not exact:
                before = best[max(point - size, 0)]
                if before is not None and (least is None or before + weight < least):
                    least = before + weight
        best.append(least)
    return best, base


def _points(steps: tuple[PriceStep, ...], quantity: int) -> tuple[int, int]:
    """The common divisor of the sizes, and how many of it the quantity has begun."""
    unit = gcd(*(step.size for step in steps))
    return unit, -(-quantity // unit)


def _cheapest(steps: tuple[PriceStep, ...], quantity: int, exact: bool) -> tuple[PriceStep, ...] | None:
    unit, point = _points(steps, quantity)
    if exact and quantity % unit:
        return None
    best, base = _weights(steps, point, unit, exact)
    if best[point] is None:
        return None
    falling = sorted(steps, key=lambda step: -step.size)
    used: list[PriceStep] = []
    while point > 0:  # a step is in some best answer exactly where taking it leaves a best answer: take the largest
        for step in falling:
            rest = point - step.size // unit
            left = best[max(rest, 0)] if rest >= 0 or not exact else None
            if left is not None and left + step.price * base + 1 == best[point]:
                used.append(step)
                point = rest
                break
    return tuple(used)


def _cheapest_table(steps: tuple[PriceStep, ...], maximum: int, exact: bool) -> tuple[int | None, ...]:
    unit, points = _points(steps, maximum)
    best, base = _weights(steps, points, unit, exact)
    prices = [None if weight is None else weight // base for weight in best]
    if exact:
        return tuple(prices[at // unit] if at % unit == 0 else None for at in range(maximum + 1))
    return tuple(prices[-(-at // unit)] for at in range(maximum + 1))
