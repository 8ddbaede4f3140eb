"""Notifiers: the terminal, mail, webhooks, Apprise, and one that records for tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cantinekit.backends.notices._console import ConsoleNotifier, open_console
from cantinekit.backends.notices._recording import RecordingNotifier

if TYPE_CHECKING:
    from cantinekit.backends.notices._apprise import AppriseNotifier, open_apprise
    from cantinekit.backends.notices._mail import Sender
    from cantinekit.backends.notices._signing import verify_webhook, webhook_headers
    from cantinekit.backends.notices._smtp import SmtpNotifier, open_smtp
    from cantinekit.backends.notices._webhook import WebhookNotifier, open_webhook

_LATER = {
    "AppriseNotifier": "_apprise",
    "Sender": "_mail",
    "SmtpNotifier": "_smtp",
    "WebhookNotifier": "_webhook",
    "open_apprise": "_apprise",
    "open_smtp": "_smtp",
    "open_webhook": "_webhook",
    "verify_webhook": "_signing",
    "webhook_headers": "_signing",
}
"""What drags in libraries that a house without it does not need."""

__all__ = [
    "AppriseNotifier",
    "ConsoleNotifier",
    "RecordingNotifier",
    "Sender",
    "SmtpNotifier",
    "WebhookNotifier",
    "open_apprise",
    "open_console",
    "open_smtp",
    "open_webhook",
    "verify_webhook",
    "webhook_headers",
]


def __getattr__(name: str) -> Any:
    if name in _LATER:
        from importlib import import_module

        return getattr(import_module(f"{__name__}.{_LATER[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
