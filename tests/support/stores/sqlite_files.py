"""What the tests of the SQLite store share."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import textwrap
from datetime import UTC, datetime
from pathlib import Path

import cantinekit.errors
from cantinekit.backends.sqlite import SqliteStorage
from cantinekit.plugins.ports import Change, JournalEntry, Key, Row

SOURCE = str(Path(cantinekit.errors.__file__).parents[2])
CANARY = "zoe@example.org"


def change(id, version=1, body="{}", **fields):
    at = datetime(2026, 11, 24, tzinfo=UTC)
    told = JournalEntry("told", at, "me", (Key("k", id),), "{}")
    return Change(rows=(Row("k", id, version, body, tuple(fields.items())),), events=(told,))


def python(script, *arguments, **more):
    """Start a Python process that can import the library; ``more`` is its environment."""
    command = [sys.executable, "-c", textwrap.dedent(script), *map(str, arguments)]
    environment = {**os.environ, "PYTHONPATH": SOURCE, **more}
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finished(process):
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    return out.split()


def ask(path, statement):
    db = sqlite3.connect(path)
    try:
        return db.execute(statement).fetchall()
    finally:
        db.close()


class SqliteStorageOnce:
    """A store for the length of a with-block."""

    def __init__(self, path):
        self.storage = SqliteStorage(path)

    def __enter__(self):
        return self.storage

    def __exit__(self, *problem):
        self.storage.close()
