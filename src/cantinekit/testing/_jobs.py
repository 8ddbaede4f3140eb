"""The jobs that a child process of a promise can do with the store that it has opened."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import attrs

from cantinekit.errors import StaleVersionError
from cantinekit.plugins.ports import Change, Guard, Key, Row, Storage
from cantinekit.testing._serial import deal
from cantinekit.testing._stepping import Stepping, at_step, lingering
from cantinekit.testing._storage_base import MANY, bodies, check, count_up, entry, ids, retrying, row, slow_entries

Say = Callable[[Any], None]


def count(storage: Storage, say: Say, *, id: str, turns: int, deadline: float) -> None:
    """Count up one row."""
    count_up(storage, Key("space", id), turns, deadline)


def create(storage: Storage, say: Say, *, names: list[str], by: str, deadline: float) -> list[str]:
    """Create the rows that are not there, each with an entry; which of them this process created."""
    won = []
    for name in names:
        made = row(name, body={"by": by}, index=(("by", f"{name}.{by}"),))
        change = Change(rows=lingering([made]), events=(entry(by, made.key),))
        try:
            retrying(lambda change=change: storage.apply(change), deadline, but=StaleVersionError)  # type: ignore[misc]
        except StaleVersionError as error:
            check(list(error.keys) == [made.key], f"a lost creation names {error.keys}")
        else:
            won.append(name)
    return won


def cross(storage: Storage, say: Say, *, write: str, guard: str, at: list[int], start: float, deadline: float) -> bool:
    """Write one row from a version, and guard another, at an instant of the monotonic clock; whether it was applied."""
    change = Change(rows=lingering([row(write, at[0] + 1)]), guards=(Guard(Key("space", guard), at[1]),))
    time.sleep(max(0.0, start - time.monotonic()))
    try:
        retrying(lambda: storage.apply(change), deadline, but=StaleVersionError)
    except StaleVersionError:
        return False
    return True


def one_by_one(storage: Storage, say: Say, *, worker: str, seed: int, turns: int) -> list[dict[str, Any]]:
    """Load, write and guard at random; what was done."""
    return deal(storage, worker, seed, turns)


def write(storage: Storage, say: Say, *, id: str, version: int, value: str) -> list[list[str]] | None:
    """Write a row with an index value and an entry; the keys that were stale, or nothing."""
    made = row(id, version, {"value": value}, index=(("value", value),))
    try:
        storage.apply(Change(rows=(made,), events=(entry(value, made.key),)))
    except StaleVersionError as error:
        return [list(key) for key in error.keys]
    return None


def look(storage: Storage, say: Say, *, id: str, patience: float, count: int, after: str | None) -> dict[str, Any]:
    """What this process sees of a row: body, the index values by which it is found, the journal, and a page."""
    key, end = Key("space", id), time.monotonic() + patience
    while len(told := storage.journal(subject=key)) < count and time.monotonic() < end:
        time.sleep(0.005)
    (body,) = bodies(storage, key)
    page = storage.find("space", "page", after=after, limit=2)
    values = [value for one in storage.find("space", "value").rows for field, value in one.index if field == "value"]
    return {"body": body, "values": values, "told": [e.type for e in told], "page": ids(page)}


def stall(storage: Storage, say: Say, *, turns: int) -> int:
    """Apply changes that take long; how many entries they have."""
    return slow_entries(storage, turns)


def acknowledge(storage: Storage, say: Say, *, who: str, begin: int) -> None:
    """Apply one change after the other, and say the number of each when it is stored, until this process is killed."""
    number = begin
    while True:
        storage.apply(chained(who, number))
        say(number)
        number += 1


def die(storage: Storage, say: Say, *, who: str, number: int, step: int, among: str) -> None:
    """Apply a change, and be killed at one step of the store through its rows or its entries.

    Where the store does not come to that step it is killed behind the change, and has said that it is stored.
    """
    change = chained(who, number)
    end = partial(os.kill, os.getpid(), signal.SIGKILL)
    storage.apply(attrs.evolve(change, **{among: Stepping(getattr(change, among), at_step(step, end))}))
    say(True)
    end()


def die_in_time(storage: Storage, say: Say, *, who: str, number: int, share: float) -> None:
    """Apply three large changes, and be killed by a timer in the third: at this share of the time of the second.

    Where that is longer it is killed behind it. Each change that is stored is told.
    """
    storage.apply(large(who, number))
    say(True)
    begun = time.monotonic()
    storage.apply(large(who, number + 1))
    took = time.monotonic() - begun
    say(True)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)  # ends the process as SIGKILL does, and needs no thread
    signal.setitimer(signal.ITIMER_REAL, max(took * share, 1e-6))
    storage.apply(large(who, number + 2))
    say(True)
    os.kill(os.getpid(), signal.SIGKILL)


def large(who: str, number: int) -> Change:
    """The change with this number of a writer, as ``chained``, with many rows and entries besides."""
    change, name = chained(who, number), f"{who}.{number:06}"
    many = tuple(row(f"{name}.{n:03}", kind="many", index=(("of", name),)) for n in range(MANY))
    told = tuple(entry(f"many {name}", Key("many", name)) for _ in range(MANY // 4))
    return attrs.evolve(change, rows=(*change.rows[:2], *many, *change.rows[2:]), events=(*change.events, *told))


def chained(who: str, number: int) -> Change:
    """The change with this number of a writer: all that it stores is bound together, so that half of it is seen.

    Two rows with the same body, a row that counts, one that the next change removes, two entries, index pairs.
    """
    pairs, body = (("who", who),), {"n": number, "text": "x" * (number * 37 % 1500)}
    made = [Row(kind, f"{who}.{number:06}", 1, row("x", body=body).body, pairs) for kind in ("one", "two", "newest")]
    counted = row(who, number, body, kind="last")
    removed = (Guard(Key("newest", f"{who}.{number - 1:06}"), 1),) if number > 1 else ()
    events = tuple(entry(f"{who}.{number:06}.{part}", made[0].key, body=body) for part in "ab")
    return Change(rows=(*made, counted), events=events, removes=removed)


JOBS: dict[str, Callable[..., Any]] = {
    job.__name__: job for job in (count, create, cross, one_by_one, write, look, stall, acknowledge, die, die_in_time)
}
