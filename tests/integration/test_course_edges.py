"""Courses at the edges: what the price list is told of them, which units stay spent, caps, doors that overlap."""

from __future__ import annotations

from datetime import time, timedelta

import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.domain.dates import claims
from cantinekit.errors import InputError
from support.houses import tuesday_course
from support.houses.edges import meters
from support.houses.small_house import TARIFF, House, snapshot
from support.houses.tuesday_course import DAYS, after, course_house, due, money, seat, tuesdays
from support.laws import house_laws

TWO = """
[product.two]
rate = { price = 80.00 }
sells = "grant"
grant = { account = "carnet", units = 2, unit = "entry" }
valid = { lasts = "100 days", first_day = "counts" }
"""


def check(house: House) -> None:
    due(house)
    house_laws.hold(house.storage, house.clock.now())
    house_laws.folds(house.storage)


def test_the_price_list_counts_the_meetings_that_take_place():
    """``meetings`` is how many the course has, without those that were cancelled."""
    house = course_house()
    per_meeting = tuesday_course.PRICES.replace("{ price = 120.00 }", '{ price = 15.00, per = "meetings" }')
    house.do(c.PublishTariff(TARIFF + per_meeting))
    house.do(tuesdays())
    house.do(c.CancelMeeting(session_id="crs", meeting_id=tuesday_course.ids(house)[4], reason="ill"))
    assert money(house, seat(house, "zoe"))[0] == "105.00"


def test_the_units_that_were_spent_first_stay_spent():
    """Of two carnets that paid for a course that ends early, the one that runs out first keeps what was held spent."""
    house = course_house()
    house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="zoe", account="desk"))
    house.do(c.PublishTariff(TARIFF + tuesday_course.PRICES + TWO))
    house.do(c.SellPass(product_id="net/two", place_id="paris", holder_id="zoe", account="desk"))
    house.do(tuesdays("english"))
    one = house.do(c.Register(session_id="crs", person_id="zoe")).value
    assert sorted(spend.units for spend in one.spends) == [2, 6]
    after(house, 2)
    house.do(c.CancelSession("crs", reason="fire"))
    check(house)
    left = {house.get(m.Pass, each.pass_id).product_id: each.left for each in house.all(m.Entitlement)}
    assert left == {"carnet": 10, "net/two": 0}


def test_a_cap_keeps_the_share_of_what_was_held():
    """What a course counts for under a cap is what of its price stays: three eighths where three of eight were held."""
    house = course_house()
    cap = 'adjust = [{ id = "cap", at_most = 100.00, same = ["person", "day"] }]\n'
    house.do(
        c.PublishTariff(TARIFF + tuesday_course.PRICES.replace("[product.lessons]\n", f"{cap}[product.lessons]\n"))
    )
    house.do(tuesdays())
    one = seat(house, "zoe")
    assert (money(house, one)[0], meters(house)) == ("100.00", [10000])
    after(house, 3)
    house.do(c.CancelSession("crs", reason="fire"))
    assert (money(house, one)[1], meters(house)) == ("62.50", [3750])
    house_laws.folds(house.storage)


def test_the_next_door_that_is_open_is_the_one_that_somebody_is_at():
    """While a meeting runs and the door of the next is open, whoever registers at the door is marked at the next."""
    house = course_house()
    meetings = [(DAYS[0], time(14), time(16)), (DAYS[0], time(16, 30), time(18)), (DAYS[1], time(14), time(16))]
    course = house.do(c.AddCourse(workshop_id="choir", meetings=meetings, seats=5, id="crs", late_joiners=True)).value
    _, next_one, last = (one.id for one in course.meetings)
    house.clock.set(course.meetings[0].period.end - timedelta(minutes=15))
    one = house.do(c.Register(session_id="crs", person_id="zoe", at_door=True)).value
    assert ([mark.meeting_id for mark in one.marks], one.meeting_ids) == ([next_one], (next_one, last))


def test_a_course_is_refused_that_needs_more_pages_than_one_batch_holds(monkeypatch):
    """Eight days and what stands on the room are nine pages: with room for eight nothing is stored, with nine it is."""
    house = course_house()
    before = snapshot(house.storage)
    monkeypatch.setattr(claims, "MOST_PAGES", 8)
    with pytest.raises(InputError, match="8 dates"):
        house.do(tuesdays())
    assert snapshot(house.storage) == before
    monkeypatch.setattr(claims, "MOST_PAGES", 9)
    assert len(house.do(tuesdays()).value.meetings) == 8
