"""The storage contract against planted faults: each is caught by the promise about it, and each promise bites."""

from __future__ import annotations

from functools import lru_cache

import pytest

from cantinekit.testing import PromiseResult, StorageContract, promises, run_storage_contract
from support.faults.stores import several_processes
from support.faults.stores.broken_stores import FAULTS, Good, fault
from support.faults.stores.fault_table import IN_ONE_PROCESS, IN_SEVERAL_PROCESSES
from support.faults.stores.filed_store import FILED, Filed
from support.run.soak import SOAK

pytestmark = pytest.mark.timeout(900)

PROCESSES = {
    name
    for room in StorageContract.__bases__
    if room.__name__ in ("ProcessPromises", "KillPromises")
    for name in vars(room)
    if name.startswith("test_")
}
QUICK = {"scale": 0.02, "patience": 0.2}
TRIES = 12
"""At the smallest scale a race may be missed now and then, above all on a machine that has much else to do."""
HANGING = (
    "ARecordARowOnceEncoded",
    "LockStays",
    "LockStaysOnceEncoded",
    "LocksItsProcess",
    "StaysLocked",
    "StaysLockedOnceEncoded",
)
"""Stores whose calls do not come back."""
PAIRS = [(name, f"test_{promise}") for name, promises in IN_ONE_PROCESS.items() for promise in promises]
PROCESS_PAIRS = [(name, f"test_{promise}") for name, promises in IN_SEVERAL_PROCESSES.items() for promise in promises]


def settings_of(store: type[Good]) -> dict[str, float]:
    return {**QUICK, "deadline": 3.0 if store.__name__ in HANGING else 60.0}


def results_of(store: type[Good], only: list[str]) -> tuple[PromiseResult, ...]:
    return run_storage_contract(store, lambda storage: storage.again(), only=only, **settings_of(store))


def filed_results(store: type[Filed], only: list[str] | None = None) -> tuple[PromiseResult, ...]:
    def again(storage: Filed) -> Filed:
        return storage.again()

    return run_storage_contract(store.fresh, again, opener=lambda s: s.opener(), only=only, **settings_of(store))


def in_one_process() -> list[str]:
    return [name for name, _ in promises() if name not in PROCESSES]


def test_the_good_store_keeps_every_promise():
    """A store in memory without a fault keeps all promises that are proved in one process, and none is skipped."""
    results = results_of(Good, in_one_process())
    assert [(r.name, r.problem, r.skipped) for r in results if not r.ok or r.skipped] == []
    assert [r.name for r in results] == in_one_process()


def test_the_good_store_in_a_file_keeps_every_promise():
    """A store in a file without a fault keeps all promises, with several processes and killed ones."""
    results = filed_results(Filed)
    assert [(r.name, r.problem, r.skipped) for r in results if not r.ok or r.skipped] == []
    assert len(results) == len(promises())


def test_every_fault_is_listed_and_every_promise_can_be_broken():
    """The tables name each planted fault once, and each promise is broken by one."""
    assert sorted(IN_ONE_PROCESS) == sorted(store.__name__ for store in FAULTS)
    assert sorted(IN_SEVERAL_PROCESSES) == sorted(
        store.__name__ for store in FILED if store.__module__ != "support.faults.stores.filed_store"
    )
    assert len(FAULTS) + len(IN_SEVERAL_PROCESSES) >= 150
    broken = {promise for _, promise in PAIRS + PROCESS_PAIRS}
    assert {name for name, _ in promises()} - broken == set()


@pytest.mark.parametrize(("name", "promise"), PAIRS)
def test_a_fault_is_caught(name, promise):
    """A store with a planted fault breaks the promise that is about it, at the smallest scale, in a few tries."""
    assert any(not result.ok for _ in range(TRIES) for result in results_of(fault(name), [promise]))


@pytest.mark.parametrize(("name", "promise"), PROCESS_PAIRS)
def test_a_fault_of_processes_is_caught(name, promise):
    """A store whose fault one process does not show breaks the promise that is about it, at a small scale."""
    store = getattr(several_processes, name)
    assert any(not result.ok for _ in range(TRIES) for result in filed_results(store, [promise]))


@pytest.mark.parametrize(
    ("name", "promise"),
    [
        ("GuardsBeforeTheLock", "test_crossed_reads_and_writes"),
        ("NotThreadSafe", "test_no_increment_is_lost"),
        ("NotThreadSafe", "test_a_row_is_created_by_one_of_many"),
        ("NotThreadSafe", "test_threads_could_have_gone_one_by_one"),
        ("LockOfAHandle", "test_two_handles_lose_no_increment"),
        ("TornLoad", "test_load_is_one_snapshot"),
        ("ChunkedLoad", "test_a_large_load_is_one_snapshot"),
        ("RowsAfterPairs", "test_a_row_is_whole_while_it_is_written"),
        ("TellsFirst", "test_what_a_change_stores_appears_together"),
        ("NumbersAtBegin", "test_no_entry_turns_up_late"),
        ("NumbersAtBegin", "test_no_entry_turns_up_late_behind_a_slow_writer"),
        ("NumbersOnceEncoded", "test_no_entry_turns_up_late_behind_a_slow_writer"),
        ("CommitsInTheMiddleOnceEncoded", "test_a_change_that_a_timer_breaks_off_leaves_nothing"),
        ("GoesBackOpen", "test_a_change_that_a_timer_breaks_off_leaves_nothing"),
    ],
)
def test_races_are_caught_time_after_time(name, promise):
    """Each race has a promise of its own that sees it at the smallest scale again and again: three times in some."""
    caught = list[bool]()
    while sum(caught) < 3 and len(caught) < TRIES:
        caught += [not result.ok for result in results_of(fault(name), [promise])]
    assert sum(caught) == 3, caught


@pytest.mark.parametrize("name", [name for name in IN_SEVERAL_PROCESSES if name != "LockStays"])
def test_a_fault_of_processes_is_not_seen_in_one(name):
    """The control: what one process shows of such a store is right, so it is the processes that show the fault."""
    if name in (
        "ARecordARow",
        "EntriesFirst",
        "TwoRecords",
        "IndexLast",
        "RemovesLast",
        "GuardsBeforeTheFileLock",
        "ReadsWhatItWrote",
    ):
        only = ["test_a_change_is_stored_whole", "test_two_handles_see_each_other"]
    else:
        only = [
            "test_no_increment_is_lost",
            "test_a_row_is_created_by_one_of_many",
            "test_numbers_go_on_after_reopening",
        ]
    assert [result.problem for result in filed_results(getattr(several_processes, name), only) if not result.ok] == []


@lru_cache(maxsize=1)
def matrix() -> dict[str, frozenset[str]]:
    """Which promises each fault breaks."""
    return {s.__name__: frozenset(r.name for r in results_of(s, in_one_process()) if not r.ok) for s in FAULTS}


@pytest.mark.skipif(not SOAK, reason="three minutes: make soak")
@pytest.mark.timeout(1_200)
def test_most_faults_break_few_promises():
    """A broken promise says what is wrong: most faults break no more than five, and each promise has a narrow fault."""
    narrow = [name for name, caught in matrix().items() if len(caught) <= 5]
    assert len(narrow) > len(FAULTS) / 2
    most = frozenset().union(*(caught for caught in matrix().values() if len(caught) <= 12))
    assert set(in_one_process()) - most == set()
