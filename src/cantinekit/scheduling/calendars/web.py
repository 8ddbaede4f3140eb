"""A programme for web pages and spreadsheets: schema.org JSON-LD, and CSV whose cells are never formulas."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any
from unicodedata import category, normalize

from cantinekit.clock import Period, local
from cantinekit.scheduling.calendars._event import CalendarEvent
from cantinekit.scheduling.recurrence import Occurrence, Rule, Series

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_UNITS = {"DAILY": "D", "WEEKLY": "W", "MONTHLY": "M", "YEARLY": "Y"}
_STATES = {
    "confirmed": "https://schema.org/EventScheduled",
    "tentative": "https://schema.org/EventScheduled",
    "cancelled": "https://schema.org/EventCancelled",
}
COLUMNS = ("uid", "date", "start", "end", "zone", "status", "title", "location", "categories", "url", "description")
CSV_MARK = b"\xef\xbb\xbf"
"""Tells a spreadsheet that a table is in UTF-8."""
_NUMBER = re.compile(r"[+-]?[0-9]{1,15}(?:[.,][0-9]{1,10})?")
_SIGNS = frozenset("=+-@\u2212")
"""What a formula begins with, the minus sign included; other widths and heights of them come to the same."""
_UNSEEN = frozenset(("Cc", "Cf", "Cn", "Co", "Cs", "Me", "Mn", "Zl", "Zp", "Zs"))
_FILLERS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters and a pattern without ink."""
_UNSAFE = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026", 0x2028: "\\u2028", 0x2029: "\\u2029"}


def json_ld(event: CalendarEvent, window: Period, *, zone: str) -> dict[str, Any]:
    """A schema.org Event. Private events say only when.

    A series has its occurrences in the window as ``subEvent``, and an ``eventSchedule`` where schema.org can say its
    rule.

    Args:
        event: the event.
        window: which occurrences of a series are listed.
        zone: IANA name of the zone of the place, for whole days.
    """
    series = event.series
    found: dict[str, Any] = {"@context": "https://schema.org", **_one(event, dict(series.fields), series.status)}
    where = series.zone.key if series.zone else zone
    if series.rules or series.rdates:
        found["@type"] = "EventSeries"
        times = list(series.between(window, zone=zone))
        found["subEvent"] = [_occurrence(event, one, where) for one in times]
        schedules = [_schedule(series, rule, where) for rule in series.rules]
        if schedules and not series.exrules and all(schedules):
            found["eventSchedule"] = schedules if len(schedules) > 1 else schedules[0]
        return found
    one = series.occurrence(series.start, zone=zone)
    return found | (_times(series, one, where) if one is not None else {})


def json_ld_script(value: Mapping[str, Any] | Iterable[Mapping[str, Any]]) -> str:
    """JSON for a ``<script type="application/ld+json">``: nothing in it ends the script or begins a tag.

    Args:
        value: one object that ``json_ld`` made, or several.
    """
    shown = dict(value) if isinstance(value, Mapping) else [dict(one) for one in value]
    return json.dumps(shown, ensure_ascii=False, sort_keys=True).translate(_UNSAFE)


def _one(event: CalendarEvent, fields: Mapping[str, str | None], status: str) -> dict[str, Any]:
    found: dict[str, Any] = {"@type": "Event", "identifier": event.uid, "eventStatus": _STATES[status]}
    if event.private:
        return found
    texts = {"name": "title", "description": "description", "url": "url", "image": "image"}
    found |= {key: fields[name] for key, name in texts.items() if fields.get(name)}
    places: list[dict[str, Any]] = []
    if fields.get("location"):
        places.append({"@type": "Place", "name": fields["location"], "address": fields["location"]})
    if fields.get("conference"):
        places.append({"@type": "VirtualLocation", "url": fields["conference"]})
    if places:
        found["location"] = places if len(places) > 1 else places[0]
        mode = "Mixed" if len(places) > 1 else "Online" if fields.get("conference") else "Offline"
        found["eventAttendanceMode"] = f"https://schema.org/{mode}EventAttendanceMode"
    if fields.get("categories"):
        found["keywords"] = str(fields["categories"]).splitlines()
    if event.organizer is not None and event.organizer.name:
        found["organizer"] = {"@type": "Organization", "name": event.organizer.name}
    return found


def _occurrence(event: CalendarEvent, one: Occurrence, where: str) -> dict[str, Any]:
    return _one(event, dict(one.fields), one.status) | _times(event.series, one, where)


def _times(series: Series, one: Occurrence, where: str) -> dict[str, Any]:
    start, end = local(one.start, where), local(one.end, where)
    if series.all_day:
        return {"startDate": start.date().isoformat(), "endDate": (end.date() - timedelta(days=1)).isoformat()}
    return {"startDate": start.isoformat(), "endDate": end.isoformat()}


def _schedule(series: Series, rule: Rule, where: str) -> dict[str, Any] | None:
    """The rule as a Schedule; ``None`` where schema.org has no words for it."""
    unit = _UNITS.get(rule.freq)
    known = not (rule.bysetpos or rule.byyearday or rule.byweekno or rule.byhour or rule.byminute or rule.bysecond)
    if unit is None or not known or any(day.nth and rule.freq != "MONTHLY" for day in rule.byday):
        return None
    found: dict[str, Any] = {
        "@type": "Schedule",
        "repeatFrequency": f"P{rule.interval}{unit}",
        "startDate": series.start.isoformat()[:10],
        "scheduleTimezone": where,
    }
    if isinstance(series.start, datetime):
        found["startTime"] = series.start.time().isoformat()
        if not series.length.days and series.length.seconds:
            naive = series.start.replace(tzinfo=None)
            found["endTime"] = (naive + timedelta(seconds=series.length.seconds)).time().isoformat()
    if rule.byday:
        plain = all(not day.nth for day in rule.byday)
        found["byDay"] = [f"https://schema.org/{_DAYS[day.weekday]}" if plain else str(day) for day in rule.byday]
    if rule.bymonth:
        found["byMonth"] = list(rule.bymonth)
    if rule.bymonthday:
        found["byMonthDay"] = list(rule.bymonthday)
    if rule.count is not None:
        found["repeatCount"] = rule.count
    if rule.until is not None:
        moment = rule.until.moment
        found["endDate"] = (local(moment, where).date() if moment is not None else rule.until.day).isoformat()
    if series.exdates:
        found["exceptDate"] = [moment.isoformat() for moment in series.exdates]
    return found


def write_csv(events: Iterable[CalendarEvent], window: Period, *, zone: str) -> Iterator[bytes]:
    """A table of all occurrences in a window, event by event: UTF-8 with a mark, CRLF, quotes as in RFC 4180.

    A cell that a spreadsheet would take for a formula gets an apostrophe before it. Private events say only when.

    Args:
        events: the events, in the order of the rows.
        window: which occurrences are written.
        zone: IANA name of the zone of the place, for whole days.
    """
    yield CSV_MARK + csv_row(COLUMNS)
    for event in events:
        where = event.series.zone.key if event.series.zone else zone
        for one in event.series.between(window, zone=zone):
            start, end = local(one.start, where), local(one.end, where)
            fields = {} if event.private else dict(one.fields)
            texts = [fields.get(name) or "" for name in ("title", "location", "categories", "url", "description")]
            times = (start.date().isoformat(), start.isoformat(), end.isoformat(), where)
            yield csv_row((event.uid, *times, one.status, *texts))


def csv_row(cells: Iterable[str]) -> bytes:
    """A line of a table, with CRLF and quotes as in RFC 4180; no cell of it is a formula."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow([neutral(cell) for cell in cells])
    return out.getvalue().encode()


def neutral(cell: str) -> str:
    """A text that no spreadsheet takes for a formula; a plain number, which is none, stays a number."""
    if _NUMBER.fullmatch(cell):
        return cell
    return f"'{cell}" if _is_formula(cell) else cell


def _is_formula(cell: str) -> bool:
    """Whether a spreadsheet may take a text for a formula: what nobody sees before a sign may be dropped by it."""
    for one in cell:
        if one in "\t\r\n":
            return True
        if one not in _FILLERS and category(one) not in _UNSEEN:
            return normalize("NFKC", one)[0] in _SIGNS
    return False
