"""Facts about places, the catalogue and what may exist once."""

from __future__ import annotations

import attrs

from cantinekit.domain.base import Event, Record, event
from cantinekit.domain.rules.records import Override
from cantinekit.domain.state import State


@event
@attrs.frozen
class OverrideUsed(Event):
    """A rule was knowingly broken."""

    override: Override

    def changes(self, state: State) -> tuple[Record, ...]:
        return (self.override,)


__all__ = [
    "OverrideUsed",
]
