"""A host with connections of its own to the database of a house, and stores that join them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

import psycopg

from cantinekit.backends.postgres import open_postgres
from cantinekit.backends.postgres._connect import settings_of
from cantinekit.backends.postgres._joined import JoinedStorage
from cantinekit.backends.postgres._store import PostgresStorage
from cantinekit.plugins.ports import Change, JournalEntry, Key, Page, Row, StorageCapabilities
from cantinekit.urls import BackendUrl


def connect(url: str, **how: Any) -> psycopg.Connection:
    """A connection of the host to the database of a URL."""
    return psycopg.connect(**settings_of(BackendUrl.parse(url)).conninfo, **how)


class JoinedByThread:
    """Joins, in each thread, a connection of that thread, which commits each statement by itself."""

    capabilities = StorageCapabilities(joins_host_transaction=True, durable=True, shared=True)

    def __init__(self, url: str) -> None:
        self.url = url
        self.house: PostgresStorage = open_postgres(BackendUrl.parse(url))
        self._own = threading.local()
        self._lines: list[psycopg.Connection] = []

    @property
    def here(self) -> JoinedStorage:
        """The store on the connection of this thread."""
        if not hasattr(self._own, "store"):
            line = connect(self.url, autocommit=True)
            self._lines.append(line)
            self._own.store = self.house.joining(line)
        return self._own.store

    def load(self, keys: Sequence[Key]) -> Sequence[Row | None]:
        return self.here.load(keys)

    def find(self, kind: str, field: str, **how: Any) -> Page:
        return self.here.find(kind, field, **how)

    def apply(self, change: Change) -> None:
        self.here.apply(change)

    def journal(self, *, subject: Key | None = None, after: int = 0, limit: int = 100) -> Sequence[JournalEntry]:
        return self.here.journal(subject=subject, after=after, limit=limit)

    def in_host_transaction(self) -> bool:
        return self.here.in_host_transaction()

    def after_commit(self, work: Callable[[], None]) -> None:
        self.here.after_commit(work)

    def close(self) -> None:
        """Close the store in this thread, and the connections of all threads."""
        self.here.close()
        for line in self._lines:
            line.close()
        self.house.close()
