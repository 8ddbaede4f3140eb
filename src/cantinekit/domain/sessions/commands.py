"""Commands about the sessions of workshops: when and where they are, and whether they take place."""

from __future__ import annotations

from datetime import date, datetime, time

import attrs

from cantinekit.common.fields import are_ids, is_count, is_id, maybe, maybe_id, maybe_instant
from cantinekit.domain.base import Command, SystemCommand, command
from cantinekit.domain.dates.fields import is_day, is_wall_time
from cantinekit.domain.rules.values import is_reason
from cantinekit.domain.sessions.records import Session
from cantinekit.domain.sessions.values import check_minimum, is_told_reason, maybe_facilitators, to_facilitators
from cantinekit.domain.spaces.equipment import maybe_units, to_units


@command
@attrs.frozen
class AddSession(Command[Session]):
    """Add a dated meeting of a workshop, in the wall time of its place. An end before the start is the next day.

    With a ``minimum`` it is decided at ``decide_at`` whether it takes place: with fewer confirmed seats it is
    cancelled. If nothing has decided before it begins, it takes place. Its room, ``with_units`` of the equipment of the
    place and the facilitators are claimed together. ``override`` is the reason for which a facilitator is asked outside
    their hours or against their terms.
    """

    workshop_id: str = attrs.field(validator=is_id)
    day: date = attrs.field(validator=is_day)
    starts: time = attrs.field(validator=is_wall_time)
    ends: time = attrs.field(validator=is_wall_time)
    seats: int = attrs.field(validator=is_count())
    space_id: str | None = attrs.field(default=None, validator=maybe_id)
    id: str | None = attrs.field(default=None, validator=maybe_id)
    minimum: int = attrs.field(default=0, validator=is_count(least=0))
    decide_at: datetime | None = attrs.field(default=None, converter=maybe_instant)
    facilitator_ids: tuple[str, ...] = attrs.field(default=(), converter=to_facilitators, validator=are_ids)
    with_units: tuple[tuple[str, int], ...] = attrs.field(default=(), converter=to_units)
    override: str | None = attrs.field(default=None, validator=is_reason)

    def __attrs_post_init__(self) -> None:
        check_minimum(self.minimum, self.decide_at, self.seats)


@command
@attrs.frozen
class MoveSession(Command[Session]):
    """Move a session to another time or room, or give it other equipment or facilitators; what is not said stays, and
    so do its registrations.

    Who has a seat or waits is told of another time or room. Times are wall time of the place; an end before the start
    is the next day. ``decide_at``: another instant at which it is decided whether a session with a minimum takes place.
    ``facilitator_ids`` and ``with_units`` are all that it is to have then; ``override`` as in ``AddSession``. Of a
    course it takes another ``decide_at`` only; its meetings are moved one by one with ``MoveMeeting``.
    """

    session_id: str = attrs.field(validator=is_id)
    day: date | None = attrs.field(default=None, validator=maybe(is_day))
    starts: time | None = attrs.field(default=None, validator=maybe(is_wall_time))
    ends: time | None = attrs.field(default=None, validator=maybe(is_wall_time))
    space_id: str | None = attrs.field(default=None, validator=maybe_id)
    decide_at: datetime | None = attrs.field(default=None, converter=maybe_instant)
    facilitator_ids: tuple[str, ...] | None = attrs.field(
        default=None, converter=maybe_facilitators, validator=maybe(are_ids)
    )
    with_units: tuple[tuple[str, int], ...] | None = attrs.field(default=None, converter=maybe_units)
    override: str | None = attrs.field(default=None, validator=is_reason)


@command
@attrs.frozen
class CancelSession(Command[Session]):
    """Cancel a session until it ends. What it claimed is free at once; every seat and rank is given up, and what was
    paid and spent goes back. Of a course that has begun, the meetings that are over stay, and so does their share of
    the price.

    Everybody is told, with the ``reason``, which stays in the journal. The registrations are ended one by one: the
    first of them before ``execute`` returns, the others when due tasks are run.
    """

    session_id: str = attrs.field(validator=is_id)
    reason: str = attrs.field(validator=is_told_reason)


@command
@attrs.frozen
class DecideSession(SystemCommand[Session]):
    """Decide whether a session with a minimum takes place, once that is due; whoever pays just then is waited for."""

    session_id: str


__all__ = [
    "AddSession",
    "CancelSession",
    "DecideSession",
    "MoveSession",
]
