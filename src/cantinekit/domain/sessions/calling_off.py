"""Calling a session off: what has to be read for it, and what follows from it."""

from __future__ import annotations

from cantinekit.domain.draft import Draft
from cantinekit.domain.facilitators.naming import tell_facilitators
from cantinekit.domain.sessions.claims import taken_by
from cantinekit.domain.sessions.events import SessionCancelled
from cantinekit.domain.sessions.records import TOO_FEW, Session
from cantinekit.domain.sessions.registrants import concerned, read_registrations
from cantinekit.domain.state import refer
from cantinekit.domain.unit_of_work import Steps, Uow


def read_to_call_off(uow: Uow, session: Session) -> Steps[None]:
    """Load the pages with the claims of a session, its facilitators and everybody who asked for a seat."""
    yield from uow.fetch(taken_by(session))
    yield from read_registrations(uow, session.id)


def call_off(draft: Draft, session: Session, reason: str) -> list[str | None]:
    """Cancel a session, tell its facilitators, and end each registration by a task of its own, whatever becomes of the
    others.

    Args:
        draft: what was decided; its state holds everybody who asked for a seat.
        session: the session, which is not over.
        reason: what everybody is told; ``TOO_FEW`` where it has not reached its minimum.

    Returns:
        The ids of the charges of those registrations, which are given back; ``None`` for one without a charge.
    """
    people = concerned(draft.state, session.id)
    off = tuple(one.id for one in session.meetings if one.state == "planned" and draft.now < one.period.end)
    draft.add(SessionCancelled(session.id, reason, off, draft.now))
    told = "facilitation below minimum" if reason == TOO_FEW else "facilitation cancelled"
    tell_facilitators(draft, told, session, session.facilitators(draft.now))
    for one in people:
        draft.later("expire", refer(one))
    return [one.charge_id for one in people]
