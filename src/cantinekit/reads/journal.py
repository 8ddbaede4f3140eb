"""Reading the journal, and the tasks of the outbox that wait or are dead."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any

from cantinekit import records as m
from cantinekit.common.arguments import checked
from cantinekit.errors import InputError
from cantinekit.errors.shown import shown
from cantinekit.plugins.ports import JournalEntry, Key
from cantinekit.reads.records import RecordReads


class JournalReads(RecordReads):
    """Answers questions about the journal and the outbox."""

    @checked
    def history(self, cls: type[Any], id: str) -> Iterator[JournalEntry]:
        """The journal entries about a record, in order; also about one that is not there any more.

        Args:
            cls: the class of the record.
            id: its id.

        Raises:
            NotFoundError: there is no such record, and there never was.
        """
        entries = self._entries(Key(cls.kind, id))
        first = next(entries, None)
        if first is None:
            self._there(cls, id)
        return chain(() if first is None else (first,), entries)

    @checked
    def journal(self, subject: Key | None = None, after: int = 0) -> Iterator[JournalEntry]:
        """The journal from a number on, page by page.

        Args:
            subject: only entries about this record; ``None`` for all.
            after: the number after which to begin; 0 for the beginning.

        Raises:
            InputError: ``after`` is less than 0.
        """
        if not 0 <= after < 2**63:
            raise InputError("after must be the number of a journal entry, or 0")
        return self._entries(subject, after)

    def _entries(self, subject: Key | None = None, after: int = 0) -> Iterator[JournalEntry]:
        while True:
            entries = self._storage.journal(subject=subject, after=after, limit=1000)
            yield from entries
            if len(entries) < 1000:
                return
            after = entries[-1].number

    @checked
    def tasks(self, state: str = "due") -> tuple[m.Task, ...]:
        """The tasks of the outbox in a state.

        Args:
            state: ``due`` for those that wait, ``dead`` for those that were given up.

        Raises:
            InputError: another state.
        """
        if state not in ("due", "dead"):
            raise InputError(f"state must be due or dead, not {shown(state)}")
        return tuple(self.find(m.Task, state))

    def quarantine(self) -> tuple[m.Quarantined, ...]:
        """The observations of gateways that fit nothing so far."""
        return tuple(self.find(m.Quarantined, "open"))
