"""Whoever answers cannot hold a call up, fill the memory or send it elsewhere: real servers on this machine."""

from __future__ import annotations

import gc
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import attrs
import pytest
import stripe

from cantinekit import Registry
from cantinekit.backends import connection as _connection
from cantinekit.backends import http
from cantinekit.backends.notices import _smtp
from cantinekit.backends.stripe import _client
from cantinekit.errors import BackendError, UrlError
from cantinekit.money import Money
from cantinekit.plugins.ports import ChargeRequest, Message
from support.servers.mail_server import raw_server

SIGNS = "whsec_czNjcjN0T2ZUaGVIb3VzZUFuZE1vcmVPZkl0"
CHARGE = ChargeRequest("k1", Money(1_000, "EUR"), "chg", "asso", "Day", "https://cantine.invalid/paid")
MESSAGE = Message("m1", "ana@example.org", "Hello", "Hello\n", "en", "t")
IN_TIME = 30.0
"""Seconds for calls that have one or two, on a busy machine; the servers here go on for a minute or for ever."""
MUCH = 40_000_000
"""Bytes: the bound on an answer, with what lies in buffers on the way, many times over."""

URLS = {
    "stripe": "stripe://127.0.0.1:{port}?key=sk_test_abcd1234&timeout=1&retries=0",
    "stripe, tried again": "stripe://127.0.0.1:{port}?key=sk_test_abcd1234&timeout=2&retries=3",
    "helloasso": "helloasso://x?client_id=a&client_secret=b&timeout=1&server=127.0.0.1:{port}",
    "webhook": f"webhook+http://127.0.0.1:{{port}}/hook?secret={SIGNS}&deadline=1",
    "apprise": "apprise://?target=json://127.0.0.1:{port}/x&deadline=1",
    "smtp": "smtp://127.0.0.1:{port}?from=a@example.org&starttls=no&deadline=1",
}
HTTP = [name for name in URLS if name != "smtp"]


def call(name: str, port: int, *, patient: bool = False) -> BackendError:
    """One call of a backend to a port at which nobody answers as they should; the error.

    ``patient``: it waits for long, where an answer comes and what it is counts.
    """
    registry, url = Registry.load(entry_points=False), URLS[name].format(port=port)
    if patient:
        url = url.replace("timeout=1", "timeout=60").replace("deadline=1", "deadline=60")
    asked: Callable[[], object]
    if name.startswith(("stripe", "helloasso")):
        gateway = registry.gateway(url)
        means = "pm_card_visa" if name.startswith("stripe") else ""
        asked = lambda: gateway.charge(attrs.evolve(CHARGE, means=means))  # noqa: E731
    else:
        notifier = registry.notifier(url)
        asked = lambda: notifier.send(MESSAGE)  # noqa: E731
    with pytest.raises(BackendError) as caught:
        asked()
    return caught.value


def heard(connection: socket.socket) -> None:
    """Read a whole request: who closes with something unread resets the connection."""
    found = b""
    while b"\r\n\r\n" not in found:
        piece = connection.recv(65_536)
        if not piece:
            return
        found += piece
    head, _, rest = found.partition(b"\r\n\r\n")
    length = next((line[15:] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), b"0")
    left = int(length) - len(rest)
    while left > 0:
        left -= len(connection.recv(left)) or left


def dripping(head: bytes, drop: bytes, *, mail: bool = False) -> Callable[[socket.socket], None]:
    """Answers with a head at once and then with a drop now and then, for a minute."""

    def talk(connection: socket.socket) -> None:
        if not mail:
            heard(connection)
        connection.sendall(head)
        end = time.monotonic() + 60
        while time.monotonic() < end:
            connection.sendall(drop)
            time.sleep(0.05)

    return talk


class Flood:
    """Answers without an end, as fast as it is read, up to 700 MB; ``sent``: how many bytes went away."""

    def __init__(self, head: bytes, piece: bytes, *, mail: bool = False, most: int = 700_000_000) -> None:
        self.head, self.piece, self.mail, self.most = head, piece, mail, most
        self.sent = 0

    def __call__(self, connection: socket.socket) -> None:
        if not self.mail:
            heard(connection)
        connection.sendall(self.head)
        while self.sent < self.most:
            connection.sendall(self.piece)
            self.sent += len(self.piece)


DRIPS = [
    pytest.param(dripping(b"HTTP/1.1 200 OK\r\nX: ", b"a"), id="the head"),
    pytest.param(dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n", b" "), id="the body"),
    pytest.param(dripping(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"), id="chunks"),
    pytest.param(dripping(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), id="promises"),
]


@pytest.mark.parametrize("name", [*HTTP, "smtp"])
@pytest.mark.parametrize("talk", DRIPS)
def test_an_answer_that_comes_drop_by_drop_ends(name: str, talk: Callable[[socket.socket], None]) -> None:
    """A server that sends a little now and then does not hold a call up for longer than its deadline, with its
    repeats; that may be tried again. To the receiver of a webhook only the head is read."""
    if name == "smtp":
        talk = dripping(b"220-hello", b"a", mail=True)
    with raw_server(talk) as port:
        began = time.monotonic()
        if name == "webhook" and talk in (DRIPS[1].values[0], DRIPS[2].values[0]):
            Registry.load(entry_points=False).notifier(URLS[name].format(port=port)).send(MESSAGE)
        else:
            assert call(name, port).retryable
        assert time.monotonic() - began < IN_TIME


@pytest.mark.parametrize("name", ["stripe", "helloasso"])
@pytest.mark.parametrize(
    "head", [b"HTTP/1.1 200 OK\r\nContent-Length: 700000000\r\n\r\n", b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"]
)
def test_an_answer_that_is_huge_is_not_read(name: str, head: bytes) -> None:
    """Of an answer of 700 MB only so much is read as an answer may have; what became of the call is not known."""
    flood = Flood(head, b"[" * 65_536)
    with raw_server(flood) as port:
        assert call(name, port, patient=True).retryable
    assert 0 < flood.sent < MUCH


def test_a_mail_server_that_talks_without_end() -> None:
    """Of a reply with lines without an end 64 KiB are read."""
    flood = Flood(b"", b"220-" + b"x" * 500 + b"\r\n", mail=True)
    with raw_server(flood) as port:
        assert call("smtp", port, patient=True).retryable
    assert 0 < flood.sent < MUCH


REFUSED = b'{"error": {"type": "invalid_request_error", "code": "parameter_invalid"}}'


@pytest.mark.parametrize("name", ["stripe", "helloasso"])
@pytest.mark.parametrize(
    ("head", "whole"),
    [
        (b"Content-Length: %d\r\n\r\n" % len(REFUSED), True),
        (b"Content-Length: %d\r\n\r\n" % (len(REFUSED) + 1), False),
        (b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % (len(REFUSED) + 1), False),
        (b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % len(REFUSED), False),
    ],
    ids=["whole", "a byte less than it says", "a chunk that is cut", "no chunk after the first"],
)
def test_an_answer_that_is_cut_short_is_no_answer(name: str, head: bytes, whole: bool) -> None:
    """A refusal that ends before its length, or before its last chunk, decides nothing, though what came of it can be
    read: it may be tried again, as if nothing had come. The control: the same refusal, whole, is final."""

    def talk(connection: socket.socket) -> None:
        heard(connection)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n" + head + REFUSED)

    with raw_server(talk) as port:
        error = call(name, port, patient=True)
    assert (error.retryable, "no answer" in str(error)) == (not whole, not whole)


@pytest.mark.parametrize("name", HTTP)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(name: str, status: int) -> None:
    """Nobody sends a call elsewhere: the server that a redirect names gets nothing, above all no key."""
    with elsewhere() as (asked, there), raw_server(redirecting(status, there)) as port:
        call(name, port, patient=True)
        time.sleep(0.1)
    assert asked == []


@contextmanager
def elsewhere() -> Iterator[tuple[list[bytes], int]]:
    """A server to which nobody should come: what it was asked, and its port."""
    asked: list[bytes] = []

    def talk(connection: socket.socket) -> None:
        asked.append(connection.recv(65_536))
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

    with raw_server(talk) as port:
        yield asked, port


def redirecting(status: int, to: int) -> Callable[[socket.socket], None]:
    """Sends whoever comes to another port."""

    def talk(connection: socket.socket) -> None:
        heard(connection)
        head = f"HTTP/1.1 {status} Moved\r\nLocation: http://127.0.0.1:{to}/v1/x\r\nContent-Length: 0\r\n\r\n"
        connection.sendall(head.encode())

    return talk


def endless(connection: socket.socket) -> None:
    """Answers each request with a page of a list after which there is another one."""
    heard(connection)
    payment = {
        "id": "pi_1", "object": "payment_intent", "metadata": {}, "currency": "eur", "amount": 1, "amount_received": 0,
        "status": "canceled", "created": 1, "latest_charge": None, "next_action": None, "cancellation_reason": None,
        "last_payment_error": None,
    }  # fmt: skip
    body = json.dumps({"object": "list", "url": "/v1/payment_intents", "data": [payment], "has_more": True}).encode()
    connection.sendall(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)


def test_a_list_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """A list that goes on for ever, page by page, each in time, does not hold a lookup up: all of a call has an end."""
    monkeypatch.setattr(http, "LONGEST_CALL", 1.5)
    with raw_server(endless) as port:
        gateway = Registry.load(entry_points=False).gateway(URLS["stripe"].format(port=port))
        began = time.monotonic()
        with pytest.raises(BackendError) as caught:
            gateway.lookup("k1")
        assert caught.value.retryable
        assert 1.4 < time.monotonic() - began < IN_TIME


def test_a_request_has_no_more_time_than_its_call() -> None:
    """A request that may take a minute by itself ends with the block of requests that it is in, and a block with the
    one around it. The control: a block that has longer leaves the request its own time."""
    with raw_server(DRIPS[1].values[0]) as port:
        for block, own in ((0.5, 60), (60, 0.5)):
            began = time.monotonic()
            with http.within(block), http.within(90):
                assert http.seconds_left() <= block
                found = http.exchange("127.0.0.1", port, None, "GET", "/", None, {}, own)
            assert found == "the time is over"
            assert time.monotonic() - began < IN_TIME


def test_a_proxy_is_passed_by_where_the_environment_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """``HTTPS_PROXY`` names the proxy, and ``NO_PROXY`` the hosts that are reached without it."""
    for name in ("https_proxy", "no_proxy"):  # these go before those in capitals
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example.org:3128")
    monkeypatch.setenv("NO_PROXY", "direct.example.org")
    assert http.proxy_for("direct.example.org") is None
    assert http.proxy_for("other.example.org") == http.Proxy("proxy.example.org", 3128)


# --- controls: what the bounds are for ---


@pytest.fixture
def as_the_sdk_does(monkeypatch: pytest.MonkeyPatch) -> None:
    """``stripe://`` over the SDK's own client of HTTP."""
    monkeypatch.setattr(_client, "Transport", lambda: stripe.RequestsClient(timeout=1))


@pytest.mark.usefixtures("as_the_sdk_does")
def test_the_control_waits_for_each_drop() -> None:
    """Control: the SDK's own client waits for as long as drops come, here for three seconds, whatever its timeout."""

    def talk(connection: socket.socket) -> None:
        heard(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 60\r\n\r\n")
        for _ in range(60):
            connection.sendall(b" ")
            time.sleep(0.05)

    with raw_server(talk) as port:
        began = time.monotonic()
        call("stripe", port)
        assert time.monotonic() - began > 2.5


@pytest.mark.usefixtures("as_the_sdk_does")
def test_the_control_reads_all() -> None:
    """Control: the SDK's own client reads an answer of 60 MB whole."""
    flood = Flood(b"HTTP/1.1 200 OK\r\nContent-Length: 60030976\r\n\r\n", b"[" * 65_536, most=60_000_000)
    with raw_server(flood) as port:
        call("stripe", port)
    assert flood.sent >= 60_000_000


@pytest.mark.usefixtures("as_the_sdk_does")
def test_the_control_follows() -> None:
    """Control: the SDK's own client goes where a redirect points."""
    with elsewhere() as (asked, there), raw_server(redirecting(307, there)) as port:
        call("stripe", port)
    assert asked != []


def test_the_control_reads_every_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Control: without a bound on a reply far more of it is read."""
    monkeypatch.setattr(_smtp, "_MAX_REPLY", 1 << 62)
    flood = Flood(b"", b"220-" + b"x" * 500 + b"\r\n", mail=True)
    with raw_server(flood) as port:
        call("smtp", port)
    assert flood.sent > 20 * 65_536


def test_a_name_that_is_looked_up_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """A resolver that does not answer holds nobody up for longer than the deadline."""

    answers = threading.Event()

    def slow(*given: Any, **more: Any) -> Any:
        answers.wait(60)
        return []

    monkeypatch.setattr(_connection.socket, "getaddrinfo", slow)
    began = time.monotonic()
    url = f"webhook+https://hooks.example.org/x?secret={SIGNS}&deadline=0.5"
    with pytest.raises(BackendError) as caught:
        Registry.load(entry_points=False).notifier(url).send(MESSAGE)
    assert caught.value.retryable
    assert time.monotonic() - began < IN_TIME
    answers.set()


def test_late_calls_of_apprise_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Apprise knows no deadline: while many of its calls go on that nobody waits for, none is begun."""
    from cantinekit.backends.notices import _apprise

    monkeypatch.setattr(_apprise, "MAX_LATE", 2)
    with raw_server(DRIPS[1].values[0]) as port:
        notifier = Registry.load(entry_points=False).notifier(URLS["apprise"].format(port=port).replace("=1", "=0.3"))
        said = []
        for _ in range(3):
            with pytest.raises(BackendError) as caught:
                notifier.send(MESSAGE)
            said.append(str(caught.value))
    assert said[:2] == ["apprise did not send the message in time"] * 2
    assert "2 earlier messages" in said[2]


# --- what an answer or a URL holds ---

ODD = [b"[" * 200_000, b'{"a":' * 100_000, b"9" * 5_000, b'{"id": ' + b"9" * 5_000 + b"}", b"\xff\xfe\x00", b"NaN", b""]


@pytest.fixture
def no_collection() -> Iterator[None]:
    """What earlier tests have left is not thrown away where the stack is full: finalizers would have no room there."""
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("no_collection")
@pytest.mark.parametrize("name", ["stripe", "helloasso"])
@pytest.mark.parametrize("status", [200, 400, 500])
@pytest.mark.parametrize("body", ODD, ids=[str(number) for number in range(len(ODD))])
def test_an_answer_that_no_parser_takes(name: str, status: int, body: bytes) -> None:
    """An answer that is nested deeper than the stack, has integers of over 4,300 digits or is no JSON is a typed error,
    and its text repeats nothing of it."""

    def talk(connection: socket.socket) -> None:
        heard(connection)
        connection.sendall(f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)

    with raw_server(talk) as port:
        error = call(name, port)
    assert len(str(error)) < 200
    assert "no answer" not in str(error)
    assert error.retryable or status == 400


DIGITS = "9" * 5_000


@pytest.mark.parametrize(
    "url",
    [
        f"x://h:{DIGITS}/a",
        f"x://[{DIGITS}]/",
        f"stripe://?key=sk_test_abcd1234&timeout={DIGITS}",
        f"stripe://127.0.0.1:{DIGITS}?key=sk_test_abcd1234",
        f"helloasso://x?client_id=a&client_secret=b&timeout={DIGITS}",
        f"helloasso://x?client_id=a&client_secret=b&server=127.0.0.1:{DIGITS}",
        f"smtp://h?from=a@example.org&deadline={DIGITS}",
        f"webhook+https://h?secret={SIGNS}&timeout={DIGITS}",
        f"apprise://?target=json://h&deadline={DIGITS}",
        f"sqlite:///x?timeout={DIGITS}",
        f"postgresql://h/d?pool_max={DIGITS}",
        f"postgresql://h/d?port={DIGITS}",
        f"postgresql://h/d?connect_timeout={DIGITS}",
        f"fake://?lose_answer={DIGITS}",
        f"console://?stream={DIGITS}",
    ],
    ids=lambda url: url.partition("9999")[0],
)
def test_a_url_with_a_number_that_python_does_not_read(url: str) -> None:
    """A port or an option of 5,000 digits is an error of the URL, which is short."""
    registry, scheme = Registry.load(entry_points=False), url.partition("://")[0]
    opened: Callable[[str], object] = registry.storage
    if scheme in ("stripe", "helloasso", "fake"):
        opened = registry.gateway
    elif scheme in ("smtp", "webhook+https", "apprise", "console"):
        opened = registry.notifier
    with pytest.raises(UrlError) as caught:
        opened(url)
    assert len(str(caught.value)) < 300
