"""Forgetting an organisation against what it is to pay, hold, or who joins it: every order of the storage calls."""

from __future__ import annotations

from collections import Counter

import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.backends.memory import MemoryStorage
from cantinekit.backends.payments import ManualGateway
from cantinekit.cantine import Cantine
from cantinekit.clock import ManualClock
from cantinekit.errors import NotOverError, WrongStateError
from cantinekit.reads import Reader
from cantinekit.runtime import engine
from support.laws import house_laws
from support.races.house_races import NOW, hour, open_house, set_up
from support.races.steps import Schedule, every_order, twin
from support.stores.around import Around, WithoutGuards

NEW = {
    m.Charge.kind: c.Book(
        space_id="small", product_id="room", period=hour(0), person_id="p1", payer_id="works", on_account=True
    ),
    m.Pass.kind: c.SellPass(product_id="entry", place_id="paris", holder_id="works", account="desk"),
    m.Affiliation.kind: c.Affiliate(
        organisation_id="works", person_id="p2", role="member", first_day=NOW.date(), id="joins"
    ),
}


@pytest.fixture(autouse=True)
def without_pauses(monkeypatch):
    """Whoever has to start again does so at once: the schedule says who goes on."""
    monkeypatch.setattr(engine, "FIRST_PAUSE", 0)


@pytest.fixture(scope="module")
def base() -> MemoryStorage:
    storage = MemoryStorage()
    house = open_house(storage)
    set_up(house, people=3)
    house.execute(c.AddOrganisation(name="Works", id="works"), actor="setup")
    admin = c.Affiliate(organisation_id="works", person_id="p1", role="admin", first_day=NOW.date())
    house.execute(admin, actor="setup")
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
        forget = c.ForgetOrganisation("works")
        works = [lambda storage: execute(storage, forget), lambda storage: execute(storage, NEW[new])]
        ends.append((schedule.run(store, works), store))

    for schedule in every_order(run, kinds=[new]):
        yield schedule, *ends.pop()


def broken(store: Around) -> list[str]:
    """What an organisation has open that is forgotten, or is to be still."""
    reader = Reader(store, lambda: NOW)
    works = reader.need(m.Organisation, "works")
    if works.state != "forgotten":
        return ["leaving still"] if works.state == "leaving" else []
    account = reader.organisation_account("works")
    left = [one.id for one in reader.find(m.Entitlement, "holder", "works|", "works}") if one.left]
    later = hour(48).end.date()
    return [one.id for one in (*account.due, *reader.members("works", later))] + left


@pytest.mark.parametrize("new", NEW)
def test_in_no_order_has_a_forgotten_organisation_anything_open(base, new):
    """In every order the new thing is refused, in the way, or over with the organisation; rows follow the journal."""
    answers = Counter[str]()
    for schedule, (forgotten, made), store in in_every_order(base, new):
        assert broken(store) == [], schedule.names
        assert not isinstance(forgotten, Exception) or isinstance(forgotten, NotOverError), forgotten
        assert not isinstance(made, Exception) or isinstance(made, WrongStateError), made
        answers["refused" if isinstance(made, WrongStateError) else "made"] += 1
        house_laws.folds(store)
    assert len(answers) == 2


@pytest.mark.parametrize("new", NEW)
def test_without_guards_some_orders_are_broken(base, new):
    """The control: on a store that forgets guards, a forgotten organisation ends with something open in some orders."""
    assert any(broken(store) for _, _, store in in_every_order(base, new, WithoutGuards))
