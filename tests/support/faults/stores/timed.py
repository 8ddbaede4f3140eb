"""Stores that read a change whole before they begin, with one planted fault each in what they do then."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from typing import Any

import attrs

from cantinekit.backends.memory import MemoryStorage
from cantinekit.backends.sqlite import SqliteStorage
from cantinekit.plugins.ports import Change, Key, Row
from cantinekit.plugins.sql import PlannedChange, Pool, Session, write_change
from cantinekit.plugins.store_checks import check_change
from support.faults.stores.filed_store import plain
from support.faults.stores.good_store import Good
from support.faults.stores.journal import CoreThatNumbersAtBegin
from support.faults.stores.refusals import CoreOfTwoSteps, CoreWithoutCopies
from support.stores.quick_folder import quick

FOLDER = tempfile.TemporaryDirectory(prefix="cantinekit-timed-", dir=quick(), ignore_cleanup_errors=True)


class Encoded(Good, fault=False):
    """Nothing of the caller's is run once the change is being stored."""

    def apply(self, change: Change) -> None:
        check_change(change)
        super().apply(plain(change))


class NoRollbackOnceEncoded(Encoded):
    """What was written before an interrupt stays."""

    core_type = CoreWithoutCopies


class CommitsInTheMiddleOnceEncoded(Encoded):
    """The rows of a large change are stored before its journal entries."""

    core_type = CoreOfTwoSteps


class CoreThatStaysLocked(MemoryStorage):
    def apply(self, change: Change) -> None:
        self._lock.acquire()
        try:
            for _ in change.rows:
                time.sleep(0.00001)
        except Exception:
            self._lock.release()
            raise
        self._lock.release()
        super().apply(change)


class StaysLockedOnceEncoded(Encoded):
    """An interrupt leaves the lock taken."""

    core_type = CoreThatStaysLocked


def carelessly(db: Session, work: Callable[[], Any]) -> Any:
    """A transaction that ends unless something happens that is no ``Exception``."""
    if not db.connection.in_transaction:
        db.execute("BEGIN")
    try:
        found = work()
        db.execute("COMMIT")
    except Exception:
        db.execute("ROLLBACK")
        raise
    return found


class CoreInAFile(SqliteStorage):
    """Lends a connection again as it came back."""

    def __init__(self) -> None:
        super().__init__(tempfile.mktemp(dir=FOLDER.name), timeout=1.0)
        self._pool.close()
        database = self._database
        self._pool = Pool(
            lambda due: Session(database, database.connect(due)), lambda db: db.connection.close(), lambda db: True
        )


class CoreThatGoesBackOpen(CoreInAFile):
    def apply(self, change: Change) -> None:
        with self._one_writer():
            self._call(lambda db: carelessly(db, lambda: write_change(db, PlannedChange.of(change))))


class GoesBackOpen(Encoded):
    """Work that is broken off gives its connection back with the transaction open."""

    core_type: Any = CoreThatGoesBackOpen


class CoreWhoseReadsGoBackOpen(CoreInAFile):
    def load(self, keys: Sequence[Key]) -> Sequence[Row | None]:
        def work(db: Session) -> list[tuple[Any, ...]]:
            statement = "SELECT version, body, pairs FROM record WHERE kind = ? AND id = ?"
            return [row for key in keys for row in db.execute(statement, key).fetchall()]

        self._call(lambda db: carelessly(db, lambda: work(db)))
        return super().load(keys)


class ReadsGoBackOpen(Encoded):
    """A load that is broken off gives its connection back with the transaction open."""

    core_type: Any = CoreWhoseReadsGoBackOpen


class CoreThatNumbersOnceEncoded(CoreThatNumbersAtBegin):
    def apply(self, change: Change) -> None:
        if not change.events:
            return super().apply(change)
        with self._lock:
            first = self.last + 1
            self.last += len(change.events)
        time.sleep(0.00001 * len(change.rows))
        MemoryStorage.apply(self, attrs.evolve(change, events=()))
        with self._lock:
            self.tell(change.events, first)


class NumbersOnceEncoded(Encoded):
    """Journal numbers are taken before the rows are written, which takes its time where there are many."""

    core_type = CoreThatNumbersOnceEncoded
