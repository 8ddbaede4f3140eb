"""Commands about the sessions of workshops: when and where they are, and whether they take place."""

from __future__ import annotations

from datetime import date, datetime, time

import attrs

from cantinekit.commands._base import Command
from cantinekit.errors import InputError
from cantinekit.model._fields import check_text, is_count, is_id, maybe, maybe_id, maybe_instant
from cantinekit.model._series import is_day, is_wall_time


def is_told_reason(_: object, attribute: attrs.Attribute[str], value: object) -> None:
    if not check_text(value, attribute.name, limit=500).strip():
        raise InputError("a reason must not be empty; everybody is told it")


def check_minimum(minimum: int, decide_at: datetime | None, seats: int) -> None:
    """Refuse a minimum without an instant at which it is looked at, or one that cannot be reached."""
    if bool(minimum) != (decide_at is not None):
        raise InputError("a minimum and decide_at come together")
    if minimum > seats:
        raise InputError(f"a minimum of {minimum} cannot be reached with {seats} seats")


@attrs.frozen
class AddSession(Command):
    """Add a dated meeting of a workshop, in the wall time of its place. An end before the start is the next day.

    With a ``minimum`` it is decided at ``decide_at`` whether it takes place: with fewer confirmed seats it
    is cancelled.
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

    def __attrs_post_init__(self) -> None:
        check_minimum(self.minimum, self.decide_at, self.seats)


@attrs.frozen
class MoveSession(Command):
    """Move a session to another time, another room, or both; what is not said stays, and so do its registrations.

    Everybody who has a seat or waits is told. Times are wall time of the place; an end before the start is the next
    day. ``decide_at``: another instant at which it is decided whether a session with a minimum takes place; of a course
    only that, its meetings are moved one by one with ``MoveMeeting``.
    """

    session_id: str = attrs.field(validator=is_id)
    day: date | None = attrs.field(default=None, validator=maybe(is_day))
    starts: time | None = attrs.field(default=None, validator=maybe(is_wall_time))
    ends: time | None = attrs.field(default=None, validator=maybe(is_wall_time))
    space_id: str | None = attrs.field(default=None, validator=maybe_id)
    decide_at: datetime | None = attrs.field(default=None, converter=maybe_instant)


@attrs.frozen
class CancelSession(Command):
    """Cancel a session until it ends. Its room is free at once; every seat and rank is given up, and what was paid and
    spent goes back. Of a course that has begun, the meetings that are over stay, and so does their share of the price.

    Everybody is told, with the ``reason``, which stays in the journal. The registrations are ended one by one: the
    first of them before ``execute`` returns, the others when due tasks are run.
    """

    session_id: str = attrs.field(validator=is_id)
    reason: str = attrs.field(validator=is_told_reason)
