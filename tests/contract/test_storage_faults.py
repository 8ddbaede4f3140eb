"""The storage contract against planted faults: a matrix of promises and faults without an empty row or column."""

from __future__ import annotations

from functools import lru_cache

import pytest

from _broken_stores import FAULTS, Good, fault
from cantinekit.testing import PromiseResult, promises, run_storage_contract

pytestmark = pytest.mark.timeout(180)


def results_of(store: type[Good]) -> tuple[PromiseResult, ...]:
    return run_storage_contract(store, lambda storage: storage.again(), scale=0.02, patience=0.1, deadline=10.0)


@lru_cache(maxsize=1)
def matrix() -> dict[str, frozenset[str]]:
    """Which promises each fault breaks."""
    return {store.__name__: frozenset(r.name for r in results_of(store) if not r.ok) for store in FAULTS}


def test_the_good_store_keeps_every_promise():
    """A store without a fault keeps all promises, and none is skipped."""
    results = results_of(Good)
    assert [(r.name, r.problem, r.skipped) for r in results if not r.ok or r.skipped] == []
    assert [r.name for r in results] == [name for name, _ in promises()]


def test_every_fault_is_caught_and_every_promise_can_be_broken():
    """Each planted fault breaks a promise, and each promise is broken by a fault that spares most others."""
    broken = matrix()
    assert len(broken) >= 60
    assert [name for name, caught in broken.items() if not caught] == []
    narrow = [caught for caught in broken.values() if len(caught) <= 12]
    assert {name for name, _ in promises()} - frozenset().union(*narrow) == set()


@pytest.mark.parametrize(
    ("name", "promise"),
    [
        ("IgnoresGuards", "test_a_guard_at_another_version_stops_the_change"),
        ("GuardsBeforeTheLock", "test_crossed_reads_and_writes"),
        ("NotThreadSafe", "test_no_increment_is_lost"),
        ("NotThreadSafe", "test_a_row_is_created_by_one_of_many"),
        ("LockOfAHandle", "test_two_handles_lose_no_increment"),
        ("TornLoad", "test_load_is_one_snapshot"),
        ("NumbersAtBegin", "test_no_entry_turns_up_late"),
        ("NumbersAtBegin", "test_no_entry_turns_up_late_behind_a_slow_writer"),
    ],
)
def test_races_are_caught_by_the_promise_that_is_about_them(name, promise):
    """Each race has a promise of its own that sees it at the smallest scale, time after time."""
    for _ in range(3):
        (result,) = run_storage_contract(
            fault(name), lambda s: s.again(), only=[promise], scale=0.02, patience=0.1, deadline=10.0
        )
        assert not result.ok


def test_most_faults_break_few_promises():
    """A broken promise says what is wrong: most faults break no more than five of the sixty."""
    narrow = [name for name, caught in matrix().items() if len(caught) <= 5]
    assert len(narrow) > len(FAULTS) / 2
