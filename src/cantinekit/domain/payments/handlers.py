"""Paying what is due, giving money back, and what gateways say; what has run out is ended here too."""

from __future__ import annotations

from datetime import datetime

from cantinekit.domain.adapter import adapt
from cantinekit.domain.decision import Decision, Ids
from cantinekit.domain.draft import Draft
from cantinekit.domain.life_cycles.everything import LIFECYCLES
from cantinekit.domain.payments.charging import PAYMENT_HOLD, money_in, money_out, parts_back, refund, take, undo_charge
from cantinekit.domain.payments.commands import ObserveCharge, ObserveRefund, Pay, RefundCharge
from cantinekit.domain.payments.events import AttemptObserved, RefundObserved
from cantinekit.domain.payments.records import Attempt, Charge, Refund
from cantinekit.domain.places.records import LegalEntity
from cantinekit.domain.state import Reads, State, fetch, refer
from cantinekit.errors import AccountError, CurrencyError, InputError, TooLateError, WrongStateError
from cantinekit.errors.shown import shown
from cantinekit.money import Money

_TOO_LATE = "paid after the hold had ended"


def _read_pay(c: Pay, now: datetime) -> Reads:
    state = yield from fetch(State(), [(Charge, c.charge_id)])
    charge = state.need(Charge, c.charge_id)
    state = yield from fetch(
        state, [(LegalEntity, charge.entity_id), *((Attempt, attempt) for attempt in charge.attempt_ids)]
    )
    return (yield from LIFECYCLES[charge.subject.kind].read(state, charge.subject.id, now))


def _pay(state: State, c: Pay, now: datetime, ids: Ids) -> Decision:
    charge, draft = state.need(Charge, c.charge_id), Draft(state, now, ids)
    if charge.state != "due":
        raise WrongStateError(f"charge {charge.id}", state=charge.state, wanted=["due"])
    for id in charge.attempt_ids:
        attempt = state.need(Attempt, id)
        if attempt.state in ("started", "pending") and now < attempt.started_at + PAYMENT_HOLD:
            raise WrongStateError(f"charge {charge.id}", state=f"being paid already ({id})", wanted=["due"])
    if not LIFECYCLES[charge.subject.kind].awaits(draft, charge.subject, charge.id):
        raise TooLateError(f"{charge.subject.kind} {charge.subject.id} can no longer be had")
    if take(draft, charge.id, c.account, c.return_url, c.means):
        _fulfil(draft, charge.id)
    return draft.decision(charge.subject, [charge.id])


def _fulfil(draft: Draft, charge_id: str) -> None:
    """What was paid for is had; where it can no longer be had, all of it goes back."""
    charge = draft.state.need(Charge, charge_id)
    life = LIFECYCLES[charge.subject.kind]
    if life.awaits(draft, charge.subject, charge.id):
        life.fulfil(draft, charge.subject, charge.id)
        return
    life.lapse(draft, charge.subject, _TOO_LATE)
    undo_charge(draft, charge.id, _TOO_LATE)
    draft.tell("paid too late", charge.payer_id, charge.subject)


def _read_observed(c: ObserveCharge, now: datetime) -> Reads:
    state = yield from fetch(State(), [(Attempt, c.attempt_id)])
    attempt = state.need(Attempt, c.attempt_id)
    state = yield from fetch(state, [(Charge, attempt.charge_id), (LegalEntity, attempt.entity_id)])
    charge = state.need(Charge, attempt.charge_id)
    if c.captured <= attempt.captured:
        return state
    state = yield from LIFECYCLES[charge.subject.kind].read(state, charge.subject.id, now)
    return (yield from fetch(state, [(Attempt, id) for id in charge.attempt_ids]))


def _observed(state: State, c: ObserveCharge, now: datetime, ids: Ids) -> Decision:
    attempt = state.need(Attempt, c.attempt_id)
    charge, draft = state.need(Charge, attempt.charge_id), Draft(state, now, ids)
    if c.captured > attempt.amount.amount:
        raise InputError(f"attempt {attempt.id} was to take {attempt.amount}, not more")
    more = Money(c.captured - attempt.captured, attempt.amount.currency)
    if more.amount > 0:
        money_in(draft, attempt, more, c.state, c.reference)
        paid = draft.state.need(Charge, charge.id)
        over = min(more.amount, max(0, -paid.outstanding.amount))
        if over > 0:  # what is held beyond what is owed goes back by the way it came
            reason, template = ("paid twice", "paid twice") if charge.state != "void" else (_TOO_LATE, "paid too late")
            refund(draft, attempt.id, Money(over, more.currency), reason)
            draft.tell(template, charge.payer_id, charge.subject)
        if charge.state == "due" and paid.state == "settled":
            _fulfil(draft, charge.id)
    elif attempt.state in ("started", "pending") and _differs(attempt, c):
        draft.add(
            AttemptObserved(
                attempt.id,
                c.state,
                attempt.captured,
                c.reference or attempt.reference,
                c.reason,
                (c.next_url or attempt.next_url) if c.state == "pending" else None,
            )
        )
        if c.state == "declined" and charge.state == "due":
            draft.tell("payment declined", charge.payer_id, refer(attempt))
    return draft.decision(charge.subject, [charge.id])


def _differs(attempt: Attempt, c: ObserveCharge) -> bool:
    """Whether the observation says anything new; an attempt that began to wait does not begin again."""
    if c.state == "started" or (c.state == attempt.state and c.next_url in (None, attempt.next_url)):
        return False
    return c.state != "settled"  # settled without money is no news


def _read_refund(c: RefundCharge, now: datetime) -> Reads:
    state = yield from fetch(State(), [(Charge, c.charge_id)])
    charge = state.need(Charge, c.charge_id)
    return (yield from fetch(state, [(Attempt, id) for id in charge.attempt_ids]))


def _refund(state: State, c: RefundCharge, now: datetime, ids: Ids) -> Decision:
    charge = state.need(Charge, c.charge_id)
    if c.amount.currency != charge.amount.currency:
        raise CurrencyError(f"the charge is in {charge.amount.currency}, not {c.amount.currency}")
    if c.amount.amount <= 0:
        raise InputError("an amount to give back is more than nothing")
    if charge.state == "due":
        raise WrongStateError(f"charge {charge.id}", state="due; cancel what it is for", wanted=["settled", "void"])
    if c.amount > charge.held:
        raise WrongStateError(f"what is left to refund of charge {charge.id}", state=f"{charge.held}, not {c.amount}")
    draft = Draft(state, now, ids)
    for attempt, part in parts_back(state, charge, c.amount.amount):
        _check_refunds(state, attempt, part.amount)
        refund(draft, attempt.id, part, c.reason)
    return draft.decision(refer(charge), [charge.id])


def _check_refunds(state: State, attempt: Attempt, amount: int) -> None:
    """Refuse what the gateway of an attempt cannot do.

    Raises:
        AccountError: it gives nothing back, or only all of it.
    """
    gateway = state.accounts.get(attempt.account)
    if gateway is not None and not gateway.refunds:
        raise AccountError(f"the account {shown(attempt.account)} gives no money back")
    if gateway is not None and not gateway.partial_refunds and amount != attempt.captured:
        raise AccountError(f"the account {shown(attempt.account)} gives back all of a payment or nothing")


def _read_refund_observed(c: ObserveRefund, now: datetime) -> Reads:
    state = yield from fetch(State(), [(Refund, c.refund_id)])
    asked = state.need(Refund, c.refund_id)
    return (yield from fetch(state, [(Charge, asked.charge_id), (Attempt, asked.attempt_id)]))


def _refund_observed(state: State, c: ObserveRefund, now: datetime, ids: Ids) -> Decision:
    asked, draft = state.need(Refund, c.refund_id), Draft(state, now, ids)
    if asked.state == "started" and c.state == "started" and c.reference not in ("", asked.reference):
        draft.add(RefundObserved(asked.id, c.state, c.reference))
    elif asked.state == "started" and c.state != "started":
        money_out(draft, asked, c.state, c.reference)
        charge = state.need(Charge, asked.charge_id)
        draft.tell(f"refund {c.state}", charge.payer_id, refer(asked))
    return draft.decision(refer(asked), [asked.charge_id])


adapt(Pay, _read_pay, _pay, rebases=True)

adapt(RefundCharge, _read_refund, _refund)

adapt(ObserveCharge, _read_observed, _observed, rebases=True)

adapt(ObserveRefund, _read_refund_observed, _refund_observed)
