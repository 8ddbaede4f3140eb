"""Marking who is there, closing and reopening the sheet, granting and revoking trainings, changing prerequisites."""

from __future__ import annotations

from cantinekit.domain.attendance.commands import (
    ChangePrerequisites,
    CloseSheet,
    GrantTraining,
    MarkAttendance,
    ReopenSheet,
    RevokeTraining,
)
from cantinekit.domain.attendance.door import (
    check_at_door,
    check_open_sheet,
    check_takes_place,
    mark,
    name_sheet,
)
from cantinekit.domain.attendance.events import (
    PrerequisitesChanged,
    SheetClosed,
    SheetReopened,
    TrainingGained,
    TrainingRevoked,
)
from cantinekit.domain.attendance.records import Learnt, Training, training_id
from cantinekit.domain.attendance.trainings import mark_wishes
from cantinekit.domain.decision import Decision
from cantinekit.domain.handling import handles
from cantinekit.domain.people.presence import present
from cantinekit.domain.people.records import Person
from cantinekit.domain.registrations.absence import is_to_settle, settle_later
from cantinekit.domain.registrations.records import Registration
from cantinekit.domain.sessions.records import Session
from cantinekit.domain.sessions.registrants import read_registrations
from cantinekit.domain.state import State, refer
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.domain.workshops.records import Workshop
from cantinekit.errors import TooEarlyError, TooLateError, UnsuitableError, WrongStateError
from cantinekit.plugins.ports import Key

MOST_WORKSHOPS = 200
"""How many workshops may come before one, directly or over others: so many are read to see that it is none of them."""


@handles(MarkAttendance)
def mark_attendance(c: MarkAttendance, uow: Uow) -> Steps[Decision[Registration]]:
    """Mark a registration present or absent; what the person has learnt follows, and what the seat costs by a task."""
    one = yield from uow.need(Registration, c.registration_id)
    session = yield from uow.need(Session, one.session_id, (Person, one.person_id))
    yield from uow.fetch(mark_wishes(one, session))

    present(uow.state, one.person_id)
    meeting = session.the_meeting(c.meeting_id)
    check_takes_place(session, meeting)
    if not one.has(meeting):
        if one.state != "confirmed":
            raise WrongStateError(f"registration {one.id}", state=one.state, wanted=["confirmed"])
        raise UnsuitableError(f"registration {one.id} is not for meeting {meeting.id}")
    check_at_door(session, meeting, uow.now)
    seats = (c.seats or one.seats) if c.present else 0
    if seats > one.seats:
        raise UnsuitableError(f"registration {one.id} has {one.seats} seats, not {seats}")
    mark(uow, one, meeting, seats)
    if is_to_settle(session, uow.state.need(Registration, one.id)):
        uow.later("expire", refer(one))
    return uow.done(one)


@handles(CloseSheet)
def close_sheet(c: CloseSheet, uow: Uow) -> Steps[Decision[Session]]:
    """Close the sheet. Who did not come follows from it; what their seats cost is settled by a task for each of them.

    Who is there is compared as it was read: nobody is missed who is marked otherwise meanwhile.
    """
    session = yield from uow.need(Session, c.session_id)
    if session.pricelist_id is not None or session.bursaries:  # else nobody paid for a seat
        yield from read_registrations(uow, session.id, guarded=True)

    meeting = session.the_meeting(c.meeting_id)
    check_takes_place(session, meeting)
    if uow.now < meeting.period.end:
        named = "meeting" if session.meetings else "session"
        raise TooEarlyError(f"the {named} ends at {meeting.period.end.isoformat()}")
    if meeting.sheet is None or meeting.sheet.walk_ins != c.walk_ins:
        check_open_sheet(session, meeting)
        uow.add(SheetClosed(session.id, c.walk_ins, uow.now, c.meeting_id))
        settle_later(uow, session.id)
    return uow.done(session)


@handles(ReopenSheet)
def reopen_sheet(c: ReopenSheet, uow: Uow) -> Steps[Decision[Session]]:
    """Open a closed sheet again."""
    session = yield from uow.need(Session, c.session_id)

    meeting = session.the_meeting(c.meeting_id)
    if meeting.sheet is None:
        raise WrongStateError(name_sheet(session, meeting), state="open", wanted=["closed"])
    uow.add(SheetReopened(session.id, c.reason, c.meeting_id))
    return uow.done(session)


@handles(ChangePrerequisites)
def change_prerequisites(c: ChangePrerequisites, uow: Uow) -> Steps[Decision[Workshop]]:
    """Put other prerequisites in the place of those before; nothing happens where they are the same."""
    yield from uow.fetch((Workshop, id) for id in (c.workshop_id, *c.prerequisites))
    yield from _read_before(c, uow)

    workshop = uow.state.need(Workshop, c.workshop_id)
    _refuse_circle(uow.state, workshop, c.prerequisites)
    if (workshop.prerequisites, workshop.valid_months) != (c.prerequisites, c.valid_months):
        uow.add(PrerequisitesChanged(workshop.id, c.prerequisites, c.valid_months))
    return uow.done(workshop)


def _read_before(c: ChangePrerequisites, uow: Uow) -> Steps[None]:
    """Load the workshops before the prerequisites, and those before them: a batch for each step back."""
    fresh = list(c.prerequisites)
    while fresh:
        before = dict.fromkeys(id for one in fresh for id in uow.state.need(Workshop, one).prerequisites)
        fresh = [id for id in before if not _was_read(uow.state, id)]
        if len(uow.state.records) + len(fresh) > MOST_WORKSHOPS + 1:
            return
        yield from uow.fetch((Workshop, id) for id in fresh)


def _was_read(state: State, workshop_id: str) -> bool:
    return Key(Workshop.kind, workshop_id) in state.records


def _refuse_circle(state: State, workshop: Workshop, prerequisites: tuple[str, ...]) -> None:
    """Refuse prerequisites that the workshop comes before, over however many others.

    Raises:
        UnsuitableError: it comes before itself, or more workshops come before it than were read.
    """
    asked, seen = list(prerequisites), set(prerequisites)
    while asked:
        id = asked.pop()
        if id == workshop.id:
            raise UnsuitableError(f"workshop {workshop.id} would come before itself")
        if not _was_read(state, id):
            raise UnsuitableError(f"more than {MOST_WORKSHOPS} workshops would come before workshop {workshop.id}")
        fresh = set(state.need(Workshop, id).prerequisites) - seen
        seen |= fresh
        asked += fresh


@handles(GrantTraining)
def grant_training(c: GrantTraining, uow: Uow) -> Steps[Decision[Training]]:
    """Add a grant to the ways of a training, in place of the grant before it."""
    id = training_id(c.person_id, c.workshop_id)
    yield from uow.fetch([(Person, c.person_id), (Workshop, c.workshop_id), (Training, id)])

    person, workshop = present(uow.state, c.person_id), uow.state.need(Workshop, c.workshop_id)
    if c.until is not None and c.until <= uow.now:
        raise TooLateError(f"the training would have ended at {c.until.isoformat()}")
    uow.add(TrainingGained(person.id, workshop.id, Learnt(uow.now, c.until, reason=c.reason)))
    return uow.done_at(Training, id)


@handles(RevokeTraining)
def revoke_training(c: RevokeTraining, uow: Uow) -> Steps[Decision[Training]]:
    """Take every way to a training away."""
    found = yield from uow.need(Training, training_id(c.person_id, c.workshop_id))

    if not found.ways:
        raise WrongStateError(f"training {found.id}", state="taken back", wanted=["held"])
    uow.add(TrainingRevoked(found.person_id, found.workshop_id, c.reason))
    return uow.done(found)
