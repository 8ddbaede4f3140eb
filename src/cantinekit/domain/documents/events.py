"""Facts about documents: what a legal entity states on them, the series that number them, what was issued."""

from __future__ import annotations

import attrs

from cantinekit.common.evolve import evolve
from cantinekit.common.fields import Code, PublicText
from cantinekit.domain.base import Event, Record, event
from cantinekit.domain.documents.records import ChargeDocuments, Credit, Document, NumberSeries
from cantinekit.domain.payments.records import Charge
from cantinekit.domain.places.records import LegalEntity
from cantinekit.domain.state import State


@event
@attrs.frozen
class EntityDescribed(Event):
    """What documents state of a legal entity from now on; those that were issued keep what they state.

    Attributes:
        entity_id: id of the legal entity.
        address: the lines of the address.
        country: ISO 3166-1 code of two letters; empty: not stated.
        registration: the registration number; empty: none.
        vat_number: the VAT number; empty: none.
        mentions: sentences that all documents carry.
    """

    entity_id: str
    address: tuple[PublicText, ...]
    country: Code
    registration: Code
    vat_number: Code
    mentions: tuple[PublicText, ...]

    def changes(self, state: State) -> tuple[Record, ...]:
        return (
            evolve(
                state.need(LegalEntity, self.entity_id),
                address=self.address,
                country=self.country,
                registration=self.registration,
                vat_number=self.vat_number,
                mentions=self.mentions,
            ),
        )


@event
@attrs.frozen
class SeriesOpened(Event):
    """A number series was opened.

    Attributes:
        series: the number series.
    """

    series: NumberSeries

    def changes(self, state: State) -> tuple[Record, ...]:
        return (self.series,)


@event
@attrs.frozen
class SeriesContinued(Event):
    """A number series goes on where another system stopped.

    Attributes:
        series_id: id of the number series.
        year: the year of the last number.
        last: the last number that the other system gave in it.
    """

    series_id: str
    year: int
    last: int

    def changes(self, state: State) -> tuple[Record, ...]:
        before = state.need(NumberSeries, self.series_id)
        return (evolve(before, year=self.year, last=self.last, elsewhere=(self.year, self.last)),)


@event
@attrs.frozen
class ReceiptsAutomated(Event):
    """From now on a settled charge gets a receipt automatically, or no longer.

    Attributes:
        entity_id: id of the legal entity.
        series_id: id of the number series; ``None``: no longer.
    """

    entity_id: str
    series_id: str | None

    def changes(self, state: State) -> tuple[Record, ...]:
        return (evolve(state.need(LegalEntity, self.entity_id), receipts=self.series_id),)


@event
@attrs.frozen
class DocumentIssued(Event):
    """A document got its number. Whom it is for is stored in a private record, not here.

    What is on account is on this invoice from now on, and due on its day.

    Attributes:
        document: the document.
    """

    document: Document

    def changes(self, state: State) -> tuple[Record, ...]:
        document = self.document
        before = state.need(NumberSeries, document.series_id)
        over = ((before.year, before.last),) if before.last and before.year != document.year else ()
        series = evolve(
            before,
            year=document.year,
            last=document.number,
            issued_at=document.issued_at,
            ended=(*before.ended, *over),
        )
        listed = (_listed(document, id, state) for id in document.charge_ids)
        charges = (state.need(Charge, part.charge_id) for part in document.parts)
        billed = (evolve(charge, invoice_id=document.id, due_on=document.due_on) for charge in charges)
        return document, series, *listed, *billed


def _listed(document: Document, charge_id: str, state: State) -> ChargeDocuments:
    """The documents of a charge with one more."""
    found = state.get(ChargeDocuments, charge_id) or ChargeDocuments(charge_id)
    if document.what == "receipt":
        return evolve(found, receipt_id=document.id)
    if document.what == "invoice":
        return evolve(found, invoice_id=document.id)
    credited = list(found.credited) or [0] * len(state.need(Charge, charge_id).lines)
    for line in document.lines:
        credited[line.position] -= line.gross.amount
    credit = Credit(document.id, document.refund_id)
    return evolve(found, credits=(*found.credits, credit), credited=tuple(credited))


__all__ = [
    "DocumentIssued",
    "EntityDescribed",
    "ReceiptsAutomated",
    "SeriesContinued",
    "SeriesOpened",
]
