"""What happens to sessions of workshops."""

from __future__ import annotations

from datetime import datetime

import attrs

from cantinekit.clock import Period, WallTime
from cantinekit.common.evolve import evolve
from cantinekit.common.fields import PublicText
from cantinekit.domain.base import Event, Record, event
from cantinekit.domain.courses.meetings import confirmed_meetings, moved, without_meetings
from cantinekit.domain.occupancy.pages import drop_claims, put_claims
from cantinekit.domain.occupancy.records import Left, Placed
from cantinekit.domain.sessions.records import Session
from cantinekit.domain.spaces.equipment import Units
from cantinekit.domain.state import State


@event
@attrs.frozen
class SessionAdded(Event):
    """A session of a workshop was added: one that meets once, or a course with its meetings.

    Attributes:
        session: the session as it begins, with its claims.
        at: when it was decided, in UTC: claims of others that were over by then are dropped.
    """

    session: Session
    at: datetime

    def changes(self, state: State) -> tuple[Record, ...]:
        return (self.session, *put_claims(state, self.session.every_placed, self.at))


@event
@attrs.frozen
class SessionMoved(Event):
    """A session was moved, or has other equipment or facilitators, or another instant of decision.

    Attributes:
        session_id: the session. Its registrations stay.
        starts: its start on the wall, after the move as all that follows.
        ends: its end on the wall.
        period: from ``starts`` to ``ends``, in UTC.
        space_id: its room, ``None`` without one.
        placed: its claims, in place of those that it had.
        decide_at: when it is decided whether it takes place, in UTC; ``None`` without a minimum.
        at: when it was decided, in UTC: claims of others that were over by then are dropped.
        with_units: the pools of equipment that it uses, each with the number of units.
        facilitator_ids: who facilitates it.
        changed_at: when its calendar entry changed, where it did; ``None``: an earlier version did not keep that.
        left: where and when it was before this and other moves, each space once.
    """

    session_id: str
    starts: WallTime
    ends: WallTime
    period: Period
    space_id: str | None
    placed: tuple[Placed, ...]
    decide_at: datetime | None
    at: datetime
    with_units: Units = ()
    facilitator_ids: tuple[str, ...] = ()
    changed_at: datetime | None = None
    left: tuple[Left, ...] = ()

    def changes(self, state: State) -> tuple[Record, ...]:
        session, pages = moved(state, state.need(Session, self.session_id), self)
        return evolve(session, decide_at=self.decide_at), *pages


@event
@attrs.frozen
class SessionConfirmed(Event):
    """A session with a minimum takes place: it has reached the minimum, or began before it was cancelled.

    Attributes:
        session_id: the session.
        at: when; ``None``: an earlier version did not keep that.
    """

    session_id: str
    at: datetime | None = None

    def changes(self, state: State) -> tuple[Record, ...]:
        session = confirmed_meetings(state.need(Session, self.session_id), self.at)
        confirmed = evolve(session, state="confirmed", sequence=session.sequence + 1)
        return (_stamped(confirmed, self.at),)


@event
@attrs.frozen
class SessionCancelled(Event):
    """A session does not take place: nobody can have a seat any more, and all that it claimed is free.

    Attributes:
        session_id: the session.
        reason: why, as everybody is told; ``too few people`` where it has not reached its minimum.
        meeting_ids: the meetings of a course that are cancelled with it; those that were over stay.
        at: when; ``None``: an earlier version did not keep that.
    """

    session_id: str
    reason: PublicText
    meeting_ids: tuple[str, ...] = ()
    at: datetime | None = None

    def changes(self, state: State) -> tuple[Record, ...]:
        session = state.need(Session, self.session_id)
        off, left = without_meetings(session, self.meeting_ids, self.reason, self.at)
        over = evolve(off, state="cancelled", reason=self.reason, placed=(), sequence=session.sequence + 1)
        return _stamped(over, self.at), *drop_claims(state, (*session.placed, *left))


def _stamped(session: Session, at: datetime | None) -> Session:
    """A session whose calendar entry changed; of a course each meeting has one, and it has none itself."""
    return session if at is None or session.meetings else evolve(session, changed_at=at)


__all__ = [
    "SessionAdded",
    "SessionCancelled",
    "SessionConfirmed",
    "SessionMoved",
]
