"""Spaces and workshops that are retired and brought back, and the races of bookings with the end of a space."""

from __future__ import annotations

from datetime import time, timedelta

import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.errors import ClosedError, ConflictError, RefusedError, WrongStateError
from cantinekit.scheduling.availability import Question
from support.houses.small_house import TODAY, House, open_house, period

FAR = TODAY + timedelta(days=40)


@pytest.fixture
def house() -> House:
    return open_house()


def book(house: House, space: str, day=FAR, **more):
    return house.do(c.Book(space_id=space, product_id="room", period=period(10, 11, day), **more)).value


@pytest.mark.parametrize("space", ["n", "a1", "a"])
def test_a_space_that_is_retired_is_not_let(house, space):
    """Neither an undivided room nor one that is made of others is let any more; the record says since when."""
    house.do(c.RetireSpace(space, day=TODAY + timedelta(days=30)))
    assert house.get(m.Space, space).retired is not None
    with pytest.raises(ClosedError, match="retired"):
        book(house, space)
    assert book(house, space, TODAY + timedelta(days=29)).state == "held"
    house.do(c.RestoreSpace(space))
    assert house.get(m.Space, space).retired is None
    assert book(house, space).state == "held"


def test_a_room_of_parts_ends_with_a_part_and_not_the_other_way_round(house):
    """Where a part is retired the whole cannot be booked; where the whole is, its parts can."""
    house.do(c.RetireSpace("a", day=FAR))
    assert book(house, "a1").state == "held"
    house.do(c.RestoreSpace("a"))
    house.do(c.RetireSpace("a2", day=FAR))
    with pytest.raises(ClosedError):
        book(house, "a")


@pytest.mark.parametrize("space", ["a1", "a"])
def test_what_is_booked_stands_in_the_way(house, space):
    """The error gives the ids of what is booked, and the space is let as before."""
    booking = book(house, space, account="desk")
    with pytest.raises(ConflictError) as told:
        house.do(c.RetireSpace(space, day=FAR))
    assert told.value.holders == (booking.id,)
    assert len(told.value.clashes) == 1
    assert house.get(m.Space, space).retired is None
    assert house.get(m.StandingPage, m.standing_id(space)).closures == ()
    assert book(house, space, FAR + timedelta(days=1)).state == "held"
    house.do(c.RetireSpace(space, day=FAR + timedelta(days=2)))


def test_a_booking_of_the_whole_stands_in_the_way_of_a_part_and_that_of_a_part_not_of_the_whole(house):
    """What is in the way of a room of parts is what is on all of them."""
    part = book(house, "a1", account="desk")
    house.do(c.RetireSpace("a", day=FAR))
    house.do(c.RestoreSpace("a"))
    house.do(c.CancelBooking(part.id))
    whole = book(house, "a", account="desk")
    with pytest.raises(ConflictError) as told:
        house.do(c.RetireSpace("a2", day=FAR))
    assert told.value.holders == (whole.id,)


def test_a_hold_that_ran_out_is_not_in_the_way(house):
    """Its claims are taken off, on every leaf, so that nobody can still have it paid."""
    book(house, "a", TODAY)
    house.wait(minutes=20)
    house.do(c.RetireSpace("a"))
    pages = [house.get(m.OccupancyPage, m.page_id(leaf, TODAY)) for leaf in ("a1", "a2")]
    assert all(page is None or all(claim.expires is None for claim in page.claims) for page in pages)


def test_a_session_needs_a_room_that_is_let(house):
    """A session is not planned in a room that is retired."""
    house.do(c.RetireSpace("a", day=FAR))
    with pytest.raises(ClosedError):
        house.do(c.AddSession(workshop_id="talk", day=FAR, starts=time(10), ends=time(11), seats=4, space_id="a"))


def test_a_retired_space_is_not_proposed(house):
    """A question for free rooms does not find it, undivided or made of others."""
    for space in ("a", "n"):
        house.do(c.RetireSpace(space, day=FAR))
    question = Question(within=period(9, 17, FAR), length=timedelta(hours=1))
    found = house.cantine.read.find_free(question)
    assert {"a", "n"}.isdisjoint(one.space_id for one in found.free)


def test_history_keeps_it(house):
    """What was booked in a space that is retired is still there, and told by its name."""
    booking = book(house, "a1", TODAY, account="desk")
    house.wait(days=1)
    house.do(c.RetireSpace("a1"))
    (item,) = [one for one in house.cantine.read.agenda("paris", TODAY) if one.id == booking.id]
    assert item.label == house.get(m.Space, "a1").name


def test_a_retired_workshop_is_not_planned(house):
    """No session, course or series of it is planned; what is planned is sold, and it comes back."""
    house.do(c.RetireWorkshop("talk"))
    session = c.AddSession(workshop_id="talk", day=FAR, starts=time(10), ends=time(11), seats=4)
    course = c.AddCourse(
        workshop_id="talk", meetings=[(FAR, time(hour), time(hour + 1), None) for hour in (10, 12)], seats=2
    )
    plan = c.PlanSessions(
        workshop_id="talk", day=FAR, starts=time(10), ends=time(11), seats=2, rule="FREQ=DAILY;COUNT=2"
    )
    for command in (session, course, plan):
        with pytest.raises(WrongStateError, match="retired"):
            house.do(command)
    assert house.do(c.Register(session_id="free", person_id="zoe")).value.state == "confirmed"
    house.do(c.RestoreWorkshop("talk"))
    assert house.do(session).value.workshop_id == "talk"


def test_sessions_that_are_planned_keep_their_products(house):
    """A workshop that is changed sells other seats from the next session on."""
    house.do(c.ChangeWorkshop("welding", title="TIG", product_id="", option_ids=()))
    changed = house.get(m.Workshop, "welding")
    assert (changed.title, changed.product_id, changed.option_ids) == ("TIG", None, ())
    assert house.get(m.Session, "paid").product_id == "seat"
    with pytest.raises(RefusedError):
        house.do(c.ChangeWorkshop("welding", option_ids=("seat",)))
