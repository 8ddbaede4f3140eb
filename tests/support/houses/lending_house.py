"""A house that also lends and parcels out: a room with a deposit, a hall with a down payment, gift vouchers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.backends.payments import FakeGateway
from cantinekit.urls import Secret
from support.houses.small_house import TODAY, House, open_house, period

LENDING = """
[tariff]
id = "lend"
name = "Lending"
currency = "EUR"
timezone = "Europe/Paris"
prices = "incl"
price_date = "purchase"
due = "1 month"
tax = "full"

[tax.full]
rates = [{ from = 2014-01-01, rate = "20%" }]

[order]
vouchers = "gifts"

[product.keys]
rate = { price = 15.00, per = "1h" }
deposit = { id = "keys", price = 100.00 }
[product.hall]
rate = { price = 100.00 }
down_payment = { percent = "30%", rest = "14 days" }
deposit = { id = "damage", price = 300.00, due = "on the day" }
[product.plan]
sells = "plan"
rate = { price = 10.00 }
valid = { lasts = "30 days", first_day = "counts" }
[product.gift]
sells = "grant"
rate = { price = 45.00 }
grant = { account = "gifts", unit = "EUR", value = 50.00 }
valid = { lasts = "1 year", ends = "same day" }
"""
PARTY = TODAY + timedelta(days=30)
"""The day of the hall: the rest is due 16 days from now, the deposit on it."""


def lending(house: House) -> House:
    """The house, with the products of ``LENDING``."""
    house.do(c.PublishTariff(LENDING))
    for id in ("keys", "hall"):
        house.do(
            c.AddProduct(name=id, entity_id="asso", pricelist_id="lend", tariff_product=id, sells="booking", id=id)
        )
    return house


def open_lending(**how: Any) -> House:
    """A house that lends, opened as ``open_house`` opens one; its card may be told of by webhooks."""
    card = FakeGateway(["settled"], secrets=[Secret("whsec")])
    house = open_house(card=card, **how)
    card._clock = house.clock
    return lending(house)


def with_keys(account: str | None = "desk", hour: int = 10) -> c.Book:
    """A room for an hour at 15.00, with 100.00 as a deposit."""
    return c.Book(space_id="b", product_id="keys", period=period(hour, hour + 1), person_id="zoe", account=account)


def the_hall(account: str | None = "desk", person_id: str = "zoe") -> c.Book:
    """A hall for 100.00: 30.00 at once, 70.00 a fortnight before, and 300.00 on the day, which are held."""
    return c.Book(space_id="b", product_id="hall", period=period(10, 12, PARTY), person_id=person_id, account=account)


def a_gift(account: str | None = "desk") -> c.SellPass:
    """A voucher for Zoe that is good for 50.00 and sold for 45.00."""
    return c.SellPass(product_id="lend/gift", place_id="paris", holder_id="zoe", account=account)


def charge(house: House, command: c.Command) -> m.Charge:
    """The charge that a sale raises."""
    return house.do(command).charges[0]
