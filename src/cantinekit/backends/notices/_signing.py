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
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from cantinekit.clock import instant
from cantinekit.errors import InputError
from cantinekit.urls import Secret

PREFIX = "whsec_"
TOLERANCE = 300
"""How many seconds a webhook may be old, or ahead."""

MAX_BODY = 2_000_000
"""The longest body that is sent, or verified unless said otherwise, in bytes."""

NO_SECRET = "a secret of webhooks is whsec_ and 24 to 64 bytes in base64"
_MAX_SIGNATURES = 20
_ID = re.compile(r"[!-~]{1,256}")
_SECONDS = re.compile(r"[0-9]{1,12}")


def webhook_headers(id: str, body: bytes, secrets: Iterable[Secret | str], now: datetime) -> dict[str, str]:
    """The three headers of a webhook, with one signature for each secret (Standard Webhooks).

    Args:
        id: the id of the message, the same at each try.
        body: the raw bytes that are sent.
        secrets: the secrets to sign with, at least one.
        now: the instant that the signature covers.

    Raises:
        InputError: a secret is none; the message does not show it.
        UrlError: a secret that is a reference to what is not there.
    """
    known = _known(secrets)
    del secrets
    seconds = str(int(instant(now).timestamp()))
    signatures = [f"v1,{one.decode()}" for one in _signed(id, seconds, body, known)]
    if not signatures:
        raise InputError(NO_SECRET)
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
    """Check a webhook on its raw body, before it is parsed; returns its id, which is the same at each try (Standard
    Webhooks).

    Keep the ids that you have acted on for longer than the tolerance, and act once on each.

    Args:
        body: the raw bytes as they arrived.
        headers: the headers of the request; case does not matter.
        secrets: the secrets that may have signed it, old and new.
        now: the instant against which its time is checked.
        tolerance: how far its time may be away from ``now``, in seconds.
        most: the largest body in bytes.

    Raises:
        InputError: the body is longer than ``most``, a header is missing or unreadable, the time is more than
            ``tolerance`` seconds away, or no signature is of one of the secrets. All signatures are compared in
            constant time, and the error does not say how near one came.
    """
    known = _known(secrets)
    del secrets
    if not all(map(good_secret, known)):
        raise InputError(NO_SECRET)
    if len(body) > most:
        raise InputError(f"the webhook is longer than {most} bytes")
    given = {name.lower(): value for name, value in headers.items()}
    id, seconds, signatures = (given.get(f"webhook-{name}", "") for name in ("id", "timestamp", "signature"))
    if not (_ID.fullmatch(id) and _SECONDS.fullmatch(seconds) and signatures):
        raise InputError("the webhook is not signed")
    listed = [one for one in signatures.split(" ", _MAX_SIGNATURES)[:_MAX_SIGNATURES] if one.startswith("v1,")]
    theirs = [one[3:].encode("utf-8", "replace") for one in listed]
    if not _matches(theirs, _signed(id, seconds, body, known)):
        raise InputError("the signature of the webhook is wrong")
    if abs(int(instant(now).timestamp()) - int(seconds)) > tolerance:
        raise InputError("the webhook is too old, or from the future")
    return id


def _known(secrets: Iterable[Secret | str]) -> tuple[Secret, ...]:
    """The secrets as ``Secret``, which no frame shows; at least one."""
    found = tuple(one if isinstance(one, Secret) else Secret(one) for one in secrets)
    if not found:
        del secrets
        raise InputError("a webhook needs a secret")
    return found


def good_secret(secret: Secret) -> bool:
    """Whether it is a secret of webhooks. Raises ``UrlError`` for a reference to what is not there."""
    return bool(_key(secret))


# No function below raises anything of its own: its frame would show keys, or the signatures that would be right.


def _key(secret: Secret) -> bytes:
    """The bytes of a secret; none where it is no secret of webhooks."""
    text = secret.reveal()
    try:
        key = base64.b64decode(text.removeprefix(PREFIX), validate=True) if text.startswith(PREFIX) else b""
    except (binascii.Error, ValueError):
        key = b""
    return key if 24 <= len(key) <= 64 else b""


def _signed(id: str, seconds: str, body: bytes, secrets: Iterable[Secret]) -> list[bytes]:
    """The signature of each secret; none at all where one of them is no secret."""
    keys = [_key(secret) for secret in secrets]
    content = f"{id}.{seconds}.".encode() + body
    digests = [hmac.new(key, content, hashlib.sha256).digest() for key in keys] if all(keys) else []
    return [base64.b64encode(digest) for digest in digests]


def _matches(theirs: Sequence[bytes], ours: Sequence[bytes]) -> bool:
    """Whether any is equal to any; all are compared, each in constant time."""
    matches = [hmac.compare_digest(one, other) for one in ours for other in theirs]
    return any(matches)
