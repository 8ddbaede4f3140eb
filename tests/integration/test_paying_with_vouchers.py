"""Vouchers that pay afterwards: a longer stay, a difference, what was owed before; and what they do not pay."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.errors import WrongStateError
from cantinekit.money import Money
from support.houses.small_house import TODAY, open_house, period
from support.laws import house_laws

LIST = """
[tariff]
id = "gifts"
name = "Gifts"
currency = "EUR"
timezone = "Europe/Paris"
prices = "incl"

[order]
vouchers = "gift"

[product.voucher]
sells = "grant"
rate = { price = 50.00 }
grant = { account = "gift", unit = "EUR", value = 50.00 }
valid = { lasts = "1 year", ends = "same day" }

[product.half]
stay = "half-day"
rate = { price = 8.00 }
[product.full]
stay = "day"
rate = { price = 14.00 }
[product.studio]
rate = { price = 20.00, per = "1h" }
deposit = { id = "keys", price = 30.00 }
[product.lunch]
rate = { price = 12.00 }
"""


@pytest.fixture
def house():
    """A house of this list in which Zoe is a person, and whose laws hold at the end."""
    opened = open_house()
    opened.do(c.PublishTariff(LIST))
    opened.do(c.ChangePlace("paris", name="Paris", pricelist_id="gifts"))
    yield opened
    house_laws.hold(opened.storage, opened.clock.now())


def voucher(house, person="zoe"):
    house.do(c.SellPass(product_id="voucher", place_id="paris", holder_id=person, account="desk"))


def left(house, person="zoe"):
    return sum(one.left for one in house.cantine.read.balance(person))


def eur(cents):
    return Money(cents, "EUR")


def test_a_longer_stay_takes_the_difference_from_a_voucher(house):
    """The longer stay takes what it costs more from the voucher, and not its whole price a second time."""
    voucher(house)
    visit = house.do(c.CheckIn(place_id="paris", product_id="half", person_id="zoe", account="desk")).value
    assert left(house) == 4200
    longer = house.do(c.UpgradeVisit(visit.id, product_id="full", account="desk"))
    assert left(house) == 3600
    assert [one.outstanding.amount for one in longer.charges] == [0]
    assert house.get(m.Visit, visit.id).product_id == "gifts/full"


def test_a_longer_stay_that_was_paid_in_cash_takes_the_difference(house):
    """The same where the first stay was paid at the desk, and the voucher came later."""
    visit = house.do(c.CheckIn(place_id="paris", product_id="half", person_id="zoe", account="desk")).value
    voucher(house)
    house.do(c.UpgradeVisit(visit.id, product_id="full", account="desk"))
    assert left(house) == 4400


def test_what_was_owed_before_is_paid_with_a_voucher(house):
    """``Pay`` with the account "voucher" takes as much as the vouchers of the payer can pay; the rest stays due."""
    order = house.do(c.Sell([c.SellLine("lunch", count=5)], place_id="paris", person_id="zoe", on_account=True))
    charge = order.charges[0].id
    voucher(house)
    house.do(c.Pay(charge, account="voucher", amount=eur(700)))
    assert (left(house), house.get(m.Charge, charge).outstanding) == (4300, eur(5300))
    house.do(c.Pay(charge, account="voucher"))
    assert (left(house), house.get(m.Charge, charge).outstanding) == (0, eur(1000))
    with pytest.raises(WrongStateError, match=r"0\.00 EUR, not 10\.00 EUR"):
        house.do(c.Pay(charge, account="voucher"))
    house.do(c.Pay(charge, account="desk"))
    house.do(c.CancelOrder(order.value.id, refund="all", reason="the kitchen burnt"))
    assert left(house) == 5000


def test_a_voucher_that_begins_later_pays_nothing_before(house):
    """What is to be had from next week on pays nothing today, and the balance says it apart; then it does."""
    order = house.do(c.Sell([c.SellLine("lunch")], place_id="paris", person_id="zoe", on_account=True))
    first = TODAY + timedelta(days=7)
    later = c.SellPass(product_id="voucher", place_id="paris", holder_id="zoe", account="desk", first_day=first)
    house.do(later)
    (found,) = house.cantine.read.balance("zoe")
    assert (found.left, found.later, [one.left for one in found.to_come]) == (0, 5000, [5000])
    with pytest.raises(WrongStateError, match=r"0\.00 EUR, not 12\.00 EUR"):
        house.do(c.Pay(order.charges[0].id, account="voucher"))
    house.wait(days=7)
    house.do(c.Pay(order.charges[0].id, account="voucher"))
    assert left(house) == 3800


@pytest.mark.parametrize("hours", [1, 2], ids=["some was left", "nothing was left"])
def test_what_goes_back_to_a_voucher_of_somebody_forgotten_expires(house, hours):
    """A refund to it makes nothing that can be spent: it is the house's, as all that the person gave up."""
    voucher(house)
    booked = [
        house.do(c.Sell([c.SellLine("lunch", count=3)], place_id="paris", person_id="zoe", account="desk"))
        for _ in range(hours)
    ]
    house.wait(days=2)
    house.cantine.forget("zoe", actor="ana", gives_up=True)
    assert house.get(m.Person, "zoe").state == "forgotten"
    back = house.do(c.RefundCharge(booked[0].charges[0].id, amount=eur(500), reason="found out later"))
    assert (back.given_back, left(house)) == (eur(500), 0)
    (one,) = house.all(m.Entitlement)
    assert (one.left, one.expired) == (0, 500 if hours == 2 else 1900)
    assert house.get(m.Wallet, "zoe").entitlement_ids == ()


def test_a_booking_that_waits_is_had_once_a_voucher_pays_it(house):
    """What waits for its payment is had once vouchers have paid what is due at once."""
    voucher(house)
    done = house.do(c.Sell([c.SellLine("lunch", count=5)], place_id="paris", person_id="zoe"))
    assert done.value.state == "pending"
    voucher(house)
    house.do(c.Pay(done.charges[0].id, account="voucher"))
    assert house.get(m.Order, done.value.id).state == "sold"
    assert left(house) == 4000


def test_what_vouchers_do_not_pay(house):
    """A voucher pays no deposit, no voucher, and not more than was asked or than is on it."""
    booked = house.do(
        c.Book(space_id="a1", product_id="studio", period=period(12, 13, TODAY), person_id="zoe", on_account=True)
    )
    bought = house.do(c.SellPass(product_id="voucher", place_id="paris", holder_id="zoe", on_account=True))
    voucher(house)
    with pytest.raises(WrongStateError, match="vouchers"):
        house.do(c.Pay(bought.charges[0].id, account="voucher"))
    charge = booked.charges[0].id
    with pytest.raises(WrongStateError, match=r"20\.00 EUR, not 20\.01 EUR"):
        house.do(c.Pay(charge, account="voucher", amount=eur(2001)))
    house.do(c.Pay(charge, account="voucher"))
    assert house.get(m.Charge, charge).outstanding == eur(3000)
    with pytest.raises(WrongStateError, match=r"0\.00 EUR"):
        house.do(c.Pay(charge, account="voucher"))


def test_an_expired_voucher_pays_nothing(house):
    """A voucher whose time is over pays nothing; neither does that of somebody else."""
    order = house.do(c.Sell(["lunch"], place_id="paris", person_id="zoe", on_account=True))
    voucher(house, "bob")
    with pytest.raises(WrongStateError, match="vouchers"):
        house.do(c.Pay(order.charges[0].id, account="voucher"))
    voucher(house)
    house.clock.set(house.clock.now() + timedelta(days=400))
    with pytest.raises(WrongStateError, match="vouchers"):
        house.do(c.Pay(order.charges[0].id, account="voucher"))


def test_a_voucher_of_the_catalogue_is_paid_with_none(house):
    """A product of the catalogue by another name than in the price list is known as a voucher too."""
    house.do(
        c.AddProduct(
            name="Gift", entity_id="asso", pricelist_id="gifts", tariff_product="voucher", sells="pass", id="card"
        )
    )
    bought = house.do(c.SellPass(product_id="card", place_id="paris", holder_id="zoe", on_account=True))
    voucher(house)
    with pytest.raises(WrongStateError, match=r"0\.00 EUR, not 50\.00 EUR"):
        house.do(c.Pay(bought.charges[0].id, account="voucher"))


def test_a_longer_stay_with_a_deposit_takes_only_the_difference_from_a_voucher(house):
    """The deposit that the longer stay asks for is paid in cash; the voucher pays no more than the difference."""
    more = '[product.locker]\nstay = "day"\nrate = { price = 14.00 }\ndeposit = { id = "key", price = 5.00 }\n'
    house.do(c.PublishTariff(LIST + more))
    visit = house.do(c.CheckIn(place_id="paris", product_id="half", person_id="zoe", account="desk")).value
    voucher(house)
    longer = house.do(c.UpgradeVisit(visit.id, product_id="locker", account="desk"))
    assert (left(house), longer.charges[-1].paid_deposit) == (4400, eur(500))


TWO = (
    LIST.replace('vouchers = "gift"', 'vouchers = ["gift", "bon"]')
    + """
[product.short]
sells = "grant"
rate = { price = 30.00 }
grant = { account = "gift", unit = "EUR", value = 30.00 }
valid = { lasts = "1 month", ends = "same day" }
[product.bon]
sells = "grant"
rate = { price = 20.00 }
grant = { account = "bon", unit = "EUR", value = 20.00 }
valid = { lasts = "1 year", ends = "same day" }
"""
)


def test_the_voucher_that_ends_first_pays_first(house):
    """Of the accounts the price list says which is first; in an account the voucher that ends first, not the oldest."""
    house.do(c.PublishTariff(TWO))
    order = house.do(c.Sell([c.SellLine("lunch", count=7)], place_id="paris", person_id="zoe", on_account=True))
    for product in ("voucher", "short", "bon"):
        house.do(c.SellPass(product_id=product, place_id="paris", holder_id="zoe", on_account=True))
    held = {one.product_id.rpartition("/")[2]: one.entitlement_ids[0] for one in house.all(m.Pass)}

    def units():
        return [house.get(m.Entitlement, held[name]).left for name in ("voucher", "short", "bon")]

    house.do(c.Pay(order.charges[0].id, account="voucher", amount=eur(1000)))
    assert units() == [5000, 2000, 2000]
    house.do(c.Pay(order.charges[0].id, account="voucher", amount=eur(7100)))
    assert units() == [0, 0, 1900]


MIXED = """
[product.mixed]
sells = "grant"
rate = { price = 50.00 }
valid = { lasts = "1 year", ends = "same day" }
[[product.mixed.grant]]
account = "gift"
unit = "EUR"
value = 20.00
[[product.mixed.grant]]
account = "hours"
unit = "1h"
units = 5
[product.dear]
sells = "grant"
rate = { price = 60.00 }
grant = { account = "gift", unit = "EUR", value = 50.00 }
valid = { lasts = "1 year", ends = "same day" }
"""


def test_what_is_paid_beside_a_voucher_is_worth_the_rest(house):
    """Units that are sold with a voucher are worth what is left of the price; what a voucher costs beyond what it is
    good for is earned day by day."""
    house.do(c.PublishTariff(LIST + MIXED))
    for product in ("mixed", "dear"):
        house.do(c.SellPass(product_id=product, place_id="paris", holder_id="zoe", account="desk"))
    assert sorted(one.worth.amount.amount for one in house.all(m.Entitlement)) == [2000, 3000, 5000]
    assert [one.worth and one.worth.amount for one in house.all(m.Pass)] == [None, eur(1000)]
