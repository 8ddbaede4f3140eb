"""Courses: sessions that meet several times. Planned as one; their meetings are moved and cancelled one by one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from itertools import pairwise

import attrs

from cantinekit import commands as cmd
from cantinekit import events as ev
from cantinekit.clock import Period, WallTime
from cantinekit.decisions._claims import fetch_pages, nearest_free, page_wishes, place_claims, with_buffers
from cantinekit.decisions._draft import Draft
from cantinekit.decisions._evolve import put_claims
from cantinekit.decisions._seat_ends import promote
from cantinekit.decisions._series_claims import MOST_PAGES
from cantinekit.decisions._series_dates import period_of
from cantinekit.decisions._session_claims import Needs, session_claims
from cantinekit.decisions._sessions import check_decision, claimed, concerned, fetch_registrations, times_of
from cantinekit.decisions._setup import refuse_twice
from cantinekit.decisions._state import Decision, Handler, Ids, Reads, State, Wish, fetch, refer
from cantinekit.decisions._workshops import check_running, first_decide
from cantinekit.errors import (
    ClosedError,
    ConflictError,
    InputError,
    NotFoundError,
    SeriesClashError,
    TooLateError,
    UnsuitableError,
    WrongStateError,
)
from cantinekit.model import DateClash, Meeting, Place, Product, Registration, Session, Space, Workshop
from cantinekit.model._courses import in_order

# --- planning --------------------------------------------------------------------------------------------------------


def _read_add(c: cmd.AddCourse, now: datetime) -> Reads:
    rooms: list[Wish] = [(Space, space_id) for *_, space_id in c.meetings]
    state = yield from fetch(State(), [(Session, c.id), (Workshop, c.workshop_id), *rooms])
    workshop = state.need(Workshop, c.workshop_id)
    products = [workshop.product_id, *workshop.option_ids]
    state = yield from fetch(state, [(Place, workshop.place_id), *((Product, id) for id in products)])
    zone = state.need(Place, workshop.place_id).zone
    wanted = [
        (state.need(Space, space_id).leaves, period)
        for day, starts, ends, space_id in c.meetings
        if space_id is not None and (period := period_of(day, starts, ends, zone)) is not None
    ]
    return (yield from _fetch_rooms(state, wanted))


def _fetch_rooms(state: State, wanted: Iterable[tuple[tuple[str, ...], Period]]) -> Reads:
    """Load the pages of all meetings in one batch, with those of the days around as far as there is room for them.

    Raises:
        InputError: they touch more pages than one batch holds.
    """
    keys, spare = list[Wish](), list[Wish]()
    for leaves, period in wanted:
        needed, around = page_wishes(leaves, with_buffers(state, leaves, period))
        keys += needed
        spare += around
    if len(set(keys)) > MOST_PAGES:
        raise InputError("the rooms of these meetings have too many parts for one course; plan fewer meetings")
    return (yield from fetch(state, keys, spare if len({*keys, *spare}) <= MOST_PAGES else []))


def _add(state: State, c: cmd.AddCourse, now: datetime, ids: Ids) -> Decision:
    refuse_twice(state, Session, c.id)
    workshop = state.need(Workshop, c.workshop_id)
    place = state.need(Place, workshop.place_id)
    meetings = in_order(_planned(state, c, place, now, ids))
    draft, id = Draft(state, now, ids), c.id or ids("ses")
    products = [state.need(Product, id) for id in (workshop.product_id, *workshop.option_ids) if id]
    session = Session(
        id=id,
        workshop_id=workshop.id,
        place_id=place.id,
        starts=meetings[0].starts,
        ends=meetings[-1].ends,
        period=Period(meetings[0].period.start, meetings[-1].period.end),
        capacity=c.seats,
        product_id=workshop.product_id,
        option_ids=workshop.option_ids,
        pricelist_id=products[0].pricelist_id if products else None,
        entity_id=place.entity_id,
        minimum=c.minimum,
        decide_at=c.decide_at,
        meetings=meetings,
        late_joiners=c.late_joiners,
    )
    check_decision(c.decide_at, session.period, now)
    draft.add(ev.SessionAdded(session, now))
    if c.decide_at is not None:
        draft.later("decide", refer(session), c.decide_at)
    return draft.decision(refer(session))


def _planned(state: State, c: cmd.AddCourse, place: Place, now: datetime, ids: Ids) -> list[Meeting]:
    """The meetings with their rooms, each claimed beside those before it.

    Raises:
        TooLateError: one would have begun.
        UnsuitableError: two overlap; or a space is no room, is elsewhere, or has too few seats.
        SeriesClashError: some cannot be had; it names all of them, with what is free instead.
    """
    wanted, found, clashes = list[Meeting](), list[Meeting](), list[DateClash]()
    for day, starts, ends, space_id in c.meetings:
        if period_of(day, starts, ends, place.zone) is None:
            clashes.append(DateClash(day, "no such time", "the clock change skips it"))
            continue
        first, last, period = times_of(day, starts, ends, place.zone)
        if period.start <= now:
            raise TooLateError(f"a meeting would have begun at {period.start.isoformat()}")
        wanted.append(Meeting(ids("mtg"), first, last, period, space_id))
    _refuse_overlaps(in_order(wanted))
    for meeting in in_order(wanted):
        try:
            needs = Needs(meeting.space_id)
            placed = session_claims(state, place, needs, meeting.id, meeting.period, now, seats=c.seats)
        except (ClosedError, ConflictError) as refusal:
            clashes.append(_clash(state, place, meeting, refusal, now))
        else:
            state = state.put(put_claims(state, placed, now))
            found.append(attrs.evolve(meeting, placed=placed))
    if clashes:
        raise SeriesClashError(clashes, [one.starts.day for one in found])
    return found


def _clash(
    state: State, place: Place, meeting: Meeting, refusal: ClosedError | ConflictError, now: datetime
) -> DateClash:
    day, reason = meeting.starts.day, str(refusal)[:1000]
    if isinstance(refusal, ConflictError):
        return DateClash(day, "taken", reason, meeting.period, refusal.clashes, refusal.nearest)
    space = state.need(Space, meeting.space_id or "")
    near = nearest_free(state, space, place, place_claims(space, meeting.id, meeting.period, 1, None), now)
    return DateClash(day, "closed", reason, meeting.period, (), near)


def _refuse_overlaps(meetings: Sequence[Meeting]) -> None:
    """Refuse meetings of one course that are at the same time. They are in the order of their start.

    Raises:
        UnsuitableError: two of them overlap.
    """
    for one, after in pairwise(meetings):
        if one.period.overlaps(after.period):
            said = " and ".join(m.period.start.isoformat() for m in (one, after))
            raise UnsuitableError(f"two meetings of a course overlap: {said}")


# --- moving and cancelling -------------------------------------------------------------------------------------------


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
    found = next((one for one in session.meetings if one.id == meeting_id), None)
    if found is None:
        raise NotFoundError("meeting", meeting_id)
    if found.state != "planned":
        raise WrongStateError(f"meeting {found.id}", state=found.state, wanted=["planned"])
    if found.period.end <= now:
        raise TooLateError(f"the meeting ended at {found.period.end.isoformat()}")
    return found


def _target(c: cmd.MoveMeeting, old: Meeting, place: Place) -> tuple[WallTime, WallTime, Period]:
    """When a meeting is to be. One that only changes its room keeps the zone in which it was planned."""
    if c.day is None and c.starts is None and c.ends is None:
        return old.starts, old.ends, old.period
    day: date = c.day or old.starts.day
    return times_of(day, c.starts or old.starts.at, c.ends or old.ends.at, place.zone)


def _fetch_people(state: State, session: Session) -> Reads:
    """Load everybody who asked for a seat, those who wait so that they can be promoted."""
    state = yield from fetch_registrations(state, session.id)
    return (yield from fetch(state, [(Registration, id) for id in session.waiting]))


def _read_move(c: cmd.MoveMeeting, now: datetime) -> Reads:
    state = yield from fetch(State(), [(Session, c.session_id), (Space, c.space_id)])
    session = state.need(Session, c.session_id)
    old = _meeting(session, c.meeting_id, now)
    space_id = c.space_id or old.space_id
    state = yield from fetch(state, [(Place, session.place_id), (Space, space_id), *claimed(old.placed)])
    if space_id is not None:
        period = _target(c, old, state.need(Place, session.place_id))[2]
        state = yield from fetch_pages(state, state.need(Space, space_id).leaves, period)
    return (yield from _fetch_people(state, session))


def _move(state: State, c: cmd.MoveMeeting, now: datetime, ids: Ids) -> Decision:
    session = state.need(Session, c.session_id)
    place, old = state.need(Place, session.place_id), _meeting(session, c.meeting_id, now)
    if old.period.start <= now:
        raise TooLateError(f"the meeting began at {old.period.start.isoformat()}")
    first_decide(session, now)
    draft, space_id = Draft(state, now, ids), c.space_id or old.space_id
    starts, ends, period = _target(c, old, place)
    if period.start <= now:
        raise TooLateError(f"the meeting would have begun at {period.start.isoformat()}")
    if (starts, ends, space_id) == (old.starts, old.ends, old.space_id):
        return draft.decision(refer(session))
    others = [one for one in session.planned_meetings if one.id != old.id]
    _refuse_overlaps(in_order([*others, attrs.evolve(old, starts=starts, ends=ends, period=period)]))
    needs, seats = Needs(space_id), session.capacity
    placed = session_claims(state, place, needs, old.id, period, now, seats=seats, kept=old.placed)
    draft.add(ev.MeetingMoved(session.id, old.id, starts, ends, period, space_id, placed, now))
    if session.state == "planned" and now < session.period.start:
        check_decision(session.decide_at, draft.state.need(Session, session.id).period, now)
    return _tell(draft, session, "meeting moved")


def _tell(draft: Draft, before: Session, template: str) -> Decision:
    """Everybody is told; where registering closes at another time, so does the waiting list, or it goes on."""
    after = draft.state.need(Session, before.id)
    for one in concerned(draft.state, before.id):
        draft.tell(template, one.person_id, refer(one))
        if one.state == "waiting" and after.closes != before.closes:
            draft.later("expire", refer(one), after.closes)
    promote(draft, after.id)
    return draft.decision(refer(after))


def _read_cancel(c: cmd.CancelMeeting, now: datetime) -> Reads:
    state = yield from fetch(State(), [(Session, c.session_id)])
    session = state.need(Session, c.session_id)
    state = yield from fetch(state, claimed(_meeting(session, c.meeting_id, now).placed))
    return (yield from _fetch_people(state, session))


def _cancel(state: State, c: cmd.CancelMeeting, now: datetime, ids: Ids) -> Decision:
    session = state.need(Session, c.session_id)
    old = _meeting(session, c.meeting_id, now)
    first_decide(session, now)
    if session.planned_meetings == (old,):
        raise UnsuitableError(f"meeting {old.id} is the last that is left; CancelSession cancels the course")
    draft = Draft(state, now, ids)
    draft.add(ev.MeetingCancelled(session.id, old.id, c.reason))
    return _tell(draft, session, "meeting cancelled")


HANDLERS = {
    cmd.AddCourse: Handler(_read_add, _add),
    cmd.MoveMeeting: Handler(_read_move, _move),
    cmd.CancelMeeting: Handler(_read_cancel, _cancel),
}
