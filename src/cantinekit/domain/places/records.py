"""Places: who runs them, when they are open, and the spaces in them."""

from __future__ import annotations

from typing import ClassVar

import attrs

from cantinekit.clock import zone
from cantinekit.common.fields import are_ids, is_a, is_id, is_text, to_ids
from cantinekit.domain.base import record
from cantinekit.domain.documents.records import are_lines, is_country, to_lines
from cantinekit.domain.index import Index
from cantinekit.domain.places.openings import OpenHours, Openings, check_hours
from cantinekit.money import exponent


@record("domain", fields=("all",), steady=True)
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

    def index(self) -> Index:
        yield "all", self.id


@record("domain", fields=("all",), steady=True)
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

    def index(self) -> Index:
        yield "all", self.id


__all__ = [
    "LegalEntity",
    "Place",
]
