"""What the two databases have in common: the shape of a database's part, and the condition of ``find``."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from cantinekit.errors import StorageError
from cantinekit.plugins.ports import Change, JournalEntry, Key, Row


class Database(Protocol):
    """How one database does it. A cursor is Django's; ``write`` is called inside a transaction or a savepoint."""

    def __init__(self, connection: Any) -> None: ...

    def load(self, cursor: Any, keys: Sequence[Key]) -> Iterable[tuple[Any, ...]]:
        """(position in ``keys``, version, body, pairs) of those that there are, in one statement."""
        ...

    def find(self, cursor: Any, condition: str, direction: str, values: Sequence[Any]) -> Sequence[tuple[Any, ...]]:
        """(value, id, version, body, pairs) in the order of (value, id), in one statement."""
        ...

    def write(self, cursor: Any, change: Change) -> None:
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


def index_condition(
    kind: str,
    field: str,
    *,
    eq: str | None,
    ge: str | None,
    lt: str | None,
    begin: tuple[str, str] | None,
    reverse: bool,
) -> tuple[str, list[str]]:
    """A condition on the index lines ``i``, made of constants, and its values.

    The place at which a page begins stands for the bound on its side where it lies beyond it: given both, a database
    may begin at the bound and pass over all pages before.
    """
    if begin is not None and reverse:
        lt = None if lt is None or begin[0].encode() < lt.encode() else lt
    elif begin is not None:
        ge = None if ge is None or begin[0].encode() >= ge.encode() else ge
    terms, values = ["i.kind = %s AND i.field = %s"], [kind, named(field)]
    for operator, bound in (("=", eq), (">=", ge), ("<", lt)):
        if bound is not None:
            terms.append(f"i.value {operator} %s")
            values.append(bound)
    if begin is not None:
        terms.append(f"(i.value, i.id) {'<' if reverse else '>'} (%s, %s)")
        values.extend(begin)
    return " AND ".join(terms), values


def index_lines(rows: Iterable[tuple[Key, Iterable[Sequence[str]]]]) -> set[tuple[str, str, str, str]]:
    """(kind, field, value, id) of the index lines of rows with these pairs."""
    return {(key.kind, named(field), value, key.id) for key, pairs in rows for field, value in pairs}


def check_reached(cursor: Any, wanted: int) -> None:
    """Refuse to go on where a statement has reached other lines than the row says that it has."""
    if cursor.rowcount != wanted:
        raise StorageError("the index of a row is not what the row says: the tables were altered by another hand")


def record(row: Row) -> tuple[int, str, str, str, str]:
    """What the line of a row holds: version, body, pairs, kind, id."""
    return row.version, row.body, json.dumps(row.index), row.kind, row.id


def subject_lines(events: Sequence[JournalEntry], numbers: Sequence[int]) -> list[tuple[str, str, int]]:
    """(subject_kind, subject_id, number) of the lines of the subjects; a subject that is named twice has one."""
    found = {(named(k), id, n) for n, event in zip(numbers, events, strict=True) for k, id in event.subjects}
    return sorted(found)
