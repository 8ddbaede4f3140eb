"""Carrying tasks out: pauses, leases, takeovers, faults of plug-ins, observations."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from types import SimpleNamespace

import attrs
import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.backends.notices import RecordingNotifier
from cantinekit.errors import NotifierError, WrongStateError
from cantinekit.messages.delivery import Delivery
from cantinekit.money import Money
from cantinekit.plugins.ports import GatewayCapabilities, Observation
from cantinekit.records import Attempt
from cantinekit.runtime import outbox as _tasks
from cantinekit.runtime.engine import LEASE
from cantinekit.runtime.outbox import FIRST_PAUSE, LONGEST_PAUSE, MAX_TASK_TRIES, as_command, fits, pause
from support.houses import small_house

AT = datetime(2026, 11, 24, 9, tzinfo=UTC)
ATTEMPT = Attempt("pay_1", "chg_1", "asso", "card", Money(800, "EUR"), AT)
SEEN = Observation("pay_1", "ref", "ev_1", "EUR", 800, 0, 0, AT)


def test_pauses_grow_and_end():
    """Each pause is twice the one before, from half a minute up to six hours."""
    pauses = [pause(tries) for tries in range(1, 20)]
    assert pauses[0] == FIRST_PAUSE
    assert all(later == min(earlier * 2, LONGEST_PAUSE) for earlier, later in pairwise(pauses))
    assert pauses[-1] == LONGEST_PAUSE


@pytest.mark.parametrize(
    ("change", "ok"),
    [
        ({}, True),
        ({"captured": 800}, True),
        ({"captured": 300}, True),
        ({"captured": 801}, False),
        ({"captured": -1}, False),
        ({"amount": 700}, False),
        ({"currency": "USD"}, False),
    ],
)
def test_observations_fit_their_attempt(change, ok):
    """An observation fits when it is of the same amount and currency and took no more than was asked for."""
    assert fits(ATTEMPT, attrs.evolve(SEEN, **change)) is ok


@pytest.mark.parametrize(
    ("change", "state"),
    [({}, "pending"), ({"captured": 800}, "settled"), ({"declined": "no funds"}, "declined")],
)
def test_observations_become_commands(change, state):
    """What a gateway says becomes what is recorded: money first, then a refusal, else it is pending."""
    assert as_command(ATTEMPT, attrs.evolve(SEEN, **change)).state == state


def booked(house) -> None:
    house.do(
        c.Book(space_id="b", product_id="room", period=small_house.period(13, 14), person_id="zoe", account="desk")
    )


class Away:
    """A notifier that is away."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def send(self, message) -> None:
        raise self.error


def test_a_message_that_fails_is_tried_again():
    """A notifier that is away does not undo the booking; its message goes out at a later run."""
    house = small_house.open_house(notify=[Away(NotifierError("away"))])
    booked(house)
    assert [task.work for task in house.cantine.read.tasks()] == ["message"]
    assert house.cantine.run_due().done == 0
    house.wait(minutes=1)
    assert house.cantine.run_due().retried == 1
    mail = RecordingNotifier()
    house.cantine._outbox.post = Delivery(house.cantine._engine, (mail,))
    house.wait(minutes=5)
    assert house.cantine.run_due().done == 1
    assert len(mail.messages) == 1
    assert house.cantine.read.tasks() == ()


@pytest.mark.parametrize("protected", [True, False])
def test_what_began_late_is_left_to_the_next_run(protected, monkeypatch):
    """A notifier so slow that a lease would end while it sends: the next message waits, and goes out once.

    The control: sent at once all the same, it is sent by another worker too, which took it over.
    """
    if not protected:
        monkeypatch.setattr(Delivery, "in_time", lambda self, task: True)
    house = small_house.open_house(notify=[RecordingNotifier()])
    seats = [house.do(c.Register(session_id="free", person_id=id)).value.id for id in ("zoe", "bob", "eve")]
    sent: list[str] = []

    class Slow:
        def send(self, message):
            house.wait(seconds=70)
            if message.template not in sent and sent:
                house.cantine.run_due()  # another worker, meanwhile
            sent.append(message.template)

    house.cantine._outbox.post = Delivery(house.cantine._engine, (Slow(),))
    house.do(c.CancelRegistration(seats[0]))
    if protected:
        assert sent == ["seat cancelled"]
        house.wait(minutes=3)
        house.cantine.run_due()
    assert sent.count("seat promoted") == (1 if protected else 2)


def test_a_message_is_given_up_and_can_be_replayed():
    """After so many tries a task is dead, is listed, and goes out when somebody replays it; only then."""
    house = small_house.open_house(notify=[Away(NotifierError("away"))])
    booked(house)
    for _ in range(MAX_TASK_TRIES):
        house.wait(hours=7)
        house.cantine.run_due()
    (dead,) = house.cantine.read.tasks("dead")
    assert (dead.work, dead.problem, dead.tries) == ("message", "NotifierError", MAX_TASK_TRIES)
    mail = RecordingNotifier()
    house.cantine._outbox.post = Delivery(house.cantine._engine, (mail,))
    house.wait(hours=7)
    assert house.cantine.run_due().done == 0
    house.cantine.replay_task(dead.id)
    assert house.cantine.run_due().done == 1
    assert len(mail.messages) == 1
    with pytest.raises(WrongStateError):
        house.cantine.replay_task(dead.id)


def test_a_refusal_for_good_is_not_tried_again():
    """A notifier that says that it will never work is believed at once."""
    house = small_house.open_house(notify=[Away(NotifierError("no such address", retryable=False))])
    booked(house)
    (dead,) = house.cantine.read.tasks("dead")
    assert dead.tries == 1


def test_any_fault_of_a_plug_in_is_held_back(caplog):
    """A notifier that raises what it should not neither undoes the booking nor shows its text in the log."""
    house = small_house.open_house(notify=[Away(ZeroDivisionError("secret of the plug-in"))])
    with caplog.at_level(logging.DEBUG, logger="cantinekit"):
        booked(house)
    assert "ZeroDivisionError" in caplog.text
    assert "secret of the plug-in" not in caplog.text
    assert len(house.cantine.read.tasks()) == 1


def test_a_lease_keeps_others_away_until_it_runs_out():
    """Whoever died with a lease is replaced when it is over, and not before."""
    house = small_house.open_house(notify=[Away(KeyboardInterrupt())])
    with pytest.raises(KeyboardInterrupt):
        booked(house)
    mail = RecordingNotifier()
    house.cantine._outbox.post = Delivery(house.cantine._engine, (mail,))
    house.clock.advance(LEASE - timedelta(seconds=1))
    assert house.cantine.run_due().done == 0
    house.clock.advance(timedelta(seconds=1))
    assert house.cantine.run_due().done == 1
    assert len(mail.messages) == 1


def test_tasks_wait_for_a_worker_where_nothing_runs_inline():
    """With ``effects="none"`` a command charges and sends nothing; a run of the due tasks does."""
    house = small_house.open_house(effects="none")
    booking = house.do(
        c.Book(space_id="b", product_id="room", period=small_house.period(13, 14), person_id="zoe", account="card")
    )
    assert booking.value.state == "held"
    assert house.card.charges == ()
    assert house.mail.messages == ()
    house.cantine.run_due()
    house.cantine.run_due()
    assert house.get(m.Booking, booking.value.id).state == "confirmed"
    assert [message.template for message in house.mail.messages] == ["booking confirmed"]


def test_the_limit_of_a_run_is_kept():
    """A run carries out no more tasks than it is told to, the longest due first."""
    house = small_house.open_house(effects="none")
    for hour in (10, 11, 12):
        house.do(
            c.Book(
                space_id="b",
                product_id="room",
                period=small_house.period(hour, hour + 1),
                person_id="zoe",
                account="desk",
            )
        )
        house.wait(seconds=1)
    assert house.cantine.run_due(limit=2).done == 2
    assert len(house.mail.messages) == 2
    assert house.cantine.run_due().done == 1


class Dead:
    """A gateway that refuses to be reached for good, while another worker takes the task over."""

    capabilities = GatewayCapabilities()

    def __init__(self) -> None:
        self.meanwhile = lambda: None
        self.asked = 0

    def charge(self, request):
        self.meanwhile()
        raise ZeroDivisionError

    def lookup(self, key):
        self.asked += 1


@pytest.mark.parametrize("taken_over", [False, True])
def test_a_charge_that_another_worker_has_is_not_given_up(taken_over):
    """After its last try a charge is given up, so that it can be paid anew; not where another worker has the task."""
    gateway = Dead()
    house = small_house.open_house(card=gateway, effects="none")
    made = house.do(
        c.Book(space_id="b", product_id="room", period=small_house.period(13, 14), person_id="zoe", account="card")
    )
    tasks, (charge,) = house.cantine._outbox, [t for t in house.cantine.read.tasks() if t.work == "charge"]
    last = house.cantine._engine.save_task(attrs.evolve(charge, tries=MAX_TASK_TRIES - 1))
    if taken_over:
        gateway.meanwhile = lambda: house.cantine._engine.save_task(house.cantine.read.need(m.Task, last.id))
    gateway.asked = 0
    tasks._take_over(last)
    (attempt,) = house.all(m.Attempt)
    assert made.value.state == "held"
    assert attempt.state == ("started" if taken_over else "declined")


def test_what_is_no_longer_owed_is_not_charged():
    """A booking that is cancelled before its charge was sent never reaches the gateway."""
    house = small_house.open_house(effects="none")
    made = house.do(
        c.Book(space_id="b", product_id="room", period=small_house.period(13, 14), person_id="zoe", account="card")
    )
    house.do(c.CancelBooking(made.value.id))
    house.cantine.run_due()
    assert house.card.charges == ()
    (attempt,) = house.all(m.Attempt)
    assert (attempt.state, attempt.reason) == ("declined", "no longer wanted")


@pytest.mark.timeout(60)
def test_many_open_refunds_are_matched_without_trying_all_their_sums(monkeypatch):
    """Of open refunds whose amounts all differ only the sums up to what came back are looked at."""
    waiting = {f"ref_{number}": 2**number for number in range(40)}
    monkeypatch.setattr(_tasks, "look", lambda *about: SimpleNamespace(refunded=1 + 4))
    monkeypatch.setattr(_tasks, "fits", lambda *about: True)
    told = []
    tasks = SimpleNamespace(
        _elsewhere=lambda *about: False,
        _open_refunds=lambda attempt: dict(waiting),
        _explained=lambda *about: told.append(about),
    )
    attempt = SimpleNamespace(id="att", reference="r", refunded=sum(waiting.values()), credited=0, account="card")
    arrived = [
        one
        for one in ("ref_0", "ref_1", "ref_2", "ref_3")
        if _tasks.Outbox._went_back(tasks, None, attempt, SimpleNamespace(id=one, asked_at=None))
    ]
    assert arrived == ["ref_0", "ref_2"]
    assert len(told) == 2
