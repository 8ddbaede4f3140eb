"""Facts about bills: terms of payment were agreed or ended, a bill was closed, asked for again or left to staff."""

from __future__ import annotations

from datetime import date, timedelta

import attrs

from cantinekit.common.evolve import evolve
from cantinekit.domain.base import Event, Record, event
from cantinekit.domain.bills.records import BillChase, BillingTerms
from cantinekit.domain.documents.records import Document
from cantinekit.domain.payments.records import Charge
from cantinekit.domain.state import State


@event
@attrs.frozen
class BillingTermsAgreed(Event):
    """Terms of payment were agreed with a payer, or changed. Whom bills are addressed to is stored in a private record.

    Attributes:
        terms: the terms, as they are from now on.
    """

    terms: BillingTerms

    def changes(self, state: State) -> tuple[Record, ...]:
        return (self.terms,)


@event
@attrs.frozen
class BillingTermsEnded(Event):
    """No more bills are closed by themselves.

    Attributes:
        terms_id: id of the terms of payment.
    """

    terms_id: str

    def changes(self, state: State) -> tuple[Record, ...]:
        return (evolve(state.need(BillingTerms, self.terms_id), next_on=None),)


@event
@attrs.frozen
class BillClosed(Event):
    """A bill was closed: its invoices were issued, or there was nothing to bill on the day.

    Attributes:
        terms_id: id of the terms of payment.
        until: the last local day that was billed.
        document_ids: the invoices; nothing: there was nothing to bill.
        next_on: the local day on which the next bill is closed; ``None``: the terms have ended.
        to_credit: whether what goes back of its charges becomes credit of the payer.
    """

    terms_id: str
    until: date
    document_ids: tuple[str, ...] = ()
    next_on: date | None = None
    to_credit: bool = False

    def changes(self, state: State) -> tuple[Record, ...]:
        terms = evolve(state.need(BillingTerms, self.terms_id), next_on=self.next_on)
        if self.document_ids:
            terms = evolve(terms, billed_until=self.until, bill_ids=self.document_ids)
        documents = (state.need(Document, id) for id in self.document_ids if self.to_credit)
        charges = (state.need(Charge, id) for one in documents for id in one.charge_ids)
        return (terms, *(evolve(one, to_credit=True) for one in charges))


@event
@attrs.frozen
class BillChaseBegun(Event):
    """What is not paid of a bill will be asked for again, on the days of the terms of payment.

    Attributes:
        chase: the days.
    """

    chase: BillChase

    def changes(self, state: State) -> tuple[Record, ...]:
        return (self.chase,)


@event
@attrs.frozen
class BillChased(Event):
    """What is not paid of a bill was asked for again. The attempts are events of their own.

    Attributes:
        document_id: the invoice.
        day: the local day; what was to be done up to it is past.
        charge_ids: the charges that were collected again.
        reminded: whether the payer was reminded.
    """

    document_id: str
    day: date
    charge_ids: tuple[str, ...] = ()
    reminded: bool = False

    def changes(self, state: State) -> tuple[Record, ...]:
        chase = state.need(BillChase, self.document_id)
        answered_on = self.day + timedelta(days=1) if self.charge_ids else chase.leave_on
        return (evolve(chase, seen_on=self.day, leave_on=max(chase.leave_on, answered_on)),)


@event
@attrs.frozen
class BillLeftUnpaid(Event):
    """A bill was not paid, although it was asked for again, or its terms of payment ended: it is left to staff.

    Attributes:
        document_id: the invoice.
        day: the local day.
    """

    document_id: str
    day: date

    def changes(self, state: State) -> tuple[Record, ...]:
        return (evolve(state.need(BillChase, self.document_id), unpaid_on=self.day),)


__all__ = [
    "BillChaseBegun",
    "BillChased",
    "BillClosed",
    "BillLeftUnpaid",
    "BillingTermsAgreed",
    "BillingTermsEnded",
]
