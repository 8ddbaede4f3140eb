"""Row locks: who waits, for how long, and that nothing rests on them."""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack, contextmanager

import psycopg
import pytest

from cantinekit.backends.memory import MemoryStorage
from cantinekit.backends.postgres import _row_lock, _statements
from cantinekit.backends.postgres._writing import ChangeWriter, ElsewhereError
from cantinekit.commands import Book
from cantinekit.errors import InputError, StaleVersionError, StorageError
from cantinekit.plugins.ports import Change, Guard, Key, LocksRows, Row
from cantinekit.plugins.registry import Registry
from cantinekit.runtime import hot_rows
from cantinekit.runtime.hot_rows import HotRowQueue
from support.houses.small_house import open_house, period

SEATS, PAGE, OTHER = Key("session", "ses"), Key("occupancy", "room|2026-12-01"), Key("session", "other")


class Queueing(MemoryStorage):
    """A store that says for which rows somebody waited."""

    def __init__(self):
        super().__init__()
        self.taken = []

    @contextmanager
    def row_lock(self, key, patience, change=None):
        self.taken.append(key)
        yield self


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    return f"sqlite:///{tmp_path / 'c.db'}" if request.param == "sqlite" else request.getfixturevalue("pg_url")


@pytest.fixture
def store(url):
    storage = Registry.load().storage(url)
    yield storage
    storage.close()


def test_nobody_waits_before_changes_clash():
    """The row lock is waited for at a row of the batch on which changes clashed, and at no other."""
    store = Queueing()
    queue = HotRowQueue(store)
    with ExitStack() as held:
        queue.take([SEATS, PAGE], held)
    assert store.taken == []
    assert queue.note([SEATS])
    with ExitStack() as held:
        queue.take([OTHER, PAGE], held)
        queue.take([PAGE, SEATS], held)
    assert store.taken == [SEATS]


def test_a_row_that_is_left_alone_is_forgotten(monkeypatch):
    """Some time after the last clash nobody waits any more."""
    store = Queueing()
    queue = HotRowQueue(store)
    queue.note([SEATS])
    later = time.monotonic() + hot_rows.WANTED + 0.1
    monkeypatch.setattr(hot_rows.time, "monotonic", lambda: later)
    with ExitStack() as held:
        queue.take([SEATS], held)
    assert store.taken == []


def test_a_row_that_is_waited_for_stays_wanted(monkeypatch):
    """While a row is locked nobody clashes on it, and yet nobody goes back to deciding without the lock."""
    store = Queueing()
    queue, begun = HotRowQueue(store), time.monotonic()
    queue.note([SEATS])
    for step in range(1, 5):
        monkeypatch.setattr(hot_rows.time, "monotonic", lambda step=step: begun + step * 0.9 * hot_rows.WANTED)
        with ExitStack() as held:
            queue.take([SEATS], held)
        assert len(store.taken) == step


def test_who_clashes_again_pauses():
    """The first clash is followed by a wait for the lock; the next one, or any without locks, by a pause."""
    queue = HotRowQueue(Queueing())
    assert queue.note([SEATS]) is True
    assert queue.note([SEATS]) is False
    assert HotRowQueue(MemoryStorage()).note([SEATS]) is False


def test_one_after_the_other(store):
    """While somebody holds the row lock the next one waits; what else the store does goes on."""
    assert isinstance(store, LocksRows)
    order, entered = [], threading.Event()

    def second():
        entered.set()
        with store.row_lock(SEATS, 10.0) as lock:
            lock.load([SEATS])
            order.append("second")

    with store.row_lock(SEATS, 10.0) as lock:
        lock.load([SEATS])
        thread = threading.Thread(target=second)
        thread.start()
        entered.wait(10)
        time.sleep(0.2)
        assert store.load([SEATS]) == [None]
        order.append("first")
    thread.join(20)
    assert order == ["first", "second"]


def test_who_waits_too_long_goes_on_without(store):
    """A row lock that is not released in time keeps nobody from going on."""
    with store.row_lock(SEATS, 10.0) as lock:
        lock.load([SEATS])
        waited = []

        def second():
            with store.row_lock(SEATS, 0.1) as mine:
                waited.append(mine.load([SEATS]) == [None])

        thread = threading.Thread(target=second)
        thread.start()
        thread.join(20)
        assert waited == [True]


def test_what_fails_under_the_lock_releases_it(store):
    """An error under the lock is passed on, and the next one holds the lock at once."""

    def fails():
        with store.row_lock(SEATS, 10.0) as lock:
            lock.load([SEATS])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    begun = time.monotonic()
    with store.row_lock(SEATS, 30.0) as lock:
        lock.load([SEATS])
        assert time.monotonic() - begun < 15


@pytest.mark.parametrize("staged", [False, True])
def test_the_lock_of_a_frozen_holder_is_released(pg_url, monkeypatch, staged):
    """The server releases the lock of a holder that is silent for long; what the holder then applies is stored all the
    same."""
    monkeypatch.setattr(_statements, "FROZEN", _statements.FROZEN.replace("10s", "1s"))
    store = Registry.load().storage(pg_url)
    store.apply(Change(rows=(Row(*SEATS, 1, "{}"),)))
    change = Change(rows=(Row(*OTHER, 1, "{}"), Row(*SEATS, 2, "{}")))
    with store.row_lock(SEATS, 10.0, change if staged else None) as frozen:
        frozen.load([SEATS])
        begun, other = time.monotonic(), _again(store)
        with other.row_lock(SEATS, 30.0) as lock:
            lock.load([SEATS])
            assert time.monotonic() - begun < 9
        frozen.apply(change)
    assert [row.version for row in store.load([SEATS, OTHER])] == [2, 1]
    store.close()


def test_under_the_lock_all_is_read_and_written_as_the_store_does(url):
    """Under the lock rows are read and written by the rules of the store, also after the first change released it."""
    store = Registry.load().storage(url)
    with store.row_lock(SEATS, 10.0) as lock:
        assert lock.load([SEATS, OTHER]) == [None, None]
        assert lock.load([OTHER]) == [None]
        lock.apply(Change(rows=(Row(*SEATS, 1, '{"n": 1}'),)))
        with pytest.raises(StaleVersionError) as stale:
            lock.apply(Change(rows=(Row(*SEATS, 1, "{}"),)))
        assert stale.value.keys == (SEATS,)
        assert [row and row.version for row in lock.load([SEATS, OTHER])] == [1, None]
        lock.apply(Change(rows=(Row(*OTHER, 1, "{}"),), guards=(Guard(SEATS, 1),)))
    with store.row_lock(SEATS, 10.0) as lock:
        lock.load([SEATS])
        with pytest.raises(StaleVersionError):
            lock.apply(Change(rows=(Row(*SEATS, 1, "{}"), Row(*PAGE, 1, "{}"))))
        with pytest.raises(InputError):
            lock.apply(Change(rows=(Row(*SEATS, 0, "{}"),)))
    assert [row and row.version for row in store.load([SEATS, OTHER, PAGE])] == [1, 1, None]
    store.close()


@pytest.mark.parametrize("failure", [ElsewhereError, psycopg.errors.DeadlockDetected, psycopg.errors.LockNotAvailable])
def test_what_cannot_be_stored_under_the_lock_is_stored_without(pg_url, monkeypatch, failure):
    """Where the transaction of the lock fails and nothing of it is stored, the change is stored by another one."""
    write, failed = ChangeWriter.write, []

    def failing(self, db, change, *, begun=False):
        if begun:
            failed.append(True)
            raise failure
        return write(self, db, change)

    monkeypatch.setattr(ChangeWriter, "write", failing)
    store = Registry.load().storage(pg_url)
    with store.row_lock(SEATS, 10.0) as lock:
        lock.load([SEATS])
        lock.apply(Change(rows=(Row(*SEATS, 1, "{}"),)))
    assert (len(failed), store.load([SEATS])[0].version) == (1, 1)
    store.close()


def test_a_change_that_was_cut_under_the_lock(pg_url, pg_admin, monkeypatch):
    """Where the connection of the lock is cut before its change, that is stored all the same, by another one, once;
    where it is cut on the way, the error says to try again."""
    store = Registry.load().storage(pg_url)
    with store.row_lock(SEATS, 10.0) as lock:
        lock.load([SEATS])
        pg_admin.execute("SELECT pg_terminate_backend(%s, 5000)", (lock._line.info.backend_pid,))
        lock.apply(Change(rows=(Row(*SEATS, 1, "{}"),)))
    with store.row_lock(SEATS, 10.0) as lock:
        lock.load([SEATS])
        pg_admin.execute("SELECT pg_terminate_backend(%s, 5000)", (lock._line.info.backend_pid,))
        monkeypatch.setattr(_row_lock, "usable", lambda line: True)
        with pytest.raises(StorageError) as cut:
            lock.apply(Change(rows=(Row(*SEATS, 2, "{}"),)))
        assert cut.value.retryable
        lock.apply(Change(rows=(Row(*SEATS, 2, "{}"),)))
    assert store.load([SEATS])[0].version == 2
    store.close()


def test_another_process_waits_too(store):
    """Two stores on one database, as of two processes, hold the row lock one after the other."""
    order = []
    with ExitStack() as stack:
        other = _again(store)
        stack.callback(other.close)

        def second():
            with other.row_lock(SEATS, 10.0) as mine:
                mine.load([SEATS])
                order.append("second")

        with store.row_lock(SEATS, 10.0) as lock:
            lock.load([SEATS])
            thread = threading.Thread(target=second)
            thread.start()
            time.sleep(0.3)
            order.append("first")
        thread.join(20)
    assert order == ["first", "second"]


def _again(store):
    """The same database, opened once more."""
    from cantinekit.backends.sqlite import SqliteStorage

    if isinstance(store, SqliteStorage):
        return SqliteStorage(store._path)
    other = type(store).__new__(type(store))
    other.__dict__.update(store.__dict__)
    other._queues = {}
    other.close = lambda: None
    return other


class Ending(Queueing):
    """A store that says when the row lock is released."""

    @contextmanager
    def row_lock(self, key, patience, change=None):
        yield self
        self.taken.append("over")


def test_the_lock_is_released_before_observers_are_told():
    """Others need not wait until those who listen have heard of what was stored."""
    store = Ending()
    house = open_house(store)
    engine = house.cantine._engine
    engine.recorded = lambda entries: store.taken.append("told")
    engine._queue.note([Key("space", "b")])
    house.do(Book(space_id="b", product_id="room", period=period(9, 10)))
    assert store.taken == ["over", "told"]
