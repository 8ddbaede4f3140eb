"""Marks of who is there, the trainings that come of them, and what must be learnt before a seat."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time, timedelta

from cantinekit import events as ev
from cantinekit.clock import MAX_INSTANT, Period, WallTime, local
from cantinekit.decisions._draft import Draft
from cantinekit.decisions._state import State, Wish
from cantinekit.errors import TooEarlyError, TrainingError, WrongStateError
from cantinekit.model import Learnt, Mark, Registration, Session, Space, Training, Workshop, training_id
from cantinekit.pricing.terms import add_months
from cantinekit.scheduling.availability import NotTrained

DOORS = timedelta(hours=1)
"""How long before a session begins its attendance may be marked."""
TRAININGS = NotTrained.code
"""The name of the rule that is broken where somebody gets a seat who has not learnt what comes before it."""


def check_open_sheet(session: Session) -> None:
    """Refuse what is written on an attendance sheet where it is closed.

    Raises:
        WrongStateError: it is closed.
    """
    if session.sheet is not None:
        raise WrongStateError(f"the attendance sheet of session {session.id}", state="closed", wanted=["open"])


def check_at_door(session: Session, now: datetime) -> None:
    """Refuse what is done at the door before it opens, and once the sheet of the session is closed.

    Raises:
        TooEarlyError: it is more than an hour before the session begins.
        WrongStateError: the sheet is closed.
    """
    opens = session.period.start - DOORS
    if now < opens:
        raise TooEarlyError(f"attendance is marked from {opens.isoformat()} on")
    check_open_sheet(session)


# --- marks -----------------------------------------------------------------------------------------------------------


def mark(draft: Draft, one: Registration, seats: int) -> None:
    """So many seats of a registration are there. Whoever is there has learnt what the session teaches once it ends.

    Whoever was marked present before has arrived then. Where nothing changes nothing is written.
    """
    session = draft.state.need(Session, one.session_id)
    before = one.mark.arrived if one.mark is not None else None
    arrived = (before or draft.now) if seats else None
    if one.mark == Mark(seats, arrived):
        return
    draft.add(ev.AttendanceMarked(one.id, seats, arrived))
    if arrived is not None and before is None:
        since = session.period.end
        until = _valid_until(since, session.ends.zone, draft.state.need(Workshop, session.workshop_id).valid_months)
        draft.add(ev.TrainingGained(one.person_id, session.workshop_id, Learnt(since, until, one.id)))
    elif arrived is None and before is not None:
        _lose(draft, one, session.workshop_id)


def take_mark_back(draft: Draft, one: Registration) -> None:
    """Nothing is said of a registration any more that is over."""
    if one.mark is not None:
        draft.add(ev.MarkTakenBack(one.id))
        _lose(draft, one, draft.state.need(Session, one.session_id).workshop_id)


def mark_wishes(one: Registration, session: Session) -> list[Wish]:
    """What it takes to mark somebody, or to take the mark back."""
    return [(Workshop, session.workshop_id), (Training, training_id(one.person_id, session.workshop_id))]


def taken_back_wishes(one: Registration, session: Session) -> list[Wish]:
    """What it takes to end a registration beside what every one takes: nothing, where it was not marked."""
    return mark_wishes(one, session) if one.mark is not None else []


def _lose(draft: Draft, one: Registration, workshop_id: str) -> None:
    found = draft.state.get(Training, training_id(one.person_id, workshop_id))
    if found is not None and any(way.registration_id == one.id for way in found.ways):
        draft.add(ev.TrainingLost(one.person_id, workshop_id, one.id))


def _valid_until(since: datetime, zone: str, months: int | None) -> datetime | None:
    """The end of the local day so many months later; past the last year for good."""
    day = local(since, zone).date()
    if months is None or day.year + months // 12 + 1 >= MAX_INSTANT.year:
        return None
    return WallTime(add_months(day, months) + timedelta(days=1), time(), zone).instant


# --- what comes first ------------------------------------------------------------------------------------------------


def first_wishes(state: State, session: Session, person_id: str) -> list[Wish]:
    """What it takes to see whether somebody has learnt what comes before a session."""
    before = state.need(Workshop, session.workshop_id).prerequisites
    return [wish for id in before for wish in ((Workshop, id), (Training, training_id(person_id, id)))]


def space_wishes(spaces: Iterable[Space], person_id: str | None) -> list[Wish]:
    """What it takes to see whether somebody has learnt what spaces ask for."""
    if person_id is None:
        return []
    return [(Training, training_id(person_id, id)) for space in spaces for id in sorted(space.terms.trainings)]


def learnt_for(state: State, space: Space, person_id: str | None, period: Period, now: datetime) -> frozenset[str]:
    """The workshops among those that a space asks for that somebody has learnt, for all of a period, or its rest."""
    period = _rest(period, now)
    found = {id: state.get(Training, training_id(person_id, id)) for id in space.terms.trainings if person_id}
    return frozenset(id for id, training in found.items() if training is not None and training.covers(period))


def _rest(period: Period, now: datetime) -> Period:
    """What is left of a period that runs: what is granted while it runs counts for it."""
    return Period(now, period.end) if period.contains(now) else period


def missing_trainings(state: State, session: Session, person_id: str, now: datetime) -> TrainingError | None:
    """The refusal of somebody who has not learnt what comes before a session, or for whom it does not hold any more."""
    rest = _rest(session.period, now)
    workshop = state.need(Workshop, session.workshop_id)
    missing = []
    for id in workshop.prerequisites:
        found = state.get(Training, training_id(person_id, id))
        if found is None or not found.covers(rest):
            missing.append(state.need(Workshop, id))
    if not missing:
        return None
    return TrainingError(workshop.title, [one.id for one in missing], [one.title for one in missing])
