"""The life cycle of a booking: how it awaits its payment, is confirmed once it is paid, lapses and expires."""

from __future__ import annotations

from cantinekit.domain.base import Subject
from cantinekit.domain.bookings.arrivals import is_due, release
from cantinekit.domain.bookings.ending import end_booking, read_booking
from cantinekit.domain.bookings.records import Booking
from cantinekit.domain.bookings.selling import confirm
from cantinekit.domain.draft import Draft
from cantinekit.domain.life_cycles.table import LIFE_CYCLES, LifeCycle
from cantinekit.domain.occupancy.claims import can_claim
from cantinekit.domain.places.records import Place
from cantinekit.domain.rules.in_a_row import was_seen
from cantinekit.domain.spaces.records import Space


def awaits_booking(draft: Draft, subject: Subject, charge_id: str) -> bool:
    """Whether a payment can still make a booking of it: it is held, it is not over, and its time can be had."""
    booking = draft.state.need(Booking, subject.id)
    if booking.state != "held" or booking.period.end <= draft.now:
        return False
    space, place = draft.state.need(Space, booking.space_id), draft.state.need(Place, booking.place_id)
    seen = was_seen(draft.state, space, booking.person_id, booking.placed)
    return seen and can_claim(draft.state, space, place, booking.placed, draft.now)


def fulfil_booking(draft: Draft, subject: Subject, charge_id: str) -> None:
    """Confirm a booking that is paid."""
    confirm(draft, subject.id)


def lapse_booking(draft: Draft, subject: Subject, reason: str) -> None:
    """End a hold or a request whose time is over, or cannot be had any more."""
    booking = draft.state.need(Booking, subject.id)
    if booking.state in ("requested", "held"):
        end_booking(draft, booking.id, "expired", reason)


def expire_booking(draft: Draft, subject: Subject) -> None:
    """End a hold or a request once nobody paid, confirmed or answered it in time; release a booking to which nobody
    came.
    """
    booking = draft.state.need(Booking, subject.id)
    if is_due(booking, draft):
        release(draft, booking)
    over = booking.expires is not None and booking.expires <= draft.now
    if over and booking.state in ("requested", "held") and booking.order_id is None:  # an order ends its bookings
        lapse_booking(draft, subject, "the hold ran out")


LIFE_CYCLES[Booking.kind] = LifeCycle(
    read=read_booking,
    awaits=awaits_booking,
    fulfil=fulfil_booking,
    lapse=lapse_booking,
    expire=expire_booking,
)
