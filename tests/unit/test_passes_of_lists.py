"""Passes as their price list says them: sold, given, bought along with something else, and taken back."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.errors import InputError, NotForSaleError, TooLateError, UnsuitableError, WrongStateError
from cantinekit.money import Money
from support.houses.list_house import book, costs, in_days, sell, selling
from support.houses.small_house import TODAY, House, journal, utc
from support.houses.states_by_hand import eur

LIST = """
[product.membership]
sells = "membership"
rate = { price = 10.00 }
valid = { year = "calendar", bought_from = "11-01", covers = "rest of the year and the next" }
cancel = { delay = { unit = "day" }, keep = [{ from = 0, percent = "50%" }] }
[product.studio]
needs = { product = "membership", add = true }
rate = { price = 20.00, per = "1h" }
[product.carnet]
sells = "grant"
rate = { price = 50.00 }
grant = { account = "carnet", units = 10, unit = "entry" }
valid = { lasts = "60 days", first_day = "counts" }
[product.quarter]
sells = "plan"
rate = { price = 90.00 }
valid = { lasts = "90 days", first_day = "counts" }
[product.quarter.cancel]
delay = { unit = "day" }
keep = [{ from = 7, percent = "0%" }, { from = 0, percent = "25%" }, { from = "after the start", percent = "100%" }]
[product.asked]
sells = "plan"
rate = { price = 90.00 }
cancel = { delay = { unit = "day" }, keep = [{ from = 0, refuse = "unstated", why = "ask the house" }] }
[product.entry]
rate = { price = 9.00, per = "1h" }
cover = [{ by = "carnet", unit = "entry", beyond = "rate" }]
[product.free]
sells = "plan"
rate = { price = 0.00 }
[product.tea]
rate = { price = 2.00 }
"""


@pytest.fixture
def house() -> House:
    return selling(LIST)


def holds(house: House, person: str = "zoe") -> list[str]:
    """The products that somebody holds."""
    wallet = house.cantine.read.get(m.Wallet, person)
    return [one.tariff_product for one in wallet.holdings] if wallet else []


def state(house: House, sold: m.Pass) -> str:
    """The state of a pass now."""
    return house.get(m.Pass, sold.id).state


def cancel(house: House, sold: m.Pass, **more: Any) -> Any:
    return house.do(c.CancelPass(sold.id, **more))


# --- sold ------------------------------------------------------------------------------------------------------------


def test_what_a_pass_gives_is_said_by_its_list(house: House) -> None:
    """Its days, its units, the sale that priced it and the version that sold it are kept with it."""
    sold = sell(house, "carnet", count=2).value
    (sale,), (units,) = house.all(m.Sale), house.all(m.Entitlement)
    assert (sold.sells, sold.pricelist_id, sold.tariff_product, sold.product_id) == (
        "grant",
        "own",
        "carnet",
        "own/carnet",
    )
    assert (sold.first_day, sold.last_day, sold.count) == (TODAY, in_days(59), 2)
    assert (sold.sale_id, sold.item, sold.tariff_version, sold.with_order) == (sale.id, "1", sale.tariff_version, None)
    assert (units.bought, units.value, units.expires) == (20, 500, utc(23, day=in_days(59)))
    assert holds(house) == ["carnet"]


def test_the_next_version_of_a_list_changes_no_pass_that_was_sold(house: House) -> None:
    """Who bought sixty days has sixty days; who buys from then on has what the list says then."""
    old = sell(house, "carnet").value
    text = house.get(m.TariffText, old.tariff_version).text
    house.do(c.PublishTariff(text.replace("60 days", "30 days").replace("units = 10", "units = 5")))
    new = sell(house, "carnet").value
    assert [house.get(m.Pass, one.id).last_day for one in (old, new)] == [in_days(59), in_days(29)]
    assert [house.get(m.Entitlement, one.entitlement_ids[0]).bought for one in (old, new)] == [10, 5]


def test_what_gives_nothing_to_hold_is_no_pass(house: House) -> None:
    """A tea is sold, but not as a pass; and what must be held must be held by somebody who is there."""
    with pytest.raises(UnsuitableError, match="gives nothing"):
        sell(house, "tea")
    with pytest.raises(InputError, match="holder_id"):
        sell(house, "carnet", holder_id=None)


def test_a_pass_that_costs_nothing_is_had_at_once(house: House) -> None:
    """There is nothing to pay, so nothing is waited for."""
    sold = sell(house, "free", account=None)
    assert (costs(sold), sold.value.state) == (None, "active")
    assert holds(house) == ["free"]


def test_a_pass_on_account_is_had_before_it_is_paid(house: House) -> None:
    """The charge stands and is paid later; nothing is waited for."""
    sold = sell(house, "carnet", account=None, on_account=True)
    assert (sold.value.state, sold.charges[0].state) == ("active", "due")
    assert costs(book(house, "entry", 10)) is None


@pytest.mark.parametrize("product", ["membership", "carnet", "quarter"])
def test_a_pass_that_waits_for_its_payment_is_had_with_it(house: House, product: str) -> None:
    """With units or without, a payment that comes before its days are over makes it usable."""
    sold = sell(house, product, account=None)
    assert (sold.value.state, holds(house)) == ("pending", [])
    house.wait(days=50)
    house.do(c.Pay(sold.charges[0].id, account="card"))
    assert (state(house, sold.value), holds(house)) == ("active", [product])


@pytest.mark.parametrize(("product", "days"), [("carnet", 60), ("quarter", 90)])
def test_a_pass_that_nobody_pays_ends_with_its_days(house: House, product: str, days: int) -> None:
    """At the end of its last day it cannot be had any more: its charge is void, with units or without."""
    sold = sell(house, product, account=None)
    house.clock.advance(utc(23, day=in_days(days - 1)) - timedelta(seconds=1) - house.clock.now())
    house.cantine.run_due()
    assert state(house, sold.value) == "pending"
    house.wait(seconds=1)
    with pytest.raises(TooLateError):
        house.do(c.Pay(sold.charges[0].id, account="card"))
    house.cantine.run_due()
    assert (state(house, sold.value), house.get(m.Charge, sold.charges[0].id).state) == ("cancelled", "void")


def test_a_pass_without_an_end_waits_for_ever(house: House) -> None:
    """There is no day on which it is too late."""
    sold = sell(house, "asked", account=None)
    house.wait(days=700)
    house.cantine.run_due()
    house.do(c.Pay(sold.charges[0].id, account="card"))
    assert state(house, sold.value) == "active"


# --- bought along ----------------------------------------------------------------------------------------------------


def along(house: House, **more: Any) -> tuple[Any, dict[str, m.Pass]]:
    """A room with the membership that it needs, a carnet and two teas: 84.00."""
    booked = book(house, "studio", 10, extras={"carnet": 1, "tea": 2}, **more)
    return booked, {one.tariff_product: one for one in house.all(m.Pass)}


def test_what_is_bought_along_is_one_charge(house: House) -> None:
    """Each pass names the order and the item that it came with."""
    booked, passes = along(house)
    assert costs(booked) == eur(8400)
    assert {name: (one.item, one.state, one.charge_id) for name, one in passes.items()} == {
        "membership": ("1+membership", "active", booked.charges[0].id),
        "carnet": ("2", "active", booked.charges[0].id),
    }
    assert {one.with_order for one in passes.values()} == {m.Subject("booking", booked.value.id)}


def test_what_is_bought_along_is_had_with_the_payment_of_the_whole(house: House) -> None:
    """Until then it cannot be used; when the booking lapses it goes with it."""
    booked, passes = along(house, account=None)
    assert {one.state for one in passes.values()} == {"pending"}
    house.do(c.Pay(booked.charges[0].id, account="card"))
    assert {state(house, one) for one in passes.values()} == {"active"}

    other = selling(LIST)
    booked, passes = along(other, account=None)
    other.wait(minutes=15)
    other.cantine.run_due()
    assert other.get(m.Booking, booked.value.id).state == "expired"
    assert {state(other, one) for one in passes.values()} == {"cancelled"}


@pytest.mark.parametrize("account", ["desk", None])
def test_what_was_bought_along_stays_when_the_booking_is_called_off(house: House, account: str | None) -> None:
    """Its money stays too: 24.00 of room and teas go back, or are no longer owed, and 60.00 are for what is held."""
    booked, passes = along(house, account=account, on_account=account is None)
    back = house.do(c.CancelBooking(booked.value.id))
    assert back.afterwards is not None
    assert back.given_back == (eur(2400) if account else None)
    paid = back.afterwards.refund, back.afterwards.dropped
    assert paid == ((eur(2400), None) if account else (eur(0), eur(2400)))
    assert {state(house, one) for one in passes.values()} == {"active"}
    charge = house.get(m.Charge, booked.charges[0].id)
    assert (charge.billed, charge.paid - charge.refunded) == (eur(6000), eur(6000 if account else 0))
    balance = house.cantine.read.trial_balance("asso", TODAY)
    assert sum(amount.amount for _, amount in balance) == 0


def test_each_is_called_off_by_itself(house: House) -> None:
    """The membership by its own rules, the unused carnet as a list that is silent says; the room after all of them."""
    booked, passes = along(house)
    half = cancel(house, passes["membership"])
    assert half.afterwards is not None
    assert (half.given_back, half.afterwards.why) == (eur(500), "kept")
    assert cancel(house, passes["carnet"]).given_back == eur(5000)
    assert house.do(c.CancelBooking(booked.value.id)).given_back == eur(2400)
    charge = house.get(m.Charge, booked.charges[0].id)
    assert charge.billed == eur(500)


def test_what_is_not_paid_yet_goes_with_what_it_was_bought_along_with(house: House) -> None:
    """One part of an unpaid order is not taken out of it: nothing changes, and the whole can still be paid."""
    booked, passes = along(house, account=None)
    with pytest.raises(UnsuitableError, match=f"bought along with booking {booked.value.id}"):
        cancel(house, passes["carnet"])
    assert house.get(m.Charge, booked.charges[0].id).outstanding == eur(8400)
    house.do(c.CancelBooking(booked.value.id))
    assert {state(house, one) for one in passes.values()} == {"cancelled"}
    assert house.get(m.Charge, booked.charges[0].id).state == "void"


# --- given -----------------------------------------------------------------------------------------------------------


def grant(house: House, product: str, **more: Any) -> m.Pass:
    given = {"place_id": "paris", "holder_id": "zoe", "reason": "bought in the old system", **more}
    return house.do(c.GrantPass(product_id=f"own/{product}", **given)).value


def test_a_given_pass_is_held_and_costs_nothing(house: House) -> None:
    """Nothing is priced or charged; the reason is kept, and the units are those of the list."""
    made = grant(house, "carnet", first_day=in_days(-30))
    assert (made.state, made.given, made.charge_id, made.sale_id) == ("active", "bought in the old system", None, None)
    assert (made.first_day, made.last_day) == (in_days(-30), in_days(29))
    assert house.all(m.Charge) == house.all(m.Sale) == []
    assert [one.rule for one in house.all(m.Override)] == ["given without a sale"]
    assert costs(book(house, "entry", 10)) is None


def test_units_may_be_left_out_and_given_as_they_are_left(house: House) -> None:
    """A carnet of which three entries are left is taken over as such."""
    grant(house, "carnet", with_units=False)
    assert house.all(m.Entitlement) == []
    house.do(
        c.GrantUnits(account="carnet", units=3, pricelist_id="own", place_id="paris", holder_id="zoe", reason="left",
                     paid=eur(450))
    )  # fmt: skip
    (units,) = house.all(m.Entitlement)
    assert (units.left, units.value, units.expires) == (3, 450, None)


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"account": "tea"}, UnsuitableError),
        ({"units": Decimal("2.5")}, InputError),
        ({"last_day": in_days(-1)}, InputError),
        ({"units": 0}, InputError),
        ({"units": Decimal("NaN")}, InputError),
        ({"units": Decimal("0.00001")}, InputError),
        ({"reason": " "}, InputError),
    ],
)
def test_units_that_cannot_be_given(house: House, wrong: dict[str, Any], error: type[Exception]) -> None:
    """Of no account, of no whole number, or over already: nothing is given."""
    fine = {
        "account": "carnet",
        "units": 1,
        "pricelist_id": "own",
        "place_id": "paris",
        "holder_id": "zoe",
        "reason": "r",
    }
    with pytest.raises(error):
        house.do(c.GrantUnits(**{**fine, **wrong}))
    assert house.all(m.Pass) == []


def test_nothing_is_refunded_of_what_was_given(house: House) -> None:
    """It is taken back, with its units; staff cannot give money back that nobody paid."""
    made = grant(house, "carnet")
    with pytest.raises(UnsuitableError, match="nothing to refund"):
        cancel(house, made, refund="all", reason="moved away")
    back = cancel(house, made)
    assert (back.value.state, back.given_back, back.afterwards, holds(house)) == ("cancelled", None, None, [])
    assert house.all(m.Entitlement)[0].given_back == 10


# --- taken back ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("first", "back"), [(8, 9000), (7, 9000), (6, 6750), (1, 6750), (0, 0), (-3, 0)])
def test_the_list_says_what_goes_back(house: House, first: int, back: int) -> None:
    """By how long before its first day a plan is called off: all, three quarters, and nothing once it has begun."""
    sold = sell(house, "quarter", first_day=in_days(first)).value
    found = cancel(house, sold)
    assert found.given_back == (eur(back) if back else None)
    assert found.afterwards.fee == eur(9000 - back)
    assert (found.value.state, holds(house)) == ("cancelled", [])


def test_a_preview_says_what_goes_back_before_it_does(house: House) -> None:
    """The answer of a dry run is that of the command, and nothing is taken back by it."""
    sold = sell(house, "quarter", first_day=in_days(3)).value
    told = house.cantine.preview(c.CancelPass(sold.id), actor="desk:ana").afterwards
    assert state(house, sold) == "active"
    assert cancel(house, sold).afterwards == told


def test_a_silent_list_gives_all_of_an_unused_carnet_back(house: House) -> None:
    """Nothing of it was used, so it has not begun for anybody; its units are taken back."""
    sold = sell(house, "carnet").value
    back = cancel(house, sold)
    assert (back.given_back, back.afterwards.why) == (eur(5000), "list silent")
    (units,) = house.all(m.Entitlement)
    assert (units.left, units.given_back) == (0, 10)


def test_a_carnet_of_which_something_was_used_is_taken_back_for_nothing(house: House) -> None:
    """A silent list keeps the price of what has begun; what is left cannot be spent any more."""
    sold = sell(house, "carnet").value
    book(house, "entry", 10)
    back = cancel(house, sold)
    assert (back.value.state, back.given_back, back.afterwards.fee) == ("cancelled", None, eur(5000))
    (units,) = house.all(m.Entitlement)
    assert (units.used, units.left, units.given_back) == (1, 0, 9)
    assert costs(book(house, "entry", 11)) == eur(900)


def test_a_carnet_of_next_month_is_free_until_then(house: House) -> None:
    """It has not begun, whatever of it is booked."""
    sold = sell(house, "carnet", first_day=date(2026, 12, 1)).value
    book(house, "entry", 10, date(2026, 12, 2))
    assert cancel(house, sold).given_back == eur(5000)


def test_what_the_list_leaves_open_staff_have_to_say(house: House) -> None:
    """Without their word it is refused and nothing changes."""
    sold = sell(house, "asked").value
    with pytest.raises(NotForSaleError):
        cancel(house, sold)
    assert state(house, sold) == "active"
    assert cancel(house, sold, refund=eur(1234), reason="moved away").given_back == eur(1234)


@pytest.mark.parametrize(("refund", "back"), [("all", 9000), ("nothing", 0), (eur(100), 100), (eur(9000), 9000)])
def test_staff_give_back_more_or_less_with_a_reason(house: House, refund: Any, back: int) -> None:
    """It is kept as an override with the reason, and who said so; without a reason it is refused."""
    sold = sell(house, "quarter", first_day=in_days(-1)).value
    for reason in ({}, {"reason": ""}, {"reason": "pass cancelled"}):
        with pytest.raises(InputError, match="reason"):
            cancel(house, sold, refund=refund, **reason)
    found = cancel(house, sold, refund=refund, reason="the heating failed")
    assert (found.given_back, found.afterwards.why) == (eur(back) if back else None, "staff")
    (override,) = house.all(m.Override)
    assert (override.rule, override.reason, override.actor) == (
        "refund by the price list",
        "the heating failed",
        "desk:ana",
    )


def test_by_the_list_there_is_no_override(house: House) -> None:
    """What the list says needs no reason of anybody."""
    cancel(house, sell(house, "quarter", first_day=in_days(9)).value)
    assert house.all(m.Override) == []


@pytest.mark.parametrize("refund", [eur(9001), Money(1, "GBP")])
def test_staff_give_back_no_more_than_was_paid(house: House, refund: Money) -> None:
    """Nor in another currency; nothing changes."""
    sold = sell(house, "quarter").value
    with pytest.raises(InputError):
        cancel(house, sold, refund=refund, reason="the heating failed")
    assert state(house, sold) == "active"


def test_a_pass_that_is_over_is_not_taken_back(house: House) -> None:
    """Once only, and not after its units are past their validity."""
    sold, other = sell(house, "carnet").value, sell(house, "carnet").value
    cancel(house, sold)
    with pytest.raises(WrongStateError):
        cancel(house, sold)
    house.wait(days=60)
    with pytest.raises(WrongStateError, match="expired"):
        cancel(house, other)


def test_what_is_not_paid_is_no_longer_owed(house: House) -> None:
    """Of a plan on account three quarters are dropped, the rest stays owed; of one that waits nothing is owed."""
    owed = sell(house, "quarter", first_day=in_days(3), account=None, on_account=True)
    assert cancel(house, owed.value).given_back is None
    assert house.get(m.Charge, owed.charges[0].id).outstanding == eur(2250)
    waits = sell(house, "quarter", first_day=in_days(3), account=None)
    cancel(house, waits.value)
    assert house.get(m.Charge, waits.charges[0].id).state == "void"


def test_no_money_is_left_over(house: House) -> None:
    """After all of it the ledger sums to zero, and what was given back is as earned as it was before the sale."""
    _, passes = along(house)
    for one in passes.values():
        cancel(house, one, refund="all", reason="the house burned down")
    house.do(c.CancelBooking(house.all(m.Booking)[0].id))
    balance = dict(house.cantine.read.trial_balance("asso", TODAY))
    assert sum(amount.amount for amount in balance.values()) == 0
    assert not any(name.startswith(("revenue", "deferred", "receivable")) for name in balance), balance
    assert len(journal(house.storage)) > 0
