"""Promises of shared stores, proved by processes: each opens the same data and knows nothing of the others."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from functools import partial

from cantinekit.plugins.ports import Change, Key, Storage
from cantinekit.testing._serial import IDS, KIND, Deed, begin, check_one_by_one
from cantinekit.testing._storage_base import Base, bodies, check, entry, equal, put, quick_entries, read_along, row

_X, _Y = Key("space", "x"), Key("space", "y")
_PROCESSES = 3


class ProcessPromises(Base):
    """What several processes do at once comes out as if one went after the other."""

    def test_processes_lose_no_increment(self) -> None:
        """Processes that count up one row of a shared store, each again after a clash, count exactly."""
        storage = self.fresh(needs="shared")
        put(storage, row("counter", body={"n": 0}))
        turns = self.sized(25, 6)
        children = self.children(storage, _PROCESSES)
        for child in children:
            child.tell("count", id="counter", turns=turns, deadline=self.deadline)
        for child in children:
            child.answer()
        (found,) = storage.load([Key("space", "counter")])
        total = turns * len(children)
        got = found and (found.version, json.loads(found.body)["n"])
        equal(got, (total + 1, total), "version and count after all increments of all processes")

    def test_a_row_is_created_by_one_of_many_processes(self) -> None:
        """Of processes that create the same row exactly one succeeds, and row, index and journal are its own."""
        storage = self.fresh(needs="shared")
        names = [f"new{n}" for n in range(self.sized(30, 8))]
        children = self.children(storage, _PROCESSES)
        for number, child in enumerate(children):
            child.tell("create", names=names, by=f"{number}", deadline=self.deadline)
        won = [child.answer() for child in children]
        for name in names:
            key, winners = Key("space", name), [f"{n}" for n, mine in enumerate(won) if name in mine]
            equal(len(winners), 1, "how many of the processes created a row")
            equal(bodies(storage, key), [{"by": winners[0]}], "the row that one of the processes created")
            found = [len(storage.find("space", "by", eq=f"{name}.{n}").rows) for n in range(len(children))]
            equal(found, [int(f"{n}" == winners[0]) for n in range(len(children))], "by which values the row is found")
            equal([e.type for e in self.entries(storage, 1, key)], winners, "the journal of the row")

    def test_crossed_reads_and_writes_of_processes(self) -> None:
        """Of changes of two processes that each guard the row that the other writes, never both are applied."""
        storage = self.fresh(needs="shared")
        put(storage, row("x"), row("y"))
        one, two = self.children(storage, 2)
        applied_ever = 0
        for turn in range(self.sized(40, 12)):
            x, y = (found.version if found else 0 for found in storage.load([_X, _Y]))
            start = time.monotonic() + 0.005
            one.tell("cross", write="x", guard="y", at=[x, y], start=start, deadline=self.deadline)
            two.tell("cross", write="y", guard="x", at=[y, x], start=start, deadline=self.deadline)
            applied = [one.answer(), two.answer()]
            check(sum(applied) <= 1, f"both of two changes that exclude each other were applied, in round {turn}")
            applied_ever += sum(applied)
        check(applied_ever > 0, "of two changes that guard what the other writes, none was ever applied")

    def test_processes_could_have_gone_one_by_one(self) -> None:
        """What processes load, write and guard at random fits one order, in which each saw what came before."""
        storage = self.fresh(needs="shared")
        begin(storage)
        turns = self.sized(40, 8)
        children = self.children(storage, _PROCESSES)
        for number, child in enumerate(children):
            child.tell("one_by_one", worker=f"w{number}", seed=number, turns=turns)
        deeds = [Deed(**deed) for child in children for deed in child.answer()]
        check_deeds(self, storage, deeds)

    def test_a_process_sees_what_another_has_applied(self) -> None:
        """What one process has applied another sees at once, however long ago it opened the store and read the same."""
        storage = self.fresh(needs="shared")
        put(storage, *(row(f"p{n}", kind="space", index=(("page", f"{n}"),)) for n in range(4)))
        page = storage.find("space", "page", limit=2)
        (child,) = self.children(storage, 1)
        ask = partial(child.ask, "look", id="x", patience=self.patience, after=page.next)
        nothing = {"body": None, "values": [], "told": [], "page": ["p2", "p3"]}
        equal(ask(count=0), nothing, "what a process sees of a row that nobody made, and behind a cursor of another")
        told = []
        for version in range(1, 7):
            value = f"v{version}"
            mine = version % 2 == 1
            if mine:
                made = row("x", version, {"value": value}, index=(("value", value),))
                storage.apply(Change(rows=(made,), events=(entry(value, made.key),)))
            else:
                equal(child.ask("write", id="x", version=version, value=value), None, "the keys that are stale")
            told.append(value)
            who = "another process" if mine else "itself"
            wanted = {"body": {"value": value}, "values": [value], "told": told, "page": ["p2", "p3"]}
            equal(ask(count=len(told)), wanted, f"what a process sees of a row that {who} wrote")
            equal(
                bodies(storage, _X), [{"value": value}], "the row, read by the process that wrote every second version"
            )
            equal([e.type for e in self.entries(storage, len(told), _X)], told, "the journal, read there")
        equal(child.ask("write", id="x", version=6, value="again"), [["space", "x"]], "the keys that are stale")

    def test_no_entry_turns_up_late_from_another_process(self) -> None:
        """An entry of a process that stalled within its change does not turn up before entries already read."""
        storage = self.fresh(needs="shared")
        (child,) = self.children(storage, 1)

        def elsewhere(first_is_at_work: Callable[[], bool]) -> int:
            return int(child.ask("stall", turns=10))

        read_along(self, storage, elsewhere, partial(quick_entries, storage))


def check_deeds(contract: Base, storage: Storage, deeds: list[Deed]) -> None:
    """Fail unless the deeds fit one order, and the journal and the rows are what they made."""
    rows = storage.load([Key(KIND, id) for id in IDS])
    last = {one.id: (one.version, json.loads(one.body)["by"]) for one in rows if one is not None}
    changes = [deed for deed in deeds if deed.made]
    journal = [e.type for e in contract.entries(storage, len(changes))]
    check_one_by_one(deeds, journal, last)
