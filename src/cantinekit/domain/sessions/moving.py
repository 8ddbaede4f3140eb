"""How a session is moved: when it is to be, what it is to have then, and who is told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from cantinekit.clock import Period, WallTime
from cantinekit.domain.courses.commands import MoveMeeting
from cantinekit.domain.courses.records import Meeting
from cantinekit.domain.draft import Draft
from cantinekit.domain.facilitators.naming import tell_facilitators
from cantinekit.domain.occupancy.records import Placed
from cantinekit.domain.places.records import Place
from cantinekit.domain.registrations.records import Registration
from cantinekit.domain.sessions.adding import times_of
from cantinekit.domain.sessions.claims import Needs
from cantinekit.domain.sessions.commands import MoveSession
from cantinekit.domain.sessions.events import SessionMoved
from cantinekit.domain.sessions.records import Session
from cantinekit.domain.state import refer
from cantinekit.errors import WrongStateError


def target(c: MoveSession | MoveMeeting, old: Session | Meeting, place: Place) -> tuple[WallTime, WallTime, Period]:
    """When a session or a meeting is to be. One that only changes its room keeps the zone in which it was planned."""
    if c.day is None and c.starts is None and c.ends is None:
        return old.starts, old.ends, old.period
    return times_of(c.day or old.starts.day, c.starts or old.starts.at, c.ends or old.ends.at, place.zone)


def target_needs(c: MoveSession | MoveMeeting, old: Session | Meeting) -> Needs:
    """What a session or a meeting is to have."""
    who, units = c.facilitator_ids, c.with_units
    return Needs(
        c.space_id or old.space_id,
        old.with_units if units is None else units,
        old.facilitator_ids if who is None else who,
    )


def move(
    draft: Draft,
    session: Session,
    times: tuple[WallTime, WallTime, Period],
    needs: Needs,
    placed: tuple[Placed, ...],
    decide_at: datetime | None,
    people: Sequence[Registration],
) -> None:
    """It is elsewhere, needs something else, or is decided at another instant; these people are told where it went.

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
    """Each facilitator of a session that was moved learns what it is to them: theirs, elsewhere, or no longer."""
    had = before.facilitator_ids
    tell_facilitators(draft, "facilitation planned", before, [id for id in ids if id not in had])
    tell_facilitators(draft, "facilitation withdrawn", before, [id for id in had if id not in ids])
    if elsewhere:
        tell_facilitators(draft, "facilitation moved", before, [id for id in ids if id in had])
