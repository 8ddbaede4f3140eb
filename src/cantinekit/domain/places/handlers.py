"""Adding legal entities and places, and changing where and when they are."""

from __future__ import annotations

from cantinekit.clock import day_bounds
from cantinekit.domain.catalogue.records import PriceList
from cantinekit.domain.decision import Decision
from cantinekit.domain.handling import handles
from cantinekit.domain.places.commands import (
    AddEntity,
    AddPlace,
    ChangeEntity,
    ChangeOpenings,
    ChangePlace,
    MovePlace,
    SetPlaceFacts,
    SetReminders,
)
from cantinekit.domain.places.events import (
    EntityAdded,
    EntityChanged,
    OpeningsChanged,
    PlaceAdded,
    PlaceChanged,
    PlaceFactsChanged,
    PlaceMoved,
    RemindersSet,
)
from cantinekit.domain.places.records import LegalEntity, Place, Reminders
from cantinekit.domain.sales.values import are_same
from cantinekit.domain.spaces.records import RETIRED, Space
from cantinekit.domain.state import State, Wish, refuse_twice
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.errors import CurrencyError, UnsuitableError, WrongStateError


@handles(AddEntity)
def add_entity(c: AddEntity, uow: Uow) -> Steps[Decision[LegalEntity]]:
    """Add an operator of places."""
    yield from uow.fetch([(LegalEntity, c.id)])

    refuse_twice(uow.state, LegalEntity, c.id)
    entity = LegalEntity(c.id or uow.ids("ety"), c.name, c.accounts, pricelist_id=c.pricelist_id)
    uow.add(EntityAdded(entity))
    return uow.done(entity)


@handles(AddPlace)
def add_place(c: AddPlace, uow: Uow) -> Steps[Decision[Place]]:
    """Add a cantine of an operator."""
    yield from uow.fetch([(Place, c.id), (LegalEntity, c.entity_id), (PriceList, c.pricelist_id)])

    refuse_twice(uow.state, Place, c.id)
    closed = uow.state.need(LegalEntity, c.entity_id).closed_until
    if c.pricelist_id is not None:
        _check_currency(uow.state, c.pricelist_id, c.name, c.currency)
    place = Place(
        c.id or uow.ids("plc"),
        c.name,
        c.entity_id,
        c.zone,
        c.currency,
        c.hours,
        c.open_space_id,
        facts=c.facts,
        pricelist_id=c.pricelist_id,
        address=c.address,
        entries_from=None if closed is None else day_bounds(closed, c.zone).end,
    )
    uow.add(PlaceAdded(place))
    return uow.done(place)


@handles(ChangeEntity)
def change_entity(c: ChangeEntity, uow: Uow) -> Steps[Decision[LegalEntity]]:
    """Change the name of an operator, its accounts or its price list."""
    entity = yield from uow.need(LegalEntity, c.entity_id, (PriceList, c.pricelist_id or None))
    if c.pricelist_id:
        keys = yield from uow.find(Place, "all", "", "\U0010ffff")
        yield from uow.fetch((Place, key.id) for key in keys)

    _need_list(uow.state, c.pricelist_id)
    for place in uow.state.records.values() if c.pricelist_id else ():
        if isinstance(place, Place) and place.entity_id == entity.id and place.pricelist_id is None:
            _check_currency(uow.state, c.pricelist_id or "", place.name, place.currency)
    wanted = (
        entity.name if c.name is None else c.name,
        entity.accounts if c.accounts is None else c.accounts,
        _changed(entity.pricelist_id, c.pricelist_id),
    )
    if wanted != (entity.name, entity.accounts, entity.pricelist_id):
        uow.add(EntityChanged(entity.id, *wanted))
    return uow.done(entity)


@handles(ChangePlace)
def change_place(c: ChangePlace, uow: Uow) -> Steps[Decision[Place]]:
    """Change the name of a place, its address, its open space, its price list or how it counts people."""
    named: list[Wish] = [(PriceList, c.pricelist_id or None), (Space, c.open_space_id or None)]
    place = yield from uow.need(Place, c.place_id, *named)

    _need_list(uow.state, c.pricelist_id)
    if c.pricelist_id:
        _check_currency(uow.state, c.pricelist_id, place.name, place.currency)
    if c.open_space_id:
        space = uow.state.need(Space, c.open_space_id)
        if space.place_id != place.id:
            raise UnsuitableError(f"{space.name} is not in {place.name}")
        if space.retired is not None:
            raise WrongStateError(space.name, state=RETIRED)
    wanted = (
        place.name if c.name is None else c.name,
        place.address if c.address is None else c.address,
        _changed(place.open_space_id, c.open_space_id),
        _changed(place.pricelist_id, c.pricelist_id),
        place.publics if c.publics is None else c.publics,
    )
    if wanted != (place.name, place.address, place.open_space_id, place.pricelist_id, place.publics):
        uow.add(PlaceChanged(place.id, *wanted))
    return uow.done(place)


def _changed(before: str | None, wanted: str | None) -> str | None:
    """An id after a change: an empty one removes it, ``None`` leaves it."""
    return before if wanted is None else wanted or None


def _need_list(state: State, pricelist_id: str | None) -> None:
    """Refuse a price list that is not there.

    Raises:
        NotFoundError: it is not.
    """
    if pricelist_id:
        state.need(PriceList, pricelist_id)


def _check_currency(state: State, pricelist_id: str, name: str, currency: str) -> None:
    """Refuse a price list by which a place could sell nothing; one that is not published yet is taken.

    Raises:
        CurrencyError: its prices are in another currency than those of the place.
    """
    found = state.get(PriceList, pricelist_id)
    if found is not None and found.currency != currency:
        raise CurrencyError(f"price list {pricelist_id} is in {found.currency}, and {name} sells in {currency}")


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


@handles(SetReminders)
def set_reminders(c: SetReminders, uow: Uow) -> Steps[Decision[Place]]:
    """Remind people otherwise at a place; nothing happens where it is the same."""
    place = yield from uow.need(Place, c.place_id)

    wanted = Reminders(c.booking, c.session, c.end)
    if place.reminders != wanted:
        uow.add(RemindersSet(place.id, wanted))
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
