"""``webhook+https://``: messages as signed JSON to a service of the host's, by Standard Webhooks."""

from __future__ import annotations

import http.client
import json
import ssl
from collections.abc import Sequence
from urllib.parse import quote

from cantinekit.backends.connection import Deadline, loopback
from cantinekit.backends.notices._checks import (
    DEADLINE,
    TIMEOUT,
    certificates,
    check_message,
    one_host,
    seconds,
    wire_key,
    writable,
)
from cantinekit.backends.notices._signing import MAX_BODY, NO_SECRET, good_secret, webhook_headers
from cantinekit.clock import Clock, SystemClock
from cantinekit.errors import InputError, NotifierError, UrlError
from cantinekit.plugins.ports import Message
from cantinekit.urls import BackendUrl, Secret

_OPTIONS = ("secret", "timeout", "deadline")
_PORTS = {"webhook+https": 443, "webhook+http": 80}
_AGAIN = (408, 429)
_PATH = "/~:@!$&'()*+,;=-._"
_FIELDS = ("key", "to", "subject", "text", "lang", "template", "html")
TYPE = "message.told"
"""What the JSON says that it is."""


class WebhookNotifier:
    """Posts each message, on a connection of its own. Used from several threads at once.

    Args:
        host: the receiver; with ``tls`` its certificate has to be for this name.
        path: where it listens, not quoted.
        secrets: each signs, so that the receiver may know any of them; revealed when they are needed.
        port: 443, or 80 without TLS, unless said otherwise.
        tls: what certificates are accepted; ``None`` for a connection that can be read on the way.
        timeout: seconds for each step.
        deadline: seconds for all of it.
        clock: what time is signed.
    """

    def __init__(
        self,
        host: str,
        path: str,
        secrets: Sequence[Secret],
        *,
        port: int | None = None,
        tls: ssl.SSLContext | None,
        timeout: float = TIMEOUT,
        deadline: float = DEADLINE,
        clock: Clock | None = None,
    ) -> None:
        self._host = host
        self._port = port or _PORTS["webhook+http" if tls is None else "webhook+https"]
        self._path = quote(path or "/", safe=_PATH)
        self._secrets = tuple(secrets)
        self._tls = tls
        self._timeout = timeout
        self._deadline = deadline
        self._clock = clock or SystemClock()

    def __repr__(self) -> str:
        return f"WebhookNotifier({self._host!r}, port={self._port})"

    def send(self, message: Message) -> None:
        """Post it. Any 2xx is taken as received; redirects are not followed.

        Retryable: no answer in time, a connection that is cut (it may have arrived: the ``webhook-id`` is the same at
        the next try), 408, 429, 5xx. Not retryable: any other answer, and a message that cannot be written.

        Raises:
            NotifierError: see above.
        """
        body = _body(message)
        problem = self._posted(wire_key(message.key), body)
        if problem is not None:  # raised here, so that nothing of the answer hangs on it
            raise problem

    def _posted(self, id: str, body: bytes) -> NotifierError | None:
        try:
            signed = webhook_headers(id, body, self._secrets, self._clock.now())
        except InputError as error:
            return NotifierError(f"the webhook cannot be signed: {error}")
        headers = {"Content-Type": "application/json", "User-Agent": "cantinekit", "Connection": "close", **signed}
        with Deadline(self._deadline) as deadline:
            connection = http.client.HTTPConnection(self._host, self._port)
            try:
                connection.sock = deadline.connect(self._host, self._port, self._timeout, self._tls)
                connection.request("POST", self._path, body, headers)
                status = connection.getresponse().status
                if deadline.left <= 0:  # a head that was cut off by us looks like one that has ended
                    raise TimeoutError
            except (http.client.HTTPException, OSError, ValueError) as error:
                name = "the time is over" if deadline.left <= 0 else type(error).__name__
                return NotifierError(f"the receiver of the webhook does not answer as it should ({name})")
            finally:
                connection.close()
        return _judged(status)


def _body(message: Message) -> bytes:
    """The message as JSON. Raises ``NotifierError``, not retryable, for what cannot be written or is too long."""
    check_message(message)
    data = {name: getattr(message, name) for name in _FIELDS}
    if not writable(*data.values()):
        raise NotifierError("the message cannot be sent: it holds a lone surrogate", retryable=False)
    body = json.dumps({"type": TYPE, "data": data}, ensure_ascii=False).encode("utf-8")
    if len(body) > MAX_BODY:
        raise NotifierError(f"the message cannot be sent: it is longer than {MAX_BODY} bytes", retryable=False)
    return body


def _judged(status: int) -> NotifierError | None:
    if 200 <= status < 300:
        return None
    again = status in _AGAIN or not 300 <= status < 500
    moved = ", a redirect, which is not followed" if 300 <= status < 400 else ""
    return NotifierError(f"the receiver of the webhook answered {status}{moved}", retryable=again)


def open_webhook(url: BackendUrl) -> WebhookNotifier:
    """Open ``webhook+https://hooks.example.org/cantine?secret=env:HOOK_SECRET``; ``webhook+http`` for this machine.

    Args:
        url: the parsed URL.

    Raises:
        UrlError: an unknown option or value, no host, no secret, one that is none or not there, a file that cannot be
            read, or ``webhook+http`` to another machine.
    """
    plain = url.scheme == "webhook+http"
    url.check_options(_OPTIONS if plain else (*_OPTIONS, "cafile"))
    host = one_host(url)
    if url.user or url.password is not None:
        raise UrlError(f"{url.scheme}:// takes no user: the signature says who sends")
    if plain and not loopback(host):
        raise UrlError("webhook+http:// is for this machine alone; use webhook+https://")
    secrets = url.secrets("secret")
    if not secrets:
        raise UrlError(f"{url.scheme}:// needs the option secret")
    if not all(map(good_secret, secrets)):
        raise UrlError(f"secret of {url.scheme}://: {NO_SECRET}")
    return WebhookNotifier(
        host,
        url.path,
        secrets,
        port=url.port,
        tls=None if plain else certificates(url),
        timeout=seconds(url, "timeout", TIMEOUT),
        deadline=seconds(url, "deadline", DEADLINE),
    )
