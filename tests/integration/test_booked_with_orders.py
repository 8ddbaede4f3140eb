"""Holds of spaces that are sold with an order: priced with it, booked once it is paid, and free where it is not."""

from __future__ import annotations

from datetime import time, timedelta

import pytest

from cantinekit import commands as c
from cantinekit import errors as e
from cantinekit import records as m
from support.houses.one_list import at, book, cents, eur, left, place
from support.houses.small_house import TODAY, House

LIST = """
[product.hours]
sells = "grant"
grant = { account = "hours", unit = "1h", units = 2 }
rate = { price = 30.00 }
[product.room]
cover = { by = "hours", unit = "1h", partial = true }
beyond = "rate"
rate = { price = 20.00, per = "1h" }
cancel = { delay = { unit = "hour" }, keep = [{ from = 24, percent = "0%" }, { from = 0, percent = "50%" }] }
[product.coffee]
rate = { price = 2.00 }
"""
TOMORROW = TODAY + timedelta(days=1)


@pytest.fixture
def house():
    with place(LIST) as house:
        yield house


def hold(house: House, start: int, end: int, person: str | None = "zoe", **more) -> str:
    asked = c.HoldSpace(
        space_id="room", product_id="list/room", period=at(start, end, TOMORROW), person_id=person, **more
    )
    return house.do(asked).value.id


def sell(house: House, *lines, **more):
    return house.do(c.Sell(lines, **{"place_id": "paris", "person_id": "zoe", "account": "desk", **more}))


def test_units_of_the_order_pay_the_booking(house):
    """A pack before a hold pays two of its three hours; a cancellation in time gives money and hours back."""
    slot = hold(house, 10, 13)
    order = sell(house, "list/hours", c.SellLine(booking_id=slot), "list/coffee")
    booking = house.get(m.Booking, slot)
    assert (order.value.state, cents(order), left(house, "hours")) == ("sold", 3000 + 2000 + 200, 0)
    assert (booking.state, booking.order_id, booking.part.amount) == ("confirmed", order.value.id, eur(2000))
    assert house.do(c.CancelBooking(slot)).given_back == eur(2000)
    assert left(house, "hours") == 2
    assert house.get(m.Order, order.value.id).state == "sold"


def test_on_account_what_is_called_off_is_owed_no_more(house):
    """Of an order that is paid later, what its booking cost falls away with it; what a date of a series cost too."""
    slot = hold(house, 10, 11)
    order = sell(house, c.SellLine(booking_id=slot), "list/coffee", account=None, on_account=True)
    house.do(c.CancelBooking(slot))
    assert house.get(m.Charge, order.charges[0].id).outstanding == eur(200)
    series = house.do(
        c.BookSeries(
            space_id="room",
            product_id="list/room",
            day=TOMORROW + timedelta(days=7),
            starts=time(10),
            ends=time(11),
            rule="FREQ=DAILY;COUNT=3",
            person_id="zoe",
            on_account=True,
        )
    )
    house.do(c.CancelBooking(series.value.booking_ids[0]))
    assert house.get(m.Charge, series.charges[0].id).outstanding == eur(4000)


def test_late_it_keeps_its_half(house):
    """Called off on the day the booking keeps half of its own price, not of the order's."""
    slot = hold(house, 10, 12)
    sell(house, c.SellLine(booking_id=slot), "list/coffee")
    house.wait(hours=20)
    told = house.cantine.preview(c.CancelBooking(slot), actor="zoe").afterwards
    assert (told.fee, told.refund) == (eur(2000), eur(2000))
    assert house.do(c.CancelBooking(slot)).given_back == eur(2000)


def test_it_is_moved_as_any_other(house):
    """An hour more is charged by itself."""
    slot = hold(house, 10, 11)
    sell(house, c.SellLine(booking_id=slot), "list/coffee")
    moved = house.do(c.MoveBooking(slot, period=at(14, 16, TOMORROW), account="desk"))
    assert moved.afterwards.due == eur(2000)
    assert house.get(m.Booking, slot).period == at(14, 16, TOMORROW)
    assert house.do(c.CancelBooking(slot)).given_back == eur(4000)


def test_until_it_is_paid_it_goes_with_its_order(house):
    """It is neither cancelled nor moved nor confirmed by itself; giving the order up frees its time."""
    slot = hold(house, 10, 11)
    order = sell(house, c.SellLine(booking_id=slot), "list/coffee", account=None).value
    for command in (
        c.CancelBooking(slot),
        c.MoveBooking(slot, period=at(14, 16, TOMORROW)),
        c.ConfirmBooking(slot, account="desk"),
        c.Sell([c.SellLine(booking_id=slot)], place_id="paris", person_id="zoe"),
    ):
        with pytest.raises(e.WrongStateError):
            house.do(command)
    house.do(c.CancelOrder(order.id))
    assert house.get(m.Booking, slot).state == "cancelled"
    book(house, "room", at(10, 11, TOMORROW), "room", "bob")


def test_a_payment_that_is_late_gets_it_where_it_is_free(house):
    """An order that is paid after its time is had as long as nobody else has the room; else the money goes back."""
    house.card.play(charges=("pending", "pending"))
    first, second = hold(house, 10, 11), hold(house, 14, 15)
    orders = [sell(house, c.SellLine(booking_id=slot), account="card") for slot in (first, second)]
    house.wait(minutes=15)
    taken = book(house, "room", at(14, 15, TOMORROW), "room", "bob")
    assert taken.value.state == "confirmed"
    for order in orders:
        settled = house.card.settle(order.charges[0].attempt_ids[-1])
        house.cantine.receive("card", *house.card.webhook(settled))
    house.cantine.run_due()
    had = [house.get(m.Order, order.value.id).state for order in orders]
    assert had == ["sold", "expired"]
    assert [house.get(m.Booking, slot).state for slot in (first, second)] == ["confirmed", "expired"]
    assert [charge.kept for charge in house.all(m.Charge) if charge.subject.kind == "order"] == [eur(2000), eur(0)]


def test_what_is_no_hold_of_theirs_is_refused(house):
    """A hold of somebody else, one that is over, a booking, and a hold with a length of its own."""
    with pytest.raises(e.UnsuitableError):
        sell(house, c.SellLine(booking_id=hold(house, 10, 11, "bob")))
    with pytest.raises(e.NotFoundError):
        sell(house, c.SellLine(booking_id="nothing"))
    with pytest.raises(e.WrongStateError):
        sell(house, c.SellLine(booking_id=book(house, "room", at(12, 13, TOMORROW), "room").value.id))
    slot = hold(house, 14, 15, minutes=5)
    house.wait(minutes=5)
    with pytest.raises(e.TooLateError):
        sell(house, c.SellLine(booking_id=slot))
    for wrong in ({"count": 2}, {"day": TOMORROW}, {"product_id": "room"}):
        with pytest.raises(e.InputError):
            c.SellLine(**{"booking_id": slot, **wrong})
    with pytest.raises(e.InputError):
        c.SellLine()


def test_an_order_of_bookings_has_no_line_to_cancel(house):
    """A line that is a booking is cancelled as one; of the others the order is cancelled."""
    slot = hold(house, 10, 11)
    order = sell(house, c.SellLine(booking_id=slot), "list/coffee").value
    with pytest.raises(e.WrongStateError):
        house.do(c.CancelOrder(order.id, line=1))
    house.do(c.CancelOrder(order.id, refund="all", reason="no milk"))
    assert [line.state for line in house.get(m.Order, order.id).lines] == ["sold", "cancelled"]
    with pytest.raises(e.WrongStateError):
        house.do(c.CancelOrder(order.id))
