"""One request over HTTP whose answer is JSON."""

from __future__ import annotations

import json
import ssl
from collections.abc import Mapping

import attrs

from cantinekit.backends.http import exchange
from cantinekit.errors import GatewayError


@attrs.frozen
class Server:
    """Where the API is: HelloAsso's own, with TLS; or, without, one on this machine that stands in for it."""

    host: str
    port: int
    tls: ssl.SSLContext | None = attrs.field(default=None, repr=False, eq=False)


@attrs.frozen
class JsonAnswer:
    """An answer. ``body`` is its JSON, ``None`` if it holds none; ``wait`` is how long to wait before the next request,
    in seconds.
    """

    status: int
    body: object = attrs.field(repr=False)
    wait: int = 0


def ask(
    server: Server, method: str, target: str, body: bytes | None, headers: Mapping[str, str], seconds: float
) -> JsonAnswer:
    """Send one request and read its answer. Redirects are not followed.

    Raises:
        GatewayError: retryable; no whole answer came in time. It has no cause and quotes nothing.
    """
    found = exchange(server.host, server.port, server.tls, method, target, body, headers, seconds)
    if isinstance(found, str):
        raise GatewayError(f"helloasso:// got no answer ({found})", retryable=True)
    return JsonAnswer(found.status, _json(found.body), _wait(found.headers.get("retry-after", "")))


def _json(text: bytes) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _wait(text: str) -> int:
    """The seconds of Retry-After (RFC 9110, section 10.2.3); as a date it is not read."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 6 else 0
