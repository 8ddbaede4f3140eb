"""Forty threads race for ten seats, a room, the last carnet entry, the last euro under a cap, the next number of a
series, a voucher with a code and a free entry: 10, 1, 1, never past, each number once, each once."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator

import pytest

from cantinekit.plugins.ports import Change, Storage
from cantinekit.plugins.registry import Registry
from cantinekit.records import Booking, Document
from cantinekit.runtime import engine
from support.races.house_races import RACES, SEATS, SEED, house_broken, open_house, set_up
from support.races.race_threads import THREADS, run_race
from support.run import soak
from support.stores.around import Around, Gathering, WithoutGuards, WithoutVersions
from support.stores.quick_folder import quick_folder

BACKENDS = ("memory", "sqlite", "postgresql")
CONTROLS = [*((name, WithoutVersions) for name in RACES), ("room or closure", WithoutGuards)]
pytestmark = pytest.mark.timeout(24 * 3600 if soak.SOAK else 900)


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch) -> None:
    """Whoever was told to read again comes back soon: more clashes in less time."""
    monkeypatch.setattr(engine, "FIRST_PAUSE", 0.008)
    monkeypatch.setattr(engine, "LONGEST_PAUSE", 0.25)


@pytest.fixture
def opened(request) -> Iterator[Callable[[str], Storage]]:
    """Opens the store of a backend, the same one at each call; PostgreSQL is started only for those that need it.

    In memory nothing waits for a disk: there Python is told to let another thread go on more often.
    """
    stores: list[Storage] = []
    switches = sys.getswitchinterval()

    def open_one(backend: str) -> Storage:
        if backend == "memory" and stores:
            return stores[0]
        sys.setswitchinterval(0.0001 if backend == "memory" else switches)
        url = "memory://" if backend == "memory" else f"sqlite:///{folder / 'cantine.db'}"
        stores.append(Registry.load().storage(request.getfixturevalue("pg_url") if backend == "postgresql" else url))
        return stores[-1]

    with quick_folder() as folder:
        yield open_one
        sys.setswitchinterval(switches)
        for store in stores:
            store.close()


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", RACES)
def test_forty_threads_get_what_there_is(name, backend, opened, record_property):
    """Of forty threads, over four houses on one store, exactly as many get it as there is; the others are told why."""
    race, began = RACES[name](), time.perf_counter()
    stores = [Around(opened(backend)) for _ in range(4)]
    houses = [open_house(store) for store in stores]
    set_up(houses[0])
    tally, wrong = run_race(race, houses, race.turns)
    clashes = sum(store.counts["stale"] for store in stores)
    told = (
        f"{name} on {backend}: {len(race.turns)} rounds of {THREADS} threads, seed {SEED}: {tally}; {clashes} clashes"
    )
    print(f"{told}; {time.perf_counter() - began:.1f} s")
    record_property("race", told)
    assert wrong == []
    assert tally.won == len(race.turns) * race.winners
    assert tally.won + sum(tally.refused.values()) == len(race.turns) * THREADS
    assert clashes > 0, "nothing ever clashed, so that nothing was raced for"
    assert house_broken(stores[0]) == []


def slowly(change: Change) -> bool:
    """Bookings and documents are stored a moment after everybody has decided."""
    return any(row.kind in (Booking.kind, Document.kind) for row in change.rows)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(("name", "fault"), CONTROLS, ids=lambda value: getattr(value, "__name__", value))
def test_a_store_that_forgets_its_contract_sells_too_much(name, fault, backend, opened):
    """The same race on a store without guards, or without versions, is seen to go wrong within ten rounds."""
    race, store = RACES[name](), Gathering(fault(opened(backend)), slowly)
    house = open_house(store)
    set_up(house)
    _, wrong = run_race(race, [house], range(10), before=lambda: store.gather(THREADS), stop_when_broken=True)
    print(f"{name} on {backend}, {fault.__name__}: {wrong[:2]}")
    assert wrong
    assert any(word in wrong[0] for word in ("registrations", "bookings", "entry", "cap", "seats", "documents"))


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", RACES)
def test_waiting_at_the_worst_moment_changes_nothing(name, backend, opened):
    """With the guards and versions of a real store, the race of the controls above goes right."""
    race, store = RACES[name](), Gathering(opened(backend), slowly)
    house = open_house(store)
    set_up(house)
    tally, wrong = run_race(race, [house], range(2), before=lambda: store.gather(THREADS))
    assert wrong == []
    assert tally.won == 2 * race.winners
    assert store.counts["stale"] >= THREADS - SEATS
