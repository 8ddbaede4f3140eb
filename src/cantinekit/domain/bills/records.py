"""Terms of payment: on which day a payer gets one invoice for all that is on account, whom it is addressed to, and when
what is not paid of it is asked for again.
"""

from __future__ import annotations

from datetime import date
from typing import ClassVar

import attrs

from cantinekit.clock import zone
from cantinekit.common.fields import Code, is_a, is_count, is_id, is_text
from cantinekit.domain.base import record
from cantinekit.domain.documents.records import BilledTo
from cantinekit.domain.index import Index, composite

MAX_DUE = 365
"""The most days that a bill can be due after it is issued."""


def terms_id(entity_id: str, payer_id: str) -> str:
    """The id of terms of payment: that of the legal entity, and that of the payer.

    Args:
        entity_id: id of the legal entity.
        payer_id: id of the person or the organisation.
    """
    return f"{entity_id}|{payer_id}"


@record("domain", fields=("entity", "payer"), person="payer")
@attrs.frozen
class BillingTerms:
    """How a payer gets and pays the bills of a legal entity. Whom they are addressed to is a ``BillingAddress``.

    Attributes:
        id: legal entity and payer.
        entity_id: id of the legal entity.
        payer_id: id of the person or the organisation who pays.
        series_id: id of the number series of the invoices.
        zone: IANA name of the zone in which days are counted: that of the series.
        billing_day: the day of the month on which a bill is closed, 1 to 31; in a shorter month its last day.
        days_until_due: how many days after the day of the bill it is due, 0 to 365.
        account: the gateway account that takes the money when a bill is closed; ``mandate``: it is collected by direct
            debit; empty: it is paid otherwise.
        next_on: the local day on which the next bill is closed; ``None``: the terms have ended.
        billed_until: the last local day that was billed; ``None``: none was.
        bill_ids: the invoices that the last bill came to, one for each currency; nothing before the first one.
        retries: how many days after a bill the account collects again what was declined; nothing: it does not.
        reminders: how many days after a bill was due its payer is reminded of what is owed; nothing: nobody is.
        use_credit: whether credit of the payer pays each bill first, and what goes back of one becomes credit.

    Index:
        entity: entity id, payer id.
        payer: payer id, entity id.
    """

    kind: ClassVar[str] = "billing_terms"
    id: str = attrs.field(validator=is_text(300))
    entity_id: str = attrs.field(validator=is_id)
    payer_id: str = attrs.field(validator=is_id)
    series_id: str = attrs.field(validator=is_text(300))
    zone: Code = attrs.field(validator=is_text(100))
    billing_day: int = attrs.field(validator=is_count(least=1, most=31))
    days_until_due: int = attrs.field(validator=is_count(least=0, most=MAX_DUE))
    account: Code = attrs.field(default="", validator=is_text(200))
    next_on: date | None = None
    billed_until: date | None = None
    bill_ids: tuple[str, ...] = ()
    retries: tuple[int, ...] = ()
    reminders: tuple[int, ...] = ()
    use_credit: bool = False

    def __attrs_post_init__(self) -> None:
        zone(self.zone)

    def index(self) -> Index:
        yield "entity", composite(self.entity_id, self.payer_id)
        yield "payer", composite(self.payer_id, self.entity_id)


@record("private", fields=("person",), person="person", named=False)
@attrs.frozen
class BillingAddress:
    """Whom the bills of a payer are addressed to; its id is that of the terms. It goes with the payer.

    Attributes:
        id: id of the terms of payment.
        person_id: id of the person or the organisation who pays.
        billed_to: name and address.

    Index:
        person: person id, id of the terms.
    """

    kind: ClassVar[str] = "billing_address"
    id: str = attrs.field(validator=is_text(300))
    person_id: str = attrs.field(validator=is_id)
    billed_to: BilledTo = attrs.field(validator=is_a(BilledTo))

    def index(self) -> Index:
        yield "person", composite(self.person_id, self.id)


@record("domain", fields=("unpaid",))
@attrs.frozen
class BillChase:
    """The days on which what is not paid of a bill is asked for again; its id is that of the invoice.

    They are those of the terms when the bill was closed. A day counts as past once it was carried out, or passed over.

    Attributes:
        id: id of the invoice.
        terms_id: id of the terms of payment.
        entity_id: id of the legal entity.
        payer_id: id of the person or the organisation who pays.
        seen_on: the last local day that is past: at first the day on which the bill was closed.
        leave_on: the local day on which it is left to staff: the day after it is last collected, else that of the last
            reminder.
        retry_on: the local days on which the account collects again.
        remind_on: the local days on which the payer is reminded.
        unpaid_on: the local day on which it was left to staff; ``None``: it was not.

    Index:
        unpaid: entity id, id of the invoice, where it was left to staff.
    """

    kind: ClassVar[str] = "bill_chase"
    id: str = attrs.field(validator=is_text(300))
    terms_id: str = attrs.field(validator=is_text(300))
    entity_id: str = attrs.field(validator=is_id)
    payer_id: str = attrs.field(validator=is_id)
    seen_on: date
    leave_on: date
    retry_on: tuple[date, ...] = ()
    remind_on: tuple[date, ...] = ()
    unpaid_on: date | None = None

    @property
    def next_on(self) -> date | None:
        """The next local day on which something is done about it; ``None``: nothing more is."""
        ahead = (day for day in (*self.retry_on, *self.remind_on, self.leave_on) if day > self.seen_on)
        return min(ahead, default=None)

    def index(self) -> Index:
        if self.unpaid_on is not None:
            yield "unpaid", composite(self.entity_id, self.id)


__all__ = [
    "BillChase",
    "BillingAddress",
    "BillingTerms",
    "terms_id",
]
