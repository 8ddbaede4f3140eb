"""Two desks at one door, and a sheet that is closed while somebody is marked: in every order nothing is lost."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import time, timedelta
from typing import Any

import pytest

from cantinekit import commands as c
from cantinekit import events as ev
from cantinekit import records as m
from cantinekit.backends.memory import MemoryStorage
from cantinekit.errors import ContentionError, RefusedError, TrainingError, UnsuitableError, WrongStateError
from cantinekit.plugins.ports import Key
from cantinekit.plugins.registry import Registry
from cantinekit.runtime import codec
from support.houses.small_house import START, TODAY, House, journal, open_house
from support.laws import house_laws
from support.races.two_at_once import both_at_once
from support.stores.around import Around, WithoutGuards, WithoutVersions

DOOR = timedelta(days=1, hours=2)
"""How long after ``START`` the doors of ``free`` are open; it ends 150 minutes later."""
ENDED = timedelta(days=1, hours=5)


@pytest.fixture(scope="module")
def ready() -> tuple[MemoryStorage, str, str]:
    """A house in which Zoe, with a guest, and Bob have seats; and the ids of their registrations."""
    storage = MemoryStorage()
    house = open_house(storage)
    house.do(c.ChangeSeats("free", seats=5))
    zoe = house.do(c.Register(session_id="free", person_id="zoe", seats=2)).value.id
    bob = house.do(c.Register(session_id="free", person_id="bob")).value.id
    house.do(c.AddWorkshop(place_id="paris", title="Couture", id="sewing"))
    return storage, zoe, bob


def ends(base, commands, fault=Around, after=DOOR):
    """What each order of two commands came to: the answers, and what is stored."""
    for _, answers, store in both_at_once(base, commands, fault, after=(after, after)):
        yield answers, store.inner


def record(storage: Any, cls: Any, id: str) -> Any:
    (row,) = storage.load([Key(cls.kind, id)])
    return codec.decode(row) if row else None


def marks(storage: Any) -> list[int]:
    events = [codec.decode_event(entry) for entry in journal(storage)]
    return [event.seats for event in events if isinstance(event, ev.AttendanceMarked)]


# --- two desks -------------------------------------------------------------------------------------------------------


def test_two_desks_mark_the_same_person(ready):
    """One mark is made, whoever is first; the other desk finds it, and there is one way to the training."""
    base, zoe, _ = ready
    for answers, storage in ends(base, [c.MarkAttendance(zoe)] * 2):
        assert not [answer for answer in answers if isinstance(answer, Exception)]
        assert marks(storage) == [2]
        assert record(storage, m.Registration, zoe).present == 2
        assert len(record(storage, m.Training, "zoe|talk").ways) == 1
        house_laws.folds(storage)


def test_two_desks_that_disagree_leave_both_marks_in_the_journal(ready):
    """One guest by one desk, two seats by the other: both marks are written, the later one stands in the record."""
    base, zoe, _ = ready
    seen = set()
    for answers, storage in ends(base, [c.MarkAttendance(zoe, seats=1), c.MarkAttendance(zoe, present=False)]):
        assert not [answer for answer in answers if isinstance(answer, Exception)]
        said = marks(storage)
        assert sorted(said) == [0, 1]
        assert record(storage, m.Registration, zoe).present == said[-1]
        assert bool(record(storage, m.Training, "zoe|talk").ways) == bool(said[-1])
        house_laws.folds(storage)
        seen.add(said[-1])
    assert seen == {0, 1}


def test_without_versions_a_mark_is_lost(ready):
    """Control: where the last write wins, the record and the training disagree with the journal in some order."""
    base, zoe, _ = ready
    wrong = 0
    commands = [c.MarkAttendance(zoe, seats=1), c.MarkAttendance(zoe)]
    for _, storage in ends(base, commands, WithoutVersions):
        said = marks(storage)
        wrong += record(storage, m.Registration, zoe).present != said[-1] or len(said) > len(set(said))
        try:
            house_laws.folds(storage)
        except AssertionError:
            wrong += 1
    twice = [c.MarkAttendance(zoe)] * 2
    wrong += sum(len(marks(storage)) > 1 for _, storage in ends(base, twice, WithoutVersions))
    assert wrong


# --- closing against marking -----------------------------------------------------------------------------------------


def test_a_mark_is_before_the_sheet_is_closed_or_refused(ready):
    """Whichever is faster: the mark is there and in the journal before the closing, or it is refused as too late."""
    base, zoe, _ = ready
    seen = set()
    for answers, storage in ends(base, [c.MarkAttendance(zoe), c.CloseSheet("free", walk_ins=1)], after=ENDED):
        types = [entry.type for entry in journal(storage)]
        assert record(storage, m.Session, "free").sheet is not None
        if isinstance(answers[0], Exception):
            assert isinstance(answers[0], WrongStateError)
            assert record(storage, m.Registration, zoe).marks == ()
        else:
            assert types.index("AttendanceMarked") < types.index("SheetClosed")
            assert record(storage, m.Registration, zoe).present == 2
        seen.add(isinstance(answers[0], Exception))
        house_laws.folds(storage)
    assert seen == {True, False}


def test_without_guards_a_closed_sheet_is_written_on(ready):
    """Control: where the session is not compared, in some order a mark comes after the sheet was closed."""
    base, zoe, _ = ready
    late = 0
    for _, storage in ends(base, [c.MarkAttendance(zoe), c.CloseSheet("free", walk_ins=1)], WithoutGuards, ENDED):
        types = [entry.type for entry in journal(storage)]
        late += "AttendanceMarked" in types and types.index("AttendanceMarked") > types.index("SheetClosed")
    assert late


# --- against a seat that ends, a session that moves, a person who goes -----------------------------------------------


def test_nobody_is_present_with_a_seat_that_was_given_up(ready):
    """A mark and giving the seat up: after every order there is no mark on what is over, and no training of it."""
    base, zoe, _ = ready
    for _, storage in ends(base, [c.MarkAttendance(zoe), c.CancelRegistration(zoe)]):
        one = record(storage, m.Registration, zoe)
        assert (one.state, one.marks) == ("cancelled", ())
        found = record(storage, m.Training, "zoe|talk")
        assert found is None or not found.ways
        house_laws.hold(storage, START + DOOR)
        house_laws.folds(storage)


MOVE = c.MoveSession("free", day=TODAY + timedelta(days=2), starts=time(12), ends=time(14))


def moved_away(storage: Any, id: str) -> bool:
    """Whether somebody is present at a session that is on another day."""
    return record(storage, m.Session, "free").starts.day == MOVE.day and bool(record(storage, m.Registration, id).marks)


def test_a_session_is_not_moved_from_under_somebody(ready):
    """A mark and a move to another day: one of the two is refused, in every order."""
    base, zoe, _ = ready
    for answers, storage in ends(base, [c.MarkAttendance(zoe), MOVE]):
        assert len([answer for answer in answers if isinstance(answer, RefusedError)]) == 1
        assert not moved_away(storage, zoe)


def test_without_guards_a_session_is_moved_from_under_somebody(ready):
    """Control: where the registrations are not compared, in some order somebody is present on the wrong day."""
    base, zoe, _ = ready
    assert any(moved_away(storage, zoe) for _, storage in ends(base, [c.MarkAttendance(zoe), MOVE], WithoutGuards))


# --- trainings -------------------------------------------------------------------------------------------------------


def test_no_circle_is_made_from_two_sides(ready):
    """Each of two workshops is put before the other at once: one of the two is refused, in every order."""
    base, _, _ = ready
    commands = [
        c.ChangePrerequisites("sewing", prerequisites=("talk",)),
        c.ChangePrerequisites("talk", prerequisites=("sewing",)),
    ]
    for answers, storage in ends(base, commands):
        assert len([answer for answer in answers if isinstance(answer, UnsuitableError)]) == 1
        assert sum(bool(record(storage, m.Workshop, id).prerequisites) for id in ("sewing", "talk")) == 1


def test_without_guards_a_circle_is_made(ready):
    """Control: where what was walked over is not compared, both are done in some order."""
    base, _, _ = ready
    commands = [
        c.ChangePrerequisites("sewing", prerequisites=("talk",)),
        c.ChangePrerequisites("talk", prerequisites=("sewing",)),
    ]
    both = [
        all(record(storage, m.Workshop, id).prerequisites for id in ("sewing", "talk"))
        for _, storage in ends(base, commands, WithoutGuards)
    ]
    assert any(both)


def test_a_seat_and_a_revocation():
    """A seat is given before the training is taken back, or refused: the journal has them in an order that is right."""
    house = open_house(MemoryStorage())
    house.do(c.ChangePrerequisites("talk", prerequisites=("welding",)))
    house.do(c.GrantTraining(person_id="eve", workshop_id="welding", reason="at school"))
    commands = [
        c.Register(session_id="free", person_id="eve"),
        c.RevokeTraining(person_id="eve", workshop_id="welding", reason="misused"),
    ]
    seen = set()
    for answers, storage in ends(house.storage, commands, after=timedelta(hours=1)):
        types = [entry.type for entry in journal(storage)]
        if isinstance(answers[0], Exception):
            assert isinstance(answers[0], TrainingError)
        else:
            assert types.index("SeatConfirmed") < types.index("TrainingRevoked")
        seen.add(isinstance(answers[0], Exception))
    assert seen == {True, False}


# --- a crowd ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["memory", "sqlite", "postgresql"])
def test_a_crowd_at_the_door(kind, request, tmp_path):
    """Four desks mark the same forty people, in other orders: each is marked once, and nobody is lost."""
    url = {"memory": "memory://", "sqlite": f"sqlite:///{tmp_path / 'cantine.db'}"}.get(kind)
    house = open_house(Registry.load().storage(url or request.getfixturevalue("pg_url")))
    ids = crowd(house)

    def desk(number: int) -> None:
        for one in ids[number * 10 :] + ids[: number * 10]:
            while True:
                try:
                    house.do(c.MarkAttendance(one), actor=f"door:{number}")
                    break
                except ContentionError:
                    continue

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(desk, range(4)))
    sheet = house.cantine.read.sheet("free")
    assert (sheet.present, sheet.unmarked) == (40, 0)
    assert marks(house.storage) == [1] * 40
    house_laws.folds(house.storage)
    house.cantine.close()


def crowd(house: House) -> list[str]:
    house.do(c.ChangeSeats("free", seats=40))
    ids = []
    for number in range(40):
        house.do(c.AddPerson(name=f"Person {number}", id=f"p{number}"))
        ids.append(house.do(c.Register(session_id="free", person_id=f"p{number}")).value.id)
    house.clock.set(START + DOOR)
    return ids
