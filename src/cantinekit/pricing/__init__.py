"""The tariff engine: price lists as data, quotes in lines, refusals that say why, and an explanation of each price.

It can be used alone: it imports neither the rest of the engine nor any third-party package but attrs. The names below
are imported when they are first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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

_HOMES = {
    "REFUSAL_CODES": "_quote",
    "SEMANTICS": "_quote",
    "About": "_plugged",
    "AddedOnce": "calls._advise",
    "Advised": "calls._advise",
    "Agreement": "calls._change",
    "Bought": "calls._advise",
    "Cancel": "calls._change",
    "Change": "calls._change",
    "Complain": "_plugged",
    "DueLater": "_quote",
    "Earlier": "_values",
    "EndNow": "calls._change",
    "ExampleResult": "_answers",
    "FrozenMap": "_values",
    "Granted": "_quote",
    "Item": "_values",
    "Line": "_quote",
    "Lot": "_values",
    "MeasuredNow": "calls._change",
    "Move": "calls._change",
    "Need": "calls._advise",
    "Order": "_values",
    "Overstay": "calls._change",
    "PricingRule": "_plugged",
    "Problem": "format._read",
    "Product": "model._product",
    "Quote": "_quote",
    "Refusal": "_quote",
    "State": "_values",
    "Step": "_quote",
    "Tariff": "_tariff",
    "Tax": "model._sections",
    "Terms": "calls._terms",
    "Use": "_quote",
    "register_rules": "_plugged",
    "registered_rules": "_plugged",
}


if not TYPE_CHECKING:  # a type checker sees the names above, and only those

    def __getattr__(name: str) -> Any:
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
