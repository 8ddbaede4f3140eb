"""Stores under which documents are issued: one that takes numbers as a SEQUENCE does, one that fails at any step."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

import attrs

from cantinekit.errors import StaleVersionError, StorageError
from cantinekit.plugins.ports import Change, Key, Row, Storage
from cantinekit.records import Document, NumberSeries
from support.stores.around import Around


class AsASequence(Around):
    """Takes the number of a document in a change of its own, before that of the document: as a SEQUENCE of SQL."""

    def apply(self, change: Change) -> None:
        taken = tuple(row for row in change.rows if row.kind == NumberSeries.kind)
        if taken and any(row.kind == Document.kind for row in change.rows):
            super().apply(Change(rows=taken))
            self.between()
            change = attrs.evolve(change, rows=tuple(row for row in change.rows if row not in taken))
        super().apply(change)

    def between(self) -> None:
        """The moment between the number and its document."""


class Failing(Around):
    """Fails now and then: before a change is stored, after it (the answer is lost), by a clash, or when it reads."""

    def __init__(self, inner: Storage, chance: Random, how_often: float = 0.3) -> None:
        super().__init__(inner)
        self._chance, self._how_often = chance, how_often
        self.on = False

    def _fails(self, way: str) -> bool:
        failed = self.on and self._chance.random() < self._how_often / 2
        self.counts[way] += failed
        return failed

    def load(self, keys: Sequence[Key]) -> Sequence[Row | None]:
        if self._fails("failed to read"):
            raise StorageError("the connection is gone", retryable=True)
        return super().load(keys)

    def apply(self, change: Change) -> None:
        if self._fails("rolled back"):
            raise StorageError("the disk is full", retryable=True)
        if self._fails("clashed"):
            raise StaleVersionError([change.rows[0].key] if change.rows else [])
        super().apply(change)
        if self._fails("lost the answer"):
            raise StorageError("the answer was lost", retryable=True)


def under(storage: Any) -> Any:
    """The store beneath all others."""
    while hasattr(storage, "inner"):
        storage = storage.inner
    return storage
