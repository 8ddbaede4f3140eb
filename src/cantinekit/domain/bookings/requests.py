"""Bookings that are asked for first: approved, they are priced and sold like a hold; declined, they are free again."""

from __future__ import annotations

from datetime import datetime

from cantinekit.domain.adapter import adapt
from cantinekit.domain.bookings.commands import ApproveBooking, DeclineBooking
from cantinekit.domain.bookings.events import BookingApproved
from cantinekit.domain.bookings.handlers import end_booking, read_booking, read_sale, sell
from cantinekit.domain.bookings.records import Booking
from cantinekit.domain.decision import Decision, Ids
from cantinekit.domain.draft import Draft
from cantinekit.domain.occupancy.claims import still_claimed
from cantinekit.domain.payments.charging import PAYMENT_HOLD
from cantinekit.domain.people.presence import present
from cantinekit.domain.spaces.records import Space
from cantinekit.domain.state import Reads, State, refer
from cantinekit.errors import TooLateError, WrongStateError


def _read_approve(c: ApproveBooking, now: datetime) -> Reads:
    return (yield from read_sale(c.booking_id, None, now))


def _requested(state: State, booking_id: str) -> Booking:
    booking = state.need(Booking, booking_id)
    if booking.state != "requested":
        raise WrongStateError(f"booking {booking.id}", state=booking.state, wanted=["requested"])
    return booking


def _approve(state: State, c: ApproveBooking, now: datetime, ids: Ids) -> Decision:
    booking = _requested(state, c.booking_id)
    if booking.period.end <= now:
        raise TooLateError(f"the period ended at {booking.period.end.isoformat()}")
    if booking.person_id is not None:
        present(state, booking.person_id)
    if not still_claimed(state, booking.placed, now):
        raise TooLateError(f"it was kept until {booking.expires.isoformat() if booking.expires else 'once'}")
    draft, within = Draft(state, now, ids), state.need(Space, booking.space_id).terms.answer_within
    draft.add(BookingApproved(booking.id))
    held = draft.state.need(Booking, booking.id)
    sell(draft, held, c, held.facts, max(now + PAYMENT_HOLD, min(now + within, booking.period.end)))
    if draft.state.need(Booking, booking.id).state == "held":
        draft.tell("booking approved", booking.person_id, refer(booking))
    return draft.decision(refer(booking))


def _read_decline(c: DeclineBooking, now: datetime) -> Reads:
    return (yield from read_booking(State(), c.booking_id))


def _decline(state: State, c: DeclineBooking, now: datetime, ids: Ids) -> Decision:
    booking, draft = _requested(state, c.booking_id), Draft(state, now, ids)
    end_booking(draft, booking.id, "declined", c.reason)
    return draft.decision(refer(booking))


adapt(ApproveBooking, _read_approve, _approve)

adapt(DeclineBooking, _read_decline, _decline)
