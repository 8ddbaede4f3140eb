"""Taking turns: who waits, for how long, and that nothing rests on it."""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack, contextmanager

import pytest

from cantinekit import _turns
from cantinekit._turns import Turns
from cantinekit.backends.memory import MemoryStorage
from cantinekit.ports import Key, TakesTurns
from cantinekit.registry import Registry

SEATS, PAGE, OTHER = Key("session", "ses"), Key("occupancy", "room|2026-12-01"), Key("session", "other")


class Queueing(MemoryStorage):
    """A store that says for which rows somebody waited."""

    def __init__(self):
        super().__init__()
        self.taken = []

    @contextmanager
    def turn(self, key, patience):
        self.taken.append(key)
        yield


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request, tmp_path):
    url = f"sqlite:///{tmp_path / 'c.db'}" if request.param == "sqlite" else request.getfixturevalue("pg_url")
    storage = Registry.load().storage(url)
    yield storage
    storage.close()


def test_nobody_waits_before_changes_clash():
    """A turn is taken for a row of the batch on which changes clashed, and for no other."""
    store = Queueing()
    turns = Turns(store)
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
    turns = Turns(store)
    turns.note([SEATS])
    later = time.monotonic() + _turns.WANTED + 0.1
    monkeypatch.setattr(_turns.time, "monotonic", lambda: later)
    with ExitStack() as held:
        turns.take([SEATS], held)
    assert store.taken == []


def test_who_clashes_again_pauses():
    """The first clash is followed by a turn; whoever clashes all the same pauses, and so does every store without."""
    turns = Turns(Queueing())
    assert turns.note([SEATS]) is True
    assert turns.note([SEATS]) is False
    assert Turns(MemoryStorage()).note([SEATS]) is False


def test_one_after_the_other(store):
    """While somebody has a turn the next one waits; what else the store does goes on."""
    assert isinstance(store, TakesTurns)
    order, entered = [], threading.Event()

    def second():
        entered.set()
        with store.turn(SEATS, 10.0):
            order.append("second")

    with store.turn(SEATS, 10.0):
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
    with store.turn(SEATS, 10.0):
        waited = []

        def second():
            with store.turn(SEATS, 0.1):
                waited.append(True)

        thread = threading.Thread(target=second)
        thread.start()
        thread.join(20)
        assert waited == [True]


def test_what_fails_in_a_turn_ends_it(store):
    """An error within a turn is passed on, and the next one has its turn at once."""
    with pytest.raises(ZeroDivisionError), store.turn(SEATS, 10.0):
        raise ZeroDivisionError
    begun = time.monotonic()
    with store.turn(SEATS, 30.0):
        assert time.monotonic() - begun < 15


def test_another_process_waits_too(store):
    """Two stores on one database, as of two processes, take turns."""
    order = []
    with ExitStack() as stack:
        other = _again(store)
        stack.callback(other.close)

        def second():
            with other.turn(SEATS, 10.0):
                order.append("second")

        with store.turn(SEATS, 10.0):
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
