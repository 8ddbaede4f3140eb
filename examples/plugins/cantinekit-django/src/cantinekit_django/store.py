"""``DjangoStorage``: a store in the database of a Django project, on the connection and in the transaction of the host.

A change is one ``transaction.atomic()``: a transaction of its own where none is open, a savepoint where the host has
one. So a change that is refused leaves the transaction of the host as it was, on PostgreSQL too, and a change that was
applied stands or falls with it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from django.apps import apps
from django.db import Error, OperationalError, connections, transaction
from django.db.transaction import TransactionManagementError

from cantinekit.errors import ContentionError, SchemaError, StorageError
from cantinekit.plugins import store_checks
from cantinekit.plugins.ports import Change, JournalEntry, Key, Page, Row, StorageCapabilities
from cantinekit.plugins.sql import PlannedChange, entry_of, find_condition, page_of, rows_of
from cantinekit_django import _postgresql, _sqlite
from cantinekit_django._database import Database, named

T = TypeVar("T")

_DATABASES: dict[str, type[Database]] = {"postgresql": _postgresql.Postgresql, "sqlite": _sqlite.Sqlite}
_CONTENTION = {"40001", "40P01", "55P03", "23505", "SQLITE_BUSY", "SQLITE_BUSY_SNAPSHOT", "SQLITE_LOCKED"}
_NO_TABLE = "the tables are missing or old: run manage.py migrate"


class DjangoStorage:
    """Rows and journal in two tables of one of ``settings.DATABASES``. Each thread uses its own connection of Django's.

    Opening asks the database nothing, so that a house can be opened before its tables are made.

    Raises:
        StorageError: Django is not set up, the application is not in INSTALLED_APPS, there is no such database, or it
            is one that the store cannot work with.
    """

    capabilities = StorageCapabilities(joins_host_transaction=True, durable=True, shared=True)

    def __init__(self, alias: str = "default") -> None:
        self.alias = alias
        self._closed = False
        if not apps.models_ready:
            raise StorageError("Django is not set up: call django.setup() first, or open the store later")
        if not apps.is_installed("cantinekit_django"):
            raise StorageError('"cantinekit_django" is not in INSTALLED_APPS')
        if alias not in connections:
            raise StorageError(f"settings.DATABASES has no {alias!r}; it has {', '.join(sorted(connections))}")
        connection = connections[alias]
        database = _DATABASES.get(connection.vendor)
        if database is None:
            raise StorageError(f"the database {alias!r} is {connection.vendor}; it must be PostgreSQL or SQLite")
        self._database = database(connection)

    def load(self, keys: Sequence[Key]) -> Sequence[Row | None]:
        """The rows of these keys, in their order; ``None`` where there is no row."""
        store_checks.check_keys(keys)
        found = self._call(lambda cursor: self._database.load(cursor, keys))
        return rows_of(keys, found)

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
        """The rows of a kind with an index value in the range, in the order of (value, id) by bytes."""
        position = store_checks.check_find(kind, field, eq=eq, ge=ge, lt=lt, after=after, limit=limit)
        condition, values = find_condition(
            "%s", kind, named(field), eq=eq, ge=ge, lt=lt, position=position, reverse=reverse
        )
        direction = "DESC" if reverse else "ASC"
        found = self._call(lambda cursor: self._database.find(cursor, condition, direction, [*values, limit + 1]))
        return page_of(kind, found, limit)

    def apply(self, change: Change) -> None:
        """Store all of the change or nothing; it is durable when the transaction is committed.

        Where the host has no transaction open that is on return. Where it has one, and the change is refused, the
        transaction is as it was before the call and can go on.

        Raises:
            StaleVersionError: with the keys whose version is another than the change was made from.
            ContentionError: a deadlock, a lock that could not be had, or a snapshot of the host that is too old.
        """
        planned = PlannedChange.of(change)

        def write(cursor: Any) -> None:
            if self._by_hand():
                raise StorageError("autocommit is switched off by hand: use transaction.atomic() instead")
            with transaction.atomic(using=self.alias):
                self._database.write(cursor, planned)

        self._call(write)

    def journal(self, *, subject: Key | None = None, after: int = 0, limit: int = 100) -> Sequence[JournalEntry]:
        """The entries with a number above ``after``, in order.

        On PostgreSQL those of transactions that ended before every transaction that is running now; so not those of
        the host's own, while it is open.
        """
        store_checks.check_journal(subject, after, limit)
        found = self._call(lambda cursor: self._database.journal(cursor, subject, after, limit))
        return [entry_of(*columns) for columns in found]

    def in_host_transaction(self) -> bool:
        """Whether the calling thread is inside ``atomic()``; the transaction around a ``TestCase`` does not count."""
        connection = connections[self.alias]
        return self._by_hand() or not all(getattr(one, "_from_testcase", False) for one in connection.atomic_blocks)

    def after_commit(self, work: Callable[[], None]) -> None:
        """``transaction.on_commit``; what it raises is logged by Django."""
        transaction.on_commit(work, using=self.alias, robust=True)

    def close(self) -> None:
        """Refuse further calls. The connections are Django's and stay."""
        self._closed = True

    def _by_hand(self) -> bool:
        connection = connections[self.alias]
        return not connection.in_atomic_block and not connection.get_autocommit()

    def _call(self, work: Callable[[Any], T]) -> T:
        """Run it with a cursor. The error is raised outside of the handler: a driver's would show values of rows.

        Where an interrupt breaks it off, Django may not know yet of the transaction that it has begun, or know of one
        that is over. Then the connection goes, unless the host has a transaction open on it.
        """
        if self._closed:
            raise StorageError("the store is closed")
        connection = connections[self.alias]
        hosts = connection.in_atomic_block or (connection.connection is not None and not connection.autocommit)
        try:
            with connection.cursor() as cursor:
                return work(cursor)
        except Error as error:
            problem = _storage_error(error)
        except BaseException as broken_off:
            if not hosts and not isinstance(broken_off, Exception):
                connection.close()
                del connections[self.alias]  # the next call in this thread gets a new one
            raise
        raise problem


def _storage_error(error: Error) -> StorageError:
    """The error of ours for one of Django's: it names the code only, for the texts of drivers show values of rows."""
    cause = error.__cause__
    code = getattr(cause, "sqlstate", None) or getattr(cause, "sqlite_errorname", None)
    if isinstance(error, TransactionManagementError) or code == "25P02":
        return StorageError("the transaction of the host has failed before, and can only be rolled back")
    if code in _CONTENTION:
        return ContentionError(f"the database could not lock the rows ({code})")
    if code in ("42P01", "42703") or (code == "SQLITE_ERROR" and "no such" in str(cause)):
        return SchemaError(_NO_TABLE)
    lost = code is None or code.startswith(("08", "57P"))
    if isinstance(error, OperationalError) and lost:
        return StorageError(f"the connection was lost or refused ({code or 'no answer'})", retryable=True)
    return StorageError(f"the database could not do it ({code or type(error).__name__})")
