"""How a session is called off."""

from __future__ import annotations

from cantinekit.domain.draft import Draft
from cantinekit.domain.facilitators.naming import tell_facilitators
from cantinekit.domain.sessions.events import SessionCancelled
from cantinekit.domain.sessions.records import TOO_FEW, Session
from cantinekit.domain.sessions.registrants import concerned
from cantinekit.domain.state import refer


def call_off(draft: Draft, session: Session, reason: str) -> list[str | None]:
    """It does not take place; each registration is ended by a task of its own, whatever becomes of the others.

    What they were charged is given back.
    """
    people = concerned(draft.state, session.id)
    off = tuple(one.id for one in session.meetings if one.state == "planned" and draft.now < one.period.end)
    draft.add(SessionCancelled(session.id, reason, off))
    told = "facilitation below minimum" if reason == TOO_FEW else "facilitation cancelled"
    tell_facilitators(draft, told, session, session.facilitators(draft.now))
    for one in people:
        draft.later("expire", refer(one))
    return [one.charge_id for one in people]
