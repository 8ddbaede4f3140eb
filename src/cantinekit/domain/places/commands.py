"""What can be asked of places: to add legal entities and places, and to change zone and hours."""

from __future__ import annotations

from datetime import timedelta

import attrs

from cantinekit.clock import zone
from cantinekit.common.fields import are_ids, is_a, is_id, is_id_or_none, is_text, maybe, maybe_id, to_ids
from cantinekit.domain.base import Command, command
from cantinekit.domain.documents.fields import are_lines, to_lines
from cantinekit.domain.places.openings import OpenHours, Openings, check_hours, to_hours
from cantinekit.domain.places.records import LegalEntity, Place, Public, are_publics, is_reminder, to_publics
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
        pricelist_id: id of the price list whose products can be sold at its places by their bare names; it may be
            published later; ``None``: none.
        id: id of the new record; ``None``: one is made.

    Raises:
        DuplicateError: the id is taken.
    """

    name: str = attrs.field(validator=is_text(200))
    accounts: tuple[str, ...] = attrs.field(default=(), converter=to_ids, validator=are_ids)
    pricelist_id: str | None = attrs.field(default=None, validator=maybe_id)
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
        pricelist_id: id of the price list whose products can be sold here by their bare names; it may be published
            later; ``None``: that of the operator.
        address: the lines of its address, as people are told it, at most 10 of at most 300 characters.
        id: id of the new record; ``None``: one is made.

    Raises:
        DuplicateError: the id is taken.
        NotFoundError: there is no such legal entity.
        InputError: there is no such zone.
        CurrencyError: there is no such currency, or the price list is published in another.
    """

    name: str = attrs.field(validator=is_text(200))
    entity_id: str = attrs.field(validator=is_id)
    zone: str = attrs.field()
    currency: str = attrs.field()
    hours: tuple[OpenHours, ...] = attrs.field(default=(), converter=to_hours)
    open_space_id: str | None = attrs.field(default=None, validator=maybe_id)
    facts: Facts = attrs.field(default=(), converter=to_facts)
    pricelist_id: str | None = attrs.field(default=None, validator=maybe_id)
    address: tuple[str, ...] = attrs.field(default=(), converter=to_lines, validator=are_lines)
    id: str | None = attrs.field(default=None, validator=maybe_id)

    def __attrs_post_init__(self) -> None:
        zone(self.zone)
        exponent(self.currency)


@command
@attrs.frozen(kw_only=True)
class ChangeEntity(Command[LegalEntity]):
    """Change the name of a legal entity, the accounts that it uses, or its price list. What documents state of it is
    changed by ``DescribeEntity``.

    See docs/how-to/change-what-the-house-has.md.

    Attributes:
        entity_id: id of the legal entity.
        name: the new name, at most 200 characters; ``None``: as it is.
        accounts: the names of all gateway accounts that may take money for it from now on; what was begun through
            another account is ended through it. ``None``: as they are.
        pricelist_id: id of the price list whose products can be sold at its places by their bare names; empty: none;
            ``None``: as it is.

    Raises:
        NotFoundError: there is no such legal entity or price list.
        CurrencyError: a place of it that has no price list of its own sells in another currency than the list.
    """

    entity_id: str = attrs.field(validator=is_id, kw_only=False)
    name: str | None = attrs.field(default=None, validator=maybe(is_text(200)))
    accounts: tuple[str, ...] | None = attrs.field(
        default=None, converter=attrs.converters.optional(to_ids), validator=maybe(are_ids)
    )
    pricelist_id: str | None = attrs.field(default=None, validator=is_id_or_none)


@command
@attrs.frozen(kw_only=True)
class ChangePlace(Command[Place]):
    """Change what is known of a place. Its zone is changed by ``MovePlace``, its hours by ``ChangeOpenings``.

    See docs/how-to/change-what-the-house-has.md.

    Attributes:
        place_id: id of the place.
        name: the new name, at most 200 characters; ``None``: as it is.
        address: the lines of the new address, at most 10 of at most 300 characters; ``None``: as it is.
        open_space_id: id of the space of the place in which visitors work from now on; who is there stays where they
            are. Empty: there is none; ``None``: as it is.
        pricelist_id: id of the price list whose products can be sold here by their bare names; empty: that of the
            operator; ``None``: as it is.
        publics: the facts by which people who come are counted for reports, at most 20, each once; ``None``: as they
            are. Of people who are forgotten later their counts are kept, without their ids.

    Raises:
        NotFoundError: there is no such place, space or price list.
        CurrencyError: the price list is in another currency than the place.
        UnsuitableError: the space is in another place.
        WrongStateError: the space is retired.
    """

    place_id: str = attrs.field(validator=is_id, kw_only=False)
    name: str | None = attrs.field(default=None, validator=maybe(is_text(200)))
    address: tuple[str, ...] | None = attrs.field(
        default=None, converter=attrs.converters.optional(to_lines), validator=maybe(are_lines)
    )
    open_space_id: str | None = attrs.field(default=None, validator=is_id_or_none)
    pricelist_id: str | None = attrs.field(default=None, validator=is_id_or_none)
    publics: tuple[Public, ...] | None = attrs.field(
        default=None, converter=attrs.converters.optional(to_publics), validator=maybe(are_publics)
    )


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
class SetReminders(Command[Place]):
    """Say how long before it begins or ends people are reminded of what they have at a place. It counts for all that is
    to come; what is left out is not reminded of.

    Each is sent once. What was cancelled or moved meanwhile is not reminded of; what was moved is, before its new time.
    What is made when the time for its reminder is over gets none.

    See docs/how-to/remind-people.md.

    Attributes:
        place_id: id of the place.
        booking: before a booking begins, from a minute to 366 days; ``None``: not at all.
        session: before a session begins at which they have a seat or that they facilitate, or each meeting of a
            course, from a minute to 366 days; ``None``: not at all.
        end: before the end of the last day of a pass, from a minute to 366 days; ``None``: not at all.

    Raises:
        NotFoundError: there is no such place.
    """

    place_id: str = attrs.field(validator=is_id, kw_only=False)
    booking: timedelta | None = attrs.field(default=None, validator=is_reminder)
    session: timedelta | None = attrs.field(default=None, validator=is_reminder)
    end: timedelta | None = attrs.field(default=None, validator=is_reminder)


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
    "ChangeEntity",
    "ChangeOpenings",
    "ChangePlace",
    "MovePlace",
    "SetPlaceFacts",
    "SetReminders",
]
