"""What a change of a registration does to the seats of its session: counts, holds and the waiting list."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import TypeVar

from cantinekit.common.evolve import evolve
from cantinekit.domain.registrations.records import LIVE, Registration
from cantinekit.domain.sessions.records import HeldSeat, KeptSeats, OptionSeats, Session
from cantinekit.domain.state import State
from cantinekit.domain.workshops.quotas import Quotas
from cantinekit.errors import UnsuitableError


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
        return _counted(evolve(session, held=others, confirmed=session.confirmed + one.seats), one, one.seats)
    held = HeldSeat(one.id, expires, one.seats, session.limited(one.option_ids), one.kept_for)
    return evolve(session, held=(*others, held))


def unseated(session: Session, one: Registration) -> Session:
    """The session without the seats of a registration, held or had for good; one that is over has none."""
    if one.state not in LIVE:
        return session
    had = one.seats if one.state == "confirmed" else 0
    left = evolve(
        session,
        confirmed=session.confirmed - had,
        held=held_without(session, [one.id]),
        bursaries=session.bursaries - (one.seats if one.bursary else 0),
    )
    return _counted(left, one, -had)


def _counted(session: Session, one: Registration, more: int) -> Session:
    """The session with so many more confirmed seats of the options of a registration, and of its group."""
    if not more or not (session.quotas or session.kept_seats):
        return session
    quotas = (_more(quota, more if quota.option_id in one.option_ids else 0) for quota in session.quotas)
    kept = (_more(some, more if some.code == one.kept_for else 0) for some in session.kept_seats)
    return evolve(session, quotas=tuple(quotas), kept_seats=tuple(kept))


Counted = TypeVar("Counted", OptionSeats, KeptSeats)


def _more(some: Counted, seats: int) -> Counted:
    return evolve(some, confirmed=some.confirmed + seats) if seats else some


def group_of(session: Session, codes: Sequence[str]) -> str | None:
    """The first of some codes for which seats of a session are kept; ``None``: none of them."""
    kept = {one.code for one in session.kept_seats if one.seats}
    return next((code for code in codes if code in kept), None)


def with_quotas(session: Session, quotas: Quotas) -> Session:
    """The session with another number of seats of some options.

    Raises:
        UnsuitableError: one of them has no seats of its own.
    """
    wanted = dict(quotas)
    unknown = wanted.keys() - {one.option_id for one in session.quotas}
    if unknown:
        raise UnsuitableError(f"{min(unknown)} has no seats of its own at session {session.id}")
    changed = (evolve(one, seats=wanted.get(one.option_id, one.seats)) for one in session.quotas)
    return evolve(session, quotas=tuple(changed))


def with_kept(session: Session, code: str, seats: int) -> Session:
    """The session with so many seats that are kept for those who give a code."""
    if all(one.code != code for one in session.kept_seats):
        return evolve(session, kept_seats=(*session.kept_seats, KeptSeats(code, seats))) if seats else session
    kept = (evolve(one, seats=seats) if one.code == code else one for one in session.kept_seats)
    return evolve(session, kept_seats=tuple(kept))


def with_counts_of(before: Session, session: Session) -> Session:
    """A session with those counts of another state of it that seats change."""
    pairs = zip(before.quotas, session.quotas, strict=False), zip(before.kept_seats, session.kept_seats, strict=False)
    return evolve(
        before,
        confirmed=session.confirmed,
        held=session.held,
        bursaries=session.bursaries,
        quotas=tuple(evolve(one, confirmed=now.confirmed) for one, now in pairs[0]),
        kept_seats=tuple(evolve(one, confirmed=now.confirmed) for one, now in pairs[1]),
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
