"""What the two databases have in common: the shape of a database's part, and the condition of ``find``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from cantinekit.errors import StorageError
from cantinekit.plugins.ports import Key
from cantinekit.plugins.sql import PlannedChange


class Database(Protocol):
    """How one database does it. A cursor is Django's; ``write`` is called inside a transaction or a savepoint."""

    def __init__(self, connection: Any) -> None: ...

    def load(self, cursor: Any, keys: Sequence[Key]) -> Iterable[tuple[Any, ...]]:
        """(position in ``keys``, version, body, pairs) of those that there are, in one statement."""
        ...

    def find(self, cursor: Any, condition: str, direction: str, values: Sequence[Any]) -> Sequence[tuple[Any, ...]]:
        """(value, id, version, body, pairs) in the order of (value, id), in one statement."""
        ...

    def write(self, cursor: Any, planned: PlannedChange) -> None:
        """Compare the versions and write, or raise ``StaleVersionError``."""
        ...

    def journal(self, cursor: Any, subject: Key | None, after: int, limit: int) -> Sequence[tuple[Any, ...]]:
        """(number, type, at, actor, subjects, body) in the order of the numbers, in one statement."""
        ...


def tables(connection: Any) -> dict[str, str]:
    """The quoted names of the tables, for the statements."""
    from cantinekit_django import models  # only a project that is set up can import them

    quote = connection.ops.quote_name
    return {"rows": quote(models.Row._meta.db_table), "journal": quote(models.Entry._meta.db_table)}


def named(name: str) -> str:
    """A field or the kind of a subject, as it stands in a line of an index value or of a subject."""
    return f"={name}"


def journal_lines(subject: Key | None) -> tuple[str, str]:
    """(subject_kind, subject_id) of the lines of a subject, or of the entries themselves."""
    return ("", "") if subject is None else (named(subject[0]), subject[1])


def check_reached(cursor: Any, wanted: int) -> None:
    """Refuse to go on where a statement has reached other lines than the row says that it has."""
    if cursor.rowcount != wanted:
        raise StorageError("the index of a row is not what the row says: the tables were altered by another hand")


def index_lines(lines: Iterable[tuple[str, str, str, str]]) -> list[tuple[str, str, str, str]]:
    """(kind, field, value, id) of lines of the index, as they stand in the table."""
    return [(kind, named(field), value, id) for kind, field, value, id in lines]


def subject_lines(lines: Iterable[tuple[str, str, int]]) -> list[tuple[str, str, int]]:
    """(subject_kind, subject_id, number) of the lines of the subjects, as they stand in the table."""
    return [(named(kind), id, number) for kind, id, number in lines]
