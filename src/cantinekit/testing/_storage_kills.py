"""Promises of durable stores, proved by processes that are killed (SIGKILL) while they write."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from functools import partial
from typing import Any

import attrs

from cantinekit.errors import StaleVersionError
from cantinekit.plugins.ports import MAX_KEYS, Key, Storage
from cantinekit.testing._jobs import chained
from cantinekit.testing._stepping import Stepping
from cantinekit.testing._storage_base import MANY, Base, check, count_up, equal, put, retrying, row

_WRITERS = 3
_KILLS = 8
"""How often a process is killed for each promise, at full scale."""
_TIMED_KILLS = 8
"""How often by a timer."""


class KillPromises(Base):
    """What was acknowledged outlives the process that wrote it, and half a change does not."""

    def test_what_was_acknowledged_survives_a_kill(self) -> None:
        """What a durable store acknowledged is there after its processes were killed, and each change is whole."""
        first = self.fresh(needs="durable")
        writers = [f"w{n}" for n in range(_WRITERS if first.capabilities.shared else 1)]
        first.close()
        known = dict.fromkeys(writers, 0)
        for turn in range(self.sized(_KILLS - 2, 3)):
            children = dict(zip(writers, self.children(first, len(writers)), strict=True))
            for who, child in children.items():
                child.tell("acknowledge", who=who, begin=known[who] + 1)
            goal, end = sum(known.values()) + 1 + 4 * turn, time.monotonic() + self.deadline
            while sum(known.values()) < goal and time.monotonic() < end:
                known |= {who: max([known[who], *child.heard()]) for who, child in children.items()}
                time.sleep(0.0005)
            for child in children.values():
                child.kill()
            known |= {who: max([known[who], *child.rest()]) for who, child in children.items()}
            known = self._found(first, known)

    def test_a_change_that_a_kill_cuts_short_is_whole_or_not_there(self) -> None:
        """Of a change in the middle of which the process is killed everything is there or nothing, and work goes on."""
        first = self.fresh(needs="durable")
        steps = self._steps(first)
        retrying(lambda: first.apply(chained("w", 1)), self.deadline)
        first.close()
        known = 1
        for among, step in steps:
            (child,) = self.children(first, 1)
            child.tell("die", who="w", number=known + 1, step=step, among=among)
            known = self._found(first, {"w": known + bool(child.rest())})["w"]

    def test_a_large_change_that_a_timer_kills_is_whole_or_not_there(self) -> None:
        """Of a large change in which the process is killed at any moment everything is there or nothing."""
        first = self.fresh(needs="durable")
        retrying(lambda: first.apply(chained("w", 1)), self.deadline)
        first.close()
        known, early, late = 1, 0.0, 1.2
        for _ in range(self.sized(_TIMED_KILLS, 6)):
            share = (early + late) / 2  # half a change would be seen between where it is stored and where it is not
            (child,) = self.children(first, 1)
            child.tell("die_in_time", who="w", number=known + 1, share=share)
            acknowledged = known + len(child.rest())
            after = self._found(first, {"w": acknowledged})["w"]
            there = after - 1
            storage = self.again(first)
            for number in range(known + 1, max(there, acknowledged + 1) + 1):
                self._check_many(storage, f"w.{number:06}", MANY if number <= there else 0)
            storage.close()
            stored, width = there >= known + 3, late - early
            early, late = (early - width / 8, share + width / 8) if stored else (share - width / 8, late + width / 8)
            known = after

    def test_a_killed_process_holds_nobody_up(self) -> None:
        """A process that is killed in the middle of a change holds no lock: others of a shared store go on at once."""
        storage = self.fresh(needs="shared")
        put(storage, row("counter", body={"n": 0}))
        key, total = Key("space", "counter"), 0
        deaths: list[tuple[str, dict[str, Any]]] = [
            *(("die", {"step": step, "among": among}) for among, step in self._steps(storage)),
            *(("die_in_time", {"share": share}) for share in self._shares()),
        ]
        for turn, (job, how) in enumerate(deaths):
            (child,) = self.children(storage, 1)
            child.tell(job, who=f"w{turn}", number=1, **how)
            acknowledged = len(child.rest())
            self.together(partial(count_up, storage, key, 3, self.deadline))
            total += 3
            self._check_whole(storage, f"w{turn}", self._one_more(storage, f"w{turn}", acknowledged))
        (found,) = storage.load([key])
        equal(found and json.loads(found.body)["n"], total, "the count of the process that was not killed")

    def _shares(self) -> list[float]:
        """At which shares of the time that a change takes to kill, the middle first."""
        count = self.sized(5, 3)
        return sorted(((n + 0.5) / count for n in range(count)), key=lambda share: abs(share - 0.5))

    def _check_many(self, storage: Storage, name: str, wanted: int) -> None:
        """Fail unless so many of the rows and entries are there that make a change large."""
        what = f"of a large change, after a process was killed in {name}"
        equal(len(storage.find("many", "of", eq=name, limit=MAX_KEYS).rows), wanted, f"the rows {what}")
        told = self.entries(storage, wanted // 4, Key("many", name)) if wanted else storage.journal()
        equal(sum(e.type == f"many {name}" for e in told), wanted // 4, f"the entries {what}")

    def _steps(self, storage: Storage) -> list[tuple[str, int]]:
        """At which steps through the rows or the entries of a change to kill: most while it goes through them last."""
        put(storage, *chained("steps", 1).rows)
        taken: dict[str, int] = {}
        for number, among in enumerate(("rows", "events"), start=2):
            change, steps = chained("steps", number), list[None]()
            step = partial(steps.append, None)
            parts: dict[str, Any] = {"events": (), among: Stepping(getattr(change, among), step)}
            storage.apply(attrs.evolve(change, **parts))
            taken[among] = len(steps)
        rows, events = taken["rows"], taken["events"]
        chosen = [("events", events - 1), ("rows", rows - 3), ("rows", rows - 7), ("events", events)]
        chosen += [("rows", rows), ("events", events - 3), ("rows", rows // 2), ("events", events // 2)]
        return [(among, max(1, step)) for among, step in chosen[: self.sized(_KILLS, 3)]]

    def _found(self, closed: Storage, known: Mapping[str, int]) -> dict[str, int]:
        """Open what killed processes left; how many changes of each are there, after one more."""
        opened: list[Storage] = []
        self.together(lambda: opened.append(retrying(lambda: self.again(closed), self.deadline)))
        (storage,) = opened
        found: dict[str, int] = {}
        for who, acknowledged in known.items():
            found[who] = self._one_more(storage, who, acknowledged)
            self._check_whole(storage, who, found[who])
        storage.close()
        return found

    def _one_more(self, storage: Storage, who: str, acknowledged: int) -> int:
        """How many changes of a writer are there, after one more.

        What a server had of a killed process may be committed a moment after that is looked at.
        """
        end = time.monotonic() + self.deadline
        while True:
            (last,) = storage.load([Key("last", who)])
            there = 0 if last is None else last.version
            check(there >= acknowledged, f"{acknowledged - there} of {acknowledged} acknowledged changes are lost")
            check(
                there <= acknowledged + 1, f"{there} changes are there, one by one, of which {acknowledged} were known"
            )
            one_more = partial(storage.apply, chained(who, there + 1))
            try:
                self.together(partial(retrying, one_more, self.deadline, but=StaleVersionError))
            except StaleVersionError:
                check(time.monotonic() < end, "a change that nobody makes is in the way of the next one")
            else:
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
