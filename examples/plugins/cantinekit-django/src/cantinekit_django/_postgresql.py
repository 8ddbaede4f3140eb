"""PostgreSQL.

**Writing.** The rows that exist are locked first, in the order of their keys: those that are written or removed FOR
UPDATE, those that are guarded FOR SHARE. Then their versions are compared, and new rows are inserted in the order of
their keys; where another transaction is inserting the same key, ON CONFLICT DO NOTHING waits for it, and the row that
is then not inserted is a stale one. Two changes alone cannot deadlock; two transactions of the host with several
changes each can, and PostgreSQL ends one of them.

**Journal numbers** are base + (transaction id << 20) + position in the transaction. A reader sees only entries below
base + (xmin << 20), where xmin is the oldest transaction that was running when its snapshot was taken: every
transaction below it had ended by then, and one that ends later has larger numbers. So whoever has read up to a number
never finds a smaller one, however long a transaction of the host takes; the price is that an entry appears once all
older transactions have ended. A counter instead would make every booking wait for the host's transaction before it.

**The base** stands in the journal, in a line for each timeline of the server on which something was recorded. Where the
timeline is another now (a standby was promoted, a backup recovered) or the journal is ahead of the transaction ids (a
dump was restored into a new cluster), a larger base is noted before anything is recorded, and until then all entries
are old ones that can be read.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import Any

from cantinekit.errors import StaleVersionError, StorageError
from cantinekit.plugins.ports import Key
from cantinekit.plugins.sql import PlannedChange, read_pairs, record_lines
from cantinekit_django._database import check_reached, index_lines, journal_lines, subject_lines, tables

BITS = 20
"""Of a journal number, for the position in a transaction: 1,048,575 entries. Of the other 43, at 1,000 transactions a
second, 278 years are made."""
MOST_LOST = 1 << 28
"""More transactions than lie between a backup, or a standby that lagged, and its use."""

# A commit that is reported has to be on the disk, whatever the host has set; the setting ends with the transaction.
DURABLE = "SELECT set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') = 'off'"
# A subquery with OFFSET 0 stays one: each row is looked up by the primary key, in the order of the list. Joined freely,
# a table without statistics (filled a moment ago) can be read from its beginning for every key.
LOAD = """
    SELECT wanted.position - 1, r.version, r.body, r.pairs
    FROM unnest(%s::text[], %s::text[]) WITH ORDINALITY AS wanted (kind, id, position)
    CROSS JOIN LATERAL (
        SELECT * FROM {rows} AS r
        WHERE r.kind = wanted.kind AND r.field = '' AND r.value = '' AND r.id = wanted.id OFFSET 0
    ) AS r
"""
FIND = """
    SELECT i.value, i.id, r.version, r.body, r.pairs
    FROM {rows} AS i CROSS JOIN LATERAL (
        SELECT * FROM {rows} AS r WHERE r.kind = i.kind AND r.field = '' AND r.value = '' AND r.id = i.id OFFSET 0
    ) AS r
    WHERE {condition} ORDER BY i.value {direction}, i.id {direction} LIMIT %s
"""
# A row that is locked inside a LATERAL subquery is locked when the loop comes to it: in the order of the list, each in
# its own mode.
LOCK = """
    SELECT listed.position - 1, coalesce(written.version, guarded.version), written.pairs
    FROM (
        SELECT * FROM unnest(%s::text[], %s::text[], %s::boolean[]) WITH ORDINALITY AS k (kind, id, write, position)
        ORDER BY position
    ) AS listed
    LEFT JOIN LATERAL (
        SELECT r.version, r.pairs FROM {rows} AS r
        WHERE r.kind = listed.kind AND r.field = '' AND r.value = '' AND r.id = listed.id AND listed.write FOR UPDATE
    ) AS written ON true
    LEFT JOIN LATERAL (
        SELECT r.version FROM {rows} AS r
        WHERE r.kind = listed.kind AND r.field = '' AND r.value = '' AND r.id = listed.id AND NOT listed.write FOR SHARE
    ) AS guarded ON true
"""
CREATE = """
    INSERT INTO {rows} (version, body, pairs, kind, id, field, value)
    SELECT version, body, pairs, kind, id, '', ''
    FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[])
        WITH ORDINALITY AS n (version, body, pairs, kind, id, position)
    ORDER BY position
    ON CONFLICT (kind, field, value, id) DO NOTHING
    RETURNING kind, id
"""
UPDATE = """
    UPDATE {rows} AS r SET version = n.version, body = n.body, pairs = n.pairs
    FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[]) AS n (version, body, pairs, kind, id)
    CROSS JOIN LATERAL (
        SELECT ctid FROM {rows} AS r WHERE r.kind = n.kind AND r.field = '' AND r.value = '' AND r.id = n.id OFFSET 0
    ) AS here
    WHERE r.ctid = here.ctid
"""
REMOVE = """
    DELETE FROM {rows} AS r USING unnest(%s::text[], %s::text[], %s::text[], %s::text[]) AS n (kind, field, value, id)
    CROSS JOIN LATERAL (
        SELECT ctid FROM {rows} AS r
        WHERE r.kind = n.kind AND r.field = n.field AND r.value = n.value AND r.id = n.id OFFSET 0
    ) AS here
    WHERE r.ctid = here.ctid
"""
INDEX = """
    INSERT INTO {rows} (kind, field, value, id)
    SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[])
"""
# The base of this timeline, the largest number, the largest that this transaction has given, and which transaction it
# is; ahead: there are numbers that transactions to come would give again.
PLACE = """
    SELECT b.base, t.xid, here.largest, t.last >= b.base + (greatest(t.following, t.xid + 1) << {bits}) AS ahead
    FROM (
        SELECT max(number) AS base FROM {journal}
        WHERE subject_kind = '!' AND subject_id = left(pg_walfile_name(pg_current_wal_lsn()), 8)
    ) AS b, (
        SELECT pg_current_xact_id()::text::bigint AS xid,
            pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS following,
            (SELECT max(number) FROM {journal} WHERE subject_kind = '' AND subject_id = '') AS last
    ) AS t
    LEFT JOIN LATERAL (
        SELECT max(number) AS largest FROM {journal}
        WHERE subject_kind = '' AND subject_id = ''
            AND number > b.base + (t.xid << {bits}) AND number < b.base + ((t.xid + 1) << {bits})
    ) AS here ON true
"""
NOTE = """
    INSERT INTO {journal} (subject_kind, subject_id, number)
    SELECT '!', left(pg_walfile_name(pg_current_wal_lsn()), 8),
        coalesce((((max(number) >> {bits}) + %s) << {bits}), 0)
    FROM {journal} WHERE subject_kind IN ('', '!')
"""
RECORD = """
    INSERT INTO {journal} (subject_kind, subject_id, number, type, at, actor, subjects, body)
    SELECT '', '', * FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[])
"""
RECORD_SUBJECTS = """
    INSERT INTO {journal} (subject_kind, subject_id, number)
    SELECT * FROM unnest(%s::text[], %s::text[], %s::bigint[])
"""
JOURNAL = """
    WITH told AS (
        SELECT b.base,
            (SELECT max(number) FROM {journal} WHERE subject_kind = '' AND subject_id = '') AS last,
            pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS oldest,
            greatest(
                pg_snapshot_xmax(pg_current_snapshot())::text::bigint,
                pg_current_xact_id_if_assigned()::text::bigint + 1
            ) AS following
        FROM (
            SELECT max(number) AS base FROM {journal}
            WHERE subject_kind = '!' AND CASE
                WHEN pg_is_in_recovery() THEN true
                ELSE subject_id = left(pg_walfile_name(pg_current_wal_lsn()), 8)
            END
        ) AS b
    )
    SELECT j.number, j.type, j.at, j.actor, j.subjects, j.body
    FROM {journal} AS s CROSS JOIN LATERAL (
        SELECT * FROM {journal} AS j
        WHERE j.subject_kind = '' AND j.subject_id = '' AND j.number = s.number OFFSET 0
    ) AS j
    WHERE s.subject_kind = %s AND s.subject_id = %s AND s.number > %s AND s.number < (
        SELECT CASE
            WHEN base IS NULL OR last >= base + (following << {bits}) THEN 9223372036854775807
            ELSE base + (oldest << {bits})
        END FROM told
    )
    ORDER BY s.number LIMIT %s
"""


class Postgresql:
    """A database of a PostgreSQL server, of any version that Django works with."""

    def __init__(self, connection: Any) -> None:
        self._parts = {**tables(connection), "bits": str(BITS)}
        name = f"cantinekit journal {self._parts['journal']}"
        self._lock = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)

    def load(self, cursor: Any, keys: Sequence[Key]) -> Iterable[tuple[Any, ...]]:
        return list(self._run(cursor, LOAD, _columns(keys, 2)).fetchall())

    def find(self, cursor: Any, condition: str, direction: str, values: Sequence[Any]) -> Sequence[tuple[Any, ...]]:
        return list(self._run(cursor, FIND, values, condition=condition, direction=direction).fetchall())

    def journal(self, cursor: Any, subject: Key | None, after: int, limit: int) -> Sequence[tuple[Any, ...]]:
        return list(self._run(cursor, JOURNAL, (*journal_lines(subject), after, limit)).fetchall())

    def write(self, cursor: Any, planned: PlannedChange) -> None:
        keys = list(planned.expected)
        write = {*planned.removed, *(row.key for row in planned.change.rows)}
        cursor.execute(DURABLE)
        locks = _columns([(*key, key in write) for key in keys], 3)
        held = {keys[at]: (version or 0, pairs) for at, version, pairs in self._run(cursor, LOCK, locks).fetchall()}
        planned.check({key: version for key, (version, _) in held.items()})
        if planned.created:
            found = self._run(cursor, CREATE, _columns(record_lines(planned.created, json.dumps), 5)).fetchall()
            made = {Key(*key) for key in found}
            if len(made) != len(planned.created):
                raise StaleVersionError([row.key for row in planned.created if row.key not in made])
        old, fresh = planned.index_lines({key: read_pairs(held[key][1]) for key in planned.changed})
        gone = [*((key.kind, "", "", key.id) for key in planned.removed), *index_lines(old)]
        self._run_for(cursor, UPDATE, record_lines(planned.updated, json.dumps), 5)
        self._run_for(cursor, REMOVE, gone, 4)
        self._run_for(cursor, INDEX, index_lines(fresh), 4)
        if planned.change.events:
            first = self._first_number(cursor, len(planned.change.events))
            self._run_for(cursor, RECORD, planned.journal_lines(first, json.dumps), 6)
            self._run_for(cursor, RECORD_SUBJECTS, subject_lines(planned.subject_lines(first)), 3)

    def _first_number(self, cursor: Any, count: int) -> int:
        base, xid, largest, ahead = self._run(cursor, PLACE).fetchone()
        if base is None or ahead:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", (self._lock,))
            base, xid, largest, ahead = self._run(cursor, PLACE).fetchone()
        if base is None or ahead:
            self._run(cursor, NOTE, (MOST_LOST,))
            base, xid, largest, ahead = self._run(cursor, PLACE).fetchone()
        begin = int(base) + (int(xid) << BITS)
        last = begin if largest is None else int(largest)
        if last + count - begin >= 1 << BITS:
            raise StorageError(f"at most {(1 << BITS) - 1} journal entries in one transaction")
        return last + 1

    def _run(self, cursor: Any, statement: str, values: Sequence[Any] = (), **parts: str) -> Any:
        cursor.execute(statement.format(**self._parts, **parts), values)
        return cursor

    def _run_for(self, cursor: Any, statement: str, rows: Sequence[Sequence[Any]], width: int) -> None:
        """Run a statement for rows of values, if there are any; it must reach as many lines of the table."""
        if rows:
            check_reached(self._run(cursor, statement, _columns(rows, width)), len(rows))


def _columns(rows: Iterable[Sequence[Any]], width: int) -> list[list[Any]]:
    """Rows as columns, one array for each, so that a step is one statement whatever the number of rows."""
    return [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(width)]
