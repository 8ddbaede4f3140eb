"""Opening hours as they are kept: weekly hours, seasons, closed days, and openings that are exceptions."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any, Literal, get_args

import attrs

from cantinekit.calendar import MINUTES_A_DAY
from cantinekit.clock import MAX_INSTANT, MIN_INSTANT
from cantinekit.common.fields import MAX_COUNT, PublicText, is_count, is_text, is_word
from cantinekit.errors import InputError

MINUTES_A_WEEK = 7 * MINUTES_A_DAY

ClosedFor = Literal["closure", "public holiday", "school holidays"]
"""Why a place is closed on a day, the strongest reason first."""
CLOSED_FOR: tuple[ClosedFor, ...] = get_args(ClosedFor)
"""The same as a tuple."""


def _is_day(_: Any, attribute: attrs.Attribute[Any], value: Any) -> None:
    if isinstance(value, datetime) or not isinstance(value, date):
        raise InputError(f"{attribute.name} must be a date")
    if not MIN_INSTANT.date() < value < MAX_INSTANT.date() - timedelta(days=2):
        raise InputError(f"{attribute.name} {value.isoformat()} is out of range (1970 to 9997)")


@attrs.frozen
class OpenHours:
    """One stretch of weekly opening hours, by the wall clock.

    A night belongs to the day on which it opens: from 22:00 to 02:00 is 1320 to 1560.

    Attributes:
        weekday: 0 (Monday) to 6.
        opens: minute of the local day, 0 to 1439.
        closes: minute of the local day, at most 2879: 1440 is 24:00, more is on the next day.
    """

    weekday: int = attrs.field(validator=is_count(least=0, most=6))
    opens: int = attrs.field(validator=is_count(least=0, most=MINUTES_A_DAY - 1))
    closes: int = attrs.field(validator=is_count(least=1, most=2 * MINUTES_A_DAY - 1))

    def __attrs_post_init__(self) -> None:
        _check_stretch(self.opens, self.closes)

    @classmethod
    def weekly(cls, weekdays: Iterable[int], opens: time, closes: time) -> tuple[OpenHours, ...]:
        """The same hours on several weekdays; a closing time that is not after the opening is on the next day."""
        first, last = _minutes(opens, closes)
        return tuple(cls(weekday, first, last) for weekday in weekdays)


def _check_stretch(opens: int, closes: int) -> None:
    if not opens < closes <= opens + MINUTES_A_DAY:
        raise InputError("opening hours must close after they open, within 24 hours")


def _minutes(opens: time, closes: time) -> tuple[int, int]:
    first, last = opens.hour * 60 + opens.minute, closes.hour * 60 + closes.minute
    return first, last if last > first else last + MINUTES_A_DAY


def check_hours(hours: Iterable[OpenHours]) -> None:
    """Refuse weekly hours of which two overlap, from Sunday night to Monday too.

    Raises:
        InputError: two do.
    """
    week = sorted((h.weekday * MINUTES_A_DAY + h.opens, h.closes - h.opens) for h in hours)
    again = [*week, *((start + MINUTES_A_WEEK, length) for start, length in week[:1])]
    for (start, length), (following, _) in pairwise(again):
        if following < start + length:
            raise InputError(f"two opening hours overlap on weekday {following // MINUTES_A_DAY % 7}")


def to_hours(values: Iterable[OpenHours]) -> tuple[OpenHours, ...]:
    """Take weekly hours from any list of them.

    Raises:
        InputError: it is no such list.
    """
    return _all_of(values, OpenHours, "hours are OpenHours, for example OpenHours.weekly(range(5), time(9), time(18))")


def _all_of(values: Any, cls: type[Any], wanted: str) -> tuple[Any, ...]:
    found = tuple(values) if isinstance(values, Iterable) else (values,)
    if not all(isinstance(one, cls) for one in found):
        raise InputError(wanted)
    if len(found) > MAX_COUNT:
        raise InputError(f"{len(found)} are too many, at most {MAX_COUNT}")
    return found


@attrs.frozen
class Season:
    """Weekly hours for a range of local days. Of two seasons that hold on a day, the one that began last counts.

    Attributes:
        name: the name that is shown.
        first: the first local day.
        last: the last local day, included; ``None``: until further notice.
        hours: the weekly hours; none: closed.
    """

    name: PublicText = attrs.field(validator=is_text(200))
    first: date = attrs.field(validator=_is_day)
    last: date | None = attrs.field(default=None, validator=attrs.validators.optional(_is_day))
    hours: tuple[OpenHours, ...] = attrs.field(default=(), converter=to_hours)

    def __attrs_post_init__(self) -> None:
        _check_days(self.first, self.last)
        check_hours(self.hours)

    def holds(self, day: date) -> bool:
        """Whether it is this season on a local day."""
        return self.first <= day and (self.last is None or day <= self.last)


def _check_days(first: date, last: date | None) -> None:
    if last is not None and last < first:
        raise InputError(f"the last day is before the first: {first.isoformat()} to {last.isoformat()}")


@attrs.frozen
class ClosedDays:
    """Local days on which a place or space is closed.

    Attributes:
        why: the kind of closed days, one of ``CLOSED_FOR``.
        name: the name that is shown.
        first: the first local day.
        last: the last local day, included.
    """

    why: ClosedFor = attrs.field(validator=is_word(ClosedFor))
    name: PublicText = attrs.field(validator=is_text(200))
    first: date = attrs.field(validator=_is_day)
    last: date = attrs.field(validator=_is_day)

    def __attrs_post_init__(self) -> None:
        _check_days(self.first, self.last)

    @classmethod
    def on(cls, why: ClosedFor, name: str, day: date) -> ClosedDays:
        """A single day."""
        return cls(why, name, day, day)

    def holds(self, day: date) -> bool:
        """Whether it is closed for this on a local day."""
        return self.first <= day <= self.last


@attrs.frozen
class ExtraOpening:
    """An exceptional opening, which overrides closed days and weekly hours.

    Attributes:
        name: the name that is shown.
        day: the local day.
        opens: minute of the local day, 0 to 1439.
        closes: minute of the local day, at most 2879: beyond 1440 it is on the next day.
    """

    name: PublicText = attrs.field(validator=is_text(200))
    day: date = attrs.field(validator=_is_day)
    opens: int = attrs.field(validator=is_count(least=0, most=MINUTES_A_DAY - 1))
    closes: int = attrs.field(validator=is_count(least=1, most=2 * MINUTES_A_DAY - 1))

    def __attrs_post_init__(self) -> None:
        _check_stretch(self.opens, self.closes)

    @classmethod
    def between(cls, name: str, day: date, opens: time, closes: time) -> ExtraOpening:
        """From one wall time to another; a closing time that is not after the opening is on the next day."""
        return cls(name, day, *_minutes(opens, closes))


def _seasons(values: Iterable[Season]) -> tuple[Season, ...]:
    return _all_of(values, Season, "seasons are Season values")


def _closed(values: Iterable[ClosedDays]) -> tuple[ClosedDays, ...]:
    return _all_of(values, ClosedDays, "closed days are ClosedDays values")


def _extra(values: Iterable[ExtraOpening]) -> tuple[ExtraOpening, ...]:
    return _all_of(values, ExtraOpening, "extra openings are ExtraOpening values")


@attrs.frozen
class Openings:
    """What differs from the weekly hours.

    Attributes:
        seasons: weekly hours for a part of the year.
        closed: closed days.
        extra: exceptional openings.
    """

    seasons: tuple[Season, ...] = attrs.field(default=(), converter=_seasons)
    closed: tuple[ClosedDays, ...] = attrs.field(default=(), converter=_closed)
    extra: tuple[ExtraOpening, ...] = attrs.field(default=(), converter=_extra)

    def __attrs_post_init__(self) -> None:
        begins = [season.first for season in self.seasons]
        if len(set(begins)) != len(begins):
            raise InputError("two seasons begin on the same day")


__all__ = [
    "CLOSED_FOR",
    "ClosedDays",
    "ClosedFor",
    "ExtraOpening",
    "OpenHours",
    "Openings",
    "Season",
]
