"""Bringing an SQLite file to the newest schema, in one exclusive transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence

from cantinekit.backends._migrations import Migration, pending
from cantinekit.backends.sqlite._driver import Database
from cantinekit.clock import SystemClock, format_instant
from cantinekit.errors import SchemaError


def migrate(db: Database, migrations: Sequence[Migration]) -> None:
    """Apply what is missing. Several processes may do this at once: the second finds nothing left to do.

    Raises:
        SchemaError: a newer database, one migrated by another text, or one that belongs to something else.
    """
    if tables_of(db) and not pending(applied_to(db), migrations):
        return
    db.execute("BEGIN EXCLUSIVE")
    try:
        tables = tables_of(db)
        if tables and "schema_version" not in tables:
            raise SchemaError("the database belongs to something else: it has tables, but no schema_version")
        applied = applied_to(db) if tables else _prepare(db)
        for migration in pending(applied, migrations):
            for statement in _statements(migration.sql):
                db.execute(statement)
            db.execute(
                "INSERT INTO schema_version (version, sha256, applied_at) VALUES (?, ?, ?)",
                (migration.version, migration.sha256, format_instant(SystemClock().now())),
            )
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def tables_of(db: Database) -> set[str]:
    """The tables that are there."""
    return {name for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}


def applied_to(db: Database) -> dict[int, str]:
    """The migrations that were applied, with their hashes."""
    if "schema_version" not in tables_of(db):
        return {}
    return dict(db.execute("SELECT version, sha256 FROM schema_version").fetchall())


def _prepare(db: Database) -> dict[int, str]:
    columns = "version INTEGER PRIMARY KEY, sha256 TEXT NOT NULL, applied_at TEXT NOT NULL"
    db.execute(f"CREATE TABLE schema_version ({columns}) STRICT")
    return {}


def _statements(script: str) -> Iterator[str]:
    """The statements of a script, each of which ends at a line's end. (``executescript`` would commit first.)"""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
    if statement.strip():
        raise SchemaError("a migration does not end with a complete statement")
