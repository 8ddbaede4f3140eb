"""A real HTTP server in a thread, which keeps what is posted and fails as it is told."""

from __future__ import annotations

import socket
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import attrs

from support.servers.mail_server import CERTIFICATE, KEY

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "whsec_C2FuYXJ5LXdlYmhvb2stc2VjcmV0LTEyMw=="


@attrs.frozen
class Posted:
    """A request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes


class HookServer:
    """Runs on a free port of localhost until it is closed.

    ``script`` has one word for each request: a status, ``cut before`` and ``hang before`` keep nothing, ``cut after``
    and ``hang after`` keep the request and do not answer. After the last word it is 204.
    """

    def __init__(self, script: tuple[str, ...] = (), *, tls: bool = False) -> None:
        self.script = list(script)
        self.posted: list[Posted] = []
        self.asked = 0
        self.ended = threading.Event()
        self._lock = threading.Lock()
        hooks = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                hooks.answer(self)

            do_GET = do_POST

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.tls = tls
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(CERTIFICATE, KEY)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._server.handle_error = lambda request, address: None  # type: ignore[method-assign]
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        with self._lock:
            word = self.script[self.asked] if self.asked < len(self.script) else "204"
            self.asked += 1
        body = request.rfile.read(int(request.headers.get("Content-Length", 0)))
        if not word.endswith("before") and (word.endswith("after") or word.startswith("2")):
            headers = {name.lower(): value for name, value in request.headers.items()}
            self.posted.append(Posted(request.path, headers, body))
        if word.startswith("hang"):
            self.ended.wait(30)
        if not word.isdigit():
            request.close_connection = True
            request.connection.shutdown(socket.SHUT_RDWR)
            return
        request.send_response(int(word))
        if word.startswith("3"):
            request.send_header("Location", f"http://localhost:{self.port}/elsewhere")
        request.send_header("Content-Length", "0")
        request.end_headers()

    def url(self, *, secret: str = SECRET, path: str = "/hook", **options: str) -> str:
        scheme = "webhook+https" if self.tls else "webhook+http"
        values = {"timeout": "5", **({"cafile": str(CERTIFICATE)} if self.tls else {}), **options}
        query = "&".join([f"secret={secret}", *(f"{name}={value}" for name, value in values.items())])
        return f"{scheme}://localhost:{self.port}{path}?{query}"

    def __enter__(self) -> HookServer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.ended.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)
