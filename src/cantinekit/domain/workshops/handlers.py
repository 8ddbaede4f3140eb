"""Who may register for a workshop: the products that it names, what is read of a person, what stands against it."""

from __future__ import annotations

from datetime import datetime

from cantinekit.domain.adapter import adapt
from cantinekit.domain.catalogue.records import Product
from cantinekit.domain.decision import Decision, Ids
from cantinekit.domain.draft import Draft, added
from cantinekit.domain.places.records import Place
from cantinekit.domain.registrations.admission import check_products, product_wishes
from cantinekit.domain.state import Reads, State, fetch, refer, refuse_twice
from cantinekit.domain.workshops.commands import AddWorkshop, ChangeAdmission
from cantinekit.domain.workshops.events import AdmissionChanged, WorkshopAdded
from cantinekit.domain.workshops.records import Workshop
from cantinekit.errors import UnsuitableError


def _read_change(c: ChangeAdmission, now: datetime) -> Reads:
    state = yield from fetch(State(), [(Workshop, c.workshop_id), *product_wishes(c.admission)])
    workshop = state.need(Workshop, c.workshop_id)
    return (yield from fetch(state, [(Place, workshop.place_id), (Product, workshop.product_id)]))


def _change(state: State, c: ChangeAdmission, now: datetime, ids: Ids) -> Decision:
    workshop = state.need(Workshop, c.workshop_id)
    check_products(state, c.admission, state.need(Place, workshop.place_id), workshop.product_id)
    draft = Draft(state, now, ids)
    if c.admission != workshop.admission:
        draft.add(AdmissionChanged(workshop.id, c.admission))
    return draft.decision(refer(workshop))


def _read_workshop(c: AddWorkshop, now: datetime) -> Reads:
    named = [*((Product, id) for id in c.option_ids), *((Workshop, id) for id in c.prerequisites)]
    keys = [(Workshop, c.id), (Place, c.place_id), (Product, c.product_id), *named]
    return (yield from fetch(State(), [*keys, *product_wishes(c.admission)]))


def _add_workshop(state: State, c: AddWorkshop, now: datetime, ids: Ids) -> Decision:
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
    return added(state, now, ids, workshop, WorkshopAdded(workshop))


adapt(ChangeAdmission, _read_change, _change)

adapt(AddWorkshop, _read_workshop, _add_workshop)
