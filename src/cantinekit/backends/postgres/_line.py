"""One connection to PostgreSQL: how it is opened, by when a call on it has to end, and what its errors mean.

**Deadline.** A server that is frozen, or that is gone without a word, sends nothing: neither its ``statement_timeout``
nor the TCP timers of a socket help, and libpq would wait for ever. So the client looks at the clock whenever psycopg
waits for the socket (every 0.1 s). After the deadline the socket is closed and the call ends. Opening a connection may
hang in the resolver of names too, where nothing can be interrupted; it has a thread of its own that can be left behind.
"""

from __future__ import annotations

import math
import select
import threading
import time
from collections.abc import Generator, Mapping
from concurrent.futures import Future
from typing import Any, TypeVar

import psycopg
from psycopg.conninfo import make_conninfo

from cantinekit.errors import ContentionError, StorageError

R = TypeVar("R")

_OFTEN = 5
"""So many times the same text, and psycopg has the server keep it."""
_LOST = ("08", "57P01", "57P02", "57P03", "57P05", "25P03")
"""Connection exceptions; the server shuts down, crashed, starts; it ended what was idle for too long."""
_MOVED = ("25006", "0A000")
"""A write, and BEGIN READ WRITE, on a standby: another server takes the writes."""


class OverdueError(psycopg.OperationalError):
    """The server did not answer by the deadline of the call."""


class Line(psycopg.Connection[tuple[Any, ...]]):
    """A connection whose waiting ends at ``due``, a time of the monotonic clock.

    ``settled``: whether it was seen that the numbers of the journal fit the server at its other end. ``set_up``:
    whether it keeps the settings of the store.
    """

    due = math.inf
    settled = False
    set_up = False
    _small: psycopg.Cursor[tuple[Any, ...]] | None = None

    @property
    def prepares(self) -> bool:
        """Whether the server at its other end is always the same one, so that it may keep statements and settings.

        Where it is not, psycopg must not prepare what it sees often of its own accord either.
        """
        return self.prepare_threshold is not None

    @prepares.setter
    def prepares(self, prepares: bool) -> None:
        self.prepare_threshold = _OFTEN if prepares else None

    @property
    def small(self) -> psycopg.Cursor[tuple[Any, ...]]:
        """The cursor for whatever gives a few rows: to make one takes a while, and it keeps its rows until the next."""
        if self._small is None:
            self._small = self.cursor()
        return self._small

    def wait(self, gen: Generator[Any, Any, R], *args: Any, **kwargs: Any) -> R:
        """Wait for what ``gen`` does, as psycopg's connections do, but not beyond ``due``."""
        return super().wait(self._until_due(gen), *args, **kwargs)

    def _until_due(self, gen: Generator[Any, Any, R]) -> Generator[Any, Any, R]:
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                if time.monotonic() > self.due:
                    self.close()
                    raise OverdueError("no answer by the deadline")
                wanted = gen.send(ready)
        except StopIteration as end:
            value: R = end.value
            return value


def connect(conninfo: Mapping[str, str], due: float = math.inf) -> Line:
    """A connection that commits each statement by itself, unless a transaction is begun.

    Nothing is set for the session, and nothing prepared behind a pooler, so that one in transaction mode may stand in
    between. A pooler gives out keys of its own to cancel by: the process that they name is not the one that answers.
    """
    if due == math.inf:
        return _open(conninfo)
    opened: Future[Line] = Future()

    def work() -> None:
        line = problem = None
        try:
            line = _open(conninfo)
        except BaseException as error:
            problem = error
        awaited = opened.set_running_or_notify_cancel()
        if awaited and line is not None:
            opened.set_result(line)
        elif awaited:
            opened.set_exception(problem)
        elif line is not None:
            line.close()

    threading.Thread(target=work, name="cantinekit-connect", daemon=True).start()
    try:
        return opened.result(max(0.0, due - time.monotonic()))
    except TimeoutError:
        if not opened.cancel():
            return opened.result()
    except BaseException:
        opened.cancel()
        raise
    raise OverdueError("no connection by the deadline")


def _open(conninfo: Mapping[str, str]) -> Line:
    line = Line.connect(make_conninfo("", **conninfo, client_encoding="UTF8"), autocommit=True)
    assert isinstance(line, Line)
    try:
        ((answering,),) = line.execute("SELECT pg_backend_pid()").fetchall()
    except BaseException:
        line.close()
        raise
    line.prepares = answering == line.info.backend_pid
    return line


def healthy(line: Line) -> bool:
    """Whether a call has left the connection as it found it."""
    return not line.closed and line.info.transaction_status == psycopg.pq.TransactionStatus.IDLE


def usable(line: Line) -> bool:
    """Whether nothing has arrived while the connection was not used: what arrives then is its end."""
    if line.closed:
        return False
    poller = select.poll()
    poller.register(line.fileno(), select.POLLIN)
    return not poller.poll(0)


def roll_back(line: Line) -> None:
    """End the transaction, if there is one; where that fails, the connection."""
    if not line.closed and line.info.transaction_status != psycopg.pq.TransactionStatus.IDLE:
        try:
            line.execute("ROLLBACK")
        except psycopg.Error:
            line.close()


def storage_error(error: psycopg.Error) -> StorageError:
    """The error of ours for one of psycopg's: it names the SQLSTATE only, for psycopg's texts show values of rows."""
    state = error.sqlstate
    if isinstance(error, OverdueError):
        return StorageError("PostgreSQL did not answer by the deadline of the call", retryable=True)
    if state in _MOVED:
        return StorageError(f"PostgreSQL takes no writes at this server ({state})", retryable=True)
    if connection_lost(error):
        return StorageError(
            f"the connection to PostgreSQL was lost or refused ({state or 'no answer'})", retryable=True
        )
    if state in ("40001", "40P01", "55P03"):
        return ContentionError(f"PostgreSQL could not lock the rows ({state})")
    if state is None:
        return StorageError(f"psycopg could not do it ({type(error).__name__})")
    return StorageError(f"PostgreSQL could not do it ({state})", retryable=state in ("53300", "57014"))


def connection_lost(error: psycopg.Error) -> bool:
    """Whether the connection is gone or of no use; nobody knows what became of a commit that was under way."""
    if error.sqlstate is None:
        return isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
    return error.sqlstate.startswith(_LOST) or error.sqlstate in _MOVED
