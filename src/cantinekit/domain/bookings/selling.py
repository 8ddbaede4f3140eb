"""Selling a booking: what it asks of the price list, its price, its charge, and the confirmation that follows."""

from __future__ import annotations

from datetime import datetime

from cantinekit.clock import Period
from cantinekit.domain.bookings.commands import ApproveBooking, Book, ConfirmBooking
from cantinekit.domain.bookings.events import BookingConfirmed, BookingPriced
from cantinekit.domain.bookings.records import Booking
from cantinekit.domain.catalogue.records import Product
from cantinekit.domain.draft import Draft
from cantinekit.domain.occupancy.claims import read_pages
from cantinekit.domain.occupancy.pages import re_expire
from cantinekit.domain.passes.records import Wallet
from cantinekit.domain.payments.charging import raise_charge, take
from cantinekit.domain.people.presence import present
from cantinekit.domain.people.records import Person
from cantinekit.domain.places.records import LegalEntity, Place
from cantinekit.domain.sales.prices import Priced, Wanted, make_price, read_prices, sale_keys, wanted
from cantinekit.domain.sales.values import Facts, PricePromise
from cantinekit.domain.spaces.records import Space
from cantinekit.domain.state import State, refer
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.errors import UnsuitableError


def priced_booking(product: Product, period: Period, units: int, facts: Facts) -> Wanted:
    """What a booking asks of the price list."""
    return wanted(product, period=period, count=units, facts=facts)


def check_sale(state: State, product: Product, place: Place, person_id: str | None) -> None:
    """Refuse a booking that is not sold at a place, or whose person is not there any more.

    Raises:
        WrongStateError: the person was forgotten.
        UnsuitableError: the product is not for bookings, or another operator sells it.
    """
    if person_id is not None:
        present(state, person_id)
    if product.sells != "booking":
        raise UnsuitableError(f"{product.name} sells no bookings")
    if product.entity_id != place.entity_id:
        raise UnsuitableError(f"{product.name} is not sold by the operator of {place.name}")


def read_sale(uow: Uow, booking_id: str, facts: Facts | None) -> Steps[None]:
    """Load what it takes to sell a booking that is there.

    Args:
        uow: the unit of work.
        booking_id: the booking.
        facts: what the price list asks to know; ``None``: what the booking keeps of it.
    """
    booking = yield from uow.need(Booking, booking_id)
    wishes = [(Space, booking.space_id), (Product, booking.product_id), (Place, booking.place_id)]
    yield from uow.fetch([*wishes, (Person, booking.person_id), (Wallet, booking.person_id)])
    product, place = uow.state.need(Product, booking.product_id), uow.state.need(Place, booking.place_id)
    leaves = [one.space_id for one in booking.placed]
    also = [(LegalEntity, place.entity_id), *sale_keys(uow.state, [product], booking.person_id)]
    yield from read_pages(uow, leaves, booking.period, also, booking.placed)
    asked = priced_booking(product, booking.period, booking.units, booking.facts if facts is None else facts)
    yield from read_prices(uow, [asked], booking.person_id, uow.now)


def price_booking(draft: Draft, booking: Booking, facts: Facts, promise: PricePromise | None) -> Priced:
    """Price a booking, as the answer to the command shows it."""
    product, place = draft.state.need(Product, booking.product_id), draft.state.need(Place, booking.place_id)
    priced = make_price(
        draft.state,
        [priced_booking(product, booking.period, booking.units, facts)],
        subject=refer(booking),
        place=place,
        customer_id=booking.person_id,
        now=draft.now,
        ids=draft.ids,
        promise=promise,
    )
    draft.price = priced.quote
    return priced


def sell(
    draft: Draft, booking: Booking, c: Book | ConfirmBooking | ApproveBooking, facts: Facts, expires: datetime
) -> None:
    """Price a held booking and take what it costs: it is confirmed, or held until ``expires`` for its payment."""
    place, priced = draft.state.need(Place, booking.place_id), price_booking(draft, booking, facts, c.quote)
    draft.add(*priced.events())
    charge = raise_charge(draft, priced, refer(booking), place, booking.person_id) if priced.due else None
    draft.add(BookingPriced(booking.id, charge.id if charge else None, priced.spends, expires, draft.now, priced.moves))
    if charge is None or (c.account and take(draft, charge.id, c.account, c.return_url)):
        confirm(draft, booking.id)
    else:
        draft.later("expire", refer(booking), expires)


def confirm(draft: Draft, booking_id: str) -> None:
    """Confirm a booking for which nothing is due any more."""
    booking = draft.state.need(Booking, booking_id)
    draft.add(BookingConfirmed(booking_id, re_expire(booking.placed, None), draft.now))
    draft.tell("booking confirmed", booking.person_id, refer(booking))
