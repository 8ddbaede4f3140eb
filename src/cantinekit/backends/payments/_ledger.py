"""The records of the fake gateway, in memory or in a file that several processes share.

The file begins with a line that names it; each further line holds what one call changed, as JSON. A change appends its
line, and a reader parses the lines that it has not seen: neither costs more when there were many payments before.
Files of before are one JSON object. They are read, and written anew in lines by the next change.
"""

from __future__ import annotations

import json
import os
import secrets
import threading
from collections import ChainMap
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import attrs

from cantinekit.common.whole_file import replace_whole
from cantinekit.errors import GatewayError
from cantinekit.money import Money
from cantinekit.plugins.ports import ChargeStatus

T = TypeVar("T")
_NAME = "fake_ledger"
"""The only key of the first line of a file of lines. Its value tells a file from one that was there before it."""
_BEGINNING = b'{"fake_ledger":'


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

    charges: MutableMapping[str, FakeCharge] = attrs.Factory(dict)
    refunds: MutableMapping[str, FakeRefund] = attrs.Factory(dict)
    charge_steps: int = 0
    refund_steps: int = 0

    def draft(self) -> ScriptedLedger:
        """The same for somebody who changes it: what is changed stays beside what was there."""
        return ScriptedLedger(
            ChainMap({}, self.charges), ChainMap({}, self.refunds), self.charge_steps, self.refund_steps
        )

    def changes(self, draft: ScriptedLedger) -> ScriptedLedger | None:
        """What was changed in a draft of this one; ``None``: nothing."""
        found = ScriptedLedger(_changed(draft.charges), _changed(draft.refunds), draft.charge_steps, draft.refund_steps)
        steps = (found.charge_steps, found.refund_steps) != (self.charge_steps, self.refund_steps)
        return found if found.charges or found.refunds or steps else None

    def take(self, changes: ScriptedLedger) -> None:
        """Take up what was changed."""
        self.charges.update(changes.charges)
        self.refunds.update(changes.refunds)
        self.charge_steps, self.refund_steps = changes.charge_steps, changes.refund_steps

    def dump(self) -> bytes:
        """A line of a file."""
        return json.dumps(attrs.asdict(self), ensure_ascii=True, separators=(",", ":")).encode() + b"\n"

    @classmethod
    def read(cls, text: bytes) -> ScriptedLedger:
        """Raises ``ValueError``, ``KeyError``, ``TypeError`` or ``AttributeError`` for what ``dump`` did not write."""
        data: dict[str, Any] = json.loads(text)
        return cls(
            {key: FakeCharge(**value) for key, value in data["charges"].items()},
            {key: FakeRefund(**value) for key, value in data["refunds"].items()},
            data["charge_steps"],
            data["refund_steps"],
        )


def _changed(draft: MutableMapping[str, T]) -> dict[str, T]:
    assert isinstance(draft, ChainMap)
    return dict(draft.maps[0])


class Ledger:
    """A book that many may read, and one at a time changes; with a path, the book is a file that processes share.

    Whoever changes it holds a lock that ends with the process; whoever reads does not wait for it. What a call has
    changed is on the disk before the call returns. A line that a process left half written, since it was killed, is
    nothing: nobody was answered with it.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._writing, self._reading = threading.Lock(), threading.Lock()
        self._forget()

    def _forget(self) -> None:
        """Nothing of the file was read."""
        self._book = ScriptedLedger()
        self._mark: tuple[int, int, int] | None = None
        self._head, self._at, self._torn = b"", 0, False

    @contextmanager
    def look(self) -> Iterator[ScriptedLedger]:
        """The book as it is, not to be changed; the block is short, since other threads wait for its end."""
        with self._reading:
            if self._path is not None:
                self._catch_up(self._path)
            yield self._book

    @contextmanager
    def open(self) -> Iterator[ScriptedLedger]:
        """The book, for one caller at a time; nothing is changed where the block raises."""
        locked = nullcontext() if self._path is None else _file_lock(self._path.with_name(self._path.name + ".lock"))
        with self._writing, locked:
            with self.look() as book:
                draft = book.draft()
            yield draft
            changes = book.changes(draft)
            if changes is None:
                return
            if self._path is None:
                with self._reading:
                    book.take(changes)
            elif self._head and not self._torn:
                _append(self._path, changes.dump())
            else:
                whole = ScriptedLedger(dict(book.charges), dict(book.refunds))
                whole.take(changes)
                name = json.dumps({_NAME: secrets.token_hex(8)}, separators=(",", ":"))
                replace_whole(self._path, f"{name}\n{whole.dump().decode()}")

    def _catch_up(self, path: Path) -> None:
        """Read what is in the file and was not read yet: nothing, where the file is as it was."""
        try:
            if _mark(os.stat(path)) == self._mark:
                return
            with path.open("rb") as file:
                mark = _mark(os.fstat(file.fileno()))
                head = file.readline()
                if head.startswith(_BEGINNING):
                    self._read_lines(head, file)
                else:
                    self._forget()
                    self._book = ScriptedLedger.read(head + file.read())
                self._mark = mark
        except FileNotFoundError:
            self._forget()
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            self._forget()
            raise GatewayError(f"the state file {path.name} of fake:// cannot be read", retryable=False) from error

    def _read_lines(self, head: bytes, file: BinaryIO) -> None:
        if head != self._head or file.seek(0, os.SEEK_END) < self._at:  # it is not the file that was read before
            self._forget()
            self._head, self._at = head, len(head)
        file.seek(self._at)
        text = file.read()
        end = text.rfind(b"\n") + 1
        for line in text[:end].split(b"\n")[:-1]:
            self._book.take(ScriptedLedger.read(line))
        self._at += end
        self._torn = end < len(text)


def _mark(file: os.stat_result) -> tuple[int, int, int]:
    return file.st_ino, file.st_size, file.st_mtime_ns


def _append(path: Path, line: bytes) -> None:
    with path.open("ab") as file:
        file.write(line)
        file.flush()
        os.fsync(file.fileno())


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
