"""How each line of a quote is taxed: on its own day, for its own customer, as the documents of the quote have it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from fractions import Fraction

import pytest

from cantinekit import commands as c
from cantinekit.errors import InputError
from cantinekit.money import Money
from cantinekit.pricing import Item, Order, Tariff
from support.houses import small_house
from support.houses.issuing_house import ZOE, described

TEXT = """
[tariff]
id = "treated"
name = "Treated"
currency = "EUR"
timezone = "Europe/Paris"
prices = "incl"
tax = "full"

[facts]
abroad = "yes/no"

[tax.full]
rates = [{ from = 2014-01-01, rate = "20%" }, { from = 2027-01-01, rate = "21%" }]
reverse = { abroad = true }
[tax.club]
kind = "not subject"
mention = "TVA non applicable, art. 293 B du CGI"

[product.room]
rate = { price = 12.00 }
[product.card]
rate = { price = 5.00 }
tax = "club"
[product.free]
rate = { price = 1.00 }
tax = "unknown"
[product.lesson]
rate = { price = 6.00 }
needs = ["card"]
"""
AT_HOME = {"abroad": False}
BOUGHT = datetime(2026, 11, 24, 8, tzinfo=UTC)


def treated(*items):
    tariff, order = Tariff.load(TEXT), Order(items, as_of=BOUGHT)
    quote = tariff.quote(order)
    return quote, tariff.treatments(order, quote)


def test_each_line_has_the_rate_of_its_day():
    """Two items on two days, on both sides of a change of the rate, have two rates; each group is in a document."""
    quote, found = treated(
        Item("room", day=date(2026, 12, 31), facts=AT_HOME), Item("room", day=date(2027, 1, 1), facts=AT_HOME)
    )
    assert [tax.rate for tax in found] == [Fraction(1, 5), Fraction(21, 100)]
    assert {group.rate for document in quote.documents for group in document.groups} == {tax.rate for tax in found}


def test_reverse_charge_is_that_of_the_item():
    """A customer abroad owes the tax, by the facts of the item; the line contains the rate that it was printed with."""
    day = date(2026, 12, 1)
    quote, found = treated(
        Item("room", day=day, facts={"abroad": True}), Item("room", day=day, facts={"abroad": False})
    )
    assert [(tax.kind, tax.category, tax.contained) for tax in found] == [
        ("reverse", "AE", Fraction(1, 5)),
        ("standard", "S", None),
    ]
    assert [line.amount.amount for line in quote.lines] == [1000, 1200]


def test_what_is_not_subject_and_what_nobody_says():
    """What is not subject has its mention, what states no tax is unknown."""
    _, found = treated(Item("card", day=date(2026, 12, 1)), Item("free", day=date(2026, 12, 1)))
    assert (found[0].kind, found[0].mention.text) == ("not subject", "TVA non applicable, art. 293 B du CGI")
    assert found[1].kind == "unknown"


def test_a_quote_of_another_order_is_refused():
    """The lines of a quote are those of its order."""
    tariff = Tariff.load(TEXT)
    quote = tariff.quote(Order((Item("room", day=date(2026, 12, 1), facts=AT_HOME, id="a"),), as_of=BOUGHT))
    with pytest.raises(InputError):
        tariff.treatments(Order((Item("room", day=date(2026, 12, 1), facts=AT_HOME, id="b"),), as_of=BOUGHT), quote)


def test_a_customer_abroad_gets_an_invoice_without_tax():
    """Under reverse charge an invoice states the net as what is due, with its mention; so does its credit note."""
    house = described(small_house.open_house())
    house.do(c.PublishTariff(TEXT))
    house.do(
        c.AddProduct(
            name="Room", entity_id="asso", pricelist_id="treated", tariff_product="room", sells="booking", id="t"
        )
    )
    booked = house.do(
        c.Book(space_id="n", product_id="t", period=small_house.period(30, 31), account="desk", facts={"abroad": True})
    )
    charge = booked.charges[0].id
    found = house.do(c.IssueDocument(charge_id=charge, series="invoices", addressee=ZOE)).value
    assert [(tax.category, tax.net.amount, tax.tax.amount) for tax in found.taxes] == [("AE", 1000, 0)]
    assert (found.gross.amount, found.lines[0].treatment) == (1000, "reverse")
    assert found.mentions[0] == found.lines[0].mention != ""
    for cents, gross in ((333, -333), (667, -667)):
        house.do(c.RefundCharge(charge, amount=Money(cents, "EUR"), reason="x"))
        refund = house.cantine.read.refunds(charge)[-1].id
        note = house.do(c.IssueCreditNote(charge_id=charge, series="credits", refund_id=refund)).value
        assert (note.gross.amount, note.net.amount, note.tax.amount) == (gross, gross, 0)
