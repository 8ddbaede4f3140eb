"""The bank: its server, what a person does on a page, and the courier that brings webhooks until they are taken."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cantinekit.backends.http import exchange
from cantinekit.clock import SystemClock
from cantinekit.errors import InputError
from cantinekit.errors.shown import shown
from cantinekit.testing.fakebank import _pages
from cantinekit.testing.fakebank._fake import FakeProvider
from cantinekit.testing.fakebank._notebook import Notebook
from cantinekit.testing.fakebank._provider import KEY, SECRET, Due, Provider, Style
from cantinekit.testing.fakebank._resting import Resting
from cantinekit.testing.fakebank._stripe import StripeProvider
from cantinekit.testing.fakeserver import Answered, FakeServer
from cantinekit.testing.fakestripe import FakeStripe

PATIENCE = 10.0
"""How many seconds the receiver of a webhook has for its answer."""
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
"""Seconds until a webhook that was not taken is brought again; each time twice as long, up to the longest."""
LOOK = 1.0
"""Seconds between two looks for what is to be paid by now."""
_API = "/v1/"
Said = Callable[[str], None]
Pages = Callable[[str, str, bytes, str], Answered]


class FakeBank:
    """A bank at 127.0.0.1, from when it is made until ``close``; use it in a ``with`` block.

    What happens on a page is on the disk before the page answers. A webhook is brought again until it is taken, after
    the end of the process as well; so it may come twice.

    Args:
        style: the gateway that it stands behind.
        state: the file of its state; others, with ``.bank`` and ``.bank.told`` behind its name, are
            beside it.
        port: the port that it has; 0: any that is free.
        webhook: where webhooks go; ``None``: nowhere, and the house asks by ``run_due``.
        said: hears a line of each webhook.

    Raises:
        InputError: ``webhook`` is no address with http or https.

    Attributes:
        page: its address.
        url: what a house opens as its gateway account.
    """

    def __init__(
        self,
        style: Style,
        state: Path,
        *,
        port: int = 0,
        webhook: str | None = None,
        said: Said = lambda line: None,
    ) -> None:
        if webhook is not None and _pages.address(webhook) is None:
            raise InputError(f"a webhook goes to an address such as http://127.0.0.1:8000/paid, not {shown(webhook)}")
        self._notes = Notebook(state.with_name(state.name + ".bank"))
        self._webhook, self._said = webhook, said
        self._news, self._over = threading.Event(), threading.Event()
        self._resting = Resting(FIRST_PAUSE, LONGEST_PAUSE)
        self._clock, self._ticks = SystemClock(), time.monotonic
        self._server: FakeServer
        self._provider: Provider
        if style == "stripe":
            stripe = _StripeServer(self.answer, key=KEY, secrets=(SECRET,), port=port, state=state)
            self._server, self.page = stripe, f"http://127.0.0.1:{stripe.port}"
            self._provider = StripeProvider(stripe, self.page)
        else:
            self._server = _PageServer(self.answer, port)
            self.page = f"http://127.0.0.1:{self._server.port}"
            self._provider = FakeProvider(state, self.page)
        self.url = self._provider.url
        self._courier = threading.Thread(target=self._work, daemon=True)
        self._courier.start()

    def close(self) -> None:
        """End the server and the courier."""
        self._over.set()
        self._news.set()
        self._courier.join(PATIENCE + LOOK)
        self._server.close()

    def __enter__(self) -> FakeBank:
        return self

    def __exit__(self, *problem: object) -> None:
        self.close()

    # --- pages -------------------------------------------------------------------------------------------------------

    def answer(self, method: str, target: str, body: bytes, accepts: str = "") -> Answered:
        """The answer of a page.

        Args:
            method: the HTTP method.
            target: path and query; ``lang`` in the query is the language, "fr" or "en".
            body: the body of the request.
            accepts: the languages that the browser likes, as its header Accept-Language says them.
        """
        path, chosen = urlsplit(target).path, parse_qs(urlsplit(target).query).get("lang", [None])[-1]
        payment = self._provider.find(path.removeprefix("/pay/")) if path.startswith("/pay/") else None
        lang = _pages.language(chosen, payment.lang if payment is not None else None, accepts)
        if path == "/" and method == "GET":
            return 200, _pages.listed(self._provider.payments(), lang), _pages.HEADERS
        if payment is None:
            return 404, _pages.missing(lang), _pages.HEADERS
        if method == "GET":
            return 200, _pages.asked(payment, lang), _pages.HEADERS
        form = {name: values[-1] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}
        if not self._do(payment.id, form):
            return 400, _pages.asked(payment, lang), _pages.HEADERS
        where = _pages.address(payment.back) or f"{self.page}/pay/{payment.id}?lang={lang}"
        return 303, b"", {**_pages.HEADERS, "Location": where}

    def _do(self, id: str, form: dict[str, str]) -> bool:
        """Do what somebody chose on the page of a payment; whether it can be done."""
        chosen, seconds = form.get("do"), form.get("seconds", "60")
        if chosen == "pay":
            self._provider.pay(id)
        elif chosen == "decline":
            self._provider.fail(id, "card_declined")
        elif chosen == "close":
            self._provider.fail(id, "the payment page has expired")
        elif chosen == "late":
            if not (seconds.isascii() and seconds.isdigit() and int(seconds) <= _pages.LONGEST_WAIT):
                return False
            self._notes.put_off(id, self._clock.now() + timedelta(seconds=int(seconds)))
        elif chosen != "back":
            return False
        self._news.set()
        return True

    # --- the courier -------------------------------------------------------------------------------------------------

    def _work(self) -> None:
        pause = FIRST_PAUSE
        while not self._over.is_set():
            self._news.clear()
            try:
                heard = self._round()
            except Exception as error:  # a full disk, say: what is on it is brought later
                self._said(f"the bank cannot go on for now: {type(error).__name__}")
                heard = False
            self._news.wait(min(LOOK, self._resting.ends_in(self._ticks())) if heard else pause)
            pause = FIRST_PAUSE if heard else min(2 * pause, LONGEST_PAUSE)

    def _round(self) -> bool:
        """Pay what is to be paid by now, and bring what was not taken yet; whether there was somebody to hear it."""
        for id in self._notes.late(self._clock.now()):
            self._provider.pay(id)
            self._notes.over(id)
        return self._webhook is None or self._bring(self._webhook)

    def _bring(self, where: str) -> bool:
        """Bring what was not taken yet, in its order, what was refused before behind the rest.

        One that is refused rests for a while, and the others are brought meanwhile. Where nobody answers the others
        wait for the next round: it would be the same with them.
        """
        skipped = self._notes.told | self._resting.at(self._ticks())
        untold = self._provider.untold(skipped, self._clock.now())
        for due in sorted(untold, key=lambda one: self._resting.pause(one.token)):
            if self._over.is_set():
                return False
            status = self._take(where, due)
            if status is not None and 200 <= status < 300:
                self._notes.tell(due.token)
                self._resting.forget(due.token)
                continue
            self._resting.lay(due.token, self._ticks())
            if status is None:
                return False
        return True

    def _take(self, where: str, due: Due) -> int | None:
        """Bring a webhook; the status of the answer, ``None``: there was none."""
        parts = urlsplit(where)
        tls = None
        if parts.scheme == "https":
            import ssl

            tls = ssl.create_default_context()
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        port = parts.port or (443 if tls else 80)
        body, headers = due.webhook
        found = exchange(parts.hostname or "", port, tls, "POST", target, body, headers, PATIENCE)
        answered = found if isinstance(found, str) else str(found.status)
        self._said(f"webhook {due.what}: {answered}")
        return None if isinstance(found, str) else found.status


class _PageServer(FakeServer):
    """Pages and nothing else."""

    def __init__(self, pages: Pages, port: int) -> None:
        self._pages = pages
        super().__init__(port)

    def answer(self, method: str, target: str, headers: Any, body: bytes) -> Answered | None:
        return self._pages(method, target, body, headers.get("Accept-Language") or "")


class _StripeServer(FakeStripe):
    """The fake of Stripe's API, with pages beside it."""

    def __init__(self, pages: Pages, **options: Any) -> None:
        self._pages = pages
        super().__init__(**options)

    def answer(self, method: str, target: str, headers: Any, body: bytes) -> Answered | None:
        if target.startswith(_API):
            return super().answer(method, target, headers, body)
        return self._pages(method, target, body, headers.get("Accept-Language") or "")
