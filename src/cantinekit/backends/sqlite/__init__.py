"""SQLite: the default store, one file, safe against the loss of power, shared by the processes of one machine."""

from __future__ import annotations

from cantinekit.backends.sqlite._backup import BackupReport, backup, restore
from cantinekit.backends.sqlite._store import SqliteStorage, open_sqlite
from cantinekit.backends.sqlite._url import SqliteUrl, read_sqlite_url

__all__ = ["BackupReport", "SqliteStorage", "SqliteUrl", "backup", "open_sqlite", "read_sqlite_url", "restore"]
