"""What is paused, resumed or extended has as many days as before; what its timeline says is carried out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from itertools import count, islice, pairwise, permutations
from typing import Any

import attrs
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.domain.passes import course as course_module
from cantinekit.domain.passes.course import Course
from cantinekit.errors import InputError, RefusedError, TariffError
from cantinekit.pricing import Tariff
from cantinekit.pricing.terms import read_term, read_validity
from support.houses.clock_house import local
from support.houses.one_list import HEAD, place, sell
from support.run.soak import scaled
from support.tariffs.lasting import STARTS, contracts

DAY = timedelta(days=1)
MONTHLY = {"period": "1 month", "minimum": 2, "renewal": "monthly", "ends": "period end"}
TERMS = (
    MONTHLY,
    {**MONTHLY, "period": "10 days", "renewal": "tacit, same period"},
    {**MONTHLY, "ends": "month end", "stub": "does not count"},
    {**MONTHLY, "period": "1 year", "minimum": 1},
)
VALIDS = (None, {"month": "calendar"}, {"lasts": "2 weeks", "first_day": "counts"})


@st.composite
def broken(draw: st.DrawFn) -> Course:
    """A course with pauses that do not touch, some of them said on the day on which they begin, and free days."""
    first = draw(st.sampled_from(STARTS))
    valid = draw(st.sampled_from(VALIDS))
    pauses, day = [], first
    for _ in range(draw(st.integers(0, 3))):
        begins = day + draw(st.integers(0, 40)) * DAY
        last = begins + draw(st.integers(0, 70)) * DAY
        pauses.append(m.Pause(begins, last, begins - draw(st.integers(0, 3)) * DAY))
        day = last + DAY
    numbers = draw(st.lists(st.integers(0, 4), max_size=2))
    free = [m.FreeDays(number, draw(st.integers(1, 20)), first) for number in numbers]
    term = read_term(draw(st.sampled_from(TERMS)))
    again = draw(st.sets(st.sampled_from(["week", "month", "year"])))
    return Course(
        first, term, read_validity(valid) if valid else None, None, frozenset(again), tuple(pauses), tuple(free)
    )


def _had(days: Course, first: date, last: date) -> int:
    """How many days from one to another are not paused."""
    return (last - first).days + 1 - sum(one.shared(first, last) for one in days.pauses)


def days_are_had_once(days: Course) -> None:
    """Each day is in one period or in a pause between two, and no period begins in a pause but the first."""
    periods = list(islice(days.periods(), 8))
    for (_, _, last), (_, following, _) in pairwise(periods):
        assert last is not None
        assert following > last
        between = (following - last).days - 1
        assert between == sum(one.shared(last + DAY, following - DAY) for one in days.pauses)
        begun = [one for one in days.pauses if one.has(following)]
        assert all(one.first_day == following == one.said for one in begun)


def paid_days_come_back(days: Course) -> None:
    """A period that had begun when a pause was said has all the days that it would have had, and those on top."""
    planned = days.planned
    free = Counter({one.period: 0 for one in days.free})
    for one in days.free:
        free[one.period] += one.days
    for number, first, last in islice(days.periods(), 8):
        assert last is not None
        begins = planned.period(0)[1] if not number else None
        if begins is not None:
            whole = (begins - days.first_day).days + 1
            assert _had(days, first, last) == whole + free[number]
        elif not any(one.shared(days.first_day, first) for one in days.pauses) and not days.free:
            before = planned.period(number)
            assert first == before[0]
            assert before[1] is not None
            assert _had(days, first, last) == (before[1] - first).days + 1


def ends_move_with_their_periods(days: Course) -> None:
    """The ends of a contract are in order, none in front of where it was; an end of a period stays one."""
    before, after = list(islice(days.planned.ends(), 5)), list(islice(days.ends(), 5))
    assert after == sorted(after)
    for old, new in zip(before, after, strict=True):
        number = days.planned.number_on(old)
        first, last = days.period(number)
        assert last is not None
        assert first <= new <= last
        assert (old == days.planned.period(number)[1]) == (new == last) or new == first


def units_follow(days: Course) -> None:
    """No units are given in a pause, and a week of units that was not broken is a week."""
    for word in days.again:
        found = list(islice(days.given_again(word), 8))
        assert found == sorted(set(found))
        for one in found:
            assert all(pause.first_day == one == pause.said for pause in days.pauses if pause.has(one))
        if word == "week" and not days.free:
            for one, following in pairwise(found):
                gap = (following - one).days - sum(pause.shared(one, following - DAY) for pause in days.pauses)
                assert gap == 7


LAWS = (days_are_had_once, paid_days_come_back, ends_move_with_their_periods, units_follow)


@settings(max_examples=scaled(200), deadline=None)
@given(broken())
def test_the_laws_of_a_broken_course(days: Course) -> None:
    """Whatever breaks it: each day is had once, what was paid comes back, ends and units move with their periods."""
    for law in LAWS:
        law(days)


def _forgets_pauses(first_day: date, plan: Any, pauses: Any, longer: Any) -> Iterator[Any]:
    yield from _STRETCHES(first_day, plan, (), longer)


def _never_begins_anew(first_day: date, plan: Any, pauses: Any, longer: Any) -> Iterator[Any]:
    """A period that is broken is longer, and the next one begins where it would have."""
    told = dict(enumerate(islice(_STRETCHES(first_day, plan, pauses, longer), 20)))
    for number in count():
        first, last = plan(first_day, number)
        yield number, first, told[number][2] if number < 1 else last, last


def _one_day_short(first_day: date, plan: Any, pauses: Any, longer: Any) -> Iterator[Any]:
    shorter = tuple(attrs.evolve(one, last_day=one.last_day - DAY) for one in pauses if one.days > 1)
    yield from _STRETCHES(first_day, plan, shorter, longer)


def _is_broken(law: Callable[[Course], None], days: Course) -> bool:
    try:
        law(attrs.evolve(days))
    except AssertionError:
        return True
    return False


_STRETCHES = course_module._stretches
SAMPLE = Course(
    date(2028, 1, 31), read_term(MONTHLY), None, None, frozenset(["week", "month"]),
    (m.Pause(date(2028, 2, 10), date(2028, 3, 20), date(2028, 2, 10)),),
)  # fmt: skip


@pytest.mark.parametrize("fault", [_forgets_pauses, _never_begins_anew, _one_day_short])
def test_planted_faults_are_seen(fault: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """The controls: a course that forgets pauses, does not move what follows, or gives a day too few breaks a law."""
    assert not any(_is_broken(law, SAMPLE) for law in LAWS)
    monkeypatch.setattr(course_module, "_stretches", fault)
    assert any(_is_broken(law, SAMPLE) for law in LAWS)


# --- in a house ------------------------------------------------------------------------------------------------------


def _run(house: Any) -> None:
    while house.cantine.run_due().done:
        pass


def _today(house: Any) -> date:
    return house.clock.now().astimezone(local(0).tzinfo).date()


def _change(house: Any, plan: str, data: st.DataObject) -> None:
    """Pause, resume or extend a pass, if it can be now."""
    today = _today(house)
    first = today + data.draw(st.integers(0, 45)) * DAY
    until = data.draw(st.none() | st.integers(0, 70).map(lambda days: first + days * DAY))
    pause = c.PausePass(plan, first_day=first, until=until, reason="r", override="o")
    resume = c.ResumePass(plan, day=today + data.draw(st.integers(0, 5)) * DAY)
    extend = c.ExtendPass(plan, days=data.draw(st.integers(1, 20)), reason="r")
    try:
        house.do(data.draw(st.sampled_from([pause, pause, resume, extend])))
    except (RefusedError, InputError):
        return


@settings(max_examples=scaled(8), deadline=None)
@given(contracts(), st.sampled_from(STARTS), st.lists(st.integers(1, 45), min_size=3, max_size=8), st.data())
def test_what_the_timeline_says_after_changes_is_carried_out(
    text: str, start: date, runs: list[int], data: st.DataObject
) -> None:
    """Paused, resumed and extended at random, run whenever: what is charged and given is what was told at the last
    change; no period and no units begin in a pause, and what is held is what the timeline has.
    """
    try:
        Tariff.load(HEAD + text)
    except TariffError:
        assume(False)
    with place(text, local(10, day=start)) as house:
        plan = sell(house, "plan").value.id
        for days in runs:
            if data.draw(st.booleans()):
                _change(house, plan, data)
            house.clock.advance(timedelta(days=days))
            if data.draw(st.booleans()):
                _run(house)
        _change(house, plan, data)
        until = _today(house) + 365 * DAY
        told = house.cantine.read.timeline(plan, until)
        for _ in range(3):
            house.clock.set(local(1, day=min(until, _today(house) + data.draw(st.integers(1, 300)) * DAY)))
            _run(house)
        house.clock.set(local(23, day=until))
        _run(house)
        sold = house.get(m.Pass, plan)
        charges = [one.amount for one in house.cantine.read.statement("zoe")]
        assert charges == [one.price for one in told.periods]
        assert [(one.first_day, one.last_day) for one in sold.periods] == [
            (one.first_day, one.last_day) for one in told.periods[1:]
        ]
        assert sold.last_day == told.periods[-1].last_day
        given_units, said = Counter[str](), Counter[str]()
        for one in house.all(m.Entitlement):
            given_units[one.account] += one.bought
        for one in told.units:
            said[one.account] += one.units
        assert given_units == said
        for number in range(0, 400, 7):
            day = start + number * DAY
            paused = any(one.has(day) for one in told.pauses)
            assert sold.held_on(day) == ((told.end is None or day <= told.end) and not paused)


def _ends_with_a_period(text: str) -> bool:
    """Whether an end that a list fixes at the sale is that of a period: one in the middle of a period moves by days."""
    return '"none"' not in text or ("valid" not in text and '"period end"' in text)


def _days_of(house: Any, plan: str) -> tuple[Any, ...]:
    """All days of a pass and of its units."""
    sold = house.get(m.Pass, plan)
    units = [house.get(m.Entitlement, id) for id in sold.entitlement_ids]
    told = house.cantine.read.timeline(plan)
    return (
        sold.end,
        sold.last_day,
        sold.next_at,
        sold.held_until,
        [(one.expires, one.ends, one.pauses) for one in units],
        told.periods,
        told.units,
        told.deadlines,
    )


@settings(max_examples=scaled(12), deadline=None)
@given(contracts(), st.sampled_from(STARTS), st.integers(0, 50), st.integers(0, 40), st.integers(1, 60))
def test_a_pause_that_ends_before_it_begins_changes_nothing(
    text: str, start: date, later: int, ahead: int, days: int
) -> None:
    """Paused from a day on and resumed on that day: all is as before; said at once or in two steps it is the same."""
    try:
        Tariff.load(HEAD + text)
    except TariffError:
        assume(False)
    with place(text, local(10, day=start)) as house:
        plan = sell(house, "plan").value.id
        house.clock.advance(timedelta(days=later))
        _run(house)
        first = _today(house) + ahead * DAY
        sold = house.get(m.Pass, plan)
        assume(sold.held_until is None or first <= sold.held_until)
        assume(_ends_with_a_period(text))
        before = _days_of(house, plan)
        for until in (None, first + days * DAY):
            house.do(c.PausePass(plan, first_day=first, until=until, reason="r", override="o"))
            house.do(c.ResumePass(plan, day=first))
            assert _days_of(house, plan) == before
        house.do(c.PausePass(plan, first_day=first, until=first + (days - 1) * DAY, reason="r", override="o"))
        at_once = _days_of(house, plan)
        house.do(c.ResumePass(plan, day=first))
        house.do(c.PausePass(plan, first_day=first, reason="r", override="o"))
        house.do(c.ResumePass(plan, day=first + days * DAY))
        assert _days_of(house, plan) == at_once


@settings(max_examples=scaled(6), deadline=None)
@given(contracts(), st.sampled_from(STARTS), st.integers(0, 40), st.lists(st.integers(1, 30), min_size=4, max_size=4))
def test_the_order_in_which_facts_are_entered_does_not_matter(
    text: str, start: date, later: int, gaps: list[int]
) -> None:
    """Two pauses and free days that are entered on one day, in any order: the same days."""
    try:
        Tariff.load(HEAD + text)
    except TariffError:
        assume(False)
    assume(_ends_with_a_period(text))
    found = []
    for order in permutations(range(3)):
        with place(text, local(10, day=start)) as house:
            plan = sell(house, "plan").value.id
            house.clock.advance(timedelta(days=later))
            _run(house)
            day, pauses = _today(house), []
            for gap, long in (gaps[:2], gaps[2:]):
                day += gap * DAY
                pauses.append((day, day + long * DAY))
                day += (long + 1) * DAY
            facts = [
                *(c.PausePass(plan, first_day=a, until=b, reason="r", override="o") for a, b in pauses),
                c.ExtendPass(plan, days=9, reason="r"),
            ]
            try:
                for number in order:
                    house.do(facts[number])
            except RefusedError:
                found.append(None)
                continue
            found.append(_days_of(house, plan))
    assume(None not in found)
    for one in found:
        assert one == found[0]
