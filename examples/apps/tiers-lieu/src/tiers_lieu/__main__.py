"""``tiers-lieu``: open the house, with the invented network where the store is empty, and serve the pages."""

from __future__ import annotations

import argparse
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import attrs
import uvicorn

from cantinekit.errors import CantineError
from tiers_lieu.app import create_app
from tiers_lieu.houses import open_house, shows_the_demo
from tiers_lieu.settings import Settings

BANK = "tiers-lieu-bank.json"
"""What the fake bank knows, beside the store."""
KEEP_ALIVE = 75
"""Seconds for which a connection stays open unused: longer than clients keep theirs, so that no form meets its end."""


def main() -> None:
    """Serve the application until it is interrupted."""
    parser = argparse.ArgumentParser(prog="tiers-lieu", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="where it listens (default: this machine only)")
    parser.add_argument("--port", type=int, default=8000, help="the port (default: 8000)")
    parser.add_argument("--bank-port", type=int, default=8180, help="the port of the fake bank (default: 8180)")
    given = parser.parse_args()
    settings = Settings.of()
    if settings.address == Settings().address:
        settings = attrs.evolve(settings, address=f"http://{given.host}:{given.port}")
    # Python would end at once, and leave the fake bank running.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        serve(settings, given.host, given.port, given.bank_port)
    except CantineError as error:
        raise SystemExit(f"tiers-lieu: {error}") from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None


def serve(settings: Settings, host: str, port: int, bank_port: int) -> None:
    """Listen, open the house, say where to look, and answer.

    Args:
        settings: how the installation runs.
        host: where it listens.
        port: the port.
        bank_port: the port of the fake bank.
    """
    with listening(host, port) as taken, paying(settings, bank_port) as settings, open_house(settings) as house:
        as_whom = "(sign in as {})".format if shows_the_demo(house, settings) else "".format
        for line in (
            f"programme        {settings.address}/",
            f"rooms            {settings.address}/rooms",
            f"member's area    {settings.address}/me        {as_whom('Zoé Marchand')}",
            f"front desk       {settings.address}/desk      {as_whom('Ana Ferreira')}",
            f"administration   {settings.address}/admin     {as_whom('Karim Haddad')}",
            f"the store        {settings.store}",
            "Ctrl-C ends it.",
        ):
            print(line.rstrip(), flush=True)
        app = create_app(house, settings)
        uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_keep_alive=KEEP_ALIVE)).run(sockets=[taken])


def listening(host: str, port: int) -> socket.socket:
    """The socket on which the pages are served. It is taken first: nothing is opened for a port that another has.

    Args:
        host: where it listens.
        port: the port.
    """
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        text = f"tiers-lieu: {host} has no port {port} for it ({error.strerror}); --port names another one"
        raise SystemExit(text) from None


@contextmanager
def paying(settings: Settings, port: int) -> Iterator[Settings]:
    """The settings with a gateway for cards: where none is named, a fake bank runs beside, as a process of its own.

    Args:
        settings: how the installation runs.
        port: the port of the fake bank.
    """
    if settings.card:
        yield settings
        return
    webhook = f"{settings.address}/webhooks/card"
    options = ["--attended", "--port", str(port), "--webhook", webhook, "--state", str(Path(BANK).absolute())]
    command = [sys.executable, "-m", "cantinekit", "fake-bank", *options]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as bank:
        try:
            assert bank.stdout is not None
            told = next((line for line in bank.stdout if line.startswith("payments=")), None)
            if told is None:
                raise SystemExit("tiers-lieu: the fake bank did not start; --bank-port names another port for it")
            print(f"the fake bank    http://127.0.0.1:{port}/", flush=True)
            yield attrs.evolve(settings, card=told.strip().removeprefix("payments="))
        finally:
            bank.terminate()


if __name__ == "__main__":
    main()
