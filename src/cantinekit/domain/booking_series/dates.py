"""What events do to series of bookings and to the bookings of their dates. Importing this registers the rules."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date

from cantinekit.common.evolve import evolve
from cantinekit.domain.base import Record
from cantinekit.domain.booking_series.records import BookingSeries, SeriesDate
from cantinekit.domain.bookings.records import Booking
from cantinekit.domain.state import State


def with_dates(series: BookingSeries, changed: Mapping[date, SeriesDate]) -> BookingSeries:
    """The series with these dates as they are now; without a date that is booked or could be, it is cancelled."""
    dates = tuple(changed.get(one.day, one) for one in series.dates)
    over = all(one.state == "cancelled" for one in dates)
    return evolve(series, dates=dates, state="cancelled" if over else series.state)


def _ended(series: BookingSeries, booking_ids: Collection[str], state: str) -> dict[date, SeriesDate]:
    dates = [one for one in series.dates if one.booking_id in booking_ids]
    if state == "expired" and series.state != "held":
        return {one.day: SeriesDate(one.day, "skipped", None, "expired") for one in dates}
    return {one.day: evolve(one, state="cancelled") for one in dates}


def series_without(state: State, booking: Booking) -> tuple[Record, ...]:
    """The series that a booking is a date of, once that one is cancelled by itself; nothing for a single booking."""
    if booking.series_id is None:
        return ()
    series = state.need(BookingSeries, booking.series_id)
    return (with_dates(series, _ended(series, {booking.id}, "cancelled")),)
