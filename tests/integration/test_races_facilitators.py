"""Two sessions that want the same facilitator, in every order of their storage calls; and how often each reads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.backends.memory import MemoryStorage
from cantinekit.errors import ConflictError, NotOverError, RefusedError, WrongStateError
from cantinekit.plugins.ports import Key, Storage
from cantinekit.reads import Reader
from cantinekit.runtime import engine
from support.houses.facilitated_house import DAY, asked, furnished
from support.houses.small_house import START
from support.laws import house_laws
from support.races.steps import Schedule, every_order, twin
from support.races.two_at_once import both_at_once, later
from support.stores.around import Around, WithoutGuards, WithoutVersions

MOST_BATCHES = 5
PARIS = asked(14, 16, "b", id="one", facilitator_ids=["ada"])
BREST = asked(15, 17, "atelier", workshop_id="sail", id="two", facilitator_ids=["ada"])
MOVED = c.MoveSession("three", space_id="a1", facilitator_ids=["ada"])


@pytest.fixture(autouse=True)
def without_pauses(monkeypatch):
    """Whoever has to start again does so at once: the schedule says who goes on."""
    monkeypatch.setattr(engine, "FIRST_PAUSE", 0)


@pytest.fixture(scope="module")
def base() -> MemoryStorage:
    """A session in Paris that Bea facilitates; nobody has asked Ada yet."""
    storage = MemoryStorage()
    furnished(storage, effects="none").do(asked(15, 17, id="three", facilitator_ids=["bea"]))
    return storage


def with_ada(store: Around) -> list[str]:
    """The sessions that Ada is to hold."""
    rows = store.load([Key(m.Session.kind, id) for id in ("one", "two", "three")])
    return [row.id for row in rows if row is not None and '"ada"' in row.body]


@pytest.mark.parametrize("pair", [(PARIS, BREST), (PARIS, MOVED)], ids=["two places", "added and moved"])
def test_in_every_order_one_session_has_her(base, pair):
    """Two sessions at once, in different rooms, at two places or one of them moved: one has her, one is refused."""
    answers = Counter[int]()
    for number, (schedule, ends, store) in enumerate(both_at_once(base, pair, kinds=())):
        refused = [n for n, end in enumerate(ends) if isinstance(end, ConflictError)]
        assert len(refused) == 1, (ends, schedule.names)
        assert len(with_ada(store)) == 1, schedule.names
        answers[refused[0]] += 1
        if number % 20 == 0:
            house_laws.hold(store, START)
    assert len(answers) == 2, answers


def test_without_versions_she_is_at_two_places(base):
    """Control: on a store that forgets versions she is told to be in Paris and in Brest, in some order."""
    ends = both_at_once(base, (PARIS, BREST), WithoutVersions, kinds=())
    assert any(len(with_ada(store)) == 2 for _, _, store in ends)


def forgotten_and_asked(base: MemoryStorage, fault: type[Around]) -> Iterator[tuple[list[Any], Around]]:
    """Ada is forgotten, in both its steps, while a session asks for her: each order of the storage calls."""

    def execute(storage: Storage, command: c.Command) -> Any:
        cantine = later(storage, timedelta()).cantine
        return cantine._outbox.run_inline(cantine._engine.run(command, "race").tasks)

    ends: list[tuple[list[Any], Around]] = []

    def run(schedule: Schedule) -> None:
        store = fault(twin(base))
        works = [lambda storage: execute(storage, PARIS), lambda storage: execute(storage, c.ForgetPerson("zoe"))]
        ends.append((schedule.run(store, works), store))

    for _ in every_order(run, kinds=[m.Session.kind]):
        yield ends.pop()


def left_with(store: Around) -> tuple[str, list[str]]:
    """The state of the person, and the sessions that she is to hold."""
    return Reader(store, lambda: START).need(m.Person, "zoe").state, with_ada(store)


def test_who_is_forgotten_is_to_hold_no_session(base):
    """In every order one of the two is done: she is forgotten and has no session, or has one and stays."""
    seen = Counter[str]()
    for (asked_, forgotten), store in forgotten_and_asked(base, Around):
        state, sessions = left_with(store)
        seen[state] += 1
        assert (state, len(sessions)) in (("forgotten", 0), ("present", 1))
        assert isinstance(asked_, WrongStateError) == (state == "forgotten")
        assert isinstance(forgotten, NotOverError) == (state == "present")
    assert len(seen) == 2, seen


def test_without_guards_a_forgotten_person_has_a_session(base):
    """Control: a session guards the person, whom it does not change; without guards she is lost from sight."""
    ends = [left_with(store) for _, store in forgotten_and_asked(base, WithoutGuards)]
    assert ("forgotten", ["one"]) in ends


# --- how often they read ---------------------------------------------------------------------------------------------


def test_batches_of_a_session_with_all_that_it_needs():
    """A room of two parts, two pools and two facilitators: no more round trips than for a session in a room.

    Adding takes three, moving and cancelling at most five, with whoever has a seat.
    """
    house = furnished()
    house.do(c.AddSpace(place_id="paris", name="Screens", use="equipment", capacity=2, id="screen"))
    all_of_it = {"facilitator_ids": ["ada", "bea"], "with_units": {"projector": 2, "screen": 1}}

    def reads(command) -> int:
        store = Around(house.storage)
        house.cantine._make_engine(store, effects="all").run(command, "ana")
        return store.counts["load"] + store.counts["find"]

    assert reads(asked(10, 11, "b", id="bare")) == reads(asked(14, 16, "a", id="full", **all_of_it)) == 3
    house.do(c.Register(session_id="full", person_id="eve"))
    house.do(c.ChangeSeats("full", seats=1))
    house.do(c.Register(session_id="full", person_id="ida"))
    assert reads(c.MoveSession("full", day=DAY + timedelta(days=1))) <= MOST_BATCHES
    assert reads(c.MoveSession("full", facilitator_ids=["bea"], with_units={"screen": 2})) <= MOST_BATCHES
    assert reads(c.CancelSession("full", reason="rain")) <= MOST_BATCHES
    store = Around(house.storage)
    with pytest.raises(RefusedError):
        house.cantine._make_engine(store, effects="all").run(asked(10, 11, "b", **all_of_it), "ana")
    assert store.counts["load"] <= MOST_BATCHES + 1  # a refusal looks once more whether anything moved
