"""Paying what is due, giving money back, and recording what gateways say of it."""

from __future__ import annotations

from cantinekit.domain.base import Record
from cantinekit.domain.decision import Decision
from cantinekit.domain.draft import Draft
from cantinekit.domain.handling import handles
from cantinekit.domain.life_cycles.table import LIFE_CYCLES
from cantinekit.domain.payments.charging import PAYMENT_HOLD, money_in, money_out, parts_back, refund, take, undo_charge
from cantinekit.domain.payments.commands import ObserveCharge, ObserveRefund, Pay, RefundCharge
from cantinekit.domain.payments.events import AttemptObserved, RefundObserved
from cantinekit.domain.payments.records import Attempt, Charge, Refund
from cantinekit.domain.places.records import LegalEntity
from cantinekit.domain.state import State, refer
from cantinekit.domain.unit_of_work import Steps, Uow
from cantinekit.errors import AccountError, CurrencyError, InputError, TooLateError, WrongStateError
from cantinekit.errors.shown import shown
from cantinekit.money import Money

_TOO_LATE = "paid after the hold had ended"


@handles(Pay, rebases=True)
def pay(c: Pay, uow: Uow) -> Steps[Decision[Record]]:
    """Take the money of a charge that is due; what it is for is fulfilled once the money is in hand."""
    charge = yield from uow.need(Charge, c.charge_id)
    yield from uow.fetch([(LegalEntity, charge.entity_id), *((Attempt, id) for id in charge.attempt_ids)])
    yield from LIFE_CYCLES[charge.subject.kind].read(uow, charge.subject.id)

    if charge.state != "due":
        raise WrongStateError(f"charge {charge.id}", state=charge.state, wanted=["due"])
    for id in charge.attempt_ids:
        attempt = uow.state.need(Attempt, id)
        if attempt.state in ("started", "pending") and uow.now < attempt.started_at + PAYMENT_HOLD:
            raise WrongStateError(f"charge {charge.id}", state=f"being paid already ({id})", wanted=["due"])
    if not LIFE_CYCLES[charge.subject.kind].awaits(uow, charge.subject, charge.id):
        raise TooLateError(f"{charge.subject.kind} {charge.subject.id} can no longer be had")
    if take(uow, charge.id, c.account, c.return_url, c.means):
        _fulfil(uow, charge.id)
    return uow.done_with(charge.subject, [charge.id])


def _fulfil(draft: Draft, charge_id: str) -> None:
    """Fulfil what a charge was for, or give all of it back where that can no longer be had."""
    charge = draft.state.need(Charge, charge_id)
    life = LIFE_CYCLES[charge.subject.kind]
    if life.awaits(draft, charge.subject, charge.id):
        life.fulfil(draft, charge.subject, charge.id)
        return
    life.lapse(draft, charge.subject, _TOO_LATE)
    undo_charge(draft, charge.id, _TOO_LATE)
    draft.tell("paid too late", charge.payer_id, charge.subject)


@handles(ObserveCharge, rebases=True)
def observe_charge(c: ObserveCharge, uow: Uow) -> Steps[Decision[Record]]:
    """Record what a gateway says of an attempt: money that came in, an attempt that waits or was declined."""
    attempt = yield from uow.need(Attempt, c.attempt_id)
    yield from uow.fetch([(Charge, attempt.charge_id), (LegalEntity, attempt.entity_id)])
    charge = uow.state.need(Charge, attempt.charge_id)
    if c.captured > attempt.captured:
        yield from LIFE_CYCLES[charge.subject.kind].read(uow, charge.subject.id)
        yield from uow.fetch((Attempt, id) for id in charge.attempt_ids)

    if c.captured > attempt.amount.amount:
        raise InputError(f"attempt {attempt.id} was to take {attempt.amount}, not more")
    more = Money(c.captured - attempt.captured, attempt.amount.currency)
    if more.amount > 0:
        money_in(uow, attempt, more, c.state, c.reference)
        paid = uow.state.need(Charge, charge.id)
        over = min(more.amount, max(0, -paid.outstanding.amount))
        if over > 0:  # what is held beyond what is owed goes back by the way it came
            reason, template = ("paid twice", "paid twice") if charge.state != "void" else (_TOO_LATE, "paid too late")
            refund(uow, attempt.id, Money(over, more.currency), reason)
            uow.tell(template, charge.payer_id, charge.subject)
        if charge.state == "due" and paid.state == "settled":
            _fulfil(uow, charge.id)
    elif attempt.state in ("started", "pending") and _differs(attempt, c):
        uow.add(
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
            uow.tell("payment declined", charge.payer_id, refer(attempt))
    return uow.done_with(charge.subject, [charge.id])


def _differs(attempt: Attempt, c: ObserveCharge) -> bool:
    """Whether an observation says anything new. An attempt that is pending does not start again."""
    if c.state == "started" or (c.state == attempt.state and c.next_url in (None, attempt.next_url)):
        return False
    return c.state != "settled"  # settled without money is no news


@handles(RefundCharge)
def refund_charge(c: RefundCharge, uow: Uow) -> Steps[Decision[Charge]]:
    """Ask the gateways of a charge to give money back, the latest attempt first."""
    charge = yield from uow.need(Charge, c.charge_id)
    yield from uow.fetch((Attempt, id) for id in charge.attempt_ids)

    if c.amount.currency != charge.amount.currency:
        raise CurrencyError(f"the charge is in {charge.amount.currency}, not {c.amount.currency}")
    if c.amount.amount <= 0:
        raise InputError("an amount to give back is more than nothing")
    if charge.state == "due":
        raise WrongStateError(f"charge {charge.id}", state="due; cancel what it is for", wanted=["settled", "void"])
    if c.amount > charge.held:
        raise WrongStateError(f"what is left to refund of charge {charge.id}", state=f"{charge.held}, not {c.amount}")
    for attempt, part in parts_back(uow.state, charge, c.amount.amount):
        _check_refunds(uow.state, attempt, part.amount)
        refund(uow, attempt.id, part, c.reason)
    return uow.done(charge, [charge.id])


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


@handles(ObserveRefund)
def observe_refund(c: ObserveRefund, uow: Uow) -> Steps[Decision[Refund]]:
    """Record what a gateway says of a refund: that it began, was made or was declined."""
    asked = yield from uow.need(Refund, c.refund_id)
    yield from uow.fetch([(Charge, asked.charge_id), (Attempt, asked.attempt_id)])

    if asked.state == "started" and c.state == "started" and c.reference not in ("", asked.reference):
        uow.add(RefundObserved(asked.id, c.state, c.reference))
    elif asked.state == "started" and c.state != "started":
        money_out(uow, asked, c.state, c.reference)
        charge = uow.state.need(Charge, asked.charge_id)
        uow.tell(f"refund {c.state}", charge.payer_id, refer(asked))
    return uow.done(asked, [asked.charge_id])
