"""Many periods, closures and holidays cost n log n, not their square; the same is answered as one by one."""

from __future__ import annotations

import gc
import pickle
import random
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from cantinekit.clock import Period
from cantinekit.records import Claim, ClosedDays, ExtraOpening, OpenHours, Openings, Season
from cantinekit.scheduling import layers
from cantinekit.scheduling.calendars import read_busy
from cantinekit.scheduling.calendars._busy import Hours, left_closed
from cantinekit.scheduling.calendars._freebusy import BusyPeriod, merged
from cantinekit.scheduling.layers import Days, strongest
from cantinekit.scheduling.occupancy import free_periods, without
from cantinekit.scheduling.opening import OpeningCalendar, Workdays

START = datetime(2026, 1, 1, tzinfo=UTC)
TIMES = 8
MOST = 3 * TIMES
"""Eight times as much may cost 24 times as much: n log n is about 9 times, a square 64."""
ATTEMPTS = 6
"""How often it is measured at the most; one within the bound is enough, as a square is never near it."""


def at(minute: int) -> datetime:
    return START + timedelta(minutes=minute)


def growth(work: Callable[..., object], made: Callable[[int], tuple[Any, ...]], small: int) -> float:
    """How many times as much eight times as much costs, in time of this process; the best of three of each.

    Nothing is collected meanwhile: that would cost what else the process holds.
    """

    def cost(number: int) -> float:
        given, found = made(number), []
        for _ in range(3):
            began = time.process_time()
            work(*given)
            found.append(time.process_time() - began)
        return max(min(found), 1e-4)

    collects = gc.isenabled()
    gc.disable()
    try:
        return cost(TIMES * small) / cost(small)
    finally:
        if collects:
            gc.enable()


def tried(work: Callable[..., object], made: Callable[[int], tuple[Any, ...]], small: int) -> Iterator[float]:
    """How it grows, measured again and again: others who keep the machine busy disturb a law in some of them only."""
    return (growth(work, made, small) for _ in range(ATTEMPTS))


# --- how they grow ---


def hours_with_many_stretches(number: int) -> list[Hours]:
    """One component that is open for a minute in each two."""
    span = Period(START, at(2 * number))
    return [Hours(5, span, "unavailable", tuple(Period(at(2 * n), at(2 * n + 1)) for n in range(number)))]


def many_hours(number: int) -> list[Hours]:
    """Many components, each over all of those before it but for an edge, in turn stronger and weaker."""
    return [
        Hours(1 + n % 9, Period(at(n), at(3 * number - n)), "unavailable", (Period(at(n), at(n + 1)),))
        for n in range(number)
    ]


def closures(number: int) -> Openings:
    days = [date(1990, 1, 1) + timedelta(days=3 * n) for n in range(number)]
    return Openings(
        closed=[ClosedDays("closure", str(n), day, day + timedelta(days=1)) for n, day in enumerate(days)],
        extra=[ExtraOpening(str(n), day, 60, 120) for n, day in enumerate(days)],
        seasons=[Season(str(n), day, day) for n, day in enumerate(days)],
    )


def asked_for_each_day(openings: Openings) -> None:
    calendar = OpeningCalendar("UTC", (), openings)
    for number in range(len(openings.extra)):
        calendar.why(date(1990, 1, 1) + timedelta(days=number))


def explained(openings: Openings) -> object:
    calendar = OpeningCalendar("UTC", (OpenHours(0, 0, 60),), openings)
    return calendar.explain(Period(START, START + timedelta(days=3)))


def on_one_day(number: int) -> tuple[Openings]:
    """Openings of one day that all overlap, each with a name of its own."""
    day = date(2026, 1, 2)
    return (Openings(extra=[ExtraOpening(str(n), day, n % 1_400, 1_440 + n % 1_400) for n in range(number)]),)


def looked_up(openings: Openings) -> int:
    days, first = Days(lambda: openings.closed), date(1990, 1, 1)
    return sum(days.at(first + timedelta(days=n)) is not None for n in range(len(openings.closed)))


def counted(openings: Openings) -> int:
    first = date(1990, 1, 1)
    return Workdays(openings.closed).count(first, first + timedelta(days=len(openings.closed)), "ouvré")


def gaps(number: int) -> tuple[list[Period], list[Period]]:
    """Windows with a hole in each."""
    windows = [Period(at(4 * n), at(4 * n + 3)) for n in range(number)]
    return windows, [Period(at(4 * n + 1), at(4 * n + 2)) for n in range(number)]


def taken(number: int) -> tuple[list[Claim], int, list[Period]]:
    """A claim in each second minute of one window."""
    claims = [Claim(str(n), at(2 * n), at(2 * n + 1), 1) for n in range(number)]
    return claims, 1, [Period(START, at(2 * number))]


GROWING: list[Any] = [
    pytest.param(left_closed, lambda n: (hours_with_many_stretches(n),), 2_000, id="VAVAILABILITY"),
    pytest.param(left_closed, lambda n: (many_hours(n),), 1_000, id="many VAVAILABILITY"),
    pytest.param(merged, lambda n: ([BusyPeriod(at(k), at(k + 99)) for k in range(n)],), 1_000, id="merged"),
    pytest.param(without, gaps, 1_000, id="without"),
    pytest.param(free_periods, taken, 1_000, id="free periods"),
    pytest.param(asked_for_each_day, lambda n: (closures(n),), 800, id="closures"),
    pytest.param(explained, on_one_day, 170, id="openings that overlap"),
    pytest.param(counted, lambda n: (closures(n),), 800, id="holidays"),
]


@pytest.mark.parametrize(("work", "made", "small"), GROWING)
def test_eight_times_as_much_costs_little_more_than_eight_times(
    work: Callable[..., object], made: Callable[[int], tuple[Any, ...]], small: int
) -> None:
    """What is merged, cut or looked up by the day grows as n log n does."""
    assert any(found < MOST for found in tried(work, made, small))


def one_by_one(hours: Sequence[Hours]) -> list[BusyPeriod]:
    """What components leave closed, each laid over all that was found before: its square, and plain to see."""
    found: list[BusyPeriod] = []
    for one in sorted(hours, key=lambda each: -each.priority):
        kept = [left for each in found for left in cut(each, one.span)]
        closed = [BusyPeriod(one.span.start, one.span.end, one.kind)]
        for period in sorted(one.open):
            closed = [*closed[:-1], *cut(closed[-1], period)] if closed else closed
        found = kept + closed
    return found


def cut(one: BusyPeriod, other: Period) -> list[BusyPeriod]:
    if other.end <= one.start or one.end <= other.start:
        return [one]
    left = [BusyPeriod(one.start, other.start, one.kind)] if one.start < other.start else []
    return left + ([BusyPeriod(other.end, one.end, one.kind)] if other.end < one.end else [])


def test_the_control_grows_as_a_square() -> None:
    """Control: laid one over the other, eight times as much costs far more than eight times."""
    assert any(found > MOST for found in tried(one_by_one, lambda n: (many_hours(n),), 300))


def test_the_control_looks_at_each(monkeypatch: pytest.MonkeyPatch) -> None:
    """Control: where each day is looked for in all stretches, eight times as much costs far more than eight times."""
    monkeypatch.setattr(layers, "FEW", 1 << 30)
    assert any(found > MOST for found in tried(looked_up, lambda n: (closures(n),), 400))


def test_a_file_of_many_periods() -> None:
    """A VAVAILABILITY of 250 bytes with 20,000 periods is read, and says when each gap is."""
    text = "\r\n".join(
        [
            "BEGIN:VCALENDAR",
            "BEGIN:VAVAILABILITY",
            "DTSTART:20260101T000000Z",
            "BEGIN:AVAILABLE",
            "UID:a",
            "DTSTART:20260101T000000Z",
            "DTEND:20260101T000100Z",
            "RRULE:FREQ=MINUTELY;INTERVAL=2",
            "END:AVAILABLE",
            "END:VAVAILABILITY",
            "END:VCALENDAR",
            "",
        ]
    )
    found = read_busy(text, Period(START, at(40_000)), zone="UTC")
    assert len(found.periods) == 20_000
    assert all(one.end - one.start == timedelta(minutes=1) for one in found.periods)


# --- the same as one by one ---


def random_period(chance: random.Random, span: int = 60) -> Period:
    start = chance.randrange(span)
    return Period(at(start), at(start + 1 + chance.randrange(span // 2)))


@pytest.mark.parametrize("seed", range(300))
def test_the_same_is_closed(seed: int) -> None:
    """Whatever components overlap, the strongest counts at each moment, as laid one over the other."""
    chance = random.Random(seed)
    hours = [
        Hours(
            chance.randrange(1, 4),
            random_period(chance),
            chance.choice(["busy", "unavailable", "tentative"]),
            tuple(random_period(chance) for _ in range(chance.randrange(4))),
        )
        for _ in range(chance.randrange(6))
    ]
    assert merged(left_closed(hours)) == merged(one_by_one(hours))


@pytest.mark.parametrize("seed", range(200))
def test_the_same_is_free(seed: int) -> None:
    """Windows less holes, and the stretches in which units are free, are those that are found minute by minute."""
    chance = random.Random(seed)
    windows = [Period(at(100 * n), at(100 * n + 1 + chance.randrange(99))) for n in range(chance.randrange(4))]
    holes = [random_period(chance, 300) for _ in range(chance.randrange(8))]
    claims = [Claim(str(n), hole.start, hole.end, 1 + n % 2) for n, hole in enumerate(holes)]
    minutes = [at(n) for n in range(460)]

    def inside(periods: Sequence[Period], moment: datetime) -> bool:
        return any(one.start <= moment < one.end for one in periods)

    left = without(windows, holes)
    assert [inside(left, one) for one in minutes] == [
        inside(windows, one) and not inside(holes, one) for one in minutes
    ]
    free = free_periods(claims, 3, windows, 2)
    units = [sum(claim.units for claim in claims if claim.start <= one < claim.end) for one in minutes]
    assert [inside(free, one) for one in minutes] == [
        inside(windows, one) and number <= 1 for one, number in zip(minutes, units, strict=True)
    ]
    assert all(one.end < other.start for one, other in pairwise(free)), "as long as they can be made"


@pytest.mark.parametrize("seed", range(60))
def test_the_same_stretch_holds(seed: int) -> None:
    """The stretch of days that holds is the first in the order that does, for few and for many."""
    chance = random.Random(seed)
    first = date(2026, 1, 1)
    spans = []
    for _ in range(chance.choice([0, 5, 40, 90])):
        begins = first + timedelta(days=chance.randrange(120))
        ends = None if chance.random() < 0.05 else begins + timedelta(days=chance.randrange(20))
        spans.append(Season(str(len(spans)), begins, ends))
    days = Days(lambda: spans)
    for number in range(-2, 150):
        day = first + timedelta(days=number)
        assert days.at(day) == next((one for one in spans if one.holds(day)), None)


def test_the_strongest_in_order() -> None:
    """Stretches come in order, without overlaps; an empty span covers nothing, and one span that goes on is one."""
    assert strongest([(2, 4), (0, 9), (5, 5), (3, 6)]) == [(0, 2, 1), (2, 4, 0), (4, 9, 1)]
    assert strongest([(0, 3), (1, 2), (3, 5)]) == [(0, 3, 0), (3, 5, 2)]
    assert strongest([]) == []


def test_a_calendar_goes_to_another_process() -> None:
    """Calendars and working days are pickled with what they have looked up."""
    calendar = OpeningCalendar("UTC", (), closures(50))
    calendar.why(date(1990, 1, 1))
    days = Workdays(closures(50).closed)
    days.is_holiday(date(1990, 1, 1))
    again, days_again = pickle.loads(pickle.dumps((calendar, days)))
    assert (again, days_again) == (calendar, days)
    assert again.why(date(1990, 1, 1)) == calendar.why(date(1990, 1, 1))
