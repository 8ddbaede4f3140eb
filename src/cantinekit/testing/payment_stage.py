"""What the payment promises are played on: a gateway, and the hand of the kit on its other side."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, NamedTuple

from cantinekit.money import Money
from cantinekit.plugins.ports import ChargeRequest, PaymentGateway, RefundRequest

Play = Literal["settled", "declined", "pending", "outage", "lost", "refused", "busy", "hang"]
"""What becomes of a request: the payer pays; does not; has yet to; the provider does nothing and does not answer; it
does what it was asked for, and its answer does not arrive; it does nothing and says that it never will (400); that it
is asked too much for now (429); or the connection stays open, and nothing comes."""

Look = Literal["answered", "outage", "busy", "hang"]
"""What becomes of a question that moves nothing."""


class Webhook(NamedTuple):
    """A webhook as it arrives: the raw body and the headers.

    Attributes:
        body: the raw bytes.
        headers: the headers of the request.
    """

    body: bytes
    headers: Mapping[str, str]


class PaymentStage:
    """A gateway with its provider: a sandbox, a server of your own, or a double. Subclass it, and override.

    Everything but ``gateway`` and ``request`` is the provider's side, and speaks of our keys and of minor units as
    ``Money`` has them. What the capabilities of the gateway exclude is never called: for one that is ``immediate`` only
    ``gateway`` is needed.

    Attributes:
        gateway: the gateway that is proved.
        secrets: texts that may be in no repr, no error and no log: keys, the secrets of webhooks.
        webhook_secrets: how many secrets the gateway accepts for webhooks; two prove a rotation.
        patience: how many seconds one call may take at most, a provider that does not answer included: open the
            gateway with short timeouts.
    """

    secrets: tuple[str, ...] = ()
    webhook_secrets: int = 1
    patience: float = 10.0

    def __init__(self, gateway: PaymentGateway) -> None:
        self.gateway = gateway

    def request(self, key: str, amount: Money, description: str = "A day at the big table") -> ChargeRequest:
        """The request of a charge. Override it where a request needs more, such as a means of payment.

        Args:
            key: its idempotency key.
            amount: what to take.
            description: what the payer sees.
        """
        return ChargeRequest(key, amount, f"chg_{key}", "ent_kit", description, "https://cantine.invalid/paid")

    def refund_request(self, key: str, charge_key: str, amount: Money, reference: str = "") -> RefundRequest:
        """The request of a refund.

        Args:
            key: its idempotency key.
            charge_key: the key of the charge.
            amount: what to give back.
            reference: what the gateway calls the payment.
        """
        return RefundRequest(key, charge_key, reference, amount)

    def play(self, charges: Play | None = None, refunds: Play | None = None, looks: Look | None = None) -> None:
        """Set what becomes of requests from now on. Before it is called, all are settled and answered.

        A gateway whose payers always pay elsewhere answers ``pending`` where ``settled`` is played; the kit then calls
        ``settle``.

        Args:
            charges: what becomes of charges; ``None``: as before.
            refunds: what becomes of refunds; ``None``: as before.
            looks: what becomes of lookups; ``None``: as before.
        """
        raise NotImplementedError("override play")

    def settle(self, key: str) -> None:
        """The payer pays a pending charge, or a pending refund arrives.

        Args:
            key: the key of the charge or refund.
        """
        raise NotImplementedError("override settle")

    def decline(self, key: str) -> None:
        """A pending charge or refund fails.

        Args:
            key: the key of the charge or refund.
        """
        raise NotImplementedError("override decline")

    def captured(self, key: str) -> int:
        """The amount that the provider itself says it took for a key, over all charges that it made for it.

        Args:
            key: the key of the charge.
        """
        raise NotImplementedError("override captured")

    def refunded(self, key: str) -> int:
        """The amount that the provider itself says it gave back of a charge.

        Args:
            key: the key of the charge.
        """
        raise NotImplementedError("override refunded")

    def refund_elsewhere(self, key: str, amount: int) -> None:
        """Somebody gives back some of a charge at the provider itself.

        Args:
            key: the key of the charge.
            amount: in minor units.
        """
        raise NotImplementedError("override refund_elsewhere")

    def dispute(self, key: str, amount: int) -> None:
        """The payer's bank takes back some of a charge.

        Args:
            key: the key of the charge.
            amount: in minor units.
        """
        raise NotImplementedError("override dispute")

    def webhook(self, key: str, now: datetime) -> Webhook:
        """The webhook that the provider sends about the last thing that happened to a charge; the same again, if
        nothing happened since.

        Args:
            key: the key of the charge.
            now: when it is sent.
        """
        raise NotImplementedError("override webhook")

    def signed(self, body: bytes, now: datetime, secret: int = 0) -> Webhook:
        """A body of the kit's, signed as the provider signs.

        For a provider that signs nothing, and whose webhooks are verified by asking it, the body alone.

        Args:
            body: the raw bytes.
            now: the instant that the signature covers.
            secret: which of the stage's secrets signs; -1: a wrong one.
        """
        raise NotImplementedError("override signed")

    def close(self) -> None:
        """End what was started for this stage."""
