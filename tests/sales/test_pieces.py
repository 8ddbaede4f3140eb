"""Pieces of a line are changed and ended by steps of that line, in any order."""

from __future__ import annotations

from datetime import time, timedelta
from itertools import permutations
from typing import Any

import pytest

from cantinekit import commands as c
from cantinekit import records as m
from support.houses.one_list import at, book
from support.houses.papers import said, shop, state
from support.houses.small_house import TODAY, House

RULES = """
[tax.full]
rates = [{ from = 2014-01-01, rate = "20%" }]

[product.desks]
tax = "full"
rate = { price = 10.00, per = "1h" }
move = { fee = 0.00, delay = { unit = "hour" }, from = 0 }
cancel = { delay = { unit = "hour" }, keep = [{ from = 0, percent = "0%" }] }

[product.class]
tax = "full"
rate = { price = 15.00 }
cancel = { delay = { unit = "day" }, keep = [{ from = 0, percent = "0%" }] }

[product.materials]
tax = "full"
rate = { price = 8.00 }
cancel = { delay = { unit = "day" }, keep = [{ from = 0, percent = "0%" }] }
"""
DAY = TODAY + timedelta(7)
HOURS, UNITS = "an hour less", "a unit less"


def step(house: House, booking_id: str, what: str) -> None:
    """One of three hours goes, or one of three desks."""
    booking = house.get(m.Booking, booking_id)
    how: dict[str, Any] = {"units": booking.units - 1}
    if what == HOURS:
        how = {"period": type(booking.period)(booking.period.start, booking.period.end - timedelta(hours=1))}
    house.do(c.MoveBooking(booking_id, account="desk", **how))


@pytest.mark.parametrize("order", sorted(set(permutations((HOURS, HOURS, UNITS)))))
def test_pieces_of_a_booking_in_any_order(order):
    """Three desks for three hours become two desks for one hour: what is paid in the end is the same in any order."""
    with shop(RULES) as house:
        booked = book(house, "desks", at(10, 13, DAY), "open", units=3)
        for what in order:
            step(house, booked.value.id, what)
        balance = dict(house.cantine.read.trial_balance("asso", TODAY + timedelta(60)))
        assert balance["account/desk"].amount == 2 * 1000


@pytest.mark.xfail(strict=True, raises=AssertionError, reason="a part of a booking is a sum of money, and no pieces")
@pytest.mark.parametrize("what", [HOURS, UNITS])
def test_a_piece_is_what_the_paper_says(what):
    """One of three hours, or one of three desks, goes: the credit note says how much of the line that is."""
    with shop(RULES) as house:
        booked = book(house, "desks", at(10, 13, DAY), "open", units=3)
        state(house)
        step(house, booked.value.id, what)
        assert said(state(house)) == [("desks", "", 180, -3000)]


def register(house: House, seats: int) -> m.Registration:
    """A party of so many at a class, with materials for each."""
    asked = c.AddWorkshop(
        place_id="paris", title="Class", product_id="list/class", option_ids=("list/materials",), id="class"
    )
    house.do(asked)
    asked = c.AddSession(workshop_id="class", day=DAY, starts=time(18), ends=time(20), seats=9, id="evening")
    house.do(asked)
    return house.do(
        c.Register(session_id="evening", person_id="zoe", seats=seats, option_ids=("list/materials",), account="desk")
    ).value


@pytest.mark.xfail(strict=True, raises=AttributeError, reason="a part of a party cannot be changed")
def test_a_part_of_the_party():
    """One of three does not come: their seat is free, and a credit note says one seat and one set of materials."""
    with shop(RULES) as house:
        mine = register(house, 3)
        state(house)
        house.do(c.Change(mine.line_id, count=2, account="desk"))
        assert house.get(m.Registration, mine.id).seats == 2
        assert said(state(house)) == [("class", "", 1, -1500), ("materials", "", 1, -800)]


@pytest.mark.xfail(strict=True, raises=AttributeError, reason="the options of a seat cannot be changed by themselves")
def test_materials_of_a_seat():
    """Somebody brings their own material: that line ends, the seat stays."""
    with shop(RULES) as house:
        mine = register(house, 1)
        state(house)
        (option,) = (one for one in house.cantine.read.sale(mine.id).lines if one.product_id == "list/materials")
        house.do(c.Cancel((option.id,), reason="brings their own"))
        assert house.get(m.Registration, mine.id).state == "confirmed"
        assert said(state(house)) == [("materials", "", 1, -800)]
