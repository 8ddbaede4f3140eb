"""Chromium for tests of pages: one process and a few windows for all of them, and the application served to it."""

from __future__ import annotations

import os
import shutil
import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe

from support.servers.free_ports import free_port

if TYPE_CHECKING:
    from fastapi import FastAPI
    from playwright.sync_api import Browser, Page
    from starlette.types import Receive, Scope, Send

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
ROOT = Path(__file__).parents[3]
DOCUMENTED = ROOT / "docs" / "pictures" / "application"
"""Where the screenshots of the documentation are."""
PICTURES = DOCUMENTED if os.environ.get("CANTINEKIT_PICTURES") else ROOT / "tests" / "apps" / "pictures"
"""Where screenshots are put, for somebody to look at: git ignores it, unless those of the documentation are made."""
WIDE, NARROW = (1280, 900), (390, 844)
"""The sizes of a window on a desk and of a telephone, in CSS pixels."""
STARTS_WITHIN = 10.0
"""Seconds."""
PATIENCE = 10_000
"""How many milliseconds a page has for anything."""


AXE = Axe().axe_script
"""axe-core, which finds what is not accessible on a page."""


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
    """Applications on one port of this machine, in a thread, until it is closed: one after the other.

    Attributes:
        address: where it is reached.
        app: what answers now.
    """

    def __init__(self) -> None:
        port = free_port()
        self.address = f"http://127.0.0.1:{port}"
        self.app: FastAPI | None = None
        self.server = uvicorn.Server(
            uvicorn.Config(self._answer, port=port, log_level="error", ws="none", lifespan="off", interface="asgi3")
        )
        self._thread = threading.Thread(target=self.server.run, daemon=True)
        self._thread.start()
        waited = threading.Event()
        for _ in range(int(STARTS_WITHIN / 0.02)):
            if self.server.started:
                return
            waited.wait(0.02)
        raise AssertionError("the application did not start")

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert self.app is not None
        await self.app(scope, receive, send)

    def close(self) -> None:
        """Stop serving, without waiting for browsers that keep their connections."""
        self.server.should_exit = self.server.force_exit = True
        self._thread.join()


class Windows:
    """Windows of a browser on one address, each with cookies of its own. Those that are given back are lent again: a
    new one costs most of a second.

    Args:
        browser: the browser.
        address: what they look at.
    """

    def __init__(self, browser: Browser, address: str) -> None:
        self._browser, self._address = browser, address
        self._free: dict[tuple[str, bool], list[Page]] = defaultdict(list)
        self._lent: list[tuple[tuple[str, bool], Page]] = []

    def lend(self, lang: str = "en", *, scripts: bool = True) -> Page:
        """A window that knows nobody.

        Args:
            lang: the language that it asks for.
            scripts: whether scripts run in it.
        """
        kind = (lang, scripts)
        page = self._free[kind].pop() if self._free[kind] else self._opened(*kind)
        self._lent.append((kind, page))
        return page

    def _opened(self, lang: str, scripts: bool) -> Page:
        context = self._browser.new_context(
            base_url=self._address,
            locale={"en": "en-GB", "fr": "fr-FR"}[lang],
            java_script_enabled=scripts,
            viewport={"width": WIDE[0], "height": WIDE[1]},
        )
        context.set_default_timeout(PATIENCE)
        return context.new_page()

    def take_back(self) -> None:
        """Have all windows again that were lent, empty."""
        while self._lent:
            kind, page = self._lent.pop()
            page.goto("about:blank")
            page.emulate_media(color_scheme="light")
            page.context.clear_cookies()
            self._free[kind].append(page)


def violations(page: Page, options: Mapping[str, object]) -> list[str]:
    """What axe-core finds on a page, as "rule: element".

    Args:
        page: the page.
        options: which of its rules are asked.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    found = page.evaluate("options => axe.run(options).then(found => found.violations)", options)
    return [f"{one['id']}: {node['html']}" for one in found for node in one["nodes"]]


def picture(page: Page, name: str) -> None:
    """Keep a screenshot of a page."""
    PICTURES.mkdir(exist_ok=True)
    page.screenshot(path=PICTURES / f"{name}.jpg", type="jpeg", quality=75, full_page=True)


BREAKING_OUT = """() => {
    const found = []
    const scrolls = one => /auto|scroll/.test(getComputedStyle(one).overflowX)
    const looked = one => one.checkVisibility() && !one.closest('.unseen, .skip, svg, select, datalist')
    const compare = (box, parent, what) => {
        const style = getComputedStyle(parent), frame = parent.getBoundingClientRect()
        if (style.display === 'contents' || scrolls(parent) || !box.width || !frame.width) return
        if (box.left < frame.left - 1 || box.right > frame.right + 1)
            found.push(`${what} in ${parent.tagName.toLowerCase()}.${parent.className}: ` +
                [box.left, box.right, frame.left, frame.right].map(Math.round).join(' '))
    }
    for (const one of document.body.querySelectorAll('*')) {
        if (!looked(one)) continue
        const parent = one.parentElement
        compare(one.getBoundingClientRect(), parent, `${one.tagName.toLowerCase()}.${one.className}`)
        for (const text of one.childNodes) {
            if (text.nodeType !== Node.TEXT_NODE || !text.data.trim()) continue
            const range = document.createRange()
            range.selectNodeContents(text)
            for (const box of range.getClientRects()) compare(box, one, `"${text.data.trim().slice(0, 30)}"`)
        }
    }
    const root = document.documentElement
    if (root.scrollWidth > root.clientWidth) found.push(`the page: ${root.scrollWidth} in ${root.clientWidth}`)
    return [...new Set(found)]
}"""
"""Each element, and each line of a text, that reaches beyond its parent, and a page wider than its window. What is in
a part that scrolls may be wider than that; what is for screen readers only is a point."""


def breaking_out(page: Page) -> list[str]:
    """What is wider than its parent on a page, as "what in parent: left and right of it, and of the parent"."""
    return list(page.evaluate(BREAKING_OUT))
