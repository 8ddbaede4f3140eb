"""The life cycles of terms of payment and of bills: a bill is closed on its day, its payer told when it is due, and
what is not paid is asked for again.
"""

from __future__ import annotations

from cantinekit.domain.base import Subject
from cantinekit.domain.bills.chasing import chase, read_chase
from cantinekit.domain.bills.closing import (
    MAX_CHARGES,
    billing_day_after,
    issue_bills,
    read_unbilled,
    schedule,
    today,
    unbilled,
)
from cantinekit.domain.bills.events import BillingTermsEnded
from cantinekit.domain.bills.records import BillChase, BillingTerms
from cantinekit.domain.documents.records import Document
from cantinekit.domain.draft import Draft
from cantinekit.domain.life_cycles.table import LIFE_CYCLES, LifeCycle
from cantinekit.domain.organisations.records import Organisation
from cantinekit.domain.payments.records import Charge
from cantinekit.domain.people.records import Person
from cantinekit.domain.state import State
from cantinekit.domain.unit_of_work import Steps, Uow


def _is_due(draft: Draft, terms: BillingTerms) -> bool:
    return terms.next_on is not None and terms.next_on <= today(draft, terms)


def read_terms(uow: Uow, terms_id: str) -> Steps[None]:
    """Load what it takes to close the bill of a payer whose billing day has come."""
    terms = yield from uow.need(BillingTerms, terms_id)
    if _is_due(uow, terms):
        yield from read_unbilled(uow, terms, today(uow, terms), terms.series_id)


def close_on_day(draft: Draft, subject: Subject) -> None:
    """Close the bill of a payer whose billing day has come: of all that was charged up to now, also where it is late.

    Where there is nothing to bill, nothing is issued. The terms of somebody who was forgotten end.
    """
    terms = draft.state.need(BillingTerms, subject.id)
    if not _is_due(draft, terms):
        return
    if _is_gone(draft.state, terms.payer_id):
        draft.add(BillingTermsEnded(terms.id))
        return
    day = today(draft, terms)
    more = len(unbilled(draft.state, terms, day)) >= MAX_CHARGES
    if more and issue_bills(draft, terms, day, terms.series_id, terms.next_on):
        draft.later("expire", subject)  # for the others
        return
    issue_bills(draft, terms, day, terms.series_id, billing_day_after(day, terms.billing_day))
    schedule(draft, draft.state.need(BillingTerms, terms.id))


def _is_gone(state: State, payer_id: str) -> bool:
    """Whether a payer was forgotten."""
    found = state.get(Person, payer_id) or state.get(Organisation, payer_id)
    return found is None or found.state == "forgotten"


def read_bill(uow: Uow, document_id: str) -> Steps[None]:
    """Load what it takes to say what of a bill is owed."""
    document = yield from uow.need(Document, document_id)
    yield from uow.fetch((Charge, id) for id in document.charge_ids)


def tell_bill_due(draft: Draft, subject: Subject) -> None:
    """Tell the payer of a bill that it is due today, where something of it is owed."""
    document = draft.state.need(Document, subject.id)
    if any(draft.state.need(Charge, id).owed_of_price for id in document.charge_ids):
        draft.tell("bill due", document.payer_id, subject)


LIFE_CYCLES[Document.kind] = LifeCycle(read=read_bill, expire=tell_bill_due)
LIFE_CYCLES[BillChase.kind] = LifeCycle(read=read_chase, expire=chase)
LIFE_CYCLES[BillingTerms.kind] = LifeCycle(read=read_terms, expire=close_on_day)
