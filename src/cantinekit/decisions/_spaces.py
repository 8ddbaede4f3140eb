"""Changing a space: more capacity at once; less, or a closure, in two steps that no booking can slip between.

What narrows a space is announced first: from then on every booking respects it, because each booking guards the
standing page. Then what is booked already is looked at, and the narrowing is confirmed or withdrawn. Looking first
would miss a booking that is made between the look and the change.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from cantinekit import commands as cmd
from cantinekit import events as ev
from cantinekit import scheduling
from cantinekit.clock import Period
from cantinekit.decisions._draft import Draft
from cantinekit.decisions._facilitators import named
from cantinekit.decisions._state import Decision, Find, Handler, Ids, Reads, State, fetch, refer
from cantinekit.errors import ConflictError, NotFoundError, UnsuitableError, WrongStateError
from cantinekit.model import (
    FACILITATOR,
    LONG_CLAIM_DAYS,
    Claim,
    Closure,
    Narrowing,
    OccupancyPage,
    Person,
    Placed,
    Space,
    StandingPage,
    Subject,
    page_id,
    standing_id,
)


def _read(c: cmd.ChangeCapacity | cmd.CloseSpace | cmd.SettleNarrowing, now: datetime) -> Reads:
    state = yield from fetch(State(), [(Space, c.space_id), (StandingPage, standing_id(c.space_id))])
    return (yield from fetch(state, [], [(Person, state.need(Space, c.space_id).person_id)]))


def _announce(state: State, space: Space, narrowing: Narrowing, now: datetime, ids: Ids) -> Decision:
    page = state.need(StandingPage, standing_id(space.id))
    if page.narrowing is not None:
        raise WrongStateError(named(state, space).name, state="being narrowed already")
    draft = Draft(state, now, ids)
    draft.add(ev.NarrowingAnnounced(space.id, narrowing))
    draft.later("narrow", refer(space))
    return draft.decision(refer(page))


def _change_capacity(state: State, c: cmd.ChangeCapacity, now: datetime, ids: Ids) -> Decision:
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
        draft.add(ev.CapacityRaised(space.id, c.capacity))
    return draft.decision(refer(page))


def _close_space(state: State, c: cmd.CloseSpace, now: datetime, ids: Ids) -> Decision:
    space = state.need(Space, c.space_id)
    if space.parts:
        raise UnsuitableError(f"{space.name} is made of parts; close those")
    id = ids("nar")
    return _announce(state, space, Narrowing(id, closure=Closure(id, c.period, c.reason)), now, ids)


def _read_settle(c: cmd.SettleNarrowing, now: datetime) -> Reads:
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


def _settle(state: State, c: cmd.SettleNarrowing, now: datetime, ids: Ids) -> Decision:
    space, page = state.need(Space, c.space_id), state.need(StandingPage, standing_id(c.space_id))
    draft, narrowing = Draft(state, now, ids), page.narrowing
    if narrowing is None:
        return draft.decision(refer(page))
    clashes = _in_the_way(narrowing, scheduling.live_claims(_pages(state, page), page, now), now)
    if clashes:
        draft.add(ev.NarrowingWithdrawn(space.id, narrowing.id))
        draft.refusal = ConflictError(f"{named(state, space).name} is booked", clashes=clashes)
    else:
        # A hold that has just run out may yet be paid by somebody whose clock is behind: off the page it goes.
        begins = _begins(narrowing, now)
        over = [claim for claim in _all_claims(state, page) if claim.end > begins and not claim.live(now)]
        if over:
            draft.add(ev.HoldsDropped(tuple(Placed(space.id, claim) for claim in over)))
        draft.add(ev.NarrowingConfirmed(space.id, narrowing.id))
    return draft.decision(Subject(StandingPage.kind, page.id))


def _read_reopen(c: cmd.ReopenSpace, now: datetime) -> Reads:
    return (yield from fetch(State(), [(Space, c.space_id), (StandingPage, standing_id(c.space_id))]))


def _reopen(state: State, c: cmd.ReopenSpace, now: datetime, ids: Ids) -> Decision:
    space, page = state.need(Space, c.space_id), state.need(StandingPage, standing_id(c.space_id))
    if all(closure.id != c.closure_id for closure in page.closures):
        raise NotFoundError("closure", c.closure_id)
    draft = Draft(state, now, ids)
    draft.add(ev.ClosureEnded(space.id, c.closure_id))
    return draft.decision(refer(page))


HANDLERS = {
    cmd.ReopenSpace: Handler(_read_reopen, _reopen),
    cmd.ChangeCapacity: Handler(_read, _change_capacity),
    cmd.CloseSpace: Handler(_read, _close_space),
    cmd.SettleNarrowing: Handler(_read_settle, _settle),
}
