"""The server: tokens, faults, and the hand that pays, refuses, contests and sends notifications."""

from __future__ import annotations

import hashlib
import hmac
import json
import random
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlsplit

from cantinekit.clock import Clock, SystemClock
from cantinekit.testing.fakehelloasso._routes import carried_out
from cantinekit.testing.fakehelloasso.book import AssociationBook, HelloAssoRefusal, Object
from cantinekit.testing.fakeserver import FakeServer
from cantinekit.testing.payment_stage import Webhook

SLUG = "fake-association"
CLIENT_ID, CLIENT_SECRET = "fakehelloasso-id-canary", "fakehelloasso-secret-canary"
LIFE = timedelta(minutes=30)
"""How long a token is taken."""


def _dump(value: Any) -> bytes:
    return json.dumps(value).encode()


class TokenRefusal(HelloAssoRefusal):
    """A token that is not given, as RFC 6749, section 5.2, says it."""

    def __init__(self, error: str) -> None:
        super().__init__(400, error, error)
        self.body: Object = {"error": error}


class FakeHelloAsso(FakeServer):
    """A server on this machine that ``helloasso://`` talks to, as to api.helloasso.com, over HTTP.

    Use it in a ``with`` block, or call ``close``. It is in one process with its user, who pays on pages (``pay``),
    refuses and contests, and takes the notifications. Several threads may use it.

    Args:
        slug: the association.
        clock: tells when things happen, and when tokens end.
    """

    failures: ClassVar = {
        "500": (500, _dump({"errors": [{"code": "Error", "message": "Sorry."}]})),
        "400": (400, _dump({"errors": [{"code": "ArgumentInvalid", "message": "Not so."}]})),
        "429": (429, _dump({"errors": [{"code": "TooManyRequests", "message": "Too many requests."}]})),
    }

    def __init__(self, *, slug: str = SLUG, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self.book = AssociationBook(slug, self._clock.now)
        self._tokens: dict[str, datetime] = {}
        self._refresh: set[str] = set()
        self.retry_after = 1
        """The seconds that a 429 asks to wait."""
        self.grants: list[str] = []
        """The grant type of each token that was given."""
        self.requests: list[tuple[str, str]] = []
        """The (method, path) of each request, in order."""
        super().__init__()

    @property
    def url(self) -> str:
        """The URL that opens ``helloasso://`` on this server."""
        return (
            f"helloasso://{self.book.slug}?client_id={CLIENT_ID}&client_secret={CLIENT_SECRET}"
            f"&server=127.0.0.1:{self.port}"
        )

    # --- what a test does to it ---

    def pay(self, intent: int | str) -> None:
        """The payer pays on a page by card.

        Args:
            intent: id of the intent.
        """
        with self._lock:
            self.book.pay(int(intent))

    def begin(self, intent: int | str) -> None:
        """The payer pays by a means that the bank has yet to confirm.

        Args:
            intent: id of the intent.
        """
        with self._lock:
            self.book.pay(int(intent), "WaitingBankValidation")

    def change(self, intent: int | str, state: str) -> None:
        """Set the state of the payment of a page.

        Args:
            intent: id of the intent.
            state: ``Authorized``, ``Refused``, ``Contested``, or any other.
        """
        with self._lock:
            self.book.change(self.book.payment_of(int(intent))["id"], state)

    def end_tokens(self, *, refresh: bool = False) -> None:
        """No token that was given is taken any more; with ``refresh`` no refresh token either."""
        with self._lock:
            self._tokens.clear()
            if refresh:
                self._refresh.clear()

    def notifications(
        self, *, since: int = 0, copies: int = 1, order: random.Random | None = None, key: str = ""
    ) -> list[Webhook]:
        """The notifications that were recorded.

        Args:
            since: how many to leave out at the beginning.
            copies: how often each is given.
            order: shuffles them; ``None``: they stay in order.
            key: signs them; empty: they are not signed.
        """
        with self._lock:
            bodies = [_dump(one) for one in self.book.notifications[since:]] * copies
        if order is not None:
            order.shuffle(bodies)
        return [signed(body, key) for body in bodies]

    # --- inside ---

    def more_headers(self, status: int) -> Mapping[str, str]:
        """The further headers of an answer.

        Args:
            status: its HTTP status.
        """
        return {"Retry-After": str(self.retry_after)} if status == 429 else {}

    def answer(self, method: str, target: str, headers: Any, body: bytes) -> tuple[int, bytes] | None:
        """The status and the body of an answer; ``None``: the connection is cut.

        Args:
            method: the HTTP method.
            target: path and query.
            headers: the headers of the request.
            body: the body of the request.
        """
        path = urlsplit(target).path
        with self._lock:
            self.requests.append((method, path))
        fault = self._fault(method, path)
        if fault is not None and fault.when == "before":
            return self._failed(fault)
        with self._lock:
            try:
                found = self._granted(body) if path == "/oauth2/token" else self._worked(method, target, headers, body)
                if fault is None and "redirectUrl" in found:
                    self.book.intents[found["id"]]["delivered"] = True
                answer = 200, _dump(found)
            except HelloAssoRefusal as refusal:
                answer = refusal.status, _dump(refusal.body)
        return answer if fault is None else self._failed(fault)

    def _worked(self, method: str, target: str, headers: Any, body: bytes) -> Object:
        token = headers.get("Authorization", "").removeprefix("Bearer ")
        if self._tokens.get(token, self._clock.now()) <= self._clock.now():
            raise HelloAssoRefusal(401, "Unauthorized", "Unauthorized, you must add a valid JWT")
        return carried_out(self.book, method, target, body)

    def _granted(self, body: bytes) -> Object:
        form = dict(parse_qsl(body.decode("utf-8", "replace")))
        wanted = {"client_credentials": "client_secret", "refresh_token": "refresh_token"}.get(
            form.get("grant_type", "")
        )
        if wanted is None or form.keys() != {"grant_type", "client_id", wanted} or form["client_id"] != CLIENT_ID:
            raise TokenRefusal("invalid_request")
        if wanted == "client_secret" and form[wanted] != CLIENT_SECRET:
            raise TokenRefusal("invalid_client")
        if wanted == "refresh_token" and form[wanted] not in self._refresh:
            raise TokenRefusal("invalid_grant")
        self.grants.append(form["grant_type"])
        self._refresh.discard(form.get("refresh_token", ""))
        access, refresh = (f"fakehelloasso-{kind}-canary-{len(self.grants)}" for kind in ("access", "refresh"))
        self._tokens[access] = self._clock.now() + LIFE
        self._refresh.add(refresh)
        seconds = int(LIFE.total_seconds())
        return {"access_token": access, "refresh_token": refresh, "token_type": "bearer", "expires_in": seconds}


def signed(body: bytes, key: str) -> Webhook:
    """A notification as HelloAsso sends it, signed with HMAC-SHA256 of the body in hexadecimal digits.

    Args:
        body: the raw bytes.
        key: the signature key; empty: it is not signed.
    """
    headers = {"Content-Type": "application/json"}
    if key:
        headers["x-ha-signature"] = hmac.new(key.encode(), body, hashlib.sha256).hexdigest()
    return Webhook(body, headers)
