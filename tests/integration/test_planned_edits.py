"""Sessions of a series that are changed or cancelled: some, one and those that follow, or all; and what stays."""

from __future__ import annotations

from datetime import time, timedelta

import attrs
import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.clock import WallTime
from cantinekit.errors import (
    InputError,
    TooLateError,
    WrongStateError,
)
from cantinekit.money import Money
from cantinekit.runtime import codec
from support.houses import small_house
from support.houses.planned_workshop import PLAN, THEMES, planned, seat, sessions, told, when
from support.houses.small_house import period
from support.houses.thursdays import THURSDAY, refused, week
from support.races import read_before
from support.races.two_at_once import run_all


@pytest.fixture
def house():
    yield from planned()


# --- changing --------------------------------------------------------------------------------------------------------


def test_all_sessions_are_moved_with_their_people_who_are_told_once_each(house):
    """Another hour and room for all: who has a seat or waits is told once for each session, and nobody else is."""
    for number in (0, 2):
        seat(house, number, "zoe", "bob")
    before = [one.id for one in sessions(house)]
    done = house.do(c.ChangeSessions("thu", starts=time(17), space_id="b", reason="light"))
    assert when(house) == [(week(n), 17, "b") for n in range(5)]
    assert [one.id for one in sessions(house)] == before
    assert [one.theme for one in sessions(house)] == list(THEMES)
    assert sorted(done.messages) == [("session moved", "bob")] * 2 + [("session moved", "zoe")] * 2
    assert {one.sequence for one in sessions(house)} == {1}
    assert {one.state for n in (0, 2) for one in house.cantine.read.registrations(before[n])} == {"confirmed"}
    series = house.get(m.SessionSeries, "thu")
    assert (series.starts, series.ends, series.space_id) == (time(17), time(20), "b")
    assert house.do(
        c.Book(space_id="a", product_id="room", period=period(17, 19, week(1)), account="desk", override="late")
    ).value


def test_this_and_following(house):
    """From a day on; those before it stay, and what is planned later is as those that follow."""
    house.do(c.ChangeSessions("thu", from_day=week(2), starts=time(19), ends=time(21)))
    assert [hour for _, hour, _ in when(house)] == [18, 18, 19, 19, 19]
    house.do(c.ChangeSessions("thu", from_day=week(4), space_id="b"))
    assert when(house)[3:] == [(week(3), 19, "a"), (week(4), 19, "b")]


def test_who_is_told_where_a_date_begins_while_rows_are_read(house):
    """A new rule gives the dates to come new days in order. Where the first of them begins while rows are read, those
    after it go to other days than a moment before: who has a seat at them is told all the same."""
    house.do(attrs.evolve(PLAN, space_id=None, id="two", rule="FREQ=WEEKLY;COUNT=3", themes=()))
    _, second, _ = (house.get(m.Session, id) for id in house.get(m.SessionSeries, "two").session_ids)
    house.do(c.Register(session_id=second.id, person_id="zoe", account="desk"))
    begins = house.get(m.Session, house.get(m.SessionSeries, "two").session_ids[0]).period.start
    day, engine, clock = THURSDAY + timedelta(days=1), house.cantine._engine, house.clock
    clock.set(begins)
    engine.clock = read_before.Waits(begins - timedelta(milliseconds=1), begins)
    done = engine.run(c.ChangeSessions("two", rule="FREQ=DAILY;COUNT=1", day=day, rdates=(week(1), week(2))), "ana")
    engine.clock = clock
    assert house.get(m.Session, second.id).starts.day == day
    assert [task.template for task in done.tasks if task.work == "message"] == ["session moved"]


def test_some_dates(house):
    """Those that are named, each by its day; as overrides they stay there when all are moved."""
    house.do(c.ChangeSessions("thu", days=[week(1), week(3)], starts=time(16)))
    assert [hour for _, hour, _ in when(house)] == [18, 16, 18, 16, 18]
    house.do(c.ChangeSessions("thu", starts=time(17)))
    assert [hour for _, hour, _ in when(house)] == [17, 16, 17, 16, 17]
    assert {one.starts.at for one in house.get(m.SessionSeries, "thu").dates} == {time(17)}


def test_one_that_was_moved_by_itself_stays_unless_it_is_named(house):
    """As an override of RFC 5545 does, on its own day too; named, it goes from where it is."""
    own = sessions(house)[1].id
    house.do(c.MoveSession(own, day=week(1) + timedelta(days=1), space_id="b"))
    house.do(c.ChangeSessions("thu", starts=time(17)))
    assert when(house)[1] == (week(1) + timedelta(days=1), 18, "b")
    refused(house, c.ChangeSessions("thu", days=[week(1) + timedelta(days=1)], starts=time(17)), InputError)
    house.do(c.ChangeSessions("thu", days=[week(1)], starts=time(17)))
    assert when(house)[1] == (week(1) + timedelta(days=1), 17, "b")
    house.do(c.MoveSession(own, day=week(1), space_id="a"))  # back where its date plans it: it is none any more
    house.do(c.ChangeSessions("thu", space_id="b"))
    assert when(house)[1] == (week(1), 17, "b")


def test_seats_are_changed_but_where_a_session_has_its_own(house):
    """More seats go to who waits; a number of its own stays. Of a session that was moved by itself they change too."""
    ids = [one.id for one in sessions(house)]
    house.do(c.ChangeSeats(ids[1], seats=2))
    house.do(c.MoveSession(ids[2], starts=time(16)))
    house.do(c.ChangeSeats(ids[0], seats=1))
    house.do(c.ChangeSeats(ids[0], seats=4))
    seat(house, 0, "zoe", "bob", "eve", "ida", "max")
    done = house.do(c.ChangeSessions("thu", seats=5))
    assert [one.capacity for one in sessions(house)] == [5, 2, 5, 5, 5]
    assert done.messages == (("seat offered", "max"),)
    assert "taken by 5" in str(refused(house, c.ChangeSessions("thu", seats=3), WrongStateError))


def test_seats_whose_hold_ran_out_go_to_who_waits_first(house):
    """A hold that is over is ended before the seats of its session change."""
    one = sessions(house)[0]
    house.do(c.ChangeSeats(one.id, seats=1))
    house.do(c.Register(session_id=one.id, person_id="zoe", account="card"))
    house.do(c.CancelRegistration(house.cantine.read.registrations(one.id)[0].id))
    house.do(c.Register(session_id=one.id, person_id="bob"))
    house.do(c.Register(session_id=one.id, person_id="eve"))
    house.wait(minutes=20)
    house.do(c.ChangeSessions("thu", days=[week(0)], seats=2))
    states = {r.person_id: r.state for r in house.cantine.read.registrations(one.id)}
    assert (states["bob"], states["eve"]) == ("expired", "held")


def test_clashes_are_all_named_and_nothing_is_stored(house):
    """Rooms of all dates are claimed in one change: two are taken, both are named, and no session is moved."""
    for number in (1, 3):
        house.do(
            c.Book(
                space_id="b", product_id="room", period=period(17, 18, week(number)), account="desk", override="a wake"
            )
        )
    clash = refused(house, c.ChangeSessions("thu", space_id="b"))
    assert [(one.day, one.why) for one in clash.clashes] == [(week(1), "taken"), (week(3), "taken")]
    assert clash.free == (week(0), week(2), week(4))
    assert refused(house, c.ChangeSessions("thu", days=[week(1)], space_id="b")).clashes == clash.clashes[:1]


def test_sessions_are_not_in_each_others_way(house):
    """Each a week later: every one goes where another is now, in one change."""
    done = house.do(c.ChangeSessions("thu", rule="FREQ=WEEKLY;COUNT=5", day=week(1)))
    assert [day for day, *_ in when(house)] == [week(n) for n in range(1, 6)]
    assert [entry.type for entry in done.events] == ["SessionsChanged", *["SessionMoved"] * 5]


def test_what_has_begun_never_changes(house):
    """A session that has begun stays as it is, named or not; so does one that is over."""
    first = sessions(house)[0]
    house.clock.set(small_house.utc(17, 1, day=week(0)))
    house.do(c.ChangeSessions("thu", starts=time(17), ends=time(19), seats=6, space_id="b"))
    assert sessions(house)[0] == first
    assert when(house)[1] == (week(1), 17, "b")
    refused(house, c.ChangeSessions("thu", days=[week(0)], starts=time(17)), TooLateError)
    refused(house, c.CancelSessions("thu", reason="rain", days=[week(0)]), TooLateError)
    house.do(c.CancelSessions("thu", reason="rain"))
    assert [one.state for one in sessions(house)] == ["planned", *["cancelled"] * 4]
    house.clock.set(small_house.utc(17, day=week(9)))
    refused(house, c.ChangeSessions("thu", starts=time(16)), TooLateError)
    refused(house, c.CancelSessions("thu", reason="rain"), TooLateError)


def test_a_session_at_which_people_are_present_is_not_moved(house):
    """As by itself: half an hour before it begins somebody is present; its time stays, its room may change."""
    (one,) = seat(house, 0, "zoe")
    house.clock.set(small_house.utc(16, 30, day=week(0)))
    house.do(c.MarkAttendance(one.id))
    assert "present" in str(refused(house, c.ChangeSessions("thu", ends=time(21)), WrongStateError))
    house.do(c.ChangeSessions("thu", space_id="b"))
    house.do(c.ChangeSessions("thu", from_day=week(1), ends=time(21)))
    assert [one.ends.at.hour for one in sessions(house)] == [20, 21, 21, 21, 21]


def test_equipment_and_facilitators_of_a_session_go_with_it(house):
    """What was added to one session by itself stays with it, is claimed where it goes, and is told as a clash."""
    house.do(c.AddSpace(place_id="paris", name="Projectors", use="equipment", capacity=1, id="projector"))
    house.do(c.AddFacilitator(person_id="ida", place_id="paris", id="ida"))
    one = sessions(house)[1].id
    house.do(c.MoveSession(one, with_units={"projector": 1}, facilitator_ids=["ida"]))
    done = house.do(c.ChangeSessions("thu", starts=time(17), space_id="b"))
    assert done.messages == (("facilitation moved", "ida"),)
    moved = sessions(house)[1]
    assert (moved.with_units, moved.facilitator_ids) == ((("projector", 1),), ("ida",))
    assert {(p.space_id, p.claim.booked) for p in moved.placed} == {
        (id, period(16, 19, week(1))) for id in ("b", "projector", "ida")
    }
    elsewhere = c.AddSession(workshop_id="talk", day=week(1), starts=time(13), ends=time(15), seats=5, id="elsewhere")
    house.do(attrs.evolve(elsewhere, facilitator_ids=["ida"]))
    clash = refused(house, c.ChangeSessions("thu", starts=time(14), ends=time(16)))
    assert [(one.day, one.why) for one in clash.clashes] == [(week(1), "taken")]
    house.do(c.CancelSession("elsewhere", reason="rain"))
    room = house.do(c.ChangeSessions("thu", space_id="a")).value  # at the same time: they keep their claims
    assert {p.space_id for p in sessions(house)[1].placed} == {"a1", "a2", "projector", "ida"}
    off = house.do(c.CancelSessions(room.id, reason="spring"))
    assert ("facilitation cancelled", "ida") in off.messages


def test_into_the_past_nothing_is_moved(house):
    """A session would begin before now: it is told as over."""
    clash = refused(house, c.ChangeSessions("thu", rule="FREQ=WEEKLY;COUNT=5", day=week(-1)))
    assert [(one.day, one.why) for one in clash.clashes] == [(week(-1), "over")]


def test_a_change_that_changes_nothing_is_not_stored(house):
    """Where all is as it is to be, there is no event."""
    before = small_house.snapshot(house.storage)
    house.do(c.ChangeSessions("thu", starts=time(18), space_id="a"))
    assert small_house.snapshot(house.storage) == before


@pytest.mark.parametrize(
    "bad",
    [
        {},
        {"from_day": THURSDAY, "days": [THURSDAY], "seats": 2},
        {"rule": "FREQ=WEEKLY"},
        {"day": THURSDAY, "seats": 2},
        {"rdates": [THURSDAY], "seats": 2},
        {"days": [THURSDAY], "rule": "FREQ=WEEKLY", "day": THURSDAY},
        {"seats": 0},
        {"reason": "x" * 501, "seats": 2},
    ],
    ids=str,
)
def test_a_malformed_change_is_not_made(bad):
    """Nothing to change, two scopes, half a rule: refused before anything is looked up."""
    with pytest.raises(InputError):
        c.ChangeSessions("thu", **bad)


# --- cancelling ------------------------------------------------------------------------------------------------------


def test_cancelled_from_a_day_on_everybody_has_the_money_back(house):
    """Each session is cancelled as by itself: seats end, money goes back, each is told once with the reason."""
    charges = [one.charge_id for number in (1, 3) for one in seat(house, number, "zoe", "bob")]
    done = house.do(c.CancelSessions("thu", reason="the kiln is broken", from_day=week(2)))
    assert [one.type for one in done.events[:4]] == ["SessionsCancelled", *["SessionCancelled"] * 3]
    assert [one.state for one in sessions(house)] == ["planned"] * 2 + ["cancelled"] * 3
    assert [house.get(m.Charge, id).held for id in charges] == [Money(1000, "EUR")] * 2 + [Money(0, "EUR")] * 2
    assert [one.reason for one in sessions(house)][2:] == ["the kiln is broken"] * 3
    assert told(house)["session cancelled", "canary-zoe"] == told(house)["session cancelled", "canary-bob"] == 1
    assert {charge.id for charge in done.charges} == set(charges[2:])
    refused(house, c.CancelSessions("thu", reason="again", days=[week(2)]), WrongStateError)
    refused(house, c.CancelSessions("thu", reason="again", from_day=week(2)), TooLateError)
    assert house.do(
        c.Book(space_id="a", product_id="room", period=period(17, 19, week(2)), account="desk", override="late")
    ).value


def test_skipped_dates_are_given_up_with_the_others(house):
    """What was left out is no longer to be had, and is in no programme."""
    house.do(c.Book(space_id="b", product_id="room", period=period(17, 18, week(1)), account="desk", override="a wake"))
    plan = attrs.evolve(PLAN, id="b", space_id="b", skip=(week(1),))
    house.do(plan)
    assert [one.state for one in house.cantine.read.themes("b")].count("skipped") == 1
    series = house.do(c.CancelSessions("b", reason="spring")).value
    assert [one.why for one in series.dates] == ["", "cancelled", "", "", ""]
    assert "skipped" not in {one.state for one in house.cantine.read.themes("b")}
    refused(house, c.PlanSkipped("b"), WrongStateError)
    given_up = refused(house, c.PlanSkipped("b", days=(week(1),)), WrongStateError)
    assert str(given_up) == f"the date {week(1)} is cancelled"
    refused(house, c.ChangeSessions("b", days=[week(1)], starts=time(17)), WrongStateError)


def test_a_date_that_cannot_be_planned_again_says_how_it_stands(house):
    """A date with a session is planned or cancelled as its session is; nobody is told that it must be skipped."""
    planned = refused(house, c.PlanSkipped("thu", days=(week(1),)), WrongStateError)
    assert (str(planned), planned.state) == (f"the date {week(1)} is planned", "planned")
    house.do(c.CancelSessions("thu", reason="moved", days=[week(1)]))
    cancelled = refused(house, c.PlanSkipped("thu", days=(week(1),)), WrongStateError)
    assert (str(cancelled), cancelled.state) == (f"the date {week(1)} is cancelled", "cancelled")


def test_a_skipped_date_is_planned_elsewhere(house):
    """A date that was taken is changed like the others, and can then be had."""
    house.do(c.Book(space_id="b", product_id="room", period=period(17, 18, week(1)), account="desk", override="a wake"))
    house.do(c.CancelSessions("thu", reason="moved", days=[week(1)]))
    house.do(attrs.evolve(PLAN, id="b", space_id="b", skip=(week(1),)))
    house.do(c.ChangeSessions("b", days=[week(1)], space_id="a"))
    series = house.do(c.PlanSkipped("b")).value
    assert [house.get(m.Session, one.session_id).space_id for one in series.dates] == ["b", "a", "b", "b", "b"]


# --- with a minimum, and what is kept --------------------------------------------------------------------------------


def test_the_decision_goes_with_the_session(house):
    """It is as long before the start as it was, also where that was set by itself; what is due is decided first."""
    plan = attrs.evolve(PLAN, id="few", space_id="b", minimum=1, decide_before=timedelta(days=1))
    series = house.do(plan).value
    own = series.session_ids[1]
    house.do(c.MoveSession(own, decide_at=small_house.utc(12, day=week(1))))
    house.do(c.ChangeSessions("few", starts=time(16), ends=time(18)))
    found = [house.get(m.Session, id) for id in series.session_ids]
    assert [one.period.start - one.decide_at for one in found] == [
        timedelta(hours=hours) for hours in (24, 5, 24, 24, 24)
    ]
    house.clock.set(found[0].decide_at + timedelta(minutes=1))
    house.do(c.ChangeSessions("few", starts=time(15)))
    after = [house.get(m.Session, id) for id in series.session_ids]
    assert [(one.state, one.starts.at.hour) for one in after] == [("cancelled", 16)] + [("planned", 15)] * 4


def test_what_would_have_been_decided_already_is_refused(house):
    """A session is not moved to where the instant of its decision is over; nobody would have had time for it."""
    plan = attrs.evolve(PLAN, id="few", space_id="b", minimum=1, decide_before=timedelta(days=1))
    first = house.get(m.Session, house.do(plan).value.session_ids[0])
    house.clock.set(first.decide_at - timedelta(hours=1))
    earlier = c.ChangeSessions("few", days=[week(0)], starts=time(16), ends=time(18))
    assert [one.why for one in refused(house, earlier).clashes] == ["over"]


def test_what_was_decided_is_moved_and_stays_decided(house):
    """A session with enough people is confirmed; from then on it is moved with the others, and when it was decided
    stands."""
    plan = attrs.evolve(PLAN, id="few", space_id="b", minimum=1, decide_before=timedelta(days=1))
    first = house.get(m.Session, house.do(plan).value.session_ids[0])
    house.do(c.Register(session_id=first.id, person_id="zoe", account="desk"))
    house.clock.set(first.decide_at)
    run_all(house)
    house.do(c.ChangeSessions("few", starts=time(16), ends=time(18)))
    moved = house.get(m.Session, first.id)
    assert (moved.state, moved.starts.at, moved.decide_at) == ("confirmed", time(16), first.decide_at)


def test_a_skipped_date_that_is_over_is_not_named_any_more(house):
    """A date that was left out and would have begun is neither changed nor given up."""
    house.do(c.Book(space_id="b", product_id="room", period=period(17, 18, week(0)), account="desk", override="a wake"))
    house.do(attrs.evolve(PLAN, id="b", space_id="b", skip=(week(0),)))
    house.clock.set(small_house.utc(17, day=week(0)))
    for command in (
        c.ChangeSessions("b", days=[week(0)], seats=9),
        c.CancelSessions("b", reason="spring", days=[week(0)]),
    ):
        refused(house, command, TooLateError)


def test_the_history_says_what_when_by_whom_and_why(house):
    """It is the journal's: each edit is an entry of the series, with what it then planned."""
    house.do(c.ChangeSessions("thu", from_day=week(1), starts=time(17), reason="light"), actor="desk:bea")
    house.wait(hours=1)
    house.do(c.CancelSessions("thu", reason="strike", days=[week(4)]))
    entries = list(house.cantine.read.history(m.SessionSeries, "thu"))
    assert [(one.type, one.actor) for one in entries] == [
        ("SessionsPlanned", "desk:ana"), ("SessionsChanged", "desk:bea"), ("SessionsCancelled", "desk:ana"),
    ]  # fmt: skip
    changed, off = (codec.decode_event(one) for one in entries[1:])
    assert (changed.from_day, changed.reason, changed.series.dates[1].starts) == (
        week(1), "light", WallTime(week(1), time(17), "Europe/Paris"),
    )  # fmt: skip
    assert (len(off.session_ids), off.reason, entries[2].at) == (1, "strike", house.clock.now())


def test_a_place_that_moves_to_another_zone(house):
    """Dates keep the zone in which they were planned until their time or day is changed."""
    house.do(c.MovePlace("paris", zone="America/Martinique"))
    house.do(c.ChangeSessions("thu", space_id="b"))
    assert {one.starts.zone for one in sessions(house)} == {"Europe/Paris"}
    house.do(c.ChangeSessions("thu", starts=time(18)))
    assert {one.starts.zone for one in sessions(house)} == {"America/Martinique"}
    assert house.get(m.SessionSeries, "thu").zone == "America/Martinique"


def test_the_index_that_the_journal_feeds_has_what_the_pages_have(house):
    """Planned, carried on, had later, changed and cancelled: the index in memory agrees with the pages at each step."""
    taken = house.do(
        c.Book(space_id="b", product_id="room", period=period(17, 18, week(1)), account="desk", override="a wake")
    ).value
    steps = (
        attrs.evolve(PLAN, id="b", space_id="b", rule="FREQ=WEEKLY", until=week(2), themes=(), skip=(week(1),)),
        c.ExtendSessions("b", until=week(4)),
        c.CancelBooking(taken.id),
        c.PlanSkipped("b"),
        c.ChangeSessions("b", rule="FREQ=WEEKLY;COUNT=9", day=week(1), starts=time(14), ends=time(16)),
        c.CancelSessions("b", reason="spring", from_day=week(3)),
    )
    for step in steps:
        house.do(step)
        index = house.cantine.read.busy_index()
        wanted = {(p.space_id, one) for p in house.all(m.OccupancyPage) for one in p.claims}
        ids = {one.id for _, one in wanted}
        assert {(one.space_id, one.claim) for id in ids for one in index.claims(id)} == wanted
