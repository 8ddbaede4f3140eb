"""Seats at sessions: registering for one, or for the waiting list; taking a seat that was offered."""

from __future__ import annotations

from datetime import datetime

import attrs

from cantinekit.common.evolve import evolve
from cantinekit.domain.adapter import adapt
from cantinekit.domain.attendance.records import Training, training_id
from cantinekit.domain.attendance.trainings import (
    TRAININGS,
    check_at_door,
    first_wishes,
    mark,
    meeting_at_door,
    missing_trainings,
)
from cantinekit.domain.catalogue.records import PriceList, Product
from cantinekit.domain.courses.prices import left_ids, wanted_of
from cantinekit.domain.decision import Decision, Ids, Prerequisite
from cantinekit.domain.draft import Draft
from cantinekit.domain.life_cycles.commands import Expire
from cantinekit.domain.passes.records import Wallet
from cantinekit.domain.payments.charging import PAYMENT_HOLD, raise_charge, take
from cantinekit.domain.people.presence import present
from cantinekit.domain.people.records import Person
from cantinekit.domain.places.records import LegalEntity, Place
from cantinekit.domain.registrations.admission import admission_of, check_admission, note_admission, read_admission
from cantinekit.domain.registrations.commands import Register, TakeSeat
from cantinekit.domain.registrations.deciding import check_open_to_seats, check_running, first_decide, verdict
from cantinekit.domain.registrations.events import SeatConfirmed, SeatPriced, SeatTaken, WaitingJoined
from cantinekit.domain.registrations.holds import first_end_holds, has_seat, may_rebase_seat, ran_out
from cantinekit.domain.registrations.records import Registration
from cantinekit.domain.registrations.seats import seat_key
from cantinekit.domain.sales.prices import Wanted, fetch_tariff, make_price, sale_keys
from cantinekit.domain.sales.values import Facts
from cantinekit.domain.sessions.records import Session
from cantinekit.domain.state import Reads, State, Wish, fetch, refer
from cantinekit.domain.uniques.events import UniqueTaken
from cantinekit.domain.uniques.records import Unique
from cantinekit.domain.workshops.records import Workshop
from cantinekit.errors import DuplicateError, SoldOutError, TooLateError, UnsuitableError, WrongStateError


def _asked(
    state: State,
    session: Session,
    product_id: str | None,
    option_ids: tuple[str, ...],
    seats: int,
    now: datetime,
    facts: Facts,
) -> list[Wanted]:
    """What seats with their options ask of the price list; nothing for free ones."""
    ids = [*([product_id] if product_id else []), *option_ids]
    return [wanted_of(state.need(Product, id), session, seats, now, facts) for id in ids]


def _sale_wishes(state: State, session: Session, option_ids: tuple[str, ...], person_id: str) -> list[Wish]:
    wishes: list[Wish] = [(Place, session.place_id), (LegalEntity, session.entity_id)]
    wishes += [(PriceList, session.pricelist_id), *sale_keys(state, [], person_id)]
    return [*wishes, *((Product, id) for id in (session.product_id, *option_ids))]


def _read_register(c: Register, now: datetime) -> Reads:
    once = seat_key(c.session_id, c.person_id)
    keys: list[Wish] = [(Session, c.session_id), (Person, c.person_id), (Wallet, c.person_id), (Unique, once)]
    state = yield from fetch(State(), keys)
    session = state.need(Session, c.session_id)
    _check_session(session, c.option_ids, now, at_door=c.at_door)
    wishes = [(Workshop, session.workshop_id), *_sale_wishes(state, session, c.option_ids, c.person_id)]
    if taken := state.get(Unique, once):
        wishes.append((Registration, taken.holder))
    state = yield from fetch(state, wishes)
    also = first_wishes(state, session, c.person_id)
    if c.at_door:
        also.append((Training, training_id(c.person_id, session.workshop_id)))
    state = yield from read_admission(state, session, c.person_id, c.bursary)
    product_id = admission_of(state, session).bursary_product_id if c.bursary else session.product_id
    things = _asked(state, session, product_id, c.option_ids, c.seats, now, c.facts)
    return (yield from fetch_tariff(state, things, c.person_id, now, also))


def _check_session(session: Session, option_ids: tuple[str, ...], now: datetime, *, at_door: bool = False) -> None:
    if at_door:
        check_running(session)
        check_at_door(session, meeting_at_door(session, now), now)
    if session.meetings or not at_door:  # a course is joined while people can register, also at the door
        check_open_to_seats(session, now)
    unknown = [id for id in option_ids if id not in session.option_ids]
    if unknown:
        raise UnsuitableError(f"{unknown[0]} does not go with this workshop")


def _refuse_second(state: State, once: str, now: datetime) -> None:
    """Refuse a second registration; a hold that is over, or a rank once the session began, is ended first.

    Raises:
        DuplicateError: the person has a seat or waits for one.
    """
    taken = state.get(Unique, once)
    if taken is None or taken.holder is None:
        return
    held = state.need(Registration, taken.holder)
    ends = state.need(Session, held.session_id).closes if held.state == "waiting" else held.expires
    if held.state in ("held", "waiting") and ends is not None and ends <= now:
        raise Prerequisite(Expire(refer(held)))
    raise DuplicateError("a registration of this person for this session", held.id)


def _register(state: State, c: Register, now: datetime, ids: Ids) -> Decision:
    session, person = state.need(Session, c.session_id), present(state, c.person_id)
    _check_session(session, c.option_ids, now, at_door=c.at_door)  # it may have closed while its rows were read
    first_decide(session, now)
    _refuse_second(state, seat_key(session.id, person.id), now)
    first_end_holds(session, now)
    if c.seats > max(1, session.capacity):
        raise UnsuitableError(f"session {session.id} has {session.capacity} seats, not {c.seats}")
    if (untrained := missing_trainings(state, session, person.id, now)) is not None and c.override is None:
        raise untrained
    rules = check_admission(state, session, c)
    draft, id = Draft(state, now, ids), ids("reg")
    draft.add(UniqueTaken(seat_key(session.id, person.id), id))
    asked = Registration(
        id,
        session.id,
        session.place_id,
        person.id,
        "waiting",
        now,
        option_ids=c.option_ids,
        seats=c.seats,
        bursary=c.bursary,
        bursary_product_id=admission_of(state, session).bursary_product_id if c.bursary else None,
    )
    note_admission(draft, asked, c, rules if untrained is None else (TRAININGS, *rules))
    if c.at_door:
        return _register_at_door(draft, asked, session, c)
    if session.line or session.free(now) < c.seats:
        draft.add(WaitingJoined(asked))
        draft.tell("waiting list joined", person.id, refer(asked))
        draft.later("expire", refer(asked), session.closes)
        return draft.decision(refer(asked))
    _seat(draft, asked, session, c, _hold_until(session, now))
    if not c.bursary:
        may_rebase_seat(draft, session, asked.id, lambda other, at: _is_free(other, c.seats, at))
    return draft.decision(refer(asked))


def _is_free(session: Session, seats: int, now: datetime) -> bool:
    """Whether somebody gets so many seats at a session as it is, with nothing to be decided or ended first."""
    first = ran_out(session, now) or verdict(session, now) is not None or session.closes <= now
    return not first and not session.line and session.free(now) >= seats


def _seat(draft: Draft, asked: Registration, session: Session, c: Register, expires: datetime) -> None:
    held = evolve(asked, state="held", expires=expires)
    draft.add(SeatTaken(held, ran_out(session, draft.now)))
    _sell(draft, held, session, c, expires)


def _register_at_door(draft: Draft, asked: Registration, session: Session, c: Register) -> Decision:
    """Whoever is there has a seat at once, and is marked present; once the session began nobody waits any more.

    Raises:
        SoldOutError: there are too few seats, or others wait for them.
        UnsuitableError: something is to pay, and not through an account whose money is in hand at once.
    """
    waits = session.line and draft.now < session.closes
    free = 0 if waits else session.free(draft.now)
    if free < c.seats:
        raise SoldOutError(f"session {session.id}", wanted=c.seats, left=free)
    _seat(draft, asked, session, c, draft.now + PAYMENT_HOLD)
    seated = draft.state.need(Registration, asked.id)
    if seated.state != "confirmed":
        raise UnsuitableError("a seat at the door is paid at once, through an account that takes money at a desk")
    meeting = meeting_at_door(session, draft.now)
    if seated.has(meeting):  # a meeting of a course that runs already is none of those that the seat is for
        mark(draft, seated, meeting, seated.seats)
    return draft.decision(refer(seated))


def _hold_until(session: Session, now: datetime) -> datetime:
    return min(now + PAYMENT_HOLD, session.closes)


def _sell(draft: Draft, held: Registration, session: Session, c: Register | TakeSeat, expires: datetime) -> None:
    """Price a held seat and take what it costs; it is confirmed when nothing is due any more."""
    things = _asked(draft.state, session, held.product_at(session), held.option_ids, held.seats, draft.now, c.facts)
    subject = refer(held)
    if not things:
        confirm(draft, held.id, left_ids(session, draft.now))
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
    charge_id = charge.id if charge else None
    left = left_ids(session, draft.now)
    draft.add(SeatPriced(held.id, charge_id, priced.spends, held.option_ids, expires, left, priced.moves))
    if charge is None or (c.account and take(draft, charge.id, c.account, c.return_url)):
        confirm(draft, held.id)
    else:
        draft.later("expire", subject, expires)


def confirm(draft: Draft, registration_id: str, meeting_ids: tuple[str, ...] = ()) -> None:
    draft.add(SeatConfirmed(registration_id, meeting_ids))
    registration = draft.state.need(Registration, registration_id)
    draft.tell("seat confirmed", registration.person_id, refer(registration))


def _options(held: Registration, c: TakeSeat) -> tuple[str, ...]:
    return held.option_ids if c.option_ids is None else c.option_ids


def _read_take(c: TakeSeat, now: datetime) -> Reads:
    state = yield from fetch(State(), [(Registration, c.registration_id)])
    held = state.need(Registration, c.registration_id)
    keys: list[Wish] = [(Session, held.session_id), (Person, held.person_id), (Wallet, held.person_id)]
    state = yield from fetch(state, keys)
    session, options = state.need(Session, held.session_id), _options(held, c)
    _check_session(session, options, now)
    wishes = [(Product, held.bursary_product_id), *_sale_wishes(state, session, options, held.person_id)]
    state = yield from fetch(state, wishes)
    things = _asked(state, session, held.product_at(session), options, held.seats, now, c.facts)
    return (yield from fetch_tariff(state, things, held.person_id, now))


def _take_seat(state: State, c: TakeSeat, now: datetime, ids: Ids) -> Decision:
    held = state.need(Registration, c.registration_id)
    session = state.need(Session, held.session_id)
    _check_session(session, _options(held, c), now)
    first_decide(session, now)
    if held.state != "held" or held.charge_id is not None:
        wrong = "awaiting its payment; pay its charge" if held.charge_id else held.state
        raise WrongStateError(f"registration {held.id}", state=wrong, wanted=["held"])
    present(state, held.person_id)
    if not has_seat(session, held, now):
        raise TooLateError(f"the seat was offered until {held.expires.isoformat() if held.expires else 'once'}")
    draft, expires = Draft(state, now, ids), _hold_until(session, now)
    wished = attrs.evolve(held, option_ids=_options(held, c))
    _sell(draft, wished, session, c, max(expires, held.expires or expires))
    return draft.decision(refer(held))


adapt(Register, _read_register, _register, rebases=True)

adapt(TakeSeat, _read_take, _take_seat)
