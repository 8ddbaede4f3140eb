"""What the bank itself remembers: which webhooks were taken, and what is paid later."""

from __future__ import annotations

import json
import threading
from datetime import datetime
from pathlib import Path

from cantinekit.clock import format_instant, parse_instant
from cantinekit.common.whole_file import replace_whole


class Notebook:
    """Two files, used by several threads: one is written whole when a payment is put off or made, the other, with
    ``.told`` behind its name, gets a line for each webhook that was taken.

    Args:
        path: the file.
    """

    def __init__(self, path: Path) -> None:
        self._path, self._lock = path, threading.Lock()
        self._late: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))["late"] if path.exists() else {}
        self._lines = path.with_name(path.name + ".told")
        lines = self._lines.read_bytes() if self._lines.exists() else b""
        self._told = set(lines.decode().splitlines())
        if lines and not lines.endswith(b"\n"):
            self._append("")  # ends a line that was left half written

    @property
    def told(self) -> frozenset[str]:
        """The names of the webhooks that were taken."""
        with self._lock:
            return frozenset(self._told)

    def tell(self, token: str) -> None:
        """A webhook was taken.

        Args:
            token: its name.
        """
        with self._lock:
            self._told.add(token)
            self._append(token)

    def put_off(self, id: str, until: datetime) -> None:
        """A payment is paid later.

        Args:
            id: the payment.
            until: when.
        """
        with self._lock:
            self._late[id] = format_instant(until)
            self._write()

    def late(self, now: datetime) -> list[str]:
        """The payments that are to be paid by now.

        Args:
            now: the present instant.
        """
        with self._lock:
            return [id for id, until in self._late.items() if parse_instant(until) <= now]

    def over(self, id: str) -> None:
        """A payment that was put off is paid.

        Args:
            id: the payment.
        """
        with self._lock:
            self._late.pop(id, None)
            self._write()

    def _append(self, token: str) -> None:
        """Without ``fsync``: what the machine forgets when it fails is told twice."""
        with self._lines.open("a", encoding="utf-8") as file:
            file.write(f"{token}\n")

    def _write(self) -> None:
        replace_whole(self._path, json.dumps({"late": self._late}, indent=1))
