"""Adding, changing and retiring workshops, and changing who may register for one."""

from __future__ import annotations

from collections.abc import Iterable

from cantinekit.domain.catalogue.finding import read_products, sold_product
from cantinekit.domain.catalogue.records import Product
from cantinekit.domain.decision import Decision
from cantinekit.domain.handling import handles
from cantinekit.domain.places.records import Place
from cantinekit.domain.registrations.admission import check_products, products_of
from cantinekit.domain.state import State, refuse_twice
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.domain.workshops.commands import (
    AddWorkshop,
    ChangeAdmission,
    ChangeWorkshop,
    RestoreWorkshop,
    RetireWorkshop,
)
from cantinekit.domain.workshops.events import (
    AdmissionChanged,
    WorkshopAdded,
    WorkshopChanged,
    WorkshopRestored,
    WorkshopRetired,
)
from cantinekit.domain.workshops.quotas import check_quotas
from cantinekit.domain.workshops.records import Workshop
from cantinekit.errors import UnsuitableError, WrongStateError


@handles(AddWorkshop)
def add_workshop(c: AddWorkshop, uow: Uow) -> Steps[Decision[Workshop]]:
    """Add a workshop whose products go together."""
    also = [(Workshop, c.id), (Place, c.place_id), *((Workshop, id) for id in c.prerequisites)]
    yield from read_products(uow, (c.product_id, *c.option_ids, *products_of(c.admission)), c.place_id, *also)

    refuse_twice(uow.state, Workshop, c.id)
    place = uow.state.need(Place, c.place_id)
    product_id, option_ids = _check_together(uow.state, place, c.product_id, c.option_ids)
    admission = check_products(uow.state, c.admission, place, product_id)
    before = tuple(uow.state.need(Workshop, id).id for id in c.prerequisites)
    quotas = check_quotas(c.quotas, option_ids, c.option_ids)
    id = c.id or uow.ids("wks")
    workshop = Workshop(id, place.id, c.title, product_id, option_ids, before, c.valid_months, admission, quotas=quotas)
    uow.add(WorkshopAdded(workshop))
    return uow.done(workshop)


def _check_together(
    state: State, place: Place, product_id: str | None, option_ids: Iterable[str]
) -> tuple[str | None, tuple[str, ...]]:
    """Refuse products of a workshop that do not go together; the ids of those that do.

    Raises:
        NotFoundError: a product is not there.
        UnsuitableError: a product does not sell what it is named for, is on another price list than the others, or is
            sold by another operator.
        WrongStateError: a product is retired.
    """
    products = [sold_product(state, product_id, place, "seat")] if product_id else []
    if any(product.sells != "seat" for product in products):
        raise UnsuitableError("the product of a workshop must sell seats")
    options = [sold_product(state, id, place) for id in option_ids]
    if any(option.sells != "option" for option in options):
        raise UnsuitableError("what goes with a seat must be a product that sells options")
    if len({product.pricelist_id for product in (*products, *options)}) > 1:
        raise UnsuitableError("a seat and what goes with it must be on one price list")
    if any(product.entity_id != place.entity_id for product in (*products, *options)):
        raise UnsuitableError(f"a product of the workshop is not sold by the operator of {place.name}")
    return next((one.id for one in products), None), tuple(one.id for one in options)


@handles(ChangeWorkshop)
def change_workshop(c: ChangeWorkshop, uow: Uow) -> Steps[Decision[Workshop]]:
    """Change the title of a workshop, or what its seats are sold as."""
    workshop = yield from uow.need(Workshop, c.workshop_id)
    product_id = workshop.product_id if c.product_id is None else c.product_id or None
    option_ids = workshop.option_ids if c.option_ids is None else c.option_ids
    named = (product_id, *option_ids, *products_of(workshop.admission))
    yield from read_products(uow, named, workshop.place_id, (Place, workshop.place_id))

    place = uow.state.need(Place, workshop.place_id)
    if (product_id, option_ids) != (workshop.product_id, workshop.option_ids):
        product_id, option_ids = _check_together(uow.state, place, product_id, option_ids)
        check_products(uow.state, workshop.admission, place, product_id)
    if c.quotas is None:
        quotas = tuple(quota for quota in workshop.quotas if quota[0] in option_ids)
    else:
        quotas = check_quotas(c.quotas, option_ids, c.option_ids or ())
    wanted = (workshop.title if c.title is None else c.title, product_id, option_ids, quotas)
    if wanted != (workshop.title, workshop.product_id, workshop.option_ids, workshop.quotas):
        uow.add(WorkshopChanged(workshop.id, *wanted))
    return uow.done(workshop)


@handles(RetireWorkshop)
def retire_workshop(c: RetireWorkshop, uow: Uow) -> Steps[Decision[Workshop]]:
    """Plan no more sessions of a workshop."""
    workshop = yield from uow.need(Workshop, c.workshop_id)

    if workshop.retired is not None:
        raise WrongStateError(workshop.title, state="retired")
    uow.add(WorkshopRetired(workshop.id, uow.now))
    return uow.done(workshop)


@handles(RestoreWorkshop)
def restore_workshop(c: RestoreWorkshop, uow: Uow) -> Steps[Decision[Workshop]]:
    """Put a workshop into the programme again."""
    workshop = yield from uow.need(Workshop, c.workshop_id)

    if workshop.retired is None:
        raise WrongStateError(workshop.title, state="in the programme", wanted=["retired"])
    uow.add(WorkshopRestored(workshop.id))
    return uow.done(workshop)


@handles(ChangeAdmission)
def change_admission(c: ChangeAdmission, uow: Uow) -> Steps[Decision[Workshop]]:
    """Put another admission in the place of the one before; nothing happens where it is the same."""
    named = products_of(c.admission)
    workshop = yield from uow.need(Workshop, c.workshop_id, *((Product, id) for id in named))
    yield from read_products(uow, (workshop.product_id, *named), workshop.place_id, (Place, workshop.place_id))

    place = uow.state.need(Place, workshop.place_id)
    admission = check_products(uow.state, c.admission, place, workshop.product_id)
    if admission != workshop.admission:
        uow.add(AdmissionChanged(workshop.id, admission))
    return uow.done(workshop)
