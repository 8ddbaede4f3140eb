"""The stage of ``helloasso://``: its gateway over HTTP against the fake of HelloAsso's API."""

from __future__ import annotations

from datetime import datetime

from cantinekit.plugins.registry import Registry
from cantinekit.testing.fakehelloasso import CLIENT_ID, CLIENT_SECRET, AssociationBook, FakeHelloAsso, signed
from cantinekit.testing.fakehelloasso.book import Object
from cantinekit.testing.fakeserver import faults_of
from cantinekit.testing.payment_stage import Look, PaymentStage, Play, Webhook

_KEYS = ("fakehelloasso-key-canary-one", "fakehelloasso-key-canary-two")
_OUR_KEY = "cantinekit_key"


class HelloAssoStage(PaymentStage):
    """``helloasso://`` with a fake HelloAsso of its own; ``partner``: its notifications are signed."""

    secrets = (CLIENT_ID, CLIENT_SECRET, *_KEYS, "fakehelloasso-access", "fakehelloasso-refresh")
    webhook_secrets = 2

    def __init__(self, *, partner: bool = False) -> None:
        self.server = FakeHelloAsso()
        self.partner = partner
        self.url = self.server.url + "".join(f"&signature_key={key}" for key in _KEYS if partner)
        self.url += "&timeout=2"
        self._charges: Play = "settled"
        self._refunds: Play = "settled"
        self._looks: Look = "answered"
        super().__init__(Registry.load(entry_points=False).gateway(self.url))

    def play(self, charges: Play | None = None, refunds: Play | None = None, looks: Look | None = None) -> None:
        self._charges = charges or self._charges
        self._refunds = refunds or self._refunds
        self._looks = looks or self._looks
        met: list[tuple[str, str, str]] = [
            ("POST", f"/v5/organizations/{self._book.slug}/checkout-intents", self._charges),
            ("POST", "/v5/payments/", self._refunds),
            ("GET", "/v5/", self._looks),
        ]
        self.server.fail(*faults_of(met))
        states = {"pending": "Processing", "declined": "Refused"}
        if refunds is not None:
            self._book.refund_state = states.get(refunds, "Processed")

    @property
    def _book(self) -> AssociationBook:
        return self.server.book

    def settle(self, key: str) -> None:
        self.server.pay(self._told(key)["id"])

    def decline(self, key: str) -> None:
        id = self._told(key)["id"]
        self.server.begin(id)
        self.server.change(id, "Refused")

    def captured(self, key: str) -> int:
        taken = ("Authorized", "Refunding", "Refunded", "Contested")
        return sum(one["amount"] for one in self._payments(key) if one["state"] in taken)

    def refunded(self, key: str) -> int:
        operations = (one for payment in self._payments(key) for one in payment["refundOperations"])
        return sum(one["amount"] for one in operations if one["status"] == "Processed")

    def dispute(self, key: str, amount: int) -> None:
        self.server.change(self._told(key)["id"], "Contested")

    def webhook(self, key: str, now: datetime) -> Webhook:
        told = self._book.notifications
        last = max(n for n in range(len(told)) if told[n]["metadata"].get(_OUR_KEY) == key)
        return self.server.notifications(since=last, key=_KEYS[0] if self.partner else "")[0]

    def signed(self, body: bytes, now: datetime, secret: int = 0) -> Webhook:
        if not self.partner:
            return signed(body, "")
        return signed(body, "fakehelloasso-forged" if secret < 0 else _KEYS[secret])

    def close(self) -> None:
        self.server.close()

    def _intents(self, key: str) -> list[Object]:
        return [one for one in self._book.intents.values() if one["asked"]["metadata"].get(_OUR_KEY) == key]

    def _told(self, key: str) -> Object:
        """The page with this key whose address somebody was told."""
        return next(one for one in self._intents(key) if one["delivered"])

    def _payments(self, key: str) -> list[Object]:
        orders = {one["order"] for one in self._intents(key)}
        return [one for one in self._book.payments.values() if one["of"] in orders]
