"""Commands about documents: what they state of a legal entity, the series that number them, issuing them."""

from __future__ import annotations

from typing import Any

import attrs

from cantinekit.clock import zone
from cantinekit.common.fields import is_a, is_count, is_id, is_one_of, is_text, maybe, maybe_id
from cantinekit.domain.base import Command, command
from cantinekit.domain.documents.records import (
    DOCUMENTS,
    BilledTo,
    Document,
    NumberSeries,
    are_lines,
    is_country,
    is_prefix,
    to_lines,
)
from cantinekit.domain.places.records import LegalEntity
from cantinekit.errors import InputError


def _has_lines(_: Any, attribute: attrs.Attribute[Any], value: Any) -> None:
    if not value:
        raise InputError(f"{attribute.name} has at least one line")
    are_lines(_, attribute, value)


@command
@attrs.frozen
class DescribeEntity(Command[LegalEntity]):
    """Say what documents state of a legal entity: address, ISO 3166 country, registration (a SIREN), VAT id, mentions.

    Documents that were issued keep what they state.
    """

    entity_id: str = attrs.field(validator=is_id)
    address: tuple[str, ...] = attrs.field(converter=to_lines, validator=_has_lines)
    country: str = attrs.field(default="", validator=is_country)
    registration: str = attrs.field(default="", validator=is_text(50))
    vat_number: str = attrs.field(default="", validator=is_text(50))
    mentions: tuple[str, ...] = attrs.field(default=(), converter=to_lines, validator=are_lines)


@command
@attrs.frozen
class OpenSeries(Command[NumberSeries]):
    """Open a series that numbers documents of one type for a legal entity, from 1 in each year of a zone.

    A number is printed as ``prefix``, year, ``-`` and the number with at least ``width`` digits: ``F2026-000123``. Two
    series of one legal entity have two prefixes. A series is never changed and never closed.
    """

    entity_id: str = attrs.field(validator=is_id)
    name: str = attrs.field(validator=is_id)
    documents: str = attrs.field(validator=is_one_of(*DOCUMENTS))
    prefix: str = attrs.field(validator=is_prefix)
    zone: str = attrs.field()
    width: int = attrs.field(default=6, validator=is_count(least=1, most=12))

    def __attrs_post_init__(self) -> None:
        zone(self.zone)


@command
@attrs.frozen
class AutomateReceipts(Command[LegalEntity]):
    """Have a receipt of this series issued by itself whenever a charge is settled; without a series, no longer."""

    entity_id: str = attrs.field(validator=is_id)
    series: str | None = attrs.field(default=None, validator=maybe_id)


@command
@attrs.frozen
class IssueDocument(Command[Document]):
    """Issue the receipt or the invoice of a charge, with the next number of a series (named without its legal entity).

    A receipt needs a charge that is settled; an invoice may be of one that is due, and needs an addressee with an
    address. There is one of each for a charge: the same again gives the one that is there.
    """

    charge_id: str = attrs.field(validator=is_id)
    series: str = attrs.field(validator=is_id)
    addressee: BilledTo | None = attrs.field(default=None, validator=maybe(is_a(BilledTo)))


@command
@attrs.frozen
class IssueCreditNote(Command[Document]):
    """Issue the credit note for a refund of a charge; without one, for what was dropped of it.

    It corrects the invoice of the charge, else its receipt, and goes to the same addressee. There is one for each
    refund: the same again gives the one that is there.
    """

    charge_id: str = attrs.field(validator=is_id)
    series: str = attrs.field(validator=is_id)
    refund_id: str | None = attrs.field(default=None, validator=maybe_id)


__all__ = [
    "AutomateReceipts",
    "DescribeEntity",
    "IssueCreditNote",
    "IssueDocument",
    "OpenSeries",
]
