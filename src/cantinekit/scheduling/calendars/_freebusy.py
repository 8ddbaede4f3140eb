"""When somebody or something is busy, and when a place is open: VFREEBUSY and VAVAILABILITY (RFC 5545, RFC 7953)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Literal

import attrs

from cantinekit.calendar import MINUTES_A_DAY
from cantinekit.clock import Period, instant, zone
from cantinekit.domain.places.openings import OpenHours
from cantinekit.errors import InputError
from cantinekit.errors.shown import shown
from cantinekit.scheduling.calendars._emit import put, put_text, stamp, wall
from cantinekit.scheduling.calendars._vtimezone import vtimezone

if TYPE_CHECKING:
    from icalendar import Component

BusyKind = Literal["busy", "tentative", "unavailable"]
KINDS: dict[BusyKind, str] = {"busy": "BUSY", "unavailable": "BUSY-UNAVAILABLE", "tentative": "BUSY-TENTATIVE"}
"""The kinds of being busy, the strongest first, with their names in FBTYPE."""
PRODID = "-//cantinekit//calendars//EN"
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_A_LINE = 100
"""Periods in one FREEBUSY line."""


@attrs.frozen(order=True)
class BusyPeriod:
    """A half-open period, in UTC, and how busy one is in it.

    Attributes:
        start: the first instant, included.
        end: the last instant, not included.
        kind: how busy: "busy", "unavailable" or "tentative" (FBTYPE, RFC 5545, section 3.2.9).
    """

    start: datetime = attrs.field(converter=instant)
    end: datetime = attrs.field(converter=instant)
    kind: BusyKind = "busy"

    def __attrs_post_init__(self) -> None:
        if self.end <= self.start:
            raise InputError(f"a period must end after it starts: {self.start.isoformat()} to {self.end.isoformat()}")
        if self.kind not in KINDS:
            raise InputError(f"BusyPeriod.kind must be one of {', '.join(KINDS)}, not {shown(self.kind)}")

    @property
    def period(self) -> Period:
        return Period(self.start, self.end)


def merged(periods: Iterable[BusyPeriod]) -> tuple[BusyPeriod, ...]:
    """The same time in periods that neither overlap nor touch within a kind; where kinds overlap, the stronger one.

    Args:
        periods: busy periods in any order.
    """
    strength = list(KINDS)
    given = sorted(periods)
    points = [(p.start, 1, strength.index(p.kind)) for p in given] + [
        (p.end, -1, strength.index(p.kind)) for p in given
    ]
    depth = [0] * len(strength)
    found: list[BusyPeriod] = []
    since: datetime | None = None
    held: int | None = None
    for at, group in groupby(sorted(points), key=lambda point: point[0]):
        for _, change, kind in group:
            depth[kind] += change
        new = next((kind for kind, count in enumerate(depth) if count), None)
        if new != held:
            if held is not None and since is not None:
                found.append(BusyPeriod(since, at, strength[held]))
            since, held = at, new
    return tuple(found)


def write_free_busy(
    uid: str, window: Period, periods: Iterable[BusyPeriod], now: datetime, *, organizer: str | None = None
) -> bytes:
    """A calendar with one VFREEBUSY: in UTC, merged, cut to the window (RFC 5545, section 3.6.4).

    Args:
        uid: UID of the component.
        window: the period that it is about.
        periods: busy periods in any order.
        now: its DTSTAMP.
        organizer: a URI of whose time it is; ``None``: not written.
    """
    from icalendar import FreeBusy

    component = FreeBusy()
    put_text(component, "UID", uid)
    put(component, "DTSTAMP", stamp(now))
    put(component, "DTSTART", stamp(window.start))
    put(component, "DTEND", stamp(window.end))
    if organizer is not None:
        from cantinekit.scheduling.calendars._emit import uri

        put(component, "ORGANIZER", uri(organizer, "the organizer"))
    inside = [
        BusyPeriod(max(one.start, window.start), min(one.end, window.end), one.kind)
        for one in periods
        if one.start < window.end and window.start < one.end
    ]
    whole = merged(inside)
    for kind, name in KINDS.items():
        texts = [f"{stamp(one.start)}/{stamp(one.end)}" for one in whole if one.kind == kind]
        for first in range(0, len(texts), _A_LINE):
            put(component, "FREEBUSY", ",".join(texts[first : first + _A_LINE]), {"FBTYPE": name})
    return wrapped([component.to_ical(sorted=False)])


def write_availability(
    uid: str,
    hours: Sequence[OpenHours],
    zone_name: str,
    start: date,
    now: datetime,
    *,
    closures: Sequence[Period] = (),
    name: str | None = None,
) -> bytes:
    """Opening hours as VAVAILABILITY (RFC 7953).

    What no AVAILABLE covers is BUSY-UNAVAILABLE. Each closure is a VAVAILABILITY of its own without any, of the highest
    priority (section 3.1). Hours that span a clock change, other than whole days, are an hour off in that night: an
    AVAILABLE lasts equally long each time.

    Args:
        uid: UID of the component.
        hours: weekly hours; none: always open.
        zone_name: IANA name of the zone of the place.
        start: the first local day.
        now: its DTSTAMP.
        closures: periods in which it is closed in spite of the hours.
        name: its SUMMARY; ``None``: not written.
    """
    zone(zone_name)
    component = _component("VAVAILABILITY", uid, now)
    put(component, "DTSTART", wall(datetime.combine(start, time())), {"TZID": zone_name})
    put(component, "PRIORITY", "9")
    put(component, "BUSYTYPE", "BUSY-UNAVAILABLE")
    put_text(component, "SUMMARY", name)
    by_times: dict[tuple[int, int], list[int]] = {}
    for stretch in hours or [OpenHours(day, 0, MINUTES_A_DAY) for day in range(7)]:
        by_times.setdefault((stretch.opens, stretch.closes), []).append(stretch.weekday)
    for number, ((opens, closes), weekdays) in enumerate(sorted(by_times.items())):
        days = sorted(set(weekdays))
        first = next(start + timedelta(n) for n in range(7) if (start + timedelta(n)).weekday() in days)
        inner = _component("AVAILABLE", f"{uid}-{number}", now)
        put(inner, "DTSTART", wall(_at(first, opens)), {"TZID": zone_name})
        if closes - opens == MINUTES_A_DAY:  # a day of 23 or 25 hours is open all through
            put(inner, "DURATION", "P1D")
        else:
            put(inner, "DTEND", wall(_at(first, closes)), {"TZID": zone_name})
        put(inner, "RRULE", f"FREQ=WEEKLY;BYDAY={','.join(_DAYS[day] for day in days)}")
        component.add_component(inner)
    parts = [vtimezone(zone_name), component.to_ical(sorted=False)]
    for closure in sorted(closures):
        closed = _component("VAVAILABILITY", f"{uid}-closed-{stamp(closure.start)}", now)
        put(closed, "DTSTART", stamp(closure.start))
        put(closed, "DTEND", stamp(closure.end))
        put(closed, "PRIORITY", "1")
        put(closed, "BUSYTYPE", "BUSY-UNAVAILABLE")
        parts.append(closed.to_ical(sorted=False))
    return wrapped(parts)


def _at(day: date, minute: int) -> datetime:
    return datetime.combine(day, time()) + timedelta(minutes=minute)


def _component(kind: str, uid: str, now: datetime) -> Component:
    from icalendar import Component

    component = Component()
    component.name = kind  # type: ignore[misc]  # so it is meant for components that icalendar has no class for
    put_text(component, "UID", uid)
    put(component, "DTSTAMP", stamp(now))
    return component


def wrapped(parts: Iterable[bytes], method: str | None = None) -> bytes:
    """Components in a VCALENDAR."""
    head = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:{PRODID}\r\nCALSCALE:GREGORIAN\r\n"
    return b"".join([head.encode(), f"METHOD:{method}\r\n".encode() if method else b"", *parts, b"END:VCALENDAR\r\n"])
