"""Facts about the meetings of courses."""

from __future__ import annotations

from datetime import datetime

import attrs

from cantinekit.clock import Period, WallTime
from cantinekit.domain.base import Event, Record, event
from cantinekit.domain.courses.meetings import _meeting, _off, _with, moved
from cantinekit.domain.occupancy.pages import drop_claims
from cantinekit.domain.occupancy.records import Placed
from cantinekit.domain.sessions.records import Session
from cantinekit.domain.state import State


@event
@attrs.frozen
class MeetingMoved(Event):
    """A meeting of a course is at another time or in another room, or has other equipment or facilitators. Its claims
    go with it.
    """

    session_id: str
    meeting_id: str
    starts: WallTime
    ends: WallTime
    period: Period
    space_id: str | None
    placed: tuple[Placed, ...]
    at: datetime
    with_units: tuple[tuple[str, int], ...] = ()
    facilitator_ids: tuple[str, ...] = ()

    def changes(self, state: State) -> tuple[Record, ...]:
        session = state.need(Session, self.session_id)
        meeting, pages = moved(state, _meeting(session, self.meeting_id), self)
        return _with(session, meeting), *pages


@event
@attrs.frozen
class MeetingCancelled(Event):
    """A meeting of a course does not take place, and what it claimed is free; the course goes on."""

    session_id: str
    meeting_id: str
    reason: str

    def changes(self, state: State) -> tuple[Record, ...]:
        session = state.need(Session, self.session_id)
        old = _meeting(session, self.meeting_id)
        return _with(session, _off(old, self.reason)), *drop_claims(state, old.placed)


__all__ = [
    "MeetingCancelled",
    "MeetingMoved",
]
