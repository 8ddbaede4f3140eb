"""``cantinekit.aio.Cantine``: a house whose calls are awaited."""

from __future__ import annotations

from collections.abc import Callable, Generator
from datetime import datetime, timedelta
from functools import partial, wraps
from typing import Any, ParamSpec, TypeVar

from cantinekit import cantine
from cantinekit.aio.calls import Calls, Reader
from cantinekit.aio.threads import Threads
from cantinekit.errors import InputError

P = ParamSpec("P")
R = TypeVar("R")

THREADS = 8
"""How many calls run at once. A PostgreSQL store has 10 connections, unless its URL says otherwise."""
WAITING = 100
"""How many calls may wait for a thread."""
LONGEST_WAIT = timedelta(seconds=5)
"""How long a call may wait for a thread."""


class Opening:
    """A house that is opened when this is awaited, or entered with ``async with``, which closes it at the end. It opens
    one house, once.

    Args:
        work: opens the house that is behind it; called in a thread.
    """

    def __init__(self, work: Callable[[], cantine.Cantine]) -> None:
        self._work = work
        self._threads = Threads(THREADS, WAITING, LONGEST_WAIT)
        self._opened: list[cantine.Cantine] = []
        self._begun = False

    def sized(
        self, *, threads: int = THREADS, waiting: int = WAITING, longest_wait: timedelta = LONGEST_WAIT
    ) -> Opening:
        """The same opening, with other sizes of what stands before the house.

        Args:
            threads: the most calls that run at once, 1 or more. A store with a pool of connections should have as
                many.
            waiting: the most calls that may wait for a thread, 0 or more; one more is refused at once.
            longest_wait: how long a call may wait for a thread; then it is refused.

        Raises:
            InputError: one of them is out of its bounds.
        """
        self._threads = Threads(threads, waiting, longest_wait)
        return self

    def __await__(self) -> Generator[Any, None, Cantine]:
        return self._open().__await__()

    async def __aenter__(self) -> Cantine:
        self._house = await self._open()
        return self._house

    async def __aexit__(self, *_: object) -> None:
        await self._house.aclose()

    async def _open(self) -> Cantine:
        if self._begun:
            raise InputError("this opened a house already: call open again for another one")
        self._begun = True
        try:
            await self._threads.run(lambda: self._opened.append(self._work()))
        except BaseException:
            self._threads.abandon(self._close)  # one that is opened after a cancellation is closed again
            raise
        return Cantine(self._opened[0])._with(self._threads)

    def _close(self) -> None:
        for house in self._opened:
            house.close()


def _opening(method: Callable[P, cantine.Cantine]) -> Callable[P, Opening]:
    """What opens a house, as something to be awaited or entered."""

    @wraps(method)
    def call(*args: P.args, **kwargs: P.kwargs) -> Opening:
        return Opening(partial(method, *args, **kwargs))

    return call


class Cantine(Calls):
    """A running house for programs with an event loop: each call is made by one of a few threads, and awaited.

    Its methods are those of ``cantinekit.Cantine``, with the same parameters, answers and errors. Each can raise a
    ``BusyError`` as well: no thread was free in time, and nothing was done. A task that is cancelled while it waits for
    a thread leaves nothing behind; once a thread has begun its command, the command is carried to its end, and whoever
    repeats it with its idempotency key has the answer.

    Use ``Cantine.open``, which takes what ``cantinekit.Cantine.open`` takes: ``async with Cantine.open(...) as house``,
    or ``house = await Cantine.open(...)`` and ``await house.aclose()`` at the end. Or put one in front of a house that
    is open already. It can be used from several event loops.

    Args:
        house: the house; ``aclose`` closes it.
        threads: the most calls that run at once, 1 or more. A store with a pool of connections should have as many.
        waiting: the most calls that may wait for a thread, 0 or more; one more is refused at once.
        longest_wait: how long a call may wait for a thread; then it is refused.

    Raises:
        InputError: one of the numbers is out of its bounds.

    Attributes:
        read: the reads of this house, each awaited; those that iterate are read with ``async for``.
        sync: the house itself, for code that may block.
    """

    open = staticmethod(_opening(cantine.Cantine.open))

    def __init__(
        self,
        house: cantine.Cantine,
        *,
        threads: int = THREADS,
        waiting: int = WAITING,
        longest_wait: timedelta = LONGEST_WAIT,
    ) -> None:
        self.sync = house
        self._with(Threads(threads, waiting, longest_wait))

    def _with(self, threads: Threads) -> Cantine:
        super().__init__(self.sync, threads)
        self.read = Reader(self.sync.read, threads)
        return self

    async def aclose(self) -> None:
        """Refuse what waits and what comes, let what runs end, and close the store. A second time waits for the first.

        A cancellation ends the waiting only: the commands that run are carried to their end, and the store is closed.
        """
        await self._threads.close(self.sync.close)

    async def __aenter__(self) -> Cantine:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def now(self) -> datetime:
        """The present instant, by the clock that was passed in."""
        return self.sync.now()

    async def call(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """The answer of something else that blocks, made by one of the threads: several reads in one turn, an import.

        Args:
            work: what is called; with a house it uses ``house.sync``.
            args: its arguments.
            kwargs: its arguments by name.

        Raises:
            BusyError: no thread was free in time; nothing was done.
            StorageError: the house is closed.
        """
        return await self._threads.run(partial(work, *args, **kwargs))
