"""What the payment promises are played on: a gateway, and the hand of the kit on its other side."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, NamedTuple

from cantinekit.money import Money
from cantinekit.ports import ChargeRequest, PaymentGateway, RefundRequest

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
        """What the gateway is asked with. Override it where a request needs more, such as a means of payment."""
        return ChargeRequest(key, amount, f"chg_{key}", "ent_kit", description, "https://cantine.invalid/paid")

    def refund_request(self, key: str, charge_key: str, amount: Money, reference: str = "") -> RefundRequest:
        """What the gateway is asked to give back with."""
        return RefundRequest(key, charge_key, reference, amount)

    def play(self, charges: Play | None = None, refunds: Play | None = None, looks: Look | None = None) -> None:
        """What becomes of requests from now on; what is ``None`` goes on as before. Before it is called, all are
        settled and answered.

        A gateway whose payers always pay elsewhere answers ``pending`` where ``settled`` is played; the kit then calls
        ``settle``.
        """
        raise NotImplementedError("override play")

    def settle(self, key: str) -> None:
        """The payer pays a charge that is pending; or a pending refund with this key arrives."""
        raise NotImplementedError("override settle")

    def decline(self, key: str) -> None:
        """A charge or a refund that is pending comes to nothing."""
        raise NotImplementedError("override decline")

    def captured(self, key: str) -> int:
        """The amount that the provider itself says it took for a key, over all charges that it made for it."""
        raise NotImplementedError("override captured")

    def refunded(self, key: str) -> int:
        """What the provider itself says that it gave back of the charge with this key."""
        raise NotImplementedError("override refunded")

    def refund_elsewhere(self, key: str, amount: int) -> None:
        """Somebody gives back some of the charge with this key at the provider itself."""
        raise NotImplementedError("override refund_elsewhere")

    def dispute(self, key: str, amount: int) -> None:
        """The payer's bank takes back some of the charge with this key."""
        raise NotImplementedError("override dispute")

    def webhook(self, key: str, now: datetime) -> Webhook:
        """What the provider sends, at this instant, about the last thing that happened to the charge with this key.

        The same again, if nothing has happened since.
        """
        raise NotImplementedError("override webhook")

    def signed(self, body: bytes, now: datetime, secret: int = 0) -> Webhook:
        """A body of the kit's, signed as the provider signs. ``secret``: which of its secrets signs; -1: a wrong one.

        For a provider that signs nothing, and whose webhooks are verified by asking it, the body without more.
        """
        raise NotImplementedError("override signed")

    def close(self) -> None:
        """End what was started for this stage."""
