"""What can be asked of places: to add legal entities and places, and to change zone and hours."""

from __future__ import annotations

import attrs

from cantinekit.clock import zone
from cantinekit.common.fields import are_ids, is_a, is_id, is_text, maybe_id, to_ids
from cantinekit.domain.base import Command, command
from cantinekit.domain.places.openings import OpenHours, Openings, check_hours, to_hours
from cantinekit.domain.places.records import LegalEntity, Place
from cantinekit.domain.sales.values import Facts, to_facts
from cantinekit.domain.spaces.records import Space
from cantinekit.money import exponent


@command
@attrs.frozen(kw_only=True)
class AddEntity(Command[LegalEntity]):
    """Add a legal entity.

    Attributes:
        name: the name that people see, at most 200 characters.
        accounts: the names of the gateway accounts that may take money for it.
        id: id of the new record; ``None``: one is made.

    Raises:
        DuplicateError: the id is taken.
    """

    name: str = attrs.field(validator=is_text(200))
    accounts: tuple[str, ...] = attrs.field(default=(), converter=to_ids, validator=are_ids)
    id: str | None = attrs.field(default=None, validator=maybe_id)


@command
@attrs.frozen(kw_only=True)
class AddPlace(Command[Place]):
    """Add a place.

    Attributes:
        name: the name that people see, at most 200 characters.
        entity_id: id of its operator.
        zone: IANA name of its zone.
        currency: ISO 4217 code of its prices.
        hours: weekly hours; none: always open.
        open_space_id: id of the space in which visitors work; ``None``: none.
        facts: what price lists may ask to know of the place, by name. It is kept in the journal: nothing of a person.
        id: id of the new record; ``None``: one is made.

    Raises:
        DuplicateError: the id is taken.
        NotFoundError: there is no such legal entity.
        InputError: there is no such zone.
        CurrencyError: there is no such currency.
    """

    name: str = attrs.field(validator=is_text(200))
    entity_id: str = attrs.field(validator=is_id)
    zone: str = attrs.field()
    currency: str = attrs.field()
    hours: tuple[OpenHours, ...] = attrs.field(default=(), converter=to_hours)
    open_space_id: str | None = attrs.field(default=None, validator=maybe_id)
    facts: Facts = attrs.field(default=(), converter=to_facts)
    id: str | None = attrs.field(default=None, validator=maybe_id)

    def __attrs_post_init__(self) -> None:
        zone(self.zone)
        exponent(self.currency)


@command
@attrs.frozen(kw_only=True)
class MovePlace(Command[Place]):
    """Change the zone of a place. Bookings keep their instants, sessions the zone that they were planned in.

    Attributes:
        place_id: id of the place.
        zone: IANA name of the zone.

    Raises:
        NotFoundError: there is no such place.
        InputError: there is no such zone.
    """

    place_id: str = attrs.field(validator=is_id, kw_only=False)
    zone: str = attrs.field()

    def __attrs_post_init__(self) -> None:
        zone(self.zone)


@command
@attrs.frozen(kw_only=True)
class SetPlaceFacts(Command[Place]):
    """Put other facts in the place of all that price lists know of a place. They count for what is sold from now on.

    See docs/how-to/what-a-price-asks-to-know.md.

    Attributes:
        place_id: id of the place.
        facts: what price lists may ask to know, by name, at most 100; none: nothing. A value is a text, an integer or a
            ``Decimal`` from 0 to 100,000, yes/no, ``Money`` or several words. It is kept in the journal: nothing of a
            person.

    Raises:
        NotFoundError: there is no such place.
    """

    place_id: str = attrs.field(validator=is_id, kw_only=False)
    facts: Facts = attrs.field(converter=to_facts)


@command
@attrs.frozen(kw_only=True)
class ChangeOpenings(Command[Place | Space]):
    """Replace the opening hours of a place, or of a space in it. They bind what is booked from now on; what is booked
    stays.

    The value of the outcome is the place, or the space where ``space_id`` names one.

    See docs/how-to/opening-hours.md.

    Attributes:
        place_id: id of the place.
        hours: weekly hours; none: a place is always open, a space whenever its place is.
        openings: seasons, closed days and extra openings.
        space_id: id of the space; ``None``: the place itself.

    Raises:
        NotFoundError: there is no such place or space.
        UnsuitableError: the space is in another place.
        InputError: two of the hours overlap.
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
    "SetPlaceFacts",
]
