"""A list of holidays says nothing of the years beyond it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from cantinekit.clock import Period
from cantinekit.pricing import Item, Tariff

HEAD = """
[tariff]
id = "t"
currency = "EUR"
timezone = "Europe/Paris"
[opening]
hours = [{ days = ["mon", "tue", "wed", "thu", "fri"], open = ["09:00-18:00"] }]
holidays = [2026-01-01, 2026-12-25]
[bands]
feast = { holiday = true }
other = { holiday = false }
[product.room]
"""
PRODUCTS = {
    "a condition": "rate = [{ when = { holiday = true }, price = 20.00 }, { price = 10.00 }]",
    "bands": 'split = { bands = ["feast", "other"] }\nrate = { price = 10.00, per = "1h" }',
    "opening hours": 'opening = "refuse"\nrate = { price = 10.00 }',
    "a share of the opening hours": (
        'measure = { unit = "half-day", share = "0.5" }\nrate = { price = 10.00, per = "half-day" }'
    ),
}


def stay(day: date) -> Item:
    start = datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
    return Item("room", Period(start, start + timedelta(hours=2)))


@pytest.mark.parametrize("name", PRODUCTS)
def test_a_year_without_a_list_is_refused(name: str) -> None:
    """Whatever asks for holidays refuses a day of a year that the list does not reach, and names the year."""
    quote = Tariff.load(HEAD + PRODUCTS[name]).quote(stay(date(2027, 3, 2)))
    assert [(stop.code, stop.what) for stop in quote.refusals] == [("unstated", "the holidays of 2027")]


@pytest.mark.parametrize("name", PRODUCTS)
def test_a_year_of_the_list_is_answered(name: str) -> None:
    """A day of a listed year has a price."""
    assert Tariff.load(HEAD + PRODUCTS[name]).quote(stay(date(2026, 3, 3))).ok


def test_a_holiday_is_one() -> None:
    """The condition holds on a listed day and on no other."""
    tariff = Tariff.load(HEAD + PRODUCTS["a condition"])
    days = (date(2026, 12, 25), date(2026, 12, 24))
    assert [str(tariff.quote(stay(day)).total) for day in days] == ["20.00 EUR", "10.00 EUR"]


def test_no_list_at_all_is_every_year() -> None:
    """Opening hours without holidays hold in every year."""
    text = HEAD.replace("holidays = [2026-01-01, 2026-12-25]\n", "").replace(
        HEAD[HEAD.index("[bands]") :], "[product.room]\n"
    )
    assert Tariff.load(text + PRODUCTS["opening hours"]).quote(stay(date(2030, 3, 5))).ok
