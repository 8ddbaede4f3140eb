"""An amount is held against a sum of prices that are all with tax, or all without: a mixed sum is no sum."""

from __future__ import annotations

from datetime import date

import pytest

from cantinekit.errors import TariffError
from cantinekit.pricing import Item, Order, Quote, Tariff

HEAD = """
tariff = { id = "t", currency = "EUR", timezone = "Europe/Paris", prices = "incl", tax = "std" }
tax.std = { rates = [{ from = 2014-01-01, rate = "20%" }] }
tax.free = { kind = "exempt", mention = "exempt" }
product.net = { prices = "excl", tags = "work", rate = { price = 10.00 } }
product.gross = { tags = "play", rate = { price = 12.00 } }
product.course = { prices = "excl", tax = "free", rate = { price = 12.00 } }
"""
AMOUNTS = [
    "at_most = 20.00",
    "at_least = 30.00",
    "replace = 20.00",
    "round = 1.00",
    "add = -5.00",
    "add = '10%'",
    "percent = '-10%', when = { amount = { from = 20.00 } }",
]


def asked(rule: str, *products: str, codes: tuple[str, ...] = ()) -> Quote:
    tariff = Tariff.load(f"{HEAD}{rule}\n")
    return tariff.quote(Order(tuple(Item(name, day=date(2026, 6, 9)) for name in products), codes=codes))


@pytest.mark.parametrize("rule", AMOUNTS)
def test_an_amount_of_a_mixed_order_is_not_stated(rule: str) -> None:
    """At most 20.00 of 10.00 without tax and 12.00 with it: the list does not say of which, and nobody pays 21.82."""
    mixed = asked(f"order.adjust = {{ id = 'o', {rule} }}", "net", "gross")
    assert {stop.code for stop in mixed.refusals} == {"unstated"}
    assert "rule o: of prices with tax, or without it" in mixed.refusals[0].text()
    assert mixed.lines == ()
    assert asked(f"order.adjust = {{ id = 'o', {rule} }}", "net", "net").ok
    assert asked(f"order.adjust = {{ id = 'o', {rule} }}", "gross", "gross").ok


def test_a_rule_for_some_lines_looks_at_those() -> None:
    """What bears on lines of one kind is not in doubt, and neither is a share of each line, an amount that is added,
    or a price to which no tax is added anyhow."""
    of_one = asked("order.adjust = { id = 'o', on = 'play', at_most = 5.00 }", "net", "gross")
    assert of_one.total.amount == 500 + 1200
    share = asked("order.adjust = { id = 'o', percent = '-10%' }", "net", "gross")
    assert share.total.amount == 1080 + 1080
    added = asked("order.adjust = { id = 'o', add = 5.00 }", "gross", "net")
    assert added.total.amount == 1200 + 1200 + 500
    exempt = asked("order.adjust = { id = 'o', at_most = 20.00 }", "gross", "course")
    assert exempt.total.amount == 2000


def test_a_code_with_a_minimum_or_an_amount() -> None:
    """The least amount of a code, and what it takes off, are of one kind of prices too."""
    for code in ("percent = '-10%', minimum = 15.00", "add = -5.00"):
        mixed = asked(f"coupon.SUN = {{ {code} }}", "net", "gross", codes=("SUN",))
        assert {stop.code for stop in mixed.refusals} == {"unstated"}
        assert asked(f"coupon.SUN = {{ {code} }}", "net", "net", codes=("SUN",)).ok
    assert asked("coupon.SUN = { percent = '-10%' }", "net", "gross", codes=("SUN",)).total.amount == 2160


POOL = "adjust = { id = 'm', at_most = 12.00, same = ['person', 'month'], pool = 'all' } }\n"


def test_a_pool_counts_prices_of_one_kind() -> None:
    """A pool of a product without tax and one with it would let 14.00 pass a cap of 12.00: the file is not loaded.
    Where no tax is added there is no difference."""
    net = "product.a = { prices = 'excl', rate = { price = 10.00 }, " + POOL
    gross = "product.b = { rate = { price = 12.00 }, " + POOL
    exempt = "product.c = { prices = 'excl', tax = 'free', rate = { price = 12.00 }, " + POOL
    with pytest.raises(TariffError, match="the pool 'all' counts prices with tax and prices without it"):
        Tariff.load(HEAD + net + gross)
    tariff = Tariff.load(HEAD + gross + exempt)
    items = tuple(Item(name, day=date(2026, 6, 9)) for name in "bc")
    assert tariff.quote(Order(items, "anna")).total.amount == 1200
