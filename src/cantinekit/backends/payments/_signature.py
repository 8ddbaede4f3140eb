"""Signed webhooks of the fake gateway: a JSON body and a header ``Fake-Signature: t=SECONDS,v1=HEX[,v1=HEX]``.

The signature is HMAC-SHA256 over ``SECONDS.BODY`` with the raw bytes of the body, as card gateways construct it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import attrs

from cantinekit.backends.payments.checks import check_observation, check_webhook_size
from cantinekit.clock import format_instant, instant, parse_instant
from cantinekit.errors import GatewayError, InputError
from cantinekit.plugins.ports import Observation
from cantinekit.urls import Secret

HEADER = "Fake-Signature"
TOLERANCE = 300
"""How many seconds a signature may be old, or ahead."""


def sign(body: bytes, secrets: Iterable[Secret], now: datetime) -> str:
    """The header's value, with one ``v1`` for each secret."""
    seconds = str(int(instant(now).timestamp()))
    return ",".join([f"t={seconds}", *(f"v1={_digest(body, seconds, secret)}" for secret in secrets)])


def verify(body: bytes, headers: Mapping[str, str], secrets: Sequence[Secret], now: datetime) -> None:
    """Check the signature on the raw body against any of the secrets.

    Raises:
        GatewayError: not retryable; no secret is configured, the body is oversized, or the header is absent,
            unreadable, too old or wrong.
    """
    check_webhook_size(body)
    if not secrets:
        raise GatewayError("webhooks of fake:// need the option secret", retryable=False)
    given = next((value for name, value in headers.items() if name.lower() == HEADER.lower()), "")
    parts = [part.strip().partition("=") for part in given.split(",")]
    seconds = next((value for name, _, value in parts if name == "t"), "")
    signatures = [value.encode("utf-8", "replace") for name, _, value in parts if name == "v1"]
    if not (seconds.isascii() and seconds.isdigit() and len(seconds) <= 12 and signatures):
        raise GatewayError("the webhook is not signed", retryable=False)
    if not _any_of(signatures, body, seconds, secrets):
        raise GatewayError("the webhook's signature is wrong", retryable=False)
    if abs(int(instant(now).timestamp()) - int(seconds)) > TOLERANCE:
        raise GatewayError("the webhook's signature is too old or in the future", retryable=False)


def write(observations: Iterable[Observation]) -> bytes:
    """The body that carries these observations."""
    rows = [{**attrs.asdict(seen), "at": format_instant(seen.at)} for seen in observations]
    return json.dumps({"observations": rows}).encode()


def read(body: bytes) -> tuple[Observation, ...]:
    """The observations in a body whose signature was verified.

    Raises:
        GatewayError: not retryable; the body is not one that ``write`` makes.
    """
    try:
        rows = json.loads(body)["observations"]
        return tuple(check_observation(_observation(row)) for row in rows)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise GatewayError("the webhook's body cannot be read", retryable=False) from error


def _observation(row: Mapping[str, object]) -> Observation:
    values = dict(row)
    values["at"] = parse_instant(str(values["at"]))
    seen = Observation(**values)  # type: ignore[arg-type]
    for field in attrs.fields(Observation):
        wanted = {"int": int, "str": str}.get(str(field.type))
        if wanted is not None and type(getattr(seen, field.name)) is not wanted:
            raise InputError(f"{field.name} of an observation is not of type {wanted.__name__}")
    return seen


def _any_of(signatures: Sequence[bytes], body: bytes, seconds: str, secrets: Sequence[Secret]) -> bool:
    """Whether a signature was made with one of the secrets. Nothing is raised where the right ones are known: a frame
    shows them.
    """
    wanted = [_digest(body, seconds, secret).encode() for secret in secrets]
    matches = [hmac.compare_digest(one, other) for one in wanted for other in signatures]
    return any(matches)


def _digest(body: bytes, seconds: str, secret: Secret) -> str:
    return hmac.new(secret.reveal().encode(), seconds.encode() + b"." + body, hashlib.sha256).hexdigest()
