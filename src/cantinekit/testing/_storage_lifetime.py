"""Promises on opening and closing: what was applied stays, and a closed store is closed."""

from __future__ import annotations

from collections.abc import Callable

from cantinekit.errors import StorageError
from cantinekit.plugins.ports import Change, Guard, Key
from cantinekit.testing._storage_base import Base, bodies, check, entry, equal, ids, put, refused, row, stale

_A, _B = Key("space", "a"), Key("space", "b")


class LifetimePromises(Base):
    """What was applied stays, and a closed store is closed."""

    def test_close_may_be_called_twice(self) -> None:
        """Closing a store a second time does nothing."""
        storage = self.fresh()
        put(storage, row("a"))
        storage.close()
        storage.close()

    def test_a_closed_store_refuses_work(self) -> None:
        """Every call on a closed store is refused with a StorageError that is not retryable."""
        storage = self.fresh()
        storage.close()
        calls: dict[str, Callable[[], object]] = {
            "load from": lambda: storage.load([_A]),
            "find in": lambda: storage.find("space", "f"),
            "apply to": lambda: storage.apply(Change(rows=(row("a"),))),
            "an empty change for": lambda: storage.apply(Change()),
            "the journal of": storage.journal,
        }
        for what, call in calls.items():
            error = refused(StorageError, call, f"{what} a closed store")
            check(not error.retryable, f"{what} a closed store is an error that says that it may be retried")

    def test_what_was_applied_is_there_after_reopening(self) -> None:
        """A durable store that is closed and opened again has every row, index pair, remove and journal entry."""
        first = self.fresh(needs="durable")
        put(first, row("a", body={"n": 1}, index=(("f", "old"),)), row("b", index=(("f", "old"),)))
        change = Change(
            rows=(row("a", 2, {"n": 2}, index=(("f", "new"),)),),
            events=(entry("told", _A, body={"x": 1}),),
            removes=(Guard(_B, 1),),
        )
        first.apply(change)
        told = self.entries(first, 1)
        first.close()
        second = self.again(first)
        equal(bodies(second, _A, _B), [{"n": 2}, None], "rows after the store was opened again")
        equal(ids(second.find("space", "f")), ["a"], "find after the store was opened again")
        equal(self.entries(second, 1), told, "the journal after the store was opened again")
        equal(self.entries(second, 1, _A), told, "the journal of a subject after the store was opened again")
        stale(second, change, [_A, _B], "the same change after the store was opened again")

    def test_a_second_handle_is_refused_or_shares(self) -> None:
        """A second handle on a durable store sees what the first applies, or is refused where it is not shared."""
        first = self.fresh(needs="durable")
        put(first, row("a", body={"n": 1}))
        if first.capabilities.shared:
            equal(bodies(self.again(first), _A), [{"n": 1}], "a row, read through a second handle")
            return
        refused(StorageError, lambda: self.again(first), "a second handle on a store that is not shared")
        put(first, row("a", 2, {"n": 2}))
        first.close()
        equal(bodies(self.again(first), _A), [{"n": 2}], "a row, after a second handle was refused")

    def test_numbers_go_on_after_reopening(self) -> None:
        """Journal entries that are recorded after a durable store was opened again have larger numbers."""
        first = self.fresh(needs="durable")
        first.apply(Change(events=(entry("1"), entry("2"), entry("3"))))
        last = self.entries(first, 3)[-1].number
        first.close()
        second = self.again(first)
        second.apply(Change(events=(entry("4"),)))
        found = self.entries(second, 4)
        equal([e.type for e in found], ["1", "2", "3", "4"], "the journal that went on after reopening")
        check(found[-1].number > last, f"the number after reopening, {found[-1].number}, is not above {last}")
