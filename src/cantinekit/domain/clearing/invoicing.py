"""The invoices between legal entities: what a statement has of each direction, and what is taken back of it later.

They are issued in the change that issues the statement, or takes lines back, so that none is missing or there twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

from cantinekit.calendar import add_days
from cantinekit.domain.clearing.records import (
    CLEARING,
    ClearingInvoicing,
    ClearingLine,
    ClearingPair,
    ClearingStatement,
    statement_id,
)
from cantinekit.domain.documents.amounts import Stated, state_lines, treatment_of
from cantinekit.domain.documents.numbering import number_next
from cantinekit.domain.documents.records import Addressee, BilledTo, Document, NumberSeries
from cantinekit.domain.draft import Draft
from cantinekit.domain.index import composite
from cantinekit.domain.payments.events import LedgerPosted
from cantinekit.domain.payments.records import ChargeLine, LedgerEntry, LedgerLine, LineWord
from cantinekit.domain.places.records import LegalEntity
from cantinekit.domain.sales.said_lines import said_line
from cantinekit.domain.state import State, Wish, refer
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.errors import UnsuitableError
from cantinekit.money import Money, parse_rate
from cantinekit.pricing.tax import Mention, Treatment

LOOKED_BACK = timedelta(days=400)
"""How far back the invoice is looked for that a credit note corrects, from the last statement."""


def treatment(one: ClearingInvoicing) -> Treatment:
    """The tax of what a legal entity invoices.

    Args:
        one: how it does.
    """
    if one.tax == "standard":
        rate = parse_rate(one.rate)
        return Treatment("standard", "S" if rate else "Z", rate)
    category = {"reverse": "AE", "outside scope": "O"}.get(one.tax, "E")
    without = one.tax in ("not subject", "outside scope")
    return Treatment(one.tax, category, None if without else parse_rate("0%"), Mention(None, one.mention, one.code))


# --- what is read ----------------------------------------------------------------------------------------------------


def series_wishes(state: State, entity_ids: Iterable[str]) -> list[Wish]:
    """The number series of those of some legal entities that invoice.

    Args:
        state: has how they invoice.
        entity_ids: the legal entities.
    """
    found = [state.get(ClearingInvoicing, id) for id in entity_ids]
    return [(NumberSeries, id) for one in found if one is not None for id in (one.invoices_id, one.credit_notes_id)]


def read_earlier(uow: Uow, pair: ClearingPair, lines: Sequence[ClearingLine]) -> Steps[None]:
    """Load the invoices of the year before a statement, where something of it takes back what they state.

    Args:
        uow: has how both legal entities invoice.
        pair: the two legal entities.
        lines: the lines of the statement.
    """
    if pair.closed_until is None or not any(_nets(lines, credits=True)):
        return
    since = add_days(pair.closed_until, -LOOKED_BACK.days).isoformat()
    keys = yield from uow.find(Document, "clearing", composite(pair.id, since), f"{pair.id}}}")
    yield from uow.fetch((Document, key.id) for key in keys)


def read_invoices(uow: Uow, pair: ClearingPair, lines: Sequence[ClearingLine]) -> Steps[None]:
    """Load the invoices that state some lines, whom they are for, and what numbers their credit notes.

    Args:
        uow: has how both legal entities invoice.
        pair: the two legal entities.
        lines: lines that are to be taken back.
    """
    stated = [line.day for line in lines if _is_stated(pair, line)]
    if not stated or pair.closed_until is None:
        return
    end = add_days(pair.closed_until, 1).isoformat()
    keys = yield from uow.find(
        ClearingStatement, "pair", composite(pair.id, min(stated).isoformat()), composite(pair.id, end)
    )
    found = list[Wish]()
    for key in keys:
        issued = yield from uow.find(Document, "clearing", f"{key.id}|", f"{key.id}}}")
        found += [(cls, one.id) for one in issued for cls in (Document, Addressee)]
    entities = sorted({line.acceptor_id for line in lines})
    statements: list[Wish] = [(ClearingStatement, key.id) for key in keys]
    yield from uow.fetch(
        [*statements, *found, *series_wishes(uow.state, entities), *((LegalEntity, id) for id in entities)]
    )


def _is_stated(pair: ClearingPair, line: ClearingLine) -> bool:
    """Whether a line is in a statement."""
    return pair.closed_until is not None and line.day <= pair.closed_until


def invoice_of(state: State, pair: ClearingPair, line: ClearingLine) -> Document | None:
    """The invoice that states a line; ``None``: none does.

    Args:
        state: has what ``read_invoices`` loads.
        pair: the two legal entities.
        line: the line.
    """
    if not _is_stated(pair, line):
        return None
    statements = [
        one for one in state.records.values() if isinstance(one, ClearingStatement) and one.pair_id == pair.id
    ]
    day = min((one.until for one in statements if one.until >= line.day), default=None)
    if day is None:
        return None
    found = _invoices(state, line.acceptor_id, line.amount.currency)
    return next((one for one in found if one.statement_id == statement_id(pair.id, day)), None)


def _invoices(state: State, entity_id: str, currency: str) -> list[Document]:
    """The invoices of a legal entity for statements among those that are loaded, the oldest first."""
    every = [one for one in state.records.values() if isinstance(one, Document) and one.statement_id is not None]
    mine = [one for one in every if (one.entity_id, one.what, one.gross.currency) == (entity_id, "invoice", currency)]
    return sorted(mine, key=lambda one: one.issued_at)


# --- what is stated --------------------------------------------------------------------------------------------------


def _nets(lines: Iterable[ClearingLine], *, credits: bool) -> list[tuple[ClearingLine, int]]:
    """What each use, or what ran out, comes to after all, with the first of its lines: what is owed for it, or what of
    it is taken back that an earlier statement has. What a credit note has already is left out.
    """
    sums: dict[tuple[str, str, str, str], tuple[ClearingLine, int]] = {}
    for line in lines:
        key = line.acceptor_id, line.entitlement_id, line.subject.kind, line.subject.id
        first, amount = sums.get(key, (line, 0))
        sums[key] = first, amount + (0 if line.credited else line.amount.amount)
    return [(line, amount) for line, amount in sums.values() if (amount < 0 if credits else amount > 0)]


def _said(nets: Iterable[tuple[ClearingLine, int]]) -> list[ChargeLine]:
    """The lines of a document: one for each account, of what was used and of what ran out."""
    sums: dict[tuple[LineWord, str, str], tuple[int, int]] = {}
    currency = ""
    for line, amount in nets:
        currency = line.amount.currency
        word: LineWord = "units run out" if line.subject.kind == "entitlement" else "units used"
        key = word, line.product_id or line.account, line.account
        count, before = sums.get(key, (0, 0))
        sums[key] = count + 1, before + amount
    return [
        said_line(word, product_id, Money(amount, currency), detail=f"{account[:80]} ({count})")
        for (word, product_id, account), (count, amount) in sums.items()
    ]


def issue_invoices(
    draft: Draft, statement: ClearingStatement, lines: Sequence[ClearingLine], places: Mapping[str, str]
) -> None:
    """Issue the documents of a statement: of each legal entity that invoices an invoice, and a credit note of what is
    taken back of earlier ones, taxed as the last of them is, in each currency.

    Args:
        draft: what is decided so far, with how both invoice, their series and what ``read_earlier`` loads.
        statement: the statement.
        lines: the lines of the statement.
        places: of each of the two legal entities a place, in whose ledger the tax is entered.

    Raises:
        UnsuitableError: one of them lacks an address, or the VAT id that is stated with a rate.
    """
    for entity_id, other_id in ((statement.entity_id, statement.other_id), (statement.other_id, statement.entity_id)):
        how = draft.state.get(ClearingInvoicing, entity_id)
        if how is None or how.invoices_id is None:
            continue
        mine = [line for line in lines if line.acceptor_id == entity_id]
        tax = treatment(how)
        for currency in sorted({line.amount.currency for line in mine}):
            ours = [line for line in mine if line.amount.currency == currency]
            days = min(line.day for line in ours), max(line.day for line in ours)
            if owed := _nets(ours, credits=False):
                _issue(
                    draft,
                    how.invoices_id,
                    owed,
                    tax,
                    days,
                    _addressee(draft.state, other_id),
                    statement.id,
                    places,
                    how.days_until_due,
                )
            if back := _nets(ours, credits=True):
                before = _invoices(draft.state, entity_id, currency)
                before = [one for one in before if one.statement_id != statement.id]
                corrects = before[-1].id if before else None
                _issue(
                    draft,
                    how.credit_notes_id,
                    back,
                    treatment_of(before[-1].lines[0]) if before else tax,
                    days,
                    _addressee(draft.state, other_id),
                    statement.id,
                    places,
                    None,
                    corrects,
                )


def issue_credit_notes(draft: Draft, taken: Sequence[tuple[Document, ClearingLine]], places: Mapping[str, str]) -> None:
    """Issue a credit note of each invoice of which lines are taken back, taxed as the invoice is.

    Args:
        draft: what is decided so far, with what ``read_invoices`` loads.
        taken: the lines that take others back, each with the invoice that states what it takes back.
        places: of each of the two legal entities a place, in whose ledger the tax is entered.
    """
    for invoice in dict.fromkeys(one.id for one, _ in taken):
        document = draft.state.need(Document, invoice)
        mine = [(line, line.amount.amount) for one, line in taken if one.id == invoice]
        days = min(line.day for line, _ in mine), max(line.day for line, _ in mine)
        how = draft.state.need(ClearingInvoicing, document.entity_id)
        kept = draft.state.need(Addressee, document.id).billed_to
        tax = treatment_of(document.lines[0])
        assert document.statement_id is not None
        _issue(draft, how.credit_notes_id, mine, tax, days, kept, document.statement_id, places, None, document.id)


def _addressee(state: State, entity_id: str) -> BilledTo:
    """A legal entity as whom an invoice is for.

    Raises:
        UnsuitableError: it has no address yet.
    """
    entity = state.need(LegalEntity, entity_id)
    if not entity.address:
        raise UnsuitableError(f"an invoice states the address of whom it is for, and {entity.name} has none yet")
    return BilledTo(entity.name, entity.address, entity.country, entity.vat_number)


def _issue(
    draft: Draft,
    series_id: str,
    nets: Sequence[tuple[ClearingLine, int]],
    tax: Treatment,
    days: tuple[date, date],
    addressee: BilledTo,
    statement: str,
    places: Mapping[str, str],
    days_until_due: int | None,
    corrects: str | None = None,
) -> None:
    """Issue a document, and enter its tax in the ledgers of both."""
    series = draft.state.need(NumberSeries, series_id)
    stated = state_lines([(line, tax) for line in _said(nets)], days)
    document = number_next(
        draft,
        series,
        None,
        stated,
        Money.zero(stated.gross.currency),
        addressee,
        corrects=corrects,
        days_until_due=days_until_due,
        statement_id=statement,
    )
    issuer_id = nets[0][0].issuer_id
    for entity_id, family, sign in ((document.entity_id, "revenue", 1), (issuer_id, "costs", -1)):
        for entry in _taxes(draft, document, stated, places[entity_id], entity_id, family, sign):
            draft.add(LedgerPosted(entry))


def _taxes(
    draft: Draft, document: Document, stated: Stated, place_id: str, entity_id: str, family: str, sign: int
) -> Iterable[LedgerEntry]:
    """The tax of a document goes from what was earned, or from what it costs, to an account of its own."""
    account = "tax" if sign > 0 else "input tax"
    parts = [(one.rate, one.tax.amount * sign) for one in stated.taxes if one.tax.amount]
    if parts:
        whole = sum(amount for _, amount in parts)
        yield LedgerEntry(
            id=draft.ids("led"),
            entity_id=entity_id,
            place_id=place_id,
            at=draft.now,
            what="stated",
            subject=refer(document),
            currency=document.gross.currency,
            lines=(
                LedgerLine(f"{family}/{CLEARING}", whole),
                *(LedgerLine(f"{account}/{rate}", -amount) for rate, amount in parts),
            ),
        )
