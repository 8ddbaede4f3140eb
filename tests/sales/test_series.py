"""A series is its dates: what became of one stays when the series changes."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from cantinekit import commands as c
from cantinekit import records as m
from support.houses.one_list import at, place
from support.houses.small_house import TODAY, House

RULES = """
[product.hall]
rate = { price = 10.00, per = "1h" }
"""
DAY = TODAY + timedelta(7)


def series(house: House, count: int = 4) -> m.BookingSeries:
    """A room each week from ten to twelve."""
    asked = c.BookSeries(
        space_id="machine",
        product_id="list/hall",
        day=DAY,
        starts=time(10),
        ends=time(12),
        rule=f"FREQ=WEEKLY;COUNT={count}",
        person_id="zoe",
        account="desk",
    )
    return house.do(asked).value


def begins(house: House, ids: tuple[str, ...]) -> list[tuple[int, int]]:
    """Of each booking how many days after the first day of the series it begins, and at what hour in Paris."""
    starts = (house.get(m.Booking, id).period.start.astimezone(ZoneInfo("Europe/Paris")) for id in ids)
    return [((start.date() - DAY).days, start.hour) for start in starts]


@pytest.mark.xfail(strict=True, raises=AssertionError, reason="a series repeats its rule over its dates")
def test_a_date_that_was_moved_by_itself_stays():
    """The second date was moved to another day and hour; the series moves to the afternoon, and that date stays."""
    with place(RULES) as house:
        ids = series(house).booking_ids
        house.do(c.MoveBooking(ids[1], period=at(17, 19, DAY + timedelta(8)), account="desk"))
        mine = house.get(m.Booking, ids[0]).series_id
        house.do(c.MoveBookingSeries(mine, starts=time(14), ends=time(16), account="desk"))
        assert begins(house, ids) == [(0, 14), (8, 17), (14, 14), (21, 14)]


@pytest.mark.xfail(strict=True, raises=TypeError, reason="nobody can say that moved dates move too")
def test_unless_it_is_to_move_too():
    """With ``keep_moved=False`` all dates move, on the days on which they are."""
    with place(RULES) as house:
        ids = series(house).booking_ids
        house.do(c.MoveBooking(ids[1], period=at(17, 19, DAY + timedelta(8)), account="desk"))
        mine = house.get(m.Booking, ids[0]).series_id
        more: dict[str, Any] = {"keep_moved": False}
        house.do(c.MoveBookingSeries(mine, starts=time(14), ends=time(16), account="desk", **more))
        assert begins(house, ids) == [(0, 14), (8, 14), (14, 14), (21, 14)]


NOT_YET = pytest.mark.xfail(strict=True, raises=AssertionError, reason="a series ends by its first days")


@pytest.mark.parametrize(
    ("moved", "to", "stands"),
    [
        pytest.param(1, 30, (0,), marks=NOT_YET, id="behind the day"),
        pytest.param(3, 2, (0, 1, 3), marks=NOT_YET, id="before the day"),
        pytest.param(1, 8, (0, 1), id="on the same side"),
    ],
)
def test_ending_from_a_day_goes_by_where_the_dates_are(moved, to, stands):
    """The series ends from its eleventh day on: a date that was moved to a day before that stands, and one that was
    moved to a day after it ends, wherever they were at first."""
    with place(RULES) as house:
        mine = series(house)
        house.do(c.MoveBooking(mine.booking_ids[moved], period=at(17, 19, DAY + timedelta(to)), account="desk"))
        house.do(c.CancelSeries(mine.id, from_date=DAY + timedelta(10)))
        states = [house.get(m.Booking, id).state for id in mine.booking_ids]
        assert states == ["confirmed" if number in stands else "cancelled" for number in range(4)]
