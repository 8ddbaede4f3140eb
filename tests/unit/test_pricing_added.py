"""Lines of their own that an adjustment adds: a share, with its tax, and a fee per so much of a fact."""

from __future__ import annotations

from datetime import date

import pytest

from cantinekit.errors import TariffError
from cantinekit.money import Money
from cantinekit.pricing import Item, Order, Quote, Tariff
from cantinekit.pricing.model.added import AmountOrShare

HEAD = """
tariff = { id = "t", currency = "EUR", timezone = "Europe/Paris", prices = "%s", tax = "standard" }
tax.standard.rates = [{ from = 2014-01-01, rate = "20%%" }]
tax.reduced.rates = [{ from = 2014-01-01, rate = "10%%" }]
[facts]
local = "yes/no"
gift = "money"
copies = "number"
weight = "decimal"
[product.hall]
tags = "hire"
rate = { price = 95.00 }
"""


def load(body: str, prices: str = "incl") -> Tariff:
    return Tariff.load(HEAD % prices + body)


def ask(body: str, product: str = "hall", prices: str = "incl", **facts: object) -> Quote:
    quote = load(body, prices).quote(Item(product, day=date(2026, 6, 9), facts=facts))  # type: ignore[arg-type]
    assert quote.ok, quote.refusals
    return quote


def amounts(quote: Quote) -> list[str]:
    return [f"{line.text} {line.amount} {line.tax_class} {'+'.join(line.tags)}" for line in quote.lines]


CLEANING = 'adjust = [{ id = "cleaning", add = "10%" }]'


def test_a_share_is_a_line_of_its_own() -> None:
    """Cleaning of 10 % stands on the bill, and the hire costs what it costs."""
    assert amounts(ask(CLEANING)) == ["hall 95.00 EUR standard hire", "cleaning 9.50 EUR standard hire"]
    assert amounts(ask('adjust = [{ id = "service", add = "12.5%" }]'))[1] == "service 11.88 EUR standard hire"


def test_it_is_of_what_was_left_before_it() -> None:
    """After a discount it is a share of the rest; of what is free it is nothing, and what follows is not in it."""
    rules = """adjust = [
  { id = "locals", when = { local = true }, free = true },
  { id = "club", percent = "-40%" },
  { id = "cleaning", add = "10%" },
  { id = "heating", add = 15.00 },
]"""
    assert [str(line.amount) for line in ask(rules, local=False).lines] == ["57.00 EUR", "5.70 EUR", "15.00 EUR"]
    assert [str(line.amount) for line in ask(rules, local=True).lines] == ["0.00 EUR", "0.00 EUR", "15.00 EUR"]


def test_it_has_its_own_tax_and_tags() -> None:
    """A line of another class has its own tax, and later rules may leave it out by its tags."""
    rules = """adjust = [
  { id = "cleaning", add = "10%", tax = "reduced", tags = "cleaning" },
  { id = "key", add = 5.00, tags = ["key", "once"] },
  { id = "members", on = "hire", percent = "-20%" },
]"""
    quote = ask(rules)
    assert amounts(quote) == [
        "hall 76.00 EUR standard hire",
        "cleaning 9.50 EUR reduced cleaning",
        "key 5.00 EUR standard key+once",
    ]
    assert {group.rate for document in quote.documents for group in document.groups} == {
        group.rate for document in ask(CLEANING.replace('"10%"', '"10%", tax = "reduced"')).documents
        for group in document.groups
    }  # fmt: skip
    net = ask(rules, prices="excl")
    assert [str(amount) for amount in (net.net, net.tax, net.gross)] == ["90.50 EUR", "17.15 EUR", "107.65 EUR"]


def test_only_of_some_lines() -> None:
    """`on` names what it is a share of."""
    rules = 'adjust = [{ id = "key", add = 5.00, tags = "key" }, { id = "service", on = "hire", add = "10%" }]'
    assert [str(line.amount) for line in ask(rules).lines] == ["95.00 EUR", "5.00 EUR", "9.50 EUR"]


def test_over_the_whole_order() -> None:
    """A service charge of the order is a share of all items."""
    tariff = load('[order]\nadjust = [{ id = "service", add = "12.5%", tags = "service" }]\n')
    quote = tariff.quote(Order((Item("hall", day=date(2026, 6, 9)), Item("hall", day=date(2026, 6, 10)))))
    assert [str(line.amount) for line in quote.lines] == ["95.00 EUR", "23.75 EUR", "95.00 EUR"]


TICKET = """[product.ticket]
rate = { offered = "gift", at_least = 5.00 }
adjust = { id = "fee", add = 1.00, once_per = "gift", every = 10.00 }
"""


@pytest.mark.parametrize(("cents", "total"), [(2500, "28.00"), (2000, "22.00"), (2001, "23.01"), (500, "6.00")])
def test_a_fee_per_begun_ten_euros(cents: int, total: str) -> None:
    """1.00 for each begun 10.00 of what is offered; 20.00 are two, and a cent more three."""
    assert str(ask(TICKET, "ticket", gift=Money(cents, "EUR")).total) == f"{total} EUR"


@pytest.mark.parametrize(("copies", "total"), [(0, "95.00"), (1, "97.00"), (100, "97.00"), (101, "99.00")])
def test_a_fee_per_begun_hundred(copies: int, total: str) -> None:
    """Numbers are counted in the same way."""
    rule = 'adjust = { id = "toner", add = 2.00, once_per = "copies", every = 100 }'
    assert str(ask(rule, copies=copies).total) == f"{total} EUR"


def test_what_it_counts_is_asked_for() -> None:
    """Nobody assumes an amount."""
    quote = load(TICKET.replace("offered = ", "suggestion = 9.00, offered = ")).quote(Item("ticket"))
    assert quote.refusals[0].facets == ("gift",)


@pytest.mark.parametrize(
    ("rule", "path", "message"),
    [
        ("add = '-10%'", "add", "percent = '-10%'"),
        ("add = '10'", "add", "%"),
        ("add = '10%', once_per = 'day'", "once_per", "a share is due once"),
        ("add = -5, tax = 'reduced'", "tax", "a line of its own"),
        ("percent = '5%', tags = 'x'", "tags", "a line of its own"),
        ("add = 5, tax = 'reduce'", "tax", "did you mean 'reduced'?"),
        ("add = 5, every = 10", "every", "'every' goes with 'once_per'"),
        ("add = 5, once_per = 'gift'", "once_per", "is not one of"),
        ("add = 5, once_per = 'day', every = 2", "every", "so many of a fact"),
        ("add = 5, once_per = 'gift', every = 0", "every", "above 0"),
        ("add = 5, once_per = 'copies', every = 0.5", "every", "a whole number"),
        ("at_most = 5, every = 2", "every", "'every' goes with 'once_per'"),
    ],
)
def test_mistakes_have_a_place(rule: str, path: str, message: str) -> None:
    """What cannot be meant is a problem with its path and its line."""
    with pytest.raises(TariffError) as caught:
        load(f"adjust = {{ id = 'x', {rule} }}")
    problem = caught.value.problems[0]
    assert problem.path == f"product.hall.adjust[0].{path}"
    assert problem.line == HEAD.count("\n") + 1
    assert message in str(problem)


def test_they_are_written_back() -> None:
    """Loading what was dumped gives the same tariff."""
    rules = """adjust = [
  { id = "a", add = "10%", tax = "reduced", tags = ["x", "y"] },
  { id = "b", add = 1.00, once_per = "gift", every = 10.00 },
  { id = "c", add = 1.00, once_per = "weight", every = 3 },
  { id = "d", lists = [{ add = 5.00 }, { from = 2026-01-01, add = "7.5%" }] },
]
price_date = "use"
"""
    tariff = load(rules)
    assert Tariff.load(tariff.dump()) == tariff
    assert 'add = "10%"' in tariff.dump()
    assert AmountOrShare().write(500, "EUR") == 5
