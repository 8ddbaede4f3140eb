"""How each line of a quote is taxed: what the tax part of its documents was made from, line by line."""

from __future__ import annotations

from cantinekit.errors import InputError
from cantinekit.pricing._quote import Quote
from cantinekit.pricing._values import Order
from cantinekit.pricing.engine._ask import Ask, RefusedItem
from cantinekit.pricing.engine._order import held_by
from cantinekit.pricing.engine._tax import NOTHING_KNOWN, treatment
from cantinekit.pricing.model._load import Parts
from cantinekit.pricing.tax import Treatment


def line_treatments(parts: Parts, order: Order, quote: Quote) -> tuple[Treatment, ...]:
    """The treatment of each line of a quote, in their order; a product that another needs is taxed on its day.

    Raises:
        InputError: a line of an item that is not in the order.
    """
    items = dict(order.named())
    held = held_by(parts, order) | {line.product for line in quote.lines if line.item not in items}
    asks: dict[str, Ask] = {}
    found = []
    for line in quote.lines:
        id = line.item if line.item in items else line.item.partition("+")[0]
        if id not in items:
            raise InputError(f"the order has no item {line.item}")
        ask = asks.get(id) or asks.setdefault(id, Ask.of(id, items[id], parts, order, held))
        try:
            found.append(treatment(ask, line.tax_class))
        except RefusedItem:
            found.append(NOTHING_KNOWN)
    return tuple(found)
