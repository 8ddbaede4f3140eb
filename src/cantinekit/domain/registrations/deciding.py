"""Whether a session takes place, and until when people may ask for its seats or give them up."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from cantinekit.domain.decision import Prerequisite
from cantinekit.domain.payments.charging import PAYMENT_HOLD
from cantinekit.domain.sessions.commands import DecideSession
from cantinekit.domain.sessions.records import Session
from cantinekit.errors import TooLateError, WrongStateError

Verdict = Literal["confirmed", "cancelled"]
"""The session takes place, or it does not."""


def verdict(session: Session, now: datetime) -> Verdict | None:
    """What is to be decided of a session now: ``confirmed`` or ``cancelled``; ``None`` where nothing is due yet.

    Whoever is paying when the decision is due, and would make up the minimum, has the time of a payment for it. A
    session that has begun takes place: nobody was told that it does not, so people are there.
    """
    due = session.decide_at
    if session.state != "planned" or due is None or now < due:
        return None
    if session.confirmed >= session.minimum or session.period.start <= now:
        return "confirmed"
    waits = now < due + PAYMENT_HOLD and session.taken(now) >= session.minimum
    return None if waits else "cancelled"


def first_decide(session: Session, now: datetime) -> None:
    """Have a session decided before anything else is done with it, where its decision is due.

    Raises:
        Prerequisite: the decision is due. Its task may not have run yet.
    """
    if verdict(session, now) is not None:
        raise Prerequisite(DecideSession(session.id))


def check_running(session: Session) -> None:
    """Refuse a session that will not take place.

    Raises:
        WrongStateError: it is cancelled.
    """
    if session.state == "cancelled":
        raise WrongStateError(f"session {session.id}", state="cancelled", wanted=["planned"])


def check_open_to_seats(session: Session, now: datetime) -> None:
    """Refuse a session for which nobody can register any more.

    People can register before the session begins; for a course that admits late joiners, before its last meeting
    begins.

    Raises:
        WrongStateError: it is cancelled.
        TooLateError: it has begun.
    """
    check_running(session)
    if session.closes <= now:
        raise TooLateError(f"the session began at {session.closes.isoformat()}")
