"""Events of attendance: marks, sheets, prerequisites and trainings."""

from __future__ import annotations

from datetime import datetime

import attrs

from cantinekit.clock import MAX_INSTANT
from cantinekit.common.evolve import evolve
from cantinekit.common.fields import Code, PublicText
from cantinekit.domain.attendance.records import MOST_WAYS, Learnt, Mark, Sheet, Training, training_id
from cantinekit.domain.base import Event, Record, event
from cantinekit.domain.registrations.records import Registration
from cantinekit.domain.sessions.records import Session
from cantinekit.domain.state import State
from cantinekit.domain.workshops.records import Workshop


@event
@attrs.frozen
class AttendanceMarked(Event):
    """Some seats of a registration are there, or it is marked absent.

    Attributes:
        registration_id: the registration.
        seats: how many of its seats are there; 0: it is marked absent.
        arrived: since when, in UTC; ``None`` where it is marked absent.
        meeting_id: the meeting of a course; ``None`` at a session that meets once.
    """

    registration_id: str
    seats: int
    arrived: datetime | None
    meeting_id: str | None = None

    def changes(self, state: State) -> tuple[Record, ...]:
        registration = state.need(Registration, self.registration_id)
        mark = Mark(self.seats, self.arrived, self.meeting_id)
        return (evolve(registration, marks=(*_other_marks(registration, self.meeting_id), mark)),)


@event
@attrs.frozen
class MarkTakenBack(Event):
    """A registration that was marked is over, and its mark is gone.

    Attributes:
        registration_id: the registration.
        meeting_id: the meeting of a course that it was marked for and has not had; ``None`` at a session that meets
            once.
    """

    registration_id: str
    meeting_id: str | None = None

    def changes(self, state: State) -> tuple[Record, ...]:
        registration = state.need(Registration, self.registration_id)
        return (evolve(registration, marks=_other_marks(registration, self.meeting_id)),)


@event
@attrs.frozen
class SheetClosed(Event):
    """The attendance of a session, or of a meeting of a course, is settled: who was not marked did not come.

    Attributes:
        session_id: the session.
        walk_ins: how many people were there who are not known.
        at: when the sheet was closed, in UTC.
        meeting_id: the meeting of a course; ``None`` at a session that meets once.
    """

    session_id: str
    walk_ins: int
    at: datetime
    meeting_id: str | None = None

    def changes(self, state: State) -> tuple[Record, ...]:
        return (_with_sheet(state.need(Session, self.session_id), self.meeting_id, Sheet(self.at, self.walk_ins)),)


@event
@attrs.frozen
class SheetReopened(Event):
    """The attendance of a session, or of a meeting of a course, may be corrected again.

    Attributes:
        session_id: the session.
        reason: why.
        meeting_id: the meeting of a course; ``None`` at a session that meets once.
    """

    session_id: str
    reason: PublicText
    meeting_id: str | None = None

    def changes(self, state: State) -> tuple[Record, ...]:
        return (_with_sheet(state.need(Session, self.session_id), self.meeting_id, None),)


@event
@attrs.frozen
class PrerequisitesChanged(Event):
    """Other workshops come before one from now on, or what is learnt at it holds for another time.

    Attributes:
        workshop_id: the workshop.
        prerequisites: the ids of all workshops that somebody must have learnt to get a seat.
        valid_months: what is learnt from now on is valid through the local day so many months later; ``None``: for
            good.
    """

    workshop_id: str
    prerequisites: tuple[Code, ...]
    valid_months: int | None

    def changes(self, state: State) -> tuple[Record, ...]:
        workshop = state.need(Workshop, self.workshop_id)
        return (evolve(workshop, prerequisites=self.prerequisites, valid_months=self.valid_months),)


@event
@attrs.frozen
class TrainingGained(Event):
    """A person has one more way to a training. A grant takes the place of the grant before it.

    Attributes:
        person_id: the person.
        workshop_id: the workshop.
        way: how they came to it, and for how long.
    """

    person_id: str
    workshop_id: str
    way: Learnt

    def changes(self, state: State) -> tuple[Record, ...]:
        id = training_id(self.person_id, self.workshop_id)
        training = state.get(Training, id) or Training(id, self.person_id, self.workshop_id)
        ways = sorted([*_others(training, self.way.registration_id), self.way], key=_lasts)[-MOST_WAYS:]
        return (evolve(training, ways=tuple(sorted(ways, key=lambda way: way.since))),)


@event
@attrs.frozen
class TrainingLost(Event):
    """A person was not present with a registration after all, so it is no way to the training any more.

    Attributes:
        person_id: the person.
        workshop_id: the workshop.
        registration_id: the registration.
    """

    person_id: str
    workshop_id: str
    registration_id: str

    def changes(self, state: State) -> tuple[Record, ...]:
        training = state.need(Training, training_id(self.person_id, self.workshop_id))
        return (evolve(training, ways=_others(training, self.registration_id)),)


@event
@attrs.frozen
class TrainingRevoked(Event):
    """A training was taken back from a person, however they came to it.

    Attributes:
        person_id: the person.
        workshop_id: the workshop.
        reason: why.
    """

    person_id: str
    workshop_id: str
    reason: PublicText

    def changes(self, state: State) -> tuple[Record, ...]:
        training = state.need(Training, training_id(self.person_id, self.workshop_id))
        return (evolve(training, ways=()),)


def _other_marks(registration: Registration, meeting_id: str | None) -> tuple[Mark, ...]:
    return tuple(one for one in registration.marks if one.meeting_id != meeting_id)


def _with_sheet(session: Session, meeting_id: str | None, sheet: Sheet | None) -> Session:
    if meeting_id is None:
        return evolve(session, sheet=sheet)
    return evolve(
        session,
        meetings=tuple(evolve(one, sheet=sheet) if one.id == meeting_id else one for one in session.meetings),
    )


def _lasts(way: Learnt) -> tuple[datetime, datetime]:
    """Until when a way to a training holds, and since when: to keep those that hold longest."""
    return way.until or MAX_INSTANT, way.since


def _others(training: Training, registration_id: str | None) -> tuple[Learnt, ...]:
    return tuple(way for way in training.ways if way.registration_id != registration_id)


__all__ = [
    "AttendanceMarked",
    "MarkTakenBack",
    "PrerequisitesChanged",
    "SheetClosed",
    "SheetReopened",
    "TrainingGained",
    "TrainingLost",
    "TrainingRevoked",
]
