"""Paying charges: what is being paid already, and what becomes of what was paid for."""

from __future__ import annotations

from cantinekit.domain.draft import Draft
from cantinekit.domain.life_cycles.table import LIFE_CYCLES
from cantinekit.domain.passes.along import activate_along
from cantinekit.domain.payments.charging import PAYMENT_HOLD, undo_charge
from cantinekit.domain.payments.events import ChargeStood
from cantinekit.domain.payments.records import MANDATE, Attempt, Charge, PayerCredit, credit_id
from cantinekit.domain.state import State
from cantinekit.errors import CurrencyError, InputError, WrongStateError
from cantinekit.money import Money

TOO_LATE = "paid after the hold had ended"
"""Why money goes back that came when what it was for could no longer be had."""


def under_way(draft: Draft, charge: Charge) -> list[Attempt]:
    """The attempts of a charge that may still come to something: a direct debit until the bank has answered."""
    attempts = [draft.state.need(Attempt, id) for id in charge.attempt_ids]
    open_ones = [one for one in attempts if one.state in ("started", "pending")]
    return [one for one in open_ones if one.account == MANDATE or draft.now < one.started_at + PAYMENT_HOLD]


def check_amount(charge: Charge, amount: Money) -> None:
    """Refuse an amount that cannot be one of this charge.

    Args:
        charge: the charge.
        amount: the amount.

    Raises:
        CurrencyError: it is in another currency.
        InputError: it is not more than nothing.
    """
    if amount.currency != charge.amount.currency:
        raise CurrencyError(f"the charge is in {charge.amount.currency}, not {amount.currency}")
    if amount.amount <= 0:
        raise InputError("an amount to pay or to give back is more than nothing")


def had(draft: Draft, before: Charge) -> None:
    """Once the part due at once is paid, fulfil what a charge was for; where it cannot be had, give all of it back.

    Args:
        draft: what is decided so far: money came in.
        before: the charge before the money came in.
    """
    charge = draft.state.need(Charge, before.id)
    if before.state != "due" or before.stands or not charge.covered:
        return
    life = LIFE_CYCLES[charge.subject.kind]
    if life.awaits(draft, charge.subject, charge.id):
        if charge.state == "due":
            draft.add(ChargeStood(charge.id))
        life.fulfil(draft, charge.subject, charge.id)
        activate_along(draft, charge.pass_ids)
        return
    life.lapse(draft, charge.subject, TOO_LATE)
    if not draft.state.need(Charge, charge.id).stands:  # else a part of it pays for what was priced together with it
        undo_charge(draft, charge.id, TOO_LATE)
    draft.tell("paid too late", charge.payer_id, charge.subject)


def credit_of(state: State, entity_id: str, payer_id: str | None, currency: str) -> Money:
    """What a payer paid beyond what was owed, and has left.

    Args:
        state: the credit of the payer was looked for.
        entity_id: the legal entity that has the money.
        payer_id: the person or the organisation; ``None``: nobody known, who has none.
        currency: the ISO 4217 code of the currency.
    """
    found = state.get(PayerCredit, credit_id(entity_id, payer_id, currency)) if payer_id is not None else None
    return found.amount if found is not None else Money.zero(currency)


def credit_part(state: State, charge: Charge, amount: Money, *, exactly: bool) -> Money:
    """What of an amount of a charge credit of the payer pays.

    Args:
        state: the credit of the payer was looked for.
        charge: the charge.
        amount: how much is to be paid.
        exactly: whether it has to be just so much; else it is as much as there is.

    Raises:
        WrongStateError: there is less, or none.
    """
    have = credit_of(state, charge.entity_id, charge.payer_id, amount.currency)
    if not have or (exactly and have < amount):
        raise WrongStateError(f"credit of the payer of charge {charge.id}", state=f"{have}, not {amount}")
    return min(have, amount)
