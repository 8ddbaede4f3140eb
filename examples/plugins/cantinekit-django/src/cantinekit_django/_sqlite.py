"""SQLite. There is one writer at a time, so that numbers and versions need no more than to be looked up first.

That holds where a transaction takes the write lock when it begins. Django begins deferred ones unless it is told
otherwise: the second of two that have read would be refused at once when it writes, without any waiting, since what it
has read is no longer so (sqlite.org/isolation.html, sqlite.org/rescode.html#busy_snapshot).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from cantinekit.errors import StorageError
from cantinekit.plugins.ports import Key
from cantinekit.plugins.sql import PlannedChange, read_pairs, record_lines
from cantinekit_django._database import check_reached, index_lines, journal_lines, subject_lines, tables

# CROSS JOIN keeps the order of the tables: otherwise SQLite may read the list again for every row.
LOAD = """
    SELECT wanted.key, r.version, r.body, r.pairs
    FROM json_each(%s) AS wanted CROSS JOIN {rows} AS r
        ON r.kind = json_extract(wanted.value, '$[0]') AND r.field = '' AND r.value = ''
        AND r.id = json_extract(wanted.value, '$[1]')
"""
FIND = """
    SELECT i.value, i.id, r.version, r.body, r.pairs
    FROM {rows} AS i CROSS JOIN {rows} AS r ON r.kind = i.kind AND r.field = '' AND r.value = '' AND r.id = i.id
    WHERE {condition} ORDER BY i.value {direction}, i.id {direction} LIMIT %s
"""
CREATE = "INSERT INTO {rows} (version, body, pairs, kind, id, field, value) VALUES (%s, %s, %s, %s, %s, '', '')"
UPDATE = """
    UPDATE {rows} SET version = %s, body = %s, pairs = %s WHERE kind = %s AND id = %s AND field = '' AND value = ''
"""
REMOVE = "DELETE FROM {rows} WHERE kind = %s AND id = %s AND field = '' AND value = ''"
UNINDEX = "DELETE FROM {rows} WHERE kind = %s AND field = %s AND value = %s AND id = %s"
INDEX = "INSERT INTO {rows} (kind, field, value, id) VALUES (%s, %s, %s, %s)"
LAST = "SELECT coalesce(max(number), 0) FROM {journal} WHERE subject_kind = '' AND subject_id = ''"
RECORD = """
    INSERT INTO {journal} (subject_kind, subject_id, number, type, at, actor, subjects, body)
    VALUES ('', '', %s, %s, %s, %s, %s, %s)
"""
RECORD_SUBJECT = "INSERT INTO {journal} (subject_kind, subject_id, number) VALUES (%s, %s, %s)"
JOURNAL = """
    SELECT j.number, j.type, j.at, j.actor, j.subjects, j.body
    FROM {journal} AS s CROSS JOIN {journal} AS j
        ON j.subject_kind = '' AND j.subject_id = '' AND j.number = s.number
    WHERE s.subject_kind = %s AND s.subject_id = %s AND s.number > %s ORDER BY s.number LIMIT %s
"""


class Sqlite:
    """A database file of SQLite."""

    def __init__(self, connection: Any) -> None:
        mode = connection.settings_dict["OPTIONS"].get("transaction_mode")
        if str(mode).upper() not in ("IMMEDIATE", "EXCLUSIVE"):
            raise StorageError(
                f"the transactions of the SQLite database {connection.alias!r} begin without the write lock: write "
                "'OPTIONS': {'transaction_mode': 'IMMEDIATE'} into its settings"
            )
        self._tables = tables(connection)

    def load(self, cursor: Any, keys: Sequence[Key]) -> Iterable[tuple[Any, ...]]:
        return list(self._run(cursor, LOAD, (json.dumps(keys),)))

    def find(self, cursor: Any, condition: str, direction: str, values: Sequence[Any]) -> Sequence[tuple[Any, ...]]:
        return list(self._run(cursor, FIND, values, condition=condition, direction=direction))

    def journal(self, cursor: Any, subject: Key | None, after: int, limit: int) -> Sequence[tuple[Any, ...]]:
        return list(self._run(cursor, JOURNAL, (*journal_lines(subject), after, limit)))

    def write(self, cursor: Any, planned: PlannedChange) -> None:
        keys = list(planned.expected)
        found = list(self.load(cursor, keys))
        planned.check({keys[at]: version for at, version, _, _ in found})
        pairs = {keys[at]: text for at, _, _, text in found}
        gone, fresh = planned.index_lines({key: read_pairs(pairs[key]) for key in planned.changed})
        self._run_for(cursor, CREATE, record_lines(planned.created, json.dumps))
        self._run_for(cursor, UPDATE, record_lines(planned.updated, json.dumps))
        self._run_for(cursor, REMOVE, planned.removed)
        self._run_for(cursor, UNINDEX, index_lines(gone))
        self._run_for(cursor, INDEX, index_lines(fresh))
        if planned.change.events:
            ((last,),) = self._run(cursor, LAST)
            self._run_for(cursor, RECORD, planned.journal_lines(last + 1, json.dumps))
            self._run_for(cursor, RECORD_SUBJECT, subject_lines(planned.subject_lines(last + 1)))

    def _run(self, cursor: Any, statement: str, values: Sequence[Any] = (), **parts: str) -> Any:
        cursor.execute(statement.format(**self._tables, **parts), values)
        return cursor.fetchall()

    def _run_for(self, cursor: Any, statement: str, rows: Sequence[Sequence[Any]]) -> None:
        if rows:
            cursor.executemany(statement.format(**self._tables), rows)
            check_reached(cursor, len(rows))
