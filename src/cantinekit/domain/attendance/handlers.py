"""Attendance: marking who is there, closing the sheet; and trainings: granted, revoked, asked for first."""

from __future__ import annotations

from datetime import datetime

from cantinekit.domain.adapter import adapt
from cantinekit.domain.attendance.commands import (
    ChangePrerequisites,
    CloseSheet,
    GrantTraining,
    MarkAttendance,
    ReopenSheet,
    RevokeTraining,
)
from cantinekit.domain.attendance.events import (
    PrerequisitesChanged,
    SheetClosed,
    SheetReopened,
    TrainingGained,
    TrainingRevoked,
)
from cantinekit.domain.attendance.records import Learnt, Training, training_id
from cantinekit.domain.attendance.trainings import (
    check_at_door,
    check_open_sheet,
    check_takes_place,
    mark,
    mark_wishes,
    name_sheet,
)
from cantinekit.domain.base import Subject
from cantinekit.domain.decision import Decision, Ids
from cantinekit.domain.draft import Draft
from cantinekit.domain.people.presence import present
from cantinekit.domain.people.records import Person
from cantinekit.domain.registrations.records import Registration
from cantinekit.domain.sessions.records import Session
from cantinekit.domain.state import Reads, State, fetch, refer
from cantinekit.domain.workshops.records import Workshop
from cantinekit.errors import TooEarlyError, TooLateError, UnsuitableError, WrongStateError

MOST_WORKSHOPS = 200
"""How many workshops may come before one, one before the other: so many are looked at, to see that it is not there."""


def _read_mark(c: MarkAttendance, now: datetime) -> Reads:
    state = yield from fetch(State(), [(Registration, c.registration_id)])
    one = state.need(Registration, c.registration_id)
    state = yield from fetch(state, [(Session, one.session_id), (Person, one.person_id)])
    return (yield from fetch(state, mark_wishes(one, state.need(Session, one.session_id))))


def _mark(state: State, c: MarkAttendance, now: datetime, ids: Ids) -> Decision:
    one = state.need(Registration, c.registration_id)
    session = state.need(Session, one.session_id)
    present(state, one.person_id)
    meeting = session.the_meeting(c.meeting_id)
    check_takes_place(session, meeting)
    if not one.has(meeting):
        if one.state != "confirmed":
            raise WrongStateError(f"registration {one.id}", state=one.state, wanted=["confirmed"])
        raise UnsuitableError(f"registration {one.id} is not for meeting {meeting.id}")
    check_at_door(session, meeting, now)
    seats = (c.seats or one.seats) if c.present else 0
    if seats > one.seats:
        raise UnsuitableError(f"registration {one.id} has {one.seats} seats, not {seats}")
    draft = Draft(state, now, ids)
    mark(draft, one, meeting, seats)
    return draft.decision(refer(one))


def _read_sheet(c: CloseSheet | ReopenSheet, now: datetime) -> Reads:
    return (yield from fetch(State(), [(Session, c.session_id)]))


def _close(state: State, c: CloseSheet, now: datetime, ids: Ids) -> Decision:
    """Close the sheet. Who did not come follows from it: no registration is written, however many there are."""
    session = state.need(Session, c.session_id)
    meeting = session.the_meeting(c.meeting_id)
    check_takes_place(session, meeting)
    if now < meeting.period.end:
        named = "meeting" if session.meetings else "session"
        raise TooEarlyError(f"the {named} ends at {meeting.period.end.isoformat()}")
    draft = Draft(state, now, ids)
    if meeting.sheet is None or meeting.sheet.walk_ins != c.walk_ins:
        check_open_sheet(session, meeting)
        draft.add(SheetClosed(session.id, c.walk_ins, now, c.meeting_id))
    return draft.decision(refer(session))


def _reopen(state: State, c: ReopenSheet, now: datetime, ids: Ids) -> Decision:
    session = state.need(Session, c.session_id)
    meeting = session.the_meeting(c.meeting_id)
    if meeting.sheet is None:
        raise WrongStateError(name_sheet(session, meeting), state="open", wanted=["closed"])
    draft = Draft(state, now, ids)
    draft.add(SheetReopened(session.id, c.reason, c.meeting_id))
    return draft.decision(refer(session))


def _read_prerequisites(c: ChangePrerequisites, now: datetime) -> Reads:
    """Load the workshop, those that are to come before it, and those before them: a round trip for each step."""
    state = yield from fetch(State(), [(Workshop, id) for id in (c.workshop_id, *c.prerequisites)])
    fresh = list(c.prerequisites)
    while fresh:
        before = dict.fromkeys(id for one in fresh for id in state.need(Workshop, one).prerequisites)
        fresh = [id for id in before if not state.knows(Workshop, id)]
        if len(state.records) + len(fresh) > MOST_WORKSHOPS + 1:
            break
        state = yield from fetch(state, [(Workshop, id) for id in fresh])
    return state


def _change_prerequisites(state: State, c: ChangePrerequisites, now: datetime, ids: Ids) -> Decision:
    workshop = state.need(Workshop, c.workshop_id)
    _refuse_circle(state, workshop, c.prerequisites)
    draft = Draft(state, now, ids)
    if (workshop.prerequisites, workshop.valid_months) != (c.prerequisites, c.valid_months):
        draft.add(PrerequisitesChanged(workshop.id, c.prerequisites, c.valid_months))
    return draft.decision(refer(workshop))


def _refuse_circle(state: State, workshop: Workshop, prerequisites: tuple[str, ...]) -> None:
    """Refuse prerequisites that the workshop comes before, over however many others.

    Raises:
        UnsuitableError: it comes before itself, or so much comes before it that this is not looked at.
    """
    asked, seen = list(prerequisites), set(prerequisites)
    while asked:
        id = asked.pop()
        if id == workshop.id:
            raise UnsuitableError(f"workshop {workshop.id} would come before itself")
        if not state.knows(Workshop, id):
            raise UnsuitableError(f"more than {MOST_WORKSHOPS} workshops would come before workshop {workshop.id}")
        fresh = set(state.need(Workshop, id).prerequisites) - seen
        seen |= fresh
        asked += fresh


def _read_grant(c: GrantTraining, now: datetime) -> Reads:
    id = training_id(c.person_id, c.workshop_id)
    return (yield from fetch(State(), [(Person, c.person_id), (Workshop, c.workshop_id), (Training, id)]))


def _grant(state: State, c: GrantTraining, now: datetime, ids: Ids) -> Decision:
    person, workshop = present(state, c.person_id), state.need(Workshop, c.workshop_id)
    if c.until is not None and c.until <= now:
        raise TooLateError(f"the training would have ended at {c.until.isoformat()}")
    draft = Draft(state, now, ids)
    draft.add(TrainingGained(person.id, workshop.id, Learnt(now, c.until, reason=c.reason)))
    return draft.decision(Subject(Training.kind, training_id(person.id, workshop.id)))


def _read_revoke(c: RevokeTraining, now: datetime) -> Reads:
    return (yield from fetch(State(), [(Training, training_id(c.person_id, c.workshop_id))]))


def _revoke(state: State, c: RevokeTraining, now: datetime, ids: Ids) -> Decision:
    found = state.need(Training, training_id(c.person_id, c.workshop_id))
    if not found.ways:
        raise WrongStateError(f"training {found.id}", state="taken back", wanted=["held"])
    draft = Draft(state, now, ids)
    draft.add(TrainingRevoked(found.person_id, found.workshop_id, c.reason))
    return draft.decision(refer(found))


adapt(MarkAttendance, _read_mark, _mark)

adapt(CloseSheet, _read_sheet, _close)

adapt(ReopenSheet, _read_sheet, _reopen)

adapt(ChangePrerequisites, _read_prerequisites, _change_prerequisites)

adapt(GrantTraining, _read_grant, _grant)

adapt(RevokeTraining, _read_revoke, _revoke)
