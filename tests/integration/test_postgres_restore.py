"""A dump of the store, restored into a new cluster: transaction ids are smaller there, and the journal goes on."""

from __future__ import annotations

import pytest

from cantinekit.backends.postgres import open_postgres
from cantinekit.plugins.ports import Change, JournalEntry, Key
from cantinekit.reads.views import create_views
from cantinekit.urls import BackendUrl
from support.postgres.cluster import Cluster, folder, own, tool
from support.postgres.postgres_stores import put, told, unaware

BURNT = 3000
"""Transactions that the old cluster has behind it, and that come between the dump and the last entries."""


@pytest.fixture(scope="module")
def clusters():
    """An old cluster with many transactions behind it, and a new one."""
    with folder() as place, Cluster.made(place / "old") as old, Cluster.made(place / "new") as new:
        with old.connect() as db:
            burn = "CREATE PROCEDURE burn(n int) LANGUAGE plpgsql AS $$ BEGIN FOR i IN 1..n LOOP "
            db.execute(f"{burn} PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$")
            db.execute(f"CALL burn({BURNT})")
        yield old, new


def copied(old, new, form, options=()):
    """Carry the schema over with pg_dump, as a script or an archive."""
    place = own_folder(new)
    at = ["-h", "127.0.0.1", "-U", "postgres", "-d", "postgres"]
    file = place / f"dump.{form}"
    tool("pg_dump", *at, "-p", old.port, "-n", "cantinekit", f"--format={form}", "-f", file, *options)
    if form == "plain":
        tool("psql", *at, "-p", new.port, "-q", "-v", "ON_ERROR_STOP=1", "-f", file)
    else:
        tool("pg_restore", *at, "-p", new.port, "--exit-on-error", file)


def own_folder(cluster):
    place = cluster.data.parent / "dumps"
    place.mkdir(exist_ok=True)
    return own(place)


@pytest.fixture
def fresh(clusters):
    """Both clusters without the schema."""
    for cluster in clusters:
        with cluster.connect() as db:
            db.execute("DROP SCHEMA IF EXISTS cantinekit CASCADE")
    return clusters


def opened(cluster):
    return open_postgres(BackendUrl.parse(cluster.url("deadline=10")))


def entry(n):
    return JournalEntry("counted", told().at, "me", (Key("k", "a"),), f'{{"n": {n}}}')


def follow(store, seen):
    """Read the feed to its end from where it was, three at a time."""
    while True:
        found = store.journal(after=seen[-1].number if seen else 0, limit=3)
        if not found:
            return
        seen.extend(found)


@pytest.mark.parametrize("form", ["plain", "custom"])
def test_a_follower_misses_and_repeats_nothing(fresh, form):
    """Whoever followed the journal up to the dump goes on with the restored one: what comes afterwards comes once, in
    order; whoever reads it from the start gets the old entries, with their numbers, and then the new ones."""
    old, new = fresh
    store, seen = opened(old), []
    for n in range(10):
        store.apply(Change(rows=put("a", n + 1).rows, events=(entry(n),)))
    follow(store, seen)
    create_views(store)
    store.close()
    copied(old, new, form)
    store = opened(new)
    assert store.load([Key("k", "a")])[0].version == 10
    follow(store, seen)
    assert len(seen) == 10
    with new.connect() as db:
        ((following,),) = db.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint").fetchall()
    assert following < seen[-1].number >> 16, "transaction ids must be smaller in the new cluster"
    for n in range(10, 20):
        store.apply(Change(rows=put("a", n + 1).rows, events=(entry(n),)))
        follow(store, seen)
    assert [one.body for one in seen] == [f'{{"n": {n}}}' for n in range(20)]
    numbers = [one.number for one in seen]
    assert numbers == sorted(set(numbers))
    whole = []
    follow(store, whole)
    assert whole == seen
    assert list(store.journal(subject=Key("k", "a"), limit=100)) == seen
    store.close()


@pytest.mark.parametrize("raised", [True, False])
def test_what_was_read_after_the_dump(fresh, raised, monkeypatch):
    """Entries that were written after the dump are lost with the old cluster. Whoever had read them still gets every
    entry that comes after the restore; control: where numbers only went on above the last restored one, as many would
    be missed as there were transactions since the dump."""
    old, new = fresh
    store = opened(old)
    for n in range(3):
        store.apply(Change(rows=put("a", n + 1).rows, events=(entry(n),)))
    copied(old, new, "custom")
    with old.connect() as db:
        db.execute(f"CALL burn({BURNT})")
    for n in range(3, 10):
        store.apply(Change(rows=put("a", n + 1).rows, events=(entry(n),)))
    position = store.journal(limit=1000)[-1].number
    store.close()
    if not raised:
        monkeypatch.setattr("cantinekit.backends.postgres._schema._MOST_LOST", 1)
    store = opened(new)
    for n in range(3, 6):
        store.apply(Change(rows=put("a", n + 1).rows, events=(entry(n),)))
    arrived = [one.body for one in store.journal(after=position)]
    assert arrived == ([f'{{"n": {n}}}' for n in range(3, 6)] if raised else [])
    store.close()


def test_without_the_look_nothing_new_is_seen(fresh, monkeypatch):
    """Control: without the look at the cluster the numbers start again, and a follower misses what is new."""
    old, new = fresh
    store, seen = opened(old), []
    for n in range(3):
        store.apply(Change(events=(entry(n),)))
    follow(store, seen)
    store.close()
    copied(old, new, "custom")
    unaware(monkeypatch)
    store = opened(new)
    store.apply(Change(events=(entry(3),)))
    follow(store, seen)
    assert len(seen) == 3
    store.close()


def test_a_dump_restored_into_a_cluster_that_is_further(fresh):
    """Where the new cluster's transaction ids are larger the journal goes on as well."""
    old, new = fresh
    store, seen = opened(new), []
    store.apply(Change(events=(entry(0),)))
    follow(store, seen)
    store.close()
    copied(new, old, "custom")
    store = opened(old)
    follow(store, seen)
    assert len(seen) == 1
    store.apply(Change(events=(entry(1),)))
    follow(store, seen)
    assert [one.body for one in seen] == ['{"n": 0}', '{"n": 1}']
    store.close()
