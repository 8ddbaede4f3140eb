"""A store in memory can be copied: what is written to one of the two is not in the other."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from cantinekit.backends.memory import MemoryStorage
from cantinekit.errors import StaleVersionError, StorageError
from cantinekit.plugins.ports import Change, JournalEntry, Key, Row

AT = datetime(2026, 3, 4, tzinfo=UTC)


def change(version: int, place: str) -> Change:
    """A row in a version of it, and an event about it."""
    row = Row("room", "a", version, "{}", (("place", place),))
    event = JournalEntry("RoomMoved", AT, "ana", (Key("room", "a"),), "{}")
    return Change(rows=(row,), events=(event,))


def test_a_copy_has_all_and_shares_nothing() -> None:
    """Rows, index and journal are there in both, and grow apart."""
    first = MemoryStorage()
    first.apply(change(1, "paris"))
    second = first.copy()
    second.apply(change(2, "rennes"))
    for store, version, place, other in ((first, 1, "paris", "rennes"), (second, 2, "rennes", "paris")):
        (row,) = store.load([Key("room", "a")])
        assert row is not None
        assert row.version == version
        assert [one.id for one in store.find("room", "place", eq=place).rows] == ["a"]
        assert store.find("room", "place", eq=other).rows == ()
        assert [one.number for one in store.journal()] == list(range(1, version + 1))
        assert len(store.journal(subject=Key("room", "a"))) == version


def test_a_copy_refuses_what_is_stale() -> None:
    """A copy knows the versions of its rows."""
    first = MemoryStorage()
    first.apply(change(1, "paris"))
    with pytest.raises(StaleVersionError):
        first.copy().apply(change(1, "paris"))


def test_a_closed_store_is_not_copied() -> None:
    """What is closed gives nothing away."""
    store = MemoryStorage()
    store.close()
    with pytest.raises(StorageError):
        store.copy()
