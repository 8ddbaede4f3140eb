"""What events do to workshops, their sessions and seats. Importing this module registers the rules."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from cantinekit import events as ev
from cantinekit._replace import replace
from cantinekit.decisions._evolve import changes, drop_claims, put_claims
from cantinekit.decisions._evolve_courses import confirmed_meetings, moved, without_meetings
from cantinekit.decisions._state import State
from cantinekit.model import HeldSeat, Party, Record, Registration, Session, Workshop


@changes.register
def _(event: ev.WorkshopAdded, state: State) -> tuple[Record, ...]:
    return (event.workshop,)


@changes.register
def _(event: ev.AdmissionChanged, state: State) -> tuple[Record, ...]:
    return (replace(state.need(Workshop, event.workshop_id), admission=event.admission),)


@changes.register
def _(event: ev.SessionAdded, state: State) -> tuple[Record, ...]:
    return (event.session, *put_claims(state, event.session.every_placed, event.at))


@changes.register
def _(event: ev.SessionMoved, state: State) -> tuple[Record, ...]:
    session, pages = moved(state, state.need(Session, event.session_id), event)
    return replace(session, decide_at=event.decide_at), *pages


@changes.register
def _(event: ev.SessionConfirmed, state: State) -> tuple[Record, ...]:
    session = confirmed_meetings(state.need(Session, event.session_id))
    return (replace(session, state="confirmed", sequence=session.sequence + 1),)


@changes.register
def _(event: ev.SessionCancelled, state: State) -> tuple[Record, ...]:
    session = state.need(Session, event.session_id)
    off, left = without_meetings(session, event.meeting_ids, event.reason)
    over = replace(off, state="cancelled", reason=event.reason, placed=(), sequence=session.sequence + 1)
    return over, *drop_claims(state, (*session.placed, *left))


def _both(state: State, registration_id: str) -> tuple[Registration, Session]:
    registration = state.need(Registration, registration_id)
    return registration, state.need(Session, registration.session_id)


def _others(session: Session, registration_id: str) -> tuple[HeldSeat, ...]:
    return tuple(seat for seat in session.held if seat.registration_id != registration_id)


def _without(session: Session, dropped: Collection[str]) -> Session:
    """The session without the holds of these registrations."""
    return replace(session, held=tuple(seat for seat in session.held if seat.registration_id not in dropped))


def seated(session: Session, one: Registration, expires: datetime | None) -> Session:
    """The session with the seats of a registration, in place of those that were held for it."""
    others = _others(session, one.id)
    if expires is None:
        return replace(session, held=others, confirmed=session.confirmed + one.seats)
    return replace(session, held=(*others, HeldSeat(one.id, expires, one.seats)))


def _given(session: Session, one: Registration) -> int:
    """The solidarity seats of a session with those of a registration."""
    return session.bursaries + (one.seats if one.bursary else 0)


def _not_waiting(session: Session, registration_id: str) -> Session:
    return replace(
        session,
        waiting=tuple(id for id in session.waiting if id != registration_id),
        parties=tuple(party for party in session.parties if party.registration_id != registration_id),
    )


@changes.register
def _(event: ev.SeatTaken, state: State) -> tuple[Record, ...]:
    registration = event.registration
    session = _without(state.need(Session, registration.session_id), event.dropped)
    session = replace(session, bursaries=_given(session, registration))
    return registration, seated(session, registration, registration.expires)


@changes.register
def _(event: ev.WaitingJoined, state: State) -> tuple[Record, ...]:
    one = event.registration
    session = state.need(Session, one.session_id)
    parties = (*session.parties, Party(one.id, one.seats)) if one.seats > 1 else session.parties
    waiting = (*session.waiting, one.id)
    return one, replace(session, waiting=waiting, parties=parties, bursaries=_given(session, one))


@changes.register
def _(event: ev.SeatPriced, state: State) -> tuple[Record, ...]:
    registration, session = _both(state, event.registration_id)
    registration = replace(
        registration,
        charge_id=event.charge_id,
        spends=event.spends,
        option_ids=event.option_ids,
        expires=event.expires,
        meeting_ids=event.meeting_ids,
        meters=event.meters,
    )
    return registration, seated(session, registration, event.expires)


@changes.register
def _(event: ev.SeatConfirmed, state: State) -> tuple[Record, ...]:
    registration, session = _both(state, event.registration_id)
    ids = event.meeting_ids or registration.meeting_ids
    confirmed = replace(registration, state="confirmed", expires=None, meeting_ids=ids)
    return confirmed, seated(session, registration, None)


@changes.register
def _(event: ev.SeatRetaken, state: State) -> tuple[Record, ...]:
    registration, session = _both(state, event.registration_id)
    kept = tuple(seat for seat in session.held if seat.live(event.at))
    session = seated(replace(session, held=kept), registration, None)
    return replace(registration, state="confirmed", expires=None), session


@changes.register
def _(event: ev.SeatPromoted, state: State) -> tuple[Record, ...]:
    registration, session = _both(state, event.registration_id)
    session = _without(_not_waiting(session, registration.id), event.dropped)
    session = seated(session, registration, event.expires)
    now = "held" if event.expires else "confirmed"
    ids = event.meeting_ids
    return replace(registration, state=now, expires=event.expires, meeting_ids=ids), session


@changes.register
def _(event: ev.SeatGivenUp, state: State) -> tuple[Record, ...]:
    registration, session = _both(state, event.registration_id)
    session = replace(
        _not_waiting(session, registration.id),
        confirmed=session.confirmed - (registration.seats if registration.state == "confirmed" else 0),
        held=_others(session, registration.id),
        bursaries=session.bursaries - (registration.seats if registration.bursary else 0),
    )
    ended = replace(registration, state=event.state, expires=None, kept=event.kept, had=event.had, meters=event.meters)
    return ended, session


@changes.register
def _(event: ev.SeatsChanged, state: State) -> tuple[Record, ...]:
    session = _without(state.need(Session, event.session_id), event.dropped)
    return (replace(session, capacity=event.capacity),)
