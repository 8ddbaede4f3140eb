"""``advise``: the cheapest purchase for what is needed, from packs, windows of days and single units."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import combinations

import attrs

from cantinekit.errors import InputError
from cantinekit.errors.shown import shown
from cantinekit.money import Money
from cantinekit.pricing.combine import Advice, Pack, Purchase, Window, advise
from cantinekit.pricing.format.read import span
from cantinekit.pricing.model.load import Parts
from cantinekit.pricing.model.sections import Offer
from cantinekit.pricing.quote import Quote, Refusal
from cantinekit.pricing.values import MAX_LENGTH, Fact, FrozenMap, Item, Order, as_tuple, frozen


@attrs.frozen
class Need:
    """What is needed: a number of units, or one unit on each of several dates.

    Five days in one week and five Mondays are different needs: a window of days is only sold for dates.

    Attributes:
        name: the need as ``[advice]`` of the tariff names it.
        units: how many units; ``None`` where there are dates.
        dates: the local days on which one unit is needed.
        exact: whether no unit may be left over.
        facts: the facts with which offers are priced.
        order: who asks and when: customer, purchase, what is held; its items do not count.
        day: the day for which offers are priced where there are no dates.
    """

    name: str
    units: int | None = None
    dates: tuple[date, ...] = attrs.field(default=(), converter=as_tuple)
    exact: bool = False
    facts: Mapping[str, Fact] = attrs.field(factory=FrozenMap, converter=frozen)
    order: Order | None = None
    day: date | None = None

    def __attrs_post_init__(self) -> None:
        if (self.units is None) == (not self.dates):
            raise InputError("a need has units, or the dates on which one is needed")


@attrs.frozen
class Bought:
    """One line of an advice.

    Attributes:
        product: id of the product.
        count: how many pieces one purchase has.
        times: how many such purchases.
        first_day: the first day of a window; ``None`` for other offers.
    """

    product: str
    count: int
    times: int
    first_day: date | None = None


@attrs.frozen
class AddedOnce:
    """A product that purchases need and that is added to them once, whatever is bought, such as a membership.

    Attributes:
        product: id of the product.
        amount: its price.
    """

    product: str
    amount: Money


@attrs.frozen
class Advised:
    """The cheapest purchase for a need.

    There is no advice (``total`` is ``None``) where nothing serves the need ("not_sold"), where an offer cannot be
    priced before something is asked ("incomplete"), and where the tax of some offers is known and that of others is not
    ("tax_unknown").

    Attributes:
        purchases: what to buy; each purchase is a bill of its own.
        total: the sum by which offers were compared: ``gross``, or where the tax is not known the sum as it is printed.
        unused: how many units are left over.
        saving: what single units would cost more; ``None`` where those are not sold.
        refusals: offers without a price, which are left out, and why.
        added: what the purchases need; a part of the sums, once each.
        gross: what is paid with tax; ``None``: not known.
        net: what is paid without tax; ``None``: not known.
        tax: the tax; ``None``: not known.
    """

    purchases: tuple[Bought, ...]
    total: Money | None
    unused: int
    saving: Money | None
    refusals: tuple[Refusal, ...] = ()
    added: tuple[AddedOnce, ...] = ()
    gross: Money | None = None
    net: Money | None = None

    @property
    def tax(self) -> Money | None:
        """The tax of all of it; ``None`` where it is not known."""
        return None if self.gross is None or self.net is None else self.gross - self.net


MAX_ADDED = 5
"""So many different products may be added to the offers of one need: each set of them is a search of its own."""


@attrs.frozen
class _Priced:
    """An offer with its own price, and what is added to it, in minor units; and the same without tax where known."""

    offer: Offer
    own: int
    added: Mapping[str, int]
    net: int | None
    nets: Mapping[str, int | None]
    taxed: bool
    """Whether these are the prices with tax."""


@attrs.frozen
class _Found:
    """The offers that serve a need, with the products that are added to them."""

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
    unknown: list[Refusal] = []
    day = min(need.dates, default=need.day)
    for number, offer in enumerate(rule.offers):
        minutes = _length(parts, rule.unit, offer)
        item = Item(offer.product, count=offer.count, day=day, facts=need.facts, minutes=minutes)
        price = ask(Order((item,)) if need.order is None else attrs.evolve(need.order, items=(item,)))
        if any(stop.code != "tax_unknown" for stop in price.refusals):  # a net amount can still be compared
            refusals += price.refusals
        else:
            priced[str(number)] = _priced(offer, price)
            unknown += price.refusals
    if any(stop.code == "incomplete" for stop in refusals):
        return Advised((), None, 0, None, tuple(dict.fromkeys(refusals)))
    if len({each.taxed for each in priced.values()}) > 1:
        return Advised((), None, 0, None, (*refusals, *unknown))
    found = min(_searches(priced, need), key=lambda each: each.place, default=None)
    if found is None:
        what = f"{need.name}, {need.units or len(need.dates)}"
        return Advised((), None, 0, None, (*refusals, Refusal("not_sold", what)))
    bought = [(priced[each.id].offer, each) for each in found.advice.purchases]
    purchases = tuple(Bought(offer.product, offer.count, each.count, each.first_day) for offer, each in bought)
    added = tuple(AddedOnce(name, Money(minor, parts.currency)) for name, minor in found.added.items())
    total = Money(found.total, parts.currency)
    single = _single(priced.values(), need.units or len(need.dates))
    saving = None if single is None else Money(single - found.total, parts.currency)
    taxed = all(each.taxed for each in priced.values())
    net = _net(bought, found, priced, parts.currency)
    gross = total if taxed else None
    return Advised(purchases, total, found.advice.unused, saving, tuple(refusals), added, gross, net)


def _net(
    bought: Sequence[tuple[Offer, Purchase]], found: _Found, priced: Mapping[str, _Priced], currency: str
) -> Money | None:
    """The sum without tax of purchases and added products; ``None`` where one of them does not say it."""
    mine = [(priced[each.id], each.count) for _, each in bought]
    nets = [None if one.net is None else one.net * times for one, times in mine]
    nets += [next(one.nets[name] for one, _ in mine if name in one.nets) for name in found.added]
    return None if None in nets else Money(sum(net or 0 for net in nets), currency)


def _length(parts: Parts, unit: str, offer: Offer) -> int | None:
    """How long an offer is that serves a need of time with time: an hour of a room for each hour that is needed."""
    product, length = parts.products.get(offer.product), span(unit)
    if product is None or not product.timed or not length or not offer.units:
        return None
    minutes, over = divmod(length * offer.units, offer.count)
    return None if over or minutes > MAX_LENGTH else minutes


def _priced(offer: Offer, price: Quote) -> _Priced:
    """What an offer costs, and what each product costs that comes with it."""
    amounts: dict[str, int] = {}
    nets: dict[str, int | None] = {}
    for line in price.lines:
        if line.kind in ("revenue", "penalty"):
            name = line.product if "+" in line.item else ""
            amounts[name] = amounts.get(name, 0) + line.amount.amount
            before = nets.get(name, 0)
            nets[name] = None if before is None or line.net is None else before + line.net.amount
    own, net = amounts.pop("", 0), nets.pop("", 0)
    return _Priced(offer, own, amounts, net, nets, taxed=not price.refusals)


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
    """The products that are added to purchases, once each, at their price beside the first that needs them."""
    held = {each.offer.product for each in bought}
    out: dict[str, int] = {}
    for each in bought:
        for name, minor in each.added.items():
            if name not in held:
                out.setdefault(name, minor)
    return out


def _single(priced: Iterable[_Priced], needed: int) -> int | None:
    """The price of single units, where they are sold as often as needed."""
    found = [each for each in priced if each.offer.units == 1]
    found = [each for each in found if each.offer.at_most is None or each.offer.at_most >= needed]
    return min((each.own * needed + sum(each.added.values()) for each in found), default=None)
