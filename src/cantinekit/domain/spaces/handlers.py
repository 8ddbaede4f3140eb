"""Changing a space: more capacity at once; less, or a closure, in two steps that no booking can slip between.

What narrows a space is announced first: from then on every booking respects it, because each booking guards the
standing page. Then what is booked already is looked at, and the narrowing is confirmed or withdrawn. Looking first
would miss a booking that is made between the look and the change.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from cantinekit import scheduling
from cantinekit.clock import Period
from cantinekit.domain.adapter import adapt
from cantinekit.domain.base import Subject
from cantinekit.domain.decision import Decision, Ids
from cantinekit.domain.draft import Draft, added
from cantinekit.domain.facilitators.naming import named
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
    ChangeTerms,
    CloseSpace,
    ReopenSpace,
    SettleNarrowing,
)
from cantinekit.domain.spaces.events import (
    CapacityRaised,
    ClosureEnded,
    NarrowingAnnounced,
    NarrowingConfirmed,
    NarrowingWithdrawn,
    SpaceAdded,
    TermsChanged,
)
from cantinekit.domain.spaces.records import FACILITATOR, Space
from cantinekit.domain.spaces.records import Space as SpaceRecord
from cantinekit.domain.state import Find, Reads, State, fetch, refer, refuse_twice
from cantinekit.errors import ConflictError, NotFoundError, UnsuitableError, WrongStateError


def _read(c: ChangeCapacity | CloseSpace | SettleNarrowing, now: datetime) -> Reads:
    state = yield from fetch(State(), [(Space, c.space_id), (StandingPage, standing_id(c.space_id))])
    return (yield from fetch(state, [], [(Person, state.need(Space, c.space_id).person_id)]))


def _announce(state: State, space: Space, narrowing: Narrowing, now: datetime, ids: Ids) -> Decision:
    page = state.need(StandingPage, standing_id(space.id))
    if page.narrowing is not None:
        raise WrongStateError(named(state, space).name, state="being narrowed already")
    draft = Draft(state, now, ids)
    draft.add(NarrowingAnnounced(space.id, narrowing))
    draft.later("narrow", refer(space))
    return draft.decision(refer(page))


def _change_capacity(state: State, c: ChangeCapacity, now: datetime, ids: Ids) -> Decision:
    space = state.need(Space, c.space_id)
    if space.parts:
        raise UnsuitableError(f"{space.name} is made of parts; change the capacity of those")
    page = state.need(StandingPage, standing_id(space.id))
    if page.narrowing is not None:
        raise WrongStateError(named(state, space).name, state="being narrowed already")
    if space.use == FACILITATOR and c.capacity > 1:
        raise UnsuitableError(f"{named(state, space).name} cannot be at two sessions at once")
    if c.capacity < page.capacity:
        return _announce(state, space, Narrowing(ids("nar"), capacity=c.capacity), now, ids)
    draft = Draft(state, now, ids)
    if c.capacity > page.capacity:
        draft.add(CapacityRaised(space.id, c.capacity))
    return draft.decision(refer(page))


def _close_space(state: State, c: CloseSpace, now: datetime, ids: Ids) -> Decision:
    space = state.need(Space, c.space_id)
    if space.parts:
        raise UnsuitableError(f"{space.name} is made of parts; close those")
    id = ids("nar")
    return _announce(state, space, Narrowing(id, closure=Closure(id, c.period, c.reason)), now, ids)


def _read_settle(c: SettleNarrowing, now: datetime) -> Reads:
    state = yield from _read(c, now)
    page = state.get(StandingPage, standing_id(c.space_id))
    if page is None or page.narrowing is None:
        return state
    first = _begins(page.narrowing, now).date() - timedelta(days=LONG_CLAIM_DAYS)
    keys = yield Find(OccupancyPage.kind, "space", page_id(c.space_id, first), f"{c.space_id}|:")
    # What was claimed before the announcement is on these pages, what comes after respects it: they may change.
    return (yield from fetch(state, [], spare=[(OccupancyPage, key.id) for key in keys]))


def _begins(narrowing: Narrowing, now: datetime) -> datetime:
    """From when on the narrowing bears on what is claimed."""
    return narrowing.closure.period.start if narrowing.closure is not None else now


def _pages(state: State, page: StandingPage) -> list[OccupancyPage]:
    return [r for r in state.records.values() if isinstance(r, OccupancyPage) and r.space_id == page.space_id]


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


def _settle(state: State, c: SettleNarrowing, now: datetime, ids: Ids) -> Decision:
    space, page = state.need(Space, c.space_id), state.need(StandingPage, standing_id(c.space_id))
    draft, narrowing = Draft(state, now, ids), page.narrowing
    if narrowing is None:
        return draft.decision(refer(page))
    clashes = _in_the_way(narrowing, scheduling.live_claims(_pages(state, page), page, now), now)
    if clashes:
        draft.add(NarrowingWithdrawn(space.id, narrowing.id))
        draft.refusal = ConflictError(f"{named(state, space).name} is booked", clashes=clashes)
    else:
        # A hold that has just run out may yet be paid by somebody whose clock is behind: off the page it goes.
        begins = _begins(narrowing, now)
        over = [claim for claim in _all_claims(state, page) if claim.end > begins and not claim.live(now)]
        if over:
            draft.add(HoldsDropped(tuple(Placed(space.id, claim) for claim in over)))
        draft.add(NarrowingConfirmed(space.id, narrowing.id))
    return draft.decision(Subject(StandingPage.kind, page.id))


def _read_reopen(c: ReopenSpace, now: datetime) -> Reads:
    return (yield from fetch(State(), [(Space, c.space_id), (StandingPage, standing_id(c.space_id))]))


def _reopen(state: State, c: ReopenSpace, now: datetime, ids: Ids) -> Decision:
    space, page = state.need(Space, c.space_id), state.need(StandingPage, standing_id(c.space_id))
    if all(closure.id != c.closure_id for closure in page.closures):
        raise NotFoundError("closure", c.closure_id)
    draft = Draft(state, now, ids)
    draft.add(ClosureEnded(space.id, c.closure_id))
    return draft.decision(refer(page))


def _read_space(c: AddSpace, now: datetime) -> Reads:
    parts = [(SpaceRecord, part) for part in c.parts]
    own = [(SpaceRecord, c.id), (StandingPage, standing_id(c.id) if c.id else None)]
    return (yield from fetch(State(), [*own, (Place, c.place_id), *parts]))


def _add_space(state: State, c: AddSpace, now: datetime, ids: Ids) -> Decision:
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
    return added(state, now, ids, space, SpaceAdded(space, c.capacity))


def _read_terms(c: ChangeTerms, now: datetime) -> Reads:
    return (yield from fetch(State(), [(SpaceRecord, c.space_id)]))


def _change_terms(state: State, c: ChangeTerms, now: datetime, ids: Ids) -> Decision:
    space = state.need(SpaceRecord, c.space_id)
    if space.use == FACILITATOR and c.terms.slots:
        raise UnsuitableError("a facilitator has hours, and no fixed slots")
    events = (TermsChanged(space.id, c.terms),) if c.terms != space.terms else ()
    return added(state, now, ids, space, *events)


adapt(ReopenSpace, _read_reopen, _reopen)

adapt(ChangeCapacity, _read, _change_capacity)

adapt(CloseSpace, _read, _close_space)

adapt(SettleNarrowing, _read_settle, _settle)

adapt(ChangeTerms, _read_terms, _change_terms)

adapt(AddSpace, _read_space, _add_space)
