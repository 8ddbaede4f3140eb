"""The stages of the gateways that need no outside service: ``fake://`` and ``manual://``."""

from __future__ import annotations

from datetime import datetime

from cantinekit.backends.payments import FakeGateway, ManualGateway
from cantinekit.testing.payment_stage import Look, PaymentStage, Play, Webhook
from cantinekit.urls import Secret

SECRETS = ("whsec_fake_canary_one", "whsec_fake_canary_two")


class ManualStage(PaymentStage):
    """The desk. It is immediate: there is no provider.

    Args:
        gateway: the gateway to play on; ``None`` makes one.
    """

    def __init__(self, gateway: ManualGateway | None = None) -> None:
        super().__init__(gateway or ManualGateway())


class FakeStage(PaymentStage):
    """A ``FakeGateway``, which is its own provider.

    Args:
        fake: the gateway to play on; ``None`` makes one.
    """

    secrets = SECRETS
    webhook_secrets = 2

    def __init__(self, fake: FakeGateway | None = None) -> None:
        self.fake = fake or FakeGateway(secrets=[Secret(text) for text in SECRETS])
        super().__init__(self.fake)

    def play(self, charges: Play | None = None, refunds: Play | None = None, looks: Look | None = None) -> None:
        self.fake.play(charges=[charges] if charges else [], refunds=[refunds] if refunds else [], looks=looks)

    def settle(self, key: str) -> None:
        self.fake.settle(key)

    def decline(self, key: str) -> None:
        self.fake.decline(key)

    def captured(self, key: str) -> int:
        return sum(charge.captured for charge in self.fake.charges if charge.key == key)

    def refunded(self, key: str) -> int:
        return sum(charge.refunded for charge in self.fake.charges if charge.key == key)

    def refund_elsewhere(self, key: str, amount: int) -> None:
        self.fake.refund_elsewhere(key, amount)

    def dispute(self, key: str, amount: int) -> None:
        self.fake.dispute(key, amount)

    def webhook(self, key: str, now: datetime) -> Webhook:
        seen = FakeGateway.lookup(self.fake, key)
        assert seen is not None
        return Webhook(*self.fake.webhook(seen, now=now))

    def signed(self, body: bytes, now: datetime, secret: int = 0) -> Webhook:
        text = "whsec_fake_forged" if secret < 0 else SECRETS[secret]
        return Webhook(body, self.fake.headers(body, [Secret(text)], now))
