"""What a command says that it comes to is what it does: money that is told to go back goes back, deposits among it."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Any

import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.errors import IncompleteError, UnsuitableError
from cantinekit.money import Money
from support.houses.list_house import in_days, selling
from support.houses.small_house import House, period
from support.laws import house_laws

LIST = """
[product.course]
rate = { price = 90.00 }
[product.free-course]
rate = { price = 90.00 }
[product.free-course.cancel]
delay = { unit = "day" }
keep = [{ from = 0, percent = "0%" }, { from = "after the start", percent = "0%" }]
[product.seat]
rate = { price = 30.00 }
deposit = { id = "key", price = 10.00 }
cancel = { delay = { unit = "day" }, keep = [{ from = 3, percent = "0%" }, { from = 0, percent = "50%" }] }
"""


WHO = """
[tariff]
id = "who"
name = "Who"
currency = "EUR"
timezone = "Europe/Paris"
prices = "incl"
[facts]
who = ["resident", "other"]
age = "number"
[derive]
old = [{ when = { age = { from = 65 } }, is = "yes" }, { is = "no" }]
[product.room]
rate = { price = 10.00 }
[[product.room.cancel]]
when = { who = "resident", old = "yes" }
delay = { unit = "day" }
keep = [{ from = 0, price = 3.00 }]
[[product.room.cancel]]
delay = { unit = "day" }
keep = [{ from = 0, price = 9.00 }]
"""


METERED = """
[tariff]
id = "power"
name = "Power"
currency = "EUR"
timezone = "Europe/Paris"
prices = "incl"
[facts]
kwh = "number"
[product.hall]
afterwards = ["kwh"]
rate = { flat = 50.00, price = 0.50, per = "kwh" }
[product.room]
rate = { price = 10.00 }
[product.card]
sells = "membership"
valid = { lasts = "1 year", ends = "same day" }
afterwards = ["kwh"]
rate = { flat = 50.00, price = 0.50, per = "kwh" }
[product.bench]
stay = "day"
afterwards = ["kwh"]
rate = { flat = 50.00, price = 0.50, per = "kwh" }
[product.open]
afterwards = ["kwh"]
rate = { flat = 50.00, price = 0.50, per = "kwh" }
"""


def eur(cents: int) -> Money:
    return Money(cents, "EUR")


@pytest.fixture
def house():
    """A house of this list, whose laws hold in the end."""
    opened = selling(LIST)
    yield opened
    house_laws.hold(opened.storage, opened.clock.now())
    house_laws.folds(opened.storage)


def course(house: House, product: str = "course", **more: Any) -> m.Registration:
    """Zoe's place on a course of three evenings, of which one is over."""
    house.do(c.AddWorkshop(place_id="paris", title="Pottery", product_id=f"own/{product}", id="pottery"))
    evenings = [(in_days(day), time(18), time(20)) for day in (7, 14, 21)]
    house.do(c.AddCourse(workshop_id="pottery", meetings=evenings, seats=5, id="evenings", override="at night"))
    asked = {"account": "desk", **more}
    one = house.do(c.Register(session_id="evenings", person_id="zoe", **asked)).value
    house.clock.set(house.clock.now() + timedelta(days=8))
    return one


@pytest.mark.parametrize(
    ("product", "refund", "back"),
    [("course", "all", 9000), ("course", eur(3000), 3000), ("course", "nothing", 0), ("course", None, 0),
     ("free-course", None, 9000)],
)  # fmt: skip
def test_a_course_that_has_begun(house, product, refund, back):
    """What goes back of a course that has begun is what staff say, else what its price list says, else nothing."""
    one = course(house, product)
    done = house.do(c.CancelRegistration(one.id, refund=refund, reason="moved away"))
    assert done.afterwards.refund == eur(back)
    assert (done.given_back or eur(0)) == eur(back)


def test_a_course_on_account_that_has_begun(house):
    """The same on account: what is told to go back is owed no more."""
    one = course(house, account=None, on_account=True)
    house.do(c.CancelRegistration(one.id, refund="all", reason="moved away"))
    assert house.get(m.Charge, one.charge_id).state == "void"


@pytest.mark.parametrize("days", [1, 5], ids=["with a fee", "free"])
@pytest.mark.parametrize("how", [{"account": "desk"}, {"on_account": True}], ids=["paid", "on account"])
def test_the_deposit_of_a_seat_goes_back_with_it(house, days, how):
    """Who gives a seat up has its deposit back, or owes it no more, whether the list keeps something of the price."""
    house.do(c.AddWorkshop(place_id="paris", title="Welding", product_id="own/seat", id="w"))
    house.do(
        c.AddSession(
            workshop_id="w", day=in_days(days), starts=time(18), ends=time(20), seats=2, id="s", override="late"
        )
    )
    one = house.do(c.Register(session_id="s", person_id="zoe", **how)).value
    fee = 0 if days == 5 else 1500
    done = house.do(c.CancelRegistration(one.id))
    charge = house.get(m.Charge, one.charge_id)
    assert (done.afterwards.fee, charge.deposit, charge.earned) == (eur(fee), 0, eur(fee))
    assert charge.kept == (eur(fee) if "account" in how else eur(0))


def test_what_decides_on_calling_it_off_is_asked_before(house):
    """What only decides what it costs to call something off is asked when it is sold: nobody is sold what only staff
    could call off. A derived fact asks for what it is made of."""
    house.do(c.PublishTariff(WHO))
    asked = {"space_id": "a1", "period": period(12, 13, in_days(1)), "person_id": "zoe", "account": "desk"}
    with pytest.raises(IncompleteError) as refused:
        house.do(c.Book(product_id="who/room", **asked))
    assert [facet for stop in refused.value.refusals for facet in stop.facets] == ["age", "who"]
    one = house.do(c.Book(product_id="who/room", facts={"who": "resident", "age": 70}, **asked)).value
    assert house.do(c.CancelBooking(one.id)).afterwards.fee == eur(300)


def test_what_is_measured_is_sold_where_it_can_be(house):
    """What is measured after its use is refused where nothing could be said of it then: only an order's line, or a
    hold that an order sells, is measured."""
    house.do(c.PublishTariff(METERED))
    where = {"place_id": "paris", "account": "desk"}
    asked = {"space_id": "a1", "period": period(12, 13, in_days(1)), "person_id": "zoe"}
    for command in (
        c.Book(product_id="power/hall", account="desk", **asked),
        c.Book(product_id="power/room", extras={"hall": 1}, account="desk", **asked),
        c.SellPass(product_id="power/card", holder_id="zoe", **where),
        c.CheckIn(product_id="power/bench", person_id="zoe", **where),
        c.CheckIn(product_id="power/open", person_id="zoe", **where),
    ):
        with pytest.raises(UnsuitableError, match="kwh is measured afterwards"):
            house.do(command)
    held = house.do(c.HoldSpace(product_id="power/hall", **asked)).value
    order = house.do(c.Sell([c.SellLine(booking_id=held.id)], person_id="zoe", **where)).value
    house.do(c.MeasureOrder(order.id, line=1, facts={"kwh": 10}, account="desk"))
    assert sum(one.kept.amount for one in house.all(m.Charge)) == 5500


def test_what_decides_on_calling_off_what_is_had_along_is_asked_before(house):
    """The same of what is bought along: each thing of an order is asked what decides on calling it off."""
    house.do(c.PublishTariff(WHO + "[product.plain]\nrate = { price = 5.00 }\n"))
    asked = {"space_id": "a1", "period": period(12, 13, in_days(1)), "person_id": "zoe", "account": "desk"}
    with pytest.raises(IncompleteError) as refused:
        house.do(c.Book(product_id="who/plain", extras={"room": 1}, **asked))
    assert [facet for stop in refused.value.refusals for facet in stop.facets] == ["age", "who"]
    house.do(c.Book(product_id="who/plain", **asked))
