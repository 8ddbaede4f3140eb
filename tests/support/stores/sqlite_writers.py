"""Processes that write to an SQLite store until they are stopped, and what has to be there afterwards.

A writer acknowledges each change through a pipe when ``apply`` has returned. All that a change holds is bound together,
so that half of one is seen: two rows with the same body, a row that counts, one that is removed by the next change, an
entry of the journal, index pairs.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import attrs

from cantinekit.backends.sqlite import SqliteStorage
from cantinekit.plugins.ports import Key
from support.stores.sqlite_files import ask, python

WRITER = """
import json, random, sys, time
from datetime import UTC, datetime
from cantinekit.backends.sqlite import SqliteStorage, _connect
from cantinekit.plugins.sql import Session
from cantinekit.plugins.ports import Change, Guard, JournalEntry, Key, Row

path, who, options = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
_connect._SETTINGS.update(options.get("settings", {}))
if options.get("no_transaction"):
    Session.transact = lambda db, work: work(db)
chance = random.Random(who)
storage = SqliteStorage(path, timeout=60, driver=options["driver"], wal=options["wal"])
(last,) = storage.load([Key("last", who)])
for n in range(last.version + 1 if last else 1, 10**9):
    name = f"{who}.{n}"
    body = json.dumps({"n": n, "x": "y" * chance.randrange(3000)})
    rows = [Row(kind, name, 1, body, (("who", who),)) for kind in ("first", "second", "newest")]
    told = JournalEntry("wrote", datetime(2026, 11, 24, tzinfo=UTC), who, (Key("first", name),), body)
    removes = (Guard(Key("newest", f"{who}.{n - 1}"), 1),) if n > 1 else ()
    if options.get("early"):
        print(n, flush=True)
    storage.apply(Change(rows=(*rows, Row("last", who, n, body)), events=(told,), removes=removes))
    if not options.get("early"):
        print(n, flush=True)
    time.sleep(chance.random() * options.get("pause", 0))
"""


@attrs.frozen
class Found:
    """What was found: changes that were stored, of these not acknowledged, acknowledged ones lost, and what is odd."""

    stored: int
    unknown: int
    lost: int
    odd: tuple[str, ...]


def start(path: Path, who: str, options: dict, preload: dict[str, str] | None = None) -> subprocess.Popen:
    """A writer on the file. ``options`` has ``driver`` and ``wal``, and what weakens it."""
    return python(WRITER, path, who, json.dumps(options), **(preload or {}))


def first(process: subprocess.Popen) -> int:
    """Wait until it writes, and give the number of the first change that it acknowledged."""
    line = process.stdout.readline()
    assert line, process.communicate()[1]  # it ended by itself
    return int(line)


def killed(process: subprocess.Popen, read: int) -> int:
    """Kill it, and give the number of the last change that it acknowledged; ``read`` is the last read before."""
    process.kill()
    with process:  # not communicate: it leaves out what readline has taken in and not given yet
        out, err = process.stdout.read(), process.stderr.read()
    assert process.returncode == -9, err
    lines = out.rpartition("\n")[0].splitlines()
    return int(lines[-1]) if lines else read


def look(path: Path, acknowledged: dict[str, int]) -> Found:
    """Open what is there, and hold it against what each writer was told."""
    damage = [text for (text,) in ask(path, "PRAGMA integrity_check") if text != "ok"] if path.exists() else ["no file"]
    if damage:
        return Found(0, 0, sum(acknowledged.values()), tuple(damage[:3]))
    storage = SqliteStorage(path)
    stored = unknown = lost = 0
    told: dict[str, list] = {who: [] for who in acknowledged}
    for entry in _journal(storage):
        told.setdefault(entry.actor, []).append(entry)
    odd: list[str] = []
    for who, known in acknowledged.items():
        (last,) = storage.load([Key("last", who)])
        count = last.version if last else 0
        stored, unknown, lost = stored + count, unknown + max(0, count - known), lost + max(0, known - count)
        odd += _odd(storage, who, count, told[who])
    storage.close()
    return Found(stored, unknown, lost, tuple(odd))


def _odd(storage: SqliteStorage, who: str, count: int, told: list) -> list[str]:
    """What is there without the rest of its change."""
    names = [f"{who}.{n}" for n in range(1, count + 1)]
    bodies = [entry.body for entry in told]
    beyond = f"{who}.{count + 1}"
    odd = []
    if [entry.subjects[0].id for entry in told] != names:
        odd.append(f"the journal of {who}")
    if [name for name in names if len(storage.journal(subject=Key("first", name))) != 1]:
        odd.append(f"the subjects of {who}")
    for kind in ("first", "second"):
        rows = storage.load([Key(kind, name) for name in (*names, beyond)])
        if [row and row.body for row in rows] != [*bodies, None]:
            odd.append(f"{kind} rows of {who}")
        if sorted(row.id for row in _pages(storage, kind, who)) != sorted(names):
            odd.append(f"index pairs of {kind} of {who}")
    if [row.id for row in _pages(storage, "newest", who)] != names[-1:]:
        odd.append(f"the newest row of {who}")
    return odd


def _journal(storage: SqliteStorage) -> list:
    entries: list = []
    while part := storage.journal(after=entries[-1].number if entries else 0, limit=10_000):
        entries += part
    return entries


def _pages(storage: SqliteStorage, kind: str, who: str) -> list:
    page = storage.find(kind, "who", eq=who, limit=10_000)
    rows = list(page.rows)
    while page.next:
        page = storage.find(kind, "who", eq=who, limit=10_000, after=page.next)
        rows += page.rows
    return rows
