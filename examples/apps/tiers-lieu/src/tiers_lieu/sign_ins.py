"""Which sign-in of each person counts: the one table of the application itself.

The cookie of a session is signed, and nobody but its owner has it; but who has a copy could go on with it for two
weeks, whatever the owner does. So a session names the sign-in that it began with, a random text that is kept here for
each person. Signing out replaces the text, and with it ends each session of the person, on every device.

Where the house is on PostgreSQL the table is beside its rows, and processes on several machines share it. Else it is in
a file of SQLite, or in memory.
"""

from __future__ import annotations

import hmac
import secrets
import sqlite3
import threading
import weakref
from typing import TYPE_CHECKING, Any

from cantinekit.errors import StorageError
from cantinekit.urls import BackendUrl
from tiers_lieu.settings import Settings

if TYPE_CHECKING:
    import psycopg

NOT_OF_THE_DRIVER = ("schema", "timeout", "deadline", "pool_max", "pool_min", "pool_idle", "pool_lifetime")
"""The options of the URL of a store that only the store understands."""
PATIENCE = {"application_name": "tiers-lieu", "connect_timeout": "10", "tcp_user_timeout": "30000"}
"""How long a request waits for a server that does not answer, where the URL does not say it."""


def sign_ins_of(settings: Settings) -> SignIns:
    """The table of an installation: in the file that is named; else beside the store, where that is on PostgreSQL; else
    in memory.

    Args:
        settings: how the installation runs.
    """
    if settings.sessions or not settings.store.startswith("postgresql:"):
        return SignIns(settings.sessions)
    return SharedSignIns(settings.store)


class SignIns:
    """A table in a file of SQLite, or in memory. Several threads use it, and several processes the same file.

    Args:
        path: the file; empty: it is in memory, so that a restart signs everybody out.
    """

    def __init__(self, path: str = "") -> None:
        self._lock = threading.Lock()
        self._table = sqlite3.connect(path or ":memory:", check_same_thread=False, isolation_level=None)
        weakref.finalize(self, self._table.close)
        self._ask("CREATE TABLE IF NOT EXISTS sign_in (person TEXT PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID")

    def begin(self, person_id: str) -> str:
        """The sign-in of somebody that counts, for the session that begins.

        Args:
            person_id: who signs in.
        """
        new = secrets.token_urlsafe(24)
        self._ask("INSERT INTO sign_in (person, text) VALUES (?, ?) ON CONFLICT DO NOTHING", person_id, new)
        ((text,),) = self._ask("SELECT text FROM sign_in WHERE person = ?", person_id)
        return str(text)

    def counts(self, person_id: str, text: str) -> bool:
        """Whether a session is still that of somebody who did not sign out since.

        Args:
            person_id: whose it is.
            text: the sign-in that it names.
        """
        found = self._ask("SELECT text FROM sign_in WHERE person = ?", person_id)
        return any(hmac.compare_digest(known.encode(), text.encode()) for (known,) in found)

    def end(self, person_id: str) -> None:
        """End each session of somebody.

        Args:
            person_id: who signs out.
        """
        self._ask("UPDATE sign_in SET text = ? WHERE person = ?", secrets.token_urlsafe(24), person_id)

    def _ask(self, statement: str, *values: str) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._table.execute(statement, values).fetchall()


class SharedSignIns(SignIns):
    """The table in the schema of a store on PostgreSQL. Several processes use it, on several machines.

    Args:
        store: the URL of the store, which was opened before.

    Raises:
        StorageError: the server cannot be asked.
    """

    def __init__(self, store: str) -> None:
        url = BackendUrl.parse(store)
        said = {
            "host": url.host,
            "port": ",".join("" if port is None else str(port) for _, port in url.hosts),
            "user": url.user,
            "password": url.password.reveal() if url.password else "",
            "dbname": url.path.removeprefix("/"),
            **{name: value for name, value in url.options if name not in NOT_OF_THE_DRIVER},
        }
        self._conninfo = PATIENCE | {name: value for name, value in said.items() if value.strip(",")}
        self._schema = url.option("schema") or "cantinekit"
        self._lock = threading.Lock()
        self._lines: list[psycopg.Connection[tuple[Any, ...]]] = []  # one, or none while it is cut
        weakref.finalize(self, _close, self._lines)
        # CREATE ... IF NOT EXISTS fails where two do it at once, as processes do that start together
        self._ask(
            "DO $$ BEGIN PERFORM pg_advisory_xact_lock(hashtext('tiers-lieu'));"
            " CREATE TABLE IF NOT EXISTS sign_in (person text PRIMARY KEY, text text NOT NULL); END $$"
        )

    def _ask(self, statement: str, *values: str) -> list[tuple[Any, ...]]:
        import psycopg

        with self._lock:
            try:
                return self._answer(statement, values)
            except (psycopg.OperationalError, psycopg.InterfaceError):
                _close(self._lines)  # the server has begun anew, say: each statement may be carried out twice
            except psycopg.Error as error:  # a right or the schema is missing
                raise StorageError(f"the sign-ins: {type(error).__name__}") from None
            try:
                return self._answer(statement, values)
            except psycopg.Error as error:
                raise StorageError(f"the sign-ins: {type(error).__name__}", retryable=True) from None

    def _answer(self, statement: str, values: tuple[str, ...]) -> list[tuple[Any, ...]]:
        import psycopg
        from psycopg import sql

        if not self._lines:
            line = psycopg.connect("", **self._conninfo, autocommit=True, prepare_threshold=None)  # type: ignore[arg-type]
            self._lines.append(line)
            line.execute(sql.SQL("SET search_path TO {}").format(sql.Identifier(self._schema)))
        found = self._lines[0].execute(statement.replace("?", "%s").encode(), values or None)
        return found.fetchall() if found.description else []


def _close(lines: list[Any]) -> None:
    while lines:
        lines.pop().close()
