"""Copies of an SQLite store: of one moment, whole, verified, and never written over anything."""

from __future__ import annotations

import os
import sqlite3
import stat
import threading
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from cantinekit.backends import sqlite
from cantinekit.backends.sqlite import BackupReport, SqliteStorage, _backup, _store, restore
from cantinekit.cli import main
from cantinekit.errors import ContentionError, SchemaError, StorageError
from cantinekit.plugins.ports import Change, Guard, Key, Row
from cantinekit.plugins.sql.migrations import Migration
from support.stores.sqlite_files import SqliteStorageOnce, ask, change, finished, python

backup = partial(sqlite.backup, wal=True)  # the tests have files in either mode, whatever the SQLite of this Python
TABLES = ("record", "record_index", "journal", "journal_subject", "schema_version")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "cantine.db"


@pytest.fixture(params=[True, False], ids=["wal", "delete"])
def storage(path, request):
    storage = SqliteStorage(path, timeout=5, wal=request.param)
    for number in range(20):
        storage.apply(change(f"é{number}", body='{"n": 12345678901234567890}', f="v", g=f"{number}"))
    storage.apply(change("é0", 2, f="w"))
    storage.apply(Change(removes=(Guard(Key("k", "é1"), 1),)))
    yield storage
    storage.close()


def everything(path):
    """All rows of all tables of a file."""
    return {table: sorted(ask(path, f"SELECT * FROM {table}")) for table in TABLES}


# --- what a copy is -------------------------------------------------------------------------------------------------


def test_there_and_back(storage, path, tmp_path):
    """Copied while it is open, and brought back, a store has every row, index pair and journal entry, and works on."""
    made = backup(path, tmp_path / "copy.db")
    assert (made.records, made.entries, made.schema) == (19, 21, 1)
    storage.apply(change("later"))
    assert restore(tmp_path / "copy.db", tmp_path / "back.db") == made
    storage.close()
    with SqliteStorageOnce(tmp_path / "back.db") as back:
        keys = [Key("k", f"é{number}") for number in range(20)]
        assert [row and row.version for row in back.load(keys)] == [2, None, *[1] * 18]
        assert len(back.journal()) == 21
        assert back.load([Key("k", "later")]) == [None]
        back.apply(change("later"))
        assert back.journal()[-1].number == 22
    assert everything(tmp_path / "back.db") == everything(path)


def test_a_copy_is_one_file(storage, path, tmp_path):
    """A copy is one file, in the mode DELETE whatever that of the source, and nothing is left beside it."""
    (tmp_path / "copies").mkdir()
    backup(path, tmp_path / "copies" / "copy.db")
    assert os.listdir(tmp_path / "copies") == ["copy.db"]
    assert ask(tmp_path / "copies" / "copy.db", "PRAGMA journal_mode") == [("delete",)]
    restore(tmp_path / "copies" / "copy.db", tmp_path / "copies" / "back.db")
    assert sorted(os.listdir(tmp_path / "copies")) == ["back.db", "copy.db"]


@pytest.fixture
def no_umask():
    before = os.umask(0)
    yield
    os.umask(before)


def modes(folder):
    return {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()}


@pytest.mark.parametrize("driver", ["sqlite3", "apsw"])
@pytest.mark.parametrize("wal", [True, False])
def test_store_files_are_for_their_owner_alone(tmp_path, no_umask, driver, wal):
    """Whatever the umask, only its owner may read a store: the database, what lies beside it, copies and what is
    brought back, of a store that others may read too."""
    path = tmp_path / "a.db"
    (tmp_path / "link.db").symlink_to(path)
    with closing(SqliteStorage(tmp_path / "link.db", wal=wal, driver=driver)) as storage:
        storage.apply(change("a"))
        with storage._pool.lend() as db:
            db.execute("BEGIN IMMEDIATE")
            db.execute("DELETE FROM record")
            beside = {"a.db-wal", "a.db-shm"} if wal else {"a.db-journal"}
            assert set(modes(tmp_path)) == {"a.db", "link.db", *beside}
            assert set(modes(tmp_path).values()) == {0o600}
            db.execute("ROLLBACK")
        path.chmod(0o644)
        sqlite.backup(path, tmp_path / "copy.db", driver=driver, wal=True)
    restore(tmp_path / "copy.db", tmp_path / "back.db", driver=driver)
    found = modes(tmp_path)
    assert (found["copy.db"], found["back.db"]) == (0o600, 0o600)


def test_without_care_the_umask_decides(tmp_path, no_umask, monkeypatch):
    """The control: a file that SQLite makes itself may be read by anybody where the umask allows it."""
    monkeypatch.setattr(_store, "create", lambda path: None)
    with SqliteStorageOnce(tmp_path / "a.db") as storage:
        storage.apply(change("a"))
        assert modes(tmp_path)["a.db"] == 0o644


def test_a_store_that_is_there_keeps_its_permissions(path):
    """Who lets a group use a store is not overruled when it is opened."""
    SqliteStorage(path).close()
    path.chmod(0o660)
    with SqliteStorageOnce(path):
        assert stat.S_IMODE(path.stat().st_mode) == 0o660


FOREIGN = {
    "spy on record": "CREATE TRIGGER spy AFTER INSERT ON record BEGIN DELETE FROM journal; END",
    "on_view on people": "CREATE TRIGGER on_view INSTEAD OF INSERT ON people BEGIN SELECT 1; END",
}


@pytest.mark.parametrize(("named", "statement"), FOREIGN.items())
def test_what_another_hand_has_tied_to_the_tables_is_not_copied(path, tmp_path, named, statement):
    """A trigger would fire in the copy: both ways are refused, with its name; what does nothing by itself is copied."""
    with SqliteStorageOnce(path) as storage:
        storage.apply(change("a"))
        storage.apply(change("b", body='{"n": 1}'))
    backup(path, tmp_path / "good.db")
    ask(path, "CREATE VIEW people AS SELECT id FROM record")
    ask(path, "CREATE TABLE mine (a)")
    ask(path, "CREATE INDEX of_record ON record (version)")
    backup(path, tmp_path / "with-others.db")
    ask(path, statement)
    for work in (backup, restore):
        with pytest.raises(StorageError, match=named):
            work(path, tmp_path / "copy.db")
    assert sorted(os.listdir(tmp_path)) == ["cantine.db", "good.db", "with-others.db"]


def test_a_trigger_in_a_copy_would_fire(path, tmp_path, monkeypatch):
    """The control: without the look a copy has the trigger, and what is stored in it is not what was asked for."""
    monkeypatch.setattr(_backup, "_check_foreign", lambda db: None)
    with SqliteStorageOnce(path) as storage:
        storage.apply(change("a"))
    ask(path, FOREIGN["spy on record"])
    backup(path, tmp_path / "copy.db")
    with SqliteStorageOnce(tmp_path / "copy.db") as back:
        back.apply(change("b"))
        assert [entry.number for entry in back.journal()] == [2]


@pytest.mark.parametrize("target", [".", "..", "", "folder", "folder/", "/", "x" * 300, "y" * 300 + "/z"])
@pytest.mark.parametrize("work", [backup, restore])
def test_a_target_that_is_no_file_is_refused(storage, path, tmp_path, monkeypatch, work, target):
    """A folder, or a name that the file system does not take, is a StorageError that names the target; so it is for
    the source."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    with pytest.raises(StorageError, match=r"folder|cannot be written|no file"):
        work(path, target)
    with pytest.raises(StorageError, match="no file"):
        work(target, tmp_path / "copy.db")
    assert os.listdir(tmp_path / "folder") == []


def test_the_digest_covers_every_table(storage, path):
    """What is compared is every row of every table, whatever the schema."""
    names = {name for (name,) in ask(path, "SELECT name FROM sqlite_schema WHERE type = 'table'")}
    assert {table for table, _ in _backup._TABLES} == names - {"sqlite_sequence"} == set(TABLES)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE record SET body = '{}' WHERE id = 'é7'",
        "DELETE FROM record_index WHERE id = 'é7' AND field = 'g'",
        "UPDATE journal SET actor = 'you' WHERE number = 3",
        "INSERT INTO journal_subject VALUES ('k', 'é7', 2)",
        "UPDATE schema_version SET applied_at = 'now'",
    ],
)
def test_one_row_that_differs(storage, path, tmp_path, monkeypatch, statement):
    """A copy in which one row of any table differs is refused, and does not get its name."""
    original = _backup._copy_within

    def with_a_fault(driver, db, scratch):
        report = original(driver, db, scratch)
        with sqlite3.connect(scratch) as copy:
            assert copy.execute(statement).rowcount == 1
        copy.close()
        return report

    monkeypatch.setattr(_backup, "_copy_within", with_a_fault)
    with pytest.raises(StorageError, match="differs from what was copied"):
        backup(path, tmp_path / "copy.db")
    assert os.listdir(tmp_path).count("copy.db") == 0


# --- while others write ---------------------------------------------------------------------------------------------

PAIRS = """
    import sys
    from cantinekit.backends.sqlite import SqliteStorage
    from cantinekit.plugins.ports import Change, Row
    storage = SqliteStorage(sys.argv[1], wal=sys.argv[2] == "True")
    for n in range(1, 100_000):
        storage.apply(Change(rows=(Row("k", "a", n, '{"n": %d}' % n), Row("k", "b", n, '{"n": %d}' % n))))
        print(n, flush=True)
"""


@pytest.mark.parametrize("wal", [True, False])
def test_a_copy_is_of_one_moment(path, tmp_path, wal):
    """While another process writes pairs, each copy has both of a pair, at least as new as what was acknowledged."""
    process = python(PAIRS, path, wal)
    try:
        for turn in range(6):
            known = int(process.stdout.readline())
            copy = tmp_path / f"{turn}.db"
            assert backup(path, copy).records == 2
            ((first, second),) = ask(copy, "SELECT min(version), max(version) FROM record")
            assert first == second >= known
    finally:
        process.kill()
        process.communicate()
    assert ask(path, "PRAGMA integrity_check") == [("ok",)]


def test_a_copy_of_the_file_alone_would_lose(path, tmp_path):
    """The control: to copy the file as bytes, while it is in use in WAL mode, loses what was acknowledged."""
    storage = SqliteStorage(path, wal=True)
    storage.apply(change("a"))
    (tmp_path / "bytes.db").write_bytes(path.read_bytes())
    backup(path, tmp_path / "copy.db")
    assert ask(tmp_path / "copy.db", "SELECT count(*) FROM record") == [(1,)]
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        ask(tmp_path / "bytes.db", "SELECT count(*) FROM record")
    storage.close()


def test_a_writer_waits_for_the_copy(path, tmp_path, monkeypatch):
    """In the mode DELETE a thread that writes while a copy is made waits for its end, and is then done."""
    storage = SqliteStorage(path, timeout=20, wal=False)
    storage.apply(change("a"))
    original, threads = _backup._report, []

    def meanwhile(db):
        if not threads:
            threads.append(threading.Thread(target=storage.apply, args=(change("b"),)))
            report = original(db)
            threads[0].start()
            return report
        return original(db)

    monkeypatch.setattr(_backup, "_report", meanwhile)
    assert backup(path, tmp_path / "copy.db").records == 1
    threads[0].join()
    assert len(storage.journal()) == 2
    storage.close()


def test_a_writer_that_does_not_end(path, tmp_path):
    """When another process keeps the file to itself, the copy ends by its timeout, with a retryable error."""
    SqliteStorage(path, wal=False).close()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(ContentionError) as refusal:
        backup(path, tmp_path / "copy.db", timeout=0.2)
    assert refusal.value.retryable
    other.close()
    assert backup(path, tmp_path / "copy.db").records == 0


# --- what is refused ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["", "-journal", "-wal", "-shm"])
def test_nothing_is_written_over(storage, path, tmp_path, end):
    """A target that exists, or beside which a journal was left, is refused and stays as it is."""
    copy, taken = tmp_path / "copy.db", tmp_path / f"taken.db{end}"
    backup(path, copy)
    taken.write_bytes(b"precious")
    for work in (backup, restore):
        with pytest.raises(StorageError, match=f"taken.db{end} exists already"):
            work(copy, tmp_path / "taken.db")
    assert taken.read_bytes() == b"precious"


def test_a_store_is_not_restored_over_itself(storage, path, tmp_path):
    """A store in use is not written over by a copy of it."""
    backup(path, tmp_path / "copy.db")
    with pytest.raises(StorageError, match="nothing is written over it"):
        restore(tmp_path / "copy.db", path)
    storage.apply(change("new"))


@pytest.mark.parametrize("links", [True, False])
def test_a_target_that_turns_up(storage, path, tmp_path, monkeypatch, links):
    """A file that takes the name while the copy is made stays as it is, on file systems without links too."""
    original = _backup._read_back

    def meanwhile(driver, scratch, report):
        original(driver, scratch, report)
        (tmp_path / "copy.db").write_bytes(b"theirs")

    def no_links(*paths):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(_backup, "_read_back", meanwhile)
    if not links:
        monkeypatch.setattr(os, "link", no_links)
    with pytest.raises(StorageError, match="exists already"):
        backup(path, tmp_path / "copy.db")
    assert (tmp_path / "copy.db").read_bytes() == b"theirs"
    if not links:
        monkeypatch.setattr(_backup, "_read_back", original)
        assert backup(path, tmp_path / "other.db").records == 19


def test_wal_where_it_is_not_safe(path, tmp_path, monkeypatch):
    """A file in WAL mode is not read by an SQLite for which WAL is not safe; the error says what to do."""
    storage = SqliteStorage(path, wal=True)
    monkeypatch.setattr(_backup, "wal_is_safe", lambda version: False)
    with pytest.raises(StorageError, match="take the driver apsw"):
        sqlite.backup(path, tmp_path / "copy.db")
    assert sqlite.backup(path, tmp_path / "copy.db", wal=True).records == 0
    storage.close()
    SqliteStorage(path, wal=False).close()
    assert sqlite.backup(path, tmp_path / "other.db").records == 0


@pytest.mark.parametrize("work", [backup, restore])
def test_what_is_no_store(work, tmp_path):
    """A file that is missing, is a folder, is another file or the database of another program is refused; it stays."""
    letter, other, empty = tmp_path / "letter.txt", tmp_path / "other.db", tmp_path / "empty.db"
    letter.write_text("Dear Zoe, " * 1000)
    empty.touch()
    with sqlite3.connect(other) as db:
        db.execute("CREATE TABLE guests (name TEXT)")
    db.close()
    for source, error, words in [
        (tmp_path / "missing.db", StorageError, "there is no file"),
        (tmp_path, StorageError, "there is no file"),
        (letter, StorageError, "no SQLite database"),
        (other, SchemaError, "no store of cantinekit"),
        (empty, SchemaError, "no store of cantinekit"),
    ]:
        with pytest.raises(error, match=words):
            work(source, tmp_path / "new.db")
    assert sorted(os.listdir(tmp_path)) == ["empty.db", "letter.txt", "other.db"]
    assert letter.read_text().startswith("Dear Zoe")


def test_no_folder(storage, path, tmp_path):
    """A target in a folder that does not exist is refused."""
    with pytest.raises(StorageError, match="there is no folder"):
        backup(path, tmp_path / "none" / "copy.db")


def test_a_newer_store(path, tmp_path):
    """The store of a newer version is refused before anything is written: upgrade first."""
    SqliteStorage(path).close()
    newer = Migration.of(2, "CREATE TABLE more (x INTEGER);\n")
    with sqlite3.connect(path) as db:
        db.execute("INSERT INTO schema_version VALUES (2, ?, '')", (newer.sha256,))
    db.close()
    for work in (backup, restore):
        with pytest.raises(SchemaError, match="upgrade cantinekit"):
            work(path, tmp_path / "copy.db")


@pytest.mark.parametrize("at", [4096 * 3, 4096 * 6])
def test_a_damaged_copy(storage, path, tmp_path, at):
    """A copy with one page of nonsense is refused, and no store is made of it."""
    backup(path, tmp_path / "copy.db")
    content = bytearray((tmp_path / "copy.db").read_bytes())
    content[at : at + 4096] = b"\xa5" * 4096
    (tmp_path / "copy.db").write_bytes(content)
    with pytest.raises(StorageError, match="damaged"):
        restore(tmp_path / "copy.db", tmp_path / "new.db")
    assert not (tmp_path / "new.db").exists()


@pytest.mark.parametrize("part", [0, 0.4, 0.9])
def test_a_copy_that_was_cut_off(storage, path, tmp_path, part):
    """A copy of which the end is missing is refused."""
    backup(path, tmp_path / "copy.db")
    content = (tmp_path / "copy.db").read_bytes()
    (tmp_path / "copy.db").write_bytes(content[: int(len(content) * part)])
    with pytest.raises(StorageError):
        restore(tmp_path / "copy.db", tmp_path / "new.db")
    assert not (tmp_path / "new.db").exists()


def test_a_full_disk(storage, path, tmp_path):
    """When the system refuses to let the copy grow, nothing of it stays and the error says so; then it works."""
    for number in range(40):
        storage.apply(change(f"large{number}", body='{"x": "' + "y" * 10_000 + '"}'))
    script = """
        import resource, signal, sys
        from cantinekit.backends.sqlite import backup
        from cantinekit.errors import StorageError
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limits[1]))
        try:
            backup(sys.argv[1], sys.argv[2], wal=True)
        except StorageError as error:
            print(type(error).__name__)
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        print(backup(sys.argv[1], sys.argv[2], wal=True).records)
    """
    assert finished(python(script, path, tmp_path / "copy.db")) == ["StorageError", "59"]
    assert [name for name in os.listdir(tmp_path) if "copy" in name] == ["copy.db"]


# --- the command ----------------------------------------------------------------------------------------------------


def test_the_command(tmp_path, monkeypatch, capsys):
    """``backup`` and ``restore`` say in a line what was copied and compared, and end with 0."""
    monkeypatch.chdir(tmp_path)
    with SqliteStorageOnce(Path("cantine.db")) as storage:
        storage.apply(Change(rows=(Row("k", "a", 1, "{}"),)))
        assert main(["backup", "sqlite:///cantine.db", "copy.db"]) == 0
    assert main(["restore", "copy.db", "sqlite:///new.db"]) == 0
    first, second = capsys.readouterr().out.splitlines()
    digest = backup("new.db", "again.db").sha256
    assert first == f"1 rows and 0 journal entries are in copy.db, read back and compared (sha256 {digest})"
    assert second == first.replace("copy.db", "new.db")


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["backup", "sqlite:///none.db", "copy.db"], "there is no file none.db"),
        (["backup", "sqlite:///store.db", "there.db"], "there.db exists already"),
        (["backup", "postgresql:///x", "copy.db"], "use what belongs to postgresql://"),
        (["backup", "memory://", "copy.db"], "only sqlite:// stores"),
        (["backup", "store.db", "copy.db"], "not a backend URL"),
        (["restore", "there.db", "sqlite:///new.db"], "no SQLite database"),
        (["restore", "store.db", "sqlite:///there.db"], "there.db exists already"),
        (["restore", "store.db", "sqlite://new.db"], "sqlite:///relative.db"),
    ],
)
def test_the_command_refuses(tmp_path, monkeypatch, capsys, argv, words):
    """What cannot be copied or brought back is one line and the code 2, and no file is made or changed."""
    monkeypatch.chdir(tmp_path)
    SqliteStorage("store.db").close()
    Path("there.db").write_bytes(b"precious" * 1000)
    assert main(argv) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert words in err
    assert sorted(os.listdir()) == ["store.db", "there.db"]
    assert Path("there.db").read_bytes() == b"precious" * 1000


def test_a_report_is_a_value():
    """Two reports of the same content are equal, so that copies can be compared."""
    assert BackupReport(1, 2, 3, "x") == BackupReport(1, 2, 3, "x") != BackupReport(1, 2, 3, "y")


def test_the_digest_takes_every_table(path):
    """A table that a migration makes is compared as well: none is outside of the digest."""
    SqliteStorage(path).close()
    with closing(sqlite3.connect(path)) as db:
        found = {name for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    assert found - {"sqlite_sequence"} == {table for table, _ in _backup._TABLES}


def test_a_copy_of_a_damaged_file_is_refused(path, tmp_path):
    """Damage that no row shows, here an index that misses one, is found by SQLite's own check; no copy is left."""
    with SqliteStorageOnce(path) as store:
        store.apply(change("a"))
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("CREATE INDEX record_version ON record (version)")
        known = db.execute("SELECT * FROM sqlite_schema WHERE name = 'record_version'").fetchone()
        db.execute("PRAGMA writable_schema = ON")
        db.execute("DELETE FROM sqlite_schema WHERE name = 'record_version'")
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("INSERT INTO record VALUES ('k', 'b', 1, '{}', '[]')")
        db.execute("PRAGMA writable_schema = ON")
        db.execute("INSERT INTO sqlite_schema VALUES (?, ?, ?, ?, ?)", known)
    with pytest.raises(StorageError, match="damaged: SQLite's integrity check"):
        backup(path, tmp_path / "copy.db")
    assert sorted(file.name for file in tmp_path.iterdir() if "copy" in file.name) == []


def test_the_name_of_a_copy_outlasts_a_power_cut(storage, path, tmp_path, monkeypatch):
    """The file is flushed before it has its name, and the folder that has the name afterwards."""
    flushed, flush = [], os.fsync

    def spy(descriptor):
        folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
        flushed.append(("folder" if folder else "file", (tmp_path / "copy.db").exists()))
        flush(descriptor)

    monkeypatch.setattr(os, "fsync", spy)
    backup(path, tmp_path / "copy.db")
    assert flushed == [("file", False), ("folder", True)]
