"""Money that left an account without being asked to from here: refunds by hand, and what banks took back for good."""

from __future__ import annotations

from datetime import datetime

from cantinekit.domain.adapter import adapt
from cantinekit.domain.base import Subject
from cantinekit.domain.decision import Decision, Ids
from cantinekit.domain.draft import Draft
from cantinekit.domain.payments.charging import charge_back, refund_elsewhere
from cantinekit.domain.payments.commands import RecordChargeback, RecordRefund
from cantinekit.domain.payments.records import Attempt, Charge
from cantinekit.domain.state import Reads, State, fetch, refer
from cantinekit.domain.uniques.events import UniqueTaken
from cantinekit.domain.uniques.records import Unique
from cantinekit.errors import CurrencyError, DuplicateError, InputError, WrongStateError
from cantinekit.money import Money


def _once(account: str, reference: str) -> str:
    """The id of the row that lets a refund which a provider names be recorded once."""
    return f"refund|{account}|{reference}"


def _read(c: RecordRefund | RecordChargeback, now: datetime) -> Reads:
    state = yield from fetch(State(), [(Attempt, c.attempt_id)])
    attempt = state.need(Attempt, c.attempt_id)
    once = _once(attempt.account, c.reference) if isinstance(c, RecordRefund) and c.reference else None
    return (yield from fetch(state, [(Charge, attempt.charge_id), (Unique, once)]))


def _check(attempt: Attempt, amount: Money, most: int) -> None:
    """Refuse more than came through the attempt.

    A bank may take back what was given back before, and somebody may give back what a bank has taken: then more has
    left than came in, and the books have to say so.
    """
    if amount.currency != attempt.amount.currency:
        raise CurrencyError(f"the attempt is in {attempt.amount.currency}, not {amount.currency}")
    if amount.amount > most:
        left = Money(most, amount.currency)
        raise WrongStateError(f"what can have left attempt {attempt.id} in this way", state=f"at most {left}")


def _record_refund(state: State, c: RecordRefund, now: datetime, ids: Ids) -> Decision:
    attempt, draft = state.need(Attempt, c.attempt_id), Draft(state, now, ids)
    charge = state.need(Charge, attempt.charge_id)
    if c.amount.amount <= 0:
        raise InputError("an amount that was given back is more than nothing")
    _check(attempt, c.amount, attempt.captured - attempt.refunded)
    if charge.state == "due":
        raise WrongStateError(f"charge {charge.id}", state="due; cancel what it is for", wanted=["settled", "void"])
    if c.reference:
        once = _once(attempt.account, c.reference)
        if (before := state.get(Unique, once)) is not None:
            raise DuplicateError("a refund with this reference", before.holder)
        draft.add(UniqueTaken(once, attempt.id))
    given: Subject = charge.subject
    for one in refund_elsewhere(draft, attempt.id, c.amount, c.reason, c.reference):
        draft.tell("refund settled", charge.payer_id, one)
        given = one
    return draft.decision(given, [charge.id])


def _record_chargeback(state: State, c: RecordChargeback, now: datetime, ids: Ids) -> Decision:
    attempt, draft = state.need(Attempt, c.attempt_id), Draft(state, now, ids)
    if c.lost.amount < 0:
        raise InputError("what a bank took back is not less than nothing")
    _check(attempt, c.lost, attempt.captured)
    if c.lost.amount != attempt.lost:
        charge_back(draft, attempt.id, c.lost.amount, c.reason)
    return draft.decision(refer(attempt), [attempt.charge_id])


adapt(RecordRefund, _read, _record_refund)

adapt(RecordChargeback, _read, _record_chargeback)
