"""Registering for a session, taking an offered seat, giving one up, and changing how many a session has."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from cantinekit.common.evolve import evolve
from cantinekit.domain.attendance.door import mark, meeting_at_door
from cantinekit.domain.attendance.records import Training, training_id
from cantinekit.domain.attendance.trainings import first_wishes
from cantinekit.domain.catalogue.finding import read_products
from cantinekit.domain.catalogue.records import Product
from cantinekit.domain.decision import Decision
from cantinekit.domain.draft import Draft
from cantinekit.domain.handling import handles
from cantinekit.domain.passes.cancelling import REFUND
from cantinekit.domain.passes.records import Wallet
from cantinekit.domain.payments.charging import PAYMENT_HOLD
from cantinekit.domain.payments.differences import as_it_stands
from cantinekit.domain.people.presence import present
from cantinekit.domain.people.records import Person
from cantinekit.domain.registrations.admission import read_admissions
from cantinekit.domain.registrations.commands import (
    CancelRegistration,
    ChangeSeats,
    KeepSeats,
    MoveRegistration,
    Register,
    TakeSeat,
)
from cantinekit.domain.registrations.deciding import check_open_to_seats, check_running, first_decide, verdict
from cantinekit.domain.registrations.events import WaitingJoined
from cantinekit.domain.registrations.giving_up import find_afterwards, give_up, read_registration
from cantinekit.domain.registrations.holds import (
    check_cancel,
    first_end_holds,
    has_seat,
    may_rebase_seat,
    ran_out,
)
from cantinekit.domain.registrations.moving import move_seat, read_seat_move
from cantinekit.domain.registrations.promotion import keep_seats, next_waiting, set_seats
from cantinekit.domain.registrations.records import Registration
from cantinekit.domain.registrations.registering import (
    ask_for_seats,
    check_session,
    hold_seats,
    kept_sold_out,
    refuse_second,
    seat_product,
)
from cantinekit.domain.registrations.seats import both, seat_key, with_kept, with_quotas
from cantinekit.domain.registrations.selling import hold_until, sale_wishes, seat_question, sell
from cantinekit.domain.rules.terms import note_overrides
from cantinekit.domain.sales.question import read_prices
from cantinekit.domain.sessions.records import Session
from cantinekit.domain.state import Wish, refer
from cantinekit.domain.uniques.records import Unique
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.domain.workshops.records import Workshop
from cantinekit.errors import SoldOutError, TooLateError, UnsuitableError, WrongStateError


@handles(Register, rebases=True)
def register(c: Register, uow: Uow) -> Steps[Decision[Registration]]:
    """Give a person seats, or a rank on the waiting list where too few are free."""
    once = seat_key(c.session_id, c.person_id)
    people: list[Wish] = [(Person, c.person_id), (Wallet, c.person_id), (Person, c.payer_id)]
    session = yield from uow.need(Session, c.session_id, *people, (Unique, once))
    check_session(session, c.option_ids, uow.now, at_door=c.at_door)
    taken = uow.state.get(Unique, once)
    yield from uow.fetch(
        [
            (Workshop, session.workshop_id),
            (Registration, taken.holder if taken else None),
            *sale_wishes(uow.state, session, c.option_ids, c.person_id, c),
        ]
    )
    also = first_wishes(uow.state, session, c.person_id)
    if c.at_door:
        also.append((Training, training_id(c.person_id, session.workshop_id)))
    yield from read_admissions(uow, [(session, c)])
    product_id = seat_product(uow.state, session, c)
    yield from read_products(uow, (product_id, *c.option_ids), session.place_id)
    asking = seat_question(uow.state, session, product_id, c.option_ids, c.seats, c.person_id, uow.now, c)
    yield from read_prices(uow, asking, uow.now, also)

    asked = ask_for_seats(uow, session, c, c.codes)
    full = session.is_full(uow.now, c.seats, c.option_ids, asked.kept_for)
    if c.at_door:
        _seat_at_door(uow, asked, session, c)
    elif full and asked.kept_for is not None:
        raise kept_sold_out(session, asked, uow.now)
    elif full:
        uow.add(WaitingJoined(asked))
        uow.tell("waiting list joined", asked.person_id, refer(asked))
        uow.later("expire", refer(asked), session.closes)
    else:
        _seat(uow, asked, session, c, hold_until(session, uow.now))
        if not c.bursary:
            may_rebase_seat(uow, session, asked.id, lambda other, at: _is_free(other, asked, at))
    return uow.done(asked)


def _is_free(session: Session, one: Registration, now: datetime) -> bool:
    """Whether somebody gets the seats of a registration as a session is, with nothing to be decided or ended first."""
    first = ran_out(session, now) or verdict(session, now) is not None or session.closes <= now
    return not first and not session.is_full(now, one.seats, one.option_ids, one.kept_for)


def _seat(draft: Draft, asked: Registration, session: Session, c: Register, expires: datetime) -> None:
    """Give somebody their seats, held until they are paid."""
    sell(draft, hold_seats(draft, asked, session, expires), session, c, expires)


def _seat_at_door(draft: Draft, asked: Registration, session: Session, c: Register) -> None:
    """Give somebody who is there their seats, and mark them present. Nobody waits once the session has begun.

    Raises:
        SoldOutError: there are too few seats, or others wait for them.
        UnsuitableError: the seats are not paid at once.
    """
    now, room = draft.now, session.room(draft.now, c.option_ids, asked.kept_for)
    waits = now < session.closes and session.is_full(now, c.seats, c.option_ids, asked.kept_for)
    if waits or room < c.seats:
        raise SoldOutError(f"session {session.id}", wanted=c.seats, left=0 if room >= c.seats else max(0, room))
    _seat(draft, asked, session, c, draft.now + PAYMENT_HOLD)
    seated = draft.state.need(Registration, asked.id)
    if seated.state != "confirmed":
        raise UnsuitableError("a seat at the door is paid at once, through an account that takes money at a desk")
    meeting = meeting_at_door(session, draft.now)
    if seated.has(meeting):  # a meeting of a course that runs already is none of those that the seat is for
        mark(draft, seated, meeting, seated.seats)


@handles(TakeSeat)
def take_seat(c: TakeSeat, uow: Uow) -> Steps[Decision[Registration]]:
    """Sell a seat to somebody to whom it was offered."""
    held = yield from uow.need(Registration, c.registration_id)
    people: list[Wish] = [(Person, held.person_id), (Wallet, held.person_id), (Person, c.payer_id)]
    session = yield from uow.need(Session, held.session_id, *people)
    options = held.option_ids if c.option_ids is None else c.option_ids
    check_session(session, options, uow.now)
    wishes = sale_wishes(uow.state, session, options, held.person_id, c)
    yield from uow.fetch([(Product, held.bursary_product_id), *wishes])
    product_id, seats = held.product_at(session), held.seats
    yield from read_products(uow, (product_id, *options), session.place_id)
    asking = seat_question(uow.state, session, product_id, options, seats, held.person_id, uow.now, c)
    yield from read_prices(uow, asking, uow.now)

    check_session(session, options, uow.now)  # it may have closed while its rows were read
    first_decide(session, uow.now)
    if held.state != "held" or held.charge_id is not None:
        wrong = "awaiting its payment; pay its charge" if held.charge_id else held.state
        raise WrongStateError(f"registration {held.id}", state=wrong, wanted=["held"])
    present(uow.state, held.person_id)
    if session.limited(options) != session.limited(held.option_ids):
        raise UnsuitableError("the seat was offered with its options: who wants others gives it up and registers again")
    if not has_seat(session, held, uow.now):
        raise TooLateError(f"the seat was offered until {held.expires.isoformat() if held.expires else 'once'}")
    expires = hold_until(session, uow.now)
    sell(uow, evolve(held, option_ids=options), session, c, max(expires, held.expires or expires))
    return uow.done(held)


@handles(CancelRegistration)
def cancel_registration(c: CancelRegistration, uow: Uow) -> Steps[Decision[Registration]]:
    """Give up a seat or a rank of a session that has not begun."""
    yield from read_registration(uow, c.registration_id, by_list=True)

    one, session = both(uow.state, c.registration_id)
    check_cancel(one, session, uow.now)
    first_decide(session, uow.now)
    if one.state == "confirmed":
        uow.afterwards = find_afterwards(uow, one, c.reason, c.refund)
        if c.refund is not None:
            note_overrides(uow, [REFUND], c.reason, refer(one))
    give_up(uow, one.id, "cancelled", c.reason, uow.afterwards)
    charges = uow.state.need(Registration, one.id).charges
    if uow.afterwards is not None:
        uow.afterwards = as_it_stands(uow, uow.afterwards, refer(one), charges)
    return uow.done(one, charges)


@handles(MoveRegistration)
def move_registration(c: MoveRegistration, uow: Uow) -> Steps[Decision[Registration]]:
    """Move seats to another session, and settle the difference."""
    yield from read_seat_move(uow, c)

    one, old = both(uow.state, c.registration_id)
    new = uow.state.need(Session, c.session_id)
    check_running(old)
    if old.period.start <= uow.now:
        raise TooLateError(f"the session began at {old.period.start.isoformat()}")
    check_session(new, one.option_ids, uow.now)
    first_decide(old, uow.now)
    first_decide(new, uow.now)
    refuse_second(uow.state, seat_key(new.id, one.person_id), uow.now)
    first_end_holds(new, uow.now)
    present(uow.state, one.person_id)
    move_seat(uow, one, new, c)
    return uow.done(one, uow.state.need(Registration, one.id).charges)


@handles(ChangeSeats)
def change_seats(c: ChangeSeats, uow: Uow) -> Steps[Decision[Session]]:
    """Give a session another number of seats."""

    def changed(one: Session) -> Session:
        return with_quotas(evolve(one, capacity=c.seats), c.quotas)

    session = yield from _read_to_change(uow, c.session_id, changed)

    set_seats(uow, session, c.seats, c.quotas)
    return uow.done(session)


@handles(KeepSeats)
def keep_seats_for(c: KeepSeats, uow: Uow) -> Steps[Decision[Session]]:
    """Keep seats of a session for a group, or give them up."""
    session = yield from _read_to_change(uow, c.session_id, lambda one: with_kept(one, c.code, c.seats))

    keep_seats(uow, session, c.code, c.seats)
    return uow.done(session)


def _read_to_change(uow: Uow, session_id: str, change: Callable[[Session], Session]) -> Steps[Session]:
    """Load a session whose seats are to be changed, with those who get one by it; or refuse that."""
    session = yield from uow.need(Session, session_id)
    yield from uow.fetch(next_waiting(change(session), uow.now))

    check_open_to_seats(session, uow.now)
    first_decide(session, uow.now)
    first_end_holds(session, uow.now)
    return session
