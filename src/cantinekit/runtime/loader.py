"""Reading what a command asks for: batches of rows, what comes along with the first of them, and what is kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from datetime import datetime
from typing import Any

import attrs

from cantinekit.commands import Command
from cantinekit.common.recent import Recent
from cantinekit.domain.decision import Decision, Prerequisite
from cantinekit.domain.handling import handler_of
from cantinekit.domain.state import Find, Load, UnloadedError
from cantinekit.domain.unit_of_work import Uow
from cantinekit.errors import CantineError
from cantinekit.plugins.ports import Key, Row, Storage, Turn
from cantinekit.records import Record, Request
from cantinekit.runtime import codec
from cantinekit.runtime.hot_rows import HotRowQueue

MAX_DECODED = 1024
"""How many records of steady kinds are kept beside their rows."""
MAX_IMMUTABLE = 256
"""How many records that never change are kept."""


class Replay(Exception):
    """The request was answered before."""

    def __init__(self, request: Request) -> None:
        super().__init__()
        self.request = request


@attrs.define
class ReadSet:
    """What was read for one try, and at which version each row was."""

    through: Turn
    """What is read and written through: the store, or the row lock that was waited for."""
    again: bool = False
    """Rows changed a moment ago: where its first batch is wanted by many, all is read and decided under the lock."""
    records: dict[Key, Record | None] = attrs.field(factory=dict)
    found: dict[Find, dict[Key, Record | None]] = attrs.field(factory=dict)
    versions: dict[Key, int] = attrs.field(factory=dict)
    batches: int = 0
    along: dict[Key, tuple[int, Record | None]] = attrs.field(factory=dict)
    """What came along with the first batch because such a command asked for it next the last time, with its version."""
    deferred: tuple[Key, ...] = ()
    """The first batch of a command that waits for the lock once it has decided, because the decision may be rebased."""

    def answer(self, wish: Load | Find) -> Mapping[Key, Record | None]:
        """What was read for a wish.

        Raises:
            UnloadedError: it was not read.
        """
        if isinstance(wish, Find):
            return self.found[wish]
        missing = [key for key in wish.keys if key not in self.records]
        if missing:
            raise UnloadedError(f"{missing[0].kind} was not loaded")
        return {key: self.records[key] for key in wish.keys}


class Loader:
    """Runs handlers: loads what they ask for. Thread-safe: it keeps nothing but immutable records, and keys."""

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
        """Run the handler of a command. Where others want its rows too it waits for the row lock first, or says in
        ``deferred`` that it has to. ``clock`` is read after each batch: reading may have waited.

        Raises:
            Replay: its request was answered before.
        """
        handler = handler_of(command)
        steps = handler.handle(command, uow)
        first = lead = None
        try:
            wish = next(steps)
            while True:
                if isinstance(wish, Find):
                    found = seen.found[wish] = find_keys(self.storage, wish)
                else:
                    along: Sequence[Key] = ()
                    if first is None:
                        first, lead = wish, self._lead(command, wish)
                        along = (self._asked_next.get(lead) if lead else None) or ()
                        turn = self.queue.take(wish.keys, held) if seen.again or not handler.rebases else None
                        seen.through = turn or seen.through
                        if handler.rebases and turn is None:
                            seen.deferred = wish.keys
                    found = self._load(wish, seen, request, along)
                    if request is not None and (answered := found.pop(request, None)) is not None:
                        raise Replay(answered)  # type: ignore[arg-type]
                    request = None
                    seen.records.update(found)
                uow.now = max(uow.now, clock())
                wish = steps.send(found)
        except StopIteration as end:
            self._look_up(request, seen)
            decision: Decision[Any] = end.value
            return decision
        except (CantineError, Prerequisite):
            self._look_up(request, seen)
            raise
        finally:
            if first is not None and lead is not None and seen.batches > 1:
                self._note(lead, first, seen)

    def _look_up(self, request: Key | None, seen: ReadSet) -> None:
        """Look the key of a request up that no batch has looked up: the handler read nothing.

        Raises:
            Replay: the request was answered before.
        """
        if request is not None and (answered := self._load(Load(()), seen, request)[request]) is not None:
            raise Replay(answered)  # type: ignore[arg-type]

    def _load(
        self, wish: Load, seen: ReadSet, request: Key | None, along: Sequence[Key] = ()
    ) -> dict[Key, Record | None]:
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
        for number, (key, row) in enumerate(zip(keys, seen.through.load(keys), strict=True)):
            record, version = (self._decode(row), row.version) if row else (None, 0)
            if number >= wanted:
                seen.along[key] = version, record
                continue
            seen.versions[key], found[key] = version, record
            if record is not None and self._may_keep(key):
                self._immutable.put(key, record)
        return found

    def _lead(self, command: Command[Any], wish: Load) -> tuple[type[Command[Any]], Key] | None:
        """What tells which rows such a command asks for next: its type, and the row that leads to them."""
        leads = [key for key in wish.keys if codec.KINDS[key.kind].leads]
        return (type(command), leads[0]) if leads else None

    def _note(self, lead: tuple[type[Command[Any]], Key], first: Load, seen: ReadSet) -> None:
        """Note what was read beyond the first batch and is read by many commands: the next one gets it along."""
        keys = seen.records.keys() - first.keys
        self._asked_next.put(lead, tuple(sorted(key for key in keys if codec.KINDS[key.kind].steady)))

    def _decode(self, row: Row) -> Record:
        """The record of a row. That of a row which many commands read and few write is made once for each version."""
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
    """The keys of the rows that are wished for, in order, each once and without its record."""
    keys: dict[Key, Record | None] = {}
    after: str | None = None
    while True:
        page = storage.find(wish.kind, wish.field, ge=wish.ge, lt=wish.lt, after=after, limit=10_000)
        keys.update((row.key, None) for row in page.rows)
        after = page.next
        if after is None:
            return keys
