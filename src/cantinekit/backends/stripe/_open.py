"""Opening ``stripe://``."""

from __future__ import annotations

import ipaddress
import re

from cantinekit.backends.stripe._client import Client
from cantinekit.backends.stripe._gateway import StripeGateway
from cantinekit.errors import UrlError
from cantinekit.urls import BackendUrl, Secret

OPTIONS = ("account", "key", "retries", "timeout", "webhook")
_KEY = re.compile(r"(?:sk|rk)_(live|test)_[A-Za-z0-9_]{4,250}")
_ACCOUNT = re.compile(r"acct_[A-Za-z0-9]{1,60}")


def open_stripe(url: BackendUrl) -> StripeGateway:
    """Open ``stripe://?key=env:STRIPE_KEY&webhook=env:STRIPE_WEBHOOK``; calls nobody yet.

    ``key`` is a secret or restricted key; ``webhook`` the signing secret of an endpoint, and may be repeated;
    ``account`` a connected account; ``timeout`` the seconds of one request; ``retries`` how often the SDK repeats one.
    A host, with a port, is a server on this machine that stands in for Stripe.

    Args:
        url: the parsed URL.

    Raises:
        UrlError: an unknown option, a value that makes no sense, no key, or a host that is not this machine.
    """
    url.check_options(OPTIONS)
    if url.path or url.user:
        raise UrlError("stripe:// takes options only, for example stripe://?key=env:STRIPE_KEY")
    key = Secret(url.option("key") or "")
    mode = _mode(key)
    if not mode:
        raise UrlError("stripe:// needs the option key: a secret key (sk_...) or a restricted one (rk_...)")
    account = url.option("account", "") or ""
    if account and not _ACCOUNT.fullmatch(account):
        raise UrlError("account of stripe:// is the id of a connected account: acct_...")
    secrets = url.secrets("webhook")
    if any(not secret.reveal() for secret in secrets):
        raise UrlError("webhook of stripe:// is empty")
    client = Client(
        key,
        account,
        _base(url),
        timeout=_number(url, "timeout", "15", 1, 60),
        retries=_number(url, "retries", "1", 0, 3),
    )
    return StripeGateway(client, secrets=secrets, account=account, live=mode == "live")


def _mode(key: Secret) -> str:
    """``live`` or ``test``; empty where it is no key."""
    match = _KEY.fullmatch(key.reveal())
    return match[1] if match else ""


def _base(url: BackendUrl) -> str | None:
    """Another server than Stripe's, which would be shown the key: so it can only be on this machine."""
    if not url.host:
        return None
    try:
        here = url.host == "localhost" or ipaddress.ip_address(url.host).is_loopback
    except ValueError:
        here = False
    if not here or url.port is None:
        raise UrlError("stripe:// talks to Stripe; another server is on this machine, with its port: 127.0.0.1:12111")
    host = f"[{url.host}]" if ":" in url.host else url.host
    return f"http://{host}:{url.port}"


def _number(url: BackendUrl, name: str, default: str, least: int, most: int) -> int:
    text = url.option(name, default) or ""
    if not (text.isascii() and text.isdigit() and len(text) <= 3 and least <= int(text) <= most):
        raise UrlError(f"{name} of stripe:// is a number from {least} to {most}")
    return int(text)
