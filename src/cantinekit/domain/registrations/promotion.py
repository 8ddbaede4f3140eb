"""Who waits for a seat, and who gets it once it is free."""

from __future__ import annotations

from datetime import timedelta

from cantinekit.domain.courses.prices import left_ids
from cantinekit.domain.draft import Draft
from cantinekit.domain.registrations.events import SeatPromoted, SeatsChanged
from cantinekit.domain.registrations.holds import ran_out
from cantinekit.domain.registrations.records import Registration
from cantinekit.domain.sessions.records import Session
from cantinekit.domain.state import Wish, refer
from cantinekit.errors import WrongStateError

OFFER_HOLD = timedelta(hours=24)
"""How long a seat is offered to the first on the waiting list of a paid workshop."""


def next_waiting(session: Session, seats: int) -> list[Wish]:
    """The registrations that so many free seats would go to; they have to be loaded to promote them."""
    if session.state == "cancelled":
        return []
    return [(Registration, id) for id in session.next_in_line(seats)]


def promote(draft: Draft, session_id: str) -> None:
    """Give the free seats of a session to those who wait, first come first: for good where nothing is to pay, else as
    an offer.

    Where the first is a party for which the seats are too few, nobody behind it gets one: nobody is overtaken.
    """
    session = draft.state.need(Session, session_id)
    if session.state == "cancelled" or session.closes <= draft.now:
        return
    for id in session.next_in_line(session.free(draft.now)):
        first = draft.state.need(Registration, id)
        free = first.product_at(session) is None and not first.option_ids
        expires = None if free else min(draft.now + OFFER_HOLD, session.closes)
        over = ran_out(draft.state.need(Session, session_id), draft.now)
        draft.add(SeatPromoted(first.id, expires, left_ids(session, draft.now) if free else (), over))
        draft.tell("seat promoted" if free else "seat offered", first.person_id, refer(first))
        if expires is not None:
            draft.later("expire", refer(first), expires)


def set_seats(draft: Draft, session: Session, seats: int) -> None:
    """Give a session another number of seats; those that come free go to those who wait.

    Raises:
        WrongStateError: more seats than that are taken.
    """
    taken = session.taken(draft.now)
    if seats < taken:
        raise WrongStateError(f"session {session.id}", state=f"taken by {taken}")
    if seats != session.capacity:
        draft.add(SeatsChanged(session.id, seats, ran_out(session, draft.now)))
        promote(draft, session.id)
