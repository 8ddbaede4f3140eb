"""Setting a house up: legal entities, places, the catalogue, price lists, access codes, workshops."""

from __future__ import annotations

from datetime import datetime

from cantinekit.domain.adapter import adapt
from cantinekit.domain.decision import Decision, Ids
from cantinekit.domain.draft import added
from cantinekit.domain.places.commands import AddEntity, AddPlace, ChangeOpenings, MovePlace
from cantinekit.domain.places.events import EntityAdded, OpeningsChanged, PlaceAdded, PlaceMoved
from cantinekit.domain.places.records import LegalEntity, Place
from cantinekit.domain.spaces.records import Space as SpaceRecord
from cantinekit.domain.state import Reads, State, fetch, refuse_twice
from cantinekit.errors import UnsuitableError


def _read_entity(c: AddEntity, now: datetime) -> Reads:
    return (yield from fetch(State(), [(LegalEntity, c.id)]))


def _add_entity(state: State, c: AddEntity, now: datetime, ids: Ids) -> Decision:
    refuse_twice(state, LegalEntity, c.id)
    entity = LegalEntity(c.id or ids("ety"), c.name, c.accounts)
    return added(state, now, ids, entity, EntityAdded(entity))


def _read_place(c: AddPlace, now: datetime) -> Reads:
    return (yield from fetch(State(), [(Place, c.id), (LegalEntity, c.entity_id)]))


def _add_place(state: State, c: AddPlace, now: datetime, ids: Ids) -> Decision:
    refuse_twice(state, Place, c.id)
    state.need(LegalEntity, c.entity_id)
    place = Place(c.id or ids("plc"), c.name, c.entity_id, c.zone, c.currency, c.hours, c.open_space_id)
    return added(state, now, ids, place, PlaceAdded(place))


def _read_move(c: MovePlace, now: datetime) -> Reads:
    return (yield from fetch(State(), [(Place, c.place_id)]))


def _move_place(state: State, c: MovePlace, now: datetime, ids: Ids) -> Decision:
    place = state.need(Place, c.place_id)
    events = (PlaceMoved(place.id, c.zone),) if c.zone != place.zone else ()
    return added(state, now, ids, place, *events)


def _read_openings(c: ChangeOpenings, now: datetime) -> Reads:
    return (yield from fetch(State(), [(Place, c.place_id), (SpaceRecord, c.space_id)]))


def _change_openings(state: State, c: ChangeOpenings, now: datetime, ids: Ids) -> Decision:
    place = state.need(Place, c.place_id)
    changed = place if c.space_id is None else state.need(SpaceRecord, c.space_id)
    if isinstance(changed, SpaceRecord) and changed.place_id != place.id:
        raise UnsuitableError(f"{changed.name} is not in {place.name}")
    same = (changed.hours, changed.openings) == (c.hours, c.openings)
    events = () if same else (OpeningsChanged(place.id, c.hours, c.openings, c.space_id),)
    return added(state, now, ids, changed, *events)


adapt(AddEntity, _read_entity, _add_entity)

adapt(AddPlace, _read_place, _add_place)

adapt(MovePlace, _read_move, _move_place)

adapt(ChangeOpenings, _read_openings, _change_openings)
