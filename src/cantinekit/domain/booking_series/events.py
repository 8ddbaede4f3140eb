"""What happens to series of bookings: each event is about all dates that are concerned."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

import attrs

from cantinekit.common.evolve import evolve
from cantinekit.domain.base import Event, Record, event
from cantinekit.domain.booking_series.dates import ended_dates, with_dates
from cantinekit.domain.booking_series.records import BookingSeries, BookingSeriesEnd, DateKept
from cantinekit.domain.bookings.records import Booking
from cantinekit.domain.occupancy.pages import drop_claims, move_claims, put_claims, re_expire
from cantinekit.domain.occupancy.records import Placed
from cantinekit.domain.state import State


@event
@attrs.frozen
class SeriesBooked(Event):
    """A series of bookings is booked, all its dates at once.

    Attributes:
        series: the series with its dates, those that are booked and those that are skipped.
        bookings: the bookings of the dates that are booked, held or confirmed; their claims are on the pages from now
            on.
        at: when.
    """

    series: BookingSeries
    bookings: tuple[Booking, ...]
    at: datetime

    def changes(self, state: State) -> tuple[Record, ...]:
        return (self.series, *self.bookings, *put_claims(state, _claims(self.bookings), self.at))


@event
@attrs.frozen
class SkippedBooked(Event):
    """Dates of a series that had been skipped are booked.

    Attributes:
        series_id: the series.
        days: the dates, by their local days.
        bookings: the booking of each of the days, in the same order, held or confirmed.
        at: when.
    """

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
    """What was held of a series is paid, and the series is confirmed.

    Attributes:
        series_id: the series.
        booking_ids: the bookings that are confirmed.
        at: when.
    """

    series_id: str
    booking_ids: tuple[str, ...]
    at: datetime

    def changes(self, state: State) -> tuple[Record, ...]:
        series = state.need(BookingSeries, self.series_id)
        bookings = []
        for id in self.booking_ids:
            booking = state.need(Booking, id)
            placed = re_expire(booking.placed, None)
            known = None if booking.changed_at is None else self.at  # no earlier version kept it
            confirmed = evolve(booking, state="confirmed", expires=None, placed=placed)
            bookings.append(evolve(confirmed, changed_at=known))
        series = evolve(series, state="confirmed")
        return (series, *bookings, *put_claims(state, _claims(bookings), self.at))


@event
@attrs.frozen
class SeriesEnded(Event):
    """Bookings of a series are over before they took place: their claims are off the pages.

    Dates that expire in a series that was confirmed before are skipped again; others are cancelled.

    Attributes:
        series_id: the series; where it was held, it is in this state too.
        state: ``cancelled``, or ``expired`` while they were held.
        booking_ids: the bookings that are over.
        given_up: skipped dates that are cancelled with them, by their local days.
        kept: what of them costs something all the same.
        at: when; ``None``: an earlier version did not keep that.
    """

    series_id: str
    state: BookingSeriesEnd
    booking_ids: tuple[str, ...]
    given_up: tuple[date, ...] = ()
    kept: tuple[DateKept, ...] = ()
    at: datetime | None = None

    def changes(self, state: State) -> tuple[Record, ...]:
        series = state.need(BookingSeries, self.series_id)
        bookings = [state.need(Booking, id) for id in self.booking_ids]
        kept = {one.booking_id: one for one in self.kept}
        ended = [_ended(booking, self.state, kept.get(booking.id), self.at) for booking in bookings]
        dates = ended_dates(series, set(self.booking_ids), self.state)
        dates |= {one.day: evolve(one, state="cancelled") for one in series.dates if one.day in self.given_up}
        after = with_dates(series, dates)
        if series.state == "held":
            after = evolve(after, state=self.state)
        return (after, *ended, *drop_claims(state, _claims(bookings)))


def _ended(booking: Booking, state: BookingSeriesEnd, kept: DateKept | None, at: datetime | None) -> Booking:
    ended = evolve(booking, state=state, expires=None, changed_at=at or booking.changed_at)
    if kept is None:
        return ended
    return evolve(ended, fee=kept.fee, kept=kept.spends, kept_meters=kept.meters, more=kept.more)


@event
@attrs.frozen
class SeriesMoved(Event):
    """Dates of a series are at another time or in another space.

    Attributes:
        series: the series as it is then.
        bookings: the bookings that were moved, as they are then.
        at: when they were moved.
    """

    series: BookingSeries
    bookings: tuple[Booking, ...]
    at: datetime

    def changes(self, state: State) -> tuple[Record, ...]:
        before = [state.need(Booking, one.id) for one in self.bookings]
        return (self.series, *self.bookings, *move_claims(state, _claims(before), _claims(self.bookings), self.at))


def _claims(bookings: Collection[Booking]) -> list[Placed]:
    """The claims of these bookings, in their order."""
    return [placed for booking in bookings for placed in booking.placed]


__all__ = [
    "SeriesBooked",
    "SeriesConfirmed",
    "SeriesEnded",
    "SeriesMoved",
    "SkippedBooked",
]
