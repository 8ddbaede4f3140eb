"""Waiting for one's turn where many want the same row, instead of deciding in vain.

Nothing rests on it: versions are compared all the same, and whoever does not get a turn in time goes on without.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import ExitStack

from cantinekit.plugins.ports import Change, Key, Storage, TakesTurns, Turn

WANTED = 2.0
"""For how long, in seconds, a row on which changes clashed, or which was waited for, counts as wanted by many."""
PATIENCE = 5.0
"""How long, in seconds, somebody waits for a turn."""
MAX_WANTED = 256


class HotRowQueue:
    """Knows on which rows changes clashed a moment ago. Thread-safe."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage if isinstance(storage, TakesTurns) else None
        self._wanted: dict[Key, float] = {}

    def note(self, keys: Sequence[Key]) -> bool:
        """Changes clashed on these rows: the next commands wait for their turn. False where the store knows none."""
        if self._storage is None:
            return False
        until = time.monotonic() + WANTED
        if len(self._wanted) > MAX_WANTED:
            self._wanted.clear()
        queued = any(key in self._wanted for key in keys)
        self._wanted.update(dict.fromkeys(keys, until))
        return not queued

    def take(self, keys: Sequence[Key], held: ExitStack, change: Change | None = None) -> Turn | None:
        """Wait for a turn, if one of these rows is wanted by many; it ends with ``held`` at the latest.

        ``change`` is what will be applied in it, as far as it is known.
        """
        if self._storage is None or not self._wanted:
            return None
        now = time.monotonic()
        wanted = sorted(key for key in keys if self._wanted.get(key, 0.0) > now)
        self._wanted.update(dict.fromkeys(wanted, now + WANTED))  # in turns nobody clashes, who would note them again
        return held.enter_context(self._storage.turn(wanted[0], PATIENCE, change)) if wanted else None
