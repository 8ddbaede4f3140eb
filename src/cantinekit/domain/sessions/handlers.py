"""The handlers of sessions: adding, moving and cancelling one, and deciding whether it takes place."""

from __future__ import annotations

from datetime import datetime

from cantinekit.common.evolve import evolve
from cantinekit.domain.decision import Decision
from cantinekit.domain.draft import Draft
from cantinekit.domain.handling import handles
from cantinekit.domain.payments.charging import PAYMENT_HOLD
from cantinekit.domain.places.records import Place
from cantinekit.domain.registrations.deciding import check_open_to_seats, check_running, first_decide, verdict
from cantinekit.domain.rules.terms import note_overrides
from cantinekit.domain.sessions.adding import (
    announce,
    check_decision,
    new_session,
    option_seats,
    times_of,
    workshop_wishes,
)
from cantinekit.domain.sessions.calling_off import call_off, read_to_call_off
from cantinekit.domain.sessions.claims import Needs, check_facilitators, read_needs, session_claims, taken_by
from cantinekit.domain.sessions.commands import AddSession, CancelSession, DecideSession, MoveSession
from cantinekit.domain.sessions.events import SessionConfirmed
from cantinekit.domain.sessions.moving import move, needs_after, times_after
from cantinekit.domain.sessions.records import TOO_FEW, Session
from cantinekit.domain.sessions.registrants import concerned, read_registrations
from cantinekit.domain.spaces.records import Space
from cantinekit.domain.state import refer, refuse_twice
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.domain.workshops.quotas import check_quotas
from cantinekit.domain.workshops.records import Workshop
from cantinekit.errors import TooLateError, UnsuitableError


@handles(AddSession)
def add_session(c: AddSession, uow: Uow) -> Steps[Decision[Session]]:
    """Add a session that meets once, with the claims on all that it needs."""
    needs = Needs.of(c)
    workshop = yield from uow.need(Workshop, c.workshop_id, (Session, c.id), *needs.spaces)
    yield from uow.fetch(workshop_wishes(workshop))
    times = times_of(c.day, c.starts, c.ends, uow.state.need(Place, workshop.place_id).zone)
    yield from read_needs(uow, needs, times[2])

    refuse_twice(uow.state, Session, c.id)
    id, state, now = c.id or uow.ids("ses"), uow.state, uow.now
    session, rules = new_session(
        state, workshop, id, times, c.seats, needs, c.minimum, c.decide_at, now, override=c.override
    )
    if c.quotas is not None:
        session = evolve(session, quotas=option_seats(check_quotas(c.quotas, session.option_ids)))
    announce(uow, session, rules, c)
    return uow.done(session)


@handles(MoveSession)
def move_session(c: MoveSession, uow: Uow) -> Steps[Decision[Session]]:
    """Move a session, give it other equipment or facilitators, or have it decided at another instant."""
    session = yield from uow.need(Session, c.session_id, (Space, c.space_id))
    asked = (c.day, c.starts, c.ends, c.space_id, c.facilitator_ids, c.with_units)
    if session.meetings and any(one is not None for one in asked):
        raise UnsuitableError(f"session {session.id} is a course; MoveMeeting moves its meetings, one by one")
    check_open_to_seats(session, uow.now)
    needs = needs_after(c, session)
    yield from uow.fetch([(Place, session.place_id), *needs.spaces, *taken_by(session)])
    place = uow.state.need(Place, session.place_id)
    starts, ends, period = times_after(c, session, place)
    yield from read_needs(uow, needs, period)
    yield from read_registrations(uow, session.id, guarded=True)

    state, now = uow.state, uow.now
    check_open_to_seats(session, now)  # it may have begun while its rows were read
    if period.start <= now:
        raise TooLateError(f"the session would have begun at {period.start.isoformat()}")
    first_decide(session, now)
    if c.decide_at is not None and (session.state != "planned" or session.decide_at is None):
        raise UnsuitableError(f"session {session.id} has no minimum, or it was decided already")
    decide_at = c.decide_at or session.decide_at
    if session.state == "planned":
        check_decision(decide_at, period, now)
    elsewhere = (starts, ends, needs.space_id) != (session.starts, session.ends, session.space_id)
    other = elsewhere or needs != Needs.of(session)
    if not other and decide_at == session.decide_at:
        return uow.done(session)
    placed, rules, kept = session.placed, tuple[str, ...](), session.placed
    if other:
        rules = check_facilitators(state, place, needs, session.id, period, now, c.override, kept=kept)
        placed = session_claims(state, place, needs, session.id, period, now, seats=session.capacity, kept=kept)
    move(uow, session, (starts, ends, period), needs, placed, decide_at, concerned(state, session.id))
    note_overrides(uow, rules, c.override, refer(session))
    return uow.done(session)


@handles(CancelSession)
def cancel_session(c: CancelSession, uow: Uow) -> Steps[Decision[Session]]:
    """Call a session off that is not over."""
    session = yield from uow.need(Session, c.session_id)
    yield from read_to_call_off(uow, session)

    check_running(session)
    if session.period.end <= uow.now:
        raise TooLateError(f"the session ended at {session.period.end.isoformat()}")
    return uow.done(session, call_off(uow, session, c.reason))


@handles(DecideSession)
def decide_session(c: DecideSession, uow: Uow) -> Steps[Decision[Session]]:
    """Confirm a session with a minimum or call it off, once that is due; else have the decision looked at again."""
    session = yield from uow.need(Session, c.session_id)
    if session.state == "planned" and session.decide_at is not None:
        yield from read_to_call_off(uow, session)  # also where it is not due: it may be by the time that they are read

    found = verdict(session, uow.now)
    if found == "cancelled":
        return uow.done(session, call_off(uow, session, TOO_FEW))
    if found == "confirmed":
        uow.add(SessionConfirmed(session.id, uow.now))
        for one in concerned(uow.state, session.id):
            if one.state == "confirmed" and uow.now < session.period.start:
                uow.tell("session confirmed", one.person_id, refer(one))
    elif session.state == "planned" and session.decide_at is not None and session.decide_at <= uow.now:
        _look_again(uow, session, session.decide_at + PAYMENT_HOLD)
    return uow.done(session)


def _look_again(draft: Draft, session: Session, last: datetime) -> None:
    """Some are paying: look again when the first of them has paid or not, and decide at ``last`` without the others."""
    ends = [seat.expires for seat in session.held if seat.live(draft.now)]
    if draft.now < last:
        draft.later("decide", refer(session), min([*ends, last]))
