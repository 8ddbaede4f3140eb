"""Attempts to make a house take, keep or give back wrong money: each is answered by the price list alone."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Any

import pytest

from cantinekit import commands as c
from cantinekit import errors as e
from cantinekit import records as m
from cantinekit.money import Money
from support.houses.clock_house import clock_house, local
from support.houses.list_house import book, in_days, sell, selling
from support.houses.small_house import House, period
from support.laws import house_laws

LATER = in_days(7)
LIST = """
[product.half]
stay = "half-day"
rate = { price = 7.00 }
[product.day]
stay = "day"
rate = { price = 10.00 }
[product.cheap]
stay = "day"
rate = { price = 4.00 }
[product.key]
sells = "grant"
grant = { account = "keys", units = 2, unit = "key" }
rate = { price = 6.00 }
[product.locker]
rate = { price = 4.00 }
cover = [{ by = "keys", unit = "key", beyond = "rate" }]
[product.membership]
sells = "membership"
valid = { lasts = "1 year", ends = "same day" }
rate = { price = 20.00 }
[product.hall]
rate = { price = 5.00, per = "1h" }
needs = { product = "membership", add = true }
[product.gift]
sells = "grant"
grant = { account = "gifts", unit = "EUR", value = 30.00 }
rate = { price = 30.00 }
[product.lunch]
rate = { price = 12.00 }
[product.badge]
sells = "membership"
valid = { lasts = "1 year", ends = "same day" }
rate = { price = 9.00 }
deposit = { id = "caution", price = 15.00 }
[product.kept]
stay = "half-day"
rate = { price = 7.00 }
deposit = { id = "caution", price = 20.00 }
[order]
vouchers = "gifts"
"""


def kept(house: House) -> int:
    """What was taken and did not go back, in cents."""
    paid = sum(one.captured for one in house.all(m.Attempt))
    return paid - sum(one.amount.amount for one in house.all(m.Refund) if one.state != "declined")


def owed(house: House) -> int:
    return sum(one.outstanding.amount for one in house.all(m.Charge) if one.state == "due")


def holds(house: House) -> None:
    house_laws.hold(house.storage, house.clock.now())
    house_laws.folds(house.storage)


@pytest.fixture
def house():
    """A house whose laws hold in the end."""
    found = selling(LIST)
    yield found
    holds(found)


def check_in(house: House, product: str, **more: Any) -> m.Visit:
    asked = {"place_id": "paris", "person_id": "zoe", **more}
    return house.do(c.CheckIn(product_id=f"own/{product}", **asked)).value


@pytest.mark.parametrize("paid", [100, 500, 1100])
def test_a_visit_paid_in_part_costs_less(paid):
    """What is paid in part and corrected to less is owed less first; only what is beyond the price goes back."""
    house = clock_house(local(9))
    visit = house.do(c.CheckIn(place_id="paris", product_id="hour", person_id="zoe")).value
    house.clock.set(local(12))
    charge = house.do(c.CheckOut(visit.id)).charges[0]
    house.do(c.Pay(charge.id, account="desk", amount=Money(paid, "EUR")))
    house.do(c.CorrectVisit(visit.id, closed_at=local(10), reason="left at ten"))
    assert (kept(house), owed(house)) == (min(paid, 400), max(0, 400 - paid))
    house.do(c.CancelVisit(visit.id, reason="was not there"))
    assert (kept(house), owed(house)) == (0, 0)
    holds(house)


@pytest.mark.parametrize(("product", "price"), [("day", 1000), ("cheap", 400)])
@pytest.mark.parametrize("paid", [0, 300, 700])
def test_a_stay_on_account_is_made_longer(house, product, price, paid):
    """A longer stay costs the difference also where the first is still owed: together its price is owed and paid."""
    visit = check_in(house, "half", on_account=True)
    if paid:
        house.do(c.Pay(visit.charge_ids[0], account="desk", amount=Money(paid, "EUR")))
    house.do(c.UpgradeVisit(visit.id, product_id=f"own/{product}", on_account=True))
    assert (kept(house), owed(house)) == (min(paid, price), max(0, price - paid))


def test_a_stay_with_a_pass_is_made_longer(house):
    """What a pass cost that was bought along does not pay for a longer stay, and stays when the visit is cancelled."""
    visit = check_in(house, "half", account="desk", extras={"key": 1})
    house.do(c.UpgradeVisit(visit.id, product_id="own/day", account="desk"))
    assert kept(house) == 1000 + 600
    house.do(c.CancelVisit(visit.id, reason="was not there"))
    assert kept(house) == 600


def test_units_that_come_back_to_a_cancelled_pass(house):
    """A pass that was cancelled is spent no more: a unit that comes back to it later is the house's."""
    sold = sell(house, "key").value
    booked = book(house, "locker", 10, LATER).value
    house.do(c.CancelPass(sold.id, refund="all", reason="goodwill"))
    house.do(c.CancelBooking(booked.id))
    (units,) = house.all(m.Entitlement)
    assert (units.left, units.used, units.given_back) == (0, 0, 2)
    assert book(house, "locker", 10, LATER).charges[0].amount == Money(400, "EUR")


def test_a_voucher_that_was_given_back_pays_no_more(house):
    """What is refunded to a voucher that was cancelled and given back is no money to spend."""
    sold = sell(house, "gift").value
    eaten = house.do(c.Sell(["own/lunch"], place_id="paris", person_id="zoe", account="desk")).value
    house.do(c.CancelPass(sold.id, refund="all", reason="goodwill"))
    house.do(c.CancelOrder(eaten.id, refund="all", reason="goodwill"))
    assert house.all(m.Entitlement)[0].left == 0


def test_a_booking_with_a_membership_is_moved(house):
    """Moving gives nothing back of a membership that was had along with it, however often; each goes by itself."""
    booked = book(house, "hall", 10, LATER).value
    for hour in (12, 14, 10):
        done = house.do(c.MoveBooking(booked.id, period=period(hour, hour + 1, LATER), account="desk"))
        assert (done.afterwards.refund.amount, kept(house)) == (0, 2500)
    house.do(c.CancelBooking(booked.id))
    assert kept(house) == 2000
    house.do(c.CancelPass(house.all(m.Pass)[0].id))
    assert kept(house) == 0


def test_seats_with_a_membership_are_moved(house):
    """Moving seats gives nothing back of a membership that was had along with them."""
    house.do(c.AddProduct(name="x", entity_id="asso", pricelist_id="own", tariff_product="hall", sells="seat", id="x"))
    house.do(c.AddWorkshop(place_id="paris", title="Clay", product_id="x", id="clay"))
    for id, day in (("one", LATER), ("two", LATER + timedelta(days=1))):
        house.do(c.AddSession(workshop_id="clay", day=day, starts=time(18), ends=time(19), seats=2, id=id))
    seat = house.do(c.Register(session_id="one", person_id="zoe", account="desk")).value
    assert kept(house) == 2500
    house.do(c.MoveRegistration(registration_id=seat.id, session_id="two", account="desk"))
    assert kept(house) == 2500
    house.do(c.CancelRegistration(seat.id))
    assert kept(house) == 2000


def test_what_went_back_at_a_move_goes_back_once(house):
    """A booking that a key covers once it is moved costs nothing then: cancelling gives nothing back of the key."""
    booked = book(house, "locker", 10, LATER, extras={"key": 1}).value
    house.do(c.MoveBooking(booked.id, period=period(12, 13, LATER), account="desk"))
    assert kept(house) == 600
    house.do(c.CancelBooking(booked.id))
    assert kept(house) == 600


def test_a_date_with_a_membership_is_cancelled(house):
    """The first date of a series brought a membership along: cancelling it gives back the date alone."""
    asked = {"space_id": "a1", "product_id": "own/hall", "person_id": "zoe", "account": "desk"}
    series = house.do(c.BookSeries(day=LATER, starts=time(12), ends=time(13), rule="FREQ=DAILY;COUNT=2", **asked)).value
    assert kept(house) == 2000 + 2 * 500
    house.do(c.CancelBooking(series.booking_ids[0]))
    assert kept(house) == 2000 + 500
    house.do(c.CancelSeries(series.id))
    assert kept(house) == 2000


def test_a_deposit_goes_back_with_its_pass(house):
    """Of a membership that has begun the price stays where the list says nothing; its deposit goes back, once."""
    badge = sell(house, "badge").value
    assert kept(house) == 2400
    house.do(c.CancelPass(badge.id))
    assert kept(house) == 900


def test_the_deposit_of_a_stay_is_no_part_of_a_longer_one(house):
    """A stay with a deposit is made longer: the deposit is neither charged twice nor taken for the price."""
    visit = house.do(c.CheckIn(place_id="paris", product_id="own/kept", person_id="zoe", account="desk")).value
    assert kept(house) == 2700
    done = house.do(c.UpgradeVisit(visit.id, product_id="own/day", account="desk"))
    assert [one.amount.amount for one in done.charges if one.id not in visit.charge_ids] == [300]
    assert kept(house) == 3000


def test_a_pass_of_a_line_is_cancelled_with_its_line(house):
    """A pass that a line of an order gave is taken back by its line, with what the line spent; not by itself."""
    order = house.do(c.Sell(["own/key", "own/lunch"], place_id="paris", person_id="zoe", account="desk")).value
    (key,) = house.all(m.Pass)
    with pytest.raises(e.UnsuitableError, match="cancel that line"):
        house.do(c.CancelPass(key.id))
    house.do(c.CancelOrder(order.id, line=1, reason="not wanted"))
    assert house.get(m.Pass, key.id).state == "cancelled"
    assert kept(house) == 1200
