"""Commands about money: paying, giving back, recording what happened elsewhere, and what gateways say."""

from __future__ import annotations

import attrs

from cantinekit.common.fields import is_a, is_id, is_means, is_text, is_word, maybe_text
from cantinekit.domain.base import Command, Record, SystemCommand, command
from cantinekit.domain.payments.records import Attempt, AttemptState, Charge, Refund, RefundState
from cantinekit.money import Money


@command
@attrs.frozen(kw_only=True)
class Pay(Command[Record]):
    """Pay what is still due of a charge through a gateway account: again, or for the first time.

    The value of the outcome is the record that is paid for.

    Attributes:
        charge_id: the charge, which is due.
        account: the gateway account that takes the money.
        return_url: where the gateway sends the payer back to, at most 2000 characters; ``None`` without such a page.
        means: the gateway's name of a means of payment that the payer chose with it (``pm_...`` of Stripe), at most 300
            characters; empty without one. What looks like the number of a card is refused (``InputError``).

    Raises:
        NotFoundError: there is no such charge.
        WrongStateError: the charge is not due, or is being paid already.
        TooLateError: what it is for can no longer be had.
        AccountError: there is no such account, or the legal entity may not use it.
    """

    charge_id: str = attrs.field(validator=is_id, kw_only=False)
    account: str = attrs.field(validator=is_id)
    return_url: str | None = attrs.field(default=None, validator=maybe_text(2000))
    means: str = attrs.field(default="", validator=is_means)


@command
@attrs.frozen(kw_only=True)
class RefundCharge(Command[Charge]):
    """Give money of a charge back, whatever becomes of what it was for.

    Attributes:
        charge_id: the charge, which is settled or void.
        amount: how much: more than nothing, at most what is held of the charge.
        reason: why, at most 500 characters.

    Raises:
        NotFoundError: there is no such charge.
        CurrencyError: the amount is in another currency.
        InputError: the amount is not more than nothing.
        WrongStateError: the charge is due, or less is held of it.
        AccountError: its gateway gives no money back, or only all of it.
    """

    charge_id: str = attrs.field(validator=is_id, kw_only=False)
    amount: Money = attrs.field(validator=is_a(Money))
    reason: str = attrs.field(validator=is_text(500))


@command
@attrs.frozen(kw_only=True)
class RecordRefund(Command[Refund]):
    """Record that money of an attempt was given back elsewhere: in the provider's dashboard, or in cash for a card.

    No gateway is asked to give it back again.

    Attributes:
        attempt_id: the attempt that took the money.
        amount: how much: more than nothing. All refunds of an attempt are at most what it took, whatever the payer's
            bank took back besides.
        reason: why, at most 500 characters.
        reference: how the provider calls the refund, at most 200 characters, so that it is recorded once for the
            account; empty: unknown.

    Raises:
        NotFoundError: there is no such attempt.
        InputError: the amount is not more than nothing.
        CurrencyError: the amount is in another currency.
        WrongStateError: the attempt took less, or its charge is due.
        DuplicateError: the refund with this reference was recorded before.
    """

    attempt_id: str = attrs.field(validator=is_id)
    amount: Money = attrs.field(validator=is_a(Money))
    reason: str = attrs.field(validator=is_text(500))
    reference: str = attrs.field(default="", validator=is_text(200))


@command
@attrs.frozen(kw_only=True)
class RecordChargeback(Command[Attempt]):
    """Record what the payer's bank took back of an attempt for good, after a lost dispute or a returned debit.

    It is a loss and no refund: what was sold stays sold, and is not owed again.

    Attributes:
        attempt_id: the attempt that took the money.
        lost: the sum of all that the bank took of this attempt, from nothing to what the attempt took; after refunds it
            may be more than is left. The same sum again changes nothing, a lower one says that some of it came back.
        reason: why, at most 500 characters.

    Raises:
        NotFoundError: there is no such attempt.
        InputError: the sum is less than nothing.
        CurrencyError: the sum is in another currency.
        WrongStateError: the attempt took less.
    """

    attempt_id: str = attrs.field(validator=is_id, kw_only=False)
    lost: Money = attrs.field(validator=is_a(Money))
    reason: str = attrs.field(validator=is_text(500))


@command
@attrs.frozen(kw_only=True)
class ObserveCharge(SystemCommand[Record]):
    """Record what a gateway says of an attempt.

    The value of the outcome is the record that is paid for.

    Attributes:
        attempt_id: the attempt.
        state: what the gateway says of it.
        captured: what it has taken since its beginning, in minor units; at most the amount of the attempt.
        reference: how the gateway calls the payment; empty: it does not say.
        reason: why it was declined; empty otherwise.
        next_url: where the payer goes to pay, ``None`` where the payer need not go anywhere.

    Raises:
        NotFoundError: there is no such attempt.
        InputError: more was taken than the attempt was to take.
    """

    attempt_id: str = attrs.field(kw_only=False)
    state: AttemptState = attrs.field(validator=is_word(AttemptState))
    captured: int = 0
    reference: str = ""
    reason: str = ""
    next_url: str | None = None


@command
@attrs.frozen(kw_only=True)
class ObserveRefund(SystemCommand[Refund]):
    """Record what a gateway says of a refund.

    Attributes:
        refund_id: the refund.
        state: what the gateway says of it.
        reference: how the gateway calls the refund; empty: it does not say.

    Raises:
        NotFoundError: there is no such refund.
    """

    refund_id: str = attrs.field(kw_only=False)
    state: RefundState = attrs.field(validator=is_word(RefundState))
    reference: str = ""


__all__ = [
    "ObserveCharge",
    "ObserveRefund",
    "Pay",
    "RecordChargeback",
    "RecordRefund",
    "RefundCharge",
]
