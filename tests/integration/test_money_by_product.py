"""Which product loses what goes back: a part of a charge is taken off the lines of the thing that is called off."""

from __future__ import annotations

from datetime import time

import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.money import Money
from support.houses.edges import accounts
from support.houses.issuing_house import ZOE, described
from support.houses.list_house import book, in_days, selling
from support.houses.small_house import House, period
from support.laws import house_laws

LIST = """tax = "full"
[tax.full]
rates = [{ from = 2014-01-01, rate = "20%" }]
[tax.reduced]
rates = [{ from = 2014-01-01, rate = "10%" }]
[product.studio]
rate = { price = 20.00 }
cancel = { delay = { unit = "day" }, keep = [{ from = 0, percent = "50%" }] }
[product.hall]
rate = { price = 12.00 }
[product.badge]
sells = "membership"
valid = { lasts = "1 year", ends = "same day" }
rate = { price = 30.00 }
tax = "reduced"
[product.carnet]
sells = "grant"
rate = { price = 8.00 }
grant = { account = "carnet", unit = "entry", units = 4 }
[product.tea]
rate = { price = 2.00 }
tax = "reduced"
[product.entry]
rate = { price = 10.00 }
cover = [{ by = "carnet", unit = "entry" }]
beyond = { debt_at = "carnet" }
"""
SOON = in_days(1)


def eur(cents: int) -> Money:
    return Money(cents, "EUR")


@pytest.fixture
def house():
    """A house that sells by the list, whose laws hold in the end."""
    found = selling(LIST)
    yield found
    house_laws.hold(found.storage, found.clock.now())
    house_laws.folds(found.storage)


def revenue(house: House) -> dict[str, int]:
    """What is earned of each product of the list, in cents."""
    found = {name.removeprefix("revenue/own/"): -amount for name, amount in accounts(house).items()}
    return {name: amount for name, amount in found.items() if "/" not in name and name in LIST + DEPOSITS}


PAID = pytest.mark.parametrize("more", [{}, {"account": None, "on_account": True}], ids=["paid", "on account"])


@PAID
def test_a_fee_is_of_the_booking_and_not_of_what_it_brought(house, more):
    """The half of the studio goes back, of what was paid or owed; the badge that came with it stays earned in full."""
    booking = book(house, "studio", 10, SOON, extras={"badge": 1}, **more).value
    assert revenue(house) == {"studio": 2000, "badge": 3000}
    house.do(c.CancelBooking(booking.id))
    assert revenue(house) == {"studio": 1000, "badge": 3000}


@PAID
def test_a_pass_that_is_called_off_is_of_its_own_line(house, more):
    """The badge that came with a booking is called off: the booking stays earned in full."""
    booking = book(house, "studio", 10, SOON, extras={"badge": 1}, **more).value
    (badge,) = house.all(m.Pass)
    house.do(c.CancelPass(badge.id))
    assert revenue(house) == {"studio": 2000}
    house.do(c.CancelBooking(booking.id))
    assert revenue(house) == {"studio": 1000}


def test_what_is_free_goes_back_of_its_own_line(house):
    """A booking that costs nothing when it is called off leaves the badge that it brought, and that in full."""
    booking = book(house, "hall", 10, SOON, extras={"badge": 1}).value
    house.do(c.CancelBooking(booking.id))
    assert revenue(house) == {"badge": 3000}


def test_staff_give_more_back_than_the_thing_costs_of_nothing_else(house):
    """Staff give all of the booking back: it is its own price, whatever was bought along."""
    booking = book(house, "studio", 10, SOON, extras={"badge": 1}).value
    done = house.do(c.CancelBooking(booking.id, refund="all", reason="flooded"))
    assert (done.given_back, revenue(house)) == (eur(2000), {"badge": 3000})


def test_a_line_of_an_order_loses_its_own(house):
    """Of an order of tea and a badge the tea is called off, then the badge."""
    lines = [c.SellLine("own/tea", count=3), c.SellLine("own/badge")]
    order = house.do(c.Sell(lines, place_id="paris", person_id="zoe", account="desk")).value
    house.do(c.CancelOrder(order.id, line=1, refund=eur(500), reason="one cup was drunk"))
    assert revenue(house) == {"tea": 100, "badge": 3000}
    house.do(c.CancelOrder(order.id, line=2, refund="all", reason="lost"))
    assert revenue(house) == {"tea": 100}


@pytest.mark.parametrize("product", ["studio", "hall"])
def test_a_booking_of_an_order_loses_its_own(house, product):
    """A booking that was sold with tea is called off: the tea stays earned in full."""
    held = house.do(
        c.HoldSpace(space_id="a1", product_id=f"own/{product}", period=period(10, 11, SOON), person_id="zoe")
    ).value
    lines = [c.SellLine(booking_id=held.id), c.SellLine("own/tea", count=5)]
    house.do(c.Sell(lines, place_id="paris", person_id="zoe", account="desk"))
    house.do(c.CancelBooking(held.id))
    assert revenue(house) == {"studio": {"studio": 1000, "tea": 1000}, "hall": {"tea": 1000}}[product]


def test_several_payments_give_back_of_the_same_line(house):
    """Where two payments made up the price, each gives a part of it back, of the line that is called off."""
    booking = book(house, "studio", 10, SOON, extras={"badge": 1}, account=None, on_account=True).value
    for amount in (4500, 500):
        house.do(c.Pay(booking.charge_id, account="desk", amount=eur(amount)))
    house.do(c.CancelBooking(booking.id, refund="all", reason="flooded"))
    assert revenue(house) == {"badge": 3000}
    refunds = house.all(m.Refund)
    assert [[(one.line, one.amount) for one in refund.lines] for refund in refunds] == [[(0, eur(2000))]]


def test_a_credit_note_is_at_the_rate_of_what_goes_back(house):
    """The studio is taxed at 20 %, the badge at 10 %: the credit note of the half of the studio is at 20 %."""
    described(house)
    booking = book(house, "studio", 10, SOON, extras={"badge": 1}).value
    invoice = house.do(c.IssueDocument(charge_id=booking.charge_id, series="invoices", addressee=ZOE)).value
    assert {line.rate for line in invoice.lines} == {"20%", "10%"}
    house.do(c.CancelBooking(booking.id))
    (refund,) = house.all(m.Refund)
    asked = c.IssueCreditNote(charge_id=booking.charge_id, series="credits", refund_id=refund.id)
    note = house.do(asked).value
    assert [(line.gross, line.rate) for line in note.lines] == [(eur(-1000), "20%")]
    assert (note.gross, note.net, note.tax) == (eur(-1000), eur(-833), eur(-167))


def test_a_debt_is_in_no_invoice_and_in_no_credit_note(house):
    """Of a studio with an entry that is owed, the invoice states the studio, and so does the credit note of it."""
    described(house)
    booking = book(house, "studio", 10, SOON, extras={"entry": 1}).value
    house.do(c.Pay(booking.charge_id, account="desk"))
    invoice = house.do(c.IssueDocument(charge_id=booking.charge_id, series="invoices", addressee=ZOE)).value
    assert [(line.text, line.gross) for line in invoice.lines] == [("studio", eur(2000))]
    house.do(
        c.RefundLines(booking.charge_id, lines=(m.LineRefund(0, eur(500)), m.LineRefund(1, eur(100))), reason="no")
    )
    (refund,) = house.all(m.Refund)
    asked = c.IssueCreditNote(charge_id=booking.charge_id, series="credits", refund_id=refund.id)
    assert (refund.amount, house.do(asked).value.gross) == (eur(600), eur(-500))


def test_what_is_of_no_thing_is_spread(house):
    """The control: what staff give back of the charge itself is of all its lines, by weight."""
    charge = house.get(m.Charge, book(house, "studio", 10, SOON, extras={"badge": 1}).value.charge_id)
    house.do(c.RefundCharge(charge.id, amount=eur(1000), reason="a gift"))
    assert revenue(house) == {"studio": 1600, "badge": 2400}


# --- one account -----------------------------------------------------------------------------------------------------


def sold_by_both_names(house: House) -> None:
    """The hall is sold by the name of its list, and as a product of the catalogue; a carnet too."""
    for name, sells in (("hall", "booking"), ("carnet", "pass")):
        house.do(
            c.AddProduct(
                name=name, entity_id="asso", pricelist_id="own", tariff_product=name, sells=sells, id=f"the-{name}"
            )
        )
    book(house, "hall", 10, SOON)
    asked = {"space_id": "a1", "person_id": "zoe", "account": "desk"}
    house.do(c.Book(product_id="the-hall", period=period(12, 13, SOON), **asked))
    for id in ("own/carnet", "the-carnet"):
        house.do(c.SellPass(product_id=id, place_id="paris", holder_id="zoe", account="desk"))


def test_a_product_has_one_account_however_it_was_named(house):
    """What was sold by the name of the list and by the catalogue is earned, and owed, on one account."""
    sold_by_both_names(house)
    assert {name for name in accounts(house) if "hall" in name} == {"revenue/own/hall", "revenue/the-hall"}
    balance = dict(house.cantine.read.trial_balance("asso", SOON))
    assert {name: amount for name, amount in balance.items() if "/desk" not in name} == {
        "revenue/the-hall": eur(-2400), "deferred/the-carnet": eur(-1600),
    }  # fmt: skip
    assert Money.sum(balance.values(), "EUR") == eur(0)
    assert dict(house.cantine.read.takings("paris", in_days(0)).earned) == {"the-hall": eur(2400)}


def test_products_of_the_catalogue_that_sell_the_same_are_their_own(house):
    """The control: where two products of the catalogue sell it, nobody can say which of them the list's name means."""
    sold_by_both_names(house)
    house.do(
        c.AddProduct(
            name="Hall by night",
            entity_id="asso",
            pricelist_id="own",
            tariff_product="hall",
            sells="booking",
            id="night",
        )
    )
    balance = dict(house.cantine.read.trial_balance("asso", SOON))
    assert (balance["revenue/own/hall"], balance["revenue/the-hall"]) == (eur(-1200), eur(-1200))


# --- deposits --------------------------------------------------------------------------------------------------------

DEPOSITS = """
[product.studio]
rate = { price = 20.00 }
deposit = { id = "damage", price = 100.00 }
cancel = { delay = { unit = "day" }, keep = [{ from = 0, percent = "50%" }] }
[product.hall]
rate = { price = 12.00 }
deposit = { id = "damage", price = 40.00 }
[product.badge]
sells = "membership"
valid = { lasts = "1 year", ends = "same day" }
rate = { price = 30.00 }
deposit = { id = "badge", price = 5.00 }
[product.tea]
rate = { price = 2.00 }
[product.mug]
rate = { price = 1.00 }
deposit = { id = "mug", price = 3.00 }
[product.half-day]
stay = "half-day"
rate = { price = 7.00 }
deposit = { id = "key", price = 10.00 }
[product.day]
stay = "day"
rate = { price = 10.00 }
deposit = { id = "key", price = 10.00 }
[product.great-day]
stay = "day"
rate = { price = 15.00 }
deposit = { id = "keys", price = 25.00 }
[product.bare-day]
stay = "day"
rate = { price = 6.00 }
"""


@pytest.fixture
def lending():
    """A house that asks for deposits, whose laws hold in the end."""
    found = selling(DEPOSITS)
    yield found
    house_laws.hold(found.storage, found.clock.now())
    house_laws.folds(found.storage)


def deposits(house: House) -> int:
    """What stands as a deposit in the ledger, in cents."""
    return -accounts(house).get("deposits", 0)


@PAID
@pytest.mark.parametrize(("product", "price"), [("studio", 1000), ("hall", 0)], ids=["with a fee", "for nothing"])
def test_the_deposit_of_a_pass_stays_with_the_pass(lending, product, price, more):
    """A booking is called off, with a fee or without: its deposit goes back, that of the badge stays until it goes."""
    booking = book(lending, product, 10, SOON, extras={"badge": 1}, **more).value
    lending.do(c.CancelBooking(booking.id))
    assert (deposits(lending), sum(revenue(lending).values())) == (500, 3000 + price)
    (badge,) = lending.all(m.Pass)
    lending.do(c.CancelPass(badge.id))
    assert deposits(lending) == 0


@pytest.mark.parametrize(("product", "price"), [("studio", 1000), ("hall", 0)], ids=["with a fee", "for nothing"])
def test_a_seat_has_its_own_deposit_and_its_own_line(lending, product, price):
    """A seat is given up, with a fee or without: the badge that was bought with it keeps its deposit and its price."""
    lending.do(c.AddWorkshop(place_id="paris", title="Reliure", product_id=f"own/{product}", id="w"))
    session = lending.do(c.AddSession(workshop_id="w", day=in_days(3), starts=time(18), ends=time(20), seats=3)).value
    asked = c.Register(session_id=session.id, person_id="zoe", account="desk", extras={"badge": 1})
    seat = lending.do(asked).value
    lending.do(c.CancelRegistration(seat.id))
    assert (deposits(lending), revenue(lending)["badge"]) == (500, 3000)
    assert sum(revenue(lending).values()) == 3000 + price


def ordered(house: House, *products: str, account: str | None = "desk") -> list[str]:
    """Bookings that are sold with one order of tea and a mug: their ids."""
    held = [
        house.do(
            c.HoldSpace(
                space_id="a1", product_id=f"own/{product}", period=period(10 + n, 11 + n, SOON), person_id="zoe"
            )
        ).value.id
        for n, product in enumerate(products)
    ]
    lines = [*(c.SellLine(booking_id=id) for id in held), c.SellLine("own/tea"), c.SellLine("own/mug")]
    house.do(c.Sell(lines, place_id="paris", person_id="zoe", account=account, on_account=account is None))
    return held


@pytest.mark.parametrize("account", ["desk", None], ids=["paid", "on account"])
@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_booking_of_an_order_has_its_own_deposit(lending, order, account):
    """Each booking that was sold with an order gets its deposit back when it is called off, and no other thing does."""
    held = ordered(lending, "studio", "hall", account=account)
    assert deposits(lending) == 10000 + 4000 + 300
    left = {0: 10000, 1: 4000}
    for number in order:
        lending.do(c.CancelBooking(held[number]))
        del left[number]
        assert deposits(lending) == sum(left.values()) + 300
    assert revenue(lending) == {"studio": 1000, "tea": 200, "mug": 100}


@PAID
@pytest.mark.parametrize(("product", "price"), [("studio", 1000), ("hall", 0)], ids=["with a fee", "for nothing"])
def test_a_date_of_a_series_has_its_own_deposit(lending, product, price, more):
    """A date of a series that is called off gets its deposit back; then the other dates get theirs."""
    asked = {"space_id": "a1", "product_id": f"own/{product}", "person_id": "zoe", "account": "desk", **more}
    days = {"day": SOON, "starts": time(10), "ends": time(11), "rule": "FREQ=DAILY;COUNT=3"}
    series = lending.do(c.BookSeries(**asked, **days)).value
    whole, each = deposits(lending), deposits(lending) // 3
    lending.do(c.CancelBooking(series.booking_ids[1]))
    assert deposits(lending) == whole - each
    assert revenue(lending) == {product: {"studio": 5000, "hall": 2400}[product]}
    lending.do(c.CancelSeries(series.id))
    assert deposits(lending) == 0
    assert sum(revenue(lending).values()) == 3 * price


def test_a_series_with_a_deposit_is_moved_for_nothing(lending):
    """Another hour at the same price changes neither what is owed nor the deposits."""
    days = {"day": SOON, "starts": time(10), "ends": time(11), "rule": "FREQ=DAILY;COUNT=2"}
    series = lending.do(
        c.BookSeries(space_id="a1", product_id="own/hall", person_id="zoe", account="desk", **days)
    ).value
    (series_charge,) = lending.all(m.Charge)
    moved = lending.do(c.MoveBookingSeries(series.id, starts=time(12), ends=time(13)))
    assert [one.amount for one in moved.charges] == [series_charge.amount]
    assert (deposits(lending), revenue(lending)) == (8000, {"hall": 2400})
    lending.do(c.CancelSeries(series.id))
    assert (deposits(lending), revenue(lending)) == (0, {})


@PAID
@pytest.mark.parametrize(
    ("product", "more_price", "held"),
    [("day", 300, 1000), ("great-day", 800, 2500), ("bare-day", -100, 1000)],
    ids=["the same deposit", "a greater one", "none, and cheaper"],
)
def test_a_stay_with_a_deposit_is_made_longer(lending, product, more_price, held, more):
    """The deposit that was taken stands; where the list wants a greater one for the longer stay, the rest is taken."""
    asked = {"account": "desk", **more}
    visit = lending.do(c.CheckIn(place_id="paris", product_id="own/half-day", person_id="zoe", **asked)).value
    lending.do(c.UpgradeVisit(visit.id, product_id=f"own/{product}", **asked))
    assert (sum(revenue(lending).values()), deposits(lending)) == (700 + more_price, held)
    lending.do(c.CancelVisit(visit.id, reason="mistaken"))
    assert (revenue(lending), deposits(lending)) == ({}, 0)


def test_a_stay_whose_deposit_went_back_is_made_longer(lending):
    """What was returned of a deposit, or kept of it, is neither paid for the longer stay nor asked for again."""
    visit = lending.do(c.CheckIn(place_id="paris", product_id="own/half-day", person_id="zoe", account="desk")).value
    (charge_id,) = visit.charge_ids
    lending.do(c.KeepDeposit(charge_id, amount=eur(400), reason="a scratch"))
    lending.do(c.ReturnDeposit(charge_id))
    done = lending.do(c.UpgradeVisit(visit.id, product_id="own/day", account="desk"))
    assert [one.amount for one in done.charges if one.id != charge_id] == [eur(300)]
    assert accounts(lending)["revenue/kept deposits"] == -400
    assert deposits(lending) == 0
