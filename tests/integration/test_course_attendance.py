"""Attendance of courses, meeting by meeting: marks, sheets, who did not come, certificates, trainings, figures."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import attrs
import pytest

from cantinekit import commands as c
from cantinekit import events as ev
from cantinekit import records as m
from cantinekit.clock import Period
from cantinekit.errors import NotFoundError, TooEarlyError, TooLateError, UnsuitableError, WrongStateError
from cantinekit.runtime import codec
from support.houses import small_house
from support.houses.at_the_door import nothing_stored, trained
from support.houses.small_house import House
from support.houses.tuesday_course import DAYS, after, course_house, due, ids, tuesdays
from support.laws import house_laws

FEW = DAYS[:3]
"""The days of a short course."""


def choir(*people: str, days: tuple = FEW, **more) -> tuple[House, list[str], list[str]]:
    """A free course, the registrations of these people, and the meetings."""
    house = course_house()
    house.do(tuesdays("choir", days=days, late_joiners=True, **more))
    return house, [house.do(c.Register(session_id="crs", person_id=one)).value.id for one in people], ids(house)


def at_door(house: House, number: int, minutes: int = -30) -> None:
    """So many minutes after a meeting begins."""
    house.clock.set(house.get(m.Session, "crs").meetings[number - 1].period.start + timedelta(minutes=minutes))


def marks(house: House, registration: str) -> list[tuple[str, int]]:
    return [(one.meeting_id, one.seats) for one in house.get(m.Registration, registration).marks]


def attend(house: House, registration: str, *numbers: int) -> None:
    """Be present at these meetings, one after the other."""
    for number in numbers:
        at_door(house, number)
        house.do(c.MarkAttendance(registration, meeting_id=ids(house)[number - 1]))


# --- marks -----------------------------------------------------------------------------------------------------------


def test_a_mark_is_of_one_meeting_with_a_door_of_its_own():
    """An hour before each meeting its door opens; a mark of one says nothing of the others, and is corrected alone."""
    house, (zoe,), (first, second, _third) = choir("zoe")
    at_door(house, 1, -61)
    nothing_stored(house, c.MarkAttendance(zoe, meeting_id=first), TooEarlyError)
    at_door(house, 1, -60)
    house.do(c.MarkAttendance(zoe, meeting_id=first))
    nothing_stored(house, c.MarkAttendance(zoe, meeting_id=second), TooEarlyError)
    at_door(house, 2)
    arrived = house.clock.now()
    house.do(c.MarkAttendance(zoe, meeting_id=second))
    house.do(c.MarkAttendance(zoe, present=False, meeting_id=first))
    assert marks(house, zoe) == [(second, 1), (first, 0)]
    one = house.get(m.Registration, zoe)
    assert one.marks == (m.Mark(1, arrived, second), m.Mark(0, None, first))
    events = [codec.decode_event(entry) for entry in house.cantine.read.history(m.Registration, zoe)]
    marked = [event for event in events if isinstance(event, ev.AttendanceMarked)]
    assert [(event.meeting_id, event.seats) for event in marked] == [(first, 1), (second, 1), (first, 0)]
    assert house.do(c.MarkAttendance(zoe, meeting_id=second)).events == ()
    house_laws.folds(house.storage)


def test_a_mark_of_a_course_writes_the_registration_alone():
    """However many meetings are marked, the row of the session stays as it is, and nobody queues at the door."""
    house, (zoe, _), (first, *_) = choir("zoe", "bob")
    at_door(house, 1)
    before = small_house.rows(house.storage)
    house.do(c.MarkAttendance(zoe, meeting_id=first))
    after_it = small_house.rows(house.storage)
    assert {key.kind for key, row in after_it.items() if row != before.get(key)} == {"registration"}


def test_a_course_wants_its_meeting_and_a_session_none():
    """Without a meeting nothing is said of a course, with one nothing of a session; an unknown one is not found, and a
    cancelled one has no sheet."""
    house, (zoe,), (first, second, _) = choir("zoe")
    once = house.do(c.Register(session_id="free", person_id="zoe")).value.id
    house.clock.set(house.get(m.Session, "free").period.end)
    for wrong in (
        c.MarkAttendance(once, meeting_id=first),
        c.CloseSheet("free", walk_ins=0, meeting_id=first),
        c.ReopenSheet("free", reason="oh", meeting_id=first),
    ):
        nothing_stored(house, wrong, UnsuitableError, "meets once")
    house.do(c.CancelMeeting(session_id="crs", meeting_id=second, reason="ill"))
    after(house, 3)
    for wrong in (c.MarkAttendance(zoe), c.CloseSheet("crs"), c.ReopenSheet("crs", reason="oh")):
        nothing_stored(house, wrong, UnsuitableError, "which of its meetings")
    nothing_stored(house, c.MarkAttendance(zoe, meeting_id="mtg"), NotFoundError)
    nothing_stored(house, c.CloseSheet("crs", walk_ins=0, meeting_id="mtg"), NotFoundError)
    nothing_stored(house, c.MarkAttendance(zoe, meeting_id=second), WrongStateError, "cancelled")
    nothing_stored(house, c.CloseSheet("crs", walk_ins=0, meeting_id=second), WrongStateError, "cancelled")
    assert house.cantine.read.sheet("crs", second).rows == ()
    with pytest.raises(UnsuitableError):
        house.cantine.read.sheet("crs")
    with pytest.raises(UnsuitableError):
        house.cantine.read.sheet("free", first)
    with pytest.raises(NotFoundError):
        house.cantine.read.sheet("crs", "mtg")


def test_late_joiners_are_on_the_sheets_of_what_is_left():
    """Whoever joins late, buys late, or is promoted late is on no sheet of what was before, and did not miss it."""
    house, (_zoe, bob, _), (first, second, third) = choir("zoe", "bob", "eve", seats=3)
    waiting = house.do(c.Register(session_id="crs", person_id="ida")).value.id
    after(house, 1)
    house.do(c.CloseSheet("crs", walk_ins=0, meeting_id=first))
    house.do(c.CancelRegistration(bob))
    ida = house.get(m.Registration, waiting)
    assert (ida.state, ida.meeting_ids) == ("confirmed", (second, third))
    nothing_stored(house, c.MarkAttendance(waiting, meeting_id=first), UnsuitableError, "is not for meeting")
    at_door(house, 3, 120)
    house.do(c.CloseSheet("crs", walk_ins=0, meeting_id=second))
    house.do(c.CloseSheet("crs", walk_ins=0, meeting_id=third))
    read = house.cantine.read
    assert [show.meeting_id for show in read.no_shows("ida")] == [second, third]
    assert [show.meeting_id for show in read.no_shows("zoe")] == [first, second, third]
    assert [show.meeting_id for show in read.no_shows("bob")] == [first]
    assert [row.person_id for row in read.sheet("crs", first).rows] == ["bob", "eve", "zoe"]
    assert [row.person_id for row in read.sheet("crs", second).rows] == ["eve", "ida", "zoe"]
    day = Period(*(datetime.combine(DAYS[1], time(hour), UTC) for hour in (0, 23)))
    assert [(show.person_id, show.meeting_id) for show in read.no_shows_at("paris", day)] == [
        ("zoe", second),
        ("eve", second),
        ("ida", second),
    ]


def test_at_the_door_of_a_course():
    """Whoever registers at the door before a meeting is marked at it; while it runs they join for the rest of it
    and are not; between two meetings no door is open."""
    house, _, (_first, second, third) = choir(seats=5)
    at_door(house, 2)
    zoe = house.do(c.Register(session_id="crs", person_id="zoe", at_door=True)).value
    assert ([one.meeting_id for one in zoe.marks], zoe.meeting_ids) == ([second], (second, third))
    at_door(house, 2, 20)
    bob = house.do(c.Register(session_id="crs", person_id="bob", at_door=True)).value
    assert (bob.marks, bob.meeting_ids) == ((), (third,))
    at_door(house, 2, 120)
    nothing_stored(
        house, c.Register(session_id="crs", person_id="eve", at_door=True), TooEarlyError, "2026-12-15T16:00"
    )
    at_door(house, 3, 1)
    nothing_stored(house, c.Register(session_id="crs", person_id="eve", at_door=True), TooLateError)


# --- moving, cancelling, leaving -------------------------------------------------------------------------------------


def test_a_meeting_is_not_moved_from_under_people():
    """Once somebody is present it keeps its time, not its room; another meeting can still be moved."""
    house, (zoe,), (first, second, _) = choir("zoe")
    at_door(house, 1)
    house.do(c.MarkAttendance(zoe, meeting_id=first))
    later = c.MoveMeeting(session_id="crs", meeting_id=first, starts=time(19), ends=time(21))
    nothing_stored(house, later, WrongStateError, "people are present")
    house.do(c.MoveMeeting(session_id="crs", meeting_id=first, space_id="a"))
    house.do(c.MoveMeeting(session_id="crs", meeting_id=second, starts=time(19), ends=time(21)))
    house.do(c.MarkAttendance(zoe, present=False, meeting_id=first))
    house.do(later)


def test_a_meeting_with_a_closed_sheet_is_not_cancelled():
    """It is over by then, so that neither it nor its sheet goes away."""
    house, _, (first, *_) = choir("zoe")
    at_door(house, 1, 120)
    house.do(c.CloseSheet("crs", walk_ins=2, meeting_id=first))
    nothing_stored(house, c.CancelMeeting(session_id="crs", meeting_id=first, reason="ill"), TooLateError)
    nothing_stored(
        house,
        c.MoveMeeting(session_id="crs", meeting_id=first, day=DAYS[1], starts=time(9), ends=time(10)),
        TooLateError,
    )


def test_whoever_leaves_has_been_where_they_were():
    """A seat that is given up takes the mark of a meeting that has not begun with it; what was had stays on its sheet,
    can be corrected there, and is in the figures."""
    house, (zoe,), (first, second, third) = choir("zoe")
    attend(house, zoe, 1, 2)
    house.do(c.CancelRegistration(zoe))
    one = house.get(m.Registration, zoe)
    assert (one.state, one.had, marks(house, zoe)) == ("cancelled", (first,), [(first, 1)])
    after(house, 3)
    read = house.cantine.read
    assert [len(read.sheet("crs", id).rows) for id in (first, second, third)] == [1, 0, 0]
    house.do(c.CloseSheet("crs", walk_ins=0, meeting_id=first))
    assert (read.attendance("paris", DAYS[0]).seats_present, read.attendance("paris", DAYS[1]).seats_present) == (1, 0)
    nothing_stored(house, c.MarkAttendance(zoe, meeting_id=second), WrongStateError, "cancelled")
    house.do(c.ReopenSheet("crs", reason="it was her sister", meeting_id=first))
    house.do(c.MarkAttendance(zoe, present=False, meeting_id=first))
    house_laws.hold(house.storage, house.clock.now())
    house_laws.folds(house.storage)


def test_what_was_held_of_a_course_that_ends_early_keeps_its_sheets():
    """The meetings that were over stay with who was there; their sheets are still closed, the others have none."""
    house, (zoe, _), (first, second, _third) = choir("zoe", "bob")
    attend(house, zoe, 1)
    after(house, 1)
    house.do(c.CancelSession("crs", reason="the choirmaster is ill"))
    due(house)
    house.do(c.CloseSheet("crs", walk_ins=1, meeting_id=first))
    read = house.cantine.read
    assert [(row.person_id, row.state) for row in read.sheet("crs", first).rows] == [
        ("bob", "absent"),
        ("zoe", "present"),
    ]
    nothing_stored(house, c.CloseSheet("crs", walk_ins=0, meeting_id=second), WrongStateError, "cancelled")
    assert [show.meeting_id for show in read.no_shows("bob")] == [first]
    found = read.certificate(zoe)
    assert (len(found.meetings), found.planned, found.minutes) == (1, 1, 120)
    after(house, 3)
    (month,) = [one for one in read.events(["paris"], 2026) if one.month.month == 12]
    assert (month.sessions, month.sheets, month.present) == (1, 1, 2)
    house_laws.hold(house.storage, house.clock.now())
    house_laws.folds(house.storage)


# --- sheets and what is read from them -------------------------------------------------------------------------------


def test_each_meeting_has_a_sheet():
    """Closed once the meeting is over, with its own walk-ins; opened again alone; the marks stay."""
    house, (zoe, _), (first, second, _third) = choir("zoe", "bob")
    attend(house, zoe, 1)
    nothing_stored(house, c.CloseSheet("crs", walk_ins=0, meeting_id=first), TooEarlyError, "the meeting ends")
    at_door(house, 1, 120)
    closed = house.do(c.CloseSheet("crs", walk_ins=3, meeting_id=first)).value
    assert [one.sheet for one in closed.meetings] == [m.Sheet(house.clock.now(), 3), None, None]
    assert closed.sheet is None
    assert house.do(c.CloseSheet("crs", walk_ins=3, meeting_id=first)).events == ()
    nothing_stored(house, c.CloseSheet("crs", walk_ins=4, meeting_id=first), WrongStateError, "closed")
    nothing_stored(house, c.MarkAttendance(zoe, meeting_id=first), WrongStateError, f"meeting {first}")
    nothing_stored(house, c.ReopenSheet("crs", reason="oh", meeting_id=second), WrongStateError, "open")
    sheet = house.cantine.read.sheet("crs", first)
    assert (sheet.confirmed, sheet.present, sheet.absent, sheet.unmarked, sheet.walk_ins) == (2, 1, 1, 0, 3)
    assert (sheet.meeting_id, sheet.period) == (first, closed.meetings[0].period)
    assert "- Le 01/12/2026, de 18:00 à 20:00\n" in sheet.to_markdown()
    attend(house, zoe, 2)
    assert house.cantine.read.sheet("crs", second).unmarked == 1
    house.do(c.ReopenSheet("crs", reason="one came", meeting_id=first))
    assert house.cantine.read.sheet("crs", first).unmarked == 1
    nothing_stored(house, c.ReopenSheet("crs", reason="one came", meeting_id=first), WrongStateError, "open")


def test_figures_count_who_was_at_each_meeting():
    """People present are those of the day, and of the month those of the meetings whose sheets are closed."""
    house, (zoe, bob), (_first, second, _third) = choir("zoe", "bob")
    attend(house, zoe, 1, 2)
    house.do(c.MarkAttendance(bob, meeting_id=second))
    at_door(house, 3, 120)
    house.do(c.CloseSheet("crs", walk_ins=4, meeting_id=second))
    read = house.cantine.read
    assert [read.attendance("paris", day).seats_present for day in FEW] == [1, 6, 0]
    (month,) = [one for one in read.events(["paris"], 2026) if one.month.month == 12]
    assert (month.sessions, month.seats, month.sheets, month.present) == (3, 6, 1, 6)


def test_a_certificate_of_a_course_lists_the_meetings_attended():
    """With their minutes and how many there were, once the sheets of all meetings of theirs are closed."""
    house, (zoe, bob), (first, second, third) = choir("zoe", "bob")
    house.do(c.MoveMeeting(session_id="crs", meeting_id=second, ends=time(19, 30)))
    attend(house, zoe, 1, 2)
    after(house, 2)
    eve = house.do(c.Register(session_id="crs", person_id="eve")).value.id
    at_door(house, 3, 120)
    house.do(c.MarkAttendance(eve, meeting_id=third))
    read = house.cantine.read
    for number in (2, 3):
        house.do(c.CloseSheet("crs", walk_ins=0, meeting_id=ids(house)[number - 1]))
    with pytest.raises(WrongStateError, match=f"meeting {first} is open"):
        read.certificate(zoe)
    late = read.certificate(eve)  # the first was none of hers
    course = house.get(m.Session, "crs")
    assert (late.meetings, late.minutes, late.planned) == ((course.meetings[2].period,), 120, 3)
    house.wait(hours=1)
    house.do(c.CloseSheet("crs", walk_ins=0, meeting_id=first))
    found = read.certificate(zoe)
    assert found.meetings == (course.meetings[0].period, course.meetings[1].period)
    assert (found.minutes, found.planned, found.issued_at) == (210, 3, house.clock.now())
    assert (found.data()["planned"], len(found.data()["meetings"])) == (3, 2)
    with pytest.raises(WrongStateError, match="absent"):
        read.certificate(bob)
    house.do(c.ReopenSheet("crs", reason="again", meeting_id=second))
    with pytest.raises(WrongStateError, match="open"):
        read.certificate(zoe)


# --- trainings -------------------------------------------------------------------------------------------------------


def ways(house: House, person: str) -> list[tuple[datetime, datetime | None]]:
    found = house.cantine.read.get(m.Training, f"{person}|choir")
    return [(way.since, way.until) for way in found.ways] if found else []


def test_a_course_is_learnt_by_whoever_was_at_every_meeting():
    """Not before the last of theirs, from its end on; a correction of any meeting takes it back, another gives it."""
    house, (zoe, bob), (first, *_, third) = choir("zoe", "bob")
    house.do(c.ChangePrerequisites("choir", valid_months=12))
    attend(house, zoe, 1, 2)
    attend(house, bob, 1)
    attend(house, bob, 3)
    assert not trained(house, "zoe", "choir")
    house.do(c.MarkAttendance(zoe, meeting_id=third))
    ends = house.get(m.Session, "crs").period.end
    assert ways(house, "zoe") == [(ends, datetime(2027, 12, 15, 23, tzinfo=UTC))]
    assert not trained(house, "bob", "choir")
    house.do(c.MarkAttendance(zoe, present=False, meeting_id=first))
    assert not trained(house, "zoe", "choir")
    house.do(c.MarkAttendance(zoe, meeting_id=first))
    assert trained(house, "zoe", "choir")
    house.do(c.RevokeTraining(person_id="zoe", workshop_id="choir", reason="misused"))
    assert house.do(c.MarkAttendance(zoe, meeting_id=third)).events == ()
    assert not trained(house, "zoe", "choir")
    house_laws.hold(house.storage, house.clock.now())


def test_a_late_joiner_learns_by_the_meetings_that_were_left():
    """Every meeting of theirs is enough."""
    house, _, (_, _second, _third) = choir()
    after(house, 1)
    zoe = house.do(c.Register(session_id="crs", person_id="zoe")).value.id
    attend(house, zoe, 2, 3)
    assert trained(house, "zoe", "choir")


def test_a_meeting_that_is_cancelled_is_missed_by_nobody():
    """Whoever was at all others has learnt it, from the end of the last one that was held."""
    house, (zoe, bob), (_, _second, third) = choir("zoe", "bob")
    attend(house, zoe, 1, 2)
    attend(house, bob, 2)
    house.do(c.CancelMeeting(session_id="crs", meeting_id=third, reason="ill"))
    assert ways(house, "zoe") == [(house.get(m.Session, "crs").period.end, None)]
    assert ways(house, "bob") == []
    house_laws.hold(house.storage, house.clock.now())
    house_laws.folds(house.storage)


def test_a_last_meeting_that_is_broken_off_moves_the_day():
    """Somebody who was at all meetings has learnt it from the end of the one before, and not again where it was taken
    back."""
    house, (zoe, bob), (_, _second, third) = choir("zoe", "bob")
    for number in (1, 2, 3):
        attend(house, zoe, number)
        house.do(c.MarkAttendance(bob, meeting_id=ids(house)[number - 1]))
    house.do(c.RevokeTraining(person_id="bob", workshop_id="choir", reason="misused"))
    at_door(house, 3, 10)
    house.do(c.CancelMeeting(session_id="crs", meeting_id=third, reason="a power cut"))
    assert ways(house, "zoe") == [(house.get(m.Session, "crs").meetings[1].period.end, None)]
    assert ways(house, "bob") == []
    assert house.cantine.read.sheet("crs", third).rows == ()
    house_laws.hold(house.storage, house.clock.now())


def test_a_course_that_is_called_off_or_left_teaches_nothing():
    """Whoever gives the seat up at the last door, and everybody where the course is called off while it runs."""
    house, (zoe, bob), (_, _, _third) = choir("zoe", "bob")
    for number in (1, 2, 3):
        attend(house, zoe, number)
        house.do(c.MarkAttendance(bob, meeting_id=ids(house)[number - 1]))
    assert trained(house, "zoe", "choir")
    assert trained(house, "bob", "choir")
    house.do(c.CancelRegistration(bob))
    assert not trained(house, "bob", "choir")
    at_door(house, 3, 30)
    house.do(c.CancelSession("crs", reason="a power cut"))
    due(house)
    assert not trained(house, "zoe", "choir")
    assert [id for id, _ in marks(house, zoe)] == ids(house)[:2]
    house_laws.hold(house.storage, house.clock.now())
    house_laws.folds(house.storage)


# --- what was stored before ------------------------------------------------------------------------------------------


def test_rows_from_before_are_read():
    """A registration and a meeting that were stored without marks and sheets are read with none."""
    house, (zoe,), _ = choir("zoe")
    one = house.get(m.Registration, zoe)
    old = codec.parse(m.Registration, codec.dump(attrs.evolve(one, meeting_ids=())))
    assert "marks" not in codec.dump(old)
    assert (old.marks, old.had, old.meeting_ids) == ((), (), ())
    meetings = house.get(m.Session, "crs").meetings
    assert "sheet" not in codec.dump(meetings[0])
