"""The dates of a series of bookings as events change them: booked, ended or cancelled one by one."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime

from cantinekit.common.evolve import evolve
from cantinekit.domain.base import Record
from cantinekit.domain.booking_series.records import BookingSeries, BookingSeriesEnd, SeriesDate, SeriesDateState
from cantinekit.domain.bookings.records import Booking
from cantinekit.domain.state import State


def with_dates(series: BookingSeries, changed: Mapping[date, SeriesDate]) -> BookingSeries:
    """The series with these dates as they are now; once all its dates are cancelled, it is cancelled."""
    dates = tuple(changed.get(one.day, one) for one in series.dates)
    over = all(one.state == "cancelled" for one in dates)
    return evolve(series, dates=dates, state="cancelled" if over else series.state)


def ended_dates(series: BookingSeries, booking_ids: Collection[str], state: BookingSeriesEnd) -> dict[date, SeriesDate]:
    """The dates of these bookings once the bookings have ended.

    Dates that expire in a series that is confirmed were retried: they are skipped again. Others are cancelled.
    """
    dates = [one for one in series.dates if one.booking_id in booking_ids]
    if state == "expired" and series.state != "held":
        return {one.day: SeriesDate(one.day, "skipped", None, "expired") for one in dates}
    return {one.day: evolve(one, state="cancelled") for one in dates}


def series_with_moved(state: State, booking: Booking) -> tuple[Record, ...]:
    """The series of a booking, once that date is at another time; nothing where the booking is of no series."""
    return _with_date(state, booking, "booked", booking.period.start)


def series_with_again(state: State, booking: Booking) -> tuple[Record, ...]:
    """The series of a booking, once that date stands again; nothing where the booking is of no series."""
    return _with_date(state, booking, "booked", None)


def _with_date(state: State, booking: Booking, now: SeriesDateState, starts_at: datetime | None) -> tuple[Record, ...]:
    if booking.series_id is None:
        return ()
    series = state.need(BookingSeries, booking.series_id)
    (one,) = (date for date in series.dates if date.booking_id == booking.id)
    changed = evolve(one, state=now, starts_at=starts_at or one.starts_at)
    after = with_dates(series, {one.day: changed})
    return (evolve(after, state="confirmed") if series.state == "cancelled" else after,)


def series_without(state: State, booking: Booking) -> tuple[Record, ...]:
    """The series of a booking, once that date is cancelled by itself; nothing where the booking is of no series."""
    if booking.series_id is None:
        return ()
    series = state.need(BookingSeries, booking.series_id)
    return (with_dates(series, ended_dates(series, {booking.id}, "cancelled")),)
