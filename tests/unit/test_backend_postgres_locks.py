"""The PostgreSQL store, beyond the contract: locks, races and the numbers of the journal."""

from __future__ import annotations

import sys
import threading
import time
from collections import Counter
from contextlib import ExitStack, closing
from functools import partial

import psycopg
import pytest

from cantinekit.backends.postgres import _statements, _store, _writing, drop_schema
from cantinekit.backends.postgres._arrays import columns
from cantinekit.backends.postgres._connect import settings_of
from cantinekit.backends.postgres._line import OverdueError, connect
from cantinekit.backends.postgres._writing import ChangeWriter, StatementChange
from cantinekit.errors import ContentionError, StaleVersionError, StorageError
from cantinekit.plugins.ports import Change, Guard, Key
from cantinekit.plugins.sql.pool import Limits
from cantinekit.urls import BackendUrl
from support.postgres.postgres_stores import (
    CANARY,
    broken_promises,
    opened,
    put,
    schema_of,
    started,
    step_by_step,
    together,
    told,
)


@pytest.fixture
def rollbacks(monkeypatch):
    """Counts why transactions were rolled back."""
    seen = Counter()
    roll_back = _store.roll_back

    def counting(db):
        seen[type(sys.exception()).__name__] += 1
        roll_back(db)

    monkeypatch.setattr(_store, "roll_back", counting)
    return seen


def crossing(storage, rounds=25, refused=StaleVersionError):
    """Changes that write one row and guard others, each way round, over and over; gives how many were applied.

    Those that were refused have left nothing.
    """
    names = ["a", "b", "c"]
    storage.apply(Change(rows=tuple(row for name in names for row in put(name).rows)))
    applied = Counter()

    def work(mine):
        for _ in range(rounds):
            held = dict(zip(names, storage.load([Key("k", name) for name in names]), strict=True))
            guards = tuple(Guard(row.key, row.version) for name, row in held.items() if name != mine)
            try:
                storage.apply(Change(rows=put(mine, held[mine].version + 1).rows, guards=guards))
                applied[mine] += 1
            except refused:
                pass

    assert together(*(partial(work, name) for name in names)) == [None] * 3
    versions = {row.id: row.version for row in storage.load([Key("k", name) for name in names])}
    assert versions == {name: applied[name] + 1 for name in names}
    return sum(applied.values())


def test_crossed_changes_do_not_deadlock(pg_url, rollbacks):
    """Changes that write and guard the same rows crosswise are refused as stale, and never deadlock."""
    storage = opened(pg_url, options="-c deadlock_timeout=20ms")
    assert crossing(storage) > 0
    assert set(rollbacks) <= {"StaleVersionError"}
    storage.close()


def test_without_the_order_of_keys_they_deadlock(pg_url, rollbacks, monkeypatch):
    """The same changes deadlock when rows are locked before guards; they are tried again, and what is refused all the
    same was not stored."""
    monkeypatch.setattr(_statements, "LOCK", _statements.LOCK.replace("ORDER BY position", "ORDER BY action = 'guard'"))
    storage = opened(pg_url, options="-c deadlock_timeout=20ms")
    for _ in range(20):
        crossing(storage, rounds=40, refused=(StaleVersionError, ContentionError))
        storage.close()
        if rollbacks["DeadlockDetected"]:
            break
        drop_schema(BackendUrl.parse(pg_url))
        storage = opened(pg_url, options="-c deadlock_timeout=20ms")
    assert rollbacks["DeadlockDetected"]


def test_creations_in_opposite_order_do_not_deadlock(pg_url, rollbacks):
    """Changes that create the same rows in opposite order: one wins, the others are stale, and none deadlocks."""
    storage = opened(pg_url, options="-c deadlock_timeout=20ms")
    for turn in range(15):
        names = [f"{turn}.{n}" for n in range(8)]
        rows = tuple(row for name in names for row in put(name).rows)
        changes = [Change(rows=rows), Change(rows=rows[::-1]), Change(rows=rows[4:] + rows[:4])]
        outcomes = together(*(partial(storage.apply, change) for change in changes))
        assert sorted(type(outcome).__name__ for outcome in outcomes) == ["NoneType", *["StaleVersionError"] * 2]
        assert all(set(e.keys) <= {row.key for row in rows} and e.keys for e in outcomes if e)
    assert set(rollbacks) <= {"StaleVersionError"}
    storage.close()


def test_a_creation_waits_for_another_one(pg_storage, pg_url, pg_admin):
    """While another transaction has created the row and not ended, a creation waits, and follows how it ends."""
    for ending, wanted in (("COMMIT", StaleVersionError), ("ROLLBACK", type(None))):
        name = ending.lower()
        pg_admin.execute("BEGIN")
        pg_admin.execute(
            f"INSERT INTO {schema_of(pg_url)}.record VALUES ('k', %s, 1, '{{}}', '[]')",
            (name,),
        )
        outcomes, thread = started(partial(pg_storage.apply, put(name)))
        assert outcomes == []
        pg_admin.execute(ending)
        thread.join(20)
        assert [type(outcome) for outcome in outcomes] == [wanted]


def test_a_guard_waits_for_a_remove(pg_storage, pg_url, pg_admin):
    """While another transaction removes a guarded row and has not ended, the change waits, and is then stale."""
    pg_storage.apply(Change(rows=(*put("a").rows, *put("b").rows)))
    pg_admin.execute("BEGIN")
    pg_admin.execute(f"DELETE FROM {schema_of(pg_url)}.record WHERE id = 'a'")
    change = Change(rows=put("b", 2).rows, guards=(Guard(Key("k", "a"), 1),))
    outcomes, thread = started(partial(pg_storage.apply, change))
    assert outcomes == []
    pg_admin.execute("COMMIT")
    thread.join(20)
    assert [outcome.keys for outcome in outcomes] == [(Key("k", "a"),)]
    assert pg_storage.load([Key("k", "b")])[0].version == 1


def test_guards_do_not_wait_for_each_other(pg_storage, pg_url, pg_admin):
    """A guarded row is locked in share mode: changes that only guard it run side by side."""
    pg_storage.apply(put("a"))
    with pg_admin.transaction():
        pg_admin.execute(f"SELECT * FROM {schema_of(pg_url)}.record FOR SHARE")
        pg_storage.apply(Change(rows=put("b").rows, guards=(Guard(Key("k", "a"), 1),)))
    assert pg_storage.load([Key("k", "b")])[0] is not None


@pytest.mark.parametrize("failures", [1, 2, 3])
def test_deadlocks_are_tried_again(pg_storage, monkeypatch, failures):
    """A deadlock is tried again within the call after a short random pause, three times in all, with no pause after the
    last; then it is a ContentionError."""
    write, left, naps = ChangeWriter.write, [failures], []
    monkeypatch.setattr(_store.random, "uniform", lambda low, high: naps.append((low, high)) or 0.0)

    def failing(self, db, change, **begun):
        left[0] -= 1
        if left[0] >= 0:
            raise psycopg.errors.DeadlockDetected(CANARY)
        return write(self, db, change, **begun)

    monkeypatch.setattr(ChangeWriter, "write", failing)
    change = Change(rows=put("a").rows, events=(told(),))
    if failures < 3:
        pg_storage.apply(change)
    else:
        with pytest.raises(ContentionError, match="40P01") as refusal:
            pg_storage.apply(change)
        assert refusal.value.retryable
    assert naps == [(0, 0.005), (0, 0.005)][:failures]
    assert len(pg_storage.journal()) == (failures < 3)
    assert (pg_storage.load([Key("k", "a")])[0] is not None) == (failures < 3)


@pytest.mark.parametrize(
    ("lock", "promise"),
    [
        ("FOR UPDATE", "test_no_increment_is_lost"),
        ("FOR SHARE", "test_crossed_reads_and_writes"),
    ],
)
def test_without_locks_the_contract_is_broken(pg_fresh_url, monkeypatch, lock, promise):
    """The contract sees a store that compares versions and guards without locking the rows. (Both look and write in one
    statement; here some time passes in between.)"""
    slow = _statements.WRITE.replace(", true) AS yes", ", true) AND pg_sleep(0.002) IS NOT NULL AS yes")
    assert slow != _statements.WRITE
    monkeypatch.setattr(_statements, "WRITE", slow)
    assert broken_promises(pg_fresh_url, promise) == []
    monkeypatch.setattr(_statements, "LOCK", _statements.LOCK.replace(lock, ""))
    assert any(broken_promises(pg_fresh_url, promise) for _ in range(5))


def test_without_the_horizon_entries_turn_up_late(pg_fresh_url, monkeypatch):
    """The contract sees a journal that shows entries before all older transactions have ended. (The kit's slow writer
    stalls while its entries are read, which is before anything is written here; so it stalls once more at its end.)
    """
    write, late = ChangeWriter.write, set()

    def write_late(self, db, change, **begun):
        (late.discard if type(change.change.events) is tuple else late.add)(db)
        return write(self, db, change, **begun)

    step_by_step(monkeypatch, lambda db: time.sleep(0.1 if db in late else 0.0))
    monkeypatch.setattr(ChangeWriter, "write", write_late)
    promise = "test_no_entry_turns_up_late_behind_a_slow_writer"
    assert broken_promises(pg_fresh_url, promise) == []
    monkeypatch.setattr(_statements, "JOURNAL", _statements.JOURNAL.replace("AND j.number < finished.below", ""))
    assert any(broken_promises(pg_fresh_url, promise) for _ in range(3))


def test_an_older_transaction_keeps_entries_back(pg_url, pg_storage, pg_admin, monkeypatch):
    """An entry appears when all older transactions have ended; a store waits for its own, but not for ever."""
    monkeypatch.setattr(_store, "_PATIENCE", 0.3)
    pg_storage.apply(Change(events=(told("first"),)))
    pg_admin.execute("BEGIN")
    pg_admin.execute("SELECT pg_current_xact_id()")
    pg_storage.apply(Change(events=(told("second"),)))
    begun = time.monotonic()
    assert [e.type for e in pg_storage.journal()] == ["first"]
    assert time.monotonic() - begun > 0.25
    monkeypatch.setattr(_store, "_PATIENCE", 20.0)
    begun = time.monotonic()
    assert [e.type for e in pg_storage.journal()] == ["first"]
    assert [e.type for e in pg_storage.journal(limit=1)] == ["first"]
    assert time.monotonic() - begun < 15, "it waits for them once"
    pg_admin.execute("COMMIT")
    assert [e.type for e in pg_storage.journal()] == ["first", "second"]


def test_a_store_waits_for_its_own_entries(pg_storage, pg_admin, monkeypatch):
    """A journal read right after a change holds its entries, although an older transaction ends only meanwhile."""
    pg_admin.execute("BEGIN")
    pg_admin.execute("SELECT pg_current_xact_id()")
    pg_storage.apply(Change(events=(told(),)))
    monkeypatch.setattr(_store, "_PATIENCE", 20.0)
    timer = threading.Timer(0.2, lambda: pg_admin.execute("COMMIT"))
    timer.start()
    assert [e.type for e in pg_storage.journal(subject=Key("k", "a"))] == ["told"]
    timer.join()


def test_numbers_come_from_the_transaction(pg_storage):
    """A number is the transaction's id times 65536 plus the position in the change: well below 2**63."""
    pg_storage.apply(Change(events=(told(), told(), told())))
    numbers = [e.number for e in pg_storage.journal()]
    assert [number & 0xFFFF for number in numbers] == [1, 2, 3]
    with pg_storage._pool.lend() as db:
        ((following,),) = db.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint").fetchall()
    assert {number >> 16 for number in numbers} < set(range(following))
    assert following << 16 < 2**62


def test_a_dump_restored_elsewhere_goes_on(pg_url, pg_storage):
    """Where numbers are above what transaction ids give, as after a restore, opening lets the numbers go on above."""
    pg_storage.apply(Change(events=(told("before"),)))
    ahead = 10**9 << 16
    with pg_storage._pool.lend() as db:
        for table in ("journal", "journal_subject"):
            db.execute(f"UPDATE {pg_storage._schema}.{table} SET number = number + %s".encode(), (ahead,))
    again = []
    assert together(*[lambda: again.append(opened(pg_url))] * 4) == [None] * 4
    assert [e.type for e in again[0].journal()] == ["before"]
    again[1].apply(Change(events=(told("after"),)))
    entries = again[1].journal()
    assert [e.type for e in entries] == ["before", "after"]
    assert ahead < entries[0].number < entries[1].number
    with pg_storage._pool.lend() as db:
        base = db.execute(
            f"SELECT value FROM {pg_storage._schema}.meta WHERE name = 'journal_base'".encode()
        ).fetchone()[0]
    assert base % 65536 == 0
    opened(pg_url).close()
    with pg_storage._pool.lend() as db:
        assert (
            db.execute(f"SELECT value FROM {pg_storage._schema}.meta WHERE name = 'journal_base'".encode()).fetchone()[
                0
            ]
            == base
        )
    for store in again:
        store.close()


def waits(writer, db, key, way):
    """Ask for a row, or for its lock, in one of three ways, when the time to wait is over already."""
    change = StatementChange.of(put(key.id))
    if way == "stage":
        writer.stage(db, change, -1.0)
    elif way == "lock":
        writer.begin_locked(db, key, 0.0, columns([key], 2), False)
    else:
        writer.write(db, change)


def held_up(pg_url, way, seconds):
    """What becomes of such a wait while another transaction holds the lock, and has created the row."""
    conninfo = settings_of(BackendUrl.parse(pg_url)).conninfo
    with closing(connect(conninfo)) as other, closing(connect(conninfo)) as db:
        writer, key = ChangeWriter(schema_of(pg_url), 0.0, None), Key("k", way)
        ChangeWriter(schema_of(pg_url), 5.0, None).begin_locked(other, key, 5.0, columns([key], 2), False)
        other.execute(f"INSERT INTO {schema_of(pg_url)}.record VALUES (%s, %s, 1, '{{}}', '[]')".encode(), key)
        db.due = time.monotonic() + seconds  # the server ends the other one, which is silent, after ten
        with pytest.raises(psycopg.Error) as refusal:
            waits(writer, db, key, way)
        return type(refusal.value)


@pytest.mark.parametrize("way", ["stage", "lock", "write"])
def test_no_time_to_wait_is_not_for_ever(pg_storage, pg_url, way, monkeypatch):
    """Who has no time left to wait for a lock is told at once. PostgreSQL takes a lock_timeout of 0 for none: the
    control, which says 0, hangs until the deadline of the call."""
    assert held_up(pg_url, way, 8) is psycopg.errors.LockNotAvailable
    monkeypatch.setattr(_writing, "_milliseconds", lambda seconds: f"{max(0, round(seconds * 1000))}ms")
    assert held_up(pg_url, way, 2) is OverdueError


def failures_after_a_restart(pg_admin, url, monkeypatch, drop_idle):
    """How many calls fail after all connections of a store were ended, none of which shows it before it is used."""
    store = opened(url, pool=Limits(most=5, keep=4))
    store._pool._usable = lambda db: True
    pids = []
    with ExitStack() as lent:
        pids += [lent.enter_context(store._pool.lend()).info.backend_pid for _ in range(4)]
    for pid in pids:
        pg_admin.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))
    with monkeypatch.context() as patched:
        patched.setattr(store._pool, "drop_idle", drop_idle or store._pool.drop_idle)
        outcomes = [together(lambda: store.load([Key("k", "a")]))[0] for _ in range(8)]
    store.close()
    failed = [error for error in outcomes if error is not None]
    assert all(isinstance(error, StorageError) and error.retryable for error in failed)
    return len(failed)


def test_a_restart_costs_one_call_and_not_one_for_each_connection(pg_url, pg_admin, monkeypatch):
    """When a call finds its connection lost those that are idle are dropped too; the control keeps them, and each of
    them fails a call."""
    assert failures_after_a_restart(pg_admin, pg_url, monkeypatch, None) == 1
    assert failures_after_a_restart(pg_admin, pg_url, monkeypatch, lambda: None) == 4
