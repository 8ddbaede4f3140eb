"""Each line asks the price list for itself: on its own day, for its own person, with what is held by then."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Any

import pytest

from cantinekit import Outcome
from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.commands import SellLine
from cantinekit.errors import NotForSaleError
from support.houses.clock_house import local
from support.houses.one_list import at, book, cents, left, place, sell
from support.houses.small_house import TODAY, House

NOT_YET = pytest.mark.xfail(
    strict=True, raises=AssertionError, reason="what is held is asked once for all lines, on the first day"
)

RULES = """
[facts]
age = "number"

[product.membership]
sells = "membership"
valid = { lasts = "30 days", first_day = "counts" }
rate = { price = 20.00 }
[product.membership.eligible]
id = "one only"
when = [{ holds = "membership" }, { count = { from = 2 } }]
refuse = "not_for"
why = "one for each"

[product.room]
rate = [
  { when = { holds = "membership" }, price = 5.00, per = "1h" },
  { price = 10.00, per = "1h" },
]

[product.plan]
sells = "plan"
rate = { price = 50.00 }
term = { period = "1 month", minimum = 1, renewal = "monthly", ends = "period end" }
grant = { account = "hours", unit = "1h", units = 4, renews = "month" }

[product.studio]
cover = { by = "hours", unit = "1h", partial = true }
beyond = "rate"
rate = { price = 10.00, per = "1h" }

[product.early]
rate = [{ when = { lead = { from = "10 days" } }, price = 5.00, per = "1h" }, { price = 10.00, per = "1h" }]

[product.feast]
rate = [{ when = { weekday = ["sat", "sun"] }, price = 20.00 }, { price = 8.00 }]
"""


def series(house: House, product: str, count: int, day: date, **more: Any) -> Outcome:
    """A room each week, on account."""
    asked = c.BookSeries(
        space_id="machine",
        product_id=f"list/{product}",
        day=day,
        starts=time(10),
        ends=time(11),
        rule=f"FREQ=WEEKLY;COUNT={count}",
        person_id="zoe",
        on_account=True,
        **more,
    )
    return house.do(asked)


@NOT_YET
def test_a_series_over_the_end_of_a_membership():
    """Of six weekly dates the five within a membership of 30 days cost what a member pays, and only the sixth what
    everybody pays."""
    with place(RULES) as house:
        sell(house, "membership")
        assert cents(series(house, "room", 6, TODAY)) == 5 * 500 + 1000


def test_a_membership_and_a_booking_after_it_in_one_basket():
    """A membership and a room within it are sold together: the room costs what a member pays; one after its end does
    not."""
    for days, price in ((10, 500), (40, 1000)):
        with place(RULES) as house:
            asked = c.HoldSpace(
                space_id="machine", product_id="list/room", period=at(10, 11, TODAY + timedelta(days)), person_id="zoe"
            )
            slot = house.do(asked).value
            lines = [SellLine("list/membership"), SellLine(booking_id=slot.id)]
            sold = house.do(c.Sell(lines, place_id="paris", person_id="zoe", account="desk"))
            assert cents(sold) == 2000 + price
            alone = house.do(
                c.Book(
                    space_id="machine",
                    product_id="list/room",
                    period=at(12, 13, TODAY + timedelta(days)),
                    person_id="zoe",
                    account="desk",
                )
            )
            assert cents(alone) == price


def test_one_only_by_count():
    """Two of what each may have once are refused when they are asked for as two pieces."""
    with place(RULES) as house:
        lines = [SellLine("list/membership", count=2)]
        with pytest.raises(NotForSaleError):
            house.do(c.Sell(lines, place_id="paris", person_id="zoe", account="desk"))


def test_one_only_by_two_lines():
    """Two of what each may have once are refused when they are asked for as two lines."""
    with place(RULES) as house:
        lines = [SellLine("list/membership"), SellLine("list/membership")]
        with pytest.raises(NotForSaleError):
            house.do(c.Sell(lines, place_id="paris", person_id="zoe", account="desk"))
        assert house.all(m.Pass) == []


@NOT_YET
def test_hours_of_the_next_period():
    """Hours of a plan that renews on the first pay a booking of the next month, as those of the period in which it
    is."""
    with place(RULES, local(9, day=date(2026, 11, 2))) as house:
        sell(house, "plan")
        booked = book(house, "studio", at(10, 14, date(2026, 12, 10)))
        assert cents(booked) == 0
        assert left(house, "hours") == 4, "those of November are there still"
        assert cents(book(house, "studio", at(15, 16, date(2026, 12, 11)))) == 1000, "December has four"


def test_how_long_before_by_the_own_day_of_each_date():
    """Of a weekly series the dates that are ten days ahead cost less; the first two are too near."""
    with place(RULES) as house:
        assert cents(series(house, "early", 4, TODAY + timedelta(1))) == 2 * 1000 + 2 * 500


def test_the_day_of_the_week_by_the_own_day_of_each_line():
    """Two lines of one order have the price of their own days."""
    with place(RULES) as house:
        lines = [SellLine("list/feast", day=date(2026, 11, 28)), SellLine("list/feast", day=date(2026, 11, 30))]
        assert cents(house.do(c.Sell(lines, place_id="paris", person_id="zoe", account="desk"))) == 2800


BOUGHT_FROM = """
[product.card]
sells = "membership"
valid = { year = "calendar", bought_from = "11-01", covers = "rest of the year and the next" }
rate = { price = 20.00 }
"""


def test_bought_from_by_the_own_day_of_each_line():
    """A card of a year that begins next June is one of that year, also where it is bought in November beside one that
    begins at once."""
    with place(BOUGHT_FROM) as house:
        lines = [SellLine("list/card"), SellLine("list/card", day=date(2027, 6, 1))]
        house.do(c.Sell(lines, place_id="paris", person_id="zoe", account="desk"))
        ends = sorted(one.last_day for one in house.all(m.Pass))
        assert ends == [date(2027, 12, 31), date(2027, 12, 31)]


@pytest.mark.parametrize("days", [(1, 8, 15), (20, 29, 40), (5, 36, 60)])
def test_one_by_one_and_in_one_order(days):
    """Rooms on three days cost the same one by one and in one order, with a membership that is bought first."""
    with place(RULES) as house:
        sell(house, "membership")
        alone = [cents(book(house, "room", at(10, 11, TODAY + timedelta(one)))) for one in days]
    with place(RULES) as house:
        lines = [SellLine("list/membership")]
        for one in days:
            asked = c.HoldSpace(
                space_id="machine", product_id="list/room", period=at(10, 11, TODAY + timedelta(one)), person_id="zoe"
            )
            lines.append(SellLine(booking_id=house.do(asked).value.id))
        together = house.do(c.Sell(lines, place_id="paris", person_id="zoe", account="desk"))
        assert cents(together) == 2000 + sum(alone)
