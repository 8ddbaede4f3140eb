"""The record of a series of bookings: the rule of its dates, and for each date its booking or why it has none."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import ClassVar, Literal

import attrs

from cantinekit.clock import instant, zone
from cantinekit.common.fields import (
    Code,
    PublicText,
    is_count,
    is_id,
    is_text,
    is_word,
    maybe_id,
    maybe_instant,
    maybe_text,
)
from cantinekit.domain.base import record
from cantinekit.domain.dates.fields import MAX_SERIES_DATES, are_days, is_day, is_wall_time, to_days
from cantinekit.domain.index import Index, composite
from cantinekit.domain.passes.records import Spend
from cantinekit.domain.payments.records import ChargeShare
from cantinekit.domain.sales.records import MeterMove
from cantinekit.domain.sales.values import Facts
from cantinekit.domain.spaces.equipment import Units
from cantinekit.errors import InputError
from cantinekit.money import Money

BookingSeriesState = Literal["held", "confirmed", "cancelled", "expired"]
"""The states of a series of bookings."""

BookingSeriesEnd = Literal["cancelled", "expired"]
"""How bookings of a series end before they took place."""

SeriesDateState = Literal["booked", "skipped", "cancelled"]
"""The states of a date of a series of bookings."""


@attrs.frozen
class SeriesDate:
    """One date of a series of bookings.

    Attributes:
        day: the local day of the date.
        state: ``booked``, while its booking says whether it is held or confirmed; ``skipped``: it has no booking, and
            can be retried; or ``cancelled``.
        booking_id: the booking of the date; ``None``: it is skipped, or was cancelled while it was.
        why: why it was skipped, one of the words of ``DateClash``, or ``expired``: it was retried and not paid in time;
            at most 50 characters. Empty where it was not skipped.
        starts_at: when it starts, where it was moved by itself or the series was moved after it; ``None``: on its day,
            at the time of the series.
    """

    day: date = attrs.field(validator=is_day)
    state: SeriesDateState = attrs.field(validator=is_word(SeriesDateState))
    booking_id: str | None = attrs.field(default=None, validator=maybe_id)
    why: PublicText = attrs.field(default="", validator=is_text(50))
    starts_at: datetime | None = attrs.field(default=None, converter=maybe_instant)


@attrs.frozen
class DateKept:
    """What a date of a series that was cancelled costs all the same.

    Attributes:
        booking_id: the booking of the date.
        fee: what it costs; ``None``: nothing.
        spends: the units that stay spent.
        meters: how far meters stay moved.
        more: the charges for it beside its first one.
    """

    booking_id: str = attrs.field(validator=is_id)
    fee: Money | None = None
    spends: tuple[Spend, ...] = ()
    meters: tuple[MeterMove, ...] = ()
    more: tuple[ChargeShare, ...] = ()


@record("domain", fields=("place", "space", "person"), person="person")
@attrs.frozen
class BookingSeries:
    """Bookings of a space that were made together: on the first day, the days of a rule and extra days.

    Attributes:
        id: the id of the series.
        place_id: the place of the space.
        space_id: the space that is booked.
        product_id: the product by which it is sold.
        zone: the IANA time zone of the place when it was booked, whose wall clock the times are on; an unknown zone is
            refused with ``InputError``.
        day: the first day.
        starts: the time at which each date starts that says no other.
        ends: the time at which each date ends; one at or before ``starts`` is on the next day.
        rule: the recurrence rule (RFC 5545) that gives the days; ``None``: only ``day`` and ``rdates``.
        units: how many units of the space each date has, from 1 to 10,000.
        booked_at: when it was booked.
        dates: its dates in order, at most 400; more of them, or a day twice, are refused with ``InputError``.
        state: ``held`` until its charge is paid; ``confirmed``; ``expired``: it was not paid in time; or ``cancelled``:
            no date is left.
        rdates: extra days beside those of the rule.
        exdates: days that are no dates of the series although the rule names them.
        person_id: who has it; ``None``: nobody in particular.
        charge_id: the charge for the dates that were booked at first; ``None``: nothing was due for them.
        with_units: the pools of equipment that go with each date, by their ids, each with its number of units.
        facts: what the price list asks to know, by which skipped dates are priced too when they are retried; a series
            that was booked before they were kept has none.

    Index:
        place: place id, booked at.
        space: space id, booked at.
        person: person id, booked at.
    """

    kind: ClassVar[str] = "booking_series"
    id: str = attrs.field(validator=is_id)
    place_id: str = attrs.field(validator=is_id)
    space_id: str = attrs.field(validator=is_id)
    product_id: str = attrs.field(validator=is_id)
    zone: Code = attrs.field(validator=is_text(100))
    day: date = attrs.field(validator=is_day)
    starts: time = attrs.field(validator=is_wall_time)
    ends: time = attrs.field(validator=is_wall_time)
    rule: Code | None = attrs.field(validator=maybe_text(1000))
    units: int = attrs.field(validator=is_count())
    booked_at: datetime = attrs.field(converter=instant)
    dates: tuple[SeriesDate, ...] = attrs.field()
    state: BookingSeriesState = attrs.field(validator=is_word(BookingSeriesState))
    rdates: tuple[date, ...] = attrs.field(default=(), converter=to_days, validator=are_days)
    exdates: tuple[date, ...] = attrs.field(default=(), converter=to_days, validator=are_days)
    person_id: str | None = attrs.field(default=None, validator=maybe_id)
    charge_id: str | None = attrs.field(default=None, validator=maybe_id)
    with_units: Units = ()
    facts: Facts = ()

    def __attrs_post_init__(self) -> None:
        zone(self.zone)
        if len({one.day for one in self.dates}) != len(self.dates) or len(self.dates) > MAX_SERIES_DATES:
            raise InputError(f"a series has at most {MAX_SERIES_DATES} dates, each once")

    def of_state(self, state: SeriesDateState) -> tuple[SeriesDate, ...]:
        """The dates whose state is ``state``, in order."""
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
    "BookingSeriesEnd",
    "BookingSeriesState",
    "DateKept",
    "SeriesDate",
    "SeriesDateState",
]
