"""The rule keeps the contract of pricing rules, with questions that have the fact it slides by."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from cantinekit.pricing import About
from cantinekit.testing import PricingRuleContract
from cantinekit_sliding_scale import SLIDING_SCALE

WRONG = (
    {},
    {"by": "quotient"},
    {"by": "", "points": [[400, Decimal("0.30")], [1600, 1]]},
    {"by": 7, "points": [[400, Decimal("0.30")], [1600, 1]]},
    {"by": "quotient", "points": [[400, 1]]},
    {"by": "quotient", "points": [[400, 1], [400, 2]]},
    {"by": "quotient", "points": [[500, 1], [400, 2]]},
    {"by": "quotient", "points": [[400, 1], [500, -1]]},
    {"by": "quotient", "points": [[400, 1], [500, 11]]},
    {"by": "quotient", "points": [[400, 1], [500]]},
    {"by": "quotient", "points": [[400, True], [500, 1]]},
    {"by": "quotient", "points": [["400", 1], [500, 1]]},
    {"by": "quotient", "points": "400 500"},
    {"by": "quotient", "points": {"400": 1}},
    {"by": "quotient", "points": [[n, 1] for n in range(101)]},
    {"by": "quotient", "points": [[400, 1], [500, 1]], "until": 3},
)


class TestSlidingScale(PricingRuleContract):
    """With whole numbers."""

    refused = WRONG
    abouts = tuple(
        About("workshop", count, "EUR", minutes, date(2026, 11, 24), facts={"quotient": quotient})
        for quotient in (0, 399, 400, 401, 845, 1600, 1601, 100_000)
        for count, minutes in ((1, None), (3, 90))
    )

    def pricing_rule(self):
        return SLIDING_SCALE, {"by": "quotient", "points": [[400, Decimal("0.30")], [1000, 1], [1600, Decimal("0.95")]]}


class TestWithDecimals(PricingRuleContract):
    """With a fact that has decimals."""

    abouts = tuple(About("room", 1, "EUR", facts={"part": Decimal(text)}) for text in ("0", "0.3333", "1", "2.5"))

    def pricing_rule(self):
        return SLIDING_SCALE, {"by": "part", "points": [[0, 0], [Decimal("1.5"), 10]]}
