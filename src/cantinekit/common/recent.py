"""A table of what was used last, for what is costly to make and cheap to keep."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Recent(Generic[K, V]):
    """At most ``limit`` values by key; where one more comes, that which was used least recently goes. Thread-safe."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._kept: OrderedDict[K, V] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._kept)

    def by_age(self) -> tuple[K, ...]:
        """The keys, those that were used least recently first."""
        with self._lock:
            return tuple(self._kept)

    def get(self, key: K) -> V | None:
        """The value of a key, which is used by that; ``None`` where there is none, without waiting for anybody."""
        value = self._kept.get(key)
        if value is not None:
            with self._lock:
                if key in self._kept:  # another thread may just have let it go
                    self._kept.move_to_end(key)
        return value

    def put(self, key: K, value: V) -> None:
        """Keep a value, which is used by that."""
        with self._lock:
            self._kept[key] = value
            self._kept.move_to_end(key)
            if len(self._kept) > self._limit:
                self._kept.popitem(last=False)
