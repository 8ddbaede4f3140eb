"""Promises on what is refused or broken off: nothing of it stays, and the store goes on."""

from __future__ import annotations

import pickle
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial

import attrs

from cantinekit.errors import CantineError, InputError, NaiveDatetimeError, StaleVersionError, StorageError, TextError
from cantinekit.plugins.ports import MAX_KEYS, Change, Guard, JournalEntry, Key, Page, Row, Storage
from cantinekit.testing._interrupting import interrupted
from cantinekit.testing._stepping import Stepping, at_step
from cantinekit.testing._storage_base import (
    Base,
    bodies,
    check,
    entry,
    equal,
    guard,
    ids,
    many_switches,
    put,
    refused,
    retrying,
    row,
    stale,
)

_A, _B, _C = (Key("space", id) for id in "abc")


_TIMED = 40
"""How often a change is interrupted by a timer, from its beginning to its end, at full scale."""


class Broken(BaseException):
    """What breaks a change off: as an interrupt from the keyboard would, it is no ``Exception``."""


class RefusalPromises(Base):
    """What is refused or broken off leaves nothing, and the store goes on."""

    def test_a_change_refused_for_any_reason_leaves_nothing(self) -> None:
        """Whatever is wrong in a change, nothing else of it is stored: no row, index pair, remove or journal entry."""
        storage = self.fresh()
        _prepare(storage)
        naive = JournalEntry("t", datetime(2026, 11, 24, 8, 0), "test", (), "{}")
        wrong: dict[str, tuple[type[CantineError], Change]] = {
            "a stale row": (StaleVersionError, Change(rows=(row("c", 3),))),
            "a row that exists": (StaleVersionError, Change(rows=(row("c"),))),
            "a row that is absent": (StaleVersionError, Change(rows=(row("none", 2),))),
            "a stale guard": (StaleVersionError, Change(guards=(Guard(_C, 2),))),
            "a guard on an absent row": (StaleVersionError, Change(guards=(Guard(Key("space", "none"), 1),))),
            "a stale remove": (StaleVersionError, Change(removes=(Guard(_C, 2),))),
            "a remove of an absent row": (StaleVersionError, Change(removes=(Guard(Key("space", "none"), 1),))),
            "a body that is no object": (InputError, Change(rows=(Row("space", "c", 2, "[]"),))),
            "a text that cannot be kept": (TextError, Change(rows=(row("c", 2, index=(("f", "\ud800"),)),))),
            "a version below 1": (InputError, Change(guards=(Guard(_C, 0),))),
            "a key twice": (InputError, Change(rows=(row("c", 2),), removes=(Guard(_C, 1),))),
            "an entry without a zone": (NaiveDatetimeError, Change(events=(naive,))),
            "an entry whose body is no object": (InputError, Change(events=(attrs.evolve(entry("t"), body="1"),))),
        }
        for what, (error, spoiled) in wrong.items():
            for first in (True, False):
                change = _joined(spoiled, _valid()) if first else _joined(_valid(), spoiled)
                refused(error, partial(storage.apply, change), f"a change with {what}")
                _check_as_prepared(storage, what)
            if error is not StaleVersionError:
                both = _joined(Change(rows=(row("none", 7),)), spoiled)
                refused(error, partial(storage.apply, both), f"a change with {what} and with a stale row")
        storage.apply(_valid())
        self._check_valid(storage)

    def test_a_change_that_is_broken_off_leaves_nothing(self) -> None:
        """A change in the middle of which an interrupt is raised is stored whole or not at all, and work goes on."""
        storage = self.fresh()
        _prepare(storage)

        steps = (1, 2, 3, 4, 5, 6, 7, 9, 11, 13, 16, 20, 25)
        stored: list[int] = []
        for among in ("rows", "events"):
            for step in steps[:: 1 if self.scale >= 1 else 2]:
                change = _valid()
                items = Stepping(getattr(change, among), at_step(step, _break_off))
                change = attrs.evolve(change, **{among: items})
                try:
                    storage.apply(change)
                except BaseException as error:
                    check(not isinstance(error, KeyboardInterrupt | SystemExit), "the check was stopped")
                    where = f"an interrupt at step {step} through its {among}"
                    self.together(partial(self._check_broken_off, storage, where, stored))
                else:
                    stored.append(step)
                if stored:
                    self._check_valid(storage)
                    storage, stored = self.fresh(), []
                    _prepare(storage)
        self.together(lambda: retrying(lambda: storage.apply(_valid()), self.deadline))
        self._check_valid(storage)

    def test_a_large_change_that_is_broken_off_leaves_nothing(self) -> None:
        """Of a change of hundreds of rows nothing is stored when it is broken off behind the last of them either."""
        storage = self.fresh()
        rows = tuple(row(f"{n:04}", index=(("f", "v"),)) for n in range(self.sized(1_000, 300)))
        for step in range(1, 40):
            events = Stepping([entry("t", _A), entry("u")], at_step(step, _break_off))
            try:
                storage.apply(Change(rows, events))
            except Broken:
                where = f"after a large change was broken off at step {step} through its entries"
                equal(len(storage.find("space", "f", limit=MAX_KEYS).rows), 0, f"the rows that are found {where}")
                equal(list(storage.load([rows[0].key, rows[-1].key])), [None, None], f"rows {where}")
                equal(list(storage.journal()), [], f"the journal {where}")
            else:
                break
        equal(len(storage.find("space", "f", limit=MAX_KEYS).rows), len(rows), "the rows of a change that was whole")
        equal([e.type for e in self.entries(storage, 2)], ["t", "u"], "the journal of a change that was whole")

    def test_a_change_that_a_timer_breaks_off_leaves_nothing(self) -> None:
        """A large change that is interrupted at any moment is stored whole or not at all, and work goes on."""
        storage = self.fresh()
        other = self.again(storage) if storage.capabilities.shared else storage
        size, times, usual, reading = self.sized(600, 200), self.sized(_TIMED, 14), 0.0, 0.0
        for version in (1, 2):
            change = _batch(version, size)
            usual = _seconds(partial(storage.apply, change))
            reading = _seconds(partial(storage.load, [one.key for one in change.rows]))
        late = usual
        for number in range(1, times + 1):
            change = _batch(number + 2, size)
            if number % 2:  # at every part of it, from the first to the last
                _interrupt(usual * number / times, partial(storage.apply, change))
            elif _interrupt(late, partial(storage.apply, change)):  # and around its end, where it is stored
                late *= 1.1
            else:
                late *= 0.9
            self.together(partial(self._check_interrupted, (storage, other), change))
            _interrupt(reading * number / times, partial(storage.load, [one.key for one in change.rows]))
            self.together(partial(self._check_goes_on, storage, other, change, number))

    def _check_interrupted(self, handles: Sequence[Storage], change: Change) -> None:
        """Fail unless all of a change that was interrupted is there, or nothing."""
        new, old = [one.key for one in change.rows[:-1]], [Key(*one.key) for one in change.removes]
        what, type = "is there after a large change was interrupted", change.events[0].type
        for handle in handles:
            found = [one.key for one in retrying(partial(_batches, handle), self.deadline).rows]
            check(found in (new, old), f"half of a change {what}: find gives {len(found)} rows, not {len(new)}")
            rows = handle.load([*new, *old])
            there = [key for key, one in zip((*new, *old), rows, strict=True) if one is not None]
            check(there in (new, old), f"half of a change {what}: load gives {len(there)} rows, not {len(new)}")
            told = sum(e.type == type for e in handle.journal(subject=Key("told", type), limit=MAX_KEYS))
            check(told in (0, len(change.events)), f"half of a change {what}: {told} entries")

    def _check_goes_on(self, storage: Storage, other: Storage, change: Change, number: int) -> None:
        """Fail unless a change that was interrupted is there whole when it was applied again, for every handle."""
        marked = Change(rows=(row("mark", number, kind="mark", index=(("n", f"{number}"),)),))
        for again in (change, marked):
            with suppress(StaleVersionError):
                retrying(partial(other.apply, again), self.deadline, but=StaleVersionError)
        what, type = "after a large change was interrupted and applied again", change.events[0].type
        for handle in (storage, other):
            found = [one.version for one in handle.find("mark", "n", eq=f"{number}").rows]
            equal(found, [number], f"the version that was written last {what}")
            equal([one.key for one in _batches(handle).rows], [one.key for one in change.rows[:-1]], f"the rows {what}")
            told = self.entries(handle, len(change.events), Key("told", type))
            equal([e.type for e in told], [type] * len(change.events), f"the entries {what}")

    def test_a_removed_row_is_not_written_on(self) -> None:
        """A row that was removed has no version any more: only a creation at version 1 passes, and it begins anew."""
        storage = self.fresh()
        for version in (1, 2, 3):
            put(storage, row("a", version, {"n": version}, index=(("f", f"{version}"),)))
        stale(storage, Change(removes=(Guard(_A, 2),)), [_A], "a remove of an old version")
        storage.apply(Change(removes=(Guard(_A, 3),), events=(entry("gone", _A),)))
        for version in (2, 3, 4, 5):
            stale(storage, Change(rows=(row("a", version),)), [_A], f"version {version} of a row removed at 3")
        for version in (1, 2, 3, 4):
            stale(storage, Change(guards=(Guard(_A, version),)), [_A], f"a guard {version} on a row removed at 3")
        put(storage, row("a", body={"n": "new"}))
        (found,) = storage.load([_A])
        equal(found and (found.version, found.index), (1, ()), "version and index of a row that was created again")
        equal(ids(storage.find("space", "f")), [], "find by what a removed row had")
        stale(storage, Change(rows=(row("a", 4),)), [_A], "the version that would have come next")
        put(storage, row("a", 2, {"n": "next"}))
        equal([e.type for e in self.entries(storage, 1, _A)], ["gone"], "the journal of a row that was removed")

    def test_a_row_is_removed_by_one_of_many(self) -> None:
        """Of threads that remove, write or guard one version at once, the remove and the write exclude each other."""
        storage = self.fresh()
        for turn in range(self.sized(20, 4)):
            key = Key("space", f"r{turn}")
            put(storage, row(key.id, index=(("f", key.id),)))
            done: list[str] = []

            def attempt(name: str, change: Change, done: list[str] = done) -> None:
                try:
                    retrying(lambda: storage.apply(change), self.deadline, but=StaleVersionError)
                    done.append(name)
                except StaleVersionError:
                    pass

            removes = Change(removes=(Guard(key, 1),))
            changes = {
                "remove": attrs.evolve(removes, events=(entry("remove", key),)),
                "other": attrs.evolve(removes, events=(entry("other", key),)),
                "write": Change(rows=(row(key.id, 2, index=(("f", key.id),)),), events=(entry("write", key),)),
            }
            if turn % 2:
                del changes["write"]
            self.together(*(partial(attempt, name, change) for name, change in changes.items()))
            equal(len(done), 1, "how many of two or three changes that exclude each other were applied")
            there = [1] if done == ["write"] else []
            equal([1 for one in storage.load([key]) if one], there, f"the row after a {done[0]}")
            equal([1 for _ in storage.find("space", "f", eq=key.id).rows], there, f"find after a {done[0]}")
            equal([e.type for e in self.entries(storage, 1, key)], done, "the journal of the row")

    def test_errors_can_be_handed_on(self) -> None:
        """What a store raises survives pickle with its type, its text, its keys and whether it may be retried."""
        storage = self.fresh()
        put(storage, row("a"), row("b"))
        late = Change(rows=(row("a"), row("b", 5)), guards=(Guard(_C, 1),))
        wrong: list[tuple[type[CantineError], Callable[[], object]]] = [
            (StaleVersionError, partial(storage.apply, late)),
            (InputError, partial(storage.find, "space", "f", limit=0)),
            (TextError, partial(storage.load, [Key("space", "\0")])),
        ]
        for error, call in wrong:
            raised = refused(error, call, "what is wrong")
            again = pickle.loads(pickle.dumps(raised))
            got = (type(again), str(again), again.__dict__)
            equal(got, (type(raised), str(raised), raised.__dict__), "an error after pickle")
            if isinstance(raised, StaleVersionError):
                equal(sorted(raised.keys), [_A, _B, _C], "the keys of a stale change, each once")
                check(all(isinstance(key, Key) for key in raised.keys), "the keys of StaleVersionError must be Keys")
                equal(again.retryable, True, "whether a stale change may be retried")

    def test_a_store_is_closed_under_calls(self) -> None:
        """Calls that are under way when a store is closed end with their result or with StorageError, nothing else."""
        storage = self.fresh()
        put(storage, *(row(f"{n}", index=(("f", f"{n}"),)) for n in range(20)))
        done, closed, ended = [0, 0, 0, 0], threading.Event(), threading.Event()

        def use(number: int, call: Callable[[int], object]) -> None:
            after = 0
            try:
                while after < 1_000:
                    after += closed.is_set()
                    call(done[number])
                    done[number] += 1
            except CantineError as error:
                check(not isinstance(error, InputError), f"a closed store raised {type(error).__name__}: {error}")
                check(min(done) >= 5, f"a store that is open raised {type(error).__name__}: {error}")
                return
            finally:
                ended.set()
            check(False, "a store that was closed goes on answering")

        def close() -> None:
            end = time.monotonic() + self.deadline
            while min(done) < 5 and not ended.is_set() and time.monotonic() < end:
                time.sleep(0.0005)
            storage.close()
            closed.set()

        self.together(
            close,
            partial(use, 0, lambda turn: storage.load([Key("space", f"{n}") for n in range(20)])),
            partial(use, 1, lambda turn: storage.find("space", "f")),
            partial(use, 2, lambda turn: storage.journal()),
            partial(use, 3, lambda turn: storage.apply(Change((row(f"x{turn}"),), (entry(f"{turn}"),)))),
        )
        storage.close()

    def _check_broken_off(self, storage: Storage, where: str, stored: list[int]) -> None:
        """Fail unless the change that was broken off left nothing; notes where it is stored all the same."""
        (found,) = storage.load([_A])
        if found is not None and found.version == 1:
            _check_as_prepared(storage, where)
        else:
            stored.append(1)

    def _check_valid(self, storage: Storage) -> None:
        """Fail unless the valid change is stored, whole and once."""
        equal(
            bodies(storage, _A, _B, _C, Key("space", "d")), [{"n": 2}, None, {"n": 1}, {"n": 4}], "rows after a change"
        )
        equal(ids(storage.find("space", "f")), ["a", "d"], "find after a change")
        equal([e.type for e in self.entries(storage, 2)], ["first", "second"], "the journal after a change")
        equal([e.type for e in self.entries(storage, 2, _A)], ["first", "second"], "the journal of a subject")


def _break_off() -> None:
    raise Broken


def _prepare(storage: Storage) -> None:
    old = (("f", "old"),)
    put(storage, row("a", body={"n": 1}, index=old), row("b", body={"n": 1}, index=old), row("c", body={"n": 1}))


def _valid() -> Change:
    """A change that fits what was prepared: it writes, creates, removes and tells."""
    rows = (row("a", 2, {"n": 2}, index=(("f", "new"),)), row("d", body={"n": 4}, index=(("f", "new"),)))
    return Change(rows, (entry("first", _A), entry("second", _A, _B)), (), (guard(row("b")),))


def _batch(number: int, size: int) -> Change:
    """A large change: rows that take the place of those of the one before, a row that counts, many entries."""
    rows = [row(f"{number:03}.{n:04}", body={"n": n}, index=(("batch", f"{number:03}"),)) for n in range(size)]
    removes = tuple(Guard(Key("space", f"{number - 1:03}.{n:04}"), 1) for n in range(size)) if number > 1 else ()
    counter = row("counter", number, {"n": number}, kind="counter")
    told = tuple(entry(f"{number:03}", Key("told", f"{number:03}")) for _ in range(size))
    return Change((*rows, counter), told, (), removes)


def _seconds(work: Callable[[], object]) -> float:
    begun = time.monotonic()
    work()
    return time.monotonic() - begun


def _interrupt(seconds: float, work: Callable[[], object]) -> bool:
    """Do the work, interrupted after so many seconds; whether it was."""
    with many_switches():  # where it has become an error of the store, nobody knows what is stored
        return interrupted(seconds, work, becomes=(StorageError,))


def _batches(storage: Storage) -> Page:
    return storage.find("space", "batch", ge="", limit=MAX_KEYS)


def _joined(one: Change, two: Change) -> Change:
    return Change(one.rows + two.rows, one.events + two.events, one.guards + two.guards, one.removes + two.removes)


def _check_as_prepared(storage: Storage, what: str) -> None:
    found = bodies(storage, _A, _B, _C, Key("space", "d"))
    equal(found, [{"n": 1}, {"n": 1}, {"n": 1}, None], f"rows after a change with {what}")
    equal(ids(storage.find("space", "f", eq="old")), ["a", "b"], f"old index pairs after a change with {what}")
    equal(ids(storage.find("space", "f", eq="new")), [], f"new index pairs after a change with {what}")
    equal(list(storage.journal()), [], f"the journal after a change with {what}")
    equal(list(storage.journal(subject=_A)), [], f"the journal of a subject after a change with {what}")
