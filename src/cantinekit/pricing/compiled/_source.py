"""The door of a program as generated Python: from an item to integers, and from integers to a line or a quote.

Only integers and names that are made here stand in the source; every text of a tariff is a constant beside it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cantinekit.pricing.compiled._entry import Host, through
from cantinekit.pricing.compiled._result import end, whole
from cantinekit.pricing.compiled._writer import ProgramSource

Door = Callable[..., Any]
"""``door(id, item, order, meters, alone, lots)``: the line or ``None``, the moves, and the units that are spent.

It gives ``None`` in all where the phases have to answer.
"""
Quick = Callable[..., Any]
"""``quick(order, item, state)``: the whole quote of an order of this one item, ``None`` where the phases answer."""


def make_door(host: Host) -> Door:
    """The door of a compiled product."""
    out = ProgramSource()
    out.rows.append("def door(id, item, order, meters, alone, lots):")
    end(out, host, through(out, host, alone=False))
    return out.function("door")  # type: ignore[no-any-return]


def make_quick(host: Host, several: Callable[..., Any]) -> Quick:
    """The way of an order of one item; ``several(order, state)`` answers where more than one meter moves."""
    out = ProgramSource()
    out.rows.append("def quick(order, item, state):")
    out.stop_if("state.earlier")
    out.add("id = item.id or '1'")
    out.add("meters = state.meters.plain")
    out.add("lots = state.lots")
    whole(out, host, through(out, host, alone=True), several)
    return out.function("quick")  # type: ignore[no-any-return]
