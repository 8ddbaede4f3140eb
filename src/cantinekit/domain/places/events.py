"""Facts about places, the catalogue and what may exist once."""

from __future__ import annotations

import attrs

from cantinekit.common.evolve import evolve
from cantinekit.common.fields import Code, PublicText
from cantinekit.domain.base import Event, Record, event
from cantinekit.domain.places.openings import OpenHours, Openings
from cantinekit.domain.places.records import LegalEntity, Place, Public, Reminders
from cantinekit.domain.sales.values import Facts
from cantinekit.domain.spaces.records import Space
from cantinekit.domain.state import State


@event
@attrs.frozen
class EntityAdded(Event):
    """A legal entity was added.

    Attributes:
        entity: the legal entity.
    """

    entity: LegalEntity

    def changes(self, state: State) -> tuple[Record, ...]:
        return (self.entity,)


@event
@attrs.frozen
class PlaceAdded(Event):
    """A place was added.

    Attributes:
        place: the place.
    """

    place: Place

    def changes(self, state: State) -> tuple[Record, ...]:
        return (self.place,)


@event
@attrs.frozen
class RemindersSet(Event):
    """A place reminds people of other things, or at other times.

    Attributes:
        place_id: id of the place.
        reminders: how long before people are reminded from now on.
    """

    place_id: str
    reminders: Reminders

    def changes(self, state: State) -> tuple[Record, ...]:
        return (evolve(state.need(Place, self.place_id), reminders=self.reminders),)


@event
@attrs.frozen
class EntityChanged(Event):
    """A legal entity has another name, other accounts or another price list.

    Attributes:
        entity_id: id of the legal entity.
        name: its name from now on.
        accounts: the gateway accounts that it may use from now on.
        pricelist_id: id of the price list whose products are known at its places by their bare names; ``None``: none.
    """

    entity_id: str
    name: PublicText
    accounts: tuple[Code, ...]
    pricelist_id: str | None = None

    def changes(self, state: State) -> tuple[Record, ...]:
        found = state.need(LegalEntity, self.entity_id)
        return (evolve(found, name=self.name, accounts=self.accounts, pricelist_id=self.pricelist_id),)


@event
@attrs.frozen
class PlaceChanged(Event):
    """A place has another name, address, open space or price list, or counts people by other facts.

    Attributes:
        place_id: id of the place.
        name: its name from now on.
        address: the lines of its address.
        open_space_id: id of the space in which visitors work; ``None``: none.
        pricelist_id: id of the price list whose products are known here by their bare names; ``None``: that of the
            operator.
        publics: the facts by which people who come are counted.
    """

    place_id: str
    name: PublicText
    address: tuple[PublicText, ...] = ()
    open_space_id: str | None = None
    pricelist_id: str | None = None
    publics: tuple[Public, ...] = ()

    def changes(self, state: State) -> tuple[Record, ...]:
        found = state.need(Place, self.place_id)
        told = {"name": self.name, "address": self.address, "open_space_id": self.open_space_id}
        return (evolve(found, pricelist_id=self.pricelist_id, publics=self.publics, **told),)


@event
@attrs.frozen
class PlaceMoved(Event):
    """A place has another zone from now on; what was booked keeps its instants.

    Attributes:
        place_id: id of the place.
        zone: IANA name of the zone.
    """

    place_id: str
    zone: Code

    def changes(self, state: State) -> tuple[Record, ...]:
        return (evolve(state.need(Place, self.place_id), zone=self.zone),)


@event
@attrs.frozen
class PlaceFactsChanged(Event):
    """Price lists know these facts of a place from now on; what was sold keeps its price.

    Attributes:
        place_id: id of the place.
        facts: all of them, by name, in the order of the names.
    """

    place_id: str
    facts: Facts

    def changes(self, state: State) -> tuple[Record, ...]:
        return (evolve(state.need(Place, self.place_id), facts=self.facts),)


@event
@attrs.frozen
class OpeningsChanged(Event):
    """The place, or a space in it, has these opening hours from now on; what was booked stays.

    Attributes:
        place_id: id of the place.
        hours: weekly hours.
        openings: what differs from them.
        space_id: id of the space; ``None``: the place itself.
    """

    place_id: str
    hours: tuple[OpenHours, ...]
    openings: Openings
    space_id: str | None = None

    def changes(self, state: State) -> tuple[Record, ...]:
        if self.space_id is None:
            return (evolve(state.need(Place, self.place_id), hours=self.hours, openings=self.openings),)
        return (evolve(state.need(Space, self.space_id), hours=self.hours, openings=self.openings),)


__all__ = [
    "EntityAdded",
    "EntityChanged",
    "OpeningsChanged",
    "PlaceAdded",
    "PlaceChanged",
    "PlaceFactsChanged",
    "PlaceMoved",
    "RemindersSet",
]
