"""Adding legal entities and places, and changing where and when they are."""

from __future__ import annotations

from cantinekit.domain.decision import Decision
from cantinekit.domain.handling import handles
from cantinekit.domain.places.commands import AddEntity, AddPlace, ChangeOpenings, MovePlace, SetPlaceFacts
from cantinekit.domain.places.events import EntityAdded, OpeningsChanged, PlaceAdded, PlaceFactsChanged, PlaceMoved
from cantinekit.domain.places.records import LegalEntity, Place
from cantinekit.domain.sales.values import are_same
from cantinekit.domain.spaces.records import Space
from cantinekit.domain.state import refuse_twice
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.errors import UnsuitableError


@handles(AddEntity)
def add_entity(c: AddEntity, uow: Uow) -> Steps[Decision[LegalEntity]]:
    """Add an operator of places."""
    yield from uow.fetch([(LegalEntity, c.id)])

    refuse_twice(uow.state, LegalEntity, c.id)
    entity = LegalEntity(c.id or uow.ids("ety"), c.name, c.accounts)
    uow.add(EntityAdded(entity))
    return uow.done(entity)


@handles(AddPlace)
def add_place(c: AddPlace, uow: Uow) -> Steps[Decision[Place]]:
    """Add a cantine of an operator."""
    yield from uow.fetch([(Place, c.id), (LegalEntity, c.entity_id)])

    refuse_twice(uow.state, Place, c.id)
    uow.state.need(LegalEntity, c.entity_id)
    id = c.id or uow.ids("plc")
    place = Place(id, c.name, c.entity_id, c.zone, c.currency, c.hours, c.open_space_id, facts=c.facts)
    uow.add(PlaceAdded(place))
    return uow.done(place)


@handles(MovePlace)
def move_place(c: MovePlace, uow: Uow) -> Steps[Decision[Place]]:
    """Give a place another time zone."""
    place = yield from uow.need(Place, c.place_id)

    if c.zone != place.zone:
        uow.add(PlaceMoved(place.id, c.zone))
    return uow.done(place)


@handles(SetPlaceFacts)
def set_place_facts(c: SetPlaceFacts, uow: Uow) -> Steps[Decision[Place]]:
    """Give a place other facts; nothing happens where they are the same."""
    place = yield from uow.need(Place, c.place_id)

    if not are_same(place.facts, c.facts):
        uow.add(PlaceFactsChanged(place.id, c.facts))
    return uow.done(place)


@handles(ChangeOpenings)
def change_openings(c: ChangeOpenings, uow: Uow) -> Steps[Decision[Place | Space]]:
    """Change the opening hours of a place, or of one of its spaces."""
    place = yield from uow.need(Place, c.place_id, (Space, c.space_id))

    changed = place if c.space_id is None else uow.state.need(Space, c.space_id)
    if isinstance(changed, Space) and changed.place_id != place.id:
        raise UnsuitableError(f"{changed.name} is not in {place.name}")
    if (changed.hours, changed.openings) != (c.hours, c.openings):
        uow.add(OpeningsChanged(place.id, c.hours, c.openings, c.space_id))
    return uow.done(changed)
