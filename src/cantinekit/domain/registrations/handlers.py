"""Seats at sessions: registering for one, or for the waiting list; taking a seat that was offered."""

from __future__ import annotations

from collections.abc import Callable
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
from cantinekit.domain.base import Subject
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
from cantinekit.domain.registrations.events import SeatConfirmed, SeatPriced, SeatTaken, WaitingJoined
from cantinekit.domain.registrations.records import Registration
from cantinekit.domain.registrations.seats import seated
from cantinekit.domain.sales.prices import Wanted, fetch_tariff, make_price, sale_keys
from cantinekit.domain.sales.values import Facts
from cantinekit.domain.sessions.commands import DecideSession
from cantinekit.domain.sessions.records import Session
from cantinekit.domain.state import Reads, State, Wish, fetch, refer
from cantinekit.domain.uniques.events import UniqueTaken
from cantinekit.domain.uniques.records import Unique
from cantinekit.domain.workshops.records import Workshop
from cantinekit.errors import DuplicateError, SoldOutError, TooLateError, UnsuitableError, WrongStateError


def seat_key(session_id: str, person_id: str) -> str:
    """The id of the row that lets a person have one registration for a session."""
    return f"seat|{session_id}|{person_id}"


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


def verdict(session: Session, now: datetime) -> str | None:
    """What is to be decided of a session now: ``confirmed``, ``cancelled``; ``None``: nothing, or not yet.

    Whoever is paying when it is due, and would make up the minimum, has the time of a payment for it. One that has
    begun takes place: nobody was told that it does not, so people are there.
    """
    due = session.decide_at
    if session.state != "planned" or due is None or now < due:
        return None
    if session.confirmed >= session.minimum or session.period.start <= now:
        return "confirmed"
    waits = now < due + PAYMENT_HOLD and session.taken(now) >= session.minimum
    return None if waits else "cancelled"


def first_decide(session: Session, now: datetime) -> None:
    """Whether a session takes place is decided by its instant, whoever comes first after it: a task or somebody."""
    if verdict(session, now) is not None:
        raise Prerequisite(DecideSession(session.id))


def check_running(session: Session) -> None:
    """Refuse what nobody does any more with a session that will not take place.

    Raises:
        WrongStateError: it is cancelled.
    """
    if session.state == "cancelled":
        raise WrongStateError(f"session {session.id}", state="cancelled", wanted=["planned"])


def check_open_to_seats(session: Session, now: datetime) -> None:
    """Refuse what may be done with seats only while people can register: before the session begins, and while it is to
    take place; of a course that admits late joiners, before its last meeting begins.

    Raises:
        WrongStateError: it is cancelled.
        TooLateError: it has begun.
    """
    check_running(session)
    if session.closes <= now:
        raise TooLateError(f"the session began at {session.closes.isoformat()}")


def _check_session(session: Session, option_ids: tuple[str, ...], now: datetime, *, at_door: bool = False) -> None:
    if at_door:
        check_running(session)
        check_at_door(session, meeting_at_door(session, now), now)
    if session.meetings or not at_door:  # a course is joined while people can register, also at the door
        check_open_to_seats(session, now)
    unknown = [id for id in option_ids if id not in session.option_ids]
    if unknown:
        raise UnsuitableError(f"{unknown[0]} does not go with this workshop")


def ran_out(session: Session, now: datetime) -> tuple[str, ...]:
    """The registrations whose hold is over and still on the session.

    Whoever counts their seats as free takes them off it in the same change: what one takes for over must be over for
    everybody after, also for whose clock is behind.
    """
    return tuple(seat.registration_id for seat in session.held if not seat.live(now))


def first_end_holds(session: Session, now: datetime) -> None:
    """Where somebody waits, seats whose hold ran out go to who waits before anything else is decided.

    Where solidarity seats are given it is done as well: what ran out counts against their quota until it is ended.
    """
    over = ran_out(session, now)
    if over and (session.waiting or session.bursaries):
        raise Prerequisite(*(Expire(Subject(Registration.kind, id)) for id in over))


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


def may_rebase_seat(draft: Draft, before: Session, id: str, would: Callable[[Session, datetime], bool]) -> None:
    """Let what is decided of a seat be stored where the session has changed since in how many seats are taken alone.

    On the evening when it opens everybody wants that row, and would have to decide again for each seat of others.
    ``would``: whether the same would be decided of such a session at an instant, which is after the turn was waited
    for; where it would not of this one now, nothing is let.
    """
    one = draft.state.need(Registration, id)

    def rebase(session: Session, at: datetime) -> Session | None:
        but_for_seats = evolve(before, confirmed=session.confirmed, held=session.held, bursaries=session.bursaries)
        return seated(session, one, one.expires) if but_for_seats == session and would(session, at) else None

    if would(before, draft.now):
        draft.may_rebase(before, rebase)


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


def has_seat(session: Session, held: Registration, now: datetime) -> bool:
    """Whether the seat is still theirs: not past its hold, and not dropped by somebody whose clock is ahead."""
    return any(seat.registration_id == held.id and seat.live(now) for seat in session.held)


adapt(Register, _read_register, _register, rebases=True)

adapt(TakeSeat, _read_take, _take_seat)
