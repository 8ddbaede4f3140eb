"""What the items of an order sell that the customer then holds, and on which days."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import attrs

from cantinekit.clock import local
from cantinekit.pricing.model.load import Parts
from cantinekit.pricing.terms import Validity, last_day
from cantinekit.pricing.values import Item, Order

HOLDING = ("plan", "membership", "fee", "grant")
"""What has to be sold for its buyer to hold it."""


def is_held(parts: Parts, name: str) -> bool:
    """Whether who buys it holds it."""
    product = parts.products.get(name)
    return product is not None and product.sells in HOLDING


@attrs.frozen
class HeldProduct:
    """A product that is held from its first day on; up to its last one, where it says how long it lasts."""

    product: str
    first: date | None
    """The day of the item, else that of the purchase; ``None`` where neither is known."""
    valid: Validity | None = None
    until: date | None = None
    """The last day, where the item says it."""
    sure: bool = True
    """Whether it is sold at all: before an order is priced nobody knows which of its items are refused."""

    def on(self, day: date | None) -> bool | frozenset[str]:
        """Whether it is held on a day (``None``: at the purchase, whenever that is), or what has to be known first.

        Raises:
            InputError: its last day cannot be told, since the holidays of a year are not known.
        """
        if not self.sure:
            return frozenset({"held"})
        if self.first is None:
            ends = self.valid is not None or self.until is not None
            return frozenset({"as_of"}) if day is not None and ends else True
        if day is None:
            return frozenset({"day"})
        last = self.until or (None if self.valid is None else last_day(self.valid, self.first))
        return self.first <= day and (last is None or day <= last)


def bought(parts: Parts, order: Order, item: Item, *, needed: bool = False) -> tuple[HeldProduct, ...]:
    """What an item of an order sells that is held: one product, or nothing.

    ``needed``: another item needs it, and it is held whatever it is.
    """
    product = parts.products.get(item.product)
    if product is None or not (needed or is_held(parts, item.product)):
        return ()
    day, zone = item.day, parts.head.zone
    if item.period is not None:
        day = local(item.period.start, zone).date()
    if day is None and order.as_of is not None:
        day = local(order.as_of, zone).date()
    return (HeldProduct(item.product, day, product.valid, item.until),)


def with_needs(parts: Parts, *names: str) -> list[str]:
    """The products, and those that they add to an order; without what the list has not."""
    found, queue = list[str](), list(names)
    while queue:
        product = parts.products.get(queue.pop())
        if product is not None and product.id not in found:
            found.append(product.id)
            queue += [need.product for need in product.needs if need.add]
    return found


def with_before(parts: Parts, order: Order) -> Iterator[tuple[str, Item, tuple[HeldProduct, ...]]]:
    """The items of an order with their ids, each with what those before it sell."""
    before: tuple[HeldProduct, ...] = ()
    for id, item in order.named():
        yield id, item, before
        before = (*before, *bought(parts, order, item))
