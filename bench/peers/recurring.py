"""Workshops that repeat, and the packages that work out when: each as a class that is built once and asked for windows.

All answer with the starts on the wall, without a zone, in order, one list for each series.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from attrs import frozen
from dateutil.rrule import rrulestr

ZONE = ZoneInfo("Europe/Paris")
LASTS = timedelta(hours=2)
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


@frozen
class Repeat:
    """A series: a rule and a start, which the rule has unless it is rare."""

    rule: str
    start: datetime


def any_rule(random: Random) -> str:
    """Seven of ten weekly, the others monthly."""
    if random.random() < 0.7:
        days = sorted(random.sample(range(7), random.choice((1, 1, 1, 2, 3))))
        names = ",".join(WEEKDAYS[day] for day in days)
        return f"FREQ=WEEKLY;INTERVAL={random.choice((1, 1, 1, 2))};BYDAY={names};WKST=MO"
    return "FREQ=MONTHLY;" + random.choice(
        (
            f"BYDAY={random.choice((1, 2, 3, -1))}{random.choice(WEEKDAYS)}",
            f"BYDAY=MO,TU,WE,TH,FR;BYSETPOS={random.choice((1, 2, -1))}",
            f"BYMONTHDAY={random.randint(1, 28)}",
        )
    )


def workload(number: int, seed: int = 1) -> list[Repeat]:
    """So many workshops of a place that begin in January 2026, without an end."""
    random = Random(seed)
    found = []
    for _ in range(number):
        rule = any_rule(random)
        about = datetime(2026, 1, 1 + random.randrange(28), random.randrange(8, 21), random.choice((0, 30)))
        found.append(Repeat(rule, rrulestr(rule, dtstart=about)[0]))
    return found


def rare(number: int, seed: int = 1) -> list[Repeat]:
    """So many rules that never come about, or not for years."""
    random = Random(seed)
    shapes = (
        lambda: f"FREQ=DAILY;INTERVAL={7 * random.randint(1, 8)};BYDAY={random.choice(WEEKDAYS)}",
        lambda: f"FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY={random.randint(29, 31)};BYDAY={random.choice(WEEKDAYS)}",
        lambda: f"FREQ=YEARLY;INTERVAL={random.randint(2, 12)};BYMONTH=2;BYMONTHDAY=29",
        lambda: f"FREQ=WEEKLY;INTERVAL={random.randint(2, 9)};BYDAY={random.choice(WEEKDAYS)};BYMONTH=2;BYMONTHDAY=29",
    )
    begin = datetime(2026, 1, 1, 18)
    return [Repeat(random.choice(shapes)(), begin + timedelta(days=random.randrange(365))) for _ in range(number)]


class Peer:
    """A package; ``shown`` is what it gives of an occurrence, here of its start on the wall."""

    name: str
    package: str

    def __init__(self, repeats: Sequence[Repeat]) -> None:
        raise NotImplementedError

    def between(self, first: datetime, last: datetime) -> list[list[Any]]:
        raise NotImplementedError

    @staticmethod
    def shown(start: Any) -> Any:
        return start.replace(tzinfo=None)


class Dateutil(Peer):
    """python-dateutil: naive starts, which is the quickest that it can do."""

    name, package = "python-dateutil", "dateutil"

    def __init__(self, repeats: Sequence[Repeat]) -> None:
        self._rules = [rrulestr(one.rule, dtstart=one.start) for one in repeats]

    def between(self, first: datetime, last: datetime) -> list[list[Any]]:
        return [[found for found in rule.between(first, last, inc=True) if found < last] for rule in self._rules]


class DateutilInstants(Dateutil):
    """The same with what a booking needs: the instants of start and end."""

    name = "python-dateutil, instants"

    def between(self, first: datetime, last: datetime) -> list[list[Any]]:
        found = []
        for starts in super().between(first, last):
            utc = [one.replace(tzinfo=ZONE).astimezone(UTC) for one in starts]
            found.append([(start, start + LASTS) for start in utc])
        return found

    @staticmethod
    def shown(occurrence: Any) -> Any:
        return occurrence.start, occurrence.end


class RecurringIcalEvents(Peer):
    """recurring-ical-events over icalendar."""

    name, package = "recurring-ical-events", "recurring_ical_events"

    def __init__(self, repeats: Sequence[Repeat]) -> None:
        import icalendar
        import recurring_ical_events

        self._queries = []
        for number, one in enumerate(repeats):
            event = icalendar.Event()
            event.add("uid", str(number))
            event.add("dtstart", one.start.replace(tzinfo=ZONE))
            event.add("dtend", one.start.replace(tzinfo=ZONE) + LASTS)
            event.add("rrule", icalendar.vRecur.from_ical(one.rule))
            calendar = icalendar.Calendar()
            calendar.add_component(event)
            self._queries.append(recurring_ical_events.of(calendar))

    def between(self, first: datetime, last: datetime) -> list[list[Any]]:
        window = first.replace(tzinfo=ZONE), last.replace(tzinfo=ZONE)
        return [sorted(event.start.replace(tzinfo=None) for event in query.between(*window)) for query in self._queries]


class Ical(Peer):
    """ical, which Home Assistant uses. It remembers the dates of a rule for as long as the process lives."""

    name, package = "ical", "ical"

    def __init__(self, repeats: Sequence[Repeat]) -> None:
        from ical.calendar import Calendar
        from ical.event import Event
        from ical.types.recur import Recur

        self._lines: list[Any] = []
        for number, one in enumerate(repeats):
            start = one.start.replace(tzinfo=ZONE)
            calendar = Calendar()
            event = Event(uid=str(number), dtstart=start, dtend=start + LASTS, rrule=Recur.from_rrule(one.rule))
            calendar.events.append(event)
            self._lines.append(calendar.timeline_tz(ZONE))

    def between(self, first: datetime, last: datetime) -> list[list[Any]]:
        window = first.replace(tzinfo=ZONE), last.replace(tzinfo=ZONE)
        return [[event.dtstart.replace(tzinfo=None) for event in line.overlapping(*window)] for line in self._lines]


PEERS: tuple[type[Peer], ...] = (Dateutil, RecurringIcalEvents, Ical)
