"""Seats that are decided on before the lock of their session, and stored under it: what others did meanwhile counts."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from datetime import date, time, timedelta
from typing import Any

import attrs
import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.backends.memory import MemoryStorage
from cantinekit.domain.registrations import handlers as registration_handlers
from cantinekit.errors import DuplicateError, TooLateError, WrongStateError
from cantinekit.plugins.ports import Change, Key
from cantinekit.runtime import engine as runtime_engine
from cantinekit.runtime import prepared_change
from support.houses.small_house import House, open_house
from support.laws import house_laws

DAY = date(2026, 12, 5)
SESSION = Key("session", "ses")


class Meanwhile(MemoryStorage):
    """A store in which something happens while one waits for the row lock, and once more when it is held."""

    def __init__(self) -> None:
        super().__init__()
        self.doing: list[Callable[[], Any]] = []

    @contextmanager
    def row_lock(self, key, patience, change=None):
        if self.doing:
            self.doing.pop(0)()
        yield self

    def load(self, keys):
        found = super().load(keys)
        if self.doing and list(keys) == [SESSION]:
            self.doing.pop(0)()
        return found


class Rush(MemoryStorage):
    """A store in which somebody else writes a row after each look at it, except while somebody holds the row lock."""

    rushed: Key | None = None

    @contextmanager
    def row_lock(self, key, patience, change=None):
        rushed, self.rushed = self.rushed, None
        yield self
        self.rushed = rushed

    def load(self, keys):
        found = super().load(keys)
        if (row := next((row for row in found if row and row.key == self.rushed), None)) is not None:
            self.apply(Change(rows=(attrs.evolve(row, version=row.version + 1),)))
        return found


@pytest.fixture
def house() -> House:
    """A house whose session of four seats is wanted by many."""
    house = open_house(Meanwhile())
    house.do(c.AddSession(workshop_id="welding", day=DAY, starts=time(18), ends=time(20), seats=4, id="ses"))
    return house


@pytest.fixture
def decided(monkeypatch) -> list[str]:
    """For each decision the name of its command."""
    names, decide = list[str](), runtime_engine.Engine._decide

    def counting(engine, command, *rest):
        names.append(type(command).__name__)
        return decide(engine, command, *rest)

    monkeypatch.setattr(runtime_engine.Engine, "_decide", counting)
    return names


def under_lock(
    house: House, command: c.Command, *meanwhile: Callable[[], Any], key: str | None = None, at: str = "ses"
) -> Any:
    """Carry a command out that waits for the row lock, and do something else when it does."""
    queue = house.cantine._engine._queue
    queue.note([Key("session", at)])

    def alone(deed: Callable[[], Any]) -> Callable[[], Any]:
        def do() -> None:
            wanted, queue._wanted = queue._wanted, {}
            doing, house.storage.doing = house.storage.doing, []
            deed()
            queue._wanted, house.storage.doing = wanted, doing

        return do

    house.storage.doing = [alone(deed) for deed in meanwhile]
    outcome = house.do(command, key=key)
    assert house.storage.doing == []
    house_laws.hold(house.storage, house.clock.now())
    house_laws.folds(house.storage)
    return outcome


def registering(house: House, person: str, seats: int = 1, key: str | None = None) -> Callable[[], Any]:
    return lambda: house.do(c.Register(session_id="ses", person_id=person, seats=seats, account="desk"), key=key)


def nothing() -> None:
    pass


def test_a_seat_is_decided_on_once(house, decided):
    """Others take seats while somebody waits for the row lock: the seat is stored as it was decided, beside theirs."""
    outcome = under_lock(
        house, c.Register(session_id="ses", person_id="zoe", account="desk"), registering(house, "bob", 2), nothing
    )
    assert decided == ["Register", "Register"]
    assert outcome.value.state == "confirmed"
    assert outcome.value == house.get(m.Registration, outcome.value.id)
    assert house.get(m.Session, "ses").confirmed == 3


def test_a_hold_is_rebased_too(house, decided):
    """The same for a seat that waits for its payment, and then for the payment itself."""
    held = under_lock(house, c.Register(session_id="ses", person_id="zoe"), registering(house, "bob"), nothing).value
    assert [seat.registration_id for seat in house.get(m.Session, "ses").held] == [held.id]
    house.cantine._engine._queue.note([SESSION])
    under_lock(house, c.Pay(held.charge_id, account="desk"), registering(house, "eve"), nothing)
    assert decided == ["Register", "Register", "Pay", "Register"]
    session = house.get(m.Session, "ses")
    assert (session.confirmed, session.held) == (3, ())


def test_the_last_seat_is_not_rebased(house, decided):
    """Others take all that was left: it is decided again, under the lock, and comes to the waiting list."""
    outcome = under_lock(
        house, c.Register(session_id="ses", person_id="zoe", account="desk"), registering(house, "bob", 4)
    )
    assert decided == ["Register", "Register", "Register"]
    assert (outcome.value.state, outcome.charges) == ("waiting", ())


def test_what_is_rebased_in_error_oversells(house, monkeypatch):
    """Control: where nobody looks whether a seat is left, the session is oversold, and the laws see it."""
    monkeypatch.setattr(registration_handlers, "_is_free", lambda session, seats, now: True)
    with pytest.raises(AssertionError):
        under_lock(
            house, c.Register(session_id="ses", person_id="zoe", account="desk"), registering(house, "bob", 4), nothing
        )


@pytest.mark.parametrize(
    "change",
    [
        c.MoveSession("ses", day=DAY, starts=time(10), ends=time(12)),
        c.ChangeSeats("ses", seats=3),
        c.ChangePrerequisites("welding", prerequisites=(), valid_months=12),
    ],
)
def test_whatever_else_changes_is_decided_on(house, decided, change):
    """A session that was moved, or has other seats: the seat is had, decided on as the session is now."""
    outcome = under_lock(house, c.Register(session_id="ses", person_id="zoe", account="desk"), lambda: house.do(change))
    assert outcome.value.state == "confirmed"
    assert decided[0] == decided[-1] == "Register"


def test_a_session_that_is_cancelled_meanwhile_is_refused(house):
    """The session is called off while somebody waits for the row lock: refused, and nothing is owed."""
    with pytest.raises(WrongStateError):
        under_lock(
            house, c.Register(session_id="ses", person_id="zoe"), lambda: house.do(c.CancelSession("ses", reason="ill"))
        )
    assert house.all(m.Charge) == []


def test_what_the_caller_gets_is_what_is_stored(house, monkeypatch):
    """The session that goes with an answer is the one that was stored, with the seats of the others."""
    engine, done = house.cantine._engine, []
    once = engine._once
    monkeypatch.setattr(engine, "_once", lambda *given, **how: done.append(once(*given, **how)) or done[-1])
    under_lock(
        house, c.Register(session_id="ses", person_id="zoe", account="desk"), registering(house, "bob", 2), nothing
    )
    assert done[-1].records[SESSION] == house.get(m.Session, "ses")
    assert done[-1].records[SESSION].confirmed == 3


def test_holds_that_ran_out_are_let_go_under_the_lock(house, decided):
    """Somebody's hold has run out, and others take seats meanwhile: it is decided again, on what is held then."""
    house.do(c.Register(session_id="ses", person_id="eve"))
    house.wait(minutes=16)
    decided.clear()
    held = under_lock(house, c.Register(session_id="ses", person_id="zoe"), registering(house, "bob", 2)).value
    assert decided == ["Register"] * 3
    assert [seat.registration_id for seat in house.get(m.Session, "ses").held] == [held.id]


def test_a_hold_that_others_let_go_is_not_paid(house):
    """Somebody pays whose hold runs out while they wait for the lock, and others take all seats: refused, and no money
    is taken; the session is not oversold."""
    held = house.do(c.Register(session_id="ses", person_id="zoe")).value

    def late():
        house.wait(minutes=16)
        registering(house, "bob", 4)()

    with pytest.raises(TooLateError):
        under_lock(house, c.Pay(held.charge_id, account="desk"), late)
    assert (house.get(m.Session, "ses").confirmed, house.get(m.Charge, held.charge_id).paid.amount) == (4, 0)
    house_laws.hold(house.storage, house.clock.now())


@pytest.mark.parametrize("others", [nothing, "bob"], ids=["nobody came between", "others took a seat"])
def test_a_payment_is_judged_when_the_lock_is_held(house, others):
    """Somebody pays whose hold runs out while they wait for the lock: decided again at that instant, it is a payment
    after the end of the hold, and the seat is taken again."""
    held = house.do(c.Register(session_id="ses", person_id="zoe")).value

    def late():
        house.wait(minutes=16)
        if others == "bob":
            registering(house, "bob")()

    paid = under_lock(house, c.Pay(held.charge_id, account="desk"), late)
    assert [event.type for event in paid.events if event.type.startswith("Seat")] == ["SeatRetaken"]
    assert {event.at for event in paid.events} == {house.clock.now()}


def test_reading_under_the_lock_takes_time_too(house):
    """The hold runs out while the row is read under the lock: the clock is read once it is there."""
    held = house.do(c.Register(session_id="ses", person_id="zoe")).value
    paid = under_lock(house, c.Pay(held.charge_id, account="desk"), nothing, lambda: house.wait(minutes=16))
    assert [event.type for event in paid.events if event.type.startswith("Seat")] == ["SeatRetaken"]


def test_nobody_registers_for_what_began_meanwhile(house):
    """The session begins while somebody waits for the row lock: refused, as it would be without the wait."""
    begins = house.get(m.Session, "ses").period.start
    house.clock.set(begins - timedelta(seconds=2))
    with pytest.raises(TooLateError):
        under_lock(
            house, c.Register(session_id="ses", person_id="zoe", account="desk"), lambda: house.clock.set(begins)
        )
    assert house.all(m.Charge) == []


def test_nobody_pays_for_what_began_meanwhile(house):
    """A session was moved to before the end of a hold, and begins while somebody who pays waits for the lock: refused,
    though the hold has time left."""
    begins = house.get(m.Session, "ses").period.start
    house.clock.set(begins - timedelta(minutes=20))
    held = house.do(c.Register(session_id="ses", person_id="zoe")).value
    house.do(c.MoveSession("ses", starts=time(17, 50)))
    assert house.get(m.Session, "ses").period.start < held.expires
    with pytest.raises(TooLateError):
        under_lock(
            house, c.Pay(held.charge_id, account="desk"), lambda: house.clock.set(begins - timedelta(minutes=10))
        )
    assert house.get(m.Session, "ses").confirmed == 0


@pytest.mark.parametrize("command", ["register", "pay"])
def test_judged_when_it_was_decided_it_would_be_rebased(house, monkeypatch, command):
    """Control: judged at the instant of the decision, both are rebased, past the end of the hold and the beginning
    of the session."""
    held = house.do(c.Register(session_id="ses", person_id="zoe")).value
    decided_at = house.clock.now()
    rebased = prepared_change.PreparedChange.rebased
    monkeypatch.setattr(
        prepared_change.PreparedChange,
        "rebased",
        lambda self, lock, versions, clock: rebased(self, lock, versions, lambda: decided_at),
    )
    mine = (
        c.Pay(held.charge_id, account="desk")
        if command == "pay"
        else c.Register(session_id="ses", person_id="bob", account="desk")
    )
    begins = house.get(m.Session, "ses").period.start
    outcome = under_lock(house, mine, lambda: house.clock.set(begins))
    assert {event.at for event in outcome.events} == {decided_at}


@pytest.mark.parametrize("pays", [True, False], ids=["pays", "gives up"])
def test_a_session_that_can_be_decided_meanwhile_is_decided_first(house, pays):
    """After its instant a session waits for somebody who is paying: when that is over it is confirmed or cancelled
    before anybody else has a seat."""
    due = house.clock.now() + timedelta(minutes=20)
    house.do(
        c.AddSession(
            workshop_id="welding", day=DAY, starts=time(10), ends=time(12), seats=4, minimum=2, decide_at=due, id="min"
        )
    )
    house.wait(minutes=19)
    held = house.do(c.Register(session_id="min", person_id="bob", seats=2)).value
    house.wait(minutes=2)
    over = c.Pay(held.charge_id, account="desk") if pays else c.CancelRegistration(held.id)
    mine = c.Register(session_id="min", person_id="zoe", account="desk")
    if pays:
        assert under_lock(house, mine, lambda: house.do(over), at="min").value.state == "confirmed"
    else:
        with pytest.raises(WrongStateError):
            under_lock(house, mine, lambda: house.do(over), at="min")
    assert house.get(m.Session, "min").state == ("confirmed" if pays else "cancelled")


def test_somebody_comes_between_all_the_same(house, decided):
    """The row lock is a courtesy: who comes between the look and the change makes it stale, and it is decided again."""
    outcome = under_lock(
        house,
        c.Register(session_id="ses", person_id="zoe", account="desk"),
        registering(house, "bob"),
        registering(house, "eve"),
    )
    assert decided == ["Register"] * 4
    assert outcome.value.state == "confirmed"
    assert house.get(m.Session, "ses").confirmed == 3


def test_a_request_that_was_answered_meanwhile_is_told_again(house):
    """The same request, sent twice, is done once, whichever waits for the lock; another by this person is refused."""
    again = under_lock(
        house,
        c.Register(session_id="ses", person_id="zoe", account="desk"),
        registering(house, "zoe", key="k"),
        nothing,
        key="k",
    )
    assert again.replayed
    with pytest.raises(DuplicateError):
        under_lock(
            house, c.Register(session_id="ses", person_id="bob", account="desk"), registering(house, "bob"), nothing
        )
    assert house.get(m.Session, "ses").confirmed == 2


def test_a_person_who_is_forgotten_meanwhile_has_no_seat(house):
    """What else a seat rests on is still guarded: a person who is forgotten while waiting for the row lock has none."""
    with pytest.raises(WrongStateError):
        under_lock(
            house, c.Register(session_id="ses", person_id="zoe"), nothing, lambda: house.do(c.ForgetPerson("zoe"))
        )
    assert house.get(m.Session, "ses").held == ()


@pytest.mark.parametrize(("rushed", "person"), [(SESSION, "bob"), (Key("place", "paris"), "zoe")])
def test_what_was_stale_is_decided_under_the_lock(monkeypatch, rushed, person):
    """A session that never stands still while somebody is refused, or another row that changes for each seat: at the
    next try all is read under the lock, so nobody is told that the rows kept changing."""
    house = open_house(Rush())
    monkeypatch.setattr(runtime_engine, "FIRST_PAUSE", 0.0)
    house.do(c.AddSession(workshop_id="welding", day=DAY, starts=time(18), ends=time(20), seats=4, id="ses"))
    registering(house, "bob")()
    house.cantine._engine._queue.note([SESSION])
    house.storage.rushed = rushed
    if person == "bob":
        with pytest.raises(DuplicateError):
            registering(house, person)()
    else:
        assert registering(house, person)().value.state == "confirmed"
