"""``terms``: first and last day, notice, renewal, and what is owed until a contract can end."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date

import attrs

from cantinekit.errors import InputError
from cantinekit.errors.shown import shown
from cantinekit.money import Money
from cantinekit.pricing import terms
from cantinekit.pricing.engine.ask import Ask, RefusedItem
from cantinekit.pricing.model.load import Parts
from cantinekit.pricing.quote import Granted, Quote, Refusal
from cantinekit.pricing.terms import Term
from cantinekit.pricing.values import FrozenMap, Order

DEADLINES = 3


@attrs.frozen
class Terms:
    """The terms of something that begins on a day. What cannot be said is ``None``, with a refusal where it was asked
    for.

    Attributes:
        product: id of the product.
        first_day: the first day.
        last_day: the last day, included.
        earliest_end: the first day that can be the last if notice is given on the day that was asked about.
        last_notice: the last day on which notice for that end can be given.
        deadlines: (last day for notice, last day of the contract) pairs from the start on.
        renewal: how it renews, in the words of the list.
        periods: how many periods are owed by a customer who leaves on the day that was asked about.
        owed: what those periods cost together.
        next_units: what the first account of ``next_by_account`` holds.
        refusals: why something cannot be said.
        next_by_account: what each account that is filled again then holds, in minor units for money; ``None``: no
            limit.
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
    next_by_account: Mapping[str, int | None] = FrozenMap()


def find_terms(
    parts: Parts,
    ask: Callable[[Order], Quote],
    order: Order,
    start: date,
    notice: date | None,
    leaves: date | None,
    left: int | Mapping[str, int],
) -> Terms:
    """The terms of the product that an order names, from a day on; ``ask`` prices an order.

    Raises:
        InputError: days that cannot be, or units left of an account that is not filled again.
    """
    item = order.items[0]
    product_id, product = item.product, parts.products[item.product]
    price = ask(order)
    filled = _filled(price.grants, left)
    known = Terms(
        product_id,
        start,
        terms.period(product.valid, start)[1] if product.valid else None,
        next_units=next(iter(filled.values()), None),
        refusals=price.refusals,
        next_by_account=FrozenMap(filled),
    )
    try:
        term = find_term(parts, order)
        stop = Refusal("unstated", f"{product_id}: a contract{' in this case' if product.term else ''}", item.id)
    except RefusedItem as missing:
        term, stop = None, Refusal(missing.code, missing.what, item.id, **missing.more)
    if term is None:
        told = stop in price.refusals or (not product.term and notice is None and leaves is None)
        return known if told else attrs.evolve(known, refusals=(*price.refusals, stop))
    owed_periods = None if leaves is None else terms.periods_owed(term, start, leaves)
    first = each = price.gross
    if owed_periods is not None and any(step.why == "prorated" for step in price.trace):
        if term.stub is not None:
            each = ask(attrs.evolve(order, items=(attrs.evolve(item, day=terms.nth_start(term, start, 1)),))).gross
        else:
            each, said = None, f"{product_id}: what is owed where the first period is not whole"
            known = attrs.evolve(known, refusals=(*price.refusals, Refusal("unstated", said, item.id)))
    end = _leaving(term, start, leaves)
    return attrs.evolve(
        known,
        earliest_end=terms.earliest_end(term, start, notice or start),
        last_notice=None if end is None else terms.last_notice(term, start, end),
        deadlines=terms.next_deadlines(term, start, notice or start, DEADLINES),
        renewal=term.renewal,
        periods=owed_periods,
        owed=None if owed_periods is None or first is None or each is None else first + each * (owed_periods - 1),
    )


def find_term(parts: Parts, order: Order) -> Term | None:
    """How the contract of the first item of an order runs; ``None`` where its product says of none, or not in its case.

    Raises:
        RefusedItem: something has to be known first.
    """
    item = order.items[0]
    asked = Ask.of("1", item, parts, order, ())
    return next((each.term for each in parts.products[item.product].term if asked.holds(each.when)), None)


def _filled(grants: Sequence[Granted], left: int | Mapping[str, int]) -> dict[str, int | None]:
    """What each account that is filled again holds then, the first of the product first.

    Raises:
        InputError: ``left`` is no number of units, or not said of an account that is filled again.
    """
    given: dict[str, list[Granted]] = {}
    for each in grants:
        if each.renews:
            given.setdefault(each.account, []).append(each)
    if isinstance(left, Mapping):
        kept = dict(left)
    elif not left and type(left) is int:
        kept = {}
    elif len(given) > 1:
        raise InputError(f"left must say of which account: {', '.join(given)}")
    else:
        kept = dict.fromkeys(given, left)
    for account, units in kept.items():
        if account not in given:
            raise InputError(
                f"left names {shown(account)}, which is not filled again; known: {', '.join(given) or 'none'}"
            )
        if type(units) is not int or not 0 <= units < 2**63:
            raise InputError(f"left must be a number of units from 0 on, not {shown(units)}")
    filled: dict[str, int | None] = {}
    for account, some in given.items():
        numbers = [each.units for each in some]
        rest = kept.get(account, 0) if any(each.rollover for each in some) else 0
        filled[account] = None if None in numbers else sum(number or 0 for number in numbers) + rest
    return filled


def _leaving(term: Term, start: date, leaves: date | None) -> date | None:
    """The end for which notice has to be given by who is gone on the day ``leaves``."""
    if leaves is None:
        return None
    found = None
    for number in range(1200):
        try:
            end = terms.nth_end(term, start, number)
        except InputError:
            break
        if end > leaves:
            break
        found = end
    return found
