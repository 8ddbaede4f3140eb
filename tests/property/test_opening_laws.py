"""An opening calendar beside one that walks through every minute and looks at the clock on the wall."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cantinekit import records as m
from cantinekit.clock import Period, local
from cantinekit.scheduling.opening import OpeningCalendar

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
CHANGES = {
    "Europe/Paris": (date(2027, 3, 28), date(2026, 10, 25)),
    "America/New_York": (date(2027, 3, 14), date(2026, 11, 1)),
    "Australia/Lord_Howe": (date(2026, 10, 4), date(2027, 4, 4)),  # by half an hour
    "America/Santiago": (date(2026, 9, 6), date(2027, 4, 4)),  # at midnight, which is skipped or comes twice
    "Africa/Casablanca": (date(2026, 3, 22), date(2026, 2, 15)),  # for Ramadan
    "UTC": (date(2026, 11, 24), date(2026, 11, 24)),
}
SPANS = [(zone, day) for zone, days in CHANGES.items() for day in days]


class Wall:
    """The clock on the wall from two days before a day to four after it, minute by minute."""

    def __init__(self, zone: str, day: date) -> None:
        self.start = datetime(day.year, day.month, day.day, tzinfo=UTC) - 2 * DAY
        self.moments = [self.start + n * MINUTE for n in range(6 * 24 * 60)]
        self.shown = [local(moment, zone).replace(tzinfo=None) for moment in self.moments]

    def first(self, wall: datetime) -> datetime:
        """When the wall first shows a time; of a time that is skipped, as long after the last one before it."""
        latest, at = None, None
        for shown, moment in zip(self.shown, self.moments, strict=True):
            if shown == wall:
                return moment
            if shown < wall and (latest is None or shown >= latest):
                latest, at = shown, moment
            if shown > wall + timedelta(hours=3):
                break
        assert at is not None
        assert latest is not None
        return at + (wall - latest)


@pytest.fixture(scope="module")
def walls() -> dict[tuple[str, date], Wall]:
    return {(zone, day): Wall(zone, day) for zone, day in SPANS}


@st.composite
def weekly(draw: st.DrawFn) -> tuple[m.OpenHours, ...]:
    """Weekly hours, nights among them, that do not overlap; whole minutes at odd moments."""
    cuts = sorted(draw(st.sets(st.integers(0, 7 * 96 - 1), min_size=2, max_size=14)))
    shift = draw(st.integers(0, 14))
    found = []
    for a, b in zip(cuts[::2], cuts[1::2], strict=False):
        opens, closes = a * 15 + shift, b * 15 + shift
        closes = min(closes, opens + 1440, (opens // 1440 + 2) * 1440 - 1, 7 * 1440)
        if closes > opens and opens // 1440 < 7:
            found.append(m.OpenHours(opens // 1440, opens % 1440, closes - opens // 1440 * 1440))
    return tuple(found)


@st.composite
def days(draw: st.DrawFn, near: date) -> tuple[date, date]:
    first = near + draw(st.integers(-3, 3)) * DAY
    return first, first + draw(st.integers(0, 3)) * DAY


@st.composite
def calendars(draw: st.DrawFn, zone: str, near: date) -> OpeningCalendar:
    begins = draw(st.sets(st.integers(-4, 3), max_size=2))
    seasons = [
        m.Season(f"s{n}", near + n * DAY, draw(st.one_of(st.none(), st.just(near + (n + 2) * DAY))), draw(weekly()))
        for n in sorted(begins)
    ]
    closed = [
        m.ClosedDays(draw(st.sampled_from(m.CLOSED_FOR)), f"c{n}", *draw(days(near)))
        for n in range(draw(st.integers(0, 2)))
    ]
    extra = []
    for n in range(draw(st.integers(0, 2))):
        opens = draw(st.integers(0, 1439))
        length = draw(st.integers(1, min(1440, 2879 - opens)))
        extra.append(m.ExtraOpening(f"e{n}", near + draw(st.integers(-2, 2)) * DAY, opens, opens + length))
    hours = draw(st.one_of(st.just(()), weekly()))
    return OpeningCalendar(zone, hours, m.Openings(seasons, closed, extra))


def oracle(calendar: OpeningCalendar, wall: Wall, day: date) -> set[datetime]:
    """The minutes at which it is open, by reading the rules out loud for each day."""
    found: set[datetime] = set()
    for n in range(-1, 3):
        today = day + n * DAY
        midnight = datetime(today.year, today.month, today.day)
        spans = [(e.opens, e.closes) for e in calendar.openings.extra if e.day == today]
        if not any(c.first <= today <= c.last for c in calendar.openings.closed):
            holding = [s for s in calendar.openings.seasons if s.first <= today and (s.last or today) >= today]
            if holding:
                latest = max(s.first for s in holding)
                (season,) = [s for s in holding if s.first == latest]
                hours, always = season.hours, False
            else:
                hours, always = calendar.hours, not calendar.hours
            spans += [(h.opens, h.closes) for h in hours if h.weekday == today.weekday()]
            spans += [(0, 1440)] if always else []
        for opens, closes in spans:
            start, end = wall.first(midnight + opens * MINUTE), wall.first(midnight + closes * MINUTE)
            found.update(start + k * MINUTE for k in range(max(0, (end - start) // MINUTE)))
    return found


@pytest.mark.parametrize(("zone", "day"), SPANS, ids=lambda value: str(value))
@given(data=st.data())
@settings(max_examples=12, deadline=None)
def test_open_minutes_are_those_of_the_wall(walls, zone, day, data):
    """Through the day of a clock change and the next, in every zone: each minute is open exactly as the rules say."""
    calendar = data.draw(calendars(zone, day))
    wall = walls[zone, day]
    start = wall.first(datetime(day.year, day.month, day.day))
    start += data.draw(st.integers(0, 120)) * MINUTE
    window = Period(start, start + data.draw(st.integers(1, 40 * 60)) * MINUTE)
    expected = {moment for moment in oracle(calendar, wall, day) if window.contains(moment)}
    found = calendar.open(window)
    assert {p.start + n * MINUTE for p in found for n in range(p.length // MINUTE)} == expected
    assert all(first.end < second.start for first, second in pairwise(found))
    assert calendar.is_open(window) == (len(expected) == window.length // MINUTE)
    explained = calendar.explain(window)
    assert [explained[0].period.start, explained[-1].period.end] == [window.start, window.end]
    assert all(a.period.end == b.period.start for a, b in pairwise(explained))
    assert all(a.verdict != b.verdict for a, b in pairwise(explained))
    open_again = {
        one.period.start + n * MINUTE
        for one in explained
        if one.verdict.open
        for n in range(one.period.length // MINUTE)
    }
    assert open_again == expected
    middle = window.start + window.length // 2
    assert calendar.at(middle).open == any(p.contains(middle) for p in found)
    closed = calendar.closed_in(window)
    assert (closed is None) == calendar.is_open(window)


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_a_space_is_open_when_it_and_its_place_are(data):
    """The calendar of a space within that of its place is open in the minutes in which both are, and in no other."""
    day = date(2026, 10, 25)
    place = data.draw(calendars("Europe/Paris", day))
    own = data.draw(calendars("Europe/Paris", day))
    both = OpeningCalendar(own.zone, own.hours, own.openings, place)
    window = Period(datetime(2026, 10, 24, tzinfo=UTC), datetime(2026, 10, 27, tzinfo=UTC))

    def minutes(periods):
        return {p.start + n * MINUTE for p in periods for n in range(p.length // MINUTE)}

    expected = minutes(own.open(window)) & minutes(place.open(window))
    assert minutes(both.open(window)) == expected
    assert minutes([one.period for one in both.explain(window) if one.verdict.open]) == expected
    for one in both.explain(window):
        if not place.at(one.period.start).open:
            assert one.verdict == place.at(one.period.start)  # closed for the reason of the place
