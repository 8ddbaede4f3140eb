"""A calendar read as busy time, and busy time and opening hours written."""

from __future__ import annotations

from datetime import date, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cantinekit.clock import Period
from cantinekit.errors import InputError
from cantinekit.records import OpenHours
from cantinekit.scheduling.calendars import (
    BusyPeriod,
    CalendarLimits,
    merged,
    read_busy,
    write_availability,
    write_free_busy,
)
from cantinekit.scheduling.opening import OpeningCalendar
from support.calendars.texts import NOW, calendar, paris, utc, vevent

WINDOW = Period(utc(2026, 11, 23), utc(2026, 12, 7))


def busy(*lines: str, window: Period = WINDOW):
    return read_busy(calendar(*lines), window, zone="Europe/Paris")


def spans(*lines: str, window: Period = WINDOW) -> list[tuple[str, str, str]]:
    found = busy(*lines, window=window)
    return [(f"{one.start:%d %H:%M}", f"{one.end:%d %H:%M}", one.kind) for one in found.periods]


def test_events():
    """Series are expanded in the window, changed and left out dates taken into account, touching times joined."""
    found = spans(
        *vevent("RRULE:FREQ=DAILY;COUNT=5", "DURATION:PT1H", "EXDATE:20261127T090000Z"),
        *vevent("RECURRENCE-ID:20261128T090000Z", "DURATION:PT2H", start="DTSTART:20261128T150000Z"),
        *vevent("RECURRENCE-ID:20261129T090000Z", "STATUS:CANCELLED", start="DTSTART:20261129T090000Z"),
        *vevent("DURATION:PT1H", uid="2", start="DTSTART:20261126T100000Z"),
    )
    assert found == [
        ("26 09:00", "26 11:00", "busy"),
        ("28 15:00", "28 17:00", "busy"),
        ("30 09:00", "30 10:00", "busy"),
    ]


@pytest.mark.parametrize("line", ["STATUS:CANCELLED", "TRANSP:TRANSPARENT"])
def test_what_does_not_count(line):
    """Cancelled and transparent events make nobody busy; a line less, and they do (control)."""
    assert spans(*vevent(line, "DURATION:PT1H")) == []
    assert len(spans(*vevent("DURATION:PT1H"))) == 1


def test_kinds():
    """Tentative is apart from busy, and busy is the stronger where both are."""
    found = spans(
        *vevent("STATUS:TENTATIVE", "DURATION:PT3H"),
        *vevent("DURATION:PT1H", uid="2", start="DTSTART:20261126T100000Z"),
    )
    assert found == [
        ("26 09:00", "26 10:00", "tentative"),
        ("26 10:00", "26 11:00", "busy"),
        ("26 11:00", "26 12:00", "tentative"),
    ]


def test_whole_days():
    """A whole day lasts from midnight to midnight in the zone of the reader: 25 hours in the night of the change."""
    found = busy(*vevent(start="DTSTART;VALUE=DATE:20261025"), window=Period(utc(2026, 10, 1), utc(2026, 11, 1)))
    (one,) = found.periods
    assert one.period == Period(paris(2026, 10, 25), paris(2026, 10, 26))
    assert one.period.length == timedelta(hours=25)


def test_free_and_busy():
    """VFREEBUSY is read: kinds, periods with an end or a length; FREE is free."""
    found = spans(
        "BEGIN:VFREEBUSY",
        "FREEBUSY:20261126T090000Z/20261126T100000Z,20261126T120000Z/PT30M",
        "FREEBUSY;FBTYPE=BUSY-TENTATIVE:20261126T130000Z/PT1H",
        "FREEBUSY;FBTYPE=FREE:20261126T150000Z/PT1H",
        "FREEBUSY;FBTYPE=X-ODD:20261126T160000Z/PT1H",
        "END:VFREEBUSY",
    )
    assert found == [
        ("26 09:00", "26 10:00", "busy"),
        ("26 12:00", "26 12:30", "busy"),
        ("26 13:00", "26 14:00", "tentative"),
        ("26 16:00", "26 17:00", "busy"),
    ]


def test_a_bad_period():
    """A VFREEBUSY with a period that is none is refused and told, its neighbours are read."""
    found = busy("BEGIN:VFREEBUSY", "FREEBUSY:20261126T090000Z", "END:VFREEBUSY", *vevent("DURATION:PT1H"))
    assert [(one.code, one.line, one.done) for one in found.problems] == [("value-invalid", 5, "refused")]
    assert found.refused == 1
    assert len(found.periods) == 1


HOURS = OpenHours.weekly(range(5), time(9), time(12)) + OpenHours.weekly(range(5), time(14), time(18))
HOURS += OpenHours.weekly([5], time(10), time(0))


def closed(window: Period, opens: tuple[Period, ...]) -> list[Period]:
    left, at = [], window.start
    for one in opens:
        if at < one.start:
            left.append(Period(at, one.start))
        at = one.end
    return [*left, Period(at, window.end)] if at < window.end else left


@pytest.mark.parametrize("hours", [HOURS, (), OpenHours.weekly([6], time(8), time(20))])
def test_opening_hours_there_and_back(hours):
    """Written as VAVAILABILITY and read: what is unavailable is what the place is closed, over a clock change."""
    window = Period(utc(2026, 10, 19), utc(2026, 11, 9))
    text = write_availability("open@example.org", hours, "Europe/Paris", date(2026, 10, 1), NOW)
    found = read_busy(text, window, zone="UTC")
    assert found.problems == ()
    assert [one.period for one in found.periods] == closed(window, OpeningCalendar("Europe/Paris", hours).open(window))
    assert {one.kind for one in found.periods} <= {"unavailable"}


def test_closures_are_stronger():
    """A closure is unavailable although the hours say open, and cut out of nothing else."""
    window = Period(paris(2026, 11, 26), paris(2026, 11, 27))
    closure = Period(paris(2026, 11, 26, 10), paris(2026, 11, 26, 15))
    text = write_availability("open@x", HOURS, "Europe/Paris", date(2026, 10, 1), NOW, closures=[closure])
    found = read_busy(text, window, zone="UTC")
    opens = [
        Period(paris(2026, 11, 26, 9), paris(2026, 11, 26, 10)),
        Period(paris(2026, 11, 26, 15), paris(2026, 11, 26, 18)),
    ]
    assert [one.period for one in found.periods] == closed(window, tuple(opens))


def test_priorities():
    """Of two VAVAILABILITY the one of the higher priority holds: 1 is the highest, 0 and none the lowest."""

    def availability(priority: str, opens: str) -> tuple[str, ...]:
        return (
            "BEGIN:VAVAILABILITY",
            "DTSTART:20261126T080000Z",
            "DTEND:20261126T200000Z",
            *([f"PRIORITY:{priority}"] if priority else []),
            "BUSYTYPE:BUSY",
            "BEGIN:AVAILABLE",
            "UID:a",
            f"DTSTART:20261126T{opens}0000Z",
            "DURATION:PT1H",
            "END:AVAILABLE",
            "END:VAVAILABILITY",
        )

    for weak, strong in (("9", "1"), ("0", "9"), ("", "5")):
        for lines in (
            availability(weak, "10") + availability(strong, "12"),
            availability(strong, "12") + availability(weak, "10"),
        ):
            assert spans(*lines) == [("26 08:00", "26 12:00", "busy"), ("26 13:00", "26 20:00", "busy")]


def test_written_periods():
    """VFREEBUSY: UTC, merged, cut to the window, each kind apart; read again they are the same."""
    periods = [
        BusyPeriod(utc(2026, 11, 22, 9), utc(2026, 11, 23, 9)),
        BusyPeriod(utc(2026, 11, 24, 9), utc(2026, 11, 24, 11)),
        BusyPeriod(utc(2026, 11, 24, 10), utc(2026, 11, 24, 12), "tentative"),
        BusyPeriod(utc(2027, 11, 24, 10), utc(2027, 11, 24, 12)),
    ]
    text = write_free_busy("fb@x", WINDOW, periods, NOW, organizer="mailto:o@example.org")
    found = read_busy(text, WINDOW, zone="UTC")
    assert found.problems == ()
    assert [(one.start, one.end, one.kind) for one in found.periods] == [
        (utc(2026, 11, 23), utc(2026, 11, 23, 9), "busy"),
        (utc(2026, 11, 24, 9), utc(2026, 11, 24, 11), "busy"),
        (utc(2026, 11, 24, 11), utc(2026, 11, 24, 12), "tentative"),
    ]
    with pytest.raises(InputError):
        write_free_busy("fb@x", WINDOW, periods, NOW, organizer="o\r\nX:1")


@pytest.mark.parametrize("before", [timedelta(hours=1), timedelta(microseconds=1)])
def test_what_only_touches_the_window_is_not_in_it(before):
    """A period that ends when the window begins, or begins when it ends, is left out and stands in nobody's way; one
    that reaches in by the smallest bit is cut to that (the control: it is told from one that touches)."""
    touching = [BusyPeriod(WINDOW.start - before, WINDOW.start), BusyPeriod(WINDOW.end, WINDOW.end + before)]
    inside = BusyPeriod(utc(2026, 11, 24, 9), utc(2026, 11, 24, 11))
    text = write_free_busy("fb@x", WINDOW, [touching[0], inside, touching[1]], NOW)
    assert text == write_free_busy("fb@x", WINDOW, [inside], NOW)
    assert b"FREEBUSY" not in write_free_busy("fb@x", WINDOW, touching, NOW).replace(b"VFREEBUSY", b"")
    second = timedelta(seconds=1)
    reaching = [BusyPeriod(WINDOW.start - before, WINDOW.start + second)]
    reaching.append(BusyPeriod(WINDOW.end - second, WINDOW.end + before))
    found = read_busy(write_free_busy("fb@x", WINDOW, reaching, NOW), WINDOW, zone="UTC").periods
    assert found == (
        BusyPeriod(WINDOW.start, WINDOW.start + second),
        BusyPeriod(WINDOW.end - second, WINDOW.end),
    )


PERIODS = st.lists(
    st.builds(
        lambda at, long, kind: BusyPeriod(NOW + timedelta(hours=at), NOW + timedelta(hours=at + long), kind),
        st.integers(0, 40),
        st.integers(1, 10),
        st.sampled_from(["busy", "tentative", "unavailable"]),
    ),
    max_size=12,
)


@given(PERIODS)
def test_merged_says_the_same(periods):
    """Merged periods do not overlap, touch only with another kind, and hold each hour with its strongest kind."""
    found = merged(periods)
    for one, two in pairwise(found):
        assert one.end < two.start or (one.end == two.start and one.kind != two.kind)
    for hour in range(60):
        at = NOW + timedelta(hours=hour)
        there = [one.kind for one in found if one.start <= at < one.end]
        kinds = {one.kind for one in periods if one.start <= at < one.end}
        strongest = next((kind for kind in ("busy", "unavailable", "tentative") if kind in kinds), None)
        assert there == ([strongest] if strongest else [])


@given(PERIODS)
def test_free_and_busy_there_and_back(periods):
    """Any busy time, written as VFREEBUSY and read, is the merged time."""
    window = Period(NOW, NOW + timedelta(hours=60))
    assert read_busy(write_free_busy("fb@x", window, periods, NOW), window, zone="UTC").periods == merged(periods)


@pytest.mark.parametrize(("start", "end", "kind"), [(10, 10, "busy"), (11, 10, "busy"), (9, 10, "perhaps")])
def test_a_period_is_one(start, end, kind):
    """A busy period has a length and a known kind."""
    with pytest.raises(InputError):
        BusyPeriod(utc(2026, 11, 26, start), utc(2026, 11, 26, end), kind)


def test_the_limit_is_for_all_events_together():
    """Occurrences are counted over all events; beyond the limit an event is refused, which is told."""
    lines = [line for n in range(5) for line in vevent("RRULE:FREQ=DAILY", "DURATION:PT1H", uid=str(n))]
    found = read_busy(calendar(*lines), WINDOW, zone="UTC", limits=CalendarLimits(occurrences=30))
    assert found.refused == 3
    assert {(one.code, one.line) for one in found.problems} == {("too-many-occurrences", line) for line in (18, 25, 32)}
