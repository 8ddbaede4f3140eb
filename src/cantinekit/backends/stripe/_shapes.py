"""What we read of Stripe's objects, as values of the port."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import attrs

from cantinekit.backends.stripe._amounts import from_stripe
from cantinekit.backends.stripe._client import word
from cantinekit.plugins.ports import ChargeResult, Observation

KEY, FLOW, CHARGE, ENTITY = "cantinekit_key", "cantinekit_flow", "cantinekit_charge", "cantinekit_entity"
"""Our names in metadata."""


@attrs.frozen
class PaymentIntent:
    """A PaymentIntent, with sums in Stripe's units. ``problem``: why it failed, where that is final."""

    id: str
    key: str
    currency: str
    amount: int
    captured: int
    refunded: int
    contested: bool
    status: str
    problem: str
    next_url: str | None
    at: datetime

    @classmethod
    def read(cls, of: dict[str, Any]) -> PaymentIntent:
        """From a PaymentIntent whose ``latest_charge`` is expanded."""
        charge = of["latest_charge"] or {}
        action = of["next_action"] or {}
        metadata = of["metadata"]
        return cls(
            id=of["id"],
            key=metadata.get(KEY, ""),
            currency=of["currency"],
            amount=of["amount"],
            captured=of["amount_received"],
            refunded=charge.get("amount_refunded", 0),
            contested=charge.get("disputed", False),
            status=of["status"],
            problem=_problem(of, metadata.get(FLOW, "")),
            next_url=(action.get("redirect_to_url") or {}).get("url"),
            at=_instant(charge.get("created", of["created"])),
        )

    def result(self) -> ChargeResult:
        """What a charge comes to."""
        if self.captured > 0:
            return ChargeResult("settled", self.id)
        if self.problem:
            return ChargeResult("declined", self.id, self.problem)
        return ChargeResult("pending", self.id, next_url=self.next_url)

    def observation(self, disputed: int) -> Observation:
        """What is known of it; ``disputed`` in Stripe's units."""
        return Observation(
            key=self.key,
            reference=self.id,
            event_id="",
            currency=self.currency.upper(),
            amount=from_stripe(self.amount, self.currency),
            captured=from_stripe(self.captured, self.currency),
            refunded=from_stripe(self.refunded, self.currency),
            at=self.at,
            disputed=from_stripe(disputed, self.currency),
            declined="" if self.captured else self.problem,
            next_url=self.result().next_url,
        )


@attrs.frozen
class CheckoutPage:
    """A Checkout session: a page where a charge is paid. There is no PaymentIntent before it is."""

    id: str
    key: str
    currency: str
    amount: int
    status: str
    url: str | None
    intent: str | None
    at: datetime

    @classmethod
    def read(cls, of: dict[str, Any]) -> CheckoutPage:
        return cls(
            id=of["id"],
            key=(of["metadata"] or {}).get(KEY, ""),
            currency=of["currency"],
            amount=of["amount_total"],
            status=of["status"],
            url=of["url"],
            intent=of["payment_intent"],
            at=_instant(of["created"]),
        )

    def observation(self) -> Observation:
        """What is known of a charge that nobody has paid there."""
        return Observation(
            key=self.key,
            reference=self.id,
            event_id="",
            currency=self.currency.upper(),
            amount=from_stripe(self.amount, self.currency),
            captured=0,
            refunded=0,
            at=self.at,
            declined="the payment page has expired" if self.status == "expired" else "",
            next_url=self.url if self.status == "open" else None,
        )


@attrs.frozen
class Returned:
    """A refund."""

    id: str
    key: str
    amount: int
    status: str
    reason: str

    @classmethod
    def read(cls, of: dict[str, Any]) -> Returned:
        return cls(
            of["id"],
            (of["metadata"] or {}).get(KEY, ""),
            of["amount"],
            of["status"],
            word(of.get("failure_reason")),
        )

    def result(self) -> ChargeResult:
        """The result of a refund; a refund that needs something from the payer is pending."""
        if self.status == "succeeded":
            return ChargeResult("settled", self.id)
        if self.status in ("failed", "canceled"):
            return ChargeResult("declined", self.id, self.reason or self.status)
        return ChargeResult("pending", self.id)


def taken_back(dispute: dict[str, Any]) -> int:
    """The amount that a dispute has moved: an inquiry moves nothing, and a dispute that was won returns the money."""
    status: str = dispute["status"]
    return 0 if status.startswith("warning_") or status in ("won", "prevented") else int(dispute["amount"])


def _problem(of: dict[str, Any], flow: str) -> str:
    """Why a payment came to nothing. On a payment page the payer may try another card, so a failure is not the end."""
    if of["status"] == "canceled":
        return word(of["cancellation_reason"]) or "canceled"
    error = of["last_payment_error"]
    if error and of["status"] == "requires_payment_method" and flow != "checkout":
        return word(error.get("decline_code")) or word(error.get("code")) or "declined"
    return ""


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
