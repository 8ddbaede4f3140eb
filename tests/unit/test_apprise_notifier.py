"""``apprise://`` on a local service: what arrives, what fails, and what its logs must not hold."""

from __future__ import annotations

import json
import logging
import sys

import apprise
import pytest

from cantinekit.backends.notices import open_apprise
from cantinekit.backends.notices._apprise import _silence
from cantinekit.errors import NotifierError, PluginError, UrlError
from cantinekit.plugins.ports import Message
from cantinekit.plugins.registry import Registry
from cantinekit.urls import BackendUrl
from support.servers.hook_server import HookServer

MESSAGE = Message("tsk_1", "zoe@example.org", "Réservation", "Bonjour Zoé,\n\nà demain.\n")
CANARY = "canary-apprise-pw"


def test_what_arrives():
    """The service gets the subject as title, and the text with whom it is for in the first line."""
    with HookServer() as server:
        open_apprise(BackendUrl.parse(f"apprise://?target=json://localhost:{server.port}/x")).send(MESSAGE)
        found = json.loads(server.posted[0].body)
    assert (found["title"], found["message"]) == ("Réservation", "zoe@example.org\n\nBonjour Zoé,\n\nà demain.")


@pytest.mark.parametrize("word", ["400", "401", "500", "cut before", "cut after"])
def test_failures(word):
    """Whatever the service answers but yes may be tried again, since Apprise does not say what it was."""
    with HookServer((word,)) as server:
        notifier = open_apprise(BackendUrl.parse(f"apprise://?target=json://localhost:{server.port}/x"))
        with pytest.raises(NotifierError) as caught:
            notifier.send(MESSAGE)
        assert caught.value.retryable
        notifier.send(MESSAGE)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("apprise://", "needs one target"),
        ("apprise://?target=json://a&target=json://b", "needs one target"),
        ("apprise://x?target=json://a", "takes options only"),
        (f"apprise://?target=nonsense://{CANARY}", "not a URL that Apprise knows"),
        (f"apprise://?target={CANARY}", "not a URL that Apprise knows"),
        ("apprise://?target=env:NOT_SET", "NOT_SET is not set"),
        ("apprise://?to=x", "known options: deadline, target"),
    ],
)
def test_urls_that_are_refused(url, words, caplog):
    """What is missing or unknown is an error when it is opened, which shows no target, and neither does a log."""
    caplog.set_level(1)
    with pytest.raises(UrlError, match=words) as caught:
        open_apprise(BackendUrl.parse(url))
    assert CANARY not in str(caught.value) + caplog.text


def test_logs_of_others_stay(caplog):
    """Apprise is silent only while it works for us; the control: by itself it logs the password of a URL."""
    caplog.set_level(1)
    with _silence():
        apprise.Apprise.instantiate(f"json://me:{CANARY}@localhost/x")
    assert CANARY not in caplog.text
    apprise.Apprise.instantiate(f"json://me:{CANARY}@localhost/x")
    assert CANARY in caplog.text
    logging.getLogger("apprise").setLevel(logging.NOTSET)


def test_a_service_that_raises(monkeypatch):
    """What a service raises is a NotifierError, which says nothing of it."""

    def raising(*_, **__):
        raise RuntimeError(CANARY)

    notifier = open_apprise(BackendUrl.parse("apprise://?target=json://localhost:9/x"))
    monkeypatch.setattr("cantinekit.backends.notices._apprise._service", raising)
    with pytest.raises(NotifierError) as caught:
        notifier.send(MESSAGE)
    assert CANARY not in repr(caught.value)
    assert caught.value.__context__ is None
    with pytest.raises(UrlError, match="not a URL that Apprise knows"):
        open_apprise(BackendUrl.parse("apprise://?target=json://localhost:9/x"))


def test_without_apprise(monkeypatch):
    """Without the extra the error names what is missing."""
    monkeypatch.setitem(sys.modules, "apprise", None)
    monkeypatch.delitem(sys.modules, "cantinekit.backends.notices._apprise", raising=False)
    with pytest.raises(PluginError, match=r"apprise:// \(cantinekit .*\) needs 'apprise'"):
        Registry.load(entry_points=False).notifier("apprise://?target=json://localhost")
