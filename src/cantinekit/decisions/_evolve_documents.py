"""What events do to documents, to the series that number them, and to what documents state of a legal entity."""

from __future__ import annotations

from cantinekit import events as ev
from cantinekit._replace import replace
from cantinekit.decisions._evolve import changes
from cantinekit.decisions._state import State
from cantinekit.model import Charge, ChargeDocuments, Credit, Document, LegalEntity, NumberSeries, Record


@changes.register
def _(event: ev.EntityDescribed, state: State) -> tuple[Record, ...]:
    return (
        replace(
            state.need(LegalEntity, event.entity_id),
            address=event.address,
            country=event.country,
            registration=event.registration,
            vat_number=event.vat_number,
            mentions=event.mentions,
        ),
    )


@changes.register
def _(event: ev.SeriesOpened, state: State) -> tuple[Record, ...]:
    return (event.series,)


@changes.register
def _(event: ev.ReceiptsAutomated, state: State) -> tuple[Record, ...]:
    return (replace(state.need(LegalEntity, event.entity_id), receipts=event.series_id),)


@changes.register
def _(event: ev.DocumentIssued, state: State) -> tuple[Record, ...]:
    document = event.document
    before = state.need(NumberSeries, document.series_id)
    over = ((before.year, before.last),) if before.last and before.year != document.year else ()
    series = replace(
        before,
        year=document.year,
        last=document.number,
        issued_at=document.issued_at,
        ended=(*before.ended, *over),
    )
    return document, series, _listed(document, state)


def _listed(document: Document, state: State) -> ChargeDocuments:
    """The documents of a charge with one more."""
    found = state.get(ChargeDocuments, document.charge_id) or ChargeDocuments(document.charge_id)
    if document.what == "receipt":
        return replace(found, receipt_id=document.id)
    if document.what == "invoice":
        return replace(found, invoice_id=document.id)
    credited = list(found.credited) or [0] * len(state.need(Charge, document.charge_id).lines)
    for line in document.lines:
        credited[line.position] -= line.gross.amount
    credit = Credit(document.id, document.refund_id)
    return replace(found, credits=(*found.credits, credit), credited=tuple(credited))
