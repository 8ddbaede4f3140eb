"""The base of the fakes of providers: a server on this machine, and faults before or after its work."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, Literal, TypeVar

import attrs

When = Literal["before", "after"]
What = Literal["drop", "hang", "500", "429", "400"]
Answered = tuple[int, bytes] | tuple[int, bytes, Mapping[str, str]]
"""The status and the body of an answer, and its own headers."""
S = TypeVar("S", bound="FakeServer")


@attrs.frozen
class Fault:
    """What goes wrong with requests.

    Attributes:
        when: "before" or "after" the request is carried out.
        what: "drop": the connection is cut. "hang": no answer comes. "500", "429", "400": the answer has this status.
        method: the HTTP method of the requests that it meets.
        path: how the path of these requests begins.
        times: how many requests it meets; ``None`` for all.
    """

    when: When
    what: What
    method: str = "POST"
    path: str = "/"
    times: int | None = None


_PLAYED: Mapping[str, tuple[When, What]] = {
    "outage": ("before", "drop"),
    "lost": ("after", "drop"),
    "refused": ("before", "400"),
    "busy": ("before", "429"),
    "hang": ("before", "hang"),
}


def faults_of(met: Iterable[tuple[str, str, str]]) -> list[Fault]:
    """The faults that play these words of the payment contract: method, beginning of the path, word."""
    return [Fault(*_PLAYED[word], method, path) for method, path, word in met if word in _PLAYED]


class FakeServer:
    """A server at 127.0.0.1, from when it is made until ``close``; use it in a ``with`` block.

    Args:
        port: the port that it has; 0: any that is free.
    """

    failures: ClassVar[Mapping[str, tuple[int, bytes]]] = {}
    """The status and the body of each fault that is an answer."""

    def __init__(self, port: int = 0) -> None:
        self._lock = threading.RLock()
        self._faults: list[tuple[Fault, list[int]]] = []
        self._over = threading.Event()
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.fake = self
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def port(self) -> int:
        """The port at 127.0.0.1."""
        return int(self._server.server_address[1])

    def close(self) -> None:
        """End the server, and the connections that hang."""
        self._over.set()
        self._server.shutdown()
        self._server.server_close()

    def __enter__(self: S) -> S:
        return self

    def __exit__(self, *problem: object) -> None:
        self.close()

    def fail(self, *faults: Fault) -> None:
        """Play these faults from now on, in place of those before; without arguments none."""
        with self._lock:
            self._faults = [(fault, [0]) for fault in faults]

    def answer(self, method: str, target: str, headers: Any, body: bytes) -> Answered | None:
        """The status, the body and the own headers of an answer; ``None``: the connection is cut."""
        raise NotImplementedError

    def more_headers(self, status: int) -> Mapping[str, str]:
        """The headers of an answer beside its type and length."""
        return {}

    def _fault(self, method: str, path: str) -> Fault | None:
        with self._lock:
            for fault, met in self._faults:
                fits = fault.method in ("", method) and path.startswith(fault.path)
                if fits and (fault.times is None or met[0] < fault.times):
                    met[0] += 1
                    return fault
        return None

    def _failed(self, fault: Fault) -> tuple[int, bytes] | None:
        if fault.what == "hang":
            self._over.wait(30)
        return self.failures.get(fault.what)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128  # with the five of socketserver, many that connect at once wait a second and more
    fake: FakeServer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is nothing to print."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # an answer in one piece: in two, each waits 40 ms for the other side
    server: _Server

    def do_GET(self) -> None:
        self._respond()

    def do_POST(self) -> None:
        self._respond()

    def _respond(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        answer = self.server.fake.answer(self.command, self.path, self.headers, body)
        if answer is None:
            self.close_connection = True
            return
        status, text, *others = answer
        headers = {"Content-Type": "application/json", **self.server.fake.more_headers(status)}
        for more in others:
            headers |= more
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is printed."""
