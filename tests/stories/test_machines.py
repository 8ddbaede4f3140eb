"""What users expect of rooms and machines that plans, packs and tickets pay for. Each is named by its story."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import attrs
import pytest

from cantinekit import commands as c
from cantinekit import errors as e
from cantinekit import records as m
from support.houses.one_list import at, book, cents, eur, left, place, sell
from support.houses.small_house import TODAY

TOMORROW = TODAY + timedelta(days=1)

PACK = """
[product.pack]
sells = "grant"
grant = { account = "hours", unit = "1h", units = 10 }
rate = { price = 90.00 }
[product.laser]
cover = { by = "pack", unit = "1h", smallest = "0.5", partial = true }
beyond = "rate"
rate = { price = 12.00, per = "1h" }
"""


def test_f03_a_pack_of_ten_hours_pays_a_slot_of_one():
    """F03: 540 minutes are left after an hour; a slot of half an hour takes half an hour, and gives it back."""
    with place(PACK) as house:
        sell(house, "pack")
        assert cents(book(house, "laser", at(10, 11))) == 0
        assert left(house, "hours") * 60 == 540
        half = book(house, "laser", at(11, 11.5)).value
        assert left(house, "hours") == Decimal("8.5")
        book(house, "laser", at(11.5, 12))
        assert left(house, "hours") * 60 == 480
        house.do(c.CancelBooking(half.id))
        assert left(house, "hours") == Decimal("8.5")


def test_f03_what_the_pack_has_not_left_is_paid():
    """F03: nine and a half hours are used; of the next hour half is taken from the pack, and half is paid."""
    with place(PACK) as house:
        sell(house, "pack")
        book(house, "laser", at(8, 17.5))
        assert cents(book(house, "laser", at(18, 19))) == 600
        assert left(house, "hours") == 0


def test_f07_slots_for_subscribers_of_one_plan():
    """F07: who has no plan or another one cannot book the machine; a subscriber of plan 2 can, while it lasts."""
    text = """
    [product.one]
    sells = "plan"
    rate = { price = 10.00 }
    valid = { lasts = "1 month", ends = "the day before" }
    [product.two]
    sells = "plan"
    rate = { price = 20.00 }
    valid = { lasts = "1 month", ends = "the day before" }
    [product.mill]
    eligible = { id = "plan 2", when = { lacks = "two" }, refuse = "not_for", why = "for subscribers of plan 2" }
    rate = { price = 15.00, per = "1h" }
    """
    with place(text) as house:
        sell(house, "one", "bob")
        sell(house, "two", "zoe")
        for person in ("bob", "eve"):
            with pytest.raises(e.NotForSaleError) as caught:
                book(house, "mill", at(10, 11), person=person)
            assert [(one.code, one.why) for one in caught.value.refusals] == [("not_for", "for subscribers of plan 2")]
        assert cents(book(house, "mill", at(10, 11))) == 1500
        assert cents(book(house, "mill", at(10, 11, date(2026, 12, 23)))) == 1500
        with pytest.raises(e.NotForSaleError):
            book(house, "mill", at(10, 11, date(2026, 12, 24)))


PLAN = """
[facts]
offered = "yes/no"
[product.month]
sells = "plan"
rate = { price = 30.00 }
valid = { lasts = "1 month", ends = "the day before" }
grant = { account = "credit", unit = "1h", units = 1 }
[product.printer]
cover = { by = "credit", unit = "1h", partial = true }
beyond = "rate"
rate = [{ when = { holds = "month" }, price = 6.00, per = "1h" }, { price = 20.00, per = "1h" }]
"""


def test_f02_two_slots_and_a_plan_in_one_order():
    """F02: a slot that staff offer, one that is paid and a monthly plan: one charge, at the rate of the plan.

    The slots are held before, and booked with the order; where nobody pays it they are free again.
    """
    text = """
    [facts]
    offered = "yes/no"
    [product.month]
    sells = "plan"
    rate = { price = 30.00 }
    valid = { lasts = "1 month", ends = "the day before" }
    [product.printer]
    rate = [{ when = { holds = "month" }, price = 6.00, per = "1h" }, { price = 20.00, per = "1h" }]
    adjust = { id = "offered", when = { offered = true }, free = true }
    cancel = { delay = { unit = "hour" }, keep = [{ from = 2, percent = "0%" }, { from = 0, percent = "100%" }] }
    """
    with place(text) as house:

        def hold(hour: int) -> str:
            asked = c.HoldSpace(
                space_id="machine", product_id="list/printer", period=at(hour, hour + 1), person_id="zoe"
            )
            return house.do(asked).value.id

        first, second = hold(10), hold(12)
        lines = (
            c.SellLine("list/month"),
            c.SellLine(booking_id=first, facts={"offered": True}),
            c.SellLine(booking_id=second, facts={"offered": False}),
        )
        order = c.Sell(lines, place_id="paris", person_id="zoe")
        waits = house.do(order)
        assert (waits.value.state, [charge.amount for charge in waits.charges]) == ("pending", [eur(3600)])
        with pytest.raises(e.ConflictError):
            book(house, "printer", at(10, 11), person="bob", facts={"offered": False})
        house.wait(minutes=15)
        house.cantine.run_due()
        assert [house.get(m.Booking, id).state for id in (first, second)] == ["expired", "expired"]
        assert left(house, "month") == 0
        first, second = hold(10), hold(12)
        lines = (lines[0], attrs.evolve(lines[1], booking_id=first), attrs.evolve(lines[2], booking_id=second))
        sold = house.do(attrs.evolve(order, lines=lines, account="desk"))
        assert (sold.value.state, cents(sold)) == ("sold", 3600)
        assert [house.get(m.Booking, id).state for id in (first, second)] == ["confirmed", "confirmed"]
        with pytest.raises(e.ConflictError):
            book(house, "printer", at(10, 11), person="bob", facts={"offered": False})
        assert house.do(c.CancelBooking(second)).given_back == eur(600)
        assert house.do(c.CancelBooking(first)).given_back is None
        assert cents(book(house, "printer", at(14, 15), facts={"offered": False})) == 600


def test_f09_one_slot_on_the_credit_and_one_at_the_rate_of_the_plan():
    """F09: the credit of a plan pays the first hour, the second is 6.00 and not the 20.00 of everybody else."""
    with place(PLAN) as house:
        sell(house, "month")
        assert [cents(book(house, "printer", at(hour, hour + 1))) for hour in (10, 11)] == [0, 600]
        assert left(house, "credit") == 0
        assert cents(book(house, "printer", at(12, 13), person="bob")) == 2000


def test_n24_two_hours_beyond_those_of_the_plan():
    """N24: ten hours of the room are in the plan, an event is of twelve: 140.00 for the two that are over."""
    text = """
    [product.plan]
    sells = "plan"
    rate = { price = 200.00 }
    valid = { lasts = "1 month", ends = "the day before" }
    grant = { account = "room hours", unit = "1h", units = 10 }
    [product.event]
    cover = { by = "plan", unit = "1h", partial = true }
    beyond = "rate"
    rate = { price = 70.00, per = "1h" }
    """
    with place(text) as house:
        sell(house, "plan")
        party = book(house, "event", at(10, 22, TOMORROW), "room")
        assert (cents(party), left(house, "room hours")) == (14000, 0)
        house.do(c.CancelBooking(party.value.id))
        assert left(house, "room hours") == 10
        assert cents(book(house, "event", at(10, 20, TOMORROW), "room")) == 0


def test_q15_an_hour_pays_four_quarters():
    """Q15: a booking pass of one hour pays four bookings of 15 minutes, and no fifth."""
    text = """
    [product.pass]
    sells = "grant"
    grant = { account = "bookings", unit = "1h", units = 1 }
    rate = { price = 10.00 }
    [product.booth]
    cover = { by = "pass", unit = "1h", smallest = "0.25" }
    beyond = "rate"
    rate = { price = 16.00, per = "1h" }
    """
    with place(text) as house:
        sell(house, "pass")
        paid = [cents(book(house, "booth", at(10 + quarter / 4, 10.25 + quarter / 4))) for quarter in range(5)]
        assert paid == [0, 0, 0, 0, 400]


def test_r10_a_carnet_for_the_open_space_the_office_and_the_meeting_room():
    """R10: ten tickets of six months: a half-day 1, the private office 2, the meeting room 1 for each hour."""
    text = """
    [product.carnet]
    sells = "grant"
    grant = { account = "tickets", unit = "ticket", units = 10 }
    rate = { price = 70.00 }
    valid = { lasts = "6 months", ends = "same day" }
    [product.half-day]
    stay = "13:00"
    cover = { by = "carnet", unit = "visit" }
    beyond = "rate"
    rate = { price = 8.00 }
    [product.office]
    cover = { by = "carnet", unit = "half-day", takes = 2 }
    beyond = "rate"
    rate = { price = 16.00 }
    [product.meeting]
    cover = { by = "carnet", unit = "1h" }
    beyond = "rate"
    rate = { price = 9.00, per = "1h" }
    """
    with place(text) as house:
        sell(house, "carnet")
        come = house.do(c.CheckIn(place_id="paris", product_id="list/half-day", person_id="zoe", account="desk"))
        assert (cents(come), left(house, "tickets")) == (0, 9)
        assert (cents(book(house, "office", at(9, 13), "office")), left(house, "tickets")) == (0, 7)
        assert (cents(book(house, "meeting", at(14, 17), "room")), left(house, "tickets")) == (0, 4)
        assert cents(book(house, "office", at(9, 13, date(2027, 5, 24)), "office")) == 0
        assert cents(book(house, "office", at(9, 13, date(2027, 5, 25)), "office")) == 1600
        assert left(house, "tickets") == 2


def test_t05_a_rate_for_people_with_a_valid_membership():
    """T05: 8.00 an hour with an adhésion that is valid on the day of use; without one the list says 12.00."""
    text = """
    [product.membership]
    sells = "membership"
    rate = { price = 10.00 }
    valid = { year = "calendar" }
    [product.kiln]
    rate = [{ when = { holds = "membership" }, price = 8.00, per = "1h" }, { price = 12.00, per = "1h" }]
    """
    with place(text) as house:
        assert cents(book(house, "kiln", at(10, 11))) == 1200
        sell(house, "membership")
        days = (TODAY, date(2026, 12, 31), date(2027, 1, 1))
        assert [cents(book(house, "kiln", at(14, 15, day))) for day in days] == [800, 800, 1200]
        assert cents(book(house, "kiln", at(16, 17), person="bob")) == 1200
