"""Whether a space can be booked: the one sequence of checks by which it is booked, held, and shown as free."""

from __future__ import annotations

from datetime import datetime

from cantinekit.domain.attendance.trainings import learnt_for
from cantinekit.domain.bookings.commands import Book, HoldSpace
from cantinekit.domain.bookings.selling import asked_product, check_sale
from cantinekit.domain.catalogue.finding import sold_product
from cantinekit.domain.catalogue.records import Product
from cantinekit.domain.occupancy.records import Placed
from cantinekit.domain.places.records import Place
from cantinekit.domain.rules.ahead import too_many
from cantinekit.domain.rules.in_a_row import own_claims
from cantinekit.domain.rules.terms import asked_spaces, broken_rules, check_rules, claim_all
from cantinekit.domain.spaces.records import Space
from cantinekit.domain.state import State
from cantinekit.errors import TooLateError


def booked_by(state: State, space: Space, product_id: str | None) -> Product:
    """The product by which a space is booked, which must still be sold; ``product_id``: the one that is named."""
    return sold_product(state, asked_product(space, product_id), state.need(Place, space.place_id), "booking")


def check_wanted(
    state: State,
    product: Product,
    c: HoldSpace | Book,
    claim_id: str,
    expires: datetime | None,
    now: datetime,
    *,
    asks: bool,
) -> tuple[tuple[str, ...], tuple[Placed, ...]]:
    """The names of the rules that a booking breaks with an override, and its claims; or the refusal.

    Args:
        state: the records, with the pages of the period.
        product: the product by which the space is booked.
        c: what is asked for.
        claim_id: the id of the claims.
        expires: until when they are held; ``None``: for good.
        now: the instant of the decision.
        asks: whether the booking is requested only, so that it needs no approval yet.

    Raises:
        RefusedError: as the command says.
        Prerequisite: a hold of the person has expired, and has to be ended first.
    """
    space = state.need(Space, c.space_id)
    place = state.need(Place, space.place_id)
    check_sale(state, product, place, c.person_id)
    if c.period.end <= now:
        raise TooLateError(f"the period ended at {c.period.end.isoformat()}")
    asked = asked_spaces(state, space, c.units, c.with_units)
    mine = own_claims(state, space, c.person_id, now)
    broken = []
    for one, _ in asked:
        learnt, ours = learnt_for(state, one, c.person_id, c.period, now), mine if one is space else ()
        many = too_many(state, space, c.person_id, now) if one is space else None
        broken += broken_rules(place, one, c.period, c.groups, now, asks=asks, mine=ours, trainings=learnt, more=many)
    rules = check_rules(broken, c.override)
    return rules, claim_all(state, now, place, asked, c.period, claim_id, expires, c.groups)
