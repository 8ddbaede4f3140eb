"""The gateway: a page for each charge, whole refunds, notifications that are read again from HelloAsso.

HelloAsso keeps no idempotency key, and lists what was paid, not what is open. A page whose address nobody was told is
never paid, so one whose answer was lost is left alone. Of a page whose address was told the house has the reference.
"""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TypeVar
from urllib.parse import urlsplit

import attrs

from cantinekit.backends.helloasso import _refunds, _webhook
from cantinekit.backends.helloasso._client import HelloAssoClient, Object, RefusedError
from cantinekit.backends.helloasso._shapes import (
    MAX_NUMBER,
    Intent,
    IntentPage,
    Operation,
    OrderSummary,
    Payment,
    listed,
    metadata,
)
from cantinekit.backends.http import bounded
from cantinekit.backends.payments.checks import check_amount, check_observation
from cantinekit.clock import Clock, format_instant
from cantinekit.errors import GatewayError
from cantinekit.plugins.ports import ChargeRequest, ChargeResult, GatewayCapabilities, Observation, RefundRequest
from cantinekit.urls import Secret

K = TypeVar("K")
V = TypeVar("V")
LOOK_BACK = timedelta(days=3)
"""How far payments are read for a key whose reference nobody has: longer than a task is tried again."""
MAX_NAME = 250
"""The most characters of what a page says is paid."""
MAX_KEPT = 10_000
"""How many pages, and how many keys of others, are remembered in this process."""
_PAGE_SIZE, _MAX_PAGES = 100, 1000
_REFERENCE = re.compile(r"[1-9][0-9]{0,9}")
_UNPRINTED = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]+")


class HelloAssoGateway:
    """One association. Used from several threads.

    Args:
        client: what calls the API.
        slug: the association's name in addresses of HelloAsso.
        keys: the keys of notification URLs (``signatureKey``, for partners); any of them verifies. Without one nothing
            is verified, and nothing has to be: HelloAsso is asked whatever a notification says.
        clock: tells when pages are made, and how far back payments are read.
    """

    def __init__(self, client: HelloAssoClient, slug: str, *, keys: Sequence[Secret] = (), clock: Clock) -> None:
        self._client, self._slug, self._keys, self._clock = client, slug, tuple(keys), clock
        self._lock = threading.Lock()
        self._pages: OrderedDict[str, tuple[int, IntentPage]] = OrderedDict()
        self._key_of: OrderedDict[int, str] = OrderedDict()
        self._asked: set[str] = set()
        self._capabilities = GatewayCapabilities(
            partial_refunds=False,
            redirects=True,
            webhooks=True,
            disputes=True,
            finds_lost=False,
            signed_webhooks=bool(keys),
            dated_webhooks=False,
        )

    def __repr__(self) -> str:
        return f"HelloAssoGateway({self._slug!r})"

    @property
    def capabilities(self) -> GatewayCapabilities:
        return self._capabilities

    # --- charging ---

    @bounded
    def charge(self, request: ChargeRequest) -> ChargeResult:
        """Make a page where the payer pays; always pending, with its address.

        In one process a key has one page. Where the answer was lost a new one is made: nobody was told the address of
        the other.

        Raises:
            GatewayError: not retryable for another currency than EUR, an amount that the API cannot hold, a means of
                payment, no ``return_url`` or one without https, and a key that came with another amount before.
        """
        check_amount(request.amount.amount)
        if request.amount.currency != "EUR":
            raise _refusal("takes euros only")
        if request.amount.amount > MAX_NUMBER:
            raise _refusal("takes no amount as large as this")
        if request.means:
            raise _refusal("knows no means of payment: the payer chooses on the page")
        if not _secure(request.return_url):
            raise _refusal("needs a return_url that begins with https://")
        amount = request.amount.amount
        with self._lock:
            known = self._pages.get(request.key)
            if known is None and request.key in self._asked:
                raise GatewayError("helloasso:// is being asked for this charge already", retryable=True)
            if known is None:
                self._asked.add(request.key)
        asked, page = known or (amount, self._kept_page(request))
        if asked != amount:
            raise _refusal("was asked for another amount under this key")
        return ChargeResult("pending", str(page.id), next_url=page.url)

    def _kept_page(self, request: ChargeRequest) -> IntentPage:
        """A new page, which is remembered for its key."""
        try:
            page = self._new_page(request)
            with self._lock:
                _keep(self._pages, request.key, (request.amount.amount, page))
        finally:
            with self._lock:
                self._asked.discard(request.key)
        return page

    def _new_page(self, request: ChargeRequest) -> IntentPage:
        amount, back = request.amount.amount, request.return_url
        ours = metadata(request.key, request.charge_id, request.entity_id, amount, self._clock.now())
        body: Object = {
            "totalAmount": amount,
            "initialAmount": amount,
            "itemName": _name(request.description) or _name(request.charge_id) or "-",
            "backUrl": back,
            "errorUrl": back,
            "returnUrl": back,
            "containsDonation": False,
            "metadata": ours,
        }
        return self._client.post(f"organizations/{self._slug}/checkout-intents", IntentPage.read, body=body)

    # --- looking ---

    @bounded
    def lookup(self, key: str) -> Observation | None:
        """What became of the charge with this key: on a page that this process made, else among the latest payments."""
        with self._lock:
            known = self._pages.get(key)
        if known is None:
            found = self._paid(key, self._clock.now() - LOOK_BACK)
            return None if found is None else found.observation(self._clock.now())
        seen = self._told(self._intent(known[1].id))
        return seen if seen.captured or seen.declined else attrs.evolve(seen, next_url=known[1].url)

    @bounded
    def lookup_reference(self, key: str, reference: str) -> Observation | None:
        """What became of the charge with this key on the page with this reference, in whatever process it was made.

        Raises:
            GatewayError: retryable where HelloAsso knows no such page, and nothing that was paid for the key: a page
                whose address was told is never answered with ``None``, or another would be made.
        """
        if not reference:
            return self.lookup(key)
        intent = None
        if _REFERENCE.fullmatch(reference):
            try:
                intent = self._intent(int(reference))
            except RefusedError as error:
                if error.status != 404:
                    raise
        if intent is None or intent.key != key:
            intent = self._paid(key, self._clock.now() - LOOK_BACK)
        if intent is None:
            raise GatewayError("helloasso:// knows no page with this reference for this charge", retryable=True)
        return self._told(intent)

    def _told(self, intent: Intent) -> Observation:
        """The observation of a page. Before a page is reported as expired, payments for its key elsewhere are looked
        up.
        """
        now = self._clock.now()
        if intent.ended(now):
            intent = self._paid(intent.key, intent.made - timedelta(hours=1)) or intent
        return intent.observation(now)

    def _intent(self, id: int) -> Intent:
        return self._client.get(f"organizations/{self._slug}/checkout-intents/{id}", Intent.read)

    def _paid(self, key: str, since: datetime) -> Intent | None:
        """The page with this key among those on which a payment was begun since then; a paid page before any other."""
        begun = None
        for order in self._orders(since):
            id = self._page_of(order)
            if not id:
                continue
            with self._lock:
                known = self._key_of.get(id)
            if known is None or known == key:
                found = self._intent(id)
                with self._lock:
                    _keep(self._key_of, id, found.key)
                if found.key == key:
                    begun = found
            if begun is not None and begun.taken:
                break
        return begun

    def _orders(self, since: datetime) -> Iterator[OrderSummary]:
        """The orders of all payments since, the newest first."""
        query: dict[str, str | int] = {"from": format_instant(since), "pageSize": _PAGE_SIZE, "sortOrder": "Desc"}
        for _ in range(_MAX_PAGES):
            orders, token = self._client.get(f"organizations/{self._slug}/payments", listed, query)
            yield from orders
            if len(orders) < _PAGE_SIZE or not token:
                return
            query["continuationToken"] = token
        raise GatewayError("helloasso:// lists more payments than can be read", retryable=True)

    def _page_of(self, order: OrderSummary) -> int:
        """The id of the page of an order that arrived without it, which HelloAsso permits; 0 if the order has no
        page.
        """
        if order.intent or not (order.id and order.checkout):
            return order.intent
        return self._client.get(f"orders/{order.id}", OrderSummary.read).intent

    # --- giving back ---

    @bounded
    def refund(self, request: RefundRequest) -> ChargeResult:
        """Give all of a payment back. That can be done once, so before it is asked for it is looked what is true.

        Raises:
            GatewayError: not retryable for a part of a payment, another currency, and where HelloAsso asks for a second
                factor, which only a person has; retryable where another refund is being carried out.
        """
        check_amount(request.amount.amount)
        intent = self._intent_to_refund(request)
        if intent is None or not intent.taken or request.amount.currency != "EUR":
            return ChargeResult("declined", reason="no payment with that reference")
        paid = [one for one in intent.payments if one.taken]
        if len(paid) > 1 or request.amount.amount != paid[0].taken:
            raise _refusal("gives back all of a payment, or nothing")
        return _refunds.known(paid[0]) or self._give_back(request, intent, paid[0])

    def _give_back(self, request: RefundRequest, intent: Intent, payment: Payment) -> ChargeResult:
        """Ask for a refund. If it is refused, somebody may have been faster, or an answer lost: that is looked up."""
        try:
            made = self._client.post(f"payments/{payment.id}/refund", Operation.read, query={"comment": request.key})
        except RefusedError as error:
            problem, why = _refunds.problem(error), ", ".join(error.codes) or str(error.status)
        else:
            return _refunds.result(made)
        if problem is not None:
            raise problem
        for one in self._intent(intent.id).payments:
            if one.id == payment.id and (known := _refunds.known(one)) is not None:
                return known
        return ChargeResult("declined", reason=f"refused: {why}")

    def _intent_to_refund(self, request: RefundRequest) -> Intent | None:
        """The page that a refund is of, if it is the one with that key."""
        if _REFERENCE.fullmatch(request.reference):
            id = int(request.reference)
        else:
            with self._lock:
                known = self._pages.get(request.charge_key)
            if known is None:
                return self._paid(request.charge_key, self._clock.now() - LOOK_BACK)
            id = known[1].id
        intent = self._intent(id)
        return intent if intent.key == request.charge_key else None

    # --- notifications ---

    @bounded
    def read_webhook(self, body: bytes, headers: Mapping[str, str], now: datetime) -> Sequence[Observation]:
        """What is true now of the page that a notification is about, whatever the notification says.

        Nothing, for one about what we did not make, or what HelloAsso does not know or show us.

        Raises:
            GatewayError: not retryable for an unreadable body, and, where there are keys, a bad signature; retryable
                where HelloAsso does not answer, so that the sender has to be told to try again.
        """
        about = _webhook.read(body, headers, self._keys)
        if about is None:
            return ()
        try:
            intent = self._about(about)
        except RefusedError as error:
            if error.status not in (403, 404):
                raise
            return ()
        if intent is None or not intent.key:
            return ()
        seen = intent.observation(self._clock.now())
        event = f"{seen.reference}-{seen.captured}-{seen.refunded}-{seen.disputed}-{seen.declined or 'none'}"
        return (check_observation(attrs.evolve(seen, event_id=event.replace(" ", "_"))),)

    def _about(self, about: _webhook.NotificationSubject) -> Intent | None:
        order = OrderSummary(about.order, about.intent, checkout=True)
        if not about.intent and not about.order:
            order = self._client.get(f"payments/{about.payment}", OrderSummary.of_payment)
        id = self._page_of(order)
        return self._intent(id) if id else None


def _refusal(what: str) -> GatewayError:
    return GatewayError(f"helloasso:// {what}", retryable=False)


def _keep(kept: OrderedDict[K, V], key: K, value: V) -> None:
    """Remember it, and forget the oldest where there are too many."""
    kept[key] = value
    while len(kept) > MAX_KEPT:
        kept.popitem(last=False)


def _secure(url: str | None) -> bool:
    if url is None or not url.isprintable() or " " in url:
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme == "https" and bool(parts.hostname)


def _name(text: str) -> str:
    """A text that HelloAsso takes: one line, not too long."""
    return _UNPRINTED.sub(" ", text).strip()[:MAX_NAME].strip()
