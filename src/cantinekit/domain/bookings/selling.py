"""Selling a booking: what it asks of the price list, its price, its charge, and the confirmation that follows."""

from __future__ import annotations

from datetime import datetime

from cantinekit.clock import Period
from cantinekit.domain.bookings.events import BookingConfirmed, BookingPriced
from cantinekit.domain.bookings.records import Booking
from cantinekit.domain.catalogue.finding import found_product, kept_product, read_product
from cantinekit.domain.catalogue.records import Product
from cantinekit.domain.draft import Draft
from cantinekit.domain.occupancy.claims import read_pages
from cantinekit.domain.occupancy.pages import re_expire
from cantinekit.domain.passes.giving import sell_priced
from cantinekit.domain.passes.records import Wallet
from cantinekit.domain.people.presence import present
from cantinekit.domain.people.records import Person
from cantinekit.domain.places.records import LegalEntity, Place
from cantinekit.domain.sales.prices import Priced, make_price
from cantinekit.domain.sales.question import Question, read_prices, sale_keys, wanted, wanted_extras
from cantinekit.domain.sales.selling import SellingCommand
from cantinekit.domain.sales.values import Extras, Facts, PricePromise
from cantinekit.domain.spaces.records import Space
from cantinekit.domain.state import State, refer
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.errors import UnsuitableError


def booking_question(
    product: Product,
    place_id: str,
    person_id: str | None,
    period: Period,
    units: int,
    facts: Facts,
    codes: tuple[str, ...],
    extras: Extras,
    payer_id: str | None = None,
) -> Question:
    """What a booking asks of the price list."""
    main = wanted(product, period=period, count=units, facts=facts)
    return Question((main, *wanted_extras(extras, main)), place_id, person_id, codes, payer_id=payer_id)


def asked_again(booking: Booking, product: Product, c: SellingCommand[Booking]) -> Question:
    """What a booking that is there asks, with what it keeps of the question and what the command adds to it."""
    facts = tuple(sorted({**dict(booking.facts), **dict(c.facts)}.items()))
    codes = tuple(dict.fromkeys([*booking.codes, *c.codes]))
    extras = tuple({**dict(booking.extras), **dict(c.extras)}.items())
    units, period = booking.units, booking.period
    about = (booking.place_id, booking.person_id, period, units, facts, codes, extras)
    return booking_question(product, *about, c.payer_id)


def asked_product(space: Space, product_id: str | None) -> str:
    """How the product is named by which a space is booked: as a command says, or else as the space has it.

    Raises:
        UnsuitableError: neither names one.
    """
    named = product_id or space.product_id
    if named is None:
        raise UnsuitableError(f"{space.name} has no product of its own: name the one by which it is booked")
    return named


def booked_product(state: State, booking: Booking) -> Product:
    """The product by which a booking is sold; once it was, also one that its price list has no more."""
    find = found_product if booking.sale_id is None else kept_product
    return find(state, booking.product_id, state.need(Place, booking.place_id), "booking")


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


def read_sale(uow: Uow, booking_id: str, c: SellingCommand[Booking]) -> Steps[Question]:
    """Load what it takes to sell a booking that is there, and say what it asks of the price list."""
    booking = yield from uow.need(Booking, booking_id)
    wishes = [(Space, booking.space_id), (Person, booking.person_id), (Wallet, booking.person_id)]
    yield from read_product(uow, booking.product_id, booking.place_id, *wishes, (Person, c.payer_id))
    product, place = booked_product(uow.state, booking), uow.state.need(Place, booking.place_id)
    leaves = [one.space_id for one in booking.placed]
    also = [(LegalEntity, place.entity_id), *sale_keys(uow.state, [product], booking.person_id, c)]
    yield from read_pages(uow, leaves, booking.period, also, booking.placed)
    question = asked_again(booking, product, c)
    yield from read_prices(uow, question, uow.now)
    return question


def price_booking(draft: Draft, booking: Booking, question: Question, promise: PricePromise | None) -> Priced:
    """Price a booking, as the answer to the command shows it."""
    priced = make_price(draft.state, question, subject=refer(booking), now=draft.now, ids=draft.ids, promise=promise)
    draft.price = priced.quote
    return priced


def sell(draft: Draft, booking: Booking, question: Question, c: SellingCommand[Booking], expires: datetime) -> None:
    """Price a held booking and take what it costs: it is confirmed, or held until ``expires`` for its payment."""
    place, priced = draft.state.need(Place, booking.place_id), price_booking(draft, booking, question, c.quote)
    sold = sell_priced(draft, priced, refer(booking), place, booking.person_id, c)
    taken = (sold.charge_id, sold.spends, expires, draft.now, priced.moves, priced.sale.id)
    draft.add(BookingPriced(booking.id, *taken, scopes=priced.scopes()))
    if sold.stands:
        confirm(draft, booking.id)
    else:
        draft.later("expire", refer(booking), expires)


def confirm(draft: Draft, booking_id: str) -> None:
    """Confirm a booking for which nothing is due any more."""
    booking = draft.state.need(Booking, booking_id)
    draft.add(BookingConfirmed(booking_id, re_expire(booking.placed, None), draft.now))
    draft.tell("booking confirmed", booking.person_id, refer(booking))
    if booking.release_at is not None:
        draft.later("expire", refer(booking), booking.release_at)
