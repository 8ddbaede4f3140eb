"""A price for a unit, and once more for each of a number; what a price list could leave out without noticing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from cantinekit.clock import Period
from cantinekit.errors import TariffError
from cantinekit.pricing import Item, Tariff

HEAD = """
[tariff]
id = "t"
currency = "{currency}"
timezone = "Europe/Paris"
[facts]
persons = "number"
room = ["a", "b"]
[product.drinks]
"""
MEASURE = 'measure = { unit = "half-day", every = "4h" }\n'
START = datetime(2026, 11, 24, 9, tzinfo=UTC)


def load(body: str, currency: str = "EUR") -> Tariff:
    return Tariff.load(HEAD.replace("{currency}", currency) + body)


def stay(hours: int, **facts: int | str) -> Item:
    return Item("drinks", Period(START, START + timedelta(hours=hours)), facts=facts)


@pytest.mark.parametrize(
    ("hours", "persons", "total"), [(4, 6, "12.00"), (8, 6, "24.00"), (8, 1, "4.00"), (4, 0, "0.00")]
)
def test_a_price_per_half_day_and_person(hours: int, persons: int, total: str) -> None:
    """Half-days times persons: neither is left out."""
    tariff = load(MEASURE + 'rate = { price = 2.00, per = "half-day", each = "persons" }')
    quote = tariff.quote(stay(hours, persons=persons))
    assert str(quote.total) == f"{total} EUR"
    assert quote.lines[0].quantity == -(-hours // 4) * persons


def test_each_goes_with_a_grid() -> None:
    """A price of a cell is multiplied as well, and the tariff can be written back."""
    tariff = load(MEASURE + 'rate = { by = "room", a = 2.00, b = 3.00, per = "half-day", each = "person" }')
    assert str(tariff.quote(stay(8, persons=5, room="b")).total) == "30.00 EUR"
    assert Tariff.load(tariff.dump()) == tariff


def test_a_number_that_is_missing_is_asked_for() -> None:
    """Nobody is assumed."""
    tariff = load(MEASURE + 'rate = { price = 2.00, per = "half-day", each = "persons" }')
    assert tariff.quote(stay(4)).refusals[0].facets == ("persons",)


def test_a_price_per_person_beside_half_days_is_refused() -> None:
    """A price list that would forget the half-days is not loaded, and says what to write."""
    with pytest.raises(TariffError, match=r"leaves out the 'half-day'.*each = 'person'"):
        load(MEASURE + 'rate = { price = 2.00, per = "person" }')


@pytest.mark.parametrize("rate", ['price = 2.00, each = "room"', 'upto = [{ price = 2.00 }], each = "persons"'])
def test_each_is_a_number_beside_a_price(rate: str) -> None:
    """It is declared as a number, and multiplies a price for a unit."""
    with pytest.raises(TariffError, match="each"):
        load(f"rate = {{ {rate} }}")


@pytest.mark.parametrize("code", ['"about", amount = 20.00', '"from", at_least = 20.00', '"on_quote"'])
def test_a_unit_beside_a_refusal_is_refused(code: str) -> None:
    """A refusal has no unit; the way to say a lowest price for each hour is named."""
    with pytest.raises(TariffError, match="floor = true"):
        load(f'rate = {{ refuse = {code}, per = "1h" }}')


@pytest.mark.parametrize(("written", "currency"), [("5.000", "JPY"), ("5.000", "EUR"), ("1.200", "EUR")])
def test_thousands_with_a_point_are_not_small_amounts(written: str, currency: str) -> None:
    """Five thousand that is written 5.000 is not read as five."""
    with pytest.raises(TariffError, match=f"such as {written.replace('.', '')}"):
        load(f"rate = {{ price = {written} }}", currency)


def test_three_decimals_where_the_currency_has_them() -> None:
    """A dinar has three decimals."""
    assert str(load("rate = { price = 5.000 }", "TND").quote(Item("drinks")).total) == "5.000 TND"


def test_thousands_with_a_comma() -> None:
    """The message says how thousands are written."""
    with pytest.raises(TariffError, match="thousands stand without a mark"):
        load("rate = { price = 5,000 }", "JPY")


def test_a_long_sentence_about_the_source() -> None:
    """Prose may be long; what is longer still is a problem of its entry."""
    text = HEAD.replace("{currency}", "EUR") + "rate = { price = 1.00 }"
    assert Tariff.load(text.replace('id = "t"', 'id = "t"\nuncertain = ["' + "a" * 2_000 + '"]'))
    with pytest.raises(TariffError) as caught:
        Tariff.load(text.replace('id = "t"', 'id = "t"\nuncertain = ["a", "' + "a" * 2_001 + '"]'))
    assert [problem.path for problem in caught.value.problems] == ["tariff.uncertain[1]"]


@pytest.mark.parametrize(
    "rate", ['steps = [], combination = "cheapest"', 'tiers = [], mode = "graduated"', "upto = []"]
)
def test_a_form_without_rows_is_refused(rate: str) -> None:
    """An empty list of rows is a problem of its own, and never a product without a price."""
    with pytest.raises(TariffError, match="at least one row is needed"):
        load(f"rate = {{ {rate} }}")
