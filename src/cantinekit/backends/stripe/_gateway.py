"""The gateway: charges by card or on a payment page, refunds, lookup by our key, webhooks that are read again.

Stripe keeps an idempotency key for at least a day, with whatever was answered first, an error of its own too. So before
a charge or a refund is asked for again, its trace is looked for: our key is in the metadata of all that we make.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import attrs
import stripe

from cantinekit.backends.http import bounded
from cantinekit.backends.payments.checks import check_amount, check_observation
from cantinekit.backends.stripe import _webhook
from cantinekit.backends.stripe._amounts import to_stripe
from cantinekit.backends.stripe._client import Client, DeclinedError, Object, plain
from cantinekit.backends.stripe._shapes import (
    CHARGE,
    ENTITY,
    FLOW,
    KEY,
    CheckoutPage,
    PaymentIntent,
    Returned,
    taken_back,
)
from cantinekit.clock import Clock, SystemClock
from cantinekit.errors import GatewayError
from cantinekit.plugins.ports import ChargeRequest, ChargeResult, GatewayCapabilities, Observation, RefundRequest
from cantinekit.urls import Secret

T = TypeVar("T")
LOOK_BACK = timedelta(hours=25)
"""How far lists are read for a key: longer than Stripe keeps idempotency keys for certain, and than a page is open.

What is older is found by search, which is behind by a minute, and in an outage by more; lists are never behind.
"""
_MEANS = re.compile(r"(?:(cus_[A-Za-z0-9]{1,250})/)?([a-z]{2,10}_[A-Za-z0-9_]{1,250})")
_ID = re.compile(r"[A-Za-z0-9_]{1,255}")
_UNPRINTED = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]+")
_CAPABILITIES = GatewayCapabilities(redirects=True, webhooks=True, disputes=True)
_PAID = ["latest_charge"]


class StripeGateway:
    """One Stripe account. Used from several threads.

    A request with ``means`` (``pm_...``, or ``cus_.../pm_...`` for one that is kept with a customer) is a PaymentIntent
    that is confirmed at once; where the bank wants to see the payer it is pending, with the address. One without is a
    Checkout page, and needs a ``return_url``.

    Args:
        client: what calls Stripe.
        secrets: the signing secrets of webhook endpoints; any of them verifies.
        account: the connected account that everything is done for; its webhooks name it.
        live: whether the key is one of live mode; events of the other mode are refused.
        clock: tells how far back lists are read.
    """

    def __init__(
        self, client: Client, *, secrets: Sequence[Secret], account: str, live: bool, clock: Clock | None = None
    ) -> None:
        self._client, self._secrets = client, tuple(secrets)
        self._account, self._live = account, live
        self._clock = clock or SystemClock()

    @property
    def capabilities(self) -> GatewayCapabilities:
        return _CAPABILITIES

    # --- charging ---

    @bounded
    def charge(self, request: ChargeRequest) -> ChargeResult:
        """Charge a means of payment, or open a page where the payer pays.

        Raises:
            GatewayError: not retryable for a key that came with another request before, for what is no means of
                payment of Stripe's, and where there is neither that nor a ``return_url``.
        """
        check_amount(request.amount.amount)
        amount, currency = to_stripe(request.amount)
        if request.means:
            return self._charge_means(request, amount, currency)
        if request.return_url is None:
            raise GatewayError("stripe:// needs a means of payment, or a return_url for a page", retryable=False)
        return self._open_page(request, amount, currency, request.return_url)

    def _charge_means(self, request: ChargeRequest, amount: int, currency: str) -> ChargeResult:
        means = _MEANS.fullmatch(request.means)
        if means is None:
            raise GatewayError("what came as means of payment is no name of Stripe's", retryable=False)
        back = request.return_url
        params: Any = {
            "amount": amount,
            "currency": currency,
            "confirm": True,
            "payment_method": means[2],
            "automatic_payment_methods": {"enabled": True, "allow_redirects": "always" if back else "never"},
            "metadata": _metadata(request, "card"),
            "expand": _PAID,
        }
        optional = {"customer": means[1], "return_url": back, "description": _text(request.description, 500)}
        params |= {name: value for name, value in optional.items() if value}
        try:
            made = self._client.ask(
                lambda c: PaymentIntent.read(
                    plain(c.v1.payment_intents.create(params, {"idempotency_key": request.key}))
                ),
                charges=True,
            )
        except DeclinedError as declined:
            return ChargeResult("declined", declined.reference, declined.reason)
        return made.result()

    def _open_page(self, request: ChargeRequest, amount: int, currency: str, back: str) -> ChargeResult:
        name = _text(request.description, 200) or request.charge_id
        metadata = _metadata(request, "checkout")
        price = {"currency": currency, "unit_amount": amount, "product_data": {"name": name}}
        params: Any = {
            "mode": "payment",
            "line_items": [{"price_data": price, "quantity": 1}],
            "success_url": back,
            "cancel_url": back,
            "metadata": metadata,
            "payment_intent_data": {"metadata": metadata, "description": name},
        }
        made = self._client.ask(
            lambda c: CheckoutPage.read(plain(c.v1.checkout.sessions.create(params, {"idempotency_key": request.key})))
        )
        return ChargeResult("pending", made.id, next_url=made.url)

    # --- looking ---

    @bounded
    def lookup(self, key: str) -> Observation | None:
        """What became of the charge with this key, from lists that are never behind, and for older ones by search."""
        found = self._find(key)
        if isinstance(found, CheckoutPage):
            return found.observation()
        return None if found is None else self._observed(found)

    def _find(self, key: str) -> PaymentIntent | CheckoutPage | None:
        since: Object = {"created": {"gte": int((self._clock.now() - LOOK_BACK).timestamp())}}
        full = {**since, "expand": ["data.latest_charge"]}
        for payment in self._pages(lambda c, p: c.v1.payment_intents.list(p), full, PaymentIntent.read):
            if payment.key == key:
                return payment
        for page in self._pages(lambda c, p: c.v1.checkout.sessions.list(p), since, CheckoutPage.read):
            if page.key == key:
                return page if page.intent is None else self._payment(page.intent)
        return self._search(key)

    def _search(self, key: str) -> PaymentIntent | None:
        """The payment with this key among those that have been indexed; what search says of it may be old."""
        quoted = key.replace("\\", "\\\\").replace("'", "\\'")
        params: Any = {"query": f"metadata['{KEY}']:'{quoted}'", "limit": 100}

        def same(client: stripe.StripeClient) -> list[str]:
            found = plain(client.v1.payment_intents.search(params))["data"]
            return [one["id"] for one in found if one["metadata"].get(KEY) == key]

        ids = self._client.look(same)
        return self._payment(ids[0]) if ids else None

    def _payment(self, id: str) -> PaymentIntent:
        return self._client.look(
            lambda c: PaymentIntent.read(plain(c.v1.payment_intents.retrieve(id, {"expand": _PAID})))
        )

    def _observed(self, payment: PaymentIntent) -> Observation:
        return payment.observation(self._disputed(payment))

    def _disputed(self, payment: PaymentIntent) -> int:
        """What banks have taken back of a payment, in Stripe's units."""
        if not payment.contested:
            return 0
        return sum(self._pages(lambda c, p: c.v1.disputes.list(p), {"payment_intent": payment.id}, taken_back))

    def _pages(
        self, work: Callable[[stripe.StripeClient, Any], stripe.StripeObject], of: Object, read: Callable[[Object], T]
    ) -> Iterator[T]:
        """What is read from all objects of a list, page by page."""

        def asked(client: stripe.StripeClient) -> tuple[list[T], str | None]:
            page = plain(work(client, params))
            data = page["data"]
            return [read(one) for one in data], data[-1]["id"] if page["has_more"] else None

        params: Object = {**of, "limit": 100}
        last: str | None = ""
        while last is not None:
            found, last = self._client.look(asked)
            yield from found
            params = {**params, "starting_after": last}

    # --- giving back ---

    @bounded
    def refund(self, request: RefundRequest) -> ChargeResult:
        """Give money back; more than is left of what was captured is declined.

        Raises ``GatewayError``, not retryable for a key that came with another amount or charge before. That our own
        key is not taken says nothing of the refund: it may come again.
        """
        check_amount(request.amount.amount)
        amount, currency = to_stripe(request.amount)
        payment = self._payment_of(request)
        if payment is None:
            return ChargeResult("declined", reason="no such charge")
        if payment.currency != currency:
            return ChargeResult("declined", reason=f"the charge is in {payment.currency.upper()}")
        of = {"payment_intent": payment.id}
        for known in self._pages(lambda c, p: c.v1.refunds.list(p), of, Returned.read):
            if known.key == request.key:
                if known.amount != amount:
                    raise GatewayError("the key of the refund was used for another amount", retryable=False)
                return known.result()
        if amount > payment.captured - payment.refunded - self._disputed(payment):
            return ChargeResult("declined", reason="more than is left of what was captured")
        params: Any = {**of, "amount": amount, "metadata": {KEY: request.key}}
        made = self._client.ask(
            lambda c: Returned.read(plain(c.v1.refunds.create(params, {"idempotency_key": request.key}))),
            again=(401,),
        )
        return made.result()

    def _payment_of(self, request: RefundRequest) -> PaymentIntent | None:
        """The payment that a refund is of, if it is the one with that key."""
        if request.reference.startswith("pi_"):
            found: PaymentIntent | CheckoutPage | None = self._payment(request.reference)
        else:
            found = self._find(request.charge_key)
        return found if isinstance(found, PaymentIntent) and found.key == request.charge_key else None

    # --- webhooks ---

    @bounded
    def read_webhook(self, body: bytes, headers: Mapping[str, str], now: datetime) -> Sequence[Observation]:
        """What is true now of the payment that a signed event is about: it is read again, so the order does not matter.

        Nothing, for an event about something that we did not make.

        Raises:
            GatewayError: not retryable for a bad signature, an unreadable body, an event of another account or mode;
                retryable where Stripe does not answer, so that the sender has to be told to try again.
        """
        event = _webhook.verified(body, headers, self._secrets, now)
        if event.livemode != self._live:
            raise GatewayError("the webhook is of the other mode: test and live are mixed up", retryable=False)
        if event.account != self._account:
            raise GatewayError("the webhook is of another account", retryable=False)
        seen = self._about(event.about)
        if seen is None:
            return ()
        seen = attrs.evolve(seen, event_id=event.id, at=datetime.fromtimestamp(event.created, UTC))
        return (check_observation(seen),)

    def _about(self, about: Object) -> Observation | None:
        """What is true of the payment to which an object of an event belongs."""
        kind, id, intent = (about.get(name) for name in ("object", "id", "payment_intent"))
        if not all(one is None or (isinstance(one, str) and _ID.fullmatch(one)) for one in (id, intent)):
            raise GatewayError("the object of the webhook has no Stripe id", retryable=False)
        if kind == "payment_intent":
            intent = id
        elif kind == "checkout.session" and isinstance(id, str):
            page = self._client.look(lambda c: CheckoutPage.read(plain(c.v1.checkout.sessions.retrieve(id))))
            if page.intent is None:
                return page.observation() if page.key else None
            intent = page.intent
        elif kind not in ("charge", "refund", "dispute"):
            return None
        if not isinstance(intent, str):
            return None
        payment = self._payment(intent)
        return self._observed(payment) if payment.key else None


def _metadata(request: ChargeRequest, flow: str) -> dict[str, str]:
    """By what a payment is found again: never anything about a person."""
    return {KEY: request.key, FLOW: flow, CHARGE: request.charge_id, ENTITY: request.entity_id}


def _text(text: str, most: int) -> str:
    """A text that Stripe takes: one line, not too long."""
    return _UNPRINTED.sub(" ", text).strip()[:most].strip()
