"""``tiers-lieu``: open the house, with the invented network where the store is empty, and serve the pages."""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import attrs
import uvicorn

from tiers_lieu.app import create_app
from tiers_lieu.houses import open_house
from tiers_lieu.settings import Settings

BANK = "tiers-lieu-bank.json"
"""What the fake bank knows, beside the store."""


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
    with paying(settings, given.bank_port) as settings, open_house(settings) as house:
        for line in (
            f"programme        {settings.address}/",
            f"rooms            {settings.address}/rooms",
            f"member's area    {settings.address}/me        (sign in as Zoé Marchand)",
            f"front desk       {settings.address}/desk      (sign in as Ana Ferreira)",
            f"administration   {settings.address}/admin     (sign in as Karim Haddad)",
            f"the store        {settings.store}",
        ):
            print(line, flush=True)
        uvicorn.run(create_app(house, settings), host=given.host, port=given.port, log_level="warning")


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
    command = [sys.executable, "-m", "cantinekit", "fake-bank", "--port", str(port), "--webhook", webhook]
    with subprocess.Popen([*command, "--state", str(Path(BANK).absolute())], stdout=subprocess.PIPE, text=True) as bank:
        try:
            assert bank.stdout is not None
            told = next((line for line in bank.stdout if line.startswith("payments=")), None)
            if told is None:
                raise SystemExit(f"the fake bank did not start: is port {port} taken?")
            print(f"the fake bank    http://127.0.0.1:{port}/", flush=True)
            yield attrs.evolve(settings, card=told.strip().removeprefix("payments="))
        finally:
            bank.terminate()


if __name__ == "__main__":
    main()
