"""What is decided and ready to be stored, and how it is carried over to rows that others have changed meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import attrs

from cantinekit.common.evolve import evolve
from cantinekit.domain.decision import Decision
from cantinekit.plugins.ports import Change, JournalEntry, Key, Row, Turn
from cantinekit.records import Record, Task
from cantinekit.runtime import codec


@attrs.frozen
class PreparedChange:
    """A decision with all that is stored of it at once."""

    decision: Decision[Any]
    entries: tuple[JournalEntry, ...]
    tasks: tuple[Task, ...]
    change: Change

    def rebased(self, turn: Turn, versions: Mapping[Key, int], clock: Callable[[], datetime]) -> PreparedChange | None:
        """This on the rows as somebody finds them who has a turn at them; ``None`` where it has to be decided again.

        ``versions``: those that it was decided on. ``clock``: read once the rows are there, since the turn was waited
        for.
        """
        keys = list(self.decision.rebases)
        found: dict[Key, tuple[Record, Row]] = {}
        rows_now, now = turn.load(keys), clock()
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
