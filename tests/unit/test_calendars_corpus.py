"""Real and nasty .ics files of five projects: each is read, or refused with its reasons."""

from __future__ import annotations

import time
import tracemalloc
from collections import Counter
from pathlib import Path

import pytest

from cantinekit.clock import Period
from cantinekit.errors import CalendarError
from cantinekit.scheduling.calendars import CODES, read_busy, read_messages, read_programme
from support.calendars.texts import utc

WINDOW = Period(utc(2013, 1, 1), utc(2016, 1, 1))


@pytest.fixture(scope="module")
def files(shared: Path) -> list[Path]:
    found = sorted((shared / "scheduling" / "ics").rglob("*.ics"))
    if not found:
        pytest.skip("the shared calendars are not there")
    return found


def events_in(text: bytes) -> int:
    """How many events a file has, counted without the reader."""
    lines = text.replace(b"\r", b"\n").split(b"\n")
    return sum(line.strip().upper() == b"BEGIN:VEVENT" for line in lines)


def test_all_are_read_or_refused(files):
    """Every file ends in a programme or a typed error; every event is read, refused or left out as a duplicate."""
    seen: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    begun, worst = time.perf_counter(), 0.0
    for file in files:
        text = file.read_bytes()
        if large := len(text) > 60_000:
            tracemalloc.start()
        try:
            found = read_programme(text, zone="Europe/Paris")
        except CalendarError as error:
            seen["refused files"] += 1
            reasons.update(one.code for one in error.problems)
            assert events_in(text) == 0
            continue
        if large:
            worst = max(worst, tracemalloc.get_traced_memory()[1] / 1e6)
            tracemalloc.stop()
        seen["read files"] += 1
        seen["events"] += len(found.events)
        lost = Counter(one.code for one in found.problems if one.done == "refused")
        twice = sum(one.code == "duplicate" for one in found.problems)
        changed = sum(len(event.series.overrides) for event in found.events)
        assert {one.code for one in found.problems} <= CODES.keys()
        assert sum(lost.values()) == found.refused
        elsewhere = sum(count for name, count in found.unread.items() if name.endswith("/VEVENT"))
        assert events_in(text) <= len(found.events) + changed + found.refused + twice + elsewhere, file.name
        seen["refused components"] += found.refused
        reasons.update(lost)
        if not found.events and not found.problems:
            assert events_in(text) == 0, file.name
            assert found.heads or found.unread, file.name
    took = time.perf_counter() - begun
    print(f"\n{len(files)} files in {took:.1f} s, the largest ones in {worst:.1f} MB: {dict(seen)}")
    print(f"refused: {dict(reasons)}")
    assert seen["read files"] + seen["refused files"] == len(files) == 443
    assert seen["refused files"] == 1
    assert seen["events"] > 4_000


def test_all_are_read_as_busy_time(files):
    """Every file can be asked when one is busy; periods do not overlap within a kind and lie in the window."""
    total = 0
    for file in files:
        try:
            found = read_busy(file.read_bytes(), WINDOW, zone="Europe/Paris")
        except CalendarError:
            continue
        total += len(found.periods)
        for one, two in zip(found.periods, found.periods[1:], strict=False):
            assert WINDOW.start <= one.start < one.end <= two.start, file.name
    assert total > 1_000


def test_all_are_messages_or_none(files):
    """Every file is a message, or refused with its reasons."""
    seen: Counter[str] = Counter()
    for file in files:
        try:
            messages, _ = read_messages(file.read_bytes(), zone="Europe/Paris")
        except CalendarError as error:
            seen["none"] += bool(error.problems)
        else:
            seen.update(one.method for one in messages)
    assert seen["REQUEST"] > 3
    assert seen["none"] > 300
    print(dict(seen))
