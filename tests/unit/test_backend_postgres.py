"""The PostgreSQL store, beyond the contract: URLs, errors, locks, journal numbers, migrations."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import threading
import time
from collections import Counter
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import psycopg
import pytest

import _postgres
import cantinekit.errors
from cantinekit.backends._migrations import Migration, read_migrations
from cantinekit.backends.postgres import PostgresStorage, _schema, _statements, _store, drop_schema, open_postgres
from cantinekit.backends.postgres._connect import conninfo_of
from cantinekit.errors import ContentionError, SchemaError, StaleVersionError, StorageError, UrlError
from cantinekit.ports import Change, Guard, JournalEntry, Key, Row
from cantinekit.testing import run_storage_contract
from cantinekit.urls import BackendUrl

STEPS = read_migrations("cantinekit.backends.postgres")
SOURCE = str(Path(cantinekit.errors.__file__).parents[1])
CANARY = "zoe@example.org"
AT = datetime(2026, 11, 24, tzinfo=UTC)


def told(type="told"):
    return JournalEntry(type, AT, "me", (Key("k", "a"),), "{}")


def put(id, version=1, body="{}", **fields):
    return Change(rows=(Row("k", id, version, body, tuple(fields.items())),))


def opened(url, *, options="", **settings):
    """A store whose connections have server settings of their own."""
    conninfo, schema, timeout = conninfo_of(BackendUrl.parse(url))
    return PostgresStorage({**conninfo, "options": options}, **{"schema": schema, "timeout": timeout, **settings})


def schema_of(url):
    return BackendUrl.parse(url).option("schema")


def finished(script, **environment):
    command = [sys.executable, "-c", textwrap.dedent(script)]
    result = subprocess.run(
        command, env={**os.environ, "PYTHONPATH": SOURCE, **environment}, capture_output=True, text=True, timeout=60
    )
    assert result.returncode == 0, result.stderr
    return result.stdout.split()


def together(*jobs):
    """Run the jobs at once; gives what each raised, or None."""
    start, outcomes = threading.Barrier(len(jobs)), [None] * len(jobs)

    def run(number, job):
        start.wait(20)
        try:
            job()
        except Exception as error:
            outcomes[number] = error

    threads = [threading.Thread(target=run, args=(number, job), daemon=True) for number, job in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return outcomes


def started(job):
    """Start a job in a thread and give it a moment; gives a list for what it raises, or None, and the thread."""
    outcomes = []
    thread = threading.Thread(target=lambda: outcomes.extend(together(job)), daemon=True)
    thread.start()
    time.sleep(0.2)
    return outcomes, thread


@pytest.fixture
def storage(pg_url):
    storage = open_postgres(BackendUrl.parse(pg_url))
    yield storage
    storage.close()


@pytest.fixture
def admin(pg_server):
    with _postgres.connect() as db:
        yield db


# --- URLs and the driver --------------------------------------------------------------------------------------------


def test_what_libpq_is_told(monkeypatch):
    """Host, port, user, password, database and libpq's options come from the URL; a reference is revealed."""
    monkeypatch.setenv("PG_SECRET", "s3cret")
    url = BackendUrl.parse(
        "postgresql://cantine:env%3APG_SECRET@db.example.org:5433/main?sslmode=require&schema=a_1&timeout=5"
    )
    conninfo, schema, timeout = conninfo_of(url)
    assert conninfo == {
        "host": "db.example.org",
        "port": "5433",
        "user": "cantine",
        "password": "s3cret",
        "dbname": "main",
        "application_name": "cantinekit",
        "sslmode": "require",
    }
    assert (schema, timeout) == ("a_1", 5.0)


def test_what_is_left_out_is_libpqs():
    """What the URL does not say is left to libpq; the schema is cantinekit."""
    conninfo, schema, timeout = conninfo_of(BackendUrl.parse("postgresql:///?host=/run/pg"))
    assert conninfo == {"host": "/run/pg", "application_name": "cantinekit"}
    assert (schema, timeout) == ("cantinekit", 30.0)


@pytest.mark.parametrize(
    "query",
    [
        "options=-c%20x",
        "password=x",
        "schema=",
        "schema=A",
        "schema=pg_x",
        "schema=a-b",
        'schema=a"b',
        "schema=1a",
        "schema=" + "a" * 64,
        "schema=a.b",
        "timeout=0",
        "timeout=x",
        "timeout=inf",
    ],
)
def test_options_that_are_refused(query):
    """An unknown option, a schema that is no plain name and a timeout out of range are refused."""
    with pytest.raises(UrlError):
        conninfo_of(BackendUrl.parse(f"postgresql://h/d?{query}"))


def test_a_schema_name_is_checked_without_a_url(pg_server):
    """The class refuses the same schema names as the URL."""
    with pytest.raises(UrlError, match="small letters"):
        PostgresStorage({}, schema="x; DROP SCHEMA public")


def test_the_driver_is_imported_when_a_store_is_opened():
    """Importing the package does not import psycopg; without it, opening says what to install."""
    script = """
        import sys
        sys.modules["psycopg"] = None
        from cantinekit.backends import postgres
        from cantinekit.errors import StorageError
        from cantinekit.urls import BackendUrl
        for call in (postgres.open_postgres, postgres.drop_schema):
            try:
                call(BackendUrl.parse("postgresql:///x"))
            except StorageError as error:
                print("pip install 'cantinekit[postgres]'" in str(error), error.retryable, error.__context__)
    """
    assert finished(script) == ["True", "False", "None"] * 2
    assert finished("import sys, cantinekit.backends.postgres; print('psycopg' in sys.modules)") == ["False"]


def test_another_name_of_the_package():
    """An attribute that the package does not have is an AttributeError."""
    from cantinekit.backends import postgres

    with pytest.raises(AttributeError, match="nothing"):
        postgres.nothing  # noqa: B018


# --- connections and errors -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["/nowhere", "127.0.0.1"])
def test_a_server_that_does_not_answer(where):
    """A server that cannot be reached is a retryable StorageError without the password."""
    with pytest.raises(StorageError, match="lost or refused") as refusal:
        open_postgres(BackendUrl.parse(f"postgresql://u:{CANARY.replace('@', '%40')}@/d?host={where}&port=1&timeout=2"))
    assert refusal.value.retryable
    assert "zoe" not in str(refusal.value)
    assert refusal.value.__context__ is None


def test_a_login_that_is_refused(pg_url):
    """A database that does not exist is a StorageError, in the words of a server that cannot be reached."""
    with pytest.raises(StorageError, match="lost or refused"):
        open_postgres(BackendUrl.parse(pg_url.replace("/postgres?", "/no_such_database?")))


def test_a_connection_that_was_cut(storage, admin):
    """After the server ended the connections the next call fails in a retryable way, and the one after reconnects."""
    storage.apply(put("a"))
    with storage._lender.lend() as one, storage._lender.lend() as two:
        for db in (one, two):
            admin.execute("SELECT pg_terminate_backend(%s, 5000)", (db.info.backend_pid,))
    with pytest.raises(StorageError, match="lost") as refusal:
        storage.apply(put("a", 2))
    assert refusal.value.retryable
    assert refusal.value.__context__ is None
    storage.apply(put("a", 2))
    assert storage.load([Key("k", "a")])[0].version == 2


def test_a_connection_that_was_cut_in_a_transaction(storage, admin, monkeypatch):
    """When the connection breaks in the middle of a change nothing of it is stored."""
    record_events = PostgresStorage._record_events

    def cut(self, db, events):
        admin.execute("SELECT pg_terminate_backend(%s, 5000)", (db.info.backend_pid,))
        return record_events(self, db, events)

    monkeypatch.setattr(PostgresStorage, "_record_events", cut)
    with pytest.raises(StorageError) as refusal:
        storage.apply(Change(rows=put("a").rows, events=(told(),)))
    assert refusal.value.retryable
    monkeypatch.undo()
    assert storage.load([Key("k", "a")]) == [None]
    assert storage.journal() == []


def test_no_text_of_psycopg_gets_through(storage):
    """An error names the SQLSTATE; psycopg's text, which shows values of rows, is neither in it nor chained."""
    schema = storage._schema
    with storage._lender.lend() as db:
        db.execute(f"INSERT INTO {schema}.record_index VALUES ('k', 'mail', '{CANARY}', 'a')".encode())
        with pytest.raises(psycopg.errors.UniqueViolation, match=CANARY):
            db.execute(f"INSERT INTO {schema}.record_index VALUES ('k', 'mail', '{CANARY}', 'a')".encode())
    with pytest.raises(StorageError, match=r"^PostgreSQL could not do it \(23505\)$") as refusal:
        storage.apply(put("a", mail=CANARY))
    assert not refusal.value.retryable
    assert refusal.value.__context__ is None
    assert refusal.value.__cause__ is None
    assert storage.load([Key("k", "a")]) == [None]


def test_an_index_of_another_hand_is_noticed(storage):
    """Where index entries are not what the row says, a change is refused and nothing of it is stored."""
    storage.apply(put("a", f="v"))
    with storage._lender.lend() as db:
        db.execute(f"DELETE FROM {storage._schema}.record_index".encode())
    with pytest.raises(StorageError, match="altered by another hand"):
        storage.apply(put("a", 2, f="w"))
    assert storage.load([Key("k", "a")])[0].version == 1


@pytest.mark.parametrize(
    ("state", "error", "retryable"),
    [
        ("40001", ContentionError, True),
        ("40P01", ContentionError, True),
        ("55P03", ContentionError, True),
        ("53300", StorageError, True),
        ("53100", StorageError, False),
        ("57P01", StorageError, True),
        ("08006", StorageError, True),
        ("42501", StorageError, False),
    ],
)
def test_what_a_state_means(state, error, retryable):
    """Each SQLSTATE becomes one of our errors, and says whether to try again."""
    problem = _schema.storage_error(psycopg.errors.lookup(state)(CANARY))
    assert type(problem) is error
    assert problem.retryable is retryable
    assert state in str(problem)
    assert CANARY not in str(problem)


def test_an_error_of_the_driver_itself():
    """An error without a SQLSTATE that is no lost connection is named by its class."""
    problem = _schema.storage_error(psycopg.ProgrammingError(CANARY))
    assert str(problem) == "psycopg could not do it (ProgrammingError)"
    assert not problem.retryable
    assert _schema.storage_error(psycopg.OperationalError(CANARY)).retryable


def test_a_lock_that_is_not_released(pg_url, storage, admin):
    """A change waits for a lock no longer than the timeout; it is then a ContentionError, and nothing is stored."""
    storage.apply(put("a"))
    hurried = opened(pg_url, timeout=1)
    with admin.transaction():
        admin.execute(f"SELECT * FROM {schema_of(pg_url)}.record FOR UPDATE")
        begun = time.monotonic()
        with pytest.raises(ContentionError, match="55P03"):
            hurried.apply(Change(rows=(*put("a", 2).rows, *put("b").rows)))
        assert 0.8 < time.monotonic() - begun < 10
    assert [r and r.version for r in storage.load([Key("k", "a"), Key("k", "b")])] == [1, None]
    hurried.apply(put("a", 2))
    hurried.close()


def test_commits_wait_for_the_disk(pg_url, monkeypatch):
    """A change is durable on return even where the server's setting says that commits need not wait."""
    storage = opened(pg_url, options="-c synchronous_commit=off -c default_transaction_isolation=serializable")
    seen = []
    record_events = PostgresStorage._record_events

    def look(self, db, events):
        seen.append(
            [db.execute(f"SHOW {name}").fetchone()[0] for name in ("synchronous_commit", "transaction_isolation")]
        )
        return record_events(self, db, events)

    monkeypatch.setattr(PostgresStorage, "_record_events", look)
    storage.apply(put("a"))
    assert seen == [["on", "read committed"]]
    storage.close()


def test_a_stronger_setting_stays(pg_url, monkeypatch):
    """A stronger setting than on is left as it is."""
    storage = opened(pg_url, options="-c synchronous_commit=remote_apply")
    seen = []
    monkeypatch.setattr(
        PostgresStorage,
        "_record_events",
        lambda self, db, events: seen.append(db.execute("SHOW synchronous_commit").fetchone()[0]) or 0,
    )
    storage.apply(put("a"))
    assert seen == ["remote_apply"]
    storage.close()


# --- locks ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def rollbacks(monkeypatch):
    """Counts why transactions were rolled back."""
    seen = Counter()
    roll_back = _store._roll_back

    def counting(db):
        seen[type(sys.exception()).__name__] += 1
        roll_back(db)

    monkeypatch.setattr(_store, "_roll_back", counting)
    return seen


def crossing(storage, rounds=25):
    """Changes that write one row and guard others, each way round, over and over; gives how many were applied."""
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
            except StaleVersionError:
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
    """The same changes deadlock when rows are locked before guards; they are tried again and come out right."""
    monkeypatch.setattr(_statements, "LOCK", _statements.LOCK.replace("ORDER BY position", "ORDER BY NOT write"))
    storage = opened(pg_url, options="-c deadlock_timeout=20ms")
    for _ in range(5):
        try:
            crossing(storage, rounds=40)
        except AssertionError:
            break
        if rollbacks["DeadlockDetected"]:
            break
        storage.close()
        drop_schema(BackendUrl.parse(pg_url))
        storage = opened(pg_url, options="-c deadlock_timeout=20ms")
    assert rollbacks["DeadlockDetected"]
    storage.close()


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


def test_a_creation_waits_for_another_one(storage, pg_url, admin):
    """While another transaction has created the row and not ended, a creation waits, and follows how it ends."""
    for ending, wanted in (("COMMIT", StaleVersionError), ("ROLLBACK", type(None))):
        name = ending.lower()
        admin.execute("BEGIN")
        admin.execute(
            f"INSERT INTO {schema_of(pg_url)}.record VALUES ('k', %s, 1, '{{}}', '[]')",
            (name,),
        )
        outcomes, thread = started(partial(storage.apply, put(name)))
        assert outcomes == []
        admin.execute(ending)
        thread.join(20)
        assert [type(outcome) for outcome in outcomes] == [wanted]


def test_a_guard_waits_for_a_remove(storage, pg_url, admin):
    """While another transaction removes a guarded row and has not ended, the change waits, and is then stale."""
    storage.apply(Change(rows=(*put("a").rows, *put("b").rows)))
    admin.execute("BEGIN")
    admin.execute(f"DELETE FROM {schema_of(pg_url)}.record WHERE id = 'a'")
    change = Change(rows=put("b", 2).rows, guards=(Guard(Key("k", "a"), 1),))
    outcomes, thread = started(partial(storage.apply, change))
    assert outcomes == []
    admin.execute("COMMIT")
    thread.join(20)
    assert [outcome.keys for outcome in outcomes] == [(Key("k", "a"),)]
    assert storage.load([Key("k", "b")])[0].version == 1


def test_guards_do_not_wait_for_each_other(storage, pg_url, admin):
    """A guarded row is locked in share mode: changes that only guard it run side by side."""
    storage.apply(put("a"))
    with admin.transaction():
        admin.execute(f"SELECT * FROM {schema_of(pg_url)}.record FOR SHARE")
        storage.apply(Change(rows=put("b").rows, guards=(Guard(Key("k", "a"), 1),)))
    assert storage.load([Key("k", "b")])[0] is not None


@pytest.mark.parametrize("failures", [1, 2, 3])
def test_deadlocks_are_tried_again(storage, monkeypatch, failures):
    """A deadlock is tried again within the call, three times in all; then it is a ContentionError."""
    write, left = PostgresStorage._write, [failures]

    def failing(self, db, change):
        last = write(self, db, change)
        left[0] -= 1
        if left[0] >= 0:
            raise psycopg.errors.DeadlockDetected(CANARY)
        return last

    monkeypatch.setattr(PostgresStorage, "_write", failing)
    change = Change(rows=put("a").rows, events=(told(),))
    if failures < 3:
        storage.apply(change)
    else:
        with pytest.raises(ContentionError, match="40P01") as refusal:
            storage.apply(change)
        assert refusal.value.retryable
    assert len(storage.journal()) == (failures < 3)
    assert (storage.load([Key("k", "a")])[0] is not None) == (failures < 3)


def contract(pg_fresh_url, *only):
    storages = {}

    def at(url):
        storage = open_postgres(BackendUrl.parse(url))
        storages[storage] = url
        return storage

    results = run_storage_contract(
        lambda: at(pg_fresh_url()), lambda storage: at(storages[storage]), only=only, scale=0.5, patience=3.0
    )
    return [result.name for result in results if not result.ok]


@pytest.mark.parametrize(
    ("lock", "promise"),
    [
        ("FOR UPDATE", "test_no_increment_is_lost"),
        ("FOR SHARE", "test_crossed_reads_and_writes"),
    ],
)
def test_without_locks_the_contract_is_broken(pg_fresh_url, monkeypatch, lock, promise):
    """The contract sees a store that compares versions and guards without locking the rows."""
    monkeypatch.setattr(_statements, "LOCK", _statements.LOCK.replace(lock, ""))
    assert any(contract(pg_fresh_url, promise) for _ in range(5))


# --- the journal ----------------------------------------------------------------------------------------------------


def test_without_the_horizon_entries_turn_up_late(pg_fresh_url, monkeypatch):
    """The contract sees a journal that shows entries before all older transactions have ended."""
    promise = "test_no_entry_turns_up_late_behind_a_slow_writer"
    assert contract(pg_fresh_url, promise) == []
    monkeypatch.setattr(_statements, "JOURNAL", _statements.JOURNAL.replace("AND j.number < finished.below", ""))
    assert any(contract(pg_fresh_url, promise) for _ in range(3))


def test_an_older_transaction_keeps_entries_back(pg_url, storage, admin, monkeypatch):
    """An entry appears when all older transactions have ended; a store waits for its own, but not for ever."""
    monkeypatch.setattr(_store, "_PATIENCE", 0.3)
    storage.apply(Change(events=(told("first"),)))
    admin.execute("BEGIN")
    admin.execute("SELECT pg_current_xact_id()")
    storage.apply(Change(events=(told("second"),)))
    begun = time.monotonic()
    assert [e.type for e in storage.journal()] == ["first"]
    assert time.monotonic() - begun > 0.25
    begun = time.monotonic()
    assert [e.type for e in storage.journal()] == ["first"]
    assert [e.type for e in storage.journal(limit=1)] == ["first"]
    assert time.monotonic() - begun < 0.2
    admin.execute("COMMIT")
    assert [e.type for e in storage.journal()] == ["first", "second"]


def test_a_store_waits_for_its_own_entries(storage, admin):
    """A journal read right after a change holds its entries, although an older transaction ends only meanwhile."""
    admin.execute("BEGIN")
    admin.execute("SELECT pg_current_xact_id()")
    storage.apply(Change(events=(told(),)))
    timer = threading.Timer(0.2, lambda: admin.execute("COMMIT"))
    timer.start()
    assert [e.type for e in storage.journal(subject=Key("k", "a"))] == ["told"]
    timer.join()


def test_numbers_come_from_the_transaction(storage):
    """A number is the transaction's id times 65536 plus the position in the change: well below 2**63."""
    storage.apply(Change(events=(told(), told(), told())))
    numbers = [e.number for e in storage.journal()]
    assert [number & 0xFFFF for number in numbers] == [1, 2, 3]
    with storage._lender.lend() as db:
        ((following,),) = db.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint").fetchall()
    assert {number >> 16 for number in numbers} < set(range(following))
    assert following << 16 < 2**62


def test_a_dump_restored_elsewhere_goes_on(pg_url, storage):
    """Where numbers are above what transaction ids give, as after a restore, opening lets the numbers go on above."""
    storage.apply(Change(events=(told("before"),)))
    ahead = 10**9 << 16
    with storage._lender.lend() as db:
        for table in ("journal", "journal_subject"):
            db.execute(f"UPDATE {storage._schema}.{table} SET number = number + %s".encode(), (ahead,))
    again = []
    assert together(*[lambda: again.append(opened(pg_url))] * 4) == [None] * 4
    assert [e.type for e in again[0].journal()] == ["before"]
    again[1].apply(Change(events=(told("after"),)))
    entries = again[1].journal()
    assert [e.type for e in entries] == ["before", "after"]
    assert ahead < entries[0].number < entries[1].number
    with storage._lender.lend() as db:
        base = db.execute(f"SELECT value FROM {storage._schema}.meta".encode()).fetchone()[0]
    assert base % 65536 == 0
    opened(pg_url).close()
    with storage._lender.lend() as db:
        assert db.execute(f"SELECT value FROM {storage._schema}.meta".encode()).fetchone()[0] == base
    for store in again:
        store.close()


# --- schema and migrations ------------------------------------------------------------------------------------------

SECOND = Migration.of(2, "ALTER TABLE record ADD COLUMN note text;\nCREATE TABLE extra (x integer);\n")
BROKEN = Migration.of(2, "CREATE TABLE extra (x integer);\nINSERT INTO nowhere VALUES (1);\n")


def versions(admin, url):
    rows = admin.execute(f"SELECT version FROM {schema_of(url)}.schema_version ORDER BY version").fetchall()
    return [version for (version,) in rows]


def test_the_schema_is_written_down(storage, pg_url, admin):
    """schema_version holds number, checksum and instant of each migration, in the schema of the URL."""
    ((version, sha256, at),) = admin.execute(f"SELECT * FROM {schema_of(pg_url)}.schema_version").fetchall()
    assert (version, sha256) == (1, STEPS[0].sha256)
    assert abs((at - datetime.now(UTC)).total_seconds()) < 60


def test_texts_that_are_compared_compare_by_bytes(storage, pg_url, admin):
    """Every text column that is part of a key has the collation C, whatever the locale of the database."""
    statement = """
        SELECT table_name, column_name FROM information_schema.columns
        WHERE table_schema = %s AND column_name IN ('kind', 'id', 'field', 'value')
            AND data_type = 'text' AND collation_name IS DISTINCT FROM 'C'
    """
    assert admin.execute(statement, (schema_of(pg_url),)).fetchall() == []


def test_bodies_are_jsonb(storage, pg_url, admin):
    """Bodies can be asked with the operators of JSONB."""
    storage.apply(put("a", body='{"seats": [1, 2, 3]}'))
    ((seats,),) = admin.execute(f"SELECT body -> 'seats' FROM {schema_of(pg_url)}.record").fetchall()
    assert seats == [1, 2, 3]


def test_two_schemas_are_two_stores(pg_fresh_url):
    """Two schemas in one database know nothing of each other."""
    first, second = (open_postgres(BackendUrl.parse(pg_fresh_url())) for _ in range(2))
    first.apply(put("a", f="v"))
    assert second.load([Key("k", "a")]) == [None]
    assert second.find("k", "f").rows == ()
    first.close()
    second.close()


def test_an_upgrade_keeps_what_is_there(storage, pg_url, admin):
    """A schema is brought to the next version with all rows, while it is in use."""
    storage.apply(put("a", f="v"))
    upgraded = opened(pg_url, migrations=[*STEPS, SECOND])
    assert versions(admin, pg_url) == [1, 2]
    assert upgraded.find("k", "f").rows == (Row("k", "a", 1, "{}", (("f", "v"),)),)
    upgraded.apply(put("a", 2))
    assert storage.load([Key("k", "a")])[0].version == 2
    upgraded.close()


def test_a_newer_schema_is_refused(pg_url, admin):
    """A schema that a newer library has upgraded is refused and left as it is."""
    opened(pg_url, migrations=[*STEPS, SECOND]).close()
    with pytest.raises(SchemaError, match="upgrade cantinekit"):
        open_postgres(BackendUrl.parse(pg_url))
    assert versions(admin, pg_url) == [1, 2]


def test_a_changed_checksum_is_refused(storage, pg_url, admin):
    """A schema whose migration has another checksum is refused."""
    admin.execute(f"UPDATE {schema_of(pg_url)}.schema_version SET sha256 = 'other'")
    with pytest.raises(SchemaError, match="not made by this library"):
        open_postgres(BackendUrl.parse(pg_url))


def test_a_migration_that_fails_leaves_nothing(storage, pg_url, admin):
    """When a statement of a migration fails none of it is applied, and the old library still opens the schema."""
    with pytest.raises(StorageError, match="42P01"):
        opened(pg_url, migrations=[*STEPS, BROKEN])
    assert versions(admin, pg_url) == [1]
    assert admin.execute("SELECT to_regclass(%s)", (f"{schema_of(pg_url)}.extra",)).fetchone() == (None,)
    open_postgres(BackendUrl.parse(pg_url)).close()


def test_many_open_a_new_schema_at_once(pg_url, admin):
    """Stores that open a new schema at once all succeed, and it is migrated once."""
    stores = []
    assert together(*(lambda: stores.append(opened(pg_url)) for _ in range(6))) == [None] * 6
    assert versions(admin, pg_url) == [1]
    for store in stores:
        store.close()


def test_processes_open_and_count_at_once(pg_url):
    """Processes that open a new schema at once and count up one row lose no increment."""
    script = """
        import json, os
        from cantinekit.backends.postgres import open_postgres
        from cantinekit.errors import StorageError
        from cantinekit.ports import Change, Key, Row
        from cantinekit.urls import BackendUrl
        storage = open_postgres(BackendUrl.parse(os.environ["STORE"]))
        done = 0
        while done < 30:
            (row,) = storage.load([Key("k", "n")])
            n = json.loads(row.body)["n"] if row else 0
            try:
                storage.apply(Change(rows=(Row("k", "n", n + 1, json.dumps({"n": n + 1})),)))
                done += 1
            except StorageError as error:
                assert error.retryable
        storage.close()
    """
    assert together(*(partial(finished, script, STORE=pg_url) for _ in range(3))) == [None] * 3
    storage = open_postgres(BackendUrl.parse(pg_url))
    assert storage.load([Key("k", "n")])[0].version == 90
    storage.close()


def test_a_child_process_has_connections_of_its_own(pg_url):
    """After a fork parent and child both read and write, and the child's end does not cut the parent off."""
    script = """
        import os
        from cantinekit.backends.postgres import open_postgres
        from cantinekit.ports import Change, Key, Row
        from cantinekit.urls import BackendUrl
        storage = open_postgres(BackendUrl.parse(os.environ["STORE"]))
        storage.apply(Change(rows=(Row("k", "before", 1, "{}"),)))
        child = os.fork()
        if not child:
            storage.apply(Change(rows=(Row("k", "child", 1, "{}"),)))
            storage.close()
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        storage.apply(Change(rows=(Row("k", "parent", 1, "{}"),)))
        print(sum(r is not None for r in storage.load([Key("k", n) for n in ("before", "child", "parent")])))
        storage.close()
    """
    assert finished(script, STORE=pg_url) == ["3"]


def test_an_old_server_is_refused(pg_url, monkeypatch):
    """A server older than PostgreSQL 15 is refused by name."""
    monkeypatch.setattr(_schema, "_OLDEST", 990_000)
    with pytest.raises(StorageError, match="PostgreSQL 15 or later is needed"):
        open_postgres(BackendUrl.parse(pg_url))


def test_a_database_without_utf8_is_refused(pg_url, admin):
    """A database with another encoding than UTF-8 is refused."""
    admin.execute("CREATE DATABASE plain ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0")
    try:
        with pytest.raises(SchemaError, match="UTF-8"):
            open_postgres(BackendUrl.parse(pg_url.replace("/postgres?", "/plain?")))
    finally:
        admin.execute("DROP DATABASE plain WITH (FORCE)")


def test_dropping_a_schema(pg_url, admin):
    """A dropped schema is gone with all that was in it; dropping what is not there does nothing."""
    storage = open_postgres(BackendUrl.parse(pg_url))
    storage.apply(put("a"))
    storage.close()
    drop_schema(BackendUrl.parse(pg_url))
    drop_schema(BackendUrl.parse(pg_url))
    assert admin.execute("SELECT to_regnamespace(%s)", (schema_of(pg_url),)).fetchone() == (None,)
    with pytest.raises(StorageError, match="lost or refused"):
        drop_schema(BackendUrl.parse("postgresql:///x?host=/nowhere"))
