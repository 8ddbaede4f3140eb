"""``cantinekit fake-bank`` as a process of its own, and an application that takes its webhooks."""

from __future__ import annotations

import queue
import subprocess
import sys
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from cantinekit.backends.http import Answer, exchange
from cantinekit.cantine import Cantine
from cantinekit.errors import GatewayError

LONG = 30.0
"""Seconds after which a test gives up."""


class BankProcess:
    """The command, from when it is made until it is closed or killed."""

    def __init__(self, style: str, state: Path, port: int, webhook: str) -> None:
        self.style, self.state, self.port, self.webhook = style, state, port, webhook
        self.said: list[str] = []
        self.start()

    def start(self) -> None:
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", "cantinekit", "fake-bank", "--style", self.style, "--port", str(self.port)),
                *("--state", str(self.state), "--webhook", self.webhook),
            ],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        first = [self._process.stdout.readline().rstrip() for _ in range(4)]
        self.page = first[0].removeprefix("fake bank at ").partition(": ")[0]
        self.url = first[1].removeprefix("payments=")
        self._listener = threading.Thread(target=self._listen, args=(self._process.stdout,), daemon=True)
        self._listener.start()

    def _listen(self, lines: Any) -> None:
        self.said.extend(line.rstrip() for line in lines)

    def kill(self) -> None:
        """Kill it as a power cut would (SIGKILL)."""
        self._process.kill()
        self._ended()

    def close(self) -> None:
        self._process.terminate()
        self._ended()

    def _ended(self) -> None:
        self._process.wait(LONG)
        self._listener.join(LONG)
        assert self._process.stdout is not None
        self._process.stdout.close()


def browse(url: str, accepts: str = "", **form: str) -> Answer:
    """Open a page, or send its form, as a browser that likes these languages; redirects are not followed."""
    parts = urlsplit(url)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    method, body = ("POST", urlencode(form).encode()) if form else ("GET", None)
    headers = {"Content-Type": "application/x-www-form-urlencoded"} if form else {}
    headers |= {"Accept-Language": accepts} if accepts else {}
    found = exchange(parts.hostname or "", parts.port or 80, None, method, target, body, headers, LONG)
    assert not isinstance(found, str), found
    return found


class Application:
    """Takes webhooks as the page on payments says: 200, 400, or 503; what they came to is in ``taken``."""

    def __init__(self) -> None:
        self.house: Cantine
        self.taken: queue.Queue[tuple[str, ...]] = queue.Queue()
        self.away = threading.Event()
        self.refused = threading.Event()
        application = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(application._receive(body, dict(self.headers)))
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/webhooks/card"

    def _receive(self, body: bytes, headers: dict[str, str]) -> int:
        if self.away.is_set():
            self.refused.set()
            return 503
        try:
            self.taken.put(self.house.receive("card", body, headers))
        except GatewayError as error:
            return 503 if error.retryable else 400
        return 200

    def until(self, reached: Callable[[], bool]) -> None:
        """Wait for webhooks until something is so."""
        while not reached():
            self.taken.get(timeout=LONG)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def __enter__(self) -> Application:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
