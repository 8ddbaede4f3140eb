"""``smtp://`` and ``smtps://``: messages as mails through a mail server (RFC 5321, 3207, 4954, 6531, 8314)."""

from __future__ import annotations

import re
import smtplib
import ssl
from contextlib import suppress
from typing import TYPE_CHECKING, BinaryIO, Literal

from cantinekit.backends.connection import Deadline, loopback
from cantinekit.backends.notices._checks import (
    DEADLINE,
    TIMEOUT,
    certificates,
    mail_address,
    one_host,
    one_line,
    revealed,
    seconds,
    yes,
)
from cantinekit.backends.notices._mail import Mail, Sender, compose
from cantinekit.clock import Clock, SystemClock
from cantinekit.errors import InputError, NotifierError, UrlError
from cantinekit.plugins.ports import Message
from cantinekit.urls import BackendUrl, Secret

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

Tls = Literal["starttls", "implicit", "none"]
_OPTIONS = ("from", "name", "reply_to", "cafile", "timeout", "deadline", "invitations", "organizer", "html")
_PORTS = {"smtp": 587, "smtps": 465}
_ENHANCED = re.compile(rb"[245]\.\d{1,3}\.\d{1,3}(?=\s|$)")
_GOODBYE = 2.0
_MAX_REPLY = 65_536
"""The most bytes of one reply of the server."""


class SmtpNotifier:
    """Sends each message as a mail, on a connection of its own. Used from several threads at once.

    Args:
        host: the server; its certificate has to be for this name, unless ``tls`` is ``none``.
        sender: who the mails are from.
        port: 587, or 465 with ``tls="implicit"``, unless said otherwise.
        tls: ``starttls`` and ``implicit`` never fall back to a connection that can be read on the way.
        user: the name to log in with; without one there is no login.
        password: revealed when it is needed.
        context: what certificates are accepted; those of the system, unless said otherwise.
        timeout: seconds for each step.
        deadline: seconds for all of it.
        organizer: in whose name invitations are sent, an e-mail address; ``None``: without invitations.
        clock: what time the header Date says.

    Raises:
        InputError: the organizer is no e-mail address, or the password would be sent in the clear to another machine.
    """

    def __init__(
        self,
        host: str,
        sender: Sender,
        *,
        port: int | None = None,
        tls: Tls = "starttls",
        user: str = "",
        password: Secret | None = None,
        context: ssl.SSLContext | None = None,
        timeout: float = TIMEOUT,
        deadline: float = DEADLINE,
        organizer: str | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._host = host
        self._port = port or (_PORTS["smtps"] if tls == "implicit" else _PORTS["smtp"])
        self._tls = tls
        if user and tls == "none" and not loopback(host):  # what tells of the error shows this half of a notifier
            raise InputError("without TLS the password would be sent in the clear")
        self._sender = sender
        self._user = user
        self._password = password
        self._context = context or ssl.create_default_context()
        self._timeout = timeout
        self._deadline = deadline
        self._clock = clock or SystemClock()
        self.organizer = organizer if organizer is None else mail_address(organizer)

    def __repr__(self) -> str:
        return f"SmtpNotifier({self._host!r}, port={self._port}, tls={self._tls!r})"

    def send(self, message: Message) -> None:
        """Hand the mail to the server.

        A server that could not be reached, did not answer in time, was cut off, answered with a 4xx code or refused
        the login is retryable; a 5xx answer about the mail is not. Where the connection was cut after the text nobody
        knows whether the server has the mail: that is retryable too, and the Message-ID is the same at the next try,
        so that there are at most as many doubles as there were cuts.

        Raises:
            NotifierError: see above; or, not retryable, the message is none that a mail can carry.
        """
        mail = compose(message, self._sender, self._clock.now())
        problem = self._delivered(mail)
        if problem is not None:  # raised here, so that no text of the server hangs on it
            raise problem

    def _delivered(self, mail: Mail) -> NotifierError | None:
        with Deadline(self._deadline) as deadline:
            client = _Client(self._timeout, self._sender.domain, deadline, self._wrapping())
            try:
                self._begin(client)
                if mail.utf8 and not client.has_extn("smtputf8"):
                    return NotifierError("the mail server does not take addresses of this script", retryable=False)
                options = ["SMTPUTF8", "BODY=8BITMIME"] if mail.utf8 else []
                client.sendmail(mail.sender, [mail.to], mail.content, options)
            except NotifierError as error:
                return error.with_traceback(None)
            except (smtplib.SMTPException, OSError, ValueError) as error:
                return _told(error, client.step, deadline)
            else:
                client.farewell()
                return None
            finally:
                client.close()

    def _wrapping(self) -> ssl.SSLContext | None:
        return self._context if self._tls == "implicit" else None

    def _begin(self, client: _Client) -> None:
        """Connect, make the connection secret, log in."""
        client.step = "greeting"
        code, _ = client.connect(self._host, self._port)
        if code != 220:
            raise smtplib.SMTPConnectError(code, b"")
        client.ehlo_or_helo_if_needed()
        if self._tls == "starttls":
            client.step = "STARTTLS"
            if not client.has_extn("starttls"):
                raise NotifierError("the mail server does not offer STARTTLS; nothing was sent to it")
            client.starttls(context=self._context)
            client.ehlo_or_helo_if_needed()
        if self._user:
            client.step = "login"
            client.login(self._user, revealed(self._password or Secret("")))
        client.step = "mail"


class _Client(smtplib.SMTP):
    """An SMTP client whose connections are watched. ``step`` is what it is doing, for the text of an error."""

    def __init__(self, timeout: float, name: str, deadline: Deadline, tls: ssl.SSLContext | None) -> None:
        super().__init__(local_hostname=name, timeout=timeout)
        self._watch = deadline
        self._wrapping = tls
        self.step = ""

    def connect(self, host: str = "localhost", port: int = 0, source_address: object = None) -> tuple[int, bytes]:
        """Connect and read the greeting. ``_host`` is the name that the certificate has to be for."""
        self._host = host
        self.sock = self._watch.connect(host, port, self.timeout, self._wrapping)
        self.file = None
        return self.getreply()

    def getreply(self) -> tuple[int, bytes]:
        """Read one reply, of a bounded length: its lines may go on for ever."""
        if self.file is None and self.sock is not None:
            self.file = _Reply(self.sock.makefile("rb"))
        if self.file is not None:
            self.file.left = _MAX_REPLY
        return super().getreply()

    def data(self, msg: ReadableBuffer | str) -> tuple[int, bytes]:
        """Send the text; from here on the outcome may be unknown."""
        self.step = "text"
        return super().data(msg)

    def farewell(self) -> None:
        """Say goodbye; the mail is sent, whatever comes back."""
        if self.sock is not None:
            with suppress(smtplib.SMTPException, OSError, ValueError):
                self.sock.settimeout(_GOODBYE)
                self.quit()


class _Reply:
    """What the server sends, of which ``left`` more bytes are read."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self.left = file, 0

    def readline(self, most: int) -> bytes:
        """The next line, or the first ``most`` bytes of it."""
        line = self._file.readline(most)
        self.left -= len(line)
        if self.left < 0:
            raise OSError("the reply is too long")
        return line

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _told(error: Exception, step: str, deadline: Deadline) -> NotifierError:
    """What a failure comes to: codes and the name of a class, never a text of the server, which may hold addresses."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, text = next(iter(error.recipients.values()))
        return _answered("refused the recipient", code, text, final=True)
    if isinstance(error, smtplib.SMTPSenderRefused):
        return _answered("refused the sender", error.smtp_code, error.smtp_error, final=True)
    if isinstance(error, smtplib.SMTPDataError):
        return _answered("refused the mail", error.smtp_code, error.smtp_error, final=True)
    late = deadline.left <= 0
    if isinstance(error, smtplib.SMTPResponseException) and not late and 400 <= error.smtp_code < 600:
        return _answered(f"refused the {step}", error.smtp_code, error.smtp_error, final=False)
    name = "the time is over" if late else type(error).__name__
    if step == "text":
        return NotifierError(f"the mail server was cut off after the text: it may have the mail ({name})")
    return NotifierError(f"the mail server does not answer as it should, at the {step} ({name})")


def _answered(what: str, code: int, text: bytes | str, *, final: bool) -> NotifierError:
    """An answer of the server. One that is about the mail is final with 5xx, one about us never: somebody mends it."""
    raw = text if isinstance(text, bytes) else text.encode("utf-8", "replace")
    enhanced = _ENHANCED.match(raw)
    shown = f"{code} {enhanced[0].decode()}" if enhanced else str(code)
    return NotifierError(f"the mail server {what} ({shown})", retryable=not (final and 500 <= code < 600))


def open_smtp(url: BackendUrl) -> SmtpNotifier:
    """Open ``smtp://user:env%3APASSWORD@mail.example.org?from=bonjour@example.org`` or ``smtps://...``.

    Args:
        url: the parsed URL; its scheme says whether TLS begins with the connection (``smtps``).

    Raises:
        UrlError: an unknown option or value, no host, no ``from``, an address that is none, a secret or a file that is
            not there, or a password that would be sent in the clear.
    """
    url.check_options(_OPTIONS if url.scheme == "smtps" else (*_OPTIONS, "starttls"))
    host = one_host(url)
    if url.path.strip("/"):
        raise UrlError(f"{url.scheme}:// takes no path")
    name = url.option("name", "") or ""
    if not one_line(name):
        raise UrlError(f"name of {url.scheme}:// holds a control character")
    sender = Sender(_address(url, "from"), name, _address(url, "reply_to", ""), yes(url, "html", "yes"))
    tls: Tls = "implicit"
    if url.scheme == "smtp":
        tls = "starttls" if yes(url, "starttls", "yes") else "none"
    _check_login(url)
    organizer = _address(url, "organizer", sender.address)
    try:
        return SmtpNotifier(
            host,
            sender,
            port=url.port,
            tls=tls,
            user=url.user,
            password=url.password,
            context=certificates(url),
            timeout=seconds(url, "timeout", TIMEOUT),
            deadline=seconds(url, "deadline", DEADLINE),
            organizer=organizer if yes(url, "invitations", "no") else None,
        )
    except UrlError:
        raise
    except InputError as error:
        raise UrlError(f"{url.scheme}:// cannot be opened: {error}") from None


def _address(url: BackendUrl, name: str, default: str | None = None) -> str:
    text = url.option(name, default)
    if text is None:
        raise UrlError(f"{url.scheme}:// needs the option {name}, an e-mail address")
    if text == default:
        return text
    try:
        return mail_address(text)
    except InputError:
        raise UrlError(f"{name} of {url.scheme}:// is not an e-mail address") from None


def _check_login(url: BackendUrl) -> None:
    if bool(url.user) != (url.password is not None):
        raise UrlError(f"{url.scheme}:// needs a user and a password, or neither")
    if url.password is None:
        return
    if not (url.user.isascii() and url.password.reveal().isascii()):
        raise UrlError(f"the user and the password of {url.scheme}:// must be ASCII")
