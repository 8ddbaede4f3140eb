"""The tariff engine: price lists as data, quotes in lines, refusals that say why, and an explanation of each price.

It can be used alone: it imports neither the rest of the engine nor any third-party package but attrs.
"""

from __future__ import annotations

from cantinekit.pricing._answers import ExampleResult
from cantinekit.pricing._plugged import About, Complain, PricingRule, register_rules, registered_rules
from cantinekit.pricing._quote import REFUSAL_CODES, SEMANTICS, DueLater, Granted, Line, Quote, Refusal, Step, Use
from cantinekit.pricing._tariff import Tariff
from cantinekit.pricing._values import Earlier, FrozenMap, Item, Lot, Order, State
from cantinekit.pricing.calls._advise import AddedOnce, Advised, Bought, Need
from cantinekit.pricing.calls._change import (
    Agreement,
    Cancel,
    Change,
    EndNow,
    MeasuredNow,
    Move,
    Overstay,
)
from cantinekit.pricing.calls._terms import Terms
from cantinekit.pricing.format._read import Problem
from cantinekit.pricing.model._product import Product
from cantinekit.pricing.model._sections import Tax

__all__ = [
    "REFUSAL_CODES",
    "SEMANTICS",
    "About",
    "AddedOnce",
    "Advised",
    "Agreement",
    "Bought",
    "Cancel",
    "Change",
    "Complain",
    "DueLater",
    "Earlier",
    "EndNow",
    "ExampleResult",
    "FrozenMap",
    "Granted",
    "Item",
    "Line",
    "Lot",
    "MeasuredNow",
    "Move",
    "Need",
    "Order",
    "Overstay",
    "PricingRule",
    "Problem",
    "Product",
    "Quote",
    "Refusal",
    "State",
    "Step",
    "Tariff",
    "Tax",
    "Terms",
    "Use",
    "register_rules",
    "registered_rules",
]
