"""Promises on ``apply``: all or nothing, and only from the versions that the change was made from."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from cantinekit.errors import InputError, NaiveDatetimeError, StaleVersionError
from cantinekit.plugins.ports import Change, Guard, JournalEntry, Key
from cantinekit.testing._storage_base import Base, bodies, entry, equal, guard, ids, put, refused, row, stale

_A, _B, _C, _D = (Key("space", id) for id in "abcd")


class ChangePromises(Base):
    """All or nothing, and only from the versions that the change was made from."""

    def test_a_row_is_created_once(self) -> None:
        """Creating a row that exists is refused with its key, and the row stays as it was."""
        storage = self.fresh()
        put(storage, row("a", body={"n": 1}, index=(("f", "one"),)))
        stale(storage, Change(rows=(row("a", body={"n": 2}, index=(("f", "two"),)),)), [_A], "a second creation")
        equal(bodies(storage, _A), [{"n": 1}], "the row after a second creation")
        equal(ids(storage.find("space", "f", eq="two")), [], "find by a value that was refused")

    def test_a_row_is_written_from_the_version_before(self) -> None:
        """A row at version n is written only when the store holds n - 1: not from an older, a newer or no version."""
        storage = self.fresh()
        stale(storage, Change(rows=(row("a", 2),)), [_A], "version 2 of a row that does not exist")
        put(storage, row("a", 1, {"n": 1}))
        put(storage, row("a", 2, {"n": 2}))
        put(storage, row("a", 3, {"n": 3}))
        for version in (1, 2, 3, 5, 2**40):
            stale(storage, Change(rows=(row("a", version),)), [_A], f"version {version} over version 3")
        equal(bodies(storage, _A), [{"n": 3}], "the row after refused writes")
        put(storage, row("a", 4, {"n": 4}))
        (found,) = storage.load([_A])
        equal(found and found.version, 4, "the version of the row after the write from version 3")

    def test_all_stale_keys_are_named(self) -> None:
        """StaleVersionError names all keys at another version, among rows, guards and removes, and no others."""
        storage = self.fresh()
        put(storage, row("a"), row("b"), row("c"), row("d"))
        change = Change(
            rows=(row("a", 3), row("b", 2), row("new"), row("e", 2)),
            guards=(Guard(_C, 2), Guard(Key("space", "f"), 1)),
            removes=(Guard(_D, 7), Guard(Key("space", "g"), 1)),
        )
        wanted = [_A, _C, _D, Key("space", "e"), Key("space", "f"), Key("space", "g")]
        stale(storage, change, wanted, "a change with six keys at another version")

    def test_a_refused_change_leaves_nothing(self) -> None:
        """Of a change with one stale row nothing is stored: no row, index pair, remove or journal entry."""
        storage = self.fresh()
        put(storage, row("a", body={"n": 1}, index=(("f", "old"),)), row("b", index=(("f", "old"),)), row("z"))
        late = Key("space", "z")
        change = Change(
            rows=(row("a", 2, {"n": 2}, index=(("f", "new"),)), row("c", index=(("f", "new"),)), row("z", 9)),
            events=(entry("told", _A, _C),),
            removes=(Guard(_B, 1),),
        )
        stale(storage, change, [late], "a change whose last row is stale")
        equal(bodies(storage, _A, _B, _C), [{"n": 1}, {}, None], "rows beside a stale row")
        equal(ids(storage.find("space", "f", eq="new")), [], "new index pairs of a refused change")
        equal(ids(storage.find("space", "f", eq="old")), ["a", "b"], "old index pairs after a refused change")
        put(storage, row("d"))
        equal(list(storage.journal()), [], "the journal after a refused change")
        equal(list(storage.journal(subject=_A)), [], "the journal of a subject after a refused change")

    def test_a_change_is_stored_whole(self) -> None:
        """Rows, removes and journal entries of a change of 365 rows are all stored."""
        storage = self.fresh()
        put(storage, *(row(f"old{n}", index=(("day", f"{n:03}"),)) for n in range(365)))
        rows = tuple(row(f"day{n}", body={"n": n}, index=(("day", f"{n:03}"), ("y", "2026"))) for n in range(365))
        removes = tuple(Guard(Key("space", f"old{n}"), 1) for n in range(365))
        events = tuple(entry(f"e{n}", r.key) for n, r in enumerate(rows))
        storage.apply(Change(rows=rows, removes=removes, events=events))
        equal(bodies(storage, *(r.key for r in rows)), [{"n": n} for n in range(365)], "the rows of a large change")
        equal(ids(storage.find("space", "day", limit=1000)), [r.id for r in rows], "rows found after a large change")
        equal([r for r in storage.load([g.key for g in removes]) if r], [], "rows that a large change removed")
        told = [e.type for e in self.entries(storage, 365)]
        equal(told, [f"e{n}" for n in range(365)], "the journal entries of a large change")

    def test_guards_are_compared_and_not_written(self) -> None:
        """A guard at the right version lets the change pass and leaves its row as it is."""
        storage = self.fresh()
        put(storage, row("a", body={"n": 1}, index=(("f", "v"),)), row("b"))
        (before,) = storage.load([_A])
        storage.apply(Change(rows=(row("b", 2),), guards=(Guard(_A, 1),)))
        storage.apply(Change(guards=(Guard(_A, 1), Guard(_B, 2))))
        (after,) = storage.load([_A])
        equal(after, before, "a row that was guarded")
        equal(ids(storage.find("space", "f")), ["a"], "find after the row was guarded")

    def test_a_guard_at_another_version_stops_the_change(self) -> None:
        """A guard on a row that is at another version, or that does not exist, stops the change."""
        storage = self.fresh()
        put(storage, row("a"))
        put(storage, row("a", 2), row("b"))
        for version in (1, 3):
            stale(storage, Change(rows=(row("b", 2),), guards=(Guard(_A, version),)), [_A], f"guard {version}, held 2")
        stale(storage, Change(rows=(row("b", 2),), guards=(Guard(_C, 1),)), [_C], "a guard on a row that is absent")
        (found,) = storage.load([_B])
        equal(found and found.version, 1, "the version of the row that a guard should have protected")

    def test_a_removed_row_is_gone(self) -> None:
        """A removed row is gone for load, find and guards, and can be created again at version 1."""
        storage = self.fresh()
        made = row("a", body={"n": 1}, index=(("f", "v"), ("f", "w")))
        put(storage, made)
        storage.apply(Change(removes=(guard(made),)))
        equal(list(storage.load([_A])), [None], "load of a removed row")
        equal(ids(storage.find("space", "f")), [], "find after the row was removed")
        stale(storage, Change(guards=(guard(made),)), [_A], "a guard on a removed row")
        stale(storage, Change(removes=(guard(made),)), [_A], "a second remove")
        put(storage, row("a", body={"n": 2}, index=(("f", "x"),)))
        equal(bodies(storage, _A), [{"n": 2}], "the row that was created again")
        equal(ids(storage.find("space", "f")), ["a"], "find after the row was created again")

    def test_a_remove_at_another_version_is_refused(self) -> None:
        """A remove of a row that is at another version is refused, and the row stays."""
        storage = self.fresh()
        put(storage, row("a"))
        put(storage, row("a", 2, {"n": 2}))
        for version in (1, 3):
            stale(storage, Change(removes=(Guard(_A, version),)), [_A], f"a remove of version {version}, held 2")
        equal(bodies(storage, _A), [{"n": 2}], "the row after refused removes")

    def test_the_index_follows_the_row(self) -> None:
        """After a write a row is found by its new index pairs and no longer by those that it lost."""
        storage = self.fresh()
        put(storage, row("a", index=(("state", "open"), ("owner", "x"), ("owner", "y"))))
        put(storage, row("a", 2, index=(("state", "closed"), ("owner", "y"), ("owner", "z"))))
        by_owner = [ids(storage.find("space", "owner", eq=v)) for v in "xyz"]
        equal(by_owner, [[], ["a"], ["a"]], "the owners by which the row is found")
        by_state = [ids(storage.find("space", "state", eq=v)) for v in ("open", "closed")]
        equal(by_state, [[], ["a"]], "the states by which the row is found")
        put(storage, row("a", 3))
        equal([ids(storage.find("space", f)) for f in ("owner", "state")], [[], []], "a row that lost its index")

    def test_a_key_occurs_once_in_a_change(self) -> None:
        """A change that names a key twice among rows, guards and removes is refused with InputError."""
        storage = self.fresh()
        put(storage, row("a"))
        twice = {
            "two rows": Change(rows=(row("b"), row("b"))),
            "a row and its next version": Change(rows=(row("a", 2), row("a", 3))),
            "a row and a guard": Change(rows=(row("a", 2),), guards=(Guard(_A, 1),)),
            "a row and a remove": Change(rows=(row("a", 2),), removes=(Guard(_A, 1),)),
            "a guard and a remove": Change(guards=(Guard(_A, 1),), removes=(Guard(_A, 1),)),
            "two guards": Change(guards=(Guard(_A, 1), Guard(_A, 1))),
            "two removes": Change(removes=(Guard(_A, 1), Guard(_A, 1))),
        }
        for what, change in twice.items():
            refused(InputError, partial(storage.apply, change), f"a change with a key in {what}")
        found = [r and r.version for r in storage.load([_A, _B])]
        equal(found, [1, None], "versions after the refused changes")

    def test_versions_begin_at_one(self) -> None:
        """A row, guard or remove with a version below 1 is refused with InputError."""
        storage = self.fresh()
        for version in (0, -1):
            for what, change in (
                ("a row", Change(rows=(row("b"), row("a", version)))),
                ("a guard", Change(rows=(row("b"),), guards=(Guard(_A, version),))),
                ("a remove", Change(rows=(row("b"),), removes=(Guard(_A, version),))),
            ):
                refused(InputError, partial(storage.apply, change), f"{what} with version {version}")
        equal(list(storage.load([_A, _B])), [None, None], "rows after the refused changes")

    def test_an_empty_change_is_allowed(self) -> None:
        """A change of nothing is applied and changes nothing, and one may hold journal entries only."""
        storage = self.fresh()
        put(storage, row("a"))
        storage.apply(Change())
        storage.apply(Change(events=(entry("only"),)))
        found = [r and r.version for r in storage.load([_A])]
        equal(found, [1], "the version of a row after an empty change")
        equal([e.type for e in self.entries(storage, 1)], ["only"], "the journal after a change without rows")

    def test_a_time_without_a_zone_is_refused(self) -> None:
        """A journal entry whose time has no zone is refused with NaiveDatetimeError, and nothing is stored."""
        storage = self.fresh()
        event = JournalEntry("t", datetime(2026, 11, 24, 8, 0), "test", (), "{}")
        change = Change(rows=(row("a"),), events=(event,))
        refused(NaiveDatetimeError, lambda: storage.apply(change), "an entry at a naive time")
        equal(list(storage.load([_A])), [None], "the row beside an entry at a naive time")

    def test_a_conflict_may_be_retried(self) -> None:
        """After a refused change the same store takes the change that is made from the new versions."""
        storage = self.fresh()
        put(storage, row("a", 1, {"n": 1}))
        error = refused(StaleVersionError, lambda: storage.apply(Change(rows=(row("a", 1),))), "a second creation")
        equal(error.retryable, True, "retryable of StaleVersionError")
        put(storage, row("a", 2, {"n": 2}))
        equal(bodies(storage, _A), [{"n": 2}], "the row that was written after a conflict")
