"""The door of a program as generated Python: from an item to integers, and from integers to a quote.

Only integers and names that are made here stand in the source; every text of a tariff is a constant beside it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cantinekit.pricing.compiled._entry import Host, through
from cantinekit.pricing.compiled._result import whole
from cantinekit.pricing.compiled._writer import ProgramSource

Quick = Callable[..., Any]
"""``quick(order, item, state)``: the whole quote of an order of this one item, ``None`` where the phases answer."""


def make_quick(host: Host) -> Quick:
    """The way of an order of one item."""
    out = ProgramSource()
    out.rows.append("def quick(order, item, state):")
    out.stop_if("state.earlier")
    out.add("id = item.id or '1'")
    out.add("meters = state.meters.plain")
    out.add("lots = state.lots")
    whole(out, host, through(out, host))
    return out.function("quick")  # type: ignore[no-any-return]
