"""Opening hours and occupancy, beside slow and simple answers: minute by minute."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import attrs
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cantinekit import records as m
from cantinekit import scheduling as s
from cantinekit.clock import Period, WallTime, day_bounds, local
from cantinekit.scheduling.opening import OpeningCalendar, stay_end
from support.houses.small_house import TODAY, period, utc
from support.run.soak import scaled

MANY = settings(max_examples=scaled(75), deadline=None)
BASE = utc(0)
LONG = 40
"""The length of the little world below, in minutes."""


def minute(number):
    return BASE + timedelta(minutes=number)


def span(start, end):
    return Period(minute(start), minute(end))


@st.composite
def spans(draw, most=3):
    start = draw(st.integers(0, LONG - 1))
    return start, draw(st.integers(start + 1, LONG)), draw(st.integers(1, most))


@st.composite
def windows(draw):
    """Periods in order that do not overlap and do not touch."""
    cuts = sorted(draw(st.sets(st.integers(0, LONG), min_size=2, max_size=6)))
    return tuple(span(a, b) for a, b in zip(cuts[::2], cuts[1::2], strict=False))


CLAIMS = st.lists(spans(), max_size=6).map(
    lambda found: tuple(m.Claim(f"c{n}", minute(a), minute(b), units) for n, (a, b, units) in enumerate(found))
)
WITHIN = spans().map(lambda found: span(*found[:2]))


def minutes(within):
    """The minutes of one or several periods."""
    every = within if isinstance(within, tuple) else (within,)
    return {
        n
        for p in every
        for n in range((p.start - BASE) // timedelta(minutes=1), (p.end - BASE) // timedelta(minutes=1))
    }


def taken(claims, number):
    return sum(c.units for c in claims if c.start <= minute(number) < c.end)


def in_order(found):
    """Periods in order that neither overlap nor touch: as long as they can be made."""
    return all(first.end < second.start for first, second in pairwise(found))


# --- occupancy --------------------------------------------------------------------------------------------------------


@given(CLAIMS, WITHIN)
@MANY
def test_peak_is_the_highest_minute(claims, within):
    """The peak is what is taken in the fullest minute of the period, not the number of claims that touch it."""
    expected = max(taken(claims, n) for n in minutes(within))
    assert s.peak([(c.start, c.end, c.units) for c in claims], within) == expected


@given(CLAIMS, WITHIN, st.integers(0, 6))
@MANY
def test_units_left_are_left_in_every_minute(claims, within, capacity):
    """What is left through a period is what is left in its fullest minute, and never less than nothing."""
    expected = max(0, min(capacity - taken(claims, n) for n in minutes(within)))
    assert s.units_left(claims, capacity, within) == expected


def test_peak_of_claims_that_meet():
    """What ends at an instant and what begins at it are never there together; the same units can be had again."""
    claims = [(minute(0), minute(10), 2), (minute(10), minute(20), 2), (minute(5), minute(15), 1)]
    assert s.peak(claims, span(0, 20)) == 3
    assert s.peak(claims[:2], span(0, 20)) == 2
    assert s.peak(claims, span(20, 30)) == 0
    assert s.peak([], span(0, 1)) == 0


@given(CLAIMS, WITHIN)
@MANY
def test_in_the_way_is_what_shares_a_minute(claims, within):
    """In the way are the periods of the claims that share a minute with it, and no others."""
    expected = tuple(c.period for c in claims if minutes(c.period) & minutes(within))
    assert s.in_the_way(claims, within) == expected


@given(CLAIMS, st.integers(0, 5), windows(), st.integers(1, 3))
@MANY
def test_free_periods_are_the_free_minutes(claims, capacity, within, units):
    """Free are exactly the minutes in which the units fit, in stretches as long as they can be made."""
    found = s.free_periods(claims, capacity, within, units)
    assert minutes(found) == {n for n in minutes(within) if taken(claims, n) + units <= capacity}
    assert in_order(found)


@given(windows(), windows())
@MANY
def test_common_is_what_lies_in_both(first, second):
    """What is common to two lists of periods is the minutes of both, whichever comes first."""
    found = s.common(first, second)
    assert minutes(found) == minutes(first) & minutes(second)
    assert found == s.common(second, first)


@given(windows(), st.lists(WITHIN, max_size=4))
@MANY
def test_without_is_what_is_left(within, holes):
    """Taking holes out leaves the other minutes, in order, whatever order the holes come in."""
    found = s.without(within, holes)
    assert minutes(found) == minutes(within) - minutes(tuple(holes))
    assert found == s.without(within, holes[::-1])
    assert in_order(found)


@given(windows(), st.integers(0, LONG - 1), st.integers(1, 12), st.integers(0, LONG), st.integers(1, 4))
@MANY
def test_nearest_is_nearest(free, start, length, earliest, limit):
    """Each proposal fits, and of all that fit and overlap no proposal before it, it is nearest to what was wanted."""
    wanted, rest = span(start, start + length), minutes(free)
    found = s.nearest(free, wanted, earliest=minute(earliest), limit=limit)
    expected = []
    while len(expected) < limit:
        fits = [
            n for n in sorted(rest) if n >= earliest and set(range(n, n + length)) <= rest and _one(free, n, length)
        ]
        if not fits:
            break
        best = min(fits, key=lambda n: (abs(n - start), n))
        expected.append(span(best, best + length))
        rest -= set(range(best, best + length))
    assert list(found) == expected


def _one(free, n, length):
    return any(p.start <= minute(n) and minute(n + length) <= p.end for p in free)


def test_nearest_of_nothing():
    """Where nothing is long enough, or all is over, nothing is proposed."""
    assert s.nearest((), span(0, 5), earliest=BASE) == ()
    assert s.nearest((span(0, 4),), span(0, 5), earliest=BASE) == ()
    assert s.nearest((span(0, 10),), span(0, 5), earliest=minute(6)) == ()
    assert s.nearest((span(0, 10),), span(0, 5), earliest=minute(5)) == (span(5, 10),)


def test_live_claims_count_once():
    """A claim on several pages counts once, one on the standing page counts, one past its hold does not."""
    now, held = minute(10), m.Claim("held", minute(0), minute(20), 1, minute(10))
    night = m.Claim("night", minute(-60), minute(60), 1)
    pages = [m.OccupancyPage(m.page_id("x", day), "x", day, (night, held)) for day in (TODAY - timedelta(1), TODAY)]
    always = m.Claim("always", minute(-9000), minute(200_000), 1)
    standing = m.StandingPage("x|always", "x", 3, claims=(always,))
    assert s.live_claims(pages, standing, now) == (always, night)
    assert s.live_claims(pages, standing, now - timedelta(microseconds=1)) == (always, night, held)


# --- opening hours ----------------------------------------------------------------------------------------------------


PARIS, MARTINIQUE = "Europe/Paris", "America/Martinique"
NINE_TO_SIX = m.OpenHours.weekly(range(7), time(9), time(18))
WITH_A_BREAK = (*m.OpenHours.weekly(range(7), time(9), time(12)), *m.OpenHours.weekly(range(7), time(14), time(18)))
ALL_NIGHT = m.OpenHours.weekly(range(7), time(0), time(0))
SPRING, AUTUMN = date(2027, 3, 28), date(2026, 10, 25)
DAYS = st.sampled_from([TODAY, SPRING, AUTUMN, SPRING - timedelta(1), AUTUMN + timedelta(1), date(2027, 1, 1)])
ZONES = st.sampled_from([PARIS, MARTINIQUE, "UTC", "Pacific/Kiritimati", "Australia/Lord_Howe", "Asia/Kathmandu"])


@st.composite
def weekly(draw):
    """Hours that do not overlap, on all days of the week alike; quarters of an hour."""
    cuts = sorted(draw(st.sets(st.integers(0, 96), min_size=2, max_size=6)))
    pairs = [(a * 15, b * 15) for a, b in zip(cuts[::2], cuts[1::2], strict=False)]
    return tuple(m.OpenHours(weekday, a, b) for weekday in range(7) for a, b in pairs)


def is_open_by_the_wall(hours, zone, moment):
    """Whether the clock on the wall shows opening hours: asked of each moment by itself."""
    wall = local(moment, zone)
    number = wall.hour * 60 + wall.minute
    return any(h.weekday == wall.weekday() and h.opens <= number < h.closes for h in hours)


@given(weekly(), ZONES, DAYS)
@settings(max_examples=60, deadline=None)
def test_open_periods_follow_the_wall(hours, zone, day):
    """A moment outside of the changed hours is in an open period exactly when the wall shows opening hours."""
    found = OpeningCalendar(zone, hours).day(day)
    assert in_order(found)
    bounds = day_bounds(day, zone)
    change = {local(bounds.start, zone).utcoffset(), local(bounds.end, zone).utcoffset()}
    for n in range(0, int(bounds.length / timedelta(minutes=15))):
        moment = bounds.start + timedelta(minutes=15 * n)
        if len(change) == 2 and local(moment, zone).hour in (0, 1, 2, 3):
            continue  # what RFC 5545 says of them is tested below
        assert any(p.contains(moment) for p in found) == is_open_by_the_wall(hours, zone, moment), moment


@pytest.mark.parametrize(
    ("day", "opens", "closes", "hours"),
    [
        (AUTUMN, 0, 0, 25),
        (SPRING, 0, 0, 23),
        (AUTUMN, 9, 18, 9),
        (SPRING, 9, 18, 9),
        (AUTUMN, 1, 4, 4),
        (SPRING, 1, 4, 2),
        (AUTUMN, 2, 3, 2),
        (SPRING, 2, 3, 0),
        (SPRING, 2, 4, 1),
        (SPRING, 1, 2, 1),
        (SPRING, 3, 4, 1),
    ],
)
def test_hours_as_they_really_pass(day, opens, closes, hours):
    """Opening hours on the nights of the clock change last as long as the clock lets them; a skipped hour is none."""
    found = OpeningCalendar(PARIS, m.OpenHours.weekly(range(7), time(opens), time(closes))).day(day)
    assert sum((p.length for p in found), timedelta()) == timedelta(hours=hours)
    assert len(found) == (1 if hours else 0)


def test_stretches_that_the_change_pushes_together():
    """Two stretches that a skipped hour lays over one another are one stretch, and nothing is counted twice."""
    hours = tuple(m.OpenHours(6, a, b) for a, b in ((60, 150), (150, 240)))
    assert OpeningCalendar(PARIS, hours).day(SPRING) == (Period(utc(0, day=SPRING), utc(2, day=SPRING)),)
    over = tuple(m.OpenHours(6, a, b) for a, b in ((60, 165), (180, 240)))
    (found,) = OpeningCalendar(PARIS, over).day(SPRING)
    assert found == Period(utc(0, day=SPRING), utc(2, day=SPRING))


def test_no_hours_are_all_hours():
    """A place without hours is open through the local day, and one with hours on other days only is closed."""
    assert OpeningCalendar(MARTINIQUE, ()).day(TODAY) == (day_bounds(TODAY, MARTINIQUE),)
    assert OpeningCalendar(PARIS, m.OpenHours.weekly(range(5, 7), time(9), time(18))).day(TODAY) == ()


@given(weekly(), ZONES, DAYS, st.integers(0, 300), st.integers(1, 300))
@MANY
def test_open_between_is_the_days_together(hours, zone, day, start, length):
    """Within a window of several days it is open as on each of them, and stretches that meet at midnight are one."""
    begin = day_bounds(day, zone).start + timedelta(minutes=15 * start)
    window = Period(begin, begin + timedelta(minutes=15 * length))
    found = OpeningCalendar(zone, hours).open(window)
    assert in_order(found)
    assert all(window.start <= p.start < p.end <= window.end for p in found)
    first = local(window.start, zone).date()
    every = tuple(p for n in range(10) for p in OpeningCalendar(zone, hours).day(first + timedelta(days=n)))
    for n in range(length):
        moment = window.start + timedelta(minutes=15 * n)
        assert any(p.contains(moment) for p in found) == any(p.contains(moment) for p in every)
    assert OpeningCalendar(zone, hours).is_open(window) == (found == (window,))


def test_open_through_midnight():
    """A place that never closes is open through any period; one that closes at midnight and opens then is too."""
    night = period(22, 50)
    assert OpeningCalendar(PARIS, ()).is_open(night)
    assert OpeningCalendar(PARIS, ALL_NIGHT).is_open(night)
    assert not OpeningCalendar(PARIS, NINE_TO_SIX).is_open(night)
    assert OpeningCalendar(PARIS, NINE_TO_SIX).is_open(period(8, 17))
    assert not OpeningCalendar(PARIS, NINE_TO_SIX).is_open(Period(utc(8), utc(17) + timedelta(microseconds=1)))
    assert not OpeningCalendar(PARIS, NINE_TO_SIX).is_open(Period(utc(8) - timedelta(microseconds=1), utc(17)))


# --- stays ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hours", "hour", "half", "day"),
    [
        (NINE_TO_SIX, 8.0, 12.5, 17.0),
        (NINE_TO_SIX, 10.0, 14.5, 17.0),
        (NINE_TO_SIX, 14.0, 17.0, 17.0),
        (NINE_TO_SIX, 16.99, 17.0, 17.0),
        (WITH_A_BREAK, 8.0, 13.5, 17.0),
        (WITH_A_BREAK, 10.0, 15.5, 17.0),
        (WITH_A_BREAK, 13.0, 16.5, 17.0),
        (NINE_TO_SIX, 17.0, None, None),
        (NINE_TO_SIX, 7.99, None, None),
        (WITH_A_BREAK, 11.0, None, None),
    ],
)
def test_stays_by_hand(hours, hour, half, day):
    """A half-day is half of the opening hours and never outlasts closing time; a break at noon does not count."""
    now, zone = utc(0) + timedelta(hours=hour), PARIS
    ends = {"half-day": half, "day": day}
    for stay, end in ends.items():
        expected = None if end is None else utc(0) + timedelta(hours=end)
        assert stay_end(OpeningCalendar(zone, hours), now, stay) == expected


@given(weekly(), ZONES, DAYS, st.integers(0, 24 * 60 - 1))
@MANY
def test_stays_in_any_hours(hours, zone, day, number):
    """A stay begins only while it is open, ends in or at the end of opening hours, a half-day is the shorter one."""
    now = day_bounds(day, zone).start + timedelta(minutes=number)
    today = OpeningCalendar(zone, hours).day(local(now, zone).date())
    half, whole = (stay_end(OpeningCalendar(zone, hours), now, stay) for stay in ("half-day", "day"))
    assert (half is None) == (whole is None) == (not any(p.contains(now) for p in today))
    assume(half is not None)
    assert now < half <= whole == today[-1].end

    def opened(until):
        return sum(
            (min(p.end, until) - max(p.start, now) for p in today if p.end > now and p.start < until), timedelta()
        )

    assert opened(half) == min(sum((p.length for p in today), timedelta()) / 2, opened(whole))


def test_sessions_and_stays_share_the_rule_of_rfc_5545():
    """The two changed hours by the letter: the gap is read with the offset before it, the fold is the first one."""
    gap, fold = WallTime(SPRING, time(2, 30), PARIS), WallTime(AUTUMN, time(2, 30), PARIS)
    assert gap.resolve() == (datetime(2027, 3, 28, 1, 30, tzinfo=UTC), "gap")
    assert fold.resolve() == (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "fold")
    (opened,) = OpeningCalendar(PARIS, m.OpenHours.weekly(range(7), time(2, 30), time(5))).day(SPRING)
    assert opened.start == gap.instant
    (opened,) = OpeningCalendar(PARIS, m.OpenHours.weekly(range(7), time(2, 30), time(5))).day(AUTUMN)
    assert opened.start == fold.instant


def test_claims_are_frozen_values():
    """Nothing that is passed in is changed: the functions are pure."""
    claims = (m.Claim("c", minute(0), minute(10), 1),)
    before = attrs.asdict(claims[0])
    s.free_periods(claims, 1, (span(0, 40),))
    s.nearest((span(10, 40),), span(0, 5), earliest=BASE)
    assert attrs.asdict(claims[0]) == before
