"""Numbered migrations: SQL files in a package, each known by its number and the checksum of its text."""

from __future__ import annotations

import hashlib
import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from importlib import resources
from typing import Protocol

import attrs

from cantinekit.errors import SchemaError

_only_looks: ContextVar[bool] = ContextVar("_only_looks", default=False)
_NAME = re.compile(r"([0-9]{4})_[a-z0-9_]+\.sql")


@attrs.frozen
class Migration:
    """One step of the schema. A step that was published is never edited: the next one changes what it made.

    Attributes:
        version: its number, from 1.
        sql: its statements, each of which ends with a semicolon at the end of a line.
        sha256: the checksum of the text with plain line ends, so that a checkout cannot change it.
    """

    version: int
    sql: str
    sha256: str

    @classmethod
    def of(cls, version: int, text: str) -> Migration:
        """A step with this text.

        Args:
            version: its number.
            text: its statements, with line ends of any system.
        """
        sql = text.replace("\r\n", "\n")
        return cls(version, sql, hashlib.sha256(sql.encode("utf-8")).hexdigest())


def read_migrations(package: str) -> tuple[Migration, ...]:
    """The migrations in ``package``/migrations: files such as ``0001_tables.sql``, numbered 1, 2, 3 without a gap.

    Args:
        package: the name of a package that can be imported.

    Raises:
        SchemaError: a gap or a number that occurs twice.
    """
    found = []
    for file in (resources.files(package) / "migrations").iterdir():
        match = _NAME.fullmatch(file.name)
        if match:
            found.append(Migration.of(int(match[1]), file.read_text(encoding="utf-8")))
    found.sort(key=lambda migration: migration.version)
    if [migration.version for migration in found] != list(range(1, len(found) + 1)):
        raise SchemaError(f"the migrations in {package} are not numbered 1, 2, 3 without a gap")
    return tuple(found)


def pending(applied: Mapping[int, str], migrations: Sequence[Migration]) -> Sequence[Migration]:
    """The migrations that a database still needs.

    Args:
        applied: the checksum of each step that the database notes as applied, by its number.
        migrations: all steps that there are, in their order.

    Raises:
        SchemaError: the database is newer, misses a step in the middle, or was migrated by other texts than ours.
    """
    newest = max(applied, default=0)
    if newest > len(migrations):
        raise SchemaError(
            f"the database has schema {newest}, this version of cantinekit knows {len(migrations)}: upgrade cantinekit"
        )
    for migration in migrations[:newest]:
        if applied.get(migration.version) != migration.sha256:
            raise SchemaError(f"schema {migration.version} of the database was not made by this library's migration")
    return migrations[newest:]


class Migrates(Protocol):
    """The schema of one store, on a connection, as ``migrate`` changes it."""

    def applied(self) -> Mapping[int, str]:
        """The checksums of the steps that were applied, by their numbers; none where there is no table of them."""
        ...

    def locked(self) -> AbstractContextManager[None]:
        """The lock of the schema for the length of a with-block, with a table for the steps.

        One process has it at a time. What is done in it is stored at its end; where it is broken off it is undone as
        far as the database can undo such statements.
        """
        ...

    def run(self, migration: Migration) -> None:
        """Run a step, and note its number and checksum.

        Args:
            migration: the next step.
        """
        ...


def migrate(schema: Migrates, migrations: Sequence[Migration]) -> None:
    """Apply what is missing. Several processes may do this at once: the second finds nothing left to do.

    Without anything to do nothing is locked.

    Args:
        schema: the schema of the store.
        migrations: all steps that there are, in their order.

    Raises:
        SchemaError: what ``pending`` raises, or there is something to do within ``only_looking``; then nothing was
            changed.
    """
    if not pending(schema.applied(), migrations):
        return
    if _only_looks.get():
        raise SchemaError("there is no store of this version, and none is made: it is opened only to be looked at")
    with schema.locked():
        for migration in pending(schema.applied(), migrations):
            schema.run(migration)


@contextmanager
def only_looking() -> Iterator[None]:
    """Within it ``migrate`` refuses a schema that is missing or older, for whoever opens a store to look at it alone.

    It counts for this thread, or this task of an event loop.
    """
    before = _only_looks.set(True)
    try:
        yield
    finally:
        _only_looks.reset(before)


def split_statements(script: str) -> Iterator[str]:
    """The statements of a script, each of which ends with a semicolon at the end of a line.

    A semicolon in a text, in a comment or within a trigger ends none.

    Args:
        script: SQL with texts and comments as SQLite knows them.

    Raises:
        SchemaError: the last one does not end.
    """
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
    if statement.strip():
        raise SchemaError("a migration does not end with a complete statement")
