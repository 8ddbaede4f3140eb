"""Places are had in the order in which they were asked for."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime
from functools import partial

import pytest

from cantinekit.backends.sqlite import SqliteStorage, _store
from cantinekit.plugins.ports import Change, JournalEntry, Key
from cantinekit.plugins.sql import pool
from cantinekit.plugins.sql.fair import FairSemaphore
from cantinekit.plugins.sql.pool import Limits, Pool
from support.races.overtaking import Free, eventually, queue, waiting

FIRST = ["0", "1", "2", "3", "4", "late"]


def queued(places, hold, work):
    """Six do this work with their name, the last of them in the moment in which the one place comes free."""
    queue(places, hold, [partial(work, name) for name in FIRST[:-1]], partial(work, FIRST[-1]))


def asked(places):
    """The order in which six who ask get the one place."""
    done = []

    def work(name):
        with places.one(time.monotonic() + 20) as got:
            assert got
            done.append(name)

    queued(lambda: places, places.one, work)
    return done


def test_first_come_first_served():
    """Who waits for a place gets it in the order in which they came, before who asks when it comes free."""
    for _ in range(20):
        assert asked(FairSemaphore()) == FIRST


def test_a_place_that_lies_free_is_taken_by_who_comes_late():
    """The control: places that are free for a moment go to whoever asks in that moment."""
    assert any(asked(Free()) != FIRST for _ in range(20))


def test_who_does_not_get_a_place_in_time_is_told():
    """``take`` is False by the time it was told, and who waits behind is not held up by who has left."""
    places = FairSemaphore()
    assert places.take()
    begun = time.monotonic()
    assert not places.take(begun + 0.1)
    assert 0.1 <= time.monotonic() - begun < 20
    assert not places.take(begun)
    got = []
    thread = threading.Thread(target=lambda: got.append(places.take(time.monotonic() + 20)))
    thread.start()
    eventually(lambda: waiting(places) == 1)
    places.give_back()
    thread.join(20)
    assert got == [True]
    assert places.taken == 1
    places.give_back()
    assert places.taken == 0


def test_an_interrupt_while_waiting_loses_no_place(monkeypatch):
    """Who is interrupted while they wait leaves the line; a place that they were given goes on to the next."""

    class Interrupted:
        def __init__(self):
            self.given = False

        @property
        def awake(self):
            return self

        def acquire(self, timeout):
            if given_first:
                places.give_back()
            raise KeyboardInterrupt

        def release(self):
            pass

    monkeypatch.setattr("cantinekit.plugins.sql.fair._Waiting", Interrupted)
    for given_first in (False, True):
        places = FairSemaphore()
        assert places.take()
        with pytest.raises(KeyboardInterrupt):
            places.take(time.monotonic() + 20)
        assert waiting(places) == 0
        assert places.taken == (0 if given_first else 1)


def test_no_more_than_the_most_are_taken():
    """There are as many places as it says; without a number there is no end of them."""
    places = FairSemaphore(2)
    assert [places.take(0.0) for _ in range(3)] == [True, True, False]
    places.give_back()
    assert places.take(0.0)
    endless = FairSemaphore(None)
    assert all(endless.take(0.0) for _ in range(100))
    assert endless.taken == 100


def lent(**usable):
    """The order in which six who ask are lent the one connection."""
    done = []
    lender = Pool(lambda due: object(), lambda line: None, lambda line: True, limits=Limits(most=1), **usable)

    def work(name):
        with lender.lend(time.monotonic() + 20):
            done.append(name)

    queued(lambda: lender._till().out, lender.lend, work)
    return done


def test_connections_are_lent_first_come_first_served():
    """A connection that comes back is lent to who has waited longest, not to who gave it back and wants it again."""
    for _ in range(20):
        assert lent() == FIRST


def test_connections_were_lent_to_who_came_late(monkeypatch):
    """The control: with places that lie free for a moment late arrivals overtake."""
    monkeypatch.setattr(pool, "FairSemaphore", Free)
    assert any(lent() != FIRST for _ in range(20))


def test_a_connection_that_broke_costs_nobody_their_place():
    """Who is lent what turns out to be broken gets another one, and is not sent to the end of the line."""
    for _ in range(20):
        assert lent(usable=lambda line: False) == FIRST


@pytest.fixture
def file(tmp_path):
    store = SqliteStorage(tmp_path / "a.db")
    yield store
    store.close()


def written(store, round):
    """The order in which six write to an SQLite store at once."""

    def work(name):
        told = JournalEntry(name, datetime(2026, 11, 24, tzinfo=UTC), "me", (Key("k", f"{round}"),), "{}")
        store.apply(Change(events=(told,)))

    queued(lambda: next(iter(store._writers.values())), store._one_writer, work)
    return [entry.type for entry in store.journal(subject=Key("k", f"{round}"))]


def lock_order(store, held):
    """The order in which six hold the lock of a row; ``held`` gives the places that they wait for."""
    lock_row, done = partial(store.row_lock, Key("k", "a"), 20.0), []

    def work(name):
        with lock_row():
            done.append(name)

    queued(held, lock_row, work)
    return done


def test_writers_of_a_file_go_in_the_order_in_which_they_came(file):
    """Threads that write to one SQLite file, and those that wait for a row lock, go in the order in which they came."""
    for round in range(10):
        assert written(file, round) == FIRST
        assert lock_order(file, lambda: next(iter(file._queues.values()))) == FIRST


def test_writers_of_a_file_were_overtaken(file, monkeypatch):
    """The control: with places that lie free for a moment late arrivals overtake."""
    monkeypatch.setattr(_store, "FairSemaphore", Free)
    assert any(written(file, round) != FIRST for round in range(20))
    assert any(lock_order(file, lambda: next(iter(file._queues.values()))) != FIRST for _ in range(20))


def test_row_locks_on_postgresql_go_in_the_order_in_which_they_came(pg_storage, monkeypatch):
    """Threads that wait for the lock of a row hold it in the order in which they came; the control is as above."""
    places = lambda: next(iter(pg_storage._queues.values()))  # noqa: E731
    for _ in range(10):
        assert lock_order(pg_storage, places) == FIRST
    monkeypatch.setattr("cantinekit.backends.postgres._store.FairSemaphore", Free)
    pg_storage._queues.clear()
    assert any(lock_order(pg_storage, places) != FIRST for _ in range(20))


def test_an_interrupt_while_a_connection_comes_back_loses_nothing():
    """Where the look at a connection that comes back is interrupted it is closed, and its place is free."""
    closed = []

    def healthy(line):
        raise KeyboardInterrupt

    lender = Pool(lambda due: object(), closed.append, healthy, limits=Limits(most=1))
    for count in (1, 2):
        with pytest.raises(KeyboardInterrupt), lender.lend(time.monotonic() + 1):
            pass
        assert len(closed) == count
