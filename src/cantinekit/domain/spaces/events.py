"""Facts about places, the catalogue and what may exist once."""

from __future__ import annotations

from datetime import datetime

import attrs

from cantinekit.common.evolve import evolve
from cantinekit.common.fields import PublicText
from cantinekit.domain.base import Event, Record, event
from cantinekit.domain.occupancy.records import Narrowing, StandingPage, standing_id
from cantinekit.domain.spaces.records import Space
from cantinekit.domain.spaces.terms import Terms
from cantinekit.domain.state import State


@event
@attrs.frozen
class TermsChanged(Event):
    """A space asks something else of a booking from now on; what was booked or held stays.

    Attributes:
        space_id: id of the space.
        terms: what it asks.
    """

    space_id: str
    terms: Terms

    def changes(self, state: State) -> tuple[Record, ...]:
        return (evolve(state.need(Space, self.space_id), terms=self.terms),)


@event
@attrs.frozen
class SpaceAdded(Event):
    """A space was added, with its standing page.

    Attributes:
        space: the space.
        capacity: its units.
    """

    space: Space
    capacity: int

    def changes(self, state: State) -> tuple[Record, ...]:
        return self.space, StandingPage(standing_id(self.space.id), self.space.id, self.capacity)


@event
@attrs.frozen
class SpaceChanged(Event):
    """A space has another name, seats another number of people, or is booked by another product.

    Attributes:
        space_id: id of the space.
        name: its name from now on.
        seats: how many people it seats; 0: not stated.
        product_id: the product by which it is booked where no other is named; ``None``: none.
    """

    space_id: str
    name: PublicText
    seats: int
    product_id: str | None = None

    def changes(self, state: State) -> tuple[Record, ...]:
        found = state.need(Space, self.space_id)
        return (evolve(found, name=self.name, seats=self.seats, product_id=self.product_id),)


@event
@attrs.frozen
class SpaceRetired(Event):
    """A space is not let any more, or not from an instant on. It binds new bookings from now on.

    Attributes:
        space_id: id of the space.
        at: from when on.
    """

    space_id: str
    at: datetime

    def changes(self, state: State) -> tuple[Record, ...]:
        return (evolve(state.need(Space, self.space_id), retired=self.at),)


@event
@attrs.frozen
class SpaceRestored(Event):
    """A space that was retired is let again, or stays, since something is booked.

    Attributes:
        space_id: id of the space.
    """

    space_id: str

    def changes(self, state: State) -> tuple[Record, ...]:
        return (evolve(state.need(Space, self.space_id), retired=None),)


@event
@attrs.frozen
class CapacityRaised(Event):
    """More units of a space can be had than before.

    Attributes:
        space_id: id of the space.
        capacity: the new number of units.
    """

    space_id: str
    capacity: int

    def after(self, page: StandingPage) -> StandingPage:
        """The standing page of the space after the event; ``page`` is the one before it."""
        return evolve(page, capacity=self.capacity)

    def changes(self, state: State) -> tuple[Record, ...]:
        return (self.after(_standing(state, self.space_id)),)


@event
@attrs.frozen
class NarrowingAnnounced(Event):
    """A narrowing was announced: it binds new bookings from now on; what is booked is checked next.

    Attributes:
        space_id: id of the space.
        narrowing: the narrowing.
    """

    space_id: str
    narrowing: Narrowing

    def after(self, page: StandingPage) -> StandingPage:
        """The standing page of the space after the event; ``page`` is the one before it."""
        return evolve(page, narrowing=self.narrowing)

    def changes(self, state: State) -> tuple[Record, ...]:
        return (self.after(_standing(state, self.space_id)),)


@event
@attrs.frozen
class NarrowingConfirmed(Event):
    """An announced narrowing holds: no booking stands in its way.

    Attributes:
        space_id: id of the space.
        narrowing_id: id of the narrowing.
    """

    space_id: str
    narrowing_id: str

    def after(self, page: StandingPage) -> StandingPage:
        """The standing page of the space after the event; ``page`` is the one before it."""
        return evolve(page, capacity=page.binding_capacity, closures=page.binding_closures, narrowing=None)

    def changes(self, state: State) -> tuple[Record, ...]:
        return (self.after(_standing(state, self.space_id)),)


@event
@attrs.frozen
class NarrowingWithdrawn(Event):
    """An announced narrowing was withdrawn, since bookings stand in its way.

    Attributes:
        space_id: id of the space.
        narrowing_id: id of the narrowing.
    """

    space_id: str
    narrowing_id: str

    def after(self, page: StandingPage) -> StandingPage:
        """The standing page of the space after the event; ``page`` is the one before it."""
        return evolve(page, narrowing=None)

    def changes(self, state: State) -> tuple[Record, ...]:
        return (self.after(_standing(state, self.space_id)),)


@event
@attrs.frozen
class ClosureEnded(Event):
    """A closure of a space no longer holds.

    Attributes:
        space_id: id of the space.
        closure_id: id of the closure.
    """

    space_id: str
    closure_id: str

    def after(self, page: StandingPage) -> StandingPage:
        """The standing page of the space after the event; ``page`` is the one before it."""
        return evolve(page, closures=tuple(one for one in page.closures if one.id != self.closure_id))

    def changes(self, state: State) -> tuple[Record, ...]:
        return (self.after(_standing(state, self.space_id)),)


StandingEvent = CapacityRaised | NarrowingAnnounced | NarrowingConfirmed | NarrowingWithdrawn | ClosureEnded
"""The events that change the standing page of a space."""


def _standing(state: State, space_id: str) -> StandingPage:
    return state.need(StandingPage, standing_id(space_id))


__all__ = [
    "CapacityRaised",
    "ClosureEnded",
    "NarrowingAnnounced",
    "NarrowingConfirmed",
    "NarrowingWithdrawn",
    "SpaceAdded",
    "SpaceChanged",
    "SpaceRestored",
    "SpaceRetired",
    "TermsChanged",
]
