"""Whether somebody came to what their seat is for: read from the marks and the closed sheets."""

from __future__ import annotations

from cantinekit.domain.draft import Draft
from cantinekit.domain.registrations.records import Registration
from cantinekit.domain.sessions.records import Session
from cantinekit.domain.sessions.registrants import concerned
from cantinekit.domain.state import refer


def stayed_away(session: Session, one: Registration) -> bool | None:
    """Whether nobody came to any of the meetings that a seat is for; ``None``: it is not known yet.

    Somebody came where one seat of it was there at one of them. Nobody did once the sheets of all of them are closed
    without that. Meetings that were cancelled do not count, nor does a seat that is not somebody's for good.
    """
    theirs = [meeting for meeting in session.planned_meetings if one.has(meeting)]
    if one.state != "confirmed" or not theirs:
        return None
    if any(one.present_at(meeting) for meeting in theirs):
        return False
    return True if all(meeting.sheet is not None for meeting in theirs) else None


def is_to_settle(session: Session, one: Registration) -> bool:
    """Whether what a seat costs is not what its price list says of whether somebody came.

    Nobody came to one that counts as used, or somebody did to one that counts as missed.
    """
    return one.sale_id is not None and stayed_away(session, one) is (one.missed is None)


def settle_later(draft: Draft, session_id: str) -> None:
    """Have it settled what the seats of a session cost to which nobody came, each by a task of its own.

    Args:
        draft: what is decided so far; its state holds everybody who asked for a seat.
        session_id: the session.
    """
    session = draft.state.need(Session, session_id)
    for one in concerned(draft.state, session_id):
        if is_to_settle(session, one):
            draft.later("expire", refer(one))
