"""What is to be called after commits of the host, of which libpq tells nobody."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

MANY = 100
"""So many works, and it is looked at what became of them, though nobody has called ``run_due``."""


class Awaited:
    """What is to be called after commits of the host. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._works: list[tuple[int, Callable[[], None]]] = []

    def add(self, first: int, last: int, work: Callable[[], None]) -> bool:
        """Keep what is to be called once the entries from one number to another are there for good.

        What waits for the same numbers, or for later ones of the same transaction, was rolled back to a savepoint. It
        gives whether so many wait by now that somebody should look.
        """
        with self._lock:
            self._works = [one for one in self._works if one[0] < first or one[0] >> 16 != last >> 16]
            self._works.append((last, work))
            return len(self._works) % MANY == 0

    def tell(self, look: Callable[[Sequence[int]], tuple[set[int], set[int]]]) -> None:
        """Call what has been committed, and forget what has been rolled back.

        ``look`` says of some numbers which of them are of transactions that have not ended, and which are there.
        """
        with self._lock:
            works, self._works = self._works, []
        if not works:
            return
        try:
            running, there = look([number for number, _ in works])
        except BaseException:
            with self._lock:
                self._works = works + self._works
            raise
        with self._lock:
            self._works = [one for one in works if one[0] in running] + self._works
        for number, work in works:
            if number in there - running:
                work()
