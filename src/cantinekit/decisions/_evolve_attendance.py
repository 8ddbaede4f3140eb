"""What events do to attendance and to trainings. Importing this module registers the rules."""

from __future__ import annotations

from datetime import datetime

from cantinekit import events as ev
from cantinekit._replace import replace
from cantinekit.clock import MAX_INSTANT
from cantinekit.decisions._evolve import changes
from cantinekit.decisions._state import State
from cantinekit.model import Learnt, Mark, Record, Registration, Session, Sheet, Training, Workshop, training_id
from cantinekit.model._attendance import MOST_WAYS


@changes.register
def _(event: ev.AttendanceMarked, state: State) -> tuple[Record, ...]:
    registration = state.need(Registration, event.registration_id)
    mark = Mark(event.seats, event.arrived, event.meeting_id)
    return (replace(registration, marks=(*_other_marks(registration, event.meeting_id), mark)),)


@changes.register
def _(event: ev.MarkTakenBack, state: State) -> tuple[Record, ...]:
    registration = state.need(Registration, event.registration_id)
    return (replace(registration, marks=_other_marks(registration, event.meeting_id)),)


def _other_marks(registration: Registration, meeting_id: str | None) -> tuple[Mark, ...]:
    return tuple(one for one in registration.marks if one.meeting_id != meeting_id)


@changes.register
def _(event: ev.SheetClosed, state: State) -> tuple[Record, ...]:
    return (_with_sheet(state.need(Session, event.session_id), event.meeting_id, Sheet(event.at, event.walk_ins)),)


@changes.register
def _(event: ev.SheetReopened, state: State) -> tuple[Record, ...]:
    return (_with_sheet(state.need(Session, event.session_id), event.meeting_id, None),)


def _with_sheet(session: Session, meeting_id: str | None, sheet: Sheet | None) -> Session:
    if meeting_id is None:
        return replace(session, sheet=sheet)
    return replace(
        session,
        meetings=tuple(replace(one, sheet=sheet) if one.id == meeting_id else one for one in session.meetings),
    )


@changes.register
def _(event: ev.PrerequisitesChanged, state: State) -> tuple[Record, ...]:
    workshop = state.need(Workshop, event.workshop_id)
    return (replace(workshop, prerequisites=event.prerequisites, valid_months=event.valid_months),)


@changes.register
def _(event: ev.TrainingGained, state: State) -> tuple[Record, ...]:
    id = training_id(event.person_id, event.workshop_id)
    training = state.get(Training, id) or Training(id, event.person_id, event.workshop_id)
    ways = sorted([*_others(training, event.way.registration_id), event.way], key=_lasts)[-MOST_WAYS:]
    return (replace(training, ways=tuple(sorted(ways, key=lambda way: way.since))),)


@changes.register
def _(event: ev.TrainingLost, state: State) -> tuple[Record, ...]:
    training = state.need(Training, training_id(event.person_id, event.workshop_id))
    return (replace(training, ways=_others(training, event.registration_id)),)


@changes.register
def _(event: ev.TrainingRevoked, state: State) -> tuple[Record, ...]:
    training = state.need(Training, training_id(event.person_id, event.workshop_id))
    return (replace(training, ways=()),)


def _lasts(way: Learnt) -> tuple[datetime, datetime]:
    """How long a way to a training holds, and since when: what is for good is kept before what runs out."""
    return way.until or MAX_INSTANT, way.since


def _others(training: Training, registration_id: str | None) -> tuple[Learnt, ...]:
    return tuple(way for way in training.ways if way.registration_id != registration_id)
