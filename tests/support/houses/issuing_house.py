"""A house that issues documents: a price list with tax, a described legal entity, a series of each type."""

from __future__ import annotations

from datetime import date
from typing import Any

from cantinekit import commands as c
from cantinekit import records as m
from support.houses.small_house import TODAY, House, open_house, period

TAXED = """
[tariff]
id = "taxed"
name = "With tax"
currency = "EUR"
timezone = "Europe/Paris"
prices = "incl"
price_date = "purchase"
tax = "full"
due = "1 month"

[tax.full]
rates = [{ from = 2014-01-01, rate = "20%" }]
[tax.reduced]
rates = [{ from = 2014-01-01, rate = "10%" }, { from = 2027-01-01, rate = "5.5%" }]
[tax.club]
kind = "exempt"
mention = [{ text = "Exonération de TVA, art. 261-7-1 du CGI", code = "VATEX-FR-CGI261-7" }]

[product.room]
rate = { price = 15.00, per = "1h" }
[product.seat]
rate = { price = 10.00 }
tax = "reduced"
[product.materials]
rate = { price = 8.00 }
[product.half-day]
stay = "half-day"
rate = { price = 7.00 }
[product.day]
rate = { price = 10.00 }
[product.club-room]
rate = { price = 12.00, per = "1h" }
tax = "club"
[product.odd-room]
rate = { price = 99.99 }
[product.card]
rate = { price = 99.99 }
sells = "grant"
grant = { account = "taxed", units = 1, unit = "entry" }
[product.free-room]
rate = { price = 4.00 }
tax = "unknown"
"""
ZOE = m.BilledTo("Canary-Zoe", ("Canary-Street 1", "35000 Rennes"), "FR", "FR00000000001")
"""Names and addresses that must be found nowhere but in private records."""
ADDRESS = ("1 rue du Port", "35000 Rennes")
SERIES = (("receipts", "receipt", "R"), ("invoices", "invoice", "F"), ("credits", "credit note", "A"))
SELLER: tuple[c.Command, ...] = (
    c.DescribeEntity(
        "asso",
        address=ADDRESS,
        country="FR",
        registration="123 456 789",
        vat_number="FR12345678901",
        mentions=("Association loi 1901",),
    ),
    *(
        c.OpenSeries(entity_id="asso", name=name, documents=what, prefix=prefix, zone="Europe/Paris")
        for name, what, prefix in SERIES
    ),
)
"""What makes the operator one that issues documents."""


def described(house: House) -> House:
    """The house, whose operator issues documents."""
    for command in SELLER:
        house.do(command)
    return house


def taxed(house: House) -> House:
    """The house, with products on a price list that says their taxes."""
    house.do(c.PublishTariff(TAXED))
    for name in ("room", "club-room", "odd-room", "free-room"):
        house.do(
            c.AddProduct(
                name=name, entity_id="asso", pricelist_id="taxed", tariff_product=name, sells="booking", id=f"t-{name}"
            )
        )
    house.do(
        c.AddProduct(
            name="seat", entity_id="asso", pricelist_id="taxed", tariff_product="seat", sells="seat", id="t-seat"
        )
    )
    house.do(
        c.AddProduct(
            name="materials",
            entity_id="asso",
            pricelist_id="taxed",
            tariff_product="materials",
            sells="option",
            id="t-materials",
        )
    )
    for name in ("half-day", "day"):
        house.do(
            c.AddProduct(
                name=name,
                entity_id="asso",
                pricelist_id="taxed",
                tariff_product=name,
                sells="visit",
                id=f"t-{name}",
            )
        )
    return house


def issuing(**options: Any) -> House:
    """A house that can issue documents."""
    return described(taxed(open_house(**options)))


def charged(
    house: House, hours: int = 1, *, product: str = "t-room", account: str | None = "desk", day: date = TODAY
) -> str:
    """The id of a charge: a room for so many hours of a day to come, each time of a later one, by Zoe."""
    begins = 24 * (1 + len(house.all(m.Booking)))
    command = c.Book(
        space_id="n", product_id=product, period=period(begins, begins + hours, day), person_id="zoe", account=account
    )
    return house.do(command).charges[0].id
