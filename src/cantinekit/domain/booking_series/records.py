"""Bookings that repeat: one record for all dates, and what of a shared charge is each date's."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import ClassVar

import attrs

from cantinekit.clock import Period, instant, zone
from cantinekit.common.fields import is_count, is_id, is_one_of, is_text, maybe_id, maybe_text
from cantinekit.domain.base import record
from cantinekit.domain.dates.fields import MAX_SERIES_DATES, are_days, is_day, is_wall_time, to_days
from cantinekit.domain.index import Index, composite
from cantinekit.errors import InputError


@attrs.frozen
class DateClash:
    """Why a date of a series cannot be had, and what is free instead.

    ``why`` is ``outside hours``, ``closed``, ``terms`` (those of the space do not allow it), ``taken``, ``sold out``,
    ``over``, ``no such time`` (the clock change skips it) or ``refused``; ``reason`` says it in words. ``clashes`` are
    the periods in the way, ``nearest`` the free periods of the same length on that day, or slots of it for those who
    take slots, at which all that is asked for is free. ``period`` is ``None`` where there is no such time. ``space_id``
    names the space or the pool of equipment that cannot be had, where it is one.
    """

    day: date = attrs.field(validator=is_day)
    why: str = attrs.field(
        validator=is_one_of("outside hours", "closed", "terms", "taken", "sold out", "over", "no such time", "refused")
    )
    reason: str = attrs.field(validator=is_text(1000))
    period: Period | None = None
    clashes: tuple[Period, ...] = ()
    nearest: tuple[Period, ...] = ()
    space_id: str | None = attrs.field(default=None, validator=maybe_id)


@attrs.frozen
class SeriesDate:
    """One date of a series of bookings: ``booked`` (held or kept, as its booking says), ``skipped`` or ``cancelled``.

    ``why`` a date was skipped is one of the words of ``DateClash``.
    """

    day: date = attrs.field(validator=is_day)
    state: str = attrs.field(validator=is_one_of("booked", "skipped", "cancelled"))
    booking_id: str | None = attrs.field(default=None, validator=maybe_id)
    why: str = attrs.field(default="", validator=is_text(50))


@record("domain", fields=("place", "space", "person"), person="person")
@attrs.frozen
class BookingSeries:
    """Bookings of a space that were made together: on the first ``day``, the days of the ``rule`` and ``rdates``.

    The times are those of the wall clock of ``zone``; an end at or before the start is on the next day. ``held`` until
    its charge is paid, ``cancelled`` once no date is left. ``dates`` names the booking of each date that has one.
    ``with_units`` are the pools of equipment that go with each date, and how many units of each. ``facts`` are those
    for the price, by which dates that were left out are priced too; a series that was booked before they were kept has
    none.
    """

    kind: ClassVar[str] = "booking_series"
    id: str = attrs.field(validator=is_id)
    place_id: str = attrs.field(validator=is_id)
    space_id: str = attrs.field(validator=is_id)
    product_id: str = attrs.field(validator=is_id)
    zone: str = attrs.field(validator=is_text(100))
    day: date = attrs.field(validator=is_day)
    starts: time = attrs.field(validator=is_wall_time)
    ends: time = attrs.field(validator=is_wall_time)
    rule: str | None = attrs.field(validator=maybe_text(1000))
    units: int = attrs.field(validator=is_count())
    booked_at: datetime = attrs.field(converter=instant)
    dates: tuple[SeriesDate, ...] = attrs.field()
    state: str = attrs.field(validator=is_one_of("held", "confirmed", "cancelled", "expired"))
    rdates: tuple[date, ...] = attrs.field(default=(), converter=to_days, validator=are_days)
    exdates: tuple[date, ...] = attrs.field(default=(), converter=to_days, validator=are_days)
    person_id: str | None = attrs.field(default=None, validator=maybe_id)
    charge_id: str | None = attrs.field(default=None, validator=maybe_id)
    with_units: tuple[tuple[str, int], ...] = ()
    facts: tuple[tuple[str, str | int | bool], ...] = ()

    def __attrs_post_init__(self) -> None:
        zone(self.zone)
        if len({one.day for one in self.dates}) != len(self.dates) or len(self.dates) > MAX_SERIES_DATES:
            raise InputError(f"a series has at most {MAX_SERIES_DATES} dates, each once")

    def of_state(self, state: str) -> tuple[SeriesDate, ...]:
        """The dates in a state, in order."""
        return tuple(one for one in self.dates if one.state == state)

    @property
    def booking_ids(self) -> tuple[str, ...]:
        """The bookings of the dates that are booked."""
        return tuple(one.booking_id for one in self.of_state("booked") if one.booking_id is not None)

    def index(self) -> Index:
        yield "place", composite(self.place_id, self.booked_at)
        yield "space", composite(self.space_id, self.booked_at)
        if self.person_id:
            yield "person", composite(self.person_id, self.booked_at)


__all__ = [
    "BookingSeries",
    "DateClash",
    "SeriesDate",
]
