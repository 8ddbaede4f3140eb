"""A store that keeps every promise, and the list in which the stores with a planted fault enter themselves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import attrs

from cantinekit.backends.memory import MemoryStorage
from cantinekit.errors import StorageError
from cantinekit.plugins.ports import Change, JournalEntry, Key, Page, Row, StorageCapabilities

FAULTS: list[type[Good]] = []


class Good:
    """A handle on data in memory that outlives it: durable and shared, as far as one process can tell."""

    core_type: type[MemoryStorage] = MemoryStorage

    def __init__(self, core: MemoryStorage | None = None) -> None:
        self.core = core or self.core_type()
        self.closed = False

    def __init_subclass__(cls, fault: bool = True) -> None:
        if fault:
            FAULTS.append(cls)

    def again(self) -> Good:
        return type(self)(self.core)

    @property
    def capabilities(self) -> Any:
        return StorageCapabilities(durable=True, shared=True)

    def check_open(self) -> None:
        if self.closed:
            raise StorageError("closed")

    def load(self, keys: Sequence[Key]) -> Sequence[Row | None]:
        self.check_open()
        return self.core.load(keys)

    def find(self, kind: str, field: str, **how: Any) -> Page:
        self.check_open()
        return self.core.find(kind, field, **how)

    def apply(self, change: Change) -> None:
        self.check_open()
        self.core.apply(change)

    def journal(self, *, subject: Key | None = None, after: int = 0, limit: int = 100) -> Sequence[JournalEntry]:
        self.check_open()
        return self.core.journal(subject=subject, after=after, limit=limit)

    def close(self) -> None:
        self.closed = True

    def version(self, key: Key) -> int:
        return self.core._version(key)


def mapped(change: Change, row: Callable[[Row], Row]) -> Change:
    return attrs.evolve(change, rows=tuple(row(r) for r in change.rows))
