"""The bank behind ``stripe://``: the fake of Stripe's API, with pages in place of Stripe's."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from threading import RLock

from cantinekit.money import Money
from cantinekit.testing.fakebank._provider import KEY, SECRET, Due, Payment, PaymentState
from cantinekit.testing.fakestripe import AccountBook, FakeStripe, signed
from cantinekit.testing.fakestripe.objects import Object

_SESSIONS: dict[str, PaymentState] = {"open": "open", "complete": "paid", "expired": "declined"}
_INTENTS: dict[str, PaymentState] = {"requires_action": "open", "succeeded": "paid"}


class StripeProvider:
    """The Checkout sessions of a fake of Stripe, and the PaymentIntents that a bank asks the payer about.

    Args:
        server: the fake.
        page: the address of the bank.
    """

    def __init__(self, server: FakeStripe, page: str) -> None:
        self._server, self._lock = server, RLock()
        book = self._book
        book.checkout = book.three_d_secure = f"{page}/pay"
        self.url = f"stripe://127.0.0.1:{server.port}?key={KEY}&webhook={SECRET}"

    @property
    def _book(self) -> AccountBook:
        return self._server.book()

    def payments(self) -> Sequence[Payment]:
        book = self._book
        sessions, intents = list(book.sessions.values()), list(book.intents.values())
        asked = [one for one in intents if _comes_back(one) is not None]
        return [self._payment(one) for one in sorted([*sessions, *asked], key=_made, reverse=True)]

    def find(self, id: str) -> Payment | None:
        found = self._book.sessions.get(id) or self._book.intents.get(id)
        return None if found is None else self._payment(found)

    def pay(self, id: str) -> None:
        with self._lock:  # two that pay at once pay once
            if self._open(id):
                self._server.pay(id)

    def fail(self, id: str, why: str) -> None:
        with self._lock:
            if self._open(id):
                self._server.decline(id)

    def untold(self, told: frozenset[str], now: datetime) -> Iterator[Due]:
        for event in list(self._book.events):
            if event["id"] not in told:
                body = json.dumps(event, indent=2).encode()
                yield Due(event["id"], event["type"], signed(body, now, [SECRET]))

    def _open(self, id: str) -> bool:
        found = self.find(id)
        return found is not None and found.state == "open"

    def _payment(self, of: Object) -> Payment:
        session = of["object"] == "checkout.session"
        amount = Money(of["amount_total" if session else "amount"], of["currency"].upper())
        state = _SESSIONS[of["status"]] if session else _INTENTS.get(of["status"], "declined")
        back, lang = (of["success_url"], of["locale"]) if session else (_comes_back(of), None)
        return Payment(of["id"], amount, self._book.told_as(of), state, back, lang)


def _comes_back(intent: Object) -> str | None:
    """Where somebody whom the bank asked comes back to; ``None``: the bank does not ask."""
    action = intent["next_action"] or {}
    found: str | None = (action.get("redirect_to_url") or {}).get("return_url")
    return found


def _made(one: Object) -> int:
    return int(one["created"])
