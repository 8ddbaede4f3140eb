"""Calendars for tests: texts, events, and what makes two events the same after a way through other hands."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from typing import Any

import attrs

from cantinekit.clock import WallTime, zone
from cantinekit.scheduling.calendars import FIELDS, CalendarEvent, Feed, read_programme, write_feed
from cantinekit.scheduling.recurrence import Length, Override, Rule, Series, Until
from cantinekit.scheduling.recurrence.exact import exact

PARIS = zone("Europe/Paris")
NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
FEED = Feed("Cantine")


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


def paris(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=PARIS)


def calendar(*lines: str) -> bytes:
    """A VCALENDAR around lines."""
    head = ("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//EN")
    return "".join(f"{line}\r\n" for line in (*head, *lines, "END:VCALENDAR")).encode()


def vevent(
    *lines: str, uid: str | None = "one@example.org", start: str = "DTSTART:20261126T090000Z"
) -> tuple[str, ...]:
    """The lines of a VEVENT."""
    given = [] if uid is None else [f"UID:{uid}"]
    return ("BEGIN:VEVENT", *given, "DTSTAMP:20260101T000000Z", *([start] if start else []), *lines, "END:VEVENT")


def event(uid: str = "one@example.org", start: Any = None, *, fields: Any = (), **more: Any) -> CalendarEvent:
    """An event; what is not of the series goes to the event."""
    names = {"modified", "created", "busy", "private", "organizer", "attendees", "subjects", "instance"}
    of_event = {name: more.pop(name) for name in list(more) if name in names}
    series = Series(uid, start or paris(2026, 11, 26, 18), more.pop("length", Length(0, 7200)), fields=fields, **more)
    return CalendarEvent(series, of_event.pop("modified", NOW), **of_event)


def there_and_back(events: Iterable[CalendarEvent], at: str = "Europe/Paris") -> tuple[CalendarEvent, ...]:
    """Events after they were written and read; nothing may be told about them."""
    found = read_programme(b"".join(write_feed(FEED, events)), zone=at)
    told = {"rule-contested", "rule-start"}  # of what was drawn, not of how it was written
    assert [str(one) for one in found.problems if one.code not in told] == []
    return found.events


def plain(event: CalendarEvent) -> CalendarEvent:
    """The event as a calendar can say it: rules end in UTC or on a date, dates that stand for days are times, changes
    of no date are gone, texts are there or not.
    """
    series = exact(event.series)
    fields = {name: text for name, text in series.fields if text and name in FIELDS}
    extra = [Override(one.start, length=one.length) for one in series.rdates if one.length not in (None, series.length)]
    changed = {one.recurrence_id for one in series.overrides}
    extra = [one for one in extra if one.recurrence_id not in changed]
    place = None if series.zone else "UTC"
    there = [one for one in (*series.overrides, *extra) if series.occurrence(one.recurrence_id, zone=place)]
    overrides = [_plain(series, one) for one in there]
    series = attrs.evolve(
        series,
        rdates=[one.start for one in series.rdates],
        rules=[_until(series, rule) for rule in series.rules],
        fields=fields,
        overrides=overrides,
    )
    return attrs.evolve(event, series=series, subjects=(), attendees=())


def _until(series: Series, rule: Rule) -> Rule:
    until = rule.until
    if until is None or until.utc:
        return rule
    if series.all_day:
        return attrs.evolve(rule, until=Until(until.day))
    at = until.at or time(23, 59, 59)
    return attrs.evolve(rule, until=Until.instant(WallTime(until.day, at, series.zone.key).instant))


def _plain(series: Series, override: Override) -> Override:
    own = dict(series.fields)
    fields = {
        name: text for name, text in override.fields if name in FIELDS and (text or None) != (own.get(name) or None)
    }
    original = override.recurrence_id
    return attrs.evolve(
        override,
        recurrence_id=original,
        start=None if override.start == original else override.start,
        length=None if override.length == series.length else override.length,
        status=None if series.status in ("cancelled", override.status) else override.status,
        sequence=max(series.sequence, override.sequence),
        stamp=override.stamp or NOW,
        fields={name: text or None for name, text in fields.items()},
    )


def day(text: str) -> date:
    return date.fromisoformat(text)
