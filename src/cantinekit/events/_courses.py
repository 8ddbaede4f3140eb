"""Facts about the meetings of courses."""

from __future__ import annotations

from datetime import datetime

import attrs

from cantinekit.clock import Period, WallTime
from cantinekit.events._base import Event
from cantinekit.model import Placed


@attrs.frozen
class MeetingMoved(Event):
    """A meeting of a course is at another time or in another room, or has other equipment or facilitators. Its claims
    go with it.
    """

    session_id: str
    meeting_id: str
    starts: WallTime
    ends: WallTime
    period: Period
    space_id: str | None
    placed: tuple[Placed, ...]
    at: datetime
    with_units: tuple[tuple[str, int], ...] = ()
    facilitator_ids: tuple[str, ...] = ()


@attrs.frozen
class MeetingCancelled(Event):
    """A meeting of a course does not take place, and what it claimed is free; the course goes on."""

    session_id: str
    meeting_id: str
    reason: str
