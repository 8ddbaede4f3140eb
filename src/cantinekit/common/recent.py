"""A cache that keeps the values that were used last."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Recent(Generic[K, V]):
    """At most ``limit`` values by key; one more drops the value that was used least recently. Thread-safe.

    Args:
        limit: the most values.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._kept: OrderedDict[K, V] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: K) -> V | None:
        """The value of a key, or ``None``; this counts as a use. A miss takes no lock.

        Args:
            key: the key.
        """
        value = self._kept.get(key)
        if value is not None:
            with self._lock:
                if key in self._kept:  # another thread may just have let it go
                    self._kept.move_to_end(key)
        return value

    def put(self, key: K, value: V) -> None:
        """Keep a value; this counts as a use.

        Args:
            key: the key.
            value: the value.
        """
        with self._lock:
            self._kept[key] = value
            self._kept.move_to_end(key)
            if len(self._kept) > self._limit:
                self._kept.popitem(last=False)

    def clear(self) -> None:
        """Drop all values."""
        with self._lock:
            self._kept.clear()
