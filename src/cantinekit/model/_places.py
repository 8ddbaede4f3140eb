"""Places: who runs them, when they are open, and the spaces in them."""

from __future__ import annotations

from typing import ClassVar

import attrs

from cantinekit.clock import zone
from cantinekit.model._documents import are_lines, is_country, to_lines
from cantinekit.model._fields import are_ids, is_a, is_count, is_id, is_one_of, is_text, maybe_id, to_ids
from cantinekit.model._openings import OpenHours, Openings, check_hours
from cantinekit.model._terms import Terms
from cantinekit.money import exponent

FACILITATOR = "facilitator"
"""The use of a space that is somebody who facilitates sessions."""


@attrs.frozen
class LegalEntity:
    """Who sells and who takes the money: an association, a company, a town. ``accounts``: gateways that it may use.

    Address, country, ``registration`` (a SIREN, say), ``vat_number`` and ``mentions`` stand on the documents that it
    issues; ``receipts`` is the number series of the receipt that a charge gets by itself once it is settled.
    """

    kind: ClassVar[str] = "entity"
    id: str = attrs.field(validator=is_id)
    name: str = attrs.field(validator=is_text(200))
    accounts: tuple[str, ...] = attrs.field(default=(), converter=to_ids, validator=are_ids)
    address: tuple[str, ...] = attrs.field(default=(), converter=to_lines, validator=are_lines)
    country: str = attrs.field(default="", validator=is_country)
    registration: str = attrs.field(default="", validator=is_text(50))
    vat_number: str = attrs.field(default="", validator=is_text(50))
    mentions: tuple[str, ...] = attrs.field(default=(), converter=to_lines, validator=are_lines)
    receipts: str | None = None


@attrs.frozen
class Place:
    """A cantine: its operator, its IANA zone, its currency and its weekly hours (none: always open).

    ``openings`` are what differs from the weekly hours on some days.
    """

    kind: ClassVar[str] = "place"
    id: str = attrs.field(validator=is_id)
    name: str = attrs.field(validator=is_text(200))
    entity_id: str = attrs.field(validator=is_id)
    zone: str = attrs.field(validator=is_text(100))
    currency: str = attrs.field(validator=is_text(3))
    hours: tuple[OpenHours, ...] = ()
    open_space_id: str | None = None
    openings: Openings = attrs.field(default=Openings(), validator=is_a(Openings))

    def __attrs_post_init__(self) -> None:
        zone(self.zone)
        exponent(self.currency)
        check_hours(self.hours)


@attrs.frozen
class Space:
    """Something that can be had once at a time, or so many times: a room, desks sold one by one, a pool of equipment,
    such as three projectors, or the time of somebody who facilitates sessions.

    A facilitator is a space of capacity 1 whose ``person_id`` says who it is: the name stands in the record of the
    person only. Its hours are those at which they are available, in the zone of its place, which is their home.

    ``parts`` are the spaces that it is made of. ``leaves`` are the undivided spaces at the bottom, on whose pages a
    booking is kept: two spaces block each other exactly when they share a leaf. ``hours`` and ``openings`` narrow
    those of the place (none: it is open whenever the place is). ``terms`` are what it asks of a booking.
    """

    kind: ClassVar[str] = "space"
    id: str = attrs.field(validator=is_id)
    place_id: str = attrs.field(validator=is_id)
    entity_id: str = attrs.field(validator=is_id)
    name: str = attrs.field(validator=is_text(200))
    use: str = attrs.field(validator=is_one_of("room", "desks", "equipment", FACILITATOR))
    parts: tuple[str, ...] = attrs.field(default=(), converter=to_ids, validator=are_ids)
    leaves: tuple[str, ...] = attrs.field(default=(), converter=to_ids, validator=are_ids)
    seats: int = attrs.field(validator=is_count(least=0), default=0)
    hours: tuple[OpenHours, ...] = ()
    openings: Openings = attrs.field(default=Openings(), validator=is_a(Openings))
    terms: Terms = attrs.field(default=Terms(), validator=is_a(Terms))
    person_id: str | None = attrs.field(default=None, validator=maybe_id)

    def __attrs_post_init__(self) -> None:
        check_hours(self.hours)
