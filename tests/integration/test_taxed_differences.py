"""Receipts and invoices of charges that are no whole price: a longer booking, a fee, a visit that grew."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from cantinekit import commands as c
from cantinekit import errors as e
from cantinekit import records as m
from cantinekit.money import Money
from support.houses.issuing_house import ZOE, issuing
from support.houses.small_house import House, period
from support.laws import house_laws

FEES = """
[tariff]
id = "fees"
name = "With tax and fees"
currency = "EUR"
timezone = "Europe/Paris"
prices = "incl"
tax = "full"
[tax.full]
rates = [{ from = 2014-01-01, rate = "20%" }]
[tax.reduced]
rates = [{ from = 2014-01-01, rate = "10%" }]
[product.room]
rate = { price = 15.00, per = "1h" }
move = { fee = 2.00 }
overrun = { price = 6.00, per = "30min" }
cancel = { delay = { unit = "day" }, keep = [{ from = 0, percent = "100%", fee = 3.00 }] }
[product.lunch]
rate = { price = 11.00 }
tax = "reduced"
[product.half-day]
stay = "half-day"
rate = { price = 7.00 }
[product.day]
rate = { price = 10.00 }
tax = "reduced"
"""


@pytest.fixture
def house():
    """A house that issues receipts by itself, whose laws hold in the end."""
    house = issuing()
    house.do(c.PublishTariff(FEES))
    for name, sells in (("room", "booking"), ("half-day", "visit"), ("day", "visit")):
        product = c.AddProduct(
            name=name, entity_id="asso", pricelist_id="fees", tariff_product=name, sells=sells, id=f"f-{name}"
        )
        house.do(product)
    house.do(c.AutomateReceipts("asso", series="receipts"))
    yield house
    house_laws.hold(house.storage, house.clock.now())


def booked(house: House, **more: Any) -> m.Booking:
    asked = c.Book(space_id="b", product_id="f-room", period=period(10, 11), person_id="zoe", account="desk", **more)
    return house.do(asked).value


def invoice(house: House, charge: m.Charge) -> m.Document:
    return house.do(c.IssueDocument(charge_id=charge.id, series="invoices", addressee=ZOE)).value


def eur(amount: int) -> Money:
    return Money(amount, "EUR")


def test_longer_booking_is_invoiced_as_a_difference(house):
    """What more a longer booking costs is invoiced: the new price, the fee, less what was paid, at the rate of all."""
    one = booked(house)
    more = house.do(c.MoveBooking(one.id, period=period(10, 12), account="desk")).charges[-1]
    found = invoice(house, more)
    assert [(line.gross, line.rate) for line in found.lines] == [
        (eur(3000), "20%"), (eur(-1500), "20%"), (eur(200), "20%"),
    ]  # fmt: skip
    assert (found.gross, found.net, found.tax) == (eur(1700), eur(1417), eur(283))
    assert len(house.cantine.read.documents("asso", "receipts")) == 2


def test_overrun_is_invoiced_at_the_rate_of_the_room(house):
    """Staying longer is taxed as the room is."""
    one = booked(house)
    house.clock.set(one.period.end + timedelta(hours=1))
    more = house.do(c.RecordOverrun(one.id, until=one.period.end + timedelta(minutes=30), account="desk")).charges[-1]
    found = invoice(house, more)
    assert [(line.text, line.gross, line.rate) for line in found.lines] == [
        ("stayed 30 minutes longer", eur(600), "20%"),
    ]  # fmt: skip


def test_cancellation_fee_is_invoiced_at_the_rate_of_the_room(house):
    """A fee beyond the price is a charge of its own, and taxed as the room is."""
    one = booked(house)
    done = house.do(c.CancelBooking(one.id, reason="ill"))
    fee = house.get(m.Charge, done.value.more[-1].charge_id)
    found = invoice(house, fee)
    assert [(line.gross, line.rate) for line in found.lines] == [(eur(300), "20%")]


def test_overrun_is_taxed_as_its_own_class(house):
    """Staying longer in a room that was sold with a lunch at another rate is taxed as the room is."""
    one = booked(house, extras={"lunch": 1})
    house.clock.set(one.period.end + timedelta(hours=1))
    more = house.do(c.RecordOverrun(one.id, until=one.period.end + timedelta(minutes=30), account="desk")).charges[-1]
    assert {line.rate for line in invoice(house, more).lines} == {"20%"}


def test_what_was_paid_at_two_rates_is_taken_off_at_none(house):
    """Where what was paid before was taxed at two rates, a difference is not invoiced: nobody says how to split it."""
    one = booked(house, extras={"lunch": 1})
    more = house.do(c.MoveBooking(one.id, period=period(10, 12))).charges[-1]
    with pytest.raises(e.UnsuitableError, match="paid before"):
        invoice(house, more)
