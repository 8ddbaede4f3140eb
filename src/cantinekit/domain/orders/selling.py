"""Selling an order: what it asks of the price list, what each of its lines costs, and how it ends."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime

from cantinekit.clock import local
from cantinekit.common.evolve import evolve
from cantinekit.domain.base import Subject
from cantinekit.domain.bookings.records import Booking
from cantinekit.domain.catalogue.finding import sold_product
from cantinekit.domain.catalogue.records import Product, TariffText
from cantinekit.domain.draft import Draft
from cantinekit.domain.orders.booked import (
    booking_wishes,
    bookings_of,
    can_have,
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
from cantinekit.domain.orders.seated import (
    can_have_seats,
    confirm_seats,
    end_seats,
    groups_of,
    held_until,
    options_along,
    price_seats,
    seat_wishes,
    seats_held,
    take_seats,
    waiting_wishes,
    wanted_seat,
)
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
from cantinekit.domain.registrations.commands import Register
from cantinekit.domain.registrations.records import Registration
from cantinekit.domain.sales.meters import net_moves
from cantinekit.domain.sales.prices import Priced, make_price
from cantinekit.domain.sales.question import Question, Wanted, wanted, wanted_extras
from cantinekit.domain.sales.records import MeterMove
from cantinekit.domain.sales.shares import split_price
from cantinekit.domain.sales.values import Facts
from cantinekit.domain.state import State, Wish, refer
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.errors import UnsuitableError


def order_question(state: State, c: Sell, now: datetime) -> Question:
    """What an order asks of the price list: its lines in their order, the options of its seats, then its extras.

    What has no time is of today. The facts of a line win over those of the order.

    Raises:
        NotFoundError: there is no such product.
        WrongStateError: a product is retired.
        UnsuitableError: another operator sells one.
    """
    place = state.need(Place, c.place_id)
    today = local(now, place.zone).date()
    products = {id: _sold_here(state, id, place) for id in product_ids(c)}
    things, options = list[Wanted](), list[Wanted]()
    for number, line in enumerate(c.lines, 1):
        facts = tuple(sorted({**dict(c.facts), **dict(line.facts)}.items())) if line.facts else c.facts
        if isinstance(line, SellLine):
            things.append(_wanted(state, products, number, line, c, facts, today))
        else:
            seat, *along = wanted_seat(state, line, c, facts, now)
            things.append(_labelled(seat, number))
            options += along
    things += [_labelled(one, number) for number, one in enumerate(options, len(things) + 1)]
    things += wanted_extras(c.extras, things[0], len(things) + 1)
    return Question(tuple(things), place.id, c.person_id, c.codes, groups=groups_of(state, c), payer_id=c.payer_id)


def _labelled(thing: Wanted, number: int) -> Wanted:
    """Something that is wanted, by its number in the order."""
    return evolve(thing, item=evolve(thing.item, label=str(number)))


def product_ids(c: Sell) -> list[str]:
    """The products that the lines of an order name, each once."""
    named = (line.product_id for line in c.lines if isinstance(line, SellLine))
    return list(dict.fromkeys(id for id in named if id is not None))


def _sold_here(state: State, product_id: str, place: Place) -> Product:
    """A product that the operator of a place sells.

    Raises:
        NotFoundError, WrongStateError, UnsuitableError: as ``order_question`` says.
    """
    product = sold_product(state, product_id, place)
    if product.entity_id != place.entity_id:
        raise UnsuitableError(f"{product.name} is not sold by the operator of {place.name}")
    return product


def _wanted(
    state: State, products: Mapping[str, Product], number: int, line: SellLine, c: Sell, facts: Facts, today: date
) -> Wanted:
    """What a line asks of the price list, with these facts."""
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


def sell_order(draft: Draft, c: Sell, question: Question, began: datetime) -> Subject:
    """Price an order and take what it costs: it is sold, or waits for its payment.

    Args:
        draft: what is decided so far.
        c: the command.
        question: what it asks of the price list.
        began: the instant as of which it asks.

    Raises:
        WrongStateError, TooLateError: as ``check_hold`` says.
        SoldOutError: as ``take_seats`` says.
    """
    for one in holds_of(draft.state, c):
        check_hold(draft, one)
    subject = Subject(Order.kind, c.id or draft.ids("ord"))
    place = draft.state.need(Place, c.place_id)
    expires = held_until(draft.state, c, draft.now + PAYMENT_HOLD)
    seats = take_seats(draft, c, expires)
    priced = make_price(draft.state, question, subject=subject, now=draft.now, ids=draft.ids, promise=c.quote)
    places = {thing.item.label: thing.product.places for thing in question.things}
    sold = sell_priced(draft, priced, subject, place, c.person_id, c, places=places)
    lines = _lines(draft.state, c, question, priced, sold, {number: one.id for number, one in seats.items()})
    order = Order(
        subject.id,
        place.id,
        place.entity_id,
        draft.now,
        tuple(map(without_share, lines)),
        c.person_id,
        expires=expires,
        charge_ids=(sold.charge_id,) if sold.charge_id else (),
        sale_id=priced.sale.id,
    )
    draft.add(OrderMade(order))
    named = {thing.item.label: line for line, thing in zip(lines, question.things, strict=True)}
    for item, line in named.items():
        if line.booking_id is not None:
            price_hold(draft, line, item, order, priced.scopes(item))
    for held in seats.values():
        mine = {item: line for item, line in named.items() if line.registration_id == held.id}
        price_seats(draft, held, mine, order, priced, began)
    if sold.stands:
        draft.add(OrderSold(order.id))
        confirm_apart(draft, order)
        draft.tell("order sold", c.person_id, subject)
    else:
        draft.later("expire", subject, expires)
    return subject


def _lines(
    state: State, c: Sell, question: Question, priced: Priced, sold: Sold, seats: Mapping[int, str]
) -> tuple[OrderLine, ...]:
    """The lines of an order, each with its share of what the order costs, takes and counts.

    Args:
        state: has the version of the price list.
        c: the command.
        question: what it asks of the price list.
        priced: the price.
        sold: what the sale came to.
        seats: the ids of the registrations that are sold, by the place of their line from 0.
    """
    shares = split_price(priced, state.need(TariffText, priced.sale.tariff_version).text)
    passes, found = dict(sold.passes), list[OrderLine]()
    asked = [(line, seats.get(place)) for place, line in enumerate(c.lines)]
    for line, id in tuple(asked):
        asked += [(line, id)] * options_along(state, line) if isinstance(line, Register) else []
    asked += [(c.lines[0], None) for _ in c.extras]
    for (line, registration_id), thing, share in zip(asked, question.things, shares, strict=True):
        product, item = thing.product, thing.item
        own = tuple(spend for used_by, spend in sold.own if used_by.partition("+")[0] == item.label)
        measures = tuple(fact for label, fact in priced.quote.price.pending if label.partition("+")[0] == item.label)
        mine = line if isinstance(line, SellLine) else None
        found.append(
            OrderLine(
                product.id,
                product.name,
                item.count,
                item.period,
                mine.day if mine is not None else None,
                measures=measures,
                part=share.part if sold.charge_id else None,
                spends=(*share.spends, *own),
                meters=share.moves,
                pass_id=passes.get(item.label),
                booking_id=mine.booking_id if mine is not None and len(found) < len(c.lines) else None,
                registration_id=registration_id,
            )
        )
    return tuple(found)


def confirm_apart(draft: Draft, order: Order) -> None:
    """Confirm the bookings and the seats of an order that is paid."""
    confirm_bookings(draft, order)
    confirm_seats(draft, order)


def can_have_apart(draft: Draft, order: Order) -> bool:
    """Whether all bookings and seats of an order can still be had."""
    return can_have(draft, order) and can_have_seats(draft, order)


# --- how it ends -----------------------------------------------------------------------------------------------------


def read_order(
    uow: Uow, order_id: str, also: Iterable[Wish] = (), then: Callable[[], list[Wish]] = list
) -> Steps[None]:
    """Load what it takes to have an order sold, or to end it, with its bookings and seats while it waits.

    Args:
        uow: the unit of work.
        order_id: the order.
        also: what is loaded together with the charges.
        then: what is loaded together with the attempts, once ``also`` is there.
    """
    order = yield from uow.need(Order, order_id)
    wishes, waits = [*also], order.state == "pending"
    if waits and (order.booking_ids or order.registration_ids):
        parts: list[Wish] = [(Booking, id) for id in order.booking_ids]
        parts += [(Registration, id) for id in order.registration_ids]
        yield from uow.fetch([(Place, order.place_id), *parts])
        wishes += [*booking_wishes(bookings_of(uow.state, order)), *seat_wishes(uow.state, order)]
    spends, moves = _taken(uow.state, order)
    yield from uow.fetch([*undo_wishes(uow.state, order.charge_ids, spends, order.person_id, moves), *wishes])
    waiting = waiting_wishes(uow.state, order, uow.now) if waits else []
    yield from read_charge_parts(uow, order.charge_ids, [*then(), *waiting])


def _taken(state: State, order: Order) -> tuple[tuple[Spend, ...], tuple[MeterMove, ...]]:
    """The units that an order took, and how far it moved meters, with its bookings and seats while it waits."""
    parts: list[OrderLine | Booking | Registration] = [*order.lines]
    if order.state == "pending":
        parts += [*bookings_of(state, order), *seats_held(state, order)]
    return tuple(spend for one in parts for spend in one.spends), net_moves(*(one.meters for one in parts))


def end_order(draft: Draft, order: Order, ended: OrderEnd, reason: str) -> None:
    """End an order that was never had: what it took, counted and cost goes back."""
    shares = tuple(share_of(draft.state.need(Charge, id)) for id in order.charge_ids)
    told, (spends, moves) = undo_together(draft, order.sale_id, shares, reason), _taken(draft.state, order)
    end_bookings(draft, order, ended)
    draft.add(OrderEnded(order.id, ended))
    end_seats(draft, order, ended)
    return_units(draft, spends if told is None else told.split_units(spends)[1], refer(order))
    return_meters(draft, moves)
    if told is not None:
        undo_shares(draft, shares, told, reason)
    else:
        for charge_id in order.charge_ids:
            undo_charge(draft, charge_id, reason)
    draft.tell(f"order {ended}", order.person_id, refer(order))
