"""The tariff engine: price lists as data, quotes in lines, refusals that say why, and an explanation of each price.

It can be used alone: it imports neither the rest of the engine nor any third-party package but attrs.
"""

from __future__ import annotations

from cantinekit.pricing._examples import ExampleResult
from cantinekit.pricing._model import Product, Tax
from cantinekit.pricing._quote import REFUSAL_CODES, SEMANTICS, Line, Quote, Refusal, Step, Use
from cantinekit.pricing._read import Problem
from cantinekit.pricing._tariff import Tariff
from cantinekit.pricing._values import FrozenMap, Item, Lot, Order, State

__all__ = [
    "REFUSAL_CODES",
    "SEMANTICS",
    "ExampleResult",
    "FrozenMap",
    "Item",
    "Line",
    "Lot",
    "Order",
    "Problem",
    "Product",
    "Quote",
    "Refusal",
    "State",
    "Step",
    "Tariff",
    "Tax",
    "Use",
]
