"""What is common to every store in ``apply``: what is checked in which order, and what then becomes of which line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import attrgetter

import attrs

from cantinekit.clock import format_instant
from cantinekit.errors import StaleVersionError
from cantinekit.plugins.ports import Change, Key, Row
from cantinekit.plugins.sql.rows import pairs_text
from cantinekit.plugins.store_checks import check_change, expected_versions

RecordLine = tuple[int, str, str, str, str]
"""Version, body, pairs as text, kind, id: in this order an INSERT and an UPDATE take the same values."""

PairsText = Callable[[Sequence[tuple[str, str]]], str]
"""What writes pairs of texts as JSON."""

IndexLine = tuple[str, str, str, str]
"""Kind, field, value, id."""

JournalLine = tuple[int, str, str, str, str, str]
"""Number, type, instant as text, actor, subjects as text, body."""

SubjectLine = tuple[str, str, int]
"""Kind, id, number of the entry."""


@attrs.frozen
class PlannedChange:
    """A change that may be stored, as lines of tables. All lists are in the order of the keys, or of the entries.

    A store carries it out in one transaction, in this order:

    1. lock the rows of ``expected``, in its order, those that are only guarded too: then two changes that touch the
       same rows wait for each other in one direction, and a guard cannot change before the commit;
    2. ``check`` the versions that were found; nothing is written before that;
    3. write ``created`` and ``updated``, delete ``removed``, and the index lines of ``index_lines``;
    4. take the numbers of the journal last, so that the order of the numbers is the order of the commits, and write
       ``journal_lines`` and ``subject_lines``.

    Attributes:
        change: what the caller wants to be stored.
        expected: for each row that the change writes, guards or removes the version that must be there, 0 for none.
        created: the rows that are new.
        updated: the rows that are there already and get another version.
        removed: the keys of the rows that go.
    """

    change: Change
    expected: Mapping[Key, int]
    created: tuple[Row, ...]
    updated: tuple[Row, ...]
    removed: tuple[Key, ...]

    @classmethod
    def of(cls, change: Change) -> PlannedChange:
        """Plan a change, after a look at everything in it.

        Args:
            change: what ``apply`` was given.

        Raises:
            InputError: what ``check_change`` refuses; ``TextError`` is one.
        """
        check_change(change)
        rows = sorted(change.rows, key=_by_key)
        return cls(
            change,
            dict(sorted(expected_versions(change).items())),
            tuple([row for row in rows if row.version == 1]),
            tuple([row for row in rows if row.version > 1]),
            tuple(sorted([Key(*guard.key) for guard in change.removes])),
        )

    @property
    def changed(self) -> tuple[Key, ...]:
        """The keys of the rows that are there and will not stay as they are."""
        return (*self.removed, *(row.key for row in self.updated))

    @property
    def only_guards(self) -> bool:
        """Whether nothing is written at all."""
        return not (self.change.rows or self.change.removes or self.change.events)

    def check(self, held: Mapping[Key, int]) -> None:
        """Refuse the change where a row is at another version than it was made from.

        Args:
            held: the versions of the rows that are there, as they were found under their locks.

        Raises:
            StaleVersionError: with the keys of all rows that differ, in their order.
        """
        stale = [key for key, version in self.expected.items() if held.get(key, 0) != version]
        if stale:
            raise StaleVersionError(stale)

    def index_lines(self, pairs: Mapping[Key, Iterable[tuple[str, str]]]) -> tuple[list[IndexLine], list[IndexLine]]:
        """The lines of the index to delete, and those to insert. What stays is in neither.

        Args:
            pairs: the index pairs that the rows have now; those of ``changed`` are needed.
        """
        old = {(kind, field, value, id) for kind, id in self.changed for field, value in pairs[Key(kind, id)]}
        new = {(row.kind, field, value, row.id) for row in self.change.rows for field, value in row.index}
        return sorted(old - new), sorted(new - old)

    def journal_lines(self, first: int, text: PairsText = pairs_text) -> list[JournalLine]:
        """The entries of the journal.

        Args:
            first: the number of the first entry; the others follow without a gap.
            text: what writes the subjects, for a store that writes JSON in another way.
        """
        return [
            (number, e.type, format_instant(e.at), e.actor, text(e.subjects), e.body)
            for number, e in enumerate(self.change.events, first)
        ]

    def subject_lines(self, first: int) -> list[SubjectLine]:
        """By which subjects the entries are found. A subject that an entry names twice has one line.

        Args:
            first: the number of the first entry.
        """
        return sorted(
            {(kind, id, number) for number, e in enumerate(self.change.events, first) for kind, id in e.subjects}
        )


def record_lines(rows: Iterable[Row], text: PairsText = pairs_text) -> list[RecordLine]:
    """Rows as lines of a table.

    Args:
        rows: those of ``PlannedChange.created`` or ``updated``.
        text: what writes the pairs, for a store that writes JSON in another way.
    """
    return [(row.version, row.body, text(row.index), row.kind, row.id) for row in rows]


_by_key = attrgetter("kind", "id")
