"""Documents: what they state of a legal entity, the series that number them, and issuing them one after the other.

Issuing is a change of its own, never a part of a booking's. It writes the row of its series, so that two never take one
number, and none is taken without its document.
"""

from __future__ import annotations

from collections.abc import Sequence

from cantinekit.domain.catalogue.records import TariffText
from cantinekit.domain.decision import Decision
from cantinekit.domain.documents.amounts import (
    Stated,
    paid_of,
    sponsored_of,
    state_credit,
    state_one,
    state_part,
    stated_lines,
    turnover,
)
from cantinekit.domain.documents.charges import (
    dropped_of,
    find_refunds,
    find_sales,
    of_price,
    sale_parts,
    taxed_charge,
)
from cantinekit.domain.documents.commands import (
    AutomateReceipts,
    DescribeEntity,
    IssueCreditNote,
    IssueDocument,
    OpenSeries,
)
from cantinekit.domain.documents.events import EntityDescribed, ReceiptsAutomated, SeriesOpened
from cantinekit.domain.documents.numbering import billed_to, check_type, number_next, seller_of
from cantinekit.domain.documents.records import (
    Addressee,
    BilledTo,
    ChargeDocuments,
    Document,
    NumberSeries,
    series_id,
)
from cantinekit.domain.handling import handles
from cantinekit.domain.organisations.records import Organisation
from cantinekit.domain.payments.records import Charge, Refund
from cantinekit.domain.places.records import LegalEntity
from cantinekit.domain.sales.question import read_tariff
from cantinekit.domain.sales.records import Sale
from cantinekit.domain.state import State, Wish, refuse_twice
from cantinekit.domain.uniques.events import UniqueTaken
from cantinekit.domain.uniques.records import Unique
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.errors import DuplicateError, UnsuitableError, WrongStateError
from cantinekit.errors.shown import shown
from cantinekit.money import Money


@handles(DescribeEntity)
def describe_entity(c: DescribeEntity, uow: Uow) -> Steps[Decision[LegalEntity]]:
    """Change what documents state of a legal entity."""
    entity = yield from uow.need(LegalEntity, c.entity_id)

    said = (c.address, c.country, c.registration, c.vat_number, c.mentions)
    if said != (entity.address, entity.country, entity.registration, entity.vat_number, entity.mentions):
        uow.add(EntityDescribed(entity.id, *said))
    return uow.done(entity)


def _prefix_key(entity_id: str, prefix: str) -> str:
    """The id of the row that lets a prefix exist once in a legal entity, so that no two numbers look the same."""
    return f"prefix|{entity_id}|{prefix}"


@handles(OpenSeries)
def open_series(c: OpenSeries, uow: Uow) -> Steps[Decision[NumberSeries]]:
    """Open a series of numbers of a legal entity, with a prefix of its own."""
    id, prefix = series_id(c.entity_id, c.name), _prefix_key(c.entity_id, c.prefix)
    entity = yield from uow.need(LegalEntity, c.entity_id, (NumberSeries, id), (Unique, prefix))

    refuse_twice(uow.state, NumberSeries, id)
    taken = uow.state.get(Unique, prefix)
    if taken is not None:
        raise DuplicateError(f"the prefix {shown(c.prefix)}", taken.holder)
    series = NumberSeries(id, entity.id, c.name, c.documents, c.prefix, c.zone, c.width)
    uow.add(SeriesOpened(series), UniqueTaken(prefix, id))
    return uow.done(series)


@handles(AutomateReceipts)
def automate_receipts(c: AutomateReceipts, uow: Uow) -> Steps[Decision[LegalEntity]]:
    """Have each settled charge of a legal entity get its receipt, or no more."""
    series_wanted = series_id(c.entity_id, c.series) if c.series is not None else None
    entity = yield from uow.need(LegalEntity, c.entity_id, (NumberSeries, series_wanted))

    if series_wanted is not None:
        check_type(uow.state.need(NumberSeries, series_wanted), ("receipt",))
        seller_of(entity)
    if series_wanted != entity.receipts:
        uow.add(ReceiptsAutomated(entity.id, series_wanted))
    return uow.done(entity)


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


@handles(IssueDocument)
def issue_document(c: IssueDocument, uow: Uow) -> Steps[Decision[Document]]:
    """Issue the receipt or the invoice of a charge; the same asked for again is answered with the same document."""
    charge = yield from uow.need(Charge, c.charge_id, (ChargeDocuments, c.charge_id))
    sales = yield from find_sales(uow, charge)
    refunds = yield from find_refunds(uow, charge)
    yield from uow.fetch([*_parts(uow.state, charge, c.series), *sales, *refunds])
    payer: list[Wish] = [(Organisation, charge.payer_id)] if charge.organisation else []
    yield from uow.fetch([*sale_parts(uow.state), *payer])

    series = uow.state.need(NumberSeries, series_id(charge.entity_id, c.series))
    check_type(series, ("receipt", "invoice"))
    issued = uow.state.get(ChargeDocuments, charge.id) or ChargeDocuments(charge.id)
    there = issued.receipt_id if series.documents == "receipt" else issued.invoice_id
    if there is not None:
        kept = uow.state.get(Addressee, there) if charge.organisation and c.addressee is None else None
        return _again(uow, charge, there, series, kept.billed_to if kept is not None else c.addressee)
    wanted = ("settled",) if series.documents == "receipt" else ("due", "settled")
    if charge.state not in wanted:
        raise WrongStateError(f"charge {charge.id}", state=charge.state, wanted=wanted)
    if not stated_lines(charge):
        raise UnsuitableError(f"charge {charge.id} is a deposit or a debt, which no document states")
    if series.documents == "receipt" and charge.written_off:
        lost = Money(charge.written_off, charge.amount.currency)
        raise WrongStateError(f"charge {charge.id}", state=f"written off but for what was paid ({lost} is lost)")
    addressee = c.addressee
    if addressee is None and charge.organisation and series.documents == "invoice":
        addressee = billed_to(uow.state.need(Organisation, charge.payer_id or "none"))
    if series.documents == "invoice" and (addressee is None or not addressee.address):
        raise UnsuitableError("an invoice states the name and the address of whom it is for")
    document = _numbered(uow, series, charge, _stated(uow.state, charge), addressee)
    return uow.done(document, [charge.id])


def _stated(state: State, charge: Charge) -> Stated:
    """The amounts of a charge by the price list that it was made by, and by those of the sales of its subject."""
    sales = [record for record in state.records.values() if isinstance(record, Sale)]
    return state_one(taxed_charge(state, charge, sales))


def _again(uow: Uow, charge: Charge, id: str, series: NumberSeries, addressee: BilledTo | None) -> Decision[Document]:
    """What was issued, where the same is asked for; something else is refused, because a document never changes."""
    document, kept = uow.state.need(Document, id), uow.state.get(Addressee, id)
    if document.series_id != series.id or (kept.billed_to if kept else None) != addressee:
        raise DuplicateError(f"the {document.what} of charge {charge.id}", id)
    return uow.done(document, [charge.id])


def _numbered(uow: Uow, series: NumberSeries, charge: Charge, stated: Stated, addressee: BilledTo | None) -> Document:
    """The receipt or the invoice of a charge; an invoice of what is on account is the one that it is on."""
    paid = paid_of(charge, stated.gross)
    invoice = series.documents == "invoice"
    parts = [state_part(charge, stated, paid)] if invoice and charge.on_account else []
    due_on = charge.due_on if invoice else None
    shares = sponsored_of([charge], paid)
    return number_next(uow, series, charge, stated, paid, addressee, due_on=due_on, parts=parts, sponsored=shares)


@handles(IssueCreditNote)
def issue_credit_note(c: IssueCreditNote, uow: Uow) -> Steps[Decision[Document]]:
    """Issue the credit note of a refund, or of what was dropped of a charge before it was paid."""
    charge = yield from uow.need(Charge, c.charge_id, (ChargeDocuments, c.charge_id), (Refund, c.refund_id))
    refunds = yield from find_refunds(uow, charge)
    yield from uow.fetch([*_parts(uow.state, charge, c.series), *refunds])

    state = uow.state
    series = state.need(NumberSeries, series_id(charge.entity_id, c.series))
    check_type(series, ("credit note",))
    issued = state.get(ChargeDocuments, charge.id)
    if issued is None or issued.corrected is None:
        raise WrongStateError(f"charge {charge.id}", state="without a document to correct")
    corrected, kept = state.need(Document, issued.corrected).of(charge.id), state.get(Addressee, issued.corrected)
    addressee = kept.billed_to if kept else None
    refund = None if c.refund_id is None else state.need(Refund, c.refund_id)
    noted = [credit.document_id for credit in issued.credits if credit.refund_id == c.refund_id]
    amount = _dropped_since(state, charge, [corrected.id, *noted]) if refund is None else _refunded(refund, charge)
    if noted and (refund is not None or amount.amount <= 0):
        return _again(uow, charge, noted[-1], series, addressee)
    if amount.amount <= 0:
        raise WrongStateError(f"charge {charge.id}", state="without anything dropped of it; name the refund")
    left = corrected.gross - Money(sum(issued.credited), amount.currency)
    if amount > left:
        raise WrongStateError(
            f"{corrected.what} {corrected.printed}", state=f"credited but for {left}, less than {amount}"
        )
    tariff = read_tariff(state.need(TariffText, charge.tariff_version).text)
    named = {one.line: one.amount.amount for one in refund.lines if one.amount} if refund else None
    stated = state_credit(corrected, issued.credited, amount, tariff, named)
    paid = Money.zero(amount.currency) if c.refund_id is None else -amount
    note = number_next(uow, series, charge, stated, paid, addressee, refund_id=c.refund_id, corrects=corrected.id)
    return uow.done(note, [charge.id])


def _refunded(refund: Refund, charge: Charge) -> Money:
    """What a refund takes back of what was owed."""
    if refund.charge_id != charge.id:
        raise UnsuitableError(f"refund {refund.id} is of another charge")
    if refund.surplus:
        raise UnsuitableError(f"refund {refund.id} gives back what was never owed, so that no document states it")
    if refund.deposit:
        raise UnsuitableError(f"refund {refund.id} returns a deposit, which no document states")
    if refund.state != "settled":
        raise WrongStateError(f"refund {refund.id}", state=refund.state, wanted=["settled"])
    amount = of_price(refund, charge)
    if not amount:
        raise UnsuitableError(f"refund {refund.id} gives back a debt, which no document states")
    return amount


def _dropped_since(state: State, charge: Charge, ids: Sequence[str]) -> Money:
    """What was dropped of a charge since these documents of it, which state the rest."""
    said = Money.sum((state.need(Document, id).of(charge.id).gross for id in ids), charge.amount.currency)
    return said - (turnover(charge) - dropped_of(state, charge))
