"""``advise``: the cheapest purchase for what is needed, from packs, windows of days and single units."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

import attrs

from cantinekit.errors import InputError
from cantinekit.money import Money
from cantinekit.pricing._quote import Quote, Refusal
from cantinekit.pricing._values import Fact, FrozenMap, Item, Order, as_tuple, frozen
from cantinekit.pricing.combine import Pack, Window, advise
from cantinekit.pricing.model._load import Parts


@attrs.frozen
class Need:
    """What is needed: ``units`` of a need that the tariff names in ``[advice]``, or one on each of the ``dates``.

    Five days in one week and five Mondays are different needs: a window of days is only sold for dates. ``exact``
    leaves nothing unused.
    """

    name: str
    units: int | None = None
    dates: tuple[date, ...] = attrs.field(default=(), converter=as_tuple)
    exact: bool = False
    facts: Mapping[str, Fact] = attrs.field(factory=FrozenMap, converter=frozen)
    order: Order | None = None
    """Who asks and when: customer, purchase, what is held; its items do not count."""

    def __attrs_post_init__(self) -> None:
        if (self.units is None) == (not self.dates):
            raise InputError("a need has units, or the dates on which one is needed")


@attrs.frozen
class Bought:
    """One line of an advice: so many times ``count`` of a product; of a window the first day."""

    product: str
    count: int
    times: int
    first_day: date | None = None


@attrs.frozen
class Advised:
    """The cheapest purchase. ``unused`` units are left; ``saving`` is against single units, where those are sold.

    Offers without a price are left out and say why in ``refusals``; ``total`` is ``None`` where nothing serves.
    """

    purchases: tuple[Bought, ...]
    total: Money | None
    unused: int
    saving: Money | None
    refusals: tuple[Refusal, ...] = ()


def find_advice(parts: Parts, ask: Callable[[Order], Quote], need: Need) -> Advised:
    """Price every offer of the need and choose.

    Raises:
        InputError: the tariff has no such need, or the search would be too large.
    """
    rule = parts.advice.get(need.name)
    if rule is None:
        raise InputError(f"the tariff gives no advice for {need.name!r}; it has: {', '.join(parts.advice) or 'none'}")
    packs, windows, refusals = [], [], []
    day = min(need.dates, default=None)
    for number, offer in enumerate(rule.offers):
        item = Item(offer.product, count=offer.count, day=day, facts=need.facts)
        price = ask(Order((item,)) if need.order is None else attrs.evolve(need.order, items=(item,)))
        amount = price.gross if price.gross is not None else price.total if not _refused(price) else None
        if amount is None or _refused(price):
            refusals += list(price.refusals)
        elif offer.units:
            packs.append(Pack(str(number), amount.amount, offer.units, offer.at_most))
        else:
            windows.append(Window(str(number), amount.amount, offer.days))
    wanted: int | list[tuple[date, int]] = need.units or [(each, 1) for each in sorted(need.dates)]
    found = advise(wanted, packs, windows, need.exact)
    if found is None:
        return Advised((), None, 0, None, tuple(refusals))
    purchases = []
    for each in found.purchases:
        offer = rule.offers[int(each.id)]
        purchases.append(Bought(offer.product, offer.count, each.count, each.first_day))
    money = None if found.saving is None else Money(found.saving, parts.currency)
    return Advised(tuple(purchases), Money(found.price, parts.currency), found.unused, money, tuple(refusals))


def _refused(price: Quote) -> bool:
    """Whether there is no amount to compare; a net amount of which only the tax is not known can be compared."""
    return any(stop.code != "tax_unknown" for stop in price.refusals)
