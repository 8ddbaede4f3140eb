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
    """Claims of expired holds were removed from the pages, so that nobody can take them up again.

    Attributes:
        placed: the claims, each on an undivided space.
    """

    placed: tuple[Placed, ...]

    def changes(self, state: State) -> tuple[Record, ...]:
        return drop_claims(state, self.placed)


__all__ = [
    "HoldsDropped",
]
