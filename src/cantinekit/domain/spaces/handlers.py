"""Changing a space: more capacity at once; less, or a closure, in two steps that no booking can slip between.

What narrows a space is announced first: from then on every booking respects it, because each booking guards the
standing page. Then what is booked already is looked at, and the narrowing is confirmed or withdrawn. Looking first
would miss a booking that is made between the look and the change.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from cantinekit import scheduling
from cantinekit.clock import Period, day_bounds
from cantinekit.domain.catalogue.finding import read_product, sold_product
from cantinekit.domain.decision import Decision
from cantinekit.domain.facilitators.naming import named
from cantinekit.domain.handling import handles
from cantinekit.domain.occupancy.events import HoldsDropped
from cantinekit.domain.occupancy.records import (
    LONG_CLAIM_DAYS,
    Claim,
    Closure,
    Narrowing,
    OccupancyPage,
    Placed,
    StandingPage,
    page_id,
    standing_id,
)
from cantinekit.domain.people.records import Person
from cantinekit.domain.places.records import Place
from cantinekit.domain.spaces.commands import (
    AddSpace,
    ChangeCapacity,
    ChangeSpace,
    ChangeTerms,
    CloseSpace,
    ReopenSpace,
    RestoreSpace,
    RetireSpace,
    SettleNarrowing,
)
from cantinekit.domain.spaces.events import (
    CapacityRaised,
    ClosureEnded,
    NarrowingAnnounced,
    NarrowingConfirmed,
    NarrowingWithdrawn,
    SpaceAdded,
    SpaceChanged,
    SpaceRestored,
    SpaceRetired,
    TermsChanged,
)
from cantinekit.domain.spaces.records import FACILITATOR, RETIRED, Space
from cantinekit.domain.state import State, Wish, refer, refuse_twice
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.errors import ConflictError, NotFoundError, TooLateError, UnsuitableError, WrongStateError
from cantinekit.plugins.ports import Key

FOR_GOOD = datetime(9990, 1, 1, tzinfo=UTC)
"""The end of the closure of a space that is retired."""


@handles(AddSpace)
def add_space(c: AddSpace, uow: Uow) -> Steps[Decision[Space]]:
    """Add a room, desks or a pool of equipment to a place, or a room that is made of others."""
    own: list[Wish] = [(Space, c.id), (StandingPage, standing_id(c.id) if c.id else None)]
    own += [(Place, c.place_id), *((Space, part) for part in c.parts)]
    yield from read_product(uow, c.product_id, c.place_id, *own)

    refuse_twice(uow.state, Space, c.id)
    place = uow.state.need(Place, c.place_id)
    parts = [uow.state.need(Space, part) for part in c.parts]
    if parts and (c.use != "room" or c.capacity != 1):
        raise UnsuitableError("a space that is made of parts is a room of capacity 1")
    if any(part.use == FACILITATOR for part in parts):
        raise UnsuitableError("a facilitator is no part of a room")
    if any(part.place_id != place.id for part in parts):
        raise UnsuitableError("the parts of a space are in the same place")
    if (over := next((part for part in parts if part.retired is not None), None)) is not None:
        raise WrongStateError(over.name, state=RETIRED)
    product_id = _booked_by(uow.state, place, c.product_id)
    id = c.id or uow.ids("spc")
    leaves = tuple(dict.fromkeys(leaf for part in parts for leaf in part.leaves)) or (id,)
    space = Space(id, place.id, place.entity_id, c.name, c.use, c.parts, leaves, c.seats, product_id=product_id)
    uow.add(SpaceAdded(space, c.capacity))
    return uow.done(space)


def _booked_by(state: State, place: Place, product_id: str | None) -> str | None:
    """The id of the product by which a space is to be booked; ``None``: none is named.

    Raises:
        NotFoundError: there is no such product.
        UnsuitableError: it sells no bookings, or another operator sells it.
        WrongStateError: it is retired.
    """
    if not product_id:
        return None
    product = sold_product(state, product_id, place, "booking")
    if product.sells != "booking":
        raise UnsuitableError(f"{product.name} sells no bookings")
    if product.entity_id != place.entity_id:
        raise UnsuitableError(f"{product.name} is not sold by the operator of {place.name}")
    return product.id


@handles(ChangeSpace)
def change_space(c: ChangeSpace, uow: Uow) -> Steps[Decision[Space]]:
    """Change the name of a space, its seats, or the product by which it is booked."""
    space = yield from uow.need(Space, c.space_id)
    yield from read_product(uow, c.product_id or None, space.place_id, (Place, space.place_id))

    if space.use == FACILITATOR:
        raise UnsuitableError(f"{space.id} is a facilitator, who is a person: change the person")
    booked_by = space.product_id
    if c.product_id is not None:
        booked_by = _booked_by(uow.state, uow.state.need(Place, space.place_id), c.product_id)
    wanted = (space.name if c.name is None else c.name, space.seats if c.seats is None else c.seats, booked_by)
    if wanted != (space.name, space.seats, space.product_id):
        uow.add(SpaceChanged(space.id, *wanted))
    return uow.done(space)


@handles(ChangeTerms)
def change_terms(c: ChangeTerms, uow: Uow) -> Steps[Decision[Space]]:
    """Change what a space asks of bookings from now on."""
    space = yield from uow.need(Space, c.space_id)

    if space.use == FACILITATOR and c.terms.slots:
        raise UnsuitableError("a facilitator has hours, and no fixed slots")
    if c.terms != space.terms:
        uow.add(TermsChanged(space.id, c.terms))
    return uow.done(space)


# --- capacity, closures and the end of a space -----------------------------------------------------------------------


def _need_space(uow: Uow, space_id: str) -> Steps[Space]:
    """Load a space with its standing page, and the person of a facilitator, whose name refusals say."""
    space = yield from uow.need(Space, space_id, (StandingPage, standing_id(space_id)))
    yield from uow.fetch([], [(Person, space.person_id)])
    return space


def _announce(uow: Uow, space: Space, narrowing: Narrowing) -> Decision[StandingPage]:
    page = uow.state.need(StandingPage, standing_id(space.id))
    if page.narrowing is not None:
        raise WrongStateError(named(uow.state, space).name, state="being narrowed already")
    uow.add(NarrowingAnnounced(space.id, narrowing))
    uow.later("narrow", refer(space))
    return uow.done(page)


@handles(ChangeCapacity)
def change_capacity(c: ChangeCapacity, uow: Uow) -> Steps[Decision[StandingPage]]:
    """Give a space more units at once; fewer are announced first."""
    space = yield from _need_space(uow, c.space_id)

    if space.parts:
        raise UnsuitableError(f"{space.name} is made of parts; change the capacity of those")
    page = uow.state.need(StandingPage, standing_id(space.id))
    if page.narrowing is not None:
        raise WrongStateError(named(uow.state, space).name, state="being narrowed already")
    if space.use == FACILITATOR and c.capacity > 1:
        raise UnsuitableError(f"{named(uow.state, space).name} cannot be at two sessions at once")
    if c.capacity < page.capacity:
        return _announce(uow, space, Narrowing(uow.ids("nar"), capacity=c.capacity))
    if c.capacity > page.capacity:
        uow.add(CapacityRaised(space.id, c.capacity))
    return uow.done(page)


@handles(CloseSpace)
def close_space(c: CloseSpace, uow: Uow) -> Steps[Decision[StandingPage]]:
    """Announce that a space is closed for a period."""
    space = yield from _need_space(uow, c.space_id)

    if space.parts:
        raise UnsuitableError(f"{space.name} is made of parts; close those")
    id = uow.ids("nar")
    return _announce(uow, space, Narrowing(id, closure=Closure(id, c.period, c.reason)))


@handles(ReopenSpace)
def reopen_space(c: ReopenSpace, uow: Uow) -> Steps[Decision[StandingPage]]:
    """End a closure of a space."""
    space = yield from uow.need(Space, c.space_id, (StandingPage, standing_id(c.space_id)))

    page = uow.state.need(StandingPage, standing_id(c.space_id))
    if all(closure.id != c.closure_id for closure in page.closures):
        raise NotFoundError("closure", c.closure_id)
    uow.add(ClosureEnded(space.id, c.closure_id))
    return uow.done(page)


@handles(RetireSpace)
def retire_space(c: RetireSpace, uow: Uow) -> Steps[Decision[StandingPage]]:
    """Announce that a space is not let any more.

    A booking guards its space and the standing pages of its leaves. So from now on none is made after that instant: of
    a room that is made of others the record says so, of an undivided space the closure on its page, which rooms that
    are made of it look at too.
    """
    space = yield from _need_space(uow, c.space_id)
    yield from uow.fetch([(Place, space.place_id)])

    if space.retired is not None:
        raise WrongStateError(named(uow.state, space).name, state=RETIRED)
    at = uow.now
    if c.day is not None:
        wanted = day_bounds(c.day, uow.state.need(Place, space.place_id).zone)
        if wanted.end <= at:
            raise TooLateError(f"{c.day.isoformat()} is over")
        at = max(at, wanted.start)
    id = uow.ids("nar")
    closure = Closure(id, Period(at, FOR_GOOD), RETIRED)
    found = _announce(uow, space, Narrowing(id, closure=closure, retires=True))
    uow.add(SpaceRetired(space.id, at))
    return uow.done_at(StandingPage, found.value.id)


@handles(RestoreSpace)
def restore_space(c: RestoreSpace, uow: Uow) -> Steps[Decision[Space]]:
    """Let a space again."""
    space = yield from _need_space(uow, c.space_id)

    page, name = uow.state.need(StandingPage, standing_id(space.id)), named(uow.state, space).name
    if space.retired is None:
        raise WrongStateError(name, state="let", wanted=[RETIRED])
    if page.narrowing is not None:
        raise WrongStateError(name, state="being narrowed already")
    uow.add(*(ClosureEnded(space.id, one.id) for one in page.closures if one.period.end == FOR_GOOD))
    uow.add(SpaceRestored(space.id))
    return uow.done(space)


@handles(SettleNarrowing)
def settle_narrowing(c: SettleNarrowing, uow: Uow) -> Steps[Decision[StandingPage]]:
    """Confirm what was announced of a space, or withdraw it where something is booked in its way."""
    space = yield from _need_space(uow, c.space_id)
    page = uow.state.get(StandingPage, standing_id(c.space_id))
    if page is not None and page.narrowing is not None:
        first = _begins(page.narrowing, uow.now).date() - timedelta(days=LONG_CLAIM_DAYS)
        keys = list[Key]()
        for leaf in space.leaves:
            keys += yield from uow.find(OccupancyPage, "space", page_id(leaf, first), f"{leaf}|:")
        # What was claimed before the announcement is on these pages, what comes after respects it: they may change.
        standing = [(StandingPage, standing_id(leaf)) for leaf in space.leaves]
        yield from uow.fetch(standing, spare=[(OccupancyPage, key.id) for key in keys])

    page = uow.state.need(StandingPage, standing_id(c.space_id))
    narrowing, now = page.narrowing, uow.now
    if narrowing is None:
        return uow.done(page)
    claims = _of_all_leaves(uow.state, space)
    live = [claim for claim in claims if claim.live(now)]
    if clashes := _in_the_way(narrowing, live, now):
        uow.add(NarrowingWithdrawn(space.id, narrowing.id))
        if narrowing.retires:
            uow.add(SpaceRestored(space.id))
        holders = [claim.id for period in dict.fromkeys(clashes) for claim in live if claim.period == period]
        uow.refusal = ConflictError(f"{named(uow.state, space).name} is booked", clashes=clashes, holders=holders)
    else:
        # A hold that has just run out may yet be paid by somebody whose clock is behind: off the page it goes.
        begins = _begins(narrowing, now)
        over = [claim for claim in claims if claim.end > begins and not claim.live(now)]
        if over:
            uow.add(HoldsDropped(tuple(Placed(leaf, claim) for claim in over for leaf in space.leaves)))
        uow.add(NarrowingConfirmed(space.id, narrowing.id))
    return uow.done(page)


def _begins(narrowing: Narrowing, now: datetime) -> datetime:
    """From when on the narrowing bears on what is claimed."""
    return narrowing.closure.period.start if narrowing.closure is not None else now


def _pages(state: State, page: StandingPage) -> list[OccupancyPage]:
    return [r for r in state.records.values() if isinstance(r, OccupancyPage) and r.space_id == page.space_id]


def _of_all_leaves(state: State, space: Space) -> list[Claim]:
    """The claims on a space, by start and id. A claim on a room that is made of others is on every leaf of it."""
    pages = [state.need(StandingPage, standing_id(leaf)) for leaf in space.leaves]
    found = [{claim.id: claim for claim in _all_claims(state, page)} for page in pages]
    shared = set[str].intersection(*(set(claims) for claims in found))
    return sorted((claim for id, claim in found[0].items() if id in shared), key=lambda one: (one.start, one.id))


def _all_claims(state: State, page: StandingPage) -> list[Claim]:
    every = [*(claim for one in _pages(state, page) for claim in one.claims), *page.claims]
    return list({claim.id: claim for claim in every}.values())


def _in_the_way(narrowing: Narrowing, claims: Iterable[Claim], now: datetime) -> tuple[Period, ...]:
    """What was claimed that the narrowing leaves no room for."""
    claims = tuple(claim for claim in claims if claim.end > now)
    if narrowing.closure is not None:
        return scheduling.in_the_way(claims, narrowing.closure.period)
    capacity = narrowing.capacity or 0
    spans = [(claim.start, claim.end, 1 if claim.whole else claim.units) for claim in claims]
    if not spans or scheduling.peak(spans, Period(now, max(claim.end for claim in claims))) <= capacity:
        return ()
    return tuple(claim.period for claim in claims if scheduling.peak(spans, claim.period) > capacity)
