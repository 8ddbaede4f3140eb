"""Refusals that a price list states: where they may stand, and what is said of them."""

from __future__ import annotations

import pytest

from cantinekit.errors import TariffError
from cantinekit.money import Money
from cantinekit.pricing import Item, Order, Tariff
from cantinekit.pricing.listing import price_list

HEAD = """
tariff = { id = "t", currency = "EUR", timezone = "Europe/Paris", prices = "incl", price_date = "use" }
facts.big = "yes/no"
"""
ROOM = "product.room = { rate = { price = 10.00 } }\n"
ADJUSTED = "product.room = { rate = { price = 10.00 }, adjust = %s }\n"
LATER = "{ from = 9000-01-01, refuse = 'on_quote' }"
PLACES = {
    "a rule of a product": ADJUSTED % "{ id = 'r', %s }",
    "a rule of a group": ADJUSTED % "{ together = 'first', rules = [{ id = 'r', %s }] }",
    "a dated rule": ADJUSTED % ("{ id = 'r', lists = [{ %s }, " + LATER + "] }"),
    "a rule of the order": ROOM + "order.adjust = { id = 'r', %s }\n",
    "a code": ROOM + "coupon.SUN = { %s }\n",
}
SEVERAL = "one thing that it does is needed, not several"


@pytest.mark.parametrize("place", PLACES)
def test_a_rule_may_refuse_from_an_amount(place: str) -> None:
    """``refuse = "from"`` with its least amount stands in every kind of rule: the amount is that of the refusal, not a
    minimum of the price; it is printed with what it is of, and it is written back."""
    tariff = Tariff.load(HEAD + PLACES[place] % "refuse = 'from', at_least = 15.00, why = 'ask'")
    (stop,) = tariff.quote(Order((Item("room"),), codes=("SUN",) if place == "a code" else ())).refusals
    if place == "a dated rule":
        assert stop.code == "incomplete"  # the day picks the list
    else:
        assert (stop.code, stop.low, stop.why) == ("from", Money(1500, "EUR"), "ask")
    of = "order" if place in ("a rule of the order", "a code") else "piece"
    assert f"the list only says “from 15.00 EUR per {of}” (ask)" in price_list(tariff)
    assert "à partir de 15,00" in price_list(tariff, "fr")
    assert Tariff.load(tariff.dump()) == tariff


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("refuse = 'from'", "the refusal 'from' needs 'at_least'"),
        ("refuse = 'on_quote', at_least = 3.00", "the refusal 'on_quote' has no 'at_least'"),
        ("refuse = 'from', at_least = 3.00, at_most = 9.00", f"{SEVERAL}: 'at_most', 'refuse'"),
        ("refuse = 'from', at_least = { by = 'big' }", "an amount such as 7.00 is needed"),
        ("lists = [{ refuse = 'on_quote' }, { from = 2026-01-01, at_least = 3 }]", f"{SEVERAL}: 'at_least', 'refuse'"),
        ("at_least = 3.00, low = 2.00", "low"),
    ],
)
def test_a_refusal_and_something_else(rule: str, said: str) -> None:
    """A rule refuses or does something else, in all of its dated lists."""
    with pytest.raises(TariffError, match=said):
        Tariff.load(HEAD + PLACES["a rule of a product"] % rule)


@pytest.mark.parametrize(
    ("place", "once", "count", "low"),
    [
        ("a rule of a product", "", 3, 4500),
        ("a rule of a product", "booking", 3, 1500),
        ("a rule of the order", "", 3, 1500),
        ("a rule of the order", "piece", 3, 4500),
        ("a code", "", 3, 1500),
    ],
)
def test_an_amount_of_a_refusal_is_of_a_piece_or_of_all(place: str, once: str, count: int, low: int) -> None:
    """Beside a price the amount of a refusal is of each piece, in the order of all; ``once_per`` says otherwise."""
    said = f", once_per = '{once}'" if once else ""
    tariff = Tariff.load(HEAD + PLACES[place] % f"refuse = 'from', at_least = 15.00{said}")
    codes = ("SUN",) if place == "a code" else ()
    (stop,) = tariff.quote(Order((Item("room", count=count),), codes=codes)).refusals
    assert stop.low == Money(low, "EUR")


def test_how_often_is_said_in_each_of_the_lists() -> None:
    """Of dated refusals each list says of what its amount is: beside the lists it would be left out of account."""
    rule = "{ id = 'r', once_per = 'booking', lists = [{ refuse = 'from', at_least = 15.00 }, " + LATER + "] }"
    with pytest.raises(TariffError) as info:
        Tariff.load(HEAD + ADJUSTED % rule)
    assert [problem.path.rpartition(".")[2] for problem in info.value.problems] == ["once_per"]
