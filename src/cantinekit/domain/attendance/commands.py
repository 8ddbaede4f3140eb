"""Commands about who was there: marks, the sheet of a session, and trainings."""

from __future__ import annotations

from datetime import datetime

import attrs

from cantinekit.common.fields import are_ids, check_text, is_a, is_count, is_id, maybe, maybe_id, maybe_instant, to_ids
from cantinekit.domain.attendance.records import Training
from cantinekit.domain.base import Command, command
from cantinekit.domain.registrations.records import Registration
from cantinekit.domain.sessions.records import Session
from cantinekit.domain.workshops.records import Workshop, is_prerequisites, is_validity
from cantinekit.errors import InputError


def _is_reason(_: object, attribute: attrs.Attribute[str], value: object) -> None:
    if not check_text(value, attribute.name, limit=500).strip():
        raise InputError("a reason must not be empty")


@command
@attrs.frozen
class MarkAttendance(Command[Registration]):
    """Say that somebody with a confirmed seat is there, or is not, from an hour before the session begins until its
    sheet is closed. It may be corrected until then.

    ``seats``: how many of those of the registration are there; all of them where it is not said. ``meeting_id``: at
    which meeting of a course, with the door and the sheet of that meeting; it must be one that the seat is for.
    """

    registration_id: str = attrs.field(validator=is_id)
    present: bool = attrs.field(default=True, validator=is_a(bool))
    seats: int | None = attrs.field(default=None, validator=maybe(is_count()))
    meeting_id: str | None = attrs.field(default=None, validator=maybe_id)

    def __attrs_post_init__(self) -> None:
        if self.seats is not None and not self.present:
            raise InputError("whoever is not there has no seats that are")


@command
@attrs.frozen
class CloseSheet(Command[Session]):
    """Close the attendance sheet of a session once it is over: whoever has a seat and was not marked did not come.

    ``walk_ins``: how many people were there besides, whom nobody knows. ``meeting_id``: the meeting of a course, of
    which each has a sheet of its own.
    """

    session_id: str = attrs.field(validator=is_id)
    walk_ins: int = attrs.field(default=0, validator=is_count(least=0))
    meeting_id: str | None = attrs.field(default=None, validator=maybe_id)


@command
@attrs.frozen
class ReopenSheet(Command[Session]):
    """Open a closed attendance sheet again, to correct it. The marks are as they were; walk-ins are counted anew.

    ``meeting_id``: the meeting of a course.
    """

    session_id: str = attrs.field(validator=is_id)
    reason: str = attrs.field(validator=_is_reason)
    meeting_id: str | None = attrs.field(default=None, validator=maybe_id)


@command
@attrs.frozen
class ChangePrerequisites(Command[Workshop]):
    """Change which workshops come before one, and for how many months it is valid, in place of what was said before.

    Who has a seat keeps it, and who has learnt something keeps it for as long as was said then.
    """

    workshop_id: str = attrs.field(validator=is_id)
    prerequisites: tuple[str, ...] = attrs.field(default=(), converter=to_ids, validator=[are_ids, is_prerequisites])
    valid_months: int | None = attrs.field(default=None, validator=is_validity)


@command
@attrs.frozen
class GrantTraining(Command[Training]):
    """Note that a person has learnt elsewhere what a workshop teaches, from now on up to ``until`` (none: for good).

    It takes the place of what was granted before.
    """

    person_id: str = attrs.field(validator=is_id)
    workshop_id: str = attrs.field(validator=is_id)
    reason: str = attrs.field(validator=_is_reason)
    until: datetime | None = attrs.field(default=None, converter=maybe_instant)


@command
@attrs.frozen
class RevokeTraining(Command[Training]):
    """Take a training back from a person, however they came to it; what they learn from now on counts again."""

    person_id: str = attrs.field(validator=is_id)
    workshop_id: str = attrs.field(validator=is_id)
    reason: str = attrs.field(validator=_is_reason)


__all__ = [
    "ChangePrerequisites",
    "CloseSheet",
    "GrantTraining",
    "MarkAttendance",
    "ReopenSheet",
    "RevokeTraining",
]
