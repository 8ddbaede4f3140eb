"""``JoinedStorage``: the store of a house on a connection of the host, and in the transaction that is open on it.

A change is a transaction of its own where the connection commits each statement by itself, else a savepoint: a change
that is refused leaves the transaction of the host as it was, and one that was applied stands or falls with it. Nothing
of the session is changed, but for ``synchronous_commit``, which is switched on for the transaction if it was off.

**Journal numbers** come from the id of the transaction here too, see ``_store``. Several changes of one transaction
count on from the largest number that it has given: it sees its own entries, and nobody else sees or gives these.

**After the commit.** libpq tells nobody of a commit. So what is to be called then is kept until the store of the house
looks: it asks the server what became of the transaction, and then whether the entry is there, since the host may have
rolled back to a savepoint before it committed.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import psycopg
from psycopg import pq
from psycopg.rows import tuple_row
from psycopg.types.datetime import TimestampLoader
from psycopg.types.json import JsonbLoader
from psycopg.types.numeric import IntLoader
from psycopg.types.string import TextLoader

from cantinekit.backends.postgres import _statements
from cantinekit.backends.postgres._line import storage_error
from cantinekit.backends.postgres._store import PostgresStorage
from cantinekit.backends.postgres._writing import ElsewhereError, StatementChange, answer_of, last_number
from cantinekit.errors import InputError, SchemaError, StorageError
from cantinekit.plugins.ports import Change, JoiningStorage, Key, RowLock, StorageCapabilities

if TYPE_CHECKING:
    from cantinekit.backends.postgres._line import TimedConnection

T = TypeVar("T")

_LOADERS: dict[str, type[Any]] = {
    "text": TextLoader,
    "int8": IntLoader,
    "jsonb": JsonbLoader,
    "timestamp": TimestampLoader,
}
"""How the values of the statements are read, whatever the host has its connection do with such types."""
_MISSING = ("42P01", "3F000")


class HostLine:
    """A connection of the host, as far as the statements of a store need one; it keeps no statements."""

    prepares = False

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection

    def execute(self, statement: Any, values: Sequence[Any] = (), *, prepare: bool = False) -> psycopg.Cursor[Any]:
        cursor = psycopg.Cursor(self._connection, row_factory=tuple_row)
        for name, loader in _LOADERS.items():
            cursor.adapters.register_loader(name, loader)
        return cursor.execute(statement, values, prepare=prepare)

    def transaction(self) -> AbstractContextManager[Any]:
        """A transaction, or a savepoint in that of the host."""
        return self._connection.transaction()


class JoinedStorage(PostgresStorage):
    """Reads and writes as the store of the house does, through the connection of the host; by one thread at a time.

    Args:
        house: the store of the house, which made the tables.
        connection: the connection.

    Raises:
        InputError: it is no connection of psycopg 3, or one that is awaited.
        StorageError: its texts are not in UTF-8.
    """

    def __init__(self, house: PostgresStorage, connection: Any) -> None:
        if not isinstance(connection, psycopg.Connection):
            raise InputError(
                f"the connection of a host must be a psycopg.Connection, not {type(connection).__name__}: one that "
                "blocks; of a larger library the connection of the driver"
            )
        if not connection.closed and connection.info.encoding != "utf-8":
            raise StorageError("the texts of the connection are not in UTF-8")
        self._house = house
        self._schema = house._schema
        self._connection = connection
        self._first = self._number = self._last = self._waited_for = 0
        self._noted, self._deadline = threading.Lock(), None
        self._closed = False

    @property
    def capabilities(self) -> StorageCapabilities:
        return StorageCapabilities(joins_host_transaction=True, durable=True, shared=True)

    def in_host_transaction(self) -> bool:
        """Whether it is the host who commits: one is open, or the connection begins one with its first statement."""
        idle = self._connection.info.transaction_status == pq.TransactionStatus.IDLE
        return not (idle and self._connection.autocommit)

    def after_commit(self, work: Callable[[], None]) -> None:
        """Call it when the host has committed: once ``run_due`` of the house finds that it has.

        Args:
            work: the function to call, without arguments.
        """
        if not self.in_host_transaction():
            work()
        elif self._house.awaited.add(self._first, self._number, work):
            self._house.tell_committed()

    def joining(self, connection: Any) -> JoiningStorage:
        """The store of the house on another connection.

        Args:
            connection: the connection.
        """
        return self._house.joining(connection)

    def tell_committed(self) -> None:
        """As the store of the house does."""
        self._house.tell_committed()

    def apply(self, change: Change) -> None:
        prepared = StatementChange.of(change)
        try:
            self._call(lambda db: self._store(db, prepared))
            return
        except ElsewhereError:
            self._house.settle()
        self._call(lambda db: self._store(db, prepared))

    def _store(self, db: Any, change: StatementChange) -> None:
        joined = self.in_host_transaction()
        if joined:
            self._prepare(db)  # where the first statement begins the transaction, it is the host's from here on
        with db.transaction():
            if not joined:
                self._prepare(db)
            self._number = last_number(change.keys, lambda: self._ask(db, change))
            self._first = self._number - len(change.change.events) + 1
        if not joined:
            self._note(self._number)

    @staticmethod
    def _prepare(db: Any) -> None:
        ((isolation, _),) = db.execute(_statements.DURABLE).fetchall()
        if isolation != "read committed":
            raise StorageError(f"the transaction of the host is {isolation.upper()}; it must be READ COMMITTED")

    def _ask(self, db: Any, change: StatementChange) -> tuple[list[int], int]:
        parts = {"lock": _statements.LOCK, "journal": _statements.ENTRIES_OF_HOST}
        statement = _statements.filled(_statements.WRITE_OF_HOST, self._schema, **parts)
        return answer_of(db.execute(statement, change.values).pgresult)

    @contextmanager
    def row_lock(self, key: Key, patience: float, change: Change | None = None) -> Iterator[RowLock]:
        """No lock: a transaction of the host would hold it until its end."""
        yield self

    def close(self) -> None:
        """Refuse further calls. The connection is the host's, and stays."""
        self._closed = True

    def _call(self, work: Callable[[TimedConnection], T], due: float | None = None) -> T:
        """Run it on the connection. The error is raised outside of the handler: psycopg's would show values of rows."""
        self._check()
        try:
            return work(HostLine(self._connection))  # type: ignore[arg-type]
        except psycopg.Error as error:
            problem = _storage_error(error)
        raise problem

    def _check(self) -> None:
        """Raise StorageError where the connection cannot be used."""
        if self._closed:
            raise StorageError("the store is closed")
        if self._connection.closed:
            raise StorageError("the connection of the host is closed", retryable=True)
        if self._connection.info.transaction_status == pq.TransactionStatus.INERROR:
            raise StorageError("the transaction of the host has failed before, and can only be rolled back")
        if self._connection.info.transaction_status == pq.TransactionStatus.ACTIVE:
            raise StorageError("the connection of the host is still busy with something else")
        if self._connection.pgconn.pipeline_status != pq.PipelineStatus.OFF:
            raise StorageError("the connection of the host is in pipeline mode: call the house outside of it")


def _storage_error(error: psycopg.Error) -> StorageError:
    if error.sqlstate in _MISSING:
        return SchemaError("the tables are not there: is it a connection to the database of the house?")
    if error.sqlstate == "25006":
        return StorageError("the transaction of the host is read only")
    return storage_error(error)
