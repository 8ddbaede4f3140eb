"""What an item grants, to the customer and to the items after it in the order while it is valid."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from fractions import Fraction

from cantinekit.clock import day_bounds
from cantinekit.errors import InputError
from cantinekit.pricing.engine._work import Run
from cantinekit.pricing.engine.ask import RefusedItem
from cantinekit.pricing.model.product import Product
from cantinekit.pricing.model.product_parts import ProductGrant
from cantinekit.pricing.quote import Granted
from cantinekit.pricing.terms import last_day
from cantinekit.pricing.values import Lot


def give(run: Run, product: Product) -> None:
    """What the item grants; grants of one account are one lot for the items after it, from its first to its last day.

    Raises:
        RefusedItem: "unstated", where the tariff does not know the last day.
    """
    for grant in product.grant:
        if run.ask.holds(grant.when):
            _give(run, product, grant)


def granted(grant: ProductGrant, number: int, item: str) -> Granted | None:
    """The units that a number of pieces of an item grants; ``None`` where that is nothing."""
    amount = grant.units if grant.value is None else grant.value
    units = None if amount is None else amount * number
    return None if units == 0 else Granted(grant.account, units, grant.unit, grant.renews, grant.rollover, item)


def grants_of(grants: Iterable[ProductGrant], number: int, item: str) -> tuple[Granted, ...]:
    """What a number of pieces of an item grants."""
    return tuple(found for grant in grants if (found := granted(grant, number, item)) is not None)


def _give(run: Run, product: Product, grant: ProductGrant) -> None:
    number = run.ask.item.count * (int(run.ask.number(grant.each)) if grant.each else 1)
    found = granted(grant, number, run.ask.id)
    if found is None:
        return
    run.grants.append(found)
    bought = run.ask.order.as_of or run.ask.moment
    alone = len(run.work.order.items) == 1 and not run.needed
    if found.units is None or bought is None or alone:
        return
    size = Fraction(1) if grant.value is not None else run.work.parts.smallest.get(grant.account, Fraction(1))
    given = sum(each.units or 0 for each in run.grants if each.account == grant.account)
    id = f"item {run.ask.id}, {grant.account}"
    begins, ends = _valid(run, product)
    value = int(run.amount.amount * size / given)
    run.lots[id] = Lot(id, grant.account, int(given / size), bought, ends, value=value)
    run.work.begins[id] = begins


def _valid(run: Run, product: Product) -> tuple[datetime, datetime | None]:
    """When the first day begins: that of the item, else that of the purchase; and when the last one ends."""
    day = run.ask.day or run.ask.bought()
    assert day is not None
    begins = day_bounds(day, run.ask.zone).start
    if product.valid is None:
        return begins, None
    try:
        return begins, day_bounds(last_day(product.valid, day), run.ask.zone).end
    except InputError as error:
        raise RefusedItem("unstated", f"{product.id}: {error}") from None
