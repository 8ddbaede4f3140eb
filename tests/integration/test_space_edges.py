"""Spaces at their edge: whole rooms, closed parts, narrowings under way, hours over several days and clock changes."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.clock import Period
from cantinekit.errors import (
    ClosedError,
    ConflictError,
    NotFoundError,
    SoldOutError,
    TooLateError,
    UnsuitableError,
    WrongStateError,
)
from cantinekit.scheduling.opening import OpeningCalendar
from support.houses.edges import neighbour
from support.houses.small_house import HOURS, START, House, open_house, period, utc
from support.laws import house_laws

TOMORROW = date(2026, 11, 25)


# --- capacity --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("units", [2, 9_999, 10_000])
def test_many_units_book_nothing_in_a_room_of_one(units):
    """No number of units, not the largest either, is more than a room of one has: it is refused."""
    house = open_house()
    with pytest.raises(ConflictError):
        house.do(c.Book(space_id="a1", product_id="room", period=period(10, 12), units=units, account="desk"))
    with pytest.raises(SoldOutError):
        house.do(c.Book(space_id="open", product_id="desk", period=period(10, 12), units=max(units, 4), account="desk"))
    assert house.all(m.Booking) == []


def test_ten_thousand_units_fit_where_there_are_as_many():
    """A space of ten thousand units is booked whole by units, and is sold out then."""
    house = open_house()
    house.do(c.AddSpace(place_id="paris", name="Field", use="desks", capacity=10_000, id="field"))
    house.do(c.Book(space_id="field", product_id="desk", period=period(10, 12), units=10_000, account="desk"))
    with pytest.raises(SoldOutError, match="1 wanted, 0 left"):
        house.do(c.Book(space_id="field", product_id="desk", period=period(11, 13), account="desk"))
    house_laws.hold(house.storage, house.clock.now())


def test_a_space_with_a_part_of_no_capacity_is_not_to_be_had():
    """Where a part has no capacity left, the space made of it has no free time, and booking it agrees."""
    house = open_house()
    assert house.cantine.availability("a", period(10, 12, TOMORROW)) == (period(10, 12, TOMORROW),)
    house.do(c.ChangeCapacity("a1", capacity=0))
    assert house.cantine.availability("a", period(10, 12, TOMORROW)) == ()
    assert house.cantine.availability("a2", period(10, 12, TOMORROW)) == (period(10, 12, TOMORROW),)
    with pytest.raises(ConflictError) as refused:
        house.do(c.Book(space_id="a", product_id="room", period=period(10, 12, TOMORROW), account="desk"))
    assert refused.value.nearest == ()


def test_a_space_with_a_closed_part_is_free_around_the_closure():
    """A closure of one part takes its time from the space made of it, and from no other."""
    house = open_house()
    house.do(c.CloseSpace("a1", period=period(10, 11, TOMORROW), reason="works"))
    assert house.cantine.availability("a", period(9, 12, TOMORROW)) == (
        period(9, 10, TOMORROW),
        period(11, 12, TOMORROW),
    )
    with pytest.raises(ClosedError, match="works"):
        house.do(c.Book(space_id="a", product_id="room", period=period(10, 12, TOMORROW), account="desk"))


# --- narrowings ------------------------------------------------------------------------------------------------------


def standing(house: House, space_id: str) -> m.StandingPage:
    return house.get(m.StandingPage, f"{space_id}|always")


@pytest.mark.parametrize(
    "command", [c.CloseSpace("open", period=period(8, 17, TOMORROW), reason="x"), c.ChangeCapacity("open", capacity=1)]
)
@pytest.mark.parametrize("booked", [False, True], ids=["free", "booked"])
def test_a_narrowing_whose_request_was_swept_is_settled(command, booked):
    """A sweep between the announcement and the settlement of a narrowing leaves it to be settled, either way."""
    house = open_house(effects="none")
    if booked:
        house.do(c.Book(space_id="open", product_id="desk", period=period(10, 12, TOMORROW), units=2, account="desk"))
    house.do(command, key="narrow")
    assert standing(house, "open").narrowing is not None
    assert house.cantine.sweep(before=START + timedelta(days=1)) == 1
    house.wait(seconds=1)
    house.cantine.run_due()
    page = standing(house, "open")
    assert page.narrowing is None
    assert (page.capacity, len(page.closures)) == (
        (3, 0) if booked else (1, 0) if isinstance(command, c.ChangeCapacity) else (3, 1)
    )
    house_laws.settled(house.storage, house.clock.now())


def test_a_refused_narrowing_may_be_asked_for_again_with_its_key():
    """A refusal is not remembered under its key: once the booking is gone, the same request closes the space."""
    house = open_house()
    booking = house.do(c.Book(space_id="a1", product_id="room", period=period(10, 12, TOMORROW), account="desk")).value
    close = c.CloseSpace("a1", period=period(9, 13, TOMORROW), reason="works")
    with pytest.raises(ConflictError, match="is booked"):
        house.do(close, key="close")
    house.do(c.CancelBooking(booking.id))
    outcome = house.do(close, key="close")
    assert (outcome.replayed, len(outcome.value.closures)) == (False, 1)
    assert house.do(close, key="close").replayed


@pytest.mark.parametrize(
    "first", [c.ChangeCapacity("open", capacity=1), c.CloseSpace("open", period=period(8, 17, TOMORROW), reason="x")]
)
@pytest.mark.parametrize("capacity", [0, 3, 10])
def test_no_capacity_change_while_a_narrowing_is_under_way(first, capacity):
    """Until a narrowing is settled, its space takes no other capacity; after that it does."""
    house, second = open_house(effects="none"), c.ChangeCapacity("open", capacity=capacity)
    house.do(first)
    with pytest.raises(WrongStateError, match="being narrowed"):
        house.do(second)
    with pytest.raises(WrongStateError, match="being narrowed"):
        house.do(c.CloseSpace("open", period=period(8, 17, TOMORROW), reason="y"))
    house.wait(seconds=1)
    house.cantine.run_due()
    house.do(second)
    house.wait(seconds=1)
    house.cantine.run_due()
    assert standing(house, "open").capacity == second.capacity


def test_a_closed_space_can_be_reopened():
    """Reopening ends one closure before its time, the space can be had again, and the journal says so."""
    house = open_house()
    close = [c.CloseSpace("a1", period=period(start, start + 2, TOMORROW), reason="works") for start in (9, 13)]
    first, second = [house.do(command).value.closures[-1] for command in close]
    with pytest.raises(ClosedError):
        house.do(c.Book(space_id="a1", product_id="room", period=period(10, 11, TOMORROW), account="desk"))
    outcome = house.do(c.ReopenSpace("a1", closure_id=first.id))
    assert [closure.id for closure in outcome.value.closures] == [second.id]
    assert [event.type for event in outcome.events] == ["ClosureEnded"]
    assert (
        house.do(c.Book(space_id="a1", product_id="room", period=period(10, 11, TOMORROW), account="desk")).value.state
        == "confirmed"
    )
    with pytest.raises(NotFoundError):
        house.do(c.ReopenSpace("a1", closure_id=first.id))
    with pytest.raises(ClosedError):
        house.do(c.Book(space_id="a1", product_id="room", period=period(13, 14, TOMORROW), account="desk"))
    house_laws.folds(house.storage)


def test_a_closure_that_is_only_announced_is_not_reopened():
    """What is still being looked at is no closure yet."""
    house = open_house(effects="none")
    page = house.do(c.CloseSpace("a1", period=period(9, 11, TOMORROW), reason="works")).value
    with pytest.raises(NotFoundError):
        house.do(c.ReopenSpace("a1", closure_id=page.narrowing.closure.id))


# --- the open space --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("space_id", ["a", "a1", "open"])
def test_the_open_space_of_a_place_is_desks_there(space_id):
    """Nobody checks in where the open space is a room, is made of parts, or is in another place."""
    house = open_house()
    house.do(
        c.AddPlace(
            name="Other",
            entity_id="asso",
            zone="Europe/Paris",
            currency="EUR",
            hours=(),
            open_space_id=space_id,
            id="other",
        )
    )
    with pytest.raises(UnsuitableError, match="must be desks there"):
        house.do(c.CheckIn(place_id="other", product_id="day", person_id="zoe", account="desk"))
    assert house.all(m.Visit) == []


# --- opening hours ---------------------------------------------------------------------------------------------------


def paris(day: int, hour: int, minute: int = 0) -> datetime:
    """An instant of November 2026 by the clocks of Paris, an hour ahead of UTC."""
    return datetime(2026, 11, day, hour, minute, tzinfo=START.tzinfo) - timedelta(hours=1)


@pytest.mark.parametrize("make", [c.Book, c.HoldSpace])
@pytest.mark.parametrize(
    ("start", "end", "kept"),
    [
        (paris(24, 10), paris(27, 17), True),
        (paris(24, 10), paris(27, 18), True),
        (paris(25, 9), paris(26, 9, 1), True),
        (paris(24, 19), paris(27, 17), False),
        (paris(25, 8, 59), paris(27, 17), False),
        (paris(24, 10), paris(27, 18, 1), False),
        (paris(24, 10), paris(27, 9), False),
        (paris(24, 17), paris(24, 19), False),
    ],
)
def test_bookings_of_several_days_begin_and_end_while_it_is_open(make, start, end, kept):
    """A stay of several days may last over nights, but begins and ends in opening hours; one day is open throughout."""
    house = open_house()
    command = make(space_id="a1", product_id="room", period=Period(start, end))
    if kept:
        assert house.do(command).value.period == Period(start, end)
        return
    with pytest.raises(ClosedError, match="outside its opening hours"):
        house.do(command)


@pytest.mark.parametrize("make", [c.Book, c.HoldSpace])
def test_an_override_is_recorded_only_when_a_rule_was_broken(make):
    """A reason that was given and not needed leaves no override; one that was needed leaves one, with who and why."""
    house = open_house()
    house.do(make(space_id="a1", product_id="room", period=period(10, 12), override="a friend"))
    assert house.all(m.Override) == []
    broken = house.do(make(space_id="a1", product_id="room", period=period(20, 21), override="board meeting"))
    (override,) = house.all(m.Override)
    assert (override.reason, override.actor, override.subject.id) == ("board meeting", "desk:ana", broken.value.id)
    house.do(make(space_id="a2", product_id="room", period=Period(paris(24, 20), paris(27, 17)), override="festival"))
    assert len(house.all(m.Override)) == 2


GAP = date(2026, 3, 29)
NIGHT = (m.OpenHours(6, 60, 135), m.OpenHours(6, 180, 600))
"""01:00 to 02:15 and 03:00 to 10:00; in Paris that Sunday the clocks go from 02:00 to 03:00."""


def test_opening_hours_that_the_gap_pushes_together_are_one():
    """In the night that skips an hour, 01:00-02:15 and 03:00-10:00 are one stretch, and no instant is open twice."""
    whole = Period(utc(0, day=GAP), utc(8, day=GAP))
    assert OpeningCalendar("Europe/Paris", NIGHT).day(GAP) == (whole,)
    assert OpeningCalendar("Europe/Paris", NIGHT).is_open(whole)
    assert OpeningCalendar("Europe/Paris", NIGHT).is_open(Period(utc(0, 30, GAP), utc(2, day=GAP)))
    assert not OpeningCalendar("Europe/Paris", NIGHT).is_open(Period(utc(7, day=GAP), utc(8, 1, GAP)))
    before = GAP - timedelta(days=7)
    assert [p.length for p in OpeningCalendar("Europe/Paris", NIGHT).day(before)] == [
        timedelta(minutes=75),
        timedelta(hours=7),
    ]


def test_a_room_is_booked_across_the_gap():
    """What is open through the skipped hour can be booked through it, and is free before and after."""
    house = open_house(now=datetime(2026, 3, 1, tzinfo=START.tzinfo))
    house.do(c.AddPlace(name="Night", entity_id="asso", zone="Europe/Paris", currency="EUR", hours=NIGHT, id="night"))
    house.do(c.AddSpace(place_id="night", name="Room", id="r"))
    house.do(c.Book(space_id="r", product_id="room", period=Period(utc(0, 30, GAP), utc(2, day=GAP)), account="desk"))
    day = Period(utc(0, day=GAP), utc(12, day=GAP))
    assert house.cantine.availability("r", day) == (
        Period(utc(0, day=GAP), utc(0, 30, GAP)),
        Period(utc(2, day=GAP), utc(8, day=GAP)),
    )


def test_a_stretch_in_the_skipped_hour_moves_with_the_clocks():
    """Hours within the hour that is skipped come an hour later; those that would end before they begin do not come."""
    assert OpeningCalendar("Europe/Paris", (m.OpenHours(6, 125, 170),)).day(GAP) == (
        Period(utc(1, 5, GAP), utc(1, 50, GAP)),
    )
    assert OpeningCalendar("Europe/Paris", (m.OpenHours(6, 150, 190),)).day(GAP) == ()


# --- sessions in rooms -----------------------------------------------------------------------------------------------


def test_a_session_that_would_be_over_is_not_added():
    """A session may begin today, not end in the past."""
    house = open_house()
    for starts, ends, day in ((time(3), time(4), date(2020, 1, 5)), (time(8), time(9, 30), START.date())):
        with pytest.raises(TooLateError, match="would have ended"):
            house.do(c.AddSession(workshop_id="talk", day=day, starts=starts, ends=ends, seats=5, space_id="b"))
    assert (
        house.do(
            c.AddSession(workshop_id="talk", day=START.date(), starts=time(9), ends=time(9, 31), seats=5, space_id="b")
        ).value.capacity
        == 5
    )


def test_a_session_has_no_more_seats_than_its_room():
    """A room that says how many it seats takes a session of as many, not of one more."""
    house = open_house()
    house.do(c.AddSpace(place_id="paris", name="Small", seats=4, id="small"))
    with pytest.raises(UnsuitableError, match="has 4 seats"):
        house.do(
            c.AddSession(workshop_id="talk", day=TOMORROW, starts=time(18), ends=time(19), seats=5, space_id="small")
        )
    assert (
        house.do(
            c.AddSession(workshop_id="talk", day=TOMORROW, starts=time(18), ends=time(19), seats=4, space_id="small")
        ).value.capacity
        == 4
    )


def test_hours_of_the_house_are_those_of_the_tests():
    """Control: Paris is open from nine to six by its own clock, on every day of the week."""
    assert {hours.weekday for hours in HOURS} == set(range(7))
    assert OpeningCalendar("Europe/Paris", HOURS).is_open(Period(paris(24, 9), paris(24, 18)))
    assert not OpeningCalendar("Europe/Paris", HOURS).is_open(Period(paris(24, 9), paris(24, 18, 1)))


def test_a_neighbour_settles_what_another_announced():
    """A narrowing that its own process did not settle is settled by another, once its lease is over."""
    house = open_house(effects="none")
    house.do(c.CloseSpace("a1", period=period(9, 11, TOMORROW), reason="works"))
    other = neighbour(house, START + timedelta(minutes=3))
    other.cantine.run_due()
    assert len(standing(house, "a1").closures) == 1
