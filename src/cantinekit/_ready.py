"""What is decided and ready to be stored, and how it is carried over to rows that others have changed meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

import attrs

from cantinekit import codec
from cantinekit._replace import replace
from cantinekit.decisions import Decision
from cantinekit.model import Record, Task
from cantinekit.ports import Change, JournalEntry, Key, Row, Turn


@attrs.frozen
class Ready:
    """A decision with all that is stored of it at once."""

    decision: Decision
    entries: tuple[JournalEntry, ...]
    tasks: tuple[Task, ...]
    change: Change

    def rebased(self, turn: Turn, versions: Mapping[Key, int], clock: Callable[[], datetime]) -> Ready | None:
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
        return replace(self, decision=replace(self.decision, after=after), change=replace(self.change, rows=rows))
