"""The bank behind ``fake://``: it shares a state file with the gateway in the process of the house."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from cantinekit.backends.payments import FakeCharge, FakeGateway
from cantinekit.testing.fakebank._provider import SECRET, Due, Payment, PaymentState
from cantinekit.testing.payment_stage import Webhook
from cantinekit.urls import Secret

_STATES: dict[str, PaymentState] = {"pending": "open", "settled": "paid", "declined": "declined"}


class FakeProvider:
    """The pending charges of ``fake://`` gateways that have the same state file.

    Args:
        state: the file.
        page: the address of the bank.
    """

    def __init__(self, state: Path, page: str) -> None:
        self._gateway = FakeGateway(secrets=[Secret(SECRET)], state=state)
        self.url = f"fake://?page={page}&secret={SECRET}&state={quote(str(state.absolute()))}"

    def payments(self) -> Sequence[Payment]:
        return [_payment(one) for one in reversed(self._gateway.charges)]

    def find(self, id: str) -> Payment | None:
        found = self._charge(id)
        return None if found is None else _payment(found)

    def pay(self, id: str) -> None:
        if (found := self._charge(id)) is not None:
            with suppress(KeyError):  # it is not pending any more
                self._gateway.settle(found.key)

    def fail(self, id: str, why: str) -> None:
        if (found := self._charge(id)) is not None:
            with suppress(KeyError):
                self._gateway.decline(found.key, why)

    def untold(self, told: frozenset[str], now: datetime) -> Iterator[Due]:
        for charge in self._gateway.charges:
            token = f"{charge.reference}-{charge.changes}"
            if charge.changes > 1 and token not in told and (seen := self._gateway.lookup(charge.key)) is not None:
                yield Due(token, f"{charge.reference} {charge.status}", Webhook(*self._gateway.webhook(seen, now=now)))

    def _charge(self, id: str) -> FakeCharge | None:
        return next((one for one in self._gateway.charges if one.reference == id), None)


def _payment(charge: FakeCharge) -> Payment:
    return Payment(charge.reference, charge.money, charge.description, _STATES[charge.status], charge.return_url)
