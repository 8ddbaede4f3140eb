"""How a seat ends, and what becomes of one that is paid or not: giving up, promotion, more seats or fewer."""

from __future__ import annotations

from datetime import datetime, timedelta

import attrs

from cantinekit.domain.adapter import adapt
from cantinekit.domain.attendance.trainings import take_mark_back, taken_back_wishes
from cantinekit.domain.base import Subject
from cantinekit.domain.courses.prices import TookPlace, had_ids, has_begun_for, left_ids, returned
from cantinekit.domain.decision import Decision, Ids
from cantinekit.domain.draft import Draft
from cantinekit.domain.life_cycles.table import LIFE_CYCLES, LifeCycle
from cantinekit.domain.passes.records import Spend
from cantinekit.domain.payments.charging import (
    back_moves,
    fetch_parts,
    return_meters,
    return_units,
    undo_charge,
    undo_part,
    undo_wishes,
)
from cantinekit.domain.payments.records import Charge
from cantinekit.domain.registrations.commands import CancelRegistration, ChangeSeats
from cantinekit.domain.registrations.events import SeatGivenUp, SeatPromoted, SeatRetaken, SeatsChanged
from cantinekit.domain.registrations.handlers import (
    check_open_to_seats,
    check_running,
    confirm,
    first_decide,
    first_end_holds,
    has_seat,
    may_rebase_seat,
    ran_out,
    seat_key,
)
from cantinekit.domain.registrations.records import Registration
from cantinekit.domain.sales.meters import net_moves
from cantinekit.domain.sales.prices import in_order_of_use
from cantinekit.domain.sales.records import MeterMove
from cantinekit.domain.sessions.records import TOO_FEW, Session
from cantinekit.domain.state import Reads, State, Wish, fetch, refer
from cantinekit.domain.uniques.events import UniqueFreed
from cantinekit.domain.uniques.records import Unique
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.errors import TooLateError, WrongStateError

OFFER_HOLD = timedelta(hours=24)
"""How long a seat is offered to the first on the waiting list of a paid workshop."""

LIVE = ("held", "confirmed", "waiting")
"""The states of a registration that is not over."""


def read_registration(state: State, registration_id: str, now: datetime) -> Reads:
    """Load what it takes to confirm a seat, or to give it up and promote who waits."""
    state = yield from fetch(state, [(Registration, registration_id)])
    one = state.need(Registration, registration_id)
    wishes = undo_wishes(state, [one.charge_id], one.spends, one.person_id, one.meters)
    once = seat_key(one.session_id, one.person_id)
    state = yield from fetch(state, [(Session, one.session_id), (Unique, once), *wishes])
    session = state.need(Session, one.session_id)
    without = attrs.evolve(session, waiting=tuple(id for id in session.waiting if id != one.id))
    frees = 0 if one.state == "waiting" else one.seats
    state = yield from fetch(
        state, [*_next_waiting(without, session.free(now) + frees), *taken_back_wishes(one, session)]
    )
    return (yield from fetch_parts(state, [one.charge_id]))


def _next_waiting(session: Session, seats: int) -> list[Wish]:
    if session.state == "cancelled":
        return []
    return [(Registration, id) for id in session.next_in_line(seats)]


def _give_up(draft: Draft, registration_id: str, ended: str, reason: str) -> None:
    one = draft.state.need(Registration, registration_id)
    session, template = draft.state.need(Session, one.session_id), f"seat {ended}"
    if session.state == "cancelled":  # whatever ends it: that is what the person is told, once
        ended, reason = "cancelled", session.reason
        template = "session below minimum" if reason == TOO_FEW else "session cancelled"
    had = had_ids(session, one, draft.now)
    take_mark_back(draft, one, had)
    took_place = TookPlace.of(session, one)
    if one.state == "confirmed" and session.state != "cancelled" and has_begun_for(session, one, draft.now):
        _end_seat(draft, one, ended, one.spends, had, one.meters)  # what was paid stays; staff may give some of it back
    elif one.state == "confirmed" and session.state == "cancelled" and took_place.any() and _was_paid(one):
        template = "course cut short"
        units = took_place.kept_units(in_order_of_use(draft.state, one.spends))
        _end_seat(draft, one, ended, units, had, took_place.kept_moves(one.meters))
        charge = draft.state.need(Charge, one.charge_id) if one.charge_id else None
        undo_part(draft, one.charge_id, took_place.part_back(charge) if charge else None, reason)
    else:
        _end_seat(draft, one, ended, had=had)
        undo_charge(draft, one.charge_id, reason)
    draft.tell(template, one.person_id, refer(one))
    promote(draft, one.session_id)


def _was_paid(one: Registration) -> bool:
    return one.charge_id is not None or bool(one.spends or one.meters)


def _end_seat(
    draft: Draft,
    one: Registration,
    ended: str,
    kept: tuple[Spend, ...] = (),
    had: tuple[str, ...] = (),
    moved: tuple[MeterMove, ...] = (),
) -> None:
    """The seat or rank is free, and what does not stay spent or counted goes back."""
    draft.add(SeatGivenUp(one.id, ended, kept, had, moved), UniqueFreed(seat_key(one.session_id, one.person_id)))
    return_units(draft, returned(one.spends, kept), refer(one))
    return_meters(draft, net_moves(one.meters, back_moves(moved)))


def promote(draft: Draft, session_id: str) -> None:
    """Seats that are free go to who waits, first come first: for good where nothing is to pay, else as an offer.

    Where the first is a party for which they are too few, nobody behind it gets one: nobody is overtaken.
    """
    session = draft.state.need(Session, session_id)
    if session.state == "cancelled" or session.closes <= draft.now:
        return
    for id in session.next_in_line(session.free(draft.now)):
        first = draft.state.need(Registration, id)
        free = first.product_at(session) is None and not first.option_ids
        expires = None if free else min(draft.now + OFFER_HOLD, session.closes)
        over = ran_out(draft.state.need(Session, session_id), draft.now)
        draft.add(SeatPromoted(first.id, expires, left_ids(session, draft.now) if free else (), over))
        draft.tell("seat promoted" if free else "seat offered", first.person_id, refer(first))
        if expires is not None:
            draft.later("expire", refer(first), expires)


def _read_cancel(c: CancelRegistration, now: datetime) -> Reads:
    return (yield from read_registration(State(), c.registration_id, now))


def _cancel(state: State, c: CancelRegistration, now: datetime, ids: Ids) -> Decision:
    one = state.need(Registration, c.registration_id)
    if one.state not in LIVE:
        raise WrongStateError(f"registration {one.id}", state=one.state, wanted=LIVE)
    session = state.need(Session, one.session_id)
    check_running(session)
    if session.last_start <= now:
        raise TooLateError(f"the session began at {session.last_start.isoformat()}")
    first_decide(session, now)
    draft = Draft(state, now, ids)
    _give_up(draft, one.id, "cancelled", c.reason)
    return draft.decision(refer(one), [one.charge_id])


def _read_seats(c: ChangeSeats, now: datetime) -> Reads:
    state = yield from fetch(State(), [(Session, c.session_id)])
    session = state.need(Session, c.session_id)
    return (
        yield from fetch(state, _next_waiting(attrs.evolve(session, capacity=c.seats), c.seats - session.taken(now)))
    )


def _change_seats(state: State, c: ChangeSeats, now: datetime, ids: Ids) -> Decision:
    session = state.need(Session, c.session_id)
    check_open_to_seats(session, now)
    first_decide(session, now)
    first_end_holds(session, now)
    draft = Draft(state, now, ids)
    set_seats(draft, session, c.seats)
    return draft.decision(refer(session))


def set_seats(draft: Draft, session: Session, seats: int) -> None:
    """Another number of seats; those that come free go to who waits.

    Raises:
        WrongStateError: more are taken.
    """
    taken = session.taken(draft.now)
    if seats < taken:
        raise WrongStateError(f"session {session.id}", state=f"taken by {taken}")
    if seats != session.capacity:
        draft.add(SeatsChanged(session.id, seats, ran_out(session, draft.now)))
        promote(draft, session.id)


def awaits_registration(draft: Draft, subject: Subject, charge_id: str) -> bool:
    """Whether a payment can still make a seat of it: while people can register, and the seat is held or one is free."""
    one = draft.state.need(Registration, subject.id)
    session = draft.state.need(Session, one.session_id)
    if one.state != "held" or session.state == "cancelled" or session.closes <= draft.now:
        return False
    return has_seat(session, one, draft.now) or (not session.line and session.free(draft.now) >= one.seats)


def fulfil_registration(draft: Draft, subject: Subject, charge_id: str) -> None:
    """The seat is paid. After its hold has ended it is taken again."""
    one = draft.state.need(Registration, subject.id)
    session = draft.state.need(Session, one.session_id)
    if has_seat(session, one, draft.now):
        confirm(draft, one.id)
        may_rebase_seat(draft, session, one.id, lambda other, at: at < other.closes and has_seat(other, one, at))
        return
    draft.add(SeatRetaken(one.id, draft.now))
    draft.tell("seat confirmed", one.person_id, refer(one))


def lapse_registration(draft: Draft, subject: Subject, reason: str) -> None:
    """End a seat that was held and not paid; who waits is promoted."""
    one = draft.state.need(Registration, subject.id)
    if one.state == "held":
        _give_up(draft, one.id, "expired", reason)


def expire_registration(draft: Draft, subject: Subject) -> None:
    """End the hold on a seat if its time is over; once registering closes, nobody waits for it any more.

    Of a session that is cancelled every registration is over.
    """
    one = draft.state.need(Registration, subject.id)
    session = draft.state.need(Session, one.session_id)
    if session.state == "cancelled":
        if one.state in LIVE:
            _give_up(draft, one.id, "cancelled", session.reason)
        return
    if one.state == "waiting" and session.closes <= draft.now:
        draft.add(SeatGivenUp(one.id, "expired"), UniqueFreed(seat_key(one.session_id, one.person_id)))
        draft.tell("waiting list closed", one.person_id, refer(one))
    if one.state == "held" and one.expires is not None and one.expires <= draft.now:
        lapse_registration(draft, subject, "the hold ran out")


adapt(CancelRegistration, _read_cancel, _cancel)

adapt(ChangeSeats, _read_seats, _change_seats)


def _read_registration_life(uow: Uow, id: str) -> Steps[None]:
    uow.state = yield from read_registration(uow.state, id, uow.now)


LIFE_CYCLES[Registration.kind] = LifeCycle(
    read=_read_registration_life,
    awaits=awaits_registration,
    fulfil=fulfil_registration,
    lapse=lapse_registration,
    expire=expire_registration,
)
