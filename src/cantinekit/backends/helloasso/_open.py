"""Opening ``helloasso://``."""

from __future__ import annotations

import re
import ssl
from urllib.parse import urlsplit

from cantinekit.backends.connection import loopback
from cantinekit.backends.helloasso._client import HelloAssoClient
from cantinekit.backends.helloasso._gateway import HelloAssoGateway
from cantinekit.backends.helloasso._http import Server
from cantinekit.clock import Clock, SystemClock
from cantinekit.errors import UrlError
from cantinekit.urls import BackendUrl, Secret

OPTIONS = ("client_id", "client_secret", "sandbox", "server", "signature_key", "timeout")
LIVE, SANDBOX = "api.helloasso.com", "api.helloasso-sandbox.com"
_SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{0,199}")


def open_helloasso(url: BackendUrl, clock: Clock | None = None) -> HelloAssoGateway:
    """Open ``helloasso://my-association?client_id=env:HELLOASSO_ID&client_secret=env:HELLOASSO_SECRET``; calls nobody.

    ``sandbox=1`` is HelloAsso's own sandbox; ``server`` is a server on this machine that stands in for HelloAsso, for
    example ``127.0.0.1:12112``; ``signature_key`` is the key of a notification URL, and may be repeated; ``timeout`` is
    the limit of one request in seconds.

    Args:
        url: the parsed URL.
        clock: tells when pages are made and access tokens end; ``None`` takes the clock of the system.

    Raises:
        UrlError: an unknown option, a value that makes no sense, no association, no client, or a server that is not
            this machine.
    """
    url.check_options(OPTIONS)
    if url.path or url.user or url.port is not None or not _SLUG.fullmatch(url.host):
        raise UrlError(
            "helloasso:// needs the association's name as in addresses of HelloAsso: helloasso://my-association"
        )
    id, secret = (_needed(url, name) for name in ("client_id", "client_secret"))
    keys = url.secrets("signature_key")
    if any(not key.reveal() for key in keys):
        raise UrlError("signature_key of helloasso:// is empty")
    clock = clock or SystemClock()
    client = HelloAssoClient(_server(url), id, secret, _seconds(url), clock)
    return HelloAssoGateway(client, url.host, keys=keys, clock=clock)


def _needed(url: BackendUrl, name: str) -> Secret:
    secret = Secret(url.option(name) or "")
    if not secret.reveal():
        raise UrlError(f"helloasso:// needs the option {name}")
    return secret


def _server(url: BackendUrl) -> Server:
    sandbox, place = url.option("sandbox", "0"), url.option("server")
    if sandbox not in ("0", "1"):
        raise UrlError("sandbox of helloasso:// is 0 or 1")
    if place is None:
        return Server(SANDBOX if sandbox == "1" else LIVE, 443, ssl.create_default_context())
    if sandbox == "1":
        raise UrlError("helloasso:// takes sandbox or server, not both")
    try:
        parts = urlsplit(f"//{place}")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port = "", None
    if not loopback(host) or port is None or parts.netloc != place or "@" in place:
        raise UrlError(
            "server of helloasso:// is shown the secret, so it is on this machine, with its port: 127.0.0.1:12112"
        )
    return Server(host, port)


def _seconds(url: BackendUrl) -> int:
    text = url.option("timeout", "15") or ""
    if not (text.isascii() and text.isdigit() and len(text) <= 2 and 1 <= int(text) <= 60):
        raise UrlError("timeout of helloasso:// is a number from 1 to 60")
    return int(text)
