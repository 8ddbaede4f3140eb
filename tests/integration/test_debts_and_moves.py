"""What is beside the price of something goes with it: a debt for units that were not there, the fee of a move."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.domain.payments.differences import difference
from cantinekit.domain.sales.measuring import measuring
from cantinekit.money import Money
from support.houses.list_house import book, in_days, sell, selling
from support.houses.small_house import House, period
from support.laws import house_laws

LIST = """
[product.entry]
rate = { price = 10.00 }
cover = [{ by = "carnet", unit = "entry" }]
beyond = { debt_at = "carnet" }
cancel = { delay = { unit = "day" }, keep = [{ from = 2, percent = "0%" }, { from = 0, percent = "50%" }] }
move = { fee = 5.00 }
[product.shown]
rate = { price = 10.00 }
cover = [{ by = "carnet", unit = "entry" }]
beyond = { debt_at = "carnet" }
[product.shown.cancel]
delay = { unit = "day" }
keep = [{ from = 0, percent = "0%" }]
no_show = "50%"
[product.carnet]
sells = "grant"
rate = { price = 8.00 }
grant = { account = "carnet", unit = "entry", units = 1 }
[product.hall]
rate = { price = 30.00 }
move = { fee = 5.00 }
[product.month]
sells = "plan"
valid = { month = "calendar" }
rate = { price = 10.00 }
[product.weekday]
sells = "plan"
valid = { month = "calendar" }
rate = [{ when = { weekday = ["sat", "sun"] }, price = 5.00 }, { price = 10.00 }]
[product.lamp]
rate = { price = 4.00 }
cancel = { delay = { unit = "day" }, keep = [{ from = 0, percent = "0%" }], no_show = "50%" }
[facts]
grams = "number"
[product.cut]
afterwards = ["grams"]
cover = [{ by = "carnet", unit = "entry" }]
beyond = { debt_at = "carnet" }
rate = { price = 0.10, per = "grams" }
[coupon.ONCE]
percent = "-50%"
limit = { at_most = 1, same = ["person"] }
"""
SOON, LATER = in_days(1), in_days(10)


@pytest.fixture
def house() -> House:
    return selling(LIST)


def billed(house: House) -> list[int]:
    return [charge.billed.amount for charge in house.all(m.Charge)]


def lawful(house: House) -> None:
    house_laws.hold(house.storage, house.clock.now())
    house_laws.folds(house.storage)


def sold(house: House, way: str, day: Any) -> c.Command:
    """An entry that nobody has a unit for, so that it is owed beside the price; and the command that cancels it."""
    if way == "booking":
        return c.CancelBooking(book(house, "entry", 10, day).value.id)
    line = c.SellLine("own/entry", period=period(10, 11, day))
    order = house.do(c.Sell([line], place_id="paris", person_id="zoe", account="desk"))
    return c.CancelOrder(order.value.id)


@pytest.mark.parametrize("way", ["booking", "order"])
@pytest.mark.parametrize("paid", [False, True])
@pytest.mark.parametrize(("day", "stays"), [(LATER, 0), (SOON, 400)])
def test_a_debt_falls_away_with_what_it_is_for(house, way, paid, day, stays):
    """What is called off for nothing is owed no more, and goes back where it was paid; of the half that stays the half
    of the debt stays too."""
    cancel = sold(house, way, day)
    (charge,) = house.all(m.Charge)
    assert (charge.amount, [line.kind for line in charge.lines]) == (Money(800, "EUR"), ["debt"])
    if paid:
        house.do(c.Pay(charge.id, account="desk"))
    told = house.do(cancel).afterwards
    assert (told.refund, told.debt, told.off) == (Money(0, "EUR"), Money(800 - stays, "EUR"), Money(800 - stays, "EUR"))
    after = house.get(m.Charge, charge.id)
    assert (after.billed.amount, after.kept.amount) == (stays, stays if paid else 0)
    lawful(house)


def test_a_debt_is_not_charged_again_when_it_is_moved(house):
    """A move of a booking with a debt costs the fee, and no second debt."""
    booking = book(house, "entry", 10, LATER).value
    told = house.do(c.MoveBooking(booking.id, period=period(14, 15, LATER), account="desk")).afterwards
    assert told.due == Money(500, "EUR")
    assert sorted(billed(house)) == [500, 800]
    lawful(house)


def test_what_a_move_cost_stays(house):
    """Of a booking that was moved for a fee and is then called off for nothing the price goes back, as is told."""
    booking = book(house, "hall", 10, LATER).value
    house.do(c.MoveBooking(booking.id, period=period(14, 15, LATER), account="desk"))
    shown = house.cantine.preview(c.CancelBooking(booking.id), actor="zoe")
    done = house.do(c.CancelBooking(booking.id))
    assert shown.given_back == done.given_back == done.afterwards.refund == Money(3000, "EUR")
    assert sum(billed(house)) == 500
    lawful(house)


@pytest.mark.parametrize(("minutes", "back"), [(-1, 3000), (0, 0), (1, 0)])
def test_where_the_list_is_silent_all_stays_from_the_start_on(house, minutes, back):
    """Until the minute before it starts it is free; from its first instant on all of it stays."""
    booking = book(house, "hall", 10, LATER).value
    house.clock.set(booking.period.start + timedelta(minutes=minutes))
    told = house.do(c.CancelBooking(booking.id)).afterwards
    assert (told.refund, told.fee) == (Money(back, "EUR"), Money(3000 - back, "EUR"))
    assert sum(billed(house)) == 3000 - back


@pytest.mark.parametrize(("refund", "stays"), [("all", 0), ("nothing", 1), (Money(200, "EUR"), 1)])
def test_a_pass_keeps_what_stays_counted(house, refund, stays):
    """A code that is good once stays used where a share of the price stays, and the pass says so."""
    bought = sell(house, "month", codes=("ONCE",)).value
    after = house.do(c.CancelPass(bought.id, refund=refund, reason="staff say so")).value
    (meter,) = house.all(m.Meter)
    assert (meter.used, sum(move.delta for move in after.meters)) == (stays, stays)
    lawful(house)


def test_a_pass_without_a_first_day_is_of_today(house):
    """Where the price depends on the day, a pass that begins on no day in particular costs what it does today."""
    assert sell(house, "weekday").charges[0].amount == Money(1000, "EUR")
    house.wait(days=4)
    assert sell(house, "weekday").charges[0].amount == Money(500, "EUR")


def released(house: House, product: str, **more: Any) -> m.Booking:
    """A booking to which nobody came in time."""
    house.do(c.ChangeTerms("a1", terms=m.Terms(release_after=timedelta(minutes=15))))
    booking = book(house, product, 10, SOON, **more).value
    house.clock.set(booking.period.start + timedelta(minutes=20))
    house.cantine.run_due()
    return house.get(m.Booking, booking.id)


@pytest.mark.parametrize("paid", [False, True])
def test_a_debt_is_owed_again_when_a_release_is_undone(house, paid):
    """Nobody came, and the half of the debt fell away; somebody came after all: all of the debt is owed again."""
    booking = released(house, "shown")
    (charge,) = house.all(m.Charge)
    assert (booking.state, charge.billed, booking.debt) == ("released", Money(400, "EUR"), Money(400, "EUR"))
    if paid:
        house.do(c.Pay(charge.id, account="desk"))
    done = house.do(c.UndoRelease(booking.id, account="desk" if paid else None))
    assert done.afterwards.due == Money(400, "EUR")
    assert (done.value.state, done.value.debt, sum(billed(house))) == ("confirmed", None, 800)
    assert [[line.kind for line in one.lines] for one in house.all(m.Charge)] == [["debt"], ["debt"]]
    lawful(house)


def test_a_debt_and_a_price_are_owed_again_together(house):
    """A release that was undone charges the price that went back, and the debt that fell away, each by its own line."""
    booking = released(house, "shown", extras={"lamp": 1})
    assert sum(billed(house)) == 600
    assert house.do(c.UndoRelease(booking.id)).afterwards.due == Money(600, "EUR")
    lines = [(line.kind, line.amount.amount) for line in house.all(m.Charge)[-1].lines]
    assert (lines, sum(billed(house))) == ([("revenue", 200), ("debt", 400)], 1200)
    lawful(house)


def test_a_debt_is_not_owed_twice_when_a_thing_is_measured(house):
    """What is measured of a thing with a debt costs what it costs more, and the debt that was there is no more."""
    house.do(c.Sell([c.SellLine("own/cut")], place_id="paris", person_id="zoe", account="desk"))
    (sale,), (text,) = house.all(m.Sale), [one for one in house.all(m.TariffText) if "product.cut" in one.text]
    item, facts = sale.items[0].label, (("grams", Decimal(40)),)
    asked = {"id": "new", "product_id": "own/cut", "lots": (), "meters": {}, "others": ()}
    found = measuring(sale, None, text.text, item, facts, **asked)
    assert (found.debt_before, found.quote.debt, found.more) == (Money(800, "EUR"), Money(800, "EUR"), Money(0, "EUR"))
    lines = difference(found.lines, "own/cut", Money(0, "EUR"), Money(0, "EUR"), found.debt_before)
    assert [(line.kind, line.said, line.amount.amount) for line in lines] == [
        ("debt", "", 800), ("debt", "paid before", -800),
    ]  # fmt: skip
