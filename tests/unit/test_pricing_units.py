"""Prices for so many of a fact, and prices below the smallest unit of money: exact, and rounded at the line."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from cantinekit.errors import TariffError
from cantinekit.money import Money
from cantinekit.pricing import Item, Quote, Tariff
from cantinekit.pricing.listing import price_list
from cantinekit.pricing.values import Fact

HEAD = """
[tariff]
id = "t"
currency = "{currency}"
timezone = "Europe/Paris"
price_date = "use"
[facts]
kwh = "decimal"
copies = "number"
gift = "money"
peak = ["day", "night"]
[product.a]
"""


def load(body: str, currency: str = "EUR") -> Tariff:
    return Tariff.load(HEAD.replace("{currency}", currency) + body)


def ask(body: str, currency: str = "EUR", count: int = 1, **facts: Fact) -> Quote:
    quote = load(body, currency).quote(Item("a", count=count, day=date(2026, 7, 10), facts=facts))
    assert quote.ok, quote.refusals
    return quote


@pytest.mark.parametrize(
    ("price", "kwh", "total"),
    [("0.059", "120", "7.08"), ("0.111", "120", "13.32"), ("0.041", "80", "3.28"), ("0.0125", "0.5", "0.01"),
     ("0.000001", "100000", "0.10"), ("0.059", "0", "0.00")],
)  # fmt: skip
def test_a_price_below_a_cent_is_exact(price: str, kwh: str, total: str) -> None:
    """The price of one is kept as it is printed; only the line is rounded."""
    quote = ask(f'rate = {{ price = {price}, per = "kwh" }}', kwh=Decimal(kwh))
    assert str(quote.total) == f"{total} EUR"
    assert quote.lines[0].unit_price is None
    assert f"{price} EUR" in quote.explain("en")


def test_it_may_stand_in_a_table_in_rows_and_in_tiers() -> None:
    """Wherever a price is for a unit: by the season, by the day of the list, by how many."""
    grid = 'rate = { by = "peak", per = "kwh", day = 0.059, night = 0.041 }'
    assert [str(ask(grid, kwh=100, peak=peak).total) for peak in ("day", "night")] == ["5.90 EUR", "4.10 EUR"]
    dated = 'rate = { per = "kwh", lists = [{ price = 0.1 }, { from = 2026-07-01, price = 0.059 }] }'
    assert str(ask(dated, kwh=100).total) == "5.90 EUR"
    tiers = 'rate = { tiers = [{ upto = 10, price = 0.10 }, { price = 0.055 }], mode = "graduated", of = "copies" }'
    assert str(ask(tiers, copies=30).total) == "2.10 EUR"
    rows = 'rate = { upto = [{ upto = 3, price = 0.015, per = "copies" }, { price = 1.00 }], of = "copies" }'
    assert str(ask(rows, copies=3).total) == "0.05 EUR"


def test_yen_have_parts_too() -> None:
    """A currency without decimals has prices below one."""
    assert str(ask('rate = { price = 0.5, per = "copies" }', "JPY", copies=3).total) == "2 JPY"


@pytest.mark.parametrize(
    ("rate", "path", "message"),
    [
        ("price = 0.059", "price", 'what it is for has to be said: per = "kwh"'),
        ("price = 1.2345, per = 'kwh'", "price", 'per = "kwh", every = 1000'),
        ("price = 1.255, per = 'kwh'", "price", "has more decimals than EUR has (2)"),
        ("price = 1.250, per = 'kwh'", "price", "thousands stand without a mark, such as 1250"),
        ("price = 0.0000001, per = 'kwh'", "price", "more decimals than EUR has (2)"),
        ("price = -0.059, per = 'kwh'", "price", "more decimals"),
        ("price = 5.90, per = '100 kwh'", "per", 'per = "kwh", every = 100'),
        ("price = 5.90, per = 'gift'", "per", "for how much of it is the price? every = 10.00"),
        ("price = 5.90, per = 'kwh', every = 0", "every", "a whole number from 1"),
        ("price = 5.90, per = 'gift', every = 0.001", "every", "more decimals"),
        ("price = 5.90, per = '1h', every = 2", "every", "a fact that is a number"),
        ("price = 5.90, every = 2", "every", "'every' without 'per'"),
        ("price = 5.90, per = 'kwh', every = 2, first = 2", "first", "does not go with 'every'"),
        ("flat = 0.005, price = 1.00, per = 'kwh'", "flat", "more decimals"),
        ("tiers = { upto = 10, price = 0.005 }, mode = 'package'", "tiers[0].price", "what it is for has to be said"),
    ],
)
def test_mistakes_have_a_place(rate: str, path: str, message: str) -> None:
    """What is no price for a unit is not taken, and the message says what to write."""
    with pytest.raises(TariffError) as caught:
        load(f"rate = {{ {rate} }}")
    (problem,) = [each for each in caught.value.problems if each.path == f"product.a.rate[0].{path}"]
    assert problem.line == HEAD.count("\n") + 1
    assert message in str(problem)


@pytest.mark.parametrize(
    ("rate", "facts", "total"),
    [
        ('price = 5.90, per = "kwh", every = 100', {"kwh": Decimal(50)}, "2.95"),
        ('price = 5.90, per = "kwh", every = 100, started = true', {"kwh": Decimal(101)}, "11.80"),
        ('price = 3.00, per = "copies", every = 100', {"copies": 1}, "0.03"),
        ('price = 0.50, per = "gift", every = 10.00, started = true', {"gift": Money(2001, "EUR")}, "1.50"),
        ('price = 0.50, per = "gift", every = 10.00', {"gift": Money(2500, "EUR")}, "1.25"),
        ('price = 0.50, per = "gift", every = 10.00, started = true', {"gift": Money(0, "EUR")}, "0.00"),
    ],
)
def test_a_price_for_so_many(rate: str, facts: dict[str, Fact], total: str) -> None:
    """A price is for 100 of a number, or for 10.00 of an amount: exactly, or for each begun one."""
    quote = ask(f"rate = {{ {rate} }}", **facts)
    assert str(quote.total) == f"{total} EUR"
    assert str(ask(f"rate = {{ {rate} }}", count=2, **facts).total) == str(quote.total + quote.total)


def test_a_unit_of_a_measure_may_begin_with_a_digit() -> None:
    """ "5 cents of laser" is the name of what is counted, no length of time."""
    measure = 'measure = { unit = "5 cents of laser", fact = "copies" }\n'
    assert str(ask(measure + 'rate = { price = 0.05, per = "5 cents of laser" }', copies=7).total) == "0.35 EUR"


def test_they_are_written_back_and_printed() -> None:
    """Loading what was dumped gives the same tariff, with the same digits, and the list has them."""
    body = """rate = [
  { when = { peak = "day" }, price = 0.059, per = "kwh" },
  { when = { peak = "night" }, price = 0.50, per = "gift", every = 10.00, started = true },
  { by = "peak", per = "kwh", every = 100, day = 5.90, night = 0.0001 },
]"""
    tariff = load(body)
    again = Tariff.load(tariff.dump())
    assert again == tariff
    assert "price = 0.059 }" in tariff.dump()
    printed = price_list
    assert "0.059 EUR per kwh" in printed(tariff, "en")
    assert "0.50 EUR per 10.00 EUR (gift)" in printed(tariff, "en")
    assert "0,059\u00a0€" in printed(tariff, "fr")
