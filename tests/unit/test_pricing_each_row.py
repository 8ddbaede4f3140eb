"""Rows by length or number whose price is for a unit, and items that add what they need: what they come to."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from cantinekit.clock import Period
from cantinekit.pricing import Item, Order, Tariff

HEAD = 'tariff = { id = "t", currency = "EUR", timezone = "Europe/Paris", prices = "incl" }\n'
FACTS = 'facts = { persons = "number", pages = "number" }\n'
NINE = datetime(2026, 6, 9, 7, tzinfo=UTC)
BY_COUNT = "rate = { upto = [{ upto = 5, price = 10.00, per = '%s' }, { price = 8.00, per = '%s' }] }"
BY_LENGTH = "rate = { upto = [{ upto = '4h', price = 5.00, per = '%s' }, { price = 8.00, per = '%s' }] }"
BY_FACT = "rate = { of = 'pages', upto = [{ upto = 5, price = 5.00, per = '%s' }, { price = 8.00, per = '%s' }] }"


def asked(rate: str, unit: str, count: int = 1, hours: int = 0, *, facts: bool = True, **given: int) -> int | str:
    """The amount in euros, or the code of the refusal."""
    text = rate.replace("%s", unit)
    tariff = Tariff.load(f"{HEAD}{FACTS if facts else ''}[product.p]\n{text}\n")
    period = Period(NINE, NINE + timedelta(hours=hours)) if hours else None
    quote = tariff.quote(Item("p", period, count, facts=given))
    return quote.refusals[0].code if quote.refusals else quote.total.amount // 100


@pytest.mark.parametrize("unit", ["piece", "copy", "person"])
def test_a_row_that_a_count_picks_is_for_each_piece(unit: str) -> None:
    """Five at 10.00 each, seven at 8.00 each: the number picks the row, and its price is for each of them."""
    assert [asked(BY_COUNT, unit, n, facts=False) for n in (1, 5, 6, 7)] == [10, 50, 48, 56]


def test_a_row_that_a_count_picks_is_for_each_of_a_number() -> None:
    """Ten pages of each of three copies, at the price of three copies."""
    assert asked(BY_COUNT, "page", 3, pages=10) == 300
    assert asked(BY_COUNT, "person", 7, persons=2) == 8 * 2 * 7


@pytest.mark.parametrize(("unit", "euros"), [("piece", 16), ("booking", 16), ("person", 48)])
def test_a_row_that_a_length_picks_is_for_each_stay(unit: str, euros: int) -> None:
    """Two stays of five hours, for three persons each: a word for a piece is one for each stay, never for a minute."""
    assert asked(BY_LENGTH, unit, 2, 5, persons=3) == euros
    assert asked(BY_LENGTH, unit, 2, 4, persons=3) == euros * 5 // 8


@pytest.mark.parametrize("unit", ["day", "half-day", "night", "week", "session"])
def test_a_row_for_a_period_does_not_say_how_a_stay_is_counted(unit: str) -> None:
    """A price for a day beside a length needs a measure, in a row as anywhere else."""
    assert asked(BY_LENGTH, unit, 1, 5) == "unstated"


def test_a_row_that_a_fact_picks() -> None:
    """Three items of seven pages each: the pages pick the row, its price is for each page, or for each piece."""
    assert asked(BY_FACT, "page", 3, pages=7) == 8 * 7 * 3
    assert asked(BY_FACT, "copy", 3, pages=7) == 8 * 3


def test_a_row_in_the_unit_of_the_measure() -> None:
    """Six half-days at the price for six."""
    measure = "measure = { unit = 'half-day', every = '4h' }\n"
    rows = "rate = { upto = [{ upto = 1, price = 10.00, per = '%s' }, { price = 8.00, per = '%s' }] }"
    assert asked(measure + rows, "half-day", 1, 12) == 24
    assert asked(measure + rows, "half-day", 2, 12) == 48


CLUB = """
product.card = { sells = "membership", rate = { price = 10.00 } }
[product.desk]
needs = { product = "card", add = true }
rate = [{ when = { holds = "card" }, price = 5.00 }, { price = 8.00 }]
"""


def test_who_is_sold_what_is_needed_holds_it() -> None:
    """The membership that is added is held by the item that adds it: it costs the same whether the membership is asked
    for or added, in whatever order, and two items alike cost alike."""
    tariff = Tariff.load(HEAD + CLUB)
    desk, card = Item("desk", day=date(2026, 6, 9)), Item("card", day=date(2026, 6, 9))
    totals = [
        tariff.quote(Order(items, holds=frozenset())).total.amount
        for items in ((desk,), (card, desk), (desk, card), (desk, desk), (card, desk, desk))
    ]
    assert totals == [1500, 1500, 1500, 2000, 2000]
    assert tariff.quote(Order((desk,), holds=frozenset({"card"}))).total.amount == 500


def test_nothing_is_added_for_nobody() -> None:
    """One membership for each seat: for no seat there is none, and the item has its price."""
    tariff = Tariff.load(
        f"{HEAD}{FACTS}product.card = {{ sells = 'membership', rate = {{ price = 5.00 }} }}\n"
        "product.team = { needs = { product = 'card', add = true, per = 'persons' }, rate = { price = 1.00 } }\n"
    )
    totals = [
        tariff.quote(Order((Item("team", facts={"persons": n}),), holds=frozenset())).total.amount for n in (0, 2)
    ]
    assert totals == [100, 1100]
