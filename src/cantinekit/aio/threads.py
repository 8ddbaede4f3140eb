"""``Threads``: a few threads that do what an event loop must not wait for, and a bounded queue in front of them.

A call that is asked for is in the queue, or runs, or is over. While it is in the queue it can be taken out again: by a
cancellation, by its longest wait, by closing; then nothing was done of it. Once a thread has begun it, it is carried to
its end whatever becomes of the task that asked for it: a store that is told half of a change would be worse than an
answer that nobody hears.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from contextvars import Context, copy_context
from datetime import timedelta
from itertools import islice
from typing import Any, Generic, TypeVar

from cantinekit.errors import BusyError, InputError, StorageError

R = TypeVar("R")

AT_ONCE = 100
"""How many items of a read that iterates are fetched in one turn of a thread."""


class Threads:
    """Runs calls in threads and lets coroutines wait for their answers. Any event loop may use it, also several.

    Args:
        threads: the most calls that run at once, 1 or more. A store with a pool of connections should have as many.
        waiting: the most calls that may wait for a thread, 0 or more; one more is refused at once.
        longest_wait: how long a call may wait for a thread, more than 0; then it is refused.

    Raises:
        InputError: one of them is out of its bounds.
    """

    def __init__(self, threads: int, waiting: int, longest_wait: timedelta) -> None:
        if threads < 1 or waiting < 0 or longest_wait <= timedelta(0):
            raise InputError("threads must be at least 1, waiting at least 0, and longest_wait more than nothing")
        self._threads, self._waiting, self._longest = threads, waiting, longest_wait.total_seconds()
        self._crews: dict[int, _Crew] = {}

    async def run(self, work: Callable[[], R]) -> R:
        """The answer of a call that one of the threads makes, with the context variables of the task that asks.

        Args:
            work: the call.

        Raises:
            BusyError: no thread was free in time; nothing was done.
            StorageError: ``close`` was called; nothing was done.
        """
        loop = asyncio.get_running_loop()
        asked = _Asked(work, loop)
        crew = self._crew()
        crew.take_on(asked)

        def give_up() -> None:
            if crew.take_out(asked):
                asked.settle(None, BusyError(f"no thread was free within {self._longest:g} s; nothing was done"))

        timer = loop.call_later(self._longest, give_up)
        try:
            return await asked.answer
        finally:
            timer.cancel()
            crew.take_out(asked)

    async def iterate(self, start: Callable[[], Iterator[R]]) -> AsyncGenerator[R, None]:
        """What an iterator gives, fetched by the threads some items at a time.

        Args:
            start: makes the iterator, in a thread.
        """
        source: Iterator[R] | None = None

        def fetch() -> list[R]:
            nonlocal source
            source = start() if source is None else source
            return list(islice(source, AT_ONCE))

        while found := await self.run(fetch):
            for one in found:
                yield one

    async def close(self, last: Callable[[], None]) -> None:
        """Refuse what waits and what comes, let what runs end, then make one last call; a second time waits for it.

        A cancellation ends the waiting only: the threads go on to the end.

        Args:
            last: called in a thread when nothing runs any more.
        """
        await asyncio.shield(asyncio.wrap_future(self._crew().close(last)))

    def abandon(self, last: Callable[[], None]) -> None:
        """Close without waiting for it.

        Args:
            last: called in a thread when nothing runs any more.
        """
        self._crew().close(last)

    def _crew(self) -> _Crew:
        """The threads of this process: those of before a fork are not in the child."""
        process = os.getpid()
        if process not in self._crews:
            self._crews.setdefault(process, _Crew(self._threads, self._waiting))
        return self._crews[process]


class _Asked(Generic[R]):
    """A call that somebody awaits."""

    def __init__(self, work: Callable[[], R], loop: asyncio.AbstractEventLoop) -> None:
        self.answer: asyncio.Future[R] = loop.create_future()
        self._loop = loop
        self._work = work
        self._context: Context = copy_context()

    def made(self) -> tuple[R | None, BaseException | None]:
        """Make the call, in a thread: its value, or what it raised."""
        try:
            return self._context.run(self._work), None
        except StopIteration as error:  # a future takes none
            return None, RuntimeError(f"a call ended with {error!r}")
        except BaseException as error:
            return None, error

    def tell(self, value: R | None, problem: BaseException | None) -> None:
        """Settle the answer from another thread; a loop that is closed hears nothing any more."""
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self.settle, value, problem)

    def settle(self, value: Any, problem: BaseException | None) -> None:
        """Settle the answer, in the thread of the loop, unless nobody awaits it any more."""
        if self.answer.done():
            return
        if problem is None:
            self.answer.set_result(value)
        else:
            self.answer.set_exception(problem)


class _Crew:
    """The threads of one process, and what waits for them.

    A ``turn`` is what a thread was called for: it takes what waits, one call after the other, until there is nothing.
    So the queue of the executor holds no more than ``most`` of them, and what is taken out leaves nothing behind.
    """

    def __init__(self, most: int, waiting: int) -> None:
        self._most, self._bound = most, waiting
        self._executor = ThreadPoolExecutor(most, "cantinekit")
        self._changed = threading.Condition()
        self._queue: deque[_Asked[Any]] = deque()
        self._turns: set[object] = set()
        self._running = 0
        self._closing: Future[None] | None = None

    def take_on(self, asked: _Asked[Any]) -> None:
        """Put a call in the queue, and call a thread for it if not all are at work.

        Raises:
            BusyError: the queue is full.
            StorageError: it is closed.
        """
        with self._changed:
            if self._closing is not None:
                raise StorageError("the house is closed")
            if self._running + len(self._queue) >= self._most + self._bound:
                raise BusyError(f"all threads are at work, and {len(self._queue)} calls wait; nothing was done")
            if len(self._turns) < self._most:
                self._call_a_thread()
            self._queue.append(asked)

    def _call_a_thread(self) -> None:
        turn = object()
        self._turns.add(turn)
        try:
            self._executor.submit(self._work, turn)
        except RuntimeError as error:
            self._turns.discard(turn)
            raise BusyError("the system gives no thread; nothing was done") from error

    def take_out(self, asked: _Asked[Any]) -> bool:
        """Whether a call was still in the queue; it is not any more."""
        with self._changed:
            try:
                self._queue.remove(asked)
            except ValueError:
                return False
            return True

    def close(self, last: Callable[[], None]) -> Future[None]:
        """Refuse what waits and what comes, and make the last call when nothing runs any more."""
        with self._changed:
            if self._closing is None:
                for asked in self._queue:
                    asked.tell(None, StorageError("the house is closed; nothing was done"))
                self._queue.clear()
                self._closing = self._executor.submit(self._end, last)
            return self._closing

    def _work(self, turn: object) -> None:
        while (asked := self._next(turn)) is not None:
            value, problem = asked.made()
            with self._changed:
                self._running -= 1  # before anybody hears of it: who has the answer finds the thread free
            asked.tell(value, problem)

    def _next(self, turn: object) -> _Asked[Any] | None:
        """What is to be done next in a turn; nothing more, and it is over."""
        with self._changed:
            if turn in self._turns and self._queue:
                self._running += 1
                return self._queue.popleft()
            self._turns.discard(turn)
            self._changed.notify_all()
            return None

    def _end(self, last: Callable[[], None]) -> None:
        with self._changed:
            self._changed.wait_for(lambda: not self._turns)
        self._executor.shutdown(wait=False)
        last()
