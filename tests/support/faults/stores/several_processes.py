"""Stores in a file with one planted fault each that one process does not show: several, and killed ones."""

from __future__ import annotations

import os
import pickle
import threading
import time
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import attrs

from cantinekit.errors import StorageError
from cantinekit.plugins.ports import Change, JournalEntry, Key, Page, Row, StorageCapabilities
from cantinekit.plugins.store_checks import check_change
from support.faults.stores.filed_store import HEAD, Filed, plain, refuse

LOCKS: dict[str, threading.RLock] = {}


class InProcess(Filed, fault=False):
    """All handles of a process go one after the other in any case."""

    @contextmanager
    def at_work(self) -> Iterator[None]:
        with LOCKS.setdefault(self.path, threading.RLock()), super().at_work():
            yield


class LocksItsProcess(InProcess):
    """Nothing keeps another process away."""

    @contextmanager
    def turn(self) -> Iterator[None]:
        yield

    def add(self, change: Change) -> None:
        time.sleep(0.0005)
        super().add(change)


class ComparesBeforeTheLock(InProcess):
    """Versions are compared, and then the file is locked."""

    def apply(self, change: Change) -> None:
        check_change(change)
        with LOCKS.setdefault(self.path, threading.RLock()):
            with self.at_work():
                self.compare(change)
            time.sleep(0.001)
            with self.at_work():
                self.add(change)
                with suppress(Exception):
                    self.catch_up()

    def take(self, change: Change) -> None:
        with suppress(StorageError):
            super().take(change)


class GuardsBeforeTheFileLock(InProcess):
    """Rows are compared behind the lock, guards before it."""

    def apply(self, change: Change) -> None:
        check_change(change)
        with LOCKS.setdefault(self.path, threading.RLock()):
            with self.at_work():
                self.compare(change)
            time.sleep(0.001 * len(change.guards))
            super().apply(attrs.evolve(change, guards=()))


class ReadsWhatItWrote(InProcess):
    """A read takes over what handles of this process have added, not what another process has."""

    sizes: dict[str, int] = {}  # noqa: RUF012

    @contextmanager
    def at_work(self) -> Iterator[None]:
        with super().at_work():
            yield
        self.sizes[self.path] = os.fstat(self.file).st_size

    def catch_up(self) -> None:
        if self.sizes.get(self.path, 0) != self.done or not self.done:
            super().catch_up()

    def apply(self, change: Change) -> None:
        self.sizes[self.path] = -1
        super().apply(change)


class RemembersRows(InProcess):
    """What a process has loaded it loads no more, until it writes itself."""

    cache: dict[tuple[str, Key], Row] = {}  # noqa: RUF012

    def load(self, keys: Sequence[Key]) -> Sequence[Row | None]:
        with self.at_work():
            found = [self.cache.get((self.path, key)) or row for key, row in zip(keys, super().load(keys), strict=True)]
            self.cache.update({(self.path, row.key): row for row in found if row})
            return found

    def apply(self, change: Change) -> None:
        with self.at_work():
            for place in [place for place in self.cache if place[0] == self.path]:
                del self.cache[place]
            super().apply(change)


class CursorsOfAProcess(InProcess):
    """A cursor is a number in a table of this process."""

    cursors: list[str] = []  # noqa: RUF012

    def find(self, kind: str, field: str, *, after: str | None = None, **how: Any) -> Page:
        if after is not None and after.isdigit() and int(after) < len(self.cursors):
            after = self.cursors[int(after)]
        page = super().find(kind, field, after=after, **how)
        if page.next is None:
            return page
        self.cursors.append(page.next)
        return attrs.evolve(page, next=f"{len(self.cursors) - 1}")


class LateInAnotherProcess(InProcess):
    """The number is taken at the beginning, the entry is seen at the end; within a process one waits for the other."""

    @contextmanager
    def number(self) -> Iterator[int]:
        place = os.open(f"{self.path}.numbers", os.O_RDWR | os.O_CREAT | os.O_APPEND)
        try:
            os.write(place, b".")
            yield os.lseek(place, 0, os.SEEK_CUR)
        finally:
            os.close(place)

    def apply(self, change: Change) -> None:
        with LOCKS.setdefault(self.path, threading.RLock()), self.number() as first:
            events = tuple(attrs.evolve(e, number=first * 100 + n) for n, e in enumerate(change.events))
            super().apply(attrs.evolve(change, events=events))

    def take(self, change: Change) -> None:
        start = len(self.core._journal)
        super().take(change)
        for at, event in enumerate(change.events, start):
            old, new = self.core._journal[at], attrs.evolve(self.core._journal[at], number=event.number)
            self.core._journal[at] = new
            for subject in set(new.subjects):
                about = self.core._by_subject[subject]
                about[about.index(old)] = new
        self.core._journal.sort(key=lambda entry: entry.number)
        for about in self.core._by_subject.values():
            about.sort(key=lambda entry: entry.number)


class WritesBehind(InProcess):
    """A change is acknowledged when it waits to be written, twenty at a time."""

    def __init__(self, path: str) -> None:
        self.caps = StorageCapabilities(durable=True, shared=False)
        super().__init__(path)
        self.pending: list[bytes] = []

    def add(self, change: Change) -> None:
        packed = pickle.dumps(plain(change))
        self.pending.append(len(packed).to_bytes(4, "big") + zlib.crc32(packed).to_bytes(4, "big") + packed)
        super().take(change)
        if len(self.pending) > 20:
            self.flush()

    def flush(self) -> None:
        for data in self.pending:
            self.write(data)
            self.done += len(data)
        self.pending.clear()

    def catch_up(self) -> None:
        if not self.done:
            super().catch_up()

    def close(self) -> None:
        if not self.closed:
            self.flush()
        super().close()


class TwoRecords(InProcess):
    """Rows are one record and journal entries another."""

    def add(self, change: Change) -> None:
        super().add(attrs.evolve(change, events=()))
        super().add(Change(events=change.events))


class EntriesFirst(InProcess):
    """Journal entries are one record and rows another."""

    def add(self, change: Change) -> None:
        super().add(Change(events=change.events))
        super().add(attrs.evolve(change, events=()))


class ARecordARow(InProcess):
    """Each row is a record."""

    def add(self, change: Change) -> None:
        for row in change.rows:
            super().add(Change(rows=(row,)))
        super().add(attrs.evolve(change, rows=(), guards=()))


class IndexLast(InProcess):
    """Index pairs are a record of their own, behind the rest."""

    def add(self, change: Change) -> None:
        super().add(attrs.evolve(change, rows=tuple(attrs.evolve(row, index=()) for row in change.rows), events=()))
        super().add(Change(rows=tuple(change.rows), events=change.events))

    def take(self, change: Change) -> None:
        if change.rows and all(self.version(row.key) == row.version for row in change.rows):
            for row in change.rows:
                self.core._put(row)
            change = attrs.evolve(change, rows=())
        super().take(change)


class RemovesLast(InProcess):
    """Removes are a record of their own, behind the journal entries."""

    def add(self, change: Change) -> None:
        super().add(attrs.evolve(change, removes=(), events=()))
        super().add(Change(events=change.events, removes=change.removes))


class TornEndIsFatal(InProcess):
    """The place of a record is marked before it is filled, and a mark without a record makes the file unreadable."""

    def add(self, change: Change) -> None:
        end = os.fstat(self.file).st_size
        self.write(b"\0\0\xff\xff")
        change = plain(change)
        os.ftruncate(self.file, end)
        super().add(change)

    def torn(self) -> None:
        refuse("the file is damaged")


class LockStays(InProcess):
    """Who has the file named .lock is at work, and nobody looks whether he lives."""

    @contextmanager
    def turn(self) -> Iterator[None]:
        while True:
            try:
                os.close(os.open(f"{self.path}.lock", os.O_CREAT | os.O_EXCL))
                break
            except FileExistsError:
                time.sleep(0.0005)
        try:
            yield
        finally:
            os.unlink(f"{self.path}.lock")


class RefusesAfterACrash(InProcess):
    """A store that was not closed cannot be opened."""

    caps = StorageCapabilities(durable=True, shared=False)

    def __init__(self, path: str) -> None:
        try:
            os.close(os.open(f"{path}.open", os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            refuse("the store is open, or was not closed")
        super().__init__(path)

    def close(self) -> None:
        if not self.closed:
            os.unlink(f"{self.path}.open")
        super().close()


class DropsTheLastAfterACrash(InProcess):
    """The last record of a store that was not closed is thrown away, to be safe."""

    caps = StorageCapabilities(durable=True, shared=False)

    def __init__(self, path: str) -> None:
        self.crashed = os.path.exists(f"{path}.open")
        open(f"{path}.open", "w").close()
        super().__init__(path)

    def catch_up(self) -> None:
        if self.crashed:
            self.crashed = False
            data, at, last = os.pread(self.file, os.fstat(self.file).st_size, 0), 0, 0
            while at < len(data):
                at, last = at + HEAD + int.from_bytes(data[at : at + 4], "big"), at
            os.ftruncate(self.file, last)
        super().catch_up()

    def close(self) -> None:
        with suppress(FileNotFoundError):
            os.unlink(f"{self.path}.open")
        super().close()


class LosesSubjects(InProcess):
    """The journal of a subject is known to the process that wrote it."""

    subjects: dict[str, set[str]] = {}  # noqa: RUF012

    def apply(self, change: Change) -> None:
        super().apply(change)
        self.subjects.setdefault(self.path, set()).update(e.type for e in change.events)

    def journal(self, *, subject: Key | None = None, **how: Any) -> Sequence[JournalEntry]:
        found = super().journal(subject=subject, **how)
        known = self.subjects.get(self.path, set())
        return [e for e in found if subject is None or e.type in known]


class IndexOfAProcess(InProcess):
    """Find knows the index pairs that this process has written, and those that were there when it opened."""

    known: dict[str, set[Key]] = {}  # noqa: RUF012

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.known.setdefault(path, set()).update(self.core._rows)

    def apply(self, change: Change) -> None:
        super().apply(change)
        self.known[self.path].update(row.key for row in change.rows)

    def find(self, kind: str, field: str, **how: Any) -> Page:
        page = super().find(kind, field, **how)
        return attrs.evolve(page, rows=tuple(row for row in page.rows if row.key in self.known[self.path]))


class TwoRecordsOnceEncoded(TwoRecords):
    """Rows are one record and journal entries another, once nothing of the caller's is run any more."""

    def add(self, change: Change) -> None:
        super().add(plain(change))

    def write(self, data: bytes) -> None:
        super().write(data)
        time.sleep(0.002)


class ARecordARowOnceEncoded(ARecordARow):
    """Each row is a record, once nothing of the caller's is run any more."""

    def add(self, change: Change) -> None:
        super().add(plain(change))


class LockStaysOnceEncoded(LockStays):
    """Who has the file named .lock is at work, and takes it once nothing of the caller's is run any more."""

    def apply(self, change: Change) -> None:
        super().apply(plain(change))

    def write(self, data: bytes) -> None:
        super().write(data)
        time.sleep(0.002)


class LateInAnotherProcessOnceEncoded(LateInAnotherProcess):
    """The number is taken when nothing of the caller's is run any more, and then the rows take their time."""

    rows = 0

    def apply(self, change: Change) -> None:
        self.rows = len(change.rows)
        super().apply(plain(change))

    @contextmanager
    def number(self) -> Iterator[int]:
        with super().number() as first:
            time.sleep(0.00001 * self.rows)
            yield first
