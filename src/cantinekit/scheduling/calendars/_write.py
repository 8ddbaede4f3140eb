"""One event as VEVENT components: the series, then each changed date (RFC 5545, sections 3.6.1 and 3.8.4.4)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

import attrs

from cantinekit.clock import WallTime
from cantinekit.errors import InputError
from cantinekit.scheduling.calendars._emit import put, put_list, put_text, stamp, wall
from cantinekit.scheduling.calendars._event import CalendarEvent, Participant
from cantinekit.scheduling.recurrence import Length, Override, Rule, Series, Until
from cantinekit.scheduling.recurrence.exact import exact
from cantinekit.scheduling.recurrence.values import Fields, Moment, merged, wall_key

if TYPE_CHECKING:
    from icalendar import Component

_A_LINE = 100
"""Dates in one EXDATE or RDATE line."""
GAP = "X-CANTINEKIT-GAP"


def zone_of(event: CalendarEvent) -> str | None:
    """The zone that the event's lines name; none for whole days and for UTC."""
    where = event.series.zone
    return None if where is None or where.key == "UTC" else where.key


def write_event(event: CalendarEvent, *, people: bool = False, state: bool = True) -> bytes:
    """The components of an event.

    The dates that are written are exactly those of the series: a date that stands for a day is written as each start of
    that day, and a change of a date that the series does not have is left out.

    Args:
        event: the event.
        people: whether attendees are written, as in a message; a published feed has none.
        state: whether STATUS is written.

    Raises:
        InputError: an override holds for all later dates too, which has to be split off first.
    """
    for one in event.series.overrides:
        if one.following:
            raise InputError(f"{event.uid}: a change of all later dates is not written; split the series first")
    series = exact(event.series)
    if series is not event.series:
        event = attrs.evolve(event, series=series)
    whole = _component(event, None, people)
    if not state:
        del whole["STATUS"]
    for rule in series.rules:
        put(whole, "RRULE", str(_for(series, rule)))
    for rule in series.exrules:
        put(whole, "EXRULE", str(_for(series, rule)))
    _put_moments(whole, "RDATE", [one.start for one in series.rdates])
    _put_moments(whole, "EXDATE", list(series.exdates))
    if series.gap != "shift":
        put_text(whole, GAP, series.gap)
    if series.related_to:
        put_text(whole, "RELATED-TO", series.related_to)
    parts = [whole.to_ical(sorted=False)]
    parts += (_component(event, one, people).to_ical(sorted=False) for one in _overrides(series))
    return b"".join(parts)


def _overrides(series: Series) -> Iterator[Override]:
    """The changed dates that the series has, among them each extra date with a length of its own.

    Many programs do not read an RDATE that is a PERIOD; all read a changed date.
    """
    if not (series.overrides or series.rdates):
        return iter(())
    lengths = {wall_key(one.start): one for one in series.rdates if one.length not in (None, series.length)}
    found = []
    for override in series.overrides:
        extra = lengths.pop(wall_key(override.recurrence_id), None)
        own = extra is not None and override.length is None
        found.append(attrs.evolve(override, length=extra.length) if own and extra else override)
    found += (Override(one.start, length=one.length) for one in lengths.values())
    place = None if series.zone else "UTC"
    return (one for one in found if series.occurrence(one.recurrence_id, zone=place) is not None)


def _component(event: CalendarEvent, override: Override | None, people: bool) -> Component:
    """The VEVENT of the series, or of one changed date of it."""
    from icalendar import Event

    series = event.series
    date = None if event.instance is None else series.own(event.instance)
    start, length, status = series.start, series.length, series.status
    sequence, fields = series.sequence, series.fields
    if override is not None:
        date = override.recurrence_id
        start = date if override.start is None else override.start
        length = series.length if override.length is None else override.length
        status = status if status == "cancelled" else override.status or status
        fields = merged(fields, override.fields)
        sequence = max(sequence, override.sequence)
    one = Event()
    changed = stamp((override and override.stamp) or event.modified)
    put_text(one, "UID", event.uid)
    if date is not None:
        _put_moments(one, "RECURRENCE-ID", [date])
    put(one, "DTSTAMP", changed)
    if not event.undated:
        put(one, "LAST-MODIFIED", changed)
    if event.created is not None:
        put(one, "CREATED", stamp(event.created))
    put(one, "SEQUENCE", str(sequence))
    _put_moments(one, "DTSTART", [start])
    _put_end(one, start, length)
    put(one, "STATUS", status.upper())
    put(one, "TRANSP", "OPAQUE" if event.busy else "TRANSPARENT")
    if event.private:
        put(one, "CLASS", "PRIVATE")
    put_fields(one, fields)
    if event.organizer is not None:
        put(one, "ORGANIZER", event.organizer.address, {"CN": event.organizer.name} if event.organizer.name else None)
    for person in event.attendees if people else ():
        put_person(one, person)
    return one


def put_fields(one: Component, fields: Fields) -> None:
    """The texts that a calendar has a place for."""
    found = {name: value for name, value in fields if value}
    put_text(one, "SUMMARY", found.get("title"))
    put_text(one, "DESCRIPTION", found.get("description"))
    put_text(one, "LOCATION", found.get("location"))
    put_list(one, "CATEGORIES", (line.strip() for line in found.get("categories", "").splitlines() if line.strip()))
    if "url" in found:
        put(one, "URL", found["url"])
    put_text(one, "COLOR", found.get("color"))
    if "image" in found:
        put(one, "IMAGE", found["image"], {"VALUE": "URI", "DISPLAY": "BADGE"})
    if "conference" in found:
        label = {"LABEL": found["conference_label"]} if "conference_label" in found else {}
        put(one, "CONFERENCE", found["conference"], {"VALUE": "URI", **label})


def put_person(one: Component, person: Participant) -> None:
    """An ATTENDEE."""
    params: dict[str, str] = {"ROLE": person.role, "PARTSTAT": person.answer}
    if person.name:
        params["CN"] = person.name
    if person.rsvp:
        params["RSVP"] = "TRUE"
    put(one, "ATTENDEE", person.address, params)


def _said(moment: Moment) -> tuple[str, str | None]:
    """The value, and the zone of a wall time. The second pass of an hour that comes twice is said in UTC."""
    if not isinstance(moment, datetime):
        return wall(moment), None
    if moment.fold:
        return stamp(moment), None
    key = moment.tzinfo.key  # type: ignore[union-attr]
    return (f"{wall(moment)}Z", None) if key == "UTC" else (wall(moment), key)


def _put_moments(one: Component, name: str, moments: list[Moment]) -> None:
    if not moments:
        return
    lines: dict[str | None, list[str]] = {}
    for moment in moments:
        text, key = _said(moment)
        lines.setdefault(key, []).append(text)
    for key, texts in lines.items():
        params = {} if key is None else {"TZID": key}
        if not isinstance(moments[0], datetime):
            params = {"VALUE": "DATE"}
        for first in range(0, len(texts), _A_LINE):
            put(one, name, ",".join(texts[first : first + _A_LINE]), params)


def _put_end(one: Component, start: Moment, length: Length) -> None:
    """The end; the length where an end could not say it: days that a clock change makes longer, or an hour that comes
    twice.
    """
    if not isinstance(start, datetime):
        put(one, "DTEND", wall(start + timedelta(days=length.days)), {"VALUE": "DATE"})
    elif length:
        begins = WallTime(start.date(), start.time(), start.tzinfo.key).instant  # type: ignore[union-attr]
        if start.fold:
            begins = start.astimezone(UTC)
        ends = begins + timedelta(seconds=length.seconds)
        local = ends.astimezone(start.tzinfo)
        if length.days or local.fold or start.fold or ends.year >= 9997:
            put(one, "DURATION", str(length))
        else:
            _put_moments(one, "DTEND", [local])


def _for(series: Series, rule: Rule) -> Rule:
    """The rule with an UNTIL of the type of its start: a date for whole days, else UTC (RFC 5545, 3.3.10)."""
    until = rule.until
    if until is None:
        return rule
    if series.zone is None:
        return rule if until.at is None else attrs.evolve(rule, until=Until(until.day))
    if until.utc:
        return rule
    at = time(23, 59, 59) if until.at is None else until.at
    return attrs.evolve(rule, until=Until.instant(WallTime(until.day, at, series.zone.key).instant.astimezone(UTC)))
