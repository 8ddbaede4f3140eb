"""Spaces, passes, pricing and workshops for coworking places.

The names below are imported when they are first used, so that a host which needs only prices or only money pays for
nothing else. Errors live in ``cantinekit.errors``, the ports in ``cantinekit.plugins.ports``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cantinekit.cantine import Cantine, SharedFeed
    from cantinekit.clock import ManualClock, Period, SystemClock, WallTime
    from cantinekit.domain.catalogue.publication import CheckedTariff
    from cantinekit.domain.decision import PriceQuote, SponsoredPart
    from cantinekit.money import Money
    from cantinekit.plugins.hookspecs import hookimpl
    from cantinekit.plugins.registry import Registry
    from cantinekit.runtime.outbox import DueReport
    from cantinekit.runtime.outcome import Outcome

    __version__: str

__all__ = [
    "Cantine",
    "CheckedTariff",
    "DueReport",
    "ManualClock",
    "Money",
    "Outcome",
    "Period",
    "PriceQuote",
    "Registry",
    "SharedFeed",
    "SponsoredPart",
    "SystemClock",
    "WallTime",
    "__version__",
    "hookimpl",
]

_HOMES = {
    "Cantine": "cantine",
    "CheckedTariff": "domain.catalogue.publication",
    "DueReport": "runtime.outbox",
    "ManualClock": "clock",
    "Money": "money",
    "Outcome": "runtime.outcome",
    "Period": "clock",
    "PriceQuote": "domain.decision",
    "Registry": "plugins.registry",
    "SharedFeed": "cantine",
    "SponsoredPart": "domain.decision",
    "SystemClock": "clock",
    "WallTime": "clock",
    "hookimpl": "plugins.hookspecs",
}


if not TYPE_CHECKING:  # a type checker sees the names above, and only those

    def __getattr__(name: str) -> Any:
        if name == "__version__":
            from importlib.metadata import version

            value: Any = version("cantinekit")
        elif name in _HOMES:
            from importlib import import_module

            value = getattr(import_module(f"cantinekit.{_HOMES[name]}"), name)
        else:
            raise AttributeError(f"module 'cantinekit' has no attribute {name!r}")
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
