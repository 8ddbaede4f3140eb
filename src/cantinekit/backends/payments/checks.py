"""Checks that every gateway makes on a request."""

from __future__ import annotations

import re
from datetime import datetime

from cantinekit.errors import GatewayError
from cantinekit.money import MAX_MINOR
from cantinekit.plugins.ports import MAX_WEBHOOK_BYTES, Observation

_UNWRITTEN = re.compile("[\\x00-\\x1f\\x7f\\ud800-\\udfff]")
_TEXTS = {"key": 200, "reference": 300, "event_id": 300, "currency": 10, "declined": 500, "next_url": 8_000}
"""The longest texts of an observation, in characters."""


def check_webhook_size(body: bytes) -> None:
    """Refuse a webhook that is larger than any provider sends, before anything reads it.

    Raises:
        GatewayError: not retryable; it has more than ``MAX_WEBHOOK_BYTES``.
    """
    if len(body) > MAX_WEBHOOK_BYTES:
        raise GatewayError("the webhook is too large", retryable=False)


def check_observation(seen: Observation) -> Observation:
    """Refuse what no house could keep of a charge: texts of another type, too long or with control characters, amounts
    that are none, an instant without a zone. What a webhook tells may be signed and wrong all the same.

    Raises:
        GatewayError: not retryable; it repeats nothing.
    """
    for name, most in _TEXTS.items():
        text = getattr(seen, name)
        absent = name == "next_url" and text is None
        if not absent and not (isinstance(text, str) and len(text) <= most and not _UNWRITTEN.search(text)):
            raise GatewayError(f"the webhook has no valid {name}", retryable=False)
    for name in ("amount", "captured", "refunded", "disputed"):
        amount = getattr(seen, name)
        if type(amount) is not int or not 0 <= amount <= MAX_MINOR:
            raise GatewayError(f"the webhook has no valid amount: {name}", retryable=False)
    if not isinstance(seen.at, datetime) or seen.at.tzinfo is None:
        raise GatewayError("the webhook has no valid instant", retryable=False)
    return seen


def check_amount(amount: int) -> None:
    """Refuse to move nothing, or less.

    Raises:
        GatewayError: not retryable.
    """
    if amount <= 0:
        raise GatewayError("an amount above zero is needed", retryable=False)
