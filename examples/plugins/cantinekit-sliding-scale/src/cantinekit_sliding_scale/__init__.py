"""A pricing rule for cantinekit: "sliding scale", a share of the price that rises evenly with a number of the question.

French associations and communes price by the *quotient familial*: below 400 a third is due, from 1,600 on all of it,
and between the two it rises with every euro, so that nobody pays much more for one euro of income. The forms of a price
list know bands only, which have such steps.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import attrs

from cantinekit import hookimpl
from cantinekit.errors import InputError
from cantinekit.money import round_ratio
from cantinekit.pricing import About, Complain, PricingRule

MOST_POINTS = 100
MOST_SHARE = 10
"""The largest share: ten times the price."""


@attrs.frozen
class Scale:
    """The fact by which the price slides, and the points: at a value of the fact so much of the price is due."""

    by: str
    points: tuple[tuple[Fraction, Fraction], ...]

    def share(self, value: Fraction) -> Fraction:
        """The share at a value: between two points in proportion, before the first and after the last as at these."""
        if value <= self.points[0][0]:
            return self.points[0][1]
        for (left, low), (right, high) in pairwise(self.points):
            if value <= right:
                return low + (high - low) * (value - left) / (right - left)
        return self.points[-1][1]


def read_scale(params: Mapping[str, object], complain: Complain) -> Scale | None:
    """``by``: the name of a fact that is a number. ``points``: pairs of a value and a share, the values rising."""
    for key in params.keys() - {"by", "points"}:
        complain("unknown parameter", key)
    by, points = params.get("by"), params.get("points")
    if not isinstance(by, str) or not by:
        complain('the name of a fact is needed, such as "quotient"', "by")
        return None
    if not isinstance(points, tuple) or not 2 <= len(points) <= MOST_POINTS:
        complain(f"from 2 to {MOST_POINTS} points are needed, such as [[400, 0.30], [1600, 1]]", "points")
        return None
    read = [_point(point) for point in points]
    found = [point for point in read if point is not None]
    if len(found) < len(read):
        complain(f"a point is a value and a share from 0 to {MOST_SHARE}, such as [400, 0.30]", "points")
        return None
    if any(right[0] <= left[0] for left, right in pairwise(found)):
        complain("the values of the points rise from one to the next", "points")
        return None
    return None if params.keys() - {"by", "points"} else Scale(by, tuple(found))


def _point(point: object) -> tuple[Fraction, Fraction] | None:
    if not isinstance(point, tuple) or len(point) != 2 or any(type(part) not in (int, Decimal) for part in point):
        return None
    value, share = map(Fraction, point)
    return (value, share) if 0 <= share <= MOST_SHARE else None


def apply_scale(scale: Scale, amount: int, about: About) -> int:
    """The share of the amount that is due at the value of the fact, rounded once, half up.

    Raises:
        InputError: the question has no such fact, or it is no number.
    """
    value = about.facts.get(scale.by)
    if not isinstance(value, (int, Decimal)) or isinstance(value, bool):
        raise InputError(f"the fact {scale.by!r} must be a number")
    due = amount * scale.share(Fraction(value))
    return round_ratio(due.numerator, due.denominator, "half_up")


SLIDING_SCALE = PricingRule(
    "sliding scale", 1, "adjust", read=read_scale, apply=apply_scale, summary="a share that rises evenly with a fact"
)


@hookimpl
def cantinekit_pricing_rules() -> Iterable[PricingRule]:
    """The rule of this package."""
    return [SLIDING_SCALE]
