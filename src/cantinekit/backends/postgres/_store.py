"""``PostgresStorage``.

**Writing.** A change is one READ COMMITTED transaction. It first locks the rows that exist, in the order of their keys:
those that it writes or removes FOR UPDATE, those that it guards FOR SHARE. After that no other transaction can alter
them, and their versions are compared. New rows are inserted afterwards, in the order of their keys too; where another
transaction is inserting the same key, ON CONFLICT DO NOTHING waits for it, and the row that is then not inserted is a
stale one. No deadlock: a transaction that waits for a lock holds no row that it inserted, so it cannot be waited for by
an insert; and inserts wait only for keys above all those that they hold. (A key that is removed and created again at
the same moment can still make one; it is retried.)

**Row locks.** The new rows of a change that waits for a row lock are staged: written before the wait, in the
transaction that then holds it. The guards, the locked row and the entries are left for after the wait. The entries get
their numbers from the id of a savepoint, since the id of the transaction is older than what was stored while it waited.
A transaction that waits for the advisory lock holds rows that it inserted. Another one that creates the same row
without the lock, and holds the locked row, can then make a deadlock: the same request, sent twice at one moment. It is
retried.

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
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar

import psycopg

from cantinekit.backends.postgres import _statements
from cantinekit.backends.postgres._arrays import array, columns, pairs, read_rows
from cantinekit.backends.postgres._awaited import Awaited
from cantinekit.backends.postgres._connect import POOL, check_schema
from cantinekit.backends.postgres._line import (
    TimedConnection,
    connect,
    connection_lost,
    healthy,
    roll_back,
    storage_error,
    usable,
)
from cantinekit.backends.postgres._row_lock import QueuedRowLock
from cantinekit.backends.postgres._schema import bring_up_to_date, settle_journal
from cantinekit.backends.postgres._views import replace_views
from cantinekit.backends.postgres._writing import ChangeWriter, ElsewhereError, StatementChange
from cantinekit.errors import InputError, StorageError
from cantinekit.plugins.ports import Change, JoiningStorage, JournalEntry, Key, Page, Row, RowLock, StorageCapabilities
from cantinekit.plugins.sql import (
    FairSemaphore,
    Limits,
    Migration,
    Pool,
    View,
    find_condition,
    page_of,
    read_migrations,
)
from cantinekit.plugins.sql.find import Bodies, Marked, Newest, NewestWish, newest_page
from cantinekit.plugins.sql.views import literal
from cantinekit.plugins.store_checks import check_find, check_journal, check_keys, check_number

T = TypeVar("T")

_UNKNOWN_STATEMENTS = (psycopg.errors.InvalidSqlStatementName, psycopg.errors.DuplicatePreparedStatement)
"""What a pooler in transaction mode says that leads each transaction to another connection of the server."""
_PACKAGE = "cantinekit.backends.postgres"
_TRIES = 3
_FEW = 16
"""For so many ranges and keys the time that it takes to make a plan is most of the time."""
_PATIENCE = 2.0
_LONG = 3600.0
_LONGEST_FIRST_PAUSE = 0.005
_AGAIN = (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure, ElsewhereError)


class PostgresStorage:
    """Rows and journal in one schema of a PostgreSQL database. Use ``open_postgres``, or this with libpq's parameters.

    Args:
        conninfo: the parameters of libpq, by name.
        schema: the name of the schema; it is created at the first use.
        timeout: how long a change waits for a lock, in seconds.
        deadline: how long a call may take, in seconds, waiting for a connection and opening one included; ``None`` for
            no limit.
        pool: how many connections are kept, and for how long.
        migrations: other migrations than those of the library, for tests; ``None`` takes its own.
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
        self._writer = ChangeWriter(self._schema, timeout, deadline)
        self._pool = Pool(
            lambda due: connect(conninfo, due), TimedConnection.close, healthy, usable=usable, limits=pool
        )
        self._noted, self._queues = threading.Lock(), dict[int, FairSemaphore]()
        self._most = pool.most
        self._last = self._waited_for = 0
        self.awaited = Awaited()
        steps = read_migrations(_PACKAGE) if migrations is None else migrations
        try:
            self._call(lambda db: bring_up_to_date(db, schema, steps))
            self._call(lambda db: settle_journal(db, schema))
            self._open_spare()
        except BaseException:
            self._pool.close()
            raise

    @property
    def capabilities(self) -> StorageCapabilities:
        return StorageCapabilities(durable=True, shared=True)

    def load(self, keys: Sequence[Key]) -> Sequence[Row | None]:
        check_keys(keys)
        return self._call(lambda db: self._read(db, keys))

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
        statement = _statements.filled(_statements.FIND, self._schema, **parts)
        found = self._call(lambda db: db.execute(statement, (*values, limit + 1)).fetchall())
        return page_of(kind, found, limit, pairs)

    def find_first(self, kind: str, field: str, ranges: Sequence[tuple[str, str]]) -> Sequence[Row | None]:
        """The first row of each range of an index field, in one question; see ``cantinekit.plugins.sql.find``.

        Args:
            kind: the kind of the rows.
            field: the name of the index field.
            ranges: the least value and the value below which all lie.
        """
        statement = _statements.filled(_statements.FIRST, self._schema)
        values = (*columns(ranges, 2), kind, field, kind)
        found: list[Row | None] = [None] * len(ranges)
        for position, id, version, body, stored in self._call(
            lambda db: db.execute(statement, values, prepare=False).fetchall()
        ):
            found[position - 1] = Row(kind, id, version, body, pairs(stored))
        return found

    def find_bodies(self, ranges: Sequence[tuple[str, str, str, str]], keys: Sequence[Key] = ()) -> Bodies:
        """The bodies of many rows, in one question; see ``cantinekit.plugins.sql.find``.

        Args:
            ranges: the kind, the index field, the least value and the value below which all lie.
            keys: the keys of rows.
        """
        check_keys(keys)
        statement = _statements.filled(_statements.BODIES, self._schema)
        values = (*columns(ranges, 4), *columns(keys, 2))
        if len(ranges) + len(keys) <= _FEW:
            rows = self._call(lambda db: _texts(db, statement, values))
        else:
            rows = self._call(lambda db: db.execute(statement, values, prepare=False).fetchall())
        return _bodies_of(rows, len(ranges), len(keys))

    def find_other_bodies(
        self, ranges: Sequence[tuple[str, str, str, str]], keys: Sequence[Key], known: str
    ) -> Bodies | None:
        """The bodies of many rows, where they are others than before; see ``cantinekit.plugins.sql.find``.

        Args:
            ranges: the kind, the index field, the least value and the value below which all lie.
            keys: the keys of rows.
            known: the mark of the bodies of before.
        """
        check_number(keys)
        statement = _statements.filled(_statements.OTHER_BODIES, self._schema)
        values = (*columns(ranges, 4), *columns(keys, 2), known)
        rows = self._call(lambda db: db.execute(statement, values, prepare=False).fetchall())
        return _bodies_of(rows, len(ranges), len(keys)) if rows else None

    def find_mark(self, ranges: Sequence[tuple[str, str, str, str]], keys: Sequence[Key] = ()) -> str:
        """The mark of many rows, in one question; see ``cantinekit.plugins.sql.find``.

        Args:
            ranges: the kind, the index field, the least value and the value below which all lie.
            keys: the keys of rows.
        """
        check_keys(keys)
        statement = _statements.filled(_statements.MARK, self._schema)
        values = (*columns(ranges, 4), *columns(keys, 2))
        ((mark,),) = self._call(lambda db: _texts(db, statement, values))
        return str(mark)

    def find_newest(self, pages: Sequence[NewestWish], keys: Sequence[Key] = ()) -> Newest:
        """The last rows of several lists, in one question; see ``cantinekit.plugins.sql.find``.

        Args:
            pages: the kind, the index field, the least value, the value below which all lie, and the most rows.
            keys: the keys of rows.
        """
        check_keys(keys)
        statement = _statements.filled(_statements.NEWEST, self._schema)
        values = (*columns(pages, 5), *columns(keys, 2))
        found: list[list[tuple[str, str, int, str, tuple[()]]]] = [[] for _ in pages]
        bodies: list[str | None] = [None] * len(keys)
        for position, value, id, body in self._call(lambda db: db.execute(statement, values, prepare=False).fetchall()):
            if position > 0:
                found[position - 1].append((value, id, 1, body, ()))
            else:
                bodies[-position - 1] = body
        some = [page_of(of[0], rows, of[4], pairs) for of, rows in zip(pages, found, strict=True)]
        return [newest_page(page) for page in some], bodies

    def find_columns(self, kind: str, field: str, ge: str, lt: str, names: Sequence[str]) -> Sequence[Sequence[Any]]:
        """Fields of the rows with an index value in a range, in one question; see ``cantinekit.plugins.sql.find``.

        Args:
            kind: the kind of the rows.
            field: the name of the index field.
            ge: the least value, itself included.
            lt: the value below which all lie.
            names: the names of the fields.
        """
        statement = _statements.filled(_statements.COLUMNS, self._schema, columns=_columns_of(names))
        values = (kind, field, ge, lt)
        ((text,),) = self._call(lambda db: db.execute(statement, values, prepare=False).fetchall())
        return _rows_of_text(text)

    def find_changed(
        self, kind: str, field: str, ranges: Sequence[tuple[str, str, str]], names: Sequence[str]
    ) -> Sequence[Marked]:
        """Fields of the rows of ranges that have changed, in one question; see ``cantinekit.plugins.sql.find``.

        Args:
            kind: the kind of the rows.
            field: the name of the index field.
            ranges: the least value, the value below which all lie, and the known mark.
            names: the names of the fields.
        """
        statement = _statements.filled(_statements.CHANGED, self._schema, columns=_columns_of(names))
        values = (kind, field, kind, field, *columns(ranges, 3))
        found = self._call(lambda db: _texts(db, statement, values))
        return [
            (str(mark), None if mark == known else _rows_of_text(text))
            for (mark, text), (_, _, known) in zip(found, ranges, strict=True)
        ]

    def apply(self, change: Change) -> None:
        prepared = StatementChange.of(change)
        self._call(lambda db: self._attempt(db, prepared))

    @contextmanager
    def row_lock(self, key: Key, patience: float, change: Change | None = None) -> Iterator[RowLock]:
        """One after the other, as they came: by a place in this process, by an advisory lock of the server among all.

        At most one connection of this store waits, and reads and writes under the lock; the other connections are free
        for other calls.
        """
        with ExitStack() as held:
            due = time.monotonic() + patience
            mine = self._queues.setdefault(os.getpid(), FairSemaphore())
            lock: RowLock = self
            if self._most != 1 and held.enter_context(mine.one(due)):
                with suppress(StorageError, psycopg.Error):
                    lock = held.enter_context(self._queue(key, due, change))
            yield lock

    @contextmanager
    def _queue(self, key: Key, due: float, change: Change | None) -> Iterator[RowLock]:
        with self._pool.lend(due) as db:
            db.due = due + _PATIENCE
            settle_journal(db, self._schema)
            first, write = partial(self._read_locked, key=key, due=due), partial(self._write, begun=True)
            prepared = _prepared(change)
            lock = QueuedRowLock(db, self, first, self._read, write, self._due, prepared)
            if prepared is not None and prepared.may_be_staged() and db.prepares:
                lock.stage = partial(self._stage, due=due)
            try:
                yield lock
            finally:
                lock.end()

    def journal(self, *, subject: Key | None = None, after: int = 0, limit: int = 100) -> Sequence[JournalEntry]:
        check_journal(subject, after, limit)
        source, condition = _statements.WHOLE if subject is None else _statements.OF_SUBJECT
        statement = _statements.filled(_statements.JOURNAL, self._schema, source=source, condition=condition)
        values = (*(subject or ()), after, limit)
        due = self._due()
        give_up, pause = min(time.monotonic() + _PATIENCE, due), 0.001
        while True:
            found = self._call(lambda db: db.execute(statement, values).fetchall(), due)
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

    def joining(self, connection: Any) -> JoiningStorage:
        """The same store on a connection of the host, and in its transactions.

        Args:
            connection: a ``psycopg.Connection`` to the same database, used by one thread at a time.

        Raises:
            InputError: it is something else, such as a connection that is awaited.
            StorageError: its texts are not in UTF-8.
        """
        from cantinekit.backends.postgres._joined import JoinedStorage

        return JoinedStorage(self, connection)

    def tell_committed(self) -> None:
        """Do what waits for commits of hosts, where these have come; forget it where they rolled back."""
        self.awaited.tell(self._ended)

    def settle(self) -> None:
        """Let the numbers of the journal fit the server at which it is now."""

        def look(db: TimedConnection) -> None:
            db.settled = False
            settle_journal(db, self._schema)

        self._call(look)

    def _ended(self, numbers: Sequence[int]) -> tuple[set[int], set[int]]:
        """Which of some journal entries are of transactions that have not ended, and then which of them are there."""

        def look(db: TimedConnection) -> tuple[set[int], set[int]]:
            asked = [_statements.filled(text, self._schema) for text in (_statements.OPEN, _statements.THERE)]
            running, there = ({one for (one,) in db.execute(text, (array(numbers),)).fetchall()} for text in asked)
            return running, there

        return self._call(look)

    def replace_views(self, views: Sequence[View]) -> None:
        """Make these the read-only views of the schema; see ``cantinekit.reads.views``.

        Args:
            views: the views that there are from now on; others of ours are dropped.
        """
        self._call(lambda db: replace_views(db, self._schema, views))

    def close(self) -> None:
        """Let the calls that are under way end, up to the deadline; then close the connections."""
        self._pool.close(wait=_LONG if self._deadline is None else self._deadline)

    def _due(self) -> float:
        """When a call that begins now has to end, on the monotonic clock."""
        return math.inf if self._deadline is None else time.monotonic() + self._deadline

    def _read(self, db: TimedConnection, keys: Sequence[Key]) -> Sequence[Row | None]:
        statement = _statements.filled(_statements.LOAD, self._schema)
        if db.prepares and len(keys) <= _statements.USUAL:
            return _rows(keys, read_rows(db.kept(statement, columns(keys, 2))))
        answer = db.execute(statement, columns(keys, 2), prepare=False).pgresult
        assert answer is not None
        return _rows(keys, read_rows(answer))

    def _read_locked(
        self, db: TimedConnection, keys: Sequence[Key], begun: bool, *, key: Key, due: float
    ) -> Sequence[Row | None]:
        return _rows(keys, self._writer.begin_locked(db, key, due - time.monotonic(), columns(keys, 2), begun))

    def _stage(self, db: TimedConnection, change: StatementChange, *, due: float) -> Callable[[StatementChange], None]:
        """Write what is new of a change; how the rest is written, and all of it committed."""
        self._writer.stage(db, change, due - time.monotonic())

        def finish(change: StatementChange) -> None:
            self._note(self._writer.finish(db, change))

        return finish

    def _write(self, db: TimedConnection, change: StatementChange, *, begun: bool = False) -> None:
        self._note(self._writer.write(db, change, begun=begun))

    def _note(self, last: int) -> None:
        with self._noted:
            self._last = max(self._last, last)

    def _call(self, work: Callable[[TimedConnection], T], due: float | None = None) -> T:
        """Run it with a connection. The error is raised outside of the handler: psycopg's would show values of rows."""
        due = self._due() if due is None else due
        try:
            with self._pool.lend(due) as db:
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
            self._pool.drop_idle()
        raise problem

    @staticmethod
    def _prepared(db: TimedConnection, work: Callable[[TimedConnection], T]) -> T:
        """Do the work with statements that the server keeps; where a pooler does not know them, again without."""
        try:
            return work(db)
        except _UNKNOWN_STATEMENTS:
            roll_back(db)
            if not db.prepares:
                raise
        if db.forget_kept():  # what was dropped in this session takes along what the server kept for it
            try:
                return work(db)
            except _UNKNOWN_STATEMENTS:
                roll_back(db)
        db.prepares = False
        return work(db)

    def _open_spare(self) -> None:
        """Open the connections that are kept in any case."""
        try:
            self._pool.fill(self._due())
            return
        except psycopg.Error as error:
            problem = storage_error(error)
        raise problem

    def _attempt(self, db: TimedConnection, change: StatementChange) -> None:
        """Apply it in a transaction, again after a deadlock or a serialization failure."""
        tries = 0
        while True:
            tries += 1
            try:
                settle_journal(db, self._schema)
                self._write(db, change)
                return
            except BaseException as error:
                roll_back(db)
                if tries == _TRIES or not isinstance(error, _AGAIN):
                    raise
                if isinstance(error, ElsewhereError):
                    db.settled = db.prepares = False
                time.sleep(random.uniform(0, _LONGEST_FIRST_PAUSE) * 2 ** (tries - 1))


_list_text = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def _columns_of(names: Sequence[str]) -> str:
    return ", ".join(f"r.body -> {literal(name)}" for name in names)


def _bodies_of(rows: Iterable[Sequence[Any]], ranges: int, keys: int) -> Bodies:
    """The bodies of so many ranges and keys. The place of a range counts from 1, that of a key from -1 downwards."""
    found: list[list[tuple[str, str]]] = [[] for _ in range(ranges)]
    bodies: list[str | None] = [None] * keys
    for place, _, id, body in rows:
        position = int(place)
        if position > 0:
            found[position - 1].append((id, body))
        elif position < 0:
            bodies[-position - 1] = body
    return found, bodies


def _texts(db: TimedConnection, statement: bytes, values: Sequence[str]) -> Sequence[Sequence[Any]]:
    """The rows of a statement, as texts where the server keeps it. It looks all up by the index, whatever their number:
    one plan serves for it, and so this process takes half of its time.
    """
    if not db.prepares:
        return db.execute(statement, values, prepare=False).fetchall()
    answer = db.kept(statement, values)
    rows = ([answer.get_value(number, column) for column in range(answer.nfields)] for number in range(answer.ntuples))
    return [[None if cell is None else cell.decode() for cell in row] for row in rows]


def _rows_of_text(text: str | None) -> list[list[Any]]:
    """The rows of one text of all their arrays; a list in them as its text."""
    rows = json.loads(f"[{text or ''}]")
    return [[_list_text(value) if type(value) is list else value for value in row] for row in rows]


def _prepared(change: Change | None) -> StatementChange | None:
    """The prepared change if it can be stored; a change that cannot is refused when it is applied."""
    with suppress(InputError):
        return None if change is None else StatementChange.of(change)
    return None


def _rows(keys: Sequence[Key], found: Iterable[Sequence[Any]]) -> list[Row | None]:
    rows: list[Row | None] = [None] * len(keys)
    for position, version, body, stored in found:
        kind, id = keys[position - 1]
        rows[position - 1] = Row(kind, id, version, body, pairs(stored))
    return rows


def _number(entry: JournalEntry) -> int:
    return entry.number


def _entry(
    number: int, type: str, at: datetime, actor: str, subjects: Sequence[Sequence[str]], body: str
) -> JournalEntry:
    keys = tuple(Key(kind, id) for kind, id in subjects)
    return JournalEntry(type, at.replace(tzinfo=UTC), actor, keys, body, number)
