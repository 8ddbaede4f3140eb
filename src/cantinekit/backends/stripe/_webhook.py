"""Webhooks of Stripe: the signature on the raw body, by the SDK; the time, by the clock of whoever calls."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import attrs
import stripe

from cantinekit.backends.payments.checks import check_webhook_size
from cantinekit.clock import instant
from cantinekit.errors import GatewayError
from cantinekit.urls import Secret

HEADER = "stripe-signature"
TOLERANCE = 300
"""How many seconds a signature may be old, or ahead."""


@attrs.frozen
class SignedEvent:
    """A signed event: its id, when it happened, in which mode and account, and what it is about."""

    id: str
    created: int
    livemode: bool
    account: str
    about: dict[str, Any]


def verified(body: bytes, headers: Mapping[str, str], secrets: Sequence[Secret], now: datetime) -> SignedEvent:
    """The event in a body that one of the secrets signed within five minutes of ``now``.

    Raises:
        GatewayError: not retryable; for anything else.
    """
    check_webhook_size(body)
    if not secrets:
        raise GatewayError("webhooks of stripe:// need the option webhook", retryable=False)
    given = next((value for name, value in headers.items() if name.lower() == HEADER), "")
    seconds = next((part[2:] for part in given.split(",") if part.startswith("t=")), "")
    if not (seconds.isascii() and seconds.isdigit() and len(seconds) <= 12):
        raise GatewayError("the webhook is not signed", retryable=False)
    if not any(_signed(body, given, secret) for secret in secrets):
        raise GatewayError("the webhook's signature is wrong", retryable=False)
    if abs(int(instant(now).timestamp()) - int(seconds)) > TOLERANCE:
        raise GatewayError("the webhook's signature is too old or in the future", retryable=False)
    event = _read(body)
    if event is None:
        raise GatewayError("the webhook's body cannot be read", retryable=False)
    return event


def _signed(body: bytes, header: str, secret: Secret) -> bool:
    """Whether the secret signed the body. The SDK stumbles over odd headers with errors of all kinds."""
    try:
        return bool(stripe.WebhookSignature.verify_header(body, header, secret.reveal()))
    except (stripe.SignatureVerificationError, ValueError, TypeError, IndexError):
        return False


def _read(body: bytes) -> SignedEvent | None:
    try:
        event = json.loads(body)
        about = event["data"]["object"]
        found = SignedEvent(event["id"], event["created"], event["livemode"], event.get("account") or "", about)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    fits = (
        event.get("object") == "event"
        and isinstance(found.id, str)
        and type(found.created) is int
        and 0 <= found.created < 1 << 36
        and isinstance(found.livemode, bool)
        and isinstance(found.account, str)
        and isinstance(about, dict)
    )
    return found if fits else None
