"""Visits of a fixed length on lists that price several of a person together: what they cost, and what goes back."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations

import pytest

from cantinekit import commands as c
from cantinekit import errors as e
from cantinekit import pricing
from cantinekit import records as m
from cantinekit.clock import Period
from support.houses.clock_house import local
from support.houses.one_list import HEAD, at, cents, place
from support.houses.scoped_house import charged, engine_price, left_over
from support.houses.small_house import House

LIST = """
[product.hour]
stay = "1h"
choose = { take = "cheapest", compare = "rate", same = ["person", "day"] }
offer = [{ id = "time", price = 5.00, per = "1h" }, { id = "day", price = 12.00 }]
[product.block]
stay = "1h"
measure = { unit = "block", every = "2h", same = ["person", "day"] }
rate = { price = 8.00, per = "block" }
[product.rising]
stay = "1h"
measure = { unit = "minute", same = ["person", "day"] }
rate = { upto = [{ upto = "1h", price = 5.00 }, { upto = "2h", price = 20.00 }, { price = 40.00 }] }
[product.alone]
stay = "1h"
rate = { price = 9.00 }
[product.longer]
stay = "4h"
rate = { price = 15.00 }
"""


def come(house: House, product: str, person: str | None = "zoe", account: str | None = "desk"):
    """Somebody comes for an hour, and the clock runs until they are gone."""
    found = house.do(c.CheckIn(place_id="paris", product_id=f"list/{product}", person_id=person, account=account))
    house.clock.advance(timedelta(minutes=61))
    house.cantine.run_due()
    return found


def said(product: str, visits: list[m.Visit]) -> int:
    """What the price list says of visits one after the other."""
    items = [pricing.Item(product, Period(one.opened_at, one.opened_at + timedelta(hours=1))) for one in visits]
    orders = [pricing.Order((one,), customer="zoe", as_of=one.period.start) for one in items if one.period]
    return engine_price(HEAD + LIST, orders)


@pytest.mark.parametrize(("product", "prices"), [("hour", [500, 500, 200]), ("block", [800, 0, 800])])
def test_stays_of_a_day_are_priced_together(product, prices):
    """The third of a day pays what is left to the price of the day; another day and another person begin anew."""
    with place(LIST) as house:
        assert [cents(come(house, product)) for _ in range(3)] == prices
        assert cents(come(house, product, "bob")) == prices[0]
        assert [cents(come(house, product, None)) for _ in range(2)] == [prices[0]] * 2
        house.clock.set(local(9, day=house.clock.now().date() + timedelta(days=1)))
        assert cents(come(house, product)) == prices[0]


def test_a_booking_and_a_stay_are_priced_together():
    """They are of one product and one day, so that the list counts them as one."""
    with place(LIST) as house:
        for hour in (17, 19):
            house.do(
                c.Book(
                    space_id="room", product_id="list/hour", period=at(hour, hour + 1), person_id="zoe", account="desk"
                )
            )
        assert cents(come(house, "hour")) == 200


@pytest.mark.parametrize("product", ["hour", "block", "rising"])
@pytest.mark.parametrize("turn", list(permutations(range(3))))
def test_what_is_cancelled_is_worth_what_the_others_cost_less(product, turn):
    """In whatever order visits are taken back, what stays charged is what the list says of those that stand."""
    with place(LIST) as house:
        visits = [come(house, product).value for _ in range(3)]
        for number in turn:
            assert charged(house) == said(product, [one for one in visits if one])
            house.do(c.CancelVisit(visits[number].id, reason="it was somebody else"))
            visits[number] = None
            assert left_over(house) == 0
        assert (charged(house), [one.parts for one in house.all(m.Scope)]) == (0, [()])


def test_a_stay_that_nobody_paid_leaves_its_scope():
    """A hold that ran out costs nothing, and the next one is the third of the day."""
    with place(LIST) as house:
        first = [come(house, "hour") for _ in range(2)]
        lapsed = come(house, "hour", account=None)
        assert (house.get(m.Visit, lapsed.value.id).state, charged(house)) == ("lapsed", 1000)
        assert cents(come(house, "hour")) == 200
        assert [one.value.state for one in first] == ["open", "open"]


def test_a_stay_that_is_priced_with_others_is_not_made_longer():
    """It would be priced by itself: another one after it is priced with it. One that is priced alone is made longer."""
    with place(LIST) as house:
        open_ = house.do(c.CheckIn(place_id="paris", product_id="list/hour", person_id="zoe", account="desk")).value
        with pytest.raises(e.UnsuitableError, match="together"):
            house.do(c.UpgradeVisit(open_.id, product_id="list/longer", account="desk"))
        house.do(c.CancelVisit(open_.id, reason="a mistake"))
        alone = house.do(c.CheckIn(place_id="paris", product_id="list/alone", person_id="zoe", account="desk")).value
        assert cents(house.do(c.UpgradeVisit(alone.id, product_id="list/longer", account="desk"))) == 600
        assert house.all(m.Scope)[0].parts == ()


def test_a_stay_that_cost_nothing_is_in_its_scope_too():
    """The second half of a block is free: it is made no longer, and once it is taken back a third one is free again."""
    with place(LIST) as house:
        come(house, "block")
        free = house.do(c.CheckIn(place_id="paris", product_id="list/block", person_id="zoe", account="desk")).value
        assert free.charge_ids == ()
        with pytest.raises(e.UnsuitableError, match="together"):
            house.do(c.UpgradeVisit(free.id, product_id="list/longer", account="desk"))
        house.do(c.CancelVisit(free.id, reason="a mistake"))
        assert cents(come(house, "block")) == 0
        assert cents(come(house, "block")) == 800
