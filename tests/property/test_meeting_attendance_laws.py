"""Attendance of courses over random evenings, held against a count of the journal by the simplest means.

Every seat at each meeting that it is for is present, absent or not marked yet, whoever joined, left, or was moved; and
a course is learnt by those, and only those, who were at every meeting of theirs.
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
from cantinekit.domain.courses import handlers as _courses
from cantinekit.errors import RefusedError
from cantinekit.reads import attendance
from cantinekit.runtime import codec
from support.houses.small_house import House, journal
from support.houses.tuesday_course import DAYS, course_house, due
from support.laws import house_laws
from support.run.soak import scaled, until_seen

EVENINGS = 3
WHO = ("zoe", "bob", "eve")
PEOPLE = st.sampled_from(WHO)
NUMBER = st.integers(0, EVENINGS - 1)
MARK = st.tuples(st.just("mark"), PEOPLE, NUMBER, st.sampled_from([None, None, 0, 1, 2]))
DEEDS = st.lists(
    st.one_of(
        MARK,
        MARK,
        st.tuples(st.just("register"), PEOPLE, st.sampled_from([1, 1, 2, 3]), st.booleans()),
        st.tuples(st.just("leave"), PEOPLE),
        st.tuples(st.just("close"), NUMBER, st.integers(0, 3)),
        st.tuples(st.just("reopen"), NUMBER),
        st.tuples(st.just("cancel meeting"), NUMBER),
        st.tuples(st.just("move"), NUMBER, st.sampled_from([17, 19])),
        st.tuples(st.just("revoke"), PEOPLE),
        st.tuples(st.just("over"), st.sampled_from([True, False, False])),
    ),
    max_size=6,
)


def deed(house: House, ids: list[str], what: str, *rest: Any) -> c.Command | None:
    """The command of a deed; none where there is nothing to do it to."""
    if what in ("mark", "leave"):
        ours = [one for one in house.cantine.read.registrations("crs") if one.person_id == rest[0]]
        if not ours:
            return None
        if what == "leave":
            return c.CancelRegistration(ours[-1].id)
        return c.MarkAttendance(ours[-1].id, present=rest[2] != 0, seats=rest[2] or None, meeting_id=ids[rest[1]])
    if what == "register":
        return c.Register(session_id="crs", person_id=rest[0], seats=rest[1], at_door=rest[2])
    if what == "close":
        return c.CloseSheet("crs", walk_ins=rest[1], meeting_id=ids[rest[0]])
    if what == "reopen":
        return c.ReopenSheet("crs", reason="again", meeting_id=ids[rest[0]])
    if what == "cancel meeting":
        return c.CancelMeeting(session_id="crs", meeting_id=ids[rest[0]], reason="ill")
    if what == "move":
        return c.MoveMeeting(session_id="crs", meeting_id=ids[rest[0]], starts=time(rest[1]), ends=time(rest[1] + 2))
    if what == "revoke":
        return c.RevokeTraining(person_id=rest[0], workshop_id="choir", reason="misused")
    return c.CancelSession("crs", reason="fire") if rest[0] else None


@attrs.define
class Count:
    """What the journal says, event by event, without a look at any record: who has a seat at which meetings."""

    starts: dict[str, Any] = attrs.field(factory=dict)
    ends: dict[str, Any] = attrs.field(factory=dict)
    who: dict[str, tuple[str, int]] = attrs.field(factory=dict)
    confirmed: set[str] = attrs.field(factory=set)
    at: dict[str, set[str]] = attrs.field(factory=dict)
    marks: dict[tuple[str, str], int] = attrs.field(factory=dict)
    closed: dict[str, int] = attrs.field(factory=dict)
    revoked: set[str] = attrs.field(factory=set)

    def add(self, event: ev.Event, now: Any) -> None:
        if isinstance(event, ev.SessionAdded) and event.session.meetings:
            self.starts = {one.id: one.period.start for one in event.session.meetings}
            self.ends = {one.id: one.period.end for one in event.session.meetings}
        elif isinstance(event, ev.MeetingMoved):
            self.starts[event.meeting_id], self.ends[event.meeting_id] = event.period.start, event.period.end
        elif isinstance(event, ev.MeetingCancelled):
            self.off([event.meeting_id])
        elif isinstance(event, ev.SessionCancelled):
            self.off([id for id, ends in self.ends.items() if now < ends])
        elif isinstance(event, ev.SeatTaken | ev.WaitingJoined):
            self.who[event.registration.id] = (event.registration.person_id, event.registration.seats)
        elif isinstance(event, ev.SeatConfirmed | ev.SeatPromoted):
            self.confirmed.add(event.registration_id)
            self.at[event.registration_id] = {id for id, starts in self.starts.items() if now < starts}
        elif isinstance(event, ev.SeatGivenUp):
            self.confirmed.discard(event.registration_id)
            had = {id for id in self.at.get(event.registration_id, ()) if self.starts.get(id, now) <= now}
            self.at[event.registration_id] = had
        elif isinstance(event, ev.AttendanceMarked):
            self.marks[event.registration_id, event.meeting_id or ""] = event.seats
            self.revoked -= set() if self.complete(event.registration_id) else {event.registration_id}
        elif isinstance(event, ev.SheetClosed):
            self.closed[event.meeting_id or ""] = event.walk_ins
        elif isinstance(event, ev.SheetReopened):
            del self.closed[event.meeting_id or ""]
        elif isinstance(event, ev.TrainingRevoked):
            self.revoked |= {id for id in self.who if self.who[id][0] == event.person_id and self.complete(id)}

    def off(self, ids: list[str]) -> None:
        for id in ids:
            self.starts.pop(id, None)
            self.ends.pop(id, None)

    def complete(self, id: str) -> bool:
        theirs = self.at.get(id, set()) & set(self.starts)
        return id in self.confirmed and bool(theirs) and all(self.marks.get((id, one)) for one in theirs)

    def of(self, meeting: str) -> tuple[int, int, int, int]:
        """The seats at a meeting: had, present, absent, not marked."""
        ours = [id for id, some in self.at.items() if meeting in some and meeting in self.starts]
        seats = sum(self.who[id][1] for id in ours)
        present = sum(self.marks.get((id, meeting), 0) for id in ours)
        unmarked = sum(self.who[id][1] for id in ours if (id, meeting) not in self.marks)
        unmarked = 0 if meeting in self.closed else unmarked
        return seats, present, seats - present - unmarked, unmarked


def compare(house: House, ids: list[str], seen: Counter[str]) -> None:
    """The sheets, the figures, who did not come and the trainings are what the journal comes to."""
    count, read = Count(), house.cantine.read
    for entry in journal(house.storage):
        event = codec.decode_event(entry)
        if getattr(event, "session_id", "crs") == "crs":
            count.add(event, entry.at)
    for id, day in zip(ids, DAYS, strict=False):
        sheet = read.sheet("crs", id)
        assert (sheet.confirmed, sheet.present, sheet.absent, sheet.unmarked) == count.of(id), id
        there = count.of(id)[1] + count.closed.get(id, 0)
        assert read.attendance("paris", day).seats_present == there
        seen["somebody left who had been there"] += any(
            row.present and row.registration_id not in count.confirmed for row in sheet.rows
        )
    missed = [(show.meeting_id, show.seats) for person in WHO for show in read.no_shows(person)]
    for id in count.closed:
        assert sum(seats for where, seats in missed if where == id) == count.of(id)[2]
    assert {where for where, _ in missed} <= set(count.closed)
    seen["somebody did not come"] += bool(missed)
    for month in read.events(["paris"], 2026):
        if month.month.month == 12:
            there = sum(count.of(id)[1] + walk_ins for id, walk_ins in count.closed.items())
            assert (month.sheets, month.present) == (len(count.closed), there)
    for person in WHO:
        found = read.get(m.Training, f"{person}|choir")
        ways = {way.registration_id: way.since for way in found.ways} if found else {}
        wanted = {id for id, (who, _) in count.who.items() if who == person and count.complete(id)} - count.revoked
        assert set(ways) == wanted, person
        assert all(
            since == max(count.ends[one] for one in count.at[id] & set(count.ends)) for id, since in ways.items()
        )
        seen["a course is learnt"] += bool(ways)


def play(evenings: tuple[list[tuple[Any, ...]], ...], seen: Counter[str]) -> House:
    """Before the course, then at the door and after each meeting: some deeds at each."""
    house = course_house()
    meetings = [(day, time(18), time(20), None) for day in DAYS[:EVENINGS]]
    house.do(c.AddCourse(workshop_id="choir", meetings=meetings, seats=5, late_joiners=True, id="crs"))
    first = house.get(m.Session, "crs").meetings
    ids, moments = [one.id for one in first], [house.clock.now()]
    for meeting in first:
        moments += [meeting.period.start - timedelta(minutes=30), meeting.period.end + timedelta(hours=1)]
    for at, some in zip(moments, evenings, strict=True):
        house.clock.set(at)
        due(house)
        for one in some:
            command = deed(house, ids, *one)
            if command is None:
                continue
            try:
                changed = [entry.type for entry in house.do(command).events]
            except RefusedError:
                seen["refusal"] += 1
                continue
            if one[0] == "over":
                due(house)
            seen["a correction"] += "TrainingLost" in changed
            seen[one[0]] += bool(changed)
            compare(house, ids, seen)
    return house


START = [("register", "zoe", 2, False), ("register", "bob", 1, False)]
ALL = [[("mark", "zoe", n, None), ("mark", "bob", n, None)] for n in range(EVENINGS)]
MUST_SEE = (
    "somebody did not come",
    "somebody left who had been there",
    "a course is learnt",
    "a correction",
    "refusal",
)
MUST_SEE += ("register", "mark", "leave", "close", "reopen", "cancel meeting", "move", "revoke", "over")


SIZE = settings(max_examples=scaled(15), deadline=None, suppress_health_check=list(HealthCheck))


def law(seen: Counter[str], how: Callable[[Any], Any]) -> None:
    @given(st.tuples(*(DEEDS for _ in range(2 * EVENINGS + 1))))
    @how
    def holds(some: tuple[list[Any], ...]) -> None:
        evenings = [[*START, *some[0]]]
        for number, marks in enumerate(ALL):
            evenings += [[*marks, *some[2 * number + 1]], some[2 * number + 2]]
        house = play(tuple(evenings), seen)
        house_laws.hold(house.storage, house.clock.now())
        house_laws.folds(house.storage)
        house.cantine.close()

    holds()


def test_every_seat_at_every_meeting_is_present_absent_or_not_marked(capsys):
    """Over random evenings the sheets, the figures and the trainings are what a count of the journal gives."""
    seen: Counter[str] = Counter()
    until_seen(partial(law, seen), SIZE, seen, MUST_SEE)
    with capsys.disabled():
        print("\nmeetings: " + ", ".join(f"{seen[state]} x {state}" for state in MUST_SEE))


LEAVES = (START, ALL[0], [("leave", "bob"), ("close", 0, 1)], ALL[1], [("cancel meeting", 2)], [], [])


@pytest.mark.parametrize(
    ("where", "name", "broken"),
    [
        (_courses, "settle_training", lambda *_: None),
        (_trainings, "learnt_at", lambda session, one: session.period.end if any(one.marks) else None),
        (attendance, "_state", lambda of, one: "present" if one.present_at(of) else "unmarked"),
        (m.Registration, "has", lambda one, meeting: one.state == "confirmed" and meeting.state == "planned"),
    ],
    ids=["a cancelled meeting settles nothing", "one meeting is enough", "no absence", "who left is forgotten"],
)
def test_what_is_counted_wrongly_is_found(where, name, broken, monkeypatch):
    """Control: with any of these the count of the journal disagrees."""
    days = (*LEAVES[:2], [*LEAVES[2], ("register", "eve", 1, False)], *LEAVES[3:5], [], [("close", 1, 0)])
    play(days, Counter())
    monkeypatch.setattr(where, name, broken)
    with pytest.raises(AssertionError):
        play(days, Counter())
