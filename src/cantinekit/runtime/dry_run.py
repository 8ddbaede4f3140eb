"""A dry run: a store on top of another. What is applied stays in memory, and the store beneath is only read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cantinekit.errors import StaleVersionError
from cantinekit.plugins.ports import Change, Guard, JournalEntry, Key, Page, Row, Storage, StorageCapabilities


class DryRunStorage:
    """Reads through to a store and never writes to it. It lives for one command and is used by one thread.

    Args:
        beneath: the store that is read.
        known: bodies that were read of it a moment ago, ``None`` of what is not there: it is not asked for these again,
            nor whether what is new is there already, whose id was drawn; ``None``: it is asked for all.
    """

    capabilities = StorageCapabilities(durable=False, shared=False)

    def __init__(self, beneath: Storage, known: Mapping[Key, str | None] | None = None) -> None:
        self._beneath = beneath
        self._known = {} if known is None else known
        self._trusts = known is not None
        self._rows: dict[Key, Row | None] = {}

    def load(self, keys: Sequence[Key]) -> Sequence[Row | None]:
        """The rows, as they would be."""
        missing = [key for key in keys if key not in self._rows and key not in self._known]
        found = dict(zip(missing, self._beneath.load(missing), strict=True)) if missing else {}
        found |= {key: _row_of(key, self._known[key]) for key in keys if key in self._known}
        return [self._rows[key] if key in self._rows else found[key] for key in keys]

    def find(
        self,
        kind: str,
        field: str,
        *,
        eq: str | None = None,
        ge: str | None = None,
        lt: str | None = None,
        after: str | None = None,
        limit: int = 100,
        reverse: bool = False,
    ) -> Page:
        """The rows of the store beneath, as they would be; rows that would be new are added to the first page."""
        page = self._beneath.find(kind, field, eq=eq, ge=ge, lt=lt, after=after, limit=limit, reverse=reverse)
        rows = [self._rows.get(row.key, row) for row in page.rows]
        known = {row.key for row in page.rows}
        fresh = [
            row
            for row in self._rows.values()
            if row is not None and row.kind == kind and row.key not in known and _matches(row, field, eq, ge, lt)
        ]
        return Page((*(row for row in rows if row is not None), *(fresh if after is None else ())), page.next)

    def apply(self, change: Change) -> None:
        """Keep the change in memory, by the same rules as a store."""
        guards = [Guard(row.key, row.version - 1) for row in change.rows]
        wanted = [*guards, *change.guards, *change.removes]
        if self._trusts:
            wanted = [guard for guard in wanted if guard.version or guard.key in self._rows or guard.key in self._known]
        present = self.load([guard.key for guard in wanted])
        stale = [g.key for g, row in zip(wanted, present, strict=True) if (row.version if row else 0) != g.version]
        if stale:
            raise StaleVersionError(stale)
        self._rows.update((row.key, row) for row in change.rows)
        self._rows.update((guard.key, None) for guard in change.removes)

    def journal(self, *, subject: Key | None = None, after: int = 0, limit: int = 100) -> Sequence[JournalEntry]:
        """The journal of the store beneath."""
        return self._beneath.journal(subject=subject, after=after, limit=limit)

    def close(self) -> None:
        """Nothing is held open."""


def _row_of(key: Key, body: str | None) -> Row | None:
    """The row of a body; of which version it is means nothing here, as long as it is the same each time."""
    return None if body is None else Row(*key, 1, body)


def _matches(row: Row, field: str, eq: str | None, ge: str | None, lt: str | None) -> bool:
    return any(
        (eq is None or value == eq) and (ge is None or value >= ge) and (lt is None or value < lt)
        for name, value in row.index
        if name == field
    )
