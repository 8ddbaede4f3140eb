"""The stages on which the notifiers of the library are tried: each with a real far end where it has one."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Sequence
from typing import ClassVar

from _hook_server import SECRET, HookServer
from _mail_server import PASSWORD, MailServer
from cantinekit.backends.notices import ConsoleNotifier, RecordingNotifier, open_apprise, open_smtp, open_webhook
from cantinekit.testing import Arrived, NotifierStage
from cantinekit.urls import BackendUrl


class ConsoleStage(NotifierStage):
    """The terminal: a stream that fails as it is told."""

    faults = ("outage",)

    def __init__(self) -> None:
        self._stream = _Stream()
        self.notifier = ConsoleNotifier(self._stream)

    def play(self, fault):
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


class RecordingStage(NotifierStage):
    """The recorder, by its script."""

    faults = ("outage", "refused", "lost")

    def __init__(self) -> None:
        self.notifier = RecordingNotifier()

    def play(self, fault):
        script = self.notifier._script
        script += ["ok"] * (self.notifier.calls - len(script)) + [fault]

    def arrived(self) -> Sequence[Arrived]:
        return [Arrived(one.to, one.subject, one.text, one.key) for one in self.notifier.received]


class SmtpStage(NotifierStage):
    """A mail server that wants STARTTLS and a login."""

    faults = ("outage", "refused", "lost", "hang")
    secrets = (PASSWORD,)
    foreign_loggers = ("mail.", "asyncio")
    _words: ClassVar = {"outage": "451", "refused": "rcpt 550", "lost": "cut after", "hang": "hang before"}

    def __init__(self) -> None:
        os.environ["TEST_SMTP_PASSWORD"] = PASSWORD
        self._server = MailServer(tls="starttls", login=True)
        self.notifier = open_smtp(BackendUrl.parse(self._server.url(timeout="0.5", invitations="yes")))

    def play(self, fault):
        script = self._server.script
        script += ["ok"] * (self._server.begun - len(script)) + [self._words[fault]]

    def arrived(self) -> Sequence[Arrived]:
        return [
            Arrived(to, str(one.mail["Subject"]), one.text, str(one.mail["Message-ID"]))
            for one in self._server.taken
            for to in one.to
        ]

    def close(self) -> None:
        self._server.close()


class WebhookStage(NotifierStage):
    """A receiver of webhooks."""

    faults = ("outage", "refused", "lost", "hang")
    secrets = (SECRET, SECRET.removeprefix("whsec_"))
    _words: ClassVar = {"outage": "503", "refused": "400", "lost": "cut after", "hang": "hang before"}

    def __init__(self) -> None:
        self._server = HookServer()
        self.notifier = open_webhook(BackendUrl.parse(self._server.url(timeout="0.5")))

    def play(self, fault):
        script = self._server.script
        script += ["204"] * (self._server.asked - len(script)) + [self._words[fault]]

    def arrived(self) -> Sequence[Arrived]:
        found = []
        for one in self._server.posted:
            data = json.loads(one.body)["data"]
            found.append(Arrived(data["to"], data["subject"], data["text"], one.headers["webhook-id"]))
        return found

    def close(self) -> None:
        self._server.close()


class AppriseStage(NotifierStage):
    """A JSON service, as Apprise posts to one; it cannot tell a refusal from an outage."""

    faults = ("outage", "lost", "hang")
    secrets = ("canary-apprise-pw", "canary-apprise-token")
    _words: ClassVar = {"outage": "503", "lost": "cut after", "hang": "hang before"}

    def __init__(self) -> None:
        self._server = HookServer()
        user, token = f"me:{self.secrets[0]}", self.secrets[1]
        os.environ["TEST_APPRISE_URL"] = f"json://{user}@localhost:{self._server.port}/{token}?cto=1&rto=1"
        self.notifier = open_apprise(BackendUrl.parse("apprise://?target=env:TEST_APPRISE_URL"))

    def play(self, fault):
        script = self._server.script
        script += ["200"] * (self._server.asked - len(script)) + [self._words[fault]]

    def arrived(self) -> Sequence[Arrived]:
        found = []
        for one in self._server.posted:
            data = json.loads(one.body)
            to, _, text = data["message"].partition("\n\n")
            found.append(Arrived(to, data["title"], text))
        return found

    def close(self) -> None:
        self._server.close()


STAGES = (ConsoleStage, RecordingStage, SmtpStage, WebhookStage, AppriseStage)
