"""Dates, times, periods and durations of a file, read by icalendar's types, with the zone that was found for each."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

import attrs

from cantinekit.clock import WallTime
from cantinekit.errors import InputError
from cantinekit.scheduling.calendars._content import Prop
from cantinekit.scheduling.calendars._zones import Zones, in_utc
from cantinekit.scheduling.recurrence import Length
from cantinekit.scheduling.recurrence.series import FIRST_YEAR, LAST_YEAR

_DATE = re.compile(r"\d{8}", re.ASCII)
_TIME = re.compile(r"\d{8}T\d{6}Z?", re.ASCII)
_LEAP = re.compile(r"60(?=Z?$)")


class UnreadableError(ValueError):
    """A value that cannot be read; ``code`` is that of the problem, ``line`` its line, or 0 for the component's."""

    def __init__(self, code: str, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.code = code
        self.line = line


@attrs.frozen
class When:
    """A date, or a wall time (naive) with the IANA zone that it is meant in; an instant has the zone UTC."""

    local: datetime | date
    zone: str | None
    drifts: bool = False
    """It was worked out by a clock that changes, and that no IANA zone has: it cannot be repeated."""

    @property
    def is_date(self) -> bool:
        return self.zone is None

    def instant(self) -> datetime:
        """The instant of a time.

        Raises:
            InputError: it lies before 1970.
        """
        assert isinstance(self.local, datetime)
        assert self.zone is not None
        return WallTime(self.local.date(), self.local.time(), self.zone).instant


def moment(text: str, prop: Prop, zones: Zones, component: str) -> When:
    """One DATE or DATE-TIME.

    Raises:
        UnreadableError: it is neither, there is no such day or time, or it lies outside of what a series takes.
    """
    from icalendar.prop import vDDDTypes

    text = text.strip().upper()
    tzid = prop.param("TZID")
    if _DATE.fullmatch(text):
        if tzid is not None:
            zones.ignored(tzid, prop.number, component, f"{prop.name} is a date")
        return When(_in_range(_read(vDDDTypes, text, prop), prop), None)
    if not _TIME.fullmatch(text):
        raise UnreadableError("value-invalid", f"{prop.name} is no date and no time: {text[:40]!r}", prop.number)
    value = _read(vDDDTypes, _LEAP.sub("59", text), prop)
    local = value.replace(tzinfo=None)
    _in_range(local, prop)
    if text.endswith("Z"):
        if tzid is not None and tzid.upper() not in ("UTC", "ETC/UTC", "GMT"):
            zones.ignored(tzid, prop.number, component, f"{prop.name} is in UTC")
        return When(local, "UTC")
    if tzid is None and zones.beside is None:
        return When(local, zones.floating(prop.number, component).name)
    if tzid is None:
        zones.told_beside(prop.name, prop.number, component)
        tzid = zones.beside or "UTC"
    known = zones.of(tzid, local.year, prop.number, component)
    if known.own is not None:
        return When(in_utc(local, known.own).replace(tzinfo=None), "UTC", not known.own.fixed)
    return When(local, known.name)


def is_floating(prop: Prop) -> bool:
    """Whether it is a time that says no zone."""
    text = prop.value.strip().upper()
    return prop.param("TZID") is None and not text.endswith("Z") and not _DATE.fullmatch(text)


def _read(types: type, text: str, prop: Prop) -> datetime:
    try:
        return types.from_ical(text)  # type: ignore[attr-defined, no-any-return]
    except (ValueError, TypeError, OverflowError) as error:
        raise UnreadableError(
            "value-invalid", f"{prop.name}: no such day or time: {text[:40]!r}", prop.number
        ) from error


def _in_range(value: date, prop: Prop) -> date:
    """Refuse a year in which no series can start."""
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        message = f"the year {value.year:04} is outside {FIRST_YEAR} to {LAST_YEAR}"
        raise UnreadableError("year-out-of-range", message, prop.number)
    return value


def moments(prop: Prop, zones: Zones, component: str, most: int) -> list[tuple[When, When | Length | None]]:
    """The values of EXDATE or RDATE: each with its end or length where it is a period.

    Raises:
        UnreadableError: one cannot be read, or there are more than ``most``.
    """
    if prop.value.count(",") >= most:
        raise UnreadableError("too-many-dates", f"{prop.name} has more than {most} values", prop.number)
    found: list[tuple[When, When | Length | None]] = []
    for text in prop.value.split(","):
        if not text.strip():
            continue
        start, slash, end = text.partition("/")
        found.append((moment(start, prop, zones, component), _end(end, prop, zones, component) if slash else None))
    return found


def _end(text: str, prop: Prop, zones: Zones, component: str) -> When | Length:
    is_length = text.strip().upper().lstrip("+-").startswith("P")
    return length(text, prop) if is_length else moment(text, prop, zones, component)


def length(text: str, prop: Prop) -> Length:
    """A DURATION, its days apart from its hours.

    Raises:
        UnreadableError: it is none, a negative one, or longer than ten years.
    """
    try:
        return Length.parse(text.strip().upper())
    except InputError as error:
        raise UnreadableError("value-invalid", f"{prop.name}: {error}", prop.number) from error


def ended(start: When, lasts: Length) -> datetime:
    """The instant at which something ends that lasts so long: first the days, then the seconds."""
    assert isinstance(start.local, datetime)
    return When(start.local + timedelta(days=lasts.days), start.zone).instant() + timedelta(seconds=lasts.seconds)


def utc(text: str, prop: Prop, zones: Zones, component: str) -> datetime:
    """An instant such as DTSTAMP, which should be in UTC, and is read in its zone where it is not."""
    read = moment(text, prop, zones, component)
    if read.is_date:
        raise UnreadableError("value-invalid", "a date, where an instant has to be", prop.number)
    return read.instant()
