"""The store of a house on connections of its host keeps the storage contract."""

from __future__ import annotations

from functools import partial

import pytest

from cantinekit.testing import StorageContract
from support.postgres.hosts_connections import JoinedByThread
from support.run.soak import SOAK

OF_THE_SERVER = (
    "test_a_change_that_a_kill_cuts_short_is_whole_or_not_there",
    "test_a_change_that_a_timer_breaks_off_leaves_nothing",
    "test_a_killed_process_holds_nobody_up",
    "test_a_large_change_that_a_timer_kills_is_whole_or_not_there",
    "test_a_process_sees_what_another_has_applied",
    "test_crossed_reads_and_writes_of_processes",
    "test_no_entry_turns_up_late_from_another_process",
    "test_processes_could_have_gone_one_by_one",
    "test_what_was_acknowledged_survives_a_kill",
)
"""What the server promises rather than the store: proved with the store of the house, and here in a soak."""


class TestJoined(StorageContract):
    """Each thread has a connection of the host, on which no transaction is open: a change is one of its own.

    The large promises are those of the server, which its own store keeps at full size.
    """

    scale = 1.0 if SOAK else 0.05

    @pytest.fixture(autouse=True)
    def _server(self, pg_fresh_url):
        self.fresh_url, self.opened = pg_fresh_url, []
        yield
        for storage in self.opened:
            storage.close()

    def open_storage(self):
        return self._at(self.fresh_url())

    def opener(self, storage):
        return partial(JoinedByThread, storage.url)

    def reopen(self, storage):
        return self._at(storage.url)

    def _at(self, url):
        self.opened.append(JoinedByThread(url))
        return self.opened[-1]


if not SOAK:
    for name in OF_THE_SERVER:
        assert callable(getattr(TestJoined, name))
        setattr(TestJoined, name, None)
