"""Webhooks by Standard Webhooks: to a real HTTP server with faults, and against the official package."""

from __future__ import annotations

import base64
import json
import logging
import socket
import time
from datetime import UTC, datetime, timedelta

import attrs
import pytest
import standardwebhooks
from hypothesis import given
from hypothesis import strategies as st

from cantinekit.backends.notices import WebhookNotifier, open_webhook, verify_webhook, webhook_headers
from cantinekit.clock import ManualClock
from cantinekit.errors import InputError, NotifierError, UrlError
from cantinekit.plugins.ports import Message, Notifier
from cantinekit.plugins.registry import Registry
from cantinekit.urls import BackendUrl, Secret
from support.servers.hook_server import OTHER, SECRET, HookServer
from support.servers.mail_server import dripping, raw_server

NOW = datetime(2026, 11, 26, 17, 30, tzinfo=UTC)
MESSAGE = Message(
    "tsk_1", "zoe@example.org", "Réservation", "Bonjour Zoé 😀,\n\nà demain.\n", "fr", "booking confirmed"
)
BODY = b'{"type": "x", "data": {}}'


def opened(server: HookServer, **options: str) -> WebhookNotifier:
    return open_webhook(BackendUrl.parse(server.url(**options)))


def failure(notifier: Notifier, message: Message = MESSAGE) -> NotifierError:
    with pytest.raises(NotifierError) as caught:
        notifier.send(message)
    assert caught.value.__cause__ is caught.value.__context__ is None
    return caught.value


# --- what arrives ---


@pytest.mark.parametrize("tls", [False, True])
def test_a_webhook_as_it_arrives(tls):
    """The receiver gets the message as JSON, at the path of the URL, with the three headers; over TLS too."""
    with HookServer(tls=tls) as server:
        notifier = opened(server, path="/a%20hook")
        assert isinstance(notifier, Notifier)
        notifier.send(MESSAGE)
        (posted,) = server.posted
    assert posted.path == "/a%20hook"
    assert posted.headers["content-type"] == "application/json"
    assert json.loads(posted.body) == {
        "type": "message.told",
        "data": {
            "key": "tsk_1",
            "to": "zoe@example.org",
            "subject": "Réservation",
            "text": MESSAGE.text,
            "lang": "fr",
            "template": "booking confirmed",
            "html": MESSAGE.html,
        },
    }
    assert posted.headers["webhook-id"] == "tsk_1"
    standardwebhooks.Webhook(SECRET).verify(posted.body, posted.headers)
    assert verify_webhook(posted.body, posted.headers, [SECRET], datetime.now(UTC)) == "tsk_1"


def test_the_id_is_stable():
    """The same key has the same id and body at each try, two keys have two, and no key can break a header."""
    keys = ["tsk_1", "tsk_1", "tsk_2", "x" * 500, "a\r\nX-Evil: 1", "é", "a.b"]
    with HookServer() as server:
        notifier = opened(server)
        for key in keys:
            notifier.send(attrs.evolve(MESSAGE, key=key))
        posted = server.posted
    ids = [one.headers["webhook-id"] for one in posted]
    assert ids[0] == ids[1]
    assert posted[0].body == posted[1].body
    assert len(set(ids)) == len(set(keys))
    assert all("x-evil" not in one.headers and "." not in one.headers["webhook-id"] for one in posted)


def test_the_clock_is_signed():
    """The time of the try is signed, by the clock that was passed in."""
    with HookServer() as server:
        notifier = WebhookNotifier(
            "localhost", "/", [Secret(SECRET)], port=server.port, tls=None, clock=ManualClock(NOW)
        )
        notifier.send(MESSAGE)
        (posted,) = server.posted
    assert int(posted.headers["webhook-timestamp"]) == int(NOW.timestamp())
    with pytest.raises(InputError, match="too old"):
        verify_webhook(posted.body, posted.headers, [SECRET], NOW + timedelta(seconds=301))


def test_rotation():
    """With two secrets the receiver may know either; who knows neither takes nothing."""
    with HookServer() as server:
        opened(server, secret=f"{SECRET}&secret={OTHER}").send(MESSAGE)
        (posted,) = server.posted
    now = datetime.now(UTC)
    for secret in (SECRET, OTHER):
        standardwebhooks.Webhook(secret).verify(posted.body, posted.headers)
        assert verify_webhook(posted.body, posted.headers, [secret], now) == "tsk_1"
    third = "whsec_" + base64.b64encode(b"z" * 24).decode()
    with pytest.raises(InputError, match="is wrong"):
        verify_webhook(posted.body, posted.headers, [third], now)
    assert verify_webhook(posted.body, posted.headers, [third, OTHER], now) == "tsk_1"


# --- signing and verifying ---


@given(
    body=st.binary(max_size=300),
    id=st.from_regex(r"[A-Za-z0-9_-]{1,40}", fullmatch=True),
    key=st.binary(min_size=24, max_size=64),
)
def test_what_is_signed_is_verified(body, id, key):
    """Whatever was signed is verified, and not when one bit of the body, or another id, is put in its place."""
    secret = "whsec_" + base64.b64encode(key).decode()
    headers = webhook_headers(id, body, [secret], NOW)
    assert verify_webhook(body, headers, [secret], NOW) == id
    for other, others in ((body + b"x", headers), (body, {**headers, "webhook-id": id + "x"})):
        with pytest.raises(InputError):
            verify_webhook(other, others, [secret], NOW)


@given(
    text=st.text(st.characters(exclude_categories=["Cs"]), max_size=100),
    id=st.from_regex(r"[a-z0-9_]{1,20}", fullmatch=True),
)
def test_the_official_package_agrees(text, id):
    """The official package takes what is signed here, and what it signs is taken here."""
    now, body = datetime.now(UTC), json.dumps({"x": text}).encode()
    official = standardwebhooks.Webhook(SECRET)
    official.verify(body, webhook_headers(id, body, [SECRET], now))
    headers = {
        "Webhook-Id": id,
        "Webhook-Timestamp": str(int(now.timestamp())),
        "Webhook-Signature": official.sign(id, now, body.decode()),
    }
    assert verify_webhook(body, headers, [SECRET], now) == id


def signed(**headers: str) -> dict[str, str]:
    return {**webhook_headers("tsk_1", BODY, [SECRET], NOW), **headers}


GOOD = signed()["webhook-signature"]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"webhook-id": "tsk_1"},
        signed(**{"webhook-signature": ""}),
        signed(**{"webhook-signature": "v1,"}),
        signed(**{"webhook-signature": GOOD[:-1]}),
        signed(**{"webhook-signature": GOOD.removeprefix("v1,")}),
        signed(**{"webhook-signature": GOOD.replace("v1,", "v1a,")}),
        signed(**{"webhook-signature": "v1,é"}),
        signed(**{"webhook-signature": "v1,x " * 20 + GOOD}),
        signed(**{"webhook-timestamp": str(int(NOW.timestamp()) + 1)}),
        signed(**{"webhook-timestamp": "nan"}),
        signed(**{"webhook-timestamp": "-1"}),
        signed(**{"webhook-timestamp": "٣"}),
        signed(**{"webhook-timestamp": "9" * 5000}),
        signed(**{"webhook-id": ""}),
        signed(**{"webhook-id": "tsk_2"}),
        signed(**{"webhook-id": "a\nb"}),
        signed(**{"webhook-id": "x" * 300}),
    ],
)
def test_what_is_not_verified(headers):
    """A header that is missing, changed or makes no sense is an InputError, whatever it is."""
    with pytest.raises(InputError):
        verify_webhook(BODY, headers, [SECRET], NOW)


@pytest.mark.parametrize(("after", "good"), [(-301, False), (-300, True), (300, True), (301, False)])
def test_the_window(after, good):
    """A webhook is good for five minutes, into the past and the future."""
    now = NOW + timedelta(seconds=after)
    if good:
        assert verify_webhook(BODY, signed(), [SECRET], now) == "tsk_1"
    else:
        with pytest.raises(InputError):
            verify_webhook(BODY, signed(), [SECRET], now)
    assert verify_webhook(BODY, signed(), [SECRET], now, tolerance=301) == "tsk_1"


def test_an_oversized_webhook():
    """A body that is longer than is allowed is refused before anything is computed of it."""
    with pytest.raises(InputError, match="longer than 10 bytes"):
        verify_webhook(BODY, signed(), [SECRET], NOW, most=10)


@pytest.mark.parametrize(
    "secret", ["", "whsec_", "whsec_aaaa", "whsec_é", SECRET.removeprefix("whsec_"), "whsec_" + "A" * 100]
)
def test_secrets_that_are_none(secret):
    """What is no secret of 24 to 64 bytes is refused, here and in a URL, and is not repeated."""
    with pytest.raises(InputError) as caught:
        verify_webhook(BODY, signed(), [secret], NOW)
    with pytest.raises(InputError):
        verify_webhook(BODY, signed(), [], NOW)
    with pytest.raises(UrlError) as refused:
        open_webhook(BackendUrl.parse(f"webhook+https://h.example?secret={secret}"))
    assert len(secret) < 8 or (secret not in str(caught.value) and secret not in str(refused.value))


# --- faults ---


@pytest.mark.parametrize(
    ("word", "retryable", "kept"),
    [(code, code in ("408", "429"), 0) for code in ("400", "401", "404", "408", "410", "413", "429")]
    + [(code, True, 0) for code in ("500", "502", "503", "504", "599")]
    + [(code, False, 0) for code in ("301", "302", "307", "308")]
    + [("cut before", True, 0), ("hang before", True, 0), ("cut after", True, 1), ("hang after", True, 1)],
)
def test_faults(word, retryable, kept):
    """408, 429, 5xx, cuts and hangs may be tried again, other 4xx and redirects may not; then the next goes out."""
    with HookServer((word,)) as server:
        notifier = opened(server, timeout="0.3")
        problem = failure(notifier)
        assert problem.retryable is retryable
        assert len(server.posted) == kept
        assert server.asked == 1  # a redirect was not followed
        notifier.send(MESSAGE)
        assert len(server.posted) == kept + 1
        assert {one.headers["webhook-id"] for one in server.posted} == {"tsk_1"}


@pytest.mark.parametrize("word", ["200", "201", "202", "204"])
def test_what_is_taken(word):
    """Any 2xx is taken as received."""
    with HookServer((word,)) as server:
        opened(server).send(MESSAGE)
        assert len(server.posted) == 1


@pytest.mark.parametrize(
    "answer", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 x y\r\n\r\n", b"HTTP/1.1 200 " + b"x" * 70_000, b"\xff" * 100]
)
def test_servers_that_make_no_sense(answer):
    """Whatever comes back instead of an answer is an error that may be tried again."""

    def talk(connection):
        connection.recv(100_000)
        connection.sendall(answer)

    with raw_server(talk) as port:
        assert failure(WebhookNotifier("localhost", "/", [Secret(SECRET)], port=port, tls=None, timeout=2)).retryable


@pytest.mark.parametrize("drips", [b"H", b"HTTP/1.1 100 Continue\r\n\r\n"])
def test_a_server_that_drips(drips):
    """A server that answers a byte now and then, for ever, is left when the time is over."""
    with raw_server(dripping(drips, 0.01)) as port:
        notifier = WebhookNotifier("localhost", "/", [Secret(SECRET)], port=port, tls=None, timeout=2, deadline=0.3)
        begun = time.monotonic()
        problem = failure(notifier)
    assert problem.retryable
    assert time.monotonic() - begun < 30


def test_nobody_is_there():
    """A receiver that is not there may be tried again."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    assert failure(WebhookNotifier("localhost", "/", [Secret(SECRET)], port=port, tls=None)).retryable


def test_a_certificate_that_nobody_trusts():
    """A certificate that is not accepted is an error that may be tried again; nothing was sent."""
    with HookServer(tls=True) as server:
        notifier = open_webhook(BackendUrl.parse(f"webhook+https://localhost:{server.port}?secret={SECRET}"))
        problem = failure(notifier)
        assert problem.retryable
        assert "SSLCertVerificationError" in str(problem)
        assert server.asked == 0


@pytest.mark.parametrize(
    "parts",
    [{"subject": "\ud800"}, {"to": "\ud800"}, {"key": "\ud800"}, {"text": "x" * 1_000_001}, {"to": "x" * 2_000_001}],
)
def test_messages_that_are_refused(parts):
    """A lone surrogate and an endless text are refused for good, before a connection."""
    with HookServer() as server:
        assert not failure(opened(server), attrs.evolve(MESSAGE, **parts)).retryable
        assert server.asked == 0


# --- URLs and secrets ---


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("webhook+https://h.example", "needs the option secret"),
        (f"webhook+https://?secret={SECRET}", "needs one host"),
        (f"webhook+https://a:b@h.example?secret={SECRET}", "takes no user"),
        (f"webhook+http://h.example?secret={SECRET}", "for this machine alone"),
        (f"webhook+http://localhost.example?secret={SECRET}", "for this machine alone"),
        (f"webhook+http://localhost?secret={SECRET}&cafile=x", "no option 'cafile'"),
        (f"webhook+https://h.example?secret={SECRET}&cafile=/no/such", "cannot be read"),
        (f"webhook+https://h.example?secret={SECRET}&timeout=-1", "number of seconds"),
        ("webhook+https://h.example?secret=env:NOT_SET", "NOT_SET is not set"),
    ],
)
def test_urls_that_are_refused(url, words):
    """What is unknown, missing or unsafe in a URL is an error when it is opened, which shows no secret."""
    with pytest.raises(UrlError, match=words) as caught:
        Registry.load(entry_points=False).notifier(url)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.9.1", "[::1]"])
def test_this_machine(host):
    """Without TLS this machine is taken, by any of its names."""
    assert open_webhook(BackendUrl.parse(f"webhook+http://{host}:9?secret={SECRET}"))


def test_the_secret_shows_nowhere(monkeypatch, caplog):
    """A secret is read when it is needed, and neither printed nor in an error or a log."""
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("TEST_HOOK_SECRET", SECRET)
    with HookServer(("500",)) as server:
        notifier = opened(server, secret="env:TEST_HOOK_SECRET")
        shown = [repr(notifier), str(failure(notifier))]
        monkeypatch.setenv("TEST_HOOK_SECRET", OTHER)
        notifier.send(MESSAGE)
        assert verify_webhook(server.posted[0].body, server.posted[0].headers, [OTHER], datetime.now(UTC))
        monkeypatch.delenv("TEST_HOOK_SECRET")
        gone = failure(notifier)
    assert gone.retryable
    text = " ".join([*shown, str(gone), caplog.text])
    assert [one for one in (SECRET, OTHER, SECRET[6:], OTHER[6:]) if one in text] == []
