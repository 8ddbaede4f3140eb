"""Two things at once about the meetings of a course, in every order of their calls to the store."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Any

import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.backends.memory import MemoryStorage
from cantinekit.errors import RefusedError
from cantinekit.plugins.ports import Key
from cantinekit.runtime import codec
from support.houses.small_house import START, open_house
from support.races.two_at_once import both_at_once
from support.stores.around import Around, WithoutGuards

DAYS = (date(2026, 12, 1), date(2026, 12, 8))


@pytest.fixture(scope="module")
def ready() -> tuple[MemoryStorage, str, list[str], timedelta]:
    """A course of two meetings, Zoe's seat, and how long after ``START`` the first door is open."""
    storage = MemoryStorage()
    house = open_house(storage)
    meetings = [(day, time(18), time(20)) for day in DAYS]
    course = house.do(c.AddCourse(workshop_id="talk", meetings=meetings, seats=5, id="crs")).value
    zoe = house.do(c.Register(session_id="crs", person_id="zoe")).value.id
    return storage, zoe, [one.id for one in course.meetings], course.period.start - timedelta(minutes=30) - START


def record(storage: Any, cls: Any, id: str) -> Any:
    (row,) = storage.load([Key(cls.kind, id)])
    return codec.decode(row) if row else None


def ends(ready: Any, other: c.Command, fault: Any = Around) -> list[tuple[list[Any], Any]]:
    """What each order of a mark at the first meeting and another command came to."""
    base, zoe, ids, door = ready
    mark = c.MarkAttendance(zoe, meeting_id=ids[0])
    return [
        (answers, store.inner) for _, answers, store in both_at_once(base, [mark, other], fault, after=(door, door))
    ]


def moved_away(ready: Any, storage: Any) -> bool:
    """Whether Zoe is present at the first meeting, and it is on another day."""
    marks = record(storage, m.Registration, ready[1]).marks
    first = next(one for one in record(storage, m.Session, "crs").meetings if one.id == ready[2][0])
    return bool(marks) and first.starts.day != DAYS[0]


def untaught(ready: Any, storage: Any) -> bool:
    """Whether Zoe was at the only meeting that is left, and has learnt nothing."""
    session, zoe = record(storage, m.Session, "crs"), record(storage, m.Registration, ready[1])
    return len(session.planned_meetings) == 1 and bool(zoe.marks) and record(storage, m.Training, "zoe|talk") is None


def test_a_meeting_is_not_moved_from_under_somebody(ready):
    """A mark and a move to another day: one of the two is refused, in every order."""
    for answers, storage in ends(ready, c.MoveMeeting(session_id="crs", meeting_id=ready[2][0], day=date(2026, 12, 3))):
        assert len([answer for answer in answers if isinstance(answer, RefusedError)]) == 1
        assert not moved_away(ready, storage)


def test_a_mark_and_a_cancelled_meeting_teach_in_every_order(ready):
    """Whoever is marked while the only other meeting is cancelled has learnt it, whichever is first."""
    for answers, storage in ends(ready, c.CancelMeeting(session_id="crs", meeting_id=ready[2][1], reason="ill")):
        assert not [answer for answer in answers if isinstance(answer, RefusedError)]
        assert not untaught(ready, storage)


def test_without_guards_both_are_found(ready):
    """Control: where what was read is not compared, somebody is present on the wrong day, or has learnt nothing."""
    move = c.MoveMeeting(session_id="crs", meeting_id=ready[2][0], day=date(2026, 12, 3))
    assert any(moved_away(ready, storage) for _, storage in ends(ready, move, WithoutGuards))
    cancel = c.CancelMeeting(session_id="crs", meeting_id=ready[2][1], reason="ill")
    assert any(untaught(ready, storage) for _, storage in ends(ready, cancel, WithoutGuards))
