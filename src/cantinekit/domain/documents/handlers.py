"""Documents: what they state of a legal entity, the series that number them, and issuing them one after the other.

Issuing is a change of its own, never a part of a booking's. It writes the row of its series, so that two never take one
number, and none is taken without its document.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from cantinekit.clock import local
from cantinekit.domain.adapter import adapt
from cantinekit.domain.catalogue.records import TariffText
from cantinekit.domain.decision import Decision, Ids
from cantinekit.domain.documents.amounts import Stated, sale_of, state_charge, state_credit
from cantinekit.domain.documents.commands import (
    AutomateReceipts,
    DescribeEntity,
    IssueCreditNote,
    IssueDocument,
    OpenSeries,
)
from cantinekit.domain.documents.events import DocumentIssued, EntityDescribed, ReceiptsAutomated, SeriesOpened
from cantinekit.domain.documents.records import (
    Addressee,
    BilledTo,
    ChargeDocuments,
    Document,
    NumberSeries,
    Seller,
    series_id,
)
from cantinekit.domain.draft import Draft
from cantinekit.domain.payments.records import Charge, Refund
from cantinekit.domain.places.records import LegalEntity
from cantinekit.domain.sales.prices import read_tariff
from cantinekit.domain.sales.records import Sale
from cantinekit.domain.state import Find, Reads, State, Wish, fetch, refer, refuse_twice
from cantinekit.domain.uniques.events import UniqueTaken
from cantinekit.domain.uniques.records import Unique
from cantinekit.errors import DuplicateError, UnsuitableError, WrongStateError
from cantinekit.errors.shown import shown
from cantinekit.money import Money

_TICK = timedelta(microseconds=1)


def _read_entity(c: DescribeEntity, now: datetime) -> Reads:
    return (yield from fetch(State(), [(LegalEntity, c.entity_id)]))


def _describe(state: State, c: DescribeEntity, now: datetime, ids: Ids) -> Decision:
    entity, draft = state.need(LegalEntity, c.entity_id), Draft(state, now, ids)
    said = (c.address, c.country, c.registration, c.vat_number, c.mentions)
    if said != (entity.address, entity.country, entity.registration, entity.vat_number, entity.mentions):
        draft.add(EntityDescribed(entity.id, *said))
    return draft.decision(refer(entity))


def _prefix_key(entity_id: str, prefix: str) -> str:
    """The id of the row that lets a prefix exist once in a legal entity, so that no two numbers look the same."""
    return f"prefix|{entity_id}|{prefix}"


def _read_series(c: OpenSeries, now: datetime) -> Reads:
    own: list[Wish] = [(NumberSeries, series_id(c.entity_id, c.name)), (Unique, _prefix_key(c.entity_id, c.prefix))]
    return (yield from fetch(State(), [(LegalEntity, c.entity_id), *own]))


def _open(state: State, c: OpenSeries, now: datetime, ids: Ids) -> Decision:
    entity, draft = state.need(LegalEntity, c.entity_id), Draft(state, now, ids)
    id, prefix = series_id(entity.id, c.name), _prefix_key(entity.id, c.prefix)
    refuse_twice(state, NumberSeries, id)
    taken = state.get(Unique, prefix)
    if taken is not None:
        raise DuplicateError(f"the prefix {shown(c.prefix)}", taken.holder)
    series = NumberSeries(id, entity.id, c.name, c.documents, c.prefix, c.zone, c.width)
    draft.add(SeriesOpened(series), UniqueTaken(prefix, id))
    return draft.decision(refer(series))


def _read_automation(c: AutomateReceipts, now: datetime) -> Reads:
    series = series_id(c.entity_id, c.series) if c.series is not None else None
    return (yield from fetch(State(), [(LegalEntity, c.entity_id), (NumberSeries, series)]))


def _automate(state: State, c: AutomateReceipts, now: datetime, ids: Ids) -> Decision:
    entity, draft, wanted = state.need(LegalEntity, c.entity_id), Draft(state, now, ids), None
    if c.series is not None:
        series = state.need(NumberSeries, series_id(entity.id, c.series))
        _check_type(series, ("receipt",))
        _seller(entity)
        wanted = series.id
    if wanted != entity.receipts:
        draft.add(ReceiptsAutomated(entity.id, wanted))
    return draft.decision(refer(entity))


def _check_type(series: NumberSeries, wanted: Sequence[str]) -> None:
    if series.documents not in wanted:
        raise UnsuitableError(f"the series {series.name} numbers documents of the type {series.documents}")


def _seller(entity: LegalEntity) -> Seller:
    if not entity.address:
        raise UnsuitableError(f"a document states the address of who sells, and {entity.name} has none yet")
    return Seller(entity.name, entity.address, entity.country, entity.registration, entity.vat_number)


def _parts(state: State, charge: Charge, series: str) -> list[Wish]:
    """What every document needs to see: its series, its legal entity, the price list, what was issued before."""
    issued = state.get(ChargeDocuments, charge.id)
    there = [issued.receipt_id, issued.invoice_id, *(credit.document_id for credit in issued.credits)] if issued else []
    return [
        (NumberSeries, series_id(charge.entity_id, series)),
        (LegalEntity, charge.entity_id),
        (TariffText, charge.tariff_version),
        *((cls, id) for id in there for cls in (Document, Addressee)),
    ]


def _read_issue(c: IssueDocument, now: datetime) -> Reads:
    state = yield from fetch(State(), [(Charge, c.charge_id), (ChargeDocuments, c.charge_id)])
    charge = state.need(Charge, c.charge_id)
    about = f"{charge.subject.kind}|{charge.subject.id}"
    found = yield Find(Sale.kind, "subject", f"{about}|", f"{about}}}")
    sales: list[Wish] = [(Sale, key.id) for key in found]
    state = yield from fetch(state, [*_parts(state, charge, c.series), *sales])
    return (yield from fetch(state, [(TariffText, sale.tariff_version) for sale in _sales(state)]))


def _sales(state: State) -> list[Sale]:
    return [record for record in state.records.values() if isinstance(record, Sale)]


def _issue(state: State, c: IssueDocument, now: datetime, ids: Ids) -> Decision:
    charge = state.need(Charge, c.charge_id)
    series = state.need(NumberSeries, series_id(charge.entity_id, c.series))
    _check_type(series, ("receipt", "invoice"))
    issued = state.get(ChargeDocuments, charge.id) or ChargeDocuments(charge.id)
    there = issued.receipt_id if series.documents == "receipt" else issued.invoice_id
    if there is not None:
        return _again(state, there, series, c.addressee, now, ids)
    wanted = ("settled",) if series.documents == "receipt" else ("due", "settled")
    if charge.state not in wanted:
        raise WrongStateError(f"charge {charge.id}", state=charge.state, wanted=wanted)
    if series.documents == "invoice" and (c.addressee is None or not c.addressee.address):
        raise UnsuitableError("an invoice states the name and the address of whom it is for")
    text = state.need(TariffText, charge.tariff_version).text
    sale = sale_of(charge, _sales(state))
    earlier = [
        (one, state.need(TariffText, one.tariff_version).text)
        for one in _sales(state)
        if (one.at, one.id) < (sale.at, sale.id)
    ]
    stated = state_charge(charge, sale, earlier, text, read_tariff(text))
    paid = min(charge.paid, charge.amount)
    return _numbered(state, series, charge, stated, paid, c.addressee, now, ids)


def _again(
    state: State, id: str, series: NumberSeries, addressee: BilledTo | None, now: datetime, ids: Ids
) -> Decision:
    """What was issued, where the same is asked for; something else is refused, because a document never changes."""
    document, kept = state.need(Document, id), state.get(Addressee, id)
    if document.series_id != series.id or (kept.billed_to if kept else None) != addressee:
        raise DuplicateError(f"the {document.what} of charge {document.charge_id}", id)
    return Draft(state, now, ids).decision(refer(document), [document.charge_id])


def _numbered(
    state: State,
    series: NumberSeries,
    charge: Charge,
    stated: Stated,
    paid: Money,
    addressee: BilledTo | None,
    now: datetime,
    ids: Ids,
    *,
    refund_id: str | None = None,
    corrects: str | None = None,
) -> Decision:
    """The next document of a series. It is never of an earlier instant than the one before, whatever the clock says."""
    entity, draft = state.need(LegalEntity, charge.entity_id), Draft(state, now, ids)
    seller = _seller(entity)
    if series.documents != "receipt" and not seller.vat_number and any(line.category == "S" for line in stated.lines):
        raise UnsuitableError(f"{entity.name} has no VAT id yet, which a document with tax states (EN 16931, BR-S-02)")
    at = now if series.issued_at is None else max(now, series.issued_at + _TICK)
    day = local(at, series.zone).date()
    number = series.last + 1 if day.year == series.year else 1
    printed = series.printed(day.year, number)
    days = stated.days or (None, None)
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
        charge_id=charge.id,
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
        payer_id=charge.payer_id,
        refund_id=refund_id,
        corrects=corrects,
    )
    draft.add(DocumentIssued(document))
    if addressee is not None:
        draft.keep([Addressee(document.id, addressee, at, charge.payer_id)])
    return draft.decision(refer(document), [charge.id])


def _read_credit(c: IssueCreditNote, now: datetime) -> Reads:
    state = yield from fetch(State(), [(Charge, c.charge_id), (ChargeDocuments, c.charge_id), (Refund, c.refund_id)])
    charge = state.need(Charge, c.charge_id)
    found = yield Find(Refund.kind, "charge", f"{charge.id}|", f"{charge.id}}}")
    refunds: list[Wish] = [(Refund, key.id) for key in found]
    return (yield from fetch(state, [*_parts(state, charge, c.series), *refunds]))


def _credit(state: State, c: IssueCreditNote, now: datetime, ids: Ids) -> Decision:
    charge = state.need(Charge, c.charge_id)
    series = state.need(NumberSeries, series_id(charge.entity_id, c.series))
    _check_type(series, ("credit note",))
    issued = state.get(ChargeDocuments, charge.id)
    if issued is None or issued.corrected is None:
        raise WrongStateError(f"charge {charge.id}", state="without a document to correct")
    corrected, kept = state.need(Document, issued.corrected), state.get(Addressee, issued.corrected)
    addressee = kept.billed_to if kept else None
    for credit in issued.credits:
        if credit.refund_id == c.refund_id:
            return _again(state, credit.document_id, series, addressee, now, ids)
    amount = _dropped(state, charge) if c.refund_id is None else _refunded(state.need(Refund, c.refund_id), charge)
    left = corrected.gross - Money(sum(issued.credited), amount.currency)
    if amount > left:
        raise WrongStateError(
            f"{corrected.what} {corrected.printed}", state=f"credited but for {left}, less than {amount}"
        )
    tariff = read_tariff(state.need(TariffText, charge.tariff_version).text)
    stated = state_credit(corrected, issued.credited, amount, tariff)
    paid = Money.zero(amount.currency) if c.refund_id is None else -amount
    return _numbered(
        state, series, charge, stated, paid, addressee, now, ids, refund_id=c.refund_id, corrects=corrected.id
    )


def _refunded(refund: Refund, charge: Charge) -> Money:
    """What a refund takes back of what was owed."""
    if refund.charge_id != charge.id:
        raise UnsuitableError(f"refund {refund.id} is of another charge")
    if refund.surplus:
        raise UnsuitableError(f"refund {refund.id} gives back what was never owed, so that no document states it")
    if refund.state != "settled":
        raise WrongStateError(f"refund {refund.id}", state=refund.state, wanted=["settled"])
    return refund.amount


def _dropped(state: State, charge: Charge) -> Money:
    """What was dropped of a charge before it was paid: no longer owed, and not given back either."""
    if charge.state != "void":
        raise WrongStateError(f"charge {charge.id}", state=charge.state, wanted=["void"])
    given = [one for one in state.records.values() if isinstance(one, Refund)]
    back = [one.amount for one in given if one.state != "declined" and not one.surplus]
    dropped = charge.amount - charge.billed - Money.sum(back, charge.amount.currency)
    if dropped.amount <= 0:
        raise WrongStateError(f"charge {charge.id}", state="paid and given back; name the refund")
    return dropped


adapt(DescribeEntity, _read_entity, _describe)

adapt(OpenSeries, _read_series, _open)

adapt(AutomateReceipts, _read_automation, _automate)

adapt(IssueDocument, _read_issue, _issue)

adapt(IssueCreditNote, _read_credit, _credit)
