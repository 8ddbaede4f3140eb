"""Stores with one planted fault each: the journal and races."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

import attrs

from cantinekit.backends.memory import MemoryStorage
from cantinekit.plugins.ports import MAX_KEYS, Change, JournalEntry, Key, Row
from support.faults.stores.good_store import Good


class CutsTimes(Good):
    """Times in the journal are kept in whole seconds."""

    def apply(self, change: Change) -> None:
        events = tuple(attrs.evolve(e, at=e.at.replace(microsecond=0)) for e in change.events)
        super().apply(attrs.evolve(change, events=events))


class ReversesEvents(Good):
    """The entries of a change are numbered from the last to the first."""

    def apply(self, change: Change) -> None:
        super().apply(attrs.evolve(change, events=change.events[::-1]))


class CutsJournalBodies(Good):
    """Long bodies in the journal are emptied."""

    def apply(self, change: Change) -> None:
        events = tuple(attrs.evolve(e, body="{}") if len(e.body) > 65_536 else e for e in change.events)
        super().apply(attrs.evolve(change, events=events))


class RepeatsAfter(Good):
    """The journal after a number begins with that number."""

    def journal(self, *, subject: Key | None = None, after: int = 0, limit: int = 100) -> Sequence[JournalEntry]:
        return super().journal(subject=subject, after=after - (0 < after < 2**62), limit=limit)


class FirstSubject(Good):
    """An entry is found under its first subject only."""

    def journal(self, *, subject: Key | None = None, after: int = 0, limit: int = 100) -> Sequence[JournalEntry]:
        found = super().journal(subject=subject, after=after, limit=limit)
        return [e for e in found if subject is None or e.subjects[0] == subject]


class LenientJournal(Good):
    """What makes no sense in the journal is put right without a word."""

    def journal(self, *, subject: Key | None = None, after: int = 0, limit: int = 100) -> Sequence[JournalEntry]:
        return super().journal(subject=subject, after=max(0, after), limit=min(max(1, limit), MAX_KEYS))


class CoreThatNumbersAtBegin(MemoryStorage):
    """The number is taken first, the entries are stored at the end: what a sequence in a database does."""

    def __init__(self) -> None:
        super().__init__()
        self.last = 0

    def apply(self, change: Change) -> None:
        if not len(change.events):
            return super().apply(change)
        with self._lock:
            first = self.last + 1
            self.last += len(change.events)
        events = list(change.events)
        time.sleep(0.003 * (first % 5))
        super().apply(attrs.evolve(change, events=()))
        with self._lock:
            self.tell(events, first)

    def tell(self, events: Sequence[JournalEntry], first: int) -> None:
        for number, event in enumerate(events, start=first):
            entry = attrs.evolve(event, number=number)
            self._journal.append(entry)
            for subject in set(event.subjects):
                self._by_subject.setdefault(subject, []).append(entry)
        self._journal.sort(key=lambda entry: entry.number)


class NumbersAtBegin(Good):
    """Journal numbers are in the order in which the changes began."""

    core_type = CoreThatNumbersAtBegin


class Unlocked:
    """A lock that locks nothing, and lets other threads in."""

    def __enter__(self) -> None:
        time.sleep(0)

    def __exit__(self, *problem: object) -> None:
        time.sleep(0)


class CoreWithoutLock(MemoryStorage):
    def __init__(self) -> None:
        super().__init__()
        self._lock = Unlocked()  # type: ignore[assignment]

    def _put(self, row: Row) -> None:
        time.sleep(0.0002)
        super()._put(row)


class NotThreadSafe(Good):
    """Comparing and writing is not one step."""

    core_type = CoreWithoutLock


class LockOfAHandle(Good):
    """Each handle has a lock of its own."""

    core_type = CoreWithoutLock

    def __init__(self, core: MemoryStorage | None = None) -> None:
        super().__init__(core)
        self.lock = threading.Lock()

    def load(self, keys: Sequence[Key]) -> Sequence[Row | None]:
        with self.lock:
            return super().load(keys)

    def apply(self, change: Change) -> None:
        with self.lock:
            super().apply(change)


class GuardsBeforeTheLock(Good):
    """Guards are compared before the rows are locked."""

    def apply(self, change: Change) -> None:
        for guard in change.guards:
            if self.version(guard.key) != guard.version:
                return super().apply(change)
        time.sleep(0.001 * len(change.guards))
        super().apply(attrs.evolve(change, guards=()))
