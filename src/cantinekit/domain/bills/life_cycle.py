"""The life cycles of terms of payment and of bills: a bill is closed on its day, its payer told when it is due, and
what is not paid is asked for again.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from cantinekit.clock import local
from cantinekit.domain.base import Subject
from cantinekit.domain.bills.chasing import chase, read_chase
from cantinekit.domain.bills.closing import (
    MAX_CHARGES,
    billing_day_after,
    closes_at,
    issue_bills,
    read_unbilled,
    schedule,
    unbilled,
)
from cantinekit.domain.bills.events import BillClosed, BillingTermsEnded
from cantinekit.domain.bills.records import BillChase, BillingTerms
from cantinekit.domain.decision import Prerequisite
from cantinekit.domain.documents.records import Document
from cantinekit.domain.draft import Draft
from cantinekit.domain.index import composite
from cantinekit.domain.life_cycles.commands import Expire
from cantinekit.domain.life_cycles.table import LIFE_CYCLES, LifeCycle
from cantinekit.domain.organisations.records import Organisation
from cantinekit.domain.passes.life_cycle import read_pass_life
from cantinekit.domain.passes.records import Pass
from cantinekit.domain.passes.renewing import catch_up
from cantinekit.domain.payments.records import Charge
from cantinekit.domain.people.records import Person
from cantinekit.domain.state import State, refer
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.errors import RefusedError


def _is_due(draft: Draft, terms: BillingTerms) -> bool:
    moment = closes_at(terms)
    return moment is not None and moment <= draft.now


def read_terms(uow: Uow, terms_id: str) -> Steps[None]:
    """Load what it takes to close the bill of a payer whose billing day has come."""
    terms = yield from uow.need(BillingTerms, terms_id)
    if terms.next_on is not None and _is_due(uow, terms):
        yield from _carry_on(uow, terms)
        yield from read_unbilled(uow, terms, terms.next_on, terms.series_id)


def _carry_on(uow: Uow, terms: BillingTerms) -> Steps[None]:
    """Have the passes of a payer carried on first that are behind when a bill is closed, in any order of the tasks.

    One that cannot be, since its price list has no price for it, is in nobody's way.

    Raises:
        Prerequisite: there are such passes.
    """
    moment = closes_at(terms)
    assert moment is not None
    keys = yield from uow.find(Pass, "renews", f"{terms.payer_id}|", composite(terms.payer_id, moment))
    behind = list[Expire]()
    for key in keys:
        sold = yield from uow.need(Pass, key.id)
        yield from read_pass_life(uow, sold.id)
        trial = Draft(uow.state, uow.now, uow.ids)
        try:
            catch_up(trial, refer(sold), moment)
        except RefusedError:
            continue
        if trial.decided:
            behind.append(Expire(refer(sold), moment))
    if behind:
        raise Prerequisite(*behind)


def close_on_day(draft: Draft, subject: Subject) -> None:
    """Close the bill of a payer whose billing day has come: of all that was charged by then, however late it is closed.

    Where there is nothing to bill, nothing is issued. The terms of somebody who was forgotten end.
    """
    terms = draft.state.need(BillingTerms, subject.id)
    if terms.next_on is None or not _is_due(draft, terms):
        return
    if _is_gone(draft.state, terms.payer_id):
        draft.add(BillingTermsEnded(terms.id))
        return
    day, moment = terms.next_on, closes_at(terms)
    more = len(unbilled(draft.state, terms, day, moment)) >= MAX_CHARGES
    issued = more and issue_bills(draft, terms, day, terms.series_id, day, moment)
    if not issued:
        issue_bills(draft, terms, day, terms.series_id, billing_day_after(day, terms.billing_day), moment)
    schedule(draft, draft.state.need(BillingTerms, terms.id))  # for the next one, or the others of this day


def close_if_day(draft: Draft, subject: Subject, moment: datetime) -> None:
    """Close the bill for which that was planned; where its day is no billing day any more, only note that."""
    terms = draft.state.need(BillingTerms, subject.id)
    day = local(moment, terms.zone).date()
    if day == terms.next_on:
        close_on_day(draft, subject)
    elif terms.next_on is None or billing_day_after(day - timedelta(days=1), terms.billing_day) != day:
        draft.add(BillClosed(terms.id, day, next_on=terms.next_on, moved=True))


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
LIFE_CYCLES[BillingTerms.kind] = LifeCycle(read=read_terms, expire=close_on_day, expire_at=close_if_day)
