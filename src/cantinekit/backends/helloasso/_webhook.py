"""Notifications of HelloAsso: only ids are read from them, and HelloAsso is asked for everything else."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from cantinekit.backends.helloasso._shapes import number
from cantinekit.backends.payments.checks import check_webhook_size
from cantinekit.errors import GatewayError
from cantinekit.urls import Secret

HEADER = "x-ha-signature"


@attrs.frozen
class NotificationSubject:
    """What a notification is about: the first of these that is not 0 is looked up."""

    intent: int = 0
    order: int = 0
    payment: int = 0


def read(body: bytes, headers: Mapping[str, str], keys: Sequence[Secret]) -> NotificationSubject | None:
    """What a notification is about; ``None`` where it concerns neither an order nor a payment.

    Raises:
        GatewayError: not retryable; it is too large, cannot be read, or there are keys and none of them signed it.
    """
    check_webhook_size(body)
    if keys:
        _check_signature(body, headers, keys)
    try:
        said = json.loads(body)
        kind, data = said["eventType"], said["data"]
        about = _about(kind, data)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        about = NotificationSubject()
    if about == NotificationSubject():
        raise GatewayError("the notification cannot be read", retryable=False)
    return about


def _about(kind: object, data: Any) -> NotificationSubject | None:
    if kind == "Order":
        return NotificationSubject(_id(data, "checkoutIntentId"), _id(data, "id"))
    if kind == "Payment":
        order = data.get("order") or {}
        return NotificationSubject(_id(order, "checkoutIntentId"), _id(order, "id"), _id(data, "id"))
    return None if isinstance(kind, str) else NotificationSubject()


def _id(of: dict[str, object], name: str) -> int:
    value = of.get(name)
    return 0 if value is None else number(value)


def _check_signature(body: bytes, headers: Mapping[str, str], keys: Sequence[Secret]) -> None:
    """HMAC-SHA256 over the raw body, in hexadecimal digits; it has no time."""
    given = next((value for name, value in headers.items() if name.lower() == HEADER), "")
    if not given:
        raise GatewayError("the notification is not signed", retryable=False)
    if not _signed(body, given.lower().encode("utf-8", "replace"), keys):
        raise GatewayError("the notification's signature is wrong", retryable=False)


def _signed(body: bytes, given: bytes, keys: Sequence[Secret]) -> bool:
    """Whether one of the keys signed it. Nothing is raised where the right signatures are known: a frame shows them."""
    wanted = [hmac.new(key.reveal().encode(), body, hashlib.sha256).hexdigest().encode() for key in keys]
    matches = [hmac.compare_digest(one, given) for one in wanted]
    return any(matches)
