"""Facts about workshops, their sessions and seats."""

from __future__ import annotations

from datetime import datetime

import attrs

from cantinekit.clock import Period, WallTime
from cantinekit.common.evolve import evolve
from cantinekit.domain.base import Event, Record, event
from cantinekit.domain.courses.meetings import confirmed_meetings, moved, without_meetings
from cantinekit.domain.occupancy.pages import drop_claims, put_claims
from cantinekit.domain.occupancy.records import Placed
from cantinekit.domain.sessions.records import Session
from cantinekit.domain.state import State


@event
@attrs.frozen
class SessionAdded(Event):
    """A dated meeting of a workshop is planned, or a course of several."""

    session: Session
    at: datetime

    def changes(self, state: State) -> tuple[Record, ...]:
        return (self.session, *put_claims(state, self.session.every_placed, self.at))


@event
@attrs.frozen
class SessionMoved(Event):
    """A session is at another time, in another room, has other equipment or facilitators, or is decided at another
    instant.

    Its claims go with it, its registrations stay.
    """

    session_id: str
    starts: WallTime
    ends: WallTime
    period: Period
    space_id: str | None
    placed: tuple[Placed, ...]
    decide_at: datetime | None
    at: datetime
    with_units: tuple[tuple[str, int], ...] = ()
    facilitator_ids: tuple[str, ...] = ()

    def changes(self, state: State) -> tuple[Record, ...]:
        session, pages = moved(state, state.need(Session, self.session_id), self)
        return evolve(session, decide_at=self.decide_at), *pages


@event
@attrs.frozen
class SessionConfirmed(Event):
    """A session takes place: it has reached its minimum, or began before anybody called it off."""

    session_id: str

    def changes(self, state: State) -> tuple[Record, ...]:
        session = confirmed_meetings(state.need(Session, self.session_id))
        return (evolve(session, state="confirmed", sequence=session.sequence + 1),)


@event
@attrs.frozen
class SessionCancelled(Event):
    """A session does not take place: nobody can have a seat any more, and all that it claimed is free.

    ``meeting_ids``: the meetings of a course that are cancelled with it; those that are over stay.
    """

    session_id: str
    reason: str
    meeting_ids: tuple[str, ...] = ()

    def changes(self, state: State) -> tuple[Record, ...]:
        session = state.need(Session, self.session_id)
        off, left = without_meetings(session, self.meeting_ids, self.reason)
        over = evolve(off, state="cancelled", reason=self.reason, placed=(), sequence=session.sequence + 1)
        return over, *drop_claims(state, (*session.placed, *left))


__all__ = [
    "SessionAdded",
    "SessionCancelled",
    "SessionConfirmed",
    "SessionMoved",
]
