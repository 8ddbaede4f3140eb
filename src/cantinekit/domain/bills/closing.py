"""Closing a bill: what of a payer is on account and on no invoice, what an invoice of it states, and issuing it.

A preview, a bill that is closed by hand and one of ``run_due`` read and state the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import attrs

from cantinekit.calendar import add_months
from cantinekit.clock import day_bounds, local
from cantinekit.domain.bills.chasing import begin, collect
from cantinekit.domain.bills.events import BillClosed
from cantinekit.domain.bills.records import BillingAddress, BillingTerms
from cantinekit.domain.catalogue.records import TariffText
from cantinekit.domain.debits.records import DebitMandate
from cantinekit.domain.debits.waiting import await_debit
from cantinekit.domain.documents.amounts import Stated, Taxed, is_whole_sale, sponsored_of, state_bill, turnover
from cantinekit.domain.documents.charges import dropped_of, find_refunds, find_sales, sale_parts, taxed_charge
from cantinekit.domain.documents.numbering import billed_to, check_type, number_next
from cantinekit.domain.documents.records import BilledTo, ChargeDocuments, Document, DocumentPart, NumberSeries
from cantinekit.domain.draft import Draft
from cantinekit.domain.index import composite
from cantinekit.domain.organisations.records import Organisation
from cantinekit.domain.payments.charging import credit_wish, take_credit
from cantinekit.domain.payments.paying import credit_of, under_way
from cantinekit.domain.payments.records import MANDATE, Attempt, Charge
from cantinekit.domain.people.records import Person
from cantinekit.domain.places.records import LegalEntity
from cantinekit.domain.sales.records import Sale
from cantinekit.domain.state import State, Wish, refer
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.errors import UnsuitableError
from cantinekit.money import Money

MAX_CHARGES = 1000
"""The most charges that are billed at once, the oldest: an invoice is one record. The next bill has the others."""
AFTER_RENEWALS = timedelta(seconds=1)
"""How long after the beginning of its day a bill is closed: what renews on that day is charged first."""


@attrs.frozen
class Bill:
    """What an invoice of several charges will state.

    Attributes:
        charges: the charges.
        stated: its lines, taxes and sums.
        parts: what of it is of each charge.
    """

    charges: tuple[Charge, ...]
    stated: Stated
    parts: tuple[DocumentPart, ...]

    @property
    def paid(self) -> Money:
        """What was paid of it before."""
        return Money.sum((part.paid for part in self.parts), self.stated.gross.currency)


def billing_day_after(day: date, billing_day: int) -> date:
    """The next billing day after a day.

    Args:
        day: the local day.
        billing_day: the day of the month; in a shorter month its last day.
    """
    first = day.replace(day=1)
    for months in (0, 1):
        last = add_months(first, months + 1) - timedelta(days=1)
        found = last.replace(day=min(billing_day, last.day))
        if found > day:
            return found
    raise AssertionError(f"no day {billing_day} comes after {day}")


def due_from(bill: Bill, terms: BillingTerms, day: date) -> date | None:
    """The local day from which the days until a bill is due count, where all that it states was backdated: that of the
    bill on which it would have been; ``None``: the day of the bill.

    Args:
        bill: the bill.
        terms: the terms of payment.
        day: the local day on which it is closed.
    """
    began = [one.began_at for one in bill.charges if one.began_at is not None]
    if len(began) < len(bill.charges):
        return None
    last = local(max(began), terms.zone).date()
    by_hand = terms.next_on is None or day < terms.next_on
    return last if by_hand else min(day, billing_day_after(last - timedelta(days=1), terms.billing_day))


def schedule(draft: Draft, terms: BillingTerms) -> None:
    """Have the next bill of terms closed on its day."""
    if terms.next_on is not None:
        draft.later("expire", refer(terms), day_bounds(terms.next_on, terms.zone).start + AFTER_RENEWALS)


# --- reading ---------------------------------------------------------------------------------------------------------


def terms_wishes(terms: BillingTerms) -> list[Wish]:
    """What belongs to terms of payment: who sells, and who pays, by which mandate."""
    payer = [(cls, terms.payer_id) for cls in (Person, Organisation)]
    mandate: list[Wish] = [(DebitMandate, terms.id)] if terms.account == MANDATE else []
    return [(LegalEntity, terms.entity_id), (BillingAddress, terms.id), *payer, *mandate]


def read_unbilled(uow: Uow, terms: BillingTerms, until: date, series_id: str) -> Steps[None]:
    """Load what a payer was charged on account up to the end of a day and is on no invoice, and what it takes to state
    that.

    Args:
        uow: the unit of work.
        terms: the terms of payment.
        until: the local day.
        series_id: the number series of the invoice.
    """
    prefix = composite(terms.entity_id, terms.payer_id)
    end = day_bounds(until, terms.zone).end
    keys = yield from uow.find(Charge, "unbilled", f"{prefix}|", composite(prefix, end))
    ids = [key.id for key in keys][:MAX_CHARGES]
    several = [(cls, id) for id in ids for cls in (Charge, ChargeDocuments)]
    yield from uow.fetch([(NumberSeries, series_id), *terms_wishes(terms), *several])
    charges = unbilled(uow.state, terms, until)
    wishes: list[Wish] = [(Sale, charge.sale_id) for charge in charges]
    wishes += [(TariffText, charge.tariff_version) for charge in charges]
    asks = bool(terms.account) or terms.use_credit
    wishes += [(Attempt, id) for charge in charges for id in charge.attempt_ids if asks]
    wishes += [credit_wish(charge) for charge in charges if terms.use_credit]
    for charge in charges:
        wishes += yield from find_refunds(uow, charge)
        if charge.sale_id is None and not charge.claim:
            wishes += yield from find_sales(uow, charge)
    yield from uow.fetch(wishes)
    for charge in charges:
        if charge.sale_id is not None and not is_whole_sale(charge, uow.state.need(Sale, charge.sale_id)):
            wishes += yield from find_sales(uow, charge)
    yield from uow.fetch(wishes)
    yield from uow.fetch(sale_parts(uow.state))


def unbilled(state: State, terms: BillingTerms, until: date) -> list[Charge]:
    """The charges among those that are loaded that a bill states, the oldest first.

    A charge of before bills were kept can be on an invoice that it does not name.
    """
    charges = [one for one in state.records.values() if isinstance(one, Charge) and _is_of(one, terms)]
    found, end = list[Charge](), day_bounds(until, terms.zone).end
    for charge in sorted(charges, key=lambda one: (one.counts_from, one.id)):
        issued = state.get(ChargeDocuments, charge.id)
        if charge.counts_from < end and (issued is None or issued.invoice_id is None):
            found.append(charge)
    return found


def set_off(draft: Draft, terms: BillingTerms, until: date) -> None:
    """Pay what is about to be billed with credit of the payer, the oldest first, where the terms say so.

    What is being paid already is left alone. What is more than the bill stays credit, for the next one.

    Args:
        draft: what is decided so far, with what ``read_unbilled`` loads.
        terms: the terms of payment.
        until: the last local day.
    """
    for charge in unbilled(draft.state, terms, until) if terms.use_credit else ():
        have = credit_of(draft.state, terms.entity_id, terms.payer_id, charge.amount.currency)
        part = min(have, charge.owed_of_price)
        if part.amount > 0 and not under_way(draft, charge):
            take_credit(draft, charge.id, part)


def _is_of(charge: Charge, terms: BillingTerms) -> bool:
    return charge.unbilled and (charge.entity_id, charge.payer_id) == (terms.entity_id, terms.payer_id)


# --- stating ---------------------------------------------------------------------------------------------------------


def bills_of(state: State, terms: BillingTerms, until: date) -> list[Bill]:
    """What the invoices of a payer state: one for each currency, and one apart for what is outside the scope of VAT.

    Args:
        state: has what ``read_unbilled`` loads.
        terms: the terms of payment.
        until: the last local day.

    Raises:
        TaxUnknownError: a price list does not say the tax of a line.
        UnsuitableError: no invoice of the law can be made of it.
    """
    groups: dict[tuple[str, bool], list[Taxed]] = {}
    for charge in unbilled(state, terms, until):
        if turnover(charge) > dropped_of(state, charge):
            taxed = taxed_charge(state, charge, _sales(state, charge))
            groups.setdefault((charge.amount.currency, taxed.outside), []).append(taxed)
    return [Bill(tuple(one.charge for one in group), *state_bill(group)) for group in groups.values()]


def _sales(state: State, charge: Charge) -> Iterator[Sale]:
    """The sales that say how a charge is taxed: its own, or all of its subject where it is not the price of one."""
    if charge.sale_id is not None and is_whole_sale(charge, own := state.need(Sale, charge.sale_id)):
        yield own
        return
    for one in state.records.values():
        if isinstance(one, Sale) and one.subject == charge.subject:
            yield one


def addressee_of(state: State, terms: BillingTerms, said: BilledTo | None = None) -> BilledTo:
    """Whom the bills of a payer are addressed to.

    Args:
        state: has the address that was kept, and the organisation.
        terms: the terms of payment.
        said: whom they are to be addressed to from now on; ``None``: as before.

    Raises:
        UnsuitableError: nobody with an address is known.
    """
    kept = state.get(BillingAddress, terms.id)
    organisation = state.get(Organisation, terms.payer_id)
    found = said or (kept.billed_to if kept is not None else None)
    if found is None and organisation is not None:
        found = billed_to(organisation)
    if found is None or not found.address:
        raise UnsuitableError("an invoice states the name and the address of whom it is for")
    return found


# --- issuing ---------------------------------------------------------------------------------------------------------


def issue_bills(draft: Draft, terms: BillingTerms, until: date, series_id: str, next_on: date | None) -> list[Document]:
    """Issue the invoices of a payer, and take their money where the terms name an account; by mandate they wait.

    Args:
        draft: what is decided so far, with what ``read_unbilled`` loads.
        terms: the terms of payment.
        until: the last local day.
        series_id: the number series.
        next_on: the local day of the next bill; ``None``: the terms have ended.

    Raises:
        UnsuitableError: the series numbers no invoices, nobody is known to whom they can be addressed, or no invoice of
            the law can be made.
        TaxUnknownError: a price list does not say the tax of a line.
        AccountError: the legal entity may not use the account of the terms.
    """
    check_type(draft.state.need(NumberSeries, series_id), ("invoice",))
    set_off(draft, terms, until)
    documents = list[Document]()
    for bill in bills_of(draft.state, terms, until):
        document = number_next(
            draft,
            draft.state.need(NumberSeries, series_id),
            bill.charges[0],
            bill.stated,
            bill.paid,
            addressee_of(draft.state, terms),
            days_until_due=terms.days_until_due,
            due_from=due_from(bill, terms, today(draft, terms)),
            parts=bill.parts,
            sponsored=sponsored_of(bill.charges, bill.paid),
        )
        documents.append(document)
        draft.tell("bill issued", terms.payer_id, refer(document))
        if document.due_on is not None:
            draft.later("expire", refer(document), day_bounds(document.due_on, terms.zone).start)
    if documents or next_on != terms.next_on:
        draft.add(BillClosed(terms.id, until, tuple(one.id for one in documents), next_on, terms.use_credit))
    for document in documents:
        begin(draft, document, terms)
        if terms.account == MANDATE:
            chased = bool(terms.retries or terms.reminders)
            await_debit(draft, document, terms.id, terms.payer_id, terms.zone, chased=chased)
        elif terms.account:
            collect(draft, document, terms.account)
    return documents


def today(draft: Draft, terms: BillingTerms) -> date:
    """The local day of terms of payment."""
    return local(draft.now, terms.zone).date()
