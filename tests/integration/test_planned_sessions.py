"""Sessions planned from a rule: one record, one event, all rooms or none; consent, carrying on, and having it later."""

from __future__ import annotations

from datetime import date, time, timedelta

import attrs
import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.backends.memory import MemoryStorage
from cantinekit.clock import WallTime
from cantinekit.errors import (
    DuplicateError,
    InputError,
    NotFoundError,
    RuleError,
    TooLateError,
    UnsuitableError,
    WrongStateError,
)
from support.houses import small_house
from support.houses.small_house import period
from support.houses.thursdays import THURSDAY, refused, week
from support.laws import house_laws
from support.stores.around import Around

PLAN = c.PlanSessions(
    workshop_id="welding",
    day=THURSDAY,
    starts=time(18),
    ends=time(20),
    seats=4,
    rule="FREQ=WEEKLY;COUNT=4",
    space_id="a",
    id="thu",
)


@pytest.fixture
def house():
    opened = small_house.open_house()
    yield opened
    house_laws.hold(opened.storage, opened.clock.now())
    house_laws.folds(opened.storage)


def take(house, day, space="a1"):
    """Somebody else has the room that evening."""
    return house.do(
        c.Book(space_id=space, product_id="room", period=period(17, 18, day), account="desk", override="a wake")
    ).value


def sessions_of(house, series):
    return [house.get(m.Session, id) for id in series.session_ids]


# --- planning --------------------------------------------------------------------------------------------------------


def test_one_record_one_event_and_a_session_for_each_date(house):
    """Four sessions with their seats, products, claims and tasks of decision; one series, one entry in the journal."""
    entries = len(small_house.journal(house.storage))
    done = house.do(attrs.evolve(PLAN, minimum=2, decide_before=timedelta(hours=24)))
    series = done.value
    assert [one.type for one in small_house.journal(house.storage)[entries:]] == ["SessionsPlanned"]
    assert (series.kind, series.id, series.zone, series.until) == ("session_series", "thu", "Europe/Paris", None)
    assert [one.day for one in series.dates] == [week(n) for n in range(4)]
    assert done.messages == ()
    for number, one in enumerate(sessions_of(house, series)):
        assert (one.workshop_id, one.series_id, one.capacity, one.product_id) == ("welding", "thu", 4, "seat")
        assert one.starts == WallTime(week(number), time(18), "Europe/Paris")
        assert one.period == period(17, 19, week(number))
        assert {placed.space_id for placed in one.placed} == {"a1", "a2"}
        assert (one.minimum, one.decide_at) == (2, one.period.start - timedelta(hours=24))
        (task,) = [t for t in house.all(m.Task) if t.subject == m.Subject("session", one.id)]
        assert (task.work, task.due) == ("decide", one.decide_at)
        assert [e.type for e in house.cantine.read.history(m.Session, one.id)] == ["SessionsPlanned"]


def test_a_session_of_a_series_is_a_session_like_any_other(house):
    """It is added as ``AddSession`` would, but for the series; it takes seats, is in the programme, moves alone."""
    series = house.do(PLAN).value
    first = sessions_of(house, series)[0]
    other = small_house.open_house()
    alone = other.do(
        c.AddSession(
            workshop_id="welding", day=THURSDAY, starts=time(18), ends=time(20), seats=4, space_id="a", id=first.id
        )
    ).value
    assert attrs.evolve(first, series_id=None) == alone
    assert house.do(c.Register(session_id=first.id, person_id="zoe", account="desk")).value.state == "confirmed"
    assert [one.id for one in house.cantine.read.programme("paris", period(0, 24, THURSDAY))] == [first.id]
    house.do(c.MoveSession(first.id, starts=time(17), space_id="b"))
    assert house.get(m.SessionSeries, "thu") == series


def test_every_clash_is_named_with_what_is_free_and_nothing_is_stored(house):
    """A room that is taken, a closure, a date that is over: each told, with its reason; consent must be exactly those.

    It is what ``BookSeries`` does with the dates of a booking.
    """
    take(house, week(1))
    house.do(c.CloseSpace("a2", period=period(8, 23, week(2)), reason="paint"))
    early = attrs.evolve(PLAN, day=week(-1))
    clash = refused(house, early)
    assert [(one.day, one.why) for one in clash.clashes] == [
        (week(-1), "over"), (week(1), "taken"), (week(2), "closed"),
    ]  # fmt: skip
    assert clash.clashes[1].clashes == (period(17, 18, week(1)),)
    assert clash.clashes[1].nearest
    assert "paint" in clash.clashes[2].reason
    assert clash.free == (week(0),)
    assert refused(house, attrs.evolve(early, skip=clash.skip[1:])).unexpected == (week(-1),)
    assert refused(house, attrs.evolve(early, skip=(*clash.skip, week(0)))).freed == (week(0),)
    series = house.do(attrs.evolve(early, skip=clash.skip)).value
    assert [(one.day, one.why, one.session_id is None) for one in series.dates] == [
        (week(-1), "over", True), (week(0), "", False), (week(1), "taken", True), (week(2), "closed", True),
    ]  # fmt: skip


def test_consent_to_nothing_at_all_is_no_plan(house):
    """With every date left out there is no series."""
    for number in range(4):
        take(house, week(number))
    refused(house, attrs.evolve(PLAN, skip=tuple(week(n) for n in range(4))))


def test_without_a_room_nothing_clashes(house):
    """A workshop elsewhere has no room to claim: two plans on the same dates are both had."""
    elsewhere = attrs.evolve(PLAN, space_id=None)
    house.do(elsewhere)
    assert len(house.do(attrs.evolve(elsewhere, id="again")).value.session_ids) == 4


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"workshop_id": "nothing"}, NotFoundError),
        ({"space_id": "nowhere"}, NotFoundError),
        ({"space_id": "open"}, UnsuitableError),
        ({"space_id": "n"}, UnsuitableError),
        ({"rule": "FREQ=WEEKLY"}, RuleError),
        ({"rule": "FREQ=WEEKLY;COUNT=401"}, RuleError),
        ({"rule": "FREQ=DAILY", "until": week(100)}, RuleError),
        ({"rule": "FREQ=WEEKLY;BYDAY=FR;COUNT=2"}, RuleError),
        ({"until": week(-1)}, InputError),
        ({"skip": (THURSDAY + timedelta(days=1),)}, InputError),
        ({"exdates": (THURSDAY + timedelta(days=1),)}, InputError),
        ({"themes": ["a"] * 5}, InputError),
        ({"themes": {week(9): "a"}}, InputError),
        ({"day": week(-9)}, TooLateError),
        ({"minimum": 2, "decide_before": timedelta(minutes=5)}, UnsuitableError),
    ],
    ids=str,
)
def test_what_is_wrong_with_the_whole_is_refused_for_all_dates(house, changed, error):
    """What makes no sense at any time is no clash of dates; nothing is stored."""
    refused(house, attrs.evolve(PLAN, **changed), error)


def test_an_id_is_had_once(house):
    """A second series of the same id is refused."""
    house.do(PLAN)
    refused(house, attrs.evolve(PLAN, day=week(9)), DuplicateError)


@pytest.mark.parametrize(
    "bad",
    [
        {"minimum": 2},
        {"decide_before": timedelta(hours=1)},
        {"minimum": 5, "decide_before": timedelta(hours=1)},
        {"seats": 0},
        {"starts": "18:00"},
        {"until": "2027-01-01"},
        {"themes": "welding"},
        {"themes": [" "]},
        {"themes": ["x" * 301]},
        {"themes": [7]},
        {"themes": {"2026-11-26": "a"}},
        {"decide_before": timedelta(days=-1), "minimum": 1},
    ],
    ids=str,
)
def test_a_malformed_plan_is_not_made(bad):
    """A value that no rule could accept is refused before anything is looked up."""
    with pytest.raises(InputError):
        attrs.evolve(PLAN, **bad)


def test_forty_dates_of_a_room_of_two_parts_take_few_reads(house):
    """Forty Thursdays of the large room, with a workshop that has products, are read in at most five batches."""
    counted = Around(MemoryStorage())
    counting = small_house.open_house(counted)
    counted.counts.clear()
    series = counting.do(attrs.evolve(PLAN, rule="FREQ=WEEKLY;COUNT=40")).value
    assert len(series.session_ids) == 40
    assert counted.counts["load"] <= 5 + 1  # the last is the record that is given back
    assert (counted.counts["apply"], counted.counts["find"]) == (1, 0)


# --- the clock -------------------------------------------------------------------------------------------------------


def test_the_wall_time_is_kept_over_both_clock_changes(house):
    """For a year each session begins at six on the wall; what the clock change skips is a clash, as for bookings."""
    series = house.do(attrs.evolve(PLAN, rule="FREQ=WEEKLY;COUNT=52")).value
    starts = [one.period.start for one in sessions_of(house, series)]
    assert {(one.hour, bool(one.dst)) for one in starts} == {(17, True), (16, True)}
    night = attrs.evolve(
        PLAN, id="night", day=date(2027, 3, 27), starts=time(2, 30), ends=time(3, 15), rule="FREQ=DAILY;COUNT=3"
    )
    clash = refused(house, night)
    assert [(one.day, one.why, one.period) for one in clash.clashes] == [(date(2027, 3, 28), "no such time", None)]
    booking = c.BookSeries(
        space_id="a",
        product_id="room",
        day=night.day,
        starts=night.starts,
        ends=night.ends,
        rule=night.rule,
        override="late",
    )
    assert refused(house, booking).clashes == clash.clashes
    longer = attrs.evolve(night, ends=time(4))
    shorter = refused(house, c.ChangeSessions(house.do(longer).value.id, ends=time(3, 15)))
    assert [(one.day, one.why) for one in shorter.clashes] == [(date(2027, 3, 28), "no such time")]
    found = sessions_of(house, house.get(m.SessionSeries, "night"))
    assert [one.period.length for one in found] == [timedelta(minutes=m) for m in (90, 30, 90)]


# --- carrying on, and having it later --------------------------------------------------------------------------------


def test_a_rule_without_an_end_is_carried_on(house):
    """Planned up to a day, then up to another; themes and consent are about the new dates; a taken one is told."""
    open_ended = attrs.evolve(PLAN, rule="FREQ=WEEKLY", until=week(1), themes=["one", "two"])
    series = house.do(open_ended).value
    assert ([one.day for one in series.dates], series.until) == ([week(0), week(1)], week(1))
    take(house, week(3))
    more = c.ExtendSessions("thu", until=week(4), themes=["three", "four", "five"])
    assert refused(house, more).skip == (week(3),)
    series = house.do(attrs.evolve(more, skip=(week(3),))).value
    assert [one.day for one in series.dates] == [week(n) for n in range(5)]
    assert [one.theme for one in sessions_of(house, series)] == ["one", "two", "three", "five"]
    assert (series.dates[3].theme, series.dates[3].why, series.until) == ("four", "taken", week(4))
    refused(house, c.ExtendSessions("thu", until=week(4)), WrongStateError)
    refused(house, c.ExtendSessions("thu", until=week(4) + timedelta(days=1)), InputError)
    refused(house, c.ExtendSessions("thu", until=week(5), skip=(week(3),)), InputError)
    refused(house, c.ExtendSessions("thu", until=week(500)), RuleError)
    refused(house, c.ExtendSessions("nothing", until=week(5)), NotFoundError)


def test_a_rule_that_ends_is_planned_to_its_end(house):
    """There is nothing to carry on of a rule that is planned to its end."""
    house.do(PLAN)
    refused(house, c.ExtendSessions("thu", until=week(9)), WrongStateError)


def test_a_series_has_at_most_four_hundred_dates_in_all(house):
    """Also when it is carried on."""
    house.do(attrs.evolve(PLAN, rule="FREQ=DAILY", until=THURSDAY + timedelta(days=398), space_id="b"))
    assert len(house.do(c.ExtendSessions("thu", until=THURSDAY + timedelta(days=399))).value.dates) == 400
    refused(house, c.ExtendSessions("thu", until=THURSDAY + timedelta(days=400)), RuleError)


def test_what_was_left_out_is_planned_later(house):
    """Once the room is free the date is had with its theme, all that are named or none; what is over is not."""
    takers = [take(house, week(number)) for number in (1, 2)]
    themes = {week(1): "fillets", week(3): "pipes"}
    house.do(attrs.evolve(PLAN, skip=(week(1), week(2)), themes=themes))
    house.do(c.CancelBooking(takers[0].id))
    assert [one.day for one in refused(house, c.PlanSkipped("thu")).clashes] == [week(2)]
    series = house.do(c.PlanSkipped("thu", days=(week(1),))).value
    assert [one.theme for one in sessions_of(house, series)] == ["", "fillets", "pipes"]
    assert (series.dates[1].theme, series.dates[1].why) == ("", "")
    refused(house, c.PlanSkipped("thu", days=(week(1),)), WrongStateError)
    refused(house, c.PlanSkipped("thu", days=(week(7),)), InputError)
    house.clock.set(small_house.utc(20, day=week(2)))
    refused(house, c.PlanSkipped("thu"), TooLateError)
    refused(house, c.PlanSkipped("thu", days=(week(2),)))
    house.do(c.CancelSessions("thu", reason="spring"))
    refused(house, c.PlanSkipped("nothing"), NotFoundError)


def test_what_runs_is_not_over(house):
    """A date that was left out is still had while it lasts, named or not, up to its end and not at it."""
    taken = take(house, week(1))
    house.do(attrs.evolve(PLAN, skip=(week(1),)))
    house.do(c.CancelBooking(taken.id))
    ends = house.get(m.SessionSeries, "thu").dates[1].ends.instant
    house.clock.set(ends)
    refused(house, c.PlanSkipped("thu"), TooLateError)
    house.clock.set(ends - timedelta(minutes=30))
    assert house.do(c.PlanSkipped("thu")).value.dates[1].session_id is not None


def test_no_date_is_planned_with_a_minimum_that_it_cannot_reach(house):
    """Fewer seats for dates to come: what is planned from then on wants no more people than it has seats for."""
    taken = take(house, week(1))
    plan = attrs.evolve(PLAN, rule="FREQ=WEEKLY", until=week(2), themes=(), skip=(week(1),))
    house.do(attrs.evolve(plan, minimum=3, decide_before=timedelta(days=1)))
    house.do(c.ChangeSessions("thu", seats=2))
    house.do(c.CancelBooking(taken.id))
    house.do(c.PlanSkipped("thu"))
    series = house.do(c.ExtendSessions("thu", until=week(3))).value
    assert [one.minimum for one in sessions_of(house, series)] == [3, 2, 3, 2]


def test_a_series_is_carried_on_by_the_clock_of_its_place(house):
    """Where the place moved to another zone, further dates are planned by it, and the series says so."""
    house.do(attrs.evolve(PLAN, rule="FREQ=WEEKLY", until=week(1), themes=()))
    house.do(c.MovePlace("paris", zone="America/Martinique"))
    series = house.do(c.ExtendSessions("thu", until=week(2))).value
    assert series.zone == "America/Martinique"
    assert [one.starts.zone for one in series.dates] == ["Europe/Paris"] * 2 + ["America/Martinique"]
