"""SQLite through ``apsw``: a newer SQLite, in which WAL is safe, with the same promises and the same errors.

Never both drivers on one open file in one process: whoever closes first undoes the locks of the other. So the tests
close the store before they look at the file, or look from another process.
"""

from __future__ import annotations

import sys

import apsw
import pytest

from cantinekit.backends.sqlite import SqliteStorage, backup, open_sqlite, restore
from cantinekit.backends.sqlite._connect import wal_is_safe
from cantinekit.backends.sqlite._driver import driver_of
from cantinekit.cli import main
from cantinekit.errors import ContentionError, InputError, PluginError, SchemaError, StorageError
from cantinekit.plugins.ports import Change, Key, Row
from cantinekit.plugins.registry import Registry
from cantinekit.urls import BackendUrl
from support.stores.sqlite_files import CANARY, ask, change, finished, python

HOLDS = """
    import sys, time
    from cantinekit.backends.sqlite import SqliteStorage
    storage = SqliteStorage(sys.argv[1], driver="apsw")
    with storage._pool.lend() as db:
        db.execute("BEGIN IMMEDIATE")
        print("holding", flush=True)
        time.sleep(60)
"""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "cantine.db"


@pytest.fixture
def storage(path):
    storage = SqliteStorage(path, timeout=5, driver="apsw")
    yield storage
    storage.close()


def setting(storage, name):
    with storage._pool.lend() as db:
        return db.execute(f"PRAGMA {name}").fetchone()[0]


def test_apsw_brings_a_safe_sqlite(storage):
    """The SQLite of the extra has no WAL-reset bug, so the store is in WAL mode; all settings are in force."""
    assert wal_is_safe(driver_of("apsw").version)
    names = ("journal_mode", "synchronous", "secure_delete", "trusted_schema", "encoding", "busy_timeout")
    assert [setting(storage, name) for name in names] == ["wal", 3, 1, 0, "UTF-8", 5000]


def test_a_url_chooses_the_driver(path):
    """``driver=apsw`` in the URL opens the store through apsw; without it the SQLite of this Python is used."""
    for query, name in [("?driver=apsw", "apsw"), ("?driver=sqlite3", "sqlite3"), ("", "sqlite3")]:
        storage = open_sqlite(BackendUrl.parse(f"sqlite:///{path}{query}"))
        assert storage._database._driver.name == name
        storage.close()


def test_another_driver(path):
    """Another name of a driver is an InputError that names the two."""
    with pytest.raises(InputError, match="write sqlite3 or apsw"):
        SqliteStorage(path, driver="pysqlite3")


def test_without_apsw(path, monkeypatch):
    """Where apsw is not installed the registry says what is missing, and no file is made."""
    monkeypatch.setitem(sys.modules, "apsw", None)
    with pytest.raises(PluginError, match="needs 'apsw', which cannot be imported"):
        Registry.load(entry_points=False).storage(f"sqlite:///{path}?driver=apsw")
    assert not path.exists()


def test_either_reads_what_the_other_wrote(path):
    """A store written through one driver is opened through the other, one after the other, rows and journal whole."""
    for turn, driver in enumerate(["sqlite3", "apsw", "sqlite3", "apsw"]):
        storage = SqliteStorage(path, driver=driver)
        storage.apply(change(f"é{turn}", body='{"n": 12345678901234567890}', f="v"))
        assert len(storage.find("k", "f", eq="v").rows) == turn + 1
        assert [entry.number for entry in storage.journal()] == list(range(1, turn + 2))
        storage.close()
    assert ask(path, "PRAGMA integrity_check") == [("ok",)]


# --- errors ---------------------------------------------------------------------------------------------------------


def test_a_full_database(storage):
    """A full database is a StorageError with SQLite's code; nothing of the change is stored, none of it is told."""
    storage.apply(change("a"))
    with storage._pool.lend() as db:
        pages = db.execute("PRAGMA page_count").fetchone()[0]
        db.execute(f"PRAGMA max_page_count = {pages + 2}").fetchall()
    with pytest.raises(StorageError, match=r"the disk is full \(SQLITE_FULL\)") as refusal:
        storage.apply(change("b", body=f'{{"x": "{CANARY * 5000}"}}'))
    assert CANARY not in str(refusal.value)
    assert refusal.value.__context__ is None
    assert storage.load([Key("k", "b")]) == [None]
    storage.apply(change("a", 2))


def test_a_folder_is_no_database(tmp_path):
    """A path that is a folder is a StorageError, with the extended code."""
    with pytest.raises(StorageError, match=r"cannot be opened \(SQLITE_CANTOPEN"):
        SqliteStorage(tmp_path, driver="apsw")


def test_another_file(path):
    """A file that is no database is refused and left as it is."""
    path.write_text(f"{CANARY} wrote this. " * 400)
    with pytest.raises(StorageError, match=r"no SQLite database \(SQLITE_NOTADB\)"):
        SqliteStorage(path, driver="apsw")
    assert path.read_text().startswith(CANARY)


def test_the_database_of_another_program(path):
    """The database of another program is refused."""
    db = apsw.Connection(str(path))
    db.execute("CREATE TABLE members (name TEXT)")
    db.close()
    with pytest.raises(SchemaError, match="belongs to something else"):
        SqliteStorage(path, driver="apsw")


def test_an_error_without_a_code():
    """An error that has no result code is named by its class, and its text is left out."""
    assert driver_of("apsw").result(apsw.ThreadingViolationError(CANARY)) == (0, "ThreadingViolationError")


# --- with other processes -------------------------------------------------------------------------------------------


def test_a_writer_that_does_not_end(storage, path):
    """While another process holds the file a write ends by the timeout, retryable; reads go on; then it works."""
    impatient = SqliteStorage(path, timeout=0.2, driver="apsw")
    process = python(HOLDS, path)
    assert process.stdout.readline() == "holding\n"
    with pytest.raises(ContentionError, match="SQLITE_BUSY") as refusal:
        impatient.apply(change("a"))
    assert refusal.value.retryable
    assert impatient.load([Key("k", "a")]) == [None]
    process.kill()
    process.communicate()
    impatient.apply(change("a"))
    impatient.close()


def test_processes_count_at_once(path):
    """Processes that count up one row through apsw, each again after a clash, lose nothing."""
    script = """
        import sys
        from cantinekit.backends.sqlite import SqliteStorage
        from cantinekit.errors import StaleVersionError
        from cantinekit.plugins.ports import Change, Key, Row
        storage = SqliteStorage(sys.argv[1], driver="apsw")
        for _ in range(40):
            while True:
                (row,) = storage.load([Key("k", "n")])
                try:
                    storage.apply(Change(rows=(Row("k", "n", row.version + 1 if row else 1, "{}"),)))
                    break
                except StaleVersionError:
                    pass
        storage.close()
    """
    for process in [python(script, path) for _ in range(3)]:
        finished(process)
    assert ask(path, "SELECT version FROM record") == [(120,)]


def test_an_unsafe_sqlite_stays_out(storage, path):
    """While the file is in use in WAL mode, an SQLite with the WAL-reset bug does not open it: one would harm both."""
    script = """
        import sys
        from cantinekit.backends.sqlite import SqliteStorage
        from cantinekit.errors import ContentionError
        try:
            SqliteStorage(sys.argv[1], wal=False, timeout=0.1)
        except ContentionError as error:
            print(type(error).__name__)
    """
    storage.apply(change("a"))
    assert finished(python(script, path)) == ["ContentionError"]
    storage.apply(change("b"))


# --- copies ---------------------------------------------------------------------------------------------------------


def test_a_copy_through_apsw(storage, path, tmp_path):
    """A store that is open through apsw is copied and brought back through apsw, and equals one through sqlite3."""
    storage.apply(Change(rows=(Row("k", "a", 1, "{}"),)))
    made = backup(path, tmp_path / "copy.db", driver="apsw")
    assert restore(tmp_path / "copy.db", tmp_path / "back.db", driver="apsw") == made
    assert restore(tmp_path / "copy.db", tmp_path / "other.db") == made
    storage.apply(change("b"))
    assert (made.records, made.entries) == (1, 0)


def test_the_command_takes_the_driver_of_the_url(storage, path, tmp_path, capsys):
    """``backup`` and ``restore`` use the driver that the URL names."""
    storage.apply(change("a"))
    assert main(["backup", f"sqlite:///{path}?driver=apsw", str(tmp_path / "copy.db")]) == 0
    assert main(["restore", str(tmp_path / "copy.db"), f"sqlite:///{tmp_path}/new.db?driver=apsw"]) == 0
    assert capsys.readouterr().out.count("1 rows and 1 journal entries") == 2
