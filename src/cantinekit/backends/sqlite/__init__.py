"""SQLite: the default store, one file, safe against the loss of power, shared by the processes of one machine."""

from __future__ import annotations

from cantinekit.backends.sqlite._store import SqliteStorage, open_sqlite

__all__ = ["SqliteStorage", "open_sqlite"]
