"""The stage of ``smtp://`` and ``smtps://``: a small mail server on this machine, without TLS, with a login."""

from __future__ import annotations

import base64
import email
import socketserver
import threading
from collections.abc import Sequence
from email.policy import SMTPUTF8

from cantinekit.backends.notices import open_smtp
from cantinekit.testing._notifier_stage import Arrived, Fault, NotifierStage
from cantinekit.urls import BackendUrl

_USER, _PASSWORD = "kit", "canary-mail-password"
_LOGIN = base64.b64encode(f"\0{_USER}\0{_PASSWORD}".encode()).decode()


class MailStage(NotifierStage):
    """``smtp://`` with a mail server of its own."""

    faults = ("outage", "refused", "lost", "hang", "babble")
    secrets = (_PASSWORD,)

    def __init__(self) -> None:
        self._server = _MailServer()
        url = f"smtp://{_USER}:{_PASSWORD}@127.0.0.1:{self._server.server_address[1]}"
        options = "from=kit@cantine.invalid&starttls=no&timeout=0.5&invitations=yes"
        self.notifier = open_smtp(BackendUrl.parse(f"{url}?{options}"))

    def play(self, fault: Fault) -> None:
        self._server.fault = fault

    def arrived(self) -> Sequence[Arrived]:
        return [_read(to, content) for to, content in self._server.taken]

    def close(self) -> None:
        self._server.end()


def _read(to: str, content: bytes) -> Arrived:
    mail = email.message_from_bytes(content, policy=SMTPUTF8)
    part = mail.get_body(("plain",))
    text = "" if part is None else str(part.get_content())
    page = mail.get_body(("html",))
    html = "" if page is None else str(page.get_content())
    return Arrived(to, str(mail["Subject"]), text, str(mail["Message-ID"]), html)


class _MailServer(socketserver.ThreadingTCPServer):
    """Takes mails of who has logged in. ``fault`` is what the next text meets; ``taken`` has each with its address."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.taken: list[tuple[str, bytes]] = []
        self.fault: Fault | None = None
        self.over = threading.Event()
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    def end(self) -> None:
        """End the server, and the connections that hang."""
        self.over.set()
        self.shutdown()
        self.server_close()

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is nothing to print."""


class _Talk(socketserver.StreamRequestHandler):
    """One connection (RFC 5321), as far as a client of the library needs it."""

    server: _MailServer
    disable_nagle_algorithm = True

    def handle(self) -> None:
        self._say("220 localhost ESMTP")
        known, people = False, list[str]()
        while line := self.rfile.readline().decode("utf-8").strip():
            word = line[:4].upper()
            if word == "EHLO":
                self._say("250-localhost", "250-AUTH PLAIN", "250-8BITMIME", "250 SMTPUTF8")
            elif word == "AUTH":
                known = line.split()[2:] == [_LOGIN]
                self._say("235 2.7.0 welcome" if known else "535 5.7.8 who is that")
            elif word in ("MAIL", "RCPT", "DATA") and not known:
                self._say("530 5.7.0 log in first")
            elif word == "MAIL":
                people = []
                self._say("250 ok")
            elif word == "RCPT":
                people.append(line[line.index("<") + 1 : line.rindex(">")])
                self._say("250 ok")
            elif word == "DATA":
                self._say("354 go on")
                if not self._taken(people):
                    return
            elif word == "QUIT":
                self._say("221 goodbye")
                return
            else:
                self._say("250 ok")

    def _taken(self, people: Sequence[str]) -> bool:
        """Read a text and answer it; whether the connection goes on."""
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line.removeprefix(b"."))
        fault, self.server.fault = self.server.fault, None
        if fault in (None, "lost"):
            self.server.taken += [(to, b"".join(lines)) for to in people]
        if fault == "hang":
            self.server.over.wait(30)
        if fault in ("hang", "lost"):
            return False
        if fault == "babble":
            said = " ".join([*people, _PASSWORD, _LOGIN, *(line.decode("utf-8", "replace").strip() for line in lines)])
            self._say(*[f"451-4.3.0 {said[:400]}"] * 60)
        answers: dict[Fault | None, str] = {
            "outage": "451 4.3.0 not now",
            "babble": "451 4.3.0 not now",
            "refused": "550 5.7.1 never",
        }
        self._say(answers.get(fault, "250 2.0.0 taken"))
        return True

    def _say(self, *lines: str) -> None:
        self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())
