"""Time: instants, periods, wall times and clocks.

An instant is an aware datetime, kept in UTC. A schedule is wall time with an IANA zone. No system zone is ever read,
and the time of a decision is passed in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal, Protocol
from zoneinfo import ZoneInfo

import attrs

from cantinekit.errors import InputError, NaiveDatetimeError
from cantinekit.errors.shown import shown

MIN_INSTANT = datetime(1970, 1, 1, tzinfo=UTC)
MAX_INSTANT = datetime(9998, 1, 1, tzinfo=UTC)
_ZONE = re.compile(r"(?!right/|posix/)[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+){0,2}")
_NO_ZONES = frozenset({"localtime", "posixrules", "Factory"})
"""Names in zone databases that stand for the machine's own zone, or for none."""


def instant(value: datetime) -> datetime:
    """The same instant in UTC.

    Args:
        value: an aware datetime in any zone, from 1970 to 9997.

    Raises:
        NaiveDatetimeError: the datetime has no time zone.
        InputError: it is no datetime, or lies before 1970 or after 9997.
    """
    if type(value) is datetime and value.tzinfo is UTC and MIN_INSTANT <= value < MAX_INSTANT:
        return value
    if not isinstance(value, datetime):
        raise InputError(f"an aware datetime is needed, not {type(value).__name__}")
    if value.tzinfo is None or value.utcoffset() is None:
        raise NaiveDatetimeError(f"{value.isoformat()} has no time zone; give it one, for example datetime.UTC")
    try:
        utc = value.astimezone(UTC)
    except OverflowError as error:
        raise InputError(f"{value.isoformat()} is out of range") from error
    if not MIN_INSTANT <= utc < MAX_INSTANT:
        raise InputError(f"{value.isoformat()} is out of range (1970 to 9997)")
    return utc


@lru_cache(maxsize=1024)
def format_instant(value: datetime) -> str:
    """The text of an instant, in UTC and of fixed width: the order of the bytes is the order in time.

    Args:
        value: an aware datetime in any zone.
    """  # equal instants have equal texts, whatever their zones, and one command writes the same few many times
    return instant(value).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def parse_instant(text: str) -> datetime:
    """Read a text that ``format_instant`` wrote.

    Args:
        text: ISO 8601 with a zone, such as "2026-05-04T09:00:00.000000Z".

    Raises:
        InputError: the text is no instant.
    """
    try:
        return instant(datetime.fromisoformat(text))
    except (TypeError, ValueError):
        raise InputError(f"not an instant: {shown(text)}") from None  # the text of the other repeats all of it


def zone(name: str) -> ZoneInfo:
    """The IANA zone of this name.

    Args:
        name: IANA name, such as "Europe/Paris".

    Raises:
        InputError: no such zone; a path, the machine's own zone and zones that count leap seconds (``right/...``) are
            refused before anything is opened.
    """
    if not isinstance(name, str):
        raise InputError(f"not a time zone name: {shown(name)}")
    return _zone(name)


@lru_cache(maxsize=512)
def _zone(name: str) -> ZoneInfo:
    if name in _NO_ZONES or not _ZONE.fullmatch(name):
        raise InputError(f"not a time zone name: {shown(name)}")
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise InputError(f"unknown time zone {shown(name)}") from None  # the text of the other repeats all of it


@attrs.frozen(order=True)
class Period:
    """A half-open stretch of time: from ``start`` on, up to but without ``end``. Never empty."""

    start: datetime = attrs.field(converter=instant)
    end: datetime = attrs.field(converter=instant)

    def __attrs_post_init__(self) -> None:
        if self.end <= self.start:
            raise InputError(f"a period must end after it starts: {self.start.isoformat()} to {self.end.isoformat()}")

    @property
    def length(self) -> timedelta:
        return self.end - self.start

    @property
    def minutes(self) -> int:
        """Whole minutes, a started one counted."""
        return -((self.start - self.end) // timedelta(minutes=1))

    def overlaps(self, other: Period) -> bool:
        """Whether the two periods have an instant in common.

        Args:
            other: the other period.
        """
        return self.start < other.end and other.start < self.end

    def contains(self, moment: datetime) -> bool:
        """Whether an instant is in the period; its end is not.

        Args:
            moment: an aware datetime in any zone.
        """
        return self.start <= instant(moment) < self.end

    def days(self) -> Iterator[date]:
        """The UTC days that the period touches."""
        day = self.start.date()
        while datetime.combine(day, time(), UTC) < self.end:
            yield day
            day += timedelta(days=1)


def widened(period: Period, before: timedelta, after: timedelta) -> Period:
    """Lengthen a period at both ends, as far as the range of instants allows.

    Args:
        period: the period to lengthen.
        before: how much earlier it begins; 0 or more.
        after: how much later it ends; 0 or more.
    """
    if not before and not after:
        return period
    start = period.start - min(before, period.start - MIN_INSTANT)
    return Period(start, period.end + min(after, MAX_INSTANT - timedelta.resolution - period.end))


_TIME = re.compile(r"([01]?\d|2[0-3]|24(?=:00)):([0-5]\d)", re.ASCII)
Resolution = Literal["exact", "gap", "fold"]


@attrs.frozen(order=True)
class WallTime:
    """What the clock on the wall shows: a day and a time of day in an IANA zone.

    Attributes:
        day: the local date.
        at: the local time of day, without a time zone of its own.
        zone: IANA name of the zone, such as "Europe/Paris".

    Raises:
        InputError: a value of another type, or an unknown zone.
    """

    day: date
    at: time
    zone: str

    def __attrs_post_init__(self) -> None:
        if isinstance(self.day, datetime) or not isinstance(self.day, date):
            raise InputError("WallTime.day is a date")
        if not isinstance(self.at, time) or self.at.tzinfo is not None:
            raise InputError("WallTime.at is a time of day without a time zone; the zone is named beside it")
        zone(self.zone)

    def resolve(self) -> tuple[datetime, Resolution]:
        """The instant in UTC, and whether the clock change had a say.

        A time that the change skips is read with the offset before it (02:30 becomes 03:30), a time that comes twice
        is the first one: RFC 5545, section 3.3.5.
        """
        naive = datetime.combine(self.day, self.at.replace(fold=0))
        first = naive.replace(tzinfo=zone(self.zone))
        second = first.replace(fold=1)
        before, after = first.utcoffset(), second.utcoffset()
        assert before is not None
        assert after is not None
        if before == after:
            return instant(first), "exact"
        return instant(first), "gap" if before < after else "fold"

    @property
    def instant(self) -> datetime:
        return self.resolve()[0]


def wall_times(day: date, starts: time, ends: time, zone_name: str) -> tuple[WallTime, WallTime]:
    """Start and end of an event on the wall clock; an end at or before the start is on the next day.

    Args:
        day: the local date of the start.
        starts: local time of day of the start.
        ends: local time of day of the end.
        zone_name: IANA name of the zone of both.
    """
    last = day + timedelta(days=1) if ends <= starts else day
    return WallTime(day, starts, zone_name), WallTime(last, ends, zone_name)


def time_of_day(value: str | time) -> time:
    """A time of day on the wall.

    Args:
        value: a ``time`` without a zone, or a text such as ``"14:00"`` or ``"9:30"``; ``"24:00"`` is midnight.

    Raises:
        InputError: it is no such text, or the time has a time zone: a place or a series has the zone.
    """
    if isinstance(value, time):
        if value.tzinfo is not None:
            raise InputError("a time of day has no time zone of its own")
        return value
    found = _TIME.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise InputError(f"a time of day is a time or a text such as '14:00', not {shown(value)}")
    hour, minute = int(found[1]), int(found[2])
    return time(0 if hour == 24 else hour, minute)


def wall_period(day: date, starts: str | time, ends: str | time, zone_name: str) -> Period:
    """A period by the clock on the wall of a zone; an end at or before the start is on the next day.

    Of a time that comes twice the first is meant; a time that the clock change skips is read with the offset before it
    (RFC 5545, section 3.3.5).

    Args:
        day: the local day on which it starts.
        starts: the time of day at which it starts, as ``time`` or as a text such as ``"14:00"``.
        ends: the time of day at which it ends.
        zone_name: the IANA name of the zone.

    Raises:
        InputError: no such time of day, or nothing is left between the two because the clock change skips it.
    """
    if starts == "24:00":  # the midnight that ends a day, and time_of_day would take the one that begins it
        raise InputError("a period can end at 24:00 and not start then: it starts at 0:00 of the next day")
    start, end = wall_times(day, time_of_day(starts), time_of_day(ends), zone_name)
    return Period(start.instant, end.instant)


def local(moment: datetime, zone_name: str) -> datetime:
    """The instant as the wall clock of a zone shows it (still aware).

    Args:
        moment: an aware datetime in any zone.
        zone_name: IANA name of the zone in which to show it.
    """
    return instant(moment).astimezone(zone(zone_name))


@lru_cache(maxsize=4096)
def day_shift(day: int, zone_name: str) -> timedelta | None:
    """By how much the clocks of a zone are ahead on a day of UTC; ``None`` where that changes within the day.

    Args:
        day: the ordinal of the day in UTC.
        zone_name: IANA name of the zone.
    """
    midnight = datetime.combine(date.fromordinal(day), time(), UTC)
    seen = {(midnight + timedelta(hours=hour)).astimezone(zone(zone_name)).utcoffset() for hour in range(25)}
    return None if len(seen) > 1 else seen.pop()


def day_bounds(day: date, zone_name: str) -> Period:
    """A local day as a period: 23, 24 or 25 hours long.

    Args:
        day: the local date.
        zone_name: IANA name of the zone.

    Raises:
        InputError: the zone skipped that day (Samoa had no 30 December 2011), or it is out of range.
    """
    midnight = time()
    start = WallTime(day, midnight, zone_name).instant
    return Period(start, WallTime(day + timedelta(days=1), midnight, zone_name).instant)


class Clock(Protocol):
    """Tells the time; passed in, so that tests and replays decide what it says."""

    def now(self) -> datetime:
        """The present instant, aware."""
        ...


class SystemClock:
    """The machine's clock, in UTC."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class ManualClock:
    """A clock for tests that stands still until it is set.

    Args:
        now: the instant that it shows first; it must have a time zone.
    """

    def __init__(self, now: datetime) -> None:
        self._now = instant(now)

    def now(self) -> datetime:
        return self._now

    def set(self, now: datetime) -> None:
        """Show another instant.

        Args:
            now: the instant to show; it must have a time zone.
        """
        self._now = instant(now)

    def advance(self, by: timedelta) -> None:
        """Move the clock.

        Args:
            by: how far to move the clock; back if negative.
        """
        self._now = instant(self._now + by)
