"""Facts about passes, visits and bookings."""

from __future__ import annotations

import attrs

from cantinekit.domain.base import Event, Record, event
from cantinekit.domain.occupancy.pages import drop_claims
from cantinekit.domain.occupancy.records import Placed
from cantinekit.domain.state import State


@event
@attrs.frozen
class HoldsDropped(Event):
    """Claims whose hold had run out are off the pages, so that nobody can take them up again."""

    placed: tuple[Placed, ...]

    def changes(self, state: State) -> tuple[Record, ...]:
        return drop_claims(state, self.placed)


__all__ = [
    "HoldsDropped",
]
