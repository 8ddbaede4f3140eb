"""Attendance and trainings over random days at the door, held against a count of the journal by the simplest means.

Every confirmed seat is present, absent or not marked yet; a training is there exactly when a mark or a grant says so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import time, timedelta
from functools import partial
from typing import Any

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cantinekit import commands as c
from cantinekit import events as ev
from cantinekit import records as m
from cantinekit.domain.attendance import trainings as _trainings
from cantinekit.errors import RefusedError
from cantinekit.runtime import codec
from support.houses.small_house import TODAY, House, journal, open_house
from support.laws import house_laws
from support.run.soak import scaled, until_seen

SESSIONS = ("first", "second")
"""Two sessions of one workshop that run at the same time, so that marks at both are ways to one training."""
PEOPLE = st.sampled_from(["zoe", "bob", "eve"])
WHERE = st.sampled_from(SESSIONS)
REGISTER = st.tuples(st.just("register"), WHERE, PEOPLE, st.sampled_from([1, 1, 2, 3]), st.booleans())
MARK = st.tuples(st.just("mark"), WHERE, PEOPLE, st.sampled_from([None, None, 0, 1, 2]))
OTHERS = st.one_of(
    st.tuples(st.just("cancel"), WHERE, PEOPLE),
    st.tuples(st.just("close"), WHERE, st.integers(0, 3)),
    st.tuples(st.just("reopen"), WHERE),
    st.tuples(st.just("call off"), WHERE, st.sampled_from([True, False, False, False])),
    st.tuples(st.just("grant"), PEOPLE),
    st.tuples(st.just("revoke"), PEOPLE),
)
DEEDS = st.lists(st.one_of(MARK, MARK, REGISTER, OTHERS), max_size=8)


def open_sessions() -> House:
    house = open_house()
    day = TODAY + timedelta(days=1)
    for id in SESSIONS:
        house.do(c.AddSession(workshop_id="talk", day=day, starts=time(12), ends=time(14), seats=5, id=id))
    return house


def deed(house: House, what: str, *rest: Any) -> c.Command | None:
    """The command of a deed; none where there is nothing to do it to."""
    if what in ("mark", "cancel"):
        session, person, *more = rest
        ours = [one for one in house.cantine.read.registrations(session) if one.person_id == person]
        if not ours:
            return None
        if what == "cancel":
            return c.CancelRegistration(ours[-1].id)
        return c.MarkAttendance(ours[-1].id, present=more[0] != 0, seats=more[0] or None)
    if what == "register":
        session, person, seats, at_door = rest
        return c.Register(session_id=session, person_id=person, seats=seats, at_door=at_door)
    if what == "call off":
        return c.CancelSession(rest[0], reason="rain") if rest[1] else None
    if what == "grant":
        return c.GrantTraining(person_id=rest[0], workshop_id="talk", reason="at school")
    if what == "revoke":
        return c.RevokeTraining(person_id=rest[0], workshop_id="talk", reason="misused")
    return c.CloseSheet(rest[0], walk_ins=rest[1]) if what == "close" else c.ReopenSheet(rest[0], reason="again")


@attrs.define
class Count:
    """What the journal says, event by event, without a look at any record."""

    seats: dict[str, tuple[str, str, int]] = attrs.field(factory=dict)
    confirmed: set[str] = attrs.field(factory=set)
    marks: dict[str, int] = attrs.field(factory=dict)
    closed: dict[str, int] = attrs.field(factory=dict)
    ways: dict[str, set[str]] = attrs.field(factory=dict)

    def add(self, event: ev.Event) -> None:
        if isinstance(event, ev.SeatTaken | ev.WaitingJoined):
            one = event.registration
            self.seats[one.id] = (one.session_id, one.person_id, one.seats)
        elif isinstance(event, ev.SeatConfirmed | ev.SeatPromoted):
            self.confirmed.add(event.registration_id)
        elif isinstance(event, ev.SeatGivenUp):
            self.confirmed.discard(event.registration_id)
            self.mark(event.registration_id, None)
        elif isinstance(event, ev.AttendanceMarked):
            self.mark(event.registration_id, event.seats)
        elif isinstance(event, ev.SheetClosed):
            self.closed[event.session_id] = event.walk_ins
        elif isinstance(event, ev.SheetReopened):
            del self.closed[event.session_id]
        elif isinstance(event, ev.TrainingGained) and event.way.registration_id is None:
            self.ways.setdefault(event.person_id, set()).add("grant")
        elif isinstance(event, ev.TrainingRevoked):
            self.ways.pop(event.person_id, None)

    def mark(self, id: str, seats: int | None) -> None:
        ways = self.ways.setdefault(self.seats[id][1], set())
        if seats and not self.marks.get(id):
            ways.add(id)
        elif not seats:
            ways.discard(id)
        if seats is None:
            self.marks.pop(id, None)
        else:
            self.marks[id] = seats

    def of(self, session: str) -> tuple[int, int, int, int]:
        """The seats of a session: confirmed, present, absent, not marked."""
        ours = [id for id in self.confirmed if self.seats[id][0] == session]
        confirmed = sum(self.seats[id][2] for id in ours)
        present = sum(self.marks.get(id, 0) for id in ours)
        unmarked = 0 if session in self.closed else sum(self.seats[id][2] for id in ours if id not in self.marks)
        return confirmed, present, confirmed - present - unmarked, unmarked


def compare(house: House, seen: Counter[str]) -> None:
    """The sheets, the figures, who did not come and the trainings are what the journal comes to."""
    count, read = Count(), house.cantine.read
    for entry in journal(house.storage):
        count.add(codec.decode_event(entry))
    for session in SESSIONS:
        sheet = read.sheet(session)
        assert (sheet.confirmed, sheet.present, sheet.absent, sheet.unmarked) == count.of(session), session
        assert sheet.present + sheet.absent + sheet.unmarked == house.get(m.Session, session).confirmed
        assert min(sheet.present, sheet.absent, sheet.unmarked) >= 0
        missed = [show.seats for person in ("zoe", "bob", "eve") for show in read.no_shows(person)]
        seen["somebody did not come"] += bool(missed)
        seen["part of a party came"] += any(0 < row.present < row.seats for row in sheet.rows)
    assert sum(missed) == sum(count.of(session)[2] for session in count.closed)
    figures = read.attendance("paris", TODAY + timedelta(days=1))
    there = sum(count.of(session)[1] for session in SESSIONS) + sum(count.closed.values())
    assert figures.seats_present == there
    (month,) = read.events(["paris"], 2026) or [None]
    if month is not None:
        held = [session for session in SESSIONS if session in count.closed]
        assert (month.sheets, month.present) == (
            len(held),
            sum(count.of(session)[1] + count.closed[session] for session in held),
        )
    for person in ("zoe", "bob", "eve"):
        found = house.cantine.read.get(m.Training, f"{person}|talk")
        ways = {way.registration_id or "grant" for way in found.ways} if found else set()
        assert ways == count.ways.get(person, set()), person
        assert bool(ways) == ("talk" in [one.workshop_id for one in read.trainings(person)])
        seen["two ways to a training"] += len(ways) > 1


def play(deeds: tuple[list[tuple[Any, ...]], ...], seen: Counter[str]) -> House:
    """A day before, at the door, while it runs, once it is over: some deeds at each."""
    house = open_sessions()
    begins = house.get(m.Session, "first").period.start
    for at, some in zip((None, -30, 60, 120), deeds, strict=True):
        if at is not None:
            house.clock.set(begins + timedelta(minutes=at))
            while house.cantine.run_due().done:
                pass
        for one in some:
            command = deed(house, *one)
            if command is None:
                continue
            try:
                changed = house.do(command).events
            except RefusedError:
                seen["refusal"] += 1
                continue
            taken = [entry.type for entry in changed]
            seen["a mark taken back"] += "MarkTakenBack" in taken
            seen["a correction"] += "TrainingLost" in taken
            seen[one[0]] += bool(changed)
            compare(house, seen)
    return house


FIRST = [("register", "first", "zoe", 2, False), ("register", "second", "zoe", 1, False)]
FIRST += [("register", "first", "bob", 1, False)]
AT_DOOR = [("mark", "first", "zoe", 1), ("mark", "second", "zoe", None), ("mark", "first", "bob", None)]
MUST_SEE = ("somebody did not come", "part of a party came", "two ways to a training", "a correction", "refusal")
MUST_SEE += ("a mark taken back", "register", "mark", "cancel", "close", "reopen", "call off", "grant", "revoke")


TAILS = st.sampled_from([[], [("close", "first", 1), ("reopen", "first"), ("mark", "first", "bob", 1)]])
"""What is rare by chance: a sheet that is closed and opened again."""
SIZE = settings(max_examples=scaled(20), deadline=None, suppress_health_check=list(HealthCheck))


def law(seen: Counter[str], how: Callable[[Any], Any]) -> None:
    @given(*(DEEDS for _ in range(4)), TAILS)
    @how
    def holds(before: Any, door: Any, running: Any, after: Any, tail: Any) -> None:
        house = play(([*FIRST, *before], [*AT_DOOR, *door], running, [*after, *tail]), seen)
        house_laws.hold(house.storage, house.clock.now())
        house_laws.folds(house.storage)
        house.cantine.close()

    holds()


def test_every_seat_is_present_absent_or_not_marked(capsys):
    """Over random days the sheets, the figures and the trainings are what a count of the journal gives."""
    seen: Counter[str] = Counter()
    until_seen(partial(law, seen), SIZE, seen, MUST_SEE)
    with capsys.disabled():
        print("\nattendance: " + ", ".join(f"{seen[state]} x {state}" for state in MUST_SEE))


LATE = (FIRST, AT_DOOR, [("mark", "first", "bob", 0)], [("close", "first", 1)])


def test_a_training_that_stays_after_a_correction_is_found(monkeypatch):
    """Control: where a correction does not take the training back, the count of the journal finds it."""
    play(LATE, Counter())
    monkeypatch.setattr(_trainings, "lose_training", lambda *_: None)
    with pytest.raises(AssertionError):
        play(LATE, Counter())


def test_a_sheet_that_forgets_the_unmarked_is_found(monkeypatch):
    """Control: where a closed sheet still calls the unmarked unmarked, the count of the journal finds it."""
    from cantinekit.reads import attendance

    days = ([*FIRST, ("register", "first", "eve", 1, False)], AT_DOOR, [], [("close", "first", 0)])
    play(days, Counter())
    states = attendance._state
    monkeypatch.setattr(attendance, "_state", lambda of, one: "unmarked" if not one.marks else states(of, one))
    with pytest.raises(AssertionError):
        play(days, Counter())
