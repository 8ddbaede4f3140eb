"""A hundred thousand attempts (in a soak; some hundreds else) at rooms and seats: none is had twice, none is left."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from support.postgres import postgres_server
from support.races.attempts import Attempts
from support.races.house_races import SEED, house_broken, open_house
from support.races.race_process import EACH, PROCESSES
from support.run import soak
from support.stores.quick_folder import quick_folder

TOTAL = 100_000 if soak.SOAK else 120
REFUSALS = {"ConflictError", "DuplicateError"}
pytestmark = pytest.mark.timeout(24 * 3600 if soak.SOAK else 900)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request) -> Iterator[str]:
    """An empty store that several processes can open."""
    if request.param == "sqlite":
        with quick_folder() as folder:
            yield f"sqlite:///{folder / 'cantine.db'}"
        return
    request.getfixturevalue("pg_server")
    found = postgres_server.fresh_url()
    yield found
    postgres_server.drop(found)


def test_attempts_never_get_what_is_had(url, record_property):
    """Of all attempts by four processes, each hour of each room is had by one, each session is full and not oversold,
    the others are refused, and the books hold."""
    attempts, began = Attempts.of(TOTAL), time.perf_counter()
    with open_house(url) as house:
        attempts.prepare(house)
        began = time.perf_counter()
        tally = attempts.run(url)
        took = time.perf_counter() - began
        twice, oversold, wrong = attempts.broken(house)
        told = (
            f"{attempts.total} attempts on {url.partition(':')[0]} by {PROCESSES} processes with {EACH} threads each, "
            f"seed {SEED}: {twice} double bookings, {oversold} oversold seats; {tally}"
        )
        print(f"{told}; {took:.0f} s")
        record_property("attempts", told)
        assert (twice, oversold, wrong) == (0, 0, [])
        assert tally.won + sum(tally.refused.values()) == attempts.total >= TOTAL
        assert set(tally.refused) == REFUSALS
        assert house_broken(house._storage) == []


def test_attempts_that_compare_nothing_get_it_twice(tmp_path):
    """Control: the same attempts by processes that write without comparing versions book rooms twice."""
    attempts, url = Attempts.of(120), f"sqlite:///{tmp_path / 'cantine.db'}"
    with open_house(url) as house:
        attempts.prepare(house)
        attempts.run(url, "late")
        twice, oversold, wrong = attempts.broken(house)
    print(f"control: {twice} double bookings, {oversold} oversold seats, {wrong[:1]}")
    assert twice > 0
    assert wrong
