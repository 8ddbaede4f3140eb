"""The statements that are the same in every SQL database, but for its marks and its word for a join."""

from __future__ import annotations

from functools import lru_cache

import attrs


@attrs.frozen
class Statements:
    """The statements of a store, of constants only.

    Attributes:
        create: a row; version, body, pairs, kind, id.
        update: a row; version, body, pairs, kind, id.
        remove: a row; kind, id.
        unindex: a line of the index; kind, field, value, id.
        index: a line of the index; kind, field, value, id.
        tell: an entry of the journal; number, type, at, actor, subjects, body.
        tell_subject: a line by which a subject finds an entry; kind, id, number.
        journal: the columns of entries; after, limit.
        journal_of_subject: the columns of entries that name a subject; kind, id, after, limit.
        found: the beginning of a page of ``find``, up to its condition.
        mark: what stands for a value.
    """

    create: str
    update: str
    remove: str
    unindex: str
    index: str
    tell: str
    tell_subject: str
    journal: str
    journal_of_subject: str
    found: str
    mark: str

    def find(self, condition: str, *, reverse: bool) -> str:
        """A page of ``find``; its values are those of the condition, and a limit.

        Args:
            condition: what ``find_condition`` gave.
            reverse: whether the page goes backwards.
        """
        direction = "DESC" if reverse else "ASC"
        order = f"ORDER BY i.value {direction}, i.id {direction}"
        return f"{self.found} WHERE {condition} {order} LIMIT {self.mark}"


@lru_cache(maxsize=16)
def statements_of(mark: str, join: str, text: str) -> Statements:
    """The statements for a database.

    Args:
        mark: what stands for a value: ``?`` or ``%s``.
        join: how two tables are joined in the order in which they are named.
        text: how a column that compares by bytes is read as a text, with ``{}`` for the column.
    """

    def insert(table: str, *columns: str) -> str:
        return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join([mark] * len(columns))})"

    entries = "SELECT j.number, j.type, j.at, j.actor, j.subjects, j.body FROM"
    named = f"kind = {mark} AND id = {mark}"
    return Statements(
        create=insert("record", "version", "body", "pairs", "kind", "id"),
        update=f"UPDATE record SET version = {mark}, body = {mark}, pairs = {mark} WHERE {named}",
        remove=f"DELETE FROM record WHERE {named}",
        unindex=f"DELETE FROM record_index WHERE kind = {mark} AND field = {mark} AND value = {mark} AND id = {mark}",
        index=insert("record_index", "kind", "field", "value", "id"),
        tell=insert("journal", "number", "type", "at", "actor", "subjects", "body"),
        tell_subject=insert("journal_subject", "kind", "id", "number"),
        journal=f"{entries} journal AS j WHERE j.number > {mark} ORDER BY j.number LIMIT {mark}",
        journal_of_subject=(
            f"{entries} journal_subject AS s {join} journal AS j ON j.number = s.number "
            f"WHERE s.kind = {mark} AND s.id = {mark} AND s.number > {mark} ORDER BY s.number LIMIT {mark}"
        ),
        found=(
            f"SELECT {text.format('i.value')}, {text.format('i.id')}, r.version, r.body, r.pairs "
            f"FROM record_index AS i {join} record AS r ON r.kind = i.kind AND r.id = i.id"
        ),
        mark=mark,
    )
