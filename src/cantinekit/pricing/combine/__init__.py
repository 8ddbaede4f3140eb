"""Published prices put together: steps of a length, sets of sessions or rooms, and what to buy for given needs.

Three pure optimisers on integers. Prices are minor units of one currency; the caller knows which. Each answer says what
it is made of, is exact, and is the same for the same input: how ties end is part of the contract.
"""

from __future__ import annotations

from cantinekit.pricing.combine._checks import MAX_OFFERS, MAX_PRICE, MAX_QUANTITY
from cantinekit.pricing.combine._offers import Advice, Pack, Purchase, Window
from cantinekit.pricing.combine._purchase import MAX_DATES, MAX_STATES, MAX_UNITS, advise
from cantinekit.pricing.combine._sets import MAX_ATOMS, MAX_SETS, Cover, Cut, cut
from cantinekit.pricing.combine._steps import POLICIES, Combination, Policy, PriceStep, combine, table

__all__ = [
    "MAX_ATOMS",
    "MAX_DATES",
    "MAX_OFFERS",
    "MAX_PRICE",
    "MAX_QUANTITY",
    "MAX_SETS",
    "MAX_STATES",
    "MAX_UNITS",
    "POLICIES",
    "Advice",
    "Combination",
    "Cover",
    "Cut",
    "Pack",
    "Policy",
    "PriceStep",
    "Purchase",
    "Window",
    "advise",
    "combine",
    "cut",
    "table",
]
