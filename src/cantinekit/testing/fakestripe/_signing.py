"""``Stripe-Signature``: HMAC-SHA256 over the seconds, a point and the raw body, as Stripe documents it."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime

from cantinekit.testing.payment_stage import Webhook


def signed(body: bytes, now: datetime, secrets: Sequence[str]) -> Webhook:
    """A webhook as Stripe sends it, with one ``v1`` for each secret; the old ``v0`` stands beside them.

    Args:
        body: the raw bytes.
        now: the instant that the signatures cover.
        secrets: the secrets to sign with.
    """
    seconds = str(int(now.timestamp()))
    payload = seconds.encode() + b"." + body
    digests = [hmac.new(secret.encode(), payload, hashlib.sha256).hexdigest() for secret in secrets]
    value = ",".join([f"t={seconds}", *(f"v1={digest}" for digest in digests), "v0=" + "0" * 64])
    return Webhook(body, {"Stripe-Signature": value, "Content-Type": "application/json; charset=utf-8"})
