"""Sessions of a series under another rule: the nth following goes to the nth new day, and none goes without a word."""

from __future__ import annotations

from datetime import time, timedelta

import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.errors import InputError, RuleError, UnsuitableError
from support.houses import small_house
from support.houses.planned_workshop import THEMES, planned, seat, sessions, when
from support.houses.small_house import TODAY
from support.houses.thursdays import refused, week


@pytest.fixture
def house():
    yield from planned()


def test_tuesday_in_place_of_thursday_from_a_day_on(house):
    """The nth following session goes to the nth Tuesday, with its people and its theme; those before stay."""
    seat(house, 2, "zoe")
    tuesday = week(2) - timedelta(days=2)
    done = house.do(c.ChangeSessions("thu", from_day=week(2), rule="FREQ=WEEKLY;BYDAY=TU;COUNT=3", day=tuesday))
    assert [day for day, *_ in when(house)] == [week(0), week(1), *(tuesday + timedelta(weeks=n) for n in range(3))]
    assert [one.theme for one in sessions(house)] == list(THEMES)
    assert done.messages == (("session moved", "zoe"),)
    assert (done.value.rule, done.value.day, done.value.until) == ("FREQ=WEEKLY;BYDAY=TU;COUNT=3", tuesday, None)


def test_no_session_vanishes_with_a_shorter_rule(house):
    """Where the rule has no date for a session it is refused, and says which to cancel; then it goes."""
    short = c.ChangeSessions("thu", rule="FREQ=WEEKLY;BYDAY=FR;COUNT=3", day=week(0) + timedelta(days=1))
    assert week(3).isoformat() in str(refused(house, short, UnsuitableError))
    house.do(c.CancelSessions("thu", reason="spring", from_day=week(3)))
    series = house.do(short).value
    assert [one.day for one in series.dates] == [week(n) + timedelta(days=1) for n in range(3)]
    assert len([one for one in house.all(m.Session) if one.series_id == "thu"]) == 5


def test_a_longer_rule_adds_nothing_by_itself(house):
    """More dates than sessions: they are planned by carrying it on."""
    series = house.do(
        c.ChangeSessions("thu", from_day=week(3), rule="FREQ=WEEKLY;BYDAY=FR", day=week(3) + timedelta(1))
    ).value
    assert (len(series.dates), series.until) == (5, week(4) + timedelta(days=1))
    series = house.do(c.ExtendSessions("thu", until=week(6))).value
    assert [one.day for one in series.dates][-2:] == [week(n) + timedelta(days=1) for n in (4, 5)]


def test_a_day_that_is_there_already_is_not_planned_again(house):
    """A session that was moved forward and began keeps the day of its date; carrying the rule on passes over it."""
    last = sessions(house)[4]
    house.do(c.MoveSession(last.id, day=TODAY + timedelta(days=1)))
    house.clock.set(small_house.utc(18, day=TODAY + timedelta(days=1)))
    house.do(c.ChangeSessions("thu", rule="FREQ=WEEKLY", day=week(0)))
    assert house.get(m.SessionSeries, "thu").until == week(3)
    series = house.do(c.ExtendSessions("thu", until=week(5))).value
    assert [one.day for one in series.dates] == [week(n) for n in range(6)]
    assert series.dates[4].session_id == last.id


def test_what_is_off_or_left_out_keeps_its_turn(house):
    """The week of a cancelled session, of one that was moved by itself and of a skipped date: nobody slides into it."""
    house.do(c.CancelSessions("thu", reason="strike", days=[week(1)]))
    house.do(c.MoveSession(sessions(house)[2].id, starts=time(15)))
    house.do(c.ChangeSessions("thu", rule="FREQ=WEEKLY;BYDAY=TU;COUNT=5", day=week(0) + timedelta(days=5)))
    tuesdays = [week(n) + timedelta(days=5) for n in range(5)]
    series = house.get(m.SessionSeries, "thu")
    assert [one.day for one in series.dates] == tuesdays
    assert [day for day, *_ in when(house)] == [tuesdays[0], week(1), week(2), tuesdays[3], tuesdays[4]]
    assert [one.theme for one in sessions(house)] == list(THEMES)


@pytest.mark.parametrize(
    ("rule", "day", "error"),
    [
        ("FREQ=WEEKLY;COUNT=3", week(1), InputError),
        ("FREQ=WEEKLY;BYDAY=TU;COUNT=3", week(2), RuleError),
        ("FREQ=HOURLY;COUNT=3", week(2), RuleError),
        ("every week", week(2), RuleError),
    ],
)
def test_a_rule_that_does_not_fit_is_refused(house, rule, day, error):
    """On a day that stays, not beginning on its day, or none at all."""
    refused(house, c.ChangeSessions("thu", from_day=week(2), rule=rule, day=day), error)
