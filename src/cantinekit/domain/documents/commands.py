"""Commands about documents: what they state of a legal entity, the series that number them, issuing them."""

from __future__ import annotations

from typing import Any

import attrs

from cantinekit.clock import zone
from cantinekit.common.fields import is_a, is_count, is_id, is_text, is_word, maybe, maybe_id
from cantinekit.domain.base import Command, command
from cantinekit.domain.documents.fields import are_lines, is_country, to_lines
from cantinekit.domain.documents.records import (
    BilledTo,
    Document,
    DocumentType,
    NumberSeries,
    is_prefix,
)
from cantinekit.domain.places.records import LegalEntity
from cantinekit.errors import InputError


def _has_lines(_: Any, attribute: attrs.Attribute[Any], value: Any) -> None:
    if not value:
        raise InputError(f"{attribute.name} has at least one line")
    are_lines(_, attribute, value)


@command
@attrs.frozen(kw_only=True)
class DescribeEntity(Command[LegalEntity]):
    """Set what documents state of a legal entity. Documents that were issued keep what they state.

    Attributes:
        entity_id: id of the legal entity.
        address: the lines of the address, 1 to 10 of at most 300 characters.
        country: ISO 3166-1 code of two letters; empty: not stated.
        registration: the registration number, such as a SIREN, at most 50 characters; empty: none.
        vat_number: the VAT number, at most 50 characters; empty: none.
        mentions: sentences that all documents carry, at most 10 of at most 300 characters.

    Raises:
        NotFoundError: there is no such legal entity.
        InputError: the address has no line, or the country is no such code.
    """

    entity_id: str = attrs.field(validator=is_id, kw_only=False)
    address: tuple[str, ...] = attrs.field(converter=to_lines, validator=_has_lines)
    country: str = attrs.field(default="", validator=is_country)
    registration: str = attrs.field(default="", validator=is_text(50))
    vat_number: str = attrs.field(default="", validator=is_text(50))
    mentions: tuple[str, ...] = attrs.field(default=(), converter=to_lines, validator=are_lines)


@command
@attrs.frozen(kw_only=True)
class OpenSeries(Command[NumberSeries]):
    """Open a series that numbers documents of one type for a legal entity, from 1 in each year. It is never changed or
    closed.

    A number is printed as prefix, year, ``-`` and the number: ``F2026-000123``. Two series of one legal entity have two
    prefixes.

    Attributes:
        entity_id: id of the legal entity.
        name: its name within the legal entity.
        documents: the type that it numbers: "receipt", "invoice" or "credit note".
        prefix: what the printed number begins with: at most 20 letters, digits and ``-_/+``.
        zone: IANA name of the zone that says what year it is.
        width: the least number of digits, 1 to 12.

    Raises:
        NotFoundError: there is no such legal entity.
        DuplicateError: the legal entity has a series of this name, or one with this prefix.
        InputError: there is no such zone, or the prefix cannot be printed.
    """

    entity_id: str = attrs.field(validator=is_id)
    name: str = attrs.field(validator=is_id)
    documents: DocumentType = attrs.field(validator=is_word(DocumentType))
    prefix: str = attrs.field(validator=is_prefix)
    zone: str = attrs.field()
    width: int = attrs.field(default=6, validator=is_count(least=1, most=12))

    def __attrs_post_init__(self) -> None:
        zone(self.zone)


@command
@attrs.frozen(kw_only=True)
class AutomateReceipts(Command[LegalEntity]):
    """Issue a receipt automatically whenever a charge is settled.

    Attributes:
        entity_id: id of the legal entity.
        series: the name of the number series of the receipts; ``None``: no longer.

    Raises:
        NotFoundError: there is no such legal entity or series.
        UnsuitableError: the series numbers no receipts, or the legal entity has no address yet.
    """

    entity_id: str = attrs.field(validator=is_id, kw_only=False)
    series: str | None = attrs.field(default=None, validator=maybe_id)


@command
@attrs.frozen(kw_only=True)
class IssueDocument(Command[Document]):
    """Issue the receipt or the invoice of a charge, with the next number of a series.

    A receipt needs a charge that was paid in full: settled, and nothing of it written off. An invoice may be of a
    charge that is due, and needs an addressee with an address. There is one of each for a charge: the same again
    returns the one that exists.

    Attributes:
        charge_id: id of the charge.
        series: the name of the number series within its legal entity.
        addressee: whom it is for; ``None``: nobody is named, but on the invoice of an organisation the organisation, as
            it is now.

    Raises:
        NotFoundError: there is no such charge or series.
        UnsuitableError: the series numbers credit notes; an invoice has no addressee with an address; or the legal
            entity lacks the address or the VAT number that the document states.
        WrongStateError: the charge is void; or a receipt is asked for, and it is due or something of it is written off.
        TaxUnknownError: the price list does not say the tax of a line.
        DuplicateError: the document exists, with another series or another addressee.
    """

    charge_id: str = attrs.field(validator=is_id)
    series: str = attrs.field(validator=is_id)
    addressee: BilledTo | None = attrs.field(default=None, validator=maybe(is_a(BilledTo)))


@command
@attrs.frozen(kw_only=True)
class IssueCreditNote(Command[Document]):
    """Issue the credit note for a refund of a charge, or for what was dropped of the charge.

    It corrects the invoice of the charge, else its receipt, and goes to the same addressee. There is one for each
    refund: the same again returns the one that exists. What is dropped in several steps has one for each step.

    Attributes:
        charge_id: id of the charge.
        series: the name of the number series.
        refund_id: id of the refund; ``None``: for what was dropped.

    Raises:
        NotFoundError: there is no such charge, series or refund.
        WrongStateError: the charge has no document to correct; the refund is not settled; without a refund, nothing of
            the charge was dropped; or less of the document is left to correct.
        UnsuitableError: the series numbers no credit notes; the refund is of another charge, or gives back what was
            never owed, or a deposit; or the legal entity lacks the address or the VAT number that the document states.
        DuplicateError: the credit note exists, with another series.
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
