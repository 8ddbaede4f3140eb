"""Prices in decisions: what the price list makes of a question, whether a promised price holds, and what follows."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import attrs

from cantinekit import pricing
from cantinekit.common.evolve import evolve
from cantinekit.domain.base import Subject
from cantinekit.domain.catalogue.records import TariffText
from cantinekit.domain.decision import Ids, PriceQuote
from cantinekit.domain.draft import Draft
from cantinekit.domain.organisations.presence import organisation_of
from cantinekit.domain.passes.events import UnitsSpent
from cantinekit.domain.passes.records import Entitlement, Spend
from cantinekit.domain.payments.records import ChargeLine, Instalment
from cantinekit.domain.places.records import Place
from cantinekit.domain.sales.answers import Given, gives_of, product_id_of, units_due
from cantinekit.domain.sales.events import MetersMoved, PriceMade, ScopeJoined
from cantinekit.domain.sales.item_moves import CHARGED, owner_of
from cantinekit.domain.sales.past import whole_sale
from cantinekit.domain.sales.question import (
    Asked,
    Question,
    ask,
    earlier_in,
    paused_passes,
    read_tariff,
    to_earlier,
    to_lot,
    usable_lots,
)
from cantinekit.domain.sales.records import (
    Meter,
    MeterMove,
    Sale,
    SaleEarlier,
    SaleFacts,
    SaleItem,
    SaleLot,
    SaleMeter,
)
from cantinekit.domain.sales.said_lines import said_line
from cantinekit.domain.sales.scopes import joined
from cantinekit.domain.sales.values import PricePromise
from cantinekit.domain.state import State
from cantinekit.errors import (
    CurrencyError,
    IncompleteError,
    InputError,
    NoEntitlementError,
    NotForSaleError,
    PriceChangedError,
    QuoteExpiredError,
)
from cantinekit.errors.shown import shown
from cantinekit.money import Money

_NOT_COVERED = {"missing", "expired", "limit_reached"}
PRICE_HOLDS = timedelta(minutes=15)
"""How long a quoted price is honoured."""


def _charged(line: pricing.Line, product_id: str) -> ChargeLine:
    """A line of the price as a line of the charge. A part of a unit goes into the text: the quantity is an integer."""
    text, quantity = line.text or line.product, line.quantity
    if not isinstance(quantity, int):
        text, quantity = f"{text} ({quantity} {line.unit})", 1
    return ChargeLine(product_id, text, quantity, line.amount, line.tax_class, line.kind, line.unit)


@attrs.frozen
class OwnSpend:
    """Units that are bought and spent in one order.

    Attributes:
        item: the item that gives them.
        account: their account.
        units: how many.
        used_by: the item on which they are spent.
        money: whether they are minor units of money, which pay.
    """

    item: str
    account: str
    units: int
    used_by: str
    money: bool = False


@attrs.frozen
class Priced:
    """A price, and what follows from it.

    Attributes:
        sale: the price with all that it was made from.
        quote: the price with its reasons, and its promise.
        lines: the lines of the charge, deposits and debts among them.
        spends: the units that it spends.
        moves: how far it moves meters.
        due: what is to be charged, vouchers not taken off; zero where nothing is.
        due_now: what of it has to be paid at once, beside what vouchers pay.
        later: what of it is due later.
        vouchers: the minor units that vouchers pay.
        own: the units that are bought and spent in this order.
        gives: what the customer gets to hold and to spend.
        joins: what is priced together with what was bought before in its scope.
        private: the facts of the person and of the organisation from which it was made; ``None``: none.
    """

    sale: Sale
    quote: PriceQuote
    lines: tuple[ChargeLine, ...]
    spends: tuple[Spend, ...]
    moves: tuple[MeterMove, ...]
    due: Money
    due_now: Money
    later: tuple[Instalment, ...] = ()
    vouchers: tuple[Spend, ...] = ()
    own: tuple[OwnSpend, ...] = ()
    gives: tuple[Given, ...] = ()
    private: SaleFacts | None = None
    joins: tuple[ScopeJoined, ...] = ()

    def scopes(self, item: str | None = None) -> tuple[str, ...]:
        """The scopes in which an item was priced together with what was bought before; ``None``: all items."""
        return tuple(
            one.scope_id for one in self.joins if item is None or any(owner_of(part.item) == item for part in one.parts)
        )

    def agreed(self, state: State) -> tuple[Sale, str]:
        """The sale with all facts that it was made from, and the text of its version of the price list."""
        return whole_sale(self.sale, self.private), state.need(TariffText, self.sale.tariff_version).text

    def enter(self, draft: Draft) -> None:
        """Decide what follows at once: the price is made, units are spent, meters and scopes move."""
        draft.add(PriceMade(self.sale))
        if self.spends:
            draft.add(UnitsSpent(self.spends, self.sale.subject))
        if self.moves:
            draft.add(MetersMoved(self.moves))
        draft.add(*self.joins)
        if self.private is not None:
            draft.keep([self.private])


@attrs.frozen
class Answer:
    """What a price list answers to a question, with all that it was told.

    Attributes:
        version: the id of the version of the price list.
        tariff: the price list.
        asked: the question as the list got it.
        asked_at: the instant at which it was asked; of a promise that at which it was made.
        price: the price, without refusals.
        lots: the units that could be spent.
        meters: the meters on which the price depends, with what they had counted.
        scopes: the keys of the scopes that are priced as a whole, by the items in them.
        earlier: what was charged before in these scopes.
        quote: the price, and its promise.
    """

    version: str
    tariff: pricing.Tariff
    asked: Asked
    asked_at: datetime
    price: pricing.Quote
    lots: tuple[SaleLot, ...]
    meters: Mapping[str, int]
    scopes: Mapping[str, str]
    earlier: tuple[SaleEarlier, ...]
    quote: PriceQuote


def find_answer(
    state: State,
    question: Question,
    now: datetime,
    *,
    promise: PricePromise | None = None,
    returned: Sequence[Spend] = (),
    released: Sequence[MeterMove] = (),
) -> Answer:
    """Ask a price list, with the units and meters as they stand. The parameters and errors are those of ``make_price``,
    which makes a sale of the answer; by itself it says what something costs.
    """
    place = state.need(Place, question.place_id)
    version = question.version(state, now)
    tariff = read_tariff(state.need(TariffText, version).text)
    if tariff.currency != place.currency:
        raise CurrencyError(f"the price list is in {tariff.currency}, {place.name} takes {place.currency}")
    _check_promise(promise, now)
    asked_at = promise.made_at if promise is not None else now
    asked = ask(question, state, tariff, question.at(asked_at))
    meters = {id: meter.used if (meter := state.get(Meter, id)) else 0 for id in asked.meters}
    for move in released:
        if move.meter_id in meters:
            meters[move.meter_id] = max(0, meters[move.meter_id] - move.delta)
    lots = usable_lots(state, question, tariff, now, returned)
    scopes = tariff.scopes(asked.order) if question.scoped and tariff.scoped else {}
    earlier = earlier_in(state, scopes.values()) if scopes else ()
    before = pricing.State(meters=meters, lots=tuple(map(to_lot, lots)), earlier=tuple(map(to_earlier, earlier)))
    price = tariff.quote(asked.order, before)
    if not price.ok:
        unknown = {item.product for item in asked.order.items} - tariff.products.keys()
        _refuse(price, unknown, lots, paused_passes(state, question, tariff, now))
    _ask_for_later(tariff, asked.order)
    if promise is not None and price.total != promise.total:
        raise PriceChangedError(promise.total, price.total, _why_changed(promise, version, meters))
    until = promise.valid_until if promise is not None else now + PRICE_HOLDS
    counted = tuple(sorted(meters.items()))
    promised = PricePromise(price.total, version, price.semantics, asked_at, until, counted)
    quote = PriceQuote(price, promised)
    return Answer(version, tariff, asked, asked_at, price, lots, meters, scopes, earlier, quote)


def make_price(
    state: State,
    question: Question,
    *,
    subject: Subject,
    now: datetime,
    ids: Ids,
    promise: PricePromise | None = None,
    paid_before: Money | None = None,
    returned: Sequence[Spend] = (),
    released: Sequence[MeterMove] = (),
    held_before: int = 0,
) -> Priced:
    """Price things for a customer, with the units and meters as they stand.

    Args:
        state: the records that ``read_prices`` and ``sale_keys`` name.
        question: what is priced, where and for whom.
        subject: what is sold.
        now: the instant of the decision.
        ids: makes the id of the sale.
        promise: a price that was promised; ``None`` takes the price of now.
        paid_before: what was paid for what this amends; it is taken off what is due.
        held_before: what was asked for as a deposit for what this amends, in minor units; only more is due.
        returned: the units that an amendment gives back before the whole is priced.
        released: what an amendment takes off the meters before the whole is priced. The spends and moves of the result
            are those of the whole.

    Raises:
        IncompleteError: the price list has to know more; carries what.
        NotForSaleError: the price list refuses; carries its typed reasons.
        NoEntitlementError: only an entitlement buys it, and none covers it.
        QuoteExpiredError: the promise ran out.
        PriceChangedError: the promised price is no longer the price.
        CurrencyError: the price list is in another currency than the place.
    """
    place = state.need(Place, question.place_id)
    found = find_answer(state, question, now, promise=promise, returned=returned, released=released)
    tariff, asked, price, lots = found.tariff, found.asked, found.price, found.lots
    sale = Sale(
        id=ids("sal"),
        subject=subject,
        place_id=place.id,
        tariff_version=found.version,
        semantics=price.semantics,
        at=question.at(found.asked_at),
        items=asked.public_items,
        total=price.total,
        customer_id=question.customer_id,
        lots=lots,
        meters=tuple(SaleMeter(id, used) for id, used in sorted(found.meters.items())),
        paid_before=paid_before,
        codes=asked.order.codes,
        holds=asked.holds,
        earlier=found.earlier,
        private_facts=bool(asked.private),
    )
    names = {thing.item.tariff_product: thing.product.id for thing in asked.things}
    lines = charge_lines(tariff, price, names)
    if paid_before is not None:
        lines = _amended(lines, paid_before, held_before, question.things[0].product.id)
    due, due_now, later = _owed(price, tariff, names, paid_before, held_before)
    spends, vouchers, own = _spent(price, {lot.entitlement_id for lot in lots})
    pays = [Spend(lot, number) for lot, number in sorted(vouchers.items()) if number]
    if paid_before is not None:  # the list says what vouchers pay of the whole
        pays = list(at_most(pays, sum(line.amount.amount for line in lines if line.kind != "held")))
    units = units_due(state, price, tariff, lots)
    return Priced(
        sale,
        found.quote,
        lines,
        tuple(Spend(lot, number) for lot, number in sorted(_sum(spends, units).items()) if number),
        tuple(MeterMove(id, delta) for id, delta in price.meters if delta),
        due,
        due_now,
        later,
        tuple(pays),
        own,
        gives_of(tariff, asked.order, price, names),
        _private(state, sale.id, question, asked),
        joined(sale, price, tariff, found.scopes) if found.scopes else (),
    )


def _private(state: State, sale_id: str, question: Question, asked: Asked) -> SaleFacts | None:
    """The private facts from which a price was made; ``None``: none."""
    organisation = organisation_of(state, question.payer_id)
    payer_id = organisation.id if organisation is not None else None
    whose = question.customer_id or payer_id
    return SaleFacts(sale_id, whose, asked.private, payer_id) if asked.private and whose is not None else None


def price_again(
    sale: Sale,
    order: pricing.Order,
    price: pricing.Quote,
    tariff: pricing.Tariff,
    product_id: str,
    subject: Subject,
    draft: Draft,
) -> Priced:
    """What was sold once more, for a further period: its price alone, without what is held and what was spent before.

    Args:
        sale: the first sale, with all facts.
        order: the order of the period, of one item.
        price: its price, without refusals.
        tariff: the version of the price list that prices it.
        product_id: the product, as the catalogue names it.
        subject: what was sold.
        draft: what is decided so far; it makes the id of the sale.
    """
    item = order.items[0]
    private = draft.state.get(SaleFacts, sale.id) if sale.private_facts else None
    hidden = {name for _, facts in private.facts for name, _ in facts} if private is not None else set()
    public = tuple(sorted((name, value) for name, value in item.facts.items() if name not in hidden))
    told = tuple(sorted((name, value) for name, value in item.facts.items() if name in hidden))
    assert order.as_of is not None
    again = Sale(
        id=draft.ids("sal"),
        subject=subject,
        place_id=sale.place_id,
        tariff_version=price.tariff_version,
        semantics=price.semantics,
        at=order.as_of,
        items=(SaleItem(item.product, day=item.day, count=item.count, facts=public, label=item.id or ""),),
        total=price.total,
        customer_id=sale.customer_id,
        holds=tuple(sorted(order.holds or ())),
        private_facts=bool(told),
    )
    until = draft.now + PRICE_HOLDS
    promise = PricePromise(price.total, price.tariff_version, price.semantics, order.as_of, until, ())
    lines = charge_lines(tariff, price, {item.product: product_id})
    return Priced(
        again,
        PriceQuote(price, promise),
        tuple(line for line in lines if line.kind in ("revenue", "penalty")),
        (),
        (),
        max(Money.zero(tariff.currency), price.total),
        Money.zero(tariff.currency),
        private=evolve(private, id=again.id, facts=((0, told),)) if told and private is not None else None,
    )


def charge_lines(tariff: pricing.Tariff, price: pricing.Quote, names: dict[str, str]) -> tuple[ChargeLine, ...]:
    """The lines of a price that are charged; ``names`` are the ids in the catalogue of products of the price list."""
    return tuple(
        _charged(line, product_id_of(tariff, line.product, names))
        for line in price.lines
        if line.amount and line.kind in CHARGED
    )


def _amended(
    lines: Sequence[ChargeLine], paid_before: Money, held_before: int, product_id: str
) -> tuple[ChargeLine, ...]:
    """The lines of a difference: the whole less what was paid, where it costs more; and what more is a deposit."""
    owed = [line for line in lines if line.kind != "held"]
    if paid_before:
        owed.append(said_line("paid before", product_id, -paid_before))
    if Money.sum((line.amount for line in owed), paid_before.currency).amount <= 0:
        owed = []
    return (*owed, *more_held(lines, held_before))


def more_held(lines: Sequence[ChargeLine], before: int) -> tuple[ChargeLine, ...]:
    """What is held beyond what was held before, in minor units: the lines of the difference."""
    found = list[ChargeLine]()
    for line in lines:
        if line.kind == "held":
            had = min(before, line.amount.amount)
            before -= had
            more = line.amount - Money(had, line.amount.currency)
            found += [attrs.evolve(line, amount=more)] if more else []
    return tuple(found)


def _owed(
    price: pricing.Quote, tariff: pricing.Tariff, names: dict[str, str], paid_before: Money | None, held_before: int
) -> tuple[Money, Money, tuple[Instalment, ...]]:
    """What is owed in all, what of it at once, and what later. Of an amendment the difference is due at once."""
    currency = tariff.currency
    held, price_due = price.held.amount, price.total.amount + price.debt.amount
    if paid_before is not None:
        more = max(0, price_due - paid_before.amount) + max(0, held - held_before)
        return Money(more, currency), Money(more, currency), ()
    due = Money(max(0, price_due + held), currency)
    of = {line.item: product_id_of(tariff, line.product, names) for line in price.lines}
    several = len(set(of.values())) > 1
    later = tuple(
        Instalment(row.day, row.amount, row.kind, of.get(row.item) if several else None) for row in price.due_later
    )
    held_later = sum(row.amount.amount for row in later if row.kind == "held")
    due_now = price.due_now if price.due_now is not None else price.total
    return due, Money(due_now.amount + held - held_later, currency), later


def _spent(price: pricing.Quote, known: set[str]) -> tuple[dict[str, int], dict[str, int], tuple[OwnSpend, ...]]:
    """The units that are used of each lot that is there, the money of each voucher, and what this order gives."""
    spends: dict[str, int] = {}
    vouchers: dict[str, int] = {}
    own: list[OwnSpend] = []
    for use in price.uses:
        if use.lot not in known:
            item = use.lot.removeprefix("item ").removesuffix(f", {use.account}")
            own.append(OwnSpend(item, use.account, use.units, use.item, use.money))
        elif use.money:
            vouchers[use.lot] = vouchers.get(use.lot, 0) + use.units
        else:
            spends[use.lot] = spends.get(use.lot, 0) + use.units
    return spends, vouchers, tuple(own)


def at_most(spends: Iterable[Spend], units: int) -> tuple[Spend, ...]:
    """The first of these units, at most so many."""
    found = list[Spend]()
    for spend in spends:
        part = min(spend.units, units)
        units -= part
        found += [Spend(spend.entitlement_id, part)] if part else []
    return tuple(found)


def _sum(*several: dict[str, int]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for found in several:
        for name, number in found.items():
            sums[name] = sums.get(name, 0) + number
    return sums


def _ask_for_later(tariff: pricing.Tariff, order: pricing.Order) -> None:
    """Refuse to sell what nobody could call off: what decides on that has to be known by now.

    Raises:
        IncompleteError: it is not.
    """
    asked = {name for item in order.items for name in tariff.asked_later(item.product) if name not in item.facts}
    if asked:
        stops = tuple(pricing.Refusal("incomplete", name, facets=(name,)) for name in sorted(asked))
        raise IncompleteError("; ".join(stop.text("en") for stop in stops), refusals=stops)


def _reason(refusal: pricing.Refusal, unknown: Container[str]) -> str:
    """What a refusal says; of a name that the price list does not know, that there is no such product."""
    if refusal.code == "unpublished" and refusal.what in unknown:
        return f"there is no product {shown(refusal.what)} in the price list"
    return refusal.text("en")


def _refuse(price: pricing.Quote, unknown: Container[str], lots: Sequence[SaleLot], paused: Sequence[str]) -> None:
    """Refuse what the price list has no price for, by the kind of its reasons; passes that are paused are named.

    What is the reason of several things is said once.

    Raises:
        NotForSaleError, IncompleteError, NoEntitlementError: as ``make_price`` says.
    """
    refused = dict.fromkeys(_reason(refusal, unknown) for refusal in price.refusals)
    reasons = [*refused, *(f"pass {id} is paused" for id in paused)]
    message, codes = "; ".join(reasons), {refusal.code for refusal in price.refusals}
    if codes <= _NOT_COVERED:
        considered = tuple((lot.entitlement_id, lot.account) for lot in lots)
        raise NoEntitlementError(message, considered=considered, refusals=price.refusals)
    if codes == {"incomplete"}:
        raise IncompleteError(message, refusals=price.refusals)
    raise NotForSaleError(message, refusals=price.refusals)


def _check_promise(promise: PricePromise | None, now: datetime) -> None:
    """Refuse a promise that nobody can have made, or that has run out."""
    if promise is None:
        return
    if promise.made_at > now or promise.valid_until > promise.made_at + PRICE_HOLDS:
        raise InputError("no price was promised like that: quotes come from Cantine.quote")
    if now >= promise.valid_until:
        raise QuoteExpiredError(f"the price was promised until {promise.valid_until.isoformat()}")


def in_order_of_use(state: State, spends: Iterable[Spend]) -> tuple[Spend, ...]:
    """Units of a purchase in the order in which its price took them; their entitlements must be loaded."""

    def rank(spend: Spend) -> tuple[bool, tuple[int, bool, datetime, datetime, str]]:
        one = state.need(Entitlement, spend.entitlement_id)
        lot = pricing.Lot(one.id, one.account, one.left, one.bought_at, one.expires, one.priority)
        return one.organisation, lot.rank

    return tuple(sorted(spends, key=rank))


def _why_changed(promise: PricePromise, version: str, meters: dict[str, int]) -> str:
    """Why a promised price is no longer the price, as the reason of a refusal."""
    if promise.tariff_version != version:
        return "another version of the price list is in force"
    if dict(promise.meters) != meters:
        return "something that counts under the same cap was bought since"
    return "what is bought, or what entitlements cover of it, is not what was quoted"
