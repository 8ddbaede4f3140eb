"""What happens when something is taken over; what it makes is told by the events of passes, charges and others."""

from __future__ import annotations

import attrs

from cantinekit.domain.base import Event, Record, event
from cantinekit.domain.imports.records import Imported
from cantinekit.domain.state import State


@event
@attrs.frozen
class RowTakenOver(Event):
    """A row of another system was taken over.

    Attributes:
        row: the row.
    """

    row: Imported

    def changes(self, state: State) -> tuple[Record, ...]:
        return (self.row,)


__all__ = [
    "RowTakenOver",
]
