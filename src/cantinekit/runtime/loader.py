"""Reading what a command asks for: batches of rows, what comes along with the first of them, and what is kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from datetime import datetime
from typing import Any

import attrs

from cantinekit.commands import Command
from cantinekit.common.recent import Recent
from cantinekit.common.telemetry import step
from cantinekit.domain.base import index_field
from cantinekit.domain.decision import Decision, Prerequisite
from cantinekit.domain.dispatch import handler_of
from cantinekit.domain.handling import Handler
from cantinekit.domain.state import Find, Load
from cantinekit.domain.unit_of_work import Uow
from cantinekit.errors import CantineError, StorageError
from cantinekit.plugins.ports import Key, Row, RowLock, Storage
from cantinekit.records import Record, Request
from cantinekit.runtime import codec
from cantinekit.runtime.hot_rows import HotRowQueue

MAX_DECODED = 1024
"""How many records of steady kinds are kept beside their rows."""
MAX_IMMUTABLE = 256
"""How many records that never change are kept."""


class Replay(Exception):
    """The request was answered before.

    Args:
        request: the record of the request, with its answer.
    """

    def __init__(self, request: Request) -> None:
        super().__init__()
        self.request = request


@attrs.define
class ReadSet:
    """What was read for one try, and at which version each row was.

    Attributes:
        through: what is read and written through: the store, or the row lock that was waited for.
        again: whether this is a further try after a clash. Then a command whose first rows are hot is read and decided
            under the lock, also where its decision could be rebased.
        records: the records by their keys; ``None`` where there is no row.
        versions: the version of each row, 0 where there is none. The change is guarded by them.
        batches: how many round trips were made.
        first: the first batch that the handler asked for; ``None`` before it has asked.
        lead: what tells which rows such a command asks for next: its type, and the row that leads to them.
        along: rows that are at hand before they are asked for, with their versions: what came along with the first
            batch since such a command asked for it next the last time, or what was read before the handler was run
            again. They count as read once the command asks for them.
        deferred: the first batch of a command that waits for the lock once it has decided, because the decision may be
            rebased; empty for any other.
    """

    through: RowLock
    again: bool = False
    records: dict[Key, Record | None] = attrs.field(factory=dict)
    versions: dict[Key, int] = attrs.field(factory=dict)
    batches: int = 0
    first: tuple[Key, ...] | None = None
    lead: tuple[type[Command[Any]], Key] | None = None
    along: dict[Key, tuple[int, Record | None]] = attrs.field(factory=dict)
    deferred: tuple[Key, ...] = ()

    def rewind(self) -> None:
        """Have the rows at hand for a handler that is run again: it gets them as they were read, and guards those of
        them that it asks for.
        """
        read = [(key, record) for key, record in self.records.items() if key in self.versions]
        self.along.update((key, (self.versions[key], record)) for key, record in read)
        self.records = {}


class Loader:
    """Runs handlers: loads what they ask for. Thread-safe: it keeps nothing but immutable records, and keys.

    Args:
        storage: the store.
        queue: the row locks to wait for where rows are hot.
    """

    def __init__(self, storage: Storage, queue: HotRowQueue) -> None:
        self.storage = storage
        self.queue = queue
        self._immutable: Recent[Key, Record] = Recent(MAX_IMMUTABLE)
        self._decoded: Recent[Key, tuple[Row, Record]] = Recent(MAX_DECODED)
        self._asked_next: Recent[tuple[type[Command[Any]], Key], tuple[Key, ...]] = Recent(MAX_DECODED)

    def run(
        self,
        command: Command[Any],
        uow: Uow,
        request: Key | None,
        seen: ReadSet,
        held: ExitStack,
        clock: Callable[[], datetime],
    ) -> Decision[Any]:
        """Run the handler of a command. Where its first rows are hot, it waits for the row lock first, or notes in the
        read set that the caller has to wait before storing.

        Args:
            command: what to decide.
            uow: the unit of work that the handler reads through and decides in. Its instant moves on with the clock.
            request: the key of the idempotent request, looked up with the first batch; ``None`` without one.
            seen: the read set to fill.
            held: the scope of the row lock.
            clock: gives the present instant. It is read after each batch, since reading may have waited.

        Raises:
            Replay: the request was answered before.
        """
        handler = handler_of(command)
        steps = handler.handle(command, uow)
        found: Mapping[Key, Record | None]
        try:
            wish = next(steps)
            while True:
                if isinstance(wish, Find):
                    found = find_keys(self.storage, wish)
                else:
                    along = self._begin(command, handler, wish, seen, held) if seen.first is None else ()
                    found, request = self._load(wish, seen, request, along), None
                    seen.records.update(found)
                uow.now = max(uow.now, clock())
                wish = steps.send(found)
        except StopIteration as end:
            self.look_up(request, seen)
            decision: Decision[Any] = end.value
            return decision
        except (CantineError, Prerequisite) as refusal:
            if seen.first is None and not isinstance(refusal, StorageError):  # a store that fails is not asked again
                self.look_up(request, seen)
            raise
        finally:
            self._note(seen)

    def _begin(
        self, command: Command[Any], handler: Handler, wish: Load, seen: ReadSet, held: ExitStack
    ) -> Sequence[Key]:
        """Wait for the row lock before the first batch, or defer it; the rows that are read along with the batch."""
        seen.first, seen.lead = wish.keys, self._lead(command, wish)
        lock = self.queue.take(wish.keys, held) if seen.again or not handler.rebases else None
        seen.through = lock or seen.through
        if handler.rebases and lock is None:
            seen.deferred = wish.keys
        return (self._asked_next.get(seen.lead) if seen.lead else None) or ()

    def look_up(self, request: Key | None, seen: ReadSet) -> None:
        """Look the key of a request up that no batch has looked up: nothing was read for the command.

        Args:
            request: the key of the row of the request; ``None``: there is none, or it was looked up.
            seen: what was read so far.

        Raises:
            Replay: the request was answered before.
        """
        if request is not None:
            self._load(Load(()), seen, request)

    def _load(
        self, wish: Load, seen: ReadSet, request: Key | None, along: Sequence[Key] = ()
    ) -> dict[Key, Record | None]:
        """The records of a batch; the key of a request is looked up in the same call.

        Raises:
            Replay: the request was answered before.
        """
        found: dict[Key, Record | None] = {}
        for key in wish.keys:
            if (kept := self._immutable.get(key)) is not None:
                found[key] = kept
            if key in seen.along:
                seen.versions[key], found[key] = seen.along[key]
        keys = [key for key in wish.keys if key not in found]
        if request is not None:
            keys.append(request)
        if not keys:
            return found
        seen.batches += 1
        wanted = len(keys)
        keys += [key for key in along if key not in keys]
        with step("batch", rows=len(keys)):
            rows = seen.through.load(keys)
        for number, (key, row) in enumerate(zip(keys, rows, strict=True)):
            record, version = (self.decode(row), row.version) if row else (None, 0)
            if number >= wanted:
                seen.along[key] = version, record
                continue
            seen.versions[key], found[key] = version, record
            if record is not None and self._may_keep(key):
                self._immutable.put(key, record)
        if request is not None and (answered := found.pop(request)) is not None:
            raise Replay(answered)  # type: ignore[arg-type]
        return found

    def _lead(self, command: Command[Any], wish: Load) -> tuple[type[Command[Any]], Key] | None:
        """What tells which rows such a command asks for next: its type, and the row that leads to them."""
        leads = [key for key in wish.keys if codec.KINDS[key.kind].leads]
        return (type(command), leads[0]) if leads else None

    def _note(self, seen: ReadSet) -> None:
        """Note what was read beyond the first batch and is read by many commands: the next one gets it along."""
        if seen.lead is None or seen.first is None or seen.batches < 2:
            return
        keys = seen.records.keys() - seen.first
        self._asked_next.put(seen.lead, tuple(sorted(key for key in keys if codec.KINDS[key.kind].steady)))

    def decode(self, row: Row) -> Record:
        """The record of a row. That of a row which many commands read and few write is made once for each version.

        Args:
            row: the row as it is stored.
        """
        kept = self._decoded.get(row.key)
        if kept is not None and kept[0] == row:
            return kept[1]
        record = codec.decode(row)
        if codec.KINDS[row.kind].steady:
            self._decoded.put(row.key, (row, record))
        return record

    def _may_keep(self, key: Key) -> bool:
        """Whether a record can be kept for the next command: it never changes, and no host may roll it back."""
        return codec.KINDS[key.kind].immutable and not self.storage.capabilities.joins_host_transaction


def find_keys(storage: Storage, wish: Find) -> dict[Key, Record | None]:
    """Look keys up in an index: each once, in the order of the index, without its record.

    Args:
        storage: the store.
        wish: the kind, the index field and the range of its values.
    """
    index_field(wish.kind, wish.field)
    keys: dict[Key, Record | None] = {}
    after: str | None = None
    while True:
        page = storage.find(wish.kind, wish.field, ge=wish.ge, lt=wish.lt, after=after, limit=10_000)
        keys.update((row.key, None) for row in page.rows)
        after = page.next
        if after is None:
            return keys
