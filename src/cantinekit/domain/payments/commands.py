"""Commands about money: paying, giving back, and what happened to it elsewhere."""

from __future__ import annotations

import attrs

from cantinekit.common.fields import is_a, is_id, is_means, is_one_of, is_text, maybe_text
from cantinekit.domain.base import Command, Record, SystemCommand, command
from cantinekit.domain.payments.records import Attempt, Charge, Refund
from cantinekit.money import Money


@command
@attrs.frozen
class Pay(Command[Record]):
    """Pay what is still due of a charge through an account: again, or for the first time.

    ``means`` is the gateway's name of a means of payment that the payer chose with it, such as ``pm_...`` of Stripe.
    """

    charge_id: str = attrs.field(validator=is_id)
    account: str = attrs.field(validator=is_id)
    return_url: str | None = attrs.field(default=None, validator=maybe_text(2000))
    means: str = attrs.field(default="", validator=is_means)


@command
@attrs.frozen
class RefundCharge(Command[Charge]):
    """Give money of a charge back, all of it or a part, whatever becomes of what it was for."""

    charge_id: str = attrs.field(validator=is_id)
    amount: Money = attrs.field(validator=is_a(Money))
    reason: str = attrs.field(validator=is_text(500))


@command
@attrs.frozen
class RecordRefund(Command[Refund]):
    """Record that money of an attempt was given back elsewhere: in the provider's dashboard, or in cash for a card.

    Nobody is asked to give it back again. ``reference`` is what the provider calls the refund; one of an account is
    recorded once. The refunds of an attempt are at most what it took, whatever its bank took back besides.
    """

    attempt_id: str = attrs.field(validator=is_id)
    amount: Money = attrs.field(validator=is_a(Money))
    reason: str = attrs.field(validator=is_text(500))
    reference: str = attrs.field(default="", validator=is_text(200))


@command
@attrs.frozen
class RecordChargeback(Command[Attempt]):
    """Record what the payer's bank has taken back of an attempt for good, after a lost dispute or a returned debit.

    ``lost`` is the sum of all that it took of this attempt, so that the same command twice is one loss, and a lower
    sum says that some of it came back. It is a loss and no refund: what was sold stays sold, and is not owed again.
    ``lost`` is at most what the attempt took; after refunds it may be more than is left.
    """

    attempt_id: str = attrs.field(validator=is_id)
    lost: Money = attrs.field(validator=is_a(Money))
    reason: str = attrs.field(validator=is_text(500))


@command
@attrs.frozen
class ObserveCharge(SystemCommand[Record]):
    """Record what a gateway says of an attempt to charge."""

    attempt_id: str
    state: str = attrs.field(validator=is_one_of("started", "pending", "settled", "declined"))
    captured: int = 0
    reference: str = ""
    reason: str = ""
    next_url: str | None = None


@command
@attrs.frozen
class ObserveRefund(SystemCommand[Refund]):
    """Record what a gateway says of a refund."""

    refund_id: str
    state: str = attrs.field(validator=is_one_of("started", "settled", "declined"))
    reference: str = ""


__all__ = [
    "ObserveCharge",
    "ObserveRefund",
    "Pay",
    "RecordChargeback",
    "RecordRefund",
    "RefundCharge",
]
