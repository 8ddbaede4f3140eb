"""Connections that are lent out: never to two threads at once, never to a child process of the one that opened them."""

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

C = TypeVar("C")


@attrs.frozen
class Limits:
    """How many connections are kept, and for how long, in seconds.

    ``most``: open at once; whoever asks for one more waits. ``keep``: so many stay open however long nobody needs them.
    ``idle``: what was not needed for so long is closed when another one comes back. ``lifetime``: what is older is
    closed when it comes back, so that connections follow a server that has moved.
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
    """The connections of one process: those that nobody uses, the last one returned on top, and how many are out."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.idle: deque[_Held[C]] = deque()
        self.out = 0


class Lender(Generic[C]):
    """Keeps the connections that are not in use and opens one when there is none, up to the limit.

    What was opened before a fork stays where it is: the child neither uses nor closes it (either would disturb the
    parent: a shared socket, a shared file lock), it opens its own. Each process has a till with a lock of its own, so
    that a fork cannot leave the child with a lock that nobody will release; and no thread of ours has to survive one.
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
        """``open_one`` is told by when, on the monotonic clock, it has to be done.

        ``healthy`` is asked when a connection comes back, ``usable`` before one is lent again.
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

        Waits for one until ``due``, on the monotonic clock.

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
        """Open as many as are to be kept."""
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
        with till.changed:
            dropped = list(till.idle)
            till.idle.clear()
        for held in dropped:
            self._close(held.connection)

    def close(self, wait: float = 0.0) -> None:
        """Close all. What is lent out is waited for, so many seconds, and closed when it comes back."""
        self._closed = True
        self.drop_idle()
        till = self._till()
        with till.changed:
            till.changed.notify_all()
            till.changed.wait_for(lambda: not till.out, wait)

    def _till(self) -> _Till[C]:
        process = os.getpid()
        return self._tills.get(process) or self._tills.setdefault(process, _Till())

    def _take(self, till: _Till[C], due: float) -> _Held[C]:
        while (held := self._reserve(till, due)) is not None:
            if self._usable(held.connection):
                return held
            self._let_go(till, held)
        try:
            return _Held(self._open(due), time.monotonic())
        except BaseException:
            self._let_go(till)
            raise

    def _reserve(self, till: _Till[C], due: float) -> _Held[C] | None:
        """Take the connection that came back last, or a place for a new one."""
        most = self._limits.most
        with till.changed:
            while True:
                self.check_open()
                if till.idle or most is None or till.out < most:
                    till.out += 1
                    return till.idle.pop() if till.idle else None
                left = due - time.monotonic()
                if left <= 0:
                    raise StorageError(f"none of the {most} connections came free in time", retryable=True)
                till.changed.wait(min(left, threading.TIMEOUT_MAX))

    def _give_back(self, till: _Till[C], held: _Held[C]) -> None:
        now = held.returned = time.monotonic()
        lifetime = self._limits.lifetime
        if self._closed or not self._healthy(held.connection) or (lifetime and now - held.opened > lifetime):
            self._let_go(till, held)
        else:
            with till.changed:
                till.out -= 1
                till.idle.append(held)
                till.changed.notify()
        if self._closed:
            self.drop_idle()
        for spare in self._spare(till, now):
            self._close(spare.connection)

    def _let_go(self, till: _Till[C], held: _Held[C] | None = None) -> None:
        """Close it, then give its place free."""
        try:
            if held is not None:
                self._close(held.connection)
        finally:
            with till.changed:
                till.out -= 1
                till.changed.notify_all()

    def _spare(self, till: _Till[C], now: float) -> list[_Held[C]]:
        """Take out what was not needed for long; the longest unused lie at the bottom."""
        idle, spare = self._limits.idle, []
        with till.changed:
            while (
                idle is not None
                and till.idle
                and len(till.idle) + till.out > self._limits.keep
                and now - till.idle[0].returned > idle
            ):
                spare.append(till.idle.popleft())
        return spare
