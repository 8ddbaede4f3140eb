"""How the SDK reaches Stripe: our own client of HTTP, whose calls end in time, are bounded and follow no redirect.

The SDK's own counts its timeout anew for each piece that arrives, reads an answer whatever its size, and goes where a
redirect points.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import stripe

from cantinekit.backends.connection import loopback
from cantinekit.backends.http import exchange, proxy_for, seconds_left


class Transport(stripe.HTTPClient):
    """One connection for each request; used from several threads, in blocks of ``within``. A proxy of the environment
    is used.
    """

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
        found = exchange(
            host,
            port,
            None if plain else self._tls,
            method.upper(),
            target,
            body,
            {**(headers or {}), "Accept-Encoding": "identity"},
            seconds_left(),
            proxy=None if plain or loopback(host) else proxy_for(host),
        )
        if isinstance(found, str):
            raise stripe.APIConnectionError(f"no answer ({found})", should_retry=seconds_left() > 1)  # type: ignore[no-untyped-call]
        return found.body, found.status, found.headers

    def close(self) -> None:
        """Nothing is kept open."""
