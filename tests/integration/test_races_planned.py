"""Two plans of sessions that want one room on the same day at once: one is had whole, of the other nothing is kept."""

from __future__ import annotations

from collections import Counter
from datetime import date, time, timedelta

import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.cantine import Cantine
from support.houses import small_house
from support.houses.small_house import START, TODAY
from support.races.crossing_series import BACKENDS, DAILY, THIRD, race, racing, round_of
from support.races.house_races import NOW, house_broken
from support.races.two_at_once import both_at_once, later
from support.stores.around import WithoutGuards, WithoutVersions

ROUNDS = 4


def crossing(turn: int) -> tuple[c.PlanSessions, c.PlanSessions]:
    """Every day of ten, and every third day from the last of them on: they share one day."""
    first, *_, last = round_of(turn)[:10]
    daily = c.PlanSessions(
        workshop_id="free", day=first, starts=time(10), ends=time(12), seats=5, rule=DAILY, space_id="small"
    )
    return daily, c.PlanSessions(
        workshop_id="free", day=last, starts=time(11), ends=time(13), seats=5, rule=THIRD, space_id="small"
    )


def stored(house: Cantine, turn: int) -> tuple[int, Counter[date]]:
    """How many series there are of this round, and how many sessions in the room on each day."""
    window = round_of(turn)
    series = [one for one in house.read.find(m.SessionSeries, "place") if one.day in window]
    sessions = [one for one in house.read.find(m.Session, "place") if one.series_id and one.starts.day in window]
    assert {one.id for one in sessions} == {id for one in series for id in one.session_ids}
    return len(series), Counter(one.starts.day for one in sessions)


@pytest.mark.parametrize("backend", BACKENDS)
def test_of_two_plans_that_cross_one_is_had_whole(backend):
    """One has all its dates; the other is told which day is taken, and no session or event of it is stored."""
    with racing(backend) as (store, house):
        for turn in range(ROUNDS):
            assert race(store, house, crossing(turn), turn) == ["SeriesClashError", "won"]
            count, days = stored(house, turn)
            assert (count, max(days.values())) == (1, 1)
            assert len(days) in (10, 5)
        assert store.counts["stale"] >= ROUNDS
        assert house_broken(store, NOW) == []


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_control_without_versions_has_the_room_twice(backend):
    """The control: on a store that does not compare versions both win, and two sessions are in the room on one day."""
    with racing(backend, WithoutVersions) as (store, house):
        assert race(store, house, crossing(0), 0) == ["won", "won"]
        count, days = stored(house, 0)
        assert (count, max(days.values())) == (2, 2)


# --- an edit, and what is done with one session meanwhile ------------------------------------------------------------

DAY = TODAY + timedelta(days=3)


def edits(others: c.Command, fault=None):
    """A change of all sessions of a series, and another command, in every order of their calls: the stores after it."""
    ready = small_house.open_house(effects="none")
    ready.do(
        c.PlanSessions(
            workshop_id="talk",
            day=DAY,
            starts=time(18),
            ends=time(20),
            seats=2,
            rule="FREQ=WEEKLY;COUNT=2",
            space_id="a",
            id="s",
        )
    )
    commands = (c.ChangeSessions("s", starts=time(17), ends=time(19)), others)
    more = {} if fault is None else {"fault": fault}
    for _, _, store in both_at_once(ready.storage, commands, kinds=("session", "session_series"), **more):
        yield later(store)


def told_and_order(fault=None):
    """For each order: how often whoever registered was told of the move, and whether the seat came first."""
    for house in edits(c.Register(session_id="ses_1", person_id="zoe"), fault):
        told = sum(one.template == "session moved" and one.person_id == "zoe" for one in house.all(m.Task))
        types = [entry.type for entry in small_house.journal(house.storage)]
        yield told, types.index("SeatTaken") < types.index("SessionsChanged")


def test_whoever_registers_while_all_is_moved_is_told_where_it_went():
    """A seat that is taken at the same moment is told of the move, or was taken at the new time: nobody is missed."""
    assert set(told_and_order()) == {(1, True), (0, False)}


def test_the_control_without_versions_misses_somebody():
    """The control: on a store that does not compare versions somebody takes a seat just before, and is not told."""
    assert (0, True) in set(told_and_order(WithoutVersions))


def test_a_session_that_is_moved_by_itself_meanwhile_is_an_override_or_moved_with_all():
    """One by one, in either order: the session is where it was moved by itself, the other where all are."""
    for house in edits(c.MoveSession("ses_1", starts=time(15), ends=time(16))):
        first, second = (house.get(m.Session, f"ses_{n}") for n in (1, 2))
        assert (first.starts.at, second.starts.at) == (time(15), time(17))


def present_elsewhere(fault=None):
    """For each order of a mark and the change of all: whether somebody is present at a session that was moved."""
    ready = small_house.open_house(effects="none")
    ready.do(
        c.PlanSessions(
            workshop_id="talk",
            day=DAY,
            starts=time(18),
            ends=time(20),
            seats=2,
            rule="FREQ=WEEKLY;COUNT=2",
            space_id="a",
            id="s",
        )
    )
    zoe = ready.do(c.Register(session_id="ses_1", person_id="zoe")).value.id
    door = ready.get(m.Session, "ses_1").period.start - timedelta(minutes=30) - START
    commands = (c.ChangeSessions("s", starts=time(19), ends=time(21)), c.MarkAttendance(zoe))
    more = {} if fault is None else {"fault": fault}
    for _, _, store in both_at_once(ready.storage, commands, after=(door, door), **more):
        house = later(store)
        moved = house.get(m.Session, "ses_1").starts.at == time(19)
        yield moved and bool(house.get(m.Registration, zoe).marks)


def test_no_session_of_a_series_is_moved_from_under_somebody():
    """Somebody is marked present while all sessions are moved: one of the two is refused, in every order. Control:
    without guards somebody is present at another hour than their session."""
    assert set(present_elsewhere()) == {False}
    assert True in set(present_elsewhere(WithoutGuards))
