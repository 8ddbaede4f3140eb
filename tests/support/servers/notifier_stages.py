"""Stages of notifiers that are not in the kit: the recorder, and mail on a server that others have written."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import ClassVar

from cantinekit.backends.notices import RecordingNotifier, open_smtp
from cantinekit.testing import Arrived, NotifierStage
from cantinekit.urls import BackendUrl
from support.servers.mail_server import PASSWORD, MailServer


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
        # In place of a fault that no mail has met: on a busy machine the client may give up before its mail begins.
        self._server.script[:] = ["ok"] * self._server.begun + [self._words[fault]]

    def arrived(self) -> Sequence[Arrived]:
        return [
            Arrived(to, str(one.mail["Subject"]), one.text, str(one.mail["Message-ID"]))
            for one in self._server.taken
            for to in one.to
        ]

    def close(self) -> None:
        self._server.close()
