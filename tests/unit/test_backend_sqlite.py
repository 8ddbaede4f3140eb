"""The SQLite store, beyond the contract: URLs, settings and errors."""

from __future__ import annotations

import os
import sqlite3
import threading
import time

import pytest

from cantinekit.backends.sqlite import SqliteStorage, _connect, open_sqlite
from cantinekit.backends.sqlite._connect import storage_error, wal_is_safe
from cantinekit.backends.sqlite._database import Sqlite
from cantinekit.backends.sqlite._driver import driver_of
from cantinekit.errors import ContentionError, StorageError, UrlError
from cantinekit.plugins.ports import Change, Guard, Key, Row
from cantinekit.urls import BackendUrl
from support.stores.sqlite_files import CANARY, SqliteStorageOnce, ask, change, finished, python


@pytest.fixture
def path(tmp_path):
    return tmp_path / "cantine.db"


@pytest.fixture
def storage(path):
    storage = SqliteStorage(path, timeout=5)
    yield storage
    storage.close()


def test_a_relative_path(tmp_path, monkeypatch):
    """sqlite:///name.db is a file in the working directory of the moment of opening, also after a change of it."""
    monkeypatch.chdir(tmp_path)
    storage = open_sqlite(BackendUrl.parse("sqlite:///my%20cantine.db"))
    monkeypatch.chdir("/")
    storage.apply(change("a"))
    storage.close()
    assert ask(tmp_path / "my cantine.db", "SELECT id FROM record") == [("a",)]


def test_an_absolute_path(path):
    """sqlite://// is followed by an absolute path; the option timeout is in seconds."""
    storage = open_sqlite(BackendUrl.parse(f"sqlite:///{path}?timeout=2.5"))
    storage.close()
    assert path.exists()
    assert storage._timeout == 2.5


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("sqlite://cantine.db", "sqlite:///relative.db"),
        ("sqlite://host/cantine.db", "sqlite:///relative.db"),
        ("sqlite://", "sqlite:///relative.db"),
        ("sqlite:///", "sqlite:///relative.db"),
        ("sqlite:///:memory:", "memory://"),
        ("sqlite:///x.db?journal=wal", "no option 'journal'; known options: driver, timeout"),
        ("sqlite:///x.db?timeout=soon", "number of seconds"),
        ("sqlite:///x.db?timeout=-1", "number of seconds"),
        ("sqlite:///x.db?timeout=nan", "number of seconds"),
        ("sqlite:///x.db?timeout=", "number of seconds"),
        ("sqlite:///x.db?driver=pysqlite3", "sqlite3 or apsw"),
        ("sqlite:///x.db?driver=", "sqlite3 or apsw"),
    ],
)
def test_urls_that_are_refused(url, message, tmp_path, monkeypatch):
    """A URL that names no file, a store in memory or an unknown option is refused, and no file is made."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UrlError, match=message.replace("?", r"\?")):
        open_sqlite(BackendUrl.parse(url))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("version", "safe"),
    [
        ((3, 46, 1), False),
        ((3, 44, 5), False),
        ((3, 44, 6), True),
        ((3, 45, 0), False),
        ((3, 50, 6), False),
        ((3, 50, 7), True),
        ((3, 51, 0), False),
        ((3, 51, 2), False),
        ((3, 51, 3), True),
        ((3, 54, 1), True),
        ((4, 0, 0), True),
    ],
)
def test_where_wal_is_safe(version, safe):
    """WAL is used from SQLite 3.51.3 on, and with the backports 3.50.7 and 3.44.6."""
    assert wal_is_safe(version) is safe


def settings_of(storage):
    names = ("journal_mode", "synchronous", "secure_delete", "trusted_schema", "encoding", "busy_timeout")
    with storage._pool.lend() as db:
        return [db.execute(f"PRAGMA {name}").fetchone()[0] for name in names]


@pytest.mark.parametrize(("wal", "mode"), [(True, "wal"), (False, "delete"), (None, None)])
def test_settings_are_in_force(path, wal, mode):
    """Every connection syncs fully, overwrites what is deleted and waits; the journal mode is the safe one."""
    storage = SqliteStorage(path, wal=wal, timeout=7)
    mode = mode or ("wal" if wal_is_safe() else "delete")
    with storage._pool.lend():
        assert settings_of(storage) == [mode, 3, 1, 0, "UTF-8", 7000]
    assert settings_of(storage) == [mode, 3, 1, 0, "UTF-8", 7000]
    storage.close()


def test_a_wal_file_is_brought_back(path):
    """A file in WAL mode is brought to DELETE by an SQLite for which WAL is not safe, and keeps its rows."""
    first = SqliteStorage(path, wal=True)
    first.apply(change("a"))
    first.close()
    second = SqliteStorage(path, wal=False)
    assert settings_of(second)[0] == "delete"
    assert second.load([Key("k", "a")])[0] is not None
    second.close()


def test_a_wal_file_in_use_is_refused(path):
    """While another process uses the file in WAL mode, an SQLite for which WAL is not safe does not open it."""
    first = SqliteStorage(path, wal=True)
    with pytest.raises(ContentionError):
        SqliteStorage(path, wal=False, timeout=0.1)
    first.close()


@pytest.mark.parametrize(
    ("name", "value"), [("synchronous", 9), ("secure_delete", 7), ("trusted_schema", 2), ("no_such_setting", 1)]
)
def test_a_setting_that_is_not_taken_over_is_an_error(path, monkeypatch, name, value):
    """A store does not open when SQLite reads back another value of a setting than the one that was set."""
    monkeypatch.setitem(_connect._SETTINGS, name, value)
    with pytest.raises(StorageError, match=f"did not take over {name} = {value}"):
        SqliteStorage(path)


def test_removed_texts_are_overwritten(storage, path):
    """What was removed from the store cannot be read from the file afterwards."""
    text = "canary-" * 40
    storage.apply(Change(rows=(Row("k", "a", 1, f'{{"mail": "{text}"}}'),)))
    assert text.encode() in path.read_bytes()
    storage.apply(Change(removes=(Guard(Key("k", "a"), 1),)))
    storage.close()
    assert b"canary-canary" not in path.read_bytes()


def test_an_old_sqlite_is_refused(path, monkeypatch):
    """An SQLite older than 3.38 is refused by name."""
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 37, 2))
    with pytest.raises(StorageError, match=r"3\.38 or later"):
        SqliteStorage(path)


def test_connections_do_not_grow_with_threads(storage):
    """Threads that come and go leave one connection behind, not one each."""
    for number in range(20):
        thread = threading.Thread(target=storage.apply, args=(change(str(number)),))
        thread.start()
        thread.join()
    assert len(storage._pool._till().idle) == 1


def test_a_large_load_uses_the_index(storage):
    """Load looks each key up in the primary key: the time for many keys does not grow with their square."""
    with storage._pool.lend() as db:
        plan = " ".join(row[3] for row in db.execute("EXPLAIN QUERY PLAN " + Sqlite.load, ("[]",)))
    assert "SEARCH record USING INDEX sqlite_autoindex_record_1 (kind=? AND id=?)" in plan


def test_no_folder(tmp_path):
    """A path whose folder does not exist is a StorageError that names the folder."""
    with pytest.raises(StorageError, match="folder of the database does not exist"):
        SqliteStorage(tmp_path / "none" / "x.db")


def test_a_folder_is_no_database(tmp_path):
    """A path that is a folder is a StorageError."""
    with pytest.raises(StorageError, match=r"cannot be opened \(SQLITE_CANTOPEN"):
        SqliteStorage(tmp_path)


def test_a_file_that_is_no_database(path):
    """Another file is left as it is and refused, without a word of its content."""
    path.write_text(f"{CANARY} wrote this letter, which is long enough to have a page of its own. " * 40)
    before = path.read_bytes()
    with pytest.raises(StorageError, match=r"no SQLite database \(SQLITE_NOTADB\)") as refusal:
        SqliteStorage(path)
    assert CANARY not in str(refusal.value)
    assert path.read_bytes() == before


def test_a_read_only_file(storage, path, monkeypatch):
    """A database file that may not be written is a StorageError when it is opened."""
    storage.close()
    path.chmod(0o444)
    if os.geteuid() == 0:  # root may write it all the same
        monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)
    with pytest.raises(StorageError, match="read-only") as refusal:
        SqliteStorage(path)
    assert not refusal.value.retryable


def test_a_file_that_became_read_only(storage):
    """A write that SQLite refuses because the database is read-only is a StorageError, and reads go on."""
    storage.apply(change("a"))
    with storage._pool.lend() as db:
        db.execute("PRAGMA query_only = ON")
    with pytest.raises(StorageError, match=r"read-only \(SQLITE_READONLY\)"):
        storage.apply(change("b"))
    assert [r and r.id for r in storage.load([Key("k", "a"), Key("k", "b")])] == ["a", None]


def test_a_full_database(storage):
    """When no page is left nothing of the change is stored, the error says so, and smaller changes still pass."""
    storage.apply(change("a"))
    with storage._pool.lend() as db:
        pages = db.execute("PRAGMA page_count").fetchone()[0]
        db.execute(f"PRAGMA max_page_count = {pages + 2}")
    with pytest.raises(StorageError, match=r"the disk is full \(SQLITE_FULL\)") as refusal:
        storage.apply(change("b", body=f'{{"x": "{CANARY * 5000}"}}'))
    assert not refusal.value.retryable
    assert CANARY not in str(refusal.value)
    assert refusal.value.__context__ is None
    assert storage.load([Key("k", "b")]) == [None]
    storage.apply(change("a", 2))
    assert len(storage.journal()) == 2


def test_a_full_disk(path):
    """When the system refuses to let the file grow, nothing of the change is stored and the store works on."""
    script = """
        import resource, signal, sys
        from cantinekit.backends.sqlite import SqliteStorage
        from cantinekit.errors import StorageError
        from cantinekit.plugins.ports import Change, Key, Row
        storage = SqliteStorage(sys.argv[1])
        storage.apply(Change(rows=(Row("k", "a", 1, "{}"),)))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
        try:
            storage.apply(Change(rows=(Row("k", "a", 2, "{}"), Row("k", "b", 1, '{"x": "%s"}' % ("y" * 1_000_000)))))
        except StorageError as error:
            print(type(error).__name__)
        print([r and r.version for r in storage.load([Key("k", "a"), Key("k", "b")])])
        storage.apply(Change(rows=(Row("k", "a", 2, "{}"),)))
    """
    assert finished(python(script, path)) == ["StorageError", "[1,", "None]"]
    assert ask(path, "SELECT id, version FROM record") == [("a", 2)]
    assert ask(path, "PRAGMA integrity_check") == [("ok",)]


def test_a_damaged_file(storage, path):
    """A damaged file is a StorageError that says so."""
    storage.apply(change("a", body='{"x": "' + "y" * 50_000 + '"}'))
    storage.close()
    content = bytearray(path.read_bytes())
    content[4096:40_960] = b"\xff" * (40_960 - 4096)
    path.write_bytes(content)
    with pytest.raises(StorageError, match=r"damaged \(SQLITE_CORRUPT"), SqliteStorageOnce(path) as again:
        again.load([Key("k", "a")])


def test_a_writer_that_does_not_end(storage, path):
    """While another process holds the file, a write waits for the timeout and is then a retryable ContentionError."""
    patient = SqliteStorage(path, timeout=0.2)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    begun = time.monotonic()
    with pytest.raises(ContentionError, match="SQLITE_BUSY") as refusal:
        patient.apply(change("a"))
    assert 0.15 < time.monotonic() - begun < 20
    assert refusal.value.retryable
    assert patient.load([Key("k", "a")]) == [None]
    other.execute("ROLLBACK")
    other.close()
    patient.apply(change("a"))
    patient.close()


def test_a_thread_that_does_not_end(path):
    """A write waits for other threads of the process no longer than the timeout."""
    storage = SqliteStorage(path, timeout=0.1)
    with storage._one_writer(), pytest.raises(ContentionError, match="other threads"), storage._one_writer():
        pass
    storage.apply(change("a"))
    storage.close()


@pytest.mark.parametrize("error", [sqlite3.IntegrityError(f"UNIQUE {CANARY}"), sqlite3.InterfaceError(CANARY)])
def test_no_text_of_sqlite_gets_through(error):
    """An error without a code is named by its class; SQLite's own text is left out."""
    problem = storage_error(driver_of("sqlite3"), error)
    assert CANARY not in str(problem)
    assert type(error).__name__ in str(problem)
    assert not problem.retryable


def test_a_table_that_is_missing(storage, path):
    """Tables that were altered by another hand give a StorageError with the result code, not a traceback of SQL."""
    with storage._pool.lend() as db:
        db.execute("DROP TABLE journal")
    with pytest.raises(StorageError, match=r"SQLite could not do it \(SQLITE_ERROR\)") as refusal:
        storage.apply(change("a"))
    assert refusal.value.__context__ is None
    assert storage.load([Key("k", "a")]) == [None]
