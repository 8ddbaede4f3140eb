"""Commands about courses: sessions that meet several times, with one registration for all of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Any

import attrs

from cantinekit.common.fields import are_ids, is_a, is_count, is_id, maybe, maybe_id, maybe_instant
from cantinekit.domain.base import Command, command
from cantinekit.domain.courses.records import MAX_MEETINGS
from cantinekit.domain.dates.fields import is_day, is_wall_time
from cantinekit.domain.rules.values import is_reason
from cantinekit.domain.sessions.records import Session
from cantinekit.domain.sessions.values import check_minimum, is_told_reason, maybe_facilitators, to_facilitators
from cantinekit.domain.spaces.equipment import maybe_units, to_units
from cantinekit.errors import InputError

MeetingTimes = tuple[date, time, time, str | None]
"""When a meeting is, and in which space: day, start, end, and the id of the space or ``None``."""


def _to_meetings(values: Any) -> Any:
    """Take meetings of three or four values each, without a space or with one."""
    if isinstance(values, str | bytes) or not isinstance(values, Iterable):
        raise InputError(f"a list of meetings is needed, not one {type(values).__name__}")
    found = []
    for one in values:
        if not isinstance(one, tuple | list) or len(one) not in (3, 4):
            raise InputError("a meeting is a day, a start, an end and, if you like, a space")
        found.append((*one, None) if len(one) == 3 else tuple(one))
    return tuple(found)


def _are_meetings(_: Any, attribute: attrs.Attribute[Any], value: tuple[MeetingTimes, ...]) -> None:
    if not 2 <= len(value) <= MAX_MEETINGS:
        raise InputError(f"a course has from 2 to {MAX_MEETINGS} meetings, not {len(value)}")
    for day, starts, ends, space_id in value:
        is_day(_, attribute, day)
        is_wall_time(_, attribute, starts)
        is_wall_time(_, attribute, ends)
        maybe_id(_, attribute, space_id)


@command
@attrs.frozen
class AddCourse(Command[Session]):
    """Add a course: a session with one registration, one price and one waiting list, that meets on several dates.

    ``meetings`` are from 2 to 60, each ``(day, starts, ends)`` or ``(day, starts, ends, space_id)`` in the wall time of
    the place of the workshop; an end before the start is the next day. All their rooms are claimed, or nothing is
    stored, and with them, for every meeting, ``with_units`` of the equipment of the place and the facilitators.
    ``minimum``, ``decide_at`` and ``override`` are as in ``AddSession``. With ``late_joiners`` people register until
    the last meeting begins, else until the first does.
    """

    workshop_id: str = attrs.field(validator=is_id)
    meetings: tuple[MeetingTimes, ...] = attrs.field(converter=_to_meetings, validator=_are_meetings)
    seats: int = attrs.field(validator=is_count())
    minimum: int = attrs.field(default=0, validator=is_count(least=0))
    decide_at: datetime | None = attrs.field(default=None, converter=maybe_instant)
    late_joiners: bool = attrs.field(default=False, validator=is_a(bool))
    id: str | None = attrs.field(default=None, validator=maybe_id)
    facilitator_ids: tuple[str, ...] = attrs.field(default=(), converter=to_facilitators, validator=are_ids)
    with_units: tuple[tuple[str, int], ...] = attrs.field(default=(), converter=to_units)
    override: str | None = attrs.field(default=None, validator=is_reason)

    def __attrs_post_init__(self) -> None:
        check_minimum(self.minimum, self.decide_at, self.seats)


@command
@attrs.frozen
class MoveMeeting(Command[Session]):
    """Move one meeting of a course that has not begun to another time or room, or give it other equipment or
    facilitators; what is not said stays.

    Everybody who has a seat or waits is told of another time or room. Times are wall time of the place; an end before
    the start is the next day. ``facilitator_ids``, ``with_units`` and ``override`` are as in ``MoveSession``.
    """

    session_id: str = attrs.field(validator=is_id)
    meeting_id: str = attrs.field(validator=is_id)
    day: date | None = attrs.field(default=None, validator=maybe(is_day))
    starts: time | None = attrs.field(default=None, validator=maybe(is_wall_time))
    ends: time | None = attrs.field(default=None, validator=maybe(is_wall_time))
    space_id: str | None = attrs.field(default=None, validator=maybe_id)
    facilitator_ids: tuple[str, ...] | None = attrs.field(
        default=None, converter=maybe_facilitators, validator=maybe(are_ids)
    )
    with_units: tuple[tuple[str, int], ...] | None = attrs.field(default=None, converter=maybe_units)
    override: str | None = attrs.field(default=None, validator=is_reason)


@command
@attrs.frozen
class CancelMeeting(Command[Session]):
    """Cancel one meeting of a course until it ends. What it claimed is free at once; seats and what was paid stay.

    Everybody is told, with the ``reason``, which stays in the journal. The last meeting that is left is cancelled with
    the course, by ``CancelSession``.
    """

    session_id: str = attrs.field(validator=is_id)
    meeting_id: str = attrs.field(validator=is_id)
    reason: str = attrs.field(validator=is_told_reason)


__all__ = [
    "AddCourse",
    "CancelMeeting",
    "MoveMeeting",
]
