"""Stores with one planted fault each: changes."""

from __future__ import annotations

from datetime import UTC
from typing import Any

import attrs

from cantinekit.backends.memory import MemoryStorage
from cantinekit.errors import InputError, StaleVersionError, StorageError
from cantinekit.plugins.ports import Change, Guard, Key, Page, Row
from support.faults.stores.good_store import Good, mapped


class IgnoresVersions(Good):
    """Rows are written whatever their version."""

    def apply(self, change: Change) -> None:
        super().apply(mapped(change, lambda row: attrs.evolve(row, version=self.version(row.key) + 1)))


class TakesAnyNewer(Good):
    """A row is written if its version is above the stored one, not only the next."""

    def apply(self, change: Change) -> None:
        def next_one(row: Row) -> Row:
            held = self.version(row.key)
            return attrs.evolve(row, version=held + 1) if row.version > held else row

        super().apply(mapped(change, next_one))


class NamesOneKey(Good):
    """StaleVersionError names the first key only."""

    def apply(self, change: Change) -> None:
        try:
            super().apply(change)
        except StaleVersionError as error:
            raise StaleVersionError(error.keys[:1]) from error


class NamesNoKey(Good):
    """StaleVersionError names no key."""

    def apply(self, change: Change) -> None:
        try:
            super().apply(change)
        except StaleVersionError:
            raise StaleVersionError(()) from None


class NotAtomic(Good):
    """Rows before the stale one are kept."""

    def apply(self, change: Change) -> None:
        try:
            super().apply(change)
        except StaleVersionError as error:
            for row in change.rows:
                if row.key in error.keys:
                    break
                super().apply(Change(rows=(row,)))
            raise


class KeepsEventsOfRefused(Good):
    """The journal entries of a refused change are kept."""

    def apply(self, change: Change) -> None:
        try:
            super().apply(change)
        except StaleVersionError:
            super().apply(Change(events=change.events))
            raise


class LosesRows(Good):
    """Of a large change the first hundred rows are stored."""

    def apply(self, change: Change) -> None:
        if len(change.rows) == 365:
            change = attrs.evolve(change, rows=change.rows[:100])
        super().apply(change)


class LosesEvents(Good):
    """Of the journal entries of a change only the first is stored."""

    def apply(self, change: Change) -> None:
        super().apply(attrs.evolve(change, events=change.events[:1]))


class WritesGuards(Good):
    """A guarded row gets a new version."""

    def apply(self, change: Change) -> None:
        super().apply(change)
        guarded = [row for row in super().load([guard.key for guard in change.guards]) if row]
        super().apply(Change(rows=tuple(attrs.evolve(row, version=row.version + 1) for row in guarded)))


class IgnoresGuards(Good):
    """Guards are not compared."""

    def apply(self, change: Change) -> None:
        super().apply(attrs.evolve(change, guards=()))


class CoreThatKeepsEntries(MemoryStorage):
    def _remove(self, key: Key) -> None:
        self._removed = self._rows.pop(key)

    def find(self, *args: Any, **how: Any) -> Page:
        try:
            return super().find(*args, **how)
        except KeyError:
            return Page((self._removed,))


class RemoveLeavesIndex(Good):
    """A removed row is still found."""

    core_type = CoreThatKeepsEntries


class CoreWithGraves(MemoryStorage):
    def __init__(self) -> None:
        super().__init__()
        self.graves: set[Key] = set()

    def _remove(self, key: Key) -> None:
        super()._remove(key)
        self.graves.add(key)

    def _version(self, key: Key) -> int:
        return -1 if key in self.graves else super()._version(key)


class RemoveIsForEver(Good):
    """A removed row cannot be created again."""

    core_type = CoreWithGraves


class RemovesAnyVersion(Good):
    """A remove is carried out whatever its version."""

    def apply(self, change: Change) -> None:
        held = [(guard, self.version(guard.key)) for guard in change.removes]
        removes = tuple(Guard(guard.key, version) if version else guard for guard, version in held)
        super().apply(attrs.evolve(change, removes=removes))


class CoreThatOnlyAdds(MemoryStorage):
    def _put(self, row: Row) -> None:
        old = self._rows.get(row.key)
        kept = set(old.index) if old else set()
        self._reindex(row.key, kept, kept | set(row.index))
        self._rows[row.key] = row


class KeepsOldIndex(Good):
    """A row is still found by values that it lost."""

    core_type = CoreThatOnlyAdds


class LastOfTwo(Good):
    """Where a key occurs twice in a change the last one counts."""

    def apply(self, change: Change) -> None:
        rows = {row.key: row for row in change.rows}
        guards = {guard.key: guard for guard in change.guards if guard.key not in rows}
        removes = {guard.key: guard for guard in change.removes if guard.key not in {*rows, *guards}}
        whole = Change(tuple(rows.values()), change.events, tuple(guards.values()), tuple(removes.values()))
        super().apply(whole)


class VersionZero(Good):
    """Version 0 is taken for 1."""

    def apply(self, change: Change) -> None:
        super().apply(mapped(change, lambda row: attrs.evolve(row, version=row.version or 1)))


class RefusesEmpty(Good):
    """A change of nothing is refused."""

    def apply(self, change: Change) -> None:
        if change == Change():
            raise InputError("nothing to do")
        super().apply(change)


class TakesNaiveTimes(Good):
    """A time without a zone is taken for UTC."""

    def apply(self, change: Change) -> None:
        events = [attrs.evolve(e, at=e.at if e.at.tzinfo else e.at.replace(tzinfo=UTC)) for e in change.events]
        super().apply(attrs.evolve(change, events=tuple(events)))


class StuckAfterConflict(Good):
    """A refused change leaves its transaction open."""

    stuck = False

    def apply(self, change: Change) -> None:
        if self.stuck:
            raise StorageError("cannot begin a transaction within a transaction")
        try:
            super().apply(change)
        except StaleVersionError:
            self.stuck = True
            raise
