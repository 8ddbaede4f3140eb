"""The handlers of courses: adding one as a whole, and moving or cancelling one of its meetings."""

from __future__ import annotations

from datetime import datetime

import attrs

from cantinekit.clock import Period
from cantinekit.common.evolve import evolve
from cantinekit.domain.attendance.trainings import mark_wishes, settle_training
from cantinekit.domain.courses.commands import AddCourse, CancelMeeting, MoveMeeting
from cantinekit.domain.courses.events import MeetingCancelled, MeetingMoved
from cantinekit.domain.courses.planning import needs_of_each, plan_meetings, refuse_overlaps
from cantinekit.domain.courses.records import Meeting
from cantinekit.domain.dates.claims import read_series_pages
from cantinekit.domain.dates.repeats import period_of
from cantinekit.domain.decision import Decision
from cantinekit.domain.draft import Draft
from cantinekit.domain.facilitators.naming import tell_who_had_meetings
from cantinekit.domain.handling import handles
from cantinekit.domain.occupancy.leaving import left_by
from cantinekit.domain.places.records import Place
from cantinekit.domain.registrations.absence import settle_later
from cantinekit.domain.registrations.deciding import check_running, first_decide
from cantinekit.domain.registrations.promotion import promote
from cantinekit.domain.registrations.records import Registration
from cantinekit.domain.rules.terms import note_overrides
from cantinekit.domain.sessions.adding import announce, bare_session, check_decision, workshop_wishes
from cantinekit.domain.sessions.claims import (
    Needs,
    beside_pages,
    check_facilitators,
    claimed,
    needed_leaves,
    read_needs,
    session_claims,
)
from cantinekit.domain.sessions.moving import needs_after, times_after
from cantinekit.domain.sessions.records import Session
from cantinekit.domain.sessions.registrants import concerned, read_registrations
from cantinekit.domain.spaces.records import Space
from cantinekit.domain.state import Wish, refer, refuse_twice
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.domain.workshops.records import Workshop
from cantinekit.errors import TooLateError, UnsuitableError, WrongStateError


@handles(AddCourse)
def add_course(c: AddCourse, uow: Uow) -> Steps[Decision[Session]]:
    """Add a course with all its meetings and what these need, or nothing."""
    every = needs_of_each(c)
    spaces = [wish for needs in every for wish in needs.spaces]
    workshop = yield from uow.need(Workshop, c.workshop_id, (Session, c.id), *spaces)
    beside = [wish for needs in every for wish in beside_pages(uow.state, needs)]
    yield from uow.fetch([*workshop_wishes(workshop), *beside])
    place = uow.state.need(Place, workshop.place_id)
    asked = [
        (needed_leaves(uow.state, needs), period_of(day, starts, ends, place.zone))
        for needs, (day, starts, ends, _) in zip(every, c.meetings, strict=True)
    ]
    yield from read_series_pages(uow, asked, ())

    refuse_twice(uow.state, Session, c.id)
    meetings, rules = plan_meetings(uow, c, place)
    first, last = meetings[0], meetings[-1]
    times = first.starts, last.ends, Period(first.period.start, last.period.end)
    course = bare_session(uow.state, workshop, c.id or uow.ids("ses"), times, c.seats, c.minimum, c.decide_at)
    session = evolve(course, meetings=meetings, late_joiners=c.late_joiners)
    check_decision(c.decide_at, session.period, uow.now)
    announce(uow, session, rules, c)
    return uow.done(session)


def _meeting(session: Session, meeting_id: str, now: datetime) -> Meeting:
    """A planned meeting of a course that is not over.

    Raises:
        UnsuitableError: the session is no course.
        NotFoundError: it has no such meeting.
        WrongStateError: the course or the meeting is cancelled.
        TooLateError: it is over.
    """
    if not session.meetings:
        raise UnsuitableError(f"session {session.id} meets once; MoveSession and CancelSession are for it")
    check_running(session)
    found = session.the_meeting(meeting_id)
    if found.state != "planned":
        raise WrongStateError(f"meeting {found.id}", state=found.state, wanted=["planned"])
    if found.period.end <= now:
        raise TooLateError(f"the meeting ended at {found.period.end.isoformat()}")
    return found


def _facilitators(meeting: Meeting) -> list[Wish]:
    """The facilitators of a meeting, who are told of it."""
    return [(Space, id) for id in meeting.facilitator_ids]


def _read_people(uow: Uow, session: Session) -> Steps[None]:
    """Load everybody who asked for a seat.

    The registrations are guarded: who is present counts, and those who wait may be promoted.
    """
    yield from read_registrations(uow, session.id, guarded=True)
    yield from uow.fetch((Registration, id) for id in session.waiting)


@handles(MoveMeeting)
def move_meeting(c: MoveMeeting, uow: Uow) -> Steps[Decision[Session]]:
    """Move a meeting that has not begun, or give it other equipment or facilitators."""
    session = yield from uow.need(Session, c.session_id, (Space, c.space_id))
    old = _meeting(session, c.meeting_id, uow.now)
    needs = needs_after(c, old)
    yield from uow.fetch([(Place, session.place_id), *needs.spaces, *claimed(old.placed), *_facilitators(old)])
    place = uow.state.need(Place, session.place_id)
    starts, ends, period = times_after(c, old, place)
    yield from read_needs(uow, needs, period)
    yield from _read_people(uow, session)

    state, now = uow.state, uow.now
    _meeting(session, c.meeting_id, now)  # it may have ended while its rows were read
    if old.period.start <= now:
        raise TooLateError(f"the meeting began at {old.period.start.isoformat()}")
    first_decide(session, now)
    if period.start <= now:
        raise TooLateError(f"the meeting would have begun at {period.start.isoformat()}")
    elsewhere = (starts, ends, needs.space_id) != (old.starts, old.ends, old.space_id)
    if not elsewhere and needs == Needs.of(old):
        return uow.done(session)
    if period != old.period and any(one.present_at(old) for one in concerned(state, session.id)):
        raise WrongStateError(f"meeting {old.id}", state="one at which people are present")
    others = [one for one in session.planned_meetings if one.id != old.id]
    refuse_overlaps([*others, attrs.evolve(old, starts=starts, ends=ends, period=period)])
    rules = check_facilitators(state, place, needs, old.id, period, now, c.override, kept=old.placed)
    placed = session_claims(state, place, needs, old.id, period, now, seats=session.capacity, kept=old.placed)
    moved = (starts, ends, period, needs.space_id, placed, now, needs.with_units, needs.facilitator_ids, now)
    uow.add(MeetingMoved(session.id, old.id, *moved, left=left_by(old, period, placed, now)))
    note_overrides(uow, rules, c.override, refer(session))
    tell_who_had_meetings(uow, session)
    if session.state == "planned" and now < session.period.start:
        check_decision(session.decide_at, uow.state.need(Session, session.id).period, now)
    if elsewhere:
        _tell(uow, session, "meeting moved")
    return uow.done(session)


@handles(CancelMeeting)
def cancel_meeting(c: CancelMeeting, uow: Uow) -> Steps[Decision[Session]]:
    """Cancel a meeting that is not over; its course goes on with the others."""
    session = yield from uow.need(Session, c.session_id)
    old = _meeting(session, c.meeting_id, uow.now)
    yield from uow.fetch([*claimed(old.placed), *_facilitators(old)])
    yield from _read_people(uow, session)
    people = concerned(uow.state, session.id)
    yield from uow.fetch(wish for one in people if one.marks for wish in mark_wishes(one, session))

    _meeting(session, c.meeting_id, uow.now)  # it may have ended while its rows were read
    first_decide(session, uow.now)
    if session.planned_meetings == (old,):
        raise UnsuitableError(f"meeting {old.id} is the last that is left; CancelSession cancels the course")
    uow.add(MeetingCancelled(session.id, old.id, c.reason, uow.now))
    tell_who_had_meetings(uow, session)
    for one in people:
        settle_training(uow, one, session)
    _tell(uow, session, "meeting cancelled")
    settle_later(uow, session.id)
    return uow.done(session)


def _tell(draft: Draft, before: Session, template: str) -> None:
    """Tell everybody who has a seat or waits, and give free seats to those who wait.

    Where registering closes at another time now, the waiting list does too.
    """
    after = draft.state.need(Session, before.id)
    for one in concerned(draft.state, before.id):
        draft.tell(template, one.person_id, refer(one))
        if one.state == "waiting" and after.closes != before.closes:
            draft.later("expire", refer(one), after.closes)
    promote(draft, after.id)
