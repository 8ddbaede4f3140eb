"""Documents: what they state of a legal entity, the series that number them, and issuing them one after the other.

Issuing is a change of its own, never a part of a booking's. It writes the row of its series, so that two never take one
number, and none is taken without its document.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from cantinekit.clock import local
from cantinekit.domain.catalogue.records import TariffText
from cantinekit.domain.decision import Decision
from cantinekit.domain.documents.amounts import Stated, state_charge, state_credit, stated_lines, turnover
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
from cantinekit.domain.handling import handles
from cantinekit.domain.organisations.records import Organisation
from cantinekit.domain.payments.records import Charge, Refund
from cantinekit.domain.places.records import LegalEntity
from cantinekit.domain.sales.past import whole_sale
from cantinekit.domain.sales.question import read_tariff
from cantinekit.domain.sales.records import Sale, SaleFacts
from cantinekit.domain.state import State, Wish, refuse_twice
from cantinekit.domain.uniques.events import UniqueTaken
from cantinekit.domain.uniques.records import Unique
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.errors import DuplicateError, UnsuitableError, WrongStateError
from cantinekit.errors.shown import shown
from cantinekit.money import Money

_TICK = timedelta(microseconds=1)


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
        _check_type(uow.state.need(NumberSeries, series_wanted), ("receipt",))
        _seller(entity)
    if series_wanted != entity.receipts:
        uow.add(ReceiptsAutomated(entity.id, series_wanted))
    return uow.done(entity)


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


@handles(IssueDocument)
def issue_document(c: IssueDocument, uow: Uow) -> Steps[Decision[Document]]:
    """Issue the receipt or the invoice of a charge; the same asked for again is answered with the same document."""
    charge = yield from uow.need(Charge, c.charge_id, (ChargeDocuments, c.charge_id))
    about = f"{charge.subject.kind}|{charge.subject.id}"
    sales = yield from uow.find(Sale, "subject", f"{about}|", f"{about}}}")
    refunds = yield from _refunds(uow, charge)
    yield from uow.fetch([*_parts(uow.state, charge, c.series), *((Sale, key.id) for key in sales), *refunds])
    found = [one for one in uow.state.records.values() if isinstance(one, Sale)]
    private: list[Wish] = [(SaleFacts, sale.id) for sale in found if sale.private_facts]
    if charge.organisation:
        private.append((Organisation, charge.payer_id))
    yield from uow.fetch([*((TariffText, sale.tariff_version) for sale in found), *private])

    series = uow.state.need(NumberSeries, series_id(charge.entity_id, c.series))
    _check_type(series, ("receipt", "invoice"))
    issued = uow.state.get(ChargeDocuments, charge.id) or ChargeDocuments(charge.id)
    there = issued.receipt_id if series.documents == "receipt" else issued.invoice_id
    if there is not None:
        kept = uow.state.get(Addressee, there) if charge.organisation and c.addressee is None else None
        return _again(uow, there, series, kept.billed_to if kept is not None else c.addressee)
    wanted = ("settled",) if series.documents == "receipt" else ("due", "settled")
    if charge.state not in wanted:
        raise WrongStateError(f"charge {charge.id}", state=charge.state, wanted=wanted)
    addressee = c.addressee
    if addressee is None and charge.organisation and series.documents == "invoice":
        addressee = _billed_to(uow.state.need(Organisation, charge.payer_id or "none"))
    if series.documents == "invoice" and (addressee is None or not addressee.address):
        raise UnsuitableError("an invoice states the name and the address of whom it is for")
    stated = _stated(uow.state, charge)
    paid = min(charge.paid - charge.paid_deposit, stated.gross)
    return _numbered(uow, series, charge, stated, paid, addressee)


def _billed_to(payer: Organisation) -> BilledTo | None:
    """The organisation as an invoice states it; ``None`` where it was forgotten."""
    if payer.state == "forgotten":
        return None
    return BilledTo(payer.name, payer.address, payer.country, payer.vat_number)


def _stated(state: State, charge: Charge) -> Stated:
    """The amounts of a charge by the price list that it was made by, and by those of the sales of its subject."""
    made_by = state.get(TariffText, charge.tariff_version)
    if made_by is None:
        raise UnsuitableError(f"the price list that made charge {charge.id} was not kept")
    sales = [(sale, state.need(TariffText, sale.tariff_version).text) for sale in _sales(state)]
    return state_charge(charge, sales, read_tariff(made_by.text), _dropped(state, charge))


def _sales(state: State) -> list[Sale]:
    """The sales, with all facts that they were made from."""
    found = [record for record in state.records.values() if isinstance(record, Sale)]
    return [whole_sale(sale, state.get(SaleFacts, sale.id) if sale.private_facts else None) for sale in found]


def _again(uow: Uow, id: str, series: NumberSeries, addressee: BilledTo | None) -> Decision[Document]:
    """What was issued, where the same is asked for; something else is refused, because a document never changes."""
    document, kept = uow.state.need(Document, id), uow.state.get(Addressee, id)
    if document.series_id != series.id or (kept.billed_to if kept else None) != addressee:
        raise DuplicateError(f"the {document.what} of charge {document.charge_id}", id)
    return uow.done(document, [document.charge_id])


def _numbered(
    uow: Uow,
    series: NumberSeries,
    charge: Charge,
    stated: Stated,
    paid: Money,
    addressee: BilledTo | None,
    *,
    refund_id: str | None = None,
    corrects: str | None = None,
) -> Decision[Document]:
    """The next document of a series. It is never of an earlier instant than the one before, whatever the clock says."""
    entity, now = uow.state.need(LegalEntity, charge.entity_id), uow.now
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
        due_on=charge.due_on if series.documents == "invoice" else None,
    )
    uow.add(DocumentIssued(document))
    if addressee is not None:
        uow.keep([Addressee(document.id, addressee, at, charge.payer_id)])
    return uow.done(document, [charge.id])


@handles(IssueCreditNote)
def issue_credit_note(c: IssueCreditNote, uow: Uow) -> Steps[Decision[Document]]:
    """Issue the credit note of a refund, or of what was dropped of a charge before it was paid."""
    charge = yield from uow.need(Charge, c.charge_id, (ChargeDocuments, c.charge_id), (Refund, c.refund_id))
    refunds = yield from _refunds(uow, charge)
    yield from uow.fetch([*_parts(uow.state, charge, c.series), *refunds])

    state = uow.state
    series = state.need(NumberSeries, series_id(charge.entity_id, c.series))
    _check_type(series, ("credit note",))
    issued = state.get(ChargeDocuments, charge.id)
    if issued is None or issued.corrected is None:
        raise WrongStateError(f"charge {charge.id}", state="without a document to correct")
    corrected, kept = state.need(Document, issued.corrected), state.get(Addressee, issued.corrected)
    addressee = kept.billed_to if kept else None
    refund = None if c.refund_id is None else state.need(Refund, c.refund_id)
    noted = [credit.document_id for credit in issued.credits if credit.refund_id == c.refund_id]
    amount = _dropped_since(state, charge, [corrected.id, *noted]) if refund is None else _refunded(refund, charge)
    if noted and (refund is not None or amount.amount <= 0):
        return _again(uow, noted[-1], series, addressee)
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
    return _numbered(uow, series, charge, stated, paid, addressee, refund_id=c.refund_id, corrects=corrected.id)


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
    amount = _of_price(refund, charge)
    if not amount:
        raise UnsuitableError(f"refund {refund.id} gives back a debt, which no document states")
    return amount


def _of_price(refund: Refund, charge: Charge) -> Money:
    """What of a refund is of lines that documents state."""
    if not refund.lines:
        return refund.amount
    stated = {number for number, _ in stated_lines(charge)}
    named = (one.amount for one in refund.lines if one.line in stated and one.amount)
    return Money.sum(named, refund.amount.currency)


def _refunds(uow: Uow, charge: Charge) -> Steps[list[Wish]]:
    """The refunds of a charge; most have none."""
    if not charge.refunded:
        return []
    keys = yield from uow.find(Refund, "charge", f"{charge.id}|", f"{charge.id}}}")
    return [(Refund, key.id) for key in keys]


def _dropped(state: State, charge: Charge) -> Money:
    """What was dropped of a charge before it was paid: no longer owed, and not given back either."""
    given = [one for one in state.records.values() if isinstance(one, Refund) and one.charge_id == charge.id]
    back = [_of_price(one, charge) for one in given if one.state != "declined" and not (one.surplus or one.deposit)]
    *lines, _ = charge.earned_by_line()
    earned = Money(sum(lines[number] for number, _ in stated_lines(charge)), charge.amount.currency)
    return turnover(charge) - earned - Money.sum(back, charge.amount.currency)


def _dropped_since(state: State, charge: Charge, ids: Sequence[str]) -> Money:
    """What was dropped of a charge since these documents of it, which state the rest."""
    said = Money.sum((state.need(Document, id).gross for id in ids), charge.amount.currency)
    return said - (turnover(charge) - _dropped(state, charge))
