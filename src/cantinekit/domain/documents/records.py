"""Documents that the law numbers: receipts, invoices, credit notes; what numbers them, and whom they are for."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any, ClassVar, Literal, get_args

import attrs

from cantinekit.clock import instant, zone
from cantinekit.common.evolve import evolve
from cantinekit.common.fields import (
    Code,
    PublicText,
    check_text,
    is_count,
    is_id,
    is_text,
    is_word,
    maybe_id,
    maybe_instant,
)
from cantinekit.domain.base import record
from cantinekit.domain.documents.fields import are_lines, is_country, to_lines
from cantinekit.domain.index import Index, composite
from cantinekit.domain.payments.records import LineWord
from cantinekit.errors import InputError
from cantinekit.errors.shown import shown
from cantinekit.money import Money

DocumentType = Literal["receipt", "invoice", "credit note"]
DOCUMENTS: tuple[DocumentType, ...] = get_args(DocumentType)
"""The types of documents."""

_PREFIX = re.compile(r"[A-Za-z0-9_/+-]{0,20}")


def is_prefix(_: Any, attribute: attrs.Attribute[Any], value: Any) -> None:
    """Validate what may stand before a number: at most 20 letters, digits and ``-_/+`` (those of French invoices)."""
    check_text(value, attribute.name, limit=20)
    if not _PREFIX.fullmatch(value):
        raise InputError(f"{attribute.name} has letters, digits, '-', '_', '/' and '+' only: {shown(value)}")


def series_id(entity_id: str, name: str) -> str:
    """The id of a number series: that of its legal entity, and its name.

    Args:
        entity_id: id of the legal entity.
        name: the name of the series.
    """
    return f"{entity_id}|{name}"


@record("domain", fields=("entity",))
@attrs.frozen
class NumberSeries:
    """Numbers documents of one type for a legal entity: 1, 2, 3... in each year, without gaps and in order of time
    (CGI, annexe II, art. 242 nonies A).

    A clock that goes back changes nothing: the next document is of a later instant all the same, so that a past year is
    never opened again.

    Attributes:
        id: legal entity and name.
        entity_id: id of the legal entity.
        name: its name within the legal entity.
        documents: the type that it numbers, one of ``DOCUMENTS``.
        prefix: what the printed number begins with.
        zone: IANA name of the zone that says what year it is.
        width: the least number of digits of a printed number, 1 to 12.
        year: the year of the last number; 0 before the first one.
        last: the last number of that year.
        issued_at: when that was; ``None`` before the first one.
        ended: (year, last number) pairs of past years.
        elsewhere: the year and the last number that another system gave in it; ``None``: it begins here.

    Index:
        entity: entity id, name.
    """

    kind: ClassVar[str] = "series"
    id: str = attrs.field(validator=is_text(300))
    entity_id: str = attrs.field(validator=is_id)
    name: PublicText = attrs.field(validator=is_id)
    documents: DocumentType = attrs.field(validator=is_word(DocumentType))
    prefix: Code = attrs.field(validator=is_prefix)
    zone: Code = attrs.field(validator=is_text(100))
    width: int = attrs.field(default=6, validator=is_count(least=1, most=12))
    year: int = 0
    last: int = attrs.field(default=0, validator=is_count(least=0, most=10**12))
    issued_at: datetime | None = attrs.field(default=None, converter=maybe_instant)
    ended: tuple[tuple[int, int], ...] = ()
    elsewhere: tuple[int, int] | None = None

    def __attrs_post_init__(self) -> None:
        zone(self.zone)

    def printed(self, year: int, number: int) -> str:
        """The ``number`` of the ``year`` as it is printed: ``F2026-000123``."""
        return f"{self.prefix}{year}-{number:0{self.width}d}"

    def index(self) -> Index:
        yield "entity", composite(self.entity_id, self.name)


@attrs.frozen
class BilledTo:
    """Whom a document is addressed to. Private: it is stored in an ``Addressee`` only.

    Attributes:
        name: name of the person or company, not empty.
        address: the lines of the address.
        country: ISO 3166-1 code of two letters; empty: not stated.
        tax_number: VAT number of the addressee; empty: none.
    """

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
    """Whom a document was addressed to when it was issued; its id is the document's. The law requires that it is kept.

    Attributes:
        id: id of the document.
        billed_to: name and address.
        issued_at: when the document was issued.
        person_id: id of the person or the organisation; ``None`` for somebody who is not a record here.

    Index:
        person: person id, issued at.
    """

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
    """The legal entity of a document, as it was when the document was issued.

    Attributes:
        name: its name.
        address: the lines of its address.
        country: ISO 3166-1 code of two letters.
        registration: its registration number.
        vat_number: its VAT number.
    """

    name: PublicText = attrs.field(validator=is_text(200))
    address: tuple[PublicText, ...] = attrs.field(default=(), converter=to_lines, validator=are_lines)
    country: Code = attrs.field(default="", validator=is_country)
    registration: Code = attrs.field(default="", validator=is_text(50))
    vat_number: Code = attrs.field(default="", validator=is_text(50))


@attrs.frozen
class DocumentLine:
    """One line of a document.

    Attributes:
        position: its number among the lines of the charge, from 0; on a bill of several charges it counts on.
        product_id: id of the product.
        text: what the line says.
        quantity: how many units, as the price list counts them.
        net: its amount without tax (BT-131 of EN 16931).
        gross: what the customer pays for it.
        treatment: the kind of its tax, such as "standard" or "exempt".
        category: VAT category code (BT-151).
        rate: the rate as printed (``"5.5%"``), empty where there is none.
        mention: why there is no tax; empty where there is one.
        code: VATEX code of the mention; empty: none.
        unit: the unit of the price list.
        said: the word for what it says where no price list wrote ``text``, as ``ChargeLine.said`` has it; empty: the
            text itself.
        detail: what ``said`` tells of, such as a number of minutes; empty: nothing.
        person_id: the person whom it is for, where somebody else pays; ``None``: the payer, or nobody known.
    """

    position: int = attrs.field(validator=is_count(least=0))
    product_id: str = attrs.field(validator=is_id)
    text: PublicText = attrs.field(validator=is_text(500))
    quantity: int = attrs.field()
    net: Money = attrs.field()
    gross: Money = attrs.field()
    treatment: Code = attrs.field(validator=is_text(20))
    category: Code = attrs.field(validator=is_text(2))
    rate: Code = attrs.field(default="", validator=is_text(20))
    mention: PublicText = attrs.field(default="", validator=is_text(1000))
    code: Code = attrs.field(default="", validator=is_text(100))
    unit: Code = attrs.field(default="", validator=is_text(100))
    said: LineWord = attrs.field(default="", validator=is_word(LineWord))
    detail: Code = attrs.field(default="", validator=is_text(100))
    person_id: str | None = attrs.field(default=None, validator=maybe_id)


@attrs.frozen
class DocumentTax:
    """The lines of one tax category and rate together (BG-23 of EN 16931): ``net + tax + residual == gross``.

    Attributes:
        category: VAT category code (BT-118).
        rate: the rate as printed (BT-119).
        net: taxable amount (BT-116).
        tax: tax amount (BT-117).
        residual: rounding amount.
        gross: what the customer pays for these lines.
    """

    category: Code = attrs.field(validator=is_text(2))
    rate: Code = attrs.field(validator=is_text(20))
    net: Money = attrs.field()
    tax: Money = attrs.field()
    residual: Money = attrs.field()
    gross: Money = attrs.field()


@attrs.frozen
class DocumentPart:
    """What an invoice states of one charge. The parts of an invoice sum to it, at each rate of tax too.

    Attributes:
        charge_id: id of the charge.
        first: the position of the first line of the charge; the positions of its lines count up from there.
        gross: what it comes to.
        paid: what of that was paid when the invoice was issued.
        taxes: its share of the tax by category and rate.
        supplied_from: the first day of what it is for; ``None``: not known.
        supplied_until: the last day of it; ``None``: not known.
    """

    charge_id: str = attrs.field(validator=is_id)
    first: int = attrs.field(validator=is_count(least=0))
    gross: Money = attrs.field()
    paid: Money = attrs.field()
    taxes: tuple[DocumentTax, ...] = ()
    supplied_from: date | None = None
    supplied_until: date | None = None


@record("domain", fields=("series", "entity", "charge", "payer", "clearing"), person="payer", immutable=True)
@attrs.frozen
class Document:
    """A receipt, an invoice or a credit note, as it was issued; it never changes. ``net + tax + residual == gross``.

    A credit note has all amounts negative. Whom a document is for is stored in an ``Addressee``, not here.

    Attributes:
        id: legal entity and printed number.
        entity_id: id of the legal entity that issued it.
        series_id: id of its number series.
        what: "receipt", "invoice" or "credit note", as ``DOCUMENTS`` names them.
        year: the year of its number.
        number: its number in that year, from 1.
        printed: the number as people see it.
        issued_at: when it was issued.
        issued_on: the local day on which it was issued.
        charge_id: id of the charge; of a bill of several charges that of the first one. Empty: it is between legal
            entities, of no charge.
        seller: the legal entity as it was.
        lines: its lines.
        taxes: the tax by category and rate.
        net: total without tax.
        tax: total tax.
        residual: rounding amount (BT-114 of EN 16931).
        gross: total with tax.
        paid: what was paid when it was issued.
        mentions: sentences that it must carry.
        supplied_from: the first day of what was sold; ``None``: not known.
        supplied_until: the last day of what was sold; ``None``: not known.
        payer_id: id of the person or the organisation; ``None``: nobody who is known.
        refund_id: for a credit note: the refund that it is for; ``None``: its charge was dropped.
        corrects: for a credit note: the id of the document that it corrects.
        due_on: for an invoice of what is on account: the local day on which it is due; ``None``: no day was agreed.
        parts: for an invoice of what is on account: what it states of each charge, in the order of its lines; empty for
            any other, and for one that an earlier version of this library issued.
        statement_id: for a document between legal entities: the statement of clearing that it is of; ``None``: it is
            for a payer.
        sponsored: what of ``paid`` sponsors took over; ``None``: nothing.

    Index:
        series: series id, year, number.
        entity: entity id, issued at.
        charge: charge id, issued at; for each of its charges.
        payer: person id, issued at.
        clearing: id of the statement, issued at.
    """

    kind: ClassVar[str] = "document"
    id: str = attrs.field(validator=is_text(300))
    entity_id: str = attrs.field(validator=is_id)
    series_id: str = attrs.field(validator=is_text(300))
    what: DocumentType = attrs.field(validator=is_word(DocumentType))
    year: int = attrs.field()
    number: int = attrs.field(validator=is_count(most=10**12))
    printed: Code = attrs.field(validator=is_text(50))
    issued_at: datetime = attrs.field(converter=instant)
    issued_on: date = attrs.field()
    charge_id: str = attrs.field(validator=is_text(200))
    seller: Seller = attrs.field()
    lines: tuple[DocumentLine, ...] = attrs.field()
    taxes: tuple[DocumentTax, ...] = attrs.field()
    net: Money = attrs.field()
    tax: Money = attrs.field()
    residual: Money = attrs.field()
    gross: Money = attrs.field()
    paid: Money = attrs.field()
    mentions: tuple[PublicText, ...] = ()
    supplied_from: date | None = None
    supplied_until: date | None = None
    payer_id: str | None = attrs.field(default=None, validator=maybe_id)
    refund_id: str | None = attrs.field(default=None, validator=maybe_id)
    corrects: Code | None = None
    due_on: date | None = None
    parts: tuple[DocumentPart, ...] = ()
    statement_id: Code | None = None
    sponsored: Money | None = None

    @property
    def charge_ids(self) -> tuple[str, ...]:
        """The charges that it states, in the order of its lines."""
        return tuple(part.charge_id for part in self.parts) or ((self.charge_id,) if self.charge_id else ())

    def lines_of(self, charge_id: str) -> tuple[DocumentLine, ...]:
        """The lines of one of its charges, as they stand in it.

        Args:
            charge_id: id of the charge.
        """
        for n, part in enumerate(self.parts):
            if part.charge_id == charge_id:
                end = self.parts[n + 1].first if n + 1 < len(self.parts) else None
                return tuple(
                    one for one in self.lines if one.position >= part.first and (end is None or one.position < end)
                )
        return self.lines if charge_id == self.charge_id else ()

    def of(self, charge_id: str) -> Document:
        """What it states of one of its charges, as if it were a document of that charge alone.

        Args:
            charge_id: id of the charge.
        """
        for part in self.parts:
            if part.charge_id == charge_id:
                lines = (evolve(one, position=one.position - part.first) for one in self.lines_of(charge_id))
                zero = Money.zero(self.gross.currency)
                return evolve(
                    self,
                    charge_id=charge_id,
                    lines=tuple(lines),
                    taxes=part.taxes,
                    net=sum((one.net for one in part.taxes), zero),
                    tax=sum((one.tax for one in part.taxes), zero),
                    residual=sum((one.residual for one in part.taxes), zero),
                    gross=part.gross,
                    paid=part.paid,
                    supplied_from=part.supplied_from,
                    supplied_until=part.supplied_until,
                    parts=(),
                    sponsored=None,
                )
        return self

    @property
    def by_person(self) -> tuple[tuple[str | None, tuple[tuple[DocumentPart, tuple[DocumentLine, ...]], ...]], ...]:
        """The lines of a bill, by person and then by charge, in the order in which they come first.

        A pair for each person: the id, ``None`` for the payer or nobody known, who comes first, and pairs of a part and
        its lines that are for that person. Empty where the document has no parts.
        """
        found: dict[str | None, list[tuple[DocumentPart, tuple[DocumentLine, ...]]]] = {}
        for part in self.parts:
            lines = self.lines_of(part.charge_id)
            for person_id in dict.fromkeys(one.person_id for one in lines):
                mine = tuple(one for one in lines if one.person_id == person_id)
                found.setdefault(person_id, []).append((part, mine))
        payer_first = sorted(found.items(), key=lambda one: one[0] is not None)
        return tuple((person_id, tuple(groups)) for person_id, groups in payer_first)

    def index(self) -> Index:
        yield "series", composite(self.series_id, str(self.year), f"{self.number:012d}")
        yield "entity", composite(self.entity_id, self.issued_at)
        for id in self.charge_ids:
            yield "charge", composite(id, self.issued_at)
        if self.payer_id:
            yield "payer", composite(self.payer_id, self.issued_at)
        if self.statement_id:
            yield "clearing", composite(self.statement_id, self.issued_at)


@attrs.frozen
class Credit:
    """A credit note of a charge.

    Attributes:
        document_id: id of the document.
        refund_id: id of the refund that it is for; ``None``: for what was dropped.
    """

    document_id: str = attrs.field(validator=is_text(300))
    refund_id: str | None = None


@record("domain", named=False)
@attrs.frozen
class ChargeDocuments:
    """The documents of a charge: at most one receipt and one invoice, and credit notes.

    Attributes:
        id: id of the charge.
        receipt_id: id of the receipt; ``None``: not issued.
        invoice_id: id of the invoice; ``None``: not issued.
        credits: the credit notes.
        credited: what credit notes took back of each line, in minor units, by the line's position.
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
    "DOCUMENTS",
    "Addressee",
    "BilledTo",
    "ChargeDocuments",
    "Credit",
    "Document",
    "DocumentLine",
    "DocumentPart",
    "DocumentTax",
    "DocumentType",
    "NumberSeries",
    "Seller",
    "series_id",
]
