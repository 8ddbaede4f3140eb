"""Recording money that left an account elsewhere: refunds by hand, and what banks took back for good."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import attrs

from cantinekit.domain.base import Subject
from cantinekit.domain.decision import Decision
from cantinekit.domain.handling import handles
from cantinekit.domain.payments.charging import charge_back, check_no_claim, refund_elsewhere
from cantinekit.domain.payments.commands import RecordChargeback, RecordRefund
from cantinekit.domain.payments.records import CREDIT, MANDATE, SPONSOR, Attempt, Charge, JointAttempt, Refund
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
    if attempt.account == SPONSOR:
        raise AccountError(f"attempt {attempt.id} is a share of a sponsor, who pays another charge")
    if attempt.account == MANDATE:
        raise AccountError(
            f"attempt {attempt.id} is a direct debit: RefundCharge makes credit of it, and PayBack pays it"
        )
    if amount.currency != attempt.amount.currency:
        raise CurrencyError(f"the attempt is in {attempt.amount.currency}, not {amount.currency}")
    if amount.amount > most:
        left = Money(most, amount.currency)
        raise WrongStateError(f"what can have left attempt {attempt.id} in this way", state=f"at most {left}")


@attrs.frozen
class _Payment:
    """A payment by its attempts, which is one, or one for each of several charges.

    Attributes:
        id: its id.
        attempts: the attempts, in the order in which they are paid.
    """

    id: str
    attempts: tuple[Attempt, ...]

    def split(self, amount: int, most: Callable[[Attempt], int]) -> Iterator[tuple[Attempt, int]]:
        """An amount that left the payment, by attempt: of several charges that which is paid last has it first.

        Args:
            amount: how much, in minor units.
            most: how much of an attempt it can be.
        """
        for one in reversed(self.attempts):
            part = min(amount, most(one))
            amount -= part
            yield one, part


def _read(uow: Uow, id: str, reference: str = "") -> Steps[_Payment]:
    """Load an attempt, or those of a payment of several charges, with their charges.

    Raises:
        NotFoundError: there is neither.
    """
    yield from uow.fetch([(Attempt, id), (JointAttempt, id)])
    joint = uow.state.get(JointAttempt, id)
    ids = [part.attempt_id for part in joint.parts] if joint is not None else [id]
    if joint is not None:
        yield from uow.fetch((Attempt, one) for one in ids)
    found = tuple(uow.state.need(Attempt, one) for one in ids)
    once = _once(found[0].account, reference) if reference else None
    yield from uow.fetch([*((Charge, one.charge_id) for one in found), (Unique, once)])
    return _Payment(id, found)


@handles(RecordRefund)
def record_refund(c: RecordRefund, uow: Uow) -> Steps[Decision[Refund]]:
    """Record money that was given back by hand, at the desk or on the page of a gateway."""
    payment = yield from _read(uow, c.attempt_id, c.reference)
    once = _once(payment.attempts[0].account, c.reference) if c.reference else None

    if c.amount.amount <= 0:
        raise InputError("an amount that was given back is more than nothing")
    _check(payment.attempts[0], c.amount, sum(one.captured - one.refunded for one in payment.attempts))
    shares = payment.split(c.amount.amount, lambda one: one.captured - one.refunded)
    parts = [(attempt, part) for attempt, part in shares if part]
    for attempt, part in parts:
        charge = uow.state.need(Charge, attempt.charge_id)
        check_no_claim(charge, Money(part, c.amount.currency))
        if charge.state == "due":
            raise WrongStateError(f"charge {charge.id}", state="due; cancel what it is for", wanted=["settled", "void"])
    if once is not None:
        if (before := uow.state.get(Unique, once)) is not None:
            raise DuplicateError("a refund with this reference", before.holder)
        uow.add(UniqueTaken(once, payment.id))
    given: Subject = uow.state.need(Charge, parts[0][0].charge_id).subject
    for attempt, part in parts:
        payer_id = uow.state.need(Charge, attempt.charge_id).payer_id
        for one in refund_elsewhere(uow, attempt.id, Money(part, c.amount.currency), c.reason, c.reference):
            uow.tell("refund settled", payer_id, one)
            given = one
    return uow.done_with(given, [attempt.charge_id for attempt, _ in parts])


@handles(RecordChargeback)
def record_chargeback(c: RecordChargeback, uow: Uow) -> Steps[Decision[Attempt]]:
    """Record what a bank took back for good of the money of an attempt."""
    payment = yield from _read(uow, c.attempt_id)

    if c.lost.amount < 0:
        raise InputError("what a bank took back is not less than nothing")
    _check(payment.attempts[0], c.lost, sum(one.captured for one in payment.attempts))
    for attempt, part in payment.split(c.lost.amount, lambda one: one.captured):
        if part != attempt.lost:
            charge_back(uow, attempt.id, part, c.reason)
    return uow.done(payment.attempts[0], [one.charge_id for one in payment.attempts])
