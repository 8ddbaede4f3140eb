"""Bookings that are asked for first: approved, they are priced and sold like a hold; declined, they are free again."""

from __future__ import annotations

from datetime import datetime

from cantinekit import commands as cmd
from cantinekit import events as ev
from cantinekit.decisions._bookings import PAYMENT_HOLD, end_booking, read_booking, read_sale, sell
from cantinekit.decisions._claims import still_claimed
from cantinekit.decisions._draft import Draft
from cantinekit.decisions._state import Decision, Handler, Ids, Reads, State, present, refer
from cantinekit.errors import TooLateError, WrongStateError
from cantinekit.model import Booking, Space


def _read_approve(c: cmd.ApproveBooking, now: datetime) -> Reads:
    return (yield from read_sale(c.booking_id, None, now))


def _requested(state: State, booking_id: str) -> Booking:
    booking = state.need(Booking, booking_id)
    if booking.state != "requested":
        raise WrongStateError(f"booking {booking.id}", state=booking.state, wanted=["requested"])
    return booking


def _approve(state: State, c: cmd.ApproveBooking, now: datetime, ids: Ids) -> Decision:
    booking = _requested(state, c.booking_id)
    if booking.period.end <= now:
        raise TooLateError(f"the period ended at {booking.period.end.isoformat()}")
    if booking.person_id is not None:
        present(state, booking.person_id)
    if not still_claimed(state, booking.placed, now):
        raise TooLateError(f"it was kept until {booking.expires.isoformat() if booking.expires else 'once'}")
    draft, within = Draft(state, now, ids), state.need(Space, booking.space_id).terms.answer_within
    draft.add(ev.BookingApproved(booking.id))
    held = draft.state.need(Booking, booking.id)
    sell(draft, held, c, held.facts, max(now + PAYMENT_HOLD, min(now + within, booking.period.end)))
    if draft.state.need(Booking, booking.id).state == "held":
        draft.tell("booking approved", booking.person_id, refer(booking))
    return draft.decision(refer(booking))


def _read_decline(c: cmd.DeclineBooking, now: datetime) -> Reads:
    return (yield from read_booking(State(), c.booking_id))


def _decline(state: State, c: cmd.DeclineBooking, now: datetime, ids: Ids) -> Decision:
    booking, draft = _requested(state, c.booking_id), Draft(state, now, ids)
    end_booking(draft, booking.id, "declined", c.reason)
    return draft.decision(refer(booking))


HANDLERS = {
    cmd.ApproveBooking: Handler(_read_approve, _approve),
    cmd.DeclineBooking: Handler(_read_decline, _decline),
}
