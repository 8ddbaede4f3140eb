"""Courses over random sequences: late joiners, moved and cancelled meetings, people who leave, offers, time passing.

After each step: nobody was overtaken, no seat stays free that the next in line would take while registering is open,
the rooms are claimed for the live meetings and nothing else, and money and units are where the records say.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime, time, timedelta
from functools import partial
from typing import Any

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.domain.courses import events as _course_events
from cantinekit.domain.courses import handlers as decisions
from cantinekit.domain.registrations import giving_up as _giving_up
from cantinekit.domain.sessions import claims as _session_claims
from cantinekit.errors import RefusedError
from cantinekit.money import Money
from support.houses import small_house
from support.houses.small_house import House
from support.houses.tuesday_course import DAYS, course_house
from support.laws import house_laws
from support.run.soak import scaled, until_seen

PEOPLE = st.sampled_from(small_house.PERSONS[:5])
SPACES = st.sampled_from(["b", "a1", "a", None])
PLACE = st.integers(0, 4)
DEEDS = st.one_of(
    st.tuples(st.just("register"), PEOPLE, st.sampled_from([1, 1, 2]), st.booleans()),
    st.tuples(st.just("register"), PEOPLE, st.just(1), st.just(True)),
    st.tuples(st.just("leave"), PEOPLE),
    st.tuples(st.just("take"), PEOPLE),
    st.tuples(st.just("move"), PLACE, st.integers(0, 35), st.sampled_from([9, 18, 19]), SPACES),
    st.tuples(st.just("cancel meeting"), PLACE),
    st.tuples(st.just("wait"), st.sampled_from([16, 1441, 3 * 1440, 7 * 1440])),
    st.tuples(st.just("goodwill"), PEOPLE),
    st.tuples(st.just("seats"), st.integers(1, 3)),
    st.tuples(st.just("over"), st.integers(0, 5)),
    st.tuples(st.just("needs"), PLACE, st.sampled_from([("ada",), ("bea",), ("ada", "bea"), ()]), st.integers(0, 3)),
)
TAILS = st.sampled_from(
    [
        [("mark", "zoe", 3, True), ("mark", "bob", 3, True), ("needs", 4, ("bea",), 1), ("wait", 1441), ("close", 3)],
        [("wait", 7 * 1440), ("register", small_house.PERSONS[4], 1, True), ("over", 0)],
        [],
    ]
)
"""What comes last, so that each of it is seen in most courses."""


def pages(house: House) -> set[tuple[str, str, datetime, datetime]]:
    """The claims of meetings, by brute force over all pages."""
    found = (
        (page.space_id, one.id, one.start, one.end)
        for page in (*house.all(m.OccupancyPage), *house.all(m.StandingPage))
        for one in page.claims
    )
    return {one for one in found if one[1].startswith("mtg")}


def live(house: House) -> set[tuple[str, str, datetime, datetime]]:
    """What the planned meetings should have, by their rooms, their equipment, their facilitators and times."""
    leaves = {space.id: space.leaves for space in house.all(m.Space)}
    return {
        (leaf, one.id, one.period.start, one.period.end)
        for one in house.get(m.Session, "crs").meetings
        if one.state == "planned"
        for id in (one.space_id, *one.facilitator_ids, *(pool for pool, _ in one.with_units))
        if id is not None
        for leaf in leaves[id]
    }


def no_one_twice(house: House) -> None:
    """No facilitator is at two sessions at once, and no more projectors are had than there are, by all sessions."""
    running = [session for session in house.all(m.Session) if session.state != "cancelled"]
    every = [one for session in running for one in session.planned_meetings]
    for at in every:
        beside = [one for one in every if one.period.contains(at.period.start)]
        who = Counter(id for one in beside for id in one.facilitator_ids)
        assert not who or max(who.values()) == 1, "somebody is at two sessions at once"
        assert sum(units for one in beside for _, units in one.with_units) <= 3, "there are three projectors"


def attended(house: House) -> None:
    """Whoever is marked at a meeting has it, and it took place; a sheet that is closed leaves nobody unsaid."""
    for meeting in house.get(m.Session, "crs").meetings:
        sheet = house.cantine.read.sheet("crs", meeting.id)
        assert sheet.present + sheet.absent + sheet.unmarked == sheet.confirmed
        assert meeting.state == "planned" or not sheet.rows, "a meeting that is off has a sheet"
        assert meeting.sheet is None or not sheet.unmarked, "a closed sheet says nothing of somebody"
        there = [one for one in house.all(m.Registration) if any(mark.meeting_id == meeting.id for mark in one.marks)]
        listed = {row.registration_id for row in sheet.rows}
        assert meeting.state != "planned" or {one.id for one in there} <= listed, "a mark without a seat"


def line(house: House) -> list[m.Registration]:
    """Who waits, in the order in which they asked."""
    every = [one for one in house.cantine.read.registrations("crs") if one.state == "waiting"]
    return sorted(every, key=lambda one: (one.asked_at, int(one.id.rpartition("_")[2])))


def check(house: House, before: list[m.Registration], seen: Counter[str]) -> None:
    """All that must hold, judged by the records alone."""
    session, now = house.get(m.Session, "crs"), house.clock.now()
    assert pages(house) == live(house)
    no_one_twice(house)
    after = line(house)
    assert [one.id for one in after] == list(session.waiting)
    gone = [one for one in before if one.id not in session.waiting]
    served = [one for one in gone if house.get(m.Registration, one.id).state in ("held", "confirmed")]
    for one in served:
        seen["promotion"] += 1
        seen["promotion of a late joiner"] += session.period.start <= now
        ahead = [other for other in before[: before.index(one)] if other.id in session.waiting]
        assert all(other.seats > max(1, session.capacity) for other in ahead), "overtaken"
    if session.state != "cancelled" and now < session.closes:
        fits = [one for one in after if one.seats <= max(1, session.capacity)]
        assert not fits or fits[0].seats > session.free(now), "a seat stays free that the next in line would take"
    house_laws.hold(house.storage, now)


def registration(house: House, person: str) -> m.Registration | None:
    ours = [one for one in house.cantine.read.registrations("crs") if one.person_id == person]
    return next((one for one in ours if one.state in ("held", "confirmed", "waiting")), None)


def command(house: House, deed: tuple[Any, ...]) -> c.Command | None:
    what, *rest = deed
    session = house.get(m.Session, "crs")
    if what == "register":
        person, seats, pays = rest
        return c.Register(session_id="crs", person_id=person, account="desk" if pays else None, seats=seats)
    if what in ("leave", "take", "goodwill"):
        one = registration(house, rest[0])
        if one is None:
            return None
        if what == "leave":
            return c.CancelRegistration(one.id)
        if what == "take":
            return c.TakeSeat(one.id, account="desk")
        return c.RefundCharge(one.charge_id, amount=Money(700, "EUR"), reason="goodwill") if one.charge_id else None
    if what == "move":
        number, days, hour, space_id = rest
        day = DAYS[0] + timedelta(days=days)
        return c.MoveMeeting(
            session_id="crs",
            meeting_id=session.meetings[number].id,
            day=day,
            starts=time(hour),
            ends=time(hour + 2),
            space_id=space_id,
        )
    if what == "cancel meeting":
        return c.CancelMeeting(session_id="crs", meeting_id=session.meetings[rest[0]].id, reason="ill")
    if what == "needs":
        units = {"projector": rest[2]} if rest[2] else {}
        return c.MoveMeeting(
            session_id="crs", meeting_id=session.meetings[rest[0]].id, facilitator_ids=rest[1], with_units=units
        )
    if what == "mark":
        one, meeting = registration(house, rest[0]), session.meetings[rest[1]]
        return c.MarkAttendance(one.id, present=rest[2], meeting_id=meeting.id) if one else None
    if what == "close":
        return c.CloseSheet("crs", walk_ins=1, meeting_id=session.meetings[rest[0]].id)
    if what == "seats":
        return c.ChangeSeats("crs", seats=rest[0])
    return c.CancelSession("crs", reason="fire") if what == "over" and rest[0] == 0 else None


def run_due(house: House) -> None:
    while house.cantine.run_due().done:
        pass


def to_the_door(house: House, number: int) -> None:
    """Time passes until the door of a meeting opens, if that is to come."""
    opens = house.get(m.Session, "crs").meetings[number].period.start - timedelta(minutes=30)
    if house.clock.now() < opens:
        house.clock.set(opens)
        run_due(house)


def step(house: House, deed: tuple[Any, ...], seen: Counter[str]) -> None:
    if deed[0] == "mark":
        to_the_door(house, deed[2])
    before, session = line(house), house.get(m.Session, "crs")
    late = session.period.start <= house.clock.now()
    if deed[0] == "wait":
        house.wait(minutes=deed[1])
        run_due(house)
        seen["the course begins"] += not late and session.period.start <= house.clock.now()
    else:
        asked = command(house, deed)
        if asked is None:
            return
        try:
            house.do(asked)
        except RefusedError:
            seen["refusal"] += 1
        else:
            seen[f"{deed[0]}{', late' * late}"] += 1
        if deed[0] == "over":
            run_due(house)
    check(house, before, seen)
    if deed[0] in ("mark", "close", "leave", "cancel meeting", "over"):
        attended(house)


def start(workshop: str, seats: int, late_joiners: bool) -> House:
    house = course_house()
    for person in ("zoe", "bob"):
        house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id=person, account="desk"))
    meetings = [(day, time(18), time(20), "b") for day in DAYS[:5]]
    for person, id in (("zoe", "ada"), ("bob", "bea")):
        house.do(c.AddFacilitator(person_id=person, place_id="paris", id=id))
    house.do(c.AddSpace(place_id="paris", name="Projectors", use="equipment", capacity=3, id="projector"))
    needs = {"facilitator_ids": ["ada"], "with_units": {"projector": 2}}
    house.do(
        c.AddCourse(workshop_id=workshop, meetings=meetings, seats=seats, late_joiners=late_joiners, id="crs", **needs)
    )
    in_the_way = c.AddSession(
        workshop_id="talk", day=DAYS[1], starts=time(9), ends=time(11), seats=5, space_id="a1", facilitator_ids=["bea"]
    )
    house.do(attrs.evolve(in_the_way, with_units={"projector": 2}))
    house.do(attrs.evolve(in_the_way, starts=time(18), ends=time(20), space_id="a1"))
    house.clock.set(datetime.combine(DAYS[0], time(12), house.clock.now().tzinfo) - timedelta(days=2))
    return house


MUST_SEE = (
    "register, late",
    "promotion",
    "promotion of a late joiner",
    "move, late",
    "move",
    "cancel meeting",
    "cancel meeting, late",
    "leave",
    "leave, late",
    "over, late",
    "the course begins",
    "needs",
    "mark, late",
    "close, late",
    "refusal",
)


SIZE = settings(max_examples=scaled(30), deadline=None, suppress_health_check=list(HealthCheck))


def law(seen: Counter[str], how: Callable[[Any], Any]) -> None:
    @given(
        st.sampled_from(["pottery", "pottery", "choir", "english"]),
        st.integers(1, 2),
        st.sampled_from([True, True, False]),
        st.lists(DEEDS, min_size=8, max_size=16),
        TAILS,
    )
    @how
    def holds(workshop: str, seats: int, late_joiners: bool, deeds: list[tuple[Any, ...]], tail: Any) -> None:
        house = start(workshop, seats, late_joiners)
        crowd = [("register", person, 1, True) for person in ("zoe", "bob", "eve", "ida")]
        for deed in [*crowd, *deeds, *tail, ("wait", 1441)]:
            step(house, deed, seen)
        house_laws.settled(house.storage, house.clock.now())
        house_laws.folds(house.storage)
        house.cantine.close()

    holds()


def test_courses_keep_the_laws(capsys):
    """Over random sequences the laws hold after every step; each hard state is seen."""
    seen: Counter[str] = Counter()
    until_seen(partial(law, seen), SIZE, seen, MUST_SEE)
    with capsys.disabled():
        print("\ncourses: " + ", ".join(f"{seen[state]} x {state}" for state in MUST_SEE))


REOPENED = [("register", "zoe", 1, True), ("register", "bob", 1, True)]


def reopen(house: House) -> None:
    """The first meeting runs; the only seat was given up, and the meeting is called off: registering is open again."""
    for deed in REOPENED:
        step(house, deed, Counter())
    house.clock.set(house.get(m.Session, "crs").period.start)
    step(house, ("leave", "zoe"), Counter())
    step(house, ("cancel meeting", 0), Counter())


def test_registering_that_opens_again_serves_the_line():
    """Who still waits when a meeting that began is called off gets the seat that is free."""
    house = start("choir", 1, False)
    reopen(house)
    assert registration(house, "bob").state == "confirmed"


def test_without_promotion_the_law_fails(monkeypatch):
    """Control: where a cancelled meeting promotes nobody, the law finds the seat that stays free."""
    monkeypatch.setattr(decisions, "promote", lambda draft, session_id: None)
    with pytest.raises(AssertionError, match="stays free"):
        reopen(start("choir", 1, False))


def test_a_claim_that_stays_is_found(monkeypatch):
    """Control: where the room of a cancelled meeting stays claimed, the pages differ from the live meetings."""
    monkeypatch.setattr(_course_events, "drop_claims", lambda state, placed: ())
    house = start("choir", 1, False)
    with pytest.raises(AssertionError):
        step(house, ("cancel meeting", 2), Counter())


def test_a_facilitator_who_is_not_asked_is_found(monkeypatch):
    """Control: where nobody looks what is free, the law finds who is at two sessions at once."""
    monkeypatch.setattr(_session_claims, "check_all_free", lambda *_, **__: None)
    house = start("choir", 1, False)
    with pytest.raises(AssertionError, match="at two sessions"):
        step(house, ("needs", 1, ("bea",), 0), Counter())


def test_a_sheet_of_a_meeting_that_is_off_is_found(monkeypatch):
    """Control: where a cancelled meeting keeps the seats that it had, the law finds its sheet."""
    house = start("choir", 1, False)
    step(house, ("register", "zoe", 1, True), Counter())
    monkeypatch.setattr(m.Registration, "has", lambda one, meeting: one.state == "confirmed")
    with pytest.raises(AssertionError, match="is off"):
        step(house, ("cancel meeting", 2), Counter())


def test_money_that_is_given_twice_is_found(monkeypatch):
    """Control: where a course that ends early returns all units though some stay spent, the law of units finds it."""
    monkeypatch.setattr(_giving_up, "returned", lambda spends, kept: spends)
    house = start("english", 1, False)
    seen: Counter[str] = Counter()
    step(house, ("register", "zoe", 1, True), seen)
    step(house, ("wait", 3 * 1440), seen)
    with pytest.raises(AssertionError):
        step(house, ("over", 0), seen)
