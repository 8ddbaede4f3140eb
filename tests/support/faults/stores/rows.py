"""Stores with one planted fault each: opening and closing, rows and texts."""

from __future__ import annotations

import json
import threading
import time
import unicodedata
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import attrs

from cantinekit.backends.memory import MemoryStorage
from cantinekit.errors import StaleVersionError, StorageError
from cantinekit.plugins.ports import MAX_KEYS, Change, JournalEntry, Key, Page, Row, StorageCapabilities
from support.faults.stores.good_store import Good, mapped


class LooseCapabilities(Good):
    """Its capabilities are not a StorageCapabilities."""

    @property
    def capabilities(self) -> Any:
        return SimpleNamespace(durable=True, shared=True)


class JoinsWithoutMethods(Good):
    """It claims to join the host's transactions, and cannot tell when one is open."""

    @property
    def capabilities(self) -> StorageCapabilities:
        return StorageCapabilities(joins_host_transaction=True)


class AlwaysJoined(JoinsWithoutMethods):
    """It says that a transaction of the host is open where there is none."""

    def in_host_transaction(self) -> bool:
        return True

    def after_commit(self, work: Callable[[], None]) -> None:
        work()


class NeverTells(JoinsWithoutMethods):
    """It keeps what is to be done after the commit, and never does it."""

    def in_host_transaction(self) -> bool:
        return False

    def after_commit(self, work: Callable[[], None]) -> None:
        pass


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
