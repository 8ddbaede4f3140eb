"""The store keeps the promises of the storage contract, each of which is a test."""

from __future__ import annotations

import os
from functools import partial

import pytest

from cantinekit.testing import StorageContract, open_installed


class TestMariaDb(StorageContract):
    """Every store has a database of its own; other processes open it by its URL."""

    scale = float(os.environ.get("CONTRACT_SCALE", "1"))

    @pytest.fixture(autouse=True)
    def _server(self, fresh_url):
        self.fresh_url, self.urls = fresh_url, {}

    def open_storage(self):
        url = self.fresh_url()
        storage = open_installed(url)
        self.urls[storage] = url
        return storage

    def opener(self, storage):
        return partial(open_installed, self.urls[storage])
