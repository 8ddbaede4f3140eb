"""A pool of connections: none is used by two threads at once, or by a child process of the one that opened it."""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

import attrs

from cantinekit.errors import StorageError
from cantinekit.plugins.sql.fair import FairSemaphore

C = TypeVar("C")


@attrs.frozen
class Limits:
    """How many connections are kept, and for how long.

    Attributes:
        most: the most that are open at once; a caller that needs one more waits, first come, first served. ``None``: no
            limit.
        keep: this many stay open however long nobody needs them.
        idle: seconds after which an unused connection is closed, when another one is returned; ``None``: never.
        lifetime: seconds after which a connection is closed when it is returned, so that connections follow a server
            that has moved; ``None``: never.
    """

    most: int | None = None
    keep: int = 0
    idle: float | None = None
    lifetime: float | None = None


@attrs.define(eq=False)
class _Held(Generic[C]):
    connection: C
    opened: float
    returned: float = 0.0


class _Till(Generic[C]):
    """The connections of one process: the idle ones, the last returned on top, and how many are lent."""

    def __init__(self, most: int | None) -> None:
        self.out = FairSemaphore(most)
        self.lock = threading.RLock()
        self.idle: deque[_Held[C]] = deque()


class Pool(Generic[C]):
    """Keeps the connections that are not in use and opens one when there is none, up to the limit.

    What was opened before a fork stays where it is: the child neither uses nor closes it (either would disturb the
    parent: a shared socket, a shared file lock), it opens its own. Each process has a till with a lock of its own, so
    that a fork cannot leave the child with a lock that nobody will release; and no thread of ours has to survive one.

    Args:
        open_one: opens a connection; it gets the time on the monotonic clock by which it has to be done.
        close_one: closes a connection.
        healthy: says of a connection that is returned whether it can be kept.
        usable: says of a kept connection whether it can be lent again.
        limits: how many connections are kept, and for how long.
    """

    def __init__(
        self,
        open_one: Callable[[float], C],
        close_one: Callable[[C], None],
        healthy: Callable[[C], bool],
        *,
        usable: Callable[[C], bool] = lambda connection: True,
        limits: Limits = Limits(),
    ) -> None:
        """Make a pool; nothing is opened yet.

        Args:
            open_one: opens a connection by a time of ``time.monotonic()``.
            close_one: closes one, whatever state it is in.
            healthy: asked when one comes back: whether the call has left it as it found it. Else it is closed.
            usable: asked before one is lent again: whether it is alive, as far as is seen without asking the server.
            limits: how many there are, and for how long.
        """
        self._open = open_one
        self._close = close_one
        self._healthy = healthy
        self._usable = usable
        self._limits = limits
        self._tills: dict[int, _Till[C]] = {}
        self._closed = False

    @contextmanager
    def lend(self, due: float = float("inf")) -> Iterator[C]:
        """A connection for the length of a with-block; one that is not healthy at its end is closed.

        Args:
            due: until when to wait for one, a time of ``time.monotonic()``.

        Raises:
            StorageError: the store is closed; retryable where no connection came free in time.
        """
        till = self._till()
        held = self._take(till, due)
        try:
            yield held.connection
        finally:
            self._give_back(till, held)

    def check_open(self) -> None:
        """Raise StorageError after ``close``."""
        if self._closed:
            raise StorageError("the store is closed")

    def fill(self, due: float = float("inf")) -> None:
        """Open as many connections as are always kept.

        Args:
            due: the time on the monotonic clock by which it has to be done.
        """
        till = self._till()
        held: list[_Held[C]] = []
        try:
            for _ in range(self._limits.keep):
                held.append(self._take(till, due))
        finally:
            for one in held:
                self._give_back(till, one)

    def drop_idle(self) -> None:
        """Close what is not lent out; the next call opens a new connection."""
        till = self._till()
        with till.lock:
            dropped = list(till.idle)
            till.idle.clear()
        for held in dropped:
            self._close(held.connection)

    def close(self, wait: float = 0.0) -> None:
        """Close all connections. A lent connection is closed when it is returned.

        Args:
            wait: how long to wait for lent connections, in seconds.
        """
        self._closed = True
        self.drop_idle()
        till = self._till()
        till.out.shut()
        till.out.wait_until_free(wait)

    def _till(self) -> _Till[C]:
        process = os.getpid()
        return self._tills.get(process) or self._tills.setdefault(process, _Till(self._limits.most))

    def _take(self, till: _Till[C], due: float) -> _Held[C]:
        self.check_open()
        if not till.out.take(due):
            self.check_open()
            raise StorageError(f"none of the {self._limits.most} connections came free in time", retryable=True)
        try:
            self.check_open()
            while (held := self._last(till)) is not None:
                if self._usable(held.connection):
                    return held
                self._close(held.connection)
            return _Held(self._open(due), time.monotonic())
        except BaseException:
            till.out.give_back()
            raise

    def _last(self, till: _Till[C]) -> _Held[C] | None:
        """Take out the connection that came back last."""
        with till.lock:
            return till.idle.pop() if till.idle else None

    def _give_back(self, till: _Till[C], held: _Held[C]) -> None:
        """Keep it or close it, and only then give its place to the next one."""
        now = held.returned = time.monotonic()
        lifetime = self._limits.lifetime
        try:
            if self._closed or not self._healthy(held.connection) or (lifetime and now - held.opened > lifetime):
                self._close(held.connection)
            else:
                with till.lock:
                    till.idle.append(held)
        except BaseException:  # an interrupt, which must not leave an open connection that nobody has
            if held not in till.idle:
                self._close(held.connection)
            raise
        finally:
            till.out.give_back()
        if self._closed:
            self.drop_idle()
        if self._limits.idle is not None:
            for spare in self._spare(till, now, self._limits.idle):
                self._close(spare.connection)

    def _spare(self, till: _Till[C], now: float, idle: float) -> list[_Held[C]]:
        """Take out what was not needed for long; the longest unused lie at the bottom."""
        spare = []
        with till.lock:
            while (
                till.idle and len(till.idle) + till.out.taken > self._limits.keep and now - till.idle[0].returned > idle
            ):
                spare.append(till.idle.popleft())
        return spare
