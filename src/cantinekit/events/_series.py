"""Facts about bookings that repeat."""

from __future__ import annotations

from datetime import date, datetime

import attrs

from cantinekit.events._base import Event
from cantinekit.model import Booking, BookingSeries


@attrs.frozen
class SeriesBooked(Event):
    """A series of bookings, all its dates in one: those that are booked, held or confirmed, and those left out."""

    series: BookingSeries
    bookings: tuple[Booking, ...]
    at: datetime


@attrs.frozen
class SkippedBooked(Event):
    """Dates of a series that had been left out are booked, held or confirmed: one booking for each of the ``days``."""

    series_id: str
    days: tuple[date, ...]
    bookings: tuple[Booking, ...]
    at: datetime


@attrs.frozen
class SeriesConfirmed(Event):
    """What was held of a series is paid."""

    series_id: str
    booking_ids: tuple[str, ...]
    at: datetime


@attrs.frozen
class SeriesEnded(Event):
    """Bookings of a series are over: ``cancelled``, or ``expired`` while held; ``given_up`` are skipped dates.

    Dates that expire in a series that was confirmed before are skipped again.
    """

    series_id: str
    state: str
    booking_ids: tuple[str, ...]
    given_up: tuple[date, ...] = ()
