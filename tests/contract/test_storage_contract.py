"""The stores of the library, each through the whole storage contract and against the store in memory."""

from __future__ import annotations

from functools import partial

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from cantinekit.backends.memory import MemoryStorage
from cantinekit.backends.postgres import open_postgres
from cantinekit.backends.sqlite import SqliteStorage
from cantinekit.backends.sqlite._connect import wal_is_safe
from cantinekit.testing import StorageContract, StorageMachine, open_installed
from cantinekit.urls import BackendUrl
from support.run.soak import SOAK, examples
from support.stores.quick_folder import quick_folder

STEPS = settings(
    max_examples=40 if SOAK else 12,
    stateful_step_count=25,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.generate,),
    report_multiple_bugs=False,
)
MET = {"created", "updated", "removed", "guarded", "stale", "found", "paged", "recorded"}


class TestMemory(StorageContract):
    def open_storage(self):
        return MemoryStorage()


class TestSqlite(StorageContract):
    scale = 1.0 if SOAK else 0.5
    wal: bool | None = None
    driver = "sqlite3"

    @pytest.fixture(autouse=True)
    def _folder(self):
        with quick_folder() as self.folder:
            self.paths = {}
            yield

    def open_storage(self):
        return self._at(self.folder / f"{len(self.paths)}.db")

    def opener(self, storage):
        return partial(SqliteStorage, self.paths[storage], wal=self.wal, driver=self.driver)

    def reopen(self, storage):
        return self._at(self.paths[storage])

    def _at(self, path):
        storage = SqliteStorage(path, wal=self.wal, driver=self.driver)
        self.paths[storage] = path
        return storage


ONCE_MORE = 1.0 if SOAK else 0.05
"""The scale of SQLite with another journal and driver: its large promises are large once, and in a soak."""
OF_A_SERVER = 1.0 if SOAK else 0.2
"""The scale of PostgreSQL: what is large for a store in this process is large enough for one behind a wire."""


class TestSqliteThroughApsw(TestSqlite):
    """The other driver, with the journal that the first has not."""

    scale = ONCE_MORE
    driver = "apsw"
    wal = not wal_is_safe()


if SOAK:

    class TestSqliteWithWal(TestSqlite):
        wal = True

    class TestSqliteWithDelete(TestSqlite):
        wal = False

    class TestSqliteThroughApswAsTheFirst(TestSqlite):
        """The other driver, with the journal that the first has."""

        driver = "apsw"
        wal = wal_is_safe()


# A connection whose opening is interrupted within psycopg is closed by the garbage collector, which complains of it.
@pytest.mark.filterwarnings(
    "ignore:Exception ignored in. <function BaseConnection:pytest.PytestUnraisableExceptionWarning"
)
class TestPostgres(StorageContract):
    scale = OF_A_SERVER

    @pytest.fixture(autouse=True)
    def _server(self, pg_fresh_url):
        self.fresh_url, self.urls = pg_fresh_url, {}

    def open_storage(self):
        return self._at(self.fresh_url())

    def opener(self, storage):
        return partial(open_installed, self.urls[storage])

    def reopen(self, storage):
        return self._at(self.urls[storage])

    def _at(self, url):
        storage = open_postgres(BackendUrl.parse(url))
        self.urls[storage] = url
        return storage


def run(machine):
    for number in range(6):
        run_state_machine_as_test(examples(number)(machine), settings=STEPS)
        if all(machine.seen[name] for name in MET):
            break
    assert {name for name in MET if not machine.seen[name]} == set(), machine.seen


def test_sqlite_does_what_memory_does(tmp_path):
    """SQLite and the store in memory answer alike, change by change, and the steps met every case."""
    paths = iter(range(10**6))

    class Machine(StorageMachine):
        def open_storage(self):
            return SqliteStorage(tmp_path / f"{next(paths)}.db")

    run(Machine)


@pytest.mark.timeout(900)
def test_postgres_does_what_memory_does(pg_fresh_url):
    """PostgreSQL and the store in memory answer alike, change by change, and the steps met every case."""

    class Machine(StorageMachine):
        def open_storage(self):
            return open_postgres(BackendUrl.parse(pg_fresh_url()))

    run(Machine)


def test_the_machine_finds_a_fault():
    """The machine fails on a store that keeps index pairs which a row has lost."""

    class KeepsOldPairs(MemoryStorage):
        def _reindex(self, key, old, new):
            super()._reindex(key, set(), new - old)

    class Machine(StorageMachine):
        def open_storage(self):
            return KeepsOldPairs()

    with pytest.raises((AssertionError, KeyError)):
        run(Machine)
