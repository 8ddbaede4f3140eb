"""Payments under faults and webhooks in disorder, in numbers: small here, whole in a soak (CANTINEKIT_SOAK)."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.backends.payments import FakeGateway
from cantinekit.backends.stripe import StripeGateway, open_stripe
from cantinekit.money import Money
from cantinekit.testing.fakestripe import KEY, SECRET, FakeStripe, Fault
from cantinekit.urls import BackendUrl, Secret
from support.houses.edges import Between, HouseClock, Killed, accounts, charge_of, die
from support.houses.small_house import open_house, period
from support.laws import house_laws
from support.payments.lost_answers import lost_answers, run_until
from support.run.soak import SOAK

INTENTS, BATCH = (1000, 50) if SOAK else (3, 3)
"""How many payments each fault point meets, and how many of them one house and one server see."""
WEBHOOKS, ORDERS = (10_000, 5) if SOAK else (240, 3)
PRICE = 8000
CREATE = "/v1/payment_intents"
FAULTS = {
    **lost_answers(CREATE),
    "lost, and its key forgotten": (Fault("after", "drop", path=CREATE, times=1),),
    "killed before the record": (),
    "a webhook before the record": (),
}


def house_on(server, clock, timeout):
    card = open_stripe(BackendUrl.parse(f"stripe://127.0.0.1:{server.port}?key={KEY}&webhook={SECRET}&retries=0"))
    card._clock, card._client._timeout = clock, timeout
    clock.house = open_house(Between(), card=card)
    return clock.house


def pay(house, server, name):
    """One payment of a pass that meets a fault, and what the task runner makes of it afterwards."""
    sold = house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="zoe")).value
    charge = charge_of(house, sold)
    server.fail(*FAULTS[name])
    seen = len(server.book().events)
    if name == "killed before the record":
        taken = server.book().intents
        before = len(taken)
        house.storage.before_change(die, when=lambda change: len(taken) > before)
    if name == "a webhook before the record":
        house.storage.before_change(
            lambda: [house.cantine.receive("card", *hook) for hook in server.webhooks(house.clock.now(), since=seen)],
            when=lambda change: len(server.book().events) > seen,
        )
    try:
        house.do(c.Pay(charge.id, account="card", means="pm_card_visa"))
    except Killed:
        assert name == "killed before the record"
    if name == "lost, and its key forgotten":
        server.forget_keys()
    attempt_id = house.get(m.Charge, charge.id).attempt_ids[0]
    run_until(house, lambda: house.get(m.Attempt, attempt_id).state != "started")
    assert all(met[0] for _, met in server._faults), "the fault was not met"
    return house.get(m.Charge, charge.id)


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", FAULTS)
def test_no_payment_is_lost_or_taken_twice(name, record_property):
    """Whatever happens at this point, the provider took the money of each payment once, and the house knows it."""
    lost = twice = done = 0
    while done < INTENTS:
        clock = HouseClock()
        with FakeStripe(clock=clock) as server:
            house = house_on(server, clock, 0.5 if "hang" in name else 5.0)
            for _ in range(BATCH):
                charge = pay(house, server, name)
                (key,) = charge.attempt_ids
                made = [one for one in server.book().intents.values() if one["metadata"]["cantinekit_key"] == key]
                taken = sum(one["amount_received"] for one in made)
                twice += taken > PRICE
                lost += charge.paid.amount != taken or charge.state != "settled"
                done += 1
            assert house.cantine.read.tasks("dead") == ()
            house_laws.hold(house.storage, house.clock.now())
    print(f"{name}: {done} payments, {lost} lost, {twice} taken twice")
    record_property("payments", done)
    assert (lost, twice) == (0, 0)


def test_there_are_twelve_fault_points():
    """The soak has twelve points at which something goes wrong."""
    assert len(FAULTS) == 12


def test_a_gateway_that_does_not_look_is_seen(monkeypatch):
    """The control: without the look-up by key a payment whose key was forgotten is taken twice."""
    monkeypatch.setattr(StripeGateway, "lookup", lambda self, key: None)
    clock = HouseClock()
    with FakeStripe(clock=clock) as server:
        pay(house_on(server, clock, 5.0), server, "lost, and its key forgotten")
        assert sum(one["amount_received"] for one in server.book().intents.values()) == 2 * PRICE


# --- webhooks ----------------------------------------------------------------------------------------------------


def charged(count):
    """A house with so many rooms that were paid by card, some given back in parts, and all that its card would tell."""
    card = FakeGateway(("pending",), secrets=[Secret("whsec")])
    house = open_house(card=card)
    card._clock = house.clock
    told = []
    for number in range(count):
        booked = house.do(
            c.Book(
                space_id="n",
                product_id="room",
                period=period(24 * number + 12, 24 * number + 13),
                person_id="zoe",
                account="card",
            )
        )
        key = booked.charges[0].attempt_ids[0]
        told += [card.lookup(key), card.settle(key)]
        house.cantine.receive("card", *card.webhook(told[-1], now=house.clock.now()))
        for part in (100, 250)[: number % 3]:
            house.do(c.RefundCharge(booked.charges[0].id, amount=Money(part, "EUR"), reason="partly"))
            told.append(card.lookup(key))
    return house, told


def ledger(house):
    """What stands on every account, and what each charge comes to."""
    charges = {one.id: (one.state, one.paid.amount, one.refunded.amount) for one in house.all(m.Charge)}
    return tuple(sorted(accounts(house).items())), tuple(sorted(charges.items()))


@pytest.mark.timeout(3600)
def test_webhooks_in_any_order_give_one_ledger():
    """Webhooks in random orders with random repeats give the same ledger, and nothing is left over."""
    ends, counts = set(), Counter()
    for seed in range(ORDERS):
        house, told = charged(30)
        order = random.Random(seed)
        unpaid = [seen for seen in told if seen.captured == 0]
        sent = [*told, *order.choices(told, k=WEBHOOKS - len(told))]
        order.shuffle(sent)
        for seen in sent:
            counts.update(house.cantine.receive("card", *house.card.webhook(seen, now=house.clock.now())))
        assert unpaid
        ends.add(ledger(house))
        assert house.cantine.read.quarantine() == ()
        house_laws.hold(house.storage, house.clock.now())
    print(f"{ORDERS} random orders of {WEBHOOKS} webhooks: {len(ends)} ledger, {dict(counts)}")
    assert len(ends) == 1
    assert counts == {"recorded": ORDERS * WEBHOOKS}


def test_webhooks_of_steps_would_not():
    """The control: the same webhooks added up as steps give another sum in every order, or with every repeat."""
    _, told = charged(5)
    sums = {sum(seen.captured for seen in random.Random(seed).choices(told, k=40)) for seed in range(5)}
    assert len(sums) > 1
