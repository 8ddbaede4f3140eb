"""Edges of money that nobody reaches by the way: each test fails where its line of code says something else."""

from __future__ import annotations

from datetime import time

import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.money import Money
from support.houses.edges import accounts
from support.houses.list_house import book, in_days, sell, selling
from support.houses.small_house import House, period
from support.laws import house_laws

LIST = """
[facts]
grams = "number"
[product.hall]
rate = { price = 12.00, per = "1h" }
[product.club]
rate = { price = 12.00 }
needs = { product = "badge", add = true }
[product.badge]
sells = "membership"
valid = { lasts = "1 year", ends = "same day" }
rate = { price = 30.00 }
[product.carnet]
sells = "grant"
rate = { price = 8.00 }
grant = { account = "carnet", unit = "entry", units = 2 }
[product.single]
sells = "grant"
rate = { price = 5.00 }
grant = { account = "single", unit = "entry", units = 1 }
[product.entry]
rate = { price = 10.00 }
cover = [{ by = "carnet", unit = "entry", beyond = "rate" }]
[product.cut]
afterwards = ["grams"]
rate = { flat = 1.00, price = 0.10, per = "grams" }
cover = [{ by = "carnet", unit = "entry", beyond = "rate" }]
[product.half-day]
stay = "half-day"
rate = { price = 3.00 }
[product.day]
stay = "day"
rate = { price = 9.00 }
cover = [{ by = "single", unit = "entry" }]
beyond = { debt_at = "single" }
"""
SOON = in_days(1)


def eur(cents: int) -> Money:
    return Money(cents, "EUR")


@pytest.fixture
def house():
    """A house that sells by the list, whose laws hold in the end."""
    found = selling(LIST)
    yield found
    house_laws.hold(found.storage, found.clock.now())
    house_laws.folds(found.storage)


def dates(house: House, product: str = "hall") -> m.BookingSeries:
    """Three dates that share one charge, of 12.00 each."""
    days = {"day": SOON, "starts": time(10), "ends": time(11), "rule": "FREQ=DAILY;COUNT=3"}
    asked = {"space_id": "a1", "product_id": f"own/{product}", "person_id": "zoe", "account": "desk"}
    return house.do(c.BookSeries(**asked, **days)).value


# --- the share of a date (domain/bookings/ending.py) -----------------------------------------------------------------


def test_staff_give_no_more_of_a_date_than_its_share(house):
    """A date that shares its charge is worth its own part, and not the whole charge."""
    series = dates(house)
    done = house.do(c.CancelBooking(series.booking_ids[0], refund="all", reason="flooded"))
    assert (done.afterwards.refund, done.given_back) == (eur(1200), eur(1200))


def test_a_booking_by_itself_is_worth_its_whole_charge(house):
    """The control: a booking with a charge of its own gets all of it back."""
    booking = book(house, "hall", 10, SOON, hours=2).value
    done = house.do(c.CancelBooking(booking.id, refund="all", reason="flooded"))
    assert (done.afterwards.refund, done.given_back) == (eur(2400), eur(2400))


@pytest.mark.parametrize("hours", [1, 2])
def test_what_a_moved_date_costs_stays_its_own_share(house, hours):
    """A date that was moved to a longer or a shorter time says its share of the charge, which goes back in the end."""
    series = dates(house)
    id = series.booking_ids[0]
    house.do(c.MoveBooking(id, period=period(14, 14 + hours, SOON), account="desk"))
    moved = house.get(m.Booking, id)
    assert moved.part is not None
    assert moved.part.amount == eur(1200)
    assert house.do(c.CancelBooking(id)).given_back == eur(1200 * hours)
    assert house.get(m.Booking, series.booking_ids[1]).part == m.ChargePart(eur(1200))


def test_a_date_that_was_moved_to_less_has_a_smaller_share(house):
    """What went back of a date at a shorter time is off its share, and not off those of the others."""
    days = {"day": SOON, "starts": time(10), "ends": time(12), "rule": "FREQ=DAILY;COUNT=2"}
    asked = {"space_id": "a1", "product_id": "own/hall", "person_id": "zoe", "account": "desk"}
    series = house.do(c.BookSeries(**asked, **days)).value
    house.do(c.MoveBooking(series.booking_ids[0], period=period(14, 15, SOON)))
    parts = [house.get(m.Booking, id).part for id in series.booking_ids]
    assert parts == [m.ChargePart(eur(1200)), m.ChargePart(eur(2400))]
    assert house.do(c.CancelBooking(series.booking_ids[0])).given_back == eur(1200)


@pytest.mark.parametrize("number", [0, 1])
def test_a_date_that_is_free_leaves_what_it_brought(house, number):
    """The first date of a series brought a badge, which is in its share: the badge stays, and what it cost."""
    series = dates(house, "club")
    assert [house.get(m.Booking, id).part.amount for id in series.booking_ids] == [eur(4200), eur(1200), eur(1200)]
    assert house.do(c.CancelBooking(series.booking_ids[number])).given_back == eur(1200)
    assert house.do(c.CancelSeries(series.id)).given_back == eur(2400)
    (badge,) = house.all(m.Pass)
    assert (badge.state, accounts(house)["revenue/own/badge"]) == ("active", -3000)


# --- the units that a measured line may take (domain/orders/measuring.py) --------------------------------------------


def test_a_measured_line_takes_no_unit_that_another_line_took(house):
    """A unit that came back since is none that there was at the sale: the other line had taken the last one."""
    sell(house, "carnet")
    first = book(house, "entry", 8, SOON).value
    lines = [c.SellLine("own/entry", period=period(12, 13, SOON)), c.SellLine("own/cut")]
    order = house.do(c.Sell(lines, place_id="paris", person_id="zoe", account="desk")).value
    assert [[spend.units for spend in line.spends] for line in order.lines] == [[1], []]
    house.do(c.CancelBooking(first.id))
    (units,) = house.all(m.Entitlement)
    assert units.left == 1
    done = house.do(c.MeasureOrder(order.id, line=2, facts={"grams": 30}, account="desk"))
    assert (done.value.lines[1].spends, [one.amount for one in done.charges]) == ((), [eur(300)])
    assert house.get(m.Entitlement, units.id).left == 1


# --- debts that are due later (domain/payments/settling.py) ----------------------------------------------------------


def test_the_debt_of_a_longer_stay_is_due_with_it(house):
    """A difference is due at once, with the debt in it: no part of it is an instalment of later."""
    visit = house.do(c.CheckIn(place_id="paris", product_id="own/half-day", person_id="zoe", account="desk")).value
    house.do(c.UpgradeVisit(visit.id, product_id="own/day", account="desk"))
    charge = house.get(m.Charge, house.get(m.Visit, visit.id).charge_ids[-1])
    assert (charge.amount, charge.at_once, charge.instalments, charge.state) == (eur(200), eur(200), (), "settled")


def test_a_debt_of_a_sale_is_due_later(house):
    """The control: what was owed beside a price that is due at once is an instalment without a day."""
    visit = house.do(c.CheckIn(place_id="paris", product_id="own/day", person_id="zoe", account="desk")).value
    (charge,) = [house.get(m.Charge, id) for id in visit.charge_ids]
    assert (charge.amount, charge.at_once) == (eur(500), eur(0))
    assert charge.instalments == (m.Instalment(None, eur(500)),)
