"""Booking a space: holding, booking, confirming, cancelling; and what becomes of a hold that is paid or runs out."""

from __future__ import annotations

from datetime import datetime, timedelta

from cantinekit.clock import Period
from cantinekit.domain.adapter import adapt
from cantinekit.domain.attendance.trainings import learnt_for, space_wishes
from cantinekit.domain.base import Subject
from cantinekit.domain.booking_series.records import BookingSeries
from cantinekit.domain.bookings.commands import ApproveBooking, Book, CancelBooking, ConfirmBooking, HoldSpace
from cantinekit.domain.bookings.events import BookingConfirmed, BookingEnded, BookingMade, BookingPriced
from cantinekit.domain.bookings.records import Booking
from cantinekit.domain.catalogue.records import Product
from cantinekit.domain.decision import Decision, Ids
from cantinekit.domain.draft import Draft
from cantinekit.domain.life_cycles.table import LIFE_CYCLES, LifeCycle
from cantinekit.domain.occupancy.claims import can_claim, fetch_pages, likely_pages, still_claimed
from cantinekit.domain.occupancy.pages import re_expire
from cantinekit.domain.passes.records import Wallet
from cantinekit.domain.payments.charging import (
    PAYMENT_HOLD,
    fetch_parts,
    raise_charge,
    return_meters,
    return_units,
    take,
    undo_part,
    undo_wishes,
)
from cantinekit.domain.people.presence import present
from cantinekit.domain.people.records import Person
from cantinekit.domain.places.records import LegalEntity, Place
from cantinekit.domain.rules.in_a_row import neighbour_wishes, note_row, own_claims, row_wishes, was_seen
from cantinekit.domain.rules.terms import asked_spaces, broken_rules, check_rules, claim_all, note_overrides
from cantinekit.domain.sales.prices import Priced, Wanted, fetch_tariff, make_price, sale_keys, wanted
from cantinekit.domain.sales.values import Facts, PricePromise
from cantinekit.domain.spaces.records import Space
from cantinekit.domain.state import Reads, State, Wish, fetch, refer
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.errors import TooLateError, UnsuitableError, WrongStateError


def priced_booking(product: Product, period: Period, units: int, facts: Facts) -> Wanted:
    """What a booking asks of the price list."""
    return wanted(product, period=period, count=units, facts=facts)


def _read_hold(c: HoldSpace, now: datetime) -> Reads:
    state = yield from _read_spaces(c)
    return (yield from fetch(state, neighbour_wishes(state, state.need(Space, c.space_id), c.person_id)))


def _read_spaces(c: HoldSpace | Book) -> Reads:
    keys: list[Wish] = [(Space, c.space_id), (Product, c.product_id), (Person, c.person_id), (Wallet, c.person_id)]
    extras = [space_id for space_id, _ in c.with_units]
    likely = [wish for space_id in (c.space_id, *extras) for wish in likely_pages(space_id, c.period)]
    state = yield from fetch(State(), [*keys, *((Space, space_id) for space_id in extras)], likely)
    space, product = state.need(Space, c.space_id), state.need(Product, c.product_id)
    wishes = [(Place, space.place_id), (LegalEntity, space.entity_id), *sale_keys(state, [product], c.person_id)]
    leaves = dict.fromkeys([*space.leaves, *(leaf for id in extras for leaf in state.need(Space, id).leaves)])
    wishes += space_wishes([space, *(state.need(Space, id) for id in extras)], c.person_id)
    return (yield from fetch_pages(state, leaves, c.period, [*wishes, *row_wishes(space, c.person_id)]))


def _read_book(c: Book, now: datetime) -> Reads:
    state = yield from _read_spaces(c)
    asked = priced_booking(state.need(Product, c.product_id), c.period, c.units, c.facts)
    also = neighbour_wishes(state, state.need(Space, c.space_id), c.person_id)
    return (yield from fetch_tariff(state, [asked], c.person_id, now, also))


def _make(draft: Draft, c: HoldSpace | Book, expires: datetime, begins: str = "held") -> Booking:
    """The booking that is asked for, held or requested, after all that may refuse it."""
    state, now = draft.state, draft.now
    space, product = state.need(Space, c.space_id), state.need(Product, c.product_id)
    place = state.need(Place, space.place_id)
    check_sale(state, product, place, c.person_id)
    if c.period.end <= now:
        raise TooLateError(f"the period ended at {c.period.end.isoformat()}")
    id, asked = draft.ids("bkg"), asked_spaces(state, space, c.units, c.with_units)
    asks, mine = begins == "requested", own_claims(state, space, c.person_id, now)
    broken = []
    for one, _ in asked:
        learnt, ours = learnt_for(state, one, c.person_id, c.period, now), mine if one is space else ()
        broken += broken_rules(place, one, c.period, c.groups, now, asks=asks, mine=ours, trainings=learnt)
    rules = check_rules(broken, c.override)
    booking = Booking(
        id,
        place.id,
        space.id,
        product.id,
        c.period,
        c.units,
        begins,
        c.person_id,
        expires,
        placed=claim_all(state, now, place, asked, c.period, id, expires, c.groups),
        with_units=c.with_units,
        facts=c.facts if isinstance(c, Book) and asks else (),
    )
    draft.add(BookingMade(booking, now))
    note_row(draft, space, c.person_id, id)
    note_overrides(draft, rules, c.override, refer(booking))
    return booking


def check_sale(state: State, product: Product, place: Place, person_id: str | None) -> None:
    """Refuse a booking that is not sold here, or whose person is not here any more."""
    if person_id is not None:
        present(state, person_id)
    if product.sells != "booking":
        raise UnsuitableError(f"{product.name} sells no bookings")
    if product.entity_id != place.entity_id:
        raise UnsuitableError(f"{product.name} is not sold by the operator of {place.name}")


def _hold(state: State, c: HoldSpace, now: datetime, ids: Ids) -> Decision:
    draft, expires = Draft(state, now, ids), now + timedelta(minutes=c.minutes)
    booking = _make(draft, c, expires)
    draft.later("expire", refer(booking), expires)
    return draft.decision(refer(booking))


def _book(state: State, c: Book, now: datetime, ids: Ids) -> Decision:
    draft, expires = Draft(state, now, ids), now + PAYMENT_HOLD
    spaces = [state.need(Space, id) for id in (c.space_id, *(id for id, _ in c.with_units))]
    answers = [one.terms.answer_within for one in spaces if one.terms.approval]
    if answers:
        return _request(draft, c, min(now + min(answers), c.period.end))
    booking = _make(draft, c, expires)
    sell(draft, booking, c, c.facts, expires)
    return draft.decision(refer(booking))


def _request(draft: Draft, c: Book, expires: datetime) -> Decision:
    """It is asked for, and kept until somebody answers; it must be for sale, and nothing of it is sold yet."""
    booking = _make(draft, c, expires, "requested")
    _price(draft, booking, c.facts, c.quote)
    draft.tell("booking requested", booking.person_id, refer(booking))
    draft.later("expire", refer(booking), expires)
    return draft.decision(refer(booking))


def _price(draft: Draft, booking: Booking, facts: Facts, promise: PricePromise | None) -> Priced:
    state = draft.state
    product, place = state.need(Product, booking.product_id), state.need(Place, booking.place_id)
    priced = make_price(
        state,
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
    draft: Draft,
    booking: Booking,
    c: Book | ConfirmBooking | ApproveBooking,
    facts: Facts,
    expires: datetime,
) -> None:
    """Price a held booking and take what it costs; it is confirmed when nothing is due any more."""
    place, priced = draft.state.need(Place, booking.place_id), _price(draft, booking, facts, c.quote)
    draft.add(*priced.events())
    charge = raise_charge(draft, priced, refer(booking), place, booking.person_id) if priced.due else None
    draft.add(BookingPriced(booking.id, charge.id if charge else None, priced.spends, expires, draft.now, priced.moves))
    if charge is None or (c.account and take(draft, charge.id, c.account, c.return_url)):
        _confirm(draft, booking.id)
    else:
        draft.later("expire", refer(booking), expires)


def _confirm(draft: Draft, booking_id: str) -> None:
    booking = draft.state.need(Booking, booking_id)
    draft.add(BookingConfirmed(booking_id, re_expire(booking.placed, None), draft.now))
    draft.tell("booking confirmed", booking.person_id, refer(booking))


def _read_confirm(c: ConfirmBooking, now: datetime) -> Reads:
    return (yield from read_sale(c.booking_id, c.facts, now))


def read_sale(booking_id: str, facts: Facts | None, now: datetime) -> Reads:
    """Load what it takes to sell a booking that is there, with these facts or its own."""
    state = yield from fetch(State(), [(Booking, booking_id)])
    booking = state.need(Booking, booking_id)
    keys = [(Space, booking.space_id), (Product, booking.product_id), (Place, booking.place_id)]
    state = yield from fetch(state, [*keys, (Person, booking.person_id), (Wallet, booking.person_id)])
    product, place = state.need(Product, booking.product_id), state.need(Place, booking.place_id)
    leaves = [one.space_id for one in booking.placed]
    wishes = [(LegalEntity, place.entity_id), *sale_keys(state, [product], booking.person_id)]
    state = yield from fetch_pages(state, leaves, booking.period, wishes, booking.placed)
    asked = priced_booking(product, booking.period, booking.units, booking.facts if facts is None else facts)
    return (yield from fetch_tariff(state, [asked], booking.person_id, now))


def _confirm_hold(state: State, c: ConfirmBooking, now: datetime, ids: Ids) -> Decision:
    booking = state.need(Booking, c.booking_id)
    if booking.state != "held":
        raise WrongStateError(f"booking {booking.id}", state=booking.state, wanted=["held"])
    if booking.charge_id is not None:
        raise WrongStateError(f"booking {booking.id}", state="awaiting its payment; pay its charge")
    if booking.period.end <= now:
        raise TooLateError(f"the period ended at {booking.period.end.isoformat()}")
    if booking.person_id is not None:
        present(state, booking.person_id)
    if not still_claimed(state, booking.placed, now):
        raise TooLateError(f"the hold ended at {booking.expires.isoformat() if booking.expires else 'once'}")
    draft = Draft(state, now, ids)
    sell(draft, booking, c, c.facts, max(booking.expires or now, now + PAYMENT_HOLD))
    return draft.decision(refer(booking))


def _read_cancel(c: CancelBooking, now: datetime) -> Reads:
    return (yield from read_booking(State(), c.booking_id))


def read_booking(state: State, booking_id: str) -> Reads:
    """Load what it takes to confirm, cancel or end a booking."""
    state = yield from fetch(state, [(Booking, booking_id)])
    booking = state.need(Booking, booking_id)
    charges = [booking.charge_id]
    wishes = undo_wishes(state, charges, booking.spends, booking.person_id, booking.meters)
    keys = [(Space, booking.space_id), (Place, booking.place_id), (BookingSeries, booking.series_id), *wishes]
    leaves = [one.space_id for one in booking.placed]
    state = yield from fetch_pages(state, leaves, booking.period, keys, booking.placed)
    return (yield from fetch_parts(state, charges))


def end_booking(draft: Draft, booking_id: str, ended: str, reason: str) -> None:
    """It is over: its claims are free; what was spent, counted and paid goes back. Why it was declined is kept."""
    booking = draft.state.need(Booking, booking_id)
    draft.add(BookingEnded(booking.id, ended, reason if ended == "declined" else ""))
    return_units(draft, booking.spends, refer(booking))
    return_meters(draft, booking.meters)
    undo_part(draft, booking.charge_id, booking.part, reason)
    draft.tell(f"booking {ended}", booking.person_id, refer(booking))


def _cancel(state: State, c: CancelBooking, now: datetime, ids: Ids) -> Decision:
    booking = state.need(Booking, c.booking_id)
    if booking.state not in ("requested", "held", "confirmed"):
        wanted = ["requested", "held", "confirmed"]
        raise WrongStateError(f"booking {booking.id}", state=booking.state, wanted=wanted)
    if booking.series_id is not None and booking.state == "held":
        raise WrongStateError(f"booking {booking.id}", state="one with its series until that is paid")
    if booking.period.end <= now:
        raise TooLateError(f"the booking ended at {booking.period.end.isoformat()}")
    draft = Draft(state, now, ids)
    end_booking(draft, booking.id, "cancelled", c.reason)
    return draft.decision(refer(booking), [booking.charge_id])


def awaits_booking(draft: Draft, subject: Subject, charge_id: str) -> bool:
    """Whether a payment can still make a booking of it: it is held, is not over, and can be had."""
    booking = draft.state.need(Booking, subject.id)
    if booking.state != "held" or booking.period.end <= draft.now:
        return False
    space, place = draft.state.need(Space, booking.space_id), draft.state.need(Place, booking.place_id)
    seen = was_seen(draft.state, space, booking.person_id, booking.placed)
    return seen and can_claim(draft.state, space, place, booking.placed, draft.now)


def fulfil_booking(draft: Draft, subject: Subject, charge_id: str) -> None:
    """It is paid: confirm it."""
    _confirm(draft, subject.id)


def lapse_booking(draft: Draft, subject: Subject, reason: str) -> None:
    """End a hold or a request that ran out or could not be had any more."""
    booking = draft.state.need(Booking, subject.id)
    if booking.state in ("requested", "held"):
        end_booking(draft, booking.id, "expired", reason)


def expire_booking(draft: Draft, subject: Subject) -> None:
    """End the hold or the request if its time is over."""
    booking = draft.state.need(Booking, subject.id)
    if booking.state in ("requested", "held") and booking.expires is not None and booking.expires <= draft.now:
        lapse_booking(draft, subject, "the hold ran out")


adapt(HoldSpace, _read_hold, _hold)

adapt(Book, _read_book, _book)

adapt(ConfirmBooking, _read_confirm, _confirm_hold)

adapt(CancelBooking, _read_cancel, _cancel)


def _read_booking_life(uow: Uow, id: str) -> Steps[None]:
    uow.state = yield from read_booking(uow.state, id)


LIFE_CYCLES[Booking.kind] = LifeCycle(
    read=_read_booking_life,
    awaits=awaits_booking,
    fulfil=fulfil_booking,
    lapse=lapse_booking,
    expire=expire_booking,
)
