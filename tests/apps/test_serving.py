"""``tiers-lieu`` as a process: it says where to look, answers, and leaves nothing running."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
import uvicorn

from support.servers.bank_process import LONG, browse
from support.servers.free_ports import free_port
from tiers_lieu.__main__ import main


def free(port: int) -> bool:
    """Whether nobody listens at a port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


@pytest.mark.parametrize("ends", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_it_serves_and_takes_its_bank_along(ends: signal.Signals, tmp_path: Path) -> None:
    """What is told is served, and when the process is ended the fake bank ends with it, also where it was killed."""
    port, bank = free_port(), free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "tiers_lieu", "--port", str(port), "--bank-port", str(bank)],
        cwd=tmp_path,
        env=os.environ | {"TIERS_LIEU_STORE": "memory://", "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        told = [process.stdout.readline().rstrip() for _ in range(8)]
        assert told[0] == f"the fake bank    http://127.0.0.1:{bank}/"
        assert told[1] == f"programme        http://127.0.0.1:{port}/"
        assert told[-1] == "Ctrl-C ends it."
        assert browse(f"http://127.0.0.1:{port}/").status == 200
        assert not free(bank)
        process.send_signal(ends)
        assert process.wait(LONG) in (0, 130, -signal.SIGKILL)
    assert free(port)
    late = time.monotonic() + LONG
    while not free(bank):
        assert time.monotonic() < late, "the bank goes on"
        time.sleep(0.02)


def test_a_port_that_is_taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It says so in a line, before it opens a house or a bank."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setattr(sys, "argv", ["tiers-lieu", "--port", str(port)])
        with pytest.raises(SystemExit, match=rf"127\.0\.0\.1 has no port {port} for it .*--port names another one"):
            main()
    assert list(tmp_path.iterdir()) == []


def test_a_store_that_cannot_be_opened(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It says why in a line, without a traceback."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    monkeypatch.setenv("TIERS_LIEU_STORE", "nothing://here")
    monkeypatch.setattr(sys, "argv", ["tiers-lieu", "--port", str(free_port()), "--bank-port", str(free_port())])
    with pytest.raises(SystemExit, match=r"tiers-lieu: .*nothing"):
        main()


def test_it_keeps_connections_longer_than_clients(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A connection that nothing is sent on is the client's to close: no form goes into one that the server closes."""
    served: list[uvicorn.Config] = []

    class Server:
        def __init__(self, config: uvicorn.Config) -> None:
            served.append(config)

        def run(self, sockets: list[socket.socket]) -> None:
            """Nothing is served."""

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    monkeypatch.setattr(uvicorn, "Server", Server)
    monkeypatch.setenv("TIERS_LIEU_STORE", "memory://")
    monkeypatch.setenv("TIERS_LIEU_CARD", "fake://")
    monkeypatch.setattr(sys, "argv", ["tiers-lieu", "--port", str(free_port())])
    main()
    (config,) = served
    client = httpx.Limits().keepalive_expiry
    assert client is not None
    assert config.timeout_keep_alive > client
