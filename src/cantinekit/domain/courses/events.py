"""What happens to the meetings of courses."""

from __future__ import annotations

from datetime import datetime

import attrs

from cantinekit.clock import Period, WallTime
from cantinekit.common.fields import PublicText
from cantinekit.domain.base import Event, Record, event
from cantinekit.domain.courses.meetings import cancelled, moved, with_meeting
from cantinekit.domain.occupancy.pages import drop_claims
from cantinekit.domain.occupancy.records import Left, Placed
from cantinekit.domain.sessions.records import Session
from cantinekit.domain.spaces.equipment import Units
from cantinekit.domain.state import State


@event
@attrs.frozen
class MeetingMoved(Event):
    """A meeting of a course is at another time or in another room, or has other equipment or facilitators.

    Attributes:
        session_id: the course.
        meeting_id: the meeting.
        starts: its start on the wall, after the move as all that follows.
        ends: its end on the wall.
        period: from ``starts`` to ``ends``, in UTC.
        space_id: its room, ``None`` without one.
        placed: its claims, in place of those that it had.
        at: when it was decided, in UTC: claims of others that were over by then are dropped.
        with_units: the pools of equipment that it uses, each with the number of units.
        facilitator_ids: who facilitates it.
        changed_at: when its calendar entry changed, where it did; ``None``: an earlier version did not keep that.
        left: where and when it was before this and other moves, each space once.
    """

    session_id: str
    meeting_id: str
    starts: WallTime
    ends: WallTime
    period: Period
    space_id: str | None
    placed: tuple[Placed, ...]
    at: datetime
    with_units: Units = ()
    facilitator_ids: tuple[str, ...] = ()
    changed_at: datetime | None = None
    left: tuple[Left, ...] = ()

    def changes(self, state: State) -> tuple[Record, ...]:
        session = state.need(Session, self.session_id)
        meeting, pages = moved(state, session.the_meeting(self.meeting_id), self)
        return with_meeting(session, meeting), *pages


@event
@attrs.frozen
class MeetingCancelled(Event):
    """A meeting of a course does not take place, and what it claimed is free; the course goes on.

    Attributes:
        session_id: the course.
        meeting_id: the meeting.
        reason: why, as everybody is told.
        at: when; ``None``: an earlier version did not keep that.
    """

    session_id: str
    meeting_id: str
    reason: PublicText
    at: datetime | None = None

    def changes(self, state: State) -> tuple[Record, ...]:
        session = state.need(Session, self.session_id)
        old = session.the_meeting(self.meeting_id)
        return with_meeting(session, cancelled(old, self.reason, self.at)), *drop_claims(state, old.placed)


__all__ = [
    "MeetingCancelled",
    "MeetingMoved",
]
