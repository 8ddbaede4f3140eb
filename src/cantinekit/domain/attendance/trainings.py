"""Marks of who is there, the trainings that come of them, and what must be learnt before a seat."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, time, timedelta

from cantinekit.calendar import add_months
from cantinekit.clock import MAX_INSTANT, Period, WallTime, local
from cantinekit.domain.attendance.events import AttendanceMarked, MarkTakenBack, TrainingGained, TrainingLost
from cantinekit.domain.attendance.records import Learnt, Mark, Training, training_id
from cantinekit.domain.courses.records import Meeting
from cantinekit.domain.draft import Draft
from cantinekit.domain.registrations.records import Registration
from cantinekit.domain.sessions.records import Session
from cantinekit.domain.spaces.records import Space
from cantinekit.domain.state import State, Wish
from cantinekit.domain.workshops.records import Workshop
from cantinekit.errors import TooEarlyError, TrainingError, WrongStateError
from cantinekit.scheduling.availability import NotTrained

DOORS = timedelta(hours=1)
"""How long before a session begins its attendance may be marked."""

TRAININGS = NotTrained.code
"""The name of the rule that is broken where somebody gets a seat who has not learnt what comes before it."""


def name_sheet(session: Session, meeting: Meeting) -> str:
    """What a refusal calls the attendance sheet of a meeting, or of a session that meets once."""
    return f"the attendance sheet of {'meeting' if session.meetings else 'session'} {meeting.id}"


def check_takes_place(session: Session, meeting: Meeting) -> None:
    """Refuse what is said of the attendance of what is cancelled: it has no sheet. What a course that was called off
    has had stays.

    Raises:
        WrongStateError: the meeting, or the session that meets once, is cancelled.
    """
    if meeting.state == "cancelled":
        named = f"{'meeting' if session.meetings else 'session'} {meeting.id}"
        raise WrongStateError(named, state="cancelled", wanted=["planned"])


def check_open_sheet(session: Session, meeting: Meeting) -> None:
    """Refuse what is written on an attendance sheet where it is closed.

    Raises:
        WrongStateError: it is closed.
    """
    if meeting.sheet is not None:
        raise WrongStateError(name_sheet(session, meeting), state="closed", wanted=["open"])


def check_at_door(session: Session, meeting: Meeting, now: datetime) -> None:
    """Refuse what is done at the door before it opens, and once the sheet of the session or meeting is closed.

    Raises:
        TooEarlyError: it is more than an hour before it begins.
        WrongStateError: the sheet is closed.
    """
    opens = meeting.period.start - DOORS
    if now < opens:
        raise TooEarlyError(f"attendance is marked from {opens.isoformat()} on")
    check_open_sheet(session, meeting)


def meeting_at_door(session: Session, now: datetime) -> Meeting:
    """For which meeting somebody is at the door: the next one where its door is open, else one that runs, else the next
    one, for which they are too early. Once all are over it is the last; a session that meets once is its only one.
    """
    ahead = [one for one in session.planned_meetings if now < one.period.end]
    doors = [one for one in ahead if one.period.start - DOORS <= now]
    return next(iter([*reversed(doors), *ahead]), session.planned_meetings[-1])


def mark(draft: Draft, one: Registration, meeting: Meeting, seats: int) -> None:
    """So many seats of a registration are at a meeting. Whoever is there may have learnt what the session teaches.

    Whoever was marked present before has arrived then. Where nothing changes nothing is written.
    """
    session = draft.state.need(Session, one.session_id)
    before, meeting_id = one.mark_at(meeting), meeting.id if session.meetings else None
    arrived = ((before and before.arrived) or draft.now) if seats else None
    if before != Mark(seats, arrived, meeting_id):
        draft.add(AttendanceMarked(one.id, seats, arrived, meeting_id))
        settle_training(draft, one, session)


def learnt_at(session: Session, one: Registration) -> datetime | None:
    """When somebody has learnt what a session teaches: at its end, if they were present; at the end of the last meeting
    of a course, if they were present at every meeting that their seat is for and that was not cancelled.
    """
    if one.state != "confirmed":
        return None
    theirs = [meeting for meeting in session.every_meeting if one.has(meeting)]
    return theirs[-1].period.end if theirs and all(one.present_at(meeting) for meeting in theirs) else None


def settle_training(draft: Draft, before: Registration, of: Session) -> None:
    """What somebody has learnt follows their marks and their meetings, which were those of ``before`` and ``of``.

    What was taken back meanwhile stays so, until they learn it anew.
    """
    one, session = draft.state.need(Registration, before.id), draft.state.need(Session, of.id)
    was, since = learnt_at(of, before), learnt_at(session, one)
    if since is None and was is not None:
        _lose(draft, one, session.workshop_id)
    elif since is not None and since != was and (was is None or _has_way(draft, one, session.workshop_id)):
        until = _valid_until(since, session.ends.zone, draft.state.need(Workshop, session.workshop_id).valid_months)
        draft.add(TrainingGained(one.person_id, session.workshop_id, Learnt(since, until, one.id)))


def take_mark_back(draft: Draft, one: Registration, had: Collection[str] = ()) -> None:
    """Nothing is said of a registration any more that is over, but of the meetings of a course that it had."""
    draft.add(*(MarkTakenBack(one.id, mark.meeting_id) for mark in one.marks if mark.meeting_id not in had))
    if one.marks:
        _lose(draft, one, draft.state.need(Session, one.session_id).workshop_id)


def mark_wishes(one: Registration, session: Session) -> list[Wish]:
    """What it takes to mark somebody, or to take the mark back."""
    return [(Workshop, session.workshop_id), (Training, training_id(one.person_id, session.workshop_id))]


def taken_back_wishes(one: Registration, session: Session) -> list[Wish]:
    """What it takes to end a registration beside what every one takes: nothing, where it was not marked."""
    return mark_wishes(one, session) if one.marks else []


def _lose(draft: Draft, one: Registration, workshop_id: str) -> None:
    if _has_way(draft, one, workshop_id):
        draft.add(TrainingLost(one.person_id, workshop_id, one.id))


def _has_way(draft: Draft, one: Registration, workshop_id: str) -> bool:
    found = draft.state.get(Training, training_id(one.person_id, workshop_id))
    return found is not None and any(way.registration_id == one.id for way in found.ways)


def _valid_until(since: datetime, zone: str, months: int | None) -> datetime | None:
    """The end of the local day so many months later; past the last year for good."""
    day = local(since, zone).date()
    if months is None or day.year + months // 12 + 1 >= MAX_INSTANT.year:
        return None
    return WallTime(add_months(day, months) + timedelta(days=1), time(), zone).instant


def first_wishes(state: State, session: Session, person_id: str) -> list[Wish]:
    """What it takes to see whether somebody has learnt what comes before a session."""
    before = state.need(Workshop, session.workshop_id).prerequisites
    return [wish for id in before for wish in ((Workshop, id), (Training, training_id(person_id, id)))]


def space_wishes(spaces: Iterable[Space], person_id: str | None) -> list[Wish]:
    """What it takes to see whether somebody has learnt what spaces ask for."""
    if person_id is None:
        return []
    return [(Training, training_id(person_id, id)) for space in spaces for id in sorted(space.terms.trainings)]


def learnt_for(state: State, space: Space, person_id: str | None, period: Period, now: datetime) -> frozenset[str]:
    """The workshops among those that a space asks for that somebody has learnt, for all of a period, or its rest."""
    period = _rest(period, now)
    found = {id: state.get(Training, training_id(person_id, id)) for id in space.terms.trainings if person_id}
    return frozenset(id for id, training in found.items() if training is not None and training.covers(period))


def _rest(period: Period, now: datetime) -> Period:
    """What is left of a period that runs: what is granted while it runs counts for it."""
    return Period(now, period.end) if period.contains(now) else period


def missing_trainings(state: State, session: Session, person_id: str, now: datetime) -> TrainingError | None:
    """The refusal of somebody who has not learnt what comes before a session, or for whom it does not hold any more."""
    rest = _rest(session.period, now)
    workshop = state.need(Workshop, session.workshop_id)
    missing = []
    for id in workshop.prerequisites:
        found = state.get(Training, training_id(person_id, id))
        if found is None or not found.covers(rest):
            missing.append(state.need(Workshop, id))
    if not missing:
        return None
    return TrainingError(workshop.title, [one.id for one in missing], [one.title for one in missing])
