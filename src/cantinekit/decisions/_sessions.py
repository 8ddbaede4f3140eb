"""Sessions of workshops: planned, moved, cancelled; their room is claimed and freed with them."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from cantinekit import commands as cmd
from cantinekit import events as ev
from cantinekit.clock import Period, WallTime
from cantinekit.decisions._claims import check_free, fetch_pages, page_ids, place_claims
from cantinekit.decisions._draft import Draft
from cantinekit.decisions._seat_ends import LIVE
from cantinekit.decisions._setup import refuse_twice
from cantinekit.decisions._state import Decision, Find, Handler, Ids, Reads, State, Wish, fetch, refer
from cantinekit.decisions._workshops import check_open_to_seats, check_running
from cantinekit.errors import TooLateError, UnsuitableError
from cantinekit.model import (
    OccupancyPage,
    Place,
    Placed,
    Product,
    Registration,
    Session,
    Space,
    Workshop,
)

# --- planning --------------------------------------------------------------------------------------------------------


def _period(day: date, starts: time, ends: time, zone: str) -> tuple[WallTime, WallTime, Period]:
    last = day + timedelta(days=1) if ends <= starts else day
    first, end = WallTime(day, starts, zone), WallTime(last, ends, zone)
    return first, end, Period(first.instant, end.instant)


def _read_add(c: cmd.AddSession, now: datetime) -> Reads:
    state = yield from fetch(State(), [(Session, c.id), (Workshop, c.workshop_id), (Space, c.space_id)])
    workshop = state.need(Workshop, c.workshop_id)
    products = [workshop.product_id, *workshop.option_ids]
    state = yield from fetch(state, [(Place, workshop.place_id), *((Product, id) for id in products)])
    if c.space_id is None:
        return state
    period = _period(c.day, c.starts, c.ends, state.need(Place, workshop.place_id).zone)[2]
    return (yield from fetch_pages(state, state.need(Space, c.space_id).leaves, period))


def _add(state: State, c: cmd.AddSession, now: datetime, ids: Ids) -> Decision:
    refuse_twice(state, Session, c.id)
    workshop = state.need(Workshop, c.workshop_id)
    place = state.need(Place, workshop.place_id)
    starts, ends, period = _period(c.day, c.starts, c.ends, place.zone)
    if period.end <= now:
        raise TooLateError(f"the session would have ended at {period.end.isoformat()}")
    draft, id = Draft(state, now, ids), c.id or ids("ses")
    products = [state.need(Product, id) for id in (workshop.product_id, *workshop.option_ids) if id]
    session = Session(
        id,
        workshop.id,
        place.id,
        starts,
        ends,
        period,
        c.seats,
        c.space_id,
        workshop.product_id,
        workshop.option_ids,
        products[0].pricelist_id if products else None,
        place.entity_id,
        _in_room(state, place, c.space_id, id, period, c.seats, now),
    )
    draft.add(ev.SessionAdded(session, now))
    return draft.decision(refer(session))


def _in_room(
    state: State, place: Place, space_id: str | None, id: str, period: Period, seats: int, now: datetime
) -> tuple[Placed, ...]:
    """The claims of a session on its room; what it has claimed already is not in its way.

    Raises:
        UnsuitableError: it is no room, is elsewhere, or has too few seats.
        ClosedError: a closure covers some part of it.
        ConflictError: somebody has it.
    """
    if space_id is None:
        return ()
    space = state.need(Space, space_id)
    if space.place_id != place.id:
        raise UnsuitableError(f"{space.name} is not in {place.name}")
    if space.seats and seats > space.seats:
        raise UnsuitableError(f"{space.name} has {space.seats} seats")
    if space.use == "desks":
        raise UnsuitableError(f"{space.name} is sold by the desk; a session needs a room")
    placed = place_claims(space, id, period, 1, None)
    check_free(state, space, place, placed, now, but=id)
    return placed


# --- moving and cancelling -------------------------------------------------------------------------------------------


def _claimed(session: Session) -> list[Wish]:
    """The pages that hold the claims of a session."""
    return [(OccupancyPage, id) for one in session.placed for id in page_ids(one.space_id, one.claim.period)]


def _fetch_registrations(state: State, session_id: str) -> Reads:
    """Load everybody who asked for a seat.

    Whoever gets one, waits or gives it up writes the session too, which is loaded before: so nobody is missed.
    """
    keys = yield Find(Registration.kind, "session", f"{session_id}|", f"{session_id}}}")
    return (yield from fetch(state, [], spare=[(Registration, key.id) for key in keys]))


def _concerned(state: State) -> list[Registration]:
    """Who has a seat or waits, in the order of asking."""
    found = [r for r in state.records.values() if isinstance(r, Registration) and r.state in LIVE]
    return sorted(found, key=lambda one: (one.asked_at, one.id))


def _target(c: cmd.MoveSession, session: Session, place: Place) -> tuple[WallTime, WallTime, Period]:
    """When a session is to be. One that only changes its room keeps the zone in which it was planned."""
    if c.day is None and c.starts is None and c.ends is None:
        return session.starts, session.ends, session.period
    return _period(c.day or session.starts.day, c.starts or session.starts.at, c.ends or session.ends.at, place.zone)


def _read_move(c: cmd.MoveSession, now: datetime) -> Reads:
    state = yield from fetch(State(), [(Session, c.session_id), (Space, c.space_id)])
    session = state.need(Session, c.session_id)
    check_open_to_seats(session, now)
    space_id = c.space_id or session.space_id
    state = yield from fetch(state, [(Place, session.place_id), (Space, space_id), *_claimed(session)])
    if space_id is not None:
        period = _target(c, session, state.need(Place, session.place_id))[2]
        state = yield from fetch_pages(state, state.need(Space, space_id).leaves, period)
    return (yield from _fetch_registrations(state, session.id))


def _move(state: State, c: cmd.MoveSession, now: datetime, ids: Ids) -> Decision:
    session = state.need(Session, c.session_id)
    place = state.need(Place, session.place_id)
    starts, ends, period = _target(c, session, place)
    if period.start <= now:
        raise TooLateError(f"the session would have begun at {period.start.isoformat()}")
    draft, space_id = Draft(state, now, ids), c.space_id or session.space_id
    if (starts, ends, period, space_id) == (session.starts, session.ends, session.period, session.space_id):
        return draft.decision(refer(session))
    placed = _in_room(state, place, space_id, session.id, period, session.capacity, now)
    draft.add(ev.SessionMoved(session.id, starts, ends, period, space_id, placed, now))
    for one in _concerned(state):
        draft.tell("session moved", one.person_id, refer(one))
        if one.state == "waiting" and period.start != session.period.start:
            draft.later("expire", refer(one), period.start)
    return draft.decision(refer(session))


def _read_cancel(c: cmd.CancelSession, now: datetime) -> Reads:
    state = yield from fetch(State(), [(Session, c.session_id)])
    session = state.need(Session, c.session_id)
    state = yield from fetch(state, _claimed(session))
    return (yield from _fetch_registrations(state, session.id))


def _cancel(state: State, c: cmd.CancelSession, now: datetime, ids: Ids) -> Decision:
    session = state.need(Session, c.session_id)
    check_running(session)
    if session.period.end <= now:
        raise TooLateError(f"the session ended at {session.period.end.isoformat()}")
    draft = Draft(state, now, ids)
    draft.add(ev.SessionCancelled(session.id, c.reason))
    concerned = _concerned(state)
    for one in concerned:
        draft.later("expire", refer(one))
    return draft.decision(refer(session), [one.charge_id for one in concerned])


HANDLERS = {
    cmd.AddSession: Handler(_read_add, _add),
    cmd.MoveSession: Handler(_read_move, _move),
    cmd.CancelSession: Handler(_read_cancel, _cancel),
}
