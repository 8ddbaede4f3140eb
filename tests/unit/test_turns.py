"""Taking turns: who waits, for how long, and that nothing rests on it."""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack, contextmanager

import psycopg
import pytest

from cantinekit.backends.memory import MemoryStorage
from cantinekit.backends.postgres import _statements, _turn
from cantinekit.backends.postgres._writing import ElsewhereError, Writer
from cantinekit.commands import Book
from cantinekit.errors import InputError, StaleVersionError, StorageError
from cantinekit.plugins.ports import Change, Guard, Key, Row, TakesTurns
from cantinekit.plugins.registry import Registry
from cantinekit.runtime import hot_rows as _turns
from cantinekit.runtime.hot_rows import HotRowQueue
from support.houses.small_house import open_house, period

SEATS, PAGE, OTHER = Key("session", "ses"), Key("occupancy", "room|2026-12-01"), Key("session", "other")


class Queueing(MemoryStorage):
    """A store that says for which rows somebody waited."""

    def __init__(self):
        super().__init__()
        self.taken = []

    @contextmanager
    def turn(self, key, patience, change=None):
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
    """A turn is taken for a row of the batch on which changes clashed, and for no other."""
    store = Queueing()
    turns = HotRowQueue(store)
    with ExitStack() as held:
        turns.take([SEATS, PAGE], held)
    assert store.taken == []
    assert turns.note([SEATS])
    with ExitStack() as held:
        turns.take([OTHER, PAGE], held)
        turns.take([PAGE, SEATS], held)
    assert store.taken == [SEATS]


def test_a_row_that_is_left_alone_is_forgotten(monkeypatch):
    """Some time after the last clash nobody waits any more."""
    store = Queueing()
    turns = HotRowQueue(store)
    turns.note([SEATS])
    later = time.monotonic() + _turns.WANTED + 0.1
    monkeypatch.setattr(_turns.time, "monotonic", lambda: later)
    with ExitStack() as held:
        turns.take([SEATS], held)
    assert store.taken == []


def test_a_row_that_is_waited_for_stays_wanted(monkeypatch):
    """While turns are taken at a row nobody clashes on it, and yet nobody goes back to deciding in vain."""
    store = Queueing()
    turns, begun = HotRowQueue(store), time.monotonic()
    turns.note([SEATS])
    for step in range(1, 5):
        monkeypatch.setattr(_turns.time, "monotonic", lambda step=step: begun + step * 0.9 * _turns.WANTED)
        with ExitStack() as held:
            turns.take([SEATS], held)
        assert len(store.taken) == step


def test_who_clashes_again_pauses():
    """The first clash is followed by a turn; whoever clashes all the same pauses, and so does every store without."""
    turns = HotRowQueue(Queueing())
    assert turns.note([SEATS]) is True
    assert turns.note([SEATS]) is False
    assert HotRowQueue(MemoryStorage()).note([SEATS]) is False


def test_one_after_the_other(store):
    """While somebody has a turn the next one waits; what else the store does goes on."""
    assert isinstance(store, TakesTurns)
    order, entered = [], threading.Event()

    def second():
        entered.set()
        with store.turn(SEATS, 10.0) as turn:
            turn.load([SEATS])
            order.append("second")

    with store.turn(SEATS, 10.0) as turn:
        turn.load([SEATS])
        thread = threading.Thread(target=second)
        thread.start()
        entered.wait(10)
        time.sleep(0.2)
        assert store.load([SEATS]) == [None]
        order.append("first")
    thread.join(20)
    assert order == ["first", "second"]


def test_who_waits_too_long_goes_on_without(store):
    """A turn that is not given back in time keeps nobody from going on."""
    with store.turn(SEATS, 10.0) as turn:
        turn.load([SEATS])
        waited = []

        def second():
            with store.turn(SEATS, 0.1) as mine:
                waited.append(mine.load([SEATS]) == [None])

        thread = threading.Thread(target=second)
        thread.start()
        thread.join(20)
        assert waited == [True]


def test_what_fails_in_a_turn_ends_it(store):
    """An error within a turn is passed on, and the next one has its turn at once."""

    def fails():
        with store.turn(SEATS, 10.0) as turn:
            turn.load([SEATS])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    begun = time.monotonic()
    with store.turn(SEATS, 30.0) as turn:
        turn.load([SEATS])
        assert time.monotonic() - begun < 15


@pytest.mark.parametrize("staged", [False, True])
def test_a_turn_whose_owner_froze_is_ended(pg_url, monkeypatch, staged):
    """The server ends a turn whose owner says nothing for long; what the owner applies then is stored all the same."""
    monkeypatch.setattr(_statements, "FROZEN", _statements.FROZEN.replace("10s", "1s"))
    store = Registry.load().storage(pg_url)
    store.apply(Change(rows=(Row(*SEATS, 1, "{}"),)))
    change = Change(rows=(Row(*OTHER, 1, "{}"), Row(*SEATS, 2, "{}")))
    with store.turn(SEATS, 10.0, change if staged else None) as frozen:
        frozen.load([SEATS])
        begun, other = time.monotonic(), _again(store)
        with other.turn(SEATS, 30.0) as turn:
            turn.load([SEATS])
            assert time.monotonic() - begun < 5
        frozen.apply(change)
    assert [row.version for row in store.load([SEATS, OTHER])] == [2, 1]
    store.close()


def test_a_turn_reads_and_writes_as_the_store_does(url):
    """Through a turn rows are read and written by the rules of the store, also after its first change has ended it."""
    store = Registry.load().storage(url)
    with store.turn(SEATS, 10.0) as turn:
        assert turn.load([SEATS, OTHER]) == [None, None]
        assert turn.load([OTHER]) == [None]
        turn.apply(Change(rows=(Row(*SEATS, 1, '{"n": 1}'),)))
        with pytest.raises(StaleVersionError) as stale:
            turn.apply(Change(rows=(Row(*SEATS, 1, "{}"),)))
        assert stale.value.keys == (SEATS,)
        assert [row and row.version for row in turn.load([SEATS, OTHER])] == [1, None]
        turn.apply(Change(rows=(Row(*OTHER, 1, "{}"),), guards=(Guard(SEATS, 1),)))
    with store.turn(SEATS, 10.0) as turn:
        turn.load([SEATS])
        with pytest.raises(StaleVersionError):
            turn.apply(Change(rows=(Row(*SEATS, 1, "{}"), Row(*PAGE, 1, "{}"))))
        with pytest.raises(InputError):
            turn.apply(Change(rows=(Row(*SEATS, 0, "{}"),)))
    assert [row and row.version for row in store.load([SEATS, OTHER, PAGE])] == [1, 1, None]
    store.close()


@pytest.mark.parametrize("failure", [ElsewhereError, psycopg.errors.DeadlockDetected, psycopg.errors.LockNotAvailable])
def test_what_a_turn_cannot_do_the_store_does(pg_url, monkeypatch, failure):
    """Where the transaction of a turn fails and nothing of it is stored, the change is stored by another one."""
    write, failed = Writer.write, []

    def failing(self, db, change, *, begun=False):
        if begun:
            failed.append(True)
            raise failure
        return write(self, db, change)

    monkeypatch.setattr(Writer, "write", failing)
    store = Registry.load().storage(pg_url)
    with store.turn(SEATS, 10.0) as turn:
        turn.load([SEATS])
        turn.apply(Change(rows=(Row(*SEATS, 1, "{}"),)))
    assert (len(failed), store.load([SEATS])[0].version) == (1, 1)
    store.close()


def test_a_change_that_was_cut_in_a_turn(pg_url, pg_admin, monkeypatch):
    """Where the connection of a turn is cut before its change, that is stored all the same, by another one, once; where
    it is cut on the way, the error says to try again."""
    store = Registry.load().storage(pg_url)
    with store.turn(SEATS, 10.0) as turn:
        turn.load([SEATS])
        pg_admin.execute("SELECT pg_terminate_backend(%s, 5000)", (turn._line.info.backend_pid,))
        turn.apply(Change(rows=(Row(*SEATS, 1, "{}"),)))
    with store.turn(SEATS, 10.0) as turn:
        turn.load([SEATS])
        pg_admin.execute("SELECT pg_terminate_backend(%s, 5000)", (turn._line.info.backend_pid,))
        monkeypatch.setattr(_turn, "usable", lambda line: True)
        with pytest.raises(StorageError) as cut:
            turn.apply(Change(rows=(Row(*SEATS, 2, "{}"),)))
        assert cut.value.retryable
        turn.apply(Change(rows=(Row(*SEATS, 2, "{}"),)))
    assert store.load([SEATS])[0].version == 2
    store.close()


def test_another_process_waits_too(store):
    """Two stores on one database, as of two processes, take turns."""
    order = []
    with ExitStack() as stack:
        other = _again(store)
        stack.callback(other.close)

        def second():
            with other.turn(SEATS, 10.0) as mine:
                mine.load([SEATS])
                order.append("second")

        with store.turn(SEATS, 10.0) as turn:
            turn.load([SEATS])
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
    other._turns = {}
    other.close = lambda: None
    return other


class Ending(Queueing):
    """A store that says when a turn is over."""

    @contextmanager
    def turn(self, key, patience, change=None):
        yield self
        self.taken.append("over")


def test_a_turn_is_over_before_observers_are_told():
    """Others need not wait until those who listen have heard of what was stored."""
    store = Ending()
    house = open_house(store)
    engine = house.cantine._engine
    engine.recorded = lambda entries: store.taken.append("told")
    engine._queue.note([Key("space", "b")])
    house.do(Book(space_id="b", product_id="room", period=period(9, 10)))
    assert store.taken == ["over", "told"]
