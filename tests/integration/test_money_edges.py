"""Money at the edges: caps given back, refunds in parts, surplus, payments too late, upgrades that cost less."""

from __future__ import annotations

import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.errors import AccountError, GatewayError, TooLateError, WrongStateError
from cantinekit.money import Money
from cantinekit.plugins.ports import GatewayCapabilities
from support.houses.edges import Card, accounts, capped, charge_of, hook, meters
from support.houses.small_house import House, open_house, period, records, utc
from support.laws import house_laws


def eur(cents: int) -> Money:
    return Money(cents, "EUR")


def desk(house: House, **how):
    """A desk for five hours: 15 EUR, capped at 10 EUR a day."""
    return house.do(c.Book(space_id="open", product_id="desk", period=period(10, 15), person_id="zoe", **how))


# --- caps ------------------------------------------------------------------------------------------------------------


def test_a_capped_booking_is_cancelled_and_gives_the_cap_back():
    """What a booking used of a cap is free again when it is cancelled, so that the next is charged in full."""
    house = open_house()
    first = desk(house, account="desk")
    assert first.charges[0].amount == eur(1000)
    assert meters(house) == [1000]
    assert desk(house, account="desk").charges == ()  # the cap is reached
    house = open_house()
    first = desk(house, account="desk")
    assert house.do(c.CancelBooking(first.value.id)).value.state == "cancelled"
    assert meters(house) == []
    assert desk(house, account="desk").charges[0].amount == eur(1000)
    house_laws.hold(house.storage, house.clock.now())


def test_a_capped_booking_expires_and_gives_the_cap_back():
    """A hold under a cap that is never paid ends by itself, and the cap is as it was."""
    house = open_house()
    booking = desk(house).value
    house.wait(minutes=16)
    assert house.cantine.run_due().dead == 0
    assert house.get(m.Booking, booking.id).state == "expired"
    assert meters(house) == []
    assert accounts(house) == {}
    house_laws.folds(house.storage)


def test_a_capped_stay_can_be_upgraded():
    """A stay that was bought under a cap can be made longer: the difference is charged and the cap lets go of it."""
    house = capped()
    visit = house.do(c.CheckIn(place_id="paris", product_id="capped-half", person_id="zoe", account="desk")).value
    assert meters(house) == [700]
    house.do(
        c.AddProduct(
            name="full day",
            entity_id="asso",
            pricelist_id="net",
            tariff_product="day",
            sells="visit",
            id="full-day",
        )
    )
    outcome = house.do(c.UpgradeVisit(visit.id, product_id="full-day", account="desk"))
    assert outcome.value.product_id == "full-day"
    assert [charge.amount for charge in outcome.charges] == [eur(300)]
    assert meters(house) == []
    house_laws.ledger(records(house.storage))


def test_a_full_refund_and_a_cancellation_give_the_meter_back_once():
    """After a refund of all of it the meter still stands; the cancellation that follows takes it back exactly once."""
    house = open_house()
    first = desk(house, account="desk")
    house.do(c.RefundCharge(first.charges[0].id, amount=eur(1000), reason="goodwill"))
    assert meters(house) == [1000]
    house.do(c.CancelBooking(first.value.id))
    assert meters(house) == []
    assert all(meter.used == 0 for meter in house.all(m.Meter))
    assert accounts(house) == {}
    house_laws.hold(house.storage, house.clock.now())


def test_stays_that_cost_less_again_and_again_leave_the_cap_at_zero():
    """Upgrades one after the other take what the first stay used of a cap off it once, with or without a charge."""
    house = capped()
    house.do(
        c.AddProduct(
            name="full day",
            entity_id="asso",
            pricelist_id="net",
            tariff_product="day",
            sells="visit",
            id="full-day",
        )
    )
    visit = house.do(c.CheckIn(place_id="paris", product_id="capped-half", person_id="zoe", account="desk")).value
    for product_id in ("cheap-day", "full-day", "cheap-day"):
        house.do(c.UpgradeVisit(visit.id, product_id=product_id, account="desk"))
        assert meters(house) == [], product_id
    assert accounts(house)["account/desk"] == 500
    house.do(c.CheckOut(visit.id))
    assert house.do(c.CheckIn(place_id="paris", product_id="capped-half", person_id="zoe", account="desk")).charges[
        0
    ].amount == eur(700)
    house_laws.folds(house.storage)


# --- refunds ---------------------------------------------------------------------------------------------------------


def test_a_refund_of_money_never_owed_balances_the_ledger():
    """A card payment that comes after the hold has ended goes back, and every account of the ledger is at zero."""
    house = open_house(card=Card("pending"))
    attempt = desk(house, account="card").charges[0].attempt_ids[0]
    house.wait(minutes=16)
    house.cantine.run_due()
    assert hook(house, attempt, 1000, 1000) == ("recorded",)
    assert [refund.surplus for refund in house.all(m.Refund)] == [True]
    assert accounts(house) == {}
    assert "paid too late" in [message.template for message in house.mail.messages]


def test_a_refund_of_money_never_owed_balances_after_a_declined_one():
    """Where the first refund of money that was never owed is declined, staff give it back and the ledger is at zero."""
    house = open_house(card=Card("pending", refunds=("declined", "settled")))
    charge = desk(house, account="card").charges[0]
    house.wait(minutes=16)
    house.cantine.run_due()
    hook(house, charge.attempt_ids[0], 1000, 1000)
    assert accounts(house) == {"account/card": 1000, "receivable": -1000}
    assert house.do(c.RefundCharge(charge.id, amount=eur(1000), reason="again")).charges[0].refunded == eur(1000)
    assert [refund.state for refund in house.all(m.Refund)] == ["declined", "settled"]
    assert accounts(house) == {}
    house_laws.folds(house.storage)


def test_a_part_of_what_is_held_too_much_goes_back_as_that_part():
    """10.00 came too late and could not go back: a refund of 5.00 gives back 5.00 of it, and 5.00 are left."""
    house = open_house(card=Card("pending", refunds=("declined", "settled")))
    charge = desk(house, account="card").charges[0]
    house.wait(minutes=16)
    house.cantine.run_due()
    hook(house, charge.attempt_ids[0], 1000, 1000)
    for left in (500, 0):
        given = house.do(c.RefundCharge(charge.id, amount=eur(500), reason="half of it"))
        assert [(one.amount, one.surplus) for one in given.refunds] == [(eur(500), True)]
        assert (given.charges[0].held, given.charges[0].outstanding) == (eur(left), eur(-left))
    assert accounts(house) == {}
    house_laws.hold(house.storage, house.clock.now())


@pytest.mark.parametrize("parts", [(1800,), (1, 1, 1798), (600, 600, 600), (7, 1000, 793)])
@pytest.mark.parametrize("end", ["refund", "cancel"])
def test_refunds_in_parts_end_where_one_refund_ends(parts, end):
    """However a seat with materials is given back, in parts or at once, each revenue account ends at zero."""
    house = open_house()
    seat = house.do(c.Register(session_id="paid", person_id="zoe", option_ids=("materials",), account="desk"))
    for part in parts if end == "refund" else parts[:-1]:
        house.do(c.RefundCharge(seat.charges[0].id, amount=eur(part), reason="goodwill"))
        assert sum(accounts(house).values()) == 0
    if end == "cancel":
        house.do(c.CancelRegistration(seat.value.id))
    assert house.get(m.Charge, seat.charges[0].id).refunded == eur(1800)
    assert accounts(house) == {}


def test_the_halves_of_a_refund_weigh_as_the_whole():
    """Half of a seat with materials, given back in cents, leaves the revenue accounts that one refund of it leaves."""
    found = []
    for parts in ((900,), (300, 300, 300), (1,) * 9 + (891,)):
        house = open_house()
        seat = house.do(c.Register(session_id="paid", person_id="zoe", option_ids=("materials",), account="desk"))
        for part in parts:
            house.do(c.RefundCharge(seat.charges[0].id, amount=eur(part), reason="goodwill"))
        found.append(accounts(house))
    assert found[0] == {"account/desk": 900, "revenue/seat": -500, "revenue/materials": -400}
    assert found == [found[0]] * 3


def test_money_beyond_what_is_owed_goes_back_when_an_older_attempt_grows():
    """Two attempts that together take more than is owed end with what is owed, whichever of them grows last."""
    for order in (("first", "second"), ("second", "first")):
        house = open_house(card=Card("pending"))
        charge = house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="zoe", account="card")).charges[0]
        hook(house, charge.attempt_ids[0], 5000, 8000)
        house.wait(minutes=16)
        house.do(c.Pay(charge.id, account="card"))
        first, second = house.get(m.Charge, charge.id).attempt_ids
        says = {"first": (first, 6000, 8000), "second": (second, 3000, 3000)}
        for which in order:
            hook(house, *says[which])
        charge = house.get(m.Charge, charge.id)
        assert (charge.state, charge.paid, charge.refunded) == ("settled", eur(9000), eur(1000))
        assert accounts(house) == {"account/card": 8000, "deferred/carnet": -8000}
        house_laws.hold(house.storage, house.clock.now())


def test_a_due_charge_is_not_refunded_but_its_subject_cancelled():
    """Staff cannot give back a part of what is still owed; cancelling what it is for gives it back."""
    house = open_house(card=Card("pending"))
    sold = house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="zoe", account="card"))
    hook(house, sold.charges[0].attempt_ids[0], 5000, 8000)
    with pytest.raises(WrongStateError, match="due; cancel what it is for"):
        house.do(c.RefundCharge(sold.charges[0].id, amount=eur(5000), reason="goodwill"))
    assert accounts(house) == {"account/card": 5000, "receivable": 3000, "deferred/carnet": -8000}
    assert house.do(c.CancelPass(sold.value.id)).value.state == "cancelled"
    charge = house.get(m.Charge, sold.charges[0].id)
    assert (charge.state, charge.refunded) == ("void", eur(5000))
    assert accounts(house) == {}


def test_a_gateway_without_refunds_refuses_up_front():
    """A refund through an account that gives nothing back is refused, and nothing is recorded of it."""
    house = open_house(card=Card("settled", capabilities=GatewayCapabilities(refunds=False)))
    charge = desk(house, account="card").charges[0]
    with pytest.raises(AccountError, match="gives no money back"):
        house.do(c.RefundCharge(charge.id, amount=eur(1000), reason="goodwill"))
    assert house.all(m.Refund) == []


def test_a_gateway_without_partial_refunds_gives_back_all_or_nothing():
    """Such an account refuses a part of a payment, and gives back the whole."""
    house = open_house(card=Card("settled", capabilities=GatewayCapabilities(partial_refunds=False)))
    charge = desk(house, account="card").charges[0]
    with pytest.raises(AccountError, match="all of a payment or nothing"):
        house.do(c.RefundCharge(charge.id, amount=eur(400), reason="goodwill"))
    assert house.do(c.RefundCharge(charge.id, amount=eur(1000), reason="goodwill")).charges[0].refunded == eur(1000)
    assert accounts(house) == {}


def test_a_refund_that_the_gateway_refuses_for_good_ends_declined():
    """An error that will not pass ends the refund as declined, the person is told, and no task is left."""
    house = open_house(card=Card("settled", refunds=(GatewayError("no", retryable=False),)))
    booking = desk(house, account="card").value
    house.do(c.CancelBooking(booking.id))
    assert [refund.state for refund in house.all(m.Refund)] == ["declined"]
    assert "refund declined" in [message.template for message in house.mail.messages]
    assert [task.work for task in house.cantine.read.tasks("dead")] == []
    assert accounts(house) == {"account/card": 1000, "revenue/desk": -1000}


# --- too late --------------------------------------------------------------------------------------------------------


def over(what: str, house: House, account: str | None = None):
    """Something that is bought, and is over some days later: its outcome."""
    house.do(
        c.AddSession(
            workshop_id="welding", day=utc(0).date(), starts=house_time(18), ends=house_time(19), seats=2, id="tonight"
        )
    )
    return house.do(
        {
            "booking": c.Book(space_id="a1", product_id="room", period=period(9, 10), person_id="zoe", account=account),
            "seat": c.Register(session_id="tonight", person_id="zoe", account=account),
            "visit": c.CheckIn(place_id="paris", product_id="half-day", person_id="zoe", account=account),
            "pass": c.SellPass(product_id="mini", place_id="paris", holder_id="zoe", account=account),
        }[what]
    )


def house_time(hour: int):
    return utc(hour).time()


@pytest.mark.parametrize("what", ["booking", "seat", "visit", "pass"])
def test_what_is_over_cannot_be_paid(what):
    """Once it is over, Pay refuses to take money for it, whether or not its hold was ended."""
    house = open_house()
    charge = charge_of(house, over(what, house).value)
    house.wait(days=3)
    with pytest.raises(TooLateError, match="can no longer be had"):
        house.do(c.Pay(charge.id, account="desk"))
    family = "deferred" if what == "pass" else "revenue"  # what is paid for is owed until it is used
    assert accounts(house).keys() == {"receivable", f"{family}/{charge.lines[0].product_id}"}


@pytest.mark.parametrize("ended", [False, True], ids=["nobody-ended-it", "ended"])
@pytest.mark.parametrize("what", ["booking", "seat", "visit", "pass"])
def test_what_is_over_goes_back_when_it_is_captured_late(what, ended):
    """Money that a gateway reports after it is over goes back whole, and nothing is had for it."""
    house = open_house(card=Card("pending"))
    value = over(what, house, "card").value
    charge = charge_of(house, value)
    house.wait(days=3)
    if ended:
        house.cantine.run_due()
    assert hook(house, charge.attempt_ids[0], charge.amount.amount, charge.amount.amount) == ("recorded",)
    assert house.get(type(value), value.id).state in ("expired", "lapsed", "cancelled")
    assert house.get(m.Charge, charge.id).refunded == charge.amount
    assert accounts(house) == {}
    assert house.cantine.read.balance("zoe") == ()
    assert "paid too late" in [message.template for message in house.mail.messages]
    house_laws.folds(house.storage)


def test_an_expired_carnet_cannot_be_cancelled():
    """Units whose time is over are not given back for money, whether or not anybody has ended them."""
    house = open_house()
    sold = house.do(c.SellPass(product_id="mini", place_id="paris", holder_id="zoe", account="desk")).value
    house.wait(days=3)
    with pytest.raises(WrongStateError, match="is expired"):
        house.do(c.CancelPass(sold.id))
    house.cantine.run_due()
    with pytest.raises(WrongStateError, match="is expired"):
        house.do(c.CancelPass(sold.id))
    assert accounts(house) == {"account/desk": 8000, "revenue/mini": -8000}


# --- upgrades and units ----------------------------------------------------------------------------------------------


def test_an_upgrade_that_costs_less_gives_the_difference_back():
    """A whole that costs less than was paid gives the difference back, and the first pass is superseded."""
    house = capped()
    visit = house.do(c.CheckIn(place_id="paris", product_id="half-day", person_id="zoe", account="desk")).value
    outcome = house.do(c.UpgradeVisit(visit.id, product_id="cheap-day", account="desk"))
    assert house.get(m.Pass, visit.pass_id).state == "superseded"
    assert [refund.amount for refund in house.all(m.Refund)] == [eur(200)]
    assert accounts(house)["account/desk"] == 500
    assert outcome.value.until > visit.until


def test_an_upgrade_that_a_carnet_covers_gives_the_first_price_back():
    """Who bought a carnet after checking in pays the longer stay with an entry, and gets the first price back."""
    house = open_house()
    visit = house.do(c.CheckIn(place_id="paris", product_id="half-day", person_id="zoe", account="desk")).value
    house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="zoe", account="desk"))
    upgraded = house.do(c.UpgradeVisit(visit.id, product_id="day", account="desk")).value
    assert [spend.units for spend in upgraded.spends] == [1]
    assert upgraded.pass_id is None
    assert house.get(m.Pass, visit.pass_id).state == "superseded"
    assert accounts(house) == {"account/desk": 8000, "deferred/carnet": -7200, "revenue/carnet": -800}


def test_a_pass_bought_with_units_gives_them_back():
    """A pass that entries of a carnet paid for gives those entries back when it is cancelled."""
    house = capped()
    house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="zoe", account="desk"))
    sold = house.do(c.SellPass(product_id="card", place_id="paris", holder_id="zoe")).value
    assert sum(spend.units for spend in sold.spends) == 1
    assert {one.account: one.left for one in house.cantine.read.balance("zoe")} == {"card": 3, "carnet": 9}
    house.do(c.CancelPass(sold.id))
    assert {one.account: one.left for one in house.cantine.read.balance("zoe")} == {"carnet": 10}
