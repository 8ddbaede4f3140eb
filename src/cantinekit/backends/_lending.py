"""Connections that are lent out: never to two threads at once, never to a child process of the one that opened them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

from cantinekit.errors import StorageError

C = TypeVar("C")


class Lender(Generic[C]):
    """Keeps the connections that are not in use and opens one when there is none: as many as calls run at once.

    What was opened before a fork stays where it is: the child neither uses nor closes it (either would disturb the
    parent: a shared socket, a shared file lock), it opens its own. ``list.append`` and ``list.pop`` are atomic, so no
    lock is held that a fork could freeze.
    """

    def __init__(self, open_one: Callable[[], C], close_one: Callable[[C], None], healthy: Callable[[C], bool]) -> None:
        self._open = open_one
        self._close = close_one
        self._healthy = healthy
        self._idle_by_process: dict[int, list[C]] = {}
        self._closed = False

    @contextmanager
    def lend(self) -> Iterator[C]:
        """A connection for the length of a with-block; one that is not healthy at its end is closed.

        Raises:
            StorageError: the store is closed.
        """
        self.check_open()
        idle = self._idle()
        try:
            connection = idle.pop()
        except IndexError:
            connection = self._open()
        try:
            yield connection
        finally:
            if self._healthy(connection):
                idle.append(connection)
            else:
                self._close(connection)
            if self._closed:
                self.drop_idle()

    def check_open(self) -> None:
        """Raise StorageError after ``close``."""
        if self._closed:
            raise StorageError("the store is closed")

    def drop_idle(self) -> None:
        """Close what is not lent out; the next call opens a new connection."""
        idle = self._idle()
        while idle:
            try:
                connection = idle.pop()
            except IndexError:
                return
            self._close(connection)

    def close(self) -> None:
        """Close all; what is lent out now is closed when it comes back."""
        self._closed = True
        self.drop_idle()

    def _idle(self) -> list[C]:
        return self._idle_by_process.setdefault(os.getpid(), [])
