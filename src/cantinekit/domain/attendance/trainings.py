"""Trainings: how they follow from attendance, and whether somebody has those that a seat or a space asks for."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time, timedelta

from cantinekit.calendar import add_months
from cantinekit.clock import MAX_INSTANT, Period, WallTime, local
from cantinekit.domain.attendance.events import TrainingGained, TrainingLost
from cantinekit.domain.attendance.records import Learnt, Training, training_id
from cantinekit.domain.draft import Draft
from cantinekit.domain.registrations.records import Registration
from cantinekit.domain.sessions.records import Session
from cantinekit.domain.spaces.records import Space
from cantinekit.domain.state import State, Wish
from cantinekit.domain.workshops.records import Workshop
from cantinekit.errors import TrainingError
from cantinekit.scheduling.availability import NotTrained

TRAININGS = NotTrained.code
"""The name of the rule that staff override to give somebody a seat who lacks a prerequisite."""


def learnt_at(session: Session, one: Registration) -> datetime | None:
    """When somebody has learnt what a session teaches, by their registration; ``None``: they have not.

    It is the end of the session, if they were present; of a course the end of the last meeting, if they were present at
    every meeting that their seat is for and that was not cancelled.
    """
    if one.state != "confirmed":
        return None
    theirs = [meeting for meeting in session.every_meeting if one.has(meeting)]
    return theirs[-1].period.end if theirs and all(one.present_at(meeting) for meeting in theirs) else None


def settle_training(draft: Draft, before: Registration, of: Session) -> None:
    """Give or take the training of a person after their marks or the meetings of their course have changed.

    A training that was taken back meanwhile stays so, until they learn it anew.

    Args:
        draft: what is decided, the change of marks or meetings among it.
        before: the registration before that change.
        of: the session before that change.
    """
    one, session = draft.state.need(Registration, before.id), draft.state.need(Session, of.id)
    was, since = learnt_at(of, before), learnt_at(session, one)
    if since is None and was is not None:
        lose_training(draft, one, session.workshop_id)
    elif since is not None and since != was and (was is None or _has_way(draft, one, session.workshop_id)):
        until = _valid_until(since, session.ends.zone, draft.state.need(Workshop, session.workshop_id).valid_months)
        draft.add(TrainingGained(one.person_id, session.workshop_id, Learnt(since, until, one.id)))


def lose_training(draft: Draft, one: Registration, workshop_id: str) -> None:
    """Take from a training the way that came of a registration, where there is one."""
    if _has_way(draft, one, workshop_id):
        draft.add(TrainingLost(one.person_id, workshop_id, one.id))


def _has_way(draft: Draft, one: Registration, workshop_id: str) -> bool:
    found = draft.state.get(Training, training_id(one.person_id, workshop_id))
    return found is not None and any(way.registration_id == one.id for way in found.ways)


def _valid_until(since: datetime, zone: str, months: int | None) -> datetime | None:
    """The end of the local day so many months later; ``None``, for good, past the last year that there is."""
    day = local(since, zone).date()
    if months is None or day.year + months // 12 + 1 >= MAX_INSTANT.year:
        return None
    return WallTime(add_months(day, months) + timedelta(days=1), time(), zone).instant


def mark_wishes(one: Registration, session: Session) -> list[Wish]:
    """What ``settle_training`` and ``lose_training`` look at."""
    return [(Workshop, session.workshop_id), (Training, training_id(one.person_id, session.workshop_id))]


def first_wishes(state: State, session: Session, person_id: str) -> list[Wish]:
    """What ``missing_trainings`` looks at, once the workshop of the session is loaded."""
    before = state.need(Workshop, session.workshop_id).prerequisites
    return [wish for id in before for wish in ((Workshop, id), (Training, training_id(person_id, id)))]


def space_wishes(spaces: Iterable[Space], person_id: str | None) -> list[Wish]:
    """What ``learnt_for`` looks at."""
    if person_id is None:
        return []
    return [(Training, training_id(person_id, id)) for space in spaces for id in sorted(space.terms.trainings)]


def learnt_for(state: State, space: Space, person_id: str | None, period: Period, now: datetime) -> frozenset[str]:
    """Which of the workshops that a space asks for somebody has learnt, for all of a period, or for what is left of it.

    Args:
        state: the trainings, as ``space_wishes`` has them loaded.
        space: the space.
        person_id: the person; nobody has learnt nothing.
        period: when the space is used.
        now: a period that runs already counts from now on.
    """
    period = _rest(period, now)
    found = {id: state.get(Training, training_id(person_id, id)) for id in space.terms.trainings if person_id}
    return frozenset(id for id, training in found.items() if training is not None and training.covers(period))


def _rest(period: Period, now: datetime) -> Period:
    """What is left of a period that runs: a training that is granted while it runs counts for it."""
    return Period(now, period.end) if period.contains(now) else period


def missing_trainings(state: State, session: Session, person_id: str, now: datetime) -> TrainingError | None:
    """The refusal of a person who lacks a prerequisite of a session, or whose training ends before it; or ``None``."""
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
