"""Two series that want one and the same day at once: one is had whole, of the other nothing is stored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, time, timedelta

import pytest

from _race_files import quick_folder
from _race_house import NOW, house_broken, insist, open_house, set_up
from _race_stores import Gathering, WithoutVersions
from cantinekit import commands as c
from cantinekit import model as m
from cantinekit.cantine import Cantine
from cantinekit.ports import Storage
from cantinekit.registry import Registry

BACKENDS = ("memory", "sqlite")
FIRST = date(2026, 12, 1)
ROUNDS = 8


@pytest.fixture
def opened() -> Iterator[Callable[[str], Storage]]:
    """Opens the store of a backend."""
    stores: list[Storage] = []
    with quick_folder() as folder:

        def open_one(backend: str) -> Storage:
            url = "memory://" if backend == "memory" else f"sqlite:///{folder / 'cantine.db'}"
            stores.append(Registry.load().storage(url))
            return stores[-1]

        yield open_one
        for store in stores:
            store.close()


def crossing(turn: int) -> tuple[c.BookSeries, c.BookSeries]:
    """Every day of ten, and every third day from the last of them on: they share one day."""
    first = FIRST + timedelta(days=40 * turn)
    daily = c.BookSeries(
        "small", "room", first, time(10), time(12), "FREQ=DAILY;COUNT=10", person_id="p1", account="desk"
    )
    third = c.BookSeries(
        "small", "room", first + timedelta(days=9), time(11), time(13), "FREQ=DAILY;INTERVAL=3;COUNT=5",
        person_id="p2", account="desk",
    )  # fmt: skip
    return daily, third


def race(store: Gathering, house: Cantine, turn: int) -> list[str]:
    """Both at once, neither stored before both have decided: what each was answered."""
    store.gather(2)
    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(insist, house, command, f"{turn} {n}") for n, command in enumerate(crossing(turn))]
        return sorted(answer.result()[0] for answer in both)


def stored(house: Cantine, turn: int) -> tuple[int, Counter[date]]:
    """How many series there are of this round, and how many live bookings of each day."""
    first = FIRST + timedelta(days=40 * turn)
    window = [first + timedelta(days=n) for n in range(40)]
    series = [one for one in house.read.find(m.BookingSeries, "space") if one.day in window]
    bookings = [one for one in house.read.find(m.Booking, "space") if one.period.start.date() in window]
    assert {one.id for one in bookings} == {id for one in series for id in one.booking_ids}
    return len(series), Counter(one.period.start.date() for one in bookings)


@pytest.mark.parametrize("backend", BACKENDS)
def test_of_two_series_that_cross_one_is_had_whole(backend, opened):
    """One wins all its dates; the other is told which day is taken, and no date, charge or event of it is stored."""
    store = Gathering(opened(backend))
    house = open_house(store)
    set_up(house, 3)
    winners = Counter()
    for turn in range(ROUNDS):
        assert race(store, house, turn) == ["SeriesClashError", "won"]
        count, days = stored(house, turn)
        assert count == 1
        assert max(days.values()) == 1
        assert len(days) in (10, 5)
        winners[len(days)] += 1
    print(f"{backend}: {ROUNDS} rounds, {store.counts['stale']} clashes, dates of the winners: {dict(winners)}")
    assert store.counts["stale"] >= ROUNDS
    assert sum(len(list(house.read.statement(person))) for person in ("p1", "p2")) == ROUNDS
    assert house_broken(store, NOW) == []


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_control_without_versions_books_the_day_twice(backend, opened):
    """The control: on a store that does not compare versions both win, and one day is booked twice."""
    store = Gathering(WithoutVersions(opened(backend)))
    house = open_house(store)
    set_up(house, 3)
    assert race(store, house, 0) == ["won", "won"]
    count, days = stored(house, 0)
    assert (count, max(days.values())) == (2, 2)
    assert house_broken(store, NOW) != []
