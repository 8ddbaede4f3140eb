"""The benchmark of calendars: what is timed there has done the work, and a ratio that is missed is seen."""

from __future__ import annotations

import sys
from pathlib import Path

import icalendar

sys.path.insert(0, str(Path(__file__).parents[2] / "bench"))

import calendars as bench

from cantinekit.scheduling.calendars import read_programme, write_feed


def test_both_write_the_same() -> None:
    """The one calendar of icalendar and the streamed feed hold the same events, as icalendar reads them."""
    streamed = icalendar.Calendar.from_ical(b"".join(write_feed(bench.FEED, bench.events(30)))).walk("VEVENT")
    whole = icalendar.Calendar.from_ical(bench.whole_calendar(bench.events(30))).walk("VEVENT")
    for ours, theirs in zip(streamed, whole, strict=True):
        assert set(ours) == set(theirs)
        assert ours["DTSTART"].dt == theirs["DTSTART"].dt
        assert ours["DTEND"].dt == theirs["DTEND"].dt
        for name in ("UID", "SUMMARY", "DESCRIPTION", "LOCATION", "URL", "SEQUENCE"):
            assert ours[name] == theirs[name]


def test_one_in_a_hundred_is_another() -> None:
    """The events that are published again differ where they are said to, and nowhere else."""
    before, after = list(bench.events(200)), list(bench.events(200, frozenset({0, 100})))
    assert [n for n, (one, two) in enumerate(zip(before, after, strict=True)) if one != two] == [0, 100]
    assert len(read_programme(b"".join(write_feed(bench.FEED, after)), zone="UTC").events) == 200


def test_memory_is_bounded() -> None:
    """Memory is counted, not timed: the ratios hold with a twentieth of the events too."""
    rows = [*bench.writing(500, 1), *bench.reading(500, 1)]
    assert [row.what for row in rows if row.unit == "MB" and not row.reached] == []
    assert sum(row.unit == "MB" for row in rows) == 3


def test_a_missed_ratio_is_seen() -> None:
    """The control: a ratio below what it has to reach says so."""
    row = bench.Row("x", 2.0, 19.0, "s", 10)
    assert not row.reached
    assert str(row).endswith("NOT REACHED")
    assert bench.Row("x", 2.0, 20.0, "s", 10).reached
