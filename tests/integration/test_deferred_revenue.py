"""What was paid and not had yet: units of passes, vouchers and days that are left; and the trial balance."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.domain.payments.deferral import owed_on
from cantinekit.errors import NotFoundError, WrongStateError
from cantinekit.money import Money
from support.houses.edges import accounts
from support.houses.lending_house import a_gift, charge, open_lending, the_hall, with_keys
from support.houses.on_both_stores import on_both_stores
from support.houses.small_house import START, TODAY, period


def eur(cents):
    return Money(cents, "EUR")


house = on_both_stores(open_lending)


def carnet(**more):
    return c.SellPass(product_id="carnet", place_id="paris", holder_id="zoe", **{"account": "desk", **more})


def half_day():
    return c.CheckIn(place_id="paris", product_id="half-day", person_id="zoe")


# --- units of passes -------------------------------------------------------------------------------------------------


def test_a_carnet_is_earned_as_it_is_used(house):
    """What was paid is owed; each entry earns its tenth, and a day's takings tell what was earned on it."""
    house.do(carnet())
    assert accounts(house) == {"account/desk": 8000, "deferred/carnet": -8000}
    assert house.cantine.read.takings("paris", TODAY).earned == ()
    house.wait(days=1)
    house.do(half_day())
    assert accounts(house) == {"account/desk": 8000, "deferred/carnet": -7200, "revenue/carnet": -800}
    assert house.cantine.read.takings("paris", TODAY + timedelta(days=1)).earned == (("carnet", eur(800)),)


def test_an_entry_that_comes_back_is_owed_again(house):
    """A seat that was covered and is given up: its entry is back, and owed as before."""
    house.do(carnet())
    seat = house.do(c.Register(session_id="paid", person_id="zoe")).value
    assert accounts(house)["revenue/carnet"] == -800
    house.do(c.CancelRegistration(seat.id))
    assert accounts(house) == {"account/desk": 8000, "deferred/carnet": -8000}


def test_what_expires_is_earned(house):
    """At the end of its validity nothing is owed any more."""
    house.do(carnet())
    house.do(half_day())
    house.wait(days=200)
    house.cantine.run_due()
    assert accounts(house) == {"account/desk": 8000, "revenue/carnet": -8000}


def test_a_carnet_that_is_taken_back_leaves_nothing(house):
    """What was owed of it goes with the money."""
    sold = house.do(carnet()).value
    house.do(c.CancelPass(sold.id))
    assert accounts(house) == {}
    unpaid = house.do(carnet(account=None)).value
    assert accounts(house) == {"receivable": 8000, "deferred/carnet": -8000}
    house.do(c.CancelPass(unpaid.id))
    assert accounts(house) == {}


@given(
    st.integers(1, 10_000),
    st.integers(1, 60),
    st.lists(st.integers(0, 60), max_size=20),
)
def test_the_last_unit_takes_the_rest(amount, bought, lefts):
    """Whatever the steps, all units together earn what was paid, and the last one leaves nothing owed."""
    one = m.Entitlement(
        "ent", "pas", "zoe", account="carnet", bought=bought, left=bought, bought_at=START,
        worth=m.Worth("carnet", "asso", "paris", eur(amount)),
    )  # fmt: skip
    owed = [attrs.evolve(one, left=left).owed for left in range(bought + 1)]
    assert owed == sorted(owed)
    assert (owed[0], owed[-1]) == (0, amount)
    steps = [bought, *(left % (bought + 1) for left in lefts), 0]
    assert sum(owed[a] - owed[b] for a, b in pairwise(steps)) == amount


# --- vouchers --------------------------------------------------------------------------------------------------------


def test_a_voucher_is_a_liability_and_no_revenue(house):
    """What it is good for is owed; what it was sold cheaper for is off the revenue of the product."""
    house.do(a_gift())
    assert accounts(house) == {"account/desk": 4500, "vouchers": -5000, "revenue/lend/gift": 500}


def test_a_voucher_pays_what_is_due(house):
    """It pays first, the account of the sale pays the rest; the treasurer sees them apart."""
    house.do(a_gift())
    booked = house.do(c.Book(space_id="b", product_id="keys", period=period(10, 12), person_id="zoe", account="card"))
    one = booked.charges[0]
    assert (booked.value.state, one.state) == ("confirmed", "settled")
    attempts = [house.get(m.Attempt, id) for id in one.attempt_ids]
    assert [(attempt.account, attempt.captured) for attempt in attempts] == [("voucher", 3000), ("card", 10000)]
    assert accounts(house) == {
        "account/desk": 4500,
        "account/card": 10000,
        "vouchers": -2000,
        "deposits": -10000,
        "revenue/lend/gift": 500,
        "revenue/keys": -3000,
    }
    assert house.cantine.read.balance("zoe")[0].left == 2000
    assert dict(house.cantine.read.takings("paris", TODAY).taken) == {"desk": eur(4500)}


def test_a_voucher_that_pays_all_needs_no_account(house):
    """Nothing is due any more, so the booking stands at once."""
    house.do(a_gift())
    booked = house.do(c.Book(space_id="b", product_id="hall", period=the_hall().period, person_id="zoe"))
    assert booked.value.state == "confirmed"
    one = booked.charges[0]
    assert (one.paid, one.outstanding, one.stands) == (eur(5000), eur(35000), True)
    assert [part.amount for part in one.instalments] == [eur(5000), eur(30000)]


def test_a_deposit_goes_back_to_what_paid_it(house):
    """A voucher pays the price, and nothing that is held: the deposit goes to the card."""
    house.do(a_gift())
    one = charge(house, with_keys("card"))
    house.do(c.ReturnDeposit(one.id))
    assert [(refund.account, refund.amount) for refund in house.all(m.Refund)] == [("card", eur(10000))]
    assert house.cantine.read.balance("zoe")[0].left == 3500


def test_a_refund_goes_back_to_the_voucher(house):
    """What a voucher paid is on it again, and the card gets what the card paid."""
    house.do(a_gift())
    booked = house.do(c.Book(space_id="b", product_id="keys", period=period(10, 12), person_id="zoe", account="card"))
    house.do(c.CancelBooking(booked.value.id))
    assert house.cantine.read.balance("zoe")[0].left == 5000
    assert accounts(house) == {"account/desk": 4500, "vouchers": -5000, "revenue/lend/gift": 500}
    assert [(refund.account, refund.state) for refund in house.all(m.Refund)] == [
        ("voucher", "settled"),
        ("card", "settled"),
    ]


def test_a_part_of_a_refund_goes_back_to_the_voucher(house):
    """``RefundCharge`` gives back by the way it came, the first attempt first."""
    house.do(a_gift())
    one = charge(house, with_keys("desk"))
    house.do(c.RefundCharge(one.id, amount=eur(400), reason="cold"))
    assert house.cantine.read.balance("zoe")[0].left == 3900
    assert accounts(house)["revenue/keys"] == -1100


def test_a_voucher_that_expired_earns_what_comes_back_to_it(house):
    """What is refunded to a voucher whose time is over expires at once."""
    house.do(a_gift())
    house.wait(days=360)
    soon = (house.clock.now() + timedelta(days=2)).date()
    one = charge(house, attrs.evolve(with_keys(), period=period(10, 12, soon)))
    house.do(c.ReturnDeposit(one.id))
    house.wait(days=8)
    house.cantine.run_due()
    assert accounts(house) == {"account/desk": 4500, "revenue/lend/gift": 500 - 2000, "revenue/keys": -3000}
    house.do(c.RefundCharge(one.id, amount=eur(3000), reason="cold"))
    assert accounts(house) == {"account/desk": 4500, "revenue/lend/gift": -4500}


def test_a_voucher_of_a_hold_that_lapses_is_whole_again(house):
    """What was paid of a hold that nobody paid in full goes back to the voucher."""
    house.do(a_gift())
    house.do(with_keys(None))
    assert house.cantine.read.balance("zoe")[0].left == 3500
    house.wait(minutes=16)
    house.cantine.run_due()
    assert house.cantine.read.balance("zoe")[0].left == 5000


# --- the trial balance -----------------------------------------------------------------------------------------------


def test_the_trial_balance_of_a_day_knows_nothing_of_later(house):
    """All entries up to the end of the day, by account; their sum is zero on each day."""
    house.do(carnet())
    house.wait(days=1)
    house.do(half_day())
    house.do(attrs.evolve(with_keys(), period=period(10, 11, TODAY + timedelta(days=1))))
    read = house.cantine.read.trial_balance
    assert read("asso", TODAY - timedelta(days=1)) == ()
    assert read("asso", TODAY) == (("account/desk", eur(8000)), ("deferred/carnet", eur(-8000)))
    assert dict(read("asso", TODAY + timedelta(days=1))) == {
        "account/desk": eur(19500),
        "deferred/carnet": eur(-7200),
        "deposits": eur(-10000),
        "revenue/carnet": eur(-800),
        "revenue/keys": eur(-1500),
    }
    assert read("coop", TODAY) == ()
    with pytest.raises(NotFoundError):
        read("nobody", TODAY)


@pytest.fixture
def plan():
    """A house that sold a plan of thirty days for 10.00, which begins tomorrow."""
    house = open_lending()
    house.do(
        c.SellPass(
            product_id="lend/plan",
            place_id="paris",
            holder_id="zoe",
            account="desk",
            first_day=TODAY + timedelta(days=1),
        )
    )
    return house


def test_days_that_are_left_are_owed(plan):
    """Ten euros for thirty days: earned day by day, the last day takes the rest, and the sum is zero on each."""
    seen = []
    for day in (0, 1, 15, 29, 30, 90):
        balance = dict(plan.cantine.read.trial_balance("asso", TODAY + timedelta(days=day)))
        assert sum(amount.amount for amount in balance.values()) == 0
        seen.append((balance.get("revenue/lend/plan", eur(0)).amount, balance.get("deferred/lend/plan", eur(0)).amount))
    assert seen == [(0, -1000), (-33, -967), (-500, -500), (-966, -34), (-1000, 0), (-1000, 0)]


@given(st.integers(0, 10**6), st.integers(1, 400), st.integers(-30, 430))
def test_days_earn_what_was_paid_and_no_more(amount, days, after):
    """Before the first day all is owed, from the last on nothing; no day gives any of it back."""
    first = date(2026, 1, 1)
    last = first + timedelta(days=days - 1)
    day = first + timedelta(days=after)
    owed = owed_on(amount, first, last, day)
    assert 0 <= owed_on(amount, first, last, day + timedelta(days=1)) <= owed <= amount
    assert day >= first or owed == amount
    assert day < last or owed == 0


def test_nothing_more_than_a_voucher_has_is_refunded_to_it(house):
    """All that a voucher paid went back: nothing is left to give."""
    house.do(a_gift())
    one = charge(house, c.Book(space_id="b", product_id="keys", period=period(10, 12), person_id="zoe", account="desk"))
    house.do(c.RefundCharge(one.id, amount=eur(3000), reason="cold"))
    with pytest.raises(WrongStateError):
        house.do(c.RefundCharge(one.id, amount=eur(1), reason="cold"))
    assert house.cantine.read.balance("zoe")[0].left == 5000
