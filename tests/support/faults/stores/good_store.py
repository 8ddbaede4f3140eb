"""A store that keeps every promise, and the list in which the stores with a planted fault enter themselves."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import attrs

from cantinekit.backends.memory import MemoryStorage
from cantinekit.errors import StorageError
from cantinekit.plugins.ports import MAX_KEYS, Change, JournalEntry, Key, Page, Row, StorageCapabilities
from cantinekit.plugins.sql import mark_of
from cantinekit.plugins.sql.find import Bodies, Marked, Newest, NewestWish, mark_of_bodies, newest_page

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

    def find_first(self, kind: str, field: str, ranges: Sequence[tuple[str, str]]) -> Sequence[Row | None]:
        self.check_open()
        return [next(iter(self.find(kind, field, ge=ge, lt=lt, limit=1).rows), None) for ge, lt in ranges]

    def find_columns(self, kind: str, field: str, ge: str, lt: str, names: Sequence[str]) -> Sequence[Sequence[Any]]:
        self.check_open()
        rows = self.find(kind, field, ge=ge, lt=lt, limit=MAX_KEYS).rows
        return [(row.id, *map(json.loads(row.body).get, names)) for row in rows]

    def find_bodies(self, ranges: Sequence[tuple[str, str, str, str]], keys: Sequence[Key] = ()) -> Bodies:
        self.check_open()
        rows = [self.find(kind, field, ge=ge, lt=lt, limit=MAX_KEYS).rows for kind, field, ge, lt in ranges]
        found = self.load(keys)
        return [[(row.id, row.body) for row in some] for some in rows], [row and row.body for row in found]

    def find_other_bodies(
        self, ranges: Sequence[tuple[str, str, str, str]], keys: Sequence[Key], known: str
    ) -> Bodies | None:
        found = self.find_bodies(ranges, keys)
        return None if mark_of_bodies(*found) == known else found

    def find_mark(self, ranges: Sequence[tuple[str, str, str, str]], keys: Sequence[Key] = ()) -> str:
        self.check_open()
        return self.core.find_mark(ranges, keys)

    def find_newest(self, pages: Sequence[NewestWish], keys: Sequence[Key] = ()) -> Newest:
        self.check_open()
        found = [self.find(kind, field, ge=ge, lt=lt, limit=most, reverse=True) for kind, field, ge, lt, most in pages]
        return [newest_page(page) for page in found], [row and row.body for row in self.load(keys)]

    def find_changed(
        self, kind: str, field: str, ranges: Sequence[tuple[str, str, str]], names: Sequence[str]
    ) -> Sequence[Marked]:
        self.check_open()
        rows = [(known, self.find_columns(kind, field, ge, lt, names)) for ge, lt, known in ranges]
        marked = [(known, self.mark(some), some) for known, some in rows]
        return [(mark, None if mark == known else some) for known, mark, some in marked]

    def mark(self, rows: Sequence[Sequence[Any]]) -> str:
        return mark_of(row[0] for row in rows)

    def close(self) -> None:
        self.closed = True

    def version(self, key: Key) -> int:
        return self.core._version(key)


def mapped(change: Change, row: Callable[[Row], Row]) -> Change:
    return attrs.evolve(change, rows=tuple(row(r) for r in change.rows))
