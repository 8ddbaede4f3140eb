"""How a house is: whether its store answers, how far its journal is, what waits to be done, and what is stuck."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import attrs

from cantinekit.clock import format_instant, parse_instant
from cantinekit.domain.base import index_field
from cantinekit.errors import BackendError
from cantinekit.plugins.ports import Row, Storage
from cantinekit.records import Quarantined, Task
from cantinekit.runtime import codec

MOST_COUNTED = 10_000
"""The most rows of a kind that are counted."""
LATE = timedelta(minutes=15)
"""How late a task may be before somebody should look."""


@attrs.frozen
class TaskCount:
    """The tasks of one kind of work that are not done.

    Attributes:
        work: what they do, as ``Task.work``.
        waiting: how many wait for their time, or are being carried out.
        due: how many could be carried out now.
        dead: how many were given up, until somebody replays them.
    """

    work: str
    waiting: int = 0
    due: int = 0
    dead: int = 0


@attrs.frozen
class Status:
    """How a house is, at an instant.

    Attributes:
        at: the instant, in UTC.
        reachable: whether the store answered.
        problem: the class of the error where it did not, and in the command what it said; else empty.
        journal: the number of the last journal entry; 0: none, or the store did not answer.
        tasks: the tasks that are not done, for each kind of work of which there are any, by its name.
        oldest_due: since when the longest due task could have been carried out; ``None``: none is due.
        quarantine: how many observations of gateways fit nothing so far.
        more: whether there are more than were counted: 10,000 of a kind.
    """

    at: datetime
    reachable: bool = True
    problem: str = ""
    journal: int = 0
    tasks: tuple[TaskCount, ...] = ()
    oldest_due: datetime | None = None
    quarantine: int = 0
    more: bool = False

    @property
    def waiting(self) -> int:
        """How many tasks wait for their time, or are being carried out."""
        return sum(one.waiting for one in self.tasks)

    @property
    def due(self) -> int:
        """How many tasks could be carried out now."""
        return sum(one.due for one in self.tasks)

    @property
    def dead(self) -> int:
        """How many tasks were given up."""
        return sum(one.dead for one in self.tasks)

    @property
    def late(self) -> timedelta:
        """How late the longest due task is; nothing where none is due."""
        return timedelta(0) if self.oldest_due is None else self.at - self.oldest_due

    def problems(self, late: timedelta = LATE) -> tuple[str, ...]:
        """What somebody should look at, a sentence each; nothing: all is well.

        Args:
            late: how late a task may be.
        """
        found = []
        if not self.reachable:
            found.append(f"the store does not answer: {self.problem}")
        if self.late > late:
            found.append(f"a task is {_told(self.late)} late: does somebody call run_due?")
        if self.dead:
            found.append(f"{self.dead} tasks were given up: look at them, and replay them")
        if self.quarantine:
            found.append(f"{self.quarantine} observations of gateways fit nothing")
        return tuple(found)

    def data(self) -> dict[str, Any]:
        """The same as JSON data: instants as UTC texts, the lateness in seconds."""
        return {
            "at": format_instant(self.at),
            "reachable": self.reachable,
            "problem": self.problem,
            "journal": self.journal,
            "waiting": self.waiting,
            "due": self.due,
            "dead": self.dead,
            "oldest_due": None if self.oldest_due is None else format_instant(self.oldest_due),
            "late_seconds": self.late.total_seconds(),
            "quarantine": self.quarantine,
            "more": self.more,
            "tasks": [attrs.asdict(one) for one in self.tasks],
        }


def _told(lasts: timedelta) -> str:
    """A length for people, to the minute, or to the second where it is short."""
    seconds = int(lasts.total_seconds())
    return f"{seconds // 60} minutes" if seconds >= 120 else f"{seconds} seconds"


def prometheus(status: Status) -> str:
    """The status as a text that Prometheus reads (exposition format 0.0.4). It counts nothing by people or places.

    Args:
        status: the status.
    """
    lines = []

    def gauge(name: str, says: str, values: Mapping[str, float]) -> None:
        lines.extend([f"# HELP cantinekit_{name} {says}", f"# TYPE cantinekit_{name} gauge"])
        lines.extend(f"cantinekit_{name}{labels} {value:g}" for labels, value in values.items())

    gauge("up", "Whether the store answered.", {"": int(status.reachable)})
    if status.reachable:
        states = {
            f'{{work="{one.work}",state="{state}"}}': getattr(one, state)
            for one in status.tasks
            for state in ("waiting", "due", "dead")
        }
        lines.extend(["# HELP cantinekit_journal_entries_total The number of the last journal entry."])
        lines.extend(["# TYPE cantinekit_journal_entries_total counter"])
        lines.append(f"cantinekit_journal_entries_total {status.journal}")
        gauge("tasks", "Tasks that are not done, by what they do.", states)
        gauge("oldest_due_seconds", "How late the longest due task is.", {"": status.late.total_seconds()})
        gauge("quarantine", "Observations of gateways that fit nothing so far.", {"": status.quarantine})
    return "\n".join(lines) + "\n"


def status_of(storage: Storage, now: datetime, *, after: int = 0) -> Status:
    """How a house is. It reads what is not done, and of the journal a few entries only.

    Args:
        storage: the store.
        now: the present instant.
        after: the number of a journal entry that was there before, from which the last one is looked for.
    """
    try:
        return _asked(storage, now, after)
    except BackendError as error:
        return Status(now, reachable=False, problem=type(error).__name__)


def _asked(storage: Storage, now: datetime, after: int) -> Status:
    waits, dead = list(_rows(storage, Task.kind, "due")), list(_rows(storage, Task.kind, "dead"))
    kept = list(_rows(storage, Quarantined.kind, "open"))
    counts: Counter[tuple[str, str]] = Counter()
    until, oldest = format_instant(now), None
    for row in waits:
        begins = next(value for field, value in row.index if field == "due")
        is_due = begins <= until
        oldest = begins if is_due and oldest is None else oldest
        counts[codec.peek(row)["work"], "due" if is_due else "waiting"] += 1
    for row in dead:
        counts[codec.peek(row)["work"], "dead"] += 1
    works = sorted({work for work, _ in counts})
    return Status(
        now,
        journal=last_entry(storage, after),
        tasks=tuple(TaskCount(w, counts[w, "waiting"], counts[w, "due"], counts[w, "dead"]) for w in works),
        oldest_due=None if oldest is None else parse_instant(oldest),
        quarantine=len(kept),
        more=MOST_COUNTED in (len(waits), len(dead), len(kept)),
    )


def _rows(storage: Storage, kind: str, field: str) -> Iterator[Row]:
    """The first rows of a kind by an index field, as many as are counted."""
    yield from storage.find(kind, index_field(kind, field), limit=MOST_COUNTED).rows


def last_entry(storage: Storage, after: int = 0) -> int:
    """The number of the last entry of the journal, 0 where it is empty: by a few looks at single entries.

    Args:
        storage: the store.
        after: the number of an entry that is there, from which it is looked for; 0: the beginning.
    """
    last, step = after, 1
    while found := storage.journal(after=last + step - 1, limit=1):
        last, step = found[0].number, 2 * step
    none = last + step - 1
    while last < none:
        middle = (last + none) // 2
        found = storage.journal(after=middle, limit=1)
        last, none = (found[0].number, none) if found else (last, middle)
    return last
