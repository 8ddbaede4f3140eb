"""What is read about facilitators, what narrows them, and what becomes of them when the person leaves."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.clock import Period
from cantinekit.errors import ConflictError, NotFoundError, NotOverError, RefusedError
from cantinekit.pictures import month_of, occupancy_of, week_of
from cantinekit.records import Subject
from cantinekit.runtime import codec
from cantinekit.scheduling.availability import Filter, Question
from cantinekit.scheduling.calendars import CalendarEvent, Feed, events_of, write_feed
from cantinekit.scheduling.recurrence import Length, Series
from support.houses import small_house
from support.houses.facilitated_house import BUFFERS, DAY, asked, furnished, spot
from support.houses.small_house import CANARIES, period, utc
from support.laws import house_laws

ZOE, BOB = CANARIES[:2]
WEEK = Period(utc(0, day=DAY - timedelta(days=3)), utc(0, day=DAY + timedelta(days=4)))
WHO = Filter(use="facilitator")


def busy(house):
    """Ada at a session in Paris, both at one in Brest."""
    lab = house.do(asked(10, 12, "b", facilitator_ids=["ada"], with_units={"projector": 2})).value.id
    sail = house.do(asked(14, 16, "atelier", workshop_id="sail", facilitator_ids=["ada", "bea"])).value.id
    return lab, sail


# --- their sessions --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("store", ["memory", "sqlite"])
def test_their_sessions_at_any_place(store, tmp_path):
    """The sessions of a facilitator are read by their start, at any place, moved and cancelled ones as they are."""
    house = furnished(f"sqlite:///{tmp_path}/house.db" if store == "sqlite" else "memory://")
    lab, sail = busy(house)
    read = house.cantine.read
    assert [one.session.id for one in read.facilitations("ada", WEEK)] == [lab, sail]
    assert [one.session.id for one in read.facilitations("bea", WEEK)] == [sail]
    assert [one.session.id for one in read.facilitations("ada", spot(12, 15))] == [sail]
    house.do(c.MoveSession(lab, starts=time(17), ends=time(18)))
    house.do(c.MoveSession(sail, facilitator_ids=["bea"]))
    house.do(c.CancelSession(lab, reason="rain"))
    assert [(one.session.id, one.meeting.state) for one in read.facilitations("ada", WEEK)] == [(lab, "cancelled")]
    with pytest.raises(NotFoundError):
        read.facilitations("nobody", WEEK)
    late = house.do(asked(22, 1, facilitator_ids=["ada"], override="a night of stars")).value.id
    assert [one.session.id for one in read.facilitations("ada", spot(24, 48))] == [late], "it began the day before"


def test_their_feed():
    """A feed of a facilitator has their sessions and nobody else's; that of a place has each session once."""
    house = furnished()
    lab, sail = busy(house)

    def event(session):
        subjects = [Subject("place", session.place_id), *(Subject("space", id) for id in session.facilitator_ids)]
        series = Series(session.id, session.starts.instant, Length(0, 7200), fields={"title": session.workshop_id})
        return CalendarEvent(series, house.clock.now(), subjects=tuple(subjects))

    read = house.cantine.read
    events = [event(one) for place in ("paris", "brest") for one in read.programme(place, WEEK)]

    def fed(subject):
        text = b"".join(write_feed(Feed("x"), events_of(subject, events, private=True))).decode()
        return [line.partition(":")[2] for line in text.split("\r\n") if line.startswith("UID:")]

    assert fed(Subject("space", "bea")) == [sail]
    assert sorted(fed(Subject("space", "ada"))) == sorted([lab, sail])
    assert fed(Subject("place", "brest")) == [sail]


def test_a_session_appears_once_and_as_that_of_its_room():
    """Agenda, pictures and figures have a session once; neither its projector nor its facilitator is a row."""
    house = furnished()
    lab, _ = busy(house)
    house.do(asked(16, 17, facilitator_ids=["ada"]))  # in no room
    read = house.cantine.read
    assert [(one.id, one.space_id) for one in read.agenda("paris", DAY) if one.id == lab] == [(lab, "b")]
    monday = DAY - timedelta(days=DAY.weekday())
    with_them = week_of(read, "paris", monday), month_of(read, "paris", DAY.replace(day=1))
    heat = occupancy_of(read, "paris", monday, DAY)
    for picture in (*with_them, heat):
        for word in ("ada", ZOE, "Projectors"):
            assert word not in picture.svg()
    house.do(c.MoveSession(lab, facilitator_ids=(), with_units={}))
    assert (week_of(read, "paris", monday), month_of(read, "paris", DAY.replace(day=1))) == with_them
    assert occupancy_of(read, "paris", monday, DAY) == heat
    with pytest.raises(NotFoundError):
        week_of(read, "paris", monday, spaces=["ada"])


# --- who is free then ------------------------------------------------------------------------------------------------


def test_facilitators_are_found_where_they_are_asked_for():
    """By their use or by their ids, of one place or of all; never by a question that names neither."""
    house = furnished()

    def found(**how):
        return {slot.space_id for slot in house.cantine.find_free(Question(spot(14, 15), filter=Filter(**how))).free}

    assert not found() & {"ada", "bea"}
    assert found(use="facilitator") == {"ada", "bea"}
    assert found(use="facilitator", place_ids=("brest",)) == {"bea"}
    assert found(space_ids=("ada", "b")) == {"ada", "b"}
    assert found(use="room", space_ids=("ada", "b")) == {"b"}
    assert [period.start for period in house.cantine.read.availability("ada", spot(0, 24))] == [utc(7, day=DAY)]


def test_who_is_leaving_is_not_found():
    """Whoever is being forgotten could not be asked for a session, and so is no answer to a question."""
    house = furnished(effects="none")
    house.do(c.ForgetPerson("zoe"))
    assert house.get(m.Person, "zoe").state == "leaving"
    found = house.cantine.find_free(Question(spot(14, 15), filter=WHO))
    assert {slot.space_id for slot in found.free} == {"bea"}


@pytest.mark.parametrize("hour", range(7, 21))
def test_the_question_and_the_action_agree(hour):
    """Who is found free for an hour can be asked for a session then, nobody else: hours, terms, claims, closures."""
    house = furnished()
    house.do(c.ChangeTerms("ada", terms=BUFFERS))
    house.do(c.ChangeTerms("bea", terms=m.Terms(grid=timedelta(hours=2), horizon=timedelta(days=2, hours=6))))
    house.do(c.AddFacilitator(person_id="eve", place_id="paris", id="eva"))
    house.do(c.CloseSpace("eva", period=spot(11, 13), reason="dentist"))
    house.do(asked(10, 12, facilitator_ids=["ada"]))
    found = house.cantine.find_free(Question(spot(hour, hour + 1), filter=WHO))
    free = {slot.space_id for slot in found.free}
    can = set()
    for id in ("ada", "bea", "eva"):
        try:
            house.cantine.preview(asked(hour, hour + 1, facilitator_ids=[id]), actor="ana")
        except RefusedError:
            continue
        can.add(id)
    assert free == can


# --- narrowing -------------------------------------------------------------------------------------------------------


def test_what_narrows_a_facilitator_sees_their_sessions():
    """A closure or a capacity of none is withdrawn where a session is in the way, which is told with their name."""
    house = furnished()
    lab, sail = busy(house)
    for command in (c.CloseSpace("ada", period=spot(11, 18), reason="away"), c.ChangeCapacity("ada", capacity=0)):
        with pytest.raises(ConflictError) as caught:
            house.do(command)
        assert str(caught.value) == f"{ZOE} is booked"
        assert sorted(caught.value.clashes) == [spot(10, 12), spot(14, 16)]
    house.do(c.MoveSession(lab, facilitator_ids=["bea"]))
    house.do(c.CancelSession(sail, reason="no wind"))
    assert house.do(c.CloseSpace("ada", period=spot(11, 18), reason="away")).value.closures
    house_laws.hold(house.storage, house.clock.now())
    house_laws.keeps_private(house.storage, CANARIES)


def test_projectors_in_sessions_cannot_be_taken_away():
    """Fewer projectors than a session has are refused; one that no session needs can go."""
    house = furnished()
    busy(house)
    with pytest.raises(ConflictError):
        house.do(c.ChangeCapacity("projector", capacity=1))
    assert house.do(c.ChangeCapacity("projector", capacity=2)).value.capacity == 2


def test_sessions_outside_new_hours_are_shown():
    """Other hours leave what is planned; the sessions outside them are read with the rule that says so."""
    house = furnished()
    lab, sail = busy(house)
    house.do(c.ChangeOpenings(place_id="paris", hours=m.OpenHours.weekly(range(5), time(13), time(18)), space_id="ada"))
    read = house.cantine.read
    ((one, verdict),) = read.facilitated_outside("ada", WEEK)
    assert (one.session.id, verdict.rule, verdict.open) == (lab, "outside hours", False)
    assert read.facilitated_outside("bea", WEEK) == ()
    house.do(c.CancelSession(lab, reason="rain"))
    assert read.facilitated_outside("ada", WEEK) == ()
    with pytest.raises(NotFoundError):
        read.facilitated_outside("nobody", WEEK)
    assert [one.session.id for one in read.facilitations("ada", WEEK)] == [lab, sail]


# --- leaving ---------------------------------------------------------------------------------------------------------


def test_who_is_to_facilitate_cannot_be_forgotten():
    """A session that is not over stands in the way and is named, also while it runs; one that is off does not."""
    house = furnished()
    lab, sail = busy(house)
    with pytest.raises(NotOverError) as caught:
        house.cantine.forget("zoe", actor="ana")
    assert set(caught.value.open) == {Subject("session", lab), Subject("session", sail)}
    assert house.get(m.Person, "zoe").state == "present"
    house.do(c.CancelSession(sail, reason="no wind"))
    house.clock.set(utc(10, day=DAY))
    with pytest.raises(NotOverError) as caught:
        house.cantine.forget("zoe", actor="ana")
    assert caught.value.open == (Subject("session", lab),)
    house.clock.set(utc(11, day=DAY))
    erasure = house.cantine.forget("zoe", actor="ana").value
    assert ("space", 1, "names nobody") in [(one.kind, one.count, one.why) for one in erasure.kept]
    assert (house.cantine.read.name_of("ada"), house.get(m.Space, "ada").person_id) == ("ada", "zoe")
    assert [one.session.id for one in house.cantine.read.facilitations("ada", WEEK)] == [lab, sail]
    tomorrow = DAY + timedelta(days=1)
    found = house.cantine.find_free(Question(period(9, 10, tomorrow), filter=WHO))
    assert [slot.space_id for slot in found.free] == ["bea"]
    with pytest.raises(RefusedError):
        house.do(asked(10, 11, day=tomorrow, facilitator_ids=["ada"]))
    house_laws.hold(house.storage, house.clock.now())
    house_laws.folds(house.storage)
    house_laws.keeps_private(house.storage, CANARIES)


def test_what_is_stored_about_a_facilitator_is_handed_over():
    """The export has what makes them a facilitator, their sessions, each once, and the messages that they got."""
    house = furnished()
    lab, sail = busy(house)
    house.do(c.Register(session_id=sail, person_id="zoe"))
    export = house.cantine.export("zoe")
    assert [one.id for one in export.records["space"]] == ["ada"]
    assert sorted(one.id for one in export.records["session"]) == sorted([lab, sail])
    told = [one.template for one in export.records["task"]]
    assert sorted(told) == ["facilitation planned", "facilitation planned", "seat confirmed"]
    assert BOB not in export.to_json()


# --- what was stored before ------------------------------------------------------------------------------------------


def test_what_was_stored_before_is_read():
    """Sessions, spaces and moves that know of no facilitators are read as having none, and can be moved."""
    house = small_house.open_house()
    house.do(c.MoveSession("free", day=date(2026, 11, 27)))
    session, space = house.get(m.Session, "free"), house.get(m.Space, "b")
    for record in (session, space):
        body = codec.encode(record, 1).body
        assert "facilitator" not in body
        assert "with_units" not in body
        assert "person_id" not in body
    assert (session.facilitator_ids, session.with_units, space.person_id) == ((), (), None)
    house_laws.folds(house.storage)
