"""What gateways say of a charge, held against the attempt that asked for it."""

from __future__ import annotations

from cantinekit.commands import ObserveCharge
from cantinekit.plugins.ports import FindsByReference, Observation, PaymentGateway
from cantinekit.records import Attempt


def look(gateway: PaymentGateway, key: str, reference: str) -> Observation | None:
    """What a gateway knows of a charge: by the reference that it gave, where it can be asked so, else by the key."""
    if reference and isinstance(gateway, FindsByReference):
        return gateway.lookup_reference(key, reference)
    return gateway.lookup(key)


def fits(attempt: Attempt, seen: Observation) -> bool:
    """Whether an observation can be of this attempt: the same amount, the same currency."""
    same = seen.amount == attempt.amount.amount and seen.currency == attempt.amount.currency
    return same and 0 <= seen.captured <= seen.amount


def unexplained(attempt: Attempt, seen: Observation) -> str:
    """What a gateway says left the account, and nobody here asked for or recorded; nothing, where nothing did.

    A capture under another reference than the one that was recorded is another payment, until all of it is back.
    """
    named = bool(seen.reference and attempt.reference)
    if seen.captured and attempt.captured and named and seen.reference != attempt.reference:
        return "a second payment for the same charge" if seen.refunded < seen.captured else ""
    if seen.disputed > attempt.lost:
        return "money that the payer's bank took back"
    return "a refund that was not asked for here" if seen.refunded > attempt.refunded else ""


def as_command(attempt: Attempt, seen: Observation) -> ObserveCharge:
    """What an observation comes to."""
    if seen.captured > 0:
        state = "settled"
    elif seen.declined:
        state = "declined"
    else:
        state = "pending"
    return ObserveCharge(
        attempt.id,
        state=state,
        captured=seen.captured,
        reference=seen.reference,
        reason=seen.declined,
        next_url=seen.next_url,
    )
