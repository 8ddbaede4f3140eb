"""Dates, times, periods and durations of a file, read by icalendar's types, with the zone that was found for each."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

import attrs

from cantinekit.clock import MAX_INSTANT, MIN_INSTANT, WallTime
from cantinekit.errors import InputError
from cantinekit.scheduling.calendars._content import Prop
from cantinekit.scheduling.calendars._zones import Zones, in_utc
from cantinekit.scheduling.recurrence import Length

_DATE = re.compile(r"\d{8}", re.ASCII)
_TIME = re.compile(r"\d{8}T\d{6}Z?", re.ASCII)
_LEAP = re.compile(r"60(?=Z?$)")


class UnreadableError(ValueError):
    """A value that cannot be read; ``code`` is that of the problem."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@attrs.frozen
class Moment:
    """A date, or a wall time (naive) with the IANA zone that it is meant in; an instant has the zone UTC."""

    local: datetime | date
    zone: str | None
    floating: bool = False

    @property
    def is_date(self) -> bool:
        return self.zone is None

    def instant(self, reader: str) -> datetime:
        """The instant; of a date the midnight with which it begins in the reader's zone."""
        if isinstance(self.local, datetime):
            assert self.zone is not None
            return WallTime(self.local.date(), self.local.time(), self.zone).instant
        return WallTime(self.local, datetime.min.time(), reader).instant


def moment(text: str, prop: Prop, zones: Zones, component: str) -> Moment:
    """One DATE or DATE-TIME.

    Raises:
        UnreadableError: it is neither, there is no such day or time, or it lies outside 1970 to 9997.
    """
    from icalendar.prop import vDDDTypes

    text = text.strip().upper()
    tzid = prop.param("TZID")
    if _DATE.fullmatch(text):
        if tzid is not None:
            zones.problems.add("zone-ignored", prop.number, component, f"{prop.name} is a date; {tzid!r}", "noted")
        return Moment(_in_range(_read(vDDDTypes, text, prop)), None)
    if not _TIME.fullmatch(text):
        raise UnreadableError("value-invalid", f"{prop.name} is no date and no time: {text[:40]!r}")
    value = _read(vDDDTypes, _LEAP.sub("59", text), prop)
    local = value.replace(tzinfo=None)
    _in_range(local)
    if text.endswith("Z"):
        if tzid is not None and tzid.upper() not in ("UTC", "ETC/UTC", "GMT"):
            zones.problems.add("zone-ignored", prop.number, component, f"{prop.name} is in UTC; {tzid!r}", "noted")
        return Moment(local, "UTC")
    if tzid is None:
        return Moment(local, zones.floating(prop.number, component).name, floating=True)
    known = zones.of(tzid, local.year, prop.number, component)
    if known.own is not None:
        return Moment(in_utc(local, known.own).replace(tzinfo=None), "UTC")
    return Moment(local, known.name)


def _read(types: type, text: str, prop: Prop) -> datetime:
    try:
        return types.from_ical(text)  # type: ignore[attr-defined, no-any-return]
    except (ValueError, TypeError, OverflowError) as error:
        raise UnreadableError("value-invalid", f"{prop.name}: no such day or time: {text[:40]!r}") from error


def _in_range(value: date) -> date:
    """Refuse a year that no instant can have in every zone."""
    if not MIN_INSTANT.year <= value.year < MAX_INSTANT.year:
        raise UnreadableError("year-out-of-range", f"the year {value.year:04} is outside 1970 to 9997")
    return value


def moments(prop: Prop, zones: Zones, component: str, most: int) -> list[tuple[Moment, Moment | Length | None]]:
    """The values of EXDATE or RDATE: each with its end or length where it is a period.

    Raises:
        UnreadableError: one cannot be read, or there are more than ``most``.
    """
    if prop.value.count(",") >= most:
        raise UnreadableError("too-many-dates", f"{prop.name} has more than {most} values")
    found: list[tuple[Moment, Moment | Length | None]] = []
    for text in prop.value.split(","):
        if not text.strip():
            continue
        start, slash, end = text.partition("/")
        found.append((moment(start, prop, zones, component), _end(end, prop, zones, component) if slash else None))
    return found


def _end(text: str, prop: Prop, zones: Zones, component: str) -> Moment | Length:
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
        raise UnreadableError("value-invalid", f"{prop.name}: {error}") from error


def utc(text: str, prop: Prop, zones: Zones, component: str) -> datetime:
    """An instant such as DTSTAMP, which should be in UTC, and is read in its zone where it is not."""
    read = moment(text, prop, zones, component)
    return read.instant(zones.reader).astimezone(UTC)
