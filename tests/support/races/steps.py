"""Two commands at once, in every order of their storage calls: one at a time, by a schedule, again and again.

Of the orders that differ only in which of two reads came first, one is tried: neither sees the other, and nothing else
tells them apart ("sleep sets", Godefroid 1996). In a soak they are all tried.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

import attrs

from cantinekit.backends.memory import MemoryStorage
from cantinekit.plugins.ports import Change, Key, Page, Row, Storage
from support.run import soak
from support.stores.around import Around

Work = Callable[[Storage], Any]


@attrs.define
class Node:
    """A moment at which several could go on: each with its call, those that need not be first, and who was so far."""

    ready: Mapping[int, str]
    asleep: frozenset[int] = frozenset()
    tried: list[int] = attrs.field(factory=list)

    def next(self) -> int | None:
        """Who is to go on that was not tried yet."""
        return min(self.ready.keys() - self.asleep - set(self.tried), default=None)

    def asleep_after(self) -> frozenset[int]:
        """Whose call was tried first here, and comes to the same after the one that was tried last."""
        before = self.asleep | set(self.tried[:-1])
        return frozenset(one for one in before if {self.ready[one], self.ready[self.tried[-1]]} <= READS)


READS = {"load", "find"}


class Schedule:
    """Lets one thread at a time do one storage call: as the ``path`` says at first, then always the first that can.

    It adds to the path. ``again``: nothing came of it that another order would not show as well. Finds of kinds that
    are not among ``kinds``, where those are given, are no steps: the other never writes them.
    """

    def __init__(self, path: list[Node], kinds: Collection[str] | None = None, *, whole: bool = False) -> None:
        self.path = path
        self.kinds = kinds
        self.whole = whole
        self.again = False
        self.names: list[str] = []

    def run(self, storage: Storage, works: Sequence[Work]) -> list[Any]:
        """Do the works on one store, step by step; what each came to, an exception included."""
        self._go = [threading.Semaphore(0) for _ in works]
        self._news = threading.Semaphore(0)
        self._pending: dict[int, str] = {}
        results: list[Any] = [None] * len(works)

        def do(number: int, work: Work) -> None:
            try:
                results[number] = work(Stepwise(storage, self, number))
            except Exception as error:
                results[number] = error
            self._news.release()

        threads = [threading.Thread(target=do, args=(n, work), daemon=True) for n, work in enumerate(works)]
        for thread in threads:
            thread.start()
        for _ in threads:
            self._wait()
        while self._pending:
            chosen = self._choose()
            self.names.append(f"{chosen}:{self._pending.pop(chosen)}")
            self._go[chosen].release()
            self._wait()
        for thread in threads:
            thread.join(timeout=10)
        return results

    def _choose(self) -> int:
        at = len(self.names)
        if at < len(self.path):
            return self.path[at].tried[-1]
        asleep = self.path[-1].asleep_after() if self.path and not self.whole else frozenset[int]()
        node = Node(dict(self._pending), asleep)
        chosen = node.next()
        if self.again or chosen is None:
            self.again = True
            return min(self._pending)
        node.tried.append(chosen)
        self.path.append(node)
        return chosen

    def _wait(self) -> None:
        assert self._news.acquire(timeout=120), "a step never ended"

    def step(self, number: int, name: str) -> None:
        """Say that a call is next, and wait for the turn."""
        self._pending[number] = name
        self._news.release()
        assert self._go[number].acquire(timeout=240), "the turn never came"


class Stepwise(Around):
    """The store as one of the commands has it: each call waits for its turn."""

    def __init__(self, inner: Storage, schedule: Schedule, number: int) -> None:
        super().__init__(inner)
        self._schedule = schedule
        self._number = number

    def load(self, keys: Sequence[Key]) -> Sequence[Row | None]:
        self._schedule.step(self._number, "load")
        return super().load(keys)

    def find(self, kind: str, field: str, **how: Any) -> Page:
        if self._schedule.kinds is None or kind in self._schedule.kinds:
            self._schedule.step(self._number, "find")
        return super().find(kind, field, **how)

    def apply(self, change: Change) -> None:
        self._schedule.step(self._number, "apply")
        super().apply(change)


def every_order(
    run: Callable[[Schedule], None], kinds: Collection[str] | None = None, *, whole: bool = soak.SOAK
) -> Iterator[Schedule]:
    """Run with every schedule that there is, each once; without ``whole`` with one of those that come to the same."""
    path: list[Node] = []
    while True:
        schedule = Schedule(path, kinds, whole=whole)
        run(schedule)
        if not schedule.again:
            yield schedule
        while path and path[-1].next() is None:
            path.pop()
        if not path:
            return
        path[-1].tried.append(path[-1].next() or 0)


def twin(storage: MemoryStorage) -> MemoryStorage:
    """A store with the same rows and the same journal."""
    other = MemoryStorage()
    other._rows = dict(storage._rows)
    other._index = {key: list(entries) for key, entries in storage._index.items()}
    other._journal = list(storage._journal)
    other._by_subject = {key: list(entries) for key, entries in storage._by_subject.items()}
    return other
