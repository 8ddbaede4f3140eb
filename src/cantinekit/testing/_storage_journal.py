"""Promises on the journal: whole entries, in the order of the commits, and none that turns up late."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta, timezone
from functools import partial

from cantinekit.errors import InputError
from cantinekit.plugins.ports import MAX_KEYS, Change, JournalEntry, Key
from cantinekit.testing._storage_base import (
    AT,
    Base,
    check,
    entry,
    equal,
    quick_entries,
    read_along,
    refused,
    row,
    slow_entries,
)

_A, _B, _READ = Key("space", "a"), Key("space", "b"), Key("space", "read")


class JournalPromises(Base):
    """Whole entries, in the order of the commits, and none that turns up late."""

    def test_an_entry_comes_back_equal(self) -> None:
        """A journal entry comes back with its type, instant, actor, body and subjects in their order, and a number."""
        storage = self.fresh()
        there = AT.astimezone(timezone(timedelta(hours=5, minutes=45)))
        told = JournalEntry("told", there, "host:kiosk", (_B, _A, Key("person", "p")), '{"n": [1, "x"]}')
        storage.apply(Change(events=(told, entry("bare"))))
        found = self.entries(storage, 2)
        equal(len(found), 2, "the number of entries")
        first, second = found
        equal((first.type, first.at, first.actor), ("told", AT, "host:kiosk"), "type, instant and actor of an entry")
        equal(first.at.utcoffset(), timedelta(0), "the offset of an entry's time")
        equal((first.subjects, json.loads(first.body)), (told.subjects, {"n": [1, "x"]}), "subjects and body")
        equal((second.type, second.subjects), ("bare", ()), "an entry without subjects")
        check(0 < first.number < second.number, f"numbers must be positive and rise: {first.number}, {second.number}")

    def test_entries_are_in_the_order_of_the_commits(self) -> None:
        """Entries have rising numbers in the order in which the changes were applied, and within a change as given."""
        storage = self.fresh()
        wanted = []
        for turn in range(6):
            types = [f"t{turn}.{n}" for n in range(turn)]
            storage.apply(Change(rows=(row(f"{turn}"),), events=tuple(entry(type) for type in types)))
            wanted += types
        found = self.entries(storage, len(wanted))
        equal([e.type for e in found], wanted, "the order of the journal")
        numbers = [e.number for e in found]
        equal(numbers, sorted(set(numbers)), "the numbers of the journal")

    def test_the_journal_is_read_in_parts(self) -> None:
        """Reading on after the last number, with any limit, gives each entry exactly once; 100 unless told."""
        storage = self.fresh()
        for turn in range(0, 102, 6):
            storage.apply(Change(events=tuple(entry(f"{n}") for n in range(turn, turn + 6))))
        whole = self.entries(storage, 102)
        equal([e.type for e in whole], [f"{n}" for n in range(102)], "the whole journal")
        equal(len(storage.journal()), 100, "entries without a limit")
        for limit in (1, 5, 102, MAX_KEYS):
            seen: list[JournalEntry] = []
            while part := storage.journal(after=seen[-1].number if seen else 0, limit=limit):
                check(len(part) <= limit, f"the journal gave {len(part)} entries for the limit {limit}")
                seen += part
                check(len(seen) <= 102, "an entry came twice")
            equal(seen, whole, f"the journal in parts of {limit}")

    def test_the_journal_of_a_subject(self) -> None:
        """The journal of a subject has exactly the entries that name it, each once, and is read in parts as well."""
        storage = self.fresh()
        storage.apply(Change(events=(entry("1", _A), entry("2", _B), entry("3", _B, _A), entry("4"))))
        storage.apply(Change(events=(entry("5", Key("other", "a")), entry("6", _A, _A), entry("7", Key("space", "A")))))
        self.entries(storage, 7)
        equal([e.type for e in self.entries(storage, 3, _A)], ["1", "3", "6"], "the journal of a subject")
        equal([e.type for e in storage.journal(subject=_B)], ["2", "3"], "the journal of another subject")
        equal(list(storage.journal(subject=Key("space", "c"))), [], "the journal of what nothing names")
        for limit in (1, 2, 5):
            for subject, wanted in ((_A, ["1", "3", "6"]), (_B, ["2", "3"]), (Key("space", "A"), ["7"])):
                seen: list[JournalEntry] = []
                while part := storage.journal(subject=subject, after=seen[-1].number if seen else 0, limit=limit):
                    check(len(part) <= limit, f"the journal gave {len(part)} entries for the limit {limit}")
                    seen += part
                equal([e.type for e in seen], wanted, f"the journal of a subject in parts of {limit}")

    def test_the_journal_refuses_what_makes_no_sense(self) -> None:
        """A limit below 1 or above 30,000 and a number below 0 are an InputError."""
        storage = self.fresh()
        storage.apply(Change(events=(entry("t"),)))
        for limit in (0, -1, MAX_KEYS + 1):
            refused(InputError, partial(storage.journal, limit=limit), f"the journal with the limit {limit}")
        refused(InputError, lambda: storage.journal(after=-1), "the journal after -1")
        equal(list(storage.journal(after=2**63 - 1)), [], "the journal after the largest number")

    def test_no_entry_turns_up_late(self) -> None:
        """Whoever reads on from the last number seen, while others write, misses no entry."""
        storage = self.fresh()
        turns = self.sized(40, 10)

        def writer(name: int) -> Callable[[Callable[[], bool]], int]:
            def write(first_is_at_work: Callable[[], bool]) -> int:
                for turn in range(turns):
                    events = (entry(f"{name}.{turn}", _READ), entry("second", _READ))
                    storage.apply(Change(rows=(row(f"{name}.{turn}"),), events=events))
                return turns * 2

            return write

        read_along(self, storage, *(writer(name) for name in range(4)))

    def test_no_entry_turns_up_late_behind_a_slow_writer(self) -> None:
        """An entry of a change that stalled half-way, or took long, does not turn up before entries already read."""
        storage = self.fresh()
        turns = self.sized(5, 4)
        read_along(
            self, storage, lambda first_is_at_work: slow_entries(storage, turns), partial(quick_entries, storage)
        )
