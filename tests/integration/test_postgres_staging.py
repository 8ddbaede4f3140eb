"""What is new of a change is written before the wait for a lock: whatever happens, all of it is stored or nothing."""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime

import attrs
import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.backends.postgres import PostgresStorage, _row_lock, _statements
from cantinekit.backends.postgres._writing import ChangeWriter
from cantinekit.errors import StaleVersionError, StorageError
from cantinekit.plugins.ports import Change, Guard, JournalEntry, Key, Row
from cantinekit.plugins.registry import Registry
from support.houses.small_house import open_house, period
from support.laws.house_laws import folds, hold
from support.postgres.postgres_stores import step_by_step

SEATS, GUARDED, NEW = Key("session", "ses"), Key("place", "paris"), Key("registration", "reg")
TOLD = JournalEntry("SeatTaken", datetime(2026, 12, 1, tzinfo=UTC), "web", (NEW, SEATS), '{"v":1}')
INDEX = (("place", "paris"),)


@pytest.fixture
def store(pg_url):
    storage = Registry.load().storage(pg_url)
    storage.apply(Change(rows=(Row(*SEATS, 1, '{"taken":0}', INDEX), Row(*GUARDED, 1, "{}"))))
    yield storage
    storage.close()


def seat(taken: int = 1, version: int = 2, guarded: int = 1) -> Change:
    """A seat that is taken: a new row with its entry, the session as it is then, and what it rests on."""
    rows = (Row(*NEW, 1, "{}", (("session", "ses"),)), Row(*SEATS, version, f'{{"taken":{taken}}}', INDEX))
    return Change(rows, (TOLD,), (Guard(GUARDED, guarded),))


def on_top(change: Change, taken: int, version: int) -> Change:
    """The same, with another version of the session."""
    return attrs.evolve(change, rows=(change.rows[0], Row(*SEATS, version, f'{{"taken":{taken}}}', INDEX)))


def versions(store, *keys: Key) -> list[int]:
    return [row.version if row else 0 for row in store.load(keys)]


@contextmanager
def waiting(store, change: Change):
    """The row lock, held, with what is new of a change staged."""
    with store.row_lock(SEATS, 10.0, change) as lock:
        lock.load([SEATS])
        assert lock._finish is not None, "it was not staged"
        yield lock


def test_what_is_staged_is_seen_by_nobody_before_it_is_stored(store):
    """Rows and entries that are staged are not there for others; once the lock is released all of them are."""
    change = seat()
    with waiting(store, change) as lock:
        assert versions(store, NEW, SEATS) == [0, 1]
        assert store.find("registration", "session").rows == ()
        lock.apply(change)
    assert versions(store, NEW, SEATS) == [1, 2]
    assert [row.id for row in store.find("registration", "session").rows] == ["reg"]
    assert [entry.type for entry in store.journal()] == ["SeatTaken"]


def test_what_is_staged_goes_with_another_version_of_the_row(store):
    """Others changed the row before the lock was free: what is new is stored with the row as it is then."""
    change = seat()
    store.apply(Change(rows=(Row(*SEATS, 2, '{"taken":7}', INDEX),)))
    with waiting(store, change) as lock:
        lock.apply(on_top(change, 8, 3))
    assert versions(store, NEW, SEATS) == [1, 3]
    assert "8" in store.load([SEATS])[0].body


@pytest.mark.parametrize("stale", [seat(version=3), seat(guarded=2)], ids=["row", "guard"])
def test_what_is_stale_leaves_nothing_behind(store, stale):
    """Where the row or what is guarded is not at its version, nothing of the change is there: not what was staged, no
    entry, no index; the error names the row."""
    with waiting(store, stale) as lock, pytest.raises(StaleVersionError) as refused:
        lock.apply(stale)
    assert refused.value.keys == ((SEATS,) if stale.rows[1].version == 3 else (GUARDED,))
    assert versions(store, NEW, SEATS) == [0, 1]
    assert (store.find("registration", "session").rows, store.journal()) == ((), [])


def test_other_guards_are_compared(store):
    """What is applied rests on more than what was staged: it is refused where that has changed."""
    change = seat()
    with waiting(store, change) as lock, pytest.raises(StaleVersionError) as refused:
        lock.apply(attrs.evolve(change, guards=(Guard(GUARDED, 2),)))
    assert refused.value.keys == (GUARDED,)
    assert versions(store, NEW, SEATS) == [0, 1]


def test_behind_a_pooler_nothing_is_staged(store, monkeypatch):
    """Where each transaction may lead to another connection of the server, which keeps no statements, all is written
    under the lock."""
    step_by_step(monkeypatch, lambda db: None)
    with store.row_lock(SEATS, 10.0, seat()) as lock:
        lock.load([SEATS])
        assert lock._finish is None
        lock.apply(seat())
    assert versions(store, NEW, SEATS) == [1, 2]


def test_the_server_does_not_answer_in_time(store, pg_admin):
    """No answer to the last message under a lock by the deadline: the error says so and to try again, the connection is
    thrown away, and all of the change is stored or nothing."""
    change = seat()
    pg_admin.execute("BEGIN")
    with waiting(store, change) as lock:
        line, lock._due = lock._line, lambda: time.monotonic() + 0.2
        pg_admin.execute(f"SELECT 1 FROM {store._schema}.record WHERE kind = 'session' FOR UPDATE")
        with pytest.raises(StorageError, match="deadline") as late:
            lock.apply(change)
    assert late.value.retryable
    assert line.closed
    pg_admin.execute("ROLLBACK")
    assert versions(store, NEW, SEATS) in ([0, 1], [1, 2])


def test_without_the_refusal_half_of_it_is_stored(store, monkeypatch):
    """Control: where a stale row is passed over in silence, what was staged is stored without it."""
    silent = _statements.FINISH.replace("{s}.refuse('taken', (SELECT positions FROM stale))", "0")
    assert silent != _statements.FINISH
    monkeypatch.setattr(_statements, "FINISH", silent)
    stale = seat(version=3)
    with waiting(store, stale) as lock:
        lock.apply(stale)
    assert versions(store, NEW, SEATS) == [1, 1]


def test_whoever_decides_again_does_not_find_what_was_staged(store):
    """Reading on under the lock means that it is decided again: what was staged is gone, as if it had never been."""
    change = seat()
    with waiting(store, change) as lock:
        assert [row and row.version for row in lock.load([NEW, SEATS])] == [None, 1]
        other = attrs.evolve(change, events=(attrs.evolve(TOLD, type="WaitingJoined"),))
        lock.apply(other)
    assert [entry.type for entry in store.journal()] == ["WaitingJoined"]


@pytest.mark.parametrize("fields", ["events", "rows", "index", "removes"])
def test_another_change_is_stored_as_a_whole(store, fields):
    """What is applied is not what was staged: that one goes, and the other is stored, once."""
    change = seat()
    other = {
        "events": attrs.evolve(change, events=(attrs.evolve(TOLD, type="WaitingJoined"),)),
        "rows": attrs.evolve(change, rows=(Row(*NEW, 1, '{"a":1}', (("session", "ses"),)), change.rows[1])),
        "index": attrs.evolve(change, rows=(change.rows[0], Row(*SEATS, 2, "{}", (("place", "brest"),)))),
        "removes": attrs.evolve(change, guards=(), removes=change.guards),
    }[fields]
    with waiting(store, change) as lock:
        lock.apply(other)
    assert versions(store, NEW, SEATS, GUARDED) == [1, 2, 0 if fields == "removes" else 1]
    assert ("a" in store.load([NEW])[0].body) == (fields == "rows")
    assert [entry.type for entry in store.journal()] == ["WaitingJoined" if fields == "events" else "SeatTaken"]
    assert [row.id for row in store.find("session", "place", eq="brest").rows] == (["ses"] if fields == "index" else [])


def test_a_lock_that_is_given_up_leaves_nothing_behind(store):
    """Somebody waits, and then does not apply: nothing is stored, nobody waits for them, and the connection is kept."""
    with waiting(store, seat()) as lock:
        line = lock._line
    assert not line.closed
    assert versions(store, NEW, SEATS) == [0, 1]
    store.apply(seat())
    assert versions(store, NEW, SEATS) == [1, 2]


def test_a_row_that_is_there_already_is_not_staged(store):
    """The same request was stored a moment ago: there is no lock, and what is applied is refused as stale."""
    store.apply(Change(rows=(Row(*NEW, 1, "{}"),)))
    with store.row_lock(SEATS, 10.0, seat()) as lock:
        assert lock.load([SEATS])[0].version == 1
        assert lock._finish is None
        with pytest.raises(StaleVersionError) as refused:
            lock.apply(seat())
    assert refused.value.keys == (NEW,)


def test_a_change_that_cannot_be_stored_is_refused_when_it_is_applied(store):
    """What no store should apply is refused by its own error, and not by the lock."""
    bad = attrs.evolve(seat(), events=(attrs.evolve(TOLD, body="[]"),))
    with store.row_lock(SEATS, 10.0, bad) as lock:
        assert lock.load([SEATS])[0].version == 1
        with pytest.raises(Exception, match="one JSON object"):
            lock.apply(bad)
    assert versions(store, NEW, SEATS) == [0, 1]


def test_a_connection_that_is_cut(store, pg_admin, monkeypatch):
    """Where the connection is cut while what is staged waits, the change is stored by another one, once; where it is
    cut on the way, the error says to try again."""
    change = seat()
    with waiting(store, change) as lock:
        pg_admin.execute("SELECT pg_terminate_backend(%s, 5000)", (lock._line.info.backend_pid,))
        lock.apply(change)
    assert versions(store, NEW, SEATS) == [1, 2]
    again = Change(rows=(Row("registration", "two", 1, "{}"), Row(*SEATS, 3, '{"taken":2}', INDEX)))
    with waiting(store, again) as lock:
        pg_admin.execute("SELECT pg_terminate_backend(%s, 5000)", (lock._line.info.backend_pid,))
        monkeypatch.setattr(_row_lock, "usable", lambda line: True)
        with pytest.raises(StorageError) as cut:
            lock.apply(again)
        assert cut.value.retryable
    assert versions(store, Key("registration", "two"), SEATS) == [0, 2]


@pytest.mark.parametrize("interrupt", [KeyboardInterrupt, SystemExit])
def test_somebody_interrupts_on_the_way(store, monkeypatch, interrupt):
    """An interrupt while answers are awaited is passed on as it is; the connection is thrown away, and the next call
    works."""
    first, change = Change((Row("registration", "one", 1, "{}"), Row(*GUARDED, 2, "{}"))), seat(guarded=2)
    with waiting(store, first) as lock:  # so that the server keeps the statements of this connection
        lock.apply(first)

    def interrupted(line, events):
        raise interrupt

    with waiting(store, change) as lock, monkeypatch.context() as patch:
        line = lock._line
        patch.setattr(type(line), "_await", interrupted)
        with pytest.raises(interrupt):
            lock.apply(change)
        with pytest.raises(interrupt):
            store.load([SEATS])
    assert line.closed
    assert versions(store, SEATS, NEW) in ([1, 0], [2, 1])


def test_an_interrupt_before_anything_was_sent(store):
    """An interrupt between the moment when several statements are to travel together and the first of them: nothing is
    on its way, and yet the connection is thrown away, for it would answer nobody."""
    with store._pool.lend() as line:
        line.pgconn.enter_pipeline_mode()
    assert line.closed
    assert versions(store, SEATS) == [1]


def test_what_has_to_be_removed_is_not_staged(store):
    """A change that removes a row, or writes none that was there, is not staged, and stored as a whole."""
    removing = attrs.evolve(seat(), guards=(), removes=(Guard(GUARDED, 1),))
    creating = Change((Row("registration", "two", 1, "{}"),), (TOLD,), (Guard(SEATS, 2),))
    for change in (removing, creating):
        with store.row_lock(SEATS, 10.0, change) as lock:
            lock.load([SEATS])
            assert lock._finish is None
            lock.apply(change)
    assert versions(store, NEW, SEATS, GUARDED, Key("registration", "two")) == [1, 2, 0, 1]


def test_a_server_that_does_not_end_the_wait(store, pg_url, monkeypatch):
    """Where the server says nothing when the patience is over, the client gives up soon after, and goes on without."""
    monkeypatch.setattr(_statements, "PATIENCE", "SET LOCAL lock_timeout = '20s'")
    other = Registry.load().storage(pg_url)
    with ExitStack() as stack:
        stack.callback(other.close)
        stack.enter_context(other.row_lock(SEATS, 10.0)).load([SEATS])
        begun = time.monotonic()
        with store.row_lock(SEATS, 0.1, seat()) as lock:
            assert lock.load([SEATS])[0].version == 1
        assert time.monotonic() - begun < 15


@pytest.mark.parametrize("blocked", [0.7, 3.0])
def test_staging_is_part_of_the_wait(store, pg_url, pg_admin, blocked, monkeypatch):
    """What is new waits for another who creates the same row, and then the lock is not free in time: both together take
    no longer than one waits for a lock. The server is told each time to wait for no longer than what is left."""
    other, told, due, staged = Registry.load().storage(pg_url), [], [], []
    queue, stage, lock_row = PostgresStorage._queue, ChangeWriter.stage, ChangeWriter.begin_locked

    def queueing(self, key, until, change):
        due.append(until)
        return queue(self, key, until, change)

    def staging(self, db, change, wait):
        told.append(("stage", wait <= 2.0))
        stage(self, db, change, wait)
        staged.append(time.monotonic())

    def locking(self, db, key, wait, values, begun):
        told.append(("lock", wait <= due[0] - staged[0]))
        return lock_row(self, db, key, wait, values, begun)

    with ExitStack() as stack:
        stack.callback(other.close)
        stack.enter_context(other.row_lock(SEATS, 10.0)).load([SEATS])
        pg_admin.execute("BEGIN")
        pg_admin.execute(f"INSERT INTO {store._schema}.record VALUES ('registration', 'reg', 1, '{{}}', '[]')")
        monkeypatch.setattr(PostgresStorage, "_queue", queueing)
        monkeypatch.setattr(ChangeWriter, "stage", staging)
        monkeypatch.setattr(ChangeWriter, "begin_locked", locking)
        later = threading.Timer(blocked, pg_admin.execute, ["ROLLBACK"])
        begun = time.monotonic()
        later.start()
        with store.row_lock(SEATS, 2.0, seat()) as lock:
            lock.load([SEATS])
        took = time.monotonic() - begun
        later.join()
    assert took > 1.9
    assert told[0] == ("stage", True)
    assert told[1:] in ([("lock", True)], []), "where the time is over, nobody asks for the lock"
    assert staged or blocked > 2


def test_two_who_create_the_same_row(store):
    """One waits with a staged row for which another waits who holds the row that both want: the deadlock is resolved,
    one of them is stored, and the other is stale."""
    change, outcomes = seat(), []
    writes = threading.Event()

    def other():
        writes.set()
        try:
            store.apply(seat(5))
            outcomes.append("other")
        except StaleVersionError:
            outcomes.append("stale")

    with waiting(store, change) as lock:
        thread = threading.Thread(target=other)
        thread.start()
        writes.wait(10)
        thread.join(0.5)  # it holds the session, and waits for the row that is staged
        assert thread.is_alive()
        try:
            lock.apply(change)
            outcomes.append("mine")
        except StaleVersionError:
            outcomes.append("stale")
    thread.join(20)
    assert sorted(outcomes) in (["mine", "stale"], ["other", "stale"])
    assert versions(store, NEW, SEATS) == [1, 2]
    assert len(store.journal()) == 1


def test_seats_at_one_session_are_staged(pg_url, monkeypatch):
    """Registrations at a session that many want are written in two parts; the house is as it would be otherwise."""
    house, finished, finish = open_house(pg_url, effects="none"), [], ChangeWriter.finish

    def counting(self, db, change):
        finished.append(len(change.created))
        return finish(self, db, change)

    monkeypatch.setattr(ChangeWriter, "finish", counting)
    house.cantine._engine._queue.note([Key("session", "paid")])
    seats = [
        house.do(c.Register(session_id="paid", person_id=who, account="desk")).value for who in ("zoe", "bob", "eve")
    ]
    assert [seat.state for seat in seats] == ["confirmed", "confirmed", "waiting"]
    assert len(finished) == 2
    house.do(c.Book(space_id="b", product_id="room", period=period(9, 10), account="desk"))
    assert house.get(m.Session, "paid").confirmed == 2
    hold(house.storage, house.clock.now())
    folds(house.storage)
    house.cantine.close()


def test_the_journal_is_in_the_order_of_what_was_stored(store, monkeypatch):
    """Others change the row after a change was staged and before it is applied: theirs is first in the journal, as the
    versions of the row do."""
    change = seat()
    with store.row_lock(SEATS, 10.0, change) as lock:
        stage = lock.stage

        def overtaken(*given):
            finish = stage(*given)
            for taken in (7, 8):
                row = Row(*SEATS, taken - 5, f'{{"taken":{taken}}}', INDEX)
                store.apply(Change((row,), (attrs.evolve(TOLD, subjects=(SEATS,)),)))
            return finish

        lock.stage = overtaken
        lock.load([SEATS])
        monkeypatch.setattr(lock, "_store", None)  # it is stored under the lock, and not otherwise
        lock.apply(on_top(change, 9, 4))
    assert [len(entry.subjects) for entry in store.journal()] == [1, 1, 2]
    assert [len(entry.subjects) for entry in store.journal(subject=SEATS)] == [1, 1, 2]
    assert store.journal()[-1].number == store._last, "whoever reads the journal then does not wait for it"


def test_holds_of_who_overtakes_are_folded_in_their_order(pg_url, monkeypatch):
    """Somebody holds a seat, unpaid, while what is new of another's waits: folding the journal gives the session."""
    house, stage = open_house(pg_url, effects="none"), ChangeWriter.stage
    queue = house.cantine._engine._queue
    queue.note([Key("session", "paid")])

    def overtaken(*given):
        monkeypatch.setattr(ChangeWriter, "stage", stage)
        last, wanted, queue._wanted = stage(*given), queue._wanted, {}
        house.do(c.Register(session_id="paid", person_id="bob"))
        queue._wanted = wanted
        return last

    monkeypatch.setattr(ChangeWriter, "stage", overtaken)
    house.do(c.Register(session_id="paid", person_id="zoe"))
    assert len(house.get(m.Session, "paid").held) == 2
    hold(house.storage, house.clock.now())
    folds(house.storage)
    house.cantine.close()
