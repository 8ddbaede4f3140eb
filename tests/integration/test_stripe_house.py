"""A house that takes cards by Stripe: the whole way, by the official SDK over HTTP against the fake of its API."""

from __future__ import annotations

import random

import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.backends.stripe import open_stripe
from cantinekit.errors import InputError
from cantinekit.money import Money
from cantinekit.testing.fakestripe import AUTHENTICATED, DECLINED, KEY, SECRET, FakeStripe, Fault
from cantinekit.urls import BackendUrl
from support.houses.edges import HouseClock, charge_of
from support.houses.small_house import open_house, period
from support.laws import house_laws

BACK = "https://cantine.invalid/paid"


@pytest.fixture
def fake(house_clock):
    with FakeStripe(clock=house_clock) as server:
        yield server


@pytest.fixture
def house_clock():
    return HouseClock()


@pytest.fixture
def house(fake, house_clock):
    card = open_stripe(
        BackendUrl.parse(f"stripe://127.0.0.1:{fake.port}?key={KEY}&webhook={SECRET}&retries=0&timeout=5")
    )
    card._clock = house_clock
    opened = open_house(card=card)
    house_clock.house = opened
    return opened


def book(house, account="card"):
    return house.do(
        c.Book(
            space_id="b", product_id="room", period=period(12, 13), person_id="zoe", account=account, return_url=BACK
        )
    ).value


def attempt_of(house, booking):
    return house.get(m.Attempt, charge_of(house, booking).attempt_ids[-1])


def deliver(house, fake, since=0, **how):
    hooks = fake.webhooks(house.clock.now(), since=since, **how)
    return [one for hook in hooks for one in house.cantine.receive("card", *hook)]


def lawful(house):
    house_laws.hold(house.storage, house.clock.now())
    house_laws.folds(house.storage)


def test_a_room_is_paid_on_a_page(house, fake):
    """Booked, paid on Stripe's page, told by webhooks that come twice and in disorder: confirmed, and paid once."""
    booking = book(house)
    attempt = attempt_of(house, booking)
    assert (booking.state, attempt.state) == ("held", "pending")
    assert attempt.next_url.startswith("https://checkout.fake.invalid/")
    fake.pay(attempt.reference)
    assert set(deliver(house, fake, copies=3, order=random.Random(5))) == {"recorded"}
    assert house.get(m.Booking, booking.id).state == "confirmed"
    attempt = attempt_of(house, booking)
    assert (attempt.captured, attempt.reference[:3], attempt.next_url) == (1500, "pi_", None)
    lawful(house)
    house.do(c.CancelBooking(booking.id))
    assert [one["amount"] for one in fake.book().refunds.values()] == [1500]
    assert [one.state for one in house.all(m.Refund)] == ["settled"]
    assert set(deliver(house, fake)) == {"recorded"}
    assert house.cantine.read.quarantine() == ()
    lawful(house)


def test_a_page_whose_answer_was_lost_is_found_with_its_address(house, fake):
    """A page that was opened and not answered is looked up, and the payer is told where to pay; it is opened once."""
    fake.fail(Fault("after", "drop", path="/v1/checkout", times=1))
    booking = book(house)
    assert attempt_of(house, booking).next_url is None
    house.wait(minutes=2)
    house.cantine.run_due()
    attempt, (page,) = attempt_of(house, booking), fake.book().sessions.values()
    assert (attempt.state, attempt.next_url) == ("pending", page["url"])
    fake.pay(attempt.reference)
    assert set(deliver(house, fake)) == {"recorded"}
    assert house.get(m.Booking, booking.id).state == "confirmed"
    lawful(house)


def test_a_key_that_is_not_taken_for_a_while_declines_no_refund(house, fake):
    """A refund that was begun while Stripe refused our key is made once the key is taken again."""
    booking = book(house, account=None)
    house.do(c.Pay(charge_of(house, booking).id, account="card", return_url=BACK, means="pm_card_visa"))
    taken, fake.key = fake.key, "sk_test_another"
    house.do(c.CancelBooking(booking.id))
    assert [one.state for one in house.all(m.Refund)] == ["started"]
    fake.key = taken
    house.wait(minutes=2)
    house.cantine.run_due()
    assert [one.state for one in house.all(m.Refund)] == ["settled"]
    assert [one["amount"] for one in fake.book().refunds.values()] == [1500]
    lawful(house)


def test_a_bank_asks_for_the_payer(house, fake):
    """A card that is known, and a bank that wants to see the payer: pending with its address, then had."""
    booking = book(house, account=None)
    house.do(c.Pay(charge_of(house, booking).id, account="card", return_url=BACK, means=AUTHENTICATED))
    attempt = attempt_of(house, booking)
    assert (attempt.state, attempt.means) == ("pending", AUTHENTICATED)
    assert attempt.next_url.startswith("https://hooks.fake.invalid/3ds/")
    fake.pay(attempt.reference)
    house.wait(minutes=2)
    house.cantine.run_due()
    assert house.get(m.Booking, booking.id).state == "confirmed"
    lawful(house)


def test_a_card_is_declined_and_another_taken(house, fake):
    """A declined card leaves the charge due; the next attempt has a key of its own."""
    booking = book(house, account=None)
    house.do(c.Pay(charge_of(house, booking).id, account="card", return_url=BACK, means=DECLINED))
    assert (attempt_of(house, booking).state, attempt_of(house, booking).reason) == ("declined", "generic_decline")
    house.do(c.Pay(charge_of(house, booking).id, account="card", return_url=BACK, means="pm_card_visa"))
    assert house.get(m.Booking, booking.id).state == "confirmed"
    assert [one["amount_received"] for one in fake.book().intents.values()] == [0, 1500]
    lawful(house)


def test_the_number_of_a_card_is_no_means_of_payment():
    """A card's number never gets as far as a record."""
    for number in ("4242424242424242", "4242 4242 4242 4242", "FR76 3000 6000 0112 3456 7890 189"):
        with pytest.raises(InputError) as caught:
            c.Pay("chg_1", account="card", means=number)
        assert "4242" not in str(caught.value)
        assert "3000" not in str(caught.value)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("what", ["drop", "500", "429"])
def test_a_fault_while_charging_is_made_good(house, fake, when, what):
    """Whatever happens to the request, the money is taken once, and the room is had in time."""
    booking = book(house, account=None)
    fake.fail(Fault(when, what, path="/v1/payment_intents", times=1))
    house.do(c.Pay(charge_of(house, booking).id, account="card", return_url=BACK, means="pm_card_visa"))
    assert house.get(m.Booking, booking.id).state == "held"
    house.wait(minutes=2)
    house.cantine.run_due()
    assert house.get(m.Booking, booking.id).state == "confirmed"
    assert sum(one["amount_received"] for one in fake.book().intents.values()) == 1500
    lawful(house)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("what", ["drop", "500", "429"])
def test_a_fault_while_giving_back_is_made_good(house, fake, when, what):
    """Whatever happens to the request, the money is given back once."""
    booking = book(house, account=None)
    house.do(c.Pay(charge_of(house, booking).id, account="card", return_url=BACK, means="pm_card_visa"))
    fake.fail(Fault(when, what, path="/v1/refunds", times=1))
    house.do(c.CancelBooking(booking.id))
    house.wait(minutes=2)
    house.cantine.run_due()
    assert [one["amount"] for one in fake.book().refunds.values()] == [1500]
    assert [one.state for one in house.all(m.Refund)] == ["settled"]
    lawful(house)


def test_what_is_left_in_the_dashboard_is_shown(house, fake):
    """A refund made in Stripe's dashboard is listed for somebody to look at, and changes nothing by itself."""
    booking = book(house, account=None)
    house.do(c.Pay(charge_of(house, booking).id, account="card", return_url=BACK, means="pm_card_visa"))
    fake.book().create_refund({"payment_intent": attempt_of(house, booking).reference, "amount": 500})
    assert set(deliver(house, fake, since=len(fake.book().events) - 1)) == {"quarantined"}
    (kept,) = house.cantine.read.quarantine()
    assert kept.why == "a refund that was not asked for here"
    assert charge_of(house, booking).refunded == Money(0, "EUR")
    lawful(house)
