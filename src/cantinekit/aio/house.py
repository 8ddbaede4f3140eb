"""``cantinekit.aio.Cantine``: a house whose calls are awaited."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, ParamSpec, TypeVar

from cantinekit import cantine
from cantinekit.aio.calls import Calls, Reader
from cantinekit.aio.threads import Threads
from cantinekit.cantine import random_ids
from cantinekit.clock import Clock
from cantinekit.domain.decision import Ids
from cantinekit.messages import Texts
from cantinekit.plugins.ports import Notifier, PaymentGateway, Storage
from cantinekit.plugins.registry import Registry

P = ParamSpec("P")
R = TypeVar("R")

THREADS = 8
"""How many calls run at once. A PostgreSQL store has 10 connections, unless its URL says otherwise."""
WAITING = 100
"""How many calls may wait for a thread."""
PATIENCE = timedelta(seconds=5)
"""How long a call may wait for a thread."""


class Cantine(Calls):
    """A running house for programs with an event loop: each call is made by one of a few threads, and awaited.

    Its methods are those of ``cantinekit.Cantine``, with the same parameters, answers and errors. Each can raise a
    ``BusyError`` as well: no thread was free in time, and nothing was done. A task that is cancelled while it waits for
    a thread leaves nothing behind; once a thread has begun its command, the command is carried to its end, and whoever
    repeats it with its idempotency key has the answer.

    Use ``Cantine.open``, or put one in front of a house that is open already. It can be used from several event loops.

    Args:
        house: the house; ``aclose`` closes it.
        threads: the most calls that run at once, 1 or more. A store with a pool of connections should have as many.
        waiting: the most calls that may wait for a thread, 0 or more; one more is refused at once.
        patience: how long a call may wait for a thread; then it is refused.

    Raises:
        InputError: one of the numbers is out of its bounds.

    Attributes:
        read: the reads of this house, each awaited; those that iterate are read with ``async for``.
        sync: the house itself, for code that may block.
    """

    def __init__(
        self,
        house: cantine.Cantine,
        *,
        threads: int = THREADS,
        waiting: int = WAITING,
        patience: timedelta = PATIENCE,
    ) -> None:
        self._put_before(house, Threads(threads, waiting, patience))

    def _put_before(self, house: cantine.Cantine, threads: Threads) -> Cantine:
        super().__init__(house, threads)
        self.sync = house
        self.read = Reader(house.read, threads)
        return self

    @classmethod
    def open(
        cls,
        storage: str | Storage,
        *,
        payments: str | PaymentGateway | Mapping[str, str | PaymentGateway] | None = None,
        notify: Sequence[str | Notifier] = (),
        clock: Clock | None = None,
        ids: Ids = random_ids,
        registry: Registry | None = None,
        inline: bool = True,
        messages: Texts | None = None,
        threads: int = THREADS,
        waiting: int = WAITING,
        patience: timedelta = PATIENCE,
    ) -> Opening:
        """Open a house by the URLs of its backends, or by objects in their place: ``async with Cantine.open(...) as
        house``, or ``house = await Cantine.open(...)`` and ``await house.aclose()`` at the end.

        Args:
            storage: the store, as a URL such as "sqlite:///cantine.db" or as an object.
            payments: the gateways by the names of their accounts, each a URL or an object; a single one is called
                ``default``.
            notify: the notifiers, each a URL or an object; each message is sent once through each of them.
            clock: gives the present instant; ``None``: the clock of the system.
            ids: makes new ids from a prefix.
            registry: the plug-ins that open URLs and observe events; ``None``: those that are installed.
            inline: whether a command carries its own outbox entries out before it returns; with ``False`` charges,
                refunds and messages wait for ``run_due``.
            messages: texts of yours in the place of those of the library.
            threads: the most calls that run at once, 1 or more. A store with a pool of connections should have as
                many.
            waiting: the most calls that may wait for a thread, 0 or more; one more is refused at once.
            patience: how long a call may wait for a thread; then it is refused.

        Raises:
            InputError: one of the numbers is out of its bounds. When it is awaited, the errors of
                ``cantinekit.Cantine.open``.
        """
        rest: dict[str, Any] = {"clock": clock, "ids": ids, "registry": registry, "inline": inline}
        work = partial(cantine.Cantine.open, storage, payments=payments, notify=notify, messages=messages, **rest)
        return Opening(cls, work, Threads(threads, waiting, patience))

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


class Opening:
    """A house that is opened when this is awaited, or entered with ``async with``, which closes it at the end.

    Args:
        cls: the class of the facade.
        work: opens the house that is behind it.
        threads: those of the house.
    """

    def __init__(self, cls: type[Cantine], work: Callable[[], cantine.Cantine], threads: Threads) -> None:
        self._cls, self._work, self._threads = cls, work, threads
        self._opened: list[cantine.Cantine] = []

    def __await__(self) -> Generator[Any, None, Cantine]:
        return self._open().__await__()

    async def __aenter__(self) -> Cantine:
        self._house = await self._open()
        return self._house

    async def __aexit__(self, *_: object) -> None:
        await self._house.aclose()

    async def _open(self) -> Cantine:
        try:
            await self._threads.run(lambda: self._opened.append(self._work()))
        except BaseException:
            self._threads.abandon(self._close)  # one that is opened after a cancellation is closed again
            raise
        return self._cls.__new__(self._cls)._put_before(self._opened[0], self._threads)

    def _close(self) -> None:
        for house in self._opened:
            house.close()
