"""Stores with one planted fault each: what is read while others write."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from typing import Any

import attrs

from cantinekit.backends.memory import MemoryStorage, _recorded
from cantinekit.errors import StaleVersionError
from cantinekit.plugins.ports import Change, JournalEntry, Key, Page, Row
from cantinekit.plugins.store_checks import check_change, check_keys, expected_versions
from support.faults.stores.good_store import Good

PAUSE = 0.0003


class ChunkedLoad(Good):
    """A load of more than 500 keys is several reads."""

    def load(self, keys: Sequence[Key]) -> Sequence[Row | None]:
        check_keys(keys)
        rows: list[Row | None] = []
        for at in range(0, len(keys), 500):
            rows += super().load(keys[at : at + 500])
        return rows


class AbsentLater(Good):
    """Load asks again for what it did not find the first time."""

    def load(self, keys: Sequence[Key]) -> Sequence[Row | None]:
        found = list(super().load(keys))
        missing = [at for at, row in enumerate(found) if row is None]
        time.sleep(PAUSE)
        for at, row in zip(missing, super().load([keys[at] for at in missing]), strict=True):
            found[at] = row
        return found


class IndexOfAnotherMoment(Good):
    """Load reads the rows, then their index pairs."""

    def load(self, keys: Sequence[Key]) -> Sequence[Row | None]:
        found = super().load(keys)
        time.sleep(PAUSE)
        pairs = [row.index if row else None for row in super().load(keys)]
        return [
            row if row is None or index is None else attrs.evolve(row, index=index)
            for row, index in zip(found, pairs, strict=True)
        ]


class VersionOfAnotherMoment(Good):
    """Load reads the versions, then the bodies."""

    def load(self, keys: Sequence[Key]) -> Sequence[Row | None]:
        versions = [row.version if row else 0 for row in super().load(keys)]
        time.sleep(PAUSE)
        found = super().load(keys)
        return [row and attrs.evolve(row, version=n or row.version) for row, n in zip(found, versions, strict=True)]


class RowsAfterPairs(Good):
    """Find reads the index pairs, then the rows as they are by then."""

    def find(self, kind: str, field: str, **how: Any) -> Page:
        page = super().find(kind, field, **how)
        time.sleep(PAUSE)
        rows = super().load([row.key for row in page.rows])
        return attrs.evolve(page, rows=tuple(now or old for now, old in zip(rows, page.rows, strict=True)))


class InSteps(MemoryStorage):
    """A store whose change is done in steps, between which others may read."""

    def __init__(self) -> None:
        super().__init__()
        self._writing = threading.Lock()

    def steps(self, change: Change) -> list[Change]:
        raise NotImplementedError

    def apply(self, change: Change) -> None:
        check_change(change)
        with self._writing:
            with self._lock:
                self._check_open()
                stale = [key for key, version in expected_versions(change).items() if self._version(key) != version]
                if stale:
                    raise StaleVersionError(stale)
            for step in self.steps(change):
                time.sleep(PAUSE)
                with self._lock:
                    for row in step.rows:
                        self._put(row)
                    for guard in step.removes:
                        self._remove(Key(*guard.key))
                    self._record([_recorded(event) for event in step.events])


class CoreThatTellsFirst(InSteps):
    def steps(self, change: Change) -> list[Change]:
        return [Change(events=change.events), attrs.evolve(change, events=())]


class TellsFirst(Good):
    """The journal entries of a change can be read before its rows."""

    core_type = CoreThatTellsFirst


class CoreRowByRow(InSteps):
    def steps(self, change: Change) -> list[Change]:
        return [*(Change(rows=(row,)) for row in change.rows), attrs.evolve(change, rows=())]


class RowByRow(Good):
    """The rows of a change can be read one after the other."""

    core_type = CoreRowByRow


class CoreThatIndexesLast(InSteps):
    def steps(self, change: Change) -> list[Change]:
        held = {row.key: self._rows[row.key].index if row.key in self._rows else () for row in change.rows}
        bare = tuple(attrs.evolve(row, index=held[row.key]) for row in change.rows)
        return [attrs.evolve(change, rows=bare), Change(rows=change.rows)]


class IndexesLast(Good):
    """Index pairs follow the rows and the journal a moment later."""

    core_type = CoreThatIndexesLast


class CoreThatRemovesLast(InSteps):
    def steps(self, change: Change) -> list[Change]:
        return [attrs.evolve(change, removes=()), Change(removes=change.removes)]


class RemovesLastOfAll(Good):
    """What a change removes is there for a moment beside what it stores."""

    core_type = CoreThatRemovesLast


class CoreThatRemovesFirst(InSteps):
    def steps(self, change: Change) -> list[Change]:
        return [Change(removes=change.removes), attrs.evolve(change, removes=())]


class RemovesFirstOfAll(Good):
    """What a change removes is gone a moment before what it stores is there."""

    core_type = CoreThatRemovesFirst


class CoreThatReindexes(InSteps):
    def steps(self, change: Change) -> list[Change]:
        return [change]

    def _reindex(self, key: Key, old: set[tuple[str, str]], new: set[tuple[str, str]]) -> None:
        super()._reindex(key, old, set())
        self._lock.release()
        time.sleep(PAUSE)
        self._lock.acquire()
        super()._reindex(key, set(), new)


class ReindexesInSteps(Good):
    """All index pairs of a row are dropped, and then those of the new version are made."""

    core_type = CoreThatReindexes


class LateSubjects(Good):
    """An entry is found under its subjects some reads after the whole journal has it, every third one at once."""

    def __init__(self, core: MemoryStorage | None = None) -> None:
        super().__init__(core)
        self.reads: dict[int, int] = {}

    def journal(self, *, subject: Key | None = None, after: int = 0, limit: int = 100) -> Sequence[JournalEntry]:
        found = super().journal(subject=subject, after=after, limit=limit)
        if subject is None:
            return found
        for entry in found:
            self.reads[entry.number] = self.reads.get(entry.number, 0) + 1
        return [entry for entry in found if self.reads[entry.number] > entry.number % 3 % 2]


class PagesByNumber(Good):
    """The cursor is how many rows came before."""

    def find(self, kind: str, field: str, *, after: str | None = None, limit: int = 100, **how: Any) -> Page:
        if after is not None and not after.isdigit():
            return super().find(kind, field, after=after, limit=limit, **how)
        skip = int(after or 0)
        page = super().find(kind, field, limit=min(30_000, skip + limit), **how)
        more = page.next is not None
        return Page(page.rows[skip:], f"{skip + limit}" if more else None)
