"""Bills: agreeing and ending terms of payment, and closing a bill by hand."""

from __future__ import annotations

from cantinekit.common.evolve import evolve
from cantinekit.domain.bills.closing import addressee_of, billing_day_after, issue_bills, read_unbilled, schedule, today
from cantinekit.domain.bills.commands import AgreeBillingTerms, CloseBill, EndBillingTerms
from cantinekit.domain.bills.events import BillingTermsAgreed, BillingTermsEnded
from cantinekit.domain.bills.records import BillingAddress, BillingTerms, terms_id
from cantinekit.domain.debits.records import DebitMandate
from cantinekit.domain.debits.waiting import check_mandate
from cantinekit.domain.decision import Decision
from cantinekit.domain.documents.numbering import check_type, seller_of
from cantinekit.domain.documents.records import Document, NumberSeries, series_id
from cantinekit.domain.handling import handles
from cantinekit.domain.organisations.presence import present_holder
from cantinekit.domain.organisations.records import Organisation
from cantinekit.domain.payments.charging import check_account
from cantinekit.domain.payments.records import MANDATE
from cantinekit.domain.people.records import Person
from cantinekit.domain.places.records import LegalEntity
from cantinekit.domain.state import Wish
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.errors import TooEarlyError, WrongStateError


@handles(AgreeBillingTerms)
def agree_billing_terms(c: AgreeBillingTerms, uow: Uow) -> Steps[Decision[BillingTerms]]:
    """Agree terms of payment with a payer, or change them; the next bill is of the next billing day."""
    id, numbers = terms_id(c.entity_id, c.payer_id), series_id(c.entity_id, c.series)
    payer: list[Wish] = [(cls, c.payer_id) for cls in (Person, Organisation)]
    payer += [(DebitMandate, id)] if c.account == MANDATE else []
    wishes: list[Wish] = [(NumberSeries, numbers), (BillingTerms, id), (BillingAddress, id), *payer]
    entity = yield from uow.need(LegalEntity, c.entity_id, *wishes)

    present_holder(uow.state, c.payer_id)
    series = uow.state.need(NumberSeries, numbers)
    check_type(series, ("invoice",))
    seller_of(entity)
    if c.account == MANDATE:
        check_mandate(uow.state, id, c.payer_id)
    elif c.account:
        check_account(uow.state, entity.id, c.account)
    old = uow.state.get(BillingTerms, id)
    terms = BillingTerms(
        id,
        entity.id,
        c.payer_id,
        series.id,
        series.zone,
        c.billing_day,
        c.days_until_due,
        c.account,
        billed_until=old.billed_until if old is not None else None,
        bill_ids=old.bill_ids if old is not None else (),
        retries=c.retries,
        reminders=c.reminders,
        use_credit=c.use_credit,
    )
    same = old is not None and (old.billing_day, old.zone) == (terms.billing_day, terms.zone)
    kept = old.next_on if old is not None and same else None
    terms = evolve(terms, next_on=kept or billing_day_after(today(uow, terms), c.billing_day))
    if c.addressee is not None:
        uow.keep([BillingAddress(id, c.payer_id, c.addressee)])
    addressee_of(uow.state, terms, c.addressee)
    if terms != old or c.addressee is not None:
        uow.add(BillingTermsAgreed(terms))
    late = terms.next_on is not None and terms.next_on <= today(uow, terms)  # it could not be issued on its day
    if old is None or late or terms.next_on != old.next_on:
        schedule(uow, terms)
    return uow.done(terms)


@handles(EndBillingTerms)
def end_billing_terms(c: EndBillingTerms, uow: Uow) -> Steps[Decision[BillingTerms]]:
    """End the terms of payment of a payer."""
    terms = yield from uow.need(BillingTerms, terms_id(c.entity_id, c.payer_id))

    if terms.next_on is not None:
        uow.add(BillingTermsEnded(terms.id))
    return uow.done(terms)


@handles(CloseBill)
def close_bill(c: CloseBill, uow: Uow) -> Steps[Decision[Document]]:
    """Issue one invoice for all that a payer was charged on account; the same again is answered with the last bill."""
    terms = yield from uow.need(BillingTerms, terms_id(c.entity_id, c.payer_id))
    until = c.until or today(uow, terms)
    if until > today(uow, terms):
        raise TooEarlyError(f"the bill of {until.isoformat()}")
    numbers = series_id(c.entity_id, c.series) if c.series is not None else terms.series_id
    yield from read_unbilled(uow, terms, until, numbers)

    documents = issue_bills(uow, terms, until, numbers, terms.next_on)
    if documents:
        return uow.done(documents[0], [id for one in documents for id in one.charge_ids])
    if terms.bill_ids and terms.billed_until == until:
        return uow.done_at(Document, terms.bill_ids[0])
    raise WrongStateError(f"payer {terms.payer_id}", state=f"without anything to bill until {until.isoformat()}")
