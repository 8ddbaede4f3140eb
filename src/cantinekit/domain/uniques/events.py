"""What happens to what may exist once: somebody takes it, or it is free again."""

from __future__ import annotations

import attrs

from cantinekit.common.fields import Code
from cantinekit.domain.base import Event, Record, event
from cantinekit.domain.state import State
from cantinekit.domain.uniques.records import Unique


@event
@attrs.frozen
class UniqueTaken(Event):
    """Something that may exist once has a holder.

    Attributes:
        unique_id: the id of its row.
        holder: the id of what has it.
    """

    unique_id: str
    holder: Code

    def changes(self, state: State) -> tuple[Record, ...]:
        return (Unique(self.unique_id, self.holder),)


@event
@attrs.frozen
class UniqueFreed(Event):
    """Something that may exist once is free again.

    Attributes:
        unique_id: the id of its row.
    """

    unique_id: str

    def changes(self, state: State) -> tuple[Record, ...]:
        return (Unique(self.unique_id, None),)


__all__ = [
    "UniqueFreed",
    "UniqueTaken",
]
