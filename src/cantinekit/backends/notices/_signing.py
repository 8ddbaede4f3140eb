"""Standard Webhooks: signing what is sent and verifying what is received (standardwebhooks.com, version 1).

The signature is HMAC-SHA256 over ``ID.SECONDS.BODY`` with the raw bytes of the body. A secret is ``whsec_`` and 24 to
64 bytes in base64. During a change of secrets the sender signs with both, and the receiver knows either.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from datetime import datetime

from cantinekit.clock import instant
from cantinekit.errors import InputError
from cantinekit.urls import Secret

PREFIX = "whsec_"
TOLERANCE = 300
"""How many seconds a webhook may be old, or ahead."""

MAX_BODY = 2_000_000
"""The longest body that is sent, or verified unless said otherwise, in bytes."""

_MAX_SIGNATURES = 20
_ID = re.compile(r"[!-~]{1,256}")
_SECONDS = re.compile(r"[0-9]{1,12}")


def webhook_headers(id: str, body: bytes, secrets: Iterable[Secret | str], now: datetime) -> dict[str, str]:
    """The three headers of a webhook, with one signature for each secret.

    Raises:
        InputError: a secret is none; the message does not show it.
        UrlError: a secret that is a reference to what is not there.
    """
    seconds = str(int(instant(now).timestamp()))
    keys = _keys(secrets)
    signatures = [f"v1,{base64.b64encode(_digest(key, id, seconds, body)).decode()}" for key in keys]
    return {"webhook-id": id, "webhook-timestamp": seconds, "webhook-signature": " ".join(signatures)}


def verify_webhook(
    body: bytes,
    headers: Mapping[str, str],
    secrets: Iterable[Secret | str],
    now: datetime,
    *,
    tolerance: int = TOLERANCE,
    most: int = MAX_BODY,
) -> str:
    """Check a webhook on its raw body, before it is parsed; gives its id, which is the same at each try.

    Keep the ids that you have acted on for longer than the tolerance, and act once on each.

    Raises:
        InputError: the body is longer than ``most``, a header is missing or unreadable, the time is more than
            ``tolerance`` seconds away, or no signature is of one of the secrets. All signatures are compared in
            constant time, and the error does not say how near one came.
    """
    if len(body) > most:
        raise InputError(f"the webhook is longer than {most} bytes")
    given = {name.lower(): value for name, value in headers.items()}
    id, seconds, signatures = (given.get(f"webhook-{name}", "") for name in ("id", "timestamp", "signature"))
    if not (_ID.fullmatch(id) and _SECONDS.fullmatch(seconds) and signatures):
        raise InputError("the webhook is not signed")
    listed = [one for one in signatures.split(" ", _MAX_SIGNATURES)[:_MAX_SIGNATURES] if one.startswith("v1,")]
    theirs = [one[3:].encode("utf-8", "replace") for one in listed]
    ours = [base64.b64encode(_digest(key, id, seconds, body)) for key in _keys(secrets)]
    same = [hmac.compare_digest(one, other) for one in ours for other in theirs]
    if not any(same):
        raise InputError("the signature of the webhook is wrong")
    if abs(int(instant(now).timestamp()) - int(seconds)) > tolerance:
        raise InputError("the webhook is too old, or from the future")
    return id


def check_secret(text: str) -> bytes:
    """The bytes of a secret.

    Raises:
        InputError: it is none; the message does not show it.
    """
    try:
        key = base64.b64decode(text.removeprefix(PREFIX), validate=True) if text.startswith(PREFIX) else b""
    except (binascii.Error, ValueError):
        key = b""
    if not 24 <= len(key) <= 64:
        raise InputError("a secret of webhooks is whsec_ and 24 to 64 bytes in base64")
    return key


def _keys(secrets: Iterable[Secret | str]) -> list[bytes]:
    found = [check_secret(one.reveal() if isinstance(one, Secret) else one) for one in secrets]
    if not found:
        raise InputError("a webhook needs a secret")
    return found


def _digest(key: bytes, id: str, seconds: str, body: bytes) -> bytes:
    return hmac.new(key, f"{id}.{seconds}.".encode() + body, hashlib.sha256).digest()
