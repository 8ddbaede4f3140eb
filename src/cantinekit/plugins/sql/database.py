"""``Database``, what an author says of a database and its driver, and ``Session``, one connection that is lent."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar, TypeVar

from cantinekit.clock import SystemClock, format_instant
from cantinekit.errors import SchemaError
from cantinekit.plugins.sql.failures import ErrorCodes, Failure
from cantinekit.plugins.sql.migrations import Migration, split_statements

T = TypeVar("T")


class Database(ABC):
    """One database behind one driver: how a connection is made, what its errors mean, and the SQL that is its own.

    A subclass is what a store costs; ``SqlStore`` does the rest. The driver is one of DB-API 2.0 (PEP 249), with
    connections that **commit each statement by itself** until a transaction is begun (``autocommit``).

    The tables, which the migrations make, have these columns, all ``NOT NULL``. Texts of keys and of the index compare
    by the bytes of UTF-8; a kind and a field have at most 200 of them, an id 800, an index value 1,000:

    | table | columns | key |
    |---|---|---|
    | ``record`` | kind, id, version (64 bits), body, pairs | kind, id |
    | ``record_index`` | kind, field, value, id | kind, field, value, id |
    | ``journal`` | number (64 bits), type, at, actor, subjects, body | number |
    | ``journal_subject`` | kind, id, number | kind, id, number |
    | ``journal_head`` | last (64 bits), guarded (64 bits) | one line: 0, 0 |

    Attributes:
        name: how the database is called in messages, for example ``"MariaDB"``.
        error: the exception, or the exceptions, from which those of the driver come. None of them leaves the store.
        codes: what the codes that ``code`` gives mean.
        migrations: the package whose folder ``migrations`` has the numbered steps of the schema; see
            ``read_migrations``.
        load: a SELECT of (position, version, body, pairs) of the rows of a list of keys, in one statement, so that they
            are of one moment. Its one value is the list as a JSON text, ``[[kind, id], ...]``; the position counts from
            0. It has to look each row up by the primary key, up to 30,000 of them.
        lock: a SELECT of (position, version, pairs) of the rows of such a list, which locks them until the end of the
            transaction, in the order of the list.
        tables: a SELECT of the names of the tables in the place of the store.
        mark: what stands for a value in a statement: ``%s`` or ``?``.
        join: how two tables are joined in this order, index or subjects first. A word of the database's own, such as
            ``STRAIGHT_JOIN``, keeps its planner from beginning with the other one.
        text: how a value and an id of the index are read as texts, with ``{}`` for the column, where the columns that
            compare by bytes are none: ``CONVERT({} USING utf8mb4)``.
        begin: the statement that begins a transaction that writes.
        version_table: the statement that makes the table of the steps that were applied.
    """

    name: ClassVar[str]
    error: type[Exception] | tuple[type[Exception], ...]
    codes: ClassVar[ErrorCodes] = ErrorCodes()
    migrations: ClassVar[str]
    load: ClassVar[str]
    lock: ClassVar[str]
    tables: ClassVar[str]
    mark: ClassVar[str] = "%s"
    join: ClassVar[str] = "JOIN"
    text: ClassVar[str] = "{}"
    begin: ClassVar[str] = "BEGIN"
    version_table: ClassVar[str] = (
        "CREATE TABLE schema_version "
        "(version INTEGER PRIMARY KEY, sha256 VARCHAR(64) NOT NULL, applied_at VARCHAR(32) NOT NULL)"
    )

    # --- connections ---

    @abstractmethod
    def connect(self, due: float) -> Any:
        """Open a connection.

        What is needed for the promise of durability, for the isolation READ COMMITTED and for time limits of the server
        is set here.

        Args:
            due: by when, a time of ``time.monotonic()``; ``math.inf`` for no limit.

        Raises:
            Exception: ``error``, or a ``StorageError`` where the server is not one to use.
        """

    def close(self, connection: Any) -> None:
        """Close a connection, whatever state it is in. What it says about that is of no interest.

        Args:
            connection: one that ``connect`` gave.
        """
        connection.close()

    def usable(self, connection: Any) -> bool:
        """Whether a connection is alive, as far as can be seen without asking the server; else another is taken.

        Args:
            connection: one that was not used for a while.
        """
        return True

    def limit(self, connection: Any, due: float) -> None:
        """Let nobody wait on this connection beyond a time; called before each use.

        A server that is frozen or gone sends nothing, and its own time limits do not help: the socket needs one.
        Nothing is to be done where ``connect`` has set one for each answer.

        Args:
            connection: the connection that is lent.
            due: a time of ``time.monotonic()``; ``math.inf`` for no limit.
        """
        return

    # --- errors ---

    @abstractmethod
    def code(self, error: Exception) -> str:
        """The code of an error, as ``codes`` lists it; the empty text for a connection that was lost without one.

        Args:
            error: one of ``error``.
        """

    def failure(self, error: Exception) -> Failure:
        """What an error means; from its code, unless that is not enough.

        Args:
            error: one of ``error``.
        """
        return self.codes.failure(self.code(error), self.name)

    def shown(self, error: Exception) -> BaseException | None:
        """What is chained to the error that is raised in place of one of the driver's; nothing, unless overridden.

        An author who looks for a mistake gives the error itself. Users get nothing of it: it may quote what is stored.

        Args:
            error: one of ``error``.
        """
        return None

    # --- the schema ---

    @abstractmethod
    def lock_schema(self, session: Session) -> None:
        """Let one process alone change the schema, until ``unlock_schema`` or the end of the connection.

        Where tables are made inside of transactions: begin one, and take a lock that ends with it.

        Args:
            session: the connection on which the steps will be run.
        """

    def unlock_schema(self, session: Session) -> None:
        """Let the steps be stored, and the next process go on.

        Args:
            session: the connection of ``lock_schema``.
        """
        session.execute("COMMIT")

    # --- the journal ---

    def first_number(self, session: Session, count: int) -> int:
        """Take numbers of the journal, and give the first of them.

        It is the last thing that a change waits for, and nobody else gets numbers before its commit: who has read up to
        a number never finds a smaller one later.

        Args:
            session: the connection, in the transaction of the change.
            count: how many numbers.
        """
        session.execute(f"UPDATE journal_head SET last = last + {int(count)}")
        ((last,),) = session.rows("SELECT last FROM journal_head")
        return int(last) - count + 1

    def confirm(self, session: Session) -> None:
        """Make a change that only guards wait, with its commit, for the durability of what it guards.

        Many servers show a commit to others before it is on the disk; a transaction that wrote nothing would not wait
        for that. So it writes: a counter that nobody reads.

        Args:
            session: the connection, in the transaction of the change.
        """
        session.execute("UPDATE journal_head SET guarded = guarded + 1")


class Session:
    """A connection that is lent, and what a store does on it.

    Attributes:
        connection: the connection of the driver.
        broken: whether it is closed when it comes back: it was lost, or something broke it off in the middle.
    """

    __slots__ = ("broken", "connection", "database")

    def __init__(self, database: Database, connection: Any) -> None:
        """Use a connection.

        Args:
            database: the database that it leads to.
            connection: what ``Database.connect`` gave.
        """
        self.database = database
        self.connection = connection
        self.broken = False

    def execute(self, statement: str, values: Sequence[Any] = ()) -> Any:
        """Run a statement; gives the cursor.

        Args:
            statement: constants only, with a mark for each value.
            values: the values.
        """
        cursor = self.connection.cursor()
        if values:
            cursor.execute(statement, values)
        else:
            cursor.execute(statement)
        return cursor

    def rows(self, statement: str, values: Sequence[Any] = ()) -> Sequence[Sequence[Any]]:
        """Run a statement; gives all its rows.

        Args:
            statement: constants only, with a mark for each value.
            values: the values.
        """
        found: Sequence[Sequence[Any]] = self.execute(statement, values).fetchall()
        return found

    def execute_many(self, statement: str, lines: Sequence[Sequence[Any]]) -> None:
        """Run a statement once for each line of values, if there are any.

        Args:
            statement: constants only, with a mark for each value.
            lines: the values.
        """
        if lines:
            self.connection.cursor().executemany(statement, lines)

    def transact(self, work: Callable[[Session], T], begin: str | None = None) -> T:
        """Do work in a transaction: all of it is stored at its end, or nothing.

        Whatever breaks it off, an interrupt too, the transaction is rolled back or its connection closed.

        Args:
            work: what is to be done; it is given this session.
            begin: the statement that begins it; ``None``: that of a transaction that writes.
        """
        try:
            self.execute(begin or self.database.begin)
            done = work(self)
            self.execute("COMMIT")
            return done
        except BaseException as error:
            self._roll_back(error)
            raise

    def _roll_back(self, error: BaseException) -> None:
        if not isinstance(error, Exception):
            self.broken = True  # an interrupt: an answer may be on its way
        if not self.broken:
            try:
                self.execute("ROLLBACK")
            except self.database.error:
                self.broken = True


class SchemaOfSession:
    """The schema of a store as ``migrate`` changes it, on one connection."""

    def __init__(self, session: Session) -> None:
        """Look at a schema.

        Args:
            session: the connection.
        """
        self._session = session
        self._database = session.database

    def applied(self) -> Mapping[int, str]:
        """The steps that were applied, with the checksums of their texts.

        Raises:
            SchemaError: there are tables, and they belong to something else.
        """
        there = {name for (name,) in self._session.rows(self._database.tables)}
        if not there:
            return {}
        if "schema_version" not in there:
            raise SchemaError("the database belongs to something else: it has tables, but no schema_version")
        return {int(version): sha256 for version, sha256 in self._session.rows(_APPLIED)}

    @contextmanager
    def locked(self) -> Iterator[None]:
        """The lock of the schema for the length of a with-block; what breaks off ends the connection, and the lock."""
        self._database.limit(self._session.connection, math.inf)  # a step takes what it takes
        try:
            self._database.lock_schema(self._session)
            if not self._session.rows(self._database.tables):
                self._session.execute(self._database.version_table)
            yield
            self._database.unlock_schema(self._session)
        except BaseException:
            self._session.broken = True
            raise

    def run(self, migration: Migration) -> None:
        """Run the statements of a step, and note that it was applied.

        Args:
            migration: the next step.
        """
        for statement in split_statements(migration.sql):
            self._session.execute(statement)
        noted = (migration.version, migration.sha256, format_instant(SystemClock().now()))
        mark = self._database.mark
        columns = "(version, sha256, applied_at)"
        self._session.execute(f"INSERT INTO schema_version {columns} VALUES ({mark}, {mark}, {mark})", noted)


_APPLIED = "SELECT version, sha256 FROM schema_version"
