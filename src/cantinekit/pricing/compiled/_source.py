"""The door of a program as generated Python: from an item to integers, and from integers to a quote.

Only integers and names that are made here stand in the source; every text of a tariff is a constant beside it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from cantinekit.pricing.compiled._entry import through
from cantinekit.pricing.compiled._result import whole
from cantinekit.pricing.compiled._writer import ProgramSource

if TYPE_CHECKING:
    from cantinekit.pricing.compiled._quote import Runner

Quick = Callable[..., Any]
"""``quick(order, item, state)``: the whole quote of an order of this one item, ``None`` where the phases answer."""


def make_quick(runner: Runner) -> Quick:
    """The way of an order of one item."""
    out = ProgramSource()
    out.rows.append("def quick(order, item, state):")
    out.stop_if("state.earlier")
    out.add("id = item.id or '1'")
    out.add("meters = state.meters.plain")
    out.add("lots = state.lots")
    whole(out, runner, through(out, runner))
    return out.function("quick")  # type: ignore[no-any-return]
