"""Documents that the law numbers: receipts, invoices, credit notes; what numbers them, and whom they are for."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, ClassVar

import attrs

from cantinekit.clock import instant, zone
from cantinekit.common.fields import check_text, is_count, is_id, is_one_of, is_text, maybe_id, maybe_instant
from cantinekit.domain.base import record
from cantinekit.domain.index import Index, composite
from cantinekit.errors import InputError, TextError
from cantinekit.errors.shown import shown
from cantinekit.money import Money

DOCUMENTS = ("receipt", "invoice", "credit note")
"""The types of documents."""

_PREFIX = re.compile(r"[A-Za-z0-9_/+-]{0,20}")

_COUNTRY = re.compile(r"([A-Z]{2})?")

MAX_LINES = 10


def to_lines(value: Iterable[str]) -> tuple[str, ...]:
    """Convert to a tuple of lines of text; one text is not a list of them."""
    if isinstance(value, str | bytes) or not isinstance(value, Iterable):
        raise InputError(f"a list of lines is needed, not one {type(value).__name__}")
    return tuple(value)


def are_lines(_: Any, attribute: attrs.Attribute[Any], value: Any) -> None:
    """Validate at most ten lines of text, none of them empty."""
    if len(value) > MAX_LINES:
        raise InputError(f"{attribute.name} has {len(value)} lines, at most {MAX_LINES}")
    for line in value:
        check_text(line, attribute.name, limit=300)
        if not line.strip() or "\n" in line or "\r" in line:
            raise TextError(f"a line of {attribute.name} must not be empty and holds no line break")


def is_country(_: Any, attribute: attrs.Attribute[Any], value: Any) -> None:
    """Validate a country by its two letters (ISO 3166-1), or nothing."""
    check_text(value, attribute.name, limit=2)
    if not _COUNTRY.fullmatch(value):
        raise InputError(f"{attribute.name} is written with two capital letters, such as FR: {shown(value)}")


def is_prefix(_: Any, attribute: attrs.Attribute[Any], value: Any) -> None:
    """Validate what may stand before a number: at most 20 letters, digits and ``-_/+`` (those of French invoices)."""
    check_text(value, attribute.name, limit=20)
    if not _PREFIX.fullmatch(value):
        raise InputError(f"{attribute.name} has letters, digits, '-', '_', '/' and '+' only: {shown(value)}")


def series_id(entity_id: str, name: str) -> str:
    """The id of a number series: that of its legal entity, and its name."""
    return f"{entity_id}|{name}"


@record("domain", fields=("entity",))
@attrs.frozen
class NumberSeries:
    """Numbers documents of one type for a legal entity: 1, 2, 3... in each year, without gaps and in order of time.

    ``last`` is the last number given in ``year``, ``issued_at`` when that was, ``ended`` has years that are over with
    their last numbers. A clock that goes back changes nothing: the next document is of a later instant all the same,
    so that a year that is over is never opened again. What year it is, the clock on the wall of ``zone`` says.
    """

    kind: ClassVar[str] = "series"
    id: str = attrs.field(validator=is_text(300))
    entity_id: str = attrs.field(validator=is_id)
    name: str = attrs.field(validator=is_id)
    documents: str = attrs.field(validator=is_one_of(*DOCUMENTS))
    prefix: str = attrs.field(validator=is_prefix)
    zone: str = attrs.field(validator=is_text(100))
    width: int = attrs.field(default=6, validator=is_count(least=1, most=12))
    year: int = 0
    last: int = attrs.field(default=0, validator=is_count(least=0, most=10**12))
    issued_at: datetime | None = attrs.field(default=None, converter=maybe_instant)
    ended: tuple[tuple[int, int], ...] = ()

    def __attrs_post_init__(self) -> None:
        zone(self.zone)

    def printed(self, year: int, number: int) -> str:
        """A number as it is printed: ``F2026-000123``."""
        return f"{self.prefix}{year}-{number:0{self.width}d}"

    def index(self) -> Index:
        yield "entity", composite(self.entity_id, self.name)


@attrs.frozen
class BilledTo:
    """Whom a document is addressed to. Private: it stands in an ``Addressee`` and nowhere else."""

    name: str = attrs.field(validator=is_text(200), repr=False)
    address: tuple[str, ...] = attrs.field(default=(), converter=to_lines, validator=are_lines, repr=False)
    country: str = attrs.field(default="", validator=is_country)
    tax_number: str = attrs.field(default="", validator=is_text(50), repr=False)

    def __attrs_post_init__(self) -> None:
        if not self.name.strip():
            raise InputError("an addressee has a name")


@record("private", fields=("person",), person="person")
@attrs.frozen
class Addressee:
    """Whom a document was addressed to, as it was issued; its id is the document's. The law has it kept."""

    kind: ClassVar[str] = "addressee"
    id: str = attrs.field(validator=is_text(300))
    billed_to: BilledTo = attrs.field()
    issued_at: datetime = attrs.field(converter=instant)
    person_id: str | None = attrs.field(default=None, validator=maybe_id)

    def index(self) -> Index:
        if self.person_id:
            yield "person", composite(self.person_id, self.issued_at)


@attrs.frozen
class Seller:
    """The legal entity of a document, as it was when the document was issued."""

    name: str = attrs.field(validator=is_text(200))
    address: tuple[str, ...] = attrs.field(default=(), converter=to_lines, validator=are_lines)
    country: str = attrs.field(default="", validator=is_country)
    registration: str = attrs.field(default="", validator=is_text(50))
    vat_number: str = attrs.field(default="", validator=is_text(50))


@attrs.frozen
class DocumentLine:
    """One line of a document. ``gross`` is what the customer pays for it, ``net`` that without tax (BT-131).

    ``position`` counts the lines of the charge from 0; ``unit`` is that of the price list in which ``quantity`` counts.
    ``rate`` is written as printed (``"5.5%"``), empty where there is none. ``mention`` says why there is no tax,
    ``code`` is its VATEX code.
    """

    position: int = attrs.field(validator=is_count(least=0))
    product_id: str = attrs.field(validator=is_id)
    text: str = attrs.field(validator=is_text(500))
    quantity: int = attrs.field()
    net: Money = attrs.field()
    gross: Money = attrs.field()
    treatment: str = attrs.field(validator=is_text(20))
    category: str = attrs.field(validator=is_text(2))
    rate: str = attrs.field(default="", validator=is_text(20))
    mention: str = attrs.field(default="", validator=is_text(1000))
    code: str = attrs.field(default="", validator=is_text(100))
    unit: str = attrs.field(default="", validator=is_text(100))


@attrs.frozen
class DocumentTax:
    """The lines of one tax category and rate together (BG-23): ``net + tax + residual == gross``."""

    category: str = attrs.field(validator=is_text(2))
    rate: str = attrs.field(validator=is_text(20))
    net: Money = attrs.field()
    tax: Money = attrs.field()
    residual: Money = attrs.field()
    gross: Money = attrs.field()


@record("domain", fields=("series", "entity", "charge", "payer"), person="payer", immutable=True)
@attrs.frozen
class Document:
    """A receipt, an invoice or a credit note, as it was issued; it never changes.

    ``printed`` is its number as people see it, ``issued_on`` its date, ``supplied_from`` and ``supplied_until`` the
    days of what was sold, where they are known. ``net + tax + residual == gross``; ``paid`` is what was paid when it
    was issued. A credit note has all amounts negative, names the document that it ``corrects`` and, unless its charge
    was dropped, the refund. Who it is for stands in an ``Addressee``, not here.
    """

    kind: ClassVar[str] = "document"
    id: str = attrs.field(validator=is_text(300))
    entity_id: str = attrs.field(validator=is_id)
    series_id: str = attrs.field(validator=is_text(300))
    what: str = attrs.field(validator=is_one_of(*DOCUMENTS))
    year: int = attrs.field()
    number: int = attrs.field(validator=is_count(most=10**12))
    printed: str = attrs.field(validator=is_text(50))
    issued_at: datetime = attrs.field(converter=instant)
    issued_on: date = attrs.field()
    charge_id: str = attrs.field(validator=is_id)
    seller: Seller = attrs.field()
    lines: tuple[DocumentLine, ...] = attrs.field()
    taxes: tuple[DocumentTax, ...] = attrs.field()
    net: Money = attrs.field()
    tax: Money = attrs.field()
    residual: Money = attrs.field()
    gross: Money = attrs.field()
    paid: Money = attrs.field()
    mentions: tuple[str, ...] = ()
    supplied_from: date | None = None
    supplied_until: date | None = None
    payer_id: str | None = attrs.field(default=None, validator=maybe_id)
    refund_id: str | None = attrs.field(default=None, validator=maybe_id)
    corrects: str | None = None

    def index(self) -> Index:
        yield "series", composite(self.series_id, str(self.year), f"{self.number:012d}")
        yield "entity", composite(self.entity_id, self.issued_at)
        yield "charge", composite(self.charge_id, self.issued_at)
        if self.payer_id:
            yield "payer", composite(self.payer_id, self.issued_at)


@attrs.frozen
class Credit:
    """A credit note of a charge: for this refund; without one, for what was dropped."""

    document_id: str = attrs.field(validator=is_text(300))
    refund_id: str | None = None


@record("domain", named=False)
@attrs.frozen
class ChargeDocuments:
    """The documents of a charge, whose id it has: one receipt and one invoice at most, and credit notes.

    ``credited`` is what credit notes took back of each line, in minor units, by the line's position.
    """

    kind: ClassVar[str] = "charge_documents"
    id: str = attrs.field(validator=is_id)
    receipt_id: str | None = None
    invoice_id: str | None = None
    credits: tuple[Credit, ...] = ()
    credited: tuple[int, ...] = ()

    @property
    def corrected(self) -> str | None:
        """The document that a credit note corrects: the invoice, else the receipt."""
        return self.invoice_id or self.receipt_id


__all__ = [
    "Addressee",
    "BilledTo",
    "ChargeDocuments",
    "Credit",
    "DOCUMENTS",
    "Document",
    "DocumentLine",
    "DocumentTax",
    "NumberSeries",
    "Seller",
    "series_id",
]
