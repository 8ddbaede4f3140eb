"""One request over HTTP: a connection of its own, a deadline for all of it, a bound on the answer, no redirects."""

from __future__ import annotations

import base64
import contextvars
import functools
import http.client
import math
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

import attrs

from cantinekit.backends.connection import Deadline

MAX_ANSWER = 8_000_000
"""The most bytes of an answer that are read."""
LONGEST_CALL = 100.0
"""The most seconds of one call of a gateway, however many requests it makes: below the lease of a task (two minutes),
so that nobody takes over what is still being done."""
_END: contextvars.ContextVar[float] = contextvars.ContextVar("cantinekit_http_end", default=math.inf)
C = TypeVar("C", bound=Callable[..., Any])


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """All requests of this block, in this thread, have so many seconds together, and no more than was left before."""
    token = _END.set(min(time.monotonic() + seconds, _END.get()))
    try:
        yield
    finally:
        _END.reset(token)


def seconds_left() -> float:
    """How many seconds there are before the end of the innermost block; ``inf`` outside of any."""
    return max(_END.get() - time.monotonic(), 0.0)


def bounded(method: C) -> C:
    """A method of a gateway whose requests have ``LONGEST_CALL`` seconds together."""

    @functools.wraps(method)
    def call(*given: Any, **more: Any) -> Any:
        with within(LONGEST_CALL):
            return method(*given, **more)

    return call  # type: ignore[return-value]


@attrs.frozen
class Proxy:
    """The proxy between this machine and the network, and how to authenticate to it."""

    host: str
    port: int
    headers: Mapping[str, str] = attrs.field(factory=dict, repr=False)


@attrs.frozen
class Answer:
    """What came back; the names of the headers are in small letters."""

    status: int
    headers: Mapping[str, str] = attrs.field(repr=False)
    body: bytes = attrs.field(repr=False)


def exchange(
    host: str,
    port: int,
    tls: ssl.SSLContext | None,
    method: str,
    target: str,
    body: bytes | None,
    headers: Mapping[str, str],
    seconds: float,
    *,
    most: int = MAX_ANSWER,
    proxy: Proxy | None = None,
) -> Answer | str:
    """Send one request and read its answer, in so many seconds in all, or in what is left of a block of ``within``.
    Redirects are not followed.

    Gives, where no whole answer of at most ``most`` bytes came in time, what went wrong; it raises nothing of its own,
    so that no error has what was sent in its frames.
    """
    seconds = min(seconds, seconds_left())
    with Deadline(seconds) as deadline:
        at = (proxy.host, proxy.port) if proxy else (host, port)
        connection = http.client.HTTPConnection(*at) if tls is None else http.client.HTTPSConnection(*at, context=tls)
        if proxy:
            connection.set_tunnel(host, port, dict(proxy.headers))
        # what http.client calls to connect, its own place for it: the connection is then watched
        connection._create_connection = lambda where, *rest: deadline.connect(where[0], where[1], seconds)  # type: ignore[attr-defined]
        try:
            connection.request(method, target, body, {"User-Agent": "cantinekit", "Connection": "close", **headers})
            response = connection.getresponse()
            found = response.read(most + 1)
            if deadline.left <= 0:  # what ends because it was cut off looks whole where no length was said
                return "the time is over"
            if len(found) > most or response.length:
                return "the answer is cut or too long"
            return Answer(response.status, {name.lower(): value for name, value in response.headers.items()}, found)
        except (http.client.HTTPException, OSError, ValueError) as error:
            return "the time is over" if deadline.left <= 0 else type(error).__name__
        finally:
            connection.close()


def proxy_for(host: str) -> Proxy | None:
    """The proxy for HTTPS that the environment names for a host (``HTTPS_PROXY``, ``NO_PROXY``), over plain HTTP."""
    named = getproxies().get("https")
    if not named or proxy_bypass(host):
        return None
    try:
        parts = urlsplit(named if "://" in named else f"http://{named}")
        login = f"{unquote(parts.username or '')}:{unquote(parts.password or '')}"
        sent = {"Proxy-Authorization": f"Basic {base64.b64encode(login.encode()).decode()}"} if parts.username else {}
        return Proxy(parts.hostname or "", parts.port or 80, sent)
    except ValueError:
        return None
