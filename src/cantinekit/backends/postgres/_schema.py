"""Migrating a schema to the newest version, and adapting its journal numbers to the server."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import attrs
import psycopg
from psycopg import sql

from cantinekit.backends.postgres._line import TimedConnection, connect, storage_error
from cantinekit.clock import SystemClock
from cantinekit.errors import SchemaError, StorageError
from cantinekit.plugins.sql import Migration, migrate

_OLDEST = 150_000
_MOST_LOST = 1 << 32
"""More transactions than lie between a backup and its use; the numbers have room for it 32,000 times."""


def bring_up_to_date(db: TimedConnection, schema: str, migrations: Sequence[Migration]) -> None:
    """Apply what is missing. Several processes may do this at once: the second finds nothing left to do.

    Raises:
        SchemaError: a newer schema, one migrated by another text, or a database that does not use UTF-8.
        StorageError: a server that is too old.
    """
    if db.info.server_version < _OLDEST:
        raise StorageError(f"PostgreSQL 15 or later is needed, the server has {db.info.server_version // 10_000}")
    if db.info.parameter_status("server_encoding") != "UTF8":
        raise SchemaError("the texts of the database are not in UTF-8")
    migrate(_Schema(db, schema), migrations)


class _Schema:
    """The schema of a store. Looking has to end by the deadline of the call; a step, and waiting for another's, not."""

    def __init__(self, db: TimedConnection, name: str) -> None:
        self._db = db
        self._name = name

    def applied(self) -> Mapping[int, str]:
        ((there,),) = self._db.execute(
            "SELECT to_regclass(%s) IS NOT NULL", (f"{self._name}.schema_version",)
        ).fetchall()
        if not there:
            return {}
        statement = sql.SQL("SELECT version, sha256 FROM {}.schema_version").format(sql.Identifier(self._name))
        return dict(self._db.execute(statement).fetchall())

    @contextmanager
    def locked(self) -> Iterator[None]:
        db, name = self._db, sql.Identifier(self._name)
        db.due = math.inf  # a step takes what it takes
        with db.transaction():
            _lock(db, self._name)
            db.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(name))
            db.execute(sql.SQL("SET LOCAL search_path TO {}").format(name))
            columns = "version integer PRIMARY KEY, sha256 text NOT NULL, applied_at timestamptz NOT NULL"
            db.execute(f"CREATE TABLE IF NOT EXISTS schema_version ({columns})")
            yield

    def run(self, migration: Migration) -> None:
        self._db.execute(migration.sql.encode())
        self._db.execute(
            "INSERT INTO schema_version (version, sha256, applied_at) VALUES (%s, %s, %s)",
            (migration.version, migration.sha256, SystemClock().now()),
        )


def settle_journal(db: TimedConnection, schema: str) -> None:
    """Let the numbers of the journal go on above all that anybody may have read, if this is another server.

    Numbers come from transaction ids, which start again where a dump is restored into a new cluster, and go back where
    a standby that lagged is promoted or a backup is recovered to an earlier point. So the schema notes the cluster and
    its timeline. Where these are others now, the base of the numbers is raised by more transactions than can have been
    lost. It is looked at before the first write on each connection. A standby is left as it is.
    """
    if db.settled or (found := _numbers(db, schema)) is None:
        return
    if not found.fit:
        with db.transaction():
            _lock(db, schema)
            found = _numbers(db, schema)
            if found is not None and not found.fit:
                _note(db, schema, found)
    db.settled = True


def raise_journal(conninfo: Mapping[str, str], schema: str) -> None:
    """Raise the base of the journal's numbers by hand."""
    try:
        with connect(conninfo) as db, db.transaction():
            _lock(db, schema)
            found = _numbers(db, schema)
            if found is None:
                raise StorageError("a standby takes no writes", retryable=True)
            _note(db, schema, attrs.evolve(found, noted=(0, 0)))
            return
    except psycopg.Error as error:
        problem = storage_error(error)
    raise problem


@attrs.frozen
class _Numbers:
    """Transactions are counted without the position in the change. ``noted`` and ``here``: (cluster, timeline)."""

    base: int
    last: int
    following: int
    noted: tuple[int, int] | None
    here: tuple[int, int]

    @property
    def ahead(self) -> bool:
        """Whether there are numbers that transactions to come would give again."""
        return self.last >= self.base + self.following

    @property
    def fit(self) -> bool:
        return self.noted == self.here and not self.ahead

    @property
    def next_base(self) -> int:
        """The base here. A schema that has noted nothing yet is a new one, or was made before this was noted."""
        return max(self.base, self.last) + _MOST_LOST if self.noted or self.ahead else self.base


def _numbers(db: TimedConnection, schema: str) -> _Numbers | None:
    """What the schema has recorded of its cluster, and where the server is now; ``None`` on a standby."""
    ((walfile,),) = db.execute(
        "SELECT CASE WHEN NOT pg_is_in_recovery() THEN pg_walfile_name(pg_current_wal_lsn()) END"
    ).fetchall()
    if walfile is None:
        return None
    ((last, following),) = db.execute(
        sql.SQL("""
            SELECT coalesce((SELECT max(number) FROM {s}.journal) >> 16, 0),
                pg_snapshot_xmax(pg_current_snapshot())::text::bigint
        """).format(s=sql.Identifier(schema))
    ).fetchall()
    meta = dict(db.execute(sql.SQL("SELECT name, value FROM {s}.meta").format(s=sql.Identifier(schema))).fetchall())
    noted = (meta["journal_cluster"], meta["journal_timeline"]) if "journal_cluster" in meta else None
    # The name of a WAL file begins with the timeline, which a promotion raises at once; pg_control follows later.
    return _Numbers(meta["journal_base"] >> 16, last, following, noted, (_cluster(db), int(walfile[:8], 16)))


def _cluster(db: TimedConnection) -> int:
    """What the cluster was named when it was made; 0 where the role may not know."""
    ((allowed,),) = db.execute("SELECT has_function_privilege('pg_control_system()', 'EXECUTE')").fetchall()
    if not allowed:
        return 0
    ((name,),) = db.execute("SELECT system_identifier FROM pg_control_system()").fetchall()
    return int(name)


def _note(db: TimedConnection, schema: str, found: _Numbers) -> None:
    cluster, timeline = found.here
    rows = [("journal_base", found.next_base << 16), ("journal_cluster", cluster), ("journal_timeline", timeline)]
    for row in rows:
        db.execute(
            sql.SQL("""
                INSERT INTO {s}.meta (name, value) VALUES (%s, %s)
                ON CONFLICT (name) DO UPDATE SET value = excluded.value
            """).format(s=sql.Identifier(schema)),
            row,
        )


def drop(conninfo: Mapping[str, str], schema: str) -> None:
    """Delete a schema with everything in it."""
    try:
        with connect(conninfo) as db:
            db.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(schema)))
            return
    except psycopg.Error as error:
        problem = storage_error(error)
    raise problem


def _lock(db: TimedConnection, schema: str) -> None:
    """One process at a time, until the end of the transaction."""
    digest = hashlib.sha256(f"cantinekit schema {schema}".encode()).digest()
    db.execute("SELECT pg_advisory_xact_lock(%s)", (int.from_bytes(digest[:8], "big", signed=True),))
