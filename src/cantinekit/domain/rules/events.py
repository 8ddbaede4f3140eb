"""What happens to rules: staff break one knowingly."""

from __future__ import annotations

import attrs

from cantinekit.domain.base import Event, Record, event
from cantinekit.domain.rules.records import Override
from cantinekit.domain.state import State


@event
@attrs.frozen
class OverrideUsed(Event):
    """A rule was broken knowingly.

    Attributes:
        override: which one, for what, by whom, and why.
    """

    override: Override

    def changes(self, state: State) -> tuple[Record, ...]:
        return (self.override,)


__all__ = [
    "OverrideUsed",
]
