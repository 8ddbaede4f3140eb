"""The SQL that is SQLite's own, for the toolbox of SQL stores, and which of SQLite's errors mean what."""

from __future__ import annotations

from pathlib import Path

from cantinekit.backends.sqlite._connect import connect, storage_error
from cantinekit.backends.sqlite._driver import Driver, SqliteConnection
from cantinekit.plugins.sql import Database, Failure, Session

# CROSS JOIN keeps the order of the tables: otherwise SQLite may read the list again for every row.
_BY_KEYS = """
    SELECT wanted.key, record.{columns}
    FROM json_each(?) AS wanted
    CROSS JOIN record
        ON record.kind = json_extract(wanted.value, '$[0]') AND record.id = json_extract(wanted.value, '$[1]')
"""


FIRST = """
    SELECT wanted.key, record.id, record.version, record.body, record.pairs
    FROM json_each(?) AS wanted
    CROSS JOIN record
        ON record.kind = ? AND record.id = (
            SELECT i.id FROM record_index AS i
            WHERE i.kind = ? AND i.field = ?
                AND i.value >= json_extract(wanted.value, '$[0]') AND i.value < json_extract(wanted.value, '$[1]')
            ORDER BY i.value, i.id LIMIT 1
        )
"""
"""The first rows of ranges of an index field."""


_RANGES_OF = """
    FROM json_each(?) AS wanted
    CROSS JOIN record_index AS i
        ON i.kind = json_extract(wanted.value, '$[0]') AND i.field = json_extract(wanted.value, '$[1]')
        AND i.value >= json_extract(wanted.value, '$[2]') AND i.value < json_extract(wanted.value, '$[3]')
"""


RANGES = f"""
    SELECT wanted.key, i.id, record.body
    {_RANGES_OF}
    CROSS JOIN record ON record.kind = i.kind AND record.id = i.id
    ORDER BY wanted.key, i.value, i.id
"""
"""The bodies of the rows of ranges of index fields."""


BODIES = """
    SELECT wanted.key, record.body FROM json_each(?) AS wanted
    CROSS JOIN record ON record.kind = ? AND record.id = wanted.value
"""
"""The bodies of rows of a kind; to take a kind and an id out of each pair would take as long again."""


_LINES = f"""
    SELECT group_concat(lines.line, char(10)) FROM (
        SELECT wanted.key || ' ' || length(i.id) || ' ' || i.id || {{version}}record.body AS line {_RANGES_OF}
        CROSS JOIN record ON record.kind = i.kind AND record.id = i.id
        ORDER BY wanted.key, i.value, i.id
    ) AS lines
"""
RANGE_LINES = _LINES.format(version="")
"""The rows of ranges of index fields in one text, a line each."""


# A LEFT JOIN goes through the list as it is.
BODY_LINES = """
    SELECT group_concat(coalesce(record.body, ''), char(10)) FROM json_each(?) AS wanted
    LEFT JOIN record ON record.kind = ? AND record.id = wanted.value
"""
"""The bodies of rows of a kind in one text, a line each."""


COLUMNS = """
    SELECT {columns} FROM record_index AS i
    CROSS JOIN record ON record.kind = ? AND record.id = i.id
    WHERE i.kind = ? AND i.field = ? AND i.value >= ? AND i.value < ? ORDER BY i.value, i.id
"""
"""Fields of the rows of a range of an index field."""


IDS = """
    SELECT (
        SELECT group_concat(i.id, '|') FROM (
            SELECT id FROM record_index WHERE kind = ? AND field = ?
                AND value >= json_extract(wanted.value, '$[0]') AND value < json_extract(wanted.value, '$[1]')
            ORDER BY value, id
        ) AS i
    )
    FROM json_each(?) AS wanted ORDER BY wanted.key
"""
"""The ids of the rows of ranges of an index field, those of each range in one text."""


VERSION_LINES = _LINES.format(version="record.version || ' ' || ")
"""The rows of ranges of index fields with their versions in one text, a line each."""

KEY_LINES = f"""
    SELECT group_concat(line, char(10)) FROM (
        SELECT found.key || ' ' || found.version || ' ' || found.body AS line
        FROM ({_BY_KEYS.format(columns="version, record.body")}) AS found ORDER BY found.key
    )
"""
"""The rows of keys with their versions in one text, a line each."""


class Sqlite(Database):
    """One file, through one of the two drivers. There is one writer at a time, so nothing is locked but the file."""

    name = "SQLite"
    migrations = "cantinekit.backends.sqlite"
    load = _BY_KEYS.format(columns="version, record.body, record.pairs")
    lock = _BY_KEYS.format(columns="version, record.pairs")
    tables = "SELECT name FROM sqlite_schema WHERE type = 'table'"
    mark = "?"
    join = "CROSS JOIN"
    begin = "BEGIN IMMEDIATE"
    version_table = """
        CREATE TABLE schema_version (version INTEGER PRIMARY KEY, sha256 TEXT NOT NULL, applied_at TEXT NOT NULL) STRICT
    """

    def __init__(self, driver: Driver, path: Path, timeout: float, *, wal: bool) -> None:
        self.error = driver.error
        self._driver = driver
        self._path = path
        self._timeout = timeout
        self._wal = wal

    def connect(self, due: float) -> SqliteConnection:
        return connect(self._driver, self._path, self._timeout, wal=self._wal)

    def code(self, error: Exception) -> str:
        return self._driver.result(error)[1]

    def failure(self, error: Exception) -> Failure:
        return Failure(storage_error(self._driver, error))

    def lock_schema(self, session: Session) -> None:
        session.execute("BEGIN EXCLUSIVE")

    def first_number(self, session: Session, count: int) -> int:
        """The number behind the last one that was ever given; there is nobody else who gives one now."""
        given = session.rows("SELECT seq FROM sqlite_sequence WHERE name = 'journal'")
        return int(given[0][0]) + 1 if given else 1

    def confirm(self, session: Session) -> None:
        """Nothing can be read before it is durable."""
