"""Calling the SDK: one client with timeouts of its own, errors without what a provider wrote into them, quiet logs."""

from __future__ import annotations

import contextvars
import logging
import re
import threading
from collections.abc import Callable, Container, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import stripe

from cantinekit.backends.http import within
from cantinekit.backends.stripe._transport import Transport
from cantinekit.errors import GatewayError
from cantinekit.urls import Secret

T = TypeVar("T")
Object = dict[str, Any]
_WORD = re.compile(r"[a-z][A-Za-z0-9_]{0,60}")
_LOOKS = frozenset(range(400, 500)) - {404}
"""Refusals that decide nothing where something was only looked for."""
_OURS: contextvars.ContextVar[bool] = contextvars.ContextVar("cantinekit_stripe", default=False)


class DeclinedError(Exception):
    """A card was declined; ``reference`` is the PaymentIntent, ``reason`` Stripe's word for why."""

    def __init__(self, reference: str, reason: str) -> None:
        super().__init__(reason)
        self.reference, self.reason = reference, reason


class Client:
    """Stripe's client, made when it is first needed. Used from several threads.

    ``base`` is another server than Stripe's, on this machine. ``retries`` are the SDK's own, with our idempotency key.
    ``timeout`` is how many seconds one call of ``ask`` may take in all, with its retries.
    """

    def __init__(self, key: Secret, account: str, base: str | None, timeout: float, retries: int) -> None:
        self._key, self._account, self._base = key, account, base
        self._timeout, self._retries = timeout, retries
        self._lock = threading.Lock()
        self._made: stripe.StripeClient | None = None

    def look(self, work: Callable[[stripe.StripeClient], T]) -> T:
        """Ask for something that moves nothing. Raises as ``ask``; retryable, however it was refused (a key that was
        changed, a permission that is missing), but for what is not there: a look that was refused decides nothing.
        """
        return self.ask(work, again=_LOOKS)

    def ask(self, work: Callable[[stripe.StripeClient], T], *, charges: bool = False, again: Container[int] = ()) -> T:
        """Do something with the client; ``work`` takes from the answer what it needs.

        ``again`` are statuses that may be retried, besides those that leave the outcome open.

        Raises:
            DeclinedError: a card was declined, where ``work`` charges one.
            GatewayError: anything else; retryable where the outcome is unknown. Its text has Stripe's words for codes
                only, and it has no cause: the SDK's own errors quote what was sent.
        """
        problem: Exception
        try:
            with _quiet(), within(self._timeout):
                return work(self._client())
        except stripe.CardError as error:
            problem = _declined(error) if charges else _refused(error, again)
        except stripe.StripeError as error:
            problem = _refused(error, again)
        except Exception as error:  # an answer that is not what Stripe documents
            problem = GatewayError(f"stripe:// gave an unreadable answer ({type(error).__name__})", retryable=True)
        raise problem

    def _client(self) -> stripe.StripeClient:
        with self._lock:
            if self._made is None:
                logging.getLogger("stripe").addFilter(_drop_ours)
                self._made = stripe.StripeClient(
                    self._key.reveal(),
                    stripe_account=self._account or None,
                    base_addresses={"api": self._base} if self._base else {},
                    max_network_retries=self._retries,
                    http_client=Transport(),
                )
            return self._made


def plain(answer: stripe.StripeObject) -> Object:
    """An answer as plain dicts and lists."""
    found: Object = answer.to_dict()
    return found


# --- errors ---


def _refused(error: stripe.StripeError, again: Container[int]) -> GatewayError:
    """The error of the port. Without an answer, or with one of 409, 429 or 5xx, what became of it is not known."""
    status = error.http_status
    retryable = status is None or status < 400 or status in (409, 429) or status >= 500 or status in again
    body: Any = error.json_body
    member = body.get("error") if isinstance(body, dict) else None
    found = member if isinstance(member, dict) else {}
    words = [text for name in ("type", "code", "param") if (text := word(found.get(name)))]
    said = "no answer" if status is None else f"status {status}"
    return GatewayError(f"stripe:// failed: {', '.join([said, *words])}", retryable=retryable)


def _declined(error: stripe.CardError) -> DeclinedError:
    body: Any = error.json_body
    found = body["error"]
    reason = word(found.get("decline_code")) or word(found.get("code")) or "card_declined"
    intent = found.get("payment_intent")
    reference = word(intent.get("id")) if isinstance(intent, dict) else ""
    return DeclinedError(reference, reason)


def word(text: object) -> str:
    """A code of Stripe's; nothing for anything that could be somebody's data."""
    return text if isinstance(text, str) and _WORD.fullmatch(text) else ""


# --- logs ---


@contextmanager
def _quiet() -> Iterator[None]:
    token = _OURS.set(True)
    try:
        yield
    finally:
        _OURS.reset(token)


def _drop_ours(record: logging.LogRecord) -> bool:
    """Keep what the SDK logs of our calls out of the logs: bodies with addresses, messages that quote them."""
    return not _OURS.get()
