"""Commands that set a house up: places, spaces, catalogue, people, workshops."""

from __future__ import annotations

import attrs

from cantinekit.clock import Period
from cantinekit.common.fields import are_ids, is_a, is_count, is_id, is_one_of, is_text, maybe_id, to_ids
from cantinekit.domain.base import Command, SystemCommand, command
from cantinekit.domain.occupancy.records import StandingPage
from cantinekit.domain.spaces.records import Space
from cantinekit.domain.spaces.terms import Terms


@command
@attrs.frozen
class AddSpace(Command[Space]):
    """Add a room, desks that are sold one by one, or a pool of equipment. ``parts``: spaces that a room is made of."""

    place_id: str = attrs.field(validator=is_id)
    name: str = attrs.field(validator=is_text(200))
    use: str = attrs.field(default="room", validator=is_one_of("room", "desks", "equipment"))
    capacity: int = attrs.field(default=1, validator=is_count())
    parts: tuple[str, ...] = attrs.field(default=(), converter=to_ids, validator=are_ids)
    seats: int = attrs.field(default=0, validator=is_count(least=0))
    id: str | None = attrs.field(default=None, validator=maybe_id)


@command
@attrs.frozen
class ChangeTerms(Command[Space]):
    """Change what a space asks of a booking, in place of all that it asked. What is booked or held stays as it is."""

    space_id: str = attrs.field(validator=is_id)
    terms: Terms = attrs.field(validator=is_a(Terms))


@command
@attrs.frozen
class ChangeCapacity(Command[StandingPage]):
    """Change how many units of a space can be had at once. Less is refused where more are booked."""

    space_id: str = attrs.field(validator=is_id)
    capacity: int = attrs.field(validator=is_count(least=0))


@command
@attrs.frozen
class CloseSpace(Command[StandingPage]):
    """Close a space for a time. Refused where something is booked."""

    space_id: str = attrs.field(validator=is_id)
    period: Period = attrs.field(validator=is_a(Period))
    reason: str = attrs.field(validator=is_text(500))


@command
@attrs.frozen
class ReopenSpace(Command[StandingPage]):
    """End a closure of a space before its time."""

    space_id: str = attrs.field(validator=is_id)
    closure_id: str = attrs.field(validator=is_id)


@command
@attrs.frozen
class SettleNarrowing(SystemCommand[StandingPage]):
    """Look at what is booked, and confirm an announced narrowing or withdraw it."""

    space_id: str


__all__ = [
    "AddSpace",
    "ChangeCapacity",
    "ChangeTerms",
    "CloseSpace",
    "ReopenSpace",
    "SettleNarrowing",
]
