"""How the SDK reaches Stripe: our own client of HTTP, whose calls end in time, are bounded and follow no redirect.

The SDK's own counts its timeout anew for each piece that arrives, reads an answer whatever its size, and goes where a
redirect points.
"""

from __future__ import annotations

import contextvars
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import stripe

from cantinekit.backends._connection import loopback
from cantinekit.backends._http import exchange, proxy_for

_END: contextvars.ContextVar[float] = contextvars.ContextVar("cantinekit_stripe_end", default=0.0)


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """All that the SDK sends in this block has so many seconds together."""
    token = _END.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _END.reset(token)


class Transport(stripe.HTTPClient):
    """One connection for each request; used from several threads. A proxy of the environment is used."""

    name = "cantinekit"

    def __init__(self) -> None:
        super().__init__()
        self._tls = ssl.create_default_context(cafile=stripe.ca_bundle_path)

    def request(  # type: ignore[override]  # the SDK says str and takes bytes, as its own clients give
        self, method: str, url: str, headers: Mapping[str, str] | None, post_data: Any = None, **more: Any
    ) -> tuple[bytes, int, Mapping[str, str]]:
        """Send a request. Raises the SDK's error for "no answer", which says to try again as long as there is time."""
        parts = urlsplit(url)
        host, plain = parts.hostname or "", parts.scheme == "http"
        port = parts.port or (80 if plain else 443)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        body = post_data.encode() if isinstance(post_data, str) else post_data
        left = _END.get() - time.monotonic()
        found = exchange(
            host,
            port,
            None if plain else self._tls,
            method.upper(),
            target,
            body,
            {**(headers or {}), "Accept-Encoding": "identity"},
            max(left, 0.0),
            proxy=None if plain or loopback(host) else proxy_for(host),
        )
        if isinstance(found, str):
            again = _END.get() > time.monotonic() + 1
            raise stripe.APIConnectionError(f"no answer ({found})", should_retry=again)  # type: ignore[no-untyped-call]
        return found.body, found.status, found.headers

    def close(self) -> None:
        """Nothing is kept open."""
