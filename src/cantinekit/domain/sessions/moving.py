"""Moving a session: when it is after it, what it has then, and who is told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from cantinekit.domain.courses.commands import MoveMeeting
from cantinekit.domain.courses.records import Meeting
from cantinekit.domain.draft import Draft
from cantinekit.domain.facilitators.naming import tell_facilitators
from cantinekit.domain.occupancy.leaving import left_by
from cantinekit.domain.occupancy.records import Placed
from cantinekit.domain.places.records import Place
from cantinekit.domain.registrations.records import Registration
from cantinekit.domain.sessions.adding import Times, times_of
from cantinekit.domain.sessions.claims import Needs
from cantinekit.domain.sessions.commands import MoveSession
from cantinekit.domain.sessions.events import SessionMoved
from cantinekit.domain.sessions.records import Session
from cantinekit.domain.state import refer
from cantinekit.errors import WrongStateError


def times_after(c: MoveSession | MoveMeeting, old: Session | Meeting, place: Place) -> Times:
    """When a session or a meeting is after a move. Where it stays at its time, it keeps the zone of its planning."""
    if c.day is None and c.starts is None and c.ends is None:
        return old.starts, old.ends, old.period
    return times_of(c.day or old.starts.day, c.starts or old.starts.at, c.ends or old.ends.at, place.zone)


def needs_after(c: MoveSession | MoveMeeting, old: Session | Meeting) -> Needs:
    """What a session or a meeting needs after a move."""
    who, units = c.facilitator_ids, c.with_units
    return Needs(
        c.space_id or old.space_id,
        old.with_units if units is None else units,
        old.facilitator_ids if who is None else who,
    )


def move(
    draft: Draft,
    session: Session,
    times: Times,
    needs: Needs,
    placed: tuple[Placed, ...],
    decide_at: datetime | None,
    people: Sequence[Registration],
) -> None:
    """Move a session: to another time or room, to other equipment or facilitators, or to another instant of decision.

    Args:
        draft: what was decided.
        session: the session as it was.
        times: when it is after the move.
        needs: what it has after the move.
        placed: its claims after the move.
        decide_at: when it is decided whether it takes place, after the move.
        people: those who have a seat or wait. They are told if its time or room changes.

    Raises:
        WrongStateError: it is at another time, and people are present.
    """
    starts, ends, period = times
    if period != session.period and any(one.present for one in people):
        raise WrongStateError(f"session {session.id}", state="one at which people are present")
    elsewhere = (starts, ends, needs.space_id) != (session.starts, session.ends, session.space_id)
    draft.add(
        SessionMoved(
            session.id,
            starts,
            ends,
            period,
            needs.space_id,
            placed,
            decide_at,
            draft.now,
            with_units=needs.with_units,
            facilitator_ids=needs.facilitator_ids,
            changed_at=draft.now,
            left=left_by(session, period, placed, draft.now),
        )
    )
    _tell_who_facilitates(draft, session, needs.facilitator_ids, elsewhere=elsewhere)
    if decide_at is not None and decide_at != session.decide_at:
        draft.later("decide", refer(session), decide_at)
    for one in people if elsewhere else ():
        draft.tell("session moved", one.person_id, refer(one))
        if one.state == "waiting" and period.start != session.period.start:
            draft.later("expire", refer(one), period.start)


def _tell_who_facilitates(draft: Draft, before: Session, ids: tuple[str, ...], *, elsewhere: bool) -> None:
    """Tell each facilitator of a session that was moved whether it is theirs now, elsewhere, or no longer theirs."""
    had = before.facilitator_ids
    tell_facilitators(draft, "facilitation planned", before, [id for id in ids if id not in had])
    tell_facilitators(draft, "facilitation withdrawn", before, [id for id in had if id not in ids])
    if elsewhere:
        tell_facilitators(draft, "facilitation moved", before, [id for id in ids if id in had])
