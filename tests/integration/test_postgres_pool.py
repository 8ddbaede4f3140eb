"""The pool of connections on a real server: threads share it, what broke is replaced, and close waits."""

from __future__ import annotations

import threading
from functools import partial

import pytest

from cantinekit.backends.postgres import open_postgres
from cantinekit.plugins.ports import Key
from cantinekit.plugins.sql import pool
from cantinekit.urls import BackendUrl
from support.postgres.cluster import Cluster, eventually, folder
from support.postgres.hanging_stores import DEADLINE, backends, ends_in_time, opened
from support.postgres.postgres_stores import put, started, together
from support.races.overtaking import Free, crowd


@pytest.fixture(scope="module")
def cluster():
    with folder() as place, Cluster.made(place / "a") as one:
        yield one


def test_threads_share_the_connections(cluster):
    """Sixteen threads on a store with three connections all get their turn, and the server never sees more."""
    with opened(cluster, "deadline=20&pool_max=3") as store:
        most, stop = [0], threading.Event()

        def watch():
            with cluster.connect() as db:
                statement = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'cantinekit'"
                while not stop.is_set():
                    most[0] = max(most[0], db.execute(statement).fetchone()[0])

        watching = threading.Thread(target=watch)
        watching.start()

        def work(name):
            for version in range(1, 11):
                store.apply(put(name, version))

        assert together(*[partial(work, f"n{number}") for number in range(16)]) == [None] * 16
        stop.set()
        watching.join(20)
        rows = store.load([Key("k", f"n{number}") for number in range(16)])
        assert [row.version for row in rows] == [10] * 16
        assert most[0] == 3


def test_no_connection_comes_free(cluster):
    """Where all connections are in use for as long as the deadline, a call is refused in time, and may be repeated."""
    with opened(cluster, f"deadline={DEADLINE}&pool_max=1") as store:
        with store._pool.lend():
            _, error = ends_in_time(partial(store.load, [Key("k", "a")]))
            assert "came free" in str(error)
        assert store.load([Key("k", "a")]) == [None]


def test_a_pool_that_the_server_cannot_serve(cluster):
    """More connections than the server allows are a retryable error, and the others go on."""
    with opened(cluster, "deadline=5&pool_max=200&pool_min=0") as store, cluster.connect() as db:
        db.execute("CREATE ROLE few LOGIN CONNECTION LIMIT 2 SUPERUSER")
        db.execute("ALTER ROLE few NOSUPERUSER")
        db.execute(f"GRANT ALL ON SCHEMA {store._schema} TO few")
        db.execute(f"GRANT ALL ON ALL TABLES IN SCHEMA {store._schema} TO few")
        url = cluster.url(f"schema={store._schema}&deadline=5&pool_max=200&pool_min=0").replace("postgres@", "few@")
        limited = open_postgres(BackendUrl.parse(url))
        with limited._pool.lend(), limited._pool.lend():
            _, error = ends_in_time(partial(limited.load, [Key("k", "a")]), 5)
            assert "53300" in str(error) or "lost or refused" in str(error)
        limited.apply(put("a"))
        limited.close()
        db.execute("DROP OWNED BY few")
        db.execute("DROP ROLE few")


def waits_for_a_lock(cluster):
    with cluster.connect() as db:
        return db.execute("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'").fetchone()[0]


def test_close_waits_for_calls(cluster):
    """close lets a call that is under way end, and it is stored; afterwards no connection is left."""
    with opened(cluster, "deadline=60") as store:
        store.apply(put("a"))
        with cluster.connect() as other:
            with other.transaction():
                other.execute(f"SELECT * FROM {store._schema}.record FOR UPDATE")
                outcomes, thread = started(partial(store.apply, put("a", 2)))
                eventually(lambda: waits_for_a_lock(cluster))
                closing = threading.Thread(target=store.close)
                closing.start()
                closing.join(0.3)
                assert closing.is_alive()
                assert outcomes == []
            closing.join(20)
            assert not closing.is_alive()
            thread.join(20)
            assert outcomes == [None]
            assert other.execute(f"SELECT version FROM {store._schema}.record").fetchall() == [(2,)]
        eventually(lambda: not backends(cluster))


def test_a_server_that_was_started_again(cluster):
    """After the server was started again the first call already works: the old connections are replaced."""
    with folder() as place, Cluster.made(place / "a") as other, opened(other, "deadline=5&schema=s") as store:
        store.apply(put("a"))
        other.stop("fast")
        ends_in_time(partial(store.load, [Key("k", "a")]), 5)
        other.start()
        store.apply(put("a", 2))


def calls_of_a_crowd(cluster):
    """With the default pool, the calls of one of twelve busy threads, and the calls of the last of twenty others."""
    with opened(cluster, "deadline=60") as store:
        store.apply(put("a"))
        return crowd(lambda number: store.load([Key("k", "a")]))


def test_busy_threads_do_not_starve_the_others(cluster):
    """Beside twelve threads that read all the time, each of twenty others has at least a fifth of their calls."""
    busy, least = calls_of_a_crowd(cluster)
    assert least > busy / 5


def test_with_a_pool_that_lets_late_arrivals_overtake_they_do(cluster, monkeypatch):
    """The control: where a connection that comes back goes to whoever asks in that moment, others wait for ever."""
    monkeypatch.setattr(pool, "FairSemaphore", Free)
    busy, least = calls_of_a_crowd(cluster)
    assert least < busy / 20
