"""The SQLite store, beyond the contract: migrations and processes."""

from __future__ import annotations

import sqlite3
import time
from datetime import UTC, datetime

import pytest

from cantinekit.backends.sqlite import SqliteStorage
from cantinekit.errors import SchemaError, StorageError
from cantinekit.plugins.ports import Row
from cantinekit.plugins.sql import Session, store
from cantinekit.plugins.sql.migrations import Migration, read_migrations
from cantinekit.testing import run_storage_contract
from support.stores.sqlite_files import ask, change, finished, python

STEPS = read_migrations("cantinekit.backends.sqlite")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "cantine.db"


@pytest.fixture
def storage(path):
    storage = SqliteStorage(path, timeout=5)
    yield storage
    storage.close()


SECOND = Migration.of(2, "ALTER TABLE record ADD COLUMN note TEXT;\nCREATE TABLE extra (x INTEGER) STRICT;\n")
BROKEN = Migration.of(2, "CREATE TABLE extra (x INTEGER) STRICT;\nINSERT INTO nowhere VALUES (1);\n")


def versions(path):
    return [version for (version,) in ask(path, "SELECT version FROM schema_version ORDER BY version")]


def test_the_schema_is_written_down(storage, path):
    """schema_version holds number, checksum and the instant in UTC of each migration."""
    ((version, sha256, at),) = ask(path, "SELECT version, sha256, applied_at FROM schema_version")
    assert (version, sha256) == (1, STEPS[0].sha256)
    assert abs(datetime.fromisoformat(at) - datetime.now(UTC)).total_seconds() < 60
    tables = {name for (name,) in ask(path, "SELECT name FROM sqlite_schema WHERE sql LIKE '%STRICT%'")}
    assert tables == {"schema_version", "record", "record_index", "journal", "journal_subject"}


def test_an_upgrade_keeps_what_is_there(storage, path):
    """A database of the first schema is brought to the second, with all rows."""
    storage.apply(change("a", f="v"))
    storage.close()
    upgraded = SqliteStorage(path, migrations=[*STEPS, SECOND])
    assert upgraded.find("k", "f").rows == (Row("k", "a", 1, "{}", (("f", "v"),)),)
    upgraded.apply(change("a", 2))
    assert len(upgraded.journal()) == 2
    upgraded.close()
    assert versions(path) == [1, 2]
    assert ask(path, "SELECT note FROM record") == [(None,)]


def test_a_newer_schema_is_refused(path):
    """A database that a newer library has upgraded is refused and left as it is."""
    SqliteStorage(path, migrations=[*STEPS, SECOND]).close()
    with pytest.raises(SchemaError, match="upgrade cantinekit"):
        SqliteStorage(path)
    assert versions(path) == [1, 2]


def test_a_changed_checksum_is_refused(storage, path):
    """A database whose migration has another checksum is refused."""
    storage.close()
    db = sqlite3.connect(path)
    db.execute("UPDATE schema_version SET sha256 = 'other'")
    db.commit()
    db.close()
    with pytest.raises(SchemaError, match="not made by this library"):
        SqliteStorage(path)


def test_a_migration_that_fails_leaves_nothing(storage, path):
    """When a statement of a migration fails, none of it is applied, and the old library still opens the file."""
    storage.close()
    with pytest.raises(StorageError):
        SqliteStorage(path, migrations=[*STEPS, BROKEN])
    assert versions(path) == [1]
    assert ask(path, "SELECT name FROM sqlite_schema WHERE name = 'extra'") == []
    SqliteStorage(path).close()


def test_a_migration_without_an_end_is_refused(storage, path):
    """A migration whose last statement is not complete is refused and leaves nothing."""
    storage.close()
    with pytest.raises(SchemaError, match="complete statement"):
        SqliteStorage(path, migrations=[*STEPS, Migration.of(2, "CREATE TABLE extra (x INTEGER) STRICT;\nCREATE")])
    assert versions(path) == [1]


def test_the_database_of_another_program_is_refused(path):
    """A database with tables of another program is refused and left as it is."""
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE members (mail TEXT)")
    db.close()
    with pytest.raises(SchemaError, match="something else"):
        SqliteStorage(path)
    assert ask(path, "SELECT name FROM sqlite_schema") == [("members",)]


def test_utf16_is_refused(path):
    """A database whose texts are UTF-16 is refused: it would order them otherwise."""
    db = sqlite3.connect(path)
    db.execute("PRAGMA encoding = 'UTF-16le'")
    db.execute("CREATE TABLE record (x TEXT)")
    db.close()
    with pytest.raises(SchemaError, match="UTF-8"):
        SqliteStorage(path)


COUNT = """
    import json, os, sys, time
    from cantinekit.backends.sqlite import SqliteStorage
    from cantinekit.errors import StorageError
    from cantinekit.plugins.sql import Session, store
    from cantinekit.plugins.ports import Change, Key, Row
    if sys.argv[2] == "naked":
        lines = store.record_lines
        Session.transact = lambda db, work: work(db)
        store.record_lines = lambda rows: (time.sleep(0.002) or line for line in lines(rows))
    print("ready", flush=True)
    while not os.path.exists(sys.argv[3]):
        time.sleep(0.001)
    storage = SqliteStorage(sys.argv[1])
    done = 0
    while done < 40:
        (row,) = storage.load([Key("k", "counter")])
        n = json.loads(row.body)["n"] if row else 0
        try:
            storage.apply(Change(rows=(Row("k", "counter", row.version + 1 if row else 1, json.dumps({"n": n + 1})),)))
            done += 1
        except StorageError as error:
            assert error.retryable or sys.argv[2] == "naked", error
    storage.close()
"""


def counted(path, how):
    go = path.with_suffix(".go")
    processes = [python(COUNT, path, how, go) for _ in range(3)]
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    go.touch()
    for process in processes:
        finished(process)
    ((body,),) = ask(path, "SELECT body FROM record WHERE id = 'counter'")
    return body


def test_processes_open_and_count_at_once(path):
    """Processes that open a new file at once and count up one row lose no increment, and migrate once."""
    assert counted(path, "whole") == '{"n": 120}'
    assert versions(path) == [1]


def test_without_the_transaction_increments_are_lost(path):
    """The same count without a transaction loses increments: the test above can fail."""
    for number in range(5):
        one = path.with_name(f"{number}.db")
        SqliteStorage(one).close()
        if counted(one, "naked") != '{"n": 120}':
            return
    pytest.fail("no increment was lost")


def test_without_the_transaction_the_contract_is_broken(tmp_path, monkeypatch):
    """The contract sees a store that writes without a transaction."""
    lines = store.record_lines
    monkeypatch.setattr(Session, "transact", lambda db, work: work(db))
    monkeypatch.setattr(store, "record_lines", lambda rows: (time.sleep(0.01) or line for line in lines(rows)))
    paths = iter(range(1000))
    results = run_storage_contract(
        lambda: SqliteStorage(tmp_path / f"{next(paths)}.db"),
        only=["test_load_is_one_snapshot"],
        scale=0.3,
    )
    assert not results[0].ok


def test_a_child_process_has_connections_of_its_own(path):
    """After a fork parent and child both read and write, each through connections of its own."""
    script = """
        import os, sys
        from cantinekit.backends.sqlite import SqliteStorage
        from cantinekit.plugins.ports import Change, Key, Row
        storage = SqliteStorage(sys.argv[1])
        storage.apply(Change(rows=(Row("k", "before", 1, "{}"),)))
        with storage._pool.lend() as db:
            parents = id(db)
        child = os.fork()
        if not child:
            with storage._pool.lend() as db:
                assert id(db) != parents
            for n in range(20):
                storage.apply(Change(rows=(Row("k", f"child{n}", 1, "{}"),)))
            storage.close()
            os._exit(0)
        for n in range(20):
            storage.apply(Change(rows=(Row("k", f"parent{n}", 1, "{}"),)))
        assert os.waitpid(child, 0)[1] == 0
        with storage._pool.lend() as db:
            assert id(db) == parents
        names = [f"{who}{n}" for who in ("child", "parent") for n in range(20)]
        print(sum(r is not None for r in storage.load([Key("k", name) for name in names])))
        storage.close()
    """
    assert finished(python(script, path)) == ["40"]
    assert ask(path, "PRAGMA integrity_check") == [("ok",)]


def test_importing_the_package_opens_nothing():
    """The modules of the store are imported without touching the disk or another backend."""
    script = """
        import sys
        import cantinekit.backends.sqlite
        print(sorted(name for name in sys.modules if name.split(".")[0] in ("psycopg", "hypothesis", "icalendar")))
    """
    assert finished(python(script)) == ["[]"]
