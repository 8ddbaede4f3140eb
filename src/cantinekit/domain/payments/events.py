"""What happens to charges, attempts and refunds, and the entries of the ledger that follow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import attrs

from cantinekit.common.evolve import evolve
from cantinekit.common.fields import Code, PublicText
from cantinekit.domain.base import Event, Record, event
from cantinekit.domain.payments.records import (
    CREDIT,
    MANDATE,
    Attempt,
    AttemptState,
    Charge,
    DueKind,
    Instalment,
    JointAttempt,
    LedgerEntry,
    LineRefund,
    PayerCredit,
    PayerPayment,
    Refund,
    RefundState,
    credit_id,
)
from cantinekit.domain.state import State
from cantinekit.money import Money


@event
@attrs.frozen
class ChargeRaised(Event):
    """Somebody owes an amount.

    Attributes:
        charge: the charge.
    """

    charge: Charge

    def changes(self, state: State) -> tuple[Record, ...]:
        return (self.charge,)


@event
@attrs.frozen
class ChargeVoided(Event):
    """A charge is no longer owed.

    Attributes:
        charge_id: the charge.
    """

    charge_id: str

    def changes(self, state: State) -> tuple[Record, ...]:
        charge = state.need(Charge, self.charge_id)
        held = charge.paid_deposit.amount  # what was never paid of the deposit is dropped with the rest
        return (evolve(charge, state="void", billed=min(charge.billed, charge.kept), deposit=held, instalments=()),)


@event
@attrs.frozen
class ChargeStood(Event):
    """What a charge is for is had although something is still owed: the part due at once was paid.

    Attributes:
        charge_id: the charge.
    """

    charge_id: str

    def changes(self, state: State) -> tuple[Record, ...]:
        return (evolve(state.need(Charge, self.charge_id), stands=True),)


@event
@attrs.frozen
class DepositDropped(Event):
    """A deposit that was never paid is no longer owed.

    Attributes:
        charge_id: the charge.
        amount: how much of its deposit.
    """

    charge_id: str
    amount: Money

    def changes(self, state: State) -> tuple[Record, ...]:
        charge = state.need(Charge, self.charge_id)
        deposit = charge.deposit - self.amount.amount
        return (_settled(evolve(_dropped(charge, self.amount, "held"), deposit=deposit)),)


@event
@attrs.frozen
class DepositKept(Event):
    """Money that was held as a deposit is kept: from now on it is earned.

    Attributes:
        charge_id: the charge.
        amount: how much of its deposit.
        reason: why.
    """

    charge_id: str
    amount: Money
    reason: PublicText

    def changes(self, state: State) -> tuple[Record, ...]:
        charge, more = state.need(Charge, self.charge_id), self.amount.amount
        *lines, kept = charge.earned_by_line()
        return (
            evolve(
                charge,
                deposit=charge.deposit - more,
                kept_deposit=charge.kept_deposit + more,
                parts=(*lines, kept + more),
            ),
        )


@event
@attrs.frozen
class ChargeLowered(Event):
    """A part of what is owed of a charge is no longer owed.

    Attributes:
        charge_id: the charge.
        by: how much.
        lines: how much of which lines it is; empty: of all by weight.
    """

    charge_id: str
    by: Money
    lines: tuple[LineRefund, ...] = ()

    def changes(self, state: State) -> tuple[Record, ...]:
        charge = state.need(Charge, self.charge_id)
        return (_settled(_lowered(evolve(charge, parts=_less(charge, self.lines, 1)), self.by, self.lines)),)


@event
@attrs.frozen
class ChargeWrittenOff(Event):
    """What is owed of a charge is not expected any more: it stays earned, and is a loss.

    Attributes:
        charge_id: the charge.
        amount: how much.
        reason: why.
    """

    charge_id: str
    amount: Money
    reason: PublicText

    def changes(self, state: State) -> tuple[Record, ...]:
        charge = state.need(Charge, self.charge_id)
        return (_settled(evolve(charge, written_off=charge.written_off + self.amount.amount)),)


@event
@attrs.frozen
class WriteOffReversed(Event):
    """What was written off of a charge is no loss: it was paid after all, or is not owed any more.

    Attributes:
        charge_id: the charge.
        amount: how much of what was written off.
    """

    charge_id: str
    amount: Money

    def changes(self, state: State) -> tuple[Record, ...]:
        charge = state.need(Charge, self.charge_id)
        return (evolve(charge, written_off=charge.written_off - self.amount.amount),)


@event
@attrs.frozen
class InstalmentsMoved(Event):
    """The parts of a charge that are still open are due on other days, since what it is for is at another time.

    Attributes:
        charge_id: the charge.
        instalments: the parts that are due later from now on, the oldest first.
    """

    charge_id: str
    instalments: tuple[Instalment, ...]

    def changes(self, state: State) -> tuple[Record, ...]:
        return (evolve(state.need(Charge, self.charge_id), instalments=self.instalments),)


@event
@attrs.frozen
class AttemptStarted(Event):
    """A try to take the money of a charge begins.

    Attributes:
        attempt: the attempt.
    """

    attempt: Attempt

    def changes(self, state: State) -> tuple[Record, ...]:
        charge = state.need(Charge, self.attempt.charge_id)
        taken = (*charge.vouchers, *self.attempt.spends)
        credit = charge.by_credit + (self.attempt.amount.amount if self.attempt.account == CREDIT else 0)
        ids = (*charge.attempt_ids, self.attempt.id)
        debited = charge.debited or self.attempt.account == MANDATE
        return self.attempt, evolve(charge, attempt_ids=ids, vouchers=taken, by_credit=credit, debited=debited)


@event
@attrs.frozen
class AttemptObserved(Event):
    """A gateway said something of an attempt.

    Attributes:
        attempt_id: the attempt.
        state: what it comes to.
        captured: what was taken since its beginning, in minor units.
        reference: how the gateway calls the payment; empty where it did not say.
        reason: why it was declined; empty otherwise.
        next_url: where the payer goes to pay, ``None`` where the payer need not go anywhere.
    """

    attempt_id: str
    state: AttemptState
    captured: int
    reference: Code
    reason: PublicText
    next_url: Code | None

    def changes(self, state: State) -> tuple[Record, ...]:
        attempt = state.need(Attempt, self.attempt_id)
        return (
            evolve(
                attempt,
                state=self.state,
                captured=self.captured,
                reference=self.reference,
                reason=self.reason,
                next_url=self.next_url,
            ),
        )


@event
@attrs.frozen
class JointAttemptStarted(Event):
    """A try to take the money of several charges at once begins. The attempt of each is an event of its own.

    Attributes:
        joint: the payment.
    """

    joint: JointAttempt

    def changes(self, state: State) -> tuple[Record, ...]:
        return (self.joint,)


@event
@attrs.frozen
class JointAttemptObserved(Event):
    """A gateway said something of a payment of several charges. What it is to each attempt is an event of its own.

    Attributes:
        joint_id: the payment.
        state: what it comes to.
        captured: what was taken since its beginning, in minor units.
        reference: how the gateway calls the payment; empty where it did not say.
        reason: why it was declined; empty otherwise.
        next_url: where the payer goes to pay, ``None`` where the payer need not go anywhere.
    """

    joint_id: str
    state: AttemptState
    captured: int
    reference: Code
    reason: PublicText
    next_url: Code | None

    def changes(self, state: State) -> tuple[Record, ...]:
        return (
            evolve(
                state.need(JointAttempt, self.joint_id),
                state=self.state,
                captured=self.captured,
                reference=self.reference,
                reason=self.reason,
                next_url=self.next_url,
            ),
        )


@event
@attrs.frozen
class ChargePaid(Event):
    """Money was taken for a charge.

    Attributes:
        charge_id: the charge.
        amount: how much.
    """

    charge_id: str
    amount: Money

    def changes(self, state: State) -> tuple[Record, ...]:
        charge = state.need(Charge, self.charge_id)
        return (_settled(evolve(charge, paid=charge.paid + self.amount)),)


@event
@attrs.frozen
class RefundAsked(Event):
    """Money is to be given back.

    Attributes:
        refund: the refund.
    """

    refund: Refund

    def changes(self, state: State) -> tuple[Record, ...]:
        return (self.refund, *_refunded(state, self.refund, 1))


@event
@attrs.frozen
class RefundObserved(Event):
    """A gateway said something of a refund.

    Attributes:
        refund_id: the refund.
        state: what it comes to.
        reference: how the gateway calls the refund; empty where it did not say.
    """

    refund_id: str
    state: RefundState
    reference: Code

    def changes(self, state: State) -> tuple[Record, ...]:
        refund = state.need(Refund, self.refund_id)
        observed = evolve(refund, state=self.state, reference=self.reference)
        return (observed, *_refunded(state, refund, -1)) if self.state == "declined" else (observed,)


@event
@attrs.frozen
class ChargedBack(Event):
    """The payer's bank took money of an attempt back for good.

    Attributes:
        attempt_id: the attempt.
        lost: all that it took of the attempt since its beginning, in minor units.
        reason: why.
    """

    attempt_id: str
    lost: int
    reason: PublicText

    def changes(self, state: State) -> tuple[Record, ...]:
        attempt = state.need(Attempt, self.attempt_id)
        charge = state.need(Charge, attempt.charge_id)
        return (
            evolve(attempt, lost=self.lost),
            evolve(charge, lost=charge.lost + self.lost - attempt.lost),
        )


@event
@attrs.frozen
class PaymentReturned(Event):
    """The payer's bank took money of an attempt back, and the charge is owed again.

    Attributes:
        attempt_id: the attempt.
        amount: how much, at most what is left of the attempt.
        reason: why.
    """

    attempt_id: str
    amount: Money
    reason: PublicText

    def changes(self, state: State) -> tuple[Record, ...]:
        attempt = state.need(Attempt, self.attempt_id)
        charge = state.need(Charge, attempt.charge_id)
        captured = attempt.captured - self.amount.amount
        owed = evolve(charge, paid=charge.paid - self.amount)
        again = owed.state == "settled" and owed.outstanding.amount > 0
        return (
            evolve(
                attempt,
                captured=captured,
                state=attempt.state if captured else "declined",
                reason=self.reason,
            ),
            evolve(owed, state="due") if again else owed,
        )


@event
@attrs.frozen
class CreditMoved(Event):
    """Credit of a payer changed: more was paid than is owed, or went back to it; it paid a charge, or was paid back.

    Attributes:
        entity_id: the legal entity that has the money.
        payer_id: the person or the organisation whose it is.
        by: by how much; less than nothing where it is less.
    """

    entity_id: str
    payer_id: str
    by: Money

    def changes(self, state: State) -> tuple[Record, ...]:
        id = credit_id(self.entity_id, self.payer_id, self.by.currency)
        before = state.get(PayerCredit, id) or PayerCredit(
            id, self.entity_id, self.payer_id, Money.zero(self.by.currency)
        )
        return (evolve(before, amount=before.amount + self.by),)


@event
@attrs.frozen
class OwedPaid(Event):
    """A payer paid one amount for what they owe, or credit was paid back; what follows is recorded besides.

    Attributes:
        payment: the payment.
    """

    payment: PayerPayment

    def changes(self, state: State) -> tuple[Record, ...]:
        return (self.payment,)


@event
@attrs.frozen
class LedgerPosted(Event):
    """The ledger has a new entry.

    Attributes:
        entry: the entry.
    """

    entry: LedgerEntry

    def changes(self, state: State) -> tuple[Record, ...]:
        return (self.entry,)


def _dropped(charge: Charge, amount: Money, kind: DueKind) -> Charge:
    """A charge of which a part is no longer owed: the instalments of this kind that are due last are shorter by it."""
    shorter, _ = _shorter(charge.instalments, amount.amount, [part.kind == kind for part in charge.instalments])
    return evolve(charge, billed=charge.billed - amount, instalments=shorter)


def _lowered(charge: Charge, amount: Money, lines: Sequence[LineRefund]) -> Charge:
    """A charge of whose price a part is no longer owed.

    Where it is for several products, and the lines are said: the instalments of a product are shorter by what is off
    its own lines, those that are due last first. What is beyond these is off what is still due at once.
    """
    off = Counter[str]()
    for one in lines:
        off[charge.lines[one.line].product_id] += one.amount.amount if one.amount else 0
    if not off or not any(part.product_id for part in charge.instalments):
        return _dropped(charge, amount, "revenue")
    later = sum(part.amount.amount for part in charge.instalments)
    held_later = sum(part.amount.amount for part in charge.instalments if part.kind == "held")
    held_now = max(0, charge.unpaid_deposit.amount - held_later)
    at_once = max(0, charge.outstanding.amount - later - held_now)
    instalments, rest = charge.instalments, 0
    for product_id, part in off.items():
        own = [one.kind == "revenue" and one.product_id == product_id for one in instalments]
        instalments, beyond = _shorter(instalments, part, own)
        rest += beyond
    instalments, _ = _shorter(instalments, max(0, rest - at_once), [one.kind == "revenue" for one in instalments])
    return evolve(charge, billed=charge.billed - amount, instalments=instalments)


def _shorter(
    instalments: Sequence[Instalment], amount: int, which: Sequence[bool]
) -> tuple[tuple[Instalment, ...], int]:
    """Instalments once an amount is off some of them, those that are due last first; and what is beyond these."""
    kept = list[Instalment]()
    for part, may in zip(reversed(instalments), reversed(which), strict=True):
        off = min(amount, part.amount.amount) if may else 0
        amount -= off
        if part.amount.amount > off:
            kept.insert(0, evolve(part, amount=part.amount - Money(off, part.amount.currency)))
    return tuple(kept), amount


def _settled(charge: Charge) -> Charge:
    """A charge, settled where it was due and nothing of it is owed any more."""
    return evolve(charge, state="settled") if charge.state == "due" and charge.outstanding.amount <= 0 else charge


def _less(charge: Charge, lines: Sequence[LineRefund], sign: int) -> tuple[int, ...]:
    """By what the charge is spread over its lines once these alone lose something (``sign`` 1), or get it back (-1).

    What is spread later is spread over what is left of each.
    """
    if not lines:
        return charge.parts
    whole = list(charge.earned_by_line())
    for one in lines:
        whole[one.line] -= sign * (one.amount.amount if one.amount else 0)
    return tuple(whole)


def _refunded(state: State, refund: Refund, sign: int) -> tuple[Record, ...]:
    """The charge and the attempt of a refund once it is asked for (``sign`` 1) or was declined (-1)."""
    charge, attempt = state.need(Charge, refund.charge_id), state.need(Attempt, refund.attempt_id)
    return (
        evolve(
            charge,
            refunded=charge.refunded + refund.amount * sign,
            billed=charge.billed if refund.surplus else charge.billed - refund.amount * sign,
            deposit=charge.deposit - refund.amount.amount * sign if refund.deposit else charge.deposit,
            parts=_less(charge, refund.lines, sign),
        ),
        evolve(
            attempt,
            refunded=attempt.refunded + refund.amount.amount * sign,
            credited=attempt.credited + (refund.amount.amount if _is_credited(refund, attempt) else 0) * sign,
        ),
    )


def _is_credited(refund: Refund, attempt: Attempt) -> bool:
    """Whether what a gateway took becomes credit of the payer."""
    return refund.account == CREDIT != attempt.account


__all__ = [
    "AttemptObserved",
    "AttemptStarted",
    "ChargeLowered",
    "ChargePaid",
    "ChargeRaised",
    "ChargeStood",
    "ChargeVoided",
    "ChargeWrittenOff",
    "ChargedBack",
    "CreditMoved",
    "DepositDropped",
    "DepositKept",
    "InstalmentsMoved",
    "JointAttemptObserved",
    "JointAttemptStarted",
    "LedgerPosted",
    "OwedPaid",
    "PaymentReturned",
    "RefundAsked",
    "RefundObserved",
    "WriteOffReversed",
]
