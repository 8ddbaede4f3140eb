"""A store that keeps every promise in one file: a log of changes behind a lock, for several processes at once.

Small enough to be read whole, so that what the stores with a planted fault leave out is plain.
"""

from __future__ import annotations

import fcntl
import os
import pickle
import tempfile
import threading
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

from cantinekit.errors import StaleVersionError, StorageError
from cantinekit.plugins.ports import Change, JournalEntry, Key, Page, Row, StorageCapabilities
from cantinekit.plugins.store_checks import check_change, expected_versions
from support.faults.stores.good_store import Good
from support.stores.quick_folder import quick

FILED: list[type[Filed]] = []
HEAD = 8


class Filed(Good, fault=False):
    """Rows and journal in memory, as the log in the file tells; each call reads first what others have added."""

    caps = StorageCapabilities(durable=True, shared=True)

    def __init__(self, path: str) -> None:
        super().__init__()
        self.path = path
        self.done = 0
        self.mine = threading.RLock()
        self.file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        with self.at_work():
            pass

    def __init_subclass__(cls, fault: bool = True) -> None:
        super().__init_subclass__(fault=False)
        if fault:
            FILED.append(cls)

    @classmethod
    def fresh(cls) -> Filed:
        return cls(tempfile.mktemp(dir=FOLDER.name))

    def again(self) -> Filed:
        return type(self)(self.path)

    def opener(self) -> Callable[[], Filed]:
        return partial(type(self), self.path)

    @property
    def capabilities(self) -> StorageCapabilities:
        return self.caps

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Nobody else, in any process, is at work. An interrupt as the lock is taken gives it back too."""
        try:
            fcntl.flock(self.file, fcntl.LOCK_EX)
            yield
        finally:
            fcntl.flock(self.file, fcntl.LOCK_UN)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        with self.mine:
            self.check_open()
            with self.turn():
                self.catch_up()
                yield

    def catch_up(self) -> None:
        """Take over what was added; what was cut off at the end was never acknowledged, and goes."""
        data = os.pread(self.file, os.fstat(self.file).st_size - self.done, self.done)
        while data:
            size, sum_ = int.from_bytes(data[:4], "big"), int.from_bytes(data[4:HEAD], "big")
            packed = data[HEAD : HEAD + size]
            if len(packed) < size or zlib.crc32(packed) != sum_:
                self.torn()
                return
            self.take(pickle.loads(packed))
            self.done += HEAD + size
            data = data[HEAD + size :]

    def torn(self) -> None:
        os.ftruncate(self.file, self.done)

    def take(self, change: Change) -> None:
        self.core.apply(change)

    def add(self, change: Change) -> None:
        """Append one record, with one write."""
        packed = pickle.dumps(plain(change))
        self.write(len(packed).to_bytes(4, "big") + zlib.crc32(packed).to_bytes(4, "big") + packed)

    def write(self, data: bytes) -> None:
        os.pwrite(self.file, data, os.fstat(self.file).st_size)

    def compare(self, change: Change) -> None:
        stale = [key for key, version in expected_versions(change).items() if self.version(key) != version]
        if stale:
            raise StaleVersionError(stale)

    def load(self, keys: Sequence[Key]) -> Sequence[Row | None]:
        with self.at_work():
            return super().load(keys)

    def find(self, kind: str, field: str, **how: Any) -> Page:
        with self.at_work():
            return super().find(kind, field, **how)

    def apply(self, change: Change) -> None:
        check_change(change)
        with self.at_work():
            self.compare(change)
            self.add(change)
            self.catch_up()

    def journal(self, *, subject: Key | None = None, after: int = 0, limit: int = 100) -> Sequence[JournalEntry]:
        with self.at_work():
            return super().journal(subject=subject, after=after, limit=limit)

    def close(self) -> None:
        with self.mine:
            if not self.closed:
                super().close()
                os.close(self.file)


def plain(change: Change) -> Change:
    """The change with plain tuples, after a walk through what may stall or end the process."""
    parts = ([*part] for part in (change.rows, change.events, change.guards, change.removes))
    return Change(*(tuple(part) for part in parts))


def refuse(words: str) -> None:
    raise StorageError(words)


FOLDER = tempfile.TemporaryDirectory(prefix="cantinekit-filed-", dir=quick(), ignore_cleanup_errors=True)
