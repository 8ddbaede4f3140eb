"""Forgetting a person against a booking, a seat, a pass or a visit of theirs: every order of their storage calls."""

from __future__ import annotations

from collections import Counter
from datetime import date, time

import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.backends.memory import MemoryStorage
from cantinekit.backends.payments import ManualGateway
from cantinekit.cantine import Cantine
from cantinekit.clock import ManualClock
from cantinekit.domain.bookings import selling as booking_selling
from cantinekit.domain.passes import handlers as pass_handlers
from cantinekit.domain.registrations import handlers as registration_handlers
from cantinekit.domain.visits import handlers as visit_handlers
from cantinekit.errors import NotOverError, WrongStateError
from cantinekit.reads import Reader
from cantinekit.runtime import engine
from support.races.house_races import NOW, hour, house_broken, open_house, set_up
from support.races.steps import Schedule, every_order, twin
from support.stores.around import Around, WithoutGuards

NEW = {
    m.Booking.kind: c.Book(space_id="small", product_id="room", period=hour(0), person_id="p1", account="desk"),
    m.Registration.kind: c.Register(session_id="session", person_id="p1"),
    m.Pass.kind: c.SellPass(product_id="entry", place_id="paris", holder_id="p1", account="desk"),
    m.Visit.kind: c.CheckIn(place_id="paris", product_id="half-day", person_id="p1", account="desk"),
}


@pytest.fixture(autouse=True)
def without_pauses(monkeypatch):
    """Whoever has to start again does so at once: the schedule says who goes on."""
    monkeypatch.setattr(engine, "FIRST_PAUSE", 0)


@pytest.fixture(scope="module")
def base() -> MemoryStorage:
    storage = MemoryStorage()
    house = open_house(storage)
    set_up(house, people=2)
    day = date.fromordinal(hour(0).start.toordinal() + 1)
    house.execute(
        c.AddSession(workshop_id="free", day=day, starts=time(12), ends=time(14), seats=2, id="session"), actor="setup"
    )
    return storage


def execute(storage, command):
    """Do it as ``Cantine.execute`` does, without the reading of the result afterwards."""
    house = Cantine(storage, gateways={"desk": ManualGateway()}, clock=ManualClock(NOW))
    return house._outbox.run_inline(house._engine.run(command, "race:starter").tasks)


def in_every_order(base: MemoryStorage, new: str, fault: type[Around] = Around):
    """Each order of the calls: the two answers, and the store afterwards."""
    ends: list[tuple[list[object], Around]] = []

    def run(schedule: Schedule) -> None:
        store = fault(twin(base))
        works = [lambda storage: execute(storage, c.ForgetPerson("p1")), lambda storage: execute(storage, NEW[new])]
        ends.append((schedule.run(store, works), store))

    for schedule in every_order(run, kinds=[new]):
        yield schedule, *ends.pop()


def broken(store: Around) -> list[str]:
    """What somebody has who is forgotten, or is to be still."""
    reader = Reader(store, lambda: NOW)
    person = reader.need(m.Person, "p1")
    if person.state == "leaving":
        return ["leaving still"]
    has = [one for kind in m.kinds_of_person() for one in reader.find(kind.cls, kind.person, "p1|", "p1}")]
    return [f"forgotten, and has {one.kind} {one.id}" for one in has if person.state == "forgotten"]


@pytest.mark.parametrize("new", NEW)
def test_in_no_order_has_a_forgotten_person_anything_new(base, new):
    """In every order one of the two is done and the other is refused; whoever is forgotten has nothing that is open."""
    orders, answers = 0, Counter[str]()
    for schedule, (forgotten, made), store in in_every_order(base, new):
        orders += 1
        assert broken(store) == [], schedule.names
        assert isinstance(forgotten, NotOverError) != isinstance(made, WrongStateError), (forgotten, made)
        answers["made" if isinstance(forgotten, NotOverError) else "forgotten"] += 1
        if orders % 50 == 1:
            assert house_broken(store) == [], schedule.names
    print(f"{new}: {orders} orders, {dict(answers)}, none broken")
    assert len(answers) == 2


@pytest.mark.parametrize("new", NEW)
def test_without_guards_some_orders_are_broken(base, new):
    """The control: on a store that forgets guards, a forgotten person ends with something new in some orders."""
    assert any(broken(store) for _, _, store in in_every_order(base, new, WithoutGuards))


def test_without_the_announcement_some_orders_are_broken(base, monkeypatch):
    """The control: where new things ignore the announcement, they slip in between the look and the end."""
    for module in (booking_selling, visit_handlers, registration_handlers):
        monkeypatch.setattr(module, "present", lambda state, id: state.need(m.Person, id))
    monkeypatch.setattr(pass_handlers, "present_holder", lambda state, id: state.need(m.Person, id))
    ends = [broken(store) for _, _, store in in_every_order(base, m.Booking.kind)]
    assert any(ends)
    assert not all(ends)
