"""What the report to funders costs beside SQL that was written by hand for the same figures, on the same rows.

A year of a place: visitors whose visits are rows as the house stores them, 200 sessions with sheets, rooms that were
let and what was earned. Both count in one run and have to agree; what is printed is CPU time and its ratio, on
PostgreSQL that of the client and of the server. The SQL knows where months begin, which Python tells it, and hides no
small cells.
"""

from __future__ import annotations

import argparse
import json
import os
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from cantinekit import records as m
from cantinekit.backends.sqlite import SqliteStorage
from cantinekit.clock import Period, WallTime, day_bounds, format_instant, local
from cantinekit.plugins.ports import Change
from cantinekit.plugins.registry import Registry
from cantinekit.runtime import codec
from support.houses import small_house

YEAR, ZONE, HOUR = 2025, "Europe/Paris", timedelta(hours=1)
BATCH = 1000
PLACE, ROOM = "nuit", "n"
Figures = dict[Any, list[Any]]
"""By the number of the month, and ``None`` for the year."""


def _days(random: Random) -> datetime:
    return day_bounds(date(YEAR, 1, 1) + timedelta(days=random.randrange(365)), ZONE).start + 9 * HOUR


def records(visitors: int, sessions: int) -> Iterator[m.Record]:
    """The rows of a year: each visitor comes once to three times, some came the year before."""
    random, number = Random(1), 0
    for who in range(visitors):
        for _ in range(random.choice((1, 1, 1, 2, 3))):
            number += 1
            at = _days(random) + timedelta(minutes=random.randrange(480)) - timedelta(days=365 * (number % 7 == 0))
            stay = timedelta(minutes=random.randrange(20, 500))
            known = None if number % 50 == 0 else f"p{who:06d}"
            yield m.Visit(f"v{number:07d}", PLACE, "os", "day", at, at + 9 * HOUR, known, "closed", at + stay)
            if number % 4 == 0:
                lines = (m.LedgerLine("receivable", 700), m.LedgerLine("revenue/day", -700))
                charge = m.Subject("charge", f"c{number:07d}")
                yield m.LedgerEntry(f"l{number:07d}", "asso", PLACE, at, "raised", charge, "EUR", lines)
    for number in range(1000):
        who, group, since = f"p{number * 7 % visitors:06d}", f"o{number // 10:03d}", date(YEAR, 1 + number % 12, 1)
        yield m.Affiliation(f"a{number:04d}", group, who, "member", since, made_at=small_house.START)
        if number % 10 == 0:
            yield m.Organisation(group, "Org", "household" if number % 40 == 0 else "company")
    for number in range(sessions):
        start = _days(random)
        over = start + 2 * HOUR
        wall = [WallTime(here.date(), here.time(), ZONE) for here in (local(start, ZONE), local(over, ZONE))]
        period, sheet = Period(start, over), m.Sheet(over, 2)
        session = m.Session(f"s{number:05d}", "repair", PLACE, *wall, period, 20, confirmed=12, sheet=sheet)
        yield session
        for seat in range(12):
            marks = (m.Mark(1, start),) if seat % 4 else ()
            who = f"p{random.randrange(visitors):06d}"
            yield m.Registration(
                f"r{number:05d}-{seat}", session.id, PLACE, who, "confirmed", start - HOUR, marks=marks
            )
    for number in range(sessions * 5):
        start = _days(random)
        yield m.Booking(f"b{number:06d}", PLACE, ROOM, "let", Period(start, start + HOUR), 1, "confirmed")


def write(storage: Any, every: Iterator[m.Record]) -> None:
    """Store rows, many in one change."""
    rows = [codec.encode(one, 1) for one in every]
    for at in range(0, len(rows), BATCH):
        storage.apply(Change(rows=tuple(rows[at : at + BATCH])))


SQL = """
WITH month(k, first, last) AS (SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(:months)),
visit AS MATERIALIZED (
    SELECT month.k, body ->> 'person_id' AS person, body ->> 'opened_at' AS came, body ->> 'closed_at' AS went
    FROM month CROSS JOIN record_index AS i ON i.kind = 'visit' AND i.field = 'place'
        AND i.value >= :place || '|' || first AND i.value < :place || '|' || last
    CROSS JOIN record AS r ON r.kind = 'visit' AND r.id = i.id
    WHERE coalesce(body ->> 'state', 'open') IN ('open', 'closed')
),
firsts AS MATERIALIZED (
    SELECT person, min(came) AS came, k FROM visit WHERE person IS NOT NULL GROUP BY person
),
newcomer AS MATERIALIZED (
    SELECT person, k FROM firsts WHERE NOT EXISTS (
        SELECT 1 FROM record_index AS i CROSS JOIN record AS r ON r.kind = 'visit' AND r.id = i.id
        WHERE i.kind = 'visit' AND i.field = 'person' AND i.value >= person || '|' AND i.value < person || '|' || came
            AND coalesce(body ->> 'state', 'open') IN ('open', 'closed')
    )
),
counted AS (
    SELECT k, count(DISTINCT person) AS people, sum(person IS NULL) AS walk_ins, count(*) AS visits,
        sum((unixepoch(went) - unixepoch(came)) / 60) AS minutes FROM visit GROUP BY k
    UNION ALL
    SELECT NULL, count(DISTINCT person), sum(person IS NULL), count(*),
        sum((unixepoch(went) - unixepoch(came)) / 60) FROM visit
)
SELECT k, people, CASE WHEN k IS NULL THEN (SELECT count(*) FROM newcomer)
    ELSE (SELECT count(*) FROM newcomer AS n WHERE n.k = counted.k) END, walk_ins, visits, minutes FROM counted
"""
GROUPS = """
WITH month(k, first, last, day) AS (
    SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each(:days)
),
belonged AS MATERIALIZED (
    SELECT month.k, a.body ->> 'organisation_id' AS id
    FROM record AS a
    CROSS JOIN record AS o ON o.kind = 'organisation' AND o.id = a.body ->> 'organisation_id'
    CROSS JOIN record_index AS i ON i.kind = 'visit' AND i.field = 'person'
        AND i.value >= a.body ->> 'person_id' || '|' AND i.value < a.body ->> 'person_id' || '}'
    CROSS JOIN record AS r ON r.kind = 'visit' AND r.id = i.id AND r.body ->> 'place_id' = :place
    CROSS JOIN month ON r.body ->> 'opened_at' >= first AND r.body ->> 'opened_at' < last
    WHERE a.kind = 'affiliation' AND coalesce(o.body ->> 'form', 'company') <> 'household'
        AND a.body ->> 'first_day' <= day AND coalesce(r.body ->> 'state', 'open') IN ('open', 'closed')
)
SELECT k, count(DISTINCT id) FROM belonged GROUP BY k UNION ALL SELECT NULL, count(DISTINCT id) FROM belonged
"""
SESSIONS = """
WITH month(k, first, last) AS (SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(:months))
SELECT k, count(DISTINCT s.id), sum(registration.seats), sum(registration.present)
FROM month CROSS JOIN record_index AS i ON i.kind = 'session' AND i.field = 'place'
    AND i.value >= :place || '|' || first AND i.value < :place || '|' || last
CROSS JOIN record AS s ON s.kind = 'session' AND s.id = i.id
CROSS JOIN (
    SELECT substr(j.value, 1, instr(j.value, '|') - 1) AS session, coalesce(body ->> 'seats', 1) AS seats,
        coalesce(body ->> '$.marks[0].seats', 0) AS present
    FROM record_index AS j CROSS JOIN record AS r ON r.kind = 'registration' AND r.id = j.id
    WHERE j.kind = 'registration' AND j.field = 'session' AND body ->> 'state' = 'confirmed'
) AS registration ON registration.session = s.id
GROUP BY k
"""
LET = """
WITH month(k, first, last) AS (SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(:months))
SELECT k, sum((unixepoch(body ->> '$.period[1]') - unixepoch(body ->> '$.period[0]')) / 60)
FROM month CROSS JOIN record_index AS i ON i.kind = 'booking' AND i.field = 'place'
    AND i.value >= :place || '|' || first AND i.value < :place || '|' || last
CROSS JOIN record AS r ON r.kind = 'booking' AND r.id = i.id WHERE body ->> 'state' = 'confirmed' GROUP BY k
"""
EARNED = """
WITH month(k, first, last) AS (SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(:months))
SELECT k, -sum(line.value ->> 'amount')
FROM month CROSS JOIN record_index AS i ON i.kind = 'ledger' AND i.field = 'place'
    AND i.value >= :place || '|' || first AND i.value < :place || '|' || last
CROSS JOIN record AS r ON r.kind = 'ledger' AND r.id = i.id
CROSS JOIN json_each(r.body, '$.lines') AS line WHERE line.value ->> 'account' LIKE 'revenue/%' GROUP BY k
"""


IN_SQLITE = (SQL, GROUPS, SESSIONS, LET, EARNED)


def by_sql(db: Any, months: str, texts: Sequence[str] = IN_SQLITE) -> Figures:
    """The figures by SQL alone, of each month and of the year."""
    values = {"place": PLACE, "months": months, "days": months}
    visits, groups, sessions, let, earned = (db.execute(text, values).fetchall() for text in texts)
    found: Figures = {k: [*counts] for k, *counts in visits}
    for k, count in groups:
        found[k].append(count)
    for rows, width in ((sessions, 3), (let, 1), (earned, 1)):
        by_month = {k: counts for k, *counts in rows}
        by_month[None] = [sum(counts) for counts in zip(*by_month.values(), strict=True)] or [0] * width
        for k, counts in found.items():
            counts.extend(by_month.get(k, [0] * width))
    return found


def by_read(house: Any) -> Figures:
    """The same figures of the report; ``None`` for one that it does not show, of which there is none at full size."""
    report = house.cantine.read.funder_report([PLACE], date(YEAR, 1, 1), date(YEAR, 12, 31))
    names = "people new walk_ins visits minutes organisations sessions seats present let_minutes"
    found: Figures = {}
    for one in report.rows:
        counts = {name: getattr(one, name) for name in names.split()}
        if one.present is not None:
            counts["present"] -= 2 * one.sheets  # those who came without a seat, of whom the SQL does not ask
        earned = sum(amount.amount for _, amount in one.revenue)
        found[None if one.month is None else one.month.month - 1] = [*counts.values(), earned]
    return found


def timed(work: Callable[[], Figures], rounds: int, clock: Callable[[], float]) -> tuple[float, Figures]:
    """The least time of some rounds, and what was found."""
    best, found = float("inf"), Figures()
    for _ in range(rounds):
        before = clock()
        found = work()
        best = min(best, clock() - before)
    return best, found


def with_server(db: Any) -> Callable[[], float]:
    """The CPU time of this process and of the server of a connection, which has to be on this machine."""
    tick = os.sysconf("SC_CLK_TCK")

    def of(pid: int, *fields: int) -> float:
        try:
            stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        except FileNotFoundError:
            return 0.0
        return sum(int(stat[field]) for field in fields) / tick

    def spent() -> float:
        pids = [pid for (pid,) in db.execute("SELECT pid FROM pg_stat_activity")]
        (own,) = db.execute("SELECT pg_backend_pid()").fetchone()
        main = int(Path(f"/proc/{own}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[1])
        ended = of(main, 13, 14)  # of processes that it has waited for
        return time.process_time() + ended + sum(of(pid, 11, 12) for pid in pids)

    return spent


@contextmanager
def stores(backend: str) -> Iterator[tuple[Any, Callable[[], Any], Sequence[str]]]:
    """An empty store, what opens a plain connection to its tables, and the SQL by hand."""
    if backend == "sqlite":
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "house.db"
            yield SqliteStorage(path), lambda: sqlite3.connect(path), IN_SQLITE
        return
    from billing import books
    from peers import funder_postgres as texts

    from support.postgres import postgres_server

    url = postgres_server.fresh_url()
    every = (texts.VISITS, texts.GROUPS, texts.SESSIONS, texts.LET, texts.EARNED)
    yield Registry.load().storage(url), lambda: books.connect(url)[0], every
    postgres_server.drop(url)


def compare(backend: str, args: Any) -> bool:
    """Measure on a backend; whether both agree."""
    with stores(backend) as (storage, connect, texts):
        house = small_house.open_house(storage)
        write(house.storage, records(args.visitors, args.sessions))
        starts = [format_instant(day_bounds(date(YEAR, month, 1), ZONE).start) for month in range(1, 13)]
        starts.append(format_instant(day_bounds(date(YEAR, 12, 31), ZONE).end))
        months = json.dumps([(k, *starts[k : k + 2], f"{YEAR}-{k + 1:02d}-01") for k in range(12)])
        db, clock = connect(), time.process_time
        if backend != "sqlite":
            db.execute("ANALYZE")  # as its autovacuum does by itself, a while after so many rows were written
            clock = with_server(db)
        sql, wanted = timed(lambda: by_sql(db, months, texts), args.rounds, clock)
        read, found = timed(lambda: by_read(house), args.rounds, clock)
        db.close()
        house.storage.close()
    pairs = [(k, one, other) for k in wanted for one, other in zip(found[k], wanted[k], strict=True)]
    if unlike := [pair for pair in pairs if pair[1] is not None and pair[1] != pair[2]]:
        print("they do not agree (month, report, SQL):", unlike)
        return False
    print(
        f"{backend}: {args.visitors} visitors, {args.sessions} sessions, {wanted[None][3]} visits of the year: "
        f"the same figures, {sum(one is None for _, one, _ in pairs)} not shown"
    )
    print(f"SQL {sql:.2f} s, funder_report {read:.2f} s: {read / sql:.2f} times", flush=True)
    return True


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--visitors", type=int, default=20_000)
    parser.add_argument("--sessions", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--backends", nargs="*", default=["sqlite", "postgresql"], choices=["sqlite", "postgresql"])
    args = parser.parse_args()
    agree = [compare(backend, args) for backend in args.backends]
    return not all(agree)


if __name__ == "__main__":
    sys.exit(main())
