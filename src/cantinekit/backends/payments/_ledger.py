"""The records of the fake gateway, in memory or in a file that several processes share."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs

from cantinekit.common.whole_file import replace_whole
from cantinekit.errors import GatewayError
from cantinekit.money import Money
from cantinekit.plugins.ports import ChargeStatus


@attrs.frozen
class FakeCharge:
    """One charge as the fake records it. Amounts are in minor units.

    Attributes:
        key: its idempotency key.
        amount: what was asked for.
        currency: ISO 4217 code of all its amounts.
        status: what became of it.
        reference: the fake's own name of the payment.
        at: when it was made, as the text of an instant.
        captured: what was taken so far.
        refunded: what was given back so far.
        disputed: what the payer's bank took back.
        reason: why it was declined.
        next_url: where the payer would pay, while it is pending.
        changes: how many times it changed, its creation included.
        description: what the payer sees of it.
        return_url: where the payer comes back to after paying.
    """

    key: str
    amount: int
    currency: str
    status: ChargeStatus
    reference: str
    at: str
    captured: int = 0
    refunded: int = 0
    disputed: int = 0
    reason: str = ""
    next_url: str | None = None
    changes: int = 1
    description: str = ""
    return_url: str | None = None

    @property
    def money(self) -> Money:
        return Money(self.amount, self.currency)


@attrs.frozen
class FakeRefund:
    """One refund as the fake records it; a pending one already counts against what may be refunded.

    Attributes:
        key: its idempotency key.
        charge_key: the key of the charge.
        amount: what goes back, in minor units.
        currency: ISO 4217 code of the amount.
        status: what became of it.
        reference: the fake's own name of the refund.
        reason: why it was declined.
    """

    key: str
    charge_key: str
    amount: int
    currency: str
    status: ChargeStatus
    reference: str
    reason: str = ""


@attrs.define
class ScriptedLedger:
    """All charges and refunds by key, and how far the two scripts have come."""

    charges: dict[str, FakeCharge] = attrs.Factory(dict)
    refunds: dict[str, FakeRefund] = attrs.Factory(dict)
    charge_steps: int = 0
    refund_steps: int = 0

    def dump(self) -> str:
        return json.dumps(attrs.asdict(self), ensure_ascii=True, indent=1)

    @classmethod
    def read(cls, text: str) -> ScriptedLedger:
        """Raises ``ValueError``, ``KeyError`` or ``TypeError`` for a text that ``dump`` did not write."""
        data: dict[str, Any] = json.loads(text)
        return cls(
            {key: FakeCharge(**value) for key, value in data["charges"].items()},
            {key: FakeRefund(**value) for key, value in data["refunds"].items()},
            data["charge_steps"],
            data["refund_steps"],
        )


class Ledger:
    """A book with a lock around it; with a path, the book is a file, replaced whole by an atomic rename."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._lock = threading.RLock()
        self._book = ScriptedLedger()

    @contextmanager
    def open(self) -> Iterator[ScriptedLedger]:
        """The book, for one caller at a time. Whoever raises in the block has to do so before changing anything."""
        with self._lock:
            if self._path is None:
                yield self._book
                return
            with _file_lock(self._path.with_name(self._path.name + ".lock")):
                book = self._read(self._path)
                before = book.dump()
                yield book
                after = book.dump()
                if after != before:
                    replace_whole(self._path, after)

    @staticmethod
    def _read(path: Path) -> ScriptedLedger:
        try:
            return ScriptedLedger.read(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return ScriptedLedger()
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise GatewayError(f"the state file {path.name} of fake:// cannot be read", retryable=False) from error


@contextmanager
def _file_lock(path: Path) -> Iterator[None]:
    """Hold a lock that other processes respect and that ends with the process."""
    import fcntl

    try:
        handle = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    except OSError as error:
        raise GatewayError(f"the lock file {path.name} of fake:// cannot be opened", retryable=False) from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
