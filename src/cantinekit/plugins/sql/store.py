"""``SqlStore``: a whole store on any SQL database, of what a ``Database`` says."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from cantinekit.plugins.ports import Change, JournalEntry, Key, Page, Row, StorageCapabilities
from cantinekit.plugins.sql.change import PlannedChange, record_lines
from cantinekit.plugins.sql.database import Database, SchemaOfSession, Session
from cantinekit.plugins.sql.find import find_condition
from cantinekit.plugins.sql.migrations import Migration, migrate, read_migrations
from cantinekit.plugins.sql.pool import Limits, Pool
from cantinekit.plugins.sql.rows import entry_of, page_of, pairs_text, read_pairs, rows_of
from cantinekit.plugins.sql.statements import statements_of
from cantinekit.plugins.store_checks import check_find, check_journal, check_keys

T = TypeVar("T")

POOL = Limits(most=10, keep=1, idle=300.0, lifetime=3600.0)
"""Ten connections at most; one stays open, the others until they were not used for five minutes, all for an hour."""

_LONG = 3600.0
_LONGEST_FIRST_PAUSE = 0.005


class SqlStore:
    """Rows and journal in the tables of one database; used from several threads and processes at once.

    Each read is one statement, and so of one moment. A change is one transaction, in the order of ``PlannedChange``.
    """

    def __init__(
        self,
        database: Database,
        *,
        pool: Limits = POOL,
        deadline: float | None = 60.0,
        tries: int = 5,
        migrations: Sequence[Migration] | None = None,
    ) -> None:
        """Open the store, and bring its schema up to date.

        Args:
            database: the database, its driver and its SQL.
            pool: how many connections there are.
            deadline: how many seconds a call may take, waiting for a connection included; ``None`` for as long as it
                takes. A driver obeys as far as ``Database.limit`` makes it.
            tries: how often a transaction is tried that the server has undone, after a deadlock for example.
            migrations: the steps of the schema in place of those in the package of ``database``.

        Raises:
            StorageError: the server cannot be reached, or refuses.
            SchemaError: the schema is newer than the package, was migrated by other texts, or is of something else.
        """
        self._database = database
        self._deadline = deadline
        self._tries = tries
        self._pool: Pool[Session] = Pool(
            lambda due: Session(database, database.connect(due)),
            lambda session: database.close(session.connection),
            lambda session: not session.broken,
            usable=lambda session: database.usable(session.connection),
            limits=pool,
        )
        self._statements = statements_of(database.mark, database.join, database.text)
        steps = read_migrations(database.migrations) if migrations is None else migrations
        try:
            self._call(lambda session: migrate(SchemaOfSession(session), steps))
        except BaseException:
            self._pool.close()
            raise

    @property
    def capabilities(self) -> StorageCapabilities:
        """What is applied outlives the process, and several processes may have the store open."""
        return StorageCapabilities(durable=True, shared=True)

    def load(self, keys: Sequence[Key]) -> Sequence[Row | None]:
        """The rows of these keys, in their order.

        Args:
            keys: up to ``MAX_KEYS``; the same one may occur twice.

        Raises:
            InputError: a key that cannot be stored, or too many.
            StorageError: the database could not do it.
        """
        check_keys(keys)
        values = (pairs_text(keys),)
        return rows_of(keys, self._call(lambda session: session.rows(self._database.load, values)))

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
        """The rows of a kind with an index value in the range, in the order of (value, id).

        Args:
            kind: the kind of the rows.
            field: the field of the index.
            eq: the only value; not together with ``ge`` or ``lt``.
            ge: the least value.
            lt: the value below which all are.
            after: the ``next`` of the page before.
            limit: the most rows of the page, 1 to 30,000.
            reverse: whether the order goes backwards.

        Raises:
            InputError: arguments that do not go together, or a cursor that is none.
            StorageError: the database could not do it.
        """
        position = check_find(kind, field, eq=eq, ge=ge, lt=lt, after=after, limit=limit)
        mark = self._database.mark
        condition, values = find_condition(mark, kind, field, eq=eq, ge=ge, lt=lt, position=position, reverse=reverse)
        statement = self._statements.find(condition, reverse=reverse)
        return page_of(kind, self._call(lambda session: session.rows(statement, (*values, limit + 1))), limit)

    def apply(self, change: Change) -> None:
        """Store all of the change or nothing.

        Args:
            change: the rows to write and to remove, what is guarded, and what the journal gets.

        Raises:
            InputError: a change that no store should apply.
            StaleVersionError: with the keys whose version is another than the change was made from.
            ContentionError: locks were not had in time, or a deadlock came try after try.
            StorageError: the database could not do it. Where the connection was lost during the commit nobody knows
                whether it was stored; the same change, applied again, is then stale.
        """
        planned = PlannedChange.of(change)

        def write(session: Session) -> None:
            write_change(session, planned)

        self._call(lambda session: session.transact(write))

    def journal(self, *, subject: Key | None = None, after: int = 0, limit: int = 100) -> Sequence[JournalEntry]:
        """The entries with a number above ``after``, in order.

        Args:
            subject: only those that name this row; ``None`` for all.
            after: the last number that was read, 0 from the beginning.
            limit: the most entries, 1 to 30,000.

        Raises:
            InputError: an argument out of its bounds.
            StorageError: the database could not do it.
        """
        check_journal(subject, after, limit)
        statement = self._statements.journal if subject is None else self._statements.journal_of_subject
        values = (*(subject or ()), after, limit)
        found = self._call(lambda session: session.rows(statement, values))
        return [entry_of(*columns) for columns in found]

    def close(self) -> None:
        """Let the calls that are under way end, up to the deadline; then close the connections."""
        self._pool.close(wait=_LONG if self._deadline is None else self._deadline)

    def _call(self, work: Callable[[Session], T]) -> T:
        """Do it with a connection, again where the server has undone it and says that it can be tried again.

        An error of the driver is raised as one of ours, and outside of the handler: else it would be chained, with all
        that it quotes.
        """
        database = self._database
        due = math.inf if self._deadline is None else time.monotonic() + self._deadline
        tries = 0
        while True:
            tries += 1
            try:
                with self._pool.lend(due) as session:
                    database.limit(session.connection, due)
                    try:
                        return work(session)
                    except database.error as error:
                        session.broken |= database.failure(error).lost
                        raise
                    except BaseException as error:
                        session.broken |= not isinstance(error, Exception)
                        raise
            except database.error as error:
                failure, shown = database.failure(error), database.shown(error)
            if failure.lost:
                self._pool.drop_idle()
            if not failure.again or tries == self._tries or time.monotonic() > due:
                raise failure.error from shown
            time.sleep(random.uniform(0, _LONGEST_FIRST_PAUSE) * 2 ** (tries - 1))


def write_change(session: Session, planned: PlannedChange) -> None:
    """Carry out a change in the transaction that is open.

    Args:
        session: the connection.
        planned: the change.

    Raises:
        StaleVersionError: with the keys whose version is another one; nothing was written.
    """
    database, keys = session.database, list(planned.expected)
    sql = statements_of(database.mark, database.join, database.text)
    found = session.rows(database.lock, (pairs_text(keys),)) if keys else ()
    planned.check({keys[position]: version for position, version, _ in found})
    pairs = {keys[position]: text for position, _, text in found}
    gone, fresh = planned.index_lines({key: read_pairs(pairs[key]) for key in planned.changed})
    session.execute_many(sql.create, record_lines(planned.created))
    session.execute_many(sql.update, record_lines(planned.updated))
    session.execute_many(sql.remove, planned.removed)
    session.execute_many(sql.unindex, gone)
    session.execute_many(sql.index, fresh)
    if planned.change.events:
        first = database.first_number(session, len(planned.change.events))
        session.execute_many(sql.tell, planned.journal_lines(first))
        session.execute_many(sql.tell_subject, planned.subject_lines(first))
    elif planned.only_guards:
        database.confirm(session)
