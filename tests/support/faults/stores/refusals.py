"""Stores with one planted fault each: what is refused or broken off, cursors, and the end of a store."""

from __future__ import annotations

import random
import time
from typing import Any

import attrs

from cantinekit.backends.memory import MemoryStorage
from cantinekit.errors import InputError, StaleVersionError, StorageError
from cantinekit.plugins.ports import Change, Guard, Key, Page
from cantinekit.plugins.store_checks import check_change
from support.faults.stores.find import Naive
from support.faults.stores.good_store import Good


class TellsBeforeItCompares(Good):
    """Where only a guard is stale, the journal entries stay."""

    def apply(self, change: Change) -> None:
        try:
            super().apply(change)
        except StaleVersionError:
            stale = [guard for guard in change.guards if self.version(Key(*guard.key)) != guard.version]
            if stale:
                super().apply(Change(events=change.events))
            raise


class RemovesBeforeItCompares(Good):
    """Where a guard is stale, what was to be removed is gone."""

    def apply(self, change: Change) -> None:
        try:
            super().apply(change)
        except StaleVersionError:
            if change.guards:
                right = tuple(guard for guard in change.removes if self.version(Key(*guard.key)) == guard.version)
                super().apply(Change(removes=right))
            raise


class IndexesBeforeItCompares(Good):
    """Where a row is stale, the index pairs of the others are there."""

    def apply(self, change: Change) -> None:
        try:
            super().apply(change)
        except StaleVersionError as error:
            for row in change.rows:
                if row.key not in error.keys and self.version(row.key):
                    held = self.core._rows[row.key]
                    self.core._put(attrs.evolve(held, index=tuple({*held.index, *row.index})))
            raise


class ChecksEntriesLate(Good):
    """Rows are written before the journal entries are looked at."""

    def apply(self, change: Change) -> None:
        try:
            super().apply(change)
        except InputError:
            for event in change.events:
                try:
                    check_change(Change(events=(event,)))
                except InputError:
                    super().apply(attrs.evolve(change, events=()))
                    break
            raise


class CoreWithoutCopies(MemoryStorage):
    """Goes through the caller's rows while it writes."""

    def apply(self, change: Change) -> None:
        check_change(change)
        with self._lock:
            stale = [row.key for row in change.rows if self._version(row.key) != row.version - 1]
            stale += [Key(*g.key) for g in (*change.guards, *change.removes) if self._version(Key(*g.key)) != g.version]
            self._check_open()
            if stale:
                raise StaleVersionError(sorted(stale))
            for row in change.rows:
                self._put(row)
            for guard in change.removes:
                self._remove(Key(*guard.key))
        super().apply(Change(events=change.events))


class NoRollback(Good):
    """What was written before an interrupt stays."""

    core_type = CoreWithoutCopies


class CoreOfTwoSteps(MemoryStorage):
    def apply(self, change: Change) -> None:
        check_change(change)
        if len(change.rows) <= 200:
            return super().apply(change)
        super().apply(attrs.evolve(change, events=()))
        super().apply(Change(events=change.events))


class CommitsInTheMiddle(Good):
    """The rows of a large change are stored before its journal entries."""

    core_type = CoreOfTwoSteps


class CoreThatStaysLocked(MemoryStorage):
    def apply(self, change: Change) -> None:
        check_change(change)
        turn = self._lock
        turn.acquire()
        try:
            events, rows = list(change.events), list(change.rows)
        except Exception:
            turn.release()
            raise
        turn.release()
        super().apply(attrs.evolve(change, rows=tuple(rows), events=tuple(events)))


class StaysLocked(Good):
    """An interrupt leaves the lock taken."""

    core_type = CoreThatStaysLocked


class Graves(Good):
    """A removed row can be written on, from the version at which it was removed."""

    def __init__(self, core: MemoryStorage | None = None) -> None:
        super().__init__(core)
        self.graves: dict[Key, int] = {}

    def apply(self, change: Change) -> None:
        rows = tuple(
            attrs.evolve(row, version=1)
            if not self.version(row.key) and self.graves.get(row.key) == row.version - 1
            else row
            for row in change.rows
        )
        super().apply(attrs.evolve(change, rows=rows))
        self.graves.update({Key(*guard.key): guard.version for guard in change.removes})


class VersionsGoOn(Good):
    """A row that is created again has the version after the one at which it was removed."""

    def __init__(self, core: MemoryStorage | None = None) -> None:
        super().__init__(core)
        self.graves: dict[Key, int] = {}

    def apply(self, change: Change) -> None:
        super().apply(change)
        for row in change.rows:
            if row.version == 1 and row.key in self.graves and self.graves[row.key] > 2:
                self.core._rows[row.key] = attrs.evolve(row, version=self.graves[row.key] + 1)
        self.graves.update({Key(*guard.key): guard.version for guard in change.removes})


class RemovesTwice(Good):
    """A remove of a row that has just gone is taken for done."""

    def apply(self, change: Change) -> None:
        there = tuple(guard for guard in change.removes if self.version(Key(*guard.key)))
        time.sleep(0.002 * random.random() * len(change.removes))
        still = tuple(guard for guard in there if self.version(Key(*guard.key)))
        gone = [guard for guard in change.removes if guard not in there]
        super().apply(attrs.evolve(change, removes=(*still, *gone)))


class RaisesAnythingWhenClosed(Good):
    """Under calls that go on a closed store raises what its innards raise."""

    def check_open(self) -> None:
        if self.closed and self.reads > 3:
            raise AttributeError("'NoneType' object has no attribute 'execute'")
        super().check_open()

    reads = 0

    def journal(self, **how: Any) -> Any:
        self.reads += 1
        return super().journal(**how)


class AnswersWhenClosed(Good):
    """A closed store still answers from what it remembers, once it was read much."""

    reads = 0

    def check_open(self) -> None:
        self.reads += 1
        if self.reads < 20:
            super().check_open()


class ClosedForNow(Good):
    """A closed store says that it may be tried again."""

    def check_open(self) -> None:
        if self.closed:
            raise StorageError("closed", retryable=True)


# --- cursors ---


class CursorForgetsBounds(Good):
    """Behind a cursor a range has no end."""

    def find(self, kind: str, field: str, *, after: str | None = None, **how: Any) -> Page:
        if after is not None and not how.get("reverse") and how.get("lt"):
            how["lt"] = None
        return super().find(kind, field, after=after, **how)


class CursorForgetsTheBegin(Good):
    """Behind a cursor, backwards, a range goes on to the first value."""

    def find(self, kind: str, field: str, *, after: str | None = None, **how: Any) -> Page:
        if after is not None and how.get("reverse") and how.get("ge"):
            how["ge"] = None
        return super().find(kind, field, after=after, **how)


class CursorForgetsTheValue(Good):
    """Behind a cursor other values follow the one that was asked for."""

    def find(self, kind: str, field: str, *, eq: str | None = None, after: str | None = None, **how: Any) -> Page:
        return super().find(kind, field, eq=eq if after is None else None, after=after, **how)


class CursorNeedsItsRow(Naive):
    """Where the row of the cursor is gone the pages begin again."""


class CursorHasTheLimit(Good):
    """A page has as many rows as the first had."""

    def __init__(self, core: MemoryStorage | None = None) -> None:
        super().__init__(core)
        self.limits: dict[str, int] = {}

    def find(self, kind: str, field: str, *, after: str | None = None, limit: int = 100, **how: Any) -> Page:
        limit = self.limits.get(after, limit) if after else limit
        page = super().find(kind, field, after=after, limit=limit, **how)
        if page.next:
            self.limits[page.next] = limit
        return page


class CursorOfAResult(Good):
    """The pages are those of the rows that were there when the first was read."""

    def __init__(self, core: MemoryStorage | None = None) -> None:
        super().__init__(core)
        self.results: dict[str, tuple[Any, ...]] = {}

    def find(self, kind: str, field: str, *, after: str | None = None, limit: int = 100, **how: Any) -> Page:
        if after in self.results:
            rows = self.results[after]
        else:
            page = super().find(kind, field, after=after, limit=limit, **how)
            if page.next is None:
                return page
            rows = page.rows + super().find(kind, field, after=page.next, limit=30_000, **how).rows
        page = super().find(kind, field, limit=1, **how)
        name = page.next or "none"
        if len(rows) <= limit:
            return Page(rows[:limit])
        cursor = super().find(kind, field, after=after, limit=limit, **how).next or name
        self.results[cursor] = rows[limit:]
        return Page(rows[:limit], cursor)


class EdgeGuard(Good):
    """A guard on a row that is absent is met by any version above 1."""

    def apply(self, change: Change) -> None:
        guards = tuple(g for g in change.guards if self.version(Key(*g.key)) or not 1 < g.version < 5)
        super().apply(attrs.evolve(change, guards=tuple(Guard(*g) for g in guards)))
