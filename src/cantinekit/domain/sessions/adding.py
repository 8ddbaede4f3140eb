"""Making a session of a workshop, and adding it: one that meets once, or a course."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from cantinekit.clock import Period, WallTime, wall_times
from cantinekit.common.evolve import evolve
from cantinekit.domain.catalogue.finding import list_of
from cantinekit.domain.catalogue.records import Product
from cantinekit.domain.courses.commands import AddCourse
from cantinekit.domain.draft import Draft
from cantinekit.domain.facilitators.naming import tell_facilitators
from cantinekit.domain.payments.charging import PAYMENT_HOLD
from cantinekit.domain.places.records import Place
from cantinekit.domain.rules.terms import note_overrides
from cantinekit.domain.sessions.claims import Needs, check_facilitators, session_claims
from cantinekit.domain.sessions.commands import AddSession
from cantinekit.domain.sessions.events import SessionAdded
from cantinekit.domain.sessions.records import OptionSeats, Session
from cantinekit.domain.state import State, Wish, refer
from cantinekit.domain.workshops.quotas import Quotas
from cantinekit.domain.workshops.records import Workshop
from cantinekit.errors import TooLateError, UnsuitableError, WrongStateError

Times = tuple[WallTime, WallTime, Period]
"""When a session or a meeting is: its start and its end on the wall, and the period that they come to."""


def times_of(day: date, starts: time, ends: time, zone: str) -> Times:
    """When a meeting is that is asked for in wall time; an end before the start is on the next day."""
    first, end = wall_times(day, starts, ends, zone)
    return first, end, Period(first.instant, end.instant)


def workshop_wishes(workshop: Workshop) -> list[Wish]:
    """What a new session of a workshop is made from: the place of the workshop, and its products.

    Raises:
        WrongStateError: the workshop is retired.
    """
    if workshop.retired is not None:
        raise WrongStateError(workshop.title, state="retired")
    products = [workshop.product_id, *workshop.option_ids]
    return [(Place, workshop.place_id), *((Product, id) for id in products)]


def new_session(
    state: State,
    workshop: Workshop,
    id: str,
    times: Times,
    seats: int,
    needs: Needs,
    minimum: int,
    decide_at: datetime | None,
    now: datetime,
    *,
    override: str | None = None,
) -> tuple[Session, tuple[str, ...]]:
    """Make a session that meets once, with the claims on all that it needs.

    Returns:
        The session, and the names of the rules of facilitators that it breaks with the override.

    Raises:
        TooLateError: it would be over, or its decision would.
        UnsuitableError: as ``session_claims`` does; or it would be decided too late to pay.
        ClosedError, UnavailableError, TermsError, ConflictError, SoldOutError: as ``check_facilitators`` and
            ``session_claims`` do.
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
        changed_at=now,
    )
    check_decision(decide_at, period, now)
    return session, rules


def bare_session(
    state: State,
    workshop: Workshop,
    id: str,
    times: Times,
    seats: int,
    minimum: int,
    decide_at: datetime | None,
) -> Session:
    """Make a session of a workshop as it is sold now, without a room, equipment and facilitators."""
    place, (starts, ends, period) = state.need(Place, workshop.place_id), times
    lists = [list_of(state, id) for id in (workshop.product_id, *workshop.option_ids) if id]
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
        pricelist_id=lists[0] if lists else None,
        entity_id=place.entity_id,
        minimum=minimum,
        decide_at=decide_at,
        quotas=option_seats(workshop.quotas),
    )


def option_seats(quotas: Quotas) -> tuple[OptionSeats, ...]:
    """The seats of options of a session at which nobody has one yet."""
    return tuple(OptionSeats(option_id, seats) for option_id, seats in quotas)


def check_decision(decide_at: datetime | None, period: Period, now: datetime) -> None:
    """Refuse an instant of decision that is over, or leaves nobody time to pay before the session begins.

    Raises:
        TooLateError: it is over.
        UnsuitableError: it is so near to the start that a payment could run into it.
    """
    if decide_at is None:
        return
    if decide_at <= now:
        raise TooLateError(f"it would have been decided at {decide_at.isoformat()}")
    if decide_at + PAYMENT_HOLD >= period.start:
        minutes = PAYMENT_HOLD // timedelta(minutes=1)
        raise UnsuitableError(f"it must be decided more than {minutes} minutes before {period.start.isoformat()}")


def announce(draft: Draft, session: Session, rules: tuple[str, ...], c: AddSession | AddCourse) -> None:
    """Add a session that was made: note the rules that it breaks, tell its facilitators, have it decided in time."""
    draft.add(SessionAdded(session, draft.now))
    note_overrides(draft, rules, c.override, refer(session))
    tell_facilitators(draft, "facilitation planned", session, c.facilitator_ids)
    if c.decide_at is not None:
        draft.later("decide", refer(session), c.decide_at)
