"""A store that keeps every promise, and stores with one planted fault each."""

from __future__ import annotations

import json
import threading
import time
import unicodedata
from collections.abc import Callable, Sequence
from datetime import UTC
from types import SimpleNamespace
from typing import Any

import attrs

from cantinekit.backends.checks import check_find
from cantinekit.backends.memory import MemoryStorage
from cantinekit.errors import InputError, StaleVersionError, StorageError
from cantinekit.ports import MAX_KEYS, Change, Guard, JournalEntry, Key, Page, Row, StorageCapabilities

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


# --- opening and closing --------------------------------------------------------------------------------------------


class LooseCapabilities(Good):
    """Its capabilities are not a StorageCapabilities."""

    @property
    def capabilities(self) -> Any:
        return SimpleNamespace(durable=True, shared=True)


class GlobalState(Good):
    """A store that is opened while another one is open has the other's data."""

    last: Good | None = None

    def __init__(self, core: MemoryStorage | None = None) -> None:
        before = GlobalState.last
        super().__init__(before.core if before is not None and not before.closed else core)
        GlobalState.last = self


class CloseOnce(Good):
    """A second close fails."""

    def close(self) -> None:
        self.check_open()
        super().close()


class WorksClosed(Good):
    """A closed store goes on."""

    def check_open(self) -> None:
        pass


class Forgets(Good):
    """Another handle finds nothing."""

    def again(self) -> Good:
        return type(self)()


class CoreThatCounts(MemoryStorage):
    last = 0

    def _record(self, events: Sequence[JournalEntry]) -> None:
        start = len(self._journal)
        super()._record(events)
        for at in range(start, len(self._journal)):
            self.last += 1
            self._journal[at] = attrs.evolve(self._journal[at], number=self.last)


class NumbersRestart(Good):
    """Journal numbers begin at 1 again after reopening."""

    core_type = CoreThatCounts

    def again(self) -> Good:
        self.core.last = 0
        return super().again()


class PrivateCache(Good):
    """Each handle remembers rows, and does not see that another handle wrote them."""

    def __init__(self, core: MemoryStorage | None = None) -> None:
        super().__init__(core)
        self.cache: dict[Key, Row] = {}

    def load(self, keys: Sequence[Key]) -> Sequence[Row | None]:
        found = [self.cache.get(key) or row for key, row in zip(keys, super().load(keys), strict=True)]
        self.cache.update({row.key: row for row in found if row})
        return found

    def apply(self, change: Change) -> None:
        try:
            super().apply(change)
        except StaleVersionError as error:
            for key in error.keys:
                self.cache.pop(key, None)
            raise
        self.cache.update({row.key: row for row in change.rows})
        for guard in change.removes:
            self.cache.pop(guard.key, None)


class OneThread(Good):
    """Only the thread that opened it may use it."""

    def __init__(self, core: MemoryStorage | None = None) -> None:
        super().__init__(core)
        self.owner = threading.get_ident()

    def check_open(self) -> None:
        super().check_open()
        if threading.get_ident() != self.owner:
            raise StorageError("opened in another thread")


# --- rows and texts -------------------------------------------------------------------------------------------------


class SortsIndex(Good):
    """The index pairs of a row come back sorted."""

    def load(self, keys: Sequence[Key]) -> Sequence[Row | None]:
        return [row and attrs.evolve(row, index=tuple(sorted(row.index))) for row in super().load(keys)]


class FloatNumbers(Good):
    """Large integers become floats."""

    def apply(self, change: Change) -> None:
        def spoiled(row: Row) -> Row:
            value = json.loads(row.body, parse_int=lambda text: int(text) if len(text) < 16 else int(float(text)))
            return attrs.evolve(row, body=json.dumps(value))

        super().apply(mapped(change, spoiled))


class SkipsAbsent(Good):
    """Load leaves out what is absent."""

    def load(self, keys: Sequence[Key]) -> Sequence[Row | None]:
        return [row for row in super().load(keys) if row]


class SortsLoad(Good):
    """Load answers in the order of the keys' texts."""

    def load(self, keys: Sequence[Key]) -> Sequence[Row | None]:
        return super().load(sorted(keys))


class DropsDoubles(Good):
    """Load answers a key once."""

    def load(self, keys: Sequence[Key]) -> Sequence[Row | None]:
        return super().load(list(dict.fromkeys(keys)))


class CoreBlindToKinds(MemoryStorage):
    def _remove(self, key: Key) -> None:
        for other in [other for other in self._rows if other.id == key.id]:
            super()._remove(other)


class RemovesInAllKinds(Good):
    """A remove takes the rows with the same id in other kinds along."""

    core_type = CoreBlindToKinds


class DropsFourBytes(Good):
    """Characters of four bytes vanish from bodies (MySQL's utf8)."""

    def apply(self, change: Change) -> None:
        def spoiled(row: Row) -> Row:
            text = "".join(c for c in json.dumps(json.loads(row.body), ensure_ascii=False) if ord(c) < 0x10000)
            return attrs.evolve(row, body=text)

        super().apply(mapped(change, spoiled))


class NormalisesIds(Good):
    """Ids are brought to one Unicode form."""

    def apply(self, change: Change) -> None:
        super().apply(mapped(change, lambda row: attrs.evolve(row, id=unicodedata.normalize("NFKC", row.id))))


class CutsBodies(Good):
    """Long texts in bodies are cut at 64 KiB."""

    def apply(self, change: Change) -> None:
        def cut(row: Row) -> Row:
            value = {name: v[:65_536] if isinstance(v, str) else v for name, v in json.loads(row.body).items()}
            return attrs.evolve(row, body=json.dumps(value))

        super().apply(mapped(change, cut))


class CutsIds(Good):
    """Ids are cut at 255 characters, when written and when read."""

    def load(self, keys: Sequence[Key]) -> Sequence[Row | None]:
        return super().load([Key(kind, id[:255]) for kind, id in keys])

    def apply(self, change: Change) -> None:
        super().apply(mapped(change, lambda row: attrs.evolve(row, id=row.id[:255])))


class StoresNul(Good):
    """A NUL ends a text, and what is before it is stored."""

    def apply(self, change: Change) -> None:
        super().apply(mapped(change, lambda row: attrs.evolve(row, id=row.id.partition("\0")[0])))


class StoresAnyBody(Good):
    """A body that is no JSON object is stored as an empty one."""

    def apply(self, change: Change) -> None:
        def tolerant(row: Row) -> Row:
            try:
                value = json.loads(row.body)
            except ValueError:
                value = None
            return row if isinstance(value, dict) else attrs.evolve(row, body="{}")

        super().apply(mapped(change, tolerant))


class TornLoad(Good):
    """Load reads row by row."""

    def load(self, keys: Sequence[Key]) -> Sequence[Row | None]:
        if len(keys) > 100:
            return super().load(keys)
        rows: list[Row | None] = []
        for key in keys:
            rows += super().load([key])
            time.sleep(0.0005)
        return rows


class CapsLoad(Good):
    """Load reads the first thousand keys and says that the rest is absent."""

    def load(self, keys: Sequence[Key]) -> Sequence[Row | None]:
        return [*super().load(keys[:1000]), *[None for _ in keys[1000:]]]


class CapsPages(Good):
    """A page has a thousand rows at most, whatever was asked."""

    def find(self, kind: str, field: str, **how: Any) -> Page:
        page = super().find(kind, field, **how)
        return attrs.evolve(page, rows=page.rows[:1000])


class EndlessLoad(Good):
    """Load takes any number of keys."""

    def load(self, keys: Sequence[Key]) -> Sequence[Row | None]:
        return [
            row for at in range(0, len(keys), MAX_KEYS) for row in super(EndlessLoad, self).load(keys[at:][:MAX_KEYS])
        ]


# --- changes --------------------------------------------------------------------------------------------------------


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


# --- find -----------------------------------------------------------------------------------------------------------


class Naive(Good, fault=False):
    """Find goes through all rows; the order, the cursor and the page are open to faults."""

    def order(self, item: tuple[str, str, Row]) -> Any:
        return item[:2]

    def arranged(self, items: list[tuple[str, str, Row]], reverse: bool) -> list[tuple[str, str, Row]]:
        return sorted(items, key=self.order, reverse=reverse)

    def rest(self, items: list[tuple[str, str, Row]], after: str) -> list[tuple[str, str, Row]]:
        keys = [self.cursor(items, at) for at in range(len(items))]
        return items[keys.index(after) + 1 :] if after in keys else items

    def cursor(self, items: list[tuple[str, str, Row]], at: int) -> str:
        return json.dumps(items[at][:2])

    def pairs(self, row: Row) -> set[tuple[str, str]]:
        return set(row.index)

    def find(self, kind: str, field: str, **how: Any) -> Page:
        self.check_open()
        eq, ge, lt, after, limit, reverse = (how.get(n) for n in ("eq", "ge", "lt", "after", "limit", "reverse"))
        limit = 100 if limit is None else limit
        check_find(kind, field, eq=eq, ge=ge, lt=lt, after=None, limit=limit)
        rows = [row for key, row in list(self.core._rows.items()) if key.kind == kind]
        items = [(value, row.id, row) for row in rows for name, value in self.pairs(row) if name == field]
        items = [
            item
            for item in items
            if (eq is None or item[0] == eq) and (ge is None or item[0] >= ge) and (lt is None or item[0] < lt)
        ]
        items = self.arranged(items, bool(reverse))
        left = items if after is None else self.rest(items, after)
        more = len(left) > limit
        return Page(
            tuple(row for *_, row in left[:limit]), self.cursor(items, items.index(left[limit - 1])) if more else None
        )


class PrefixFind(Good):
    """Find by a value gives the values that begin with it too."""

    def find(self, kind: str, field: str, *, eq: str | None = None, **how: Any) -> Page:
        if eq is None:
            return super().find(kind, field, **how)
        return super().find(kind, field, **{**how, "ge": eq, "lt": eq + "\U0010ffff"})


class InclusiveEnd(Good):
    """The end of a range belongs to it."""

    def find(self, kind: str, field: str, *, lt: str | None = None, **how: Any) -> Page:
        return super().find(kind, field, lt=None if lt is None else lt + "\x01", **how)


class FindsOldBodies(Good):
    """Find gives rows as they were when they were created."""

    def __init__(self, core: MemoryStorage | None = None) -> None:
        super().__init__(core)
        self.first: dict[Key, Row] = {}

    def apply(self, change: Change) -> None:
        super().apply(change)
        self.first.update({row.key: row for row in change.rows if row.version == 1})

    def find(self, kind: str, field: str, **how: Any) -> Page:
        page = super().find(kind, field, **how)
        return attrs.evolve(page, rows=tuple(self.first.get(row.key, row) for row in page.rows))


class OrderOfIds(Naive):
    """Rows come in the order of their ids only."""

    def order(self, item: tuple[str, str, Row]) -> Any:
        return item[1]


class OrderOfALocale(Naive):
    """Values are ordered as in a dictionary: case and accents last."""

    def order(self, item: tuple[str, str, Row]) -> Any:
        return tuple((unicodedata.normalize("NFKD", text).casefold(), text) for text in item[:2])


class OrderOfUtf16(Naive):
    """Texts are ordered by their UTF-16 units, so four-byte characters come before some of three."""

    def order(self, item: tuple[str, str, Row]) -> Any:
        return tuple(text.encode("utf-16-be") for text in item[:2])


class IgnoresReverse(Naive):
    """Reverse does nothing."""

    def arranged(self, items: list[tuple[str, str, Row]], reverse: bool) -> list[tuple[str, str, Row]]:
        return super().arranged(items, False)


class ReversesValuesOnly(Naive):
    """Reverse turns the values around, and not the ids among equal values."""

    def arranged(self, items: list[tuple[str, str, Row]], reverse: bool) -> list[tuple[str, str, Row]]:
        return sorted(super().arranged(items, False), key=lambda item: item[0], reverse=reverse)


class IgnoresLimit(Good):
    """A page has all rows."""

    def find(self, kind: str, field: str, **how: Any) -> Page:
        page = super().find(kind, field, **how)
        return super().find(kind, field, **{**how, "limit": MAX_KEYS}) if page.next else page


class CursorOnLastPage(Naive):
    """A full last page has a cursor, and an empty page follows."""

    def find(self, kind: str, field: str, **how: Any) -> Page:
        page = super().find(kind, field, **how)
        full = page.rows and len(page.rows) == how.get("limit", 100) and page.next is None
        return attrs.evolve(page, next="end") if full else page

    def rest(self, items: list[tuple[str, str, Row]], after: str) -> list[tuple[str, str, Row]]:
        return [] if after == "end" else super().rest(items, after)


class CursorLosesEqualValues(Naive):
    """The cursor is the value, so the rest of the rows with that value is lost."""

    def rest(self, items: list[tuple[str, str, Row]], after: str) -> list[tuple[str, str, Row]]:
        value = json.loads(after)[0]
        last = max(at for at, item in enumerate(items) if item[0] == value)
        return items[last + 1 :]


class CursorRepeats(Naive):
    """A page begins with the last row of the page before."""

    def rest(self, items: list[tuple[str, str, Row]], after: str) -> list[tuple[str, str, Row]]:
        done = len(items) - len(super().rest(items, after))
        return items[max(0, done - 1) :]


class CursorCounts(Naive):
    """The cursor is a number of rows to skip."""

    def cursor(self, items: list[tuple[str, str, Row]], at: int) -> str:
        return str(at + 1)

    def rest(self, items: list[tuple[str, str, Row]], after: str) -> list[tuple[str, str, Row]]:
        return items[int(after) :]


class CursorWithBars(Naive):
    """The cursor is value and id with a bar between them."""

    def cursor(self, items: list[tuple[str, str, Row]], at: int) -> str:
        return "|".join(items[at][:2])

    def rest(self, items: list[tuple[str, str, Row]], after: str) -> list[tuple[str, str, Row]]:
        value, _, id = after.partition("|")
        return items[[item[:2] for item in items].index((value, id)) + 1 :]


class OneValueAField(Naive):
    """A row is found by the last value of each field."""

    def pairs(self, row: Row) -> set[tuple[str, str]]:
        return set(dict(row.index).items())


class LenientFind(Good):
    """What makes no sense in find is put right without a word."""

    def find(self, kind: str, field: str, **how: Any) -> Page:
        how["limit"] = min(max(1, how.get("limit", 100)), MAX_KEYS)
        try:
            return super().find(kind, field, **how)
        except InputError:
            return super().find(kind, field, eq=how.get("eq"), limit=how["limit"])


# --- the journal ----------------------------------------------------------------------------------------------------


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
            for number, event in enumerate(events, start=first):
                entry = attrs.evolve(event, number=number)
                self._journal.append(entry)
                for subject in set(event.subjects):
                    self._by_subject.setdefault(subject, []).append(entry)
            self._journal.sort(key=lambda entry: entry.number)


class NumbersAtBegin(Good):
    """Journal numbers are in the order in which the changes began."""

    core_type = CoreThatNumbersAtBegin


# --- races ----------------------------------------------------------------------------------------------------------


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
