"""Secrets of URLs are seen by nobody: not in dicts of attrs, not in pickles, not in tracebacks with local values."""

from __future__ import annotations

import copy
import hashlib
import hmac
import json
import pickle
import socket
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import attrs
import pytest

from cantinekit import Registry
from cantinekit.backends.notices import verify_webhook, webhook_headers
from cantinekit.errors import CantineError, GatewayError, InputError, NotifierError
from cantinekit.money import Money
from cantinekit.plugins.ports import ChargeRequest, Message, RefundRequest
from cantinekit.urls import MASK, BackendUrl, Secret

SECRET = "s3cr3tOfTheHouse"
KEY = f"sk_test_{SECRET}"
SIGNS = "whsec_" + "czNjcjN0T2ZUaGVIb3VzZUFuZE1vcmVPZkl0"
NOW = datetime(2026, 11, 3, 9, tzinfo=UTC)
MESSAGE = Message(key="m1", to="ana@example.org", subject="Hello", text="Hello", lang="en", template="t")
CHARGE = ChargeRequest("k1", Money(1_000, "EUR"), "chg", "asso", return_url="https://example.org/back")


def shown(error: BaseException) -> str:
    """The traceback with the local values of the frames below this file's, as tools that collect errors write it."""
    found = traceback.TracebackException.from_exception(error, capture_locals=True)
    found.stack = traceback.StackSummary.from_list([one for one in found.stack if one.filename != __file__])
    return "".join(found.format())


@pytest.fixture
def port() -> int:
    """A port at which nobody listens."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def test_a_secret_in_a_dict_is_masked() -> None:
    """``attrs.asdict`` and ``astuple`` of a URL hold secrets that show the mask, for the password and every option."""
    url = BackendUrl.parse(f"smtp://ana:{SECRET}@mail.example.org?token={SECRET}&from=a@example.org")
    for made in (attrs.asdict(url), attrs.astuple(url), vars_of(url)):
        assert SECRET not in repr(made)
        assert MASK in repr(made)
    with pytest.raises(TypeError):
        json.dumps(attrs.asdict(url))
    assert url.option("token") == SECRET
    assert dict(url.options)["token"] == SECRET
    assert [one.reveal() for one in url.secrets("token")] == [SECRET]


def vars_of(url: BackendUrl) -> dict[str, Any]:
    """All that is in its slots."""
    return {name: getattr(url, name) for name in url.__slots__ if name != "__weakref__"}


def test_the_control_sees_a_secret_that_is_no_secret() -> None:
    """Control: a record that keeps its secret in a field shows it in its dict, its pickle and a traceback."""

    @attrs.frozen
    class Plain:
        _text: str

    assert SECRET in repr(attrs.asdict(Plain(SECRET)))
    assert SECRET in pickle.dumps({"text": SECRET}).decode("latin-1")
    with pytest.raises(json.JSONDecodeError) as caught:
        json.loads(SECRET)
    assert SECRET in shown(caught.value)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_secret_is_not_pickled(protocol: int) -> None:
    """A secret refuses to be pickled, and so does a URL, which holds some: the error says what to send instead."""
    for value in (Secret(SECRET), Secret("env:NAME"), BackendUrl.parse(f"x://u:{SECRET}@h"), {"a": Secret("b")}):
        with pytest.raises(TypeError, match="not pickled"):
            pickle.dumps(value, protocol)


def test_a_secret_stays_what_it_is() -> None:
    """It does not change, is copied as itself, equal by its text, and usable as a key."""
    secret = Secret(SECRET)
    with pytest.raises(AttributeError):
        secret._text = "other"
    with pytest.raises(AttributeError):
        del secret._text
    assert copy.copy(secret) is secret
    assert copy.deepcopy([secret])[0] is secret
    assert {secret: 1}[Secret(SECRET)] == 1
    assert secret != SECRET
    assert not hasattr(secret, "__dict__")


BAD = [
    f"nobody://u:{SECRET}@h",
    f"sqlite://u:{SECRET}@h:port/x",
    f"X://{SECRET}",
    f"x://{SECRET}#",
    f"x://?a={SECRET}&b",
    f"stripe://?key={SECRET}",
    f"stripe://?key={KEY}&wrong=1",
    f"stripe://?key={KEY}&webhook={SECRET}&timeout=x",
    f"helloasso://x?client_id={SECRET}&client_secret={SECRET}&server=example.org",
    f"helloasso://x?client_id={SECRET}",
    f"fake://?secret={SECRET}&secret=",
    f"webhook+https://example.org?secret={SECRET}",
    f"webhook+https://example.org?secret={SIGNS}&secret={SECRET}",
    f"apprise://?target={SECRET}",
    f"apprise://?target={SECRET}&target={SECRET}",
    f"smtp://u:{SECRET}é@example.org?from=a@example.org",
    f"smtp://u:{SECRET}@example.org?from=nobody",
    f"smtp://u:{SECRET}@example.org?from=a@example.org&starttls=no",
    f"postgresql://u:{SECRET}@h/db?pool_max=x",
    f"postgresql://u:{SECRET}@h/db?schema=X",
]


@pytest.mark.parametrize("url", BAD)
def test_a_url_that_is_refused_is_in_no_traceback(url: str) -> None:
    """Nothing of the library that refuses a URL holds a secret of it in a local value when the error is raised."""
    registry = Registry.load(entry_points=False)
    open = {"stripe": registry.gateway, "helloasso": registry.gateway, "fake": registry.gateway}
    open |= {"smtp": registry.notifier, "apprise": registry.notifier, "webhook+https": registry.notifier}
    with pytest.raises(CantineError) as caught:
        open.get(url.partition("://")[0], registry.storage)(url)
    assert SECRET not in shown(caught.value)


@pytest.mark.parametrize(
    ("url", "ask"),
    [
        ("stripe://127.0.0.1:{port}?key=" + KEY + "&retries=0", lambda it: it.charge(CHARGE)),
        ("stripe://127.0.0.1:{port}?key=" + KEY + "&retries=0", lambda it: it.lookup("k1")),
        (
            f"helloasso://x?client_id={SECRET}&client_secret={SECRET}&server=127.0.0.1:{{port}}",
            lambda it: it.charge(CHARGE),
        ),
        (
            f"helloasso://x?client_id={SECRET}&client_secret={SECRET}&server=127.0.0.1:{{port}}",
            lambda it: it.refund(RefundRequest("r1", "k1", "1", Money(1_000, "EUR"))),
        ),
        (f"smtp://u:{SECRET}@localhost:{{port}}?from=a@example.org&starttls=no", lambda it: it.send(MESSAGE)),
        (f"webhook+http://127.0.0.1:{{port}}?secret={SIGNS}", lambda it: it.send(MESSAGE)),
        (f"apprise://?target=json://u:{SECRET}@127.0.0.1:{{port}}", lambda it: it.send(MESSAGE)),
    ],
)
def test_a_call_that_fails_shows_no_secret(url: str, ask: Callable[[Any], object], port: int) -> None:
    """A call that gets no answer raises an error in whose frames no secret is, nor in those of what it came from."""
    registry = Registry.load(entry_points=False)
    pays = url.startswith(("stripe", "helloasso"))
    it: Any = registry.gateway(url.format(port=port)) if pays else registry.notifier(url.format(port=port))
    with pytest.raises((GatewayError, NotifierError)) as caught:
        ask(it)
    text = shown(caught.value)
    assert SECRET not in text
    assert SIGNS.removeprefix("whsec_") not in text


def test_signatures_of_webhooks_show_neither_secrets_nor_what_would_be_right() -> None:
    """Where a signature is wrong, or a secret is none, no frame has a secret or the signature that was wanted."""
    wanted = webhook_headers("m1", b"{}", [SIGNS], NOW)["webhook-signature"].removeprefix("v1,")
    headers = {"webhook-id": "m1", "webhook-timestamp": str(int(NOW.timestamp())), "webhook-signature": "v1,x"}
    for secrets in ([SIGNS], [SECRET], [SIGNS, SECRET]):
        with pytest.raises(InputError) as caught:
            verify_webhook(b"{}", headers, list(secrets), NOW)
        text = shown(caught.value)
        assert SECRET not in text
        assert SIGNS not in text
        assert wanted not in text
    with pytest.raises(InputError) as caught:
        webhook_headers("m1", b"{}", [SECRET], NOW)
    assert SECRET not in shown(caught.value)


@pytest.mark.parametrize(
    "url", [f"fake://?secret={SECRET}", f"helloasso://x?client_id=a&client_secret=b&signature_key={SECRET}"]
)
def test_a_wrong_signature_of_a_gateway_shows_nothing(url: str) -> None:
    """A gateway that refuses a signature has in no frame the secret or the signature that would be right."""
    gateway = Registry.load(entry_points=False).gateway(url)
    seconds = int(NOW.timestamp())
    signed = {"fake": f"{seconds}.".encode() + b"{}", "hell": b"{}"}[url[:4]]
    wanted = hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
    headers = {"Fake-Signature": f"t={seconds},v1=00", "x-ha-signature": "00"}
    with pytest.raises(GatewayError, match="wrong") as caught:
        gateway.read_webhook(b"{}", headers, NOW)
    text = shown(caught.value)
    assert SECRET not in text
    assert wanted not in text
