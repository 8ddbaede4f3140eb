"""Payments by HelloAsso under faults, in numbers: small here, whole in a soak (CANTINEKIT_SOAK)."""

from __future__ import annotations

import random

import pytest

from cantinekit import records as m
from cantinekit.testing.fakehelloasso import FakeHelloAsso, Fault
from support.houses.edges import HouseClock, Killed
from support.laws import house_laws
from support.payments.helloasso_house import PRICE, ask, attempt_of, deliver, house_on, page, taken, told
from support.payments.lost_answers import lost_answers, run_until
from support.run.soak import SOAK

PAYMENTS, BATCH = (500, 50) if SOAK else (3, 3)
"""How many payments each fault point meets, and how many of them one house and one server see."""
CREATE = "/v5/organizations/fake-association/checkout-intents"
FAULTS = {
    **lost_answers(CREATE),
    "lost twice": (Fault("after", "drop", path=CREATE, times=2),),
    "the token is not taken": (),
    "killed before the record": (),
}


def asked(house, server, name):
    """Begin a charge whose making meets a fault."""
    server.fail(*FAULTS[name])
    if name == "the token is not taken":
        server.end_tokens(refresh=random.Random(len(server.grants)).random() < 0.5)
    if name != "killed before the record":
        ask(house)
        return
    before = len(server.book.intents)

    def dies():
        house.card._pages.clear()  # what the process knew is gone with it
        raise Killed

    house.storage.before_change(dies, when=lambda change: len(server.book.intents) > before)
    with pytest.raises(Killed):
        ask(house)


def pay(house, server, name, number):
    """One payment: the fault, the payer, and the notifications, or for every other one none."""
    known = {charge.id for charge in house.all(m.Charge)}
    asked(house, server, name)
    (charge,) = [charge for charge in house.all(m.Charge) if charge.id not in known]
    run_until(house, lambda: attempt_of(house, charge).next_url)
    assert all(met[0] for _, met in server._faults), "the fault was not met"
    server.fail()
    since = len(server.book.notifications)
    server.pay(page(server, attempt_of(house, charge).next_url))
    if number % 2:
        deliver(house, server, since, copies=2, order=random.Random(number))
    house.wait(hours=1)
    house.cantine.run_due()
    return house.get(m.Charge, charge.id)


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", FAULTS)
def test_no_payment_is_lost_or_taken_twice(name, record_property):
    """Whatever happens at this point, one address is told, it is paid once, and the house knows of it."""
    lost = twice = done = 0
    while done < PAYMENTS:
        clock = HouseClock()
        with FakeHelloAsso(clock=clock) as server:
            house = house_on(server, clock, timeout=1 if "hang" in name else 5)
            for number in range(BATCH):
                charge = pay(house, server, name, number)
                attempt = attempt_of(house, charge)
                twice += taken(server, attempt) > PRICE or len(told(house, attempt)) != 1
                lost += charge.paid.amount != taken(server, attempt) or charge.state != "settled"
                done += 1
            assert house.cantine.read.tasks("dead") == ()
            assert house.cantine.read.quarantine() == ()
            house_laws.hold(house.storage, house.clock.now())
    print(f"{name}: {done} payments, {lost} lost, {twice} taken twice")
    record_property("payments", done)
    assert (lost, twice) == (0, 0)


def test_a_gateway_that_forgets_what_it_told_is_seen(monkeypatch):
    """The control: one that answers an open page with None tells a second address, and that is counted."""
    clock = HouseClock()
    with FakeHelloAsso(clock=clock) as server:
        house = house_on(server, clock)
        monkeypatch.setattr(type(house.card), "lookup_reference", lambda self, key, reference: None)
        charge = ask(house)
        house.card._pages.clear()
        house.wait(minutes=2)
        house.cantine.run_due()
        assert len(told(house, attempt_of(house, charge))) == 2


def test_without_notifications_and_looks_nothing_is_known():
    """The control: a payment of which nobody tells, and for which nobody looks, is counted as lost."""
    clock = HouseClock()
    with FakeHelloAsso(clock=clock) as server:
        house = house_on(server, clock)
        charge = ask(house)
        server.pay(page(server, attempt_of(house, charge).next_url))
        assert house.get(m.Charge, charge.id).paid.amount != taken(server, attempt_of(house, charge))
