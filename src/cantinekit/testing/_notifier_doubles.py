"""The stages of ``console://``, ``webhook+http(s)://`` and ``apprise://``: each with a far end in this process."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from cantinekit.backends.notices import ConsoleNotifier, open_webhook
from cantinekit.testing._notifier_stage import Arrived, Fault, NotifierStage
from cantinekit.testing.fakeserver import FakeServer
from cantinekit.testing.fakeserver import Fault as Broken
from cantinekit.urls import BackendUrl


class ConsoleStage(NotifierStage):
    """The terminal: a stream whose failures are scripted."""

    faults = ("outage",)

    def __init__(self) -> None:
        self._stream = _Stream()
        self.notifier = ConsoleNotifier(self._stream)

    def play(self, fault: Fault) -> None:
        self._stream.broken = True

    def arrived(self) -> Sequence[Arrived]:
        shown = self._stream.getvalue().removesuffix("\n\n")
        return [self._read(block.removeprefix("To: ")) for block in shown.split("\n\nTo: ") if block]

    def _read(self, block: str) -> Arrived:
        head, _, body = block.partition("\n\n")
        to, _, subject = head.partition("\nSubject: ")
        return Arrived(to, subject, "".join(f"{line[2:]}\n" for line in body.split("\n")))


class _Stream(io.StringIO):
    broken = False

    def write(self, text: str) -> int:
        if self.broken:
            self.broken = False
            raise BrokenPipeError(32, "Broken pipe")
        return super().write(text)


class Receiver(FakeServer):
    """A server that keeps what is posted to it: the headers, their names in small letters, and the body."""

    failures: ClassVar[Mapping[str, tuple[int, bytes]]] = {"500": (503, b""), "400": (400, b"")}
    babbles = False

    def __init__(self) -> None:
        super().__init__()
        self.posted: list[tuple[Mapping[str, str], bytes]] = []

    def play(self, fault: Fault) -> None:
        """The next request meets this fault."""
        when, what = _FAULTS[fault]
        self.babbles = fault == "babble"
        self.fail(Broken(when, what, times=1))

    def answer(self, method: str, target: str, headers: Any, body: bytes) -> tuple[int, bytes] | None:
        fault = self._fault(method, target)
        if fault is None or fault.when == "after":
            with self._lock:
                self.posted.append(({name.lower(): value for name, value in headers.items()}, body))
        if fault is None:
            return 200, b""
        if self.babbles:
            said = f"{target} {dict(headers)} ".encode() + body
            return 503, said * (20_000 // len(said) + 1)
        return self._failed(fault)


_FAULTS: Mapping[Fault, tuple[Any, Any]] = {
    "outage": ("before", "500"),
    "refused": ("before", "400"),
    "lost": ("after", "drop"),
    "hang": ("before", "hang"),
    "babble": ("before", "500"),
}


class ReceiverStage(NotifierStage):
    """A notifier that posts to a ``Receiver``: how it is opened for a port, and how what it posts is read."""

    def __init__(self, url: Callable[[int], str]) -> None:
        self._server = Receiver()
        self._url = url(self._server.port)

    def play(self, fault: Fault) -> None:
        self._server.play(fault)

    def arrived(self) -> Sequence[Arrived]:
        return [self.read(headers, json.loads(body)) for headers, body in self._server.posted]

    def read(self, headers: Mapping[str, str], body: Any) -> Arrived:
        """What one request says."""
        raise NotImplementedError

    def close(self) -> None:
        self._server.close()


class WebhookStage(ReceiverStage):
    """A receiver of webhooks."""

    faults = ("outage", "refused", "lost", "hang", "babble")
    _key = base64.b64encode(b"a canary that signs webhooks").decode()
    secrets = (_key, f"whsec_{_key}")

    def __init__(self) -> None:
        super().__init__(lambda port: f"webhook+http://127.0.0.1:{port}/hook?secret={self.secrets[1]}&timeout=0.5")
        self.notifier = open_webhook(BackendUrl.parse(self._url))

    def read(self, headers: Mapping[str, str], body: Any) -> Arrived:
        data = body["data"]
        return Arrived(data["to"], data["subject"], data["text"], headers["webhook-id"], data["html"])


class AppriseStage(ReceiverStage):
    """A JSON service, as Apprise posts to one; it cannot tell a refusal from an outage."""

    faults = ("outage", "lost", "hang", "babble")
    secrets = ("canary-apprise-pw", "canary-apprise-token")

    def __init__(self) -> None:
        from cantinekit.backends.notices import open_apprise  # the extra: the other stages do without it

        password, token = self.secrets
        super().__init__(
            lambda port: f"apprise://?target=json://me:{password}%40127.0.0.1:{port}/{token}%3Fcto=1%26rto=1"
        )
        self.notifier = open_apprise(BackendUrl.parse(self._url))

    def read(self, headers: Mapping[str, str], body: Any) -> Arrived:
        to, _, text = body["message"].partition("\n\n")
        return Arrived(to, body["title"], text)
