"""Promises under races: threads and handles at once come out as if one went after the other."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial

from cantinekit.errors import StaleVersionError
from cantinekit.plugins.ports import Change, Guard, Key, Storage
from cantinekit.testing._stepping import lingering
from cantinekit.testing._storage_base import Base, bodies, check, count_up, entry, equal, ids, put, retrying, row

_X, _Y = Key("space", "x"), Key("space", "y")


class RacePromises(Base):
    """What several threads and several handles do at once comes out as if one went after the other."""

    def test_no_increment_is_lost(self) -> None:
        """Threads that count up one row, each from what it read and again after a clash, count exactly."""
        storage = self.fresh()
        self._count_up(storage, [storage] * 6)

    def test_a_row_is_created_by_one_of_many(self) -> None:
        """Of threads that create the same row at once exactly one succeeds, and the row and the journal are its own."""
        storage = self.fresh()
        for turn in range(self.sized(20, 3)):
            key = Key("space", f"new{turn}")
            won: list[int] = []

            def create(name: int, key: Key = key, won: list[int] = won) -> None:
                mine = row(key.id, body={"by": name}, index=(("by", f"{key.id}.{name}"),))
                try:
                    change = Change(rows=lingering([mine]), events=(entry(f"{name}", key),))
                    retrying(lambda: storage.apply(change), self.deadline, but=StaleVersionError)
                except StaleVersionError as error:
                    equal(list(error.keys), [key], "the keys that a lost creation names")
                else:
                    won.append(name)

            self.together(*(partial(create, name) for name in range(4)))
            equal(len(won), 1, "how many of four threads created the row")
            equal(bodies(storage, key), [{"by": won[0]}], "the row that one of four threads created")
            found = [len(storage.find("space", "by", eq=f"{key.id}.{name}").rows) for name in range(4)]
            equal(found, [int(name == won[0]) for name in range(4)], "by which index values the row is found")
            equal([e.type for e in self.entries(storage, 1, key)], [f"{won[0]}"], "the journal of the row")

    def test_crossed_reads_and_writes(self) -> None:
        """Of two changes at once that each guard the row that the other writes, never both are applied."""
        storage = self.fresh()
        put(storage, row("x"), row("y"))
        applied_ever = 0
        for turn in range(self.sized(60, 8)):
            x, y = (found.version if found else 0 for found in storage.load([_X, _Y]))
            applied: list[str] = []

            def attempt(name: str, change: Change, applied: list[str] = applied) -> None:
                try:
                    retrying(lambda: storage.apply(change), self.deadline, but=StaleVersionError)
                    applied.append(name)
                except StaleVersionError:
                    pass

            first = Change(rows=lingering([row("x", x + 1, {"turn": turn})]), guards=(Guard(_Y, y),))
            second = Change(rows=lingering([row("y", y + 1, {"turn": turn})]), guards=(Guard(_X, x),))
            self.together(partial(attempt, "x", first), partial(attempt, "y", second))
            check(len(applied) <= 1, "two changes were applied that each guard the row that the other writes")
            applied_ever += len(applied)
        check(applied_ever > 0, "of two changes that guard what the other writes, none was ever applied")

    def test_many_threads_may_use_one_store(self) -> None:
        """Any number of threads may use one store at once, and each sees what it has written."""
        storage = self.fresh()

        def work(name: int) -> None:
            for turn in range(self.sized(12, 2)):
                key = Key("space", f"{name}.{turn}")
                made = row(key.id, body={"by": name}, index=(("by", f"{name}"),))
                retrying(partial(storage.apply, Change((made,), (entry("t", key),))), self.deadline)
                equal(bodies(storage, key), [{"by": name}], "a row that the same thread has just written")
                found = ids(storage.find("space", "by", eq=f"{name}"))
                check(key.id in found, "find does not give a row that the same thread has just written")
                equal(len(self.entries(storage, 1, key)), 1, "the journal of a row that the same thread has written")

        self.together(*(partial(work, name) for name in range(8)))

    def test_two_handles_see_each_other(self) -> None:
        """What one handle on a shared store applies, another sees and guards."""
        one = self.fresh(needs="shared")
        two = self.again(one)
        put(one, row("x", body={"n": 1}, index=(("f", "v"),)))
        equal(bodies(two, _X), [{"n": 1}], "a row that another handle created")
        put(two, row("x", 2, {"n": 2}, index=(("f", "w"),)))
        equal(bodies(one, _X), [{"n": 2}], "a row that another handle wrote")
        equal(ids(one.find("space", "f")), ["x"], "find of a row that another handle wrote")
        for change in (Change(rows=(row("x", 2),)), Change(guards=(Guard(_X, 1),))):
            try:
                one.apply(change)
            except StaleVersionError as error:
                equal(list(error.keys), [_X], "the keys named after another handle wrote the row")
            else:
                check(False, "a change was applied from a version that another handle has overwritten")
        one.apply(Change(events=(entry("one"),)))
        two.apply(Change(events=(entry("two"),)))
        equal([e.type for e in self.entries(two, 2)], ["one", "two"], "the journal of two handles")
        equal([e.type for e in self.entries(one, 2)], ["one", "two"], "the journal of two handles, read by the other")

    def test_two_handles_lose_no_increment(self) -> None:
        """Threads that count up one row of a shared store through handles of their own count exactly."""
        one = self.fresh(needs="shared")
        self._count_up(one, [one, self.again(one), self.again(one)])

    def _count_up(self, storage: Storage, handles: Sequence[Storage]) -> None:
        key, turns = Key("space", "counter"), self.sized(25, 3)
        put(storage, row(key.id, body={"n": 0}))
        self.together(*(partial(count_up, handle, key, turns, self.deadline) for handle in handles))
        total = turns * len(handles)
        (found,) = storage.load([key])
        got = found and (found.version, json.loads(found.body)["n"])
        equal(got, (total + 1, total), "version and count after all increments")
