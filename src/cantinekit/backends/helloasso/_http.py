"""One request over HTTP: a connection of its own, a deadline for all of it, and an answer that is small JSON."""

from __future__ import annotations

import http.client
import json
import ssl
from collections.abc import Mapping

import attrs

from cantinekit.backends._connection import Deadline
from cantinekit.errors import GatewayError

MAX_ANSWER = 4_000_000
"""The most bytes of an answer that are read."""


@attrs.frozen
class Server:
    """Where the API is: HelloAsso's own, with TLS; or, without, one on this machine that stands in for it."""

    host: str
    port: int
    tls: ssl.SSLContext | None = attrs.field(default=None, repr=False, eq=False)


@attrs.frozen
class Answer:
    """What came back. ``body`` is the JSON in it, ``None`` where it holds none; ``wait``: the seconds to wait."""

    status: int
    body: object = attrs.field(repr=False)
    wait: int = 0


def ask(
    server: Server, method: str, target: str, body: bytes | None, headers: Mapping[str, str], seconds: float
) -> Answer:
    """Send one request and read its answer. Redirects are not followed.

    Raises:
        GatewayError: retryable; no whole answer came in time. It has no cause and quotes nothing.
    """
    found: Answer | str
    with Deadline(seconds) as deadline:
        connection = http.client.HTTPConnection(server.host, server.port)
        try:
            connection.sock = deadline.connect(server.host, server.port, seconds, server.tls)
            connection.request(method, target, body, {"User-Agent": "cantinekit", "Connection": "close", **headers})
            response = connection.getresponse()
            text = response.read(MAX_ANSWER + 1)
            whole = len(text) <= MAX_ANSWER and not response.length
            found = Answer(response.status, _json(text), _wait(response)) if whole else "the answer is cut or too long"
        except (http.client.HTTPException, OSError, ValueError) as error:
            found = "the time is over" if deadline.left <= 0 else type(error).__name__
        finally:
            connection.close()
    if isinstance(found, str):
        raise GatewayError(f"helloasso:// got no answer ({found})", retryable=True)
    return found


def _json(text: bytes) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _wait(response: http.client.HTTPResponse) -> int:
    """The seconds of Retry-After (RFC 9110, section 10.2.3); as a date it is not read."""
    text = response.headers.get("Retry-After", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 6 else 0
