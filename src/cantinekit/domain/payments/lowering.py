"""Lowering a charge: so much of it is no longer owed, or goes back where it was paid."""

from __future__ import annotations

from cantinekit.domain.draft import Draft
from cantinekit.domain.payments.charging import give_back, post_change, void_charge
from cantinekit.domain.payments.events import ChargeLowered
from cantinekit.domain.payments.records import Charge
from cantinekit.money import Money


def lower_charge(draft: Draft, charge_id: str, by: Money, reason: str) -> None:
    """Take an amount off a charge: first what is not paid is no longer owed, then what was paid goes back.

    Args:
        draft: what is decided so far.
        charge_id: the charge, with its attempts loaded.
        by: how much, nothing or more; what is beyond the charge is left out.
        reason: why; the refunds say it.
    """
    before = draft.state.need(Charge, charge_id)
    owed = max(0, before.outstanding.amount) if before.state == "due" else 0
    dropped = min(by.amount, owed)
    if dropped and dropped == before.billed.amount:
        void_charge(draft, charge_id)
    elif dropped:
        draft.add(ChargeLowered(charge_id, Money(dropped, by.currency)))
        post_change(draft, "lowered", before)
    give_back(draft, charge_id, by.amount - dropped, reason)
