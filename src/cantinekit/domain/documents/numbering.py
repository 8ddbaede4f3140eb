"""The next document of a series: what it is, who sells, and whom it is for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from cantinekit.clock import local
from cantinekit.domain.documents.amounts import Stated
from cantinekit.domain.documents.events import DocumentIssued
from cantinekit.domain.documents.records import Addressee, BilledTo, Document, DocumentPart, NumberSeries, Seller
from cantinekit.domain.draft import Draft
from cantinekit.domain.organisations.records import Organisation
from cantinekit.domain.payments.records import Charge
from cantinekit.domain.places.records import LegalEntity
from cantinekit.errors import UnsuitableError
from cantinekit.money import Money

_TICK = timedelta(microseconds=1)


def check_type(series: NumberSeries, wanted: Sequence[str]) -> None:
    """Refuse a series that numbers other documents.

    Args:
        series: the series.
        wanted: the types of documents, one of which it is to number.

    Raises:
        UnsuitableError: it numbers none of them.
    """
    if series.documents not in wanted:
        raise UnsuitableError(f"the series {series.name} numbers documents of the type {series.documents}")


def seller_of(entity: LegalEntity) -> Seller:
    """A legal entity as documents state it.

    Raises:
        UnsuitableError: it has no address yet.
    """
    if not entity.address:
        raise UnsuitableError(f"a document states the address of who sells, and {entity.name} has none yet")
    return Seller(entity.name, entity.address, entity.country, entity.registration, entity.vat_number)


def check_taxable(entity: LegalEntity, stated: Stated) -> None:
    """Refuse an invoice, or its credit note, with tax of a legal entity that has no VAT id.

    Args:
        entity: the legal entity.
        stated: what is to be stated.

    Raises:
        UnsuitableError: it has none.
    """
    if not entity.vat_number and any(line.category == "S" for line in stated.lines):
        raise UnsuitableError(f"{entity.name} has no VAT id yet, which a document with tax states (EN 16931, BR-S-02)")


def billed_to(payer: Organisation) -> BilledTo | None:
    """The organisation as an invoice states it; ``None`` where it was forgotten."""
    if payer.state == "forgotten":
        return None
    return BilledTo(payer.name, payer.address, payer.country, payer.vat_number)


def number_next(
    draft: Draft,
    series: NumberSeries,
    charge: Charge | None,
    stated: Stated,
    paid: Money,
    addressee: BilledTo | None,
    *,
    refund_id: str | None = None,
    corrects: str | None = None,
    due_on: date | None = None,
    days_until_due: int | None = None,
    due_from: date | None = None,
    parts: Sequence[DocumentPart] = (),
    statement_id: str | None = None,
    sponsored: Money | None = None,
) -> Document:
    """Issue the next document of a series. It is never of an earlier instant than the one before, whatever the clock
    says.

    Args:
        draft: what is decided so far; the legal entity is loaded.
        series: the series, as it is by now.
        charge: the charge that it states, or the first of several; ``None``: it is of none, as between legal entities.
        stated: what it states.
        paid: what of that is paid.
        addressee: whom it is for; ``None``: nobody is named.
        refund_id: for a credit note: the refund that it is for.
        corrects: for a credit note: the document that it corrects.
        due_on: for an invoice of what is on account: the local day on which it is due.
        days_until_due: the same, counted from the day of the invoice; ``None``: it is not counted.
        due_from: the local day from which they are counted instead; the invoice is never due before its own day.
        parts: for an invoice of what is on account: what it states of each charge.
        statement_id: the statement of clearing that it is of; ``None``: none.
        sponsored: what of ``paid`` sponsors took over; ``None``: nothing.

    Raises:
        UnsuitableError: the legal entity lacks the address or the VAT number that the document states.
    """
    entity, now = draft.state.need(LegalEntity, series.entity_id), draft.now
    seller = seller_of(entity)
    if series.documents != "receipt":
        check_taxable(entity, stated)
    at = now if series.issued_at is None else max(now, series.issued_at + _TICK)
    day = local(at, series.zone).date()
    number = series.last + 1 if day.year == series.year else 1
    printed = series.printed(day.year, number)
    days = stated.days or (None, None)
    payer_id = charge.payer_id if charge is not None else None
    document = Document(
        id=f"{entity.id}|{printed}",
        entity_id=entity.id,
        series_id=series.id,
        what=series.documents,
        year=day.year,
        number=number,
        printed=printed,
        issued_at=at,
        issued_on=day,
        charge_id=charge.id if charge is not None else "",
        seller=seller,
        lines=stated.lines,
        taxes=stated.taxes,
        net=stated.net,
        tax=stated.tax,
        residual=stated.residual,
        gross=stated.gross,
        paid=paid,
        mentions=(*stated.mentions, *entity.mentions),
        supplied_from=days[0],
        supplied_until=days[-1],
        payer_id=payer_id,
        refund_id=refund_id,
        corrects=corrects,
        due_on=due_on if days_until_due is None else max(day, (due_from or day) + timedelta(days=days_until_due)),
        parts=tuple(parts),
        statement_id=statement_id,
        sponsored=sponsored or None,
    )
    draft.add(DocumentIssued(document))
    if addressee is not None:
        draft.keep([Addressee(document.id, addressee, at, payer_id)])
    return document
