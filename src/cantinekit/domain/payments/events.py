"""Facts about prices, charges, refunds and the ledger."""

from __future__ import annotations

import attrs

from cantinekit.common.evolve import evolve
from cantinekit.domain.base import Event, Record, event
from cantinekit.domain.payments.records import Attempt, Charge, LedgerEntry, Refund
from cantinekit.domain.state import State
from cantinekit.money import Money


@event
@attrs.frozen
class ChargeRaised(Event):
    """Somebody owes an amount."""

    charge: Charge

    def changes(self, state: State) -> tuple[Record, ...]:
        return (self.charge,)


@event
@attrs.frozen
class ChargeVoided(Event):
    """An amount is no longer owed."""

    charge_id: str

    def changes(self, state: State) -> tuple[Record, ...]:
        charge = state.need(Charge, self.charge_id)
        return (evolve(charge, state="void", billed=min(charge.billed, charge.kept)),)


@event
@attrs.frozen
class AttemptStarted(Event):
    """A try to take the money begins."""

    attempt: Attempt

    def changes(self, state: State) -> tuple[Record, ...]:
        charge = state.need(Charge, self.attempt.charge_id)
        return self.attempt, evolve(charge, attempt_ids=(*charge.attempt_ids, self.attempt.id))


@event
@attrs.frozen
class AttemptObserved(Event):
    """What a gateway says of an attempt, as sums since its beginning."""

    attempt_id: str
    state: str
    captured: int
    reference: str
    reason: str
    next_url: str | None

    def changes(self, state: State) -> tuple[Record, ...]:
        attempt = state.need(Attempt, self.attempt_id)
        return (
            evolve(
                attempt,
                state=self.state,
                captured=self.captured,
                reference=self.reference,
                reason=self.reason,
                next_url=self.next_url,
            ),
        )


@event
@attrs.frozen
class ChargePaid(Event):
    """Money was taken for a charge."""

    charge_id: str
    amount: Money

    def changes(self, state: State) -> tuple[Record, ...]:
        charge = state.need(Charge, self.charge_id)
        charge = evolve(charge, paid=charge.paid + self.amount)
        settled = charge.state == "due" and charge.outstanding.amount <= 0
        return (evolve(charge, state="settled") if settled else charge,)


@event
@attrs.frozen
class RefundAsked(Event):
    """Money is to be given back."""

    refund: Refund

    def changes(self, state: State) -> tuple[Record, ...]:
        return (self.refund, *_refunded(state, self.refund, 1))


@event
@attrs.frozen
class RefundObserved(Event):
    """What became of a refund."""

    refund_id: str
    state: str
    reference: str

    def changes(self, state: State) -> tuple[Record, ...]:
        refund = state.need(Refund, self.refund_id)
        observed = evolve(refund, state=self.state, reference=self.reference)
        return (observed, *_refunded(state, refund, -1)) if self.state == "declined" else (observed,)


@event
@attrs.frozen
class ChargedBack(Event):
    """What a payer's bank has taken back for good of an attempt, as a sum since its beginning in minor units."""

    attempt_id: str
    lost: int
    reason: str

    def changes(self, state: State) -> tuple[Record, ...]:
        attempt = state.need(Attempt, self.attempt_id)
        charge = state.need(Charge, attempt.charge_id)
        return (
            evolve(attempt, lost=self.lost),
            evolve(charge, lost=charge.lost + self.lost - attempt.lost),
        )


@event
@attrs.frozen
class LedgerPosted(Event):
    """The ledger has a new entry."""

    entry: LedgerEntry

    def changes(self, state: State) -> tuple[Record, ...]:
        return (self.entry,)


def _refunded(state: State, refund: Refund, sign: int) -> tuple[Record, ...]:
    charge, attempt = state.need(Charge, refund.charge_id), state.need(Attempt, refund.attempt_id)
    return (
        evolve(
            charge,
            refunded=charge.refunded + refund.amount * sign,
            billed=charge.billed if refund.surplus else charge.billed - refund.amount * sign,
        ),
        evolve(attempt, refunded=attempt.refunded + refund.amount.amount * sign),
    )


__all__ = [
    "AttemptObserved",
    "AttemptStarted",
    "ChargePaid",
    "ChargeRaised",
    "ChargeVoided",
    "ChargedBack",
    "LedgerPosted",
    "RefundAsked",
    "RefundObserved",
]
