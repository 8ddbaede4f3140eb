"""The SQL of ``PostgresStorage``; ``{s}`` is the schema.

Lists of values travel as arrays, one per column, so that each step is one statement whatever the number of rows.
"""

from __future__ import annotations

BEGIN = """
    BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
    SET LOCAL lock_timeout = {timeout};
    SELECT set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') = 'off'
"""

# The server gives up by itself what the client has given up, and what a frozen client holds. Its own limits stay.
BEGIN_BY = """;
    SELECT set_config(name, {deadline}, true)
    FROM unnest(ARRAY['statement_timeout', 'idle_in_transaction_session_timeout']) AS name
    WHERE current_setting(name) = '0'
"""

LOAD = """
    SELECT wanted.position, r.version, r.body::text, r.pairs
    FROM unnest(%s::text[], %s::text[]) WITH ORDINALITY AS wanted (kind, id, position)
    JOIN {s}.record AS r ON r.kind = wanted.kind AND r.id = wanted.id
"""

FIND = """
    SELECT i.value, i.id, r.version, r.body::text, r.pairs
    FROM {s}.record_index AS i JOIN {s}.record AS r ON r.kind = i.kind AND r.id = i.id
    WHERE {condition} ORDER BY i.value {direction}, i.id {direction} LIMIT %s
"""

# A row that is locked inside a LATERAL subquery is locked when the loop comes to it: in the order of the list, each row
# in its own mode. (Two statements, one per mode, would let crossed changes deadlock.)
LOCK = """
    SELECT listed.position, coalesce(written.version, guarded.version), written.pairs
    FROM (
        SELECT * FROM unnest(%s::text[], %s::text[], %s::boolean[]) WITH ORDINALITY AS k (kind, id, write, position)
        ORDER BY position
    ) AS listed
    LEFT JOIN LATERAL (
        SELECT r.version, r.pairs FROM {s}.record AS r
        WHERE r.kind = listed.kind AND r.id = listed.id AND listed.write FOR UPDATE
    ) AS written ON true
    LEFT JOIN LATERAL (
        SELECT r.version FROM {s}.record AS r
        WHERE r.kind = listed.kind AND r.id = listed.id AND NOT listed.write FOR SHARE
    ) AS guarded ON true
"""

# One statement, so one round trip: the parts touch different rows. Where another has created one of the rows nothing is
# indexed, and the change is stale.
WRITE = """
    WITH created AS (
        INSERT INTO {s}.record (kind, id, version, body, pairs)
        SELECT kind, id, version, body::jsonb, pairs::jsonb
        FROM unnest(%s::text[], %s::text[], %s::bigint[], %s::text[], %s::text[])
            WITH ORDINALITY AS n (kind, id, version, body, pairs, position)
        ORDER BY position
        ON CONFLICT (kind, id) DO NOTHING
        RETURNING kind, id
    ), updated AS (
        UPDATE {s}.record AS r SET version = n.version, body = n.body::jsonb, pairs = n.pairs::jsonb
        FROM unnest(%s::text[], %s::text[], %s::bigint[], %s::text[], %s::text[]) AS n (kind, id, version, body, pairs)
        WHERE r.kind = n.kind AND r.id = n.id
        RETURNING 1
    ), removed AS (
        DELETE FROM {s}.record AS r USING unnest(%s::text[], %s::text[]) AS n (kind, id)
        WHERE r.kind = n.kind AND r.id = n.id
        RETURNING 1
    ), unindexed AS (
        DELETE FROM {s}.record_index AS i
        USING unnest(%s::text[], %s::text[], %s::text[], %s::text[]) AS n (kind, field, value, id)
        WHERE i.kind = n.kind AND i.field = n.field AND i.value = n.value AND i.id = n.id
        RETURNING 1
    ), indexed AS (
        INSERT INTO {s}.record_index (kind, field, value, id)
        SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[])
        WHERE (SELECT count(*) FROM created) = %s
        RETURNING 1
    )
    SELECT (SELECT jsonb_agg(jsonb_build_array(kind, id)) FROM created), (SELECT count(*) FROM updated),
        (SELECT count(*) FROM removed), (SELECT count(*) FROM unindexed), (SELECT count(*) FROM indexed)
"""

# The position in the change is in the lowest 16 bits of a number, which is how a subject finds its entry.
RECORD = """
    WITH told AS (
        INSERT INTO {s}.journal (number, type, at, actor, subjects, body)
        SELECT meta.value + (pg_current_xact_id()::text::bigint << 16) + position,
            type, at, actor, subjects::jsonb, body::jsonb
        FROM {s}.meta, unnest(%s::text[], %s::timestamptz[], %s::text[], %s::text[], %s::text[])
            WITH ORDINALITY AS e (type, at, actor, subjects, body, position)
        WHERE meta.name = 'journal_base' {here}
        RETURNING number
    ), about AS (
        INSERT INTO {s}.journal_subject (kind, id, number)
        SELECT s.kind, s.id, told.number
        FROM unnest(%s::text[], %s::text[], %s::bigint[]) AS s (kind, id, position)
        JOIN told ON told.number & 65535 = s.position
        RETURNING 1
    )
    SELECT (SELECT max(number) FROM told), (SELECT count(*) FROM about)
"""

# Nothing is recorded on another timeline than the noted one: a pooler may lead an open connection to another server.
HERE = """
    AND EXISTS (
        SELECT FROM {s}.meta AS noted
        WHERE noted.name = 'journal_timeline'
            AND noted.value = ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::bigint
    )
"""

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
