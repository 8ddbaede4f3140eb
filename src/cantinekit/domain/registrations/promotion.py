"""Who waits for a seat, and who gets it once it is free."""

from __future__ import annotations

from datetime import datetime, timedelta

from cantinekit.common.evolve import evolve
from cantinekit.domain.courses.prices import left_ids
from cantinekit.domain.draft import Draft
from cantinekit.domain.registrations.events import SeatPromoted, SeatsChanged, SeatsKept
from cantinekit.domain.registrations.holds import ran_out
from cantinekit.domain.registrations.records import Registration
from cantinekit.domain.registrations.seats import with_kept, with_quotas
from cantinekit.domain.sessions.records import Session
from cantinekit.domain.state import Wish, refer
from cantinekit.domain.workshops.quotas import Quotas
from cantinekit.errors import InputError, SoldOutError, WrongStateError

OFFER_HOLD = timedelta(hours=24)
"""How long a seat is offered to the first on the waiting list of a paid workshop."""
MAX_GROUPS = 50
"""For how many groups seats of a session may be kept."""


def next_waiting(session: Session, now: datetime) -> list[Wish]:
    """The registrations that the free seats of a session go to; they have to be loaded to promote them."""
    if session.state == "cancelled":
        return []
    return [(Registration, id) for id in session.next_in_line(now)]


def promote(draft: Draft, session_id: str) -> None:
    """Give the free seats of a session to those who wait, first come first: for good where nothing is to pay, else as
    an offer.

    Where the first is a party for which the seats are too few, nobody behind it gets one: nobody is overtaken. Who asks
    for an option that is short of seats is passed over by those who do not ask for it.
    """
    session = draft.state.need(Session, session_id)
    if session.state == "cancelled" or session.closes <= draft.now:
        return
    for id in session.next_in_line(draft.now):
        first = draft.state.need(Registration, id)
        free = first.product_at(session) is None and not first.option_ids
        expires = None if free else min(draft.now + OFFER_HOLD, session.closes)
        over = ran_out(draft.state.need(Session, session_id), draft.now)
        draft.add(SeatPromoted(first.id, expires, left_ids(session, draft.now) if free else (), over, draft.now))
        draft.tell("seat promoted" if free else "seat offered", first.person_id, refer(first))
        if expires is not None:
            draft.later("expire", refer(first), expires)


def set_seats(draft: Draft, session: Session, seats: int, quotas: Quotas = ()) -> None:
    """Give a session, and options of it, another number of seats; those that come free go to those who wait.

    Raises:
        WrongStateError: more seats than that are taken, or kept for groups.
        UnsuitableError: an option has no seats of its own.
    """
    taken = session.capacity - session.free(draft.now)
    if seats < taken:
        raise WrongStateError(f"session {session.id}", state=f"taken by {taken}")
    after = with_quotas(evolve(session, capacity=seats), quotas)
    for one, before in zip(after.quotas, session.quotas, strict=True):
        had = before.seats - session.left_of(before, draft.now)
        if one.seats < before.seats and one.seats < had:
            raise WrongStateError(f"{one.option_id} of session {session.id}", state=f"taken by {had}")
    if after != session:
        draft.add(SeatsChanged(session.id, seats, ran_out(session, draft.now), quotas))
        promote(draft, session.id)


def keep_seats(draft: Draft, session: Session, code: str, seats: int) -> None:
    """Keep so many seats of a session for those who give a code; what is not kept any more goes to those who wait.

    Raises:
        SoldOutError: too few seats are free, or others wait for them.
        InputError: seats are kept for too many groups.
    """
    after, now = with_kept(session, code, seats), draft.now
    more = sum(after.left_of(one, now) for one in after.kept_seats) - (
        sum(session.left_of(one, now) for one in session.kept_seats)
    )
    if more > 0 and session.is_full(now, more):
        raise SoldOutError(f"session {session.id}", wanted=more, left=0 if session.line else max(0, session.free(now)))
    if len(after.kept_seats) > MAX_GROUPS:
        raise InputError(f"seats of a session are kept for at most {MAX_GROUPS} groups")
    if after != session:
        draft.add(SeatsKept(session.id, code, seats, ran_out(session, now)))
        promote(draft, session.id)
