"""The tax treatment of each line of a quote, from which the tax part of its documents was made."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from cantinekit.errors import InputError
from cantinekit.pricing.engine.ask import Ask, RefusedItem
from cantinekit.pricing.engine.held import HeldProduct, bought
from cantinekit.pricing.engine.tax import NOTHING_KNOWN, treatment
from cantinekit.pricing.model.load import Parts
from cantinekit.pricing.quote import Quote
from cantinekit.pricing.tax import Treatment
from cantinekit.pricing.values import Item, Order


def line_treatments(parts: Parts, order: Order, quote: Quote) -> tuple[Treatment, ...]:
    """The treatment of each line of a quote, in their order; a product that another needs is taxed on its day.

    Raises:
        InputError: a line of an item that is not in the order.
    """
    asks = _asks(parts, order, quote)
    found = []
    for line in quote.lines:
        ask = asks.get(line.item) or asks.get(line.item.partition("+")[0])
        if ask is None:
            raise InputError(f"the order has no item {line.item}")
        try:
            found.append(treatment(ask, line.tax_class))
        except RefusedItem:
            found.append(NOTHING_KNOWN)
    return tuple(found)


def treatments_alone(parts: Parts, order: Order, tax_classes: Sequence[str]) -> tuple[Treatment, ...] | None:
    """The treatments of tax classes for the only item of an order; ``None`` where it takes a quote to know them: there
    are several items, or the product may need another one.
    """
    ((id, item), *others) = order.named()
    product = parts.products.get(item.product)
    if others or product is None or product.needs:
        return None
    ask = Ask.of(id, item, parts, order)
    try:
        return tuple(treatment(ask, name) for name in tax_classes)
    except RefusedItem:
        return None


def _asks(parts: Parts, order: Order, quote: Quote) -> dict[str, Ask]:
    """The items by their ids, each with what the items before it have sold, and with what was added because it is
    needed.
    """
    refused = {stop.item for stop in quote.refusals if stop.code != "tax_unknown"}
    before: tuple[HeldProduct, ...] = ()
    asks: dict[str, Ask] = {}
    for id, item in order.named():
        added = {line.product for line in quote.lines if line.item.startswith(f"{id}+")}
        ask = Ask.of(id, item, parts, order, before)
        asks[id] = attrs.evolve(ask, held=ask.held | added)
        if id not in refused:
            before += bought(parts, order, item)
        for name in sorted(added):
            before += bought(parts, order, Item(name, day=ask.day), needed=True)
    return asks
