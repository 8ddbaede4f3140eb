"""The meetings of a course: a session that people register for once and that meets several times."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from cantinekit.clock import Period, WallTime
from cantinekit.common.fields import are_ids, is_count, is_id, is_one_of, is_text, maybe_id, to_ids
from cantinekit.domain.attendance.records import Sheet
from cantinekit.domain.occupancy.records import Placed

MAX_MEETINGS = 60
"""The most meetings of one course: once a week through a school year, with some to spare."""


@attrs.frozen
class Meeting:
    """One dated meeting of a course, in wall time with the zone of its planning; ``period`` is what it comes to.

    Its ``id`` stays when it is moved, and is that of its claims. ``reason``: why it is cancelled.
    ``sequence`` counts how often it was moved, confirmed or cancelled: the SEQUENCE of its calendar entry (RFC 5546,
    2.1.4). ``sheet``: its attendance sheet is closed. ``with_units`` and ``facilitator_ids``: what else it needs, and
    who facilitates it; ``placed`` are the claims on all of that.
    """

    id: str = attrs.field(validator=is_id)
    starts: WallTime = attrs.field()
    ends: WallTime = attrs.field()
    period: Period = attrs.field()
    space_id: str | None = attrs.field(default=None, validator=maybe_id)
    placed: tuple[Placed, ...] = ()
    state: str = attrs.field(default="planned", validator=is_one_of("planned", "cancelled"))
    reason: str = attrs.field(default="", validator=is_text(500))
    sequence: int = attrs.field(default=0, validator=is_count(least=0))
    sheet: Sheet | None = None
    with_units: tuple[tuple[str, int], ...] = ()
    facilitator_ids: tuple[str, ...] = attrs.field(default=(), converter=to_ids, validator=are_ids)


def in_order(meetings: Iterable[Meeting]) -> tuple[Meeting, ...]:
    """Meetings in the order of their start."""
    return tuple(sorted(meetings, key=lambda one: (one.period, one.id)))


__all__ = [
    "MAX_MEETINGS",
    "Meeting",
]
