"""The life cycle of a series of bookings: how it awaits a payment, is confirmed once it is paid, lapses and expires."""

from __future__ import annotations

from cantinekit.domain.base import Subject
from cantinekit.domain.booking_series.ending import bookings_of, end_dates, read_series
from cantinekit.domain.booking_series.events import SeriesConfirmed
from cantinekit.domain.booking_series.records import BookingSeries
from cantinekit.domain.booking_series.selling import release_later
from cantinekit.domain.bookings.records import Booking
from cantinekit.domain.draft import Draft
from cantinekit.domain.life_cycles.table import LIFE_CYCLES, LifeCycle
from cantinekit.domain.occupancy.claims import can_claim
from cantinekit.domain.payments.records import Charge
from cantinekit.domain.places.records import Place
from cantinekit.domain.rules.in_a_row import was_seen
from cantinekit.domain.spaces.records import Space


def awaits_series(draft: Draft, subject: Subject, charge_id: str) -> bool:
    """Whether a payment can still make bookings of all that are held for it: none is over, and all can be had."""
    state, held = draft.state, _of_charge(draft, subject, charge_id)
    if not held or any(one.period.end <= draft.now for one in held):
        return False
    space, place = state.need(Space, held[0].space_id), state.need(Place, held[0].place_id)
    seen = all(was_seen(state, space, one.person_id, one.placed) for one in held)
    return seen and all(can_claim(state, space, place, one.placed, draft.now) for one in held)


def fulfil_series(draft: Draft, subject: Subject, charge_id: str) -> None:
    """Confirm the bookings that are paid."""
    held = _of_charge(draft, subject, charge_id)
    draft.add(SeriesConfirmed(subject.id, tuple(one.id for one in held), draft.now))
    draft.tell("series booked", held[0].person_id, subject)
    release_later(draft, held)


def lapse_series(draft: Draft, subject: Subject, reason: str) -> None:
    """End the bookings that are paid and cannot be had any more: they are held although their charge is not due."""
    held = _held(draft, subject)
    paid = [one for one in held if one.charge_id and draft.state.need(Charge, one.charge_id).state != "due"]
    if paid:
        end_dates(draft, draft.state.need(BookingSeries, subject.id), paid, "expired", reason)


def expire_series(draft: Draft, subject: Subject) -> None:
    """End the bookings that were not paid in time."""
    over = [one for one in _held(draft, subject) if one.expires is not None and one.expires <= draft.now]
    if over:
        end_dates(draft, draft.state.need(BookingSeries, subject.id), over, "expired", "the hold ran out")


def _held(draft: Draft, subject: Subject) -> list[Booking]:
    """The bookings of the series that wait for a payment."""
    series = draft.state.need(BookingSeries, subject.id)
    return [one for one in bookings_of(draft.state, series) if one.state == "held"]


def _of_charge(draft: Draft, subject: Subject, charge_id: str) -> list[Booking]:
    """The bookings of the series that wait for the payment of this charge."""
    return [one for one in _held(draft, subject) if one.charge_id == charge_id]


LIFE_CYCLES[BookingSeries.kind] = LifeCycle(
    read=read_series,
    awaits=awaits_series,
    fulfil=fulfil_series,
    lapse=lapse_series,
    expire=expire_series,
)
