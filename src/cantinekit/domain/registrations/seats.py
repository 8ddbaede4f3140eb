"""What a change of a registration does to the seats of its session: counts, holds and the waiting list."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from cantinekit.common.evolve import evolve
from cantinekit.domain.registrations.records import Registration
from cantinekit.domain.sessions.records import HeldSeat, Session
from cantinekit.domain.state import State


def seat_key(session_id: str, person_id: str) -> str:
    """The id of the row that lets a person have one registration for a session."""
    return f"seat|{session_id}|{person_id}"


def both(state: State, registration_id: str) -> tuple[Registration, Session]:
    """A registration and its session."""
    registration = state.need(Registration, registration_id)
    return registration, state.need(Session, registration.session_id)


def held_without(session: Session, dropped: Collection[str]) -> tuple[HeldSeat, ...]:
    """The held seats of a session but for those of these registrations."""
    return tuple(seat for seat in session.held if seat.registration_id not in dropped)


def without_holds(session: Session, dropped: Collection[str]) -> Session:
    """The session without what is held for these registrations."""
    return evolve(session, held=held_without(session, dropped))


def seated(session: Session, one: Registration, expires: datetime | None) -> Session:
    """The session with the seats of a registration, in place of those that were held for it.

    Args:
        session: the session before.
        one: the registration.
        expires: until when its seats are held, in UTC; ``None``: they are confirmed.
    """
    others = held_without(session, [one.id])
    if expires is None:
        return evolve(session, held=others, confirmed=session.confirmed + one.seats)
    return evolve(session, held=(*others, HeldSeat(one.id, expires, one.seats)))


def unseated(session: Session, one: Registration) -> Session:
    """The session without the seats of a registration, which may have been held or had for good."""
    return evolve(
        session,
        confirmed=session.confirmed - (one.seats if one.state == "confirmed" else 0),
        held=held_without(session, [one.id]),
        bursaries=session.bursaries - (one.seats if one.bursary else 0),
    )


def bursaries_with(session: Session, one: Registration) -> int:
    """How many solidarity seats of a session are given, those of one more registration among them."""
    return session.bursaries + (one.seats if one.bursary else 0)


def not_waiting(session: Session, registration_id: str) -> Session:
    """The session with its waiting list without a registration."""
    return evolve(
        session,
        waiting=tuple(id for id in session.waiting if id != registration_id),
        parties=tuple(party for party in session.parties if party.registration_id != registration_id),
    )
