"""Numbered migrations: SQL files in a package, each known by its number and the checksum of its text."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from importlib import resources

import attrs

from cantinekit.errors import SchemaError

_NAME = re.compile(r"([0-9]{4})_[a-z0-9_]+\.sql")


@attrs.frozen
class Migration:
    """One step of the schema. ``sha256`` is of the text with plain line ends, so that a checkout cannot change it."""

    version: int
    sql: str
    sha256: str

    @classmethod
    def of(cls, version: int, text: str) -> Migration:
        sql = text.replace("\r\n", "\n")
        return cls(version, sql, hashlib.sha256(sql.encode("utf-8")).hexdigest())


def read_migrations(package: str) -> tuple[Migration, ...]:
    """The migrations in ``package``/migrations, numbered 1, 2, 3 without a gap.

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
    """The migrations that a database still needs. ``applied`` maps version to sha256.

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
