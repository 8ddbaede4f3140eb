"""Bringing a schema to the newest version, and the numbers of its journal to the server that it is on."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence

import psycopg
from psycopg import sql

from cantinekit.backends._migrations import Migration, pending
from cantinekit.backends.postgres._line import Line, connect, storage_error
from cantinekit.clock import SystemClock
from cantinekit.errors import SchemaError, StorageError

_OLDEST = 150_000


def migrate(db: Line, schema: str, migrations: Sequence[Migration]) -> None:
    """Apply what is missing. Several processes may do this at once: the second finds nothing left to do.

    Looking has to end by the deadline of the call; a migration, and waiting for that of another process, need not.

    Raises:
        SchemaError: a newer schema, one migrated by another text, or a database that does not use UTF-8.
        StorageError: a server that is too old.
    """
    if db.info.server_version < _OLDEST:
        raise StorageError(f"PostgreSQL 15 or later is needed, the server has {db.info.server_version // 10_000}")
    if db.info.parameter_status("server_encoding") != "UTF8":
        raise SchemaError("the texts of the database are not in UTF-8")
    if not pending(_applied(db, schema), migrations):
        return
    db.due = math.inf  # a migration takes what it takes
    with db.transaction():
        _lock(db, schema)
        name = sql.Identifier(schema)
        db.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(name))
        db.execute(sql.SQL("SET LOCAL search_path TO {}").format(name))
        columns = "version integer PRIMARY KEY, sha256 text NOT NULL, applied_at timestamptz NOT NULL"
        db.execute(f"CREATE TABLE IF NOT EXISTS schema_version ({columns})")
        for migration in pending(_applied(db, schema), migrations):
            db.execute(migration.sql.encode())
            db.execute(
                "INSERT INTO schema_version (version, sha256, applied_at) VALUES (%s, %s, %s)",
                (migration.version, migration.sha256, SystemClock().now()),
            )


def settle_journal_base(db: Line, schema: str) -> None:
    """After a dump was restored into a cluster whose transaction ids are smaller: let the numbers go on above.

    In a cluster that a journal was written in, no number can reach that of a transaction which has not begun yet.
    """
    statement = sql.SQL("""
        SELECT (SELECT max(number) FROM {s}.journal) >> 16,
            meta.value >> 16,
            pg_snapshot_xmin(pg_current_snapshot())::text::bigint,
            pg_snapshot_xmax(pg_current_snapshot())::text::bigint
        FROM {s}.meta WHERE name = 'journal_base'
    """).format(s=sql.Identifier(schema))

    def base_needed() -> int | None:
        last, base, oldest, following = db.execute(statement).fetchall()[0]
        if last is None or last < base + following:
            return None
        return int(last + 1 - oldest)

    if base_needed() is not None:
        with db.transaction():
            _lock(db, schema)
            base = base_needed()
            if base is not None:
                update = sql.SQL("UPDATE {s}.meta SET value = %s WHERE name = 'journal_base'")
                db.execute(update.format(s=sql.Identifier(schema)), (base << 16,))


def drop(conninfo: Mapping[str, str], schema: str) -> None:
    """Delete a schema with everything in it."""
    try:
        with connect(conninfo) as db:
            db.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(schema)))
            return
    except psycopg.Error as error:
        problem = storage_error(error)
    raise problem


def _applied(db: Line, schema: str) -> dict[int, str]:
    ((there,),) = db.execute("SELECT to_regclass(%s) IS NOT NULL", (f"{schema}.schema_version",)).fetchall()
    if not there:
        return {}
    statement = sql.SQL("SELECT version, sha256 FROM {}.schema_version").format(sql.Identifier(schema))
    return dict(db.execute(statement).fetchall())


def _lock(db: Line, schema: str) -> None:
    """One process at a time, until the end of the transaction."""
    digest = hashlib.sha256(f"cantinekit schema {schema}".encode()).digest()
    db.execute("SELECT pg_advisory_xact_lock(%s)", (int.from_bytes(digest[:8], "big", signed=True),))
