"""Removing what only operation needed, once it is over."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from cantinekit import codec
from cantinekit.errors import StaleVersionError
from cantinekit.model import Quarantined, Request, Task
from cantinekit.ports import Change, Guard, Row, Storage


def sweep(storage: Storage, until: datetime) -> int:
    """Remove done tasks, answered requests and resolved quarantine of before an instant; how many rows."""
    kinds: tuple[tuple[Any, str], ...] = ((Request, "at"), (Task, "subject"), (Quarantined, "closed"))
    return sum(_sweep(storage, cls, field, until) for cls, field in kinds)


def _sweep(storage: Storage, cls: Any, field: str, until: datetime) -> int:
    removed, after = 0, None
    while True:
        page = storage.find(cls.kind, field, after=after, limit=500)
        over = [row for row in page.rows if _is_over(row, until)]
        if over:
            try:
                storage.apply(Change(removes=tuple(Guard(row.key, row.version) for row in over)))
                removed += len(over)
            except StaleVersionError:
                pass  # something came back to life meanwhile; the next sweep looks again
        after = page.next
        if after is None:
            return removed


def _is_over(row: Row, until: datetime) -> bool:
    record = codec.decode(row)
    if isinstance(record, Task):
        return record.state == "done" and record.due < until
    if isinstance(record, Quarantined):
        return record.resolved and record.at < until
    return isinstance(record, Request) and record.at < until
