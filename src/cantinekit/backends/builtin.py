"""The backends that every registry knows, registered through the same hooks as those of outside plug-ins.

Nothing here imports a driver or a backend module: each ``open`` does so when a URL asks for it.
"""

from __future__ import annotations

from collections.abc import Iterable

from cantinekit.plugins.hookspecs import NotificationBackend, PaymentBackend, StorageBackend, hookimpl
from cantinekit.plugins.ports import Notifier, PaymentGateway, Storage
from cantinekit.urls import BackendUrl


def _memory(url: BackendUrl) -> Storage:
    from cantinekit.backends.memory import open_memory

    return open_memory(url)


def _sqlite(url: BackendUrl) -> Storage:
    from cantinekit.backends.sqlite import open_sqlite

    return open_sqlite(url)


def _postgres(url: BackendUrl) -> Storage:
    from cantinekit.backends.postgres import open_postgres

    return open_postgres(url)


def _manual(url: BackendUrl) -> PaymentGateway:
    from cantinekit.backends.payments import open_manual

    return open_manual(url)


def _fake(url: BackendUrl) -> PaymentGateway:
    from cantinekit.backends.payments import open_fake

    return open_fake(url)


def _stripe(url: BackendUrl) -> PaymentGateway:
    from cantinekit.backends.stripe import open_stripe

    return open_stripe(url)


def _helloasso(url: BackendUrl) -> PaymentGateway:
    from cantinekit.backends.helloasso import open_helloasso

    return open_helloasso(url)


def _console(url: BackendUrl) -> Notifier:
    from cantinekit.backends.notices import open_console

    return open_console(url)


def _smtp(url: BackendUrl) -> Notifier:
    from cantinekit.backends.notices import open_smtp

    return open_smtp(url)


def _webhook(url: BackendUrl) -> Notifier:
    from cantinekit.backends.notices import open_webhook

    return open_webhook(url)


def _apprise(url: BackendUrl) -> Notifier:
    from cantinekit.backends.notices import open_apprise

    return open_apprise(url)


@hookimpl
def cantinekit_storage_backends() -> Iterable[StorageBackend]:
    """The stores that come with the library."""
    return [
        StorageBackend("memory", open=_memory, summary="in this process, gone when it ends"),
        StorageBackend("sqlite", open=_sqlite, summary="one file: sqlite:///cantine.db"),
        StorageBackend("postgresql", open=_postgres, summary="PostgreSQL; needs cantinekit[postgres]"),
    ]


@hookimpl
def cantinekit_payment_backends() -> Iterable[PaymentBackend]:
    """The payment gateways that come with the library."""
    return [
        PaymentBackend("manual", open=_manual, summary="cash, cheque or terminal at the desk; settles at once"),
        PaymentBackend("fake", open=_fake, summary="scripted, for tests and demonstrations; moves no money"),
        PaymentBackend("stripe", open=_stripe, summary="cards and payment pages by Stripe; needs cantinekit[stripe]"),
        PaymentBackend("helloasso", open=_helloasso, summary="payment pages of HelloAsso, for French associations"),
    ]


@hookimpl
def cantinekit_notification_backends() -> Iterable[NotificationBackend]:
    """The notifiers that come with the library."""
    return [
        NotificationBackend("console", open=_console, summary="prints messages to the terminal"),
        NotificationBackend("smtp", open=_smtp, summary="mails, through a server with STARTTLS"),
        NotificationBackend("smtps", open=_smtp, summary="mails, through a server with TLS from the first byte"),
        NotificationBackend("webhook+https", open=_webhook, summary="signed JSON to a service of yours"),
        NotificationBackend("webhook+http", open=_webhook, summary="the same, to this machine alone"),
        NotificationBackend(
            "apprise", open=_apprise, summary="a channel of a chat or push service; needs cantinekit[apprise]"
        ),
    ]
