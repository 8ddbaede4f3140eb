"""``HeldBack``: a store that stands still in the middle of a change until a test lets it go on."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from cantinekit.plugins.ports import Change, Key, Row
from support.stores.around import Around

PATIENCE = 20
"""Seconds after which a test has hung."""


class HeldBack(Around):
    """Holds changes, and reads where a test says so, from ``hold`` until ``let_go``.

    ``inside``: somebody stands in the store. ``applied``: how many changes were stored since ``hold``.
    """

    def __init__(self, inner) -> None:
        super().__init__(inner)
        self.inside = threading.Semaphore(0)
        self._open = threading.Event()
        self._open.set()
        self._reads = False
        self.applied = 0

    def hold(self, *, reads: bool = False) -> None:
        """Let nobody through from now on."""
        self._open.clear()
        self._reads, self.applied = reads, 0

    def let_go(self) -> None:
        """Let everybody through."""
        self._open.set()

    def load(self, keys: Sequence[Key]) -> Sequence[Row | None]:
        if self._reads:
            self._stand()
        return super().load(keys)

    def apply(self, change: Change) -> None:
        self._stand()
        super().apply(change)
        self.applied += 1

    def _stand(self) -> None:
        if not self._open.is_set():
            self.inside.release()
            if not self._open.wait(PATIENCE):
                raise TimeoutError("nobody let the store go on")
