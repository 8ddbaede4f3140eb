"""A house that takes payments by HelloAsso: the whole way, over HTTP against the fake of its API."""

from __future__ import annotations

import random
from datetime import time, timedelta

import attrs
import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.errors import AccountError, GatewayError
from cantinekit.money import Money
from cantinekit.runtime import outbox
from cantinekit.testing.fakehelloasso import FakeHelloAsso, Fault
from support.houses.edges import HouseClock, accounts, charge_of
from support.houses.small_house import TODAY, period
from support.laws import house_laws
from support.payments.helloasso import HandsOutTwo
from support.payments.helloasso_house import BACK, PRICE, ask, attempt_of, deliver, house_on, page, taken, told

REFUNDS = "/v5/payments/"


@pytest.fixture
def clock():
    return HouseClock()


@pytest.fixture
def fake(clock):
    with FakeHelloAsso(clock=clock) as server:
        yield server


@pytest.fixture
def house(fake, clock):
    return house_on(fake, clock)


def lawful(house):
    house_laws.hold(house.storage, house.clock.now())
    house_laws.folds(house.storage)


def test_a_room_is_paid_on_a_page(house, fake):
    """Booked, paid on the page, told by notifications in disorder: confirmed, paid once; cancelled: all goes back."""
    booking = house.do(
        c.Book(space_id="b", product_id="room", period=period(12, 13), person_id="zoe", account="card", return_url=BACK)
    ).value
    attempt = attempt_of(house, charge_of(house, booking))
    assert (booking.state, attempt.state) == ("held", "pending")
    assert attempt.next_url.startswith("https://www.fake-helloasso.invalid/")
    fake.pay(page(fake, attempt.next_url))
    assert set(deliver(house, fake, copies=3, order=random.Random(5))) == {"recorded"}
    assert house.get(m.Booking, booking.id).state == "confirmed"
    attempt = attempt_of(house, charge_of(house, booking))
    assert (attempt.captured, attempt.next_url, taken(fake, attempt)) == (1500, None, 1500)
    lawful(house)
    house.do(c.CancelBooking(booking.id))
    assert [one.state for one in house.all(m.Refund)] == ["settled"]
    payment = fake.book.payment_of(int(attempt.reference))
    assert [one["amount"] for one in payment["refundOperations"]] == [1500]
    assert set(deliver(house, fake, copies=2, order=random.Random(6))) == {"recorded"}
    assert house.cantine.read.quarantine() == ()
    lawful(house)


def test_whoever_comes_back_has_not_paid(house, fake):
    """Without a notification the next look finds the payment; before it is made the look finds nothing."""
    charge = ask(house)
    house.wait(minutes=2)
    house.cantine.run_due()
    assert attempt_of(house, charge).state == "pending"
    fake.pay(page(fake, attempt_of(house, charge).next_url))
    house.wait(minutes=4)
    house.cantine.run_due()
    assert house.get(m.Charge, charge.id).state == "settled"
    lawful(house)


def test_a_forged_notification_changes_nothing(house, fake):
    """Who posts that a page was paid, posts in vain."""
    charge = ask(house)
    attempt = attempt_of(house, charge)
    before = accounts(house)
    body = b'{"eventType": "Order", "data": {"id": 5, "checkoutIntentId": %s, "amount": {"total": 8000}}}'
    assert house.cantine.receive("card", body % attempt.reference.encode(), {}) == ("recorded",)
    assert house.cantine.receive("card", body % b"77", {}) == ()
    with pytest.raises(GatewayError):
        house.cantine.receive("card", b"{}", {})
    assert (accounts(house), attempt_of(house, charge)) == (before, attempt)
    assert house.cantine.read.quarantine() == ()


def test_shuffled_and_repeated_notifications_give_one_ledger(fake, clock):
    """Payments, a refund and a dispute, told in ten orders with repeats: one ledger, and one line in quarantine."""
    ends = set()
    for seed in range(10):
        with FakeHelloAsso(clock=clock) as server:
            house = house_on(server, clock)
            charges = [ask(house) for _ in range(3)]
            pages = [page(server, attempt_of(house, charge).next_url) for charge in charges]
            for id in pages:
                server.pay(id)
            server.change(pages[1], "Contested")
            order = random.Random(seed)
            deliver(house, server, order=order)
            house.do(c.RefundCharge(charges[0].id, amount=Money(PRICE, "EUR"), reason="sorry"))
            deliver(house, server, copies=3, order=order)
            states = tuple(house.get(m.Charge, charge.id).state for charge in charges)
            whys = tuple(one.why for one in house.cantine.read.quarantine())
            ends.add((states, whys, tuple(sorted(accounts(house).items()))))
            lawful(house)
    ((states, whys, _),) = ends
    assert set(states) == {"settled"}
    assert whys == ("money that the payer's bank took back",)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("what", ["drop", "500", "429"])
def test_a_fault_while_giving_back_is_made_good(house, fake, when, what):
    """Whatever happens to the request, the money is given back once."""
    charge = ask(house)
    fake.pay(page(fake, attempt_of(house, charge).next_url))
    deliver(house, fake)
    fake.fail(Fault(when, what, path=REFUNDS, times=1))
    house.do(c.RefundCharge(charge.id, amount=Money(PRICE, "EUR"), reason="sorry"))
    house.wait(minutes=2)
    house.cantine.run_due()
    (payment,) = fake.book.payments.values()
    assert [one["amount"] for one in payment["refundOperations"]] == [PRICE]
    assert [one.state for one in house.all(m.Refund)] == ["settled"]
    lawful(house)


def test_a_part_is_refused_before_it_is_recorded(house, fake):
    """Who asks for a part of a payment is told so, and nothing is stored."""
    charge = ask(house)
    fake.pay(page(fake, attempt_of(house, charge).next_url))
    deliver(house, fake)
    with pytest.raises(AccountError, match="all of a payment or nothing"):
        house.do(c.RefundCharge(charge.id, amount=Money(100, "EUR"), reason="partly"))
    assert house.all(m.Refund) == []


def test_a_part_that_is_owed_back_is_given_by_hand(house, fake):
    """One date of a series is cancelled: that part is declined and told, given back by somebody, and recorded."""
    dates = c.BookSeries(
        space_id="b",
        product_id="room",
        day=TODAY + timedelta(days=2),
        starts=time(10),
        ends=time(12),
        rule="FREQ=WEEKLY;COUNT=2",
    )
    made = house.do(attrs.evolve(dates, person_id="zoe", account="card", return_url=BACK))
    (charge,) = made.charges
    fake.pay(page(fake, attempt_of(house, charge).next_url))
    deliver(house, fake)
    house.do(c.CancelBooking(made.value.booking_ids[0]))
    assert [(one.amount.amount, one.state) for one in house.all(m.Refund)] == [(3000, "declined")]
    assert house.mail.messages[-1].template == "refund declined"
    attempt = attempt_of(house, charge)
    fake.book.refund(fake.book.payment_of(int(attempt.reference))["id"], 3000)
    house.do(c.RecordRefund(attempt_id=attempt.id, amount=Money(3000, "EUR"), reason="one date less"))
    assert set(deliver(house, fake)) == {"recorded"}
    assert house.get(m.Charge, charge.id).refunded == Money(3000, "EUR")
    lawful(house)


# --- two addresses for one attempt ---


def paid_on_two_pages(house, fake):
    """A charge of a gateway that hands out two addresses, both paid; what the house made of the notifications."""
    house.card.__class__ = HandsOutTwo
    charge = ask(house)
    house.wait(minutes=2)
    house.cantine.run_due()
    attempt = attempt_of(house, charge)
    first, second = told(house, attempt)
    outcomes = []
    for address in (first, second):
        since = len(fake.book.notifications)
        fake.pay(page(fake, address))
        outcomes.append(set(deliver(house, fake, since=since)))
    assert taken(fake, attempt) == 2 * PRICE
    return charge, outcomes


def test_two_payments_of_one_attempt_are_noticed(house, fake):
    """Should two pages for one attempt both be paid, the first is recorded, the second listed until it is back."""
    charge, outcomes = paid_on_two_pages(house, fake)
    assert outcomes == [{"recorded"}, {"quarantined"}]
    (kept,) = house.cantine.read.quarantine()
    assert kept.why == "a second payment for the same charge"
    assert house.get(m.Charge, charge.id).paid == Money(PRICE, "EUR")
    assert set(deliver(house, fake, copies=2)) == {"recorded", "quarantined"}
    assert len(house.cantine.read.quarantine()) == 1
    fake.book.refund(fake.book.payment_of(page(fake, told(house, attempt_of(house, charge))[1]))["id"])
    assert set(deliver(house, fake, since=len(fake.book.notifications) - 1)) == {"recorded"}
    house.wait(minutes=2)
    house.cantine.run_due()
    assert house.cantine.read.quarantine() == ()
    assert house.get(m.Charge, charge.id).paid == Money(PRICE, "EUR")
    lawful(house)


def test_without_the_look_at_the_reference_they_would_not_be(house, fake, monkeypatch):
    """The control: sums alone say nothing new when the second page is paid."""
    monkeypatch.setattr(outbox, "unexplained", lambda attempt, seen: "")
    _, outcomes = paid_on_two_pages(house, fake)
    assert outcomes == [{"recorded"}, {"recorded"}]
    assert house.cantine.read.quarantine() == ()


def test_a_page_that_is_told_stays_the_only_one(house, fake):
    """However often the house looks, also in another process, an attempt has one page."""
    charge = ask(house)
    for _ in range(6):
        house.card._pages.clear()
        house.wait(minutes=10)
        house.cantine.run_due()
    assert len(told(house, attempt_of(house, charge))) == len(fake.book.intents) == 1
