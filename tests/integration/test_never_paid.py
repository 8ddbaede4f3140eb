"""What is never paid has a way out: it lapses, or is taken back; and who is declined is told."""

from __future__ import annotations

from datetime import date, time

import attrs
import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.domain.passes import life_cycle as pass_life_cycle
from cantinekit.errors import NotOverError, TooLateError, WrongStateError
from cantinekit.money import Money
from cantinekit.plugins.ports import Change, Guard
from cantinekit.runtime import codec
from support.houses.edges import accounts
from support.houses.small_house import open_house, period, records
from support.laws import house_laws


def sell(house, product="mini", account=None):
    """A pass whose units are valid today only."""
    return house.do(c.SellPass(product_id=product, place_id="paris", holder_id="zoe", account=account)).value


def forget(house):
    house.do(c.ForgetPerson("zoe", gives_up=True))
    assert house.get(m.Person, "zoe").state == "forgotten"


def nothing_open(house):
    assert [one.id for one in house.all(m.Charge) if one.state == "due"] == []
    assert accounts(house) == {}
    house_laws.hold(house.storage, house.clock.now())
    house_laws.folds(house.storage)


def over(house):
    """The time of a day is over, and what is due was carried out."""
    house.wait(days=40)
    house.cantine.run_due()


def test_a_pass_that_is_not_paid_lapses_with_its_time():
    """Its units are over, so nobody can pay for it: it ends, nothing is owed, and the person is told."""
    house = open_house()
    sold = sell(house)
    over(house)
    assert house.get(m.Pass, sold.id).state == "cancelled"
    assert house.get(m.Charge, sold.charge_id).state == "void"
    assert [message.template for message in house.mail.messages] == ["pass expired"]
    forget(house)
    nothing_open(house)


def test_without_the_lapse_it_blocks_for_good(monkeypatch):
    """The control: where only its units end, it can neither be paid nor its holder be forgotten."""
    monkeypatch.setattr(pass_life_cycle, "lapse_pass", lambda draft, subject, reason: None)
    house = open_house()
    sold = sell(house)
    over(house)
    with pytest.raises(TooLateError):
        house.do(c.Pay(sold.charge_id, account="desk"))
    with pytest.raises(NotOverError):
        house.do(c.ForgetPerson("zoe", gives_up=True))


def test_a_pass_that_is_not_paid_can_be_taken_back_at_any_time():
    """Before its time is over and after, also where an earlier version ended its units and left it open."""
    house = open_house()
    first, second = sell(house), sell(house, "carnet")
    house.do(c.CancelPass(second.id))
    house.wait(days=40)
    house.do(c.CancelPass(first.id))
    assert {one.state for one in house.all(m.Pass)} == {"cancelled"}
    house.cantine.run_due()
    nothing_open(house)
    left_open = open_house()
    old = sell(left_open)
    (unit,) = left_open.all(m.Entitlement)
    left_open.wait(days=40)
    ended = attrs.evolve(unit, left=0, expired=unit.bought, worth=None)
    wallet = m.Wallet("zoe")
    rows = left_open.storage.load([codec.key_of(m.Subject(one.kind, one.id)) for one in (ended, wallet)])
    changed = [codec.encode(one, row.version + 1) for one, row in zip((ended, wallet), rows, strict=True)]
    (deferred,) = (one for one in left_open.all(m.LedgerEntry) if one.what == "deferred")  # it knew no such entries
    unknown = Guard(codec.key_of(m.Subject("ledger", deferred.id)), 1)
    left_open.storage.apply(Change(rows=tuple(changed), removes=(unknown,)))
    left_open.do(c.CancelPass(old.id))
    assert left_open.get(m.Charge, old.charge_id).state == "void"
    house_laws.hold(left_open.storage, left_open.clock.now())


def test_a_pass_that_was_paid_is_taken_back_as_before():
    """One that was paid is taken back unused and in its time, and not after; one that a stay hangs on ends with it."""
    house = open_house()
    sold = sell(house, account="desk")
    house.wait(days=40)
    with pytest.raises(WrongStateError, match="is expired"):
        house.do(c.CancelPass(sold.id))
    stay = house.do(c.CheckIn(place_id="paris", product_id="day", person_id="zoe")).value
    with pytest.raises(WrongStateError, match="is used"):
        house.do(c.CancelPass(stay.pass_id))


def test_a_payment_that_arrives_after_the_pass_lapsed_goes_back():
    """The payer comes back from the page when the pass is over: the money is refunded, and they are told."""
    house = open_house(outcomes=["pending"])
    sold = sell(house, account="card")
    over(house)
    house.card.settle(house.card.charges[0].key)
    house.wait(hours=7)
    house.cantine.run_due()
    assert house.card.charges[0].refunded == house.card.charges[0].captured > 0
    assert "paid too late" in [message.template for message in house.mail.messages]
    assert house.get(m.Pass, sold.id).state == "cancelled"
    nothing_open(house)


SALES = {
    "a pass": lambda h: sell(h),
    "a membership": lambda h: sell(h, "carnet"),
    "a booking": lambda h: h.do(c.Book(space_id="b", product_id="room", period=period(12, 13), person_id="zoe")),
    "a series": lambda h: h.do(
        c.BookSeries(
            space_id="b",
            product_id="room",
            day=date(2026, 11, 26),
            starts=time(10),
            ends=time(11),
            rule="FREQ=DAILY;COUNT=2",
            person_id="zoe",
        )
    ),
    "a seat": lambda h: h.do(c.Register(session_id="paid", person_id="zoe")),
    "a visit": lambda h: h.do(c.CheckIn(place_id="paris", product_id="day", person_id="zoe")),
    "a longer stay": lambda h: h.do(
        c.UpgradeVisit(
            h.do(c.CheckIn(place_id="paris", product_id="half-day", person_id="zoe", account="desk")).value.id,
            product_id="day",
        )
    ),
}


@pytest.mark.parametrize("how", ["nobody pays", "declined", "pending"])
@pytest.mark.parametrize("what", SALES)
def test_nothing_that_is_not_paid_blocks_for_good(what, how):
    """Whatever was sold and not paid, and however its payment failed: its time goes by, nothing is owed any more, and
    the person can be forgotten."""
    house = open_house(outcomes=["pending" if how == "pending" else "declined"])
    sold = SALES[what](house)
    del sold
    for charge in house.all(m.Charge):
        if charge.state == "due" and how != "nobody pays":
            house.do(c.Pay(charge.id, account="card"))
    house.wait(days=200)
    house.cantine.run_due()
    assert [one.id for one in house.all(m.Charge) if one.state == "due"] == []
    forget(house)
    house_laws.hold(house.storage, house.clock.now())


# --- declined --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", SALES)
def test_who_is_declined_is_told(what):
    """A card that is declined is in the outcome, with the reason, and the person gets a message; it can be paid."""
    house = open_house(outcomes=["declined", "settled"])
    SALES[what](house)
    (charge,) = (one for one in house.all(m.Charge) if one.state == "due")
    done = house.do(c.Pay(charge.id, account="card"))
    (attempt,) = done.declined
    assert (attempt.account, attempt.reason, attempt.amount) == ("card", "declined by the script", charge.amount)
    assert ("payment declined", "zoe") in done.messages
    (message,) = [one for one in house.mail.messages if one.template == "payment declined"]
    assert f"{charge.amount.amount // 100}.00" in message.text
    again = house.do(c.Pay(charge.id, account="card"))
    assert (again.declined, again.charges[0].state) == ((), "settled")


def test_who_is_on_a_page_is_not_declined():
    """A payment that waits for its payer has an address to go to, and is none of those that were declined."""
    house = open_house(outcomes=["pending"])
    done = house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="zoe", account="card"))
    assert done.next_url is not None
    assert done.declined == ()


def test_a_page_that_is_declined_later_is_told():
    """The payer is on a page of the gateway, and the payment fails there: they get the message when it is known."""
    house = open_house(outcomes=["pending"])
    sold = sell(house, "carnet", "card")
    house.card.decline(house.card.charges[0].key)
    house.wait(minutes=1)
    house.cantine.run_due()
    assert [message.template for message in house.mail.messages] == ["payment declined"]
    house.do(c.Pay(sold.charge_id, account="desk"))
    assert house.get(m.Pass, sold.id).state == "active"


def test_who_owes_nothing_any_more_is_not_told():
    """What lapsed before its card was declined: that it lapsed is told, and not that a payment failed."""
    house = open_house(outcomes=["pending"])
    house.do(c.Book(space_id="b", product_id="room", period=period(12, 13), person_id="zoe", account="card"))
    house.wait(minutes=16)
    house.cantine.run_due()
    house.card.decline(house.card.charges[0].key)
    house.wait(hours=1)
    house.cantine.run_due()
    told = [message.template for message in house.mail.messages]
    assert told.count("booking expired") == 1
    assert house.all(m.Attempt)[0].state == "declined"
    assert "payment declined" not in told


# --- what this act gives back ----------------------------------------------------------------------------------------


def eur(cents):
    return Money(cents, "EUR")


@pytest.mark.parametrize("account", ["desk", "card"])
def test_an_outcome_says_what_this_act_gives_back(account):
    """Of 15.00 of which 5.00 were refunded, cancelling gives 10.00 back, in the preview and when it is done."""
    house = open_house()
    booked = house.do(c.Book(space_id="b", product_id="room", period=period(12, 13), person_id="zoe", account=account))
    assert (booked.refunds, booked.given_back) == ((), None)
    first = house.do(c.RefundCharge(booked.charges[0].id, amount=eur(500), reason="cold"))
    assert first.given_back == eur(500)
    before = records(house.storage)
    would = house.cantine.preview(c.CancelBooking(booked.value.id), actor="desk:ana")
    assert records(house.storage) == before
    done = house.do(c.CancelBooking(booked.value.id), key="once")
    for outcome in (would, done):
        assert outcome.given_back == eur(1000)
        assert [one.amount for one in outcome.refunds] == [eur(1000)]
        assert outcome.charges[0].refunded == eur(1500)
    assert [one.state for one in done.refunds] == ["settled"]
    again = house.do(c.CancelBooking(booked.value.id), key="once")
    assert (again.refunds, again.given_back) == (done.refunds, done.given_back), "a repeat is told the same"


def test_what_is_declined_is_not_given_back():
    """A refund that the gateway declines stands among the refunds, and is no part of what is given back."""
    house = open_house(refunds=["declined"])
    booked = house.do(c.Book(space_id="b", product_id="room", period=period(12, 13), person_id="zoe", account="card"))
    done = house.do(c.CancelBooking(booked.value.id))
    assert ([one.state for one in done.refunds], done.given_back) == (["declined"], None)


def test_money_that_was_given_back_elsewhere_is_of_this_act():
    """What is recorded as given back elsewhere is what this act gives back."""
    house = open_house()
    booked = house.do(c.Book(space_id="b", product_id="room", period=period(12, 13), person_id="zoe", account="card"))
    done = house.do(c.RecordRefund(attempt_id=booked.charges[0].attempt_ids[0], amount=eur(300), reason="by hand"))
    assert (done.given_back, done.value) == (eur(300), done.refunds[0])
