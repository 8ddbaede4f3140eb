"""``terms``: first and last day, notice, renewal, and what is owed until a contract can end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

import attrs

from cantinekit.errors import InputError
from cantinekit.errors._shown import shown
from cantinekit.money import Money
from cantinekit.pricing._quote import Quote, Refusal
from cantinekit.pricing._values import Fact, FrozenMap, Item, Order
from cantinekit.pricing.engine._ask import Ask, RefusedItem
from cantinekit.pricing.model._load import Parts
from cantinekit.pricing.terms import (
    Term,
    earliest_end,
    last_notice,
    next_deadlines,
    nth_end,
    nth_start,
    period,
    periods_owed,
)

DEADLINES = 3


@attrs.frozen
class Terms:
    """What holds for something that begins on a day.

    ``last_day`` is counted in. ``deadlines`` are pairs (last day for notice, last day of the contract) from the start
    on; ``earliest_end`` is the first day that can be the last where notice is given on the day ``notice``. ``owed`` is
    what is owed in all by who leaves on the day ``leaves``, ``periods`` of it. ``next_units`` is what the account
    holds when the units are given again, of money in minor units. What cannot be said is ``None``, with a refusal where
    it was asked for.
    """

    product: str
    first_day: date
    last_day: date | None = None
    earliest_end: date | None = None
    last_notice: date | None = None
    deadlines: tuple[tuple[date, date], ...] = ()
    renewal: str = ""
    periods: int | None = None
    owed: Money | None = None
    next_units: int | None = None
    refusals: tuple[Refusal, ...] = ()


def find_terms(
    parts: Parts,
    ask: Callable[[Order], Quote],
    product_id: str,
    start: date,
    *,
    facts: Mapping[str, Fact] = FrozenMap(),
    notice: date | None = None,
    leaves: date | None = None,
    left: int = 0,
    count: int = 1,
    holds: frozenset[str] | None = None,
) -> Terms:
    """The terms of a product from a day on; ``ask`` prices an order.

    Raises:
        InputError: no such product, or days that cannot be.
    """
    product = parts.products.get(product_id)
    if product is None:
        raise InputError(f"the tariff has no product {shown(product_id)}")
    item = Item(product_id, day=start, count=count, facts=facts)
    price: Quote = ask(Order((item,), holds=holds))
    last = period(product.valid, start)[1] if product.valid else None
    grant = next((grant for grant in price.grants if grant.renews), None)
    next_units = None
    if grant is not None:
        given = [each for each in price.grants if each.renews and each.account == grant.account]
        kept = left if any(each.rollover for each in given) else 0
        units = [each.units for each in given]
        next_units = None if None in units else sum(number or 0 for number in units) + kept
    if not product.term:
        return Terms(product_id, start, last, next_units=next_units, refusals=price.refusals)
    order = Order((item,), holds=holds)
    try:
        asked = Ask.of("1", item, parts, order, ())
        term = next((each.term for each in product.term if asked.holds(each.when)), None)
        stop = Refusal("unstated", f"{product_id}: a contract in this case", item.id)
    except RefusedItem as missing:
        term, stop = None, Refusal(missing.code, missing.what, item.id, **missing.more)
    if term is None:
        refusals = price.refusals if stop in price.refusals else (*price.refusals, stop)
        return Terms(product_id, start, last, next_units=next_units, refusals=refusals)
    owed_periods = None if leaves is None else periods_owed(term, start, leaves)
    refusals, first = price.refusals, price.gross
    each = first
    if owed_periods is not None and any(step.why == "prorated" for step in price.trace):
        if term.stub is not None:
            whole = ask(attrs.evolve(order, items=(attrs.evolve(item, day=nth_start(term, start, 1)),)))
            each = whole.gross
        else:
            each, said = None, f"{product_id}: what is owed where the first period is not whole"
            refusals = (*refusals, Refusal("unstated", said, item.id))
    end = _leaving(term, start, leaves)
    return Terms(
        product_id,
        start,
        last,
        earliest_end(term, start, notice or start),
        None if end is None else last_notice(term, start, end),
        next_deadlines(term, start, notice or start, DEADLINES),
        term.renewal,
        owed_periods,
        None if owed_periods is None or first is None or each is None else first + each * (owed_periods - 1),
        next_units,
        refusals,
    )


def _leaving(term: Term, start: date, leaves: date | None) -> date | None:
    """The end for which notice has to be given by who is gone on the day ``leaves``."""
    if leaves is None:
        return None
    found = None
    for number in range(1200):
        try:
            end = nth_end(term, start, number)
        except InputError:
            break
        if end > leaves:
            break
        found = end
    return found
