"""A CalDAV server for tests: Radicale on a free port of this machine, its files in a folder of its own.

``serving()`` starts it and stops it whatever happens; ``Dav`` speaks to it.
"""

from __future__ import annotations

import base64
import contextlib
import http.client
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from support.servers.free_ports import free_port


class Dav:
    """What a CalDAV client says."""

    def __init__(self, port: int) -> None:
        self.port = port

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, bytes, dict[str, str]]:
        """Status, body and headers of an answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            login = base64.b64encode(b"zoe:zoe").decode()
            sent = {"Authorization": f"Basic {login}", "Content-Type": "text/calendar; charset=utf-8", **named}
            connection.request(method, path, body, sent)
            answer = connection.getresponse()
            return answer.status, answer.read(), {name.lower(): value for name, value in answer.getheaders()}
        finally:
            connection.close()


@contextlib.contextmanager
def serving() -> Iterator[Dav]:
    """A server with the empty calendar ``/zoe/cantine/``."""
    folder = Path(tempfile.mkdtemp(prefix="cantinekit-dav-"))
    port = free_port()
    options = ["--config", "", "--server-hosts", f"127.0.0.1:{port}", "--auth-type", "none"]
    options += ["--storage-filesystem-folder", str(folder / "data"), "--logging-level", "warning"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([sys.executable, "-m", "radicale", *options], stdout=log, stderr=log)
        try:
            dav = Dav(port)
            _wait(dav, process, folder / "log")
            assert dav.ask("MKCALENDAR", "/zoe/cantine/")[0] == 201
            yield dav
        finally:
            process.kill()
            process.wait()
            shutil.rmtree(folder, ignore_errors=True)


def _wait(dav: Dav, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(300):
        if process.poll() is not None:
            raise RuntimeError(f"the server ended: {log.read_text(errors='replace')[-2_000:]}")
        with contextlib.suppress(OSError):
            dav.ask("GET", "/.web/")
            return
        time.sleep(0.1)
    raise RuntimeError("the server does not answer")
