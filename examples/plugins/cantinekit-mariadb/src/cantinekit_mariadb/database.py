"""What is MariaDB's own: how PyMySQL opens a connection, what the codes of errors mean, and three SELECTs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pymysql

from cantinekit.errors import ContentionError, StorageError
from cantinekit.plugins.sql import Database, ErrorCodes, Session

# The keys as a table, from one JSON text. STRAIGHT_JOIN reads it first and looks each row up by the primary key: rows
# are locked in the order of the list.
_BY_KEYS = """
    SELECT wanted.place - 1, r.version, r.{columns}
    FROM JSON_TABLE(%s, '$[*]' COLUMNS (
        place FOR ORDINALITY, kind VARCHAR(200) PATH '$[0]', id VARCHAR(800) PATH '$[1]'
    )) AS wanted
    STRAIGHT_JOIN record AS r ON r.kind = wanted.kind AND r.id = wanted.id
"""
# READ COMMITTED: each statement sees what is committed when it begins, and no gap between keys is locked.
_SETTINGS = (
    "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
    "SET SESSION sql_mode = 'TRADITIONAL', innodb_lock_wait_timeout = {wait}, max_statement_time = {deadline}",
)
_LONGEST_WAIT = 30
_NO_DATABASE = "1049"


class MariaDb(Database):
    """One database of a server.

    Texts that are compared are VARBINARY: they compare by their bytes, trailing blanks too, and fit into a key.
    """

    name = "MariaDB"
    error = pymysql.Error
    codes = ErrorCodes(
        again=("1020", "1062", "1213"),  # changed since it was read, created by another, deadlock
        contention=("1205",),
        lost=("0", "1053", "1927", "2003", "2006", "2013"),
        later=("1040", "1203", "1969"),  # too many connections, or of one user; a statement took too long
    )
    migrations = "cantinekit_mariadb"
    load = _BY_KEYS.format(columns="body, r.pairs")
    lock = _BY_KEYS.format(columns="pairs") + "FOR UPDATE"
    tables = "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()"
    join = "STRAIGHT_JOIN"
    text = "CONVERT({} USING utf8mb4)"

    def __init__(self, target: Mapping[str, Any], database: str, deadline: int) -> None:
        """``target``: host and port, or socket, user and password; ``database``: a checked name; seconds."""
        self._target = target
        self._name = database
        self._deadline = deadline

    def connect(self, due: float) -> pymysql.Connection:
        """Open a connection. Each answer on it comes within the deadline, or the connection is lost."""
        try:
            db = self._open(self._name)
        except pymysql.Error as error:
            if self.code(error) != _NO_DATABASE:
                raise
            with self._open(None) as server, server.cursor() as cursor:
                cursor.execute(f"CREATE DATABASE IF NOT EXISTS `{self._name}` CHARACTER SET utf8mb4")
            db = self._open(self._name)
        try:
            with db.cursor() as cursor:
                for setting in _SETTINGS:
                    cursor.execute(setting.format(wait=min(_LONGEST_WAIT, self._deadline), deadline=self._deadline))
                cursor.execute("SELECT @@innodb_flush_log_at_trx_commit")
                if cursor.fetchone() != (1,):
                    raise StorageError("MariaDB loses commits with the power: set innodb_flush_log_at_trx_commit = 1")
        except BaseException:
            db.close()
            raise
        return db

    def close(self, connection: pymysql.Connection) -> None:
        if connection.open:
            connection.close()

    def usable(self, connection: pymysql.Connection) -> bool:
        return bool(connection.open)

    def code(self, error: Exception) -> str:
        return str(error.args[0]) if error.args else ""

    def lock_schema(self, session: Session) -> None:
        """A lock by name: MariaDB commits each CREATE TABLE by itself, so a step that broke off is run again."""
        if session.rows("SELECT GET_LOCK(%s, %s)", (f"cantinekit {self._name}"[:64], self._deadline)) != ((1,),):
            raise ContentionError("another process kept changing the tables")

    def unlock_schema(self, session: Session) -> None:
        session.rows("SELECT RELEASE_LOCK(%s)", (f"cantinekit {self._name}"[:64],))

    def _open(self, database: str | None) -> pymysql.Connection:
        times = dict.fromkeys(("connect_timeout", "read_timeout", "write_timeout"), self._deadline)
        return pymysql.connect(**self._target, **times, database=database, charset="utf8mb4", autocommit=True)
