"""Courses: sessions that meet several times. Planned as one; their meetings are moved and cancelled one by one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise

import attrs

from cantinekit.clock import Period
from cantinekit.common.evolve import evolve
from cantinekit.domain.adapter import adapt
from cantinekit.domain.attendance.trainings import mark_wishes, settle_training
from cantinekit.domain.booking_series.records import DateClash
from cantinekit.domain.catalogue.records import Product
from cantinekit.domain.courses.commands import AddCourse, CancelMeeting, MoveMeeting
from cantinekit.domain.courses.events import MeetingCancelled, MeetingMoved
from cantinekit.domain.courses.records import Meeting, in_order
from cantinekit.domain.dates.claims import fetch_series_pages, why_not
from cantinekit.domain.dates.repeats import period_of
from cantinekit.domain.decision import Decision, Ids
from cantinekit.domain.draft import Draft
from cantinekit.domain.facilitators.naming import tell_who_had_meetings
from cantinekit.domain.occupancy.pages import put_claims
from cantinekit.domain.places.records import Place
from cantinekit.domain.registrations.ends import promote
from cantinekit.domain.registrations.handlers import check_running, first_decide
from cantinekit.domain.registrations.records import Registration
from cantinekit.domain.rules.terms import note_overrides
from cantinekit.domain.sessions.claims import (
    Needs,
    beside_pages,
    check_facilitators,
    fetch_needs,
    needed_leaves,
    session_claims,
)
from cantinekit.domain.sessions.handlers import (
    added,
    bare_session,
    check_decision,
    claimed,
    concerned,
    fetch_registrations,
    target,
    target_needs,
    times_of,
)
from cantinekit.domain.sessions.records import Session
from cantinekit.domain.spaces.records import Space
from cantinekit.domain.state import Reads, State, Wish, fetch, refer, refuse_twice
from cantinekit.domain.workshops.records import Workshop
from cantinekit.errors import (
    ClosedError,
    ConflictError,
    SeriesClashError,
    SoldOutError,
    TermsError,
    TooLateError,
    UnsuitableError,
    WrongStateError,
)


def _read_add(c: AddCourse, now: datetime) -> Reads:
    every = [_needs_of(c, space_id) for *_, space_id in c.meetings]
    spaces = [wish for needs in every for wish in needs.spaces]
    state = yield from fetch(State(), [(Session, c.id), (Workshop, c.workshop_id), *spaces])
    workshop = state.need(Workshop, c.workshop_id)
    products = [(Product, id) for id in (workshop.product_id, *workshop.option_ids)]
    beside = [wish for needs in every for wish in beside_pages(state, needs)]
    state = yield from fetch(state, [(Place, workshop.place_id), *products, *beside])
    zone = state.need(Place, workshop.place_id).zone
    asked = [
        (needed_leaves(state, needs), period_of(day, starts, ends, zone))
        for needs, (day, starts, ends, _) in zip(every, c.meetings, strict=True)
    ]
    return (yield from fetch_series_pages(state, asked, ()))


def _needs_of(c: AddCourse, space_id: str | None) -> Needs:
    """What a meeting of a course that is planned needs."""
    return Needs(space_id, c.with_units, c.facilitator_ids)


def _add(state: State, c: AddCourse, now: datetime, ids: Ids) -> Decision:
    refuse_twice(state, Session, c.id)
    workshop = state.need(Workshop, c.workshop_id)
    place = state.need(Place, workshop.place_id)
    meetings, rules = _planned(state, c, place, now, ids)
    draft, id = Draft(state, now, ids), c.id or ids("ses")
    first, last = meetings[0], meetings[-1]
    times = first.starts, last.ends, Period(first.period.start, last.period.end)
    course = bare_session(state, workshop, id, times, c.seats, c.minimum, c.decide_at)
    session = evolve(course, meetings=meetings, late_joiners=c.late_joiners)
    check_decision(c.decide_at, session.period, now)
    return added(draft, session, rules, c)


def _planned(
    state: State, c: AddCourse, place: Place, now: datetime, ids: Ids
) -> tuple[tuple[Meeting, ...], tuple[str, ...]]:
    """The meetings in order with all that they need, each claimed beside those before it, and the rules that are broken
    with an override.

    Raises:
        TooLateError: one would have begun.
        UnsuitableError: two overlap; or a space is no room, is elsewhere, or has too few seats.
        SeriesClashError: some cannot be had; it names all of them, with what is free instead.
    """
    wanted, found, clashes = list[Meeting](), list[Meeting](), list[DateClash]()
    rules: dict[str, None] = {}
    for day, starts, ends, space_id in c.meetings:
        if period_of(day, starts, ends, place.zone) is None:
            clashes.append(DateClash(day, "no such time", "the clock change skips it"))
            continue
        first, last, period = times_of(day, starts, ends, place.zone)
        if period.start <= now:
            raise TooLateError(f"a meeting would have begun at {period.start.isoformat()}")
        needs = _needs_of(c, space_id)
        meeting = Meeting(ids("mtg"), first, last, period, space_id)
        wanted.append(attrs.evolve(meeting, with_units=needs.with_units, facilitator_ids=needs.facilitator_ids))
    _refuse_overlaps(in_order(wanted))
    for meeting in in_order(wanted):
        try:
            broken = check_facilitators(state, place, _needs(meeting), meeting.id, meeting.period, now, c.override)
            placed = session_claims(state, place, _needs(meeting), meeting.id, meeting.period, now, seats=c.seats)
        except (ClosedError, ConflictError, SoldOutError, TermsError) as refusal:
            clashes.append(_clash(meeting, refusal))
        else:
            rules |= dict.fromkeys(broken)
            state = state.put(put_claims(state, placed, now))
            found.append(attrs.evolve(meeting, placed=placed))
    if clashes:
        raise SeriesClashError(clashes, [one.starts.day for one in found])
    return in_order(found), tuple(rules)


def _needs(meeting: Meeting) -> Needs:
    """What a meeting needs."""
    return Needs(meeting.space_id, meeting.with_units, meeting.facilitator_ids)


def _clash(meeting: Meeting, refusal: ClosedError | ConflictError | SoldOutError | TermsError) -> DateClash:
    why, reason, clashes = why_not(refusal), str(refusal)[:1000], getattr(refusal, "clashes", ())
    return DateClash(meeting.starts.day, why, reason, meeting.period, clashes, refusal.nearest)


def _refuse_overlaps(meetings: Sequence[Meeting]) -> None:
    """Refuse meetings of one course that are at the same time. They are in the order of their start.

    Raises:
        UnsuitableError: two of them overlap.
    """
    for one, after in pairwise(meetings):
        if one.period.overlaps(after.period):
            said = " and ".join(m.period.start.isoformat() for m in (one, after))
            raise UnsuitableError(f"two meetings of a course overlap: {said}")


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


def _who(meeting: Meeting) -> list[Wish]:
    """Who facilitates a meeting, to tell them."""
    return [(Space, id) for id in meeting.facilitator_ids]


def _fetch_people(state: State, session: Session) -> Reads:
    """Load everybody who asked for a seat, those who wait so that they can be promoted; who is present counts."""
    state = yield from fetch_registrations(state, session.id, guarded=True)
    return (yield from fetch(state, [(Registration, id) for id in session.waiting]))


def _read_move(c: MoveMeeting, now: datetime) -> Reads:
    state = yield from fetch(State(), [(Session, c.session_id), (Space, c.space_id)])
    session = state.need(Session, c.session_id)
    old = _meeting(session, c.meeting_id, now)
    needs = target_needs(c, old)
    state = yield from fetch(state, [(Place, session.place_id), *needs.spaces, *claimed(old.placed), *_who(old)])
    period = target(c, old, state.need(Place, session.place_id))[2]
    state = yield from fetch_needs(state, needs, period)
    return (yield from _fetch_people(state, session))


def _move(state: State, c: MoveMeeting, now: datetime, ids: Ids) -> Decision:
    session = state.need(Session, c.session_id)
    place, old = state.need(Place, session.place_id), _meeting(session, c.meeting_id, now)
    if old.period.start <= now:
        raise TooLateError(f"the meeting began at {old.period.start.isoformat()}")
    first_decide(session, now)
    draft, needs = Draft(state, now, ids), target_needs(c, old)
    starts, ends, period = target(c, old, place)
    if period.start <= now:
        raise TooLateError(f"the meeting would have begun at {period.start.isoformat()}")
    elsewhere = (starts, ends, needs.space_id) != (old.starts, old.ends, old.space_id)
    if not elsewhere and needs == _needs(old):
        return draft.decision(refer(session))
    if period != old.period and any(one.present_at(old) for one in concerned(state, session.id)):
        raise WrongStateError(f"meeting {old.id}", state="one at which people are present")
    others = [one for one in session.planned_meetings if one.id != old.id]
    _refuse_overlaps(in_order([*others, attrs.evolve(old, starts=starts, ends=ends, period=period)]))
    rules = check_facilitators(state, place, needs, old.id, period, now, c.override, kept=old.placed)
    placed = session_claims(state, place, needs, old.id, period, now, seats=session.capacity, kept=old.placed)
    moved = (starts, ends, period, needs.space_id, placed, now, needs.with_units, needs.facilitator_ids)
    draft.add(MeetingMoved(session.id, old.id, *moved))
    note_overrides(draft, rules, c.override, refer(session))
    tell_who_had_meetings(draft, session)
    if session.state == "planned" and now < session.period.start:
        check_decision(session.decide_at, draft.state.need(Session, session.id).period, now)
    return _tell(draft, session, "meeting moved") if elsewhere else draft.decision(refer(session))


def _tell(draft: Draft, before: Session, template: str) -> Decision:
    """Everybody is told; where registering closes at another time, so does the waiting list, or it goes on."""
    after = draft.state.need(Session, before.id)
    for one in concerned(draft.state, before.id):
        draft.tell(template, one.person_id, refer(one))
        if one.state == "waiting" and after.closes != before.closes:
            draft.later("expire", refer(one), after.closes)
    promote(draft, after.id)
    return draft.decision(refer(after))


def _read_cancel(c: CancelMeeting, now: datetime) -> Reads:
    state = yield from fetch(State(), [(Session, c.session_id)])
    session = state.need(Session, c.session_id)
    old = _meeting(session, c.meeting_id, now)
    state = yield from fetch(state, [*claimed(old.placed), *_who(old)])
    state = yield from _fetch_people(state, session)
    marked = [wish for one in concerned(state, session.id) if one.marks for wish in mark_wishes(one, session)]
    return (yield from fetch(state, marked))


def _cancel(state: State, c: CancelMeeting, now: datetime, ids: Ids) -> Decision:
    session = state.need(Session, c.session_id)
    old = _meeting(session, c.meeting_id, now)
    first_decide(session, now)
    if session.planned_meetings == (old,):
        raise UnsuitableError(f"meeting {old.id} is the last that is left; CancelSession cancels the course")
    draft = Draft(state, now, ids)
    draft.add(MeetingCancelled(session.id, old.id, c.reason))
    tell_who_had_meetings(draft, session)
    for one in concerned(state, session.id):
        settle_training(draft, one, session)
    return _tell(draft, session, "meeting cancelled")


adapt(AddCourse, _read_add, _add)

adapt(MoveMeeting, _read_move, _move)

adapt(CancelMeeting, _read_cancel, _cancel)
