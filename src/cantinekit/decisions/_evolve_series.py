"""What events do to series of bookings and to the bookings of their dates. Importing this registers the rules."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date

from cantinekit import events as ev
from cantinekit._replace import replace
from cantinekit.decisions._claims import re_expire
from cantinekit.decisions._evolve import changes, drop_claims, put_claims
from cantinekit.decisions._state import State
from cantinekit.model import Booking, BookingSeries, Placed, Record, SeriesDate


def with_dates(series: BookingSeries, changed: Mapping[date, SeriesDate]) -> BookingSeries:
    """The series with these dates as they are now; without a date that is booked or could be, it is cancelled."""
    dates = tuple(changed.get(one.day, one) for one in series.dates)
    over = all(one.state == "cancelled" for one in dates)
    return replace(series, dates=dates, state="cancelled" if over else series.state)


def _ended(series: BookingSeries, booking_ids: Collection[str], state: str) -> dict[date, SeriesDate]:
    dates = [one for one in series.dates if one.booking_id in booking_ids]
    if state == "expired" and series.state != "held":
        return {one.day: SeriesDate(one.day, "skipped", None, "expired") for one in dates}
    return {one.day: replace(one, state="cancelled") for one in dates}


def series_without(state: State, booking: Booking) -> tuple[Record, ...]:
    """The series that a booking is a date of, once that one is cancelled by itself; nothing for a single booking."""
    if booking.series_id is None:
        return ()
    series = state.need(BookingSeries, booking.series_id)
    return (with_dates(series, _ended(series, {booking.id}, "cancelled")),)


def _claims(bookings: Collection[Booking]) -> list[Placed]:
    return [placed for booking in bookings for placed in booking.placed]


@changes.register
def _(event: ev.SeriesBooked, state: State) -> tuple[Record, ...]:
    return (event.series, *event.bookings, *put_claims(state, _claims(event.bookings), event.at))


@changes.register
def _(event: ev.SkippedBooked, state: State) -> tuple[Record, ...]:
    series = state.need(BookingSeries, event.series_id)
    by_day = {one.day: one for one in series.dates}
    booked = {}
    for day, booking in zip(event.days, event.bookings, strict=True):
        booked[day] = replace(by_day[day], state="booked", booking_id=booking.id, why="")
    return (with_dates(series, booked), *event.bookings, *put_claims(state, _claims(event.bookings), event.at))


@changes.register
def _(event: ev.SeriesConfirmed, state: State) -> tuple[Record, ...]:
    series = state.need(BookingSeries, event.series_id)
    bookings = []
    for id in event.booking_ids:
        booking = state.need(Booking, id)
        placed = re_expire(booking.placed, None)
        bookings.append(replace(booking, state="confirmed", expires=None, placed=placed))
    series = replace(series, state="confirmed")
    return (series, *bookings, *put_claims(state, _claims(bookings), event.at))


@changes.register
def _(event: ev.SeriesEnded, state: State) -> tuple[Record, ...]:
    series = state.need(BookingSeries, event.series_id)
    bookings = [state.need(Booking, id) for id in event.booking_ids]
    ended = [replace(booking, state=event.state, expires=None) for booking in bookings]
    dates = _ended(series, set(event.booking_ids), event.state)
    dates |= {one.day: replace(one, state="cancelled") for one in series.dates if one.day in event.given_up}
    after = with_dates(series, dates)
    if series.state == "held":
        after = replace(after, state=event.state)
    return (after, *ended, *drop_claims(state, _claims(bookings)))
