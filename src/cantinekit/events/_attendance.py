"""Facts about who was there, and about what people have learnt."""

from __future__ import annotations

from datetime import datetime

import attrs

from cantinekit.events._base import Event
from cantinekit.model import Learnt


@attrs.frozen
class AttendanceMarked(Event):
    """So many seats of a registration are there, since when; none: it is marked absent.

    ``meeting_id``: at which meeting of a course.
    """

    registration_id: str
    seats: int
    arrived: datetime | None
    meeting_id: str | None = None


@attrs.frozen
class MarkTakenBack(Event):
    """A registration that was marked is over, and nothing is said of it any more.

    ``meeting_id``: nothing of this meeting of a course, which it was marked for and has not had.
    """

    registration_id: str
    meeting_id: str | None = None


@attrs.frozen
class SheetClosed(Event):
    """The attendance of a session, or of a meeting of a course, stands: who was not marked did not come."""

    session_id: str
    walk_ins: int
    at: datetime
    meeting_id: str | None = None


@attrs.frozen
class SheetReopened(Event):
    """The attendance of a session, or of a meeting of a course, is corrected."""

    session_id: str
    reason: str
    meeting_id: str | None = None


@attrs.frozen
class PrerequisitesChanged(Event):
    """Another set of workshops comes before this one from now on, and it is valid for so many months."""

    workshop_id: str
    prerequisites: tuple[str, ...]
    valid_months: int | None


@attrs.frozen
class TrainingGained(Event):
    """A person has one more way to a training; a grant takes the place of the grant before it."""

    person_id: str
    workshop_id: str
    way: Learnt


@attrs.frozen
class TrainingLost(Event):
    """A person was not present with this registration after all: it is no way to the training any more."""

    person_id: str
    workshop_id: str
    registration_id: str


@attrs.frozen
class TrainingRevoked(Event):
    """A training was taken back from a person, however they came to it."""

    person_id: str
    workshop_id: str
    reason: str
