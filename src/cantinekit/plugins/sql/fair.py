"""A fair semaphore: threads get a place in the order in which they came."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class _Waiting:
    """A thread that waits; ``awake`` is released when it has nothing to wait for any more."""

    def __init__(self) -> None:
        self.awake = threading.Lock()
        self.awake.acquire()
        self.given = False


class FairSemaphore:
    """A semaphore, and with one place a lock, that is first come, first served.

    A lock of ``threading`` is free for a moment when it is released, and goes to whoever asks in that moment: a thread
    that is at work nearly always, before one that has to be woken up first. Whoever calls again and again then starves
    those who wait. Here a place that comes free belongs to the first who waits, and never lies free meanwhile.
    """

    def __init__(self, most: int | None = 1) -> None:
        """Make one whose places are all free.

        Args:
            most: how many places there are, ``None`` for as many as are wanted.
        """
        self._most = most
        self._lock = threading.RLock()  # reentrant: a signal handler may come back here
        self._free = threading.Condition(self._lock)
        self._waiting: deque[_Waiting] = deque()
        self._shut = False
        self.taken = 0
        """How many are taken now."""

    def take(self, due: float = float("inf")) -> bool:
        """Take a place; False where none came free in time.

        Args:
            due: until when to wait, a time of ``time.monotonic()``.
        """
        with self._lock:
            if self._most is None or (self.taken < self._most and not self._waiting):
                self.taken += 1
                return True
            left = due - time.monotonic()
            if left <= 0 or self._shut:
                return False
            mine = _Waiting()
            self._waiting.append(mine)
        try:
            mine.awake.acquire(timeout=min(left, threading.TIMEOUT_MAX))
        except BaseException:  # an interrupt, which may come when the place was given already
            if self._leave(mine):
                self.give_back()
            raise
        return self._leave(mine)

    def give_back(self) -> None:
        """Give a place back: to the first who waits, if anybody does."""
        with self._lock:
            if self._waiting:
                first = self._waiting.popleft()
                first.given = True
                first.awake.release()
                return
            self.taken -= 1
            if self._shut and not self.taken:
                self._free.notify_all()

    @contextmanager
    def one(self, due: float = float("inf")) -> Iterator[bool]:
        """A place for the length of a with-block; whether there is one, as ``take`` says.

        Args:
            due: until when to wait, a time of ``time.monotonic()``.
        """
        got = self.take(due)
        try:
            yield got
        finally:
            if got:
                self.give_back()

    def shut(self) -> None:
        """Send everybody away who waits, now and later."""
        with self._lock:
            self._shut = True
            while self._waiting:
                self._waiting.pop().awake.release()

    def wait_until_free(self, seconds: float) -> None:
        """After ``shut``: wait until all places are free.

        Args:
            seconds: so long at most.
        """
        with self._lock:
            self._free.wait_for(lambda: not self.taken, seconds)

    def _leave(self, mine: _Waiting) -> bool:
        """Wait no longer; whether a place was given before that."""
        with self._lock:
            with suppress(ValueError):
                self._waiting.remove(mine)
            return mine.given
