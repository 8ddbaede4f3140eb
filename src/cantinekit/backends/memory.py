"""A store in memory: for tests, for demonstrations, and as the model that other stores are compared with."""

from __future__ import annotations

import threading
from bisect import bisect_left, bisect_right, insort
from collections.abc import Sequence
from hashlib import sha256

from cantinekit.clock import instant
from cantinekit.common.evolve import evolve
from cantinekit.errors import StaleVersionError, StorageError, UrlError
from cantinekit.plugins.ports import Change, JournalEntry, Key, Page, Row, StorageCapabilities
from cantinekit.plugins.sql.find import Bodies, Newest, NewestWish, mark_of_bodies, newest_page
from cantinekit.plugins.store_checks import (
    check_change,
    check_find,
    check_journal,
    check_keys,
    encode_cursor,
    expected_versions,
)
from cantinekit.urls import BackendUrl


class MemoryStorage:
    """Rows and journal in dictionaries behind one lock; gone with the object."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rows: dict[Key, Row] = {}
        self._index: dict[tuple[str, str], list[tuple[str, str]]] = {}
        self._journal: list[JournalEntry] = []
        self._by_subject: dict[Key, list[JournalEntry]] = {}
        self._closed = False

    @property
    def capabilities(self) -> StorageCapabilities:
        return StorageCapabilities(durable=False, shared=False)

    def copy(self) -> MemoryStorage:
        """A store with the same rows and the same journal. What is written to one of the two is not in the other.

        Raises:
            StorageError: the store is closed.
        """
        made = MemoryStorage()
        with self._lock:
            self._check_open()
            made._rows = dict(self._rows)
            made._index = {key: list(entries) for key, entries in self._index.items()}
            made._journal = list(self._journal)
            made._by_subject = {key: list(entries) for key, entries in self._by_subject.items()}
        return made

    def load(self, keys: Sequence[Key]) -> Sequence[Row | None]:
        check_keys(keys)
        with self._lock:
            self._check_open()
            return [self._rows.get(Key(*key)) for key in keys]

    def find(
        self,
        kind: str,
        field: str,
        *,
        eq: str | None = None,
        ge: str | None = None,
        lt: str | None = None,
        after: str | None = None,
        limit: int = 100,
        reverse: bool = False,
    ) -> Page:
        position = check_find(kind, field, eq=eq, ge=ge, lt=lt, after=after, limit=limit)
        with self._lock:
            self._check_open()
            entries = self._index.get((kind, field), [])
            low = bisect_left(entries, (eq if eq is not None else ge or "", ""))
            high = len(entries)
            if eq is not None:
                high = bisect_right(entries, eq, key=lambda entry: entry[0])
            elif lt is not None:
                high = bisect_left(entries, (lt, ""))
            if position is not None and reverse:
                high = min(high, bisect_left(entries, position))
            elif position is not None:
                low = max(low, bisect_right(entries, position))
            low = min(low, high)
            chosen = entries[max(low, high - limit) : high][::-1] if reverse else entries[low : min(high, low + limit)]
            rows = tuple(self._rows[Key(kind, id)] for _, id in chosen)
        return Page(rows, encode_cursor(*chosen[-1]) if high - low > limit else None)

    def find_bodies(self, ranges: Sequence[tuple[str, str, str, str]], keys: Sequence[Key] = ()) -> Bodies:
        """The bodies of many rows, in one question; see ``cantinekit.plugins.sql.find``.

        Args:
            ranges: the kind, the index field, the least value and the value below which all lie.
            keys: the keys of rows.
        """
        check_keys(keys)
        found = list[list[tuple[str, str]]]()
        with self._lock:
            self._check_open()
            for kind, field, ge, lt in ranges:
                found.append([(row.id, row.body) for row in self._chosen(kind, field, ge, lt)])
            rows = [self._rows.get(key) for key in keys]
        return found, [None if row is None else row.body for row in rows]

    def find_other_bodies(
        self, ranges: Sequence[tuple[str, str, str, str]], keys: Sequence[Key], known: str
    ) -> Bodies | None:
        """The bodies of many rows, where they are others than before; see ``cantinekit.plugins.sql.find``.

        Args:
            ranges: the kind, the index field, the least value and the value below which all lie.
            keys: the keys of rows.
            known: the mark of the bodies of before.
        """
        found = self.find_bodies(ranges, keys)
        return None if mark_of_bodies(*found) == known else found

    def find_mark(self, ranges: Sequence[tuple[str, str, str, str]], keys: Sequence[Key] = ()) -> str:
        """The mark of many rows, in one question; see ``cantinekit.plugins.sql.find``.

        Args:
            ranges: the kind, the index field, the least value and the value below which all lie.
            keys: the keys of rows.
        """
        check_keys(keys)
        with self._lock:
            self._check_open()
            found = [self._chosen(*one) for one in ranges]
            rows = [self._rows.get(key) for key in keys]
        return sha256(repr((found, rows)).encode()).hexdigest()

    def _chosen(self, kind: str, field: str, ge: str, lt: str) -> list[Row]:
        """The rows of a range."""
        entries = self._index.get((kind, field), [])
        chosen = entries[bisect_left(entries, (ge, "")) : bisect_left(entries, (lt, ""))]
        return [self._rows[Key(kind, id)] for _, id in chosen]

    def find_newest(self, pages: Sequence[NewestWish], keys: Sequence[Key] = ()) -> Newest:
        """The last rows of several lists, in one question; see ``cantinekit.plugins.sql.find``.

        Args:
            pages: the kind, the index field, the least value, the value below which all lie, and the most rows.
            keys: the keys of rows.
        """
        some = [self.find(kind, field, ge=ge, lt=lt, limit=most, reverse=True) for kind, field, ge, lt, most in pages]
        _, bodies = self.find_bodies((), keys)
        return [newest_page(page) for page in some], bodies

    def apply(self, change: Change) -> None:
        check_change(change)
        expected = expected_versions(change)
        rows = tuple(change.rows)  # in the lock nothing of the caller's is run, which could break off half of a change
        events = [_recorded(event) for event in change.events]
        with self._lock:
            self._check_open()
            stale = [key for key, version in expected.items() if self._version(key) != version]
            if stale:
                raise StaleVersionError(sorted(stale))
            before = {key: self._rows.get(key) for key in expected}
            last = len(self._journal)
            try:
                for row in rows:
                    self._put(row)
                for guard in change.removes:
                    self._remove(Key(*guard.key))
                self._record(events)
            except BaseException:  # an interrupt
                self._undo(before, rows, events, last)
                raise

    def journal(self, *, subject: Key | None = None, after: int = 0, limit: int = 100) -> Sequence[JournalEntry]:
        check_journal(subject, after, limit)
        with self._lock:
            self._check_open()
            entries = self._journal if subject is None else self._by_subject.get(Key(*subject), [])
            start = bisect_right(entries, after, key=lambda entry: entry.number)
            return entries[start : start + limit]

    def close(self) -> None:
        with self._lock:
            self._closed = True

    def _check_open(self) -> None:
        if self._closed:
            raise StorageError("the store is closed")

    def _version(self, key: Key) -> int:
        row = self._rows.get(key)
        return 0 if row is None else row.version

    def _put(self, row: Row) -> None:
        key = row.key
        old = self._rows.get(key)
        self._reindex(key, set(old.index) if old else set(), set(row.index))
        self._rows[key] = row

    def _remove(self, key: Key) -> None:
        self._reindex(key, set(self._rows.pop(key).index), set())

    def _reindex(self, key: Key, old: set[tuple[str, str]], new: set[tuple[str, str]]) -> None:
        for field, value in old - new:
            entries = self._index[key.kind, field]
            del entries[bisect_left(entries, (value, key.id))]
        for field, value in new - old:
            insort(self._index.setdefault((key.kind, field), []), (value, key.id))

    def _record(self, events: Sequence[JournalEntry]) -> None:
        for event in events:
            entry = evolve(event, number=len(self._journal) + 1)
            self._journal.append(entry)
            for subject in set(entry.subjects):
                self._by_subject.setdefault(subject, []).append(entry)

    def _undo(
        self, before: dict[Key, Row | None], rows: Sequence[Row], events: Sequence[JournalEntry], last: int
    ) -> None:
        """Take back what there is of a change, whatever step it was broken off at."""
        made = {row.key: row for row in rows}
        for key, old in before.items():
            kept = set(old.index) if old else set()
            for field, value in {*kept, *(made[key].index if key in made else ())}:
                entries = self._index.setdefault((key.kind, field), [])
                at = bisect_left(entries, (value, key.id))
                there = entries[at : at + 1] == [(value, key.id)]
                if there and (field, value) not in kept:
                    del entries[at]
                elif not there and (field, value) in kept:
                    entries.insert(at, (value, key.id))
            if old is None:
                self._rows.pop(key, None)
            else:
                self._rows[key] = old
        del self._journal[last:]
        for subject in {subject for event in events for subject in event.subjects}:
            entries_of_one = self._by_subject.get(subject, [])
            while entries_of_one and entries_of_one[-1].number > last:
                entries_of_one.pop()


def _recorded(event: JournalEntry) -> JournalEntry:
    return evolve(event, at=instant(event.at), subjects=tuple(Key(*subject) for subject in event.subjects))


def open_memory(url: BackendUrl) -> MemoryStorage:
    """Open ``memory://``: a new, empty store each time.

    Args:
        url: the parsed URL.

    Raises:
        UrlError: the URL names a host, a path or an option.
    """
    url.check_options(())
    if url.host or url.path.strip("/"):
        raise UrlError("memory:// takes nothing after the slashes: every store in memory is a new one")
    return MemoryStorage()
