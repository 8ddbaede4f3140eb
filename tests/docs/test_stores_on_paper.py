"""What the pages on stores that nobody has built say of this library is so."""

from __future__ import annotations

from pathlib import Path

import pytest

from cantinekit.backends.memory import MemoryStorage
from cantinekit.plugins.ports import MAX_KEYS
from support.commands.cases import DOES, House

FOLDER = Path(__file__).parents[2] / "docs" / "explanation"
DYNAMO = " ".join((FOLDER / "dynamodb-on-paper.md").read_text(encoding="utf-8").split())


def test_the_size_of_changes(monkeypatch):
    """The largest change of a command in the house of the examples is as the page says, and fits into 100 items."""
    sizes = []
    original = MemoryStorage.apply

    def measured(self, change):
        original(self, change)
        keys = len(change.rows) + len(change.guards) + len(change.removes)
        sizes.append((keys, len(change.events), sum(len(row.index) for row in change.rows)))

    largest, items = (0, 0, 0), []
    monkeypatch.setattr(MemoryStorage, "apply", measured)
    for case in DOES.values():
        house = House()
        command = case(house)
        sizes.clear()
        house.do(command)
        largest = tuple(max(column) for column in zip(largest, *sizes, strict=True))
        items += [keys + 3 * entries + 2 * pairs for keys, entries, pairs in sizes]
    keys, entries, pairs = largest
    assert f"at most {keys} keys, {entries} journal entries and {pairs} index pairs in one change" in DYNAMO
    assert max(items) <= 100


@pytest.mark.parametrize("name", ["dynamodb-on-paper.md", "redis-on-paper.md"])
def test_the_limits(name):
    """The pages name the limits of the contract as they are, and say that nobody has built such a store."""
    text = (FOLDER / name).read_text(encoding="utf-8")
    assert f"{MAX_KEYS:,}" in text
    assert "365 rows" in text
    assert "Nobody has built it." in text
