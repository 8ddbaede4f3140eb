"""Copying an SQLite store while it is in use, and bringing a copy back.

A copy is made by SQLite's online backup (sqlite.org/backup.html), within the transaction in which a digest of every row
of the source is taken. It is read back whole, compared with that digest, and only then gets its name.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import attrs

from cantinekit.backends.sqlite._connect import create, storage_error, version_text, wal_is_safe
from cantinekit.backends.sqlite._driver import Driver, Mode, SqliteConnection, driver_of
from cantinekit.backends.sqlite._schema import applied_to, tables_of
from cantinekit.errors import SchemaError, StorageError
from cantinekit.plugins.sql import pending, read_migrations

_TABLES = (
    ("schema_version", "version"),
    ("record", "kind, id"),
    ("record_index", "kind, field, value, id"),
    ("journal", "number"),
    ("journal_subject", "kind, id, number"),
)
_BESIDE = ("-journal", "-wal", "-shm")


@attrs.frozen
class BackupReport:
    """What a copy holds.

    Attributes:
        records: the number of rows.
        entries: the number of journal entries.
        schema: the schema number.
        sha256: hexadecimal SHA-256 of everything that was compared.
    """

    records: int
    entries: int
    schema: int
    sha256: str


def backup(
    path: str | os.PathLike[str],
    target: str | os.PathLike[str],
    *,
    timeout: float = 30.0,
    driver: str = "sqlite3",
    wal: bool | None = None,
) -> BackupReport:
    """Copy the store in the file ``path`` to the new file ``target``, while other threads and processes use it.

    The copy is of one moment. Where the journal mode is DELETE writers wait until it is made, in WAL they go on; a
    writer that is in the way is waited for, ``timeout`` seconds at most. ``target`` appears when it was verified:
    SQLite's integrity check, and every row compared with the source. It is for its owner alone (0600), whatever the
    umask. ``driver`` must be that of the stores which are
    open in this process; with ``wal`` a file in WAL mode is read by an SQLite for which that is not safe.

    Raises:
        StorageError: there is no such store, the target exists or is a folder, the disk is full, or the copy differs;
            somebody has added a trigger; the file is in WAL mode, which this SQLite cannot use safely.
        SchemaError: the database belongs to something else, or to a newer version of this library.
        ContentionError: another process kept writing.
    """
    way = driver_of(driver)
    return _copy(way, Path(path), Path(target), "rw", timeout, wal_is_safe(way.version) if wal is None else wal)


def restore(copy: str | os.PathLike[str], target: str | os.PathLike[str], *, driver: str = "sqlite3") -> BackupReport:
    """Restore a copy as a new file. The copy is only read, and verified as ``backup`` verifies it.

    An older schema is migrated when the store is opened.

    Args:
        copy: the file that ``backup`` wrote.
        target: the file to create; it must not exist.
        driver: ``sqlite3`` or ``apsw``.

    Raises:
        StorageError: the target exists or is a folder, the copy is damaged or no store, or has a trigger,
            which is not of this library; the disk is full.
        SchemaError: the copy belongs to something else, or to a newer version of this library.
    """
    return _copy(driver_of(driver), Path(copy), Path(target), "ro", 30.0, True)


def _copy(driver: Driver, source: Path, target: Path, mode: Mode, timeout: float, wal: bool) -> BackupReport:
    _check_free(target)
    if not os.path.isfile(source):
        raise StorageError(f"there is no file {source}")
    try:
        with _scratch(target) as scratch:
            with _opened(driver, source, mode, timeout) as db:
                _check_mode(driver, db, wal)
                report = _copy_within(driver, db, scratch)
            _read_back(driver, scratch, report)
            _publish(scratch, target)
        return report
    except driver.error as error:
        problem = storage_error(driver, error)
    except OSError as error:
        problem = StorageError(f"the copy cannot be written to {target}: {error.strerror}")
    raise problem


def _check_mode(driver: Driver, db: SqliteConnection, wal: bool) -> None:
    if not wal and db.execute("PRAGMA journal_mode").fetchone()[0] == "wal":
        raise StorageError(
            f"the store is in WAL mode, which SQLite {version_text(driver)} cannot use safely: take the driver "
            "apsw, or open the store once with this SQLite while nobody uses it"
        )


def _check_free(target: Path) -> None:
    """Refuse a target that exists; a journal that was left beside it would be played into the new file."""
    if os.path.isdir(target):
        raise StorageError(f"{target} is a folder: name the new file in it")
    if not os.path.isdir(target.parent):
        raise StorageError(f"there is no folder {target.parent}")
    for path in (target, *(target.with_name(target.name + end) for end in _BESIDE)):
        if os.path.lexists(path):
            raise StorageError(f"{path} exists already, and nothing is written over it: move it away first")


@contextmanager
def _scratch(target: Path) -> Iterator[Path]:
    """A name in a new folder beside the target, in the same file system."""
    with tempfile.TemporaryDirectory(prefix=".cantinekit-copy-", dir=target.parent) as folder:
        yield Path(folder) / target.name


@contextmanager
def _opened(driver: Driver, path: Path, mode: Mode, timeout: float) -> Iterator[SqliteConnection]:
    db = driver.connect(path, timeout, mode)
    try:
        yield db
    finally:
        db.close()


def _copy_within(driver: Driver, db: SqliteConnection, scratch: Path) -> BackupReport:
    """Digest and copy within one read transaction: the copy is of the moment of the digest."""
    db.execute("BEGIN")
    report = _report(db)
    _check_foreign(db)
    create(scratch)
    with _opened(driver, scratch, "rwc", 0.0) as copy:
        driver.copy(db, copy)
        copy.execute("PRAGMA journal_mode = DELETE").fetchone()  # one file, whatever the mode of the source
    db.execute("COMMIT")
    return report


def _report(db: SqliteConnection) -> BackupReport:
    """What the store holds. Every row of every table goes into the digest, in the order of its key."""
    applied = _applied(db)
    digest = hashlib.sha256()
    counts = {}
    for table, order in _TABLES:
        digest.update(f"{table}\n".encode())
        counts[table] = 0
        for row in db.execute(f"SELECT * FROM {table} ORDER BY {order}"):
            digest.update(json.dumps(row, ensure_ascii=True).encode("ascii") + b"\n")
            counts[table] += 1
    return BackupReport(counts["record"], counts["journal"], max(applied), digest.hexdigest())


def _applied(db: SqliteConnection) -> dict[int, str]:
    """The migrations of a store of ours, which must be known."""
    if not {table for table, _ in _TABLES} <= tables_of(db):
        raise SchemaError("the file holds no store of cantinekit")
    applied = applied_to(db)
    pending(applied, read_migrations("cantinekit.backends.sqlite"))
    return applied


def _check_foreign(db: SqliteConnection) -> None:
    """Refuse triggers, of which we have none: in the copy they would fire at whatever is stored there.

    Views, indexes and tables of others are copied as they are; they do nothing by themselves.
    """
    statement = "SELECT tbl_name, name FROM sqlite_schema WHERE type = 'trigger' ORDER BY name"
    found = ", ".join(f"{name} on {table}" for table, name in db.execute(statement))
    if found:
        raise StorageError(f"the file has triggers that cantinekit did not make: {found}; drop them first")


def _read_back(driver: Driver, scratch: Path, wanted: BackupReport) -> None:
    with _opened(driver, scratch, "ro", 0.0) as copy:
        found: Sequence[tuple[str]] = copy.execute("PRAGMA integrity_check").fetchall()
        if found != [("ok",)]:
            raise StorageError(f"the copy is damaged: SQLite's integrity check has {len(found)} complaints")
        if _report(copy) != wanted:
            raise StorageError("the copy was read back and differs from what was copied")


def _publish(scratch: Path, target: Path) -> None:
    """Give the copy its name, unless somebody else took it meanwhile, and make both last."""
    _sync(scratch)
    try:
        os.link(scratch, target)
    except FileExistsError:
        raise StorageError(f"{target} exists already, and nothing is written over it: move it away first") from None
    except OSError:  # a file system without links
        _check_free(target)
        scratch.rename(target)
    _sync(target.parent)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
