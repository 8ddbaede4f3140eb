"""What events do to the meetings of courses. Importing this module registers the rules."""

from __future__ import annotations

from collections.abc import Collection
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


def _with(session: Session, changed: Meeting) -> Session:
    """The session with a meeting as it is now, from the first planned meeting to the end of the last one."""
    meetings = in_order(changed if one.id == changed.id else one for one in session.meetings)
    planned = [one for one in meetings if one.state == "planned"]
    first, last = planned[0], planned[-1]  # they do not overlap
    period = Period(first.period.start, last.period.end)
    return evolve(session, meetings=meetings, starts=first.starts, ends=last.ends, period=period)


def _meeting(session: Session, meeting_id: str) -> Meeting:
    return next(one for one in session.meetings if one.id == meeting_id)


def moved(state: State, old: Planned, event: SessionMoved | MeetingMoved) -> tuple[Planned, tuple[Record, ...]]:
    """A session or a meeting as it was moved, and the pages with its claims; elsewhere, its calendar entry changes."""
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
    )
    left = drop_claims(state, old.placed)
    pages = {page.id: page for page in (*left, *put_claims(state.put(left), event.placed, event.at))}
    return after, tuple(pages.values())


def _off(meeting: Meeting, reason: str) -> Meeting:
    return evolve(meeting, state="cancelled", reason=reason, placed=(), sequence=meeting.sequence + 1)


def confirmed_meetings(session: Session) -> Session:
    """The session with the calendar entries of its planned meetings changed, as they are confirmed with it."""
    meetings = tuple(
        evolve(one, sequence=one.sequence + 1) if one.state == "planned" else one for one in session.meetings
    )
    return evolve(session, meetings=meetings)


def without_meetings(session: Session, meeting_ids: Collection[str], reason: str) -> tuple[Session, tuple[Placed, ...]]:
    """The session with these meetings cancelled, and the claims that they had."""
    left = tuple(placed for one in session.meetings if one.id in meeting_ids for placed in one.placed)
    meetings = tuple(_off(one, reason) if one.id in meeting_ids else one for one in session.meetings)
    return evolve(session, meetings=meetings), left
