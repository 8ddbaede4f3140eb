"""Questions about free spaces by example: hostile input, near misses, buffers, grids on the day of a clock change."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime, time, timedelta

import attrs
import pytest

from cantinekit import events as ev
from cantinekit import records as m
from cantinekit.clock import Period
from cantinekit.domain.occupancy.journal_index import JournalIndex
from cantinekit.domain.spaces.terms import Terms
from cantinekit.errors import InputError, NaiveDatetimeError, NotFoundError, TextError
from cantinekit.scheduling.availability import (
    Bookable,
    Bookables,
    BusyIndex,
    Filter,
    InBuffer,
    IsFull,
    Miss,
    OffGrid,
    Question,
    Slot,
    TooFar,
    TooSmall,
    TooSoon,
    WrongLength,
)
from cantinekit.scheduling.opening import OpeningCalendar
from support.houses.small_house import period, utc
from support.houses.states_by_hand import ROOM

HOUR = timedelta(hours=1)
ALWAYS = OpeningCalendar("Europe/Paris")
DAY = OpeningCalendar("Europe/Paris", m.OpenHours.weekly(range(7), time(9), time(18)))
NOW = utc(0)


def room(id: str, seats: int = 0, terms: Terms | None = None, calendar: OpeningCalendar = ALWAYS) -> Bookable:
    space = attrs.evolve(ROOM, id=id, leaves=(id,), parts=(), seats=seats)
    return Bookable(space, calendar, terms or Terms())


def index_of(*taken: tuple[str, float, float], ids: tuple[str, ...] = ("a", "b", "c")) -> BusyIndex:
    rows = [(id, *attrs.astuple(period(start, end), recurse=False), 1) for id, start, end in taken]
    return BusyIndex.from_rows(rows, dict.fromkeys(ids, 1))


def ask(bookables, question, index, now=NOW):
    return Bookables(bookables).ask(question, index, now)


@pytest.mark.parametrize(
    ("today", "months", "last"),
    [
        (date(2026, 4, 30), 1, date(2026, 5, 31)),
        (date(2026, 2, 28), 1, date(2026, 3, 31)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2026, 4, 29), 1, date(2026, 5, 29)),
        (date(2026, 1, 30), 1, date(2026, 2, 28)),
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
        (date(2027, 2, 28), 12, date(2028, 2, 29)),
    ],
)
def test_a_horizon_of_months_from_the_last_day_of_a_month(today, months, last):
    """From the last day of a month on, the whole of the month so many months later can be booked; from another day on,
    its day of that number, or its last."""
    rooms, noon = [room("a", terms=Terms(months=months))], utc(11, day=today)
    asked = [Question(period(10, 11, day)) for day in (last, last + timedelta(days=1))]
    found = [ask(rooms, question, index_of(ids=("a",)), noon) for question in asked]
    assert [slot.space_id for slot in found[0].free] == ["a"]
    assert found[1].reasons == {"a": TooFar(None, months)}


# --- hostile input ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "make",
    [
        lambda: Question("today"),
        lambda: Question(period(9, 10), length=timedelta(0)),
        lambda: Question(period(9, 10), length=-HOUR),
        lambda: Question(period(9, 10), length=60),
        lambda: Question(period(9, 10), length=timedelta(minutes=61)),
        lambda: Question(period(9, 10), length=timedelta(days=1000)),
        lambda: Question(Period(NOW, NOW + timedelta(days=733))),
        lambda: Question(Period(NOW, datetime(9990, 1, 1, tzinfo=UTC)), HOUR),
        lambda: Question(period(9, 10), units=0),
        lambda: Question(period(9, 10), units=1.0),
        lambda: Question(period(9, 10), units=True),
        lambda: Question(period(9, 10), filter={"seats": 3}),
        lambda: Question(period(9, 10), groups="staff"),
        lambda: Question(period(9, 10), limit=0),
        lambda: Question(period(9, 10), near=-1),
        lambda: Filter(seats=-1),
        lambda: Filter(features="projector"),
        lambda: Filter(space_ids=("a", "a")),
        lambda: Filter(space_ids=("a|b",)),
        lambda: Terms(before=-HOUR),
        lambda: Terms(after=15),
        lambda: Terms(grid=timedelta(0)),
        lambda: Terms(step=timedelta(0)),
        lambda: Terms(notice=timedelta(days=10**6)),
        lambda: Terms(audience="staff"),
    ],
    ids=range(25),
)
def test_bad_questions_are_refused(make):
    """A question, a filter or terms that make no sense are refused when they are made, with a typed error."""
    with pytest.raises((InputError, TextError)):
        make()


@pytest.mark.parametrize("units", [0, -1, 1.5, True, "1", None], ids=repr)
def test_bad_units_are_refused_and_change_nothing(units):
    """What is no whole number of units can neither be taken nor given back, by rows neither."""
    index = index_of(("a", 9, 10))
    before = index_of(("a", 9, 10))
    for change in (index.add, index.remove):
        with pytest.raises(InputError):
            change("a", utc(9), utc(10), units)
    with pytest.raises(InputError):
        BusyIndex.from_rows([("a", utc(9), utc(10), 1), ("a", utc(9), utc(10), units)])
    assert index == before


def test_naive_and_unknown_are_refused():
    """A datetime without a zone, a space that is not in the index: typed errors."""
    index = index_of()
    with pytest.raises(NaiveDatetimeError):
        index.add("a", datetime(2026, 1, 1), utc(9))
    with pytest.raises(NaiveDatetimeError):
        BusyIndex.from_rows([("a", datetime(2026, 1, 1), utc(9), 1)])
    for call in (
        lambda: index.add("x", utc(9), utc(10)),
        lambda: index.remove("x", utc(9), utc(10)),
        lambda: index.peak("x", period(9, 10)),
        lambda: index.free(period(9, 10), among=("x",)),
        lambda: index.put(m.Placed("x", m.Claim("c", utc(9), utc(10), 1))),
        lambda: ask([room("x")], Question(period(9, 10)), index),
        lambda: JournalIndex().feed(ev.CapacityRaised("x", 2)),
    ):
        with pytest.raises(NotFoundError):
            call()


# --- rules one by one ------------------------------------------------------------------------------------------------


def test_back_to_back_is_free():
    """What ends when another begins is not in its way."""
    index = index_of(("a", 9, 10), ("a", 11, 12))
    assert ask([room("a")], Question(period(10, 11)), index).free == (Slot("a", period(10, 11)),)
    assert not ask([room("a")], Question(period(10, 11.25)), index).free


def test_buffers_may_lie_outside_of_the_openings():
    """The time before and after must be free, and need not be open: the first hour of the day can be had."""
    terms = Terms(before=HOUR / 2, after=HOUR / 2)
    found = ask([room("a", terms=terms, calendar=DAY)], Question(period(8, 17), HOUR), index_of())
    assert found.free == (Slot("a", period(8, 9)),)
    early = index_of(("a", 7, 7.75))
    assert ask([room("a", terms=terms, calendar=DAY)], Question(period(8, 17), HOUR), early).free == (
        Slot("a", period(8.25, 9.25)),
    )
    found = ask([room("a", terms=terms)], Question(period(8, 9)), early)
    assert found.reasons == {"a": InBuffer(HOUR / 2, HOUR / 2)}


def test_notice_and_horizon():
    """Too soon, too far, and in between; a search begins when the notice allows, and ends with the horizon."""
    terms = Terms(notice=2 * HOUR, horizon=24 * HOUR)
    a = [room("a", terms=terms)]
    assert ask(a, Question(period(1, 3)), index_of()).reasons == {"a": TooSoon(2 * HOUR)}
    assert ask(a, Question(period(2, 3)), index_of()).free
    assert ask(a, Question(period(24, 25)), index_of()).free
    assert ask(a, Question(period(25, 26)), index_of()).reasons == {"a": TooFar(24 * HOUR)}
    assert ask(a, Question(period(0, 30), HOUR), index_of()).free == (Slot("a", period(2, 3)),)
    assert ask(a, Question(period(25, 90), HOUR), index_of()).reasons == {"a": TooFar(24 * HOUR)}
    assert ask([room("a")], Question(period(-3, -1)), index_of()).reasons == {"a": TooSoon(timedelta(0))}


@pytest.mark.parametrize(
    ("length", "fits"), [(0.5, False), (1.0, True), (1.25, False), (1.5, True), (2.0, True), (2.5, False)]
)
def test_lengths(length, fits):
    """Not shorter, not longer, and whole steps."""
    terms = Terms(shortest=HOUR, longest=2 * HOUR, step=HOUR / 2)
    found = ask([room("a", terms=terms)], Question(period(9, 9 + length)), index_of())
    assert bool(found.free) == fits
    assert fits or found.reasons == {"a": WrongLength(HOUR, 2 * HOUR, HOUR / 2)}


def test_starts_on_a_grid():
    """Only whole steps of the local day are starts; the first that is free is found, a wish between is told why not."""
    a = [room("a", terms=Terms(grid=HOUR / 2))]
    index = index_of(("a", 9, 10.25))
    assert ask(a, Question(period(9, 12), HOUR), index).free == (Slot("a", period(10.5, 11.5)),)
    assert ask(a, Question(period(10.25, 11)), index).reasons == {"a": OffGrid(HOUR / 2)}


def test_a_grid_begins_anew_each_local_day():
    """On the day of 25 hours two-hour steps go up to the last hour, and the next day begins at its own midnight."""
    a = [room("a", terms=Terms(grid=2 * HOUR))]
    midnight = datetime(2026, 10, 24, 22, tzinfo=UTC)
    end = midnight + 25 * HOUR
    index = BusyIndex.from_rows([("a", midnight, end - HOUR / 2, 1)], {"a": 1})
    found = ask(a, Question(Period(midnight, end + 6 * HOUR), HOUR), index, midnight)
    assert found.free == (Slot("a", Period(end, end + HOUR)),)


# --- the answer ------------------------------------------------------------------------------------------------------


def test_the_smallest_that_does_comes_first():
    """Of spaces that are free from the same time the smallest with enough seats comes first, then by id."""
    rooms = [room("a", 20), room("b", 12), room("c", 4)]
    found = ask(rooms, Question(period(9, 10), filter=Filter(seats=10)), index_of())
    assert [slot.space_id for slot in found.free] == ["b", "a"]
    assert found.reasons == {"c": TooSmall(4, 10)}
    assert found.misses == (Miss("c", TooSmall(4, 10), period(9, 10)),)


def test_the_nearest_time_comes_first_among_near_misses():
    """A room that is free an hour later is a nearer miss than one that is free three hours later."""
    index = index_of(("a", 9, 13), ("b", 9, 10.5), ("c", 0, 24))
    found = ask([room("a", 1), room("b", 2), room("c", 0)], Question(period(10, 11), near=2), index)
    assert [(miss.space_id, miss.instead) for miss in found.misses] == [
        ("b", period(10.5, 11.5)),
        ("a", period(8, 9)),
    ]
    assert found.reasons["c"] == IsFull(1, 0)
    assert ask([room("a")], Question(period(10, 11), near=0), index).misses == ()


def test_an_answer_is_a_value():
    """The same question gives an equal answer, which cannot be changed."""
    rooms, index = Bookables([room("a"), room("b")]), index_of(("a", 9, 10))
    question = Question(period(9, 10))
    first, again = rooms.ask(question, index, NOW), rooms.ask(question, index, NOW)
    assert first == again
    with pytest.raises(TypeError):
        first.reasons["a"] = None
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        first.free = ()
    assert rooms.leaves == ("a", "b")
    assert (len(rooms), rooms["a"].space.id) == (2, "a")


def test_what_was_taken_meanwhile_is_seen():
    """An index that changes gives other answers to the same bookables; a copy in columns does not change."""
    index = index_of()
    columns = index.columns()
    rooms = Bookables([room("a"), room("b"), room("c")])
    index.add("a", utc(9), utc(10))
    index.add("b", utc(9), utc(11))
    index.add("b", utc(9), utc(10))  # twice: it counts from now on
    found = rooms.ask(Question(period(9, 10)), index, NOW)
    assert [slot.space_id for slot in found.free] == ["c"]
    assert columns.free(period(9, 10)) == ["a", "b", "c"]
    assert index.columns().free(period(9, 10)) == ["c"]
    index.set_space("a", 2)
    assert rooms.ask(Question(period(9, 10)), index, NOW).free[0].space_id == "a"


def test_columns_over_too_long_a_time():
    """Where the times of many spaces do not fit into one column of numbers, the answers are the same."""
    far = datetime(9990, 1, 1, tzinfo=UTC)
    near = datetime(1971, 1, 1, tzinfo=UTC)
    ids = tuple(f"s{n}" for n in range(40))
    rows = [(id, moment, moment + HOUR, 1) for id in ids[::2] for moment in (near, far)]
    index = BusyIndex.from_rows(rows, dict.fromkeys(ids, 1))
    for moment in (near, far, utc(0)):
        within = Period(moment, moment + HOUR)
        assert index.columns().free(within) == index.free(within)
        assert index.columns().first_free([within], HOUR) == index.first_free([within], HOUR)
    assert BusyIndex().columns().free(period(9, 10)) == []
    assert BusyIndex().first_free([period(9, 10)], HOUR) is BusyIndex().columns().first_free([period(9, 10)], HOUR)


def test_numpy_is_imported_when_it_is_asked_for():
    """Questions and indexes need no NumPy; only columns import it."""
    code = (
        "import sys; from cantinekit.scheduling.availability import BusyIndex; index = BusyIndex();"
        "assert 'numpy' not in sys.modules; index.columns(); assert 'numpy' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_closures_of_a_space_are_told():
    """A space that is closed for works is closed for that reason, and free when they are over."""
    index = index_of()
    index.set_space("a", 1, (m.Closure("clo", period(9, 12), "painting"),))
    found = ask([room("a"), room("b")], Question(period(10, 11)), index)
    assert str(found.reasons["a"].verdict) == "closure: painting"
    found = ask([room("a")], Question(period(9, 17), HOUR), index)
    assert found.free == (Slot("a", period(12, 13)),)
    assert ask([room("a")], Question(period(9, 12.5), HOUR), index).counts == {"closed": 1}
    assert index.closed() == {"a"}


def test_a_limit_does_not_change_the_reasons():
    """One free time is wanted and there is none: every space is told why, those too that a buffer rules out."""
    terms = Terms(before=HOUR)
    index = index_of(("a", 0, 9), ("a", 10, 24), ("b", 0, 12), ("b", 13, 24))
    question = Question(period(8, 17), HOUR, limit=1)
    found = ask([room("a", terms=terms, calendar=DAY), room("b", terms=terms, calendar=DAY)], question, index)
    assert found.reasons == dict.fromkeys(("a", "b"), InBuffer(HOUR, timedelta(0)))
    assert (found.free, found.more) == ((), 0)


# --- which reason ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("terms", "within", "reason"),
    [
        (Terms(horizon=20 * HOUR), (0, 48), None),
        (Terms(horizon=7 * HOUR), (0, 24), TooFar(7 * HOUR)),
        (Terms(horizon=7 * HOUR), (0, 8.5), None),
        (Terms(notice=17.5 * HOUR), (0, 24), TooSoon(17.5 * HOUR)),
        (Terms(notice=9 * HOUR, horizon=9.25 * HOUR), (0, 24), None),
    ],
)
def test_what_is_too_far_is_not_closed(terms, within, reason):
    """Where it would be open beyond the horizon, or before the notice, that is the reason, and not the hours; where it
    is not open at all within what is asked about, it is closed.
    """
    answer = ask([room("a", terms=terms, calendar=DAY)], Question(period(*within), length=HOUR), index_of(ids=("a",)))
    if within == (0, 8.5):
        assert answer.counts == {"closed": 1}
    elif reason is None:
        assert [slot.space_id for slot in answer.free] == ["a"]
    else:
        assert answer.reasons["a"] == reason
