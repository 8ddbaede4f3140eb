"""Records of attendance: the marks of a registration, the sheet of a session, and what people have learnt."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

import attrs

from cantinekit.clock import Period, instant
from cantinekit.common.fields import PublicText, is_count, is_id, is_text, maybe_id, maybe_instant
from cantinekit.domain.base import record
from cantinekit.domain.index import Index, composite
from cantinekit.errors import InputError

MOST_WAYS = 50
"""How many ways to one training are kept: those that hold longest, and among these the newest. A weekly class adds one
each week, for years."""


@attrs.frozen
class Mark:
    """Whether somebody came: how many seats of a registration were taken at a session or a meeting.

    Attributes:
        seats: how many seats, 0 where it is marked absent.
        arrived: since when, in UTC; ``None`` where it is marked absent, and only there.
        meeting_id: the meeting of a course; ``None`` at a session that meets once.
    """

    seats: int = attrs.field(validator=is_count(least=0))
    arrived: datetime | None = attrs.field(default=None, converter=maybe_instant)
    meeting_id: str | None = attrs.field(default=None, validator=maybe_id)

    def __attrs_post_init__(self) -> None:
        if bool(self.seats) != (self.arrived is not None):
            raise InputError("whoever is there has arrived at some time, whoever is absent at none")


@attrs.frozen
class Sheet:
    """The closed attendance sheet of a session, or of a meeting of a course.

    Attributes:
        closed_at: when it was closed, in UTC.
        walk_ins: how many people were there who are not known.
    """

    closed_at: datetime = attrs.field(converter=instant)
    walk_ins: int = attrs.field(default=0, validator=is_count(least=0))


@attrs.frozen
class Learnt:
    """One way to a training: being present with a registration, or a grant.

    Attributes:
        since: from when it holds, in UTC.
        until: until when it holds, in UTC; ``None``: for good.
        registration_id: the registration with which the person was present; ``None``: it was granted.
        reason: why it was granted, at most 500 characters; empty where it was not.
    """

    since: datetime = attrs.field(converter=instant)
    until: datetime | None = attrs.field(default=None, converter=maybe_instant)
    registration_id: str | None = attrs.field(default=None, validator=maybe_id)
    reason: PublicText = attrs.field(default="", validator=is_text(500))


@record("domain", fields=("person",), person="person")
@attrs.frozen
class Training:
    """What a person has learnt of what a workshop teaches, there or elsewhere.

    Attributes:
        id: the id of the person, ``|``, and that of the workshop.
        person_id: the person.
        workshop_id: the workshop.
        ways: all ways to it, at most 50, in the order of ``since``; empty where it was taken back.

    Index:
        person: person id, workshop id.
    """

    kind: ClassVar[str] = "training"
    id: str = attrs.field(validator=is_text(500))
    person_id: str = attrs.field(validator=is_id)
    workshop_id: str = attrs.field(validator=is_id)
    ways: tuple[Learnt, ...] = ()

    def covers(self, period: Period) -> bool:
        """Whether one of the ways holds during all of ``period``."""
        return any(way.since <= period.start and (way.until is None or period.end <= way.until) for way in self.ways)

    def touches(self, period: Period) -> bool:
        """Whether one of the ways holds during any of ``period``."""
        return any(way.since < period.end and (way.until is None or period.start < way.until) for way in self.ways)

    def index(self) -> Index:
        yield "person", composite(self.person_id, self.workshop_id)


def training_id(person_id: str, workshop_id: str) -> str:
    """The id of the training of the person ``person_id`` at the workshop ``workshop_id``."""
    return f"{person_id}|{workshop_id}"


__all__ = [
    "Learnt",
    "Mark",
    "Sheet",
    "Training",
    "training_id",
]
