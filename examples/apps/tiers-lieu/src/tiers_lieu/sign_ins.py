"""Which sign-in of each person counts: the one table of the application itself.

The cookie of a session is signed, and nobody but its owner has it; but who has a copy could go on with it for two
weeks, whatever the owner does. So a session names the sign-in that it began with, a random text that is kept here for
each person. Signing out replaces the text, and with it ends each session of the person, on every device.
"""

from __future__ import annotations

import hmac
import secrets
import sqlite3
import threading
import weakref


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

    def _ask(self, statement: str, *values: str) -> list[tuple[str]]:
        with self._lock:
            return self._table.execute(statement, values).fetchall()
