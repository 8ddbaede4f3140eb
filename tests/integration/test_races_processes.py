"""Four processes race on one store for the same things as forty threads."""

from __future__ import annotations

import time

import pytest

import _soak
from _race_house import RACES, ROUNDS, house_broken, open_house, set_up
from _race_process import EACH, PROCESSES, run_race

pytestmark = pytest.mark.timeout(24 * 3600 if _soak.SOAK else 300)


@pytest.mark.parametrize("backend", ["sqlite", "postgresql"])
@pytest.mark.parametrize("name", RACES)
def test_four_processes_get_what_there_is(name, backend, tmp_path, request, record_property):
    """Of the contenders in four processes exactly as many get it as there is; the others are told why."""
    sqlite = f"sqlite:///{tmp_path / 'cantine.db'}"
    url = sqlite if backend == "sqlite" else request.getfixturevalue("pg_url")
    race, began = RACES[name](PROCESSES * EACH), time.perf_counter()
    with open_house(url) as house:
        set_up(house)
        tally, wrong = run_race(race, url, house, range(ROUNDS))
        told = f"{name} on {backend}: {ROUNDS} rounds of {PROCESSES} processes with {EACH} threads each: {tally}"
        print(f"{told}; {time.perf_counter() - began:.1f} s")
        record_property("race", told)
        assert wrong == []
        assert tally.won == ROUNDS * race.winners
        assert tally.won + sum(tally.refused.values()) == ROUNDS * PROCESSES * EACH
        assert house_broken(house._storage) == []
