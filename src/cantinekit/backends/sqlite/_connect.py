"""Opening a connection to an SQLite file, and what its errors mean.

``synchronous`` is EXTRA: as FULL, and in the journal mode DELETE the folder is synced too, so that a journal that was
deleted cannot come back after a power cut and undo a commit (sqlite.org/pragma.html#pragma_synchronous).
``secure_delete`` overwrites what is deleted, so that it cannot be read from the file. All settings are read back.
"""

from __future__ import annotations

import os
import sqlite3
import stat
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from cantinekit.backends.sqlite._driver import Driver, SqliteConnection
from cantinekit.errors import ContentionError, SchemaError, StorageError

T = TypeVar("T")

OWNER = 0o600
"""The permissions of what holds personal data: its owner reads and writes it."""
_SETTINGS = {"synchronous": 3, "secure_delete": 1, "trusted_schema": 0}  # 3 is EXTRA
_MEANINGS = {
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_CANTOPEN: "the database file cannot be opened",
    sqlite3.SQLITE_NOTADB: "the file is no SQLite database",
    sqlite3.SQLITE_CORRUPT: "the database file is damaged",
    sqlite3.SQLITE_READONLY: "the database file is read-only",
    sqlite3.SQLITE_PERM: "the database file may not be accessed",
    sqlite3.SQLITE_IOERR: "the disk reported an error",
}


def wal_is_safe(version: tuple[int, int, int] = sqlite3.sqlite_version_info) -> bool:
    """Whether this SQLite has no WAL-reset bug, which can lose commits (sqlite.org/wal.html#walresetbug)."""
    return version >= (3, 51, 3) or (3, 50, 7) <= version < (3, 51, 0) or (3, 44, 6) <= version < (3, 45, 0)


def storage_error(driver: Driver, error: Exception) -> StorageError:
    """The error of ours for one of SQLite's: it names the result code, nothing of the statement or its data."""
    code, name = driver.result(error)
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return ContentionError(f"the database stayed locked by another process ({name})")
    return StorageError(f"{_MEANINGS.get(code, 'SQLite could not do it')} ({name})")


def create(path: Path) -> None:
    """Make an empty database where there is no file: for its owner alone, whatever the umask.

    SQLite gives a journal, a WAL and what belongs to it the permissions of the database.
    """
    with suppress(FileExistsError):
        try:
            os.mknod(os.path.realpath(path), stat.S_IFREG | OWNER)
        except PermissionError:  # some systems let only root do that; to close a file would undo SQLite's locks
            os.close(os.open(os.path.realpath(path), os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, OWNER))


def connect(driver: Driver, path: Path, timeout: float, *, wal: bool) -> SqliteConnection:
    """A connection in the mode that the module's docstring promises; ``timeout`` in seconds.

    Raises:
        driver.error: the file cannot be opened or is no database.
        SchemaError: a database whose texts are not UTF-8.
        StorageError: a setting that SQLite did not take over.
    """
    db = driver.connect(path, timeout)
    try:
        if db.execute("PRAGMA encoding").fetchone()[0] != "UTF-8":
            raise SchemaError("the texts of the database are not in UTF-8, so their order would be another")
        _settle_journal_mode(driver, db, timeout, wal=wal)
        for name, value in _SETTINGS.items():
            _settle(db, name, value)
    except BaseException:
        db.close()
        raise
    return db


def patiently(driver: Driver, work: Callable[[], T], timeout: float) -> T:
    """Do it again while the database is busy, for the statements at which SQLite does not wait by itself."""
    deadline = time.monotonic() + timeout
    while True:
        try:
            return work()
        except driver.error as error:
            if driver.result(error)[0] != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
        time.sleep(0.01)


def version_text(driver: Driver) -> str:
    """The version of SQLite, as it is written."""
    return ".".join(map(str, driver.version))


def _settle(db: SqliteConnection, name: str, value: int) -> None:
    """Set it and read it back: SQLite ignores a setting that it does not know or cannot take over."""
    db.execute(f"PRAGMA {name} = {value}").fetchall()
    found = db.execute(f"PRAGMA {name}").fetchall()
    if found != [(value,)]:
        raise StorageError(f"SQLite did not take over {name} = {value}")


def _settle_journal_mode(driver: Driver, db: SqliteConnection, timeout: float, *, wal: bool) -> None:
    """WAL where it is wanted and the file system can do it, DELETE otherwise."""
    wanted = "wal" if wal else "delete"
    mode = patiently(driver, lambda: db.execute("PRAGMA journal_mode").fetchone()[0], timeout)
    if mode != wanted:
        mode = patiently(driver, lambda: db.execute(f"PRAGMA journal_mode = {wanted}").fetchone()[0], timeout)
    if mode not in (wanted, "delete"):
        raise StorageError(
            f"the database is in journal mode {mode}, which SQLite {version_text(driver)} cannot use safely"
        )
