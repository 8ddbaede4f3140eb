"""What an SQLite file says of its schema."""

from __future__ import annotations

from cantinekit.backends.sqlite._driver import SqliteConnection


def tables_of(db: SqliteConnection) -> set[str]:
    """The tables that are there."""
    return {name for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}


def applied_to(db: SqliteConnection) -> dict[int, str]:
    """The migrations that were applied, with their hashes."""
    if "schema_version" not in tables_of(db):
        return {}
    return dict(db.execute("SELECT version, sha256 FROM schema_version").fetchall())
