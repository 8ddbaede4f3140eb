"""Adding workshops, and changing who may register for one."""

from __future__ import annotations

from cantinekit.domain.catalogue.records import Product
from cantinekit.domain.decision import Decision
from cantinekit.domain.handling import handles
from cantinekit.domain.places.records import Place
from cantinekit.domain.registrations.admission import check_products, product_wishes
from cantinekit.domain.state import refuse_twice
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.domain.workshops.commands import AddWorkshop, ChangeAdmission
from cantinekit.domain.workshops.events import AdmissionChanged, WorkshopAdded
from cantinekit.domain.workshops.records import Workshop
from cantinekit.errors import UnsuitableError


@handles(AddWorkshop)
def add_workshop(c: AddWorkshop, uow: Uow) -> Steps[Decision[Workshop]]:
    """Add a workshop whose products go together."""
    named = [*((Product, id) for id in c.option_ids), *((Workshop, id) for id in c.prerequisites)]
    keys = [(Workshop, c.id), (Place, c.place_id), (Product, c.product_id), *named]
    yield from uow.fetch([*keys, *product_wishes(c.admission)])

    refuse_twice(uow.state, Workshop, c.id)
    place = uow.state.need(Place, c.place_id)
    products = [uow.state.need(Product, c.product_id)] if c.product_id else []
    if any(product.sells != "seat" for product in products):
        raise UnsuitableError("the product of a workshop must sell seats")
    options = [uow.state.need(Product, id) for id in c.option_ids]
    if any(option.sells != "option" for option in options):
        raise UnsuitableError("what goes with a seat must be a product that sells options")
    if len({product.pricelist_id for product in (*products, *options)}) > 1:
        raise UnsuitableError("a seat and what goes with it must be on one price list")
    if any(product.entity_id != place.entity_id for product in (*products, *options)):
        raise UnsuitableError(f"a product of the workshop is not sold by the operator of {place.name}")
    check_products(uow.state, c.admission, place, c.product_id)
    before = tuple(uow.state.need(Workshop, id).id for id in c.prerequisites)
    id = c.id or uow.ids("wks")
    workshop = Workshop(id, place.id, c.title, c.product_id, c.option_ids, before, c.valid_months, c.admission)
    uow.add(WorkshopAdded(workshop))
    return uow.done(workshop)


@handles(ChangeAdmission)
def change_admission(c: ChangeAdmission, uow: Uow) -> Steps[Decision[Workshop]]:
    """Put another admission in the place of the one before; nothing happens where it is the same."""
    workshop = yield from uow.need(Workshop, c.workshop_id, *product_wishes(c.admission))
    yield from uow.fetch([(Place, workshop.place_id), (Product, workshop.product_id)])

    check_products(uow.state, c.admission, uow.state.need(Place, workshop.place_id), workshop.product_id)
    if c.admission != workshop.admission:
        uow.add(AdmissionChanged(workshop.id, c.admission))
    return uow.done(workshop)
