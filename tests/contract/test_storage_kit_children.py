"""The kit's child processes: they work, fail with a word and never stay; and whether deeds fit one order."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import time
from functools import partial
from pathlib import Path

import psutil
import pytest

import cantinekit.errors
from cantinekit.backends.memory import MemoryStorage
from cantinekit.backends.sqlite import SqliteStorage
from cantinekit.plugins.ports import Key
from cantinekit.testing import StorageContract, run_storage_contract
from cantinekit.testing._children import Child
from cantinekit.testing._serial import Deed, check_one_by_one
from support.faults.stores.broken_stores import fault
from support.faults.stores.filed_store import Filed
from support.stores import other_process

SOURCE = str(Path(cantinekit.errors.__file__).parents[2])
QUICK = 0.02


# --- processes of its own -------------------------------------------------------------------------------------------


def children_of_this_process():
    return [child.pid for child in psutil.Process().children(recursive=True)]


def started(opener, deadline=20.0):
    child = Child(opener, deadline)
    child.opened()
    return child


def test_a_child_works_with_the_same_data(tmp_path):
    """A child opens the store, answers its jobs, and has closed the store and ended when it is told to end."""
    child = started(partial(SqliteStorage, tmp_path / "x.db"))
    assert child.ask("write", id="x", version=1, value="v") is None
    assert child.ask("write", id="x", version=1, value="v") == [["space", "x"]]
    child.end()
    storage = SqliteStorage(tmp_path / "x.db")
    assert storage.load([Key("space", "x")])[0].version == 1
    storage.close()
    assert children_of_this_process() == []


@pytest.mark.parametrize(
    ("opener", "words"),
    [
        (lambda: MemoryStorage(), "the store cannot be opened in another process .*opener must give what another"),
        (partial(SqliteStorage, "/nowhere/x.db"), "in another process: StorageError: the folder .*opener must give"),
        (partial(int, "x"), "in another process: ValueError: invalid literal"),
        (partial(os._exit, 7), "another process ended: with the code 7"),
        (partial(print, "said by a driver"), "in another process: "),
    ],
)
def test_a_child_that_does_not_open_the_store(opener, words):
    """What goes wrong while a child opens the store is the failure, with a hint, and no process is left."""
    contract = StorageContract()
    contract.opener = lambda storage: opener
    contract.setup_method()
    with pytest.raises(AssertionError, match=words):
        contract.children(None, 2)[0].ask("count", id="x", turns=1, deadline=1)
    contract.teardown_method()
    assert children_of_this_process() == []


def test_a_child_that_does_not_answer():
    """A child that hangs is a failure after the deadline, and is killed with the promise."""
    contract = StorageContract()
    contract.opener = lambda storage: partial(time.sleep, 60)
    contract.deadline = 0.5
    contract.setup_method()
    with pytest.raises(AssertionError, match=r"another process did not answer within 0\.5 s"):
        contract.children(None, 1)
    contract.teardown_method()
    assert children_of_this_process() == []


def test_no_child_outlives_a_promise():
    """Whatever becomes of a promise, kept, broken or stopped by an interrupt, no process of it is left."""

    class Stopped(StorageContract):
        def open_storage(self):
            return Filed.fresh()

        def opener(self, storage):
            return storage.opener()

        def children(self, storage, count):
            found = super().children(storage, count)
            assert len(children_of_this_process()) == count
            found[0].tell("acknowledge", who="w", begin=1)
            raise KeyboardInterrupt

    contract = Stopped()
    contract.setup_method()
    with pytest.raises(KeyboardInterrupt):
        contract.test_processes_lose_no_increment()
    contract.teardown_method()
    assert children_of_this_process() == []


def test_children_end_with_the_process_that_started_them(tmp_path):
    """When the process that checks is killed, the processes that it had started end too."""
    script = """
        import sys, time
        from functools import partial
        from cantinekit.backends.sqlite import SqliteStorage
        from cantinekit.testing._children import Child
        child = Child(partial(SqliteStorage, sys.argv[1]), 20.0)
        child.opened()
        print(child._process.pid, flush=True)
        time.sleep(60)
    """
    command = [sys.executable, "-c", textwrap.dedent(script), str(tmp_path / "x.db")]
    with subprocess.Popen(
        command, env={**os.environ, "PYTHONPATH": SOURCE}, stdout=subprocess.PIPE, text=True
    ) as parent:
        pid = int(parent.stdout.readline())
        assert psutil.pid_exists(pid)
        parent.kill()
    gone_by = time.monotonic() + 120
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < gone_by
        time.sleep(0.02)


def test_what_a_store_prints_in_a_child_is_no_answer(tmp_path):
    """A driver that prints does not disturb the talk with the child."""
    child = started(partial(other_process.noisy, str(tmp_path / "x.db")))
    assert child.ask("write", id="x", version=1, value="v") is None
    child.end()


def test_a_store_that_keeps_its_lock_does_not_stop_the_run():
    """Where a call hangs in a lock that close needs too, the promise is broken and the next one is checked."""
    only = ["test_a_change_that_is_broken_off_leaves_nothing", "test_kinds_are_apart"]
    found = run_storage_contract(fault("StaysLocked"), lambda s: s.again(), only=only, scale=QUICK, deadline=0.5)
    assert {r.name: r.ok for r in found} == {only[0]: False, only[1]: True}


# --- one by one -----------------------------------------------------------------------------------------------------

LAST = dict.fromkeys("pqrs", (1, ""))


def test_deeds_that_fit_an_order():
    """A chain of changes and loads fits, whatever the order in which it is told."""
    deeds = [
        Deed("b", "w1", {"p": 2}, {"p": 3}),
        Deed("a", "w0", {"p": 1, "q": 1}, {"p": 2}),
        Deed("look", "w2", {"p": 2, "q": 1}, {}),
    ]
    check_one_by_one(deeds, ["a", "b"], LAST | {"p": (3, "b")})


@pytest.mark.parametrize(
    ("deeds", "journal", "last", "words"),
    [
        (
            [Deed("a", "w0", {"p": 1, "q": 1}, {"p": 2}), Deed("b", "w1", {"p": 1, "q": 1}, {"q": 2})],
            ["a", "b"],
            {"p": (2, "a"), "q": (2, "b")},
            "no order fits what was seen: ",
        ),
        (
            [
                Deed("a", "w0", {"p": 1}, {"p": 2}),
                Deed("b", "w1", {"q": 1}, {"q": 2}),
                Deed("one", "w2", {"p": 2, "q": 1}, {}),
                Deed("two", "w3", {"p": 1, "q": 2}, {}),
            ],
            ["a", "b"],
            {"p": (2, "a"), "q": (2, "b")},
            "no order fits what was seen: ",
        ),
        (
            [Deed("a", "w0", {"p": 1}, {"p": 2}), Deed("look", "w0", {"p": 1}, {})],
            ["a"],
            {"p": (2, "a")},
            "no order fits",
        ),
        (
            [Deed("a", "w0", {"p": 1}, {"p": 2}), Deed("b", "w1", {"p": 1}, {"p": 2})],
            ["a", "b"],
            {},
            "both made version 2",
        ),
        ([Deed("a", "w0", {"p": 2}, {"p": 3})], ["a"], {"p": (3, "a")}, "the versions that were made of p"),
        ([Deed("a", "w0", {"p": 1}, {"p": 2})], [], {"p": (2, "a")}, "the entries of the journal"),
        ([Deed("a", "w0", {"p": 1}, {"p": 2})], ["a"], {"p": (1, "")}, "version and writer of p"),
        (
            [Deed("a", "w0", {"p": 1}, {"p": 2}), Deed("b", "w1", {"p": 2}, {"p": 3})],
            ["b", "a"],
            {"p": (3, "b")},
            "comes next in the journal",
        ),
    ],
)
def test_deeds_that_fit_no_order(deeds, journal, last, words):
    """Write skew, two loads that contradict each other, a load that goes back in time, lost and reordered changes."""
    with pytest.raises(AssertionError, match=words):
        check_one_by_one(deeds, journal, LAST | last)
