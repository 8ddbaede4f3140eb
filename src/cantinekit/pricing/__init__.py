"""The tariff engine: price lists as data, quotes in lines, refusals that say why, and an explanation of each price.

It can be used alone: it imports neither the rest of the engine nor any third-party package but attrs. The names below
are imported when they are first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cantinekit.pricing._answers import ExampleResult
    from cantinekit.pricing.calls.advise import AddedOnce, Advised, Bought, Need
    from cantinekit.pricing.calls.change import Agreement, Cancel, Change, EndNow, MeasuredNow, Move, Overstay
    from cantinekit.pricing.calls.terms import Terms
    from cantinekit.pricing.format.read import Problem
    from cantinekit.pricing.model.product import Product
    from cantinekit.pricing.model.sections import Tax
    from cantinekit.pricing.plugged import About, Complain, PricingRule, register_rules, registered_rules
    from cantinekit.pricing.quote import REFUSAL_CODES, SEMANTICS, DueLater, Granted, Line, Quote, Refusal, Step, Use
    from cantinekit.pricing.replaying._late import LateReplay, LateReport, replay_late
    from cantinekit.pricing.replaying._replay import Replay, ReplayReport, replay
    from cantinekit.pricing.replaying._telling import replay_quotes
    from cantinekit.pricing.tariff import Tariff
    from cantinekit.pricing.values import Earlier, FrozenMap, Item, Lot, Order, State

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
    "LateReplay",
    "LateReport",
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
    "Replay",
    "ReplayReport",
    "State",
    "Step",
    "Tariff",
    "Tax",
    "Terms",
    "Use",
    "register_rules",
    "registered_rules",
    "replay",
    "replay_late",
    "replay_quotes",
]

_NAMES = {
    "_answers": ("ExampleResult",),
    "calls.advise": ("AddedOnce", "Advised", "Bought", "Need"),
    "calls.change": ("Agreement", "Cancel", "Change", "EndNow", "MeasuredNow", "Move", "Overstay"),
    "calls.terms": ("Terms",),
    "format.read": ("Problem",),
    "model.product": ("Product",),
    "model.sections": ("Tax",),
    "plugged": ("About", "Complain", "PricingRule", "register_rules", "registered_rules"),
    "quote": ("REFUSAL_CODES", "SEMANTICS", "DueLater", "Granted", "Line", "Quote", "Refusal", "Step", "Use"),
    "replaying._late": ("LateReplay", "LateReport", "replay_late"),
    "replaying._replay": ("Replay", "ReplayReport", "replay"),
    "replaying._telling": ("replay_quotes",),
    "tariff": ("Tariff",),
    "values": ("Earlier", "FrozenMap", "Item", "Lot", "Order", "State"),
}
_HOMES = {name: home for home, names in _NAMES.items() for name in names}


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
