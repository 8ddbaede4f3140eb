"""Asking again for what is not paid of a bill: its account collects again, its payer is reminded, staff are told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from cantinekit.clock import day_bounds, local
from cantinekit.domain.base import Subject
from cantinekit.domain.bills.events import BillChaseBegun, BillChased, BillLeftUnpaid
from cantinekit.domain.bills.records import BillChase, BillingTerms
from cantinekit.domain.debits.records import DebitMandate, DueDebit
from cantinekit.domain.debits.waiting import await_again
from cantinekit.domain.documents.records import Document
from cantinekit.domain.draft import Draft
from cantinekit.domain.organisations.records import Organisation
from cantinekit.domain.payments.jointly import take_jointly
from cantinekit.domain.payments.paying import under_way
from cantinekit.domain.payments.records import MANDATE, Attempt, Charge
from cantinekit.domain.people.records import Person
from cantinekit.domain.places.records import LegalEntity
from cantinekit.domain.state import Wish, refer
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.money import Money


def begin(draft: Draft, document: Document, terms: BillingTerms) -> None:
    """Have what is not paid of a bill asked for again, on the days that its terms of payment say.

    Args:
        draft: what is decided so far.
        document: the bill.
        terms: the terms of payment.
    """
    if document.due_on is None or not (terms.retries or terms.reminders):
        return
    retry_on, remind_on = _after(document.issued_on, terms.retries), _after(document.due_on, terms.reminders)
    begun = BillChase(
        document.id,
        terms.id,
        terms.entity_id,
        terms.payer_id,
        seen_on=document.issued_on,
        leave_on=retry_on[-1] + timedelta(days=1) if retry_on else remind_on[-1],
        retry_on=retry_on,
        remind_on=remind_on,
    )
    draft.add(BillChaseBegun(begun))
    _schedule(draft, begun, terms)


def _after(day: date, days: Sequence[int]) -> tuple[date, ...]:
    return tuple(day + timedelta(days=count) for count in days)


def _schedule(draft: Draft, chased: BillChase, terms: BillingTerms) -> None:
    """Have the next day of a chase carried out as it begins."""
    if chased.next_on is not None:
        draft.later("expire", refer(chased), day_bounds(chased.next_on, terms.zone).start)


def collect(draft: Draft, document: Document, account: str, *, again: bool = False) -> tuple[str, ...]:
    """Take what is owed of the charges of a bill by one payment; not what is being paid already.

    Args:
        draft: what is decided so far, with the charges, their attempts and the legal entity loaded.
        document: the bill.
        account: the gateway account.
        again: whether it collected before: what waits for an answer to that is left alone, however long it takes.

    Returns:
        The charges that are collected.

    Raises:
        AccountError: the legal entity may not use the account.
    """
    found = list[tuple[str, Money]]()
    for id in document.charge_ids:
        charge = draft.state.need(Charge, id)
        amount = charge.due_by(document.due_on)
        waits = _is_being_paid(draft, charge, account if again else "")
        if charge.state == "due" and amount.amount > 0 and not waits:
            found.append((id, amount))
    if found:
        take_jointly(draft, found, account)
    return tuple(id for id, _ in found)


def _is_being_paid(draft: Draft, charge: Charge, account: str) -> bool:
    attempts = (draft.state.need(Attempt, id) for id in charge.attempt_ids)
    waits = any(one.account == account and one.state in ("started", "pending") for one in attempts)
    return waits or bool(under_way(draft, charge))


def read_chase(uow: Uow, document_id: str) -> Steps[None]:
    """Load what it takes to ask for a bill again."""
    found = yield from uow.need(BillChase, document_id)
    payer = [(cls, found.payer_id) for cls in (Person, Organisation)]
    yield from uow.fetch([(Document, found.id), (BillingTerms, found.terms_id), *payer])
    document = uow.state.need(Document, document_id)
    terms = uow.state.need(BillingTerms, found.terms_id)
    debit: list[Wish] = [(DueDebit, document.id), (DebitMandate, terms.id)] if terms.account == MANDATE else []
    yield from uow.fetch([(LegalEntity, found.entity_id), *debit, *((Charge, id) for id in document.charge_ids)])
    charges = [uow.state.need(Charge, id) for id in document.charge_ids]
    yield from uow.fetch((Attempt, id) for one in charges for id in one.attempt_ids)


def chase(draft: Draft, subject: Subject) -> None:
    """Do what a day says about a bill that is not paid. Days that were missed are made up for once, together.

    Nothing more is done about a bill that is paid; where the payment is taken back later, the plan goes on. It waits
    while all that is owed is with a bank. Where the terms of payment have ended, or all days are past, the bill is left
    to staff at once.
    """
    found = draft.state.need(BillChase, subject.id)
    document, terms = draft.state.need(Document, found.id), draft.state.need(BillingTerms, found.terms_id)
    day = local(draft.now, terms.zone).date()
    due = found.next_on is not None and found.next_on <= day
    if not _is_owed(draft, document) or not (due or _may_come_back(draft, document)):
        return
    if _is_debited(draft, document):  # what comes back has this done again
        return
    if found.next_on is not None and not due:
        _schedule(draft, found, terms)
        return
    if terms.next_on is None or found.next_on is None:
        _leave(draft, found, day)
        return
    retries, reminds = (_has_come(days, found.seen_on, day) for days in (found.retry_on, found.remind_on))
    again = _again(draft, document, terms) if retries else ()
    reminds = reminds and _is_owed(draft, document)  # an account can have the money in hand at once
    draft.add(BillChased(found.id, day, again, reminds))
    if reminds:
        draft.tell("bill reminder", found.payer_id, refer(document))
    now = draft.state.need(BillChase, found.id)
    if now.leave_on <= day and _is_owed(draft, document):
        _leave(draft, now, day)
    _schedule(draft, now, terms)


def _may_come_back(draft: Draft, document: Document) -> bool:
    """Whether a bill was debited, so that its plan may go on after it was over."""
    return any(draft.state.need(Charge, id).debited for id in document.charge_ids)


def _again(draft: Draft, document: Document, terms: BillingTerms) -> tuple[str, ...]:
    """Collect what is owed of a bill again, or have it wait for the next collection. Returns the charges."""
    if terms.account == MANDATE:
        return await_again(draft, document, terms.id, terms.payer_id, terms.zone)
    return collect(draft, document, terms.account, again=True) if terms.account else ()


def _has_come(days: Sequence[date], seen_on: date, day: date) -> bool:
    return any(seen_on < one <= day for one in days)


def _is_owed(draft: Draft, document: Document) -> bool:
    return any(draft.state.need(Charge, id).owed_of_price.amount > 0 for id in document.charge_ids)


def _is_debited(draft: Draft, document: Document) -> bool:
    """Whether a bank was asked for all that is owed of a bill, and has not answered."""
    charges = (draft.state.need(Charge, id) for id in document.charge_ids)
    owed = (one for one in charges if one.owed_of_price.amount > 0)
    return all(any(attempt.account == MANDATE for attempt in under_way(draft, one)) for one in owed)


def _leave(draft: Draft, chased: BillChase, day: date) -> None:
    """Leave a bill to staff, once."""
    if chased.unpaid_on is None:
        draft.add(BillLeftUnpaid(chased.id, day))
