"""PostgreSQL that stops to answer: every call ends by its deadline, and the next one works once the server does."""

from __future__ import annotations

import math
import socket
import threading
import time
from contextlib import contextmanager, suppress
from functools import partial

import pytest

from cantinekit.backends.postgres import _line, open_postgres
from cantinekit.backends.postgres._writing import ChangeWriter
from cantinekit.errors import BackendError, StaleVersionError, StorageError
from cantinekit.plugins.ports import Change, Key
from cantinekit.urls import BackendUrl
from support.postgres.cluster import Cluster, eventually, folder
from support.postgres.hanging_stores import DEADLINE, LONG_SINCE, MARGIN, backends, ends_in_time, opened
from support.postgres.postgres_stores import after_each, put, started, step_by_step, together, told


@pytest.fixture(scope="module")
def cluster():
    with folder() as place, Cluster.made(place / "a") as one:
        yield one


@pytest.fixture
def store(cluster):
    with opened(cluster) as storage:
        yield storage


CALLS = {
    "load": lambda storage: storage.load([Key("k", "a")]),
    "find": lambda storage: storage.find("k", "f"),
    "apply": lambda storage: storage.apply(put("new")),
    "journal": lambda storage: storage.journal(),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_frozen_backend(cluster, store, call):
    """Each call to a server process that is frozen ends by the deadline; its connection is thrown away."""
    store.apply(put("a"))
    with store._pool.lend() as line:
        pass
    with cluster.frozen(*backends(cluster)):
        took, error = ends_in_time(partial(call, store))
        assert took >= DEADLINE
        assert "deadline" in str(error)
        assert line.closed
        store.apply(put("after"))  # the server as such still takes connections
    assert store.load([Key("k", "a"), Key("k", "after")])[1].version == 1


@pytest.mark.parametrize("host", ["127.0.0.1", "socket"])
def test_a_frozen_cluster(cluster, host):
    """A cluster that is frozen as a whole, by TCP and by socket: calls end by the deadline, those that would have to
    connect too; when it goes on the next call works, and what was refused is stored once or not at all."""
    place = {"host": host} if host != "socket" else {}
    options = f"deadline={DEADLINE}&pool_max=4" + ("" if place else f"&host={cluster.data}")
    with opened(cluster, options, **place) as store:
        store.apply(put("a"))
        with cluster.frozen():
            ends_in_time(partial(store.apply, put("a", 2)))
            for _ in range(2):
                ends_in_time(partial(store.load, [Key("k", "a")]))
            assert (
                together(*[partial(ends_in_time, partial(store.load, [Key("k", "a")])) for _ in range(8)]) == [None] * 8
            )
        eventually(lambda: goes_on(store))


def goes_on(store):
    """Write the next version; ``False`` where what was refused before has become stored since it was looked at."""
    (row,) = store.load([Key("k", "a")])
    try:
        store.apply(put("a", row.version + 1))
    except StaleVersionError:
        return False
    return True


def test_without_a_deadline_the_call_hangs(cluster):
    """Control: with the deadline off the same call still hangs when it would long have been refused."""
    with opened(cluster, "deadline=0") as store:
        store.apply(put("a"))
        with cluster.frozen():
            outcomes, thread = started(partial(store.load, [Key("k", "a")]))
            thread.join(LONG_SINCE)
            assert thread.is_alive()
            assert outcomes == []
        thread.join(20)
        assert outcomes == [None]


def test_without_the_look_at_the_clock_the_call_hangs(cluster, store, monkeypatch):
    """Control: the timers of the server and of TCP do not help. Without the client's own look the call hangs."""
    store.apply(put("a"))
    monkeypatch.setattr(_line.TimedConnection, "due", property(lambda line: math.inf, lambda line, due: None))
    with cluster.frozen():
        outcomes, thread = started(partial(store.apply, put("a", 2)))
        thread.join(LONG_SINCE)
        assert thread.is_alive()
        assert outcomes == []
    thread.join(20)
    assert len(outcomes) == 1


def test_a_commit_that_is_not_answered(cluster, store, monkeypatch):
    """Where the server freezes before it answers COMMIT the outcome is unknown; the same change, applied again, is then
    stored once."""
    store.apply(put("a"))
    frozen = []

    def freeze(db):
        frozen.append(cluster.frozen(db.info.backend_pid))
        frozen[0].__enter__()

    step_by_step(monkeypatch, freeze)
    change = Change(rows=put("a", 2).rows, events=(told(),))
    try:
        ends_in_time(partial(store.apply, change))
    finally:
        frozen[0].__exit__(None, None, None)
    monkeypatch.undo()
    eventually(lambda: not backends(cluster))
    with suppress(StorageError):
        store.apply(change)
    assert store.load([Key("k", "a")])[0].version == 2
    assert len(store.journal()) == 1


def test_a_change_that_waits_for_a_lock(cluster, store):
    """A change that waits for a lock ends by the deadline, and the server gives it up too: it holds nothing."""
    store.apply(put("a"))
    with cluster.connect() as other, other.transaction():
        other.execute(f"SELECT * FROM {store._schema}.record FOR UPDATE")
        ends_in_time(partial(store.apply, put("a", 2)))
        eventually(lambda: len(backends(cluster)) == 0)
    store.apply(put("a", 2))


def test_a_frozen_client_holds_nothing_for_ever(cluster, store, monkeypatch):
    """What a client that froze in the middle of a change holds is released by the server after the deadline."""
    store.apply(put("a"))
    release, inside = threading.Event(), threading.Event()

    def freeze(db):
        if not inside.is_set():
            inside.set()
            release.wait(60)

    step_by_step(monkeypatch, freeze)
    outcomes, thread = started(partial(store.apply, put("a", 2)))
    assert inside.wait(10)
    begun = time.monotonic()
    with opened(cluster, "deadline=40&timeout=40") as other:
        other._schema, other._writer = store._schema, ChangeWriter(store._schema, 40.0, 40.0)
        other.apply(put("a", 2))
    assert time.monotonic() - begun < DEADLINE + MARGIN
    release.set()
    thread.join(20)
    assert isinstance(outcomes[0], StorageError)
    assert outcomes[0].retryable
    assert store.load([Key("k", "a")])[0].version == 2


@pytest.mark.parametrize("pooled", [False, True], ids=["session", "transaction"])
def test_the_limits_of_the_server_stay(cluster, monkeypatch, pooled):
    """Where the server has limits of its own they are not loosened."""
    seen = []

    def look(db):
        names = ("statement_timeout", "idle_in_transaction_session_timeout")
        seen.append([db.execute(f"SHOW {name}").fetchone()[0] for name in names])

    if pooled:
        step_by_step(monkeypatch, look)
    else:
        after_each(monkeypatch, look)
    with opened(cluster, "deadline=9") as store:
        store.apply(put("a"))
        with cluster.connect() as db:
            db.execute("ALTER DATABASE postgres SET statement_timeout = '3s'")
            store._pool.drop_idle()
            try:
                store.apply(put("b"))
            finally:
                db.execute("ALTER DATABASE postgres RESET statement_timeout")
    assert seen == [["9s", "9s"], ["3s", "9s"]]


@contextmanager
def silent_host():
    """A host that is dead as far as TCP can see: its queue of connections is full, so nothing is answered."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        waiting = []
        for _ in range(4):
            one = socket.socket()
            one.setblocking(False)
            one.connect_ex(listening.getsockname())
            waiting.append(one)
        try:
            yield listening.getsockname()[1]
        finally:
            for one in waiting:
                one.close()


def test_a_dead_host():
    """Opening a store on a host that answers nothing ends by the deadline."""
    with silent_host() as port:
        url = BackendUrl.parse(f"postgresql://postgres@127.0.0.1:{port}/d?deadline={DEADLINE}&connect_timeout=60")
        took, _ = ends_in_time(lambda: open_postgres(url))
        assert took >= DEADLINE
        url = BackendUrl.parse(f"postgresql://postgres@127.0.0.1:{port}/d?deadline=60&connect_timeout=2")
        took, _ = ends_in_time(lambda: open_postgres(url), 2.0)
        assert took >= 2


def test_a_server_that_takes_connections_and_says_nothing():
    """A port that accepts and never speaks does not hold a call beyond the deadline."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(8)
        url = f"postgresql://postgres@127.0.0.1:{listening.getsockname()[1]}/d?deadline={DEADLINE}"
        ends_in_time(lambda: open_postgres(BackendUrl.parse(url)))


def test_a_dead_host_is_passed_over(cluster):
    """Of two hosts of which the first is dead, the second is used after the connect_timeout."""
    with silent_host() as port:
        hosts = f"127.0.0.1:{port},127.0.0.1"
        begun = time.monotonic()
        with opened(cluster, "deadline=60&connect_timeout=2", host=hosts) as store:
            assert time.monotonic() - begun < 4 + MARGIN
            store.apply(put("a"))


def test_a_name_that_is_not_resolved(monkeypatch):
    """A resolver of names that hangs does not hold a call beyond the deadline."""
    release = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: release.wait(60) and [])
    url = BackendUrl.parse(f"postgresql://postgres@db.invalid/d?deadline={DEADLINE}")
    try:
        ends_in_time(lambda: open_postgres(url))
    finally:
        release.set()


def test_a_connection_that_comes_too_late_is_closed(cluster, monkeypatch):
    """A connection that is made after its call has given up is closed, not leaked."""
    opening = _line._open
    made, given_up = [], threading.Event()

    def slow(conninfo):
        given_up.wait(20)
        made.append(opening(conninfo))
        return made[0]

    monkeypatch.setattr(_line, "_open", slow)
    with pytest.raises(_line.OverdueError):
        _line.connect({"host": "127.0.0.1", "port": str(cluster.port), "user": "postgres"}, time.monotonic() + 0.1)
    assert not made
    given_up.set()
    eventually(lambda: made and made[0].closed)


def test_a_server_that_is_killed_while_calls_run():
    """A server is killed under eight writers: each call ends in time, with success or a retryable error; when it is
    back they go on, and no increment that was acknowledged is lost and none is counted twice."""
    with folder() as place, Cluster.made(place / "a") as cluster, opened(cluster, "deadline=5&schema=s") as store:
        names = [f"n{number}" for number in range(8)]
        for name in names:
            store.apply(put(name))
        stop = threading.Event()
        known, slow, odd = dict.fromkeys(names, 1), [], []

        def count(name):
            while not stop.is_set():
                begun = time.monotonic()
                try:
                    row = store.load([Key("k", name)])[0]
                    if row.version < known[name]:
                        odd.append((name, row.version, known[name]))
                    store.apply(put(name, row.version + 1))
                    known[name] = row.version + 1
                except BackendError as error:
                    if not error.retryable:
                        odd.append(error)
                    time.sleep(0.02)
                slow.append(time.monotonic() - begun)

        threads = [threading.Thread(target=count, args=(name,)) for name in names]
        for thread in threads:
            thread.start()
        for _ in range(2):
            time.sleep(0.3)
            cluster.kill()
            time.sleep(0.2)
            cluster.start()
            before = dict(known)
            eventually(lambda before=before: all(known[name] > before[name] for name in names))
        stop.set()
        for thread in threads:
            thread.join(30)
        assert odd == []
        assert max(slow) < 5 + MARGIN
        for row in store.load([Key("k", name) for name in names]):
            assert row.version >= known[row.id]
