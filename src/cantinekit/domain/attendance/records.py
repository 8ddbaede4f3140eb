"""Attendance: who was there, the sheet of a session, and what people have learnt at workshops."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

import attrs

from cantinekit.clock import Period, instant
from cantinekit.common.fields import is_count, is_id, is_text, maybe_id, maybe_instant
from cantinekit.domain.base import record
from cantinekit.domain.index import Index, composite
from cantinekit.errors import InputError

MOST_WAYS = 50
"""How many ways to one training are kept, those that hold longest, the newest of these: a weekly class adds one each
week, for years."""


@attrs.frozen
class Mark:
    """What the door says of a registration: how many of its seats are there, and since when; none is absent.

    ``meeting_id``: at which meeting of a course.
    """

    seats: int = attrs.field(validator=is_count(least=0))
    arrived: datetime | None = attrs.field(default=None, converter=maybe_instant)
    meeting_id: str | None = attrs.field(default=None, validator=maybe_id)

    def __attrs_post_init__(self) -> None:
        if bool(self.seats) != (self.arrived is not None):
            raise InputError("whoever is there has arrived at some time, whoever is absent at none")


@attrs.frozen
class Sheet:
    """The attendance sheet of a session, or of a meeting of a course, is closed: since when, and how many people were
    there whom nobody knows.
    """

    closed_at: datetime = attrs.field(converter=instant)
    walk_ins: int = attrs.field(default=0, validator=is_count(least=0))


@attrs.frozen
class Learnt:
    """One way to a training: being present with a registration, or, without one, a grant with its reason.

    It holds from ``since`` up to ``until``; without ``until`` for good.
    """

    since: datetime = attrs.field(converter=instant)
    until: datetime | None = attrs.field(default=None, converter=maybe_instant)
    registration_id: str | None = attrs.field(default=None, validator=maybe_id)
    reason: str = attrs.field(default="", validator=is_text(500))


@record("domain", fields=("person",), person="person")
@attrs.frozen
class Training:
    """What a person has learnt at a workshop, or elsewhere: all the ways to it, none of them where it was taken back.

    Its id is that of the person, ``|``, and that of the workshop.
    """

    kind: ClassVar[str] = "training"
    id: str = attrs.field(validator=is_text(500))
    person_id: str = attrs.field(validator=is_id)
    workshop_id: str = attrs.field(validator=is_id)
    ways: tuple[Learnt, ...] = ()

    def covers(self, period: Period) -> bool:
        """Whether one way to it holds during all of a period."""
        return any(way.since <= period.start and (way.until is None or period.end <= way.until) for way in self.ways)

    def index(self) -> Index:
        yield "person", composite(self.person_id, self.workshop_id)


def training_id(person_id: str, workshop_id: str) -> str:
    """The id of what a person has learnt at a workshop."""
    return f"{person_id}|{workshop_id}"


__all__ = [
    "Learnt",
    "Mark",
    "Sheet",
    "Training",
    "training_id",
]
