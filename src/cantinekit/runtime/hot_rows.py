"""Queueing for a row lock where many commands want the same row, instead of clashing on it and trying again.

Correctness does not depend on the lock: versions are compared all the same, and a command that does not get the lock in
time goes on without it.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import ExitStack

from cantinekit.plugins.ports import Change, Key, LocksRows, RowLock, Storage

WANTED = 2.0
"""For how long, in seconds, a row counts as hot after changes clashed on it, or after its lock was waited for."""
PATIENCE = 5.0
"""How long, in seconds, a command waits for a row lock."""
MAX_WANTED = 256
"""The most hot rows that are remembered; beyond that all of them are forgotten."""


class HotRowQueue:
    """Remembers on which rows changes clashed a moment ago, and waits for their locks. Thread-safe.

    Args:
        storage: the store; one that is not ``LocksRows`` has no locks, and then nothing is remembered.
    """

    def __init__(self, storage: Storage) -> None:
        self._storage = storage if isinstance(storage, LocksRows) else None
        self._wanted: dict[Key, float] = {}

    def note(self, keys: Sequence[Key]) -> bool:
        """Note that a change clashed, so that the next commands wait for the lock of its rows.

        Args:
            keys: the rows whose versions had changed.

        Returns:
            whether the caller may try again at once, under the lock. ``False`` where the store locks no rows, and where
            the rows were hot already: then the caller should pause first.
        """
        if self._storage is None:
            return False
        until = time.monotonic() + WANTED
        if len(self._wanted) > MAX_WANTED:
            self._wanted.clear()
        queued = any(key in self._wanted for key in keys)
        self._wanted.update(dict.fromkeys(keys, until))
        return not queued

    def take(self, keys: Sequence[Key], held: ExitStack, change: Change | None = None) -> RowLock | None:
        """Wait for the row lock, if one of these rows is hot.

        Args:
            keys: the rows that a command reads first, or rebases on. The first hot one of them is locked.
            held: the scope of the lock, which is released when this stack closes, at the latest.
            change: what will be applied under the lock, if it is known; the store may prepare it before the wait.

        Returns:
            what to read and write through; ``None`` if no row is hot.
        """
        if self._storage is None or not self._wanted:
            return None
        now = time.monotonic()
        wanted = sorted(key for key in keys if self._wanted.get(key, 0.0) > now)
        self._wanted.update(dict.fromkeys(wanted, now + WANTED))  # under locks nobody clashes and notes them again
        return held.enter_context(self._storage.row_lock(wanted[0], PATIENCE, change)) if wanted else None
