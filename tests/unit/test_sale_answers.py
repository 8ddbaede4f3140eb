"""What follows from a price: what is given to hold and to spend, what is owed at once and later, units that are due."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from cantinekit import commands as c
from cantinekit import pricing
from cantinekit import records as m
from cantinekit.domain.sales import prices
from cantinekit.domain.sales.answers import Given, gives_of, part_of, product_id_of, show_part
from cantinekit.domain.sales.question import Question, build_order, read_tariff, wanted
from cantinekit.errors import InputError, NoEntitlementError, PublicationError, UnsuitableError
from support.houses.list_house import HEAD, book, costs, in_days, sell, selling
from support.houses.small_house import START, TODAY, CountingIds, period
from support.houses.states_by_hand import BOUGHT, PLACE, eur, state

GIVES = """
[product.membership]
sells = "membership"
rate = { price = 10.00 }
valid = { year = "calendar", bought_from = "11-01", covers = "rest of the year and the next" }
[product.studio]
needs = { product = "membership", add = true }
rate = { price = 20.00, per = "1h" }
[product.carnet]
sells = "grant"
rate = { price = 50.00 }
grant = [
  { account = "carnet", units = 12, unit = "entry" },
  { account = "coffee", units = 3, unit = "cup" },
]
valid = { lasts = "6 months", ends = "the day before" }
[product.pool]
sells = "plan"
rate = { price = 80.00 }
grant = { account = "hours", unit = "hour" }
[product.tea]
rate = { price = 2.00 }
"""
TARIFF = read_tariff(HEAD + GIVES)


def given(*items: m.SaleItem, holds: tuple[str, ...] = ()) -> tuple[Given, ...]:
    """What the list gives for these items."""
    order = build_order(items, "zoe", START, holds=holds)
    return gives_of(TARIFF, order, TARIFF.quote(order, pricing.State()), {"carnet": "asso.carnet"})


# --- what is given ---------------------------------------------------------------------------------------------------


def test_nothing_is_given_by_what_is_used_up() -> None:
    """A tea is drunk: there is nothing to hold."""
    assert given(m.SaleItem("tea")) == ()


def test_a_grant_gives_its_units_by_account() -> None:
    """Two accounts are two kinds of units, each with its name; what was paid is over those of each, rounded down."""
    (one,) = given(m.SaleItem("carnet", count=2))
    assert (one.item, one.tariff_product, one.sells, one.count, one.paid) == ("1", "carnet", "grant", 2, 10_000)
    assert [(units.account, units.units, units.unit, units.smallest) for units in one.units] == [
        ("carnet", 24, "entry", ""),
        ("coffee", 6, "cup", ""),
    ]
    assert [units.value for units in one.units] == [416, 1666]
    assert one.product_id == "asso.carnet", "as the catalogue names it"


def test_units_without_a_limit_are_named() -> None:
    """Where the list gives no number there are as many as somebody wants: no units to count."""
    (one,) = given(m.SaleItem("pool"))
    assert (one.units, one.unlimited, one.last_day) == ((), ("hours",), None)
    assert one.product_id == "own/pool", "by the list where the catalogue has no name for it"


@pytest.mark.parametrize(
    ("item", "days"),
    [
        (m.SaleItem("carnet"), (TODAY, date(2027, 5, 23))),
        (m.SaleItem("carnet", day=date(2026, 12, 1)), (date(2026, 12, 1), date(2027, 5, 31))),
        (m.SaleItem("carnet", until=date(2026, 12, 24)), (TODAY, date(2026, 12, 24))),
        (m.SaleItem("membership"), (TODAY, date(2027, 12, 31))),
        (m.SaleItem("membership", day=date(2026, 10, 31)), (date(2026, 10, 31), date(2026, 12, 31))),
        (m.SaleItem("pool"), (TODAY, None)),
    ],
)
def test_it_is_held_from_a_day_to_a_day(item: m.SaleItem, days: tuple[date, date | None]) -> None:
    """The first day is its own or that of the purchase; the last is its own, else as the list says, or none."""
    (one,) = given(item)
    assert (one.first_day, one.last_day) == days


def test_what_is_added_is_given_from_the_day_of_what_needs_it() -> None:
    """The November rule counts on the day of the booking, not on that of the purchase."""
    (one,) = given(m.SaleItem("studio", period=period(10, 11, date(2027, 1, 5))))
    assert (one.item, one.tariff_product, one.paid) == ("1+membership", "membership", 1000)
    assert (one.first_day, one.last_day) == (date(2027, 1, 5), date(2027, 12, 31))
    assert given(m.SaleItem("studio", period=period(10, 11)), holds=("membership",)) == ()


def test_a_membership_that_a_booking_needs_is_sold_along_with_it() -> None:
    """In November it lasts to the end of the next year: the next booking needs none, one of the year after one more."""
    house = selling(GIVES)
    assert costs(book(house, "studio", 10)) == eur(3000)
    (sold,) = house.all(m.Pass)
    assert (sold.state, sold.item, sold.last_day) == ("active", "1+membership", date(2027, 12, 31))
    assert sold.with_order is not None
    assert sold.with_order.kind == "booking"
    assert costs(book(house, "studio", 11, date(2027, 12, 30))) == eur(2000)
    assert costs(book(house, "studio", 10, date(2028, 1, 4))) == eur(3000)
    with pytest.raises(UnsuitableError, match="held by somebody"):
        book(house, "studio", 12, person_id=None)


@pytest.mark.parametrize(
    ("known", "name", "id"),
    [({}, "tea", "own/tea"), ({"tea": "asso.tea"}, "tea", "asso.tea"), ({"tea": ""}, "tea", "own/tea")],
)
def test_a_product_is_named_by_the_catalogue_or_by_its_list(known: dict[str, str], name: str, id: str) -> None:
    """Without a name in the catalogue it is that of the list and its own."""
    assert product_id_of(TARIFF, name, known) == id


# --- parts of units --------------------------------------------------------------------------------------------------

PARTS = """
[units.token]
decimals = 1
[units.help]
[product.card]
sells = "grant"
rate = { price = 55.00 }
grant = { account = "hours", units = 10, unit = "1h" }
[product.pack]
sells = "grant"
rate = { price = 10.00 }
grant = { account = "token", units = 5, unit = "token" }
[product.voucher]
sells = "grant"
rate = { price = 45.00 }
grant = { account = "vouchers", unit = "EUR", value = 50.00 }
[product.studio]
rate = { price = 9.00, per = "1h" }
cover = [{ by = "hours", unit = "1h", smallest = "0.5", beyond = "rate" }]
[product.mill]
rate = { price = 2.00, in_units = { token = 1.5 } }
[order]
vouchers = "vouchers"
"""


@pytest.mark.parametrize(
    ("account", "part", "shown"),
    [
        ("hours", Fraction(1, 2), "1/2"),
        ("token", Fraction(1, 10), "1/10"),
        ("help", Fraction(1), ""),
        ("vouchers", Fraction(1), ""),
        ("unheard", Fraction(1), ""),
    ],
)
def test_an_account_counts_in_the_smallest_part_that_is_taken(account: str, part: Fraction, shown: str) -> None:
    """Half hours where a cover takes them, tenths where a unit has a decimal, whole ones and minor units elsewhere."""
    assert part_of(read_tariff(HEAD + PARTS), account) == part
    assert show_part(part) == shown


def test_units_in_parts_are_kept_in_parts_and_shown_in_the_unit() -> None:
    """Ten hours are twenty halves: an hour and a half takes three of them, a begun half-hour a whole one."""
    house = selling(PARTS)
    sell(house, "card")
    (units,) = house.all(m.Entitlement)
    assert (units.bought, units.smallest, units.value, units.in_unit(units.left)) == (20, "1/2", 275, 10)
    assert [spend.units for spend in book(house, "studio", 10, hours=1.5).value.spends] == [3]
    assert [spend.units for spend in book(house, "studio", 12, hours=1.1).value.spends] == [3]
    (balance,) = house.cantine.read.balance("zoe")
    assert (balance.account, balance.left) == ("hours", 7)
    book(house, "studio", 14, hours=0.5)
    assert house.cantine.read.balance("zoe")[0].left == Decimal("6.5")


@pytest.mark.parametrize(
    ("smallest", "units", "shown"),
    [("", 3, 3), ("1/2", 3, Decimal("1.5")), ("1/3", 2, Fraction(2, 3)), ("1/3", 3, 1), ("1/100", 5, Decimal("0.05"))],
)
def test_a_number_of_parts_is_shown_as_people_write_it(smallest: str, units: int, shown: Any) -> None:
    """Whole, with decimals, or as a fraction where no decimals are exact."""
    one = m.Entitlement("e", "p", account="a", bought=9, left=9, bought_at=START, smallest=smallest)
    assert one.in_unit(units) == shown
    assert type(one.in_unit(units)) is type(shown)


def test_another_part_of_a_unit_is_a_problem_of_publication() -> None:
    """What people have counts in halves: a version that counts in quarters would double it, and is not published so."""
    house = selling(PARTS)
    with pytest.raises(PublicationError) as caught:
        house.do(c.PublishTariff(HEAD + PARTS.replace('smallest = "0.5"', 'smallest = "0.25"')))
    (problem,) = caught.value.problems
    assert problem.path == "product.studio.cover"
    assert "hours would count in 0.25 of a unit; it was 0.5 of a unit" in problem.message
    house.do(c.PublishTariff(HEAD + PARTS.replace("price = 9.00", "price = 8.00")))


# --- what is due in units --------------------------------------------------------------------------------------------


def test_what_is_due_in_units_is_taken_from_the_account_of_the_unit() -> None:
    """One and a half tokens three times leave half a one; a fourth time there is one too few, and nothing is sold."""
    house = selling(PARTS)
    sell(house, "pack")
    for hour in (10, 11, 12):
        booked = book(house, "mill", hour)
        assert (costs(booked), [spend.units for spend in booked.value.spends]) == (eur(200), [15])
    with pytest.raises(NoEntitlementError, match=r"1\.5 token: the customer has 1 too few") as caught:
        book(house, "mill", 13)
    (units,) = house.all(m.Entitlement)
    assert caught.value.considered == ((units.id, "token"),)
    assert units.in_unit(units.left) == Decimal("0.5")
    assert len(house.all(m.Booking)) == 3
    house.do(c.CancelBooking(house.all(m.Booking)[0].id))
    assert house.cantine.read.balance("zoe")[0].left == 2


def test_units_that_are_due_come_from_the_lot_that_ends_first() -> None:
    """Two packs are taken in the order of use, one after the other where the first is too small."""
    house = selling(PARTS)
    late, soon = (
        house.do(
            c.GrantUnits(
                account="token",
                units=Decimal(units),
                pricelist_id="own",
                place_id="paris",
                holder_id="zoe",
                reason="left over",
                last_day=in_days(days),
            )
        ).value.entitlement_ids[0]
        for units, days in (("5", 60), ("1", 30))
    )
    assert book(house, "mill", 10).value.spends == (m.Spend(late, 5), m.Spend(soon, 10))


def test_nobody_unknown_has_units() -> None:
    """A walk-in cannot pay with tokens."""
    with pytest.raises(NoEntitlementError, match="too few"):
        book(selling(PARTS), "mill", 10, person_id=None)


@pytest.mark.parametrize(("units", "kept"), [("2.5", 5), ("10", 20), ("0.5", 1)])
def test_given_units_are_counted_in_parts(units: str, kept: int) -> None:
    """What is taken over from another system is said in the unit of the list."""
    house = selling(PARTS)
    sold = house.do(_units("hours", units)).value
    assert house.get(m.Entitlement, sold.entitlement_ids[0]).left == kept
    with pytest.raises(InputError, match="no whole number of 1/2"):
        house.do(_units("hours", "2.25"))


def _units(account: str, units: str) -> c.GrantUnits:
    number = Decimal(units)
    more = {"pricelist_id": "own", "place_id": "paris", "holder_id": "zoe", "reason": "left over"}
    return c.GrantUnits(account=account, units=number, **more)


def test_a_given_voucher_is_written_in_money() -> None:
    """12.50 are 1,250 cents, and pay as such."""
    house = selling(PARTS)
    house.do(_units("vouchers", "12.50"))
    booked = book(house, "studio", 10, hours=2, account=None)
    assert (booked.charges[0].amount, booked.charges[0].outstanding) == (eur(1800), eur(550))


# --- what is owed ----------------------------------------------------------------------------------------------------

OWED = """
[product.hall]
rate = { price = 300.00 }
deposit = [{ id = "key", price = 25.00 }, { id = "bond", price = 100.00, due = "4 weeks" }]
down_payment = { percent = "50%", from = 200.00, rest = "on the day" }
[product.plain]
rate = { price = 8.00 }
[product.late]
kind = "penalty"
rate = { price = 15.00 }
[product.desk]
rate = { price = 10.00, per = "1h" }
cover = [{ by = "tickets", unit = "entry" }]
beyond = { debt_at = "ticket" }
[product.ticket]
sells = "grant"
rate = { price = 9.00 }
grant = { account = "tickets", unit = "entry", units = 1 }
"""
TEXT = HEAD + OWED
LISTED = read_tariff(TEXT)
SHELF = state(
    PLACE,
    m.PriceList("own", "EUR", (m.ListVersion(START, LISTED.version),)),
    m.TariffText(LISTED.version, TEXT),
    m.Wallet("zoe"),
)


def make(name: str, **more: Any) -> prices.Priced:
    """The price of a product of the list for Zoé."""
    sold = m.Product(f"own/{name}", name, "asso", "own", name, "booking")
    asked = Question((wanted(sold, **(more.pop("details", None) or {"day": TODAY})),), "paris", "zoe")
    return prices.make_price(SHELF, asked, subject=BOUGHT, now=START, ids=CountingIds(), **more)


def test_what_is_owed_has_the_deposits_and_is_due_in_parts() -> None:
    """Half of the price and the key at once, the bond four weeks before, the rest on the day: together the charge."""
    found = make("hall", details={"period": period(10, 12, date(2027, 2, 1))})
    assert (found.due, found.due_now) == (eur(42_500), eur(17_500))
    assert [(part.day, part.amount, part.kind) for part in found.later] == [
        (date(2027, 1, 4), eur(10_000), "held"),
        (date(2027, 2, 1), eur(15_000), "revenue"),
    ]
    assert [(line.kind, line.amount) for line in found.lines] == [
        ("revenue", eur(30_000)), ("held", eur(2_500)), ("held", eur(10_000)),
    ]  # fmt: skip
    assert sum(line.amount.amount for line in found.lines) == found.due.amount
    assert found.sale.total == eur(30_000), "a deposit is no part of the price"
    assert found.due_now.amount + sum(part.amount.amount for part in found.later) == found.due.amount


def test_what_is_too_late_for_parts_is_due_at_once() -> None:
    """The day before, the rest and the bond are due with the booking, on the day the rest."""
    found = make("hall", details={"period": period(10, 12, in_days(0))})
    assert (found.due, found.due_now, found.later) == (eur(42_500), eur(42_500), ())


@pytest.mark.parametrize(("name", "kind", "amount"), [("plain", "revenue", 800), ("late", "penalty", 1500)])
def test_a_line_says_what_the_money_is(name: str, kind: str, amount: int) -> None:
    """A penalty is told from revenue, as tax is not the same for both."""
    found = make(name)
    assert [(line.kind, line.amount) for line in found.lines] == [(kind, eur(amount))]
    assert (found.due, found.due_now, found.later) == (eur(amount), eur(amount), ())


def test_a_debt_is_owed_and_not_due_at_once() -> None:
    """A desk without a ticket is owed at the price of the ticket: it is had, though nothing is paid."""
    found = make("desk", details={"period": period(10, 11)})
    assert [(line.product_id, line.kind, line.amount) for line in found.lines] == [("own/ticket", "debt", eur(900))]
    assert (found.sale.total, found.due, found.due_now) == (eur(0), eur(900), eur(0))
    house = selling(OWED)
    booked = book(house, "desk", 10, account=None)
    assert (booked.value.state, booked.charges[0].state, booked.charges[0].outstanding) == (
        "confirmed",
        "due",
        eur(900),
    )
    sell(house, "ticket")
    assert costs(book(house, "desk", 11)) is None


def test_an_amendment_owes_the_difference_at_once() -> None:
    """What was paid before is taken off; nothing of the difference waits for a day."""
    found = make("hall", details={"period": period(10, 12, date(2027, 2, 1))}, paid_before=eur(17_500))
    assert (found.due, found.due_now, found.later) == (eur(25_000), eur(25_000), ())
