"""Several PostgreSQL servers behind one URL: a standby, a promotion, and what becomes of the journal's numbers."""

from __future__ import annotations

import threading
import time
from contextlib import suppress

import pytest

from cantinekit import commands as c
from cantinekit.backends.postgres import open_postgres, raise_journal
from cantinekit.errors import BackendError, StaleVersionError, StorageError
from cantinekit.plugins.ports import Change, JournalEntry, Key
from cantinekit.runtime.engine import Engine
from cantinekit.urls import BackendUrl
from support.postgres.cluster import Cluster, eventually, folder, replicated
from support.postgres.postgres_stores import put, told, unaware
from support.races.house_races import bookings, hour, open_house, set_up
from support.servers.free_ports import free_port

QUICK = "deadline=5&connect_timeout=2"


def url_of(*clusters, options="target_session_attrs=read-write"):
    hosts = ",".join(f"127.0.0.1:{getattr(one, 'port', one)}" for one in clusters)
    return BackendUrl.parse(f"postgresql://postgres:geheim@{hosts}/postgres?{QUICK}&{options}")


@pytest.fixture
def pair():
    """A primary and its hot standby; a commit waits for the standby."""
    with replicated() as both:
        yield both


def test_the_one_that_takes_writes_is_found(pair):
    """Of a standby, a dead port and a primary, in this order, the primary is used; the URL shows no secret."""
    primary, standby = pair
    url = url_of(standby, free_port(), primary)
    assert "geheim" not in f"{url} {url!r}"
    store = open_postgres(url)
    store.apply(put("a"))
    with store._pool.lend() as line:
        assert line.info.port == primary.port
    store.close()


def test_without_asking_for_one_that_takes_writes(pair):
    """Control: without target_session_attrs the first host is used. A standby can be read; a write is refused in a
    retryable way, and its connection thrown away."""
    primary, standby = pair
    open_postgres(url_of(primary)).close()
    eventually(lambda: _has_schema(standby))
    store = open_postgres(url_of(standby, primary, options="pool_max=2"))
    assert store.load([Key("k", "a")]) == [None]
    assert store.journal() == []
    with pytest.raises(StorageError, match="takes no writes") as refusal:
        store.apply(put("a"))
    assert refusal.value.retryable
    store.close()


def _has_schema(cluster):
    with cluster.connect() as db:
        return db.execute("SELECT to_regclass('cantinekit.meta')").fetchone()[0]


def test_no_server_takes_writes(pair):
    """Where only a standby is left, opening is refused in a retryable way, in time."""
    primary, standby = pair
    open_postgres(url_of(primary)).close()
    primary.kill()
    begun = time.monotonic()
    with pytest.raises(StorageError) as refusal:
        open_postgres(url_of(primary, standby))
    assert refusal.value.retryable
    assert time.monotonic() - begun < 30


def test_the_standby_takes_over(pair):
    """The primary is killed under writers and the standby promoted: the store that is open goes on by itself, what was
    acknowledged is there, each key was counted once, and a follower of the journal misses and repeats nothing."""
    primary, standby = pair
    url = url_of(primary, standby)
    store = open_postgres(url)
    names = [f"n{number}" for number in range(4)]
    store.apply(Change(rows=tuple(row for name in names for row in put(name).rows)))
    stop, known, odd, seen = threading.Event(), dict.fromkeys(names, 1), [], []

    def count(name):
        while not stop.is_set():
            try:
                version = store.load([Key("k", name)])[0].version + 1
                if version <= known[name]:
                    odd.append((name, version, known[name]))
                entry = JournalEntry("counted", told().at, "me", (Key("k", name),), f'{{"n": {version}}}')
                store.apply(Change(rows=put(name, version).rows, events=(entry,)))
                known[name] = version
            except BackendError as error:
                if not error.retryable:
                    odd.append(error)
                time.sleep(0.02)

    def follow():
        while not stop.is_set():
            with suppress(BackendError):
                seen.extend(store.journal(after=seen[-1].number if seen else 0))
            time.sleep(0.01)

    threads = [threading.Thread(target=count, args=(name,)) for name in names] + [threading.Thread(target=follow)]
    for thread in threads:
        thread.start()
    eventually(lambda: min(known.values()) > 5)
    primary.kill()
    before = dict(known)
    with standby.connect() as db:
        db.execute("ALTER SYSTEM RESET ALL")
        db.execute("ALTER SYSTEM SET synchronous_standby_names = ''")
    standby.promote()
    eventually(lambda: all(known[name] > before[name] + 5 for name in names))
    stop.set()
    for thread in threads:
        thread.join(30)
    assert odd == []
    for row in store.load([Key("k", name) for name in names]):
        assert row.version >= known[row.id]
    seen.extend(store.journal(after=seen[-1].number, limit=10_000))
    whole = store.journal(limit=30_000)
    assert seen == whole
    for name in names:
        numbers = [entry.body for entry in whole if entry.subjects == (Key("k", name),)]
        assert numbers == [f'{{"n": {n}}}' for n in range(2, len(numbers) + 2)]
    store.close()


def test_a_commit_that_no_standby_confirms(pair):
    """While the synchronous standby is frozen a commit is not acknowledged: the call ends by the deadline as retryable.
    Nobody sees the change until the standby has it; the same change again is then refused as stale."""
    primary, standby = pair
    store = open_postgres(url_of(primary, options="deadline=1"))
    store.apply(put("a"))
    with standby.frozen():
        begun = time.monotonic()
        with pytest.raises(StorageError, match="deadline") as refusal:
            store.apply(put("a", 2))
        assert refusal.value.retryable
        assert 1 <= time.monotonic() - begun < 20
        time.sleep(1)  # the server's own timeout, which is as long, does not end the waiting either
        assert store.load([Key("k", "a")])[0].version == 1
    eventually(lambda: store.load([Key("k", "a")])[0].version == 2)
    with pytest.raises(StaleVersionError):
        store.apply(put("a", 2))
    store.apply(put("a", 3))
    store.close()


@pytest.mark.parametrize("confirmed", [True, False])
def test_a_repeat_waits_for_the_standby(pair, confirmed, monkeypatch):
    """A booking is committed while the synchronous standby is down, so it is not acknowledged; the primary crashes and
    comes back, and the booking can be read. Whoever repeats the request is not told that it is done while the standby
    does not have it; after a failover it is done, once. Control: without waiting for the standby a booking is
    acknowledged and then lost."""
    if not confirmed:
        monkeypatch.setattr(Engine, "_confirm", lambda self, seen, request: None)
    primary, standby = pair
    house = open_house(open_postgres(url_of(primary, standby, options="target_session_attrs=read-write&deadline=2")))
    set_up(house, 2)

    def book():
        command = c.Book(space_id="small", product_id="room", period=hour(1), person_id="p1", account="desk")
        return house.execute(command, actor="me", idempotency_key="one")

    standby.stop()
    with pytest.raises(StorageError, match="deadline"):
        book()
    primary.kill()
    primary.start()
    (there,) = bookings(house.read, "small", hour(1))
    if confirmed:
        with pytest.raises(StorageError, match="deadline") as refusal:
            book()
        assert refusal.value.retryable
    else:
        assert book().value == there
    primary.kill()
    standby.start(primary_conninfo="''")
    standby.promote()
    assert bookings(house.read, "small", hour(1)) == []
    done, again = book(), book()
    assert (done.replayed, again.replayed) == (False, True)
    assert bookings(house.read, "small", hour(1)) == [again.value]
    house.close()


def _noted(cluster):
    with cluster.connect() as db:
        return dict(db.execute("SELECT name, value FROM cantinekit.meta").fetchall())


def test_a_pooler_that_leads_elsewhere(pg_url, pg_admin):
    """Where a pooler leads an open connection to a promoted server nothing is recorded under an old number: the next
    change notices the other timeline, and raises the numbers first."""
    store = open_postgres(BackendUrl.parse(pg_url))
    store.apply(Change(events=(told("one"),)))
    schema = store._schema
    pg_admin.execute(f"UPDATE {schema}.meta SET value = 77 WHERE name = 'journal_timeline'")
    store.apply(Change(events=(told("two"),)))
    first, second = store.journal()
    assert (first.type, second.type) == ("one", "two")
    assert second.number - first.number > 1 << 47
    noted = dict(pg_admin.execute(f"SELECT name, value FROM {schema}.meta").fetchall())
    assert noted["journal_timeline"] == 1
    store.close()


@pytest.mark.parametrize("noticed", [True, False])
def test_what_a_lagging_standby_had_not_seen(noticed, monkeypatch):
    """A standby that lags loses the last entries when it is promoted. Whoever had read them still finds all new ones,
    because the numbers go on far above; control: without the look at the timeline they are missed."""
    if not noticed:
        unaware(monkeypatch)
    with folder() as place, Cluster.made(place / "a") as primary:
        store = open_postgres(url_of(primary))
        store.apply(Change(events=(told("kept"),)))
        with primary.standby(place / "b") as standby:
            eventually(lambda: _has_schema(standby))
            with standby.connect() as db:
                db.execute("SELECT pg_wal_replay_pause()")
            standby.stop("fast")
            for number in range(20):
                store.apply(Change(events=(told(f"lost{number}"),)))
            follower = store.journal()[-1].number
            store.close()
            primary.stop()
            standby.start(primary_conninfo="''")
            standby.promote()
            store = open_postgres(url_of(primary, standby))
            assert [entry.type for entry in store.journal()] == ["kept"]
            store.apply(Change(events=(told("new"),)))
            arrived = [entry.type for entry in store.journal(after=follower)]
            assert arrived == (["new"] if noticed else [])
            store.close()


def test_numbers_are_not_raised_without_need(pair):
    """Opening again, on the same server, raises nothing; a promotion raises the numbers once."""
    primary, standby = pair
    for _ in range(3):
        open_postgres(url_of(primary, standby)).close()
    noted = _noted(primary)
    assert noted["journal_base"] == 0
    assert noted["journal_timeline"] == 1
    primary.stop("fast")
    with standby.connect() as db:
        db.execute("ALTER SYSTEM SET synchronous_standby_names = ''")
    standby.promote()
    for _ in range(3):
        store = open_postgres(url_of(primary, standby))
        store.apply(Change(events=(told(),)))
        store.close()
    after = _noted(standby)
    assert (after["journal_cluster"], after["journal_timeline"]) == (noted["journal_cluster"], 2)
    assert after["journal_base"] >> 16 == 1 << 32


def test_numbers_are_raised_by_hand(pg_url):
    """raise_journal lets the numbers go on above by hand, with the entries there as they were."""
    url = BackendUrl.parse(pg_url)
    store = open_postgres(url)
    store.apply(Change(events=(told("one"),)))
    first = store.journal()[0].number
    raise_journal(url)
    store.apply(Change(events=(told("two"),)))
    entries = store.journal()
    assert [entry.type for entry in entries] == ["one", "two"]
    assert entries[0].number == first
    assert entries[1].number > first + (1 << 47)
    store.close()
    with pytest.raises(StorageError, match="lost or refused"):
        raise_journal(url_of(free_port()))
