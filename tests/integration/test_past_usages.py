"""What was sold, as the usages of a replay: each price that stands, by the journal, without a name."""

from __future__ import annotations

from datetime import date, time, timedelta

import attrs
import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.clock import day_bounds
from cantinekit.errors import CurrencyError, InputError
from cantinekit.reads.usages import PastUsages
from support.houses.clock_house import clock_house, local
from support.houses.lasting_house import hold_plan
from support.houses.scoped_house import HEAD, scoped_house
from support.houses.shop_house import SHOP, open_shop
from support.houses.small_house import CANARIES, TODAY, open_house, period
from support.stores.counting import Counting

DAYS = (
    HEAD.format(id="scoped")
    + """
[product.hour]
choose = { take = "cheapest", compare = "rate", same = ["person", "day"] }
offer = [{ id = "time", price = 5.00, per = "1h" }, { id = "day", price = 12.00 }]
"""
)
STUDENTS = """
[product.talk]
rate = [{ when = { student = true }, price = 3.00 }, { price = 6.00 }]
"""
TOMORROW = TODAY + timedelta(days=1)


def read(house, *places, first=TODAY, last=TODAY) -> PastUsages:
    return house.cantine.read.usages(places or ("paris",), first, last)


def rows(house, *places, **days):
    return list(read(house, *places, **days).rows())


def prices(found):
    return [(one.kind, one.product, one.customer_id, one.charged) for one in found]


@pytest.mark.parametrize("url", ["memory://", "sqlite:///{}/house.db"])
def test_each_thing_that_was_sold(url, tmp_path):
    """A visit, a carnet, a visit by the carnet, a booking and a seat are rows with their price and no name."""
    house = open_house(url.format(tmp_path))
    house.do(c.CheckIn(place_id="paris", product_id="half-day", person_id="bob", account="desk"))
    house.do(c.SellPass(place_id="paris", product_id="carnet", holder_id="zoe", account="desk"))
    house.wait(minutes=1)
    house.do(c.CheckIn(place_id="paris", product_id="day", person_id="zoe"))
    house.do(c.Book(space_id="b", product_id="room", period=period(13, 15), account="desk"))
    house.do(c.Register(session_id="paid", person_id="eve", account="desk"))
    usages = read(house)
    found = list(usages.rows())
    assert prices(found) == [
        ("visit", "half-day", "bob", 700),
        ("pass", "carnet", "zoe", 8000),
        ("visit", "day", "zoe", 0),
        ("booking", "room", None, 3000),
        ("registration", "seat", "eve", 1000),
    ]
    assert (found[3].period, found[3].currency, found[3].notes) == (period(13, 15), "EUR", ())
    assert len({one.id for one in found}) == 5
    assert usages.lots() == {}, "the carnet is a row"
    assert not any(canary in repr(one) for one in found for canary in CANARIES)


def test_what_does_not_stand_is_left_out():
    """What was called off, is not paid, or had its place taken by another price is no row; the last price is."""
    house = open_house(outcomes=("pending",))
    gone = house.do(c.Book(space_id="b", product_id="room", period=period(13, 15), account="desk")).value
    house.do(c.CancelBooking(gone.id))
    house.do(c.Book(space_id="b", product_id="room", period=period(13, 14), account="card"))
    visit = house.do(c.CheckIn(place_id="paris", product_id="half-day", person_id="bob", account="desk")).value
    house.do(c.UpgradeVisit(visit.id, product_id="day", account="desk"))
    (found,) = rows(house)
    assert (found.product, found.charged, found.notes) == ("day", 1000, ("amended",))


def test_days_and_places():
    """Only what was sold on these days at these places is there, and nothing is asked of the rest of the journal."""
    house = open_house()
    for _ in range(3):
        house.do(c.CheckIn(place_id="paris", product_id="half-day", account="desk"))
        house.wait(days=1)
    house.do(c.CheckIn(place_id="brest", product_id="day", account="desk"))
    assert len(rows(house, last=TODAY + timedelta(days=9))) == 3
    (found,) = rows(house, first=TOMORROW, last=TOMORROW)
    assert found.bought.date() == TOMORROW
    assert [
        one.product for one in rows(house, "paris", "brest", first=TODAY + timedelta(days=2), last=date(2027, 1, 1))
    ] == [
        "half-day",
        "day",
    ]
    assert rows(house, first=date(2026, 1, 1), last=date(2026, 2, 1)) == []


def test_a_day_ends_at_midnight():
    """What is sold a minute before midnight is of that day, and what is sold a minute after it of the next one."""
    house = open_house()
    house.clock.advance(day_bounds(TODAY, "Europe/Paris").end - timedelta(minutes=1) - house.clock.now())
    for person in ("bob", "zoe"):
        house.do(c.SellPass(place_id="paris", product_id="carnet", holder_id=person, account="desk"))
        house.clock.advance(timedelta(minutes=2))
    assert [one.customer_id for one in rows(house)] == ["bob"]
    assert [one.customer_id for one in rows(house, first=TOMORROW, last=TOMORROW)] == ["zoe"]


def test_the_cost_does_not_grow_with_the_journal():
    """A day in a long journal costs a few looks at single entries to find it, and one page."""
    house = open_house()
    for _ in range(40):
        house.do(c.CheckIn(place_id="paris", product_id="half-day", account="desk"))
        house.wait(days=1)
    counting = Counting(house.storage)
    house.cantine.read._storage = counting
    usages = read(house, first=TODAY + timedelta(days=20), last=TODAY + timedelta(days=20))
    counting.clear()
    assert len(list(usages.rows())) == 1
    assert counting.trips <= 24


def test_units_and_meters_of_before():
    """Units that were bought before the first day, or given, are told as they stood, and so are the meters."""
    house = open_house()
    house.do(c.SellPass(place_id="paris", product_id="carnet", holder_id="zoe", account="desk"))
    house.do(c.CheckIn(place_id="paris", product_id="day", person_id="zoe"))
    house.do(c.Book(space_id="open", product_id="desk", period=period(33, 35), person_id="bob", account="desk"))
    house.wait(days=1)
    house.do(c.GrantPass(product_id="carnet", place_id="paris", holder_id="bob", reason="a gift"))
    house.do(c.CheckIn(place_id="paris", product_id="day", person_id="zoe"))
    house.do(c.CheckIn(place_id="paris", product_id="half-day", person_id="bob"))
    house.do(c.Book(space_id="open", product_id="desk", period=period(38, 40), person_id="bob", account="desk"))
    usages = read(house, first=TOMORROW, last=TOMORROW)
    with pytest.raises(InputError, match="rows comes first"):
        usages.lots()
    assert [one.charged for one in usages.rows()] == [0, 0, 400]
    lots = {who: [(lot.account, lot.left) for lot in held] for who, held in usages.lots().items()}
    assert lots == {"zoe": [("carnet", 9)], "bob": [("carnet", 10)]}
    assert list(usages.meters().values()) == [600]


def test_visits_by_the_clock_are_priced_together():
    """Stays of one tab are rows of the last price of the tab, which add up to what it came to."""
    house = clock_house(local(10))
    for _ in range(2):
        visit = house.do(c.CheckIn(place_id="paris", product_id="hour", person_id="zoe")).value
        house.wait(hours=2, minutes=10)
        house.do(c.CheckOut(visit.id, account="desk"))
    found = rows(house)
    assert [(one.subject_id, one.notes) for one in found] == [(visit.id, ("together",))] * 2
    assert sum(one.charged for one in found) == 1600
    assert [one.period.length for one in found] == [timedelta(hours=2, minutes=10)] * 2


def test_orders_line_by_line():
    """Each line of an order is a row with its share; one that was called off is none, one that was measured is one."""
    house = open_shop()
    lines = [c.SellLine("coffee", count=2), "print", "lunch"]
    order = house.do(c.Sell(lines, place_id="paris", person_id="zoe", account="desk")).value
    house.do(c.CancelOrder(order.id, line=3))
    house.do(c.MeasureOrder(order.id, line=2, facts={"pages": 30}, account="desk"))
    found = rows(house)
    assert [(one.product, one.count, one.charged) for one in found] == [("coffee", 2, 400), ("print", 1, 300)]
    assert found[1].facts == {"pages": 30, "site": "paris"}
    assert "amended" in found[1].notes


def test_dates_of_a_series():
    """Each date of a series that is still booked is a row."""
    house = open_house()
    series = house.do(
        c.BookSeries(
            space_id="b", product_id="room", day=TOMORROW, starts=time(9), ends=time(10), rule="FREQ=DAILY;COUNT=3",
            person_id="zoe", account="desk",
        )
    ).value  # fmt: skip
    house.do(c.CancelBooking(series.booking_ids[1]))
    assert [one.charged for one in rows(house)] == [1500, 1500]


def test_somebody_who_was_forgotten_is_an_id():
    """Facts of a person are gone with the person: the row says so, and stays."""
    house = open_shop()
    house.do(c.PublishTariff(SHOP + STUDENTS))
    house.do(c.SetFact("zoe", name="student", value=True))
    house.do(c.Sell(["talk"], place_id="paris", person_id="zoe", account="desk"))
    (before,) = rows(house)
    assert (before.charged, before.facts["student"], before.notes) == (300, True, ())
    assert read(house).facts["student"] == "yes/no"
    house.do(c.ForgetPerson("zoe"))
    (after,) = rows(house)
    assert (after.charged, after.customer_id, after.notes) == (300, "zoe", ("forgotten",))
    assert "student" not in after.facts


def test_what_cannot_be_asked():
    """Places of several currencies, no place, and days that are no period are refused."""
    house = open_house()
    place = attrs.evolve(house.get(m.Place, "nuit"), id="zurich", currency="CHF")
    house.do(c.AddPlace(name="Z", entity_id="asso", zone="Europe/Zurich", currency="CHF", id=place.id))
    with pytest.raises(CurrencyError):
        read(house, "paris", "zurich")
    with pytest.raises(InputError):
        house.cantine.read.usages((), TODAY, TODAY)
    with pytest.raises(InputError):
        read(house, first=TODAY, last=TODAY - timedelta(days=1))


def test_what_is_priced_as_a_whole_stands_as_it_is_now():
    """Bookings that are priced as a whole are rows of what each comes to since another one was called off."""
    house = scoped_house(DAYS, ["hour"])
    booked = [
        house.do(c.Book(space_id="b", product_id="s-hour", period=period(at, at + 1), person_id="zoe", account="desk"))
        for at in (9, 11, 13)
    ]
    assert [one.charged for one in rows(house)] == [500, 500, 200]
    house.do(c.CancelBooking(booked[0].value.id))
    found = rows(house)
    assert [(one.charged, "together" in one.notes) for one in found] == [(500, True), (500, True)]


def test_later_periods_and_a_change_of_plan():
    """A pass that is renewed is a row for each period; a change of plan is none, and its units are told as given."""
    house = open_house()
    sold = hold_plan(house)
    house.wait(days=40)
    house.cantine.run_due()
    first, later = (TODAY, TODAY + timedelta(days=60))
    assert [(one.product, one.notes) for one in rows(house, first=first, last=later)] == [
        ("desk", ()),
        ("desk", ("renewed",)),
        ("desk", ("renewed",)),
    ]
    house.do(c.ChangePass(sold, product_id="plans/office", account="desk"))
    assert [one.product for one in rows(house, first=first, last=later)] == ["desk"] * 3


def test_a_gift_is_nobodys_row():
    """A gift is a row without a customer, since another has what it gives; what was claimed is told as given."""
    house = open_house()
    gift = house.do(c.GiftPass(product_id="carnet", place_id="paris", buyer_id="bob", account="desk"))
    house.do(c.ClaimPass(gift.value.code, holder_id="zoe"))
    house.do(c.CheckIn(place_id="paris", product_id="day", person_id="zoe"))
    usages = read(house)
    gift, visit = usages.rows()
    assert prices([gift, visit]) == [("gift", "carnet", None, 8000), ("visit", "day", "zoe", 0)]
    assert (gift.notes, visit.notes) == (("gift",), ())
    assert [lot.left for lot in usages.lots()["zoe"]] == [10]
