"""Calendars beside icalendar: a feed streamed, published again, and read component by component.

10,000 events, one in five with a rule, one in ten with a date left out; in the text that is read, one in five has three
attendees. CPU time, the least of some rounds; memory is the peak of what Python allocates, in runs that are not timed.
What is printed are ratios of one run, each with what it has to reach; the exit code is 1 where one does not.
"""

from __future__ import annotations

import argparse
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import icalendar

from cantinekit.clock import zone
from cantinekit.scheduling.calendars import (
    CalendarEvent,
    Events,
    Feed,
    Participant,
    WrittenComponents,
    etag,
    read_programme,
    write_event,
    write_feed,
)
from cantinekit.scheduling.recurrence import Length, Series

FEED = Feed("Cantine", zone="Europe/Paris")
NOW = datetime(2026, 1, 1, tzinfo=UTC)
PARIS = zone("Europe/Paris")
PEOPLE = tuple(Participant(f"mailto:{name}@example.org", name, rsvp=True) for name in ("zoe", "ali", "max"))
TEXT = "Un atelier pour apprendre, ensemble; sans rien payer.\nVenez avec votre ordinateur. " * 3


def events(count: int, changed: frozenset[int] = frozenset()) -> Iterator[CalendarEvent]:
    """The sessions of a place, each made when it is asked for; those in ``changed`` have another title and SEQUENCE."""
    for n in range(count):
        start = datetime(2026, 1, 1, 8, tzinfo=PARIS) + timedelta(days=n % 350, hours=n % 11)
        series = Series(
            f"session-{n}@cantine.example.org",
            start,
            Length(0, 7_200),
            ["FREQ=WEEKLY;COUNT=10"] if n % 5 == 0 else [],
            exdates=[start + timedelta(days=7)] if n % 10 == 0 else [],
            sequence=int(n in changed),
            fields={
                "title": f"Atelier numéro {n}{', déplacé' if n in changed else ''}",
                "description": TEXT,
                "location": "Salle A, 1er étage",
                "categories": "atelier\nnumérique",
                "url": f"https://cantine.example.org/sessions/{n}",
            },
        )
        yield CalendarEvent(series, NOW, attendees=PEOPLE if n % 5 == 0 else ())


def whole_calendar(given: Iterable[CalendarEvent]) -> bytes:
    """The same feed as one icalendar.Calendar, built as its documentation does."""
    calendar = icalendar.Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", "-//bench//EN")
    for event in given:
        series, one = event.series, icalendar.Event()
        fields = dict(series.fields)
        for name, value in (
            ("uid", series.uid),
            ("dtstamp", event.modified),
            ("last-modified", event.modified),
            ("sequence", series.sequence),
            ("dtstart", series.start),
            ("dtend", series.start + timedelta(seconds=series.length.seconds)),
            ("status", "CONFIRMED"),
            ("transp", "OPAQUE"),
            ("summary", fields["title"]),
            ("description", fields["description"]),
            ("location", fields["location"]),
            ("categories", fields["categories"].splitlines()),
            ("url", fields["url"]),
        ):
            one.add(name, value)
        for _ in series.rules:
            one.add("rrule", {"freq": "weekly", "count": 10})
        for moment in series.exdates:
            one.add("exdate", moment)
        calendar.add_component(one)
    return calendar.to_ical()


def drain(pieces: Iterable[bytes]) -> int:
    """How many octets; none are held."""
    return sum(map(len, pieces))


def spent(work: Callable[[], Any], rounds: int) -> float:
    """The least CPU time of some rounds, in seconds."""
    costs = []
    for _ in range(rounds):
        begun = time.process_time()
        work()
        costs.append(time.process_time() - begun)
    return min(costs)


def peak(work: Callable[[], Any]) -> float:
    """The most that Python allocated at a time, in MB."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1] / 1e6
    finally:
        tracemalloc.stop()


@attrs.frozen
class Row:
    """A ratio of one run, and what it has to reach."""

    what: str
    ours: float
    theirs: float
    unit: str
    least: float

    @property
    def ratio(self) -> float:
        return self.theirs / self.ours

    @property
    def reached(self) -> bool:
        return self.ratio >= self.least

    def __str__(self) -> str:
        values = f"{self.ours:9.3f} {self.theirs:9.3f} {self.unit:2}"
        return f"{self.what:62} {values} {self.ratio:7.1f} (>= {self.least:g}) {'' if self.reached else 'NOT REACHED'}"


def writing(count: int, rounds: int) -> list[Row]:
    """A first feed beside one calendar, and the feed again with one event in a hundred changed."""
    given = list(events(count))
    later = [list(events(count, frozenset(range(turn, count, 100)))) for turn in range(rounds)]
    kept, costs = WrittenComponents(), []
    first = spent(lambda: drain(write_feed(FEED, given, kept=WrittenComponents())), rounds)
    drain(write_feed(FEED, given, kept=kept))
    for turn in later:
        costs.append(spent(lambda turn=turn: etag(write_feed(FEED, turn, kept=kept)), 1))
        assert kept.written <= 2 * -(-count // 100)
    return [
        Row(
            "a streamed feed: peak memory, one Calendar / ours",
            peak(lambda: drain(write_feed(FEED, events(count)))),
            peak(lambda: whole_calendar(events(count))),
            "MB",
            10,
        ),
        Row(
            "a streamed feed: time, one Calendar / ours",
            spent(lambda: drain(write_feed(FEED, given)), rounds),
            spent(lambda: whole_calendar(given), rounds),
            "s",
            1,
        ),
        Row("published again, 1 % changed, with ETag: time, first / again", min(costs), first, "s", 20),
    ]


def reading(count: int, rounds: int) -> list[Row]:
    """The same text through Calendar.from_ical, event by event, and as a whole programme."""
    head, *middle, end = write_feed(FEED, events(count))
    zones = [piece for piece in middle if piece.startswith(b"BEGIN:VTIMEZONE")]
    text = b"".join([head, *zones, *(write_event(one, people=True) for one in events(count)), end])
    del middle
    assert sum(1 for _ in Events(text, zone="UTC")) == len(icalendar.Calendar.from_ical(text).walk("VEVENT")) == count
    theirs = spent(lambda: icalendar.Calendar.from_ical(text), rounds)
    memory = peak(lambda: icalendar.Calendar.from_ical(text))
    ways = {
        "event by event": lambda: sum(1 for _ in Events(text, zone="UTC")),
        "a whole programme": lambda: read_programme(text, zone="UTC"),
    }
    rows = []
    for name, way in ways.items():
        rows.append(Row(f"read, {name}: time, from_ical / ours", spent(way, rounds), theirs, "s", 1))
        rows.append(Row(f"read, {name}: peak memory, from_ical / ours", peak(way), memory, "MB", 3))
    return rows


def main(arguments: Sequence[str] | None = None) -> int:
    """0, or 1 where a ratio is not what it has to be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=2)
    wanted = parser.parse_args(arguments)
    print(f"Python {sys.version.split()[0]}, icalendar {icalendar.__version__}, {wanted.events} events, CPU time")
    print(f"{'':62} {'ours':>9} {'other':>9} {'':2} {'ratio':>7}")
    rows = []
    for part in (writing, reading):
        for row in part(wanted.events, wanted.rounds):
            rows.append(row)
            print(row, flush=True)
    return 0 if all(row.reached for row in rows) else 1


if __name__ == "__main__":
    raise SystemExit(main())
