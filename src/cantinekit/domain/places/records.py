"""Places: who runs them, when they are open, and the spaces in them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any, ClassVar

import attrs

from cantinekit.clock import Period, wall_period, zone
from cantinekit.common.facts import MAX_FACT_TEXT
from cantinekit.common.fields import (
    Code,
    PublicText,
    are_ids,
    check_text,
    is_a,
    is_id,
    is_span,
    is_text,
    maybe,
    maybe_id,
    maybe_instant,
    to_ids,
)
from cantinekit.domain.base import record
from cantinekit.domain.documents.fields import are_lines, is_country, to_lines
from cantinekit.domain.index import Index
from cantinekit.domain.places.openings import OpenHours, Openings, check_hours
from cantinekit.domain.sales.values import Facts
from cantinekit.errors import InputError
from cantinekit.money import exponent


@record("domain", fields=("all",), steady=True)
@attrs.frozen
class LegalEntity:
    """Who sells and takes the money: an association, a company, a town.

    Attributes:
        id: id of the record.
        name: its name.
        accounts: the gateway accounts that it may use.
        address: the lines of its address, for documents.
        country: ISO 3166-1 code of two letters; empty: not stated.
        registration: its registration number, such as a SIREN, for documents.
        vat_number: its VAT number; empty: none.
        mentions: sentences that all of its documents carry.
        receipts: id of the number series of the receipt that a settled charge gets automatically; ``None``: no
            automatic receipt.
        pricelist_id: id of the price list whose products can be sold at its places by their bare names; ``None``: none.
        closed_until: the last day up to which its books are closed; ``None``: they never were.

    Index:
        all: id.
    """

    kind: ClassVar[str] = "entity"
    id: str = attrs.field(validator=is_id)
    name: PublicText = attrs.field(validator=is_text(200))
    accounts: tuple[Code, ...] = attrs.field(default=(), converter=to_ids, validator=are_ids)
    address: tuple[PublicText, ...] = attrs.field(default=(), converter=to_lines, validator=are_lines)
    country: Code = attrs.field(default="", validator=is_country)
    registration: Code = attrs.field(default="", validator=is_text(50))
    vat_number: Code = attrs.field(default="", validator=is_text(50))
    mentions: tuple[PublicText, ...] = attrs.field(default=(), converter=to_lines, validator=are_lines)
    receipts: Code | None = None
    pricelist_id: str | None = attrs.field(default=None, validator=maybe_id)
    closed_until: date | None = None

    def index(self) -> Index:
        yield "all", self.id


MAX_PUBLICS = 20
"""The most facts by which a place counts people."""


def _are_values(_: Any, attribute: attrs.Attribute[Any], value: Any) -> None:
    for one in value:
        if not check_text(one, attribute.name, limit=MAX_FACT_TEXT).strip():
            raise InputError(f"{attribute.name} must not be blank")
    if not 1 <= len(value) <= MAX_PUBLICS or len(set(value)) != len(value):
        raise InputError(f"{attribute.name} are 1 to {MAX_PUBLICS} values, each named once")


@attrs.frozen
class Public:
    """A fact of people by which a place counts those who come, for its reports.

    Attributes:
        fact: the name of the fact, as ``SetFact`` says it, of 1 to 200 characters.
        values: the values that are counted, 1 to 20 texts of 1 to 200 characters; "yes" and "no" for a fact that is
            true or false. Of a fact that has several words the first of these counts that is among them.
    """

    fact: Code = attrs.field(validator=is_id)
    values: tuple[Code, ...] = attrs.field(converter=to_ids, validator=_are_values)


def are_publics(_: Any, attribute: attrs.Attribute[Any], value: Any) -> None:
    """Validate facts by which people are counted, at most 20, each once."""
    if not all(isinstance(one, Public) for one in value):
        raise InputError(f"{attribute.name} are values of Public")
    if len(value) > MAX_PUBLICS or len({one.fact for one in value}) != len(value):
        raise InputError(f"{attribute.name} are at most {MAX_PUBLICS} facts, each named once")


def to_publics(value: Any) -> tuple[Public, ...]:
    """Several publics, given as any iterable."""
    if isinstance(value, Public | str) or not isinstance(value, Iterable):
        raise InputError("publics are several values of Public")
    return tuple(value)


is_reminder = maybe(is_span(timedelta(minutes=1), timedelta(days=366)))
"""Validates how long before somebody is reminded."""


@attrs.frozen
class Reminders:
    """How long before people are reminded of what they have at a place; ``None``: not at all.

    Whole days are counted by the calendar of the place, the rest is elapsed time.

    Attributes:
        booking: before a booking begins, from a minute to 366 days.
        session: before a session begins at which they have a seat or that they facilitate, or each meeting of a
            course; as long as for a booking.
        end: before the end of the last day of a pass; as long as for a booking.
    """

    booking: timedelta | None = attrs.field(default=None, validator=is_reminder)
    session: timedelta | None = attrs.field(default=None, validator=is_reminder)
    end: timedelta | None = attrs.field(default=None, validator=is_reminder)

    @property
    def any(self) -> bool:
        """Whether anybody is reminded of anything."""
        return self != NO_REMINDERS


NO_REMINDERS = Reminders()
"""Nobody is reminded of anything."""


@record("domain", fields=("all",), steady=True)
@attrs.frozen
class Place:
    """A cantine: one address.

    Attributes:
        id: id of the record.
        name: its name.
        entity_id: id of its operator.
        zone: IANA name of its zone.
        currency: ISO 4217 code of its prices.
        hours: weekly hours; none: always open.
        open_space_id: id of the space in which visitors work; ``None``: none.
        openings: what differs from the weekly hours.
        facts: what price lists may ask to know of the place, by name, in the order of the names.
        pricelist_id: id of the price list whose products can be sold here by their bare names; ``None``: that of the
            operator.
        address: the lines of its address, as people are told it.
        entries_from: the first instant at which the ledger takes entries here, in UTC: the books are closed before it;
            ``None``: they never were.
        publics: the facts by which people who come are counted, each once, at most 20.
        reminders: how long before it begins or ends people are reminded of what they have here.

    Index:
        all: id.
    """

    kind: ClassVar[str] = "place"
    id: str = attrs.field(validator=is_id)
    name: PublicText = attrs.field(validator=is_text(200))
    entity_id: str = attrs.field(validator=is_id)
    zone: Code = attrs.field(validator=is_text(100))
    currency: Code = attrs.field(validator=is_text(3))
    hours: tuple[OpenHours, ...] = ()
    open_space_id: str | None = None
    openings: Openings = attrs.field(default=Openings(), validator=is_a(Openings))
    facts: Facts = ()
    pricelist_id: str | None = attrs.field(default=None, validator=maybe_id)
    address: tuple[PublicText, ...] = attrs.field(default=(), converter=to_lines, validator=are_lines)
    entries_from: datetime | None = attrs.field(default=None, converter=maybe_instant)
    publics: tuple[Public, ...] = attrs.field(default=(), validator=are_publics)
    reminders: Reminders = attrs.field(default=NO_REMINDERS, validator=is_a(Reminders))

    def __attrs_post_init__(self) -> None:
        zone(self.zone)
        exponent(self.currency)
        check_hours(self.hours)

    def period(self, day: date, starts: str | time, ends: str | time) -> Period:
        """A period by the clock on the wall of the place: ``place.period(day, "14:00", "15:30")``.

        Args:
            day: the local day on which it starts.
            starts: the time of day at which it starts, as ``time`` or as a text such as ``"14:00"``.
            ends: the time of day at which it ends; at or before ``starts`` it is on the next day.

        Raises:
            InputError: no such time of day, or the clock change leaves nothing between the two.
        """
        return wall_period(day, starts, ends, self.zone)

    def index(self) -> Index:
        yield "all", self.id


__all__ = [
    "LegalEntity",
    "Place",
    "Public",
    "Reminders",
]
