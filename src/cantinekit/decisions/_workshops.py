"""Seats at sessions: registering, the waiting list, promotion; what becomes of a seat that is paid or not."""

from __future__ import annotations

from datetime import datetime, timedelta

import attrs

from cantinekit import commands as cmd
from cantinekit import events as ev
from cantinekit.clock import Period, WallTime, wall_times
from cantinekit.decisions._bookings import PAYMENT_HOLD
from cantinekit.decisions._charging import fetch_parts, raise_charge, return_units, take, undo_charge, undo_wishes
from cantinekit.decisions._claims import check_free, fetch_pages, place_claims
from cantinekit.decisions._draft import Draft
from cantinekit.decisions._prices import Wanted, fetch_tariff, make_price, sale_keys, wanted
from cantinekit.decisions._setup import refuse_twice
from cantinekit.decisions._state import Decision, Handler, Ids, Prerequisite, Reads, State, Wish, fetch, present, refer
from cantinekit.errors import DuplicateError, TooLateError, UnsuitableError, WrongStateError
from cantinekit.model import (
    LegalEntity,
    Person,
    Place,
    Placed,
    PriceList,
    Product,
    Registration,
    Session,
    Space,
    Subject,
    Unique,
    Wallet,
    Workshop,
)

OFFER_HOLD = timedelta(hours=24)
"""How long a seat is offered to the first on the waiting list of a paid workshop."""


def seat_key(session_id: str, person_id: str) -> str:
    """The id of the row that lets a person have one registration for a session."""
    return f"seat|{session_id}|{person_id}"


# --- planning --------------------------------------------------------------------------------------------------------


def _period(c: cmd.AddSession, zone: str) -> tuple[WallTime, WallTime, Period]:
    starts, ends = wall_times(c.day, c.starts, c.ends, zone)
    return starts, ends, Period(starts.instant, ends.instant)


def _read_session(c: cmd.AddSession, now: datetime) -> Reads:
    state = yield from fetch(State(), [(Session, c.id), (Workshop, c.workshop_id), (Space, c.space_id)])
    workshop = state.need(Workshop, c.workshop_id)
    products = [workshop.product_id, *workshop.option_ids]
    state = yield from fetch(state, [(Place, workshop.place_id), *((Product, id) for id in products)])
    if c.space_id is None:
        return state
    period = _period(c, state.need(Place, workshop.place_id).zone)[2]
    return (yield from fetch_pages(state, state.need(Space, c.space_id).leaves, period))


def _add_session(state: State, c: cmd.AddSession, now: datetime, ids: Ids) -> Decision:
    refuse_twice(state, Session, c.id)
    workshop = state.need(Workshop, c.workshop_id)
    place = state.need(Place, workshop.place_id)
    starts, ends, period = _period(c, place.zone)
    if period.end <= now:
        raise TooLateError(f"the session would have ended at {period.end.isoformat()}")
    draft, id = Draft(state, now, ids), c.id or ids("ses")
    placed: tuple[Placed, ...] = ()
    if c.space_id is not None:
        space = state.need(Space, c.space_id)
        if space.place_id != place.id:
            raise UnsuitableError(f"{space.name} is not in {place.name}")
        if space.seats and c.seats > space.seats:
            raise UnsuitableError(f"{space.name} has {space.seats} seats")
        if space.use != "room":
            raise UnsuitableError(f"{space.name} is sold by the unit; a session needs a room")
        placed = place_claims(space, id, period, 1, None)
        check_free(state, space, place, placed, now)
    products = [state.need(Product, id) for id in (workshop.product_id, *workshop.option_ids) if id]
    session = Session(
        id,
        workshop.id,
        place.id,
        starts,
        ends,
        period,
        c.seats,
        c.space_id,
        workshop.product_id,
        workshop.option_ids,
        products[0].pricelist_id if products else None,
        place.entity_id,
        placed,
    )
    draft.add(ev.SessionAdded(session, now))
    return draft.decision(refer(session))


# --- registering -----------------------------------------------------------------------------------------------------


def _asked(state: State, session: Session, option_ids: tuple[str, ...]) -> list[Wanted]:
    """What a seat with its options asks of the price list; nothing for a free one."""
    ids = [*([session.product_id] if session.product_id else []), *option_ids]
    return [wanted(state.need(Product, id), period=session.period) for id in ids]


def _sale_wishes(state: State, session: Session, option_ids: tuple[str, ...], person_id: str) -> list[Wish]:
    wishes: list[Wish] = [(Place, session.place_id), (LegalEntity, session.entity_id)]
    wishes += [(PriceList, session.pricelist_id), *sale_keys(state, [], person_id)]
    return [*wishes, *((Product, id) for id in (session.product_id, *option_ids))]


def _read_register(c: cmd.Register, now: datetime) -> Reads:
    once = seat_key(c.session_id, c.person_id)
    keys: list[Wish] = [(Session, c.session_id), (Person, c.person_id), (Wallet, c.person_id), (Unique, once)]
    state = yield from fetch(State(), keys)
    session = state.need(Session, c.session_id)
    _check_session(session, c.option_ids, now)
    wishes = _sale_wishes(state, session, c.option_ids, c.person_id)
    if taken := state.get(Unique, once):
        wishes.append((Registration, taken.holder))
    state = yield from fetch(state, wishes)
    return (yield from fetch_tariff(state, _asked(state, session, c.option_ids), c.person_id, now))


def _check_session(session: Session, option_ids: tuple[str, ...], now: datetime) -> None:
    if session.period.start <= now:
        raise TooLateError(f"the session began at {session.period.start.isoformat()}")
    unknown = [id for id in option_ids if id not in session.option_ids]
    if unknown:
        raise UnsuitableError(f"{unknown[0]} does not go with this workshop")


def _first_end_holds(session: Session, now: datetime) -> None:
    """Where somebody waits, seats whose hold ran out go to who waits before anything else is decided."""
    over = [seat.registration_id for seat in session.held if not seat.live(now)]
    if over and session.waiting:
        raise Prerequisite(*(cmd.Expire(Subject(Registration.kind, id)) for id in over))


def _refuse_second(state: State, once: str, now: datetime) -> None:
    """Refuse a second registration; a seat whose hold is over is ended first.

    Raises:
        DuplicateError: the person has a seat or waits for one.
    """
    taken = state.get(Unique, once)
    if taken is None or taken.holder is None:
        return
    held = state.need(Registration, taken.holder)
    if held.state == "held" and held.expires is not None and held.expires <= now:
        raise Prerequisite(cmd.Expire(refer(held)))
    raise DuplicateError("a registration of this person for this session", held.id)


def _register(state: State, c: cmd.Register, now: datetime, ids: Ids) -> Decision:
    session, person = state.need(Session, c.session_id), present(state, c.person_id)
    _refuse_second(state, seat_key(session.id, person.id), now)
    _first_end_holds(session, now)
    draft, id = Draft(state, now, ids), ids("reg")
    draft.add(ev.UniqueTaken(seat_key(session.id, person.id), id))
    if session.waiting or session.free(now) < 1:
        waiting = Registration(id, session.id, session.place_id, person.id, "waiting", now, option_ids=c.option_ids)
        draft.add(ev.WaitingJoined(waiting))
        draft.tell("waiting list joined", person.id, refer(waiting))
        draft.later("expire", refer(waiting), session.period.start)
        return draft.decision(refer(waiting))
    expires = _hold_until(session, now)
    held = Registration(id, session.id, session.place_id, person.id, "held", now, expires, option_ids=c.option_ids)
    dropped = tuple(seat.registration_id for seat in session.held if not seat.live(now))
    draft.add(ev.SeatTaken(held, dropped))
    _sell(draft, held, session, c, expires)
    return draft.decision(refer(held))


def _hold_until(session: Session, now: datetime) -> datetime:
    return min(now + PAYMENT_HOLD, session.period.start)


def _sell(
    draft: Draft, held: Registration, session: Session, c: cmd.Register | cmd.TakeSeat, expires: datetime
) -> None:
    """Price a held seat and take what it costs; it is confirmed when nothing is due any more."""
    things, subject = _asked(draft.state, session, held.option_ids), refer(held)
    if not things:
        _confirm(draft, held.id)
        return
    place = draft.state.need(Place, session.place_id)
    priced = make_price(
        draft.state,
        things,
        subject=subject,
        place=place,
        customer_id=held.person_id,
        now=draft.now,
        ids=draft.ids,
        promise=c.quote,
    )
    draft.price = priced.quote
    draft.add(*priced.events())
    charge = raise_charge(draft, priced, subject, place, held.person_id) if priced.due else None
    draft.add(ev.SeatPriced(held.id, charge.id if charge else None, priced.spends, held.option_ids, expires))
    if charge is None or (c.account and take(draft, charge.id, c.account, c.return_url)):
        _confirm(draft, held.id)
    else:
        draft.later("expire", subject, expires)


def _confirm(draft: Draft, registration_id: str) -> None:
    draft.add(ev.SeatConfirmed(registration_id))
    registration = draft.state.need(Registration, registration_id)
    draft.tell("seat confirmed", registration.person_id, refer(registration))


def _options(held: Registration, c: cmd.TakeSeat) -> tuple[str, ...]:
    return held.option_ids if c.option_ids is None else c.option_ids


def _read_take(c: cmd.TakeSeat, now: datetime) -> Reads:
    state = yield from fetch(State(), [(Registration, c.registration_id)])
    held = state.need(Registration, c.registration_id)
    state = yield from fetch(state, [(Session, held.session_id), (Wallet, held.person_id)])
    session, options = state.need(Session, held.session_id), _options(held, c)
    _check_session(session, options, now)
    state = yield from fetch(state, _sale_wishes(state, session, options, held.person_id))
    return (yield from fetch_tariff(state, _asked(state, session, options), held.person_id, now))


def _take_seat(state: State, c: cmd.TakeSeat, now: datetime, ids: Ids) -> Decision:
    held = state.need(Registration, c.registration_id)
    session = state.need(Session, held.session_id)
    if held.state != "held" or held.charge_id is not None:
        wrong = "awaiting its payment; pay its charge" if held.charge_id else held.state
        raise WrongStateError(f"registration {held.id}", state=wrong, wanted=["held"])
    if not _has_seat(session, held, now):
        raise TooLateError(f"the seat was offered until {held.expires.isoformat() if held.expires else 'once'}")
    draft, expires = Draft(state, now, ids), _hold_until(session, now)
    wished = attrs.evolve(held, option_ids=_options(held, c))
    _sell(draft, wished, session, c, max(expires, held.expires or expires))
    return draft.decision(refer(held))


def _has_seat(session: Session, held: Registration, now: datetime) -> bool:
    """Whether the seat is still theirs: not past its hold, and not dropped by somebody whose clock is ahead."""
    return any(seat.registration_id == held.id and seat.live(now) for seat in session.held)


# --- giving up -------------------------------------------------------------------------------------------------------


def read_registration(state: State, registration_id: str, now: datetime) -> Reads:
    """Load what it takes to confirm a seat, or to give it up and promote who waits."""
    state = yield from fetch(state, [(Registration, registration_id)])
    one = state.need(Registration, registration_id)
    wishes = undo_wishes(state, [one.charge_id], one.spends, one.person_id)
    once = seat_key(one.session_id, one.person_id)
    state = yield from fetch(state, [(Session, one.session_id), (Unique, once), *wishes])
    session = state.need(Session, one.session_id)
    state = yield from fetch(state, _next_waiting(session, session.free(now) + 1))
    return (yield from fetch_parts(state, [one.charge_id]))


def _next_waiting(session: Session, seats: int) -> list[Wish]:
    return [(Registration, id) for id in session.waiting[: max(seats, 0)]]


def _give_up(draft: Draft, registration_id: str, ended: str, reason: str) -> None:
    one = draft.state.need(Registration, registration_id)
    draft.add(ev.SeatGivenUp(one.id, ended), ev.UniqueFreed(seat_key(one.session_id, one.person_id)))
    return_units(draft, one.spends, refer(one))
    undo_charge(draft, one.charge_id, reason)
    draft.tell(f"seat {ended}", one.person_id, refer(one))
    promote(draft, one.session_id)


def promote(draft: Draft, session_id: str) -> None:
    """Seats that are free go to who waits, first come first: for good where nothing is to pay, else as an offer."""
    session = draft.state.need(Session, session_id)
    if session.period.start <= draft.now:
        return
    while session.waiting and session.free(draft.now) > 0:
        first = draft.state.need(Registration, session.waiting[0])
        free = session.product_id is None and not first.option_ids
        expires = None if free else min(draft.now + OFFER_HOLD, session.period.start)
        draft.add(ev.SeatPromoted(first.id, expires))
        draft.tell("seat promoted" if free else "seat offered", first.person_id, refer(first))
        if expires is not None:
            draft.later("expire", refer(first), expires)
        session = draft.state.need(Session, session_id)


def _read_cancel(c: cmd.CancelRegistration, now: datetime) -> Reads:
    return (yield from read_registration(State(), c.registration_id, now))


def _cancel(state: State, c: cmd.CancelRegistration, now: datetime, ids: Ids) -> Decision:
    one = state.need(Registration, c.registration_id)
    if one.state not in ("held", "confirmed", "waiting"):
        raise WrongStateError(f"registration {one.id}", state=one.state, wanted=["held", "confirmed", "waiting"])
    session = state.need(Session, one.session_id)
    if session.period.start <= now:
        raise TooLateError(f"the session began at {session.period.start.isoformat()}")
    draft = Draft(state, now, ids)
    _give_up(draft, one.id, "cancelled", c.reason)
    return draft.decision(refer(one), [one.charge_id])


def _read_seats(c: cmd.ChangeSeats, now: datetime) -> Reads:
    state = yield from fetch(State(), [(Session, c.session_id)])
    session = state.need(Session, c.session_id)
    return (yield from fetch(state, _next_waiting(session, session.free(now) + c.seats - session.capacity)))


def _change_seats(state: State, c: cmd.ChangeSeats, now: datetime, ids: Ids) -> Decision:
    session = state.need(Session, c.session_id)
    if session.period.start <= now:
        raise TooLateError(f"the session began at {session.period.start.isoformat()}")
    _first_end_holds(session, now)
    taken = session.taken(now)
    if c.seats < taken:
        raise WrongStateError(f"session {session.id}", state=f"taken by {taken}")
    draft = Draft(state, now, ids)
    if c.seats != session.capacity:
        draft.add(ev.SeatsChanged(session.id, c.seats))
        promote(draft, session.id)
    return draft.decision(refer(session))


# --- what becomes of it ----------------------------------------------------------------------------------------------


def awaits_registration(draft: Draft, subject: Subject, charge_id: str) -> bool:
    """Whether a payment can still make a seat of it: before the start, while the seat is held or one is free."""
    one = draft.state.need(Registration, subject.id)
    session = draft.state.need(Session, one.session_id)
    if one.state != "held" or session.period.start <= draft.now:
        return False
    return _has_seat(session, one, draft.now) or (not session.waiting and session.free(draft.now) > 0)


def fulfil_registration(draft: Draft, subject: Subject, charge_id: str) -> None:
    """The seat is paid. After its hold has ended it is taken again."""
    one = draft.state.need(Registration, subject.id)
    if _has_seat(draft.state.need(Session, one.session_id), one, draft.now):
        _confirm(draft, one.id)
        return
    draft.add(ev.SeatRetaken(one.id, draft.now))
    draft.tell("seat confirmed", one.person_id, refer(one))


def lapse_registration(draft: Draft, subject: Subject, reason: str) -> None:
    """End a seat that was held and not paid; who waits is promoted."""
    one = draft.state.need(Registration, subject.id)
    if one.state == "held":
        _give_up(draft, one.id, "expired", reason)


def expire_registration(draft: Draft, subject: Subject) -> None:
    """End the hold on a seat if its time is over; once the session begins, nobody waits for it any more."""
    one = draft.state.need(Registration, subject.id)
    session = draft.state.need(Session, one.session_id)
    if one.state == "waiting" and session.period.start <= draft.now:
        draft.add(ev.SeatGivenUp(one.id, "expired"), ev.UniqueFreed(seat_key(one.session_id, one.person_id)))
        draft.tell("waiting list closed", one.person_id, refer(one))
    if one.state == "held" and one.expires is not None and one.expires <= draft.now:
        lapse_registration(draft, subject, "the hold ran out")


HANDLERS = {
    cmd.AddSession: Handler(_read_session, _add_session),
    cmd.Register: Handler(_read_register, _register),
    cmd.TakeSeat: Handler(_read_take, _take_seat),
    cmd.CancelRegistration: Handler(_read_cancel, _cancel),
    cmd.ChangeSeats: Handler(_read_seats, _change_seats),
}
