"""What an answer tells of something that was sold is what happens: money that goes back, what stays, what is owed."""

from __future__ import annotations

from datetime import time, timedelta

import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.money import Money
from support.houses.small_house import TODAY, House, open_house, period
from support.laws import house_laws

LIST = """
[tariff]
id = "told"
name = "Told"
currency = "EUR"
timezone = "Europe/Paris"
prices = "incl"

[product.hall]
rate = { price = 100.00 }
cancel = { delay = { unit = "day" }, keep = [{ from = 30, percent = "0%" }, { from = 0, percent = "50%" }] }
[product.party]
rate = { price = 200.00 }
down_payment = { percent = "30%", rest = "14 days" }
cancel = { delay = { unit = "day" }, keep = [{ from = 0, percent = "50%" }] }
[product.room]
rate = { price = 10.00, per = "1h" }
[product.carnet]
sells = "grant"
rate = { price = 80.00 }
grant = { account = "hours", unit = "hour", units = 10 }
[product.box]
cover = { by = "hours", unit = "hour", beyond = "rate" }
rate = { price = 10.00, per = "1h" }
[product.seat]
rate = { price = 100.00 }
cancel = { delay = { unit = "day" }, keep = [{ from = 0, percent = "50%" }] }
"""
SOON = TODAY + timedelta(days=20)


def eur(amount: int) -> Money:
    return Money(amount, "EUR")


@pytest.fixture
def house():
    """A house with a list that keeps a part of what is called off, whose laws hold in the end."""
    house = open_house()
    house.do(c.PublishTariff(LIST))
    yield house
    house_laws.hold(house.storage, house.clock.now())
    house_laws.folds(house.storage)


def booked(house: House, product: str = "hall", account: str | None = "desk", **more) -> m.Booking:
    when = more.pop("when", period(10, 12, SOON))
    asked = c.Book(space_id="b", product_id=f"told/{product}", period=when, person_id="zoe", account=account, **more)
    return house.do(asked).value


def told(house: House, command: c.Command) -> tuple[int, int, int, int]:
    """What a command tells: fee, refund, due, and what is owed no more; its preview tells the same."""
    shown = house.cantine.preview(command, actor="zoe").afterwards
    done = house.do(command).afterwards
    assert shown == done
    return done.fee.amount, done.refund.amount, done.due.amount, done.dropped.amount if done.dropped else 0


def test_of_instalments_what_is_not_paid_yet_is_due(house):
    """60.00 of 200.00 are paid and the list keeps 100.00: nothing goes back, 40.00 are still to be paid."""
    one = booked(house, "party")
    assert told(house, c.CancelBooking(one.id)) == (10000, 0, 4000, 10000)
    assert house.get(m.Charge, one.charge_id).outstanding == eur(4000)


def test_on_account_nothing_goes_back(house):
    """Of what was never paid nothing goes back: a half is owed no more, the other half is due."""
    one = booked(house, account=None, on_account=True)
    assert told(house, c.CancelBooking(one.id)) == (5000, 0, 5000, 5000)


@pytest.mark.parametrize(("before", "fee", "refund"), [(2000, 3000, 5000), (8000, 0, 2000)])
def test_after_a_part_went_back_the_fee_is_what_stays(house, before, fee, refund):
    """Where some was given back before, what is told as the fee is what stays of the money, and no more."""
    one = booked(house)
    house.do(c.RefundCharge(one.charge_id, amount=eur(before), reason="the heating was off"))
    assert told(house, c.CancelBooking(one.id)) == (fee, refund, 0, 0)
    assert house.get(m.Charge, one.charge_id).kept == eur(fee)


def test_of_a_seat_too(house):
    """A seat on account that is given up late: a half is owed no more, the other half is due."""
    house.do(c.AddWorkshop(place_id="paris", title="Tools", product_id="told/seat", id="tools"))
    house.do(c.AddSession(workshop_id="tools", day=SOON, starts=time(18), ends=time(20), seats=2, id="soon"))
    one = house.do(c.Register(session_id="soon", person_id="zoe", on_account=True)).value
    assert told(house, c.CancelRegistration(one.id)) == (5000, 0, 5000, 5000)


def test_units_of_a_pass_that_is_over_come_back_to_nobody(house):
    """A booking that hours paid for gives them back while their pass is had; after it was cancelled nobody has them."""
    sold = house.do(c.SellPass(product_id="told/carnet", place_id="paris", holder_id="zoe", account="desk")).value
    first, second = booked(house, "box"), booked(house, "box", when=period(14, 16, SOON))
    assert [one.units for one in house.do(c.CancelBooking(first.id)).afterwards.units] == [2]
    house.do(c.CancelPass(sold.id))
    assert house.do(c.CancelBooking(second.id)).afterwards.units == ()


def test_a_pass_of_which_a_part_went_back(house):
    """A pass that is cancelled after some of its price was given back keeps what is left of it, and says so."""
    sold = house.do(c.SellPass(product_id="told/carnet", place_id="paris", holder_id="zoe", account="desk")).value
    booked(house, "box")
    house.do(c.RefundCharge(sold.charge_id, amount=eur(7000), reason="a mistake"))
    assert told(house, c.CancelPass(sold.id)) == (1000, 0, 0, 0)


def test_a_preview_of_a_moved_series_names_its_charges(house):
    """The preview of a move that gives money back shows the charges that the answer shows."""
    series = house.do(
        c.BookSeries(
            space_id="b", product_id="told/room", day=SOON, starts=time(10), ends=time(12),
            rule="FREQ=WEEKLY;COUNT=2", person_id="zoe", account="desk",
        )
    ).value  # fmt: skip
    shorter = c.MoveBookingSeries(series.id, ends=time(11))
    shown = house.cantine.preview(shorter, actor="zoe")
    done = house.do(shorter)
    assert [one.id for one in shown.charges] == [one.id for one in done.charges]
    assert shown.given_back == done.given_back == shown.afterwards.refund == eur(2000)
