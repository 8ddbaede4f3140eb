"""Promises of durable stores, proved by processes that are killed (SIGKILL) while they write."""

from __future__ import annotations

import json
import time

from cantinekit.ports import MAX_KEYS, Key, Storage
from cantinekit.testing._jobs import chained
from cantinekit.testing._storage_base import Base, check, count_up, equal, put, retrying, row

_STEPS = (
    ("rows", 1),
    ("events", 1),
    ("rows", 7),
    ("events", 4),
    ("rows", 12),
    ("events", 6),
    ("rows", 20),
    ("events", 9),
)


class KillPromises(Base):
    """What was acknowledged outlives the process that wrote it, and half a change does not."""

    def test_what_was_acknowledged_survives_a_kill(self) -> None:
        """What a durable store acknowledged is there after its process was killed, and each change is whole."""
        first = self.fresh(needs="durable")
        first.close()
        known = 0
        for turn in range(self.sized(5, 2)):
            (child,) = self.children(first, 1)
            child.tell("acknowledge", who="w", begin=known + 1, pause=0.0005)
            known = max(known, child.answer())
            time.sleep(0.02 + 0.05 * turn)
            known = max([known, *child.killed()])
            known = self._found(first, known)

    def test_a_change_that_a_kill_cuts_short_is_whole_or_not_there(self) -> None:
        """Of a change in the middle of which the process is killed everything is there or nothing, and work goes on."""
        first = self.fresh(needs="durable")
        retrying(lambda: first.apply(chained("w", 1)), self.deadline)
        first.close()
        known = 1
        for among, step in _STEPS[: self.sized(len(_STEPS), 4)]:
            (child,) = self.children(first, 1)
            child.tell("die", who="w", number=known + 1, step=step, among=among)
            known = self._found(first, known + bool(child.rest()))

    def test_a_killed_process_holds_nobody_up(self) -> None:
        """A process that is killed in the middle of a change holds no lock: others of a shared store go on at once."""
        storage = self.fresh(needs="shared")
        put(storage, row("counter", body={"n": 0}))
        key, total = Key("space", "counter"), 0
        for turn, (among, step) in enumerate(_STEPS[: self.sized(len(_STEPS), 4)], start=1):
            (child,) = self.children(storage, 1)
            child.tell("die", who=f"w{turn}", number=1, step=step, among=among)
            child.rest()
            self.together(lambda: count_up(storage, key, 3, self.deadline))
            total += 3
            who = f"w{turn}"
            there = [one.version for one in storage.load([Key("last", who)]) if one is not None]
            self._check_whole(storage, who, len(there))
            rest = chained(who, len(there) + 1)
            self.together(lambda rest=rest: retrying(lambda: storage.apply(rest), self.deadline))  # type: ignore[misc]
        (found,) = storage.load([key])
        equal(found and json.loads(found.body)["n"], total, "the count of the process that was not killed")

    def _found(self, closed: Storage, known: int) -> int:
        """Open what a killed process left; how many changes are there, after one more."""
        opened: list[Storage] = []
        self.together(lambda: opened.append(retrying(lambda: self.again(closed), self.deadline)))
        (storage,) = opened
        (last,) = storage.load([Key("last", "w")])
        there = 0 if last is None else last.version
        check(there >= known, f"{known - there} of {known} acknowledged changes are lost")
        check(there <= known + 1, f"{there} changes are there, of which {known} were acknowledged, one by one")
        self._check_whole(storage, "w", there)
        self.together(lambda: retrying(lambda: storage.apply(chained("w", there + 1)), self.deadline))
        self._check_whole(storage, "w", there + 1)
        storage.close()
        return there + 1

    def _check_whole(self, storage: Storage, who: str, count: int) -> None:
        """Fail unless the rows, index pairs and entries of exactly so many changes of a writer are there."""
        names = [f"{who}.{n:06}" for n in range(1, count + 1)]
        wanted = {(one.kind, one.id): json.loads(one.body) for n in range(1, count + 1) for one in chained(who, n).rows}
        beyond = f"{who}.{count + 1:06}"
        for kind, there in (("one", names), ("two", names), ("newest", names[-1:])):
            rows = storage.load([Key(kind, id) for id in (*names, beyond)])
            found = [(one.id, json.loads(one.body)) for one in rows if one is not None]
            equal(
                found, [(id, wanted[kind, id]) for id in there], f"rows of {count} changes, after a process was killed"
            )
            indexed = [one.id for one in storage.find(kind, "who", eq=who, limit=MAX_KEYS).rows]
            equal(indexed, there, f"rows found by the index pairs of {count} changes, after a process was killed")
        types = [f"{id}.{part}" for id in names for part in "ab"]
        equal(
            self._told(storage, who, len(types)), types, f"the entries of {count} changes, after a process was killed"
        )
        for id in names[-2:]:
            of_one = [e.type for e in storage.journal(subject=Key("one", id))]
            equal(of_one, [f"{id}.{part}" for part in "ab"], "the journal of a row, after a process was killed")
        equal(list(storage.journal(subject=Key("one", beyond))), [], "the journal of what was not stored")

    def _told(self, storage: Storage, who: str, count: int) -> list[str]:
        """The types of a writer's entries, once so many are there, or when patience ends."""
        end = time.monotonic() + self.patience
        while True:
            told = [e.type for e in storage.journal(limit=MAX_KEYS) if e.type.startswith(f"{who}.")]
            if len(told) >= count or time.monotonic() > end:
                return told
            time.sleep(0.005)
