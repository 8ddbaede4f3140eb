"""Asking for seats: what may refuse it, and the registration that is asked for, whether alone or with an order."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from cantinekit.common.evolve import evolve
from cantinekit.domain.attendance.door import check_at_door, meeting_at_door
from cantinekit.domain.attendance.trainings import TRAININGS, missing_trainings
from cantinekit.domain.decision import Prerequisite
from cantinekit.domain.draft import Draft
from cantinekit.domain.life_cycles.commands import Expire
from cantinekit.domain.people.presence import present
from cantinekit.domain.registrations.admission import admission_of, check_admission, note_admission
from cantinekit.domain.registrations.commands import Register
from cantinekit.domain.registrations.deciding import check_open_to_seats, check_running, first_decide
from cantinekit.domain.registrations.events import SeatTaken
from cantinekit.domain.registrations.holds import first_end_holds, ran_out
from cantinekit.domain.registrations.records import Registration
from cantinekit.domain.registrations.seats import group_of, seat_key
from cantinekit.domain.sessions.records import Session
from cantinekit.domain.state import State, refer
from cantinekit.domain.uniques.events import UniqueTaken
from cantinekit.domain.uniques.records import Unique
from cantinekit.errors import DuplicateError, SoldOutError, UnsuitableError


def seat_product(state: State, session: Session, c: Register) -> str | None:
    """How the product is named that seats are priced by; ``None``: they are free."""
    return admission_of(state, session).bursary_product_id if c.bursary else session.product_id


def ask_for_seats(draft: Draft, session: Session, c: Register, codes: Sequence[str]) -> Registration:
    """The registration that is asked for, which waits; its answers and the rules that staff override are noted.

    Args:
        draft: what is decided so far.
        session: the session as it is by now.
        c: who registers, and for what.
        codes: the codes that were given.

    Raises:
        Prerequisite: something is to be decided or ended first.
        CantineError: what ``Register`` says of a person who may not register.
    """
    rules, once = check_register(draft, session, c), seat_key(session.id, c.person_id)
    id = draft.ids("reg")
    draft.add(UniqueTaken(once, id))
    asked = Registration(
        id,
        session.id,
        session.place_id,
        c.person_id,
        "waiting",
        draft.now,
        option_ids=c.option_ids,
        seats=c.seats,
        bursary=c.bursary,
        bursary_product_id=seat_product(draft.state, session, c) if c.bursary else None,
        kept_for=group_of(session, codes),
    )
    note_admission(draft, asked, c, rules)
    return asked


def hold_seats(draft: Draft, asked: Registration, session: Session, expires: datetime) -> Registration:
    """Give somebody the seats that they ask for, held until they are paid."""
    held = evolve(asked, state="held", expires=expires)
    draft.add(SeatTaken(held, ran_out(session, draft.now)))
    return held


def kept_sold_out(session: Session, asked: Registration, now: datetime) -> SoldOutError:
    """Too few seats are left of those that are kept for a group."""
    left = max(0, session.room(now, asked.option_ids, asked.kept_for))
    return SoldOutError(f"seats that are kept for {asked.kept_for}", wanted=asked.seats, left=left)


def check_register(draft: Draft, session: Session, c: Register) -> tuple[str, ...]:
    """The names of the rules that are overridden to let a person register; or the refusal, or what is done first."""
    person = present(draft.state, c.person_id)
    check_session(session, c.option_ids, draft.now, at_door=c.at_door)  # it may have closed while its rows were read
    first_decide(session, draft.now)
    refuse_second(draft.state, seat_key(session.id, person.id), draft.now)
    first_end_holds(session, draft.now)
    most = session.most(c.option_ids)
    if c.seats > max(1, most):
        raise UnsuitableError(f"session {session.id} has {most} seats, not {c.seats}")
    untrained = missing_trainings(draft.state, session, person.id, draft.now)
    if untrained is not None and c.override is None:
        raise untrained
    rules = check_admission(draft.state, session, c)
    return rules if untrained is None else (TRAININGS, *rules)


def check_session(session: Session, option_ids: tuple[str, ...], now: datetime, *, at_door: bool = False) -> None:
    """Refuse a session for which nobody can register now, at the door or elsewhere, and options of another workshop."""
    if at_door:
        check_running(session)
        check_at_door(session, meeting_at_door(session, now), now)
    if session.meetings or not at_door:  # a course is joined while people can register, also at the door
        check_open_to_seats(session, now)
    unknown = [id for id in option_ids if id not in session.option_ids]
    if unknown:
        raise UnsuitableError(f"{unknown[0]} does not go with this workshop")


def refuse_second(state: State, once: str, now: datetime) -> None:
    """Refuse a second registration of a person for a session.

    Raises:
        Prerequisite: the first one is a hold that is over, or a wait that is; it is ended first.
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
