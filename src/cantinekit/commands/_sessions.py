"""Commands about the sessions of workshops: when and where they are, and whether they take place."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

import attrs

from cantinekit.commands._base import MAX_EXTRAS, Command, is_reason, maybe_units, to_units
from cantinekit.errors import InputError
from cantinekit.model._fields import are_ids, check_text, is_count, is_id, maybe, maybe_id, maybe_instant, to_ids
from cantinekit.model._series import is_day, is_wall_time


def is_told_reason(_: object, attribute: attrs.Attribute[str], value: object) -> None:
    if not check_text(value, attribute.name, limit=500).strip():
        raise InputError("a reason must not be empty; everybody is told it")


def check_minimum(minimum: int, when: datetime | timedelta | None, seats: int, name: str = "decide_at") -> None:
    """Refuse a minimum without a word on when it is looked at, or one that cannot be reached."""
    if bool(minimum) != (when is not None):
        raise InputError(f"a minimum and {name} come together")
    if minimum > seats:
        raise InputError(f"a minimum of {minimum} cannot be reached with {seats} seats")


def to_facilitators(values: Iterable[str]) -> tuple[str, ...]:
    found = to_ids(values)
    if len(found) > MAX_EXTRAS:
        raise InputError(f"a session has at most {MAX_EXTRAS} facilitators, not {len(found)}")
    return found


def maybe_facilitators(values: Iterable[str] | None) -> tuple[str, ...] | None:
    return None if values is None else to_facilitators(values)


@attrs.frozen
class AddSession(Command):
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


@attrs.frozen
class MoveSession(Command):
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


@attrs.frozen
class CancelSession(Command):
    """Cancel a session until it ends. What it claimed is free at once; every seat and rank is given up, and what was
    paid and spent goes back. Of a course that has begun, the meetings that are over stay, and so does their share of
    the price.

    Everybody is told, with the ``reason``, which stays in the journal. The registrations are ended one by one: the
    first of them before ``execute`` returns, the others when due tasks are run.
    """

    session_id: str = attrs.field(validator=is_id)
    reason: str = attrs.field(validator=is_told_reason)
