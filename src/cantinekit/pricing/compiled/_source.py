"""The door of a program as generated Python: from an item to integers, and from integers to a line or a quote.

Only integers and names that are made here stand in the source; every text of a tariff is a constant beside it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cantinekit.pricing._values import Order, State, raw
from cantinekit.pricing.compiled._entry import through
from cantinekit.pricing.compiled._product import Compiled
from cantinekit.pricing.compiled._result import MORE, end, granted, whole
from cantinekit.pricing.compiled._writer import Source
from cantinekit.pricing.model._load import Parts

Door = Callable[..., Any]
"""``door(id, item, order, meters, alone, lots)``: the line or ``None``, the moves, and the units that are spent.

It gives ``None`` in all where the phases have to answer.
"""


def make_door(parts: Parts, compiled: Compiled, rare: Callable[..., int | None], usable: Callable[..., Any]) -> Door:
    """The door of a compiled product.

    ``rare(place, item, order, id)`` gives an input that is seldom wanted, or ``None``; ``usable(place, lots, item)``
    the lots of an account in their order.
    """
    out = Source()
    out.rows.append("def door(id, item, order, meters, alone, lots):")
    results = through(out, parts, compiled, rare, usable)
    end(out, parts, compiled, results)
    return out.function("door")  # type: ignore[no-any-return]


def make_quick(
    parts: Parts,
    version: str,
    compiled: Compiled,
    rare: Callable[..., int | None],
    usable: Callable[..., Any],
    slow: Any,
) -> Callable[[Order, State], Any]:
    """``quick(order, state)``: the whole quote of an order of one item.

    It gives ``None`` where the phases have to answer, and ``MORE`` where the door has to: several
    meters move.
    """
    out = Source()
    out.rows.append("def quick(order, state):")
    out.add("item = order.items[0]")
    out.add("id = item.id or '1'")
    out.add(f"meters = {out.const(raw)}(state.meters)")
    out.add("alone = meters")
    out.add("lots = state.lots")
    results = through(out, parts, compiled, rare, usable)
    whole(out, parts, version, compiled, results, slow)
    return out.function("quick")  # type: ignore[no-any-return]


__all__ = ["MORE", "Door", "granted", "make_door", "make_quick"]
