"""What an item gives when it is sold: units of accounts, of which the items after it may use some."""

from __future__ import annotations

from fractions import Fraction

from cantinekit.pricing._quote import Granted
from cantinekit.pricing._values import Lot
from cantinekit.pricing.engine._work import Run
from cantinekit.pricing.model._product import Product
from cantinekit.pricing.model._product_parts import Grant


def give(run: Run, product: Product) -> None:
    """All grants that hold; those of one account are one lot."""
    for grant in product.grant:
        if run.ask.holds(grant.when):
            _grant(run, grant)


def _grant(run: Run, grant: Grant) -> None:
    number = run.ask.item.count * (int(run.ask.number(grant.each)) if grant.each else 1)
    amount = grant.units if grant.value is None else grant.value
    units = None if amount is None else amount * number
    if units == 0:
        return
    run.grants.append(Granted(grant.account, units, grant.unit, grant.renews, grant.rollover))
    bought = run.ask.order.as_of or run.ask.moment
    if units is None or bought is None:
        return
    money = grant.value is not None
    size = Fraction(1) if money else run.work.parts.smallest.get(grant.account, Fraction(1))
    given = sum(each.units or 0 for each in run.grants if each.account == grant.account)
    id = f"item {run.ask.id}, {grant.account}"
    value = int(run.amount.amount * size / given)
    run.lots[id] = Lot(id, grant.account, int(given / size), bought, value=value)
