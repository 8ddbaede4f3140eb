"""``apprise://``: messages into a channel of a chat or push service that Apprise knows; an extra."""

from __future__ import annotations

import logging
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from apprise import Apprise, AppriseAsset, NotifyFormat

from cantinekit.backends.notices._checks import DEADLINE, check_message, revealed, seconds, writable
from cantinekit.errors import NotifierError, UrlError
from cantinekit.plugins.ports import Message
from cantinekit.urls import BackendUrl, Secret

MAX_LATE = 16
"""How many messages may be under way that nobody waits for any more."""
_LOGGERS = ("apprise", "urllib3.connectionpool")
"""What Apprise logs holds its URLs with their passwords, and what is sent."""


class AppriseNotifier:
    """Sends each message to one target: a channel that several people read, so the address is the first line.

    Apprise tells neither a refusal from an outage nor a repeat from another message: every failure is retryable, and a
    message whose answer was lost comes twice. Nor does it have a deadline, or read only so much of an answer: a call
    that is late is left behind in a thread, and while there are ``MAX_LATE`` of those none is begun.

    Args:
        target: the URL of the service, revealed when it is needed.
        deadline: seconds for all of it.
    """

    def __init__(self, target: Secret, *, deadline: float = DEADLINE) -> None:
        self._target = target
        self._deadline = deadline
        self._late: list[threading.Thread] = []

    def __repr__(self) -> str:
        return "AppriseNotifier()"

    def send(self, message: Message) -> None:
        """Send it.

        Raises:
            NotifierError: retryable; Apprise could not send it, or not in time. Not retryable: it cannot be written.
        """
        check_message(message)
        if not writable(message.to):
            raise NotifierError("the message cannot be sent: it holds a lone surrogate", retryable=False)
        self._in_time(message)

    def _in_time(self, message: Message) -> None:
        sent: list[bool] = []
        target = Secret(revealed(self._target))

        self._late = [one for one in self._late if one.is_alive()]
        if len(self._late) >= MAX_LATE:
            raise NotifierError(f"{MAX_LATE} earlier messages through apprise have not ended")
        thread = threading.Thread(target=lambda: sent.append(self._sent(target, message)), daemon=True)
        thread.start()
        thread.join(self._deadline)
        if thread.is_alive():
            self._late.append(thread)
            raise NotifierError("apprise did not send the message in time")
        if sent != [True]:
            raise NotifierError("apprise could not send the message")

    def _sent(self, target: Secret, message: Message) -> bool:
        body = f"{' '.join(message.to.split())}\n\n{message.text}"
        with _silence():
            try:
                service = _service(target.reveal())
                return service is not None and bool(
                    service.notify(body=body, title=message.subject, body_format=NotifyFormat.TEXT)
                )
            except Exception:  # a service may raise anything, with anything in it
                return False


def open_apprise(url: BackendUrl) -> AppriseNotifier:
    """Open ``apprise://?target=env:APPRISE_URL``.

    Args:
        url: the parsed URL.

    Raises:
        UrlError: an unknown option, no target or several, a secret that is not there, or a target that Apprise does not
            know; it is not shown.
    """
    url.check_options(["target", "deadline"])
    if url.host or url.path or url.user:
        raise UrlError("apprise:// takes options only: apprise://?target=env:APPRISE_URL")
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
    return AppriseNotifier(target, deadline=seconds(url, "deadline", DEADLINE))


def _service(target: str) -> Any:
    """The service that Apprise finds for a URL; ``None`` where it does not know it."""
    return Apprise.instantiate(target, asset=AppriseAsset(http_redirects=False))


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
