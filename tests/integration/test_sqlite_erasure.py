"""What was removed or overwritten in an SQLite store is nowhere in its files, in a copy or in a dump.

In WAL mode that holds once the log was written back: when the last connection closes, or after a checkpoint.
"""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cantinekit import Cantine
from cantinekit.backends.sqlite import SqliteStorage, _connect, backup
from cantinekit.clock import ManualClock
from cantinekit.plugins.ports import Change, Guard, Key, Row
from cantinekit.records import Quarantined
from cantinekit.runtime import codec

WAYS = {"delete": ("sqlite3", False), "wal": ("apsw", True)}
CANARIES = ("zoe@example.org", "FR7630006000011234567890189", "Zoé-Électre", "+33 6 12 34 56 78")
START = datetime(2026, 11, 24, 8, tzinfo=UTC)


@pytest.fixture(params=WAYS)
def store(request, tmp_path):
    driver, wal = WAYS[request.param]
    storage = SqliteStorage(tmp_path / "cantine.db", driver=driver, wal=wal)
    yield storage
    storage.close()


def body(text: str, times: int = 1) -> str:
    return json.dumps({"who": " ".join([text] * times)}, ensure_ascii=False)


def seen(folder: Path) -> set[str]:
    """The canaries that are in any file of the folder."""
    content = b"".join(path.read_bytes() for path in folder.iterdir() if path.is_file())
    return {canary for canary in CANARIES if canary.encode() in content}


def dump(path: Path) -> str:
    db = sqlite3.connect(path)
    try:
        return "\n".join(db.iterdump())
    finally:
        db.close()


def plant(storage: SqliteStorage) -> None:
    """Canaries in bodies, short and of many pages, in ids and in index values, between rows that stay."""
    for turn, canary in enumerate(CANARIES):
        rows = [Row("note", f"{turn}.{n}", 1, body("nothing", 20), (("n", f"{n}"),)) for n in range(60)]
        rows += [
            Row("person", f"{turn}", 1, body(canary), (("mail", canary),)),
            Row("person", f"long{turn}", 1, body(canary, 1500), (("mail", canary), ("name", canary))),
            Row("alias", canary, 1, "{}", (("f", "v"),)),
            Row("letter", f"{turn}", 1, body(canary, 700), (("to", canary),)),
        ]
        storage.apply(Change(rows=tuple(rows)))


def erase(storage: SqliteStorage) -> None:
    """Persons and aliases are removed; letters are written anew, shorter."""
    for turn, canary in enumerate(CANARIES):
        keys = [Key("person", f"{turn}"), Key("person", f"long{turn}"), Key("alias", canary)]
        letter = Row("letter", f"{turn}", 2, body("somebody"), (("to", "nobody"),))
        storage.apply(Change(rows=(letter,), removes=tuple(Guard(key, 1) for key in keys)))


def test_what_was_removed_is_nowhere(store, tmp_path):
    """After removal no canary is in any file of the store, in a copy or in a dump; what stays is whole."""
    plant(store)
    assert seen(tmp_path) == set(CANARIES)
    erase(store)
    store.close()
    assert seen(tmp_path) == set()
    assert not any(canary in dump(tmp_path / "cantine.db") for canary in CANARIES)
    (tmp_path / "copies").mkdir()
    assert backup(tmp_path / "cantine.db", tmp_path / "copies" / "copy.db", wal=True).records == 4 * 61
    assert seen(tmp_path / "copies") == set()


def test_what_was_removed_is_nowhere_while_it_is_open(store, tmp_path):
    """The same while the store stays open, after a checkpoint that empties the log of the mode WAL."""
    plant(store)
    erase(store)
    with store._pool.lend() as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    assert seen(tmp_path) == set()
    store.apply(Change(rows=(Row("note", "after", 1, "{}"),)))


def test_without_the_setting_it_stays(store, tmp_path, monkeypatch):
    """The control: with ``secure_delete`` off the file still has canaries after the removal."""
    driver, wal = store._database._driver.name, store._database._wal
    store.close()
    monkeypatch.setitem(_connect._SETTINGS, "secure_delete", 0)
    storage = SqliteStorage(tmp_path / "cantine.db", driver=driver, wal=wal)
    plant(storage)
    erase(storage)
    storage.close()
    assert seen(tmp_path)
    assert not any(canary in dump(tmp_path / "cantine.db") for canary in CANARIES)


def test_what_a_sweep_removes_is_nowhere(store, tmp_path):
    """What a sweep removes, here what a gateway once sent, is in no file of the store afterwards."""
    observations = [
        Quarantined(f"q{n}", "card", "unknown", START, body(c), resolved=True) for n, c in enumerate(CANARIES)
    ]
    store.apply(Change(rows=tuple(codec.encode(one, 1) for one in observations)))
    assert seen(tmp_path) == set(CANARIES)
    with Cantine.open(store, clock=ManualClock(START)) as cantine:
        assert cantine.sweep(before=START + timedelta(days=1)) == len(CANARIES)
    store.close()
    assert seen(tmp_path) == set()
