"""Courses as they are planned, moved, cancelled, and shown: meetings and their rooms."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import attrs
import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.backends.memory import MemoryStorage
from cantinekit.clock import Period
from cantinekit.errors import (
    ClosedError,
    ConflictError,
    InputError,
    NotFoundError,
    SeriesClashError,
    TooLateError,
    UnsuitableError,
    WrongStateError,
)
from support.houses import small_house
from support.houses.tuesday_course import DAYS, after, course_house, due, ids, seat, tuesdays
from support.laws import house_laws
from support.races.two_at_once import both_at_once
from support.stores.around import Around, WithoutVersions


def claims(house) -> set[tuple[str, str, datetime]]:
    """Each claim of a meeting as it stands on the pages: space, claim id, start."""
    pages = house.all(m.OccupancyPage)
    return {(p.space_id, one.id, one.start) for p in pages for one in p.claims if one.id.startswith("mtg")}


def wanted(house) -> set[tuple[str, str, datetime]]:
    """What the live meetings should have claimed."""
    session = house.get(m.Session, "crs")
    live = [one for one in session.meetings if one.state == "planned" and one.space_id]
    spaces = {one.id: one.leaves for one in house.all(m.Space)}
    return {(leaf, one.id, one.period.start) for one in live for leaf in spaces[one.space_id]}


# --- planning ---


def test_a_course_is_one_session_with_its_meetings():
    """It runs from the first start to the last end; each meeting has its id and its room, the session itself none."""
    house = course_house()
    course = house.do(tuesdays(minimum=2, decide_at=datetime(2026, 11, 30, tzinfo=UTC))).value
    assert isinstance(course, m.Session)
    assert (course.period.start.isoformat(), course.period.end.isoformat()) == (
        "2026-12-01T17:00:00+00:00",
        "2027-01-19T19:00:00+00:00",
    )
    assert [one.starts.day for one in course.meetings] == list(DAYS)
    assert len({one.id for one in course.meetings}) == 8
    assert (course.space_id, course.placed, course.capacity, course.late_joiners) == (None, (), 3, False)
    assert course.closes == course.period.start
    assert course.last_start == course.meetings[-1].period.start
    assert claims(house) == wanted(house)
    assert len(claims(house)) == 8
    assert "SessionAdded" in {entry.type for entry in house.cantine.read.history(m.Session, "crs")}


def test_a_room_is_free_between_the_meetings():
    """The room is claimed for the meetings and for nothing between them."""
    house = course_house()
    house.do(tuesdays())
    house.do(
        c.Book(space_id="b", product_id="room", period=small_house.period(10, 11, date(2026, 12, 2)), account="desk")
    )
    whole = small_house.period(8, 17, date(2026, 12, 9))
    assert house.cantine.read.availability("b", whole) == (whole,)
    with pytest.raises(ConflictError):
        house.do(
            c.Book(
                space_id="b",
                product_id="room",
                period=small_house.period(17, 18, date(2026, 12, 8)),
                account="desk",
                override="late",
            )
        )


def test_all_clashes_are_told_at_once_and_nothing_is_stored():
    """Where some rooms are taken or closed, the refusal names each date with free times; nothing is stored."""
    house = course_house()
    house.do(
        c.Book(
            space_id="b",
            product_id="room",
            period=small_house.period(17.5, 19, DAYS[1]),
            account="desk",
            override="late",
        )
    )
    house.do(c.CloseSpace("b", period=small_house.period(8, 23, DAYS[4]), reason="works"))
    before = small_house.snapshot(house.storage)
    with pytest.raises(SeriesClashError) as caught:
        house.do(tuesdays())
    found = caught.value
    assert [(one.day, one.why) for one in found.clashes] == [(DAYS[1], "taken"), (DAYS[4], "closed")]
    assert found.free == tuple(day for day in DAYS if day not in (DAYS[1], DAYS[4]))
    assert [len(one.clashes) for one in found.clashes] == [1, 0]
    assert found.clashes[0].nearest
    assert small_house.snapshot(house.storage) == before
    house.do(tuesdays(days=found.free))
    assert claims(house) == wanted(house)


def test_a_time_that_the_clock_change_skips_is_a_clash():
    """A meeting between two times of which the clock change leaves nothing is told like a room that is taken."""
    house = course_house()
    night = (date(2027, 3, 28), time(2, 30), time(3), None)
    with pytest.raises(SeriesClashError) as caught:
        house.do(c.AddCourse(workshop_id="choir", meetings=[(date(2027, 3, 27), time(9), time(10)), night], seats=3))
    assert [one.why for one in caught.value.clashes] == ["no such time"]


def test_wall_time_stays_across_a_clock_change():
    """Each meeting is at its time on the wall, in winter and in summer."""
    house = course_house()
    days = (date(2027, 3, 23), date(2027, 3, 30))
    course = house.do(tuesdays(days=days)).value
    assert [one.period.start.hour for one in course.meetings] == [17, 16]
    assert {one.starts.at for one in course.meetings} == {time(18)}


BAD = {
    "one meeting": ({"meetings": [(DAYS[0], time(18), time(20))]}, InputError),
    "too many": ({"meetings": [(DAYS[0] + timedelta(n), time(18), time(20)) for n in range(61)]}, InputError),
    "no list": ({"meetings": "Tuesdays"}, InputError),
    "no meeting": ({"meetings": [(DAYS[0], time(18)), (DAYS[1], time(18))]}, InputError),
    "no day": ({"meetings": [("Tuesday", time(18), time(20))] * 2}, InputError),
    "an instant": ({"meetings": [(datetime(2026, 12, 1, tzinfo=UTC), time(18), time(20))] * 2}, InputError),
    "a time with a zone": ({"meetings": [(day, time(18, tzinfo=UTC), time(20)) for day in DAYS]}, InputError),
    "overlapping": (
        {"meetings": [(DAYS[0], time(18), time(20), "a"), (DAYS[0], time(19), time(21), "b")]},
        UnsuitableError,
    ),
    "the same twice": ({"meetings": [(DAYS[0], time(18), time(20))] * 2}, UnsuitableError),
    "a night into the next": (
        {"meetings": [(DAYS[0], time(22), time(2)), (DAYS[0] + timedelta(1), time(1), time(3))]},
        UnsuitableError,
    ),
    "one is over": (
        {"meetings": [(DAYS[0], time(18), time(20)), (date(2026, 11, 23), time(9), time(10))]},
        TooLateError,
    ),
    "one has begun": (
        {"meetings": [(DAYS[0], time(18), time(20)), (small_house.TODAY, time(9), time(10))]},
        TooLateError,
    ),
    "elsewhere": ({"meetings": [(day, time(18), time(20), "n") for day in DAYS]}, UnsuitableError),
    "no room": ({"meetings": [(day, time(18), time(20), "open") for day in DAYS]}, UnsuitableError),
    "no such room": ({"meetings": [(day, time(18), time(20), "x") for day in DAYS]}, NotFoundError),
    "minimum alone": ({"minimum": 2}, InputError),
    "minimum above the seats": ({"minimum": 9, "decide_at": datetime(2026, 11, 30, tzinfo=UTC)}, InputError),
    "decided too late": ({"minimum": 2, "decide_at": datetime(2026, 12, 1, 17, tzinfo=UTC)}, UnsuitableError),
    "late joiners by word": ({"late_joiners": "yes"}, InputError),
}


@pytest.mark.parametrize("what", BAD)
def test_bad_input_is_refused(what):
    """What makes no sense is refused with a typed error, and nothing is stored."""
    house = course_house()
    changes, error = BAD[what]
    before = small_house.snapshot(house.storage)
    with pytest.raises(error):
        house.do(attrs.evolve(tuesdays(), **changes))
    assert small_house.snapshot(house.storage) == before


def test_as_many_meetings_as_there_may_be():
    """Sixty meetings in a room that is made of parts are claimed in one change."""
    house = course_house()
    days = [date(2026, 12, 1) + timedelta(days=n) for n in range(m.MAX_MEETINGS)]
    house.do(tuesdays("choir", "a", days=days))
    assert claims(house) == wanted(house)
    assert len(claims(house)) == 120


# --- moving and cancelling one meeting ---


def test_a_meeting_is_moved_and_everybody_told():
    """Its room goes with it, its id stays, the seats too; who has one or waits is told once; it alone counts it."""
    house = course_house()
    house.do(tuesdays(seats=1))
    first, waits = seat(house, "zoe"), house.do(c.Register(session_id="crs", person_id="bob")).value
    old = ids(house)
    moved = house.do(
        c.MoveMeeting(
            session_id="crs", meeting_id=old[2], day=date(2026, 12, 17), starts=time(17), ends=time(19), space_id="a"
        )
    )
    assert moved.messages == (("meeting moved", "zoe"), ("meeting moved", "bob"))
    assert ids(house) == old
    assert [one.sequence for one in moved.value.meetings] == [0, 0, 1, 0, 0, 0, 0, 0]
    assert moved.value.meetings[2].period == Period(
        datetime(2026, 12, 17, 16, tzinfo=UTC), datetime(2026, 12, 17, 18, tzinfo=UTC)
    )
    assert claims(house) == wanted(house)
    assert (house.get(m.Registration, first.id).state, house.get(m.Registration, waits.id).state) == (
        "confirmed",
        "waiting",
    )
    assert moved.value.sequence == 0
    assert "2026-12-17 17:00, Grande salle" in house.mail.messages[-1].text


def test_the_first_meeting_is_moved_behind_the_second():
    """The order of the meetings is that of their starts; the course, and registering, begin with what is first now."""
    house = course_house()
    house.do(tuesdays())
    old = ids(house)
    course = house.do(c.MoveMeeting(session_id="crs", meeting_id=old[0], day=date(2026, 12, 9))).value
    assert ids(house) == [old[1], old[0], *old[2:]]
    assert course.closes == course.period.start == datetime(2026, 12, 8, 17, tzinfo=UTC)
    assert course.starts.day == DAYS[1]


def test_the_waiting_list_ends_when_registering_does():
    """Where the first meeting goes to a later day, whoever waits does so until then, and not longer."""
    house = course_house()
    house.do(tuesdays(seats=1))
    seat(house, "zoe")
    waits = house.do(c.Register(session_id="crs", person_id="bob")).value
    before = house.get(m.Session, "crs").closes
    course = house.do(c.MoveMeeting(session_id="crs", meeting_id=ids(house)[0], day=DAYS[0] + timedelta(days=2))).value
    for now, state in ((before, "waiting"), (course.closes, "expired")):
        house.clock.set(now)
        due(house)
        assert house.get(m.Registration, waits.id).state == state


def test_moving_nowhere_tells_nobody():
    """Where nothing changes, nothing is stored of it and nobody is told."""
    house = course_house()
    house.do(tuesdays())
    seat(house, "zoe")
    done = house.do(
        c.MoveMeeting(
            session_id="crs", meeting_id=ids(house)[0], day=DAYS[0], starts=time(18), ends=time(20), space_id="b"
        )
    )
    assert (done.events, done.messages) == ((), ())


def test_a_meeting_is_cancelled_and_the_course_goes_on():
    """Its room is free, who has a seat is told with the reason, and nothing is given back by itself."""
    house = course_house()
    house.do(tuesdays())
    one = seat(house, "zoe")
    off = house.do(c.CancelMeeting(session_id="crs", meeting_id=ids(house)[7], reason="the teacher is ill"))
    assert off.messages == (("meeting cancelled", "zoe"),)
    assert "2027-01-19 18:00, cancelled, the teacher is ill" in house.mail.messages[-1].text
    assert off.value.period.end == datetime(2027, 1, 12, 19, tzinfo=UTC)
    assert [one.sequence for one in off.value.meetings] == [0] * 7 + [1]
    assert claims(house) == wanted(house)
    assert len(claims(house)) == 7
    assert house.get(m.Charge, one.charge_id).refunded.amount == 0
    assert (off.value.state, off.value.meetings[7].reason) == ("planned", "the teacher is ill")


def test_what_is_refused_of_a_meeting():
    """A meeting that began, is cancelled or unknown, that would overlap or be in the past, or whose room is taken."""
    house = course_house()
    house.do(tuesdays())
    house.do(c.Book(space_id="a", product_id="room", period=small_house.period(10, 11, DAYS[3]), account="desk"))
    house.do(c.CloseSpace("a1", period=small_house.period(8, 23, DAYS[5]), reason="works"))
    first, second, third, *_ = ids(house)
    house.do(c.CancelMeeting(session_id="crs", meeting_id=third, reason="rain"))
    after(house, 1)
    before = small_house.snapshot(house.storage)
    for command, error, says in [
        (c.MoveMeeting(session_id="crs", meeting_id=first, day=DAYS[1]), TooLateError, "ended"),
        (c.CancelMeeting(session_id="crs", meeting_id=first, reason="rain"), TooLateError, "ended"),
        (c.MoveMeeting(session_id="crs", meeting_id=second, day=DAYS[0]), TooLateError, "would have begun"),
        (
            c.MoveMeeting(
                session_id="crs", meeting_id=second, day=DAYS[3], starts=time(19), ends=time(21), space_id="a"
            ),
            UnsuitableError,
            "overlap",
        ),
        (
            c.MoveMeeting(
                session_id="crs", meeting_id=second, day=DAYS[3], starts=time(11), ends=time(12), space_id="a"
            ),
            ConflictError,
            "taken",
        ),
        (
            c.MoveMeeting(
                session_id="crs", meeting_id=second, day=DAYS[5], starts=time(10), ends=time(11), space_id="a"
            ),
            ClosedError,
            "works",
        ),
        (c.MoveMeeting(session_id="crs", meeting_id=second, space_id="open"), UnsuitableError, "no room"),
        (c.MoveMeeting(session_id="crs", meeting_id=third, day=DAYS[3]), WrongStateError, "cancelled"),
        (c.CancelMeeting(session_id="crs", meeting_id=third, reason="rain"), WrongStateError, "cancelled"),
        (c.MoveMeeting(session_id="crs", meeting_id="mtg_99"), NotFoundError, "mtg_99"),
        (c.MoveMeeting(session_id="free", meeting_id="free"), UnsuitableError, "meets once"),
        (c.MoveSession("crs", day=DAYS[3]), UnsuitableError, "MoveMeeting"),
    ]:
        with pytest.raises(error, match=says):
            house.do(command)
    assert small_house.snapshot(house.storage) == before
    with pytest.raises(InputError):
        c.CancelMeeting(session_id="crs", meeting_id=second, reason="  ")


def test_a_meeting_has_begun_at_its_start_and_is_over_at_its_end():
    """At the instant at which it begins it is moved no more, at that of its end it is cancelled no more; just before
    each it is."""
    house = course_house()
    house.do(tuesdays(days=DAYS[:2]))
    first = house.get(m.Session, "crs").meetings[0]
    tick = timedelta(microseconds=1)
    for command, until in (
        (c.MoveMeeting(session_id="crs", meeting_id=first.id, space_id="a"), first.period.start),
        (c.CancelMeeting(session_id="crs", meeting_id=first.id, reason="rain"), first.period.end),
    ):
        house.clock.set(until)
        with pytest.raises(TooLateError):
            house.do(command)
        house.clock.set(until - tick)
        assert house.cantine.preview(command, actor="ana").events


def test_another_room_keeps_the_hours_of_the_plan():
    """Where the place moved to another zone, a meeting that only changes its room stays at its hours of before; one
    that gets another hour is at that hour by the clock of the place."""
    house = course_house()
    house.do(tuesdays(days=DAYS[:2]))
    old = house.get(m.Session, "crs").meetings
    house.do(c.MovePlace("paris", zone="America/Martinique"))
    house.do(c.MoveMeeting(session_id="crs", meeting_id=old[0].id, space_id="a"))
    house.do(c.MoveMeeting(session_id="crs", meeting_id=old[1].id, starts=time(17)))
    new = house.get(m.Session, "crs").meetings
    assert (new[0].period, new[0].starts, new[0].space_id) == (old[0].period, old[0].starts, "a")
    assert [new[1].starts.zone, new[1].ends.zone] == ["America/Martinique"] * 2


def test_the_last_meeting_that_is_left_is_not_cancelled_alone():
    """A course keeps one meeting; who wants none left cancels the course."""
    house = course_house()
    house.do(tuesdays(days=DAYS[:2]))
    first, second = ids(house)
    house.do(c.CancelMeeting(session_id="crs", meeting_id=first, reason="rain"))
    with pytest.raises(UnsuitableError, match="CancelSession"):
        house.do(c.CancelMeeting(session_id="crs", meeting_id=second, reason="rain"))


def test_another_instant_of_decision():
    """MoveSession gives a course another ``decide_at``, which moves no meeting; below the minimum all is off."""
    house = course_house()
    house.do(tuesdays(minimum=2, decide_at=datetime(2026, 11, 29, tzinfo=UTC)))
    seat(house, "zoe")
    later = datetime(2026, 11, 30, tzinfo=UTC)
    assert house.do(c.MoveSession("crs", decide_at=later)).value.decide_at == later
    with pytest.raises(UnsuitableError, match="decided"):
        house.do(c.MoveMeeting(session_id="crs", meeting_id=ids(house)[0], day=date(2026, 11, 27)))
    house.clock.set(later)
    due(house)
    course = house.get(m.Session, "crs")
    assert (course.state, course.reason) == ("cancelled", m.TOO_FEW)
    assert {one.state for one in course.meetings} == {"cancelled"}
    assert claims(house) == set()
    house_laws.folds(house.storage)


@pytest.mark.parametrize("command", [c.CancelMeeting, c.MoveMeeting])
def test_what_is_due_is_decided_before_a_meeting_changes(command):
    """A course that has too few people once that is due is off, though no task has run yet."""
    house = course_house()
    house.do(tuesdays(minimum=2, decide_at=datetime(2026, 11, 29, tzinfo=UTC)))
    house.clock.set(datetime(2026, 11, 29, tzinfo=UTC))
    more = {"reason": "rain"} if command is c.CancelMeeting else {"day": DAYS[0]}
    with pytest.raises(WrongStateError, match="cancelled"):
        house.do(command(session_id="crs", meeting_id=ids(house)[0], **more))
    assert house.get(m.Session, "crs").reason == m.TOO_FEW


def test_a_course_with_enough_people_is_confirmed():
    """Each planned meeting counts it, for the calendars; who has a seat is told."""
    house = course_house()
    house.do(tuesdays(minimum=1, decide_at=datetime(2026, 11, 29, tzinfo=UTC)))
    seat(house, "zoe")
    house.do(c.CancelMeeting(session_id="crs", meeting_id=ids(house)[7], reason="rain"))
    house.clock.set(datetime(2026, 11, 29, tzinfo=UTC))
    due(house)
    course = house.get(m.Session, "crs")
    assert (course.state, [one.sequence for one in course.meetings]) == ("confirmed", [1] * 8)
    assert "session confirmed" in [one.template for one in house.mail.messages]
    house.do(
        c.MoveMeeting(session_id="crs", meeting_id=ids(house)[0], day=date(2026, 11, 30))
    )  # decided: nothing is too late for it any more


# --- at once ---


def crossing() -> tuple[MemoryStorage, list[c.Command]]:
    """A house, and two courses that want one room on one evening, of two each."""
    house = course_house()
    commands: list[c.Command] = [
        c.AddCourse(
            workshop_id="choir",
            meetings=[(DAYS[0], time(18), time(20), "a"), (DAYS[1], time(18), time(20), "b")],
            seats=3,
            id="one",
        ),
        c.AddCourse(
            workshop_id="choir",
            meetings=[(DAYS[1], time(19), time(21), "b"), (DAYS[2], time(18), time(20), "a")],
            seats=3,
            id="two",
        ),
    ]
    return house.storage, commands


def added(store: Around) -> set[str]:
    """The courses that are stored."""
    return {key.id for key in small_house.rows(store) if key.kind == "session"} & {"one", "two"}


def test_of_two_courses_that_cross_one_is_planned_whole():
    """In every order of their storage calls one is planned with all its rooms, and nothing of the other is stored."""
    base, commands = crossing()
    winners = set()
    for schedule, results, store in both_at_once(base, commands):
        assert sum(isinstance(one, SeriesClashError) for one in results) == 1, schedule.names
        assert len(added(store)) == 1
        winners |= added(store)
        house_laws.hold(store, small_house.START)
    assert winners == {"one", "two"}


def test_the_control_without_versions_plans_both():
    """Control: on a store that does not compare versions both are planned in one room."""
    base, commands = crossing()
    assert any(len(added(store)) == 2 for _, _, store in both_at_once(base, commands, WithoutVersions))
