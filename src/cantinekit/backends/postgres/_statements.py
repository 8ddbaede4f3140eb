"""The SQL of ``PostgresStorage``; ``{s}`` is the schema.

Lists of values travel as arrays, one per column, so that each step is one statement whatever the number of rows.
"""

from __future__ import annotations

from functools import lru_cache

USUAL = 100
"""A plan that is kept serves so many keys; for more it pays to make one that fits the table as it is."""


@lru_cache(maxsize=256)
def filled(statement: str, schema: str, **parts: str) -> bytes:
    """One of the statements. The schema is a checked name, ``parts`` are constants of this package."""
    named = f'"{schema}"'  # a word of SQL may be the name of a schema
    return statement.format(s=named, **{name: part.format(s=named) for name, part in parts.items()}).encode()


BEGIN = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"

# For a transaction, or for a session that is nobody else's. What a server says of itself stays, where it is stronger.
# The plan of what writes is made once for a connection, and by the indexes: a table that is small at that moment would
# be read whole, and still be when it has grown.
SETTINGS = """
    SELECT set_config('lock_timeout', '{timeout}', {local}),
        set_config('plan_cache_mode', 'force_generic_plan', {local}), set_config('enable_seqscan', 'off', {local}),
        CASE current_setting('synchronous_commit') WHEN 'off' THEN set_config('synchronous_commit', 'on', {local}) END
"""

# Of a session each statement that writes is a transaction of its own.
ALONE = """,
        set_config('default_transaction_isolation', 'read committed', false)
"""

# The server gives up by itself what the client has given up, and what a frozen client holds. Its own limits stay.
LIMITS = """,
        CASE current_setting('statement_timeout')
            WHEN '0' THEN set_config('statement_timeout', '{deadline}', {local}) END,
        CASE current_setting('idle_in_transaction_session_timeout')
            WHEN '0' THEN set_config('idle_in_transaction_session_timeout', '{deadline}', {local}) END
"""

# A session that is set up needs only the patience of the row lock.
PATIENCE = "SET LOCAL lock_timeout = '{wait}'"

# A frozen client that holds the row lock loses it. The lock ends with the transaction that it is for: no message of its
# own ends it, and a pooler may stand in between.
FROZEN = "SET LOCAL idle_in_transaction_session_timeout = '10s'"
QUEUE = "SELECT pg_advisory_xact_lock({name})"

SAVEPOINT = "SAVEPOINT rest"

LOAD = """
    SELECT wanted.position, r.version, r.body::text, r.pairs
    FROM unnest(%s::text[], %s::text[]) WITH ORDINALITY AS wanted (kind, id, position)
    CROSS JOIN LATERAL (
        SELECT version, body, pairs FROM {s}.record AS r WHERE r.kind = wanted.kind AND r.id = wanted.id LIMIT 1
    ) AS r
"""

FIND = """
    SELECT i.value, i.id, r.version, r.body::text, r.pairs
    FROM {s}.record_index AS i JOIN {s}.record AS r ON r.kind = i.kind AND r.id = i.id
    WHERE {condition} ORDER BY i.value {direction}, i.id {direction} LIMIT %s
"""

# The first rows of ranges of an index field.
FIRST = """
    SELECT wanted.position, r.id, r.version, r.body::text, r.pairs
    FROM unnest(%s::text[], %s::text[]) WITH ORDINALITY AS wanted (ge, lt, position)
    CROSS JOIN LATERAL (
        SELECT i.id FROM {s}.record_index AS i
        WHERE i.kind = %s AND i.field = %s AND i.value >= wanted.ge AND i.value < wanted.lt
        ORDER BY i.value, i.id LIMIT 1
    ) AS first
    CROSS JOIN LATERAL (
        SELECT id, version, body, pairs FROM {s}.record AS r WHERE r.kind = %s AND r.id = first.id LIMIT 1
    ) AS r
"""

# Beside the bodies of ranges or lists, whose places count from 1, those of rows by their keys, from -1 downwards.
_AND_OF_KEYS = """
    UNION ALL
    SELECT -wanted.position, '', r.id, r.body::text
    FROM unnest(%s::text[], %s::text[]) WITH ORDINALITY AS wanted (kind, id, position)
    CROSS JOIN LATERAL (
        SELECT id, body FROM {s}.record AS r WHERE r.kind = wanted.kind AND r.id = wanted.id LIMIT 1
    ) AS r
"""

_FROM_RANGES = """
    FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[])
        WITH ORDINALITY AS wanted (kind, field, ge, lt, position)
    CROSS JOIN LATERAL (
        SELECT i.kind, i.value, i.id FROM {s}.record_index AS i
        WHERE i.kind = wanted.kind AND i.field = wanted.field AND i.value >= wanted.ge AND i.value < wanted.lt
    ) AS i
    JOIN {s}.record AS r ON r.kind = i.kind AND r.id = i.id
"""
_OF_RANGES = f"""
    SELECT wanted.position, i.value, i.id, r.body::text AS body{_FROM_RANGES}"""

# The bodies of the rows of ranges of index fields, and of rows by their keys.
BODIES = _OF_RANGES + _AND_OF_KEYS + "ORDER BY 1, 2, 3"

# The same, where its mark is another one than the known one: a line that says so, and the bodies.
OTHER_BODIES = """
    WITH found AS MATERIALIZED (@ranges        UNION ALL
        SELECT -wanted.position, '', '', r.body
        FROM unnest(%s::text[], %s::text[]) WITH ORDINALITY AS wanted (kind, id, position)
        LEFT JOIN LATERAL (
            SELECT r.body::text AS body FROM {s}.record AS r WHERE r.kind = wanted.kind AND r.id = wanted.id LIMIT 1
        ) AS r ON true
    ), other AS MATERIALIZED (
        SELECT 0 WHERE %s <> (
            SELECT encode(sha256(convert_to(
                coalesce(string_agg(
                    position - 1 || ' ' || length(id) || ' ' || id || body, E'\\n' ORDER BY position, value, id
                ) FILTER (WHERE position > 0), '')
                || coalesce(E'\\n\\n' || string_agg(
                    coalesce(body, ''), E'\\n' ORDER BY position DESC
                ) FILTER (WHERE position < 0), ''), 'UTF8')), 'hex')
            FROM found
        )
    )
    SELECT 0, '', '', NULL FROM other
    UNION ALL
    SELECT found.* FROM found CROSS JOIN other WHERE found.body IS NOT NULL
    ORDER BY 1, 2, 3
""".replace("@ranges", _OF_RANGES)

# The mark of the rows of ranges of index fields and of keys, with their versions.
MARK = """
    SELECT encode(sha256(convert_to(coalesce((
        SELECT string_agg(
            wanted.position || ' ' || length(i.id) || ' ' || i.id || r.version || ' ' || r.body::text,
            E'\\n' ORDER BY wanted.position, i.value, i.id
        )@ranges    ), '') || E'\\n\\n' || coalesce((
        SELECT string_agg(
            wanted.position || ' ' || r.version || ' ' || r.body::text, E'\\n' ORDER BY wanted.position
        )
        FROM unnest(%s::text[], %s::text[]) WITH ORDINALITY AS wanted (kind, id, position)
        CROSS JOIN LATERAL (
            SELECT version, body FROM {s}.record AS r WHERE r.kind = wanted.kind AND r.id = wanted.id LIMIT 1
        ) AS r
    ), ''), 'UTF8')), 'hex')
""".replace("@ranges", _FROM_RANGES)

# The bodies of the last rows of lists, one more of each than wanted, and of rows by their keys.
NEWEST = (
    """
    SELECT wanted.position, i.value, i.id, r.body::text
    FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::int[])
        WITH ORDINALITY AS wanted (kind, field, ge, lt, most, position)
    CROSS JOIN LATERAL (
        SELECT i.kind, i.value, i.id FROM {s}.record_index AS i
        WHERE i.kind = wanted.kind AND i.field = wanted.field AND i.value >= wanted.ge AND i.value < wanted.lt
        ORDER BY i.value DESC, i.id DESC LIMIT wanted.most + 1
    ) AS i
    JOIN {s}.record AS r ON r.kind = i.kind AND r.id = i.id
"""
    + _AND_OF_KEYS
    + "ORDER BY 1, 2 DESC, 3 DESC"
)

# Fields of the rows of a range of an index field: one text of all arrays, which takes psycopg less than many rows.
COLUMNS = """
    SELECT string_agg(jsonb_build_array(i.id, {columns})::text, ',' ORDER BY i.value, i.id)
    FROM {s}.record_index AS i JOIN {s}.record AS r ON r.kind = i.kind AND r.id = i.id
    WHERE i.kind = %s AND i.field = %s AND i.value >= %s AND i.value < %s
"""

# The marks of ranges of an index field, and fields of the rows of those that have another mark than the known one.
CHANGED = """
    SELECT marked.mark, CASE WHEN marked.mark <> marked.known THEN (
        SELECT string_agg(jsonb_build_array(i.id, {columns})::text, ',' ORDER BY i.value, i.id)
        FROM {s}.record_index AS i JOIN {s}.record AS r ON r.kind = i.kind AND r.id = i.id
        WHERE i.kind = %s AND i.field = %s AND i.value >= marked.ge AND i.value < marked.lt
    ) END
    FROM (
        SELECT wanted.*, encode(sha256(convert_to(coalesce((
            SELECT string_agg(i.id, '|' ORDER BY i.value, i.id) FROM {s}.record_index AS i
            WHERE i.kind = %s AND i.field = %s AND i.value >= wanted.ge AND i.value < wanted.lt
        ), ''), 'UTF8')), 'hex') AS mark
        FROM unnest(%s::text[], %s::text[], %s::text[]) WITH ORDINALITY AS wanted (ge, lt, known, position)
        OFFSET 0
    ) AS marked ORDER BY marked.position
"""

# A row that is locked inside a LATERAL subquery is locked when the loop comes to it: in the order of the list, each row
# in its own mode. (Two statements, one per mode, would let crossed changes deadlock.)
LOCK = """
    SELECT listed.position, coalesce(written.version, guarded.version, 0) AS version, written.pairs
    FROM (SELECT kind, id, action <> 'guard' AS write, position FROM wanted ORDER BY position) AS listed
    LEFT JOIN LATERAL (
        SELECT r.version, r.pairs FROM {s}.record AS r
        WHERE r.kind = listed.kind AND r.id = listed.id AND listed.write FOR UPDATE
    ) AS written ON true
    LEFT JOIN LATERAL (
        SELECT r.version FROM {s}.record AS r
        WHERE r.kind = listed.kind AND r.id = listed.id AND NOT listed.write FOR SHARE
    ) AS guarded ON true
"""

# Nothing is recorded on another timeline than the noted one: a pooler may lead an open connection to another server.
HERE = """
    AND EXISTS (
        SELECT FROM {s}.meta AS noted
        WHERE noted.name = 'journal_timeline'
            AND noted.value = ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::bigint
    )
"""

# Entries, and what their subjects find them by.
ENTRIES = """    ), events AS MATERIALIZED (
        SELECT * FROM unnest(%s::text[], %s::timestamptz[], %s::text[], %s::text[], %s::text[])
            WITH ORDINALITY AS e (type, at, actor, subjects, body, position)
    ), subjects AS MATERIALIZED (
        SELECT * FROM unnest(%s::text[], %s::text[], %s::bigint[]) AS s (kind, id, position)
    ), told AS (
        INSERT INTO {s}.journal (number, type, at, actor, subjects, body)
        SELECT meta.value + (xid << 16) + position,
            type, at, actor, subjects::jsonb, body::jsonb
        FROM {s}.meta, numbered, events
        WHERE meta.name = 'journal_base' @here
        RETURNING number
    ), about AS (
        INSERT INTO {s}.journal_subject (kind, id, number)
        SELECT s.kind, s.id, told.number
        FROM subjects AS s JOIN told ON told.number & 65535 = s.position
        RETURNING 1
""".replace("@here", HERE)

# Lock, compare and write in one statement, which is a transaction of its own or travels with its COMMIT. All that
# writes asks first whether the change fits, so that all rows are locked before anything is written. A lock gives the
# version that a row has when it is got, which may be newer than what the statement sees else: then the change does not
# fit, and what is committed is nothing. What must not be committed although it was written in part is refused, with an
# error: another has created one of the rows, the server is another one or has lost the settings, a row and its index
# differ. The position in the change is in the lowest 16 bits of a journal number: by it a subject finds its entry.
WRITE = """
    WITH wanted AS MATERIALIZED (
        SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::bigint[], %s::text[], %s::text[])
            WITH ORDINALITY AS w (kind, id, action, expected, body, pairs, position)
    ), held AS MATERIALIZED ({lock}
    ), fit AS MATERIALIZED (
        SELECT coalesce(bool_and(held.version = wanted.expected), true) AS yes FROM wanted JOIN held USING (position)
    ), created AS (
        INSERT INTO {s}.record (kind, id, version, body, pairs)
        SELECT kind, id, 1, body::jsonb, pairs::jsonb FROM wanted
        WHERE action = 'write' AND expected = 0 AND (SELECT yes FROM fit)
        ORDER BY position
        ON CONFLICT (kind, id) DO NOTHING
        RETURNING kind, id
    ), updated AS (
        UPDATE {s}.record AS r SET version = w.expected + 1, body = w.body::jsonb, pairs = w.pairs::jsonb
        FROM wanted AS w
        WHERE r.kind = w.kind AND r.id = w.id AND w.action = 'write' AND w.expected > 0 AND (SELECT yes FROM fit)
        RETURNING 1
    ), removed AS (
        DELETE FROM {s}.record AS r USING wanted AS w
        WHERE r.kind = w.kind AND r.id = w.id AND w.action = 'remove' AND (SELECT yes FROM fit)
        RETURNING 1
    ), before AS (
        SELECT kind, pair ->> 0 AS field, pair ->> 1 AS value, id
        FROM wanted JOIN held USING (position), jsonb_array_elements(held.pairs) AS pair
    ), after AS (
        SELECT kind, pair ->> 0 AS field, pair ->> 1 AS value, id
        FROM wanted, jsonb_array_elements(wanted.pairs::jsonb) AS pair
    ), gone AS (SELECT * FROM before EXCEPT SELECT * FROM after
    ), fresh AS (SELECT * FROM after EXCEPT SELECT * FROM before
    ), unindexed AS (
        DELETE FROM {s}.record_index AS i USING gone
        WHERE (SELECT yes FROM fit) AND i.ctid = (
            SELECT x.ctid FROM {s}.record_index AS x
            WHERE x.kind = gone.kind AND x.field = gone.field AND x.value = gone.value AND x.id = gone.id
        )
        RETURNING 1
    ), indexed AS (
        INSERT INTO {s}.record_index (kind, field, value, id)
        SELECT * FROM fresh
        WHERE (SELECT count(*) FROM created) = (SELECT count(*) FROM wanted WHERE action = 'write' AND expected = 0)
            AND (SELECT yes FROM fit)
        RETURNING 1
    ), numbered AS MATERIALIZED (
        SELECT pg_current_xact_id()::text::bigint AS xid WHERE (SELECT yes FROM fit)
{journal}    ), taken AS (
        SELECT string_agg(position::text, ' ') AS positions
        FROM wanted LEFT JOIN created USING (kind, id)
        WHERE action = 'write' AND expected = 0 AND created.id IS NULL
    )
    SELECT (SELECT array_agg(position) FROM wanted JOIN held USING (position) WHERE held.version <> wanted.expected),
        CASE
            WHEN current_setting('synchronous_commit') = 'off'
                OR current_setting('transaction_isolation') <> 'read committed' THEN {s}.refuse('unset', '')
            WHEN NOT (SELECT yes FROM fit) THEN 0
            WHEN (SELECT positions FROM taken) IS NOT NULL THEN {s}.refuse('taken', (SELECT positions FROM taken))
            WHEN (SELECT count(*) FROM told) <> (SELECT count(*) FROM events) THEN {s}.refuse('elsewhere', '')
            WHEN (SELECT count(*) FROM updated) + (SELECT count(*) FROM removed) + (SELECT count(*) FROM created)
                    <> (SELECT count(*) FROM wanted WHERE action <> 'guard')
                OR (SELECT count(*) FROM unindexed) + (SELECT count(*) FROM indexed)
                    <> (SELECT count(*) FROM gone) + (SELECT count(*) FROM fresh)
                OR (SELECT count(*) FROM about) <> (SELECT count(*) FROM subjects)
                THEN {s}.refuse('altered', '')
            ELSE coalesce((SELECT max(number) FROM told), 0)
        END
"""

# The same as a part of a transaction of the host, which can have several changes: their entries are counted on from the
# largest number that the transaction has given. It finds its own entries; nobody else gives numbers of its id.
WRITE_OF_HOST = WRITE.replace(
    "SELECT pg_current_xact_id()::text::bigint AS xid WHERE (SELECT yes FROM fit)",
    """
        SELECT own.xid, coalesce(given.largest & 65535, 0) AS so_far
        FROM (SELECT pg_current_xact_id()::text::bigint AS xid) AS own
        JOIN {s}.meta AS m ON m.name = 'journal_base'
        LEFT JOIN LATERAL (
            SELECT max(j.number) AS largest FROM {s}.journal AS j
            WHERE j.number > m.value + (own.xid << 16) AND j.number <= m.value + (own.xid << 16) + 65535
        ) AS given ON true
        WHERE (SELECT yes FROM fit)""",
).replace(
    "            WHEN (SELECT count(*) FROM told)",
    """            WHEN (SELECT so_far FROM numbered) + (SELECT count(*) FROM events) > 65535
                THEN {s}.refuse('full', '')
            WHEN (SELECT count(*) FROM told)""",
)
ENTRIES_OF_HOST = ENTRIES.replace("(xid << 16) + position", "(xid << 16) + so_far + position").replace(
    "told.number & 65535 = s.position", "(told.number & 65535) - (SELECT so_far FROM numbered) = s.position"
)

# A commit that is reported has to be on the disk, whatever the host has set; the setting ends with the transaction.
DURABLE = """
    SELECT current_setting('transaction_isolation'),
        CASE current_setting('synchronous_commit') WHEN 'off' THEN set_config('synchronous_commit', 'on', true) END
"""

# Which of some entries are of transactions that have not ended; a server forgets how very old ones ended. And then
# which of them are there: an entry of a transaction that has ended and is not there was rolled back.
OPEN = """
    SELECT n.number FROM unnest(%s::bigint[]) AS n (number), {s}.meta AS m
    WHERE m.name = 'journal_base' AND n.number >= m.value
        AND pg_xact_status(((n.number - m.value) >> 16)::text::xid8) = 'in progress'
"""
THERE = "SELECT number FROM {s}.journal WHERE number = ANY(%s::bigint[])"

# The new rows of a change, before the rest. No other transaction can alter them, so nothing is locked or compared.
STAGE = """
    WITH wanted AS MATERIALIZED (
        SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[])
            WITH ORDINALITY AS w (kind, id, body, pairs, position)
    ), created AS (
        INSERT INTO {s}.record (kind, id, version, body, pairs)
        SELECT kind, id, 1, body::jsonb, pairs::jsonb FROM wanted ORDER BY position
        ON CONFLICT (kind, id) DO NOTHING
        RETURNING 1
    ), indexed AS (
        INSERT INTO {s}.record_index (kind, field, value, id)
        SELECT DISTINCT kind, pair ->> 0, pair ->> 1, id
        FROM wanted, jsonb_array_elements(wanted.pairs::jsonb) AS pair
        WHERE (SELECT count(*) FROM created) = (SELECT count(*) FROM wanted)
    )
    SELECT CASE
        WHEN current_setting('synchronous_commit') = 'off'
            OR current_setting('transaction_isolation') <> 'read committed' THEN {s}.refuse('unset', '')
        WHEN (SELECT count(*) FROM created) <> (SELECT count(*) FROM wanted) THEN {s}.refuse('taken', '')
    END
"""

# The rest of a change whose new rows were written before, in the same transaction: all is committed, or nothing. The
# rows keep their index; where one gets another, the change has to be written as a whole. The transaction has had its id
# since before the wait, and others were stored meanwhile whose ids are larger. So this comes behind a savepoint: its id
# is newer than theirs, and numbers the entries. A row that is written keeps its lower half.
FINISH = """
    WITH wanted AS MATERIALIZED (
        SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::bigint[], %s::text[], %s::text[])
            WITH ORDINALITY AS w (kind, id, action, expected, body, pairs, position)
    ), held AS MATERIALIZED ({lock}
    ), stale AS MATERIALIZED (
        SELECT string_agg(position::text, ' ') AS positions
        FROM wanted JOIN held USING (position) WHERE held.version <> wanted.expected
    ), updated AS (
        UPDATE {s}.record AS r SET version = w.expected + 1, body = w.body::jsonb
        FROM wanted AS w
        WHERE r.kind = w.kind AND r.id = w.id AND w.action = 'write' AND r.pairs = w.pairs::jsonb
            AND (SELECT positions FROM stale) IS NULL
        RETURNING r.xmin::text::bigint AS xid
    ), numbered AS MATERIALIZED (
        SELECT own + ((updated.xid - own) & 4294967295) AS xid
        FROM (SELECT pg_current_xact_id()::text::bigint AS own) AS whole, (SELECT xid FROM updated LIMIT 1) AS updated
{journal}    )
    SELECT CASE
        WHEN (SELECT positions FROM stale) IS NOT NULL THEN {s}.refuse('taken', (SELECT positions FROM stale))
        WHEN (SELECT count(*) FROM updated) <> (SELECT count(*) FROM wanted WHERE action = 'write')
            THEN {s}.refuse('whole', '')
        WHEN (SELECT count(*) FROM told) <> (SELECT count(*) FROM events) THEN {s}.refuse('elsewhere', '')
        WHEN (SELECT count(*) FROM about) <> (SELECT count(*) FROM subjects) THEN {s}.refuse('altered', '')
        ELSE coalesce((SELECT max(number) FROM told), 0)
    END
"""

REFUSED = "KT001"
"""The SQLSTATE of what the function refuse raises; its detail are the positions of rows that another has written."""

# One row at least, with the number below which nothing can turn up any more; see the docstring of _store. The order is
# that of the index inside; outside it would be sorted once more, on the server's disk where the bodies are large.
JOURNAL = """
    SELECT finished.below, e.*
    FROM (
        SELECT value + (pg_snapshot_xmin(pg_current_snapshot())::text::bigint << 16) AS below
        FROM {s}.meta WHERE name = 'journal_base'
    ) AS finished
    LEFT JOIN LATERAL (
        SELECT j.number, j.type, j.at AT TIME ZONE 'UTC', j.actor, j.subjects, j.body::text
        FROM {source}
        WHERE {condition} AND j.number > %s AND j.number < finished.below
        ORDER BY j.number LIMIT %s
    ) AS e ON true
"""

WHOLE = ("{s}.journal AS j", "true")
OF_SUBJECT = ("{s}.journal_subject AS s JOIN {s}.journal AS j USING (number)", "s.kind = %s AND s.id = %s")
