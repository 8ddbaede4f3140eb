"""Removing what only operation needed, once it is over."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from cantinekit.clock import format_instant
from cantinekit.domain.base import index_field
from cantinekit.errors import StaleVersionError
from cantinekit.plugins.ports import Change, Guard, Row, Storage
from cantinekit.records import Quarantined, Request, Task
from cantinekit.runtime import codec

PAGE = 500
"""How many rows are read at once, and the most that one change removes: nobody who writes waits for more."""


def sweep(storage: Storage, until: datetime) -> int:
    """Remove done tasks, answered requests and resolved quarantine of before an instant.

    Requests and quarantine are found by their time, so that only what goes is read. Tasks are found by what they are
    about, and all are looked at.

    Args:
        storage: the store.
        until: what ended at this instant or later stays.

    Returns:
        how many rows were removed.
    """
    end = format_instant(until)
    return (
        _sweep(storage, Request, "at", end, lambda row: True)
        + _sweep(storage, Quarantined, "closed", end, lambda row: True)
        + _sweep(storage, Task, "subject", None, lambda row: _is_over(row, end))
    )


def _sweep(storage: Storage, cls: Any, field: str, lt: str | None, over: Callable[[Row], bool]) -> int:
    index_field(cls.kind, field)
    removed, after = 0, None
    while True:
        page = storage.find(cls.kind, field, lt=lt, after=after, limit=PAGE)
        removed += _remove(storage, [Guard(row.key, row.version) for row in page.rows if over(row)])
        after = page.next
        if after is None:
            return removed


def _remove(storage: Storage, some: list[Guard]) -> int:
    """Remove them in one change, without those that somebody else has changed or removed meanwhile; how many went."""
    while some:
        try:
            storage.apply(Change(removes=tuple(some)))
            break
        except StaleVersionError as clash:
            changed = set(clash.keys)
            left = [one for one in some if one.key not in changed]
            if len(left) == len(some):
                raise
            some = left
    return len(some)


def _is_over(row: Row, end: str) -> bool:
    """Whether a task is done, and was due before an instant. The texts of instants compare as the instants do."""
    task = codec.peek(row)
    return bool(task.get("state") == "done" and task["due"] < end)
