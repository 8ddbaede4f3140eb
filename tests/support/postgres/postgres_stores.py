"""What the tests of the PostgreSQL store share."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import cantinekit.errors
from cantinekit.backends.postgres import PostgresStorage, _statements, _store, open_postgres
from cantinekit.backends.postgres._connect import settings_of
from cantinekit.backends.postgres._line import TimedConnection
from cantinekit.backends.postgres._writing import ChangeWriter
from cantinekit.plugins.ports import Change, JournalEntry, Key, Row
from cantinekit.testing import run_storage_contract
from cantinekit.urls import BackendUrl

SOURCE = str(Path(cantinekit.errors.__file__).parents[2])
CANARY = "zoe@example.org"
AT = datetime(2026, 11, 24, tzinfo=UTC)


def told(type="told"):
    return JournalEntry(type, AT, "me", (Key("k", "a"),), "{}")


def put(id, version=1, body="{}", **fields):
    return Change(rows=(Row("k", id, version, body, tuple(fields.items())),))


def opened(url, *, options="", **settings):
    """A store whose connections have server settings of their own."""
    wanted = settings_of(BackendUrl.parse(url))
    found = {"schema": wanted.schema, "timeout": wanted.timeout, "deadline": wanted.deadline, "pool": wanted.pool}
    return PostgresStorage({**wanted.conninfo, "options": options}, **{**found, **settings})


def unaware(monkeypatch):
    """Switch off what notices another server."""
    monkeypatch.setattr(_store, "settle_journal", lambda db, schema: None)
    monkeypatch.setattr(_statements, "ENTRIES", _statements.ENTRIES.replace(_statements.HERE, ""))


def step_by_step(monkeypatch, commit):
    """Let changes travel as they do behind a pooler, and do this between what they write and the COMMIT."""
    committing = ChangeWriter._commit

    def commits(self, db):
        db._pipeline.sync()  # what was written has been answered; nothing is sent after it, not even to leave a block
        commit(db)
        committing(self, db)

    monkeypatch.setattr(TimedConnection, "prepares", property(lambda line: False, lambda line, prepares: None))
    monkeypatch.setattr(ChangeWriter, "_commit", commits)


def after_each(monkeypatch, look):
    """Look at the session of each change that was written in one statement."""
    write = ChangeWriter.write

    def writes(self, db, change, **begun):
        last = write(self, db, change, **begun)
        assert db.prepares
        look(db)
        return last

    monkeypatch.setattr(ChangeWriter, "write", writes)


def schema_of(url):
    return BackendUrl.parse(url).option("schema")


def finished(script, **environment):
    command = [sys.executable, "-c", textwrap.dedent(script)]
    result = subprocess.run(
        command, env={**os.environ, "PYTHONPATH": SOURCE, **environment}, capture_output=True, text=True, timeout=300
    )
    assert result.returncode == 0, result.stderr
    return result.stdout.split()


def together(*jobs):
    """Run the jobs at once; gives what each raised, or None."""
    start, outcomes = threading.Barrier(len(jobs)), [None] * len(jobs)

    def run(number, job):
        start.wait(20)
        try:
            job()
        except Exception as error:
            outcomes[number] = error

    threads = [threading.Thread(target=run, args=(number, job), daemon=True) for number, job in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return outcomes


def started(job):
    """Start a job in a thread and give it a moment; gives a list for what it raises, or None, and the thread."""
    outcomes = []
    thread = threading.Thread(target=lambda: outcomes.extend(together(job)), daemon=True)
    thread.start()
    time.sleep(0.2)
    return outcomes, thread


def broken_promises(pg_fresh_url, *only):
    """Which of these promises the store does not keep."""
    storages = {}

    def at(url):
        storage = open_postgres(BackendUrl.parse(url))
        storages[storage] = url
        return storage

    results = run_storage_contract(
        lambda: at(pg_fresh_url()), lambda storage: at(storages[storage]), only=only, scale=0.5, patience=3.0
    )
    return [result.name for result in results if not result.ok]
