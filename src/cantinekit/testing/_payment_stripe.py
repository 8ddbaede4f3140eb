"""The stage of ``stripe://``: the official SDK over HTTP against the fake of its API."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from cantinekit.money import Money
from cantinekit.plugins.ports import ChargeRequest
from cantinekit.plugins.registry import Registry
from cantinekit.testing.fakeserver import faults_of
from cantinekit.testing.fakestripe import AUTHENTICATED, DECLINED, KEY, AccountBook, FakeStripe, signed
from cantinekit.testing.fakestripe.objects import Object
from cantinekit.testing.payment_stage import Look, PaymentStage, Play, Webhook

_SECRETS = ("whsec_fakestripe_canary_one", "whsec_fakestripe_canary_two")
_OUR_KEY = "cantinekit_key"


class StripeStage(PaymentStage):
    """``stripe://`` with a fake Stripe of its own.

    Args:
        flow: "card": a means of payment is charged; "checkout": a payment page is opened.
        account: the id of a connected account that is charged for; empty for none.
    """

    secrets = (KEY, *_SECRETS)
    webhook_secrets = 2

    def __init__(self, flow: Literal["card", "checkout"] = "card", account: str = "") -> None:
        self.server = FakeStripe(secrets=_SECRETS, accounts=[account] if account else [])
        self.flow, self.account = flow, account
        self.url = f"stripe://127.0.0.1:{self.server.port}?key={KEY}&retries=0&timeout=2&webhook={_SECRETS[0]}"
        self.url += f"&webhook={_SECRETS[1]}" + (f"&account={account}" if account else "")
        super().__init__(Registry.load(entry_points=False).gateway(self.url))
        self._charges: Play = "settled"
        self._refunds: Play = "settled"
        self._looks: Look = "answered"

    def request(self, key: str, amount: Money, description: str = "A day at the big table") -> ChargeRequest:
        means = {"declined": DECLINED, "pending": AUTHENTICATED}.get(self._charges, "pm_card_visa")
        return ChargeRequest(
            key,
            amount,
            f"chg_{key}",
            "ent_kit",
            description,
            "https://cantine.invalid/paid",
            means if self.flow == "card" else "",
        )

    def play(self, charges: Play | None = None, refunds: Play | None = None, looks: Look | None = None) -> None:
        self._charges = charges or self._charges
        self._refunds = refunds or self._refunds
        self._looks = looks or self._looks
        met: list[tuple[str, str, str]] = [
            ("POST", "/v1/payment_intents", self._charges),
            ("POST", "/v1/checkout", self._charges),
            ("POST", "/v1/refunds", self._refunds),
            ("GET", "/v1/", self._looks),
        ]
        self.server.fail(*faults_of(met))
        status = {"pending": "pending", "declined": "failed"}
        self._book.refund_status = status.get(self._refunds, "succeeded")

    @property
    def _book(self) -> AccountBook:
        return self.server.book(self.account)

    def settle(self, key: str) -> None:
        for refund in self._book.refunds.values():
            if refund["metadata"].get(_OUR_KEY) == key:
                self._book.end_refund(refund, "succeeded")
                return
        self.server.pay(self._waiting(key)["id"], self.account)

    def decline(self, key: str) -> None:
        self.server.decline(self._waiting(key)["id"], self.account)

    def captured(self, key: str) -> int:
        return sum(one["amount_received"] for one in self._intents(key))

    def refunded(self, key: str) -> int:
        charges = (self._book.charges[one["latest_charge"]] for one in self._intents(key) if one["latest_charge"])
        return sum(charge["amount_refunded"] for charge in charges)

    def refund_elsewhere(self, key: str, amount: int) -> None:
        self._book.create_refund({"payment_intent": self._intents(key)[0]["id"], "amount": amount})

    def dispute(self, key: str, amount: int) -> None:
        self.server.dispute(self._intents(key)[0]["id"], amount, account=self.account)

    def webhook(self, key: str, now: datetime) -> Webhook:
        ours = {one["id"] for one in self._intents(key)} | {one["id"] for one in self._sessions(key)}
        for number in reversed(range(len(self._book.events))):
            about = self._book.events[number]["data"]["object"]
            if about["id"] in ours or about.get("payment_intent") in ours:
                return self.server.webhooks(now, account=self.account, since=number)[0]
        raise KeyError(key)

    def signed(self, body: bytes, now: datetime, secret: int = 0) -> Webhook:
        return signed(body, now, ["whsec_forged" if secret < 0 else _SECRETS[secret]])

    def close(self) -> None:
        self.server.close()

    def _intents(self, key: str) -> list[Object]:
        return [one for one in self._book.intents.values() if one["metadata"].get(_OUR_KEY) == key]

    def _sessions(self, key: str) -> list[Object]:
        return [one for one in self._book.sessions.values() if one["metadata"].get(_OUR_KEY) == key]

    def _waiting(self, key: str) -> Object:
        """The PaymentIntent with this key that waits for its payer, or the page that is open."""
        intents = [one for one in self._intents(key) if one["status"] == "requires_action"]
        return (intents + [one for one in self._sessions(key) if one["status"] == "open"])[0]
