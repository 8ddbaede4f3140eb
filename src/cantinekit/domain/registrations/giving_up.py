"""How a seat or a rank ends: what goes back of what was paid, spent and counted, and who is promoted."""

from __future__ import annotations

from cantinekit.domain.attendance.door import take_mark_back, taken_back_wishes
from cantinekit.domain.courses.prices import TookPlace, had_ids, has_begun_for, returned
from cantinekit.domain.draft import Draft
from cantinekit.domain.passes.records import Spend
from cantinekit.domain.payments.charging import (
    back_moves,
    read_charge_parts,
    return_meters,
    return_units,
    undo_charge,
    undo_part,
    undo_wishes,
)
from cantinekit.domain.payments.records import Charge
from cantinekit.domain.registrations.events import SeatGivenUp
from cantinekit.domain.registrations.promotion import next_waiting, promote
from cantinekit.domain.registrations.records import Registration, RegistrationEnd
from cantinekit.domain.registrations.seats import not_waiting, seat_key
from cantinekit.domain.sales.meters import net_moves
from cantinekit.domain.sales.prices import in_order_of_use
from cantinekit.domain.sales.records import MeterMove
from cantinekit.domain.sessions.records import TOO_FEW, Session
from cantinekit.domain.state import refer
from cantinekit.domain.uniques.events import UniqueFreed
from cantinekit.domain.uniques.records import Unique
from cantinekit.domain.unit_of_work import Steps, Uow


def read_registration(uow: Uow, registration_id: str) -> Steps[None]:
    """Load what it takes to confirm a seat, or to give it up and promote those who wait.

    Raises:
        NotFoundError: there is no such registration.
    """
    one = yield from uow.need(Registration, registration_id)
    wishes = undo_wishes(uow.state, [one.charge_id], one.spends, one.person_id, one.meters)
    once = seat_key(one.session_id, one.person_id)
    session = yield from uow.need(Session, one.session_id, (Unique, once), *wishes)
    frees = 0 if one.state == "waiting" else one.seats
    waiting = next_waiting(not_waiting(session, one.id), session.free(uow.now) + frees)
    yield from uow.fetch([*waiting, *taken_back_wishes(one, session)])
    yield from read_charge_parts(uow, [one.charge_id])


def give_up(draft: Draft, registration_id: str, ended: RegistrationEnd, reason: str) -> None:
    """End a registration, give back what is not kept, have the person told, and promote those who wait.

    What was paid goes back, but for that of a course that has begun: where the person gives the seat up all of it
    stays, and where the course is called off the share of the meetings that took place.

    Args:
        draft: what is decided.
        registration_id: the registration, with all that ``read_registration`` loads.
        ended: the state in which it is over; of a cancelled session it is ``cancelled``.
        reason: why, for refunds.
    """
    one = draft.state.need(Registration, registration_id)
    session, template = draft.state.need(Session, one.session_id), f"seat {ended}"
    if session.state == "cancelled":  # whatever ends the registration, the person is told of the session, once
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
    ended: RegistrationEnd,
    kept: tuple[Spend, ...] = (),
    had: tuple[str, ...] = (),
    moved: tuple[MeterMove, ...] = (),
) -> None:
    """Free a seat or rank; units that are not ``kept`` go back, and meters but for what stays ``moved``."""
    draft.add(SeatGivenUp(one.id, ended, kept, had, moved), UniqueFreed(seat_key(one.session_id, one.person_id)))
    return_units(draft, returned(one.spends, kept), refer(one))
    return_meters(draft, net_moves(one.meters, back_moves(moved)))


def leave_waiting_list(draft: Draft, one: Registration) -> None:
    """End the wait of somebody for whom no seat came free in time, and have them told."""
    draft.add(SeatGivenUp(one.id, "expired"), UniqueFreed(seat_key(one.session_id, one.person_id)))
    draft.tell("waiting list closed", one.person_id, refer(one))
