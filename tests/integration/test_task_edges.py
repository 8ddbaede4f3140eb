"""Tasks at their edge: leases, workers that take over, faults of one task, webhooks that fit in part, replays."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.backends.memory import MemoryStorage
from cantinekit.cantine import DueReport
from cantinekit.errors import NotFoundError, StaleVersionError, WrongStateError
from cantinekit.money import Money
from cantinekit.plugins.ports import Change, Key, Message
from cantinekit.runtime import codec
from cantinekit.runtime.engine import LEASE
from cantinekit.runtime.outbox import MAX_TASK_TRIES
from support.houses.edges import Between, Card, accounts, charge_of, gone, hook, neighbour
from support.houses.small_house import START, House, open_house, period
from support.laws import house_laws
from support.stores.around import Around

TOMORROW = START.date() + timedelta(days=1)


def book(house: House, hour: int = 13, **how: Any) -> m.Booking:
    """A room for an hour of tomorrow."""
    return house.do(
        c.Book(space_id="a1", product_id="room", period=period(hour, hour + 1, TOMORROW), person_id="zoe", **how)
    ).value


def tasks(house: House, work: str) -> list[m.Task]:
    return [task for task in house.all(m.Task) if task.work == work]


class Slow:
    """A notifier that takes its time, and in which something else is done in the middle of its n-th message."""

    def __init__(self, house: House, *, takes: timedelta = timedelta(0)) -> None:
        self.clock, self.takes = house.clock, takes
        self.sent: list[Message] = []
        self.meanwhile: dict[int, Callable[[], Any]] = {}

    def send(self, message: Message) -> None:
        self.clock.advance(self.takes)
        self.sent.append(message)
        self.meanwhile.pop(len(self.sent), lambda: None)()

    @property
    def keys(self) -> list[str]:
        return [message.key for message in self.sent]


# --- taken over ------------------------------------------------------------------------------------------------------


def test_a_message_taken_over_meanwhile_does_not_fail_the_command():
    """Where another worker takes a message over while it is sent, the booking is made and the command returns."""
    house = open_house()
    slow = Slow(house, takes=LEASE + timedelta(minutes=1))
    here = neighbour(house, house.clock, notify=[slow])
    slow.meanwhile[1] = here.cantine.run_due
    assert book(here, account="desk").state == "confirmed"
    assert slow.keys == [slow.keys[0]] * 2, "nobody took it over"
    assert [task.state for task in tasks(house, "message")] == ["done"]


@pytest.mark.parametrize("work", ["charge", "refund", "narrow"])
def test_a_task_taken_over_meanwhile_does_not_fail_the_command(work):
    """A charge, a refund or a narrowing that another worker finishes first is done once, and nothing is raised."""
    store = Between()
    house = open_house(store)
    command: c.Command = c.CloseSpace("a1", period=period(9, 12, TOMORROW), reason="works")
    if work == "charge":
        command = c.Book(
            space_id="a1", product_id="room", period=period(13, 14, TOMORROW), person_id="zoe", account="card"
        )
    if work == "refund":
        command = c.CancelBooking(book(house, account="card").id)
    other = neighbour(house, START + LEASE + timedelta(seconds=1))
    store.before_change(other.cantine.run_due, lambda change: finishes(change, work))
    value = house.do(command).value
    assert store.idle, "nobody took it over"
    if work == "narrow":
        assert len(value.closures) == 1
    else:
        assert value.state == {"charge": "confirmed", "refund": "cancelled"}[work]
        assert accounts(house).get("account/card", 0) == {"charge": 1500, "refund": 0}[work]
    assert {task.state for task in tasks(house, work)} == {"done"}
    house_laws.hold(house.storage, house.clock.now())


def finishes(change: Change, work: str) -> bool:
    """Whether a change ends a task of this work."""
    ended = [codec.decode(row) for row in change.rows if row.kind == m.Task.kind]
    return any(task.work == work and task.state == "done" for task in ended)


def test_a_lease_counts_from_the_moment_it_is_taken():
    """Four slow messages in one run, longer together than a lease: another worker takes none of them a second time."""
    house = open_house(effects="none")
    slow = Slow(house, takes=timedelta(seconds=50))
    here = neighbour(house, house.clock, notify=[slow], effects="none")
    for hour in range(9, 13):
        book(here, hour, account="desk")
    others: list[DueReport] = []
    slow.meanwhile[4] = lambda: others.append(neighbour(house, house.clock, notify=[slow]).cantine.run_due())
    assert here.cantine.run_due() == DueReport(done=4)
    assert house.clock.now() - START > LEASE
    assert others == [DueReport()]
    assert len(set(slow.keys)) == len(slow.keys) == 4


def test_a_lease_that_ran_out_is_taken_over():
    """Control: a worker that dies with a lease loses it after two minutes, and not before."""
    house = open_house(effects="none")
    book(house, account="desk")
    (task,) = tasks(house, "message")
    house.cantine._engine.save_task(_leased(task))
    assert house.cantine.run_due() == DueReport()
    house.clock.advance(LEASE)
    assert house.cantine.run_due() == DueReport(done=1)
    assert len(house.mail.messages) == 1


def _leased(task: m.Task) -> m.Task:
    return m.Task(task.id, task.work, task.subject, task.due, leased_until=task.due + LEASE, template=task.template,
                  person_id=task.person_id, writes=task.writes)  # fmt: skip


# --- one task among others -------------------------------------------------------------------------------------------


class Faulty(Around):
    """Refuses each change of one record with an error."""

    def __init__(self, error: Exception) -> None:
        super().__init__(MemoryStorage())
        self._rows, self.error = self.inner._rows, error  # type: ignore[attr-defined]
        self.key: Key | None = None

    def apply(self, change: Change) -> None:
        if any(row.key == self.key for row in change.rows):
            raise self.error
        super().apply(change)


@pytest.mark.parametrize("error", [StaleVersionError([Key("booking", "x")]), RuntimeError("a fault")], ids=repr)
def test_one_task_in_contention_or_at_fault_does_not_stop_the_others(error, caplog):
    """A hold that cannot be ended is tried again later; those after it are ended in the same run."""
    store = Faulty(error)
    house = open_house(store)
    first, second, third = [book(house, hour) for hour in (9, 10, 11)]
    store.key = Key("booking", first.id)
    house.wait(minutes=16)
    report = house.cantine.run_due()
    assert (report.retried, report.dead) == (1, 0)
    assert [house.get(m.Booking, one.id).state for one in (first, second, third)] == ["held", "expired", "expired"]
    store.key = None
    house.wait(minutes=1)
    assert house.cantine.run_due().done >= 1
    assert house.get(m.Booking, first.id).state == "expired"
    house_laws.settled(house.storage, house.clock.now())


def test_a_message_in_a_process_without_notifiers_is_kept_for_another():
    """A worker without notifiers puts a message off, and one that has them sends it."""
    house = open_house(effects="none")
    book(house, account="desk")
    worker = neighbour(house, START, notify=[])
    assert worker.cantine.run_due() == DueReport(retried=1)
    assert house.mail.messages == ()
    house.wait(minutes=5)
    assert house.cantine.run_due() == DueReport(done=1)
    assert [message.template for message in house.mail.messages] == ["booking confirmed"]


# --- charges that are given up ---------------------------------------------------------------------------------------


def give_up(house: House) -> None:
    for _ in range(MAX_TASK_TRIES + 1):
        house.wait(hours=7)
        house.cantine.run_due()


def test_a_dead_charge_task_does_not_stand_in_the_way():
    """A charge that a gateway never took is given up, and what is owed can be paid otherwise."""
    house = open_house(card=Card(gone()))
    sold = house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="zoe", account="card")).value
    give_up(house)
    assert [(task.work, task.tries) for task in house.cantine.read.tasks("dead")] == [("charge", MAX_TASK_TRIES)]
    assert [(one.state, one.reason) for one in house.all(m.Attempt)] == [("declined", "given up")]
    assert house.do(c.Pay(charge_of(house, sold).id, account="desk")).value.state == "active"
    assert accounts(house) == {"account/desk": 8000, "deferred/carnet": -8000}


def test_a_dead_charge_that_did_arrive_is_not_called_declined():
    """Where the gateway knows the charge, giving its task up says nothing of it: the money may yet come."""
    card = Card(gone())
    house = open_house(card=card)
    charge = charge_of(
        house, house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="zoe", account="card")).value
    )
    card.lookup = lambda key: (_ for _ in ()).throw(gone())  # type: ignore[method-assign, assignment]
    give_up(house)
    assert [one.state for one in house.all(m.Attempt)] == ["started"]
    assert hook(house, charge.attempt_ids[0], 8000, 8000) == ("recorded",)
    assert house.get(m.Charge, charge.id).state == "settled"


def test_the_link_to_pay_survives_looking():
    """As long as a payment is pending its link stays, however often the gateway is asked about it; then it goes."""
    house = open_house(outcomes=("pending",))
    booking = book(house, account="card")
    attempt_id = charge_of(house, booking).attempt_ids[0]
    link = house.get(m.Attempt, attempt_id).next_url
    assert link is not None
    assert link.startswith("https://")
    for _ in range(3):
        house.wait(minutes=3)
        assert house.cantine.run_due().dead == 0
        assert house.get(m.Attempt, attempt_id).next_url == link
    house.card.settle(attempt_id)
    house.wait(minutes=4)
    house.cantine.run_due()
    assert (house.get(m.Attempt, attempt_id).next_url, house.get(m.Booking, booking.id).state) == (None, "confirmed")


# --- replay ----------------------------------------------------------------------------------------------------------


def test_only_dead_tasks_are_replayed():
    """A task that is done or waits is not replayed, so that nothing is sent or charged twice."""
    house = open_house(card=Card(gone(), "settled"))
    booking = book(house, account="card")
    (charge,) = tasks(house, "charge")
    with pytest.raises(WrongStateError, match="is waiting"):
        house.cantine.replay_task(charge.id)
    house.wait(minutes=1)
    house.cantine.run_due()
    assert house.get(m.Booking, booking.id).state == "confirmed"
    for task in (*tasks(house, "charge"), *tasks(house, "message")):
        with pytest.raises(WrongStateError, match="is done"):
            house.cantine.replay_task(task.id)
    with pytest.raises(NotFoundError):
        house.cantine.replay_task("tsk_none")
    assert len(house.mail.received) == 1


def test_a_dead_task_is_replayed():
    """A refund that failed ten times is tried again when somebody asks for it, and is done."""
    card = Card("settled", refunds=[gone()] * (MAX_TASK_TRIES) + ["settled"])
    house = open_house(card=card)
    house.do(c.CancelBooking(book(house, account="card").id))
    give_up(house)
    (dead,) = house.cantine.read.tasks("dead")
    assert (dead.work, accounts(house)) == ("refund", {"account/card": 1500, "refunds payable": -1500})
    house.cantine.replay_task(dead.id)
    assert house.cantine.run_due() == DueReport(done=1)
    assert house.mail.messages[-1].template == "refund settled"
    assert accounts(house) == {}
    assert house.cantine.read.tasks("dead") == ()


# --- webhooks --------------------------------------------------------------------------------------------------------


def test_a_webhook_with_a_foreign_refund_records_the_capture():
    """Money that came in and was partly given back elsewhere is recorded as come in; the rest waits for somebody."""
    house = open_house(card=Card("pending"))
    booking = book(house, account="card")
    attempt_id = charge_of(house, booking).attempt_ids[0]
    assert hook(house, attempt_id, 1500, 1500, refunded=500) == ("quarantined",)
    attempt = house.get(m.Attempt, attempt_id)
    assert (attempt.captured, attempt.refunded, attempt.state) == (1500, 0, "settled")
    assert house.get(m.Booking, booking.id).state == "confirmed"
    (kept,) = house.cantine.read.quarantine()
    assert kept.why == "a refund that was not asked for here"
    assert charge_of(house, booking).held == Money(1500, "EUR")


@pytest.mark.parametrize("event", ["", "evt_1"])
def test_the_same_observation_is_kept_once(event):
    """An observation that fits nothing and comes again and again is kept once, with an event id or without."""
    house = open_house(card=Card("pending"))
    for _ in range(3):
        assert hook(house, "nobody", 500, 500, event=event) == ("quarantined",)
        house.wait(seconds=1)
    assert len(house.cantine.read.quarantine()) == 1
    hook(house, "nobody", 400, 500, event=event and "evt_2")
    assert len(house.cantine.read.quarantine()) == 2
