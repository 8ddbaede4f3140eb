"""Paying what is due, giving money back, and what gateways say; what has run out is ended here too."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from cantinekit import commands as cmd
from cantinekit import events as ev
from cantinekit.decisions import _bookings, _passes, _upgrades, _visits, _workshops
from cantinekit.decisions._charging import money_in, money_out, refund, take
from cantinekit.decisions._draft import Draft
from cantinekit.decisions._state import Decision, Handler, Ids, Reads, State, fetch, refer
from cantinekit.errors import CurrencyError, InputError, WrongStateError
from cantinekit.model import (
    Attempt,
    Booking,
    Charge,
    Entitlement,
    LegalEntity,
    Pass,
    Refund,
    Registration,
    Subject,
    Visit,
)
from cantinekit.money import Money


class Lifecycle(NamedTuple):
    """What becomes of something that is sold: what that takes to read; when it is paid, is not, or ends."""

    read: Callable[[State, str, datetime], Reads]
    fulfil: Callable[[Draft, Subject, str], bool]
    lapse: Callable[[Draft, Subject, str], None]
    expire: Callable[[Draft, Subject], None]


def _nothing(draft: Draft, subject: Subject) -> None:
    """It never runs out."""


LIFECYCLES: dict[str, Lifecycle] = {
    Booking.kind: Lifecycle(
        lambda state, id, now: _bookings.read_booking(state, id),
        _bookings.fulfil_booking,
        _bookings.lapse_booking,
        _bookings.expire_booking,
    ),
    Registration.kind: Lifecycle(
        _workshops.read_registration,
        _workshops.fulfil_registration,
        _workshops.lapse_registration,
        _workshops.expire_registration,
    ),
    Visit.kind: Lifecycle(
        lambda state, id, now: _visits.read_visit(state, id),
        _upgrades.fulfil_visit,
        _upgrades.lapse_visit,
        _upgrades.expire_visit,
    ),
    Pass.kind: Lifecycle(
        lambda state, id, now: _passes.read_pass(state, id), _passes.fulfil_pass, _passes.lapse_pass, _nothing
    ),
}


def _read_expire(c: cmd.Expire, now: datetime) -> Reads:
    if c.subject.kind == Entitlement.kind:
        return (yield from _passes.read_entitlement(State(), c.subject.id))
    return (yield from LIFECYCLES[c.subject.kind].read(State(), c.subject.id, now))


def _expire(state: State, c: cmd.Expire, now: datetime, ids: Ids) -> Decision:
    draft = Draft(state, now, ids)
    if c.subject.kind == Entitlement.kind:
        _passes.expire_entitlement(draft, c.subject)
    else:
        LIFECYCLES[c.subject.kind].expire(draft, c.subject)
    return draft.decision(c.subject)


# --- paying ----------------------------------------------------------------------------------------------------------


def _read_pay(c: cmd.Pay, now: datetime) -> Reads:
    state = yield from fetch(State(), [(Charge, c.charge_id)])
    charge = state.need(Charge, c.charge_id)
    state = yield from fetch(
        state, [(LegalEntity, charge.entity_id), *((Attempt, attempt) for attempt in charge.attempt_ids)]
    )
    return (yield from LIFECYCLES[charge.subject.kind].read(state, charge.subject.id, now))


def _pay(state: State, c: cmd.Pay, now: datetime, ids: Ids) -> Decision:
    charge = state.need(Charge, c.charge_id)
    if charge.state != "due":
        raise WrongStateError(f"charge {charge.id}", state=charge.state, wanted=["due"])
    for id in charge.attempt_ids:
        if state.need(Attempt, id).state in ("started", "pending"):
            raise WrongStateError(f"charge {charge.id}", state="being paid already", wanted=["due"])
    draft = Draft(state, now, ids)
    if take(draft, charge.id, c.account, c.return_url):
        _fulfil(draft, charge.id)
    return draft.decision(charge.subject, [charge.id])


def _fulfil(draft: Draft, charge_id: str) -> None:
    """What was paid for is had; where it can no longer be had, all of it goes back."""
    charge = draft.state.need(Charge, charge_id)
    life = LIFECYCLES[charge.subject.kind]
    if life.fulfil(draft, charge.subject, charge.id):
        return
    life.lapse(draft, charge.subject, "paid after the hold had ended")
    charge = draft.state.need(Charge, charge_id)
    if charge.refunded < charge.paid:  # what it was for had ended before, so that nothing gave the money back
        _refund_rest(draft, charge, "paid after the hold had ended")
    draft.tell("paid too late", charge.payer_id, charge.subject)


def _refund_rest(draft: Draft, charge: Charge, reason: str) -> None:
    for id in charge.attempt_ids:
        attempt = draft.state.need(Attempt, id)
        rest = Money(attempt.captured - attempt.refunded, attempt.amount.currency)
        if rest.amount > 0:
            refund(draft, id, rest, reason)


def _read_observed(c: cmd.ObserveCharge, now: datetime) -> Reads:
    state = yield from fetch(State(), [(Attempt, c.attempt_id)])
    state = yield from fetch(state, [(Charge, state.need(Attempt, c.attempt_id).charge_id)])
    charge = state.need(Charge, state.need(Attempt, c.attempt_id).charge_id)
    if c.captured <= state.need(Attempt, c.attempt_id).captured:
        return state
    state = yield from LIFECYCLES[charge.subject.kind].read(state, charge.subject.id, now)
    return (yield from fetch(state, [(Attempt, id) for id in charge.attempt_ids]))


def _observed(state: State, c: cmd.ObserveCharge, now: datetime, ids: Ids) -> Decision:
    attempt = state.need(Attempt, c.attempt_id)
    charge, draft = state.need(Charge, attempt.charge_id), Draft(state, now, ids)
    if c.captured > attempt.amount.amount:
        raise InputError(f"attempt {attempt.id} was to take {attempt.amount}, not more")
    more = Money(c.captured - attempt.captured, attempt.amount.currency)
    if more.amount > 0:
        money_in(draft, attempt, more, c.state, c.reference)
        if charge.state == "due":
            if draft.state.need(Charge, charge.id).state == "settled":
                _fulfil(draft, charge.id)
        else:
            reason = "paid twice" if charge.state == "settled" else "paid after the hold had ended"
            refund(draft, attempt.id, more, reason, surplus=True)
            draft.tell("paid too late" if charge.state == "void" else "paid twice", charge.payer_id, charge.subject)
    elif attempt.state in ("started", "pending") and _differs(attempt, c):
        observed = ev.AttemptObserved(
            attempt.id, c.state, attempt.captured, c.reference or attempt.reference, c.reason, c.next_url
        )
        draft.add(observed)
    return draft.decision(charge.subject, [charge.id])


def _differs(attempt: Attempt, c: cmd.ObserveCharge) -> bool:
    """Whether the observation says anything new; an attempt that began to wait does not begin again."""
    if c.state == "started" or (c.state == attempt.state and c.next_url == attempt.next_url):
        return False
    return c.state != "settled"  # settled without money is no news


# --- giving back -----------------------------------------------------------------------------------------------------


def _read_refund(c: cmd.RefundCharge, now: datetime) -> Reads:
    state = yield from fetch(State(), [(Charge, c.charge_id)])
    charge = state.need(Charge, c.charge_id)
    return (yield from fetch(state, [(Attempt, id) for id in charge.attempt_ids]))


def _refund(state: State, c: cmd.RefundCharge, now: datetime, ids: Ids) -> Decision:
    charge = state.need(Charge, c.charge_id)
    if c.amount.currency != charge.amount.currency:
        raise CurrencyError(f"the charge is in {charge.amount.currency}, not {c.amount.currency}")
    if c.amount.amount <= 0:
        raise InputError("an amount to give back is more than nothing")
    if c.amount > charge.paid - charge.refunded:
        raise WrongStateError(f"charge {charge.id}", state=f"paid, less refunds: {charge.paid - charge.refunded}")
    draft, rest = Draft(state, now, ids), c.amount.amount
    for id in charge.attempt_ids:
        attempt = draft.state.need(Attempt, id)
        part = min(rest, attempt.captured - attempt.refunded)
        if part > 0:
            refund(draft, id, Money(part, c.amount.currency), c.reason)
            rest -= part
    return draft.decision(refer(charge), [charge.id])


def _read_refund_observed(c: cmd.ObserveRefund, now: datetime) -> Reads:
    state = yield from fetch(State(), [(Refund, c.refund_id)])
    asked = state.need(Refund, c.refund_id)
    return (yield from fetch(state, [(Charge, asked.charge_id), (Attempt, asked.attempt_id)]))


def _refund_observed(state: State, c: cmd.ObserveRefund, now: datetime, ids: Ids) -> Decision:
    asked, draft = state.need(Refund, c.refund_id), Draft(state, now, ids)
    if asked.state == "started" and c.state != "started":
        money_out(draft, asked, c.state, c.reference)
        charge = state.need(Charge, asked.charge_id)
        draft.tell(f"refund {c.state}", charge.payer_id, refer(asked))
    return draft.decision(refer(asked), [asked.charge_id])


HANDLERS = {
    cmd.Pay: Handler(_read_pay, _pay),
    cmd.RefundCharge: Handler(_read_refund, _refund),
    cmd.ObserveCharge: Handler(_read_observed, _observed),
    cmd.ObserveRefund: Handler(_read_refund_observed, _refund_observed),
    cmd.Expire: Handler(_read_expire, _expire),
}
