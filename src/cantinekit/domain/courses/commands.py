"""Commands about courses: sessions that meet several times, with one registration for all of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Any

import attrs

from cantinekit.common.fields import are_ids, is_a, is_count, is_id, listed, maybe, maybe_id, maybe_instant
from cantinekit.domain.base import Command, command
from cantinekit.domain.courses.records import MAX_MEETINGS
from cantinekit.domain.dates.fields import is_day, is_wall_time
from cantinekit.domain.rules.values import is_reason
from cantinekit.domain.sessions.records import Session
from cantinekit.domain.sessions.values import check_minimum, is_told_reason, maybe_facilitators, to_facilitators
from cantinekit.domain.spaces.equipment import maybe_units, to_units
from cantinekit.errors import InputError

MeetingTimes = tuple[date, time, time, str | None]
"""When and where a meeting is: its local day, its start and end on the wall, and the id of its room or ``None``."""


def _to_meetings(values: Iterable[MeetingTimes | tuple[date, time, time]]) -> Any:
    """Convert to meetings of four values each; one of three has no room."""
    found = []
    for one in listed(values, "meetings"):
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
@attrs.frozen(kw_only=True)
class AddCourse(Command[Session]):
    """Add a course: a session with one registration, one price and one waiting list, that meets on several dates.

    The rooms, the equipment and the facilitators of all meetings are claimed together, or nothing is stored. The
    facilitators are told.

    Attributes:
        workshop_id: the workshop.
        meetings: from 2 to 60 meetings that do not overlap, in any order: each ``(day, starts, ends)`` or ``(day,
            starts, ends, space_id)``, in the wall time of the place. An end that is not after the start is on the next
            day; without a ``space_id`` a meeting has no room.
        seats: how many seats there are, at most 10,000; no more than a room that says its seats has.
        minimum: the confirmed seats without which it does not take place, at most ``seats``; 0 for no minimum. With
            fewer of them at ``decide_at`` it is cancelled. If nothing has decided before it begins, it takes place.
        decide_at: when that is decided, with a time zone; it comes with a minimum, and leaves everybody the 15 minutes
            of a payment before the start. ``None`` without a minimum.
        late_joiners: whether people may register until the last meeting begins, not only until the first does.
        id: the id that it gets, which must be free; ``None`` makes one.
        facilitator_ids: who facilitates each meeting, at most 50. Their home may be any place of the network.
        with_units: pools of equipment of the place for each meeting, each once with a number of units, as pairs or as a
            mapping; at most 50.
        override: why a facilitator is asked outside their hours or against their terms, 1 to 1000 characters; ``None``
            keeps to them.

    Raises:
        NotFoundError: there is no such workshop, room, pool or facilitator.
        DuplicateError: the id is taken.
        TooLateError: a meeting would have begun, or the decision would be over.
        SeriesClashError: some meetings cannot be had; it names all of them, with what is free instead.
        UnsuitableError: two meetings overlap; or as for ``AddSession``.
        WrongStateError: the workshop is retired; or a facilitator is being forgotten, or was.
        InputError: the meetings are no such list, or the minimum is wrong as for ``AddSession``.
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
@attrs.frozen(kw_only=True)
class MoveMeeting(Command[Session]):
    """Move a meeting of a course that has not begun, or give it other equipment or facilitators.

    Everybody who has a seat or waits is told of another time or room, and facilitators of what it is to them.

    Attributes:
        session_id: the course.
        meeting_id: the meeting.
        day: the local day on which it is to begin. ``None``, here as in all that follows: as it was.
        starts: its start on the wall, in whole seconds.
        ends: its end on the wall; one that is not after the start is on the next day.
        space_id: its room, which is in the place.
        facilitator_ids: all who are to facilitate it, at most 50; an empty list for nobody.
        with_units: all equipment that it is to have, as in ``AddSession``; an empty list for none.
        override: why a facilitator is asked outside their hours or against their terms, 1 to 1000 characters; ``None``
            keeps to them.

    Raises:
        NotFoundError: there is no such course, meeting, room, pool or facilitator.
        WrongStateError: the course or the meeting is cancelled; it would be at another time, and people are present; or
            a facilitator is being forgotten.
        TooLateError: it has begun, or would have begun; or the course would begin before its decision.
        UnsuitableError: the session meets once; the meeting would overlap another; or as for ``AddSession``.
        ConflictError: somebody has the room, or a facilitator, at that time.
        SoldOutError: too few units of the equipment are left.
        ClosedError: the room or the equipment is closed for some part of it.
        UnavailableError: a facilitator is away, or it is outside their hours and there is no override.
        TermsError: the terms of a facilitator do not allow it, and there is no override.
        InputError: the clock change skips one of the new times.
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
@attrs.frozen(kw_only=True)
class CancelMeeting(Command[Session]):
    """Cancel one meeting of a course until it ends.

    What it claimed is free at once. Seats stay, and so does what was paid.

    Attributes:
        session_id: the course.
        meeting_id: the meeting.
        reason: why, 1 to 500 characters that are not all blank; everybody is told it, and it stays in the journal.

    Raises:
        NotFoundError: there is no such course or meeting.
        WrongStateError: the course or the meeting is cancelled already.
        TooLateError: the meeting is over.
        UnsuitableError: the session meets once, or it is the last meeting that is left: ``CancelSession`` cancels the
            course.
    """

    session_id: str = attrs.field(validator=is_id)
    meeting_id: str = attrs.field(validator=is_id)
    reason: str = attrs.field(validator=is_told_reason)


__all__ = [
    "AddCourse",
    "CancelMeeting",
    "MoveMeeting",
]
