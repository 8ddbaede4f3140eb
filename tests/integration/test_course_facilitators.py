"""Facilitators and equipment of courses: claimed for all meetings or for none, changed for one, freed, told, read."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import attrs
import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.clock import Period
from cantinekit.errors import (
    ConflictError,
    InputError,
    NotFoundError,
    NotOverError,
    SeriesClashError,
    SoldOutError,
    UnavailableError,
    UnsuitableError,
)
from cantinekit.records import Subject
from cantinekit.runtime import codec
from support.houses.at_the_door import nothing_stored
from support.houses.facilitated_house import BUFFERS, furnished
from support.houses.small_house import CANARIES, House
from support.houses.tuesday_course import DAYS, due
from support.laws import house_laws

FEW = DAYS[:3]
WINTER = Period(datetime(2026, 11, 1, tzinfo=UTC), datetime(2027, 3, 1, tzinfo=UTC))


def course(**more) -> c.AddCourse:
    """Three Tuesdays from 10 to 12 in room B with Ada and two of the three projectors."""
    more = {"facilitator_ids": ["ada"], "with_units": {"projector": 2}, **more}
    meetings = [(day, time(10), time(12), "b") for day in more.pop("days", FEW)]
    return c.AddCourse(workshop_id="talk", meetings=meetings, seats=5, id="crs", **more)


def planned(**more) -> tuple[House, list[str]]:
    house = furnished()
    return house, [one.id for one in house.do(course(**more)).value.meetings]


def claimed(house: House, space_id: str) -> dict[str, int]:
    """The claims of meetings on a space, by brute force over the pages: which, and how many units."""
    pages = (page for page in house.all(m.OccupancyPage) if page.space_id == space_id)
    return {one.id: one.units for page in pages for one in page.claims if one.id.startswith("mtg")}


def once(day=FEW[1], **more) -> c.AddSession:
    return c.AddSession(workshop_id="talk", day=day, starts=time(10), ends=time(12), seats=5, id="once", **more)


# --- planning --------------------------------------------------------------------------------------------------------


def test_all_meetings_claim_all_that_they_need():
    """Room, projectors and facilitator are claimed for each meeting in one change, and nobody else has them then."""
    house = furnished()
    added = house.do(course(facilitator_ids=["ada", "bea"]))
    ids = [one.id for one in added.value.meetings]
    assert [one.facilitator_ids for one in added.value.meetings] == [("ada", "bea")] * 3
    assert (added.value.facilitator_ids, added.value.with_units) == ((), ())
    for space_id, units in (("b", 1), ("ada", 1), ("bea", 1), ("projector", 2)):
        assert claimed(house, space_id) == dict.fromkeys(ids, units), space_id
    assert sorted(added.messages) == [("facilitation planned", "bob"), ("facilitation planned", "zoe")]
    nothing_stored(house, once(facilitator_ids=["bea"]), ConflictError, "is taken")
    nothing_stored(house, once(with_units={"projector": 2}), SoldOutError)
    house.do(once(DAYS[4], facilitator_ids=["bea"], with_units={"projector": 3}))
    house_laws.hold(house.storage, house.clock.now())
    house_laws.folds(house.storage)


def test_all_that_cannot_be_had_is_named_at_once():
    """Who is taken, away or outside their hours, and what is sold out, each with its date; nothing is stored."""
    house = furnished()
    days = DAYS[:5]
    house.do(once(days[0], facilitator_ids=["ada"]))
    house.do(
        c.AddSession(
            workshop_id="talk", day=days[1], starts=time(11), ends=time(13), seats=5, with_units={"projector": 2}
        )
    )
    noon = [datetime.combine(days[2], time(hour), UTC) for hour in (0, 23)]
    house.do(c.CloseSpace("ada", period=Period(*noon), reason="holidays"))
    late = m.Openings(closed=(m.ClosedDays("closure", "moving", days[3], days[3]),))
    house.do(c.ChangeOpenings(place_id="paris", openings=late, space_id="ada"))
    refused = nothing_stored(house, course(days=days), SeriesClashError)
    assert [(one.day, one.why) for one in refused.clashes] == [
        (days[0], "taken"),
        (days[1], "sold out"),
        (days[2], "closed"),
        (days[3], "closed"),
    ]
    assert refused.clashes[0].nearest[0].length == timedelta(hours=2)


def test_meetings_keep_the_buffers_between_each_other():
    """Two meetings of one course need the buffers of a room like any other claims, as they are planned and moved."""
    house = furnished()
    house.do(c.ChangeTerms("b", terms=BUFFERS))
    first = (FEW[0], time(9), time(10), "b")
    add = c.AddCourse(workshop_id="talk", meetings=[first, (FEW[0], time(10, 30), time(12), "b")], seats=5, id="crs")
    (clash,) = nothing_stored(house, add, SeriesClashError).clashes
    assert (clash.why, clash.period.start) == ("taken", datetime.combine(FEW[0], time(9, 30), UTC))
    meetings = house.do(attrs.evolve(add, meetings=[first, (FEW[0], time(12), time(14), "b")])).value.meetings
    move = c.MoveMeeting(session_id="crs", meeting_id=meetings[1].id, starts=time(10, 30), ends=time(12))
    nothing_stored(house, move, ConflictError, "buffers")
    house.do(c.MoveMeeting(session_id="crs", meeting_id=meetings[1].id, starts=time(11), ends=time(12)))


def test_terms_and_hours_are_broken_with_a_reason():
    """Outside their hours a facilitator is asked with an override, which is kept once for the course."""
    house = furnished()
    early = [(day, time(6), time(7)) for day in FEW]
    add = c.AddCourse(workshop_id="talk", meetings=early, seats=5, id="crs", facilitator_ids=["ada"])
    assert {one.why for one in nothing_stored(house, add, SeriesClashError).clashes} == {"outside hours"}
    house.do(
        c.AddCourse(
            workshop_id="talk", meetings=early, seats=5, id="crs", facilitator_ids=["ada"], override="she offered"
        )
    )
    (kept,) = house.all(m.Override)
    assert (kept.rule, kept.reason, kept.subject) == ("opening hours", "she offered", Subject("session", "crs"))


def test_the_rules_of_all_meetings_that_are_broken_are_kept():
    """One meeting is outside the hours of who facilitates, another too long for them: both are noted, each once."""
    house = furnished()
    house.do(c.ChangeTerms("ada", terms=m.Terms(longest=timedelta(hours=3))))
    meetings = [(FEW[0], time(6), time(7)), (FEW[1], time(10), time(15)), (FEW[2], time(6), time(7))]
    house.do(
        c.AddCourse(
            workshop_id="talk", meetings=meetings, seats=5, id="crs", facilitator_ids=["ada"], override="she offered"
        )
    )
    assert sorted(one.rule for one in house.all(m.Override)) == ["opening hours", "wrong length"]


def test_who_stays_at_the_same_time_is_not_asked_again():
    """A meeting outside the hours of who facilitates, for which there was a reason, changes its room without one."""
    house = furnished()
    early = [(day, time(6), time(7), "b") for day in FEW]
    add = c.AddCourse(
        workshop_id="talk", meetings=early, seats=5, id="crs", facilitator_ids=["ada"], override="she offered"
    )
    meeting = house.do(add).value.meetings[0]
    house.do(c.MoveMeeting(session_id="crs", meeting_id=meeting.id, space_id="a"))
    nothing_stored(house, c.MoveMeeting(session_id="crs", meeting_id=meeting.id, starts=time(5)), UnavailableError)
    assert len(house.all(m.Override)) == 1


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({"facilitator_ids": ["b"]}, UnsuitableError),
        ({"facilitator_ids": ["nobody"]}, NotFoundError),
        ({"with_units": {"a": 1}}, UnsuitableError),
        ({"with_units": {"nothing": 1}}, NotFoundError),
    ],
)
def test_what_is_asked_for_is_what_it_is(more, error):
    """Somebody who is no facilitator, what is no equipment, and unknown ones are refused, and nothing is stored."""
    nothing_stored(furnished(), course(**more), error)


@pytest.mark.parametrize(
    "bad",
    [
        {"facilitator_ids": "ada"},
        {"facilitator_ids": ["ada", "ada"]},
        {"facilitator_ids": [f"f{n}" for n in range(99)]},
        {"with_units": {"projector": 0}},
        {"with_units": "projector"},
        {"override": " "},
    ],
)
def test_malformed_needs(bad):
    """One text, the same twice, too many, no units and an empty reason are malformed, for all meetings and for one."""
    with pytest.raises(InputError):
        course(**bad)
    with pytest.raises(InputError):
        c.MoveMeeting(session_id="crs", meeting_id="mtg", **bad)


def test_a_course_that_needs_too_much_is_refused():
    """Sixty meetings with their room and several facilitators are one change; more than a batch holds is refused."""
    house = furnished()
    days = [FEW[0] + timedelta(days=n) for n in range(m.MAX_MEETINGS)]
    add = course(days=days, facilitator_ids=["bea"], override="for the winter")
    assert len(house.do(add).value.meetings) == m.MAX_MEETINGS
    assert len(claimed(house, "bea")) == m.MAX_MEETINGS


# --- one meeting -----------------------------------------------------------------------------------------------------


def test_one_meeting_has_others():
    """What is named is all that the meeting has then, what is not stays with its claims; others are as they were."""
    house, (first, second, third) = planned()
    moved = house.do(c.MoveMeeting(session_id="crs", meeting_id=second, facilitator_ids=["bea"]))
    assert sorted(moved.messages) == [("facilitation changed", "zoe"), ("facilitation planned", "bob")]
    assert [one.sequence for one in moved.value.meetings] == [0, 0, 0]
    assert (set(claimed(house, "ada")), set(claimed(house, "bea"))) == ({first, third}, {second})
    assert claimed(house, "projector") == dict.fromkeys((first, second, third), 2)
    house.do(c.MoveMeeting(session_id="crs", meeting_id=third, with_units={"projector": 1}, facilitator_ids=[]))
    assert claimed(house, "projector") == {first: 2, second: 2, third: 1}
    assert set(claimed(house, "ada")) == {first}
    gone = house.do(c.MoveMeeting(session_id="crs", meeting_id=first, facilitator_ids=["bea"]))
    assert sorted(gone.messages) == [("facilitation changed", "bob"), ("facilitation withdrawn", "zoe")]
    assert house.do(c.MoveMeeting(session_id="crs", meeting_id=first, facilitator_ids=["bea"])).events == ()
    house_laws.hold(house.storage, house.clock.now())
    house_laws.folds(house.storage)


def test_a_meeting_takes_all_that_it_has_with_it():
    """To another day: all of it is claimed there and free here; where one of it is not free, nothing is moved."""
    house, (first, second, _) = planned()
    house.do(c.Register(session_id="crs", person_id="eve"))
    house.do(once(DAYS[4], facilitator_ids=["ada"]))
    nothing_stored(house, c.MoveMeeting(session_id="crs", meeting_id=second, day=DAYS[4]), ConflictError, "is taken")
    early = c.MoveMeeting(session_id="crs", meeting_id=second, day=DAYS[5], starts=time(6), ends=time(7))
    nothing_stored(house, early, UnavailableError)
    moved = house.do(c.MoveMeeting(session_id="crs", meeting_id=second, day=DAYS[5]))
    assert sorted(moved.messages) == [("facilitation changed", "zoe"), ("meeting moved", "eve")]
    house.do(
        c.AddSession(
            workshop_id="talk",
            day=FEW[1],
            starts=time(10),
            ends=time(12),
            seats=5,
            space_id="b",
            facilitator_ids=["ada"],
            with_units={"projector": 3},
        )
    )
    assert claimed(house, "ada").keys() >= {first, second}
    house.do(
        c.MoveMeeting(
            session_id="crs", meeting_id=second, day=DAYS[5], starts=time(6), ends=time(7), override="she offered"
        )
    )
    assert [one.reason for one in house.all(m.Override)] == ["she offered"]
    house_laws.hold(house.storage, house.clock.now())


def test_what_is_cancelled_is_free():
    """A cancelled meeting frees all that it had, a cancelled course what is left; who was to facilitate is told."""
    house, (first, second, third) = planned(facilitator_ids=["ada", "bea"])
    off = house.do(c.CancelMeeting(session_id="crs", meeting_id=second, reason="ill"))
    assert sorted(off.messages) == [("facilitation changed", "bob"), ("facilitation changed", "zoe")]
    for space_id in ("b", "ada", "bea", "projector"):
        assert set(claimed(house, space_id)) == {first, third}, space_id
    house.do(c.MoveMeeting(session_id="crs", meeting_id=third, facilitator_ids=["ada"]))
    house.clock.set(house.get(m.Session, "crs").meetings[0].period.end)
    over = house.do(c.CancelSession("crs", reason="fire"))
    assert over.messages == (("facilitation cancelled", "zoe"),)
    assert [set(claimed(house, space_id)) for space_id in ("b", "ada", "projector")] == [{first}] * 3
    house_laws.hold(house.storage, house.clock.now())
    house_laws.folds(house.storage)


# --- told and read ---------------------------------------------------------------------------------------------------


def test_what_they_are_told_is_of_their_meetings():
    """How many are theirs, from when to when; where they changed, the dates, with those that are off."""
    house, (_, second, third) = planned()
    due(house)
    assert "3 meetings, 2026-12-01 10:00 to 2026-12-15 10:00" in house.mail.messages[-1].text
    house.do(c.MoveMeeting(session_id="crs", meeting_id=second, facilitator_ids=["bea"]))
    due(house)
    texts = {one.template: one.text for one in house.mail.messages}
    assert "2026-12-01 10:00, Salle B\n2026-12-15 10:00, Salle B\n" in texts["facilitation changed"]
    assert "Conférence: 2026-12-08 10:00, Paris" in texts["facilitation planned"]
    house.do(c.CancelMeeting(session_id="crs", meeting_id=third, reason="the room is flooded"))
    due(house)
    assert "2026-12-15 10:00, cancelled, the room is flooded" in house.mail.messages[-1].text


@pytest.mark.parametrize("store", ["memory", "sqlite"])
def test_each_of_their_meetings_is_read(store, tmp_path):
    """By its start, also one late in the course, and those that are cancelled; not those of others."""
    house = furnished(f"sqlite:///{tmp_path}/house.db" if store == "sqlite" else "memory://")
    first, second, third = (one.id for one in house.do(course()).value.meetings)
    house.do(c.MoveMeeting(session_id="crs", meeting_id=second, facilitator_ids=["bea"]))
    house.do(once(DAYS[1], facilitator_ids=["ada"]))
    house.do(c.CancelMeeting(session_id="crs", meeting_id=third, reason="ill"))
    read = house.cantine.read
    found = read.facilitations("ada", WINTER)
    assert [(one.session.id, one.meeting.id, one.meeting.state) for one in found] == [
        ("crs", first, "planned"),
        ("once", "once", "planned"),
        ("crs", third, "cancelled"),
    ]
    day = read.day("paris", FEW[2])
    assert [one.meeting.id for one in read.facilitations("ada", day)] == [third]
    assert [one.meeting.id for one in read.facilitations("bea", WINTER)] == [second]
    house.do(c.ChangeOpenings(place_id="paris", hours=m.OpenHours.weekly(range(5), time(13), time(18)), space_id="ada"))
    assert [one.meeting.id for one, _ in read.facilitated_outside("ada", WINTER)] == [first, "once"]
    assert [one.id for one in house.cantine.export("zoe").records["session"]] == ["crs", "once"]


def test_who_has_a_meeting_to_come_cannot_be_forgotten():
    """Only until their last meeting is over, though the course goes on."""
    house, (_, second, third) = planned()
    for id in (second, third):
        house.do(c.MoveMeeting(session_id="crs", meeting_id=id, facilitator_ids=["bea"]))
    with pytest.raises(NotOverError) as caught:
        house.cantine.forget("zoe", actor="ana")
    assert caught.value.open == (Subject("session", "crs"),)
    house.clock.set(house.get(m.Session, "crs").meetings[0].period.end)
    house.cantine.forget("zoe", actor="ana")
    house_laws.keeps_private(house.storage, CANARIES)
    with pytest.raises(NotOverError):
        house.cantine.forget("bob", actor="ana")


def test_courses_from_before_are_read():
    """A meeting without facilitators and equipment has none, and takes no more room than it did."""
    house, _ = planned(facilitator_ids=(), with_units={})
    text = codec.dump(house.get(m.Session, "crs").meetings[0])
    assert "facilitator" not in text
    assert "with_units" not in text
    old = codec.parse(m.Meeting, text)
    assert (old.facilitator_ids, old.with_units) == ((), ())
