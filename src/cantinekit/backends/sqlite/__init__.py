"""SQLite: the default store, one file, safe against the loss of power, shared by the processes of one machine."""

from __future__ import annotations

from cantinekit.backends.sqlite._backup import BackupReport, backup, restore
from cantinekit.backends.sqlite._store import SqliteStorage, open_sqlite, sqlite_path

__all__ = ["BackupReport", "SqliteStorage", "backup", "open_sqlite", "restore", "sqlite_path"]
