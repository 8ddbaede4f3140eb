"""What events do to workshops, their sessions and seats. Importing this module registers the rules."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from cantinekit.common.evolve import evolve
from cantinekit.domain.registrations.records import Registration
from cantinekit.domain.sessions.records import HeldSeat, Session
from cantinekit.domain.state import State


def _both(state: State, registration_id: str) -> tuple[Registration, Session]:
    registration = state.need(Registration, registration_id)
    return registration, state.need(Session, registration.session_id)


def _others(session: Session, registration_id: str) -> tuple[HeldSeat, ...]:
    return tuple(seat for seat in session.held if seat.registration_id != registration_id)


def _without(session: Session, dropped: Collection[str]) -> Session:
    """The session without the holds of these registrations."""
    return evolve(session, held=tuple(seat for seat in session.held if seat.registration_id not in dropped))


def seated(session: Session, one: Registration, expires: datetime | None) -> Session:
    """The session with the seats of a registration, in place of those that were held for it."""
    others = _others(session, one.id)
    if expires is None:
        return evolve(session, held=others, confirmed=session.confirmed + one.seats)
    return evolve(session, held=(*others, HeldSeat(one.id, expires, one.seats)))


def _given(session: Session, one: Registration) -> int:
    """The solidarity seats of a session with those of a registration."""
    return session.bursaries + (one.seats if one.bursary else 0)


def _not_waiting(session: Session, registration_id: str) -> Session:
    return evolve(
        session,
        waiting=tuple(id for id in session.waiting if id != registration_id),
        parties=tuple(party for party in session.parties if party.registration_id != registration_id),
    )
