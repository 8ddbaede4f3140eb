"""``PostgresStorage``.

**Writing.** A change is one READ COMMITTED transaction. It first locks the rows that exist, in the order of their keys:
those that it writes or removes FOR UPDATE, those that it guards FOR SHARE. After that no other transaction can alter
them, and their versions are compared. New rows are inserted afterwards, in the order of their keys too; where another
transaction is inserting the same key, ON CONFLICT DO NOTHING waits for it, and the row that is then not inserted is a
stale one. No deadlock: a transaction that waits for a lock holds no row that it inserted, so it cannot be waited for by
an insert; and inserts wait only for keys above all those that they hold. (A key that is removed and created again at
the same moment can still make one; it is retried.)

**Journal numbers** come from the transaction's id: base + (xid << 16) + position in the change; at one change per
microsecond there are enough for four years. A reader sees only entries below base + (xmin << 16), where xmin is the
oldest transaction that was running when its statement's snapshot was taken. Every transaction below xmin had ended by
then, so its entries are visible or never will be; one that ends later has an id of xmin or more, hence larger numbers
than all that was read. So whoever has read up to a number never finds a smaller one, without a counter row, which would
make each writer wait for the one before. The price: an entry appears once all older transactions with an id, in any
database of the cluster, have ended. ``journal`` waits up to two seconds for what was applied through the same store.
On another server the base is raised first, see ``settle_journal``: transaction ids may be smaller there.

**Outcome.** When the connection is lost during a commit, nobody knows whether it took place; the error is retryable.
The same change, applied again, is then refused as stale if it was stored.
"""

from __future__ import annotations

import json
import math
import os
import random
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, TypeVar

import psycopg

from cantinekit.backends._find_sql import find_condition
from cantinekit.backends._lending import Lender, Limits
from cantinekit.backends._migrations import Migration, read_migrations
from cantinekit.backends._views import View
from cantinekit.backends.checks import (
    check_change,
    check_find,
    check_journal,
    check_keys,
    encode_cursor,
    expected_versions,
)
from cantinekit.backends.postgres import _statements
from cantinekit.backends.postgres._connect import POOL, check_schema
from cantinekit.backends.postgres._line import Line, connect, connection_lost, healthy, roll_back, storage_error, usable
from cantinekit.backends.postgres._schema import migrate, settle_journal
from cantinekit.backends.postgres._views import replace_views
from cantinekit.clock import instant
from cantinekit.errors import StaleVersionError, StorageError
from cantinekit.ports import Change, JournalEntry, Key, Page, Row, StorageCapabilities

T = TypeVar("T")

_UNKNOWN_STATEMENTS = (psycopg.errors.InvalidSqlStatementName, psycopg.errors.DuplicatePreparedStatement)
"""What a pooler in transaction mode says that leads each transaction to another connection of the server."""
_PACKAGE = "cantinekit.backends.postgres"
_TRIES = 3
_PATIENCE = 2.0
_LONG = 3600.0
_LONGEST_FIRST_PAUSE = 0.005
_USUAL = 100
"""A plan that is kept serves so many keys; for more it pays to make one that fits the table as it is."""


class _ElsewhereError(StorageError):
    """The connection leads to another server than it did."""

    def __init__(self) -> None:
        super().__init__("the server is another one than a moment ago", retryable=True)


_AGAIN = (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure, _ElsewhereError)


class PostgresStorage:
    """Rows and journal in one schema of a PostgreSQL database. Use ``open_postgres``, or this with libpq's parameters.

    In seconds: ``timeout`` is how long a change waits for a lock; ``deadline`` is how long a call may take, waiting for
    a connection and opening one included, ``None`` for as long as it takes. ``pool`` is how many connections there are.
    """

    def __init__(
        self,
        conninfo: Mapping[str, str],
        *,
        schema: str = "cantinekit",
        timeout: float = 30.0,
        deadline: float | None = 60.0,
        pool: Limits = POOL,
        migrations: Sequence[Migration] | None = None,
    ) -> None:
        self._schema = check_schema(schema)
        self._deadline = deadline
        self._begin = _statements.BEGIN.format(timeout=f"{round(timeout * 1000)}ms")
        if deadline is not None:
            self._begin += _statements.LIMITS.format(deadline=f"{round(deadline * 1000)}ms")
        self._lender = Lender(lambda due: connect(conninfo, due), Line.close, healthy, usable=usable, limits=pool)
        self._noted, self._turns = threading.Lock(), dict[int, threading.Lock]()
        self._most = pool.most
        self._last = self._waited_for = 0
        steps = read_migrations(_PACKAGE) if migrations is None else migrations
        try:
            self._call(lambda db: migrate(db, schema, steps))
            self._call(lambda db: settle_journal(db, schema))
            self._open_spare()
        except BaseException:
            self._lender.close()
            raise

    @property
    def capabilities(self) -> StorageCapabilities:
        return StorageCapabilities(durable=True, shared=True)

    def load(self, keys: Sequence[Key]) -> Sequence[Row | None]:
        check_keys(keys)
        usual, columns = len(keys) <= _USUAL, _columns(keys, 2)
        found = self._call(lambda db: self._run(db, _statements.LOAD, columns, prepare=usual).fetchall())
        rows: list[Row | None] = [None] * len(keys)
        for position, version, body, pairs in found:
            kind, id = keys[position - 1]
            rows[position - 1] = Row(kind, id, version, body, _pairs(pairs))
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
        condition, values = find_condition("%s", kind, field, eq=eq, ge=ge, lt=lt, position=position, reverse=reverse)
        parts = {"condition": condition, "direction": "DESC" if reverse else "ASC"}
        found = self._call(lambda db: self._run(db, _statements.FIND, (*values, limit + 1), parts).fetchall())
        rows = tuple(Row(kind, id, version, body, _pairs(pairs)) for _, id, version, body, pairs in found[:limit])
        return Page(rows, encode_cursor(*found[limit - 1][:2]) if len(found) > limit else None)

    def apply(self, change: Change) -> None:
        check_change(change)
        self._call(lambda db: self._attempt(db, change))

    @contextmanager
    def turn(self, key: Key, patience: float) -> Iterator[None]:
        """One after the other: within this process by a lock, among processes by an advisory lock of the server.

        At most one connection of this store waits, so that the others are there for what the turn is for.
        """
        with ExitStack() as held:
            due = time.monotonic() + patience
            mine = self._turns.setdefault(os.getpid(), threading.Lock())
            if self._most != 1 and mine.acquire(timeout=patience):
                held.callback(mine.release)
                with suppress(StorageError, psycopg.Error):
                    held.enter_context(self._queue(key, due))
            yield

    @contextmanager
    def _queue(self, key: Key, due: float) -> Iterator[None]:
        name = sha256("\x1f".join((self._schema, *key)).encode()).digest()
        wait = f"{max(1, round((due - time.monotonic()) * 1000))}ms"
        statement = _statements.QUEUE.format(wait=wait, name=int.from_bytes(name[:8], "big", signed=True))
        with self._lender.lend(due) as db:
            db.due = due + _PATIENCE
            try:
                db.execute(statement.encode())
                yield
            finally:
                roll_back(db)

    def journal(self, *, subject: Key | None = None, after: int = 0, limit: int = 100) -> Sequence[JournalEntry]:
        check_journal(subject, after, limit)
        source, condition = _statements.WHOLE if subject is None else _statements.OF_SUBJECT
        parts, values = {"source": source, "condition": condition}, (*(subject or ()), after, limit)
        due = self._due()
        give_up, pause = min(time.monotonic() + _PATIENCE, due), 0.001
        while True:
            found = self._call(lambda db: self._run(db, _statements.JOURNAL, values, parts).fetchall(), due)
            below = found[0][0]
            entries = sorted((_entry(*columns) for _, *columns in found if columns[0] is not None), key=_number)
            awaited = self._last
            if len(entries) == limit or not max(after, below - 1, self._waited_for) < awaited:
                return entries
            if time.monotonic() > give_up:
                self._waited_for = awaited
                return entries
            time.sleep(pause)
            pause = min(pause * 2, 0.05)

    def replace_views(self, views: Sequence[View]) -> None:
        """Make these the read-only views of the schema; see ``cantinekit.views``."""
        self._call(lambda db: replace_views(db, self._schema, views))

    def close(self) -> None:
        """Let the calls that are under way end, up to the deadline; then close the connections."""
        self._lender.close(wait=_LONG if self._deadline is None else self._deadline)

    def _due(self) -> float:
        """When a call that begins now has to end, on the monotonic clock."""
        return math.inf if self._deadline is None else time.monotonic() + self._deadline

    def _run(
        self,
        db: Line,
        statement: str,
        values: Sequence[Any] = (),
        parts: Mapping[str, str] = {},
        *,
        prepare: bool = False,
    ) -> psycopg.Cursor[Any]:
        """Run one of the statements. The schema is a checked name, ``parts`` are constants of this package."""
        filled = {name: part.format(s=self._schema) for name, part in parts.items()}
        return db.execute(statement.format(s=self._schema, **filled).encode(), values, prepare=prepare and db.prepares)

    def _call(self, work: Callable[[Line], T], due: float | None = None) -> T:
        """Run it with a connection. The error is raised outside of the handler: psycopg's would show values of rows."""
        due = self._due() if due is None else due
        try:
            with self._lender.lend(due) as db:
                db.due = due
                try:
                    return self._prepared(db, work)
                except psycopg.Error as error:
                    if connection_lost(error):
                        db.close()
                    raise
        except psycopg.Error as error:
            problem, lost = storage_error(error), connection_lost(error)
        if lost:
            self._lender.drop_idle()
        raise problem

    @staticmethod
    def _prepared(db: Line, work: Callable[[Line], T]) -> T:
        """Do the work with statements that the server keeps; where a pooler does not know them, again without."""
        try:
            return work(db)
        except _UNKNOWN_STATEMENTS:
            roll_back(db)
            if not db.prepares:
                raise
            db.prepares = False
        return work(db)

    def _open_spare(self) -> None:
        """Open the connections that are kept in any case."""
        try:
            self._lender.fill(self._due())
            return
        except psycopg.Error as error:
            problem = storage_error(error)
        raise problem

    def _attempt(self, db: Line, change: Change) -> None:
        """Apply it in a transaction, again after a deadlock or a serialization failure."""
        tries = 0
        while True:
            tries += 1
            try:
                settle_journal(db, self._schema)
                last = self._write(db, change)
                db.execute("COMMIT")
            except BaseException as error:
                roll_back(db)
                if tries == _TRIES or not isinstance(error, _AGAIN):
                    raise
                db.settled = db.settled and not isinstance(error, _ElsewhereError)
                time.sleep(random.uniform(0, _LONGEST_FIRST_PAUSE) * 2 ** (tries - 1))
                continue
            with self._noted:
                self._last = max(self._last, last)
            return

    def _write(self, db: Line, change: Change) -> int:
        """Begin, lock, compare, write. Gives the last journal number, 0 where there is none."""
        expected = expected_versions(change)
        keys = sorted(expected)
        written = {row.key: row for row in change.rows}
        removed = {Key(*guard.key) for guard in change.removes}
        wanted = [_wanted(key, expected[key], written.get(key), removed) for key in keys]
        events = [(e.type, instant(e.at).isoformat(), e.actor, json.dumps(e.subjects), e.body) for e in change.events]
        about = [(*key, position) for position, e in enumerate(change.events, 1) for key in dict.fromkeys(e.subjects)]
        values = [*_columns(wanted, 6), *_columns(events, 5), *_columns(about, 3)]
        db.execute(self._begin)
        parts = {"lock": _statements.LOCK, "here": _statements.HERE}
        answer = self._run(db, _statements.WRITE, values, parts, prepare=len(keys) <= _USUAL)
        ((stale, made, changed, reindexed, listed, last, named),) = answer.fetchall()
        if stale:
            raise StaleVersionError([keys[position - 1] for position in stale])
        created = {key for key in written if not expected[key]}
        there = created - {Key(*key) for key in made or ()}
        if there:
            raise StaleVersionError(sorted(there))
        if events and last is None:
            raise _ElsewhereError
        if (changed, reindexed, named) != (len(written) + len(removed) - len(created), listed, len(about)):
            raise StorageError("the index of a row is not what the row says: the tables were altered by another hand")
        return self._before_commit(db, last or 0)

    def _before_commit(self, db: Line, last: int) -> int:
        """All is written and nothing is stored yet; the last journal number."""
        return last


def _wanted(key: Key, expected: int, row: Row | None, removed: Collection[Key]) -> tuple[str, str, str, int, str, str]:
    """What is to become of the row of a key, as the statement takes it."""
    if row is not None:
        return *key, "write", expected, row.body, json.dumps(row.index)
    return *key, "remove" if key in removed else "guard", expected, "{}", "[]"


def _columns(rows: Iterable[Sequence[Any]], width: int) -> list[str]:
    """Rows as columns, each the text of one array."""
    return [_array(column) for column in zip(*rows, strict=True)] or ["{}"] * width


def _array(values: Sequence[str | int]) -> str:
    """An array as PostgreSQL reads it. (psycopg looks at each value of a list; this takes a fraction of its time.)"""
    if isinstance(values[0], int):
        return f"{{{','.join(map(str, values))}}}"
    escaped = "\x00".join(values).replace("\\", "\\\\").replace('"', '\\"')  # type: ignore[arg-type]
    return '{"' + escaped.replace("\x00", '","') + '"}'


def _pairs(stored: Sequence[Sequence[str]]) -> tuple[tuple[str, str], ...]:
    return tuple((field, value) for field, value in stored)


def _number(entry: JournalEntry) -> int:
    return entry.number


def _entry(
    number: int, type: str, at: datetime, actor: str, subjects: Sequence[Sequence[str]], body: str
) -> JournalEntry:
    keys = tuple(Key(kind, id) for kind, id in subjects)
    return JournalEntry(type, at.replace(tzinfo=UTC), actor, keys, body, number)
