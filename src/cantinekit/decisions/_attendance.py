"""Attendance: marking who is there, closing the sheet; and trainings: granted, revoked, asked for first."""

from __future__ import annotations

from datetime import datetime

from cantinekit import commands as cmd
from cantinekit import events as ev
from cantinekit.decisions._draft import Draft
from cantinekit.decisions._state import Decision, Handler, Ids, Reads, State, fetch, present, refer
from cantinekit.decisions._trainings import (
    check_at_door,
    check_open_sheet,
    check_takes_place,
    mark,
    mark_wishes,
    name_sheet,
)
from cantinekit.errors import TooEarlyError, TooLateError, UnsuitableError, WrongStateError
from cantinekit.model import Learnt, Person, Registration, Session, Subject, Training, Workshop, training_id

MOST_WORKSHOPS = 200
"""How many workshops may come before one, one before the other: so many are looked at, to see that it is not there."""

# --- who is there ----------------------------------------------------------------------------------------------------


def _read_mark(c: cmd.MarkAttendance, now: datetime) -> Reads:
    state = yield from fetch(State(), [(Registration, c.registration_id)])
    one = state.need(Registration, c.registration_id)
    state = yield from fetch(state, [(Session, one.session_id), (Person, one.person_id)])
    return (yield from fetch(state, mark_wishes(one, state.need(Session, one.session_id))))


def _mark(state: State, c: cmd.MarkAttendance, now: datetime, ids: Ids) -> Decision:
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


def _read_sheet(c: cmd.CloseSheet | cmd.ReopenSheet, now: datetime) -> Reads:
    return (yield from fetch(State(), [(Session, c.session_id)]))


def _close(state: State, c: cmd.CloseSheet, now: datetime, ids: Ids) -> Decision:
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
        draft.add(ev.SheetClosed(session.id, c.walk_ins, now, c.meeting_id))
    return draft.decision(refer(session))


def _reopen(state: State, c: cmd.ReopenSheet, now: datetime, ids: Ids) -> Decision:
    session = state.need(Session, c.session_id)
    meeting = session.the_meeting(c.meeting_id)
    if meeting.sheet is None:
        raise WrongStateError(name_sheet(session, meeting), state="open", wanted=["closed"])
    draft = Draft(state, now, ids)
    draft.add(ev.SheetReopened(session.id, c.reason, c.meeting_id))
    return draft.decision(refer(session))


# --- what comes first ------------------------------------------------------------------------------------------------


def _read_prerequisites(c: cmd.ChangePrerequisites, now: datetime) -> Reads:
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


def _change_prerequisites(state: State, c: cmd.ChangePrerequisites, now: datetime, ids: Ids) -> Decision:
    workshop = state.need(Workshop, c.workshop_id)
    _refuse_circle(state, workshop, c.prerequisites)
    draft = Draft(state, now, ids)
    if (workshop.prerequisites, workshop.valid_months) != (c.prerequisites, c.valid_months):
        draft.add(ev.PrerequisitesChanged(workshop.id, c.prerequisites, c.valid_months))
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


# --- trainings -------------------------------------------------------------------------------------------------------


def _read_grant(c: cmd.GrantTraining, now: datetime) -> Reads:
    id = training_id(c.person_id, c.workshop_id)
    return (yield from fetch(State(), [(Person, c.person_id), (Workshop, c.workshop_id), (Training, id)]))


def _grant(state: State, c: cmd.GrantTraining, now: datetime, ids: Ids) -> Decision:
    person, workshop = present(state, c.person_id), state.need(Workshop, c.workshop_id)
    if c.until is not None and c.until <= now:
        raise TooLateError(f"the training would have ended at {c.until.isoformat()}")
    draft = Draft(state, now, ids)
    draft.add(ev.TrainingGained(person.id, workshop.id, Learnt(now, c.until, reason=c.reason)))
    return draft.decision(Subject(Training.kind, training_id(person.id, workshop.id)))


def _read_revoke(c: cmd.RevokeTraining, now: datetime) -> Reads:
    return (yield from fetch(State(), [(Training, training_id(c.person_id, c.workshop_id))]))


def _revoke(state: State, c: cmd.RevokeTraining, now: datetime, ids: Ids) -> Decision:
    found = state.need(Training, training_id(c.person_id, c.workshop_id))
    if not found.ways:
        raise WrongStateError(f"training {found.id}", state="taken back", wanted=["held"])
    draft = Draft(state, now, ids)
    draft.add(ev.TrainingRevoked(found.person_id, found.workshop_id, c.reason))
    return draft.decision(refer(found))


HANDLERS = {
    cmd.MarkAttendance: Handler(_read_mark, _mark),
    cmd.CloseSheet: Handler(_read_sheet, _close),
    cmd.ReopenSheet: Handler(_read_sheet, _reopen),
    cmd.ChangePrerequisites: Handler(_read_prerequisites, _change_prerequisites),
    cmd.GrantTraining: Handler(_read_grant, _grant),
    cmd.RevokeTraining: Handler(_read_revoke, _revoke),
}
