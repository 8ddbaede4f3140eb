"""The store keeps the promises of the storage contract, each of which is a test, on SQLite and PostgreSQL."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial

import pytest
from django.db import connections

import host_process
from cantinekit.testing import StorageContract
from cantinekit_django.store import DjangoStorage


class Contract(StorageContract):
    """A fresh database for each store; another handle is another object on the same.

    The large promises are of the size that the port demands, unless CONTRACT_SCALE says less.
    """

    database: str
    scale = float(os.environ.get("CONTRACT_SCALE", "1"))

    @pytest.fixture(autouse=True)
    def _fresh(self, fresh):
        self.make = fresh

    def open_storage(self):
        return DjangoStorage(self.make(self.database))

    def opener(self, storage):
        return partial(host_process.open_store, connections.settings[storage.alias], storage.alias)

    def reopen(self, storage):
        return DjangoStorage(storage.alias)

    def together(self, *jobs: Callable[[], None]) -> None:
        """Each thread has its own connections, and closes them at its end, as Django does at the end of a request."""
        super().together(*(closing(job) for job in jobs))


def closing(job: Callable[[], None]) -> Callable[[], None]:
    def run() -> None:
        try:
            job()
        finally:
            connections.close_all()

    return run


class TestSqlite(Contract):
    database = "sqlite"


class TestPostgresql(Contract):
    database = "postgresql"
