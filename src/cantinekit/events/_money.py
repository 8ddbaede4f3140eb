"""Facts about prices, charges, refunds and the ledger."""

from __future__ import annotations

import attrs

from cantinekit.events._base import Event
from cantinekit.model import (
    Attempt,
    Charge,
    LedgerEntry,
    MeterMove,
    Refund,
    Sale,
)
from cantinekit.money import Money


@attrs.frozen
class PriceMade(Event):
    """A price was made, with all its inputs."""

    sale: Sale


@attrs.frozen
class MetersMoved(Event):
    """What is counted under limits, allowances and ranks moved, or moved back."""

    moves: tuple[MeterMove, ...]


@attrs.frozen
class MetersReturned(Event):
    """What a charge of an earlier version had moved the meters by is taken off them, once: all, or these ``moves``."""

    charge_id: str
    moves: tuple[MeterMove, ...] | None = None


@attrs.frozen
class ChargeRaised(Event):
    """Somebody owes an amount."""

    charge: Charge


@attrs.frozen
class ChargeVoided(Event):
    """An amount is no longer owed."""

    charge_id: str


@attrs.frozen
class AttemptStarted(Event):
    """A try to take the money begins."""

    attempt: Attempt


@attrs.frozen
class AttemptObserved(Event):
    """What a gateway says of an attempt, as sums since its beginning."""

    attempt_id: str
    state: str
    captured: int
    reference: str
    reason: str
    next_url: str | None


@attrs.frozen
class ChargePaid(Event):
    """Money was taken for a charge."""

    charge_id: str
    amount: Money


@attrs.frozen
class RefundAsked(Event):
    """Money is to be given back."""

    refund: Refund


@attrs.frozen
class RefundObserved(Event):
    """What became of a refund."""

    refund_id: str
    state: str
    reference: str


@attrs.frozen
class ChargedBack(Event):
    """What a payer's bank has taken back for good of an attempt, as a sum since its beginning in minor units."""

    attempt_id: str
    lost: int
    reason: str


@attrs.frozen
class LedgerPosted(Event):
    """The ledger has a new entry."""

    entry: LedgerEntry
