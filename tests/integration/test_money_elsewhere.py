"""What happened to money elsewhere: refunds that somebody made by hand, and what banks took back for good."""

from __future__ import annotations

import attrs
import pytest

import _laws
from _edges import accounts, charge_of
from _house import open_house, period
from cantinekit import _tasks
from cantinekit import commands as c
from cantinekit import model as m
from cantinekit.backends.payments import FakeGateway
from cantinekit.errors import CurrencyError, GatewayError, InputError, WrongStateError
from cantinekit.money import Money
from cantinekit.urls import Secret


def eur(cents):
    return Money(cents, "EUR")


@pytest.fixture
def house():
    """A house whose laws hold in the end."""
    card = FakeGateway(["settled"], secrets=[Secret("whsec")])
    house = open_house(card=card)
    card._clock = house.clock
    yield house
    _laws.hold(house.storage, house.clock.now())
    _laws.folds(house.storage)


@pytest.fixture
def booking(house):
    """A room that was booked for 15.00 by card."""
    return house.do(c.Book("b", "room", period(12, 13), person_id="zoe", account="card")).value


@pytest.fixture
def attempt(house, booking):
    """The id of the attempt that took its money."""
    return charge_of(house, booking).attempt_ids[0]


def told(house, *seen):
    return house.cantine.receive("card", *house.card.webhook(*seen, now=house.clock.now()))


def listed(house):
    """What stays in quarantine after it was tried again."""
    house.wait(minutes=5)
    house.cantine.run_due()
    return [kept.why for kept in house.cantine.read.quarantine()]


def test_a_refund_from_the_dashboard_is_recorded(house, booking, attempt):
    """It is listed until it is recorded; then the ledger has it, the payer was told, and only the rest can go back."""
    assert told(house, house.card.refund_elsewhere(attempt, 500)) == ("quarantined",)
    assert len(listed(house)) == 1
    done = house.do(c.RecordRefund(attempt, eur(500), "too cold", "re_7"))
    assert (done.value.state, done.value.reference, done.value.amount) == ("settled", "re_7", eur(500))
    assert ("refund settled", "zoe") in done.messages
    assert listed(house) == []
    assert accounts(house) == {"account/card": 1000, "revenue/room": -1000}
    house.do(c.CancelBooking(booking.id))
    assert [one.amount for one in house.all(m.Refund)] == [eur(500), eur(1000)]
    assert house.card.lookup(attempt).refunded == 1500
    assert accounts(house) == {}


def test_a_dispute_that_is_lost_is_a_loss(house, booking, attempt):
    """It is listed until it is recorded as lost: the money is gone, the booking and what it earned stay."""
    assert told(house, house.card.dispute(attempt)) == ("quarantined",)
    assert len(listed(house)) == 1
    done = house.do(c.RecordChargeback(attempt, eur(1500), "dispute lost"))
    charge = done.charges[0]
    assert (charge.state, charge.held, charge.outstanding) == ("settled", eur(0), eur(0))
    assert house.get(m.Booking, booking.id).state == "confirmed"
    assert listed(house) == []
    assert accounts(house) == {"lost": 1500, "revenue/room": -1500}
    assert house.cantine.read.takings("paris", house.clock.now().date()).lost == (("card", eur(1500)),)


def test_what_is_lost_does_not_go_back_again(house, booking, attempt):
    """After a loss of a part, cancelling gives back only what is still there, and a refund of more is refused."""
    house.do(c.RecordChargeback(attempt, eur(600), "returned debit"))
    with pytest.raises(WrongStateError, match=r"9\.00"):
        house.do(c.RefundCharge(charge_of(house, booking).id, eur(901), "all of it"))
    house.do(c.CancelBooking(booking.id))
    assert [one.amount for one in house.all(m.Refund)] == [eur(900)]
    assert accounts(house) == {"lost": 600, "revenue/room": -600}


def test_a_sum_is_recorded_once(house, attempt):
    """The same sum twice is one loss, a lower one says that some came back, and nothing is left when all did."""
    for lost, rest in ((600, 900), (600, 900), (200, 1300), (0, 1500)):
        house.do(c.RecordChargeback(attempt, eur(lost), "so says the bank"))
        assert accounts(house).get("account/card") == rest
        assert accounts(house).get("lost", 0) == lost
    entries = [one.what for one in house.all(m.LedgerEntry)]
    assert entries.count("charged back") == 3


@pytest.mark.parametrize(
    ("command", "error"),
    [
        (lambda id: c.RecordChargeback(id, eur(1501), "x"), WrongStateError),
        (lambda id: c.RecordChargeback(id, eur(-1), "x"), InputError),
        (lambda id: c.RecordChargeback(id, Money(5, "USD"), "x"), CurrencyError),
        (lambda id: c.RecordRefund(id, eur(1501), "x"), WrongStateError),
        (lambda id: c.RecordRefund(id, eur(0), "x"), InputError),
        (lambda id: c.RecordRefund(id, Money(5, "USD"), "x"), CurrencyError),
    ],
)
def test_what_never_came_in_cannot_have_left(house, attempt, command, error):
    """More than came through the attempt, less than nothing, another currency: refused, and nothing is stored."""
    before = accounts(house)
    with pytest.raises(error):
        house.do(command(attempt))
    assert (accounts(house), house.all(m.Refund)) == (before, [])


def test_money_that_was_given_back_cannot_be_lost(house, attempt):
    """What was given back is not there for the bank to take, and what it took is not there to be given back."""
    house.do(c.RecordRefund(attempt, eur(1000), "by hand"))
    with pytest.raises(WrongStateError):
        house.do(c.RecordChargeback(attempt, eur(501), "x"))
    house.do(c.RecordChargeback(attempt, eur(500), "x"))
    with pytest.raises(WrongStateError):
        house.do(c.RecordRefund(attempt, eur(1), "x"))


def test_a_longer_stay_does_not_ask_for_what_was_lost(house):
    """What a bank took back is not owed again: a longer stay costs the difference, as it does without the loss."""
    stay = house.do(c.CheckIn("paris", "half-day", "zoe", "card")).value
    paid = house.get(m.Charge, stay.charge_ids[0])
    house.do(c.RecordChargeback(paid.attempt_ids[0], paid.amount, "dispute lost"))
    longer = house.do(c.UpgradeVisit(stay.id, "day", "card")).value
    whole = house.do(c.CheckIn("paris", "day", "bob", "card")).charges[0].amount
    assert [house.get(m.Charge, id).amount for id in longer.charge_ids] == [paid.amount, whole - paid.amount]


def test_a_second_payment_is_noticed_while_the_first_is_recorded(house, monkeypatch):
    """Two payments of one attempt that are told at the same time: one is recorded, the other is listed."""
    house.card.play(charges=["pending"])
    booking = house.do(c.Book("b", "room", period(12, 13), person_id="zoe", account="card")).value
    first = house.card.settle(charge_of(house, booking).attempt_ids[0])
    outcomes = []

    def slow(attempt, seen):
        monkeypatch.undo()
        outcomes.extend(told(house, first))
        return fits(attempt, seen)

    fits = _tasks.fits
    monkeypatch.setattr(_tasks, "fits", slow)
    outcomes.extend(told(house, attrs.evolve(first, reference="another", event_id="other")))
    assert outcomes == ["recorded", "quarantined"]


def test_one_silence_does_not_end_the_look_at_a_payment_that_waits(house, monkeypatch):
    """However long a charge is pending, a gateway that is away once is asked again: nothing has failed before."""
    house.card.play(charges=["pending"])
    booking = house.do(c.Book("b", "room", period(12, 13), person_id="zoe", account="card")).value
    attempt = charge_of(house, booking).attempt_ids[0]
    for _ in range(15):
        house.wait(hours=6)
        house.cantine.run_due()

    def away(key):
        raise GatewayError("nobody answers", retryable=True)

    with monkeypatch.context() as patch:
        patch.setattr(house.card, "lookup", away)
        house.wait(hours=6)
        assert house.cantine.run_due().dead == 0
    house.card.settle(attempt)
    house.wait(hours=6)
    house.cantine.run_due()
    assert house.get(m.Attempt, attempt).state == "settled"
