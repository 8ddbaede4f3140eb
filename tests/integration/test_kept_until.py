"""Until when what is not paid, confirmed or answered yet is kept: not less than was said, nor beyond what it is for."""

from __future__ import annotations

from datetime import date, timedelta

import attrs
import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.errors import TooLateError
from support.houses.small_house import START, House, open_house, period, utc

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
PAYMENT = 15 * MINUTE
DAY = timedelta(days=1)
TOMORROW = date(2026, 11, 25)
BEGINS = utc(17, day=TOMORROW)
"""When the session of the welding workshop begins."""


@pytest.fixture
def house() -> House:
    return open_house()


def held(house: House) -> m.Registration:
    """The one registration for the paid session that is held; the session says the same of it."""
    (one,) = [one for one in house.all(m.Registration) if one.session_id == "paid" and one.state == "held"]
    seats = house.get(m.Session, "paid").held
    assert [(seat.registration_id, seat.expires) for seat in seats] == [(one.id, one.expires)]
    return one


# --- seats -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "until"), [(2 * DAY, DAY), (DAY, DAY), (timedelta(hours=3), timedelta(hours=3))], ids=str
)
def test_a_seat_is_offered_for_a_day_and_not_beyond_the_beginning(house, before, until):
    """Who waits is offered a seat for a day; where the session begins earlier, until it begins."""
    house.do(c.MoveSession("paid", day=TOMORROW + 2 * DAY))
    begins = house.get(m.Session, "paid").period.start
    for person in ("ida", "max"):
        house.do(c.Register(session_id="paid", person_id=person, account="desk"))
    house.do(c.Register(session_id="paid", person_id="zoe"))
    house.clock.set(begins - before)
    house.do(c.CancelRegistration(next(r.id for r in house.all(m.Registration) if r.person_id == "ida")))
    offered = held(house)
    assert offered.expires == begins - before + until
    due = [task.due for task in house.all(m.Task) if task.work == "expire" and task.subject.id == offered.id]
    assert offered.expires in due


def test_a_seat_is_not_held_beyond_the_beginning(house):
    """A seat that waits for its payment is held a quarter of an hour; where registering closes earlier, until then."""
    house.clock.set(BEGINS - timedelta(minutes=20))
    assert house.do(c.Register(session_id="paid", person_id="zoe")).value.expires == BEGINS - timedelta(minutes=5)
    house.wait(minutes=15)
    assert house.do(c.Register(session_id="paid", person_id="bob")).value.expires == BEGINS


@pytest.mark.parametrize("left", [timedelta(hours=20), timedelta(minutes=2)], ids=["in time", "late"])
def test_taking_an_offered_seat_shortens_no_offer(house, left):
    """An offer that runs for hours yet runs on once its price is asked; one that is nearly over gets the time of a
    payment."""
    for person in ("ida", "max", "zoe"):
        house.do(c.Register(session_id="paid", person_id=person, account=None if person == "zoe" else "desk"))
    house.do(c.CancelRegistration(next(r.id for r in house.all(m.Registration) if r.person_id == "ida")))
    offered = held(house)
    house.clock.set(offered.expires - left)
    taken = house.do(c.TakeSeat(offered.id)).value
    assert taken.expires == max(offered.expires, house.clock.now() + PAYMENT)
    assert held(house) == taken


# --- holds -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("minutes", [5, 15, 60, 7 * 24 * 60])
def test_confirming_a_hold_shortens_none(house, minutes):
    """A hold that is confirmed and waits for its payment is kept as long as was said, and the time of a payment at
    least: on its page as on the booking."""
    booking = house.do(
        c.HoldSpace(space_id="b", product_id="room", period=period(10, 12, date(2026, 12, 5)), minutes=minutes)
    ).value
    house.wait(minutes=4)
    confirmed = house.do(c.ConfirmBooking(booking.id)).value
    assert confirmed.state == "held"
    assert confirmed.expires == max(START + timedelta(minutes=minutes), house.clock.now() + PAYMENT)
    (page,) = [one for one in house.all(m.OccupancyPage) if one.space_id == "b" and one.day == date(2026, 12, 5)]
    assert [claim.expires for claim in page.claims] == [confirmed.expires]


# --- requests --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("room", "units"), [(24, 2), (2, 24)], ids=["the room is slower", "the equipment is slower"])
def test_a_request_over_several_spaces_is_kept_for_the_quickest_to_answer(house, room, units):
    """A room and its equipment that both are asked for: kept as long as the one that must be answered first."""
    house.do(c.AddSpace(place_id="paris", name="Projectors", use="equipment", capacity=2, id="projector"))
    for space, hours in (("b", room), ("projector", units)):
        house.do(c.ChangeTerms(space, terms=m.Terms(approval=True, answer_within=timedelta(hours=hours))))
    asked = c.Book(
        space_id="b", product_id="room", period=period(10, 12, date(2026, 12, 5)), with_units=(("projector", 1),)
    )
    booking = house.do(asked).value
    assert (booking.state, booking.expires) == ("requested", START + timedelta(hours=2))
    assert {one.claim.expires for one in booking.placed} == {START + timedelta(hours=2)}


def test_a_request_is_not_kept_beyond_its_period(house):
    """What is asked for an hour before its end is kept until then, however long there is to answer."""
    house.do(c.ChangeTerms("b", terms=m.Terms(approval=True, answer_within=DAY)))
    assert house.do(c.Book(space_id="b", product_id="room", period=period(8.5, 9.5))).value.expires == utc(9, 30)


@pytest.mark.parametrize(
    ("before", "until"),
    [(3 * HOUR, HOUR), (40 * MINUTE, 40 * MINUTE), (5 * MINUTE, PAYMENT)],
    ids=["long before", "before", "shortly before"],
)
def test_what_is_approved_can_be_paid(house, before, until):
    """An approved request is kept as long as there was to answer, but not beyond the end of its period; shortly before
    it the time of a payment all the same."""
    house.do(c.ChangeTerms("b", terms=m.Terms(approval=True, answer_within=timedelta(hours=1))))
    end = utc(16)
    house.clock.set(end - before - timedelta(minutes=1))
    booking = house.do(
        c.Book(space_id="b", product_id="room", period=attrs.evolve(period(15, 16), start=end - timedelta(hours=1)))
    ).value
    house.wait(minutes=1)
    approved = house.do(c.ApproveBooking(booking.id)).value
    assert (approved.state, approved.expires) == ("held", end - before + until)
    house.do(c.Pay(approved.charge_id, account="desk"))
    assert house.get(m.Booking, booking.id).state == "confirmed"


def test_nothing_is_paid_once_its_period_is_over(house):
    """The time of a payment that reaches beyond the end is no time to pay for what is over."""
    house.do(c.ChangeTerms("b", terms=m.Terms(approval=True, answer_within=timedelta(hours=1))))
    house.clock.set(utc(15, 50))
    booking = house.do(c.Book(space_id="b", product_id="room", period=period(15, 16))).value
    approved = house.do(c.ApproveBooking(booking.id)).value
    house.clock.set(utc(16))
    with pytest.raises(TooLateError):
        house.do(c.Pay(approved.charge_id, account="desk"))
