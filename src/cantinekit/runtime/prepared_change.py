"""A decision that is ready to be stored, and how it is rebased onto rows that others have changed meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import attrs

from cantinekit.common.evolve import evolve
from cantinekit.domain.decision import Decision
from cantinekit.plugins.ports import Change, JournalEntry, Key, Row, RowLock
from cantinekit.records import Record, Task
from cantinekit.runtime import codec


@attrs.frozen
class PreparedChange:
    """A decision with everything that is stored of it in one atomic step.

    Attributes:
        decision: what the handler decided.
        entries: its events, encoded for the journal.
        tasks: its outbox entries.
        change: what the store applies: rows, entries, guards and removes.
    """

    decision: Decision[Any]
    entries: tuple[JournalEntry, ...]
    tasks: tuple[Task, ...]
    change: Change

    def rebased(
        self, lock: RowLock, versions: Mapping[Key, int], clock: Callable[[], datetime]
    ) -> PreparedChange | None:
        """Rebase onto the rows read under the row lock.

        Args:
            lock: what the holder of the row lock reads through.
            versions: the versions that the change was decided on.
            clock: gives the instant to judge the rows at. It is read once the rows are there, since reading waits for
                the lock.

        Returns:
            the change for the rows as they are now; ``None`` where the command has to be decided again.
        """
        keys = list(self.decision.rebases)
        found: dict[Key, tuple[Record, Row]] = {}
        rows_now, now = lock.load(keys), clock()
        for key, row in zip(keys, rows_now, strict=True):
            record = self.decision.rebases[key](codec.decode(row), now) if row is not None else None
            if row is None or record is None:
                return None
            if row.version == versions[key]:
                continue
            found[key] = record, codec.encode(record, row.version + 1)
        rows = tuple(found[row.key][1] if row.key in found else row for row in self.change.rows)
        after = self.decision.after.put(record for record, _ in found.values())
        return evolve(self, decision=evolve(self.decision, after=after), change=evolve(self.change, rows=rows))
