"""A row lock: the row is read and written in the transaction that holds the lock."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import psycopg

from cantinekit.backends.postgres._line import TimedConnection, connection_lost, roll_back, storage_error, usable
from cantinekit.backends.postgres._writing import ElsewhereError, StatementChange
from cantinekit.errors import StorageError
from cantinekit.plugins.ports import Change, Key, Row, RowLock
from cantinekit.plugins.store_checks import check_keys

First = Callable[[TimedConnection, Sequence[Key], bool], Sequence[Row | None]]
Read = Callable[[TimedConnection, Sequence[Key]], Sequence[Row | None]]
Write = Callable[[TimedConnection, StatementChange], None]
Finish = Callable[[StatementChange], None]
Stage = Callable[[TimedConnection, StatementChange], Finish]


class QueuedRowLock:
    """Reads and writes on the connection that waited, as long as its transaction lasts; then as the store does.

    The commit releases the lock, so the server lets the next client go on without another message. If the change is
    known in advance, its new rows are staged: written before the wait, when nobody else has to wait for that.
    """

    stage: Stage | None = None
    _finish: Finish | None = None

    def __init__(
        self,
        line: TimedConnection,
        store: RowLock,
        first: First,
        read: Read,
        write: Write,
        due: Callable[[], float],
        prepared: StatementChange | None,
    ) -> None:
        self._line: TimedConnection | None = line
        self._first: First | None = first
        self._store = store
        self._read = read
        self._write = write
        self._due = due
        self._prepared = prepared

    def load(self, keys: Sequence[Key]) -> Sequence[Row | None]:
        """The rows as they are under the lock. The first call waits for the lock, and reads in the same round trip."""
        check_keys(keys)
        if self._finish is not None:
            self.end()  # whoever reads on decides again, and must not find what was staged
        if self._line is not None:
            try:
                return self._load(self._line, keys)
            except psycopg.Error:
                self.end()
        return self._store.load(keys)

    def _load(self, line: TimedConnection, keys: Sequence[Key]) -> Sequence[Row | None]:
        if (first := self._first) is None:
            line.due = self._due()
            return self._read(line, keys)
        self._first = None
        if self.stage is not None and self._prepared is not None:
            self._finish = self.stage(line, self._prepared)
        return first(line, keys, self._finish is not None)

    def apply(self, change: Change) -> None:
        """Apply the change and release the lock.

        What the transaction of the lock does not store is stored by another one; also where the server has ended the
        first one because the client was silent for too long.

        Raises:
            StorageError: as the store says; retryable where nobody knows whether it was stored.
        """
        prepared = StatementChange.of(change) if self._prepared is None else self._prepared.become(change)
        if self._finish is not None and self._prepared is not None and not prepared.ends(self._prepared):
            self.end()
        problem: StorageError | None = None
        if self._line is not None and self._first is None and usable(self._line):
            self._line.due = self._due()
            try:
                return self._finish(prepared) if self._finish is not None else self._write(self._line, prepared)
            except ElsewhereError:
                pass
            except psycopg.Error as error:
                if connection_lost(error):
                    problem = storage_error(error)
            finally:
                self.end()
        if problem is not None:
            raise problem
        self._store.apply(change)

    def end(self) -> None:
        """Release the lock, if it is held; what was staged is rolled back."""
        line, self._line, self._finish = self._line, None, None
        if line is not None:
            roll_back(line)
