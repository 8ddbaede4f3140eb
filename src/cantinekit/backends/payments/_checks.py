"""What every gateway refuses alike."""

from __future__ import annotations

from cantinekit.errors import GatewayError
from cantinekit.ports import MAX_WEBHOOK_BYTES


def check_webhook_size(body: bytes) -> None:
    """Refuse a webhook that is larger than any provider sends, before anything reads it.

    Raises:
        GatewayError: not retryable; it has more than ``MAX_WEBHOOK_BYTES``.
    """
    if len(body) > MAX_WEBHOOK_BYTES:
        raise GatewayError("the webhook is too large", retryable=False)


def check_amount(amount: int) -> None:
    """Refuse to move nothing, or less.

    Raises:
        GatewayError: not retryable.
    """
    if amount <= 0:
        raise GatewayError("an amount above zero is needed", retryable=False)
