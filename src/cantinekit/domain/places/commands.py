"""Commands that set a house up: places, spaces, catalogue, people, workshops."""

from __future__ import annotations

import attrs

from cantinekit.clock import zone
from cantinekit.common.fields import are_ids, is_a, is_id, is_text, maybe_id, to_ids
from cantinekit.domain.base import Command, command
from cantinekit.domain.places.openings import OpenHours, Openings, check_hours, to_hours
from cantinekit.domain.places.records import LegalEntity, Place
from cantinekit.domain.spaces.records import Space
from cantinekit.money import exponent


@command
@attrs.frozen
class AddEntity(Command[LegalEntity]):
    """Add a legal entity and the gateway accounts that it may use."""

    name: str = attrs.field(validator=is_text(200))
    accounts: tuple[str, ...] = attrs.field(default=(), converter=to_ids, validator=are_ids)
    id: str | None = attrs.field(default=None, validator=maybe_id)


@command
@attrs.frozen
class AddPlace(Command[Place]):
    """Add a place: its operator, IANA zone, currency and weekly hours (none: always open)."""

    name: str = attrs.field(validator=is_text(200))
    entity_id: str = attrs.field(validator=is_id)
    zone: str = attrs.field()
    currency: str = attrs.field()
    hours: tuple[OpenHours, ...] = attrs.field(default=(), converter=to_hours)
    open_space_id: str | None = attrs.field(default=None, validator=maybe_id)
    id: str | None = attrs.field(default=None, validator=maybe_id)

    def __attrs_post_init__(self) -> None:
        zone(self.zone)
        exponent(self.currency)


@command
@attrs.frozen
class MovePlace(Command[Place]):
    """Give a place another zone. Bookings keep their instants, sessions the zone they were planned in."""

    place_id: str = attrs.field(validator=is_id)
    zone: str = attrs.field()

    def __attrs_post_init__(self) -> None:
        zone(self.zone)


@command
@attrs.frozen
class ChangeOpenings(Command[Place | Space]):
    """Give a place, or a space in it, other opening hours, in place of all that it had.

    Weekly ``hours`` (none: a place is always open, a space whenever its place is), and in ``openings`` seasons, closed
    days and extra openings. They bind what is booked from now on; what is booked stays.
    """

    place_id: str = attrs.field(validator=is_id)
    hours: tuple[OpenHours, ...] = attrs.field(default=(), converter=to_hours)
    openings: Openings = attrs.field(factory=Openings, validator=is_a(Openings))
    space_id: str | None = attrs.field(default=None, validator=maybe_id)

    def __attrs_post_init__(self) -> None:
        check_hours(self.hours)


__all__ = [
    "AddEntity",
    "AddPlace",
    "ChangeOpenings",
    "MovePlace",
]
