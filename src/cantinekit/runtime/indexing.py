"""Making the index of people whole in a store that an earlier version wrote, which kept none."""

from __future__ import annotations

from cantinekit.errors import StaleVersionError
from cantinekit.events import PersonAdded
from cantinekit.plugins.ports import Change, Key, Row, Storage
from cantinekit.records import Person
from cantinekit.runtime import codec

PAGE = 500
"""How many entries of the journal are read at once, and the most rows that one change writes."""


def index_people(storage: Storage) -> int:
    """Write the rows of people anew whose index is not what it would be today.

    People are found in the journal, which tells of each who was added. Who is changed meanwhile gets a whole index by
    that.

    Args:
        storage: the store.

    Returns:
        how many rows were written.
    """
    written, after = 0, 0
    while entries := storage.journal(after=after, limit=PAGE):
        added = [entry for entry in entries if entry.type == PersonAdded.__name__]
        keys = dict.fromkeys(key for entry in added for key in entry.subjects if key.kind == Person.kind)
        written += _write(storage, list(keys))
        after = entries[-1].number
    return written


def _write(storage: Storage, keys: list[Key]) -> int:
    """Write those of some rows whose index is another one; the rows of which somebody else was faster are looked at
    again.
    """
    while keys:
        pairs = [(row, _again(row)) for row in storage.load(keys) if row is not None]
        again = tuple(new for old, new in pairs if set(new.index) != set(old.index))
        if not again:
            break
        try:
            storage.apply(Change(rows=again))
            return len(again)
        except StaleVersionError:
            keys = [row.key for row in again]
    return 0


def _again(row: Row) -> Row:
    """A row as it would be written today."""
    return codec.encode(codec.decode(row), row.version + 1)
