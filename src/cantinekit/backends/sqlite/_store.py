"""``SqliteStorage``.

Each read is one statement, and so one snapshot. A write is ``BEGIN IMMEDIATE`` behind a lock within the process
(SQLite's own waiting is unfair): versions are compared first, then everything is written. Journal numbers are given
inside the write transaction; there is one at a time, so their order is the order of the commits.

Do not fork while a call is in progress: SQLite's own lock tables would be copied in the middle of it.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from cantinekit.backends._find_sql import find_condition
from cantinekit.backends._lending import Lender
from cantinekit.backends._migrations import Migration, read_migrations
from cantinekit.backends._places import Places
from cantinekit.backends._views import View
from cantinekit.backends.checks import (
    check_change,
    check_find,
    check_journal,
    check_keys,
    encode_cursor,
    expected_versions,
)
from cantinekit.backends.sqlite._connect import connect, create, storage_error, version_text, wal_is_safe
from cantinekit.backends.sqlite._driver import Database, driver_of
from cantinekit.backends.sqlite._schema import migrate
from cantinekit.backends.sqlite._url import read_sqlite_url
from cantinekit.backends.sqlite._views import replace_views
from cantinekit.clock import format_instant, parse_instant
from cantinekit.errors import ContentionError, StaleVersionError, StorageError
from cantinekit.plugins.ports import Change, JournalEntry, Key, Page, Row, StorageCapabilities
from cantinekit.urls import BackendUrl

T = TypeVar("T")

_PACKAGE = "cantinekit.backends.sqlite"
_OLDEST = (3, 38, 0)
_BY_KEYS = """
    SELECT wanted.key, record.{columns}
    FROM json_each(?) AS wanted
    CROSS JOIN record
        ON record.kind = json_extract(wanted.value, '$[0]') AND record.id = json_extract(wanted.value, '$[1]')
"""  # CROSS JOIN keeps the order of the tables: otherwise SQLite may read the list again for every row
_LOAD = _BY_KEYS.format(columns="version, record.body, record.pairs")
_COMPARE = _BY_KEYS.format(columns="version, record.pairs")


class SqliteStorage:
    """Rows and journal in one SQLite file (3.38 or later). Use ``open_sqlite``, or this with a path.

    Never open one file with both drivers in one process: closing one would undo the locks of the other
    (sqlite.org/howtocorrupt.html#multiple_copies_of_sqlite_linked_into_the_same_application).

    Args:
        path: the file; it is created if it does not exist.
        timeout: how long a call waits for other writers, in seconds, before it raises ``ContentionError``.
        wal: whether the journal mode is WAL; ``None`` chooses by the version of SQLite. On an SQLite with the WAL-reset
            bug, WAL can lose commits.
        driver: ``sqlite3`` or ``apsw``.
        migrations: other migrations than those of the library, for tests; ``None`` takes its own.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        timeout: float = 30.0,
        wal: bool | None = None,
        driver: str = "sqlite3",
        migrations: Sequence[Migration] | None = None,
    ) -> None:
        self._driver = driver_of(driver)
        if self._driver.version < _OLDEST:
            raise StorageError(f"SQLite 3.38 or later is needed, this Python has {version_text(self._driver)}")
        self._path = Path(path).absolute()
        self._timeout = timeout
        self._wal = wal_is_safe(self._driver.version) if wal is None else wal
        self._writers: dict[int, Places] = {}
        self._queues: dict[int, Places] = {}
        self._lender = Lender(lambda due: self._connect(), lambda db: db.close(), lambda db: not db.in_transaction)
        if not os.path.isdir(self._path.parent):
            raise StorageError(f"the folder of the database does not exist: {self._path.parent}")
        if os.path.exists(self._path) and not os.access(self._path, os.W_OK):
            raise StorageError(f"the database file is read-only: {self._path}")
        steps = read_migrations(_PACKAGE) if migrations is None else migrations
        try:
            self._make()
            self._call(lambda db: migrate(db, steps))
        except BaseException:
            self._lender.close()
            raise

    @property
    def capabilities(self) -> StorageCapabilities:
        return StorageCapabilities(durable=True, shared=True)

    def load(self, keys: Sequence[Key]) -> Sequence[Row | None]:
        check_keys(keys)
        found = self._call(lambda db: db.execute(_LOAD, (_json(keys),)).fetchall())
        rows: list[Row | None] = [None] * len(keys)
        for position, version, body, pairs in found:
            kind, id = keys[position]
            rows[position] = Row(kind, id, version, body, _pairs(pairs))
        return rows

    def find(
        self,
        kind: str,
        field: str,
        *,
        eq: str | None = None,
        ge: str | None = None,
        lt: str | None = None,
        after: str | None = None,
        limit: int = 100,
        reverse: bool = False,
    ) -> Page:
        position = check_find(kind, field, eq=eq, ge=ge, lt=lt, after=after, limit=limit)
        condition, values = find_condition("?", kind, field, eq=eq, ge=ge, lt=lt, position=position, reverse=reverse)
        direction = "DESC" if reverse else "ASC"
        statement = f"""
            SELECT i.value, i.id, record.version, record.body, record.pairs
            FROM record_index AS i CROSS JOIN record ON record.kind = i.kind AND record.id = i.id
            WHERE {condition} ORDER BY i.value {direction}, i.id {direction} LIMIT ?
        """
        found = self._call(lambda db: db.execute(statement, (*values, limit + 1)).fetchall())
        rows = tuple(Row(kind, id, version, body, _pairs(pairs)) for _, id, version, body, pairs in found[:limit])
        return Page(rows, encode_cursor(*found[limit - 1][:2]) if len(found) > limit else None)

    def apply(self, change: Change) -> None:
        check_change(change)
        with self._turn():
            self._call(lambda db: _in_transaction(db, lambda: _write(db, change)))

    @contextmanager
    def turn(self, key: Key, patience: float, change: Change | None = None) -> Iterator[SqliteStorage]:
        """One after the other, whatever the row: there is one writer at a time in any case.

        Processes queue at the folder of the file. (To open and close the file itself would undo SQLite's locks.)
        """
        with ExitStack() as held:
            due = time.monotonic() + patience
            mine = self._queues.setdefault(os.getpid(), Places())
            if held.enter_context(mine.one(due)):
                with suppress(OSError):
                    folder = os.open(self._path.parent, os.O_RDONLY)
                    held.callback(os.close, folder)  # which ends the turn
                    _queue(folder, due)
            yield self

    def replace_views(self, views: Sequence[View]) -> None:
        """Make these the read-only views of the file; see ``cantinekit.reads.views``.

        Args:
            views: the views that there are from now on; others of ours are dropped.
        """
        with self._turn():
            self._call(lambda db: _in_transaction(db, lambda: replace_views(db, views)))

    def journal(self, *, subject: Key | None = None, after: int = 0, limit: int = 100) -> Sequence[JournalEntry]:
        check_journal(subject, after, limit)
        columns = "SELECT j.number, j.type, j.at, j.actor, j.subjects, j.body FROM"
        if subject is None:
            statement = f"{columns} journal AS j WHERE j.number > ? ORDER BY j.number LIMIT ?"
            values: tuple[Any, ...] = (after, limit)
        else:
            statement = f"""
                {columns} journal_subject AS s CROSS JOIN journal AS j ON j.number = s.number
                WHERE s.kind = ? AND s.id = ? AND s.number > ? ORDER BY s.number LIMIT ?
            """
            values = (*subject, after, limit)
        found = self._call(lambda db: db.execute(statement, values).fetchall())
        return [
            JournalEntry(type, parse_instant(at), actor, tuple(Key(*key) for key in json.loads(subjects)), body, number)
            for number, type, at, actor, subjects, body in found
        ]

    def close(self) -> None:
        self._lender.close()

    def _make(self) -> None:
        try:
            return create(self._path)
        except OSError as error:
            problem = StorageError(f"the database file cannot be made: {error.strerror}")
        raise problem

    def _connect(self) -> Database:
        return connect(self._driver, self._path, self._timeout, wal=self._wal)

    def _call(self, work: Callable[[Database], T]) -> T:
        """Run it with a connection. The error is raised outside of the handler, so that SQLite's is not chained."""
        try:
            with self._lender.lend() as db:
                return work(db)
        except self._driver.error as error:
            problem = storage_error(self._driver, error)
        raise problem

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """One writer at a time within this process, first come, first served."""
        writers = self._writers.setdefault(os.getpid(), Places())
        with writers.one(time.monotonic() + self._timeout) as mine:
            if not mine:
                raise ContentionError("other threads kept writing")
            yield


def open_sqlite(url: BackendUrl) -> SqliteStorage:
    """Open ``sqlite:///relative.db`` or ``sqlite:////absolute/path.db``; for the options see ``read_sqlite_url``.

    Args:
        url: the parsed URL.

    Raises:
        UrlError: a host where the path should be, no path, an unknown option.
        StorageError: the file cannot be opened or is no database.
        SchemaError: the database is newer than this library, or belongs to something else.
        ImportError: the driver is apsw, which is not installed.
    """
    told = read_sqlite_url(url)
    return SqliteStorage(told.path, timeout=told.timeout, driver=told.driver)


def _queue(folder: int, due: float) -> None:
    """Wait for the lock of an open folder, up to a time of the monotonic clock."""
    while True:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() > due:
                return
            time.sleep(0.001)


_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def _pairs(text: str) -> tuple[tuple[str, str], ...]:
    return tuple((field, value) for field, value in json.loads(text))


def _in_transaction(db: Database, work: Callable[[], None]) -> None:
    db.execute("BEGIN IMMEDIATE")
    try:
        work()
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def _write(db: Database, change: Change) -> None:
    expected = expected_versions(change)
    keys = list(expected)
    held = {keys[at]: (version, pairs) for at, version, pairs in db.execute(_COMPARE, (_json(keys),))}
    stale = [key for key, version in expected.items() if held.get(key, (0, ""))[0] != version]
    if stale:
        raise StaleVersionError(sorted(stale))
    created = [row for row in change.rows if row.version == 1]
    updated = [row for row in change.rows if row.version > 1]
    removed = [Key(*guard.key) for guard in change.removes]
    db.executemany("INSERT INTO record (version, body, pairs, kind, id) VALUES (?, ?, ?, ?, ?)", map(_record, created))
    db.executemany(
        "UPDATE record SET version = ?, body = ?, pairs = ? WHERE kind = ? AND id = ?", map(_record, updated)
    )
    db.executemany("DELETE FROM record WHERE kind = ? AND id = ?", removed)
    old = {(key, pair) for key in (*removed, *(row.key for row in updated)) for pair in _pairs(held[key][1])}
    new = {(row.key, pair) for row in change.rows for pair in row.index}
    db.executemany(
        "DELETE FROM record_index WHERE kind = ? AND field = ? AND value = ? AND id = ?", _index_entries(old - new)
    )
    db.executemany("INSERT INTO record_index (kind, field, value, id) VALUES (?, ?, ?, ?)", _index_entries(new - old))
    _record_events(db, change.events)


def _record(row: Row) -> tuple[int, str, str, str, str]:
    return row.version, row.body, _json(row.index), row.kind, row.id


def _index_entries(pairs: Iterable[tuple[Key, tuple[str, str]]]) -> Iterator[tuple[str, str, str, str]]:
    for (kind, id), (field, value) in pairs:
        yield kind, field, value, id


def _record_events(db: Database, events: Sequence[JournalEntry]) -> None:
    """Write the entries behind the last number that was ever given; there is nobody else who gives one now."""
    if not events:
        return
    given = db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'journal'").fetchone()
    numbered = list(enumerate(events, given[0] + 1 if given else 1))
    db.executemany(
        "INSERT INTO journal (number, type, at, actor, subjects, body) VALUES (?, ?, ?, ?, ?, ?)",
        ((n, e.type, format_instant(e.at), e.actor, _json(e.subjects), e.body) for n, e in numbered),
    )
    subjects = {(kind, id, number) for number, event in numbered for kind, id in event.subjects}
    db.executemany("INSERT INTO journal_subject (kind, id, number) VALUES (?, ?, ?)", subjects)
