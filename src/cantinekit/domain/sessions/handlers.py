"""Sessions of workshops: planned, moved, cancelled, decided; what they need is claimed and freed with them."""

from __future__ import annotations

from datetime import datetime

from cantinekit.domain.adapter import adapt
from cantinekit.domain.catalogue.records import Product
from cantinekit.domain.decision import Decision, Ids
from cantinekit.domain.draft import Draft
from cantinekit.domain.payments.charging import PAYMENT_HOLD
from cantinekit.domain.places.records import Place
from cantinekit.domain.registrations.deciding import check_open_to_seats, check_running, first_decide, verdict
from cantinekit.domain.rules.terms import note_overrides
from cantinekit.domain.sessions.adding import added, check_decision, new_session, times_of
from cantinekit.domain.sessions.calling_off import call_off
from cantinekit.domain.sessions.claims import Needs, check_facilitators, fetch_needs, session_claims, taken_by
from cantinekit.domain.sessions.commands import AddSession, CancelSession, DecideSession, MoveSession
from cantinekit.domain.sessions.events import SessionConfirmed
from cantinekit.domain.sessions.moving import move, target, target_needs
from cantinekit.domain.sessions.records import TOO_FEW, Session
from cantinekit.domain.sessions.registrants import concerned, fetch_registrations
from cantinekit.domain.spaces.records import Space
from cantinekit.domain.state import Reads, State, fetch, refer, refuse_twice
from cantinekit.domain.workshops.records import Workshop
from cantinekit.errors import TooLateError, UnsuitableError


def _read_add(c: AddSession, now: datetime) -> Reads:
    needs = Needs(c.space_id, c.with_units, c.facilitator_ids)
    state = yield from fetch(State(), [(Session, c.id), (Workshop, c.workshop_id), *needs.spaces])
    workshop = state.need(Workshop, c.workshop_id)
    products = [workshop.product_id, *workshop.option_ids]
    state = yield from fetch(state, [(Place, workshop.place_id), *((Product, id) for id in products)])
    period = times_of(c.day, c.starts, c.ends, state.need(Place, workshop.place_id).zone)[2]
    return (yield from fetch_needs(state, needs, period))


def _add(state: State, c: AddSession, now: datetime, ids: Ids) -> Decision:
    refuse_twice(state, Session, c.id)
    workshop = state.need(Workshop, c.workshop_id)
    times = times_of(c.day, c.starts, c.ends, state.need(Place, workshop.place_id).zone)
    draft, id = Draft(state, now, ids), c.id or ids("ses")
    needs = Needs(c.space_id, c.with_units, c.facilitator_ids)
    session, rules = new_session(
        state, workshop, id, times, c.seats, needs, c.minimum, c.decide_at, now, override=c.override
    )
    return added(draft, session, rules, c)


def _read_move(c: MoveSession, now: datetime) -> Reads:
    state = yield from fetch(State(), [(Session, c.session_id), (Space, c.space_id)])
    session = state.need(Session, c.session_id)
    asked = (c.day, c.starts, c.ends, c.space_id, c.facilitator_ids, c.with_units)
    if session.meetings and any(one is not None for one in asked):
        raise UnsuitableError(f"session {session.id} is a course; MoveMeeting moves its meetings, one by one")
    check_open_to_seats(session, now)
    needs = target_needs(c, session)
    state = yield from fetch(state, [(Place, session.place_id), *needs.spaces, *taken_by(session)])
    period = target(c, session, state.need(Place, session.place_id))[2]
    state = yield from fetch_needs(state, needs, period)
    return (yield from fetch_registrations(state, session.id, guarded=True))


def _move(state: State, c: MoveSession, now: datetime, ids: Ids) -> Decision:
    session = state.need(Session, c.session_id)
    check_open_to_seats(session, now)  # it may have begun while its rows were read
    place = state.need(Place, session.place_id)
    starts, ends, period = target(c, session, place)
    if period.start <= now:
        raise TooLateError(f"the session would have begun at {period.start.isoformat()}")
    first_decide(session, now)
    if c.decide_at is not None and (session.state != "planned" or session.decide_at is None):
        raise UnsuitableError(f"session {session.id} has no minimum, or it was decided already")
    draft = Draft(state, now, ids)
    needs, decide_at = target_needs(c, session), c.decide_at or session.decide_at
    if session.state == "planned":
        check_decision(decide_at, period, now)
    elsewhere = (starts, ends, needs.space_id) != (session.starts, session.ends, session.space_id)
    other = elsewhere or needs != Needs(session.space_id, session.with_units, session.facilitator_ids)
    if not other and decide_at == session.decide_at:
        return draft.decision(refer(session))
    placed, rules, kept = session.placed, tuple[str, ...](), session.placed
    if other:
        rules = check_facilitators(state, place, needs, session.id, period, now, c.override, kept=kept)
        placed = session_claims(state, place, needs, session.id, period, now, seats=session.capacity, kept=kept)
    move(draft, session, (starts, ends, period), needs, placed, decide_at, concerned(state, session.id))
    note_overrides(draft, rules, c.override, refer(session))
    return draft.decision(refer(session))


def _read_cancel(c: CancelSession | DecideSession, now: datetime) -> Reads:
    state = yield from fetch(State(), [(Session, c.session_id)])
    session = state.need(Session, c.session_id)
    if isinstance(c, DecideSession) and (session.state != "planned" or session.decide_at is None):
        return state  # it is never decided; any other may be due by the time that its rows are there
    state = yield from fetch(state, taken_by(session))
    return (yield from fetch_registrations(state, session.id))


def _cancel(state: State, c: CancelSession, now: datetime, ids: Ids) -> Decision:
    session = state.need(Session, c.session_id)
    check_running(session)
    if session.period.end <= now:
        raise TooLateError(f"the session ended at {session.period.end.isoformat()}")
    draft = Draft(state, now, ids)
    return draft.decision(refer(session), call_off(draft, session, c.reason))


def _decide(state: State, c: DecideSession, now: datetime, ids: Ids) -> Decision:
    session, draft = state.need(Session, c.session_id), Draft(state, now, ids)
    found = verdict(session, now)
    if found == "cancelled":
        return draft.decision(refer(session), call_off(draft, session, TOO_FEW))
    if found == "confirmed":
        draft.add(SessionConfirmed(session.id))
        for one in concerned(state, session.id):
            if one.state == "confirmed" and now < session.period.start:
                draft.tell("session confirmed", one.person_id, refer(one))
    elif session.state == "planned" and session.decide_at is not None and session.decide_at <= now:
        _look_again(draft, session, session.decide_at + PAYMENT_HOLD)
    return draft.decision(refer(session))


def _look_again(draft: Draft, session: Session, last: datetime) -> None:
    """Some are paying: look again when the first of them has paid or not, and decide at ``last`` without the others."""
    ends = [seat.expires for seat in session.held if seat.live(draft.now)]
    if draft.now < last:
        draft.later("decide", refer(session), min([*ends, last]))


adapt(AddSession, _read_add, _add)

adapt(MoveSession, _read_move, _move)

adapt(CancelSession, _read_cancel, _cancel)

adapt(DecideSession, _read_cancel, _decide)
