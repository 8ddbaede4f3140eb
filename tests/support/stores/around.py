"""Stores around stores: they count, they wait where a race is lost, and they forget a part of the contract."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import attrs

from cantinekit.errors import StaleVersionError
from cantinekit.plugins.ports import Change, Guard, JournalEntry, Key, Page, Row, Storage, StorageCapabilities


class Around:
    """Passes everything on. ``counts`` says how often each method was called, and how many changes were stale."""

    def __init__(self, inner: Storage) -> None:
        self.inner = inner
        self.counts: Counter[str] = Counter()

    @property
    def capabilities(self) -> StorageCapabilities:
        return self.inner.capabilities

    def load(self, keys: Sequence[Key]) -> Sequence[Row | None]:
        self.counts["load"] += 1
        return self.inner.load(keys)

    def find(self, kind: str, field: str, **how: Any) -> Page:
        self.counts["find"] += 1
        return self.inner.find(kind, field, **how)

    def apply(self, change: Change) -> None:
        self.counts["apply"] += 1
        try:
            self.inner.apply(change)
        except StaleVersionError:
            self.counts["stale"] += 1
            raise

    def journal(self, *, subject: Key | None = None, after: int = 0, limit: int = 100) -> Sequence[JournalEntry]:
        return self.inner.journal(subject=subject, after=after, limit=limit)

    def close(self) -> None:
        self.inner.close()


class WithoutGuards(Around):
    """Forgets what a change only compares."""

    def apply(self, change: Change) -> None:
        super().apply(attrs.evolve(change, guards=()))


class WithoutVersions(Around):
    """Applies every change, whatever it was made from: the last one wins."""

    def __init__(self, inner: Storage) -> None:
        super().__init__(inner)
        self._one_writer = threading.Lock()

    def apply(self, change: Change) -> None:
        keys = [*(row.key for row in change.rows), *(guard.key for guard in change.removes)]
        with self._one_writer:
            there = {key: row.version if row else 0 for key, row in zip(keys, self.inner.load(keys), strict=True)}
            rows = tuple(attrs.evolve(row, version=there[row.key] + 1) for row in change.rows)
            removes = tuple(Guard(guard.key, there[guard.key]) for guard in change.removes if there[guard.key])
            super().apply(attrs.evolve(change, rows=rows, guards=(), removes=removes))


class Gathering(Around):
    """Lets nobody write before everybody has decided: each thread's first change of a round waits for the others.

    A change that ``slow`` picks waits a moment longer, so that others come to read before it is stored.
    """

    def __init__(self, inner: Storage, slow: Callable[[Change], bool] = lambda change: False) -> None:
        super().__init__(inner)
        self._slow = slow
        self._waiting: set[int] = set()
        self._met = threading.Barrier(1)

    def gather(self, threads: int) -> None:
        """The next change of each of so many threads is held back until all have one."""
        self._met = threading.Barrier(threads)
        self._waiting = {threading.get_ident()}  # whoever calls the start does not take part

    def apply(self, change: Change) -> None:
        me = threading.get_ident()
        if self._met.parties > 1 and me not in self._waiting:
            self._waiting.add(me)
            with suppress(threading.BrokenBarrierError):
                self._met.wait(timeout=30)
            if self._slow(change):
                time.sleep(0.05)
        super().apply(change)
