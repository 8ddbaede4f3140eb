"""Facts about bills: terms of payment were agreed or ended, a bill was closed."""

from __future__ import annotations

from datetime import date

import attrs

from cantinekit.common.evolve import evolve
from cantinekit.domain.base import Event, Record, event
from cantinekit.domain.bills.records import BillingTerms
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
    """

    terms_id: str
    until: date
    document_ids: tuple[str, ...] = ()
    next_on: date | None = None

    def changes(self, state: State) -> tuple[Record, ...]:
        terms = evolve(state.need(BillingTerms, self.terms_id), next_on=self.next_on)
        if self.document_ids:
            terms = evolve(terms, billed_until=self.until, bill_ids=self.document_ids)
        return (terms,)


__all__ = [
    "BillClosed",
    "BillingTermsAgreed",
    "BillingTermsEnded",
]
