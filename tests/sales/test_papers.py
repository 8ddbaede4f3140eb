"""Papers state what happened: whatever becomes of one line, the documents name that line, and no other."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time, timedelta
from typing import Any

import attrs
import pytest

from cantinekit import Outcome
from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.commands import Register, SellLine
from support.houses.clock_house import local
from support.houses.one_list import at, book, cents, eur
from support.houses.papers import Said, rates, said, shop, state
from support.houses.small_house import TODAY, House

RULES = """
[order]
vouchers = "gift"

[facts]
age = "number"
pages = "number"

[tax.full]
rates = [{ from = 2014-01-01, rate = "20%" }]
[tax.reduced]
rates = [{ from = 2014-01-01, rate = "10%" }, { from = 2027-01-01, rate = "5.5%" }]
[tax.books]
rates = [{ from = 2014-01-01, rate = "5.5%" }]

[product.class]
tax = "full"
rate = [{ when = { age = { from = 18 } }, price = 15.00 }, { price = 6.00 }]
cancel = { delay = { unit = "day" }, keep = [{ from = 0, percent = "0%" }] }

[product.coffee]
tax = "full"
rate = { price = 2.00 }
cancel = { delay = { unit = "day" }, keep = [{ from = 0, percent = "0%" }] }

[product.lunch]
tax = "reduced"
rate = { price = 12.00 }
cancel = { delay = { unit = "day" }, keep = [{ from = 0, percent = "0%" }] }

[product.book]
tax = "books"
rate = { price = 21.10 }
cancel = { delay = { unit = "day" }, keep = [{ from = 0, percent = "0%" }] }

[product.hall]
tax = "reduced"
rate = { price = 10.00, per = "1h" }
move = { fee = 0.00, delay = { unit = "day" }, from = 0 }
cancel = { delay = { unit = "hour" }, keep = [{ from = 0, percent = "0%" }], no_show = "50%" }

[product.room]
tax = "full"
rate = { price = 10.00, per = "1h" }
cover = { by = "hours", unit = "1h", partial = true }
beyond = "rate"
cancel = { delay = { unit = "hour" }, keep = [{ from = 0, percent = "0%" }] }

[product.hours]
sells = "grant"
tax = "full"
rate = { price = 40.00 }
grant = { account = "hours", unit = "1h", units = 5 }

[product.half-day]
tax = "full"
stay = "half-day"
rate = { price = 7.00 }

[product.day]
tax = "full"
stay = "day"
rate = { price = 10.00 }

[product.print]
tax = "full"
afterwards = ["pages"]
rate = { price = 0.10, per = "pages" }

[product.voucher]
sells = "grant"
rate = { price = 5.00 }
grant = { account = "gift", unit = "EUR", value = 5.00 }

[coupon.TENTH]
percent = "-10%"
"""


def sell(house: House, *lines: Any, **more: Any) -> Outcome:
    """Zoé buys several things at once, and pays at the desk unless something else is said."""
    how = {} if more.get("on_account") else {"account": "desk"}
    return house.do(c.Sell(list(lines), place_id="paris", person_id="zoe", **{**how, **more}))


def workshop(house: House) -> str:
    """A class that two people can come to; its session."""
    house.do(c.AddWorkshop(place_id="paris", title="Cooking", product_id="list/class", id="cooking"))
    asked = c.AddSession(
        workshop_id="cooking", day=TODAY + timedelta(5), starts=time(10), ends=time(12), seats=9, id="saturday"
    )
    return house.do(asked).value.id


def family(house: House, **more: Any) -> Outcome:
    """Zoé and her child are registered for a class, at two prices, in one order."""
    session = workshop(house)
    return sell(
        house,
        Register(session_id=session, person_id="zoe", facts={"age": 41}),
        Register(session_id=session, person_id="bob", facts={"age": 9}),
        **more,
    )


def lunch_coffee_book(house: House, **more: Any) -> Outcome:
    """Three lines at three rates of tax, for one day."""
    day = TODAY + timedelta(3)
    return sell(house, *(SellLine(name, day=day) for name in ("lunch", "coffee", "book")), **more)


def hours(count: int = 2, day: date = TODAY + timedelta(7)) -> Any:
    """From ten on, for so many hours of a day."""
    return at(10, 10 + count, day)


def call_off_seat(house: House, sold: Outcome, person: str) -> None:
    """The seat of one person of an order is called off."""
    mine = next(one for one in house.all(m.Registration) if one.person_id == person)
    house.do(c.CancelRegistration(mine.id))


@attrs.frozen
class Case:
    """Something that is sold, invoiced, and becomes something else.

    Attributes:
        sells: what is sold.
        then: what becomes of it.
        says: what the documents of that say, line by line.
    """

    sells: Callable[[House], Outcome]
    then: Callable[[House, Outcome], object]
    says: tuple[Said, ...]


def move(**to: Any) -> Callable[[House, Outcome], object]:
    """A booking is moved; what that costs is paid at the desk."""
    return lambda house, sold: house.do(c.MoveBooking(sold.value.id, account="desk", **to))


def line(number: int) -> Callable[[House, Outcome], object]:
    """A line of an order is called off."""
    return lambda house, sold: house.do(c.CancelOrder(sold.value.id, line=number))


def cancel(house: House, sold: Outcome) -> None:
    """A booking is called off."""
    house.do(c.CancelBooking(sold.value.id))


def not_come_to(house: House, sold: Outcome) -> None:
    """Nobody comes to a booking, whose space is released then."""
    house.clock.set(sold.value.period.start + timedelta(hours=1))
    house.cantine.run_due()


def released(house: House) -> Outcome:
    """A booking of a space that is released where nobody comes."""
    house.do(c.ChangeTerms("machine", terms=m.Terms(release_after=timedelta(minutes=15))))
    return book(house, "hall", hours())


def sponsored(house: House) -> Outcome:
    """An order of which the town pays half."""
    house.do(c.AddOrganisation(name="Ville", address=("1 place de la Mairie",), country="FR", id="ville"))
    house.do(
        c.AgreeSponsorship(
            entity_id="asso", sponsor_id="ville", beneficiary_id="zoe", share="50%", first_day=TODAY, id="half"
        )
    )
    return lunch_coffee_book(house)


def with_voucher(house: House) -> Outcome:
    """An order of which a voucher pays 5.00."""
    house.do(c.SellPass(product_id="list/voucher", place_id="paris", holder_id="zoe", account="desk"))
    state(house)
    return lunch_coffee_book(house)


def with_hours(house: House) -> Outcome:
    """A room for two hours, of which the one that is left of a carnet pays one."""
    house.do(c.SellPass(product_id="list/hours", place_id="paris", holder_id="zoe", account="desk"))
    book(house, "room", hours(4, TODAY + timedelta(2)), "room")
    state(house)
    return book(house, "room", hours(2), "room")


def measured(house: House, sold: Outcome) -> None:
    """Pages are counted after they were printed."""
    house.do(c.MeasureOrder(sold.value.id, line=1, facts={"pages": 120}, account="desk"))


def part_paid(house: House) -> Outcome:
    """An order on account, of which 10.00 are paid."""
    sold = lunch_coffee_book(house, on_account=True)
    house.do(c.Pay(sold.charges[0].id, account="desk", amount=eur(1000)))
    return sold


CASES = {
    "one of two seats": Case(
        family, lambda house, sold: call_off_seat(house, sold, "bob"), (("class", "bob", 1, -600),)
    ),
    "the other of two seats": Case(
        family, lambda house, sold: call_off_seat(house, sold, "zoe"), (("class", "", 1, -1500),)
    ),
    "a line of three rates": Case(lunch_coffee_book, line(2), (("coffee", "", 1, -200),)),
    "another line of three rates": Case(lunch_coffee_book, line(3), (("book", "", 1, -2110),)),
    "moved to another rate": Case(
        lambda house: book(house, "hall", hours(2, date(2026, 12, 30))),
        move(period=hours(2, date(2027, 1, 4))),
        (("hall", "", 120, -2000), ("hall", "", 120, 2000)),
    ),
    "shortened": Case(lambda house: book(house, "hall", hours(3)), move(period=hours(2)), (("hall", "", 60, -1000),)),
    "longer": Case(lambda house: book(house, "hall", hours(2)), move(period=hours(3)), (("hall", "", 60, 1000),)),
    "not come to": Case(released, not_come_to, (("hall", "", 120, -1000),)),
    "measured": Case(lambda house: sell(house, "print"), measured, (("print", "", 120, 1200),)),
    "upgraded": Case(
        lambda house: house.do(
            c.CheckIn(place_id="paris", product_id="list/half-day", person_id="zoe", account="desk")
        ),
        lambda house, sold: house.do(c.UpgradeVisit(sold.value.id, product_id="list/day", account="desk")),
        (("day", "", 1, 1000), ("half-day", "", 1, -700)),
    ),
    "partly paid": Case(part_paid, line(1), (("lunch", "", 1, -1200),)),
    "a sponsor's share": Case(sponsored, line(2), (("coffee", "", 1, -200), ("coffee", "zoe", 1, -100))),
    "a voucher": Case(with_voucher, line(1), (("lunch", "", 1, -1200),)),
    "a coupon": Case(lambda house: lunch_coffee_book(house, codes=["TENTH"]), line(1), (("lunch", "", 1, -1080),)),
    "units of a carnet": Case(with_hours, cancel, (("room", "", 60, -1000),)),
}


AS_IT_WAS = ("a line of three rates", "another line of three rates", "measured", "a coupon", "units of a carnet")
"""The cases that were right before there was one sale."""
NOT_YET = pytest.mark.xfail(
    strict=True, raises=AssertionError, reason="what goes back is spread over lines that did not change"
)


@pytest.mark.parametrize("name", [one if one in AS_IT_WAS else pytest.param(one, marks=NOT_YET) for one in CASES])
def test_the_line_that_changed(name):
    """A document names the line, its person, its quantity and its price that really changed, and no other."""
    case = CASES[name]
    with shop(RULES) as house:
        sold = case.sells(house)
        state(house)
        case.then(house, sold)
        assert said(state(house)) == sorted(case.says)


@pytest.mark.parametrize("name", CASES)
def test_what_stands_is_what_was_sold(name):
    """All documents of the customer together come to what the accounts have as sold: earned, or owed as units that are
    left; so do the rates of tax. A sponsor's papers come to what the sponsor owes."""
    case = CASES[name]
    with shop(RULES) as house:
        sold = case.sells(house)
        state(house)
        case.then(house, sold)
        state(house)
        documents = tuple(house.all(m.Document))
        mine = tuple(one for one in documents if one.payer_id == "zoe")
        balance = house.cantine.read.trial_balance("asso", TODAY + timedelta(60))
        stands = -sum(one.amount for account, one in balance if account.startswith(("revenue/", "deferred/")))
        assert sum(one.gross.amount for one in mine) == stands
        assert sum(rates(mine).values()) == stands
        theirs = [one.gross.amount for one in documents if one.payer_id == "ville"]
        assert (
            sum(theirs) == sum(one.outstanding.amount for one in house.cantine.read.statement("ville")) if theirs else 1
        )


@NOT_YET
def test_a_series_of_which_one_date_is_called_off():
    """Of a weekly series on account one date is called off: the credit note names that date, by its day."""
    with shop(RULES) as house:
        day = TODAY + timedelta(7)
        asked = c.BookSeries(
            space_id="machine",
            product_id="list/hall",
            day=day,
            starts=time(10),
            ends=time(12),
            rule="FREQ=WEEKLY;COUNT=3",
            person_id="zoe",
            on_account=True,
        )
        series = house.do(asked).value
        state(house)
        house.do(c.CancelBooking(series.booking_ids[1]))
        (note,) = state(house)
        assert said((note,)) == [("hall", "", 120, -2000)]
        assert [one.supplied_from for one in note.lines] == [day + timedelta(7)]


@NOT_YET
def test_a_month_of_a_family_with_a_seat_called_off():
    """A child's seat is called off after the bill of the month: the credit note corrects that line of the bill, for the
    child, and the rest of the month stays."""
    with shop(RULES, local(10, day=date(2026, 11, 20))) as house:
        house.do(
            c.AgreeBillingTerms(
                entity_id="asso",
                payer_id="zoe",
                series="invoices",
                addressee=m.BilledTo("Zoe", ("1 rue du Port",), "FR"),
            )
        )
        sold = family(house, on_account=True)
        lunch_coffee_book(house, on_account=True)
        bill = house.do(c.CloseBill(entity_id="asso", payer_id="zoe")).value
        assert bill.gross == eur(2100 + 3510)
        call_off_seat(house, sold, "bob")
        note = house.do(c.IssueCreditNote(charge_id=sold.charges[0].id, series="credits")).value
        assert note.corrects == bill.id
        assert said((note,)) == [("class", "bob", 1, -600)]
        assert rates((note,)) == {"20%": -600}


def test_the_tax_of_a_line_that_goes():
    """Of three lines at three rates one goes: its own tax goes back, at its own rate, and nothing of the others."""
    with shop(RULES) as house:
        sold = lunch_coffee_book(house)
        assert cents(sold) == 3510
        state(house)
        house.do(c.CancelOrder(sold.value.id, line=1))
        (note,) = state(house)
        assert rates((note,)) == {"10%": -1200}
