"""Two commands at once, in every order of their storage calls: one at a time, by a schedule, again and again."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any

from _race_stores import Around
from cantinekit.backends.memory import MemoryStorage
from cantinekit.ports import Change, Key, Page, Row, Storage

Work = Callable[[Storage], Any]
Trace = list[tuple[int, tuple[int, ...]]]
"""At each step: who went on, and who could have."""


class Schedule:
    """Lets one thread at a time do one storage call: those of ``prefix`` first, then always the first that can.

    Finds of kinds that are not among ``kinds``, where those are given, are no steps: the other never writes them.
    """

    def __init__(self, prefix: Sequence[int], kinds: Collection[str] | None = None) -> None:
        self.prefix = prefix
        self.kinds = kinds
        self.trace: Trace = []
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
            ready = tuple(sorted(self._pending))
            at = len(self.trace)
            chosen = self.prefix[at] if at < len(self.prefix) else ready[0]
            self.trace.append((chosen, ready))
            self.names.append(f"{chosen}:{self._pending.pop(chosen)}")
            self._go[chosen].release()
            self._wait()
        for thread in threads:
            thread.join(timeout=10)
        return results

    def _wait(self) -> None:
        assert self._news.acquire(timeout=30), "a step never ended"

    def step(self, number: int, name: str) -> None:
        """Say that a call is next, and wait for the turn."""
        self._pending[number] = name
        self._news.release()
        assert self._go[number].acquire(timeout=60), "the turn never came"


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


def every_order(run: Callable[[Schedule], None], kinds: Collection[str] | None = None) -> Iterator[Schedule]:
    """Run with every schedule there is, each once."""
    prefix: list[int] = []
    while True:
        schedule = Schedule(prefix, kinds)
        run(schedule)
        yield schedule
        trace = list(schedule.trace)
        while trace:
            chosen, ready = trace.pop()
            later = [one for one in ready if one > chosen]
            if later:
                prefix = [one for one, _ in trace] + later[:1]
                break
        else:
            return


def twin(storage: MemoryStorage) -> MemoryStorage:
    """A store with the same rows and the same journal."""
    other = MemoryStorage()
    other._rows = dict(storage._rows)
    other._index = {key: list(entries) for key, entries in storage._index.items()}
    other._journal = list(storage._journal)
    other._by_subject = {key: list(entries) for key, entries in storage._by_subject.items()}
    return other
