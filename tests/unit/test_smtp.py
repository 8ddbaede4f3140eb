"""Mails through a real server (aiosmtpd): what arrives, what is refused, and what each fault comes to."""

from __future__ import annotations

import logging
import socket
import ssl
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import attrs
import pytest

from cantinekit.backends.connection import Deadline
from cantinekit.backends.notices import Sender, SmtpNotifier, open_smtp
from cantinekit.backends.notices._checks import mail_address
from cantinekit.clock import ManualClock
from cantinekit.errors import InputError, NotifierError, UrlError
from cantinekit.plugins.ports import Message, Notifier
from cantinekit.plugins.registry import Registry
from cantinekit.urls import BackendUrl, Secret
from support.servers.mail_server import CERTIFICATE, PASSWORD, USER, MailServer, dripping, raw_server

NOW = datetime(2026, 11, 26, 17, 30, tzinfo=UTC)
SENDER = Sender("bonjour@cantine.example.org", "La Cantine", "accueil@cantine.example.org")
MESSAGE = Message("tsk_1", "zoe@example.org", "Réservation confirmée", "Bonjour Zoé,\n\nà demain.\n", "fr", "x")


@pytest.fixture(autouse=True)
def _password(monkeypatch):
    monkeypatch.setenv("TEST_SMTP_PASSWORD", PASSWORD)


def opened(server: MailServer, **options: str) -> SmtpNotifier:
    return open_smtp(BackendUrl.parse(server.url(**options)))


def to_port(port: int, **options) -> SmtpNotifier:
    values = {"port": port, "tls": "none", "timeout": 2.0, "deadline": 4.0, **options}
    return SmtpNotifier("localhost", SENDER, **values)


def failure(notifier: Notifier, message: Message = MESSAGE) -> NotifierError:
    with pytest.raises(NotifierError) as caught:
        notifier.send(message)
    assert caught.value.__cause__ is caught.value.__context__ is None  # no text of the server hangs on it
    return caught.value


# --- what arrives ---


def test_a_mail_as_it_arrives():
    """All headers are there, the date is the clock's, and subject and text come out as they were written."""
    with MailServer() as server:
        notifier = SmtpNotifier("localhost", SENDER, port=server.port, tls="none", clock=ManualClock(NOW))
        assert isinstance(notifier, Notifier)
        notifier.send(MESSAGE)
        (taken,) = server.taken
    assert (taken.sender, taken.to) == ("bonjour@cantine.example.org", ("zoe@example.org",))
    mail = taken.mail
    assert str(mail["From"]) == "La Cantine <bonjour@cantine.example.org>"
    assert [str(mail[name]) for name in ("To", "Reply-To", "Subject", "Message-ID", "Content-Language")] == [
        "zoe@example.org",
        "accueil@cantine.example.org",
        "Réservation confirmée",
        "<tsk_1@cantine.example.org>",
        "fr",
    ]
    assert parsedate_to_datetime(mail["Date"]) == NOW
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_content_type() == "text/plain"
    assert taken.text == MESSAGE.text
    assert max(map(len, taken.content.splitlines())) < 100
    assert taken.content.isascii()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        ".\n..\n.x\n",
        "From here\n",
        "\n\nlast\n\n",
        "é" * 5000 + "\n",
        "😀 « guillemets »\u00a0!\n",
        "a\tb\x1b[2J\n",
    ],
)
def test_texts_arrive_whole(text):
    """Dots, long lines, empty lines and letters of any script come out as they were written."""
    with MailServer() as server:
        opened(server).send(attrs.evolve(MESSAGE, text=text))
        assert server.taken[0].text == (text if text.endswith("\n") else text + "\n")


@pytest.mark.parametrize(
    "subject", ["x", "é" * 300, "Été 😀 " * 30, "a" * 900, '"quoted" <a@b> =?utf-8?q?x?=', "日本語 " * 40]
)
def test_subjects_arrive_whole(subject):
    """A subject arrives whole, however long, and what looks like an encoded word or an address is a text."""
    with MailServer() as server:
        opened(server).send(attrs.evolve(MESSAGE, subject=subject))
        found = str(server.taken[0].mail["Subject"])
    assert found == subject


def test_the_message_id_is_stable():
    """The same key has the same Message-ID at each try, two keys have two, and no key can break a header."""
    keys = ["tsk_1", "tsk_1", "tsk_2", "x" * 500, "a b\r\nBcc: eve@example.org", "é", ""]
    with MailServer() as server:
        notifier = opened(server)
        for key in keys:
            notifier.send(attrs.evolve(MESSAGE, key=key))
        mails = [one.mail for one in server.taken]
    ids = [str(mail["Message-ID"]) for mail in mails]
    assert ids[0] == ids[1]
    assert len(set(ids)) == len(set(keys))
    assert all(mail["Bcc"] is None and len(one) < 120 for mail, one in zip(mails, ids, strict=True))


def test_addresses_of_any_script():
    """A domain of any script is written in ASCII; a name of any script needs SMTPUTF8, and says so to the server."""
    with MailServer() as server:
        notifier = opened(server)
        notifier.send(attrs.evolve(MESSAGE, to="zoe@exämple.org"))
        notifier.send(attrs.evolve(MESSAGE, to="zoé@exämple.org"))
        plain, utf8 = server.taken
    assert plain.to == ("zoe@xn--exmple-cua.org",)
    assert plain.content.isascii()
    assert utf8.to == ("zoé@xn--exmple-cua.org",)
    assert "To: zoé@xn--exmple-cua.org".encode() in utf8.content


def test_a_server_without_smtputf8():
    """Where the server does not take such an address the message is refused for good, and others still go out."""
    with MailServer(utf8=False) as server:
        notifier = opened(server)
        problem = failure(notifier, attrs.evolve(MESSAGE, to="zoé@example.org"))
        assert not problem.retryable
        notifier.send(MESSAGE)
        assert [one.to for one in server.taken] == [("zoe@example.org",)]


def test_threads():
    """Messages of several threads all arrive, each whole."""
    with MailServer() as server:
        notifier = opened(server)
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda n: notifier.send(attrs.evolve(MESSAGE, key=f"k{n}", text=f"{n}\n")), range(20)))
        found = {str(one.mail["Message-ID"]): one.text for one in server.taken}
    assert found == {f"<k{n}@cantine.example.org>": f"{n}\n" for n in range(20)}


# --- what is refused ---

HOSTILE = [
    "",
    "zoe",
    "@example.org",
    "zoe@",
    "zoe@example.org, eve@example.org",
    "zoe@example.org\r\nBcc: eve@example.org",
    "zoe@example.org\n",
    "Zoé <zoe@example.org>",
    "<zoe@example.org>",
    '"zoe eve"@example.org',
    "zoe@[127.0.0.1]",
    "zoe(eve)@example.org",
    "zoe..eve@example.org",
    ".zoe@example.org",
    "zoe@exam_ple.org",
    "zoe@-example.org",
    "zoe@example..org",
    "zoe@stra\u00dfe.example",
    "zoe\x00@example.org",
    "zoe\u202e@example.org",
    "z" * 65 + "@example.org",
    "zoe@" + "x" * 64 + ".org",
    "zoe@" + "x." * 130 + "org",
    "zo\ud800@example.org",
]


@pytest.mark.parametrize("address", HOSTILE)
def test_addresses_that_are_refused(address):
    """What is not one plain address never reaches the server; the error is final and does not repeat it."""
    with MailServer() as server:
        problem = failure(opened(server), attrs.evolve(MESSAGE, to=address))
        assert (server.taken, server.begun) == ([], 0)
    assert not problem.retryable
    assert len(address) < 5 or address not in str(problem)


@pytest.mark.parametrize(
    "parts",
    [
        {"subject": "x\r\nBcc: eve@example.org"},
        {"subject": "x\nBcc: eve@example.org"},
        {"subject": "x\rBcc: eve@example.org"},
        {"subject": "x\x00"},
        {"subject": "x\x1b[2J"},
        {"subject": "x\x85y"},
        {"subject": "x\u2028y"},
        {"subject": "\ud800"},
        {"subject": "x" * 1001},
        {"text": "\ud800"},
        {"text": "\0"},
        {"text": "é" * 500_001},
        {"lang": "fr\r\nBcc: eve@example.org"},
        {"lang": ""},
    ],
)
def test_messages_that_are_refused(parts):
    """A line end in a header, a lone surrogate, a NUL and an endless text are refused for good, before a connection."""
    with MailServer() as server:
        problem = failure(opened(server), attrs.evolve(MESSAGE, **parts))
        assert server.begun == 0
    assert not problem.retryable


@pytest.mark.parametrize("good", ["a@b", "zoe+x@example.org", "o'neil@example.org", "ZOE@EXAMPLE.org", "用户@例子.org"])
def test_addresses_that_are_taken(good):
    """Plain addresses of any script are taken; of the domain capitals do not count."""
    local, _, domain = mail_address(good).partition("@")
    assert (local, domain) == (good.partition("@")[0], domain.lower())
    assert domain.isascii()


def test_a_letter_that_has_two_domains():
    """A sharp s is refused: the older IDNA has another domain for it than the newer, and a mail must not go astray."""
    with pytest.raises(InputError):
        mail_address("zoe@stra\u00dfe.example")
    assert "stra\u00dfe.example".encode("idna") == b"strasse.example"  # what would have been taken


@pytest.mark.parametrize(
    "parts", [("nobody",), ("a@b\r\n",), ("a@b", "x\r\nBcc: eve@example.org"), ("a@b", "\ud800"), ("a@b", "", "x, y@z")]
)
def test_senders_that_are_refused(parts):
    """A sender with an address that is none, or a name that would break a header, cannot be made."""
    with pytest.raises(InputError):
        Sender(*parts)


def test_names_of_senders():
    """A name of any script, with commas and quotes, is shown as it was written, and is no second address."""
    name = 'La "Cantine", <eve@example.org> été 日本'
    with MailServer() as server:
        SmtpNotifier("localhost", Sender("a@example.org", name), port=server.port, tls="none").send(MESSAGE)
        (address,) = server.taken[0].mail["From"].addresses
    assert (address.display_name, address.addr_spec) == (name, "a@example.org")


def test_a_password_in_the_clear():
    """A notifier that is made in code sends no password in the clear to another machine either."""
    with pytest.raises(InputError, match="in the clear"):
        SmtpNotifier("mail.example.org", SENDER, tls="none", user="ana", password=Secret("x"))
    with pytest.raises(InputError):
        SmtpNotifier("mail.example.org", SENDER, organizer="nobody")


# --- faults ---


@pytest.mark.parametrize(
    ("word", "retryable", "taken"),
    [
        ("451", True, 0),
        ("550", False, 0),
        ("rcpt 451", True, 0),
        ("rcpt 550", False, 0),
        ("mail 550", False, 0),
        ("cut before", True, 0),
        ("hang before", True, 0),
        ("cut after", True, 1),
        ("hang after", True, 1),
    ],
)
def test_faults(word, retryable, taken):
    """4xx, cuts and hangs may be tried again, 5xx may not; after each the next message goes out."""
    with MailServer(script=(word,)) as server:
        notifier = opened(server, timeout="0.3")
        problem = failure(notifier)
        assert problem.retryable is retryable
        assert len(server.taken) == taken
        assert "zoe" not in str(problem)
        notifier.send(MESSAGE)
        assert len(server.taken) == taken + 1
        assert len({str(one.mail["Message-ID"]) for one in server.taken}) == 1


def test_codes_are_told():
    """The error has the code and the enhanced code of the server, and nothing else of its answer."""
    with MailServer(script=("rcpt 550", "451")) as server:
        notifier = opened(server)
        assert str(failure(notifier)) == "the mail server refused the recipient (550 5.1.1)"
        assert str(failure(notifier)) == "the mail server refused the mail (451 4.7.1)"


def test_nobody_is_there():
    """A server that is not there may be tried again."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    problem = failure(to_port(port))
    assert problem.retryable
    assert "ConnectionRefusedError" in str(problem)
    assert failure(SmtpNotifier("x" * 70, SENDER, tls="none")).retryable


@pytest.mark.parametrize(
    "greeting",
    [
        b"",
        b"554 go away\r\n",
        b"421 busy\r\n",
        b"nonsense\r\n",
        b"220 " + b"x" * 9000 + b"\r\n",
        b"\xff\x00\r\n",
        b"250 hi\r\n",
    ],
)
def test_servers_that_make_no_sense(greeting):
    """Whatever greets, or does not, is an error that may be tried again: it says nothing about the message."""
    with raw_server(lambda connection: connection.sendall(greeting)) as port:
        assert failure(to_port(port)).retryable


@pytest.mark.parametrize("drips", [b"2", b"220-x\r\n", b"220 x\r\n250-y\r\n"])
def test_a_server_that_drips(drips):
    """A server that sends a byte now and then, so that no step ever times out, is left when the time is over."""
    with raw_server(dripping(drips)) as port:
        begun = time.monotonic()
        problem = failure(to_port(port, timeout=2.0, deadline=0.4))
        took = time.monotonic() - begun
    assert problem.retryable
    assert "the time is over" in str(problem)
    assert took < 30


def test_a_server_that_drips_without_the_deadline(monkeypatch):
    """The control: without the watch the same server holds the call for as long as it drips."""
    monkeypatch.setattr(Deadline, "_over", lambda self: None)
    stop = threading.Event()

    def talk(connection):
        while not stop.wait(0.05):
            connection.sendall(b"2")

    with raw_server(talk) as port:
        caller = threading.Thread(target=lambda: failure(to_port(port, deadline=0.2)), daemon=True)
        caller.start()
        caller.join(1.0)
        held = caller.is_alive()
        stop.set()
        caller.join(10)
    assert held


def test_a_handshake_that_hangs():
    """A server that accepts and says nothing, where TLS is expected, is left when the time is over."""
    with raw_server(lambda connection: threading.Event().wait(5)) as port:
        context = ssl.create_default_context(cafile=CERTIFICATE)
        assert failure(to_port(port, tls="implicit", context=context, timeout=0.3)).retryable


# --- TLS and login ---


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_tls_and_login(tls):
    """With STARTTLS, or TLS from the first byte, the server gets the login and the mail on a secret connection."""
    with MailServer(tls=tls, login=True) as server:
        opened(server).send(MESSAGE)
        assert [one.secret for one in server.taken] == [True]


def test_starttls_is_required():
    """A server that does not offer STARTTLS gets nothing, neither login nor mail; somebody may have cut it out."""
    with MailServer() as server:
        problem = failure(to_port(server.port, tls="starttls", user="ana", password=None))
        assert problem.retryable
        assert "STARTTLS" in str(problem)
        assert server.begun == 0


def test_a_plain_client_is_refused():
    """The control: a server that requires STARTTLS takes no mail without."""
    with MailServer(tls="starttls") as server:
        assert not failure(to_port(server.port)).retryable
        assert server.taken == []


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_a_certificate_that_nobody_trusts(tls):
    """A certificate that is not accepted is an error that may be tried again; nothing was sent."""
    with MailServer(tls=tls) as server:
        problem = failure(to_port(server.port, tls=tls))
        assert problem.retryable
        assert "SSLCertVerificationError" in str(problem)
        assert server.begun == 0


def test_a_login_that_is_refused(monkeypatch):
    """A wrong password is ours to mend and says nothing about the message: it may be tried again."""
    monkeypatch.setenv("TEST_SMTP_PASSWORD", "wrong")
    with MailServer(login=True) as server:
        notifier = opened(server)
        problem = failure(notifier)
        assert problem.retryable
        assert str(problem) == "the mail server refused the login (535 5.7.8)"
        monkeypatch.setenv("TEST_SMTP_PASSWORD", PASSWORD)  # mended: it is read when it is needed
        notifier.send(MESSAGE)
        assert len(server.taken) == 1
        monkeypatch.delenv("TEST_SMTP_PASSWORD")
        assert failure(notifier).retryable


def test_a_server_without_login():
    """A server that offers no login is an error that may be tried again."""
    with MailServer() as server:
        assert failure(to_port(server.port, user="ana", password=Secret("x"))).retryable


# --- URLs ---


def test_registry():
    """Both schemes are there without a plug-in, and what they open is a notifier."""
    registry = Registry.load(entry_points=False)
    for url in ("smtp://mail.example.org?from=a@example.org", "smtps://mail.example.org:465?from=a@example.org"):
        assert isinstance(registry.notifier(url), SmtpNotifier)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("smtp://mail.example.org", "needs the option from"),
        ("smtp://?from=a@example.org", "needs one host"),
        ("smtp://a.example,b.example?from=a@example.org", "needs one host"),
        ("smtp://mail.example.org/x?from=a@example.org", "takes no path"),
        ("smtp://mail.example.org?from=nobody", "from of smtp:// is not an e-mail address"),
        ("smtp://mail.example.org?from=a@example.org&reply_to=x", "reply_to of smtp:// is not"),
        ("smtp://mail.example.org?from=a@example.org&organizer=x", "organizer of smtp:// is not"),
        ("smtp://mail.example.org?from=a@example.org&name=x%E2%80%A8y", "name of smtp:// holds a control"),
        ("smtp://mail.example.org?from=a@example.org&starttls=maybe", "yes or no"),
        ("smtp://mail.example.org?from=a@example.org&invitations=1", "yes or no"),
        ("smtps://mail.example.org?from=a@example.org&starttls=no", "has no option .starttls."),
        ("smtp://mail.example.org?from=a@example.org&timeout=0", "number of seconds"),
        ("smtp://mail.example.org?from=a@example.org&timeout=nan", "number of seconds"),
        ("smtp://mail.example.org?from=a@example.org&deadline=121", "at most 100"),
        ("smtp://mail.example.org?from=a@example.org&cafile=/no/such/file", "cafile of smtp:// cannot be read"),
        ("smtp://mail.example.org?from=a@example.org&tsl=1", "known options: cafile"),
        ("smtp://ana@mail.example.org?from=a@example.org", "a user and a password, or neither"),
        ("smtp://ana:pw@mail.example.org?from=a@example.org&starttls=no", "in the clear"),
        ("smtp://ana:p%C3%A9@mail.example.org?from=a@example.org", "must be ASCII"),
        ("smtp://ana:env%3ANOT_SET@mail.example.org?from=a@example.org", "NOT_SET is not set"),
    ],
)
def test_urls_that_are_refused(url, words):
    """What is unknown, missing or unsafe in a URL is an error when it is opened, which shows no secret."""
    with pytest.raises(UrlError, match=words) as caught:
        open_smtp(BackendUrl.parse(url))
    assert "pw" not in str(caught.value)


def test_the_password_shows_nowhere(monkeypatch, caplog):
    """Neither what is printed of a notifier, nor its errors, nor any log holds the password or its encoded forms."""
    import base64

    caplog.set_level(logging.DEBUG)
    shown = []
    with MailServer(login=True, script=("451",)) as server:
        notifier = opened(server)
        shown += [repr(notifier), str(notifier), str(failure(notifier))]
        monkeypatch.setenv("TEST_SMTP_PASSWORD", "canary-wrong-7q")
        shown.append(str(failure(notifier)))
    text = " ".join([*shown, *(record.getMessage() for record in caplog.records if record.name != "mail.log")])
    forms = [PASSWORD, "canary-wrong-7q", base64.b64encode(f"\0{USER}\0{PASSWORD}".encode()).decode()]
    assert [form for form in forms if form in text] == []


@pytest.mark.parametrize("more", [{"tls": "none", "user": "ana", "password": Secret("x")}, {"organizer": "nobody"}])
def test_a_notifier_that_could_not_be_made_is_shown(more: dict[str, Any]) -> None:
    """Tools that show local values of a traceback show the half of a notifier that was refused, and raise nothing."""
    with pytest.raises(InputError) as caught:
        SmtpNotifier("mail.example.org", SENDER, **more)
    at = caught.tb
    while at.tb_next is not None and "self" not in at.tb_frame.f_locals:
        at = at.tb_next
    assert repr(at.tb_frame.f_locals["self"]).startswith("SmtpNotifier('mail.example.org', port=587")
