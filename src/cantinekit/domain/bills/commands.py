"""Commands about bills: the terms of payment of a payer, and closing a bill."""

from __future__ import annotations

from datetime import date
from typing import Any

import attrs

from cantinekit.common.fields import check_text, is_a, is_count, is_id, maybe, maybe_id
from cantinekit.domain.base import Command, command
from cantinekit.domain.bills.records import MAX_DUE, BillingTerms
from cantinekit.domain.dates.fields import maybe_day
from cantinekit.domain.documents.records import BilledTo, Document
from cantinekit.errors import InputError

MAX_TIMES = 5
"""How often a bill is collected again, and how often its payer is reminded of it, at most."""
MAX_LATER = 365
"""The most days after which a bill is asked for again."""


def _to_days(value: Any) -> Any:
    """Days as a tuple, where they are given as a list."""
    return tuple(value) if isinstance(value, list) else value


def _are_days(_: object, attribute: attrs.Attribute[Any], value: Any) -> None:
    """Validate numbers of days after something: at most five, each 1 to 365 and more than the one before.

    Raises:
        InputError: they are not.
    """
    days = value if isinstance(value, tuple) else (None,)
    if len(days) > MAX_TIMES or any(type(day) is not int or not 1 <= day <= MAX_LATER for day in days):
        raise InputError(f"{attribute.name} are at most {MAX_TIMES} numbers of days from 1 to {MAX_LATER}")
    if list(days) != sorted(set(days)):
        raise InputError(f"{attribute.name} must increase from one to the next")


def _is_account(_: object, attribute: attrs.Attribute[str], value: str) -> None:
    """Validate the name of a gateway account, or nothing."""
    check_text(value, attribute.name, limit=200)
    if value:
        is_id(_, attribute, value)


@command
@attrs.frozen(kw_only=True)
class AgreeBillingTerms(Command[BillingTerms]):
    """Agree with a person or an organisation how it gets and pays the bills of a legal entity, or change that.

    From then on ``run_due`` closes a bill on each billing day: one invoice for all that the payer was charged on
    account and that is on no invoice yet. Where the billing day changes, the next bill is of the next such day after
    today, so that one period is shorter or longer. See docs/how-to/bill-members-and-companies.md.

    Attributes:
        entity_id: id of the legal entity.
        payer_id: id of the person or the organisation who pays.
        series: the name of the number series of the invoices within the legal entity; its zone says what day it is.
        billing_day: the day of the month on which a bill is closed, 1 to 31; in a shorter month its last day.
        days_until_due: how many days after the day of the bill it is due, 0 to 365.
        account: the gateway account that takes the money when a bill is closed, such as one for stored cards;
            "mandate": the bill waits for ``CollectDebits``, which collects it by direct debit once it is due; empty: it
            is paid otherwise.
        addressee: whom the bills are addressed to; ``None``: the organisation, as it is then; of a person whose terms
            change, whoever it was.
        retries: how many days after a bill the account collects again what was declined, such as (3, 7): at most five,
            1 to 365, increasing; nothing: it does not.
        reminders: how many days after a bill was due its payer is reminded of what is owed: at most five, 1 to 365,
            increasing; nothing: nobody is.
        use_credit: whether credit of the payer pays each bill before it is issued, which states it as paid; what goes
            back of the price of a charge that is billed so becomes credit, and the next bill has it.

    Raises:
        InputError: there are retries, and no account.
        NotFoundError: there is no such legal entity, payer or series.
        WrongStateError: the payer is being forgotten, or was.
        UnsuitableError: the series numbers no invoices; the legal entity has no address yet; or nobody with an address
            is named to whom the bills can be addressed.
        AccountError: there is no such account, the legal entity may not use it, or the payer has no mandate in force.
    """

    entity_id: str = attrs.field(validator=is_id)
    payer_id: str = attrs.field(validator=is_id)
    series: str = attrs.field(validator=is_id)
    billing_day: int = attrs.field(default=1, validator=is_count(least=1, most=31))
    days_until_due: int = attrs.field(default=30, validator=is_count(least=0, most=MAX_DUE))
    account: str = attrs.field(default="", validator=_is_account)
    addressee: BilledTo | None = attrs.field(default=None, validator=maybe(is_a(BilledTo)), repr=False)
    retries: tuple[int, ...] = attrs.field(default=(), converter=_to_days, validator=_are_days)
    reminders: tuple[int, ...] = attrs.field(default=(), converter=_to_days, validator=_are_days)
    use_credit: bool = attrs.field(default=False, validator=is_a(bool))

    def __attrs_post_init__(self) -> None:
        if self.retries and not self.account:
            raise InputError("retries need an account that collects")


@command
@attrs.frozen(kw_only=True)
class EndBillingTerms(Command[BillingTerms]):
    """End the terms of payment of a payer: ``run_due`` closes no more bills. What is not billed yet can be by hand.

    Attributes:
        entity_id: id of the legal entity.
        payer_id: id of the person or the organisation who pays.

    Raises:
        NotFoundError: there are no such terms.
    """

    entity_id: str = attrs.field(validator=is_id)
    payer_id: str = attrs.field(validator=is_id)


@command
@attrs.frozen(kw_only=True)
class CloseBill(Command[Document]):
    """Issue one invoice for all that a payer was charged on account up to the end of a day and that is on no invoice.

    The charges are due on the day of the bill and the days of the terms after it. What was paid of them before is
    stated as paid; what was dropped is not stated. Where the charges are of several currencies, or some are outside the
    scope of VAT, there is an invoice for each of these, and the first is the answer. The same again, with nothing new,
    returns the bill that exists.

    Attributes:
        entity_id: id of the legal entity.
        payer_id: id of the person or the organisation who pays.
        until: the last local day, today or before; ``None``: today.
        series: the name of the number series; ``None``: that of the terms.

    Raises:
        NotFoundError: the payer has no terms of payment with the legal entity, or there is no such series.
        TooEarlyError: the day is to come.
        WrongStateError: there is nothing to bill.
        UnsuitableError: the series numbers no invoices; nobody with an address is known to whom it can be addressed;
            the legal entity lacks the address or the VAT number that it states; or no invoice of the law can be made.
        TaxUnknownError: a price list does not say the tax of a line.
        AccountError: the legal entity may no longer use the account of the terms.
    """

    entity_id: str = attrs.field(validator=is_id)
    payer_id: str = attrs.field(validator=is_id)
    until: date | None = attrs.field(default=None, validator=maybe_day)
    series: str | None = attrs.field(default=None, validator=maybe_id)


__all__ = [
    "AgreeBillingTerms",
    "CloseBill",
    "EndBillingTerms",
]
