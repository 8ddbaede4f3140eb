"""The figures of the report to funders by SQL alone, on the tables of PostgreSQL; for SQLite they are in ``funder``."""

from __future__ import annotations

MONTHS = """
month AS (
    SELECT (value ->> 0)::int AS k, value ->> 1 AS first, value ->> 2 AS last, value ->> 3 AS day
    FROM jsonb_array_elements(%(months)s::jsonb) AS value
)
"""
_AT = """i.value >= %(place)s || '|' || first AND i.value < %(place)s || '|' || last"""
_SECONDS = "floor(extract(epoch FROM {}::timestamptz))::bigint"
_MINUTES = f"({_SECONDS} - {_SECONDS}) / 60"
_STANDS = "coalesce(r.body ->> 'state', 'open') IN ('open', 'closed')"

VISITS = f"""
WITH {MONTHS}, visit AS MATERIALIZED (
    SELECT month.k, r.body ->> 'person_id' AS person, r.body ->> 'opened_at' COLLATE "C" AS came,
        {_MINUTES.format("(r.body ->> 'closed_at')", "(r.body ->> 'opened_at')")} AS minutes
    FROM month JOIN record_index AS i ON i.kind = 'visit' AND i.field = 'place' AND {_AT}
    JOIN record AS r ON r.kind = 'visit' AND r.id = i.id
    WHERE {_STANDS}
), firsts AS MATERIALIZED (
    SELECT DISTINCT ON (person) person, came, k FROM visit WHERE person IS NOT NULL ORDER BY person, came
), newcomer AS MATERIALIZED (
    SELECT person, k FROM firsts LEFT JOIN LATERAL (
        SELECT 1 AS was FROM record_index AS i JOIN record AS r ON r.kind = 'visit' AND r.id = i.id
        WHERE i.kind = 'visit' AND i.field = 'person' AND i.value >= person || '|' AND i.value < person || '|' || came
            AND {_STANDS} LIMIT 1
    ) AS before ON true WHERE was IS NULL
), counted AS (
    SELECT k, count(DISTINCT person) AS people, count(*) - count(person) AS walk_ins, count(*) AS visits,
        sum(minutes)::bigint AS minutes FROM visit GROUP BY GROUPING SETS ((k), ())
)
SELECT k, people, (SELECT count(*) FROM newcomer AS n WHERE counted.k IS NULL OR n.k = counted.k),
    walk_ins, visits, minutes FROM counted
"""
GROUPS = f"""
WITH {MONTHS}, belonged AS MATERIALIZED (
    SELECT month.k, a.body ->> 'organisation_id' AS id
    FROM record AS a
    JOIN record AS o ON o.kind = 'organisation' AND o.id = a.body ->> 'organisation_id'
    JOIN record_index AS i ON i.kind = 'visit' AND i.field = 'person'
        AND i.value >= (a.body ->> 'person_id') || '|' AND i.value < (a.body ->> 'person_id') || '}}'
    JOIN record AS r ON r.kind = 'visit' AND r.id = i.id AND r.body ->> 'place_id' = %(place)s
    JOIN month ON (r.body ->> 'opened_at') COLLATE "C" >= first AND (r.body ->> 'opened_at') COLLATE "C" < last
    WHERE a.kind = 'affiliation' AND coalesce(o.body ->> 'form', 'company') <> 'household'
        AND a.body ->> 'first_day' <= day AND {_STANDS}
)
SELECT k, count(DISTINCT id) FROM belonged GROUP BY GROUPING SETS ((k), ())
"""
SESSIONS = f"""
WITH {MONTHS}
SELECT k, count(DISTINCT s.id), sum(coalesce((r.body ->> 'seats')::int, 1))::bigint,
    sum(coalesce((r.body -> 'marks' -> 0 ->> 'seats')::int, 0))::bigint
FROM month JOIN record_index AS i ON i.kind = 'session' AND i.field = 'place' AND {_AT}
JOIN record AS s ON s.kind = 'session' AND s.id = i.id
JOIN record_index AS j ON j.kind = 'registration' AND j.field = 'session'
    AND j.value >= s.id || '|' AND j.value < s.id || '}}'
JOIN record AS r ON r.kind = 'registration' AND r.id = j.id AND r.body ->> 'state' = 'confirmed'
GROUP BY k
"""
LET = f"""
WITH {MONTHS}
SELECT k, sum({_MINUTES.format("(r.body -> 'period' ->> 1)", "(r.body -> 'period' ->> 0)")})::bigint
FROM month JOIN record_index AS i ON i.kind = 'booking' AND i.field = 'place' AND {_AT}
JOIN record AS r ON r.kind = 'booking' AND r.id = i.id WHERE r.body ->> 'state' = 'confirmed' GROUP BY k
"""
EARNED = f"""
WITH {MONTHS}
SELECT k, -sum((line ->> 'amount')::bigint)::bigint
FROM month JOIN record_index AS i ON i.kind = 'ledger' AND i.field = 'place' AND {_AT}
JOIN record AS r ON r.kind = 'ledger' AND r.id = i.id
CROSS JOIN jsonb_array_elements(r.body -> 'lines') AS line WHERE line ->> 'account' LIKE 'revenue/%%' GROUP BY k
"""
