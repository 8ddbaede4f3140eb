"""One connection to PostgreSQL: how it is opened, by when a call on it has to end, and what its errors mean.

**Deadline.** A server that is frozen, or that is gone without a word, sends nothing: neither its ``statement_timeout``
nor the TCP timers of a socket help, and libpq would wait for ever. So nobody waits for the socket beyond the deadline:
what is asked through libpq is given that long, and psycopg is made to look at the clock (every 0.1 s). Then the socket
is closed and the call ends. Opening a connection may hang in the resolver of names too, where nothing can be
interrupted; it has a thread of its own that can be left behind.
"""

from __future__ import annotations

import math
import select
import threading
import time
from collections.abc import Generator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, TypeVar

import psycopg
from psycopg import pq
from psycopg.conninfo import make_conninfo
from psycopg.pq.abc import PGconn, PGresult
from psycopg.rows import tuple_row

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


class TimedConnection(psycopg.Connection[tuple[Any, ...]]):
    """A connection whose waiting ends at ``due``, a time of the monotonic clock.

    ``settled``: whether it was seen that the numbers of the journal fit the server at its other end. ``set_up``:
    whether it keeps the settings of the store.
    """

    due = math.inf
    settled = False
    set_up = False

    def __init__(self, pgconn: PGconn, row_factory: Any = tuple_row) -> None:
        super().__init__(pgconn, row_factory)
        self._kept = dict[bytes, bytes]()
        self._poller = select.poll()

    @property
    def prepares(self) -> bool:
        """Whether the server at its other end is always the same one, so that it may keep statements and settings.

        Otherwise psycopg must not prepare frequent statements of its own accord either.
        """
        return self.prepare_threshold is not None

    @prepares.setter
    def prepares(self, prepares: bool) -> None:
        self.prepare_threshold = _OFTEN if prepares else None

    def kept(
        self, statement: bytes, values: Sequence[str], *, before: Sequence[bytes] = (), commit: bool = False
    ) -> PGresult:
        """What a statement gives that the server keeps. Others travel with it: those ``before`` it, and a COMMIT.

        Straight through libpq: the cursors and pipelines of psycopg take as long as all else that is done for a row.

        Raises:
            psycopg.Error: what the server says; it did not answer by ``due``, or the connection is lost.
        """
        pg, given = self.pgconn, [value.encode() for value in values]
        name = self._kept.get(statement) or self._keep(statement)
        if not (before or commit):
            pg.send_query_prepared(name, given)
            return self._answers()[0]
        pg.enter_pipeline_mode()
        for other in before:
            pg.send_query_params(other, None)
        pg.send_query_prepared(name, given)
        if commit:
            pg.send_query_params(b"COMMIT", None)
        pg.pipeline_sync()
        try:
            return self._answers(piped=True)[len(before)]
        except BaseException as error:
            if not isinstance(error, psycopg.Error):
                self.close()  # somebody interrupts, with answers still on their way
            raise
        finally:
            if pg.status == pq.ConnStatus.OK:
                pg.exit_pipeline_mode()

    def say(self, statements: bytes) -> PGresult:
        """What the last of some statements gives. (After a ROLLBACK psycopg would have the server forget all it keeps.)

        Raises what ``kept`` raises.
        """
        self.pgconn.send_query(statements)
        return self._answers()[-1]

    def forget_kept(self) -> bool:
        """Whether there were statements that the server was thought to keep; there are none now."""
        there = bool(self._kept)
        self._kept = {}
        return there

    def _keep(self, statement: bytes) -> bytes:
        name, parts = b"cantinekit_%d" % len(self._kept), statement.split(b"%s")
        numbered = [b"$%d%s" % (number, part) for number, part in enumerate(parts[1:], 1)]
        self.pgconn.send_prepare(name, parts[0] + b"".join(numbered))
        self._answers()
        self._kept = {**self._kept, statement: name}
        return name

    def _answers(self, *, piped: bool = False) -> list[PGresult]:
        """All that the server answers to what was sent."""
        pg, found = self.pgconn, list[PGresult]()
        while pg.flush():
            self._await(select.POLLIN | select.POLLOUT)
            pg.consume_input()
        while True:
            while pg.is_busy():
                self._await(select.POLLIN)
                pg.consume_input()
            result = pg.get_result()
            if result is None:
                if not piped or pg.status != pq.ConnStatus.OK:
                    break
            elif result.status == pq.ExecStatus.PIPELINE_SYNC:
                break
            else:
                found.append(result)
        for result in found:
            if result.status == pq.ExecStatus.FATAL_ERROR:
                raise psycopg.errors.error_from_result(result)
        if pg.status != pq.ConnStatus.OK:
            raise psycopg.OperationalError("the connection is lost")
        return found

    def _await(self, events: int) -> None:
        """Wait for the socket, but not beyond ``due``: what comes later is not looked at."""
        left = self.due - time.monotonic()
        self._poller.register(self.pgconn.socket, events)
        self._poller.poll(None if left == math.inf else max(0.0, left) * 1000)
        if time.monotonic() > self.due:
            self.close()
            raise OverdueError("no answer by the deadline")

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


def connect(conninfo: Mapping[str, str], due: float = math.inf) -> TimedConnection:
    """A connection that commits each statement by itself, unless a transaction is begun.

    Nothing is set for the session, and nothing prepared behind a pooler, so that one in transaction mode may stand in
    between. A pooler gives out keys of its own to cancel by: the process that they name is not the one that answers.
    """
    if due == math.inf:
        return _open(conninfo)
    opened: Future[TimedConnection] = Future()

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
        if not opened.cancel():
            with suppress(psycopg.Error):
                opened.result().close()
        raise
    raise OverdueError("no connection by the deadline")


def _open(conninfo: Mapping[str, str]) -> TimedConnection:
    line = TimedConnection.connect(make_conninfo("", **conninfo, client_encoding="UTF8"), autocommit=True)
    assert isinstance(line, TimedConnection)
    try:
        ((answering,),) = line.execute("SELECT pg_backend_pid()").fetchall()
    except BaseException:
        line.close()
        raise
    line.prepares = answering == line.info.backend_pid
    return line


def healthy(line: TimedConnection) -> bool:
    """Whether a call has left the connection as it found it."""
    idle = not line.closed and line.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
    return idle and line.pgconn.pipeline_status == pq.PipelineStatus.OFF  # an interrupt may have left it on


def usable(line: TimedConnection) -> bool:
    """Whether nothing has arrived while the connection was not used: what arrives then is its end."""
    if line.closed:
        return False
    poller = select.poll()
    poller.register(line.fileno(), select.POLLIN)
    return not poller.poll(0)


def roll_back(line: TimedConnection) -> None:
    """End the transaction, if there is one; where that fails, the connection."""
    if not line.closed and line.info.transaction_status != psycopg.pq.TransactionStatus.IDLE:
        try:
            line.say(b"ROLLBACK")
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
