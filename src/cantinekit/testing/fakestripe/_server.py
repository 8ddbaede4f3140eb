"""The server: keys, idempotency, faults, and the hand that pays, declines and sends webhooks."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Sequence
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal
from urllib.parse import urlsplit

import attrs

from cantinekit.clock import Clock, SystemClock
from cantinekit.testing._payment_stage import Webhook
from cantinekit.testing.fakestripe import _signing
from cantinekit.testing.fakestripe._book import Book
from cantinekit.testing.fakestripe._forms import Refusal, invalid, parse
from cantinekit.testing.fakestripe._objects import Object
from cantinekit.testing.fakestripe._routes import ROUTES, Route, expanded

KEY, SECRET = "sk_test_fakestripe_canary", "whsec_fakestripe_canary"
When = Literal["before", "after"]
What = Literal["drop", "hang", "500", "429"]


@attrs.frozen
class Fault:
    """What goes wrong with requests of this method whose path begins so, before or after they are carried out.

    ``drop``: the connection is cut. ``hang``: no answer comes. ``500`` after it was carried out is kept for the
    idempotency key, as Stripe does; ``429`` never is. ``times``: how many requests it meets; ``None``: all.
    """

    when: When
    what: What
    method: str = "POST"
    path: str = "/v1/"
    times: int | None = None


class FakeStripe:
    """A server on this machine that the official SDK talks to, as to api.stripe.com, over HTTP.

    Use it in a ``with`` block, or call ``close``. It is in one process with its user, who pays (``pay``), declines and
    disputes, and takes the webhooks (``webhooks``). Several threads may use it.

    Args:
        key: the secret key that it accepts; one that begins with ``sk_live_`` makes all its objects live.
        secrets: the secrets of webhooks; the first signs.
        accounts: connected accounts that may be named beside the key's own.
        clock: tells when things happen.
    """

    def __init__(
        self,
        *,
        key: str = KEY,
        secrets: Sequence[str] = (SECRET,),
        accounts: Sequence[str] = (),
        clock: Clock | None = None,
    ) -> None:
        self.key, self.secrets = key, tuple(secrets)
        self._clock = clock or SystemClock()
        live = key.startswith("sk_live_")
        self._books = {account: Book(account, live, self._now) for account in ("", *accounts)}
        self._lock = threading.RLock()
        self._saved: dict[tuple[str, str], tuple[str, int, bytes]] = {}
        self._running: set[tuple[str, str]] = set()
        self._faults: list[tuple[Fault, list[int]]] = []
        self._over = threading.Event()
        self.requests: list[tuple[str, str, str]] = []
        """The (method, path, idempotency key) of each request, in order."""
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.fake = self
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def port(self) -> int:
        """The port at 127.0.0.1."""
        return int(self._server.server_address[1])

    def close(self) -> None:
        """End the server, and the connections that hang."""
        self._over.set()
        self._server.shutdown()
        self._server.server_close()

    def __enter__(self) -> FakeStripe:
        return self

    def __exit__(self, *problem: object) -> None:
        self.close()

    # --- what a test does to it ---

    def book(self, account: str = "") -> Book:
        """What an account holds."""
        return self._books[account]

    def fail(self, *faults: Fault) -> None:
        """These faults from now on, in place of those before; none: all goes well."""
        with self._lock:
            self._faults = [(fault, [0]) for fault in faults]

    def forget_keys(self) -> None:
        """Prune the idempotency keys, as Stripe may after a day."""
        with self._lock:
            self._saved.clear()

    def pay(self, id: str, account: str = "") -> None:
        """The payer pays a PaymentIntent or a Checkout session."""
        with self._lock:
            book = self._books[account]
            book.complete(book.sessions[id]) if id in book.sessions else book.pay(book.intents[id])

    def decline(self, id: str, account: str = "") -> None:
        """A PaymentIntent fails at the bank; a Checkout session expires."""
        with self._lock:
            book = self._books[account]
            if id in book.sessions:
                book.expire(book.sessions[id])
            else:
                book.decline(book.intents[id], "payment_intent_authentication_failure", "authentication_failure")

    def dispute(self, intent: str, amount: int, status: str = "needs_response", account: str = "") -> str:
        """The payer's bank takes money back, or asks only (``warning_needs_response``); gives the dispute's id."""
        with self._lock:
            book = self._books[account]
            made = book.create_dispute(book.charges[book.intents[intent]["latest_charge"]], amount, status)
        return str(made["id"])

    def close_dispute(self, id: str, status: Literal["won", "lost"], account: str = "") -> None:
        """The bank decides."""
        with self._lock:
            book = self._books[account]
            book.close_dispute(book.disputes[id], status)

    def webhooks(
        self, now: datetime, *, account: str = "", since: int = 0, copies: int = 1, order: random.Random | None = None
    ) -> list[Webhook]:
        """The events since a number of them, signed now, each so many times, shuffled where an order is given."""
        with self._lock:
            bodies = [json.dumps(event, indent=2).encode() for event in self._books[account].events[since:]]
        bodies *= copies
        if order is not None:
            order.shuffle(bodies)
        return [_signing.signed(body, now, self.secrets[:1]) for body in bodies]

    # --- inside ---

    def _now(self) -> int:
        return int(self._clock.now().timestamp())

    def _fault(self, method: str, path: str) -> Fault | None:
        with self._lock:
            for fault, met in self._faults:
                fits = fault.method in ("", method) and path.startswith(fault.path)
                if fits and (fault.times is None or met[0] < fault.times):
                    met[0] += 1
                    return fault
        return None

    def answer(self, method: str, target: str, headers: Any, body: bytes) -> tuple[int, bytes] | None:
        """The status and the body of an answer; ``None``: the connection is cut."""
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

    def _failed(self, fault: Fault) -> tuple[int, bytes] | None:
        if fault.what == "hang":
            self._over.wait(30)
        if fault.what in ("hang", "drop"):
            return None
        return (500, _OUR_FAULT) if fault.what == "500" else (429, _TOO_MANY)

    def _carried_out(
        self, method: str, path: str, form: str, headers: Any, key: str, fault: Fault | None
    ) -> tuple[int, bytes]:
        account = headers.get("Stripe-Account", "")
        slot, print_ = (account, key), f"{method} {path} {form}"
        try:
            self._check_key(headers)
            if account not in self._books:
                raise Refusal(
                    403, "invalid_request_error", f"No access to account '{account}'.", code="account_invalid"
                )
            route, ids = _routed(method, path)
            params = parse(form, route.schema)
            if key:
                with self._lock:
                    if slot in self._saved:
                        return self._replayed(self._saved[slot], print_)
                    if slot in self._running:
                        raise Refusal(409, "idempotency_error", "In use.", code="idempotency_key_in_use")
                    self._running.add(slot)
        except Refusal as refusal:
            return refusal.status, _dump({"error": refusal.error})
        try:
            with self._lock:
                answer = self._worked(self._books[account], route, ids, params)
                if key and answer[0] not in (400, 404, 429):
                    kept = (500, _OUR_FAULT) if fault is not None and fault.what == "500" else answer
                    self._saved[slot] = (print_, *kept)
        finally:
            with self._lock:
                self._running.discard(slot)
        return answer

    @staticmethod
    def _worked(book: Book, route: Route, ids: tuple[str, ...], params: Object) -> tuple[int, bytes]:
        try:
            return 200, _dump(expanded(book, route.work(book, ids, params), params))
        except Refusal as refusal:
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
            raise Refusal(401, "invalid_request_error", f"Invalid API Key provided: {shown}")


def _routed(method: str, path: str) -> tuple[Route, tuple[str, ...]]:
    for route in ROUTES:
        found = route.path.fullmatch(path)
        if found and route.method == method:
            return route, found.groups()
    raise invalid(f"Unrecognized request URL ({method}: {path}).", status=404)


def _dump(value: Any) -> bytes:
    return json.dumps(value, indent=2).encode()


_OUR_FAULT = _dump({"error": {"type": "api_error", "message": "Sorry, there was an error."}})
_TOO_MANY = _dump({"error": {"type": "invalid_request_error", "code": "rate_limit", "message": "Too many requests."}})


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    fake: FakeStripe

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is nothing to print."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # an answer in one piece: in two, each waits 40 ms for the other side
    server: _Server

    def do_GET(self) -> None:
        self._respond()

    def do_POST(self) -> None:
        self._respond()

    def _respond(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        answer = self.server.fake.answer(self.command, self.path, self.headers, body)
        if answer is None:
            self.close_connection = True
            return
        status, text = answer
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.send_header("Request-Id", f"req_{len(self.server.fake.requests):08}")
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is printed."""
