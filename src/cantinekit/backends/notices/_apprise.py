"""``apprise://``: messages into a channel of a chat or push service that Apprise knows; an extra."""

from __future__ import annotations

import logging
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from apprise import Apprise, NotifyFormat

from cantinekit.backends.notices._checks import check_message, revealed, writable
from cantinekit.errors import NotifierError, UrlError
from cantinekit.ports import Message
from cantinekit.urls import BackendUrl, Secret

_LOGGERS = ("apprise", "urllib3.connectionpool")
"""What Apprise logs holds its URLs with their passwords, and what is sent."""


class AppriseNotifier:
    """Sends each message to one target: a channel that several people read, so the address is the first line.

    Apprise tells neither a refusal from an outage nor a repeat from another message: every failure is retryable, and a
    message whose answer was lost comes twice.
    """

    def __init__(self, target: Secret) -> None:
        self._target = target

    def __repr__(self) -> str:
        return "AppriseNotifier()"

    def send(self, message: Message) -> None:
        """Send it.

        Raises:
            NotifierError: retryable; Apprise could not send it. Not retryable: it cannot be written.
        """
        check_message(message)
        if not writable(message.to):
            raise NotifierError("the message cannot be sent: it holds a lone surrogate", retryable=False)
        if not self._sent(revealed(self._target), message):
            raise NotifierError("apprise could not send the message")

    def _sent(self, target: str, message: Message) -> bool:
        body = f"{' '.join(message.to.split())}\n\n{message.text}"
        with _silence():
            try:
                service = _service(target)
                return service is not None and bool(
                    service.notify(body=body, title=message.subject, body_format=NotifyFormat.TEXT)
                )
            except Exception:  # a service may raise anything, with anything in it
                return False


def open_apprise(url: BackendUrl) -> AppriseNotifier:
    """Open ``apprise://?target=env:APPRISE_URL``.

    Raises:
        UrlError: an unknown option, no target or several, a secret that is not there, or a target that Apprise does not
            know; it is not shown.
    """
    url.check_options(["target"])
    if url.host or url.path or url.user:
        raise UrlError("apprise:// takes the option target only: apprise://?target=env:APPRISE_URL")
    targets = url.secrets("target")
    if len(targets) != 1:
        raise UrlError("apprise:// needs one target; open one for each, so that none gets a message twice")
    target = targets[0]
    with _silence(), warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of what Apprise imports at the first URL
        try:
            known = _service(target.reveal()) is not None
        except UrlError:
            raise
        except Exception:  # what a service says of its URL may hold its secret
            known = False
    if not known:
        raise UrlError("the target of apprise:// is not a URL that Apprise knows")
    return AppriseNotifier(target)


def _service(target: str) -> Any:
    """What Apprise makes of a URL; ``None`` where it does not know it."""
    return Apprise.instantiate(target)


class _Silent(logging.Filter):
    """Drops what the thread logs while it is in Apprise for us; a host that uses Apprise itself keeps its logs."""

    inside = threading.local()

    def filter(self, record: logging.LogRecord) -> bool:
        return not getattr(self.inside, "depth", 0)


_SILENT = _Silent()


@contextmanager
def _silence() -> Iterator[None]:
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(_SILENT)  # a second time it does nothing
    _Silent.inside.depth = getattr(_Silent.inside, "depth", 0) + 1
    try:
        yield
    finally:
        _Silent.inside.depth -= 1
