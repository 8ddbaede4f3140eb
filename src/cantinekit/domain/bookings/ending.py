"""Ending a booking before it took place: its time is free, and what was spent, counted and paid for it goes back."""

from __future__ import annotations

from cantinekit.domain.booking_series.records import BookingSeries
from cantinekit.domain.bookings.events import BookingEnded
from cantinekit.domain.bookings.records import Booking, BookingEnd
from cantinekit.domain.draft import Draft
from cantinekit.domain.occupancy.claims import read_pages
from cantinekit.domain.payments.charging import read_charge_parts, return_meters, return_units, undo_part, undo_wishes
from cantinekit.domain.places.records import Place
from cantinekit.domain.spaces.records import Space
from cantinekit.domain.state import Wish, refer
from cantinekit.domain.unit_of_work import Steps, Uow


def read_booking(uow: Uow, booking_id: str) -> Steps[None]:
    """Load what it takes to confirm or end a booking."""
    booking = yield from uow.need(Booking, booking_id)
    wishes: list[Wish] = [(Space, booking.space_id), (Place, booking.place_id), (BookingSeries, booking.series_id)]
    wishes += undo_wishes(uow.state, [booking.charge_id], booking.spends, booking.person_id, booking.meters)
    leaves = [one.space_id for one in booking.placed]
    yield from read_pages(uow, leaves, booking.period, wishes, booking.placed)
    yield from read_charge_parts(uow, [booking.charge_id])


def end_booking(draft: Draft, booking_id: str, ended: BookingEnd, reason: str) -> None:
    """End a booking and tell its person; the reason is kept where it was declined."""
    booking = draft.state.need(Booking, booking_id)
    draft.add(BookingEnded(booking.id, ended, reason if ended == "declined" else ""))
    return_units(draft, booking.spends, refer(booking))
    return_meters(draft, booking.meters)
    undo_part(draft, booking.charge_id, booking.part, reason)
    draft.tell(f"booking {ended}", booking.person_id, refer(booking))
