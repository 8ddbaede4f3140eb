"""Selling an order: what it asks of the price list, what each of its lines costs, and how it ends."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime

from cantinekit.clock import local
from cantinekit.domain.base import Subject
from cantinekit.domain.bookings.records import Booking
from cantinekit.domain.catalogue.finding import sold_product
from cantinekit.domain.catalogue.records import Product, TariffText
from cantinekit.domain.draft import Draft
from cantinekit.domain.orders.booked import (
    booking_wishes,
    bookings_of,
    check_hold,
    confirm_bookings,
    end_bookings,
    holds_of,
    price_hold,
    wanted_hold,
    without_share,
)
from cantinekit.domain.orders.commands import Sell, SellLine
from cantinekit.domain.orders.events import OrderEnded, OrderMade, OrderSold
from cantinekit.domain.orders.records import Order, OrderEnd, OrderLine
from cantinekit.domain.passes.giving import Sold, sell_priced
from cantinekit.domain.passes.records import Spend
from cantinekit.domain.payments.charging import (
    PAYMENT_HOLD,
    read_charge_parts,
    return_meters,
    return_units,
    undo_charge,
    undo_wishes,
)
from cantinekit.domain.payments.differences import share_of
from cantinekit.domain.payments.records import Charge
from cantinekit.domain.payments.together import undo_shares, undo_together
from cantinekit.domain.places.records import Place
from cantinekit.domain.sales.meters import net_moves
from cantinekit.domain.sales.prices import Priced, make_price
from cantinekit.domain.sales.question import Question, Wanted, wanted, wanted_extras
from cantinekit.domain.sales.records import MeterMove
from cantinekit.domain.sales.shares import split_price
from cantinekit.domain.state import State, Wish, refer
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.errors import UnsuitableError


def order_question(state: State, c: Sell, now: datetime) -> Question:
    """What an order asks of the price list: its lines in their order, then its extras. What has no time is of today.

    Raises:
        NotFoundError: there is no such product.
        WrongStateError: a product is retired.
        UnsuitableError: another operator sells one.
    """
    place = state.need(Place, c.place_id)
    today = local(now, place.zone).date()
    products = {id: _sold_here(state, id, place) for id in product_ids(c)}
    things = [_wanted(state, products, number, line, c, today) for number, line in enumerate(c.lines, 1)]
    things += wanted_extras(c.extras, things[0], len(things) + 1)
    return Question(tuple(things), place.id, c.person_id, c.codes)


def product_ids(c: Sell) -> list[str]:
    """The products that the lines of an order name, each once."""
    return list(dict.fromkeys(line.product_id for line in c.lines if line.product_id is not None))


def _sold_here(state: State, product_id: str, place: Place) -> Product:
    """A product that the operator of a place sells.

    Raises:
        NotFoundError, WrongStateError, UnsuitableError: as ``order_question`` says.
    """
    product = sold_product(state, product_id, place)
    if product.entity_id != place.entity_id:
        raise UnsuitableError(f"{product.name} is not sold by the operator of {place.name}")
    return product


def _wanted(state: State, products: Mapping[str, Product], number: int, line: SellLine, c: Sell, today: date) -> Wanted:
    """What a line asks of the price list; its facts win over those of the order."""
    facts = tuple(sorted({**dict(c.facts), **dict(line.facts)}.items())) if line.facts else c.facts
    if line.product_id is None:
        return wanted_hold(state, line, c, facts, str(number))
    return wanted(
        products[line.product_id],
        period=line.period,
        day=line.day or (today if line.period is None else None),
        until=line.until,
        count=line.count,
        facts=facts,
        label=str(number),
        also=line.also,
    )


def sell_order(draft: Draft, c: Sell, question: Question) -> Subject:
    """Price an order and take what it costs: it is sold, or waits for its payment.

    Raises:
        WrongStateError, TooLateError: as ``check_hold`` says.
    """
    for one in holds_of(draft.state, c):
        check_hold(draft, one)
    subject = Subject(Order.kind, c.id or draft.ids("ord"))
    place = draft.state.need(Place, c.place_id)
    priced = make_price(draft.state, question, subject=subject, now=draft.now, ids=draft.ids, promise=c.quote)
    places = {thing.item.label: thing.product.places for thing in question.things}
    sold = sell_priced(draft, priced, subject, place, c.person_id, c, places=places)
    expires, lines = draft.now + PAYMENT_HOLD, _lines(draft.state, c, question, priced, sold)
    order = Order(
        subject.id,
        place.id,
        place.entity_id,
        draft.now,
        tuple(line if line.booking_id is None else without_share(line) for line in lines),
        c.person_id,
        expires=expires,
        charge_ids=(sold.charge_id,) if sold.charge_id else (),
        sale_id=priced.sale.id,
    )
    draft.add(OrderMade(order))
    for line, thing in zip(lines, question.things, strict=True):
        if line.booking_id is not None:
            price_hold(draft, line, thing.item.label, order, priced.scopes(thing.item.label))
    if sold.stands:
        draft.add(OrderSold(order.id))
        confirm_bookings(draft, order)
        draft.tell("order sold", c.person_id, subject)
    else:
        draft.later("expire", subject, expires)
    return subject


def _lines(state: State, c: Sell, question: Question, priced: Priced, sold: Sold) -> tuple[OrderLine, ...]:
    """The lines of an order, each with its share of what the order costs, takes and counts."""
    shares = split_price(priced, state.need(TariffText, priced.sale.tariff_version).text)
    passes, found = dict(sold.passes), list[OrderLine]()
    asked = [*c.lines, *(c.lines[0] for _ in c.extras)]
    for line, thing, share in zip(asked, question.things, shares, strict=True):
        product, item = thing.product, thing.item
        own = tuple(spend for used_by, spend in sold.own if used_by.partition("+")[0] == item.label)
        measures = tuple(fact for label, fact in priced.quote.price.pending if label.partition("+")[0] == item.label)
        found.append(
            OrderLine(
                product.id,
                product.name,
                item.count,
                item.period,
                line.day,
                measures=measures,
                part=share.part if sold.charge_id else None,
                spends=(*share.spends, *own),
                meters=share.moves,
                pass_id=passes.get(item.label),
                booking_id=line.booking_id if len(found) < len(c.lines) else None,
            )
        )
    return tuple(found)


# --- how it ends -----------------------------------------------------------------------------------------------------


def read_order(
    uow: Uow, order_id: str, also: Iterable[Wish] = (), then: Callable[[], list[Wish]] = list
) -> Steps[None]:
    """Load what it takes to have an order sold, or to end it, with its bookings while it waits for its payment.

    Args:
        uow: the unit of work.
        order_id: the order.
        also: what is loaded together with the charges.
        then: what is loaded together with the attempts, once ``also`` is there.
    """
    order = yield from uow.need(Order, order_id)
    wishes = [*also]
    if order.state == "pending" and order.booking_ids:
        yield from uow.fetch([(Place, order.place_id), *((Booking, id) for id in order.booking_ids)])
        wishes += booking_wishes(bookings_of(uow.state, order))
    spends, moves = _taken(uow.state, order)
    yield from uow.fetch([*undo_wishes(uow.state, order.charge_ids, spends, order.person_id, moves), *wishes])
    yield from read_charge_parts(uow, order.charge_ids, then())


def _taken(state: State, order: Order) -> tuple[tuple[Spend, ...], tuple[MeterMove, ...]]:
    """The units that an order took, and how far it moved meters, with its bookings while it waits for its payment."""
    parts: list[OrderLine | Booking] = [*order.lines]
    if order.state == "pending":
        parts += bookings_of(state, order)
    return tuple(spend for one in parts for spend in one.spends), net_moves(*(one.meters for one in parts))


def end_order(draft: Draft, order: Order, ended: OrderEnd, reason: str) -> None:
    """End an order that was never had: what it took, counted and cost goes back."""
    shares = tuple(share_of(draft.state.need(Charge, id)) for id in order.charge_ids)
    told, (spends, moves) = undo_together(draft, order.sale_id, shares, reason), _taken(draft.state, order)
    end_bookings(draft, order, ended)
    draft.add(OrderEnded(order.id, ended))
    return_units(draft, spends if told is None else told.split_units(spends)[1], refer(order))
    return_meters(draft, moves)
    if told is not None:
        undo_shares(draft, shares, told, reason)
    else:
        for charge_id in order.charge_ids:
            undo_charge(draft, charge_id, reason)
    draft.tell(f"order {ended}", order.person_id, refer(order))
