"""From the name of a zone in a file to an IANA zone, by steps, and what had to be assumed."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from zoneinfo import available_timezones

import attrs

from cantinekit.clock import zone
from cantinekit.errors import InputError
from cantinekit.errors.shown import shown
from cantinekit.scheduling.calendars._embedded import Embedded
from cantinekit.scheduling.calendars._problems import Problems

LONGEST = 100
"""Characters of a name that is looked up."""
LOOKS = 300
"""Comparisons of the clocks that a file defines with those of IANA zones."""


@attrs.frozen
class Known:
    """The zone that a time is read in. ``own`` is a clock that no IANA zone has; then ``name`` is UTC."""

    name: str
    own: Embedded | None = None


@attrs.define
class Zones:
    """The zones of one calendar: that of the reader, that of the calendar (X-WR-TIMEZONE), those that it defines."""

    reader: str
    calendar: str | None
    defined: dict[str, Embedded | None]
    problems: Problems
    repeating: bool = False
    """Whether what is being read repeats, so that it cannot be told by instants alone."""
    beside: str | None = None
    """The zone that the start of what is being read says, for other times of it that say none."""
    _folded: dict[str, Embedded | None] | None = None
    _found: dict[tuple[str, int, bool], Known] = attrs.field(factory=dict)
    _looks: int = 0
    _told: set[str] = attrs.field(factory=set)

    def of(self, tzid: str, year: int, line: int, component: str) -> Known:
        """The zone of a TZID: IANA, Windows, a prefix before an IANA name, a zone that the file defines, that of the
        calendar, that of the reader. Everything but the first is reported, once for each name.
        """
        year = min(max(year, 1971), 2100)  # of years before, zone databases tell more than files do
        key = (tzid, year, self.repeating)
        if key not in self._found:
            if len(self._found) > 10_000:
                self._found.clear()
            self._found[key] = self._look(tzid, year, line, component)
        return self._found[key]

    def ignored(self, tzid: str, line: int, component: str, what: str) -> None:
        self._tell("zone-ignored", tzid, line, component, f"{what}; the zone {shown(tzid)} has no meaning", "noted")

    def floating(self, line: int, component: str) -> Known:
        name = self.calendar or self.reader
        self._tell("zone-floating", "", line, component, f"times without a zone are read in {name}", "noted")
        return Known(name)

    def told_beside(self, name: str, line: int, component: str) -> None:
        message = f"{name} has no zone, and is read in that of DTSTART"
        self.problems.add("zone-start", line, component, message, "changed")

    def _own(self, tzid: str) -> Embedded | None:
        """The clock that the file defines under a name, in whatever case."""
        if tzid in self.defined:
            return self.defined[tzid]
        if self._folded is None:
            self._folded = {name.casefold(): clock for name, clock in self.defined.items()}
        return self._folded.get(tzid.casefold())

    def _look(self, tzid: str, year: int, line: int, component: str) -> Known:
        own = self._own(tzid)
        name = iana(tzid)
        if name is not None:
            if name != tzid:
                self._tell("zone-case", tzid, line, component, f"{shown(tzid)} is read as {name}", "noted")
            if own is not None and self._may_look() and not _agree(own, name, year):
                message = f"{tzid} is read as the IANA zone; the clock that the file defines for it is another"
                self._tell("zone-differs", tzid, line, component, message, "noted")
            return Known(name)
        for code, found in (("zone-windows", windows(tzid)), ("zone-prefixed", prefixed(tzid))):
            if found is not None:
                self._tell(code, tzid, line, component, f"{shown(tzid)} is read as {found}", "noted")
                return Known(found)
        if own is not None:
            found = own.iana(year) if self._may_look() else None
            if found is not None:
                self._tell("zone-embedded", tzid, line, component, f"{shown(tzid)} is read as {found}", "noted")
                return Known(found)
            near = own.near(year) if self.repeating and not own.fixed and self._may_look() else None
            known = Known("UTC", own) if near is None else Known(near[0])
            how = "in UTC" if near is None else f"as {near[0]}, which differs on {near[1]} days of two years"
            message = f"no IANA zone has the clock of {shown(tzid)}; it is read {how}"
            self._tell("zone-inexact", tzid, line, component, message, "changed")
            return known
        if self.calendar is not None:
            self._tell("zone-default", tzid, line, component, f"{shown(tzid)} is read as {self.calendar}", "changed")
            return Known(self.calendar)
        self._tell("zone-unknown", tzid, line, component, f"{shown(tzid)} is read as {self.reader}", "changed")
        return Known(self.reader)

    def _may_look(self) -> bool:
        """Whether a clock may still be compared with others: that costs some milliseconds each time."""
        self._looks += 1
        return self._looks <= LOOKS

    def _tell(self, code: str, tzid: str, line: int, component: str, message: str, done: str) -> None:
        if (key := f"{code} {tzid}") not in self._told and len(self._told) < 10_000:
            self._told.add(key)
            self.problems.add(code, line, component, message, done)  # type: ignore[arg-type]


def iana(name: str) -> str | None:
    """The name of an IANA zone that a name is, in whatever case."""
    if len(name) > LONGEST:
        return None
    found = _by_case().get(name.casefold(), name)
    try:
        zone(found)
    except InputError:
        return None
    return found


@cache
def _by_case() -> dict[str, str]:
    """No two names of IANA zones differ in case alone (tz database, "Theory and pragmatics")."""
    return {name.casefold(): name for name in available_timezones()}


def windows(name: str) -> str | None:
    """The IANA zone for a name of Windows, after CLDR."""
    found = _of_windows().get(name.strip().casefold())
    return iana(found) if found else None


@cache
def _of_windows() -> dict[str, str]:
    from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

    return {name.casefold(): value for name, value in WINDOWS_TO_OLSON.items()}


def prefixed(name: str) -> str | None:
    """The IANA name at the end of ``/prefix/Area/City``; nothing is opened that is no name of a zone."""
    parts = [part for part in name[:200].split("/") if part]
    for length in (3, 2):
        if len(parts) >= length and (found := iana("/".join(parts[-length:]))):
            return found
    return parts[-1] if len(parts) > 1 and parts[-1] in ("UTC", "GMT") else None


def _agree(own: Embedded, name: str, year: int) -> bool:
    """Whether a defined clock shows the time of the IANA zone in the middle of each month."""
    there = zone(name)
    for month in range(1, 13):
        local = datetime(year, month, 15, 12)
        if own.offset(local) != local.replace(tzinfo=there).utcoffset():
            return False
    return True


def in_utc(local: datetime, own: Embedded) -> datetime:
    """The instant of a wall time on a defined clock."""
    return (local - own.offset(local)).replace(tzinfo=UTC)
