"""Prices in decisions: what a sale reads, what the price list makes of it, and whether a promised price holds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import lru_cache

import attrs

from cantinekit import pricing
from cantinekit.common.evolve import evolve
from cantinekit.domain.base import Event, Subject
from cantinekit.domain.catalogue.records import PriceList, Product, TariffText
from cantinekit.domain.decision import Ids, PriceQuote
from cantinekit.domain.passes.events import UnitsSpent
from cantinekit.domain.passes.records import Entitlement, Spend, Wallet
from cantinekit.domain.payments.records import ChargeLine
from cantinekit.domain.places.records import Place
from cantinekit.domain.sales.events import MetersMoved, PriceMade
from cantinekit.domain.sales.records import Meter, MeterMove, Sale, SaleItem, SaleLot, SaleMeter
from cantinekit.domain.sales.values import PricePromise
from cantinekit.domain.state import State, Wish
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.errors import (
    CurrencyError,
    InputError,
    NoEntitlementError,
    NotForSaleError,
    PriceChangedError,
    QuoteExpiredError,
    UnsuitableError,
)
from cantinekit.money import Money

_NOT_COVERED = {"missing", "expired", "limit_reached"}

PRICE_HOLDS = timedelta(minutes=15)
"""How long a quoted price is honoured."""


@lru_cache(maxsize=64)
def read_tariff(text: str) -> pricing.Tariff:
    """The price list of a text. The last 64 are kept: the same text is always the same price list."""
    return pricing.Tariff.load(text if "\n" in text else text + "\n")


@attrs.frozen
class Wanted:
    """A product to be priced, and how much of it.

    Attributes:
        product: the product.
        item: what the price list is asked.
        offers: facts that the house knows; a price list that declares them is told.
    """

    product: Product
    item: SaleItem
    offers: tuple[tuple[str, int | bool], ...] = ()

    def told(self, tariff: pricing.Tariff) -> Wanted:
        """The same, with the offered facts that a price list declares in its item.

        Raises:
            InputError: the caller stated a fact that the house sets.
        """
        types = {"number": int, "decimal": int, "yes/no": bool}
        known = [(name, value) for name, value in self.offers if types.get(str(tariff.facts.get(name))) is type(value)]
        if not known:
            return self
        stated = sorted({name for name, _ in known} & {name for name, _ in self.item.facts})
        if stated:
            raise InputError(f"facts: {', '.join(stated)} is set by the house; leave it out")
        return evolve(self, item=evolve(self.item, facts=(*self.item.facts, *known)), offers=())


def wanted(product: Product, **details: object) -> Wanted:
    """A product, asked for with these details (period, day, count, facts)."""
    return Wanted(product, SaleItem(product.tariff_product, **details))  # type: ignore[arg-type]


def wallet_lots(state: State, customer_id: str | None) -> tuple[str, ...]:
    """The ids of the entitlements in a person's wallet, as far as it was loaded."""
    if customer_id is None or not state.knows(Wallet, customer_id):
        return ()
    wallet = state.get(Wallet, customer_id)
    return wallet.entitlement_ids if wallet else ()


def sale_keys(state: State, products: Iterable[Product], customer_id: str | None) -> list[Wish]:
    """What a sale reads once its products and the wallet of the customer are loaded."""
    keys: list[Wish] = [(PriceList, product.pricelist_id) for product in products]
    keys.extend((Entitlement, id) for id in wallet_lots(state, customer_id))
    return keys


def read_prices(
    uow: Uow, things: Sequence[Wanted], customer_id: str | None, now: datetime, also: Iterable[Wish] = ()
) -> Steps[None]:
    """Load the version of the price list that is in force, then the meters on which the price depends.

    Args:
        uow: has loaded the price lists of the products, and the wallet of the customer.
        things: what will be priced; with nothing, only ``also`` is loaded.
        customer_id: the customer, ``None`` for somebody unknown.
        now: the instant that chooses the version.
        also: what is loaded together with the version.

    Raises:
        UnsuitableError: the products are on different price lists.
        NotForSaleError: the price list is not in force yet.
    """
    if not things:
        yield from uow.fetch(also)
        return
    version = _version(uow.state, things, now)
    yield from uow.fetch([(TariffText, version), *also])
    tariff = read_tariff(uow.state.need(TariffText, version).text)
    meters = tariff.meters(_order([one.told(tariff) for one in things], customer_id, now)) if tariff.counts else ()
    yield from uow.fetch([(Meter, meter) for meter in meters])


def _version(state: State, things: Sequence[Wanted], now: datetime) -> str:
    """The id of the version of their price list that is in force."""
    lists = {thing.product.pricelist_id for thing in things}
    if len(lists) != 1:
        raise UnsuitableError("what is sold together must be on one price list")
    found = state.need(PriceList, lists.pop())
    version = found.version_at(now)
    if version is None:
        raise NotForSaleError(f"the price list {found.id} is not in force yet")
    return version


def _order(things: Sequence[Wanted], customer_id: str | None, as_of: datetime) -> pricing.Order:
    return build_order([thing.item for thing in things], customer_id, as_of)


def build_order(items: Sequence[SaleItem], customer_id: str | None, as_of: datetime) -> pricing.Order:
    """The question to the price list, for a customer as of an instant."""
    asked = tuple(
        pricing.Item(i.tariff_product, i.period, i.count, i.day, dict(i.facts), id=i.label or str(number))
        for number, i in enumerate(items, 1)
    )
    return pricing.Order(asked, customer=customer_id, as_of=as_of)


def _charged(line: pricing.Line, product_id: str) -> ChargeLine:
    """A line of the price as a line of the charge. A part of a unit goes into the text: the quantity is an integer."""
    text, quantity = line.text or line.product, line.quantity
    if not isinstance(quantity, int):
        text, quantity = f"{text} ({quantity} {line.unit})", 1
    return ChargeLine(product_id, text, quantity, line.amount, line.tax_class)


@attrs.frozen
class Priced:
    """A price, and what follows from it.

    Attributes:
        sale: the price with all that it was made from.
        quote: the price with its reasons, and its promise.
        lines: the lines of the charge.
        spends: the units that it spends.
        moves: how far it moves meters.
        due: what is to be charged, zero where nothing is.
    """

    sale: Sale
    quote: PriceQuote
    lines: tuple[ChargeLine, ...]
    spends: tuple[Spend, ...]
    moves: tuple[MeterMove, ...]
    due: Money

    def events(self) -> tuple[Event, ...]:
        """The events: the price is made, units are spent, meters move."""
        found: list[Event] = [PriceMade(self.sale)]
        if self.spends:
            found.append(UnitsSpent(self.spends, self.sale.subject))
        if self.moves:
            found.append(MetersMoved(self.moves))
        return tuple(found)


def make_price(
    state: State,
    things: Sequence[Wanted],
    *,
    subject: Subject,
    place: Place,
    customer_id: str | None,
    now: datetime,
    ids: Ids,
    promise: PricePromise | None = None,
    paid_before: Money | None = None,
    returned: Sequence[Spend] = (),
    released: Sequence[MeterMove] = (),
) -> Priced:
    """Price things for a customer, with the units and meters as they stand.

    Args:
        state: the records that ``read_prices`` and ``sale_keys`` name.
        things: what is priced, all on one price list.
        subject: what is sold.
        place: the place, whose currency the price list must have.
        customer_id: the customer, ``None`` for somebody unknown.
        now: the instant of the decision.
        ids: makes the id of the sale.
        promise: a price that was promised; ``None`` takes the price of now.
        paid_before: what was paid for what this amends; it is taken off what is due.
        returned: the units that an amendment gives back before the whole is priced.
        released: what an amendment takes off the meters before the whole is priced. The spends and moves of the result
            are those of the whole.

    Raises:
        NotForSaleError: the price list refuses; carries its typed reasons.
        NoEntitlementError: only an entitlement buys it, and none covers it.
        QuoteExpiredError: the promise ran out.
        PriceChangedError: the promised price is no longer the price.
        CurrencyError: the price list is in another currency than the place.
        UnsuitableError: the price list asks for something that a sale does not carry, such as a deposit.
    """
    version = _version(state, things, now)
    tariff = read_tariff(state.need(TariffText, version).text)
    if tariff.currency != place.currency:
        raise CurrencyError(f"the price list is in {tariff.currency}, {place.name} takes {place.currency}")
    _check_promise(promise, now)
    things = [one.told(tariff) for one in things]
    as_of = promise.made_at if promise is not None else now
    order = _order(things, customer_id, as_of)
    counted = tariff.meters(order) if tariff.counts else ()
    meters = {id: meter.used if (meter := state.get(Meter, id)) else 0 for id in counted}
    for move in released:
        if move.meter_id in meters:
            meters[move.meter_id] = max(0, meters[move.meter_id] - move.delta)
    lots = _lots(state, customer_id, place, now, returned, voucher_accounts(state, version))
    price = tariff.quote(order, pricing.State(meters=meters, lots=tuple(map(_lot, lots))))
    if not price.ok:
        if all(refusal.code in _NOT_COVERED for refusal in price.refusals):
            considered = tuple((lot.entitlement_id, lot.account) for lot in lots)
            raise NoEntitlementError("; ".join(r.text("en") for r in price.refusals), considered=considered)
        raise NotForSaleError("; ".join(r.text("en") for r in price.refusals), refusals=price.refusals)
    _check_carried(price, {lot.entitlement_id for lot in lots})
    if promise is not None and price.total != promise.total:
        raise PriceChangedError(promise.total, price.total, _why_changed(promise, version, meters))
    due = price.total if paid_before is None else price.total - paid_before
    sale = Sale(
        id=ids("sal"),
        subject=subject,
        place_id=place.id,
        tariff_version=version,
        semantics=price.semantics,
        at=as_of,
        items=tuple(thing.item for thing in things),
        total=price.total,
        customer_id=customer_id,
        lots=lots,
        meters=tuple(SaleMeter(id, used) for id, used in sorted(meters.items())),
        paid_before=paid_before,
    )
    until = promise.valid_until if promise is not None else now + PRICE_HOLDS
    promised = PricePromise(price.total, version, price.semantics, as_of, until, tuple(sorted(meters.items())))
    names = {thing.item.tariff_product: thing.product for thing in things}
    lines = tuple(
        _charged(line, names[line.product].id if line.product in names else line.product)
        for line in price.lines
        if line.amount and line.kind in ("revenue", "penalty")
    )
    if paid_before:
        lines = (*lines, ChargeLine(things[0].product.id, "paid before", 1, -paid_before))
    spends: dict[str, int] = {}
    for use in price.uses:
        spends[use.lot] = spends.get(use.lot, 0) + use.units
    return Priced(
        sale,
        PriceQuote(price, promised),
        lines,
        tuple(Spend(lot, units) for lot, units in sorted(spends.items()) if units),
        tuple(MeterMove(id, delta) for id, delta in price.meters if delta),
        due if due.amount > 0 else Money.zero(place.currency),
    )


def _check_promise(promise: PricePromise | None, now: datetime) -> None:
    """Refuse a promise that nobody can have made, or that has run out."""
    if promise is None:
        return
    if promise.made_at > now or promise.valid_until > promise.made_at + PRICE_HOLDS:
        raise InputError("no price was promised like that: quotes come from Cantine.quote")
    if now >= promise.valid_until:
        raise QuoteExpiredError(f"the price was promised until {promise.valid_until.isoformat()}")


def _check_carried(price: pricing.Quote, known: set[str]) -> None:
    """Refuse a price that a sale cannot carry: a sale is what is due now, and units of entitlements that are there.

    Raises:
        UnsuitableError: the price asks for something else, such as a deposit.
    """
    asked = {
        "a deposit": bool(price.held),
        "a debt": bool(price.debt),
        "something that is measured afterwards": bool(price.pending),
        "units that are not money": bool(price.in_units),
        "visits that are priced together": bool(price.state.earlier),
        "a down payment": price.due_now not in (None, price.total),
        "a voucher, or units that are bought with it": any(use.money or use.lot not in known for use in price.uses),
    }
    found = [what for what, there in asked.items() if there]
    if found:
        raise UnsuitableError(f"the price list asks for what a sale does not carry: {', '.join(found)}")


def voucher_accounts(state: State, version: str) -> tuple[str, ...]:
    """The accounts on which a version of a price list keeps money that pays what is due."""
    return read_tariff(state.need(TariffText, version).text).parts.order.vouchers


def _lots(
    state: State,
    customer_id: str | None,
    place: Place,
    now: datetime,
    returned: Sequence[Spend],
    vouchers: Sequence[str],
) -> tuple[SaleLot, ...]:
    """The units of a person that may be spent at this place now.

    Money on an account of vouchers is left out: a sale cannot carry it, and a customer who has some can still buy.
    """
    back: dict[str, int] = {}
    for spend in returned:
        back[spend.entitlement_id] = back.get(spend.entitlement_id, 0) + spend.units
    found: list[SaleLot] = []
    for id in sorted({*wallet_lots(state, customer_id), *back}):
        one = state.need(Entitlement, id)
        if one.valid_at(place.id, now) and one.account not in vouchers:
            left = one.left + back.get(id, 0)
            found.append(SaleLot(id, one.account, left, one.bought_at, one.expires, one.priority))
    return tuple(found)


def _lot(lot: SaleLot) -> pricing.Lot:
    return pricing.Lot(lot.entitlement_id, lot.account, lot.left, lot.bought_at, lot.expires, lot.priority)


def in_order_of_use(state: State, spends: Iterable[Spend]) -> tuple[Spend, ...]:
    """Units of a purchase in the order in which its price took them; their entitlements must be loaded."""

    def rank(spend: Spend) -> tuple[int, bool, datetime, datetime, str]:
        one = state.need(Entitlement, spend.entitlement_id)
        return pricing.Lot(one.id, one.account, one.left, one.bought_at, one.expires, one.priority).rank

    return tuple(sorted(spends, key=rank))


def _why_changed(promise: PricePromise, version: str, meters: dict[str, int]) -> str:
    """Why a promised price is no longer the price, as the reason of a refusal."""
    if promise.tariff_version != version:
        return "another version of the price list is in force"
    if dict(promise.meters) != meters:
        return "something that counts under the same cap was bought since"
    return "what is bought, or what entitlements cover of it, is not what was quoted"


def explain_sale(sale: Sale, tariff_text: str) -> pricing.Quote:
    """The price of a sale, computed again from what it was made from.

    Raises:
        UnsuitableError: it was made under another number of semantics, and would be another price today.
    """
    order = build_order(sale.items, sale.customer_id, sale.at)
    meters = {meter.meter_id: meter.used for meter in sale.meters}
    price = read_tariff(tariff_text).quote(order, pricing.State(meters=meters, lots=tuple(map(_lot, sale.lots))))
    if price.semantics != sale.semantics and price.total != sale.total:
        said = f"sale {sale.id} came to {sale.total} under semantics {sale.semantics}"
        raise UnsuitableError(f"{said}; under {price.semantics} it would be {price.total}")
    return price
