"""Sessions of workshops: planned, moved, cancelled, decided; what they need is claimed and freed with them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta

from cantinekit.clock import Period, WallTime, wall_times
from cantinekit.common.evolve import evolve
from cantinekit.domain.adapter import adapt
from cantinekit.domain.catalogue.records import Product
from cantinekit.domain.courses.commands import AddCourse, MoveMeeting
from cantinekit.domain.courses.records import Meeting
from cantinekit.domain.decision import Decision, Ids
from cantinekit.domain.draft import Draft
from cantinekit.domain.facilitators.naming import tell_facilitators
from cantinekit.domain.occupancy.pages import page_ids
from cantinekit.domain.occupancy.records import OccupancyPage, Placed, StandingPage, standing_id
from cantinekit.domain.payments.charging import PAYMENT_HOLD
from cantinekit.domain.places.records import Place
from cantinekit.domain.registrations.ends import LIVE
from cantinekit.domain.registrations.handlers import check_open_to_seats, check_running, first_decide, verdict
from cantinekit.domain.registrations.records import Registration
from cantinekit.domain.rules.terms import note_overrides
from cantinekit.domain.sessions.claims import Needs, check_facilitators, fetch_needs, session_claims
from cantinekit.domain.sessions.commands import AddSession, CancelSession, DecideSession, MoveSession
from cantinekit.domain.sessions.events import SessionAdded, SessionCancelled, SessionConfirmed, SessionMoved
from cantinekit.domain.sessions.records import TOO_FEW, Session
from cantinekit.domain.spaces.records import Space
from cantinekit.domain.state import Find, Reads, State, Wish, fetch, refer, refuse_twice
from cantinekit.domain.workshops.records import Workshop
from cantinekit.errors import TooLateError, UnsuitableError, WrongStateError


def times_of(day: date, starts: time, ends: time, zone: str) -> tuple[WallTime, WallTime, Period]:
    """The wall times of a meeting, and what they come to."""
    first, end = wall_times(day, starts, ends, zone)
    return first, end, Period(first.instant, end.instant)


def _read_add(c: AddSession, now: datetime) -> Reads:
    needs = Needs(c.space_id, c.with_units, c.facilitator_ids)
    state = yield from fetch(State(), [(Session, c.id), (Workshop, c.workshop_id), *needs.spaces])
    workshop = state.need(Workshop, c.workshop_id)
    products = [workshop.product_id, *workshop.option_ids]
    state = yield from fetch(state, [(Place, workshop.place_id), *((Product, id) for id in products)])
    period = times_of(c.day, c.starts, c.ends, state.need(Place, workshop.place_id).zone)[2]
    return (yield from fetch_needs(state, needs, period))


def _add(state: State, c: AddSession, now: datetime, ids: Ids) -> Decision:
    refuse_twice(state, Session, c.id)
    workshop = state.need(Workshop, c.workshop_id)
    times = times_of(c.day, c.starts, c.ends, state.need(Place, workshop.place_id).zone)
    draft, id = Draft(state, now, ids), c.id or ids("ses")
    needs = Needs(c.space_id, c.with_units, c.facilitator_ids)
    session, rules = new_session(
        state, workshop, id, times, c.seats, needs, c.minimum, c.decide_at, now, override=c.override
    )
    return added(draft, session, rules, c)


def added(draft: Draft, session: Session, rules: tuple[str, ...], c: AddSession | AddCourse) -> Decision:
    """The session is added; broken rules are noted, who facilitates it is told, and it is decided in time."""
    draft.add(SessionAdded(session, draft.now))
    note_overrides(draft, rules, c.override, refer(session))
    tell_facilitators(draft, "facilitation planned", session, c.facilitator_ids)
    if c.decide_at is not None:
        draft.later("decide", refer(session), c.decide_at)
    return draft.decision(refer(session))


def new_session(
    state: State,
    workshop: Workshop,
    id: str,
    times: tuple[WallTime, WallTime, Period],
    seats: int,
    needs: Needs,
    minimum: int,
    decide_at: datetime | None,
    now: datetime,
    *,
    override: str | None = None,
) -> tuple[Session, tuple[str, ...]]:
    """A session of a workshop with the claims on all that it needs, and the rules that it breaks with an override.

    Raises:
        TooLateError: it would be over, or its decision would.
        UnsuitableError: as for what it needs; or it would be decided too late to pay.
        ClosedError, UnavailableError, TermsError, ConflictError, SoldOutError: as for what it needs.
    """
    place, period = state.need(Place, workshop.place_id), times[2]
    if period.end <= now:
        raise TooLateError(f"the session would have ended at {period.end.isoformat()}")
    rules = check_facilitators(state, place, needs, id, period, now, override)
    placed = session_claims(state, place, needs, id, period, now, seats=seats)
    session = evolve(
        bare_session(state, workshop, id, times, seats, minimum, decide_at),
        space_id=needs.space_id,
        placed=placed,
        with_units=needs.with_units,
        facilitator_ids=needs.facilitator_ids,
    )
    check_decision(decide_at, period, now)
    return session, rules


def bare_session(
    state: State,
    workshop: Workshop,
    id: str,
    times: tuple[WallTime, WallTime, Period],
    seats: int,
    minimum: int,
    decide_at: datetime | None,
) -> Session:
    """A session of a workshop, without a room, equipment and facilitators."""
    place, (starts, ends, period) = state.need(Place, workshop.place_id), times
    products = [state.need(Product, id) for id in (workshop.product_id, *workshop.option_ids) if id]
    return Session(
        id,
        workshop.id,
        place.id,
        starts,
        ends,
        period,
        seats,
        product_id=workshop.product_id,
        option_ids=workshop.option_ids,
        pricelist_id=products[0].pricelist_id if products else None,
        entity_id=place.entity_id,
        minimum=minimum,
        decide_at=decide_at,
    )


def check_decision(decide_at: datetime | None, period: Period, now: datetime) -> None:
    """Refuse an instant of decision that is over, or leaves nobody time to pay before the session begins."""
    if decide_at is None:
        return
    if decide_at <= now:
        raise TooLateError(f"it would have been decided at {decide_at.isoformat()}")
    if decide_at + PAYMENT_HOLD >= period.start:
        minutes = PAYMENT_HOLD // timedelta(minutes=1)
        raise UnsuitableError(f"it must be decided more than {minutes} minutes before {period.start.isoformat()}")


def claimed(every: Iterable[Placed]) -> list[Wish]:
    """The pages that hold these claims."""
    placed = tuple(every)
    days: list[Wish] = [(OccupancyPage, id) for one in placed for id in page_ids(one.space_id, one.claim.period)]
    return [*days, *((StandingPage, standing_id(one.space_id)) for one in placed)]


def taken_by(session: Session) -> list[Wish]:
    """The pages that hold the claims of a session and its meetings, and who facilitates it."""
    who = dict.fromkeys(id for one in session.every_meeting for id in one.facilitator_ids)
    return [*claimed(session.every_placed), *((Space, id) for id in who)]


def fetch_registrations(state: State, *session_ids: str, guarded: bool = False) -> Reads:
    """Load everybody who asked for a seat.

    Whoever gets one, waits or gives it up writes the session too, which is loaded before: so nobody is missed. Whoever
    is marked present does not: where that counts they are ``guarded``.
    """
    found: list[Wish] = []
    for id in session_ids:
        keys = yield Find(Registration.kind, "session", f"{id}|", f"{id}}}")
        found += [(Registration, key.id) for key in keys]
    return (yield from fetch(state, found if guarded else [], spare=found))


def concerned(state: State, session_id: str) -> list[Registration]:
    """Who has a seat at a session or waits, in the order of asking."""
    every = [r for r in state.records.values() if isinstance(r, Registration) and r.session_id == session_id]
    return sorted((one for one in every if one.state in LIVE), key=lambda one: (one.asked_at, one.id))


def target(c: MoveSession | MoveMeeting, old: Session | Meeting, place: Place) -> tuple[WallTime, WallTime, Period]:
    """When a session or a meeting is to be. One that only changes its room keeps the zone in which it was planned."""
    if c.day is None and c.starts is None and c.ends is None:
        return old.starts, old.ends, old.period
    return times_of(c.day or old.starts.day, c.starts or old.starts.at, c.ends or old.ends.at, place.zone)


def target_needs(c: MoveSession | MoveMeeting, old: Session | Meeting) -> Needs:
    """What a session or a meeting is to have."""
    who, units = c.facilitator_ids, c.with_units
    return Needs(
        c.space_id or old.space_id,
        old.with_units if units is None else units,
        old.facilitator_ids if who is None else who,
    )


def _read_move(c: MoveSession, now: datetime) -> Reads:
    state = yield from fetch(State(), [(Session, c.session_id), (Space, c.space_id)])
    session = state.need(Session, c.session_id)
    asked = (c.day, c.starts, c.ends, c.space_id, c.facilitator_ids, c.with_units)
    if session.meetings and any(one is not None for one in asked):
        raise UnsuitableError(f"session {session.id} is a course; MoveMeeting moves its meetings, one by one")
    check_open_to_seats(session, now)
    needs = target_needs(c, session)
    state = yield from fetch(state, [(Place, session.place_id), *needs.spaces, *taken_by(session)])
    period = target(c, session, state.need(Place, session.place_id))[2]
    state = yield from fetch_needs(state, needs, period)
    return (yield from fetch_registrations(state, session.id, guarded=True))


def _move(state: State, c: MoveSession, now: datetime, ids: Ids) -> Decision:
    session = state.need(Session, c.session_id)
    check_open_to_seats(session, now)  # it may have begun while its rows were read
    place = state.need(Place, session.place_id)
    starts, ends, period = target(c, session, place)
    if period.start <= now:
        raise TooLateError(f"the session would have begun at {period.start.isoformat()}")
    first_decide(session, now)
    if c.decide_at is not None and (session.state != "planned" or session.decide_at is None):
        raise UnsuitableError(f"session {session.id} has no minimum, or it was decided already")
    draft = Draft(state, now, ids)
    needs, decide_at = target_needs(c, session), c.decide_at or session.decide_at
    if session.state == "planned":
        check_decision(decide_at, period, now)
    elsewhere = (starts, ends, needs.space_id) != (session.starts, session.ends, session.space_id)
    other = elsewhere or needs != Needs(session.space_id, session.with_units, session.facilitator_ids)
    if not other and decide_at == session.decide_at:
        return draft.decision(refer(session))
    placed, rules, kept = session.placed, tuple[str, ...](), session.placed
    if other:
        rules = check_facilitators(state, place, needs, session.id, period, now, c.override, kept=kept)
        placed = session_claims(state, place, needs, session.id, period, now, seats=session.capacity, kept=kept)
    move(draft, session, (starts, ends, period), needs, placed, decide_at, concerned(state, session.id))
    note_overrides(draft, rules, c.override, refer(session))
    return draft.decision(refer(session))


def move(
    draft: Draft,
    session: Session,
    times: tuple[WallTime, WallTime, Period],
    needs: Needs,
    placed: tuple[Placed, ...],
    decide_at: datetime | None,
    people: Sequence[Registration],
) -> None:
    """It is elsewhere, needs something else, or is decided at another instant; these people are told where it went.

    Raises:
        WrongStateError: it is at another time, and people are present.
    """
    starts, ends, period = times
    if period != session.period and any(one.present for one in people):
        raise WrongStateError(f"session {session.id}", state="one at which people are present")
    elsewhere = (starts, ends, needs.space_id) != (session.starts, session.ends, session.space_id)
    draft.add(
        SessionMoved(
            session.id,
            starts,
            ends,
            period,
            needs.space_id,
            placed,
            decide_at,
            draft.now,
            with_units=needs.with_units,
            facilitator_ids=needs.facilitator_ids,
        )
    )
    _tell_who_facilitates(draft, session, needs.facilitator_ids, elsewhere=elsewhere)
    if decide_at is not None and decide_at != session.decide_at:
        draft.later("decide", refer(session), decide_at)
    for one in people if elsewhere else ():
        draft.tell("session moved", one.person_id, refer(one))
        if one.state == "waiting" and period.start != session.period.start:
            draft.later("expire", refer(one), period.start)


def _tell_who_facilitates(draft: Draft, before: Session, ids: tuple[str, ...], *, elsewhere: bool) -> None:
    """Each facilitator of a session that was moved learns what it is to them: theirs, elsewhere, or no longer."""
    had = before.facilitator_ids
    tell_facilitators(draft, "facilitation planned", before, [id for id in ids if id not in had])
    tell_facilitators(draft, "facilitation withdrawn", before, [id for id in had if id not in ids])
    if elsewhere:
        tell_facilitators(draft, "facilitation moved", before, [id for id in ids if id in had])


def _read_cancel(c: CancelSession | DecideSession, now: datetime) -> Reads:
    state = yield from fetch(State(), [(Session, c.session_id)])
    session = state.need(Session, c.session_id)
    if isinstance(c, DecideSession) and (session.state != "planned" or session.decide_at is None):
        return state  # it is never decided; any other may be due by the time that its rows are there
    state = yield from fetch(state, taken_by(session))
    return (yield from fetch_registrations(state, session.id))


def _cancel(state: State, c: CancelSession, now: datetime, ids: Ids) -> Decision:
    session = state.need(Session, c.session_id)
    check_running(session)
    if session.period.end <= now:
        raise TooLateError(f"the session ended at {session.period.end.isoformat()}")
    draft = Draft(state, now, ids)
    return draft.decision(refer(session), call_off(draft, session, c.reason))


def call_off(draft: Draft, session: Session, reason: str) -> list[str | None]:
    """It does not take place; each registration is ended by a task of its own, whatever becomes of the others.

    What they were charged is given back.
    """
    people = concerned(draft.state, session.id)
    off = tuple(one.id for one in session.meetings if one.state == "planned" and draft.now < one.period.end)
    draft.add(SessionCancelled(session.id, reason, off))
    told = "facilitation below minimum" if reason == TOO_FEW else "facilitation cancelled"
    tell_facilitators(draft, told, session, session.facilitators(draft.now))
    for one in people:
        draft.later("expire", refer(one))
    return [one.charge_id for one in people]


def _decide(state: State, c: DecideSession, now: datetime, ids: Ids) -> Decision:
    session, draft = state.need(Session, c.session_id), Draft(state, now, ids)
    found = verdict(session, now)
    if found == "cancelled":
        return draft.decision(refer(session), call_off(draft, session, TOO_FEW))
    if found == "confirmed":
        draft.add(SessionConfirmed(session.id))
        for one in concerned(state, session.id):
            if one.state == "confirmed" and now < session.period.start:
                draft.tell("session confirmed", one.person_id, refer(one))
    elif session.state == "planned" and session.decide_at is not None and session.decide_at <= now:
        _look_again(draft, session, session.decide_at + PAYMENT_HOLD)
    return draft.decision(refer(session))


def _look_again(draft: Draft, session: Session, last: datetime) -> None:
    """Some are paying: look again when the first of them has paid or not, and decide at ``last`` without the others."""
    ends = [seat.expires for seat in session.held if seat.live(draft.now)]
    if draft.now < last:
        draft.later("decide", refer(session), min([*ends, last]))


adapt(AddSession, _read_add, _add)

adapt(MoveSession, _read_move, _move)

adapt(CancelSession, _read_cancel, _cancel)

adapt(DecideSession, _read_cancel, _decide)
