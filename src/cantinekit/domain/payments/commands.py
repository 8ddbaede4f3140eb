"""Commands about money: paying, giving back, recording what happened elsewhere, and what gateways say."""

from __future__ import annotations

from typing import Any

import attrs

from cantinekit.common.fields import are_ids, is_a, is_id, is_means, is_text, is_word, maybe, maybe_text, to_ids
from cantinekit.domain.base import Command, Record, SystemCommand, command
from cantinekit.domain.payments.records import (
    Attempt,
    AttemptState,
    Charge,
    JointAttempt,
    LineRefund,
    PayerPayment,
    Refund,
    RefundState,
)
from cantinekit.errors import InputError
from cantinekit.money import Money


@command
@attrs.frozen(kw_only=True)
class Pay(Command[Record]):
    """Pay what is due of a charge through a gateway account: again, for the first time, or an instalment.

    A payment goes to the oldest part first. What is sold is had once the part due at once is paid. Several means for
    one charge are several commands, each with its amount. The value of the outcome is the record that is paid for.

    Attributes:
        charge_id: the charge, which is due, or was written off and is paid after all.
        account: the gateway account that takes the money; "voucher": vouchers of the payer pay, as far as they go where
            no amount is named. They pay no deposit, and no voucher. "credit": what the payer paid beyond what was owed
            pays, as far as it goes where no amount is named.
        return_url: where the gateway sends the payer back to, at most 2000 characters; ``{charge_id}`` in it stands for
            the id of the charge; ``None`` without such a page.
        means: the gateway's name of a means of payment that the payer chose with it (``pm_...`` of Stripe), at most 300
            characters; empty without one. What looks like the number of a card is refused (``InputError``).
        amount: how much, more than nothing, at most what is owed or was written off; ``None``: what is due by now, and
            where nothing is, the oldest part that is due later, or what was written off.

    Raises:
        NotFoundError: there is no such charge.
        WrongStateError: the charge is neither due nor written off, is being paid already, or less is owed; or vouchers
            or credit of the payer cannot pay it.
        InputError: the amount is not more than nothing.
        CurrencyError: the amount is in another currency.
        TooLateError: what it is for can no longer be had.
        AccountError: there is no such account, or the legal entity may not use it.
    """

    charge_id: str = attrs.field(validator=is_id, kw_only=False)
    account: str = attrs.field(validator=is_id)
    return_url: str | None = attrs.field(default=None, validator=maybe_text(2000))
    means: str = attrs.field(default="", validator=is_means)
    amount: Money | None = attrs.field(default=None, validator=maybe(is_a(Money)))


@command
@attrs.frozen(kw_only=True)
class RefundCharge(Command[Charge]):
    """Give money of a charge back, whatever becomes of what it was for. All lines of the charge lose it by weight.

    Attributes:
        charge_id: the charge, which is settled or void, or whose part due at once is paid.
        amount: how much: more than nothing, at most what is held of the charge, deposits left out.
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


def to_line_refunds(value: Any) -> Any:
    """Convert the numbers of lines, or pairs of a number and an amount, to ``LineRefund``."""
    if not isinstance(value, tuple | list):
        return value
    return tuple(
        LineRefund(*one)
        if isinstance(one, tuple | list) and len(one) == 2
        else LineRefund(one)
        if _is_int(one)
        else one
        for one in value
    )


def _is_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _are_line_refunds(_: Any, attribute: attrs.Attribute[Any], value: Any) -> None:
    if not isinstance(value, tuple) or not value or any(not isinstance(one, LineRefund) for one in value):
        raise InputError(f"{attribute.name} are numbers of lines, at least one, each alone or with an amount")
    if len({one.line for one in value}) != len(value):
        raise InputError(f"{attribute.name} names a line twice")


@command
@attrs.frozen(kw_only=True)
class RefundLines(Command[Charge]):
    """Give money of single lines of a charge back. Only these lines earned less, and the credit note names them.

    Attributes:
        charge_id: the charge, which is settled or void, or whose part due at once is paid.
        lines: the lines by their number in the charge, from 0: each alone, for all that is left of it, or with an
            amount: ``(0, LineRefund(2, Money(500, "EUR")))``; pairs of a number and an amount are taken as well.
        reason: why, at most 500 characters.

    Raises:
        NotFoundError: there is no such charge.
        InputError: there is no such line, it is named twice, it is a deposit, or an amount is not more than nothing.
        CurrencyError: an amount is in another currency.
        WrongStateError: the charge is due, or less is left of a line or held of the charge.
        AccountError: its gateway gives no money back, or only all of it.
    """

    charge_id: str = attrs.field(validator=is_id, kw_only=False)
    lines: tuple[LineRefund, ...] = attrs.field(converter=to_line_refunds, validator=_are_line_refunds)
    reason: str = attrs.field(validator=is_text(500))


@command
@attrs.frozen(kw_only=True)
class ReturnDeposit(Command[Charge]):
    """Return the deposit of a charge. What was never paid of it is no longer owed, the rest goes back as it came.

    Attributes:
        charge_id: the charge, which is settled or void, or whose part due at once is paid.
        amount: how much: more than nothing, at most the deposit that stands; ``None``: all of it.
        reason: why, at most 500 characters.

    Raises:
        NotFoundError: there is no such charge.
        InputError: the amount is not more than nothing.
        CurrencyError: the amount is in another currency.
        WrongStateError: the charge is due, or has no such deposit any more.
        AccountError: its gateway gives no money back, or only all of it.
    """

    charge_id: str = attrs.field(validator=is_id, kw_only=False)
    amount: Money | None = attrs.field(default=None, validator=maybe(is_a(Money)))
    reason: str = attrs.field(default="deposit returned", validator=is_text(500))


@command
@attrs.frozen(kw_only=True)
class KeepDeposit(Command[Charge]):
    """Keep money that is held as a deposit, for a damage or a loss. It is earned from then on.

    Attributes:
        charge_id: the charge.
        amount: how much: more than nothing, at most the deposit that is held.
        reason: why, at most 500 characters.

    Raises:
        NotFoundError: there is no such charge.
        InputError: the amount is not more than nothing.
        CurrencyError: the amount is in another currency.
        WrongStateError: less is held as its deposit.
    """

    charge_id: str = attrs.field(validator=is_id, kw_only=False)
    amount: Money = attrs.field(validator=is_a(Money))
    reason: str = attrs.field(validator=is_text(500))


MAX_CHARGES = 200
"""How many charges one payment pays at most."""


def _are_charges(_: Any, attribute: attrs.Attribute[Any], value: Any) -> None:
    are_ids(_, attribute, value)
    if len(value) > MAX_CHARGES:
        raise InputError(f"{attribute.name} are at most {MAX_CHARGES} charges")


@command
@attrs.frozen(kw_only=True)
class PayOwed(Command[PayerPayment]):
    """Record one amount that a payer paid, such as a transfer, for what they owe to a legal entity.

    Credit that the payer has pays first, then the amount. It goes to what is due first, part by part, or to the charges
    that are named, in their order. What is left over is credit of the payer: it pays what they owe later, or
    ``PayBack`` gives it back. The value of the outcome says which charge got how much.

    Attributes:
        payer_id: the person or the organisation.
        place_id: the place at which it came in. Charges of all places of its operator are paid.
        amount: what came in: more than nothing, in the currency of the place; ``None``: the account is "credit", and
            credit pays as much as it can.
        account: a gateway account whose money is in hand at once, such as a till or transfers; "credit": credit of the
            payer alone. A gateway that is asked for each payment takes what ``Pay`` or ``PayTogether`` names.
        charge_ids: the charges that it pays, at most 200, each once; empty: all that the payer owes and nobody is
            paying just now, which are at most 200.
        reference: how the bank or the sender calls it, at most 200 characters, so that it is recorded once for the
            account; empty: unknown.

    Raises:
        NotFoundError: there is no such place, payer or charge.
        InputError: the amount is not more than nothing, or missing; a charge is named twice.
        CurrencyError: the amount is in another currency than that of the place.
        UnsuitableError: a charge that is named is owed by somebody else, to another legal entity or in another
            currency.
        WrongStateError: a charge that is named is not due or is being paid; more charges are due than one payment can
            pay; the payer has less credit, or owes less than the credit that is to pay.
        TooLateError: what a charge that is named is for can no longer be had.
        AccountError: there is no such account, the legal entity may not use it, or its money is not in hand at once.
        DuplicateError: a payment with this reference was recorded before.
    """

    payer_id: str = attrs.field(validator=is_id)
    place_id: str = attrs.field(validator=is_id)
    amount: Money | None = attrs.field(default=None, validator=maybe(is_a(Money)))
    account: str = attrs.field(validator=is_id)
    charge_ids: tuple[str, ...] = attrs.field(default=(), converter=to_ids, validator=_are_charges)
    reference: str = attrs.field(default="", validator=is_text(200))


def _are_some_charges(_: Any, attribute: attrs.Attribute[Any], value: Any) -> None:
    _are_charges(_, attribute, value)
    if not value:
        raise InputError(f"{attribute.name} names at least one charge")


@command
@attrs.frozen(kw_only=True)
class PayTogether(Command[Charge]):
    """Pay several charges of one payer, such as those of a bill, by one payment through a gateway account.

    The gateway is asked once, for the sum. What it takes is split among the charges in their order; where it declines,
    none is paid. Each charge keeps an attempt of its own, so that each can be given back by itself. The value of the
    outcome is the first charge.

    Attributes:
        charge_ids: the charges, at least one, at most 200, each once, in the order in which they are paid, such as
            ``charge_ids`` of a bill. Those that are paid or void are left out.
        account: the gateway account that takes the money.
        return_url: where the gateway sends the payer back to, at most 2000 characters; ``None`` without such a page.
        means: the gateway's name of a means of payment that the payer chose with it (``pm_...`` of Stripe), at most 300
            characters; empty without one. What looks like the number of a card is refused (``InputError``).
        amount: how much in all, more than nothing, at most what is owed: it goes to the first charges first; ``None``:
            of each what ``Pay`` would take.

    Raises:
        NotFoundError: there is no such charge.
        InputError: no charge is named, or one twice; the amount is not more than nothing.
        CurrencyError: the amount is in another currency.
        UnsuitableError: they are owed by several payers, by nobody known, to several legal entities or in several
            currencies.
        WrongStateError: none of them is due, one is being paid already, or less is owed.
        TooLateError: what one of them is for can no longer be had.
        AccountError: there is no such account, the legal entity may not use it, or it gives back all of a payment or
            nothing.
    """

    charge_ids: tuple[str, ...] = attrs.field(converter=to_ids, validator=_are_some_charges)
    account: str = attrs.field(validator=is_id)
    return_url: str | None = attrs.field(default=None, validator=maybe_text(2000))
    means: str = attrs.field(default="", validator=is_means)
    amount: Money | None = attrs.field(default=None, validator=maybe(is_a(Money)))


@command
@attrs.frozen(kw_only=True)
class PayBack(Command[PayerPayment]):
    """Pay credit of a payer back.

    Attributes:
        payer_id: the person or the organisation whose credit it is.
        place_id: the place at which it goes out; its operator has the money.
        amount: how much: more than nothing, at most the credit; ``None``: all of it.
        account: a gateway account whose money is in hand at once, from which it is paid.

    Raises:
        NotFoundError: there is no such place.
        InputError: the amount is not more than nothing.
        CurrencyError: the amount is in another currency than that of the place.
        WrongStateError: the payer has less credit, or none.
        AccountError: there is no such account, the legal entity may not use it, its money is not in hand at once, or
            it gives no money back.
    """

    payer_id: str = attrs.field(validator=is_id)
    place_id: str = attrs.field(validator=is_id)
    amount: Money | None = attrs.field(default=None, validator=maybe(is_a(Money)))
    account: str = attrs.field(validator=is_id)


@command
@attrs.frozen(kw_only=True)
class WriteOff(Command[Charge]):
    """Write off what is owed of a charge and not expected any more. It stays earned, and is a loss.

    Documents stay as they are. A deposit that was never paid is no loss: with all of the charge it is dropped, and
    owed no more. Where money comes after all, by ``Pay`` or from a gateway, it is taken and the loss is reversed.

    Attributes:
        charge_id: the charge, which is due, and whose thing was had: it is on account, or over, or the part due at once
            was paid. What waits for its payment is cancelled instead.
        amount: how much of the price: more than nothing, at most what is owed; ``None``: all that is owed.
        reason: why, at most 500 characters.

    Raises:
        NotFoundError: there is no such charge.
        InputError: the amount is not more than nothing.
        CurrencyError: the amount is in another currency.
        WrongStateError: the charge is not due, waits for its payment, or is being paid; only a deposit of it is owed,
            which ``ReturnDeposit`` drops; less is owed; or a deposit is owed beside a part of the price.
    """

    charge_id: str = attrs.field(validator=is_id, kw_only=False)
    amount: Money | None = attrs.field(default=None, validator=maybe(is_a(Money)))
    reason: str = attrs.field(validator=is_text(500))


@command
@attrs.frozen(kw_only=True)
class RecordRefund(Command[Refund]):
    """Record that money of an attempt was given back elsewhere: in the provider's dashboard, or in cash for a card.

    No gateway is asked to give it back again.

    Attributes:
        attempt_id: the attempt that took the money, or the payment of several charges: it is given back of the charge
            that is paid last first.
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
        AccountError: the attempt took credit of the payer, and no money; or it is a direct debit, of which
            ``RefundCharge`` makes credit.
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
        attempt_id: the attempt that took the money, or the payment of several charges: the charge that is paid last has
            it first, and the value is the attempt of the first.
        lost: the sum of all that the bank took of this attempt, from nothing to what the attempt took; after refunds it
            may be more than is left. The same sum again changes nothing, a lower one says that some of it came back.
        reason: why, at most 500 characters.

    Raises:
        NotFoundError: there is no such attempt.
        InputError: the sum is less than nothing.
        CurrencyError: the sum is in another currency.
        WrongStateError: the attempt took less.
        AccountError: the attempt took credit of the payer, and no money; or it is a direct debit, whose returns
            ``RecordBankAnswer`` records.
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
class ObserveJointAttempt(SystemCommand[JointAttempt]):
    """Record what a gateway says of a payment of several charges.

    Attributes:
        joint_id: the payment.
        state: what the gateway says of it.
        captured: what it has taken since its beginning, in minor units; at most the amount of the payment.
        reference: how the gateway calls the payment; empty: it does not say.
        reason: why it was declined; empty otherwise.
        next_url: where the payer goes to pay, ``None`` where the payer need not go anywhere.
        changed: whether the gateway was not asked, since some of it was paid or dropped meanwhile: what is still owed
            is taken by another attempt.

    Raises:
        NotFoundError: there is no such payment.
        InputError: more was taken than the payment was to take.
    """

    joint_id: str = attrs.field(kw_only=False)
    state: AttemptState = attrs.field(validator=is_word(AttemptState))
    captured: int = 0
    reference: str = ""
    reason: str = ""
    next_url: str | None = None
    changed: bool = False


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
    "KeepDeposit",
    "ObserveCharge",
    "ObserveJointAttempt",
    "ObserveRefund",
    "Pay",
    "PayBack",
    "PayOwed",
    "PayTogether",
    "RecordChargeback",
    "RecordRefund",
    "RefundCharge",
    "RefundLines",
    "ReturnDeposit",
    "WriteOff",
]
