"""``SqliteStorage``.

Each read is one statement or one transaction, and so one snapshot. A write is ``BEGIN IMMEDIATE`` behind a lock within
the process (SQLite's own waiting is unfair): versions are compared first, then everything is written. Journal numbers
are given inside the write transaction; there is one at a time, so their order is the order of the commits.

Do not fork while a call is in progress: SQLite's own lock tables would be copied in the middle of it.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from cantinekit.backends.sqlite._connect import create, version_text, wal_is_safe
from cantinekit.backends.sqlite._database import (
    BODIES,
    BODY_LINES,
    COLUMNS,
    FIRST,
    IDS,
    KEY_LINES,
    RANGE_LINES,
    RANGES,
    VERSION_LINES,
    Sqlite,
)
from cantinekit.backends.sqlite._driver import driver_of
from cantinekit.backends.sqlite._url import read_sqlite_url
from cantinekit.backends.sqlite._views import replace_views
from cantinekit.errors import ContentionError, StorageError
from cantinekit.plugins.ports import Change, Key, Row
from cantinekit.plugins.sql import FairSemaphore, Limits, Migration, Session, SqlStore, View, page_of
from cantinekit.plugins.sql.find import (
    Bodies,
    Marked,
    Newest,
    NewestWish,
    find_condition,
    mark_of,
    mark_of_lines,
    newest_page,
)
from cantinekit.plugins.sql.rows import pairs_text, read_pairs, texts_text
from cantinekit.plugins.sql.views import literal
from cantinekit.plugins.store_checks import check_keys, check_number
from cantinekit.urls import BackendUrl

_OLDEST = (3, 38, 0)
_KIND, _ID = itemgetter(0), itemgetter(1)
_BEGIN_READING = "BEGIN"
"""Statements that only read are of one moment then; nobody waits for them."""


class SqliteStorage(SqlStore):
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
        way = driver_of(driver)
        if way.version < _OLDEST:
            raise StorageError(f"SQLite 3.38 or later is needed, this Python has {version_text(way)}")
        self._path = Path(path).absolute()
        self._timeout = timeout
        self._writers: dict[int, FairSemaphore] = {}
        self._queues: dict[int, FairSemaphore] = {}
        if not os.path.isdir(self._path.parent):
            raise StorageError(f"the folder of the database does not exist: {self._path.parent}")
        if os.path.exists(self._path) and not os.access(self._path, os.W_OK):
            raise StorageError(f"the database file is read-only: {self._path}")
        self._make()
        database = Sqlite(way, self._path, timeout, wal=wal_is_safe(way.version) if wal is None else wal)
        super().__init__(database, pool=Limits(), deadline=None, tries=1, migrations=migrations)

    def apply(self, change: Change) -> None:
        with self._one_writer():
            super().apply(change)

    @contextmanager
    def row_lock(self, key: Key, patience: float, change: Change | None = None) -> Iterator[SqliteStorage]:
        """One after the other, whatever the row: there is one writer at a time in any case.

        Processes queue at the folder of the file. (To open and close the file itself would undo SQLite's locks.)
        """
        with ExitStack() as held:
            due = time.monotonic() + patience
            mine = self._queues.setdefault(os.getpid(), FairSemaphore())
            if held.enter_context(mine.one(due)):
                with suppress(OSError):
                    folder = os.open(self._path.parent, os.O_RDONLY)
                    held.callback(os.close, folder)  # which releases the lock
                    _queue(folder, due)
            yield self

    def find_first(self, kind: str, field: str, ranges: Sequence[tuple[str, str]]) -> Sequence[Row | None]:
        """The first row of each range of an index field, in one question; see ``cantinekit.plugins.sql.find``.

        Args:
            kind: the kind of the rows.
            field: the name of the index field.
            ranges: the least value and the value below which all lie.
        """
        values = (pairs_text(ranges), kind, kind, field)
        found: list[Row | None] = [None] * len(ranges)
        for at, id, version, body, pairs in self._call(lambda session: session.rows(FIRST, values)):
            found[at] = Row(kind, id, version, body, read_pairs(pairs))
        return found

    def find_bodies(self, ranges: Sequence[tuple[str, str, str, str]], keys: Sequence[Key] = ()) -> Bodies:
        """The bodies of many rows, in one question; see ``cantinekit.plugins.sql.find``.

        Args:
            ranges: the kind, the index field, the least value and the value below which all lie.
            keys: the keys of rows.
        """
        check_keys(keys)
        text = json.dumps(ranges)
        return self._call(
            lambda session: session.transact(lambda db: _read_bodies(db, text, len(ranges), keys), _BEGIN_READING)
        )

    def find_other_bodies(
        self, ranges: Sequence[tuple[str, str, str, str]], keys: Sequence[Key], known: str
    ) -> Bodies | None:
        """The bodies of many rows, where they are others than before; see ``cantinekit.plugins.sql.find``.

        Args:
            ranges: the kind, the index field, the least value and the value below which all lie.
            keys: the keys of rows; those of a kind that stand together are looked at in one statement.
            known: the mark of the bodies of before.
        """
        check_number(keys)
        text = json.dumps(ranges)
        runs = [(texts_text(map(_ID, run)), kind) for kind, run in groupby(keys, _KIND)]

        def read(session: Session) -> Bodies | None:
            ((rows,),) = session.rows(RANGE_LINES, (text,))
            bodies = (session.rows(BODY_LINES, run)[0][0] for run in runs)
            if mark_of_lines(rows or "", bodies) == known:
                return None
            return _read_bodies(session, text, len(ranges), keys)

        return self._call(lambda session: session.transact(read, _BEGIN_READING))

    def find_mark(self, ranges: Sequence[tuple[str, str, str, str]], keys: Sequence[Key] = ()) -> str:
        """The mark of many rows, in one question; see ``cantinekit.plugins.sql.find``.

        Args:
            ranges: the kind, the index field, the least value and the value below which all lie.
            keys: the keys of rows.
        """
        check_keys(keys)
        asked = (
            (VERSION_LINES, json.dumps(ranges) if ranges else ""),
            (KEY_LINES, pairs_text(keys) if keys else ""),
        )

        def read(session: Session) -> list[str]:
            return [session.rows(statement, (text,))[0][0] or "" if text else "" for statement, text in asked]

        lines, bodies = self._call(lambda session: session.transact(read, _BEGIN_READING))
        return mark_of_lines(lines, [bodies])

    def find_newest(self, pages: Sequence[NewestWish], keys: Sequence[Key] = ()) -> Newest:
        """The last rows of several lists, in one question; see ``cantinekit.plugins.sql.find``.

        Args:
            pages: the kind, the index field, the least value, the value below which all lie, and the most rows.
            keys: the keys of rows.
        """
        check_keys(keys)
        asked = list[tuple[str, tuple[Any, ...]]]()
        for kind, field, ge, lt, most in pages:
            condition, values = find_condition("?", kind, field, eq=None, ge=ge, lt=lt, position=None, reverse=True)
            asked.append((self._statements.find(condition, reverse=True), (*values, most + 1)))
        found, bodies = self._call(
            lambda session: (
                [session.rows(statement, values) for statement, values in asked],
                _bodies(session, keys),
            )
        )
        return [newest_page(page_of(of[0], rows, of[4])) for of, rows in zip(pages, found, strict=True)], bodies

    def find_columns(self, kind: str, field: str, ge: str, lt: str, names: Sequence[str]) -> Sequence[Sequence[Any]]:
        """Fields of the rows with an index value in a range, in one question; see ``cantinekit.plugins.sql.find``.

        Args:
            kind: the kind of the rows.
            field: the name of the index field.
            ge: the least value, itself included.
            lt: the value below which all lie.
            names: the names of the fields.
        """
        statement, values = _columns_of(names), (kind, kind, field, ge, lt)
        return self._call(lambda session: session.rows(statement, values))

    def find_changed(
        self, kind: str, field: str, ranges: Sequence[tuple[str, str, str]], names: Sequence[str]
    ) -> Sequence[Marked]:
        """Fields of the rows of ranges that have changed, in one question; see ``cantinekit.plugins.sql.find``.

        The mark of a range that is read is that of the rows that are read: another may have been written meanwhile.

        Args:
            kind: the kind of the rows.
            field: the name of the index field.
            ranges: the least value, the value below which all lie, and the known mark.
            names: the names of the fields.
        """
        statement = _columns_of(names)

        def read(session: Session) -> Iterator[Marked]:
            found = session.rows(IDS, (kind, field, json.dumps(ranges)))
            for (ge, lt, known), (ids,) in zip(ranges, found, strict=True):
                if mark_of([ids or ""]) == known:
                    yield known, None
                else:
                    rows = session.rows(statement, (kind, kind, field, ge, lt))
                    yield mark_of(row[0] for row in rows), rows

        return self._call(lambda session: list(read(session)))

    def replace_views(self, views: Sequence[View]) -> None:
        """Make these the read-only views of the file; see ``cantinekit.reads.views``.

        Args:
            views: the views that there are from now on; others of ours are dropped.
        """
        with self._one_writer():
            self._call(lambda session: session.transact(lambda db: replace_views(db, views)))

    def close(self) -> None:
        self._pool.close()

    def _make(self) -> None:
        try:
            return create(self._path)
        except OSError as error:
            problem = StorageError(f"the database file cannot be made: {error.strerror}")
        raise problem

    @contextmanager
    def _one_writer(self) -> Iterator[None]:
        """One writer at a time within this process, first come, first served."""
        writers = self._writers.setdefault(os.getpid(), FairSemaphore())
        with writers.one(time.monotonic() + self._timeout) as mine:
            if not mine:
                raise ContentionError("other threads kept writing")
            yield


def _read_bodies(session: Session, ranges: str, number: int, keys: Sequence[Key]) -> Bodies:
    """The bodies of the rows of ranges, which are given as text and by their number, and those of keys."""
    found: list[list[tuple[str, str]]] = [[] for _ in range(number)]
    for at, id, body in session.rows(RANGES, (ranges,)) if number else ():
        found[at].append((id, body))
    return found, _bodies(session, keys)


def _bodies(session: Session, keys: Sequence[Key]) -> list[str | None]:
    """The bodies of rows, in the order of their keys: a statement for each kind."""
    bodies: list[str | None] = [None] * len(keys)
    kinds = dict[str, list[int]]()
    for place, (kind, _) in enumerate(keys):
        kinds.setdefault(kind, []).append(place)
    for kind, places in kinds.items():
        for at, body in session.rows(BODIES, (texts_text([keys[place][1] for place in places]), kind)):
            bodies[places[at]] = body
    return bodies


def _columns_of(names: Sequence[str]) -> str:
    return COLUMNS.format(columns=", ".join(["i.id", *(f"record.body ->> {literal(name)}" for name in names)]))


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
