"""A real mail server (aiosmtpd) in a thread, which keeps what it takes and fails as it is told; and a raw one."""

from __future__ import annotations

import asyncio
import email
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from email.policy import SMTPUTF8
from pathlib import Path
from typing import Any

import attrs
from aiosmtpd.smtp import SMTP, AuthResult

DATA = Path(__file__).parents[2] / "data"
CERTIFICATE, KEY = DATA / "localhost.pem", DATA / "localhost.key"
"""A certificate for localhost that nobody trusts by himself; its key is no secret."""
USER, PASSWORD = "cantine", "canary-password-5x"


@attrs.frozen
class Taken:
    """A mail that the server has said it has, or would have said."""

    sender: str
    to: tuple[str, ...]
    content: bytes
    secret: bool

    @property
    def mail(self) -> EmailMessage:
        return email.message_from_bytes(self.content, policy=SMTPUTF8)

    @property
    def text(self) -> str:
        """The text, with line ends as they are written here."""
        part = self.mail.get_body(("plain",))
        assert part is not None
        return str(part.get_content()).replace("\r\n", "\n")


class MailServer:
    """Runs on a free port of localhost until it is closed.

    ``script`` has one word for each mail that is begun: ``ok``; ``451``, ``550``, ``rcpt 451``, ``rcpt 550``, ``mail
    550`` are answers; ``cut before`` and ``hang before`` come at DATA before the text is taken, ``cut after`` and
    ``hang after`` when it is kept and before it is answered. After the last word it is ``ok``.
    """

    def __init__(self, *, tls: str = "none", login: bool = False, utf8: bool = True, script: tuple[str, ...] = ()):
        self.script = list(script)
        self.delay = 0.0
        self.watch: Callable[[str], None] = lambda id: None
        self.taken: list[Taken] = []
        self.begun = 0
        self._tls = tls
        self._options: dict[str, Any] = {"enable_SMTPUTF8": utf8, "hostname": "localhost", "timeout": 30}
        if login:
            self._options |= {"authenticator": self._authenticate, "auth_require_tls": False}
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(CERTIFICATE, KEY)
        self._wrapped = context if tls == "implicit" else None
        if tls == "starttls":
            self._options |= {"tls_context": context, "require_starttls": True}
        self._loop = asyncio.new_event_loop()
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self._started.wait(10)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        make = lambda: SMTP(self, loop=self._loop, **self._options)  # noqa: E731
        server = self._loop.run_until_complete(
            self._loop.create_server(make, "127.0.0.1", 0, ssl=self._wrapped)  # type: ignore[arg-type]
        )
        self.port: int = server.sockets[0].getsockname()[1]
        self._started.set()
        self._loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def __enter__(self) -> MailServer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def url(self, **options: str) -> str:
        """A URL for this server; the certificate is accepted, and the password is a reference to TEST_SMTP_PASSWORD."""
        login = f"{USER}:env%3ATEST_SMTP_PASSWORD@" if "authenticator" in self._options else ""
        values = {"from": "bonjour@cantine.example.org", "timeout": "5"}
        if self._tls == "none":
            values["starttls"] = "no"
        else:
            values["cafile"] = str(CERTIFICATE)
        query = "&".join(f"{name}={value}" for name, value in {**values, **options}.items())
        return f"{'smtps' if self._tls == 'implicit' else 'smtp'}://{login}localhost:{self.port}?{query}"

    # --- what aiosmtpd calls -----------------------------------------------------------------------------------------

    def _authenticate(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        right = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=right, handled=False)

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        envelope.word = self.script[self.begun] if self.begun < len(self.script) else "ok"
        if "authenticator" in self._options and not session.authenticated:
            return "530 5.7.0 Authentication required"
        self.begun += 1
        if envelope.word.startswith("mail "):
            return f"{envelope.word[5:]} 5.1.8 <{address}>: Sender address rejected"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        if envelope.word.startswith("rcpt "):
            code = envelope.word[5:]
            return f"{code} {code[0]}.1.1 <{address}>: Recipient address rejected"
        if envelope.word == "hang before":
            await asyncio.sleep(3600)
        if envelope.word == "cut before":
            server.transport.abort()
            await asyncio.sleep(3600)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        word = envelope.word
        await asyncio.sleep(self.delay / 2)
        if word in ("451", "550"):
            return f"{word} {word[0]}.7.1 mail of <{envelope.rcpt_tos[0]}> refused"
        self.taken.append(
            Taken(
                envelope.mail_from,
                tuple(envelope.rcpt_tos),
                envelope.original_content,
                session.ssl is not None or self._tls == "implicit",
            )
        )
        self.watch(str(self.taken[-1].mail["Message-ID"]))
        await asyncio.sleep(self.delay / 2)
        if word == "cut after":
            server.transport.abort()
        if word in ("cut after", "hang after"):
            await asyncio.sleep(3600)
        return "250 OK"


Talk = Callable[[socket.socket], None]


@contextmanager
def raw_server(talk: Talk) -> Iterator[int]:
    """A server that talks to each connection as the function does; its port."""
    listener = socket.create_server(("127.0.0.1", 0))
    ended = threading.Event()

    def serve() -> None:
        while not ended.is_set():
            with suppress(OSError):
                connection, _ = listener.accept()
                threading.Thread(target=one, args=(connection,), daemon=True).start()

    def one(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.settimeout(30)
            talk(connection)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        ended.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


def dripping(text: bytes, pause: float = 0.05) -> Talk:
    """A talk of one byte now and then, for ever."""

    def talk(connection: socket.socket) -> None:
        stop = threading.Event()
        while True:
            for byte in text:
                connection.sendall(bytes([byte]))
                stop.wait(pause)

    return talk
