"""Four processes race on one store for the same things as forty threads."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from cantinekit.cantine import Cantine
from support.postgres import postgres_server
from support.races.house_races import RACES, house_broken, open_house, set_up
from support.races.race_process import EACH, PROCESSES, Processes, run_race
from support.run import soak
from support.stores.quick_folder import quick_folder

pytestmark = pytest.mark.timeout(24 * 3600 if soak.SOAK else 900)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def race_of_processes(request) -> Iterator[tuple[str, Cantine, Processes]]:
    """A house on a store that four processes have open, for all races of this module."""
    with quick_folder() as folder:
        url = f"sqlite:///{folder / 'cantine.db'}"
        if request.param == "postgresql":
            request.getfixturevalue("pg_server")
            url = postgres_server.fresh_url()
        with open_house(url) as house:
            set_up(house)
            with Processes(url) as processes:
                yield request.param, house, processes
        if request.param == "postgresql":
            postgres_server.drop(url)


@pytest.mark.parametrize("name", RACES)
def test_four_processes_get_what_there_is(name, race_of_processes, record_property):
    """Of the contenders in four processes exactly as many get it as there is; the others are told why."""
    backend, house, processes = race_of_processes
    race, began = RACES[name](PROCESSES * EACH), time.perf_counter()
    tally, wrong = run_race(race, processes, house, race.turns)
    told = f"{name} on {backend}: {len(race.turns)} rounds of {PROCESSES} processes with {EACH} threads each: {tally}"
    print(f"{told}; {time.perf_counter() - began:.1f} s")
    record_property("race", told)
    assert wrong == []
    assert tally.won == len(race.turns) * race.winners
    assert tally.won + sum(tally.refused.values()) == len(race.turns) * PROCESSES * EACH
    assert house_broken(house._storage) == []


def test_processes_that_compare_nothing_sell_too_much(tmp_path):
    """Control: four processes that write without comparing versions book one room more than once."""
    url, race = f"sqlite:///{tmp_path / 'cantine.db'}", RACES["1 room"](PROCESSES * EACH)
    with open_house(url) as house:
        set_up(house)
        with Processes(url, "late") as processes:
            rounds = (run_race(race, processes, house, range(turn, turn + 1)) for turn in range(3))
            wrong = next((words for _, words in rounds if words), [])
    assert any("bookings of one room" in word for word in wrong), wrong
