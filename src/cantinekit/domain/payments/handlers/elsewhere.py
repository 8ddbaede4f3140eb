"""Recording money that left an account elsewhere: refunds by hand, and what banks took back for good."""

from __future__ import annotations

from cantinekit.domain.base import Subject
from cantinekit.domain.decision import Decision
from cantinekit.domain.handling import handles
from cantinekit.domain.payments.charging import charge_back, refund_elsewhere
from cantinekit.domain.payments.commands import RecordChargeback, RecordRefund
from cantinekit.domain.payments.records import CREDIT, Attempt, Charge, Refund
from cantinekit.domain.uniques.events import UniqueTaken
from cantinekit.domain.uniques.records import Unique
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.errors import AccountError, CurrencyError, DuplicateError, InputError, WrongStateError
from cantinekit.money import Money


def _once(account: str, reference: str) -> str:
    """The id of the row that lets a refund which a provider names be recorded once."""
    return f"refund|{account}|{reference}"


def _check(attempt: Attempt, amount: Money, most: int) -> None:
    """Refuse more than came through the attempt.

    ``most`` does not count what left in the other way: a bank may take back what was refunded before, and somebody may
    refund what a bank took. Then more left than came in, and the books must say so.
    """
    if attempt.account == CREDIT:
        raise AccountError(f"attempt {attempt.id} took credit, and no money: RefundCharge gives it back as credit")
    if amount.currency != attempt.amount.currency:
        raise CurrencyError(f"the attempt is in {attempt.amount.currency}, not {amount.currency}")
    if amount.amount > most:
        left = Money(most, amount.currency)
        raise WrongStateError(f"what can have left attempt {attempt.id} in this way", state=f"at most {left}")


@handles(RecordRefund)
def record_refund(c: RecordRefund, uow: Uow) -> Steps[Decision[Refund]]:
    """Record money that was given back by hand, at the desk or on the page of a gateway."""
    attempt = yield from uow.need(Attempt, c.attempt_id)
    once = _once(attempt.account, c.reference) if c.reference else None
    yield from uow.fetch([(Charge, attempt.charge_id), (Unique, once)])

    charge = uow.state.need(Charge, attempt.charge_id)
    if c.amount.amount <= 0:
        raise InputError("an amount that was given back is more than nothing")
    _check(attempt, c.amount, attempt.captured - attempt.refunded)
    if charge.state == "due":
        raise WrongStateError(f"charge {charge.id}", state="due; cancel what it is for", wanted=["settled", "void"])
    if once is not None:
        if (before := uow.state.get(Unique, once)) is not None:
            raise DuplicateError("a refund with this reference", before.holder)
        uow.add(UniqueTaken(once, attempt.id))
    given: Subject = charge.subject
    for one in refund_elsewhere(uow, attempt.id, c.amount, c.reason, c.reference):
        uow.tell("refund settled", charge.payer_id, one)
        given = one
    return uow.done_with(given, [charge.id])


@handles(RecordChargeback)
def record_chargeback(c: RecordChargeback, uow: Uow) -> Steps[Decision[Attempt]]:
    """Record what a bank took back for good of the money of an attempt."""
    attempt = yield from uow.need(Attempt, c.attempt_id)
    yield from uow.fetch([(Charge, attempt.charge_id)])

    if c.lost.amount < 0:
        raise InputError("what a bank took back is not less than nothing")
    _check(attempt, c.lost, attempt.captured)
    if c.lost.amount != attempt.lost:
        charge_back(uow, attempt.id, c.lost.amount, c.reason)
    return uow.done(attempt, [attempt.charge_id])
