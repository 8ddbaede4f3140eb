"""Money that may have been asked for is looked up before it is asked for again, whatever became of its task since.

The provider here keeps no idempotency key: whoever asks twice, pays or is paid twice. It can be away, for good answers
and for looks, and it can lose an answer.
"""

from __future__ import annotations

from datetime import timedelta

import attrs
import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.backends.memory import MemoryStorage
from cantinekit.cantine import Cantine
from cantinekit.errors import GatewayError
from cantinekit.money import Money
from cantinekit.plugins.ports import Change
from cantinekit.runtime import codec
from cantinekit.runtime.engine import LEASE
from cantinekit.runtime.outbox import MAX_TASK_TRIES, Outbox
from support.houses.edges import accounts, charge_of
from support.houses.small_house import open_house, period
from support.laws import house_laws
from support.payments.keyless import Forgets


def reset_tries(house, task_id):
    """What ``replay_task`` did before: the tries are forgotten, and with them that money was asked for."""
    task = house.get(m.Task, task_id)
    again = attrs.evolve(task, state="waiting", tries=0, due=house.clock.now(), leased_until=None, problem="")
    house.cantine._engine.save_task(again)


def blind(monkeypatch):
    """Only the tries are asked whether something was tried."""
    monkeypatch.setattr(Outbox, "_may_be_asked", lambda self, task, begun: task.tries > 1)


def give_up(house):
    """The provider is away until the one task that moves money is given up."""
    house.card.away = True
    for _ in range(MAX_TASK_TRIES):
        house.wait(hours=7)
        house.cantine.run_due()
    house.card.away = False
    (dead,) = [task for task in house.cantine.read.tasks("dead") if task.work in ("charge", "refund")]
    return dead


def lawful(house):
    house_laws.hold(house.storage, house.clock.now())
    house_laws.folds(house.storage)


def carnet(house, account="card"):
    return house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="zoe", account=account)).value


def room(house):
    return house.do(
        c.Book(space_id="b", product_id="room", period=period(12, 13), person_id="zoe", account="card")
    ).value


@pytest.fixture
def house():
    house = open_house(card=Forgets())
    house.card._clock = house.clock
    return house


# --- charges ---


@pytest.mark.parametrize("mended", [True, False])
def test_a_charge_that_is_replayed_is_looked_up(house, mended, monkeypatch):
    """A lost answer, an outage until the task is dead, a replay: 80.00 are taken once, and the pass is had.

    The control: with the tries forgotten they are taken twice, and the house knows of one.
    """
    house.card.loses = True
    sold = carnet(house)
    dead = give_up(house)
    if mended:
        house.cantine.replay_task(dead.id)
    else:
        blind(monkeypatch)
        reset_tries(house, dead.id)
    house.cantine.run_due()
    assert house.card.sums() == (8000 if mended else 16000, 0)
    assert charge_of(house, sold).paid == Money(8000, "EUR")
    assert house.get(m.Pass, sold.id).state == "active"
    lawful(house)


@pytest.mark.parametrize("mended", [True, False])
def test_what_is_no_longer_wanted_is_looked_up_before_it_is_declined(house, mended, monkeypatch):
    """The hold lapsed while nobody knew of the money: replayed, it is found, and goes back.

    The control: with the tries forgotten the attempt is recorded as declined, while 15.00 stay captured.
    """
    house.card.loses = True
    booked = room(house)
    dead = give_up(house)
    assert house.get(m.Booking, booked.id).state == "expired"
    if mended:
        house.cantine.replay_task(dead.id)
    else:
        blind(monkeypatch)
        reset_tries(house, dead.id)
    house.cantine.run_due()
    (attempt,) = house.all(m.Attempt)
    assert (attempt.state, house.card.sums()) == (("settled", (1500, 1500)) if mended else ("declined", (1500, 0)))
    assert len(house.all(m.Refund)) == (1 if mended else 0)
    lawful(house)


def test_a_replayed_charge_that_never_arrived_is_asked_for(house):
    """The look says that nothing came of it: it is asked for, once, and has all its tries again."""
    house.card.away = True
    sold = carnet(house)
    dead = give_up(house)
    assert house.get(m.Task, dead.id).tries == MAX_TASK_TRIES
    house.cantine.replay_task(dead.id)
    house.card.away = True
    assert house.cantine.run_due().retried == 1, "a replayed task is given up after ten tries, not after one"
    house.card.away = False
    house.wait(minutes=1)
    house.cantine.run_due()
    assert house.card.sums() == (8000, 0)
    assert house.get(m.Pass, sold.id).state == "active"


def test_what_was_paid_meanwhile_is_not_asked_for(house):
    """The provider was away, and the pass was paid at the desk: nothing is taken from the card any more."""
    house.card.away = True
    sold = carnet(house)
    house.wait(minutes=16)
    house.do(c.Pay(house.get(m.Pass, sold.id).charge_id, account="desk"))
    house.card.away = False
    house.cantine.run_due()
    assert house.card.sums() == (0, 0)
    assert {one.account: one.state for one in house.all(m.Attempt)} == {"card": "declined", "desk": "settled"}
    lawful(house)


def test_the_last_look_records_what_was_taken(house):
    """The provider comes back just when a charge is given up: the money that it took is recorded, not forgotten."""
    house.card.loses = True
    sold = carnet(house)
    house.card.away = True
    for _ in range(MAX_TASK_TRIES - 2):
        house.wait(hours=7)
        house.cantine.run_due()

    class Back(Exception):
        retryable = False

    lookup = house.card.lookup

    def once(key):
        house.card.away, house.card.lookup = False, lookup
        raise Back

    house.card.lookup = once
    house.wait(hours=7)
    house.cantine.run_due()
    assert house.cantine.read.tasks("dead") == ()
    assert (house.get(m.Pass, sold.id).state, house.card.sums()) == ("active", (8000, 0))
    lawful(house)


@pytest.mark.parametrize("paid", ["before the last look", "after it"])
def test_a_page_is_looked_at_until_it_is_over(paid, monkeypatch):
    """The look at a payment that waits for its payer is given up for good, and the last look is answered: what was
    paid is recorded, and a payment that still waits is looked at again later."""
    house = open_house(outcomes=["pending"])
    sold = carnet(house)
    (attempt,) = charge_of(house, sold).attempt_ids
    lookup = house.card.lookup

    def refused_once(key):
        monkeypatch.setattr(house.card, "lookup", lookup)
        raise GatewayError("no", retryable=False)

    monkeypatch.setattr(house.card, "lookup", refused_once)
    if paid == "before the last look":
        house.card.settle(attempt)
    house.wait(hours=1)
    report = house.cantine.run_due()
    assert (report.dead, house.cantine.read.tasks("dead")) == (0, ())
    if paid == "after it":
        house.card.settle(attempt)
        house.wait(hours=7)
        house.cantine.run_due()
    assert house.get(m.Pass, sold.id).state == "active"
    lawful(house)


@pytest.mark.parametrize("mended", [True, False])
def test_a_command_that_slept_through_its_lease_leaves_the_charge_to_others(mended, monkeypatch):
    """Between the commit and the charge the process sleeps, another takes the task over, and its answer is lost: the
    money is taken once.

    The control: carried out all the same it is taken twice.
    """
    house = open_house(card=Forgets())
    other = Cantine(house.storage, gateways=house.cantine._gateways, clock=house.clock)
    if not mended:
        monkeypatch.setattr(Outbox, "_in_time", lambda self, task: True)
        blind(monkeypatch)
    run = Outbox.run_inline

    def late(self, tasks, *args):
        if self is house.cantine._outbox and any(task.work == "charge" for task in tasks):
            house.wait(minutes=3)
            house.card.loses = True
            other.run_due()
        return run(self, tasks, *args)

    monkeypatch.setattr(Outbox, "run_inline", late)
    carnet(house)
    house.wait(minutes=3)
    other.run_due()
    assert house.card.sums()[0] == (8000 if mended else 16000)


@pytest.mark.parametrize("mended", [True, False])
@pytest.mark.parametrize("what", ["charge", "refund"])
def test_a_restored_copy_looks_before_it_asks(what, mended, monkeypatch):
    """A copy of the store from before the money moved knows of no try: it looks all the same, since the task is old.

    The control: where the tries alone decide, the money moves twice.
    """
    if not mended:
        blind(monkeypatch)
    house = open_house(card=Forgets(), effects="none")
    sold = carnet(house)
    if what == "refund":
        house.cantine.run_due()
        house.do(c.RefundCharge(house.get(m.Pass, sold.id).charge_id, amount=Money(500, "EUR"), reason="kind"))
    store = MemoryStorage()
    copied = [attrs.evolve(row, version=1) for row in house.storage._rows.values()]
    house.cantine.run_due()
    for row in copied:
        record = codec.decode(row)
        if isinstance(record, m.Task):
            row = codec.encode(attrs.evolve(record, writes=1), 1)
        store.apply(Change(rows=(row,)))
    house.clock.advance(LEASE + timedelta(seconds=1))
    restored = Cantine(store, gateways=house.cantine._gateways, clock=house.clock)
    restored.run_due()
    once = (8000, 0) if what == "charge" else (8000, 500)
    assert (house.card.sums() == once) is mended
    assert {one.state for one in (restored.read.need(m.Attempt, id) for id in ("pay_1",))} == {"settled"}


def test_a_task_that_an_older_version_replayed_is_looked_up(house):
    """What the version before left of a replay, no tries but the problem of the last, counts as tried."""
    house.card.loses = True
    carnet(house)
    (task,) = [task for task in house.cantine.read.tasks() if task.work == "charge"]
    house.cantine._engine.save_task(attrs.evolve(task, tries=0, due=house.clock.now(), problem="GatewayError"))
    house.cantine.run_due()
    assert house.card.sums() == (8000, 0)


def test_a_page_that_the_provider_no_longer_knows_stays_open():
    """A payment that waited for its payer is given up, and the last look says that there is none: that decides nothing,
    since the provider had it before. It is not declined, and what is paid on the page in the end is recorded."""
    house = open_house(outcomes=["pending"])
    sold = carnet(house)
    (attempt,) = charge_of(house, sold).attempt_ids

    def gone(key):
        house.card.lookup = lambda key: None
        raise GatewayError("no", retryable=False)

    house.card.lookup = gone
    house.wait(hours=1)
    house.cantine.run_due()
    del house.card.lookup
    assert house.get(m.Attempt, attempt).state == "pending"
    house.card.settle(attempt)
    (dead,) = house.cantine.read.tasks("dead")
    house.cantine.replay_task(dead.id)
    house.cantine.run_due()
    assert house.get(m.Pass, sold.id).state == "active"


# --- refunds ---


@pytest.fixture
def paid(house):
    """A room that was paid by card."""
    return room(house)


def give_back(house, booked, amount):
    return house.do(c.RefundCharge(charge_of(house, booked).id, amount=Money(amount, "EUR"), reason="kind"))


@pytest.mark.parametrize("mended", [True, False])
def test_a_refund_that_is_replayed_is_looked_up(house, paid, mended, monkeypatch):
    """A lost answer, an outage until the task is dead, a replay: 5.00 go back once.

    The control: with the tries forgotten they go back twice, and the house knows of one.
    """
    house.card.loses = True
    give_back(house, paid, 500)
    dead = give_up(house)
    if mended:
        house.cantine.replay_task(dead.id)
    else:
        blind(monkeypatch)
        reset_tries(house, dead.id)
    house.cantine.run_due()
    assert house.card.sums() == (1500, 500 if mended else 1000)
    assert [one.state for one in house.all(m.Refund)] == ["settled"]
    assert accounts(house)["account/card"] == 1000
    lawful(house)


@pytest.mark.parametrize("lost", [0, 1])
@pytest.mark.parametrize("amounts", [(500, 300), (300, 500), (400, 400)])
def test_of_two_refunds_the_one_that_was_made_is_not_made_again(house, paid, amounts, lost):
    """Two parts go back, of one the answer is lost, the other never arrived: each is made once."""
    for number, amount in enumerate(amounts):
        house.card.loses, house.card.away = number == lost, number != lost
        give_back(house, paid, amount)
    house.card.away = house.card.loses = False
    for _ in range(3):
        house.wait(minutes=10)
        house.cantine.run_due()
    assert house.card.sums() == (1500, sum(amounts))
    assert [one.state for one in house.all(m.Refund)] == ["settled", "settled"]
    lawful(house)


def test_a_refund_that_was_listed_before_is_not_taken_for_ours(house, paid):
    """What somebody gave back at the provider, and is listed, does not count as the refund that never arrived."""
    (attempt,) = charge_of(house, paid).attempt_ids
    elsewhere = house.card.refund_elsewhere(house.card._mine(attempt)[0].key, 500)
    seen = attrs.evolve(elsewhere, key=attempt)
    assert house.cantine.receive("card", *house.card.webhook(seen, now=house.clock.now())) == ("quarantined",)
    house.card.away = True
    give_back(house, paid, 500)
    house.card.away = False
    house.wait(minutes=5)
    house.cantine.run_due()
    assert house.card.sums() == (1500, 1000)
    for _ in range(3):
        house.wait(hours=1)
        house.cantine.run_due()
    assert len(house.cantine.read.quarantine()) == 1, "a refund of ours explains nothing that was listed before"


@pytest.mark.parametrize("more", [0, 300])
def test_what_the_look_for_a_refund_sees_beyond_it_is_listed(house, paid, more):
    """Of a refund of 5.00 the answer is lost, and somebody gave 3.00 back at the provider, of which nothing was told:
    the look finds both, so ours is settled and theirs waits to be explained. The control: without theirs, nothing is
    listed."""
    (attempt,) = charge_of(house, paid).attempt_ids
    house.card.loses = True
    give_back(house, paid, 500)
    if more:
        house.card.refund_elsewhere(house.card._mine(attempt)[0].key, more)
    house.wait(minutes=5)
    house.cantine.run_due()
    assert [one.state for one in house.all(m.Refund)] == ["settled"]
    assert house.card.sums() == (1500, 500 + more)
    listed = [one.why for one in house.cantine.read.quarantine()]
    assert listed == (["a refund that was not asked for here"] if more else [])
    lawful(house)


def test_a_refund_of_another_payment_of_the_charge_is_not_taken_for_it():
    """A page is told as declined, a card pays in its place, and the page is paid after all; neither refund arrives in
    an outage. Each is made once later, since what waits of one payment says nothing of the other."""
    house = open_house(outcomes=["pending", "settled"], refunds=["outage"])
    booked = room(house)
    charge = charge_of(house, booked)
    (first,) = charge.attempt_ids
    house.cantine._outbox.observe("card", attrs.evolve(house.card.lookup(first), declined="expired"))
    house.do(c.Pay(charge.id, account="card"))
    house.cantine._outbox.observe("card", house.card.settle(first))
    house.do(c.CancelBooking(booked.id))
    assert [(one.state, one.amount.amount) for one in house.all(m.Refund)] == [("started", 1500)] * 2
    house.card.play(refunds=["settled"])
    house.wait(minutes=5)
    house.cantine.run_due()
    assert [one.refunded for one in house.card.charges] == [1500, 1500]
    assert [one.state for one in house.all(m.Refund)] == ["settled"] * 2
    lawful(house)


def test_a_command_that_slept_through_its_lease_leaves_the_refund_to_others(monkeypatch):
    """Between the commit and the refund the process sleeps, another takes the task over, and its answer is lost: the
    money goes back once. What leaves it to the others is the lease, here without any look."""
    house = open_house(card=Forgets())
    paid, other = room(house), Cantine(house.storage, gateways=house.cantine._gateways, clock=house.clock)
    run = Outbox.run_inline

    def late(self, tasks, *args):
        if self is house.cantine._outbox and any(task.work == "refund" for task in tasks):
            house.wait(minutes=3)
            house.card.loses = True
            other.run_due()
            monkeypatch.setattr(Outbox, "_may_be_asked", lambda self, task, begun: False)
        return run(self, tasks, *args)

    monkeypatch.setattr(Outbox, "run_inline", late)
    give_back(house, paid, 500)
    assert house.card.sums() == (1500, 500)


def test_a_dispute_that_was_listed_says_nothing_of_refunds(house, paid):
    """A charge that the payer's bank questions, which is listed: a refund whose answer is lost is looked up all the
    same, and made once."""
    (attempt,) = charge_of(house, paid).attempt_ids
    seen = attrs.evolve(house.card.lookup(attempt), disputed=500)
    assert house.cantine.receive("card", *house.card.webhook(seen, now=house.clock.now())) == ("quarantined",)
    house.card.loses = True
    give_back(house, paid, 500)
    house.wait(minutes=5)
    house.cantine.run_due()
    assert house.card.sums() == (1500, 500)
    assert [one.state for one in house.all(m.Refund)] == ["settled"]


def test_a_refund_that_waits_keeps_the_name_that_the_provider_gave_it():
    """A refund that is pending has its reference from the first answer on, also when a look finds that it arrived."""
    house = open_house(refunds=["pending"])
    booked = room(house)
    give_back(house, booked, 500)
    (asked,) = house.all(m.Refund)
    assert (asked.state, asked.reference) == ("started", house.card.refunds[0].reference)
    house.card.settle(asked.id)
    house.wait(hours=1)
    house.cantine.run_due()
    (ended,) = house.all(m.Refund)
    assert (ended.state, ended.reference) == ("settled", asked.reference)
    lawful(house)
