"""The door of a session and its attendance sheet: who may be marked, when, and what a mark changes."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from cantinekit.domain.attendance.events import AttendanceMarked, MarkTakenBack
from cantinekit.domain.attendance.records import Mark
from cantinekit.domain.attendance.trainings import lose_training, mark_wishes, settle_training
from cantinekit.domain.courses.records import Meeting
from cantinekit.domain.draft import Draft
from cantinekit.domain.registrations.records import Registration
from cantinekit.domain.sessions.records import Session
from cantinekit.domain.state import Wish
from cantinekit.errors import TooEarlyError, WrongStateError

DOORS = timedelta(hours=1)
"""How long before a session begins its attendance may be marked."""


def name_sheet(session: Session, meeting: Meeting) -> str:
    """What a refusal calls the attendance sheet of a meeting, or of a session that meets once."""
    return f"the attendance sheet of {'meeting' if session.meetings else 'session'} {meeting.id}"


def check_takes_place(session: Session, meeting: Meeting) -> None:
    """Refuse a meeting that is cancelled: it has no attendance sheet.

    Of a course that was called off, the meetings that had taken place by then keep theirs.

    Raises:
        WrongStateError: the meeting, or the session that meets once, is cancelled.
    """
    if meeting.state == "cancelled":
        named = f"{'meeting' if session.meetings else 'session'} {meeting.id}"
        raise WrongStateError(named, state="cancelled", wanted=["planned"])


def check_open_sheet(session: Session, meeting: Meeting) -> None:
    """Refuse a closed attendance sheet.

    Raises:
        WrongStateError: it is closed.
    """
    if meeting.sheet is not None:
        raise WrongStateError(name_sheet(session, meeting), state="closed", wanted=["open"])


def check_at_door(session: Session, meeting: Meeting, now: datetime) -> None:
    """Refuse what is done at the door of a meeting, or of a session that meets once, while the door is not open.

    Raises:
        TooEarlyError: it is more than an hour before it begins.
        WrongStateError: its sheet is closed.
    """
    opens = meeting.period.start - DOORS
    if now < opens:
        raise TooEarlyError(f"attendance is marked from {opens.isoformat()} on")
    check_open_sheet(session, meeting)


def meeting_at_door(session: Session, now: datetime) -> Meeting:
    """The meeting for which somebody is at the door.

    It is the next one where its door is open, else one that runs, else the next one, for which they are too early, else
    the last. A session that meets once is its only meeting.
    """
    ahead = [one for one in session.planned_meetings if now < one.period.end]
    doors = [one for one in ahead if one.period.start - DOORS <= now]
    return next(iter([*reversed(doors), *ahead]), session.planned_meetings[-1])


def mark(draft: Draft, one: Registration, meeting: Meeting, seats: int) -> None:
    """Mark how many seats of a registration are at a meeting, 0 for absent; what was learnt follows.

    Somebody who was marked present before keeps the time at which they arrived. Where nothing changes, nothing is
    written.
    """
    session = draft.state.need(Session, one.session_id)
    before, meeting_id = one.mark_at(meeting), meeting.id if session.meetings else None
    arrived = ((before and before.arrived) or draft.now) if seats else None
    if before != Mark(seats, arrived, meeting_id):
        draft.add(AttendanceMarked(one.id, seats, arrived, meeting_id))
        settle_training(draft, one, session)


def take_mark_back(draft: Draft, one: Registration, had: Collection[str] = ()) -> None:
    """Take the marks of a registration back that is over, and what was learnt with it.

    Args:
        draft: what is decided.
        one: the registration as it was.
        had: the ids of the meetings of a course that it has had, whose marks stay.
    """
    draft.add(*(MarkTakenBack(one.id, mark.meeting_id) for mark in one.marks if mark.meeting_id not in had))
    if one.marks:
        lose_training(draft, one, draft.state.need(Session, one.session_id).workshop_id)


def taken_back_wishes(one: Registration, session: Session) -> list[Wish]:
    """What ``take_mark_back`` looks at; nothing where the registration has no mark."""
    return mark_wishes(one, session) if one.marks else []
