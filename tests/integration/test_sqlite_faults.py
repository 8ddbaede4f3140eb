"""A full disk under an SQLite store, and a holder of its lock that does not go on."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from cantinekit.backends.sqlite import SqliteStorage
from cantinekit.errors import ContentionError
from cantinekit.plugins.ports import Change, Key, Row
from support.stores.sqlite_files import ask, finished, python

WAYS = {"delete": ("sqlite3", False), "wal": ("apsw", True)}

FILLS = """
import sys
from cantinekit.backends.sqlite import SqliteStorage
from cantinekit.errors import BackendError, StorageError
from cantinekit.plugins.ports import Change, Key, Row

def rows(name):
    body = '{"x": "%s"}' % ("y" * 5000)
    return (Row("first", name, 1, "{}", (("f", "v"),)), Row("second", name, 1, body))  # the first may fit alone

def store(storage, names):
    stored = []
    for name in names:
        try:
            storage.apply(Change(rows=rows(name)))
        except StorageError as error:
            return stored, error
        stored.append(name)
    return stored, None

def whole(storage, stored, refused):
    found = storage.load([Key(kind, name) for name in stored for kind in ("first", "second")])
    gone = storage.load([Key(kind, name) for name in refused for kind in ("first", "second")])
    by_index = [row.id for row in storage.find("first", "f", eq="v", limit=30_000).rows]
    return all(found) and not any(gone) and by_index == sorted(stored)

driver, wal = sys.argv[2], sys.argv[3] == "True"
storage = SqliteStorage(sys.argv[1], driver=driver, wal=wal)
stored, error = store(storage, ["before"])
fill()
more, error = store(storage, [f"n{number:05}" for number in range(3000)])
stored += more
print(type(error).__name__, error.retryable, len(stored) < 3000, "yyy" not in str(error))
print(whole(storage, stored, [f"n{len(more):05}", "small"]))
make_room()
more, error = store(storage, ["after"])
print(error, whole(storage, [*stored, "after"], ["small"]))
storage.close()
"""
BY_LIMIT = """
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # then the call fails with EFBIG, and SQLite says that the disk is full
hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
def fill(): resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, hard))
def make_room(): resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
"""
BY_MOUNT = """
import subprocess, sys
def fill(): pass
def make_room(): subprocess.run(["mount", "-o", "remount,size=16m", sys.argv[4]], check=True)
"""
HOLDS = """
import os, signal, sys
from cantinekit.backends.sqlite import SqliteStorage
from cantinekit.plugins.sql import store
from cantinekit.plugins.ports import Change, Row
storage = SqliteStorage(sys.argv[1], driver=sys.argv[2], wal=sys.argv[3] == "True")
write = store.write_change
def slowly(db, change):
    write(db, change)
    print("holding", flush=True)
    os.kill(os.getpid(), signal.SIGSTOP)
store.write_change = slowly
storage.apply(Change(rows=(Row("k", "held", 1, "{}"),)))
print("done", flush=True)
"""


@pytest.fixture
def small_disk(tmp_path):
    """A file system of two MiB in memory, of which the tests may make a larger one; needs the right to mount."""
    folder = tmp_path / "small"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", folder], capture_output=True).returncode:
        pytest.skip("no right to mount a file system; the test with a limit on files has filled one")
    yield folder
    subprocess.run(["umount", folder], check=True)


def assert_filled(path: Path, program: str, way: str) -> None:
    """The disk was full, said so, kept what it had acknowledged whole and nothing else, and works again."""
    driver, wal = WAYS[way]
    told = finished(python(program + FILLS, path, driver, wal, path.parent))
    assert told == ["StorageError", "False", "True", "True", "True", "None", "True"]
    assert ask(path, "PRAGMA integrity_check") == [("ok",)]


@pytest.mark.parametrize("way", WAYS)
def test_files_that_cannot_grow(tmp_path, way):
    """When no file may grow each change is stored whole or refused, and goes through when there is room again."""
    assert_filled(tmp_path / "cantine.db", BY_LIMIT, way)


@pytest.mark.parametrize("way", WAYS)
def test_a_full_file_system(small_disk, way):
    """The same on a file system without room, until it is made larger."""
    assert_filled(small_disk / "cantine.db", BY_MOUNT, way)


def test_half_a_change_is_found(tmp_path):
    """The control: without the transaction a change that did not fit is there by halves."""
    no_transaction = "from cantinekit.plugins.sql import Session\nSession.transact = lambda db, work: work(db)\n"
    with pytest.raises(AssertionError, match="'False'"):
        assert_filled(tmp_path / "cantine.db", no_transaction + BY_LIMIT, "delete")


# --- a holder of the lock that does not go on -----------------------------------------------------------------------


@pytest.fixture(params=WAYS)
def held(request, tmp_path):
    """A file, the way to open it, and a process that is stopped with the lock in its hands."""
    driver, wal = WAYS[request.param]
    path = tmp_path / "cantine.db"
    process = python(HOLDS, path, driver, wal)
    assert process.stdout.readline() == "holding\n"
    _, status = os.waitpid(process.pid, os.WUNTRACED)
    assert os.WIFSTOPPED(status)
    yield path, {"driver": driver, "wal": wal}, process
    process.kill()
    with process:
        pass


def refused(path: Path, options: dict) -> None:
    """A write that ends by its timeout, with an error that may be retried, while reads go on."""
    storage = SqliteStorage(path, timeout=0.4, **options)
    begun = time.monotonic()
    with pytest.raises(ContentionError) as refusal:
        storage.apply(Change(rows=(Row("k", "mine", 1, "{}"),)))
    assert 0.3 < time.monotonic() - begun < 20
    assert refusal.value.retryable
    assert storage.load([Key("k", "held"), Key("k", "mine")]) == [None, None]
    storage.close()


def test_a_stopped_writer(held):
    """While the holder of the lock is stopped others end by their timeout; when it goes on, both get their way."""
    path, options, process = held
    refused(path, options)
    os.kill(process.pid, signal.SIGCONT)
    assert process.stdout.readline() == "done\n"
    storage = SqliteStorage(path, timeout=20, **options)
    storage.apply(Change(rows=(Row("k", "mine", 1, "{}"),)))
    assert all(storage.load([Key("k", "held"), Key("k", "mine")]))
    storage.close()


def test_a_stopped_writer_that_is_killed(held):
    """When the stopped holder is killed the lock is free at once, and nothing of its change is there."""
    path, options, process = held
    refused(path, options)
    process.kill()
    process.wait()
    begun = time.monotonic()
    storage = SqliteStorage(path, timeout=60, **options)
    storage.apply(Change(rows=(Row("k", "mine", 1, "{}"),)))
    assert time.monotonic() - begun < 30
    assert [row and row.id for row in storage.load([Key("k", "held"), Key("k", "mine")])] == [None, "mine"]
    storage.close()
