"""Seats that are held until an instant: who still has one, which ran out, and what may change beside them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from cantinekit.domain.base import Subject
from cantinekit.domain.decision import Prerequisite
from cantinekit.domain.draft import Draft
from cantinekit.domain.life_cycles.commands import Expire
from cantinekit.domain.registrations.deciding import check_running
from cantinekit.domain.registrations.records import LIVE, Registration
from cantinekit.domain.registrations.seats import seated, with_counts_of
from cantinekit.domain.sessions.records import Session
from cantinekit.errors import TooLateError, WrongStateError


def has_seat(session: Session, held: Registration, now: datetime) -> bool:
    """Whether a registration still holds its seat.

    It does not past its hold, nor where the seat was dropped by a change that was made under a clock that is ahead.
    """
    return any(seat.registration_id == held.id and seat.live(now) for seat in session.held)


def waits_with_order(one: Registration) -> bool:
    """Whether a registration is held for the payment of the order with which it is sold, which ends it."""
    return one.state == "held" and one.order_id is not None


def refuse_with_order(one: Registration) -> None:
    """Refuse to change a registration by itself that waits for the payment of its order.

    Raises:
        WrongStateError: it does.
    """
    if waits_with_order(one):
        raise WrongStateError(f"registration {one.id}", state="one with its order until that is paid")


def check_cancel(one: Registration, session: Session, now: datetime) -> None:
    """Refuse to give up a seat or a rank that is over, or whose session has begun or will not take place.

    Raises:
        WrongStateError: it is over, or is one with its order; or the session is cancelled.
        TooLateError: the session has begun; of a course its last meeting has.
    """
    if one.state not in LIVE:
        raise WrongStateError(f"registration {one.id}", state=one.state, wanted=LIVE)
    refuse_with_order(one)
    check_running(session)
    if session.last_start <= now:
        raise TooLateError(f"the session began at {session.last_start.isoformat()}")


def ran_out(session: Session, now: datetime) -> tuple[str, ...]:
    """The ids of the registrations whose hold is over and still on the session.

    A change that counts their seats as free takes them off the session. So a hold that is over for one change is over
    for every later one, also under a clock that is behind.
    """
    return tuple(seat.registration_id for seat in session.held if not seat.live(now))


def first_end_holds(session: Session, now: datetime) -> None:
    """Have the holds that ran out ended first, where that matters to others.

    It does where somebody waits, who gets the seat then, and where solidarity seats are given: a hold that ran out
    counts against their quota until it is ended.

    Raises:
        Prerequisite: there are such holds.
    """
    over = ran_out(session, now)
    if over and (session.waiting or session.bursaries):
        raise Prerequisite(*(Expire(Subject(Registration.kind, id)) for id in over))


def may_rebase_seat(draft: Draft, before: Session, id: str, would: Callable[[Session, datetime], bool]) -> None:
    """Let the decision on a seat be rebased onto a session that has changed only in how many of its seats are taken.

    When registering opens many people want the row of one session at once. Without the rebase each of them would be
    decided again for each seat that somebody else takes.

    Args:
        draft: what was decided.
        before: the session as it was before the decision.
        id: the id of the registration.
        would: whether the decision would be the same for this session at this instant, which is that at which the row
            lock is held. Where it is not even so for ``before``, the decision has no rebase.
    """
    one = draft.state.need(Registration, id)

    def rebase(session: Session, at: datetime) -> Session | None:
        but_for_seats = with_counts_of(before, session)
        return seated(session, one, one.expires) if but_for_seats == session and would(session, at) else None

    if would(before, draft.now):
        draft.may_rebase(before, rebase)
