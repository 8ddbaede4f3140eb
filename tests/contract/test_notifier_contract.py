"""The notifiers of the library keep the contract, on real servers where they have any."""

from __future__ import annotations

from cantinekit.testing import NotifierContract
from cantinekit.testing._notifier_doubles import AppriseStage, ConsoleStage, WebhookStage
from cantinekit.testing._notifier_mail import MailStage
from support.servers.notifier_stages import RecordingStage, SmtpStage


class TestConsole(NotifierContract):
    """``console://``."""

    def open_stage(self):
        return ConsoleStage()


class TestRecording(NotifierContract):
    """The recorder of tests."""

    def open_stage(self):
        return RecordingStage()


class TestSmtp(NotifierContract):
    """``smtp://``, on aiosmtpd, with STARTTLS."""

    def open_stage(self):
        return SmtpStage()


class TestSmtpOfTheKit(NotifierContract):
    """``smtp://``, on the mail server of the kit."""

    def open_stage(self):
        return MailStage()


class TestWebhook(NotifierContract):
    """``webhook+http://``, on an http.server."""

    def open_stage(self):
        return WebhookStage()


class TestApprise(NotifierContract):
    """``apprise://``, on an http.server as the service."""

    def open_stage(self):
        return AppriseStage()
