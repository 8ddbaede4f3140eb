"""Gateway observations: what a gateway says of a charge, compared with the attempt that asked for it."""

from __future__ import annotations

from typing import Any

from cantinekit.commands import ObserveCharge, ObserveJointAttempt
from cantinekit.plugins.ports import FindsByReference, Observation, PaymentGateway
from cantinekit.records import Attempt, AttemptState


def look(gateway: PaymentGateway, key: str, reference: str) -> Observation | None:
    """Ask a gateway what it knows of a charge.

    Args:
        gateway: the gateway.
        key: the idempotency key of the charge.
        reference: what the gateway calls the payment; empty if it is not known. It is preferred to the key, where the
            gateway can be asked by it.
    """
    if reference and isinstance(gateway, FindsByReference):
        return gateway.lookup_reference(key, reference)
    return gateway.lookup(key)


def fits(attempt: Attempt, seen: Observation) -> bool:
    """Whether an observation can be of this attempt: the same amount, the same currency.

    Args:
        attempt: the attempt to take money.
        seen: what the gateway says.
    """
    same = seen.amount == attempt.amount.amount and seen.currency == attempt.amount.currency
    return same and 0 <= seen.captured <= seen.amount


def unexplained(attempt: Attempt, seen: Observation) -> str:
    """What left the account by the word of the gateway, and was not asked for or recorded here; empty if nothing did.

    A capture under another reference than the one that was recorded is another payment, until all of it is back.

    Args:
        attempt: the attempt as it is recorded.
        seen: what the gateway says.
    """
    named = bool(seen.reference and attempt.reference)
    if seen.captured and attempt.captured and named and seen.reference != attempt.reference:
        return "a second payment for the same charge" if seen.refunded < seen.captured else ""
    if seen.disputed > attempt.lost:
        return "money that the payer's bank took back"
    return "a refund that was not asked for here" if seen.refunded > attempt.refunded - attempt.credited else ""


def as_command(attempt: Attempt, seen: Observation) -> ObserveCharge | ObserveJointAttempt:
    """The command that records an observation.

    Args:
        attempt: the attempt that the observation is of.
        seen: what the gateway says.
    """
    state: AttemptState
    if seen.captured > 0:
        state = "settled"
    elif seen.declined:
        state = "declined"
    else:
        state = "pending"
    return observing(
        attempt,
        state=state,
        captured=seen.captured,
        reference=seen.reference,
        reason=seen.declined,
        next_url=seen.next_url,
    )


def observing(
    attempt: Attempt, *, state: AttemptState, changed: bool = False, **seen: Any
) -> ObserveCharge | ObserveJointAttempt:
    """The command that records what became of an attempt, or of a payment of several charges.

    Args:
        attempt: the attempt, or the payment as one attempt.
        state: what became of it.
        changed: whether the gateway was not asked, since some of what was to be paid is paid or dropped.
        seen: what else there is to record.
    """
    if attempt.joint_id == attempt.id:
        return ObserveJointAttempt(attempt.id, state=state, changed=changed, **seen)
    return ObserveCharge(attempt.id, state=state, **seen)
