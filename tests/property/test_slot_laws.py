"""Fixed slots: what is shown to whoever takes them is what can be booked; a brute search of weeks finds the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import attrs
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.clock import Period
from cantinekit.domain.rules import terms as _terms
from cantinekit.errors import CantineError
from cantinekit.scheduling.availability import Bookable, Bookables, BusyIndex, Question, fixed_slots
from cantinekit.scheduling.availability import slots as _slots
from cantinekit.scheduling.opening import OpeningCalendar
from support.commands.booking_answers import fresh, say_the_same
from support.houses.small_house import period
from support.run import soak

TOMORROW = date(2026, 11, 25)
MANY = settings(max_examples=soak.scaled(40), deadline=None, suppress_health_check=list(HealthCheck))

# --- questions and bookings ------------------------------------------------------------------------------------------


def few(*values: Any) -> st.SearchStrategy[Any]:
    """One of these, and mostly the first."""
    return st.sampled_from([*[values[0]] * 3, *values[1:]])


def slot(starts: int, ends: int, *audience: str) -> m.FixedSlot:
    return m.FixedSlot(time(starts), time(ends), range(5), audience)


TERMS = st.builds(
    m.Terms,
    slots=st.sampled_from(
        [
            [slot(9, 10), slot(10, 12), slot(14, 18)],
            [slot(9, 11), slot(9, 18), slot(11, 13, "members"), slot(13, 15, "members"), slot(15, 16)],
        ]
    ),
    any_time=st.sampled_from([(), ["staff"]]),
    after=few(timedelta(0), timedelta(minutes=30)),
    longest=few(None, timedelta(hours=2)),
    notice=few(timedelta(0), timedelta(hours=24)),
    in_a_row=few(None, timedelta(hours=3)),
)
BEGUN = st.tuples(TERMS, TERMS).map(
    lambda found: [c.ChangeTerms(id, terms=terms) for id, terms in zip(("a1", "a"), found, strict=True)]
)
TIMES = st.sampled_from([(9, 10), (9, 11), (9, 11), (10, 12), (9, 12), (11, 13), (14, 18), (9, 13), (13, 14)])
ASKED = st.builds(
    c.Book,
    space_id=st.sampled_from(["a1", "a"]),
    product_id=st.just("room"),
    period=TIMES.map(lambda wall: period(wall[0] - 1, wall[1] - 1, TOMORROW)),  # the wall of Paris is an hour ahead
    account=st.just("desk"),
    groups=st.sampled_from([(), (), ("members",), ("staff",)]),
)


def compare(seen: Counter[str], how: Callable[[Any], Any] = MANY) -> Any:
    """The law, which counts what it has seen."""

    @given(BEGUN, st.lists(ASKED, min_size=1, max_size=4), st.lists(ASKED, min_size=8, max_size=8))
    @how
    def law(terms: list[c.ChangeTerms], booked: list[c.Book], asked: list[c.Book]) -> None:
        house = fresh()
        for one in terms:
            house.do(one)
        for one in booked:
            with suppress(CantineError):
                house.do(attrs.evolve(one, override="a feast"))
        for one in asked:
            say_the_same(house, one, seen)

    return law


def test_a_question_and_a_booking_say_the_same_of_slots() -> None:
    """Whoever takes slots can book exactly those that are shown as free, and is proposed slots that can be booked;
    whoever does not is proposed times of the length that was asked for."""
    seen: Counter[str] = Counter()
    names = ("slot", "slot taken", "slot proposed", "free", "full", "notice", "in a row")
    soak.until_seen(lambda how: compare(seen, how)(), MANY, seen, names)
    print(dict(seen))


def test_control_of_the_comparison(monkeypatch: pytest.MonkeyPatch) -> None:
    """Control: where bookings do not look at the terms the law is broken."""
    monkeypatch.setattr(_terms, "broken_terms", lambda *args, **kwargs: ())
    with pytest.raises(AssertionError):
        seed(1)(compare(Counter(), settings(MANY, database=None, phases=[Phase.generate])))()


# --- weeks in several zones ------------------------------------------------------------------------------------------

CHANGES = [
    ("Europe/Paris", date(2026, 3, 29)),
    ("Europe/Paris", date(2026, 10, 25)),
    ("America/New_York", date(2026, 3, 8)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),  # by half an hour
    ("America/Santiago", date(2026, 9, 6)),  # at midnight
    ("Pacific/Apia", date(2011, 12, 30)),  # a day that is not there
    ("Asia/Kolkata", date(2026, 6, 1)),
]
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@lru_cache
def walls(zone: str, first: date) -> dict[datetime, datetime]:
    """What the wall shows, without its zone, in each minute of eleven days: to the first instant at which it does."""
    start, found = datetime.combine(first - DAY, time(), UTC), dict[datetime, datetime]()
    for minute in range(11 * 24 * 60):
        moment = start + minute * MINUTE
        found.setdefault(moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None), moment)
    return found


def shown(zone: str, first: date, wall: datetime) -> datetime:
    """The first instant at which the wall shows this; if it never does, as long after what it showed last before."""
    known, before = walls(zone, first), wall
    while before not in known:
        before -= MINUTE
    return known[before] + (wall - before)


def slow_slots(slots: list[m.FixedSlot], zone: str, first: date) -> set[Period]:
    """The slots that begin on seven days, day by day."""
    found, days = set(), {wall.date() for wall in walls(zone, first)}
    for day in (first + n * DAY for n in range(7)):
        for one in slots if day in days else ():
            if day.weekday() in one.weekdays:
                last = day + DAY if one.ends <= one.starts else day
                start, end = (shown(zone, first, datetime.combine(*at)) for at in ((day, one.starts), (last, one.ends)))
                found |= {Period(start, end)} if start < end else set()
    return found


CLOCKS = st.builds(time, st.integers(0, 23), st.sampled_from([0, 0, 30]))
WEEKDAYS = st.just(range(7)) | st.sets(st.integers(0, 6), min_size=1)
FIXED = st.builds(m.FixedSlot, CLOCKS | st.sampled_from([time(0), time(2)]), CLOCKS | st.just(time(4)), WEEKDAYS)


@st.composite
def weeks(draw: st.DrawFn) -> tuple[str, date, list[m.FixedSlot]]:
    """A week with a clock change mostly, and slots in it; a slot of two to four among them, and one right after it."""
    zone, day = draw(st.sampled_from(CHANGES))
    slots = draw(st.lists(FIXED, max_size=3))
    usual = [m.FixedSlot(time(2), time(4)), m.FixedSlot(time(4), time(12)), m.FixedSlot(time(22), time(2))]
    return zone, day - draw(st.integers(1, 5)) * DAY, [*slots, *draw(st.sampled_from([usual, usual[:2], usual[2:]]))]


def week_of(zone: str, first: date) -> Period:
    """Seven local days, as whoever asks for a week would say it."""
    return Period(
        shown(zone, first, datetime.combine(first, time())),
        shown(zone, first, datetime.combine(first + 7 * DAY, time())),
    )


def slow_search(how: Callable[[Any], Any] = MANY) -> Any:
    """The law of the slots of a week."""

    @given(weeks())
    @how
    def law(week: tuple[str, date, list[m.FixedSlot]]) -> None:
        zone, first, slots = week
        within = week_of(zone, first)
        expected = sorted(one for one in slow_slots(slots, zone, first) if one.end <= within.end)
        assert list(fixed_slots(m.Terms(slots=slots), within, zone=zone)) == expected
        assert fixed_slots(m.Terms(slots=slots, any_time=["members"]), within, zone=zone, groups=["members"]) == ()

    return law


def test_slots_of_a_week_are_those_of_a_slow_search() -> None:
    """On the days of both clock changes, too: what is skipped comes later, of what comes twice the first is meant."""
    slow_search()()


def test_control_of_the_slow_search(monkeypatch: pytest.MonkeyPatch) -> None:
    """Control: where the wall is read as if there were no zone, the slow search finds other slots."""
    monkeypatch.setattr(
        _slots, "_calendar", lambda slots, zone: OpeningCalendar("UTC", tuple(h for one in slots for h in one.hours))
    )
    with pytest.raises(AssertionError):
        seed(1)(slow_search(settings(MANY, database=None, phases=[Phase.generate])))()


@given(weeks(), st.lists(st.tuples(st.integers(0, 6 * 48), st.integers(1, 8)), max_size=12))
@MANY
def test_what_is_free_in_a_week_is_proposed_slot_by_slot(week, taken) -> None:
    """Asked again and again for the first that is free, a question gives each start of a slot whose shortest is free;
    asked for a slot, it says whether nobody has some part of it."""
    zone, first, slots = week
    within = week_of(zone, first)
    spans = [Period(within.start + MINUTE * 30 * at, within.start + MINUTE * 30 * (at + long)) for at, long in taken]
    index = BusyIndex.from_rows([("a", one.start, one.end, 1) for one in spans], {"a": 1})
    space = m.Space("a", "p", "e", "A", "room", (), ("a",), terms=m.Terms(slots=slots))
    asked = Bookables([Bookable(space, OpeningCalendar(zone))])
    every = sorted(one for one in slow_slots(slots, zone, first) if one.end <= within.end)
    free = [one for one in every if not any(one.overlaps(span) for span in spans)]
    for one in every:
        answer = asked.ask(Question(one), index, within.start)
        assert [found.period for found in answer.free] == ([one] if one in free else [])
    shortest = {one.start: one for one in reversed(every)}
    expected = [one for one in free if shortest[one.start] == one]
    found, at = [], within.start
    while at < within.end and (answer := asked.ask(Question(Period(at, within.end), MINUTE), index, within.start)).free:
        found.append(answer.free[0].period)
        at = found[-1].start + MINUTE
    assert found == expected
