"""What moving, confirming and cancelling make of a session and of the meetings of a course, for the rules of events."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from cantinekit.clock import Period
from cantinekit.common.evolve import evolve
from cantinekit.domain.base import Record
from cantinekit.domain.courses.records import Meeting, in_order
from cantinekit.domain.occupancy.pages import drop_claims, put_claims
from cantinekit.domain.occupancy.records import Placed
from cantinekit.domain.sessions.records import Session
from cantinekit.domain.state import State

if TYPE_CHECKING:
    from cantinekit.domain.courses.events import MeetingMoved
    from cantinekit.domain.sessions.events import SessionMoved

Planned = TypeVar("Planned", bound=Session | Meeting)


def with_meeting(session: Session, changed: Meeting) -> Session:
    """A course with one of its meetings as it is now, from its first planned meeting to the end of the last one."""
    meetings = in_order(changed if one.id == changed.id else one for one in session.meetings)
    planned = [one for one in meetings if one.state == "planned"]
    first, last = planned[0], planned[-1]  # they do not overlap
    period = Period(first.period.start, last.period.end)
    return evolve(session, meetings=meetings, starts=first.starts, ends=last.ends, period=period)


def moved(state: State, old: Planned, event: SessionMoved | MeetingMoved) -> tuple[Planned, tuple[Record, ...]]:
    """A session or a meeting after a move, and the pages with its claims.

    Its calendar entry changes only with its time or its room.
    """
    elsewhere = (event.starts, event.ends, event.space_id) != (old.starts, old.ends, old.space_id)
    after = evolve(
        old,
        starts=event.starts,
        ends=event.ends,
        period=event.period,
        space_id=event.space_id,
        placed=event.placed,
        sequence=old.sequence + elsewhere,
        with_units=event.with_units,
        facilitator_ids=event.facilitator_ids,
        changed_at=event.changed_at if elsewhere and event.changed_at else old.changed_at,
        left=event.left,
    )
    left = drop_claims(state, old.placed)
    pages = {page.id: page for page in (*left, *put_claims(state.put(left), event.placed, event.at))}
    return after, tuple(pages.values())


def cancelled(meeting: Meeting, reason: str, at: datetime | None) -> Meeting:
    """A meeting after it was cancelled, without its claims."""
    over = evolve(meeting, state="cancelled", reason=reason, placed=(), sequence=meeting.sequence + 1)
    return evolve(over, changed_at=at or meeting.changed_at)


def confirmed_meetings(session: Session, at: datetime | None) -> Session:
    """A session after it was confirmed: the calendar entries of its planned meetings change too."""
    meetings = tuple(
        evolve(one, sequence=one.sequence + 1, changed_at=at or one.changed_at) if one.state == "planned" else one
        for one in session.meetings
    )
    return evolve(session, meetings=meetings)


def without_meetings(
    session: Session, meeting_ids: Collection[str], reason: str, at: datetime | None
) -> tuple[Session, tuple[Placed, ...]]:
    """A session after some of its meetings were cancelled, and the claims that these had."""
    left = tuple(placed for one in session.meetings if one.id in meeting_ids for placed in one.placed)
    meetings = tuple(cancelled(one, reason, at) if one.id in meeting_ids else one for one in session.meetings)
    return evolve(session, meetings=meetings), left
