"""Canaries: e-mails, names, keys and passwords are planted, all goes wrong that can, and no log or error holds any."""

from __future__ import annotations

import base64
import logging
import traceback

import pytest

from cantinekit import Cantine
from cantinekit import commands as c
from cantinekit.backends.notices import open_apprise, open_smtp, open_webhook
from cantinekit.errors import CantineError, NotifierError
from cantinekit.plugins.ports import Message
from cantinekit.urls import BackendUrl
from support.houses.small_house import open_house, period
from support.servers.hook_server import OTHER, HookServer
from support.servers.mail_server import PASSWORD, USER, MailServer

NAME, LOCAL = "Canary-Oiseau", "canary.serin"
EMAIL = f"{LOCAL}@example.org"
PROOF = "canary-card seen by ana"
TOKEN = "canary-apprise-token"
SECRETS = [PASSWORD, OTHER, OTHER.removeprefix("whsec_"), TOKEN]
ENCODED = [base64.b64encode(f"\0{USER}\0{PASSWORD}".encode()).decode(), base64.b64encode(PASSWORD.encode()).decode()]
CANARIES = [NAME, LOCAL, PROOF, *SECRETS, *ENCODED]
SMTP_FAULTS = ("451", "550", "rcpt 451", "rcpt 550", "mail 550", "cut before", "cut after", "hang before", "hang after")
HOOK_FAULTS = ("400", "302", "429", "500", "cut before", "cut after", "hang before")
FAR_ENDS = ("mail.", "asyncio", "aiosmtpd")
"""The loggers of the servers, which run in this process and are not ours."""


class Shown(logging.Handler):
    """Every record of every logger but those of the far ends, as a formatter writes it with its traceback."""

    def __init__(self) -> None:
        super().__init__(0)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if not record.name.startswith(FAR_ENDS):
            self.texts.append(logging.Formatter("%(name)s %(message)s").format(record))


@pytest.fixture
def shown():
    root, handler = logging.getLogger(), Shown()
    level = root.level
    root.addHandler(handler)
    root.setLevel(1)
    yield handler.texts
    root.setLevel(level)
    root.removeHandler(handler)


def texts_of(error: BaseException) -> str:
    """All that an error can show: its text, its arguments, its traceback, and what hangs on it."""
    hanging = [one for one in (error.__cause__, error.__context__) if one is not None]
    own = [str(error), repr(error), repr(error.args), "".join(traceback.format_exception(error))]
    return "\n".join([*own, *(texts_of(one) for one in hanging)])


def found_in(texts: list[str]) -> list[str]:
    whole = "\n".join(texts)
    return [canary for canary in CANARIES if canary in whole]


@pytest.fixture
def far_ends(monkeypatch):
    """A mail server and two HTTP servers with faults, and the notifiers for them."""
    monkeypatch.setenv("TEST_SMTP_PASSWORD", PASSWORD)
    monkeypatch.setenv("TEST_HOOK_SECRET", OTHER)
    with (
        MailServer(login=True, script=SMTP_FAULTS) as mail,
        HookServer(HOOK_FAULTS) as hook,
        HookServer(("500",)) as app,
    ):
        monkeypatch.setenv("TEST_APPRISE_URL", f"json://me:{TOKEN}@localhost:{app.port}/{TOKEN}?cto=1&rto=1")
        yield (
            (open_smtp(BackendUrl.parse(mail.url(timeout="0.3", invitations="yes"))), len(SMTP_FAULTS)),
            (open_webhook(BackendUrl.parse(hook.url(secret="env:TEST_HOOK_SECRET", timeout="0.3"))), len(HOOK_FAULTS)),
            (open_apprise(BackendUrl.parse("apprise://?target=env:TEST_APPRISE_URL")), 1),
        )


def test_no_error_of_a_notifier_and_no_log_holds_a_canary(far_ends, shown, monkeypatch):
    """Through all faults and all refusals of all notifiers no error, no traceback and no log has a canary in it."""
    message = Message(f"tsk_{LOCAL}", EMAIL, f"Pour {NAME}", f"Bonjour {NAME}, {EMAIL}\n")
    hostile = [
        Message("k", f"{EMAIL}\r\nBcc: {LOCAL}@evil.example", NAME, NAME),
        Message("k", EMAIL, f"{NAME}\r\n", NAME),
        Message("k", EMAIL, NAME, f"{NAME}\ud800"),
        Message("k", f"{LOCAL} {LOCAL}", NAME, NAME, lang=NAME),
    ]
    errors: list[str] = []
    for notifier, faults in far_ends:
        shown += [repr(notifier), str(notifier)]
        for one in [*[message] * faults, *hostile]:
            try:
                notifier.send(one)
            except NotifierError as error:
                errors.append(texts_of(error))
        notifier.send(message)
    for name in ("TEST_SMTP_PASSWORD", "TEST_HOOK_SECRET", "TEST_APPRISE_URL"):
        monkeypatch.delenv(name)
    for notifier, _ in far_ends:
        with pytest.raises(NotifierError) as caught:
            notifier.send(message)
        errors.append(texts_of(caught.value))
    assert len(errors) >= len(SMTP_FAULTS) + len(HOOK_FAULTS) + 1 + 3 + 6
    assert found_in(errors) == []
    assert found_in(shown) == []


def test_no_log_of_a_house_holds_a_canary(far_ends, shown):
    """A house whose messages all fail logs tasks and the classes of errors; no canary is in its logs."""
    house = open_house(notify=[notifier for notifier, _ in far_ends])
    house.do(c.AddPerson(name=NAME, email=EMAIL, lang="en", id="bird"))
    house.do(c.SetFact("bird", name=PROOF, value=PROOF, proof=PROOF))
    booking = house.do(
        c.Book(space_id="b", product_id="room", period=period(12, 13), person_id="bird", account="desk")
    ).value
    house.do(c.CancelBooking(booking.id))
    for _ in range(4):
        house.wait(hours=7)
        house.cantine.run_due()
    assert any("failed: NotifierError" in text for text in shown)
    assert found_in(shown) == []


@pytest.mark.parametrize(
    "url",
    [
        f"smtp://ana:{PASSWORD}@localhost?from=x",
        f"smtp://ana:{PASSWORD}@localhost?nonsense={TOKEN}",
        f"smtp://ana:{PASSWORD}@mail.example?from={EMAIL}&starttls=no",
        f"smtp://ana:{PASSWORD}é@mail.example?from=a@example.org",
        f"smtp://ana:{PASSWORD}@localhost:99999?from=a@example.org",
        f"webhook+https://h.example?secret={TOKEN}",
        f"webhook+http://h.example?secret={OTHER}",
        f"webhook+https://h.example?secret={OTHER}&secret={TOKEN}",
        f"webhook+https://ana:{PASSWORD}@h.example?secret={OTHER}",
        f"apprise://?target=nonsense://me:{TOKEN}@localhost/",
        f"apprise://?target={TOKEN}",
        f"nowhere://ana:{PASSWORD}@h.example?secret={TOKEN}",
    ],
)
def test_no_error_of_a_url_holds_a_canary(url, shown):
    """A URL that is refused shows neither its password nor the values of its options, in the error or in a log."""
    with pytest.raises(CantineError) as caught:
        Cantine.open("memory://", notify=[url])
    assert found_in([texts_of(caught.value), *shown]) == []


def test_the_canaries_would_be_seen(shown):
    """The control: an error that says more, and a log that does, are found."""
    logging.getLogger("cantinekit").warning("could not reach %s", EMAIL)
    error = NotifierError("failed")
    error.__context__ = ValueError(f"login {PASSWORD}")
    assert found_in(shown) == [LOCAL]
    assert found_in([texts_of(error)]) == [PASSWORD]
