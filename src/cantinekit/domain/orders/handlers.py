"""Selling several things together, cancelling them, and measuring them afterwards."""

from __future__ import annotations

from cantinekit.domain.bookings.records import Booking
from cantinekit.domain.catalogue.finding import read_products
from cantinekit.domain.decision import Decision
from cantinekit.domain.handling import handles
from cantinekit.domain.orders.booked import booking_wishes, hold_ids, holds_of
from cantinekit.domain.orders.cancelling import cancel_lines, lines_of, read_sold
from cantinekit.domain.orders.commands import CancelOrder, MeasureOrder, Sell
from cantinekit.domain.orders.measuring import measure_line
from cantinekit.domain.orders.records import Order
from cantinekit.domain.orders.seated import (
    admission_wishes,
    bursary_products,
    seats_asked,
    session_wishes,
    training_wishes,
)
from cantinekit.domain.orders.selling import end_order, order_question, product_ids, sell_order
from cantinekit.domain.passes.records import Wallet
from cantinekit.domain.people.presence import present
from cantinekit.domain.people.records import Person
from cantinekit.domain.places.records import LegalEntity, Place
from cantinekit.domain.registrations.admission import read_admissions
from cantinekit.domain.sales.question import read_prices, sale_keys
from cantinekit.domain.state import Wish, refuse_twice
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.errors import InputError, WrongStateError
from cantinekit.money import Money


@handles(Sell)
def sell(c: Sell, uow: Uow) -> Steps[Decision[Order]]:
    """Sell several things together."""
    began = uow.now  # the price list and its meters are chosen by this instant
    person: list[Wish] = [(Person, c.person_id), (Wallet, c.person_id), (Person, c.payer_id)]
    yield from uow.fetch([*((Booking, id) for id in hold_ids(c)), *session_wishes(c)])
    holds, seats = holds_of(uow.state, c), seats_asked(uow.state, c, began)
    ids = dict.fromkeys([*product_ids(c), *(one.product_id for one in holds)])
    ids |= dict.fromkeys(id for session, one in seats for id in (session.product_id, *one.option_ids) if id is not None)
    asked = admission_wishes(uow.state, c, seats)
    yield from read_products(uow, ids, c.place_id, (Order, c.id), (Place, c.place_id), *person, *asked)
    yield from read_admissions(uow, seats)
    yield from read_products(uow, bursary_products(uow.state, seats), c.place_id)
    place = uow.state.need(Place, c.place_id)
    question = order_question(uow.state, c, began)
    products = [thing.product for thing in question.things]
    keys = sale_keys(uow.state, products, c.person_id, c)
    yield from uow.fetch([(LegalEntity, place.entity_id), *booking_wishes(holds), *keys])
    yield from read_prices(uow, question, began, training_wishes(uow.state, seats))

    refuse_twice(uow.state, Order, c.id)
    if c.person_id is not None:
        present(uow.state, c.person_id)
    return uow.done_with(sell_order(uow, c, question, began))


@handles(CancelOrder)
def cancel_order(c: CancelOrder, uow: Uow) -> Steps[Decision[Order]]:
    """Cancel an order, or one line of it."""
    order = yield from read_sold(uow, c.order_id)

    if order.state == "pending" and c.line is None and c.refund is None:
        end_order(uow, order, "cancelled", c.reason)
        return uow.done(order, order.charge_ids)
    _check_sold(order)
    numbers = lines_of(order, c.line)
    if isinstance(c.refund, Money) and len(numbers) > 1:
        raise InputError("an amount is given back for one line: name the line")
    cancel_lines(uow, order, numbers, c)
    return uow.done(order, order.charge_ids)


@handles(MeasureOrder)
def measure_order(c: MeasureOrder, uow: Uow) -> Steps[Decision[Order]]:
    """Say what was measured of a line, and charge the difference."""
    order = yield from read_sold(uow, c.order_id, c)

    _check_sold(order)
    measure_line(uow, order, c)
    return uow.done(order)


def _check_sold(order: Order) -> None:
    """Refuse an order that waits for its payment, or is over.

    Raises:
        WrongStateError: it is not sold.
    """
    if order.state != "sold":
        raise WrongStateError(f"order {order.id}", state=order.state, wanted=["sold"])
