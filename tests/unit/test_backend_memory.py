"""The store in memory, beyond the contract."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from cantinekit.backends.memory import MemoryStorage, open_memory
from cantinekit.errors import UrlError
from cantinekit.plugins.ports import Change, JournalEntry, Key, Row, Storage
from cantinekit.urls import BackendUrl


def test_each_opening_is_a_new_store():
    """memory:// gives a fresh store each time."""
    first, second = (open_memory(BackendUrl.parse("memory://")) for _ in range(2))
    first.apply(Change(rows=(Row("k", "a", 1, "{}"),)))
    assert second.load([Key("k", "a")]) == [None]


@pytest.mark.parametrize("url", ["memory://shared", "memory:///name", "memory://?x=1", "memory://h:1"])
def test_the_url_takes_nothing(url):
    """A host, a path or an option in memory:// is refused: it would promise sharing."""
    with pytest.raises(UrlError):
        open_memory(BackendUrl.parse(url))


def test_a_slash_is_nothing():
    """memory:/// is the same as memory://."""
    assert isinstance(open_memory(BackendUrl.parse("memory:///")), Storage)


def test_it_claims_neither_to_last_nor_to_be_shared():
    """Its capabilities say that it is gone with the process."""
    capabilities = MemoryStorage().capabilities
    assert not capabilities.durable
    assert not capabilities.shared
    assert not capabilities.joins_host_transaction


def test_plain_tuples_are_keys():
    """A plain tuple does as a key, and comes back as a Key."""
    storage = MemoryStorage()
    at = datetime(2026, 1, 1, tzinfo=UTC)
    storage.apply(Change(rows=(Row("k", "a", 1, "{}"),), events=(JournalEntry("t", at, "me", (("k", "a"),), "{}"),)))
    assert storage.load([("k", "a")])[0].id == "a"
    (entry,) = storage.journal(subject=("k", "a"))
    assert isinstance(entry.subjects[0], Key)


def test_what_it_gives_is_a_copy():
    """Changing the list that load or journal gave changes nothing in the store."""
    storage = MemoryStorage()
    at = datetime(2026, 1, 1, tzinfo=UTC)
    storage.apply(Change(rows=(Row("k", "a", 1, "{}"),), events=(JournalEntry("t", at, "me", (), "{}"),)))
    storage.load([Key("k", "a")]).clear()
    storage.journal().clear()
    assert storage.load([Key("k", "a")])[0] is not None
    assert len(storage.journal()) == 1
