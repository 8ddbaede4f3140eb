"""The server: keys, idempotency, faults, and the hand that pays, declines and sends webhooks."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar, Literal
from urllib.parse import urlsplit

from cantinekit.clock import Clock, SystemClock
from cantinekit.common.whole_file import replace_whole
from cantinekit.testing.fakeserver import Answered, FakeServer, Fault
from cantinekit.testing.fakestripe import _signing
from cantinekit.testing.fakestripe._book import AccountBook
from cantinekit.testing.fakestripe._forms import StripeRefusal, invalid, parse
from cantinekit.testing.fakestripe._routes import ROUTES, Route, expanded
from cantinekit.testing.fakestripe.objects import Object
from cantinekit.testing.payment_stage import Webhook

KEY, SECRET = "sk_test_fakestripe_canary", "whsec_fakestripe_canary"


def _dump(value: Any) -> bytes:
    return json.dumps(value, indent=2).encode()


_OUR_FAULT = _dump({"error": {"type": "api_error", "message": "Sorry, there was an error."}})
_TOO_MANY = _dump({"error": {"type": "invalid_request_error", "code": "rate_limit", "message": "Too many requests."}})

_REFUSED = _dump({"error": {"type": "invalid_request_error", "code": "parameter_invalid", "message": "Not so."}})


class FakeStripe(FakeServer):
    """A server on this machine that the official SDK talks to, as to api.stripe.com, over HTTP.

    Use it in a ``with`` block, or call ``close``. It is in one process with its user, who pays (``pay``), declines and
    disputes, and takes the webhooks (``webhooks``). Several threads may use it. A ``Fault`` that answers 500 after the
    work was done is kept for the idempotency key, as Stripe does; a 429 never is.

    Args:
        key: the secret key that it accepts; one that begins with ``sk_live_`` makes all its objects live.
        secrets: the secrets of webhooks; the first signs.
        accounts: connected accounts that may be named beside the key's own.
        clock: tells when things happen.
        port: the port that it has; 0: any that is free.
        state: a JSON file that keeps all objects and keys, each change before it is answered; ``None``: they end with
            the process.
    """

    failures: ClassVar = {"500": (500, _OUR_FAULT), "429": (429, _TOO_MANY), "400": (400, _REFUSED)}

    def __init__(
        self,
        *,
        key: str = KEY,
        secrets: Sequence[str] = (SECRET,),
        accounts: Sequence[str] = (),
        clock: Clock | None = None,
        port: int = 0,
        state: Path | None = None,
    ) -> None:
        self.key, self.secrets = key, tuple(secrets)
        self._clock = clock or SystemClock()
        live = key.startswith("sk_live_")
        self._books = {account: AccountBook(account, live, self._now) for account in ("", *accounts)}
        self._saved: dict[tuple[str, str], tuple[str, int, bytes]] = {}
        self._running: set[tuple[str, str]] = set()
        self.requests: list[tuple[str, str, str]] = []
        """The (method, path, idempotency key) of each request, in order."""
        self._state = state
        if state is not None and state.exists():
            self._load(json.loads(state.read_text(encoding="utf-8")))
        super().__init__(port)

    # --- what a test does to it ---

    def book(self, account: str = "") -> AccountBook:
        """The objects of an account.

        Args:
            account: id of a connected account; empty: the platform's own.
        """
        return self._books[account]

    def forget_keys(self) -> None:
        """Prune the idempotency keys, as Stripe may after a day."""
        with self._lock:
            self._saved.clear()

    def pay(self, id: str, account: str = "") -> None:
        """The payer pays a PaymentIntent or a Checkout session.

        Args:
            id: id of the PaymentIntent or session.
            account: id of a connected account; empty: the platform's own.
        """
        with self._lock:
            book = self._books[account]
            book.complete(book.sessions[id]) if id in book.sessions else book.pay(book.intents[id])
            self._keep()

    def decline(self, id: str, account: str = "") -> None:
        """A PaymentIntent fails at the bank; a Checkout session expires.

        Args:
            id: id of the PaymentIntent or session.
            account: id of a connected account; empty: the platform's own.
        """
        with self._lock:
            book = self._books[account]
            if id in book.sessions:
                book.expire(book.sessions[id])
            else:
                book.decline(book.intents[id], "payment_intent_authentication_failure", "authentication_failure")
            self._keep()

    def dispute(self, intent: str, amount: int, status: str = "needs_response", account: str = "") -> str:
        """The payer's bank takes money back, or only asks (``warning_needs_response``); returns the dispute's id.

        Args:
            intent: id of the PaymentIntent.
            amount: in minor units.
            status: the status of the dispute.
            account: id of a connected account; empty: the platform's own.
        """
        with self._lock:
            book = self._books[account]
            made = book.create_dispute(book.charges[book.intents[intent]["latest_charge"]], amount, status)
            self._keep()
        return str(made["id"])

    def close_dispute(self, id: str, status: Literal["won", "lost"], account: str = "") -> None:
        """The bank decides a dispute.

        Args:
            id: id of the dispute.
            status: "won" or "lost".
            account: id of a connected account; empty: the platform's own.
        """
        with self._lock:
            book = self._books[account]
            book.close_dispute(book.disputes[id], status)
            self._keep()

    def webhooks(
        self, now: datetime, *, account: str = "", since: int = 0, copies: int = 1, order: random.Random | None = None
    ) -> list[Webhook]:
        """The events that were recorded, signed now.

        Args:
            now: the instant that the signatures cover.
            account: id of a connected account; empty: the platform's own.
            since: how many to leave out at the beginning.
            copies: how often each is given.
            order: shuffles them; ``None``: they stay in order.
        """
        with self._lock:
            bodies = [json.dumps(event, indent=2).encode() for event in self._books[account].events[since:]]
        bodies *= copies
        if order is not None:
            order.shuffle(bodies)
        return [_signing.signed(body, now, self.secrets[:1]) for body in bodies]

    # --- inside ---

    def _keep(self) -> None:
        """Write the state down; whoever calls it holds the lock."""
        if self._state is not None:
            saved = [[*slot, print_, status, text.decode()] for slot, (print_, status, text) in self._saved.items()]
            books = {account: book.dump() for account, book in self._books.items()}
            replace_whole(self._state, json.dumps({"books": books, "saved": saved}, indent=1))

    def _load(self, kept: Object) -> None:
        for account, book in self._books.items():
            if account in kept["books"]:
                book.load(kept["books"][account])
        for account, key, print_, status, text in kept["saved"]:
            self._saved[account, key] = (print_, status, text.encode())

    def _now(self) -> int:
        return int(self._clock.now().timestamp())

    def answer(self, method: str, target: str, headers: Any, body: bytes) -> Answered | None:
        """The status and the body of an answer; ``None``: the connection is cut.

        Args:
            method: the HTTP method.
            target: path and query.
            headers: the headers of the request.
            body: the body of the request.
        """
        path, query = urlsplit(target).path, urlsplit(target).query
        key = headers.get("Idempotency-Key", "")
        with self._lock:
            self.requests.append((method, path, key))
        fault = self._fault(method, path)
        if fault is not None and fault.when == "before":
            return self._failed(fault)
        form = query if method == "GET" else body.decode("utf-8", "replace")
        status, text = self._carried_out(method, path, form, headers, key if method == "POST" else "", fault)
        return self._failed(fault) if fault is not None else (status, text)

    def more_headers(self, status: int) -> Mapping[str, str]:
        """The further headers of an answer.

        Args:
            status: its HTTP status.
        """
        return {"Request-Id": f"req_{len(self.requests):08}"}

    def _carried_out(
        self, method: str, path: str, form: str, headers: Any, key: str, fault: Fault | None
    ) -> tuple[int, bytes]:
        account = headers.get("Stripe-Account", "")
        slot, print_ = (account, key), f"{method} {path} {form}"
        try:
            self._check_key(headers)
            if account not in self._books:
                raise StripeRefusal(
                    403, "invalid_request_error", f"No access to account '{account}'.", code="account_invalid"
                )
            route, ids = _routed(method, path)
            params = parse(form, route.schema)
            if key:
                with self._lock:
                    if slot in self._saved:
                        return self._replayed(self._saved[slot], print_)
                    if slot in self._running:
                        raise StripeRefusal(409, "idempotency_error", "In use.", code="idempotency_key_in_use")
                    self._running.add(slot)
        except StripeRefusal as refusal:
            return refusal.status, _dump({"error": refusal.error})
        try:
            with self._lock:
                answer = self._worked(self._books[account], route, ids, params)
                if key and answer[0] not in (400, 404, 429):
                    kept = (500, _OUR_FAULT) if fault is not None and fault.what == "500" else answer
                    self._saved[slot] = (print_, *kept)
                if method == "POST":
                    self._keep()
        finally:
            with self._lock:
                self._running.discard(slot)
        return answer

    @staticmethod
    def _worked(book: AccountBook, route: Route, ids: tuple[str, ...], params: Object) -> tuple[int, bytes]:
        try:
            return 200, _dump(expanded(book, route.work(book, ids, params), params))
        except StripeRefusal as refusal:
            return refusal.status, _dump({"error": refusal.error})

    @staticmethod
    def _replayed(saved: tuple[str, int, bytes], print_: str) -> tuple[int, bytes]:
        first, status, text = saved
        if first == print_:
            return status, text
        message = (
            "Keys for idempotent requests can only be used with the same parameters they were first used with. Try "
            "another key if you meant another request."
        )
        return 400, _dump({"error": {"type": "idempotency_error", "message": message}})

    def _check_key(self, headers: Any) -> None:
        given = headers.get("Authorization", "")
        if given != f"Bearer {self.key}":
            shown = f"{given.removeprefix('Bearer ')[:8]}***"
            raise StripeRefusal(401, "invalid_request_error", f"Invalid API Key provided: {shown}")


def _routed(method: str, path: str) -> tuple[Route, tuple[str, ...]]:
    for route in ROUTES:
        found = route.path.fullmatch(path)
        if found and route.method == method:
            return route, found.groups()
    raise invalid(f"Unrecognized request URL ({method}: {path}).", status=404)
