"""What users expect of visits: sessions, half-days, the time that was spent. Each is named by its story."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.money import Money
from support.houses.clock_house import euros, local
from support.houses.edges import accounts
from support.houses.small_house import House, open_house
from support.laws import house_laws

LIST = """
[tariff]
id = "third"
currency = "EUR"
timezone = "Europe/Paris"
prices = "incl"
price_date = "use"

[product.time]
rate = { price = 4.00, per = "1h" }
adjust = [{ id = "cap", at_most = 16.00, same = ["person", "day"] }]

[product.half-day]
stay = "13:00"
rate = { price = 8.00 }

[product.session]
merge = { same = ["person", "day"], gap = "3h" }
measure = { unit = "session", sessions = { am = "08:00-12:00", pm = "14:00-18:00" }, gap = "next" }
cover = [
  { id = "subscribers", free = "all", unit = "session", when = { holds = "subscription" } },
  { by = "pass", unit = "session", partial = true },
]
beyond = "rate"
rate = { price = 5.00, per = "session" }

[product.pass]
sells = "grant"
grant = { unit = "session", units = 10 }
rate = { price = 40.00 }

[product.subscription]
sells = "plan"
valid = { lasts = "1 month", ends = "the day before" }
rate = { price = 60.00 }
"""
SINCE = local(0, day=date(2026, 1, 1))


@pytest.fixture
def house():
    """A house with this price list, at eight in the morning, whose laws hold in the end."""
    house = open_house(now=local(8))
    house.do(c.PublishTariff(LIST, since=SINCE))
    house.do(c.ChangeOpenings(place_id="paris", hours=m.OpenHours.weekly(range(7), time(8), time(18))))
    yield house
    house.cantine.run_due()
    house_laws.hold(house.storage, house.clock.now())
    house_laws.folds(house.storage)


def there(house: House, product: str, start: float, end: float, person: str = "zoe") -> list[int]:
    """Somebody is there from one hour of the day to another. What is charged, in cents, at the door and at the end."""
    house.clock.set(local(0) + timedelta(hours=start))
    come = house.do(c.CheckIn(place_id="paris", product_id=f"third/{product}", person_id=person, account="desk"))
    house.clock.set(local(0) + timedelta(hours=end))
    left = house.do(c.CheckOut(come.value.id))
    return [*euros(come), *(amount for amount in euros(left) if not come.charges)]


def sell(house: House, product: str, person: str = "zoe") -> None:
    house.do(c.SellPass(product_id=f"third/{product}", place_id="paris", holder_id=person, account="desk"))


def left(house: House, person: str = "zoe") -> int:
    """How many sessions are left on the pass."""
    return sum(one.left for one in house.cantine.read.balance(person) if one.account == "pass")


@pytest.mark.parametrize(
    ("stays", "used"),
    [
        ([(8.5, 9.5), (11, 11.75)], 1),
        ([(8, 12)], 1),
        ([(9, 10), (14.5, 16)], 2),
        ([(8, 9), (9.5, 10), (15, 16), (17, 18)], 2),
        ([(10, 16)], 2),
    ],
)
def test_q13_a_pass_of_sessions(house, stays, used):
    """A pass for 8-12 and 14-18: whoever comes back in the same morning uses one, morning and afternoon use two."""
    sell(house, "pass")
    for start, end in stays:
        assert there(house, "session", start, end) == []
    assert left(house) == 10 - used


def test_r07_a_half_day_at_twenty_to_one(house):
    """Half-days until and from 13:00: who comes at 12:40 pays one half-day and may stay until closing."""
    house.clock.set(local(12, 40))
    done = house.do(c.CheckIn(place_id="paris", product_id="third/half-day", person_id="zoe", account="desk"))
    assert (euros(done), done.value.until) == ([800], local(18))
    house.clock.set(local(18))
    house.cantine.run_due()
    assert accounts(house) == {"account/desk": 800, "revenue/third/half-day": -800}


@pytest.mark.parametrize(
    ("hour", "until"), [((8, 0), 13), ((12, 30), 13), ((12, 31), 18), ((13, 0), 18), ((17, 0), 18)]
)
def test_r07_until_when_a_half_day_lasts(house, hour, until):
    """A morning lasts to the cut; from less than half an hour before it on, the afternoon is sold."""
    house.clock.set(local(*hour))
    done = house.do(c.CheckIn(place_id="paris", product_id="third/half-day", account="desk"))
    assert done.value.until == local(until)


def test_r15_paid_by_the_time_spent(house):
    """In at 10:00, out at 11:40, at 4 EUR an hour: 6.67. All day long: 16.00, the most of a day."""
    assert there(house, "time", 10, 11 + 40 / 60) == [667]
    assert there(house, "time", 12, 18) == [1600 - 667]
    assert there(house, "time", 8 + 24, 18 + 24) == [1600]
    assert accounts(house)["account/desk"] == 3200


def test_r15_nobody_pays_before_the_time_is_spent(house):
    """At the door nothing is due; leaving is quoted before, with its reasons."""
    house.clock.set(local(10))
    visit = house.do(c.CheckIn(place_id="paris", product_id="third/time", person_id="zoe")).value
    house.clock.set(local(11, 40))
    quote = house.cantine.quote(c.CheckOut(visit.id))
    assert quote.total == Money(667, "EUR")
    assert "6.67" in quote.explain()
    assert house.all(m.Charge) == []


def test_t06_sessions_by_the_ticket_and_free_for_subscribers(house):
    """At the same hours a subscriber pays nothing, a holder of a pass one session of it, and anybody else its price."""
    sell(house, "subscription", "zoe")
    sell(house, "pass", "zoe")
    sell(house, "pass", "bob")
    paid = [there(house, "session", hour, hour + 1, person) for hour, person in ((8, "zoe"), (9, "bob"), (10, "eve"))]
    assert paid == [[], [], [500]]
    assert (left(house, "zoe"), left(house, "bob")) == (10, 9)
