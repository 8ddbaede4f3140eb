"""Chromium for tests of pages: one process for all of them, and the example application served to it."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import uvicorn

from support.servers.free_ports import free_port

if TYPE_CHECKING:
    from fastapi import FastAPI
    from playwright.sync_api import Browser, Page

PROGRAM = shutil.which("chromium") or shutil.which("chromium-browser")
needs_chromium = pytest.mark.skipif(PROGRAM is None, reason="there is no Chromium here: apt-get install chromium")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PICTURES = Path(__file__).parents[2] / "apps" / "pictures"
"""Where the screenshots are, for somebody to look at; git ignores it."""
WIDE, NARROW = (1280, 900), (390, 844)
"""The sizes of a window on a desk and of a telephone, in CSS pixels."""
STARTS_WITHIN = 10.0
"""Seconds."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser, closed at the end."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=PROGRAM, args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()


class Served:
    """An application on a port of this machine, in a thread, until it is closed."""

    def __init__(self, port: int, app: FastAPI) -> None:
        self.server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error", ws="none", lifespan="off"))
        self._thread = threading.Thread(target=self.server.run, daemon=True)
        self._thread.start()
        waited = threading.Event()
        for _ in range(int(STARTS_WITHIN / 0.02)):
            if self.server.started:
                return
            waited.wait(0.02)
        raise AssertionError("the application did not start")

    def close(self) -> None:
        """Stop serving, without waiting for browsers that keep their connections."""
        self.server.should_exit = self.server.force_exit = True
        self._thread.join()


def address() -> tuple[int, str]:
    """A free port of this machine, and its address."""
    port = free_port()
    return port, f"http://127.0.0.1:{port}"


def picture(page: Page, name: str) -> None:
    """Keep a screenshot of a page."""
    PICTURES.mkdir(exist_ok=True)
    page.screenshot(path=PICTURES / f"{name}.png", full_page=True)
