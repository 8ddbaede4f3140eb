"""The meetings of a course: a session that people register for once and that meets several times."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

import attrs

from cantinekit.clock import Period, WallTime
from cantinekit.common.fields import (
    PublicText,
    are_ids,
    is_count,
    is_id,
    is_text,
    is_word,
    maybe_id,
    maybe_instant,
    to_ids,
)
from cantinekit.domain.attendance.records import Sheet
from cantinekit.domain.occupancy.records import Left, Placed
from cantinekit.domain.spaces.equipment import Units

MAX_MEETINGS = 60
"""The most meetings of one course: once a week through a school year, with some to spare."""

MeetingState = Literal["planned", "cancelled"]
"""One that took place is ``planned`` still."""


@attrs.frozen
class Meeting:
    """A dated meeting of a course.

    Attributes:
        id: its id, which its claims have; it stays when the meeting is moved.
        starts: its start on the wall, with the zone in which it was planned.
        ends: its end on the wall.
        period: from ``starts`` to ``ends``, in UTC.
        space_id: its room, ``None`` without one.
        placed: its claims on its room, its equipment and its facilitators.
        state: ``planned``, also once it has taken place, or ``cancelled``.
        reason: why it is cancelled, at most 500 characters; empty unless it is.
        sequence: how often it was moved, confirmed or cancelled: the SEQUENCE of its calendar entry (RFC 5546, 2.1.4).
        sheet: its closed attendance sheet, ``None`` while it is open.
        with_units: the pools of equipment that it uses, each with the number of units.
        facilitator_ids: who facilitates it.
        changed_at: when its calendar entry last changed, in UTC: its LAST-MODIFIED; ``None``: it is not known.
        left: where and when it was before it was moved, each space once.
    """

    id: str = attrs.field(validator=is_id)
    starts: WallTime = attrs.field()
    ends: WallTime = attrs.field()
    period: Period = attrs.field()
    space_id: str | None = attrs.field(default=None, validator=maybe_id)
    placed: tuple[Placed, ...] = ()
    state: MeetingState = attrs.field(default="planned", validator=is_word(MeetingState))
    reason: PublicText = attrs.field(default="", validator=is_text(500))
    sequence: int = attrs.field(default=0, validator=is_count(least=0))
    sheet: Sheet | None = None
    with_units: Units = ()
    facilitator_ids: tuple[str, ...] = attrs.field(default=(), converter=to_ids, validator=are_ids)
    changed_at: datetime | None = attrs.field(default=None, converter=maybe_instant)
    left: tuple[Left, ...] = ()


def in_order(meetings: Iterable[Meeting]) -> tuple[Meeting, ...]:
    """Meetings in the order of their start."""
    return tuple(sorted(meetings, key=lambda one: (one.period, one.id)))


__all__ = [
    "MAX_MEETINGS",
    "Meeting",
    "MeetingState",
]
