"""A disk that fills up: a clean error, nothing half-written, and all is well once there is room again."""

from __future__ import annotations

import json
import os
import shutil
import subprocess

import pytest

from cantinekit.backends.postgres import open_postgres
from cantinekit.errors import StorageError
from cantinekit.plugins.ports import Change, JournalEntry, Key, Row
from cantinekit.urls import BackendUrl
from support.postgres.cluster import Cluster, eventually, folder, own
from support.postgres.postgres_stores import told

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("mount") is None, reason="only root may mount a small file system"
)
TABLES = 24 << 20
EVERYTHING = 96 << 20


@pytest.fixture
def place():
    """A folder, and one of a fixed size in it; unmounted afterwards."""
    with folder() as path:
        mounted = []

        def small(size):
            disk = path / "disk"
            disk.mkdir()
            done = subprocess.run(
                ["mount", "-t", "tmpfs", "-o", f"size={size}", "none", disk], capture_output=True, text=True
            )
            if done.returncode:
                pytest.skip(f"a tmpfs cannot be mounted here: {done.stderr.strip()}")
            mounted.append(disk)
            return own(disk)

        yield path, small
        for disk in mounted:
            subprocess.run(["umount", "-l", disk], check=True)


def change(n, body):
    """A row that is new, one that counts, and an entry: all, or nothing."""
    rows = (Row("k", f"r{n}", 1, body, (("f", f"{n:06}"),)), Row("k", "count", n, f'{{"n": {n}}}'))
    return Change(rows=rows, events=(JournalEntry("put", told().at, "me", (Key("k", f"r{n}"),), body),))


def fill(store, first=1):
    """Write until it is refused; gives how many were acknowledged, and the refusal."""
    body = json.dumps({"x": os.urandom(40_000).hex()})  # not to be compressed
    for n in range(first, first + 10_000):
        try:
            store.apply(change(n, body))
        except StorageError as error:
            return n - 1, error
    raise AssertionError("the disk did not fill up")


def check(store, acknowledged):
    """What is stored is what was acknowledged, or one change more, and whole."""
    (count,) = store.load([Key("k", "count")])
    assert count.version in (acknowledged, acknowledged + 1)
    whole = count.version
    rows = store.load([Key("k", f"r{n}") for n in range(1, whole + 2)])
    assert [row is not None for row in rows] == [True] * whole + [False]
    assert len(store.find("k", "f", limit=30_000).rows) == whole
    entries = []
    while page := store.journal(after=entries[-1].number if entries else 0, limit=10):  # no room to sort more
        entries.extend(page)
    assert [entry.subjects[0].id for entry in entries] == [f"r{n}" for n in range(1, whole + 1)]
    return whole


def test_the_disk_of_the_tables_is_full(place):
    """Where the disk of the tables is full a change is refused with a StorageError that names the state, reading goes
    on, and with room again the next change works; all that was acknowledged is there, and nothing by halves."""
    path, small = place
    disk = small(TABLES)
    with Cluster.made(path / "a") as cluster:
        with cluster.connect() as db:
            db.execute(f"CREATE TABLESPACE small LOCATION '{disk}'")
            db.execute("CREATE DATABASE cantine TABLESPACE small")
        store = open_postgres(BackendUrl.parse(cluster.url("deadline=20", dbname="cantine")))
        acknowledged, refusal = fill(store)
        assert acknowledged > 3
        assert str(refusal) == "PostgreSQL could not do it (53100)"
        assert refusal.__context__ is None
        for _ in range(3):
            again, refusal = fill(store, acknowledged + 1)
            assert (again, str(refusal)) == (acknowledged, "PostgreSQL could not do it (53100)")
        assert check(store, acknowledged) == acknowledged
        subprocess.run(["mount", "-o", f"remount,size={2 * TABLES}", disk], check=True)
        store.apply(change(acknowledged + 1, "{}"))
        assert check(store, acknowledged + 1) == acknowledged + 1
        store.close()


def test_the_whole_disk_is_full(place):
    """Where the write-ahead log has no room either the server itself may fall and come back: calls are refused, at
    worst as a lost connection, and with room again all that was acknowledged is there, and nothing by halves."""
    _, small = place
    disk = small(EVERYTHING)
    with Cluster.made(disk / "a") as cluster:
        store = open_postgres(BackendUrl.parse(cluster.url("deadline=20")))
        acknowledged, _ = fill(store)
        assert acknowledged > 3
        subprocess.run(["mount", "-o", f"remount,size={4 * EVERYTHING}", disk], check=True)
        if not (cluster.data / "postmaster.pid").exists():
            cluster.start()

        def answers():
            try:
                return store.load([Key("k", "count")])[0]
            except StorageError as error:
                if not error.retryable:
                    raise
                return None

        eventually(answers)
        whole = check(store, acknowledged)
        store.apply(change(whole + 1, "{}"))
        assert check(store, whole + 1) == whole + 1
        store.close()
