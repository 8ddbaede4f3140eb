"""``advise``: the cheapest purchase for what is needed, from packs, windows of days and single units."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import combinations

import attrs

from cantinekit.errors import InputError
from cantinekit.errors._shown import shown
from cantinekit.money import Money
from cantinekit.pricing._quote import Quote, Refusal
from cantinekit.pricing._values import Fact, FrozenMap, Item, Order, as_tuple, frozen
from cantinekit.pricing.combine import Advice, Pack, Window, advise
from cantinekit.pricing.model._load import Parts
from cantinekit.pricing.model._sections import Offer


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
class AddedOnce:
    """A product that purchases need and that is added to them once, whatever is bought: a membership."""

    product: str
    amount: Money


@attrs.frozen
class Advised:
    """The cheapest purchase. ``unused`` units are left; ``saving`` is against single units, where those are sold.

    Offers without a price are left out and say why in ``refusals``; ``total`` is ``None`` where nothing serves.
    ``added`` is what the purchases need and is a part of the total, once each, as in an order that has them all.
    """

    purchases: tuple[Bought, ...]
    total: Money | None
    unused: int
    saving: Money | None
    refusals: tuple[Refusal, ...] = ()
    added: tuple[AddedOnce, ...] = ()


MAX_ADDED = 5
"""So many different products may be added to the offers of one need: each set of them is a search of its own."""


@attrs.frozen
class _Priced:
    """An offer with its own price, and what is added to it, in minor units."""

    offer: Offer
    own: int
    added: Mapping[str, int]


@attrs.frozen
class _Found:
    """What serves a need, with what is added to it."""

    advice: Advice
    added: Mapping[str, int]

    @property
    def total(self) -> int:
        return self.advice.price + sum(self.added.values())

    @property
    def place(self) -> tuple[int, int, int]:
        """The cheapest comes first, then what leaves the fewest units and takes the fewest purchases."""
        return self.total, self.advice.unused, sum(each.count for each in self.advice.purchases)


def find_advice(parts: Parts, ask: Callable[[Order], Quote], need: Need) -> Advised:
    """Price every offer of the need and choose.

    Raises:
        InputError: the tariff has no such need, or the search would be too large.
    """
    rule = parts.advice.get(need.name)
    if rule is None:
        raise InputError(
            f"the tariff gives no advice for {shown(need.name)}; it has: {', '.join(parts.advice) or 'none'}"
        )
    priced: dict[str, _Priced] = {}
    refusals: list[Refusal] = []
    day = min(need.dates, default=None)
    for number, offer in enumerate(rule.offers):
        item = Item(offer.product, count=offer.count, day=day, facts=need.facts)
        price = ask(Order((item,)) if need.order is None else attrs.evolve(need.order, items=(item,)))
        if _refused(price):
            refusals += price.refusals
        else:
            priced[str(number)] = _priced(offer, price)
    found = min(_searches(priced, need), key=lambda each: each.place, default=None)
    if found is None:
        return Advised((), None, 0, None, tuple(refusals))
    bought = [(priced[each.id].offer, each) for each in found.advice.purchases]
    purchases = tuple(Bought(offer.product, offer.count, each.count, each.first_day) for offer, each in bought)
    added = tuple(AddedOnce(name, Money(minor, parts.currency)) for name, minor in found.added.items())
    total = Money(found.total, parts.currency)
    single = _single(priced.values(), need.units or len(need.dates))
    saving = None if single is None else Money(single - found.total, parts.currency)
    return Advised(purchases, total, found.advice.unused, saving, tuple(refusals), added)


def _refused(price: Quote) -> bool:
    """Whether there is no amount to compare; a net amount of which only the tax is not known can be compared."""
    return any(stop.code != "tax_unknown" for stop in price.refusals)


def _priced(offer: Offer, price: Quote) -> _Priced:
    """What an offer costs, and what each product costs that comes with it."""
    own = 0
    added: dict[str, int] = {}
    for line in price.lines:
        if line.kind in ("revenue", "penalty"):
            if "+" in line.item:
                added[line.product] = added.get(line.product, 0) + line.amount.amount
            else:
                own += line.amount.amount
    return _Priced(offer, own, added)


def _searches(priced: Mapping[str, _Priced], need: Need) -> Iterator[_Found]:
    """The best purchase for each set of products that may come with it; those are paid once, whoever needs them."""
    names = list(dict.fromkeys(name for each in priced.values() for name in each.added))
    if len(names) > MAX_ADDED:
        raise InputError(f"at most {MAX_ADDED} products that offers need are looked at, not {len(names)}")
    wanted: int | list[tuple[date, int]] = need.units or [(each, 1) for each in sorted(need.dates)]
    for size in range(len(names) + 1):
        for some in combinations(names, size):
            mine = {id: each for id, each in priced.items() if each.added.keys() <= set(some)}
            packs = [Pack(id, e.own, e.offer.units, e.offer.at_most) for id, e in mine.items() if e.offer.units]
            windows = [Window(id, e.own, e.offer.days) for id, e in mine.items() if not e.offer.units]
            found = advise(wanted, packs, windows, need.exact)
            if found is not None:
                yield _Found(found, _added([mine[each.id] for each in found.purchases]))


def _added(bought: Sequence[_Priced]) -> dict[str, int]:
    """What comes with all of these, once each, at the price that it has beside the first that needs it."""
    held = {each.offer.product for each in bought}
    out: dict[str, int] = {}
    for each in bought:
        for name, minor in each.added.items():
            if name not in held:
                out.setdefault(name, minor)
    return out


def _single(priced: Iterable[_Priced], needed: int) -> int | None:
    """What single units cost, where they are sold as often as needed."""
    found = [each for each in priced if each.offer.units == 1]
    found = [each for each in found if each.offer.at_most is None or each.offer.at_most >= needed]
    return min((each.own * needed + sum(each.added.values()) for each in found), default=None)
