"""Setting a house up: legal entities, places, the catalogue, price lists, access codes, workshops."""

from __future__ import annotations

from datetime import datetime

from cantinekit import commands as cmd
from cantinekit import events as ev
from cantinekit.decisions._admission import check_products, product_wishes
from cantinekit.decisions._draft import Draft
from cantinekit.decisions._evolve import code_key
from cantinekit.decisions._prices import read_tariff
from cantinekit.decisions._state import Decision, Handler, Ids, Reads, State, fetch, refer
from cantinekit.errors import CurrencyError, DuplicateError, InputError, UnsuitableError
from cantinekit.errors._shown import shown
from cantinekit.model import (
    FACILITATOR,
    CodePool,
    LegalEntity,
    Place,
    PriceList,
    Product,
    Record,
    StandingPage,
    Subject,
    TariffText,
    Unique,
    Workshop,
    standing_id,
)
from cantinekit.model import Space as SpaceRecord


def refuse_twice(state: State, cls: type, id: str | None) -> None:
    """Refuse an id that is taken.

    Raises:
        DuplicateError: a record of this kind has it.
    """
    if id is not None and state.get(cls, id) is not None:
        raise DuplicateError(f"{cls.kind} {shown(id)}")  # type: ignore[attr-defined]


def _added(state: State, now: datetime, ids: Ids, record: Record, *events: ev.Event) -> Decision:
    draft = Draft(state, now, ids)
    draft.add(*events)
    return draft.decision(refer(record))


# --- legal entities and places ----------------------------------------------------------------------------------------


def _read_entity(c: cmd.AddEntity, now: datetime) -> Reads:
    return (yield from fetch(State(), [(LegalEntity, c.id)]))


def _add_entity(state: State, c: cmd.AddEntity, now: datetime, ids: Ids) -> Decision:
    refuse_twice(state, LegalEntity, c.id)
    entity = LegalEntity(c.id or ids("ety"), c.name, c.accounts)
    return _added(state, now, ids, entity, ev.EntityAdded(entity))


def _read_place(c: cmd.AddPlace, now: datetime) -> Reads:
    return (yield from fetch(State(), [(Place, c.id), (LegalEntity, c.entity_id)]))


def _add_place(state: State, c: cmd.AddPlace, now: datetime, ids: Ids) -> Decision:
    refuse_twice(state, Place, c.id)
    state.need(LegalEntity, c.entity_id)
    place = Place(c.id or ids("plc"), c.name, c.entity_id, c.zone, c.currency, c.hours, c.open_space_id)
    return _added(state, now, ids, place, ev.PlaceAdded(place))


def _read_move(c: cmd.MovePlace, now: datetime) -> Reads:
    return (yield from fetch(State(), [(Place, c.place_id)]))


def _move_place(state: State, c: cmd.MovePlace, now: datetime, ids: Ids) -> Decision:
    place = state.need(Place, c.place_id)
    events = (ev.PlaceMoved(place.id, c.zone),) if c.zone != place.zone else ()
    return _added(state, now, ids, place, *events)


def _read_openings(c: cmd.ChangeOpenings, now: datetime) -> Reads:
    return (yield from fetch(State(), [(Place, c.place_id), (SpaceRecord, c.space_id)]))


def _change_openings(state: State, c: cmd.ChangeOpenings, now: datetime, ids: Ids) -> Decision:
    place = state.need(Place, c.place_id)
    changed = place if c.space_id is None else state.need(SpaceRecord, c.space_id)
    if isinstance(changed, SpaceRecord) and changed.place_id != place.id:
        raise UnsuitableError(f"{changed.name} is not in {place.name}")
    same = (changed.hours, changed.openings) == (c.hours, c.openings)
    events = () if same else (ev.OpeningsChanged(place.id, c.hours, c.openings, c.space_id),)
    return _added(state, now, ids, changed, *events)


def _read_space(c: cmd.AddSpace, now: datetime) -> Reads:
    parts = [(SpaceRecord, part) for part in c.parts]
    own = [(SpaceRecord, c.id), (StandingPage, standing_id(c.id) if c.id else None)]
    return (yield from fetch(State(), [*own, (Place, c.place_id), *parts]))


def _add_space(state: State, c: cmd.AddSpace, now: datetime, ids: Ids) -> Decision:
    refuse_twice(state, SpaceRecord, c.id)
    place = state.need(Place, c.place_id)
    parts = [state.need(SpaceRecord, part) for part in c.parts]
    if parts and (c.use != "room" or c.capacity != 1):
        raise UnsuitableError("a space that is made of parts is a room of capacity 1")
    if any(part.use == FACILITATOR for part in parts):
        raise UnsuitableError("a facilitator is no part of a room")
    if any(part.place_id != place.id for part in parts):
        raise UnsuitableError("the parts of a space are in the same place")
    id = c.id or ids("spc")
    leaves = tuple(dict.fromkeys(leaf for part in parts for leaf in part.leaves)) or (id,)
    space = SpaceRecord(id, place.id, place.entity_id, c.name, c.use, c.parts, leaves, c.seats)
    return _added(state, now, ids, space, ev.SpaceAdded(space, c.capacity))


def _read_terms(c: cmd.ChangeTerms, now: datetime) -> Reads:
    return (yield from fetch(State(), [(SpaceRecord, c.space_id)]))


def _change_terms(state: State, c: cmd.ChangeTerms, now: datetime, ids: Ids) -> Decision:
    space = state.need(SpaceRecord, c.space_id)
    if space.use == FACILITATOR and c.terms.slots:
        raise UnsuitableError("a facilitator has hours, and no fixed slots")
    events = (ev.TermsChanged(space.id, c.terms),) if c.terms != space.terms else ()
    return _added(state, now, ids, space, *events)


# --- catalogue --------------------------------------------------------------------------------------------------------


def _read_product(c: cmd.AddProduct, now: datetime) -> Reads:
    return (yield from fetch(State(), [(Product, c.id), (LegalEntity, c.entity_id)]))


def _add_product(state: State, c: cmd.AddProduct, now: datetime, ids: Ids) -> Decision:
    refuse_twice(state, Product, c.id)
    state.need(LegalEntity, c.entity_id)
    id = c.id or ids("prd")
    product = Product(id, c.name, c.entity_id, c.pricelist_id, c.tariff_product, c.sells, c.stay, c.grant)
    return _added(state, now, ids, product, ev.ProductAdded(product))


def _read_tariff(c: cmd.PublishTariff, now: datetime) -> Reads:
    tariff = read_tariff(c.text)
    return (yield from fetch(State(), [(PriceList, tariff.id), (TariffText, tariff.version)]))


def _publish_tariff(state: State, c: cmd.PublishTariff, now: datetime, ids: Ids) -> Decision:
    tariff = read_tariff(c.text)
    found = state.get(PriceList, tariff.id)
    if found is not None and found.currency != tariff.currency:
        raise CurrencyError(f"the price list {tariff.id} is in {found.currency}, not {tariff.currency}")
    draft = Draft(state, now, ids)
    draft.add(ev.TariffPublished(tariff.id, tariff.currency, tariff.version, c.text, c.since or now))
    return draft.decision(Subject(PriceList.kind, tariff.id))


# --- access codes ---------------------------------------------------------------------------------------------------


def _read_codes(c: cmd.AddAccessCodes, now: datetime) -> Reads:
    once = [(Unique, code_key(c.place_id, code)) for code in c.codes]
    return (yield from fetch(State(), [(Place, c.place_id), (CodePool, c.place_id), *once]))


def _add_codes(state: State, c: cmd.AddAccessCodes, now: datetime, ids: Ids) -> Decision:
    place = state.need(Place, c.place_id)
    if not c.codes:
        raise InputError("no codes are given")
    for code in c.codes:
        if state.get(Unique, code_key(place.id, code)) is not None:
            raise DuplicateError("an access code among these")
    draft = Draft(state, now, ids)
    draft.add(ev.CodesAdded(place.id, c.codes))
    return draft.decision(Subject(CodePool.kind, place.id))


# --- workshops --------------------------------------------------------------------------------------------------------


def _read_workshop(c: cmd.AddWorkshop, now: datetime) -> Reads:
    named = [*((Product, id) for id in c.option_ids), *((Workshop, id) for id in c.prerequisites)]
    keys = [(Workshop, c.id), (Place, c.place_id), (Product, c.product_id), *named]
    return (yield from fetch(State(), [*keys, *product_wishes(c.admission)]))


def _add_workshop(state: State, c: cmd.AddWorkshop, now: datetime, ids: Ids) -> Decision:
    refuse_twice(state, Workshop, c.id)
    place = state.need(Place, c.place_id)
    products = [state.need(Product, c.product_id)] if c.product_id else []
    if any(product.sells != "seat" for product in products):
        raise UnsuitableError("the product of a workshop must sell seats")
    options = [state.need(Product, id) for id in c.option_ids]
    if any(option.sells != "option" for option in options):
        raise UnsuitableError("what goes with a seat must be a product that sells options")
    if len({product.pricelist_id for product in (*products, *options)}) > 1:
        raise UnsuitableError("a seat and what goes with it must be on one price list")
    if any(product.entity_id != place.entity_id for product in (*products, *options)):
        raise UnsuitableError(f"a product of the workshop is not sold by the operator of {place.name}")
    check_products(state, c.admission, place, c.product_id)
    before = tuple(state.need(Workshop, id).id for id in c.prerequisites)
    id = c.id or ids("wks")
    workshop = Workshop(id, place.id, c.title, c.product_id, c.option_ids, before, c.valid_months, c.admission)
    return _added(state, now, ids, workshop, ev.WorkshopAdded(workshop))


HANDLERS = {
    cmd.AddEntity: Handler(_read_entity, _add_entity),
    cmd.AddPlace: Handler(_read_place, _add_place),
    cmd.MovePlace: Handler(_read_move, _move_place),
    cmd.ChangeOpenings: Handler(_read_openings, _change_openings),
    cmd.ChangeTerms: Handler(_read_terms, _change_terms),
    cmd.AddSpace: Handler(_read_space, _add_space),
    cmd.AddProduct: Handler(_read_product, _add_product),
    cmd.PublishTariff: Handler(_read_tariff, _publish_tariff),
    cmd.AddAccessCodes: Handler(_read_codes, _add_codes),
    cmd.AddWorkshop: Handler(_read_workshop, _add_workshop),
}
