"""Facts about bookings that repeat."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

import attrs

from cantinekit.common.evolve import evolve
from cantinekit.domain.base import Event, Record, event
from cantinekit.domain.booking_series.dates import _ended, with_dates
from cantinekit.domain.booking_series.records import BookingSeries
from cantinekit.domain.bookings.records import Booking
from cantinekit.domain.occupancy.pages import drop_claims, put_claims, re_expire
from cantinekit.domain.occupancy.records import Placed
from cantinekit.domain.state import State


@event
@attrs.frozen
class SeriesBooked(Event):
    """A series of bookings, all its dates in one: those that are booked, held or confirmed, and those left out."""

    series: BookingSeries
    bookings: tuple[Booking, ...]
    at: datetime

    def changes(self, state: State) -> tuple[Record, ...]:
        return (self.series, *self.bookings, *put_claims(state, _claims(self.bookings), self.at))


@event
@attrs.frozen
class SkippedBooked(Event):
    """Dates of a series that had been left out are booked, held or confirmed: one booking for each of the ``days``."""

    series_id: str
    days: tuple[date, ...]
    bookings: tuple[Booking, ...]
    at: datetime

    def changes(self, state: State) -> tuple[Record, ...]:
        series = state.need(BookingSeries, self.series_id)
        by_day = {one.day: one for one in series.dates}
        booked = {}
        for day, booking in zip(self.days, self.bookings, strict=True):
            booked[day] = evolve(by_day[day], state="booked", booking_id=booking.id, why="")
        return (with_dates(series, booked), *self.bookings, *put_claims(state, _claims(self.bookings), self.at))


@event
@attrs.frozen
class SeriesConfirmed(Event):
    """What was held of a series is paid."""

    series_id: str
    booking_ids: tuple[str, ...]
    at: datetime

    def changes(self, state: State) -> tuple[Record, ...]:
        series = state.need(BookingSeries, self.series_id)
        bookings = []
        for id in self.booking_ids:
            booking = state.need(Booking, id)
            placed = re_expire(booking.placed, None)
            bookings.append(evolve(booking, state="confirmed", expires=None, placed=placed))
        series = evolve(series, state="confirmed")
        return (series, *bookings, *put_claims(state, _claims(bookings), self.at))


@event
@attrs.frozen
class SeriesEnded(Event):
    """Bookings of a series are over: ``cancelled``, or ``expired`` while held; ``given_up`` are skipped dates.

    Dates that expire in a series that was confirmed before are skipped again.
    """

    series_id: str
    state: str
    booking_ids: tuple[str, ...]
    given_up: tuple[date, ...] = ()

    def changes(self, state: State) -> tuple[Record, ...]:
        series = state.need(BookingSeries, self.series_id)
        bookings = [state.need(Booking, id) for id in self.booking_ids]
        ended = [evolve(booking, state=self.state, expires=None) for booking in bookings]
        dates = _ended(series, set(self.booking_ids), self.state)
        dates |= {one.day: evolve(one, state="cancelled") for one in series.dates if one.day in self.given_up}
        after = with_dates(series, dates)
        if series.state == "held":
            after = evolve(after, state=self.state)
        return (after, *ended, *drop_claims(state, _claims(bookings)))


def _claims(bookings: Collection[Booking]) -> list[Placed]:
    return [placed for booking in bookings for placed in booking.placed]


__all__ = [
    "SeriesBooked",
    "SeriesConfirmed",
    "SeriesEnded",
    "SkippedBooked",
]
