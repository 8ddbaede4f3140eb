"""What a price list asks first can be said with each sale; vouchers are sold too."""

from __future__ import annotations

from datetime import time
from fractions import Fraction

import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.errors import InputError, NotForSaleError
from cantinekit.money import Money
from support.houses.small_house import open_house
from support.laws import house_laws

REVERSE = """
[tariff]
id = "reverse"
name = "With reverse charge"
currency = "EUR"
timezone = "Europe/Paris"
prices = "excl"
price_date = "purchase"
tax = "full"
[facts]
abroad = "yes/no"
meetings = "number"
[tax.full]
rates = [{ from = 2014-01-01, rate = "20%" }]
reverse = { abroad = true }
[product.day]
stay = "half-day"
rate = { price = 10.00 }
[product.night]
rate = { price = 20.00 }
[product.card]
rate = { price = 80.00 }
sells = "grant"
grant = { account = "tea", units = 5, unit = "entry" }
valid = { lasts = "30 days", first_day = "counts" }
[product.seat]
rate = { price = 30.00 }
"""


@pytest.fixture
def house():
    """A house whose prices depend on who owes the tax; its laws hold in the end."""
    house = open_house()
    house.do(c.PublishTariff(REVERSE))
    for name, sells in (
        ("day", "visit"),
        ("night", "visit"),
        ("card", "pass"),
        ("seat", "seat"),
    ):
        house.do(
            c.AddProduct(
                name=name,
                entity_id="asso",
                pricelist_id="reverse",
                tariff_product=name,
                sells=sells,
                id=f"r-{name}",
            )
        )
    house.do(c.AddWorkshop(place_id="paris", title="Gravure", product_id="r-seat", id="etching"))
    session = house.get(m.Session, "paid")
    house.do(
        c.AddSession(
            workshop_id="etching",
            day=session.period.start.date(),
            starts=time(10),
            ends=time(12),
            seats=2,
            id="etching",
        )
    )
    yield house
    house_laws.hold(house.storage, house.clock.now())
    house_laws.folds(house.storage)


def visit(house, facts):
    return house.do(c.CheckIn(place_id="paris", product_id="r-day", person_id="zoe", account="desk", facts=facts))


def longer(house, facts):
    first = visit(house, {"abroad": True}).value
    return house.do(c.UpgradeVisit(first.id, product_id="r-night", account="desk", facts=facts))


def card(house, facts):
    return house.do(c.SellPass(product_id="r-card", place_id="paris", holder_id="zoe", account="desk", facts=facts))


def seat(house, facts):
    return house.do(c.Register(session_id="etching", person_id="zoe", account="desk", facts=facts))


def offered(house, facts):
    if not house.all(m.Registration):
        house.do(c.ChangeSeats("etching", seats=0))
        house.do(c.Register(session_id="etching", person_id="zoe"))
        house.do(c.ChangeSeats("etching", seats=1))
    return house.do(c.TakeSeat(house.all(m.Registration)[0].id, account="desk", facts=facts))


@pytest.mark.parametrize(("sell", "net"), [(visit, 1000), (longer, 1000), (card, 8000), (seat, 3000), (offered, 3000)])
def test_who_owes_the_tax_can_be_said_with_each_sale(house, sell, net):
    """A class with reverse charge can be sold as anything: without the fact it is asked for, with it it is sold."""
    with pytest.raises(NotForSaleError, match="abroad"):
        sell(house, {})
    for visit_left in house.all(m.Visit):
        house.do(c.CheckOut(visit_left.id))
    sold = sell(house, {"abroad": True})
    assert [charge.amount for charge in sold.charges] == [Money(net, "EUR")]
    (document,) = sold.quote.price.documents
    assert {group.category for group in document.groups} == {"AE"}


def test_at_home_the_tax_is_on_top(house):
    """The control: who owes no tax of their own pays it with the price."""
    sold = visit(house, {"abroad": False})
    assert [charge.amount for charge in sold.charges] == [Money(1200, "EUR")]
    assert {group.rate for group in sold.quote.price.documents[0].groups} == {Fraction(1, 5)}


def test_what_the_house_knows_is_not_said_by_the_customer(house):
    """How many meetings there are is told by the house: a sale that says it too is refused, with the reason."""
    with pytest.raises(InputError, match="meetings"):
        seat(house, {"abroad": True, "meetings": 3})


# --- what is held -----------------------------------------------------------------------------------------------------


def test_a_pass_needs_somebody_who_holds_it(house):
    """Units that nobody holds can be spent by nobody: refused at once, with the reason."""
    with pytest.raises(InputError, match="the id of the person"):
        c.SellPass(product_id="carnet", place_id="paris", holder_id=None)
    with pytest.raises(InputError, match="holder_id"):
        house.cantine.sell_pass("carnet", "paris", holder_id=None, actor="desk:ana")


VOUCHERS = """
[tariff]
id = "vouchers"
name = "With vouchers"
currency = "EUR"
timezone = "Europe/Paris"
prices = "incl"
price_date = "purchase"
[order]
vouchers = ["gift"]
[product.day]
rate = { price = 10.00 }
[product.gift]
sells = "grant"
rate = { price = 50.00 }
grant = { account = "gift", unit = "EUR", value = 50.00 }
"""


def test_whoever_has_a_voucher_can_buy(house):
    """A voucher is sold as what its price list says that it is, and its holder buys like everybody else."""
    house.do(c.PublishTariff(VOUCHERS))
    house.do(c.SellPass(product_id="vouchers/gift", place_id="paris", holder_id="zoe", account="desk"))
    (unit,) = house.all(m.Entitlement)
    assert (unit.money, unit.bought, unit.unit, unit.in_unit(1), unit.value) == (True, 5000, "EUR", 1, 1)
    house.do(
        c.AddProduct(
            name="Day",
            entity_id="asso",
            pricelist_id="vouchers",
            tariff_product="day",
            sells="visit",
            id="v-day",
        )
    )
    stay = house.do(c.CheckIn(place_id="paris", product_id="v-day", person_id="zoe", account="desk"))
    assert [charge.amount for charge in stay.charges] == [Money(1000, "EUR")]
