"""The base of the storage promises: the factory to override, small builders, threads with a deadline."""

from __future__ import annotations

import json
import sys
import threading
import time
import unittest
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar

from cantinekit.errors import CantineError, StaleVersionError, StorageError
from cantinekit.plugins.ports import Change, Guard, JournalEntry, Key, Page, Row, Storage
from cantinekit.testing._children import Child
from cantinekit.testing._stepping import SlowEvents, lingering

T = TypeVar("T")

MANY = 300
"""The rows of a change that takes long, however small the scale: what a store does behind reading it takes longest."""
AT = datetime(2026, 11, 24, 8, 30, 0, 123456, tzinfo=UTC)


def check(holds: bool, problem: str) -> None:
    """Fail with an AssertionError that says what is wrong, under ``python -O`` too."""
    if not holds:
        raise AssertionError(problem)


def equal(got: object, wanted: object, what: str) -> None:
    """Fail unless the two are equal."""
    if got != wanted:
        raise AssertionError(f"{what}: wanted {_short(wanted)}, got {_short(got)}")


def values(rows: Sequence[Row | None]) -> list[tuple[object, ...] | None]:
    """Rows as values that can be compared: of a body the value counts, not the text."""
    return [None if row is None else (row.key, row.version, json.loads(row.body), row.index) for row in rows]


def same(got: object, wanted: object, what: str) -> None:
    """Fail unless two JSON values are equal, and of the same types all the way down: 1, 1.0 and true are three."""
    if _typed(got) != _typed(wanted):
        raise AssertionError(f"{what}: wanted {_short(wanted)}, got {_short(got)}")


def refused(error: type[CantineError], work: Callable[[], object], what: str) -> Any:
    """Fail unless the call raises this error; gives the error."""
    try:
        result = work()
    except error as raised:
        return raised
    except Exception as other:
        raise AssertionError(f"{what} must raise {error.__name__}, raised {type(other).__name__}: {other}") from other
    raise AssertionError(f"{what} must raise {error.__name__}, gave {_short(result)}")


def stale(storage: Storage, change: Change, keys: Sequence[Key], what: str) -> None:
    """Fail unless the change is refused with exactly these keys."""
    error = refused(StaleVersionError, lambda: storage.apply(change), what)
    equal(sorted(Key(*key) for key in error.keys), sorted(keys), f"the keys that StaleVersionError names for {what}")


def stale_keys(storage: Storage, change: Change) -> list[Key] | None:
    """Apply a change; the keys for which it is refused as stale, in order, ``None`` where it was applied."""
    try:
        storage.apply(change)
    except StaleVersionError as error:
        return sorted(error.keys)
    return None


def parsed(one: Row) -> tuple[object, ...]:
    """A row to compare by: its body by its value, with 1, 1.0 and true apart."""
    return one.key, one.version, json.dumps(json.loads(one.body), sort_keys=True), one.index


def row(id: str, version: int = 1, body: object = None, *, kind: str = "space", index: Sequence[Any] = ()) -> Row:
    """A row; ``body`` is the JSON value, ``index`` the pairs."""
    return Row(kind, id, version, json.dumps({} if body is None else body), tuple(index))


def entry(type: str, *subjects: Key, body: object = None, actor: str = "test") -> JournalEntry:
    """A journal entry at the fixed time ``AT``."""
    return JournalEntry(type, AT, actor, subjects, json.dumps({} if body is None else body))


def guard(row: Row) -> Guard:
    """The guard for a row as it is."""
    return Guard(row.key, row.version)


def put(storage: Storage, *rows: Row) -> None:
    """Apply a change of these rows only."""
    storage.apply(Change(rows=rows))


def ids(page: Page) -> list[str]:
    """The ids on a page, in order."""
    return [row.id for row in page.rows]


def bodies(storage: Storage, *keys: Key) -> list[Any]:
    """The JSON values of the bodies; ``None`` where there is no row."""
    return [None if row is None else json.loads(row.body) for row in storage.load(keys)]


def count_up(storage: Storage, key: Key, turns: int, deadline: float) -> None:
    """Count up the ``n`` of a row's body, each time from what was read, and again after a clash."""

    def once() -> None:
        (found,) = storage.load([key])
        if found is None:
            raise AssertionError("the row that counts is gone")
        body = {"n": json.loads(found.body)["n"] + 1}
        storage.apply(Change(rows=lingering([row(key.id, found.version + 1, body, kind=key.kind)])))

    for _ in range(turns):
        retrying(once, deadline)


def read_along(contract: Base, storage: Storage, *writers: Callable[[Callable[[], bool]], int]) -> None:
    """Run the writers beside readers that only ever ask for what comes after the last number they have seen.

    One reads the whole journal, one that of the subject ``space read``. Each writer gives how many entries it has
    recorded; what it is given says whether the first writer is still at work.
    """
    subject = Key("space", "read")
    running = [True] * len(writers)
    told = [0] * len(writers)

    def ended(number: int, write: Callable[[Callable[[], bool]], int]) -> None:
        try:
            told[number] = write(lambda: running[0])
        finally:
            running[number] = False

    def read(about: Key | None, seen: list[JournalEntry]) -> None:
        nothing_since: float | None = None
        limit = 3
        while any(running) or len(seen) < sum(told):
            over = not any(running)
            part = storage.journal(subject=about, after=seen[-1].number if seen else 0, limit=limit)
            seen.extend(part)
            limit = 100 if len(part) == limit else 3  # who lags behind the writers sees nothing turn up late
            now = time.monotonic()
            nothing_since = None if part or not over else nothing_since or now
            if nothing_since is not None and (about is not None or now - nothing_since > contract.patience):
                return

    seen: list[JournalEntry] = []
    of_one: list[JournalEntry] = []
    jobs = [partial(ended, number, write) for number, write in enumerate(writers)]
    contract.together(partial(read, None, seen), partial(read, subject, of_one), *jobs)
    count = sum(told)
    for about, found in ((None, seen), (subject, of_one)):
        whole = (
            contract.entries(storage, count) if about is None else list(storage.journal(subject=about, limit=30_000))
        )
        name = "the journal" if about is None else "the journal of a subject"
        known, last = {e.number for e in found}, found[-1].number if found else 0
        missed = [e.type for e in whole if e.number not in known]
        late = [e.type for e in whole if e.number not in known and e.number < last]
        check(not late, f"entries turned up in {name} below numbers that had been read already: {late[:5]}")
        if about is None:
            equal(len(whole), count, "the number of entries in the journal at the end")
            check(not missed, f"entries that the reader of {name} did not see: {missed[:5]}")
        equal([e.number for e in found], [e.number for e in whole][: len(found)], f"the numbers seen in {name}")


def slow_entries(storage: Storage, turns: int) -> int:
    """Apply changes that take long: they stall among their entries, and have many rows. How many entries there are."""
    for turn in range(turns):
        events = SlowEvents([entry(f"slow {turn}.{n}", Key("space", "read")) for n in range(2)])
        many = tuple(row(f"slow{turn}.{n}", index=(("of", f"slow{turn}"),)) for n in range(MANY))
        storage.apply(Change(rows=many, events=events))
    return turns * 2


def quick_entries(storage: Storage, first_is_at_work: Callable[[], bool]) -> int:
    """Apply small changes one after the other, as long as the first writer is at work. How many entries there are."""
    turn = 0
    while first_is_at_work():
        told = entry(f"quick {turn}", Key("space", "read"))
        storage.apply(Change(rows=(row(f"quick{turn}"),), events=(told,)))
        turn += 1
        time.sleep(0.001)
    return turn


def retrying(work: Callable[[], T], deadline: float, *, but: type[StorageError] | tuple[()] = ()) -> T:
    """Do it again while it fails in a way that may be retried; an error of the type ``but`` is raised at once."""
    end = time.monotonic() + deadline
    while True:
        try:
            return work()
        except but:
            raise
        except StorageError as error:
            check(error.retryable, f"a call failed in a way that cannot be retried: {error}")
            check(time.monotonic() < end, f"a call still failed after {deadline} s of retries: {error}")


class Base:
    """The base of the promises.

    ``scale`` makes the large promises smaller (1.0: as the port demands, 30,000 rows). ``patience`` is how many seconds
    a journal entry may take to appear, ``deadline`` how many a promise with threads may take in all.
    """

    scale: float = 1.0
    patience: float = 10.0
    deadline: float = 120.0

    def open_storage(self) -> Storage:
        """A fresh, empty store at each call. Override it."""
        raise NotImplementedError("override open_storage: it returns a fresh, empty store at each call")

    def opener(self, storage: Storage) -> Callable[[], Storage]:
        """A function that opens the data of such a store. Override it for durable or shared stores.

        It is called here, and pickled and called in processes of their own: so it is a class or a function of a module,
        or a ``functools.partial`` of one, for example ``partial(MyStore, path)``.
        """
        raise NotImplementedError("override opener: the capabilities of the store say that it is durable or shared")

    def reopen(self, storage: Storage) -> Storage:
        """Another handle on the data of such a store, in this process: what ``opener`` gives, called here."""
        return self.opener(storage)()

    def setup_method(self) -> None:
        """Called before each promise."""
        self._opened: list[Storage] = []
        self._children: list[Child] = []
        self._stuck = False

    def teardown_method(self) -> None:
        """Called after each promise: ends the processes that were started, and closes what was opened."""
        try:
            while self._children:
                self._children.pop().end()
        finally:
            if self._stuck:  # a call that does not come back may keep close from coming back too
                closing = threading.Thread(target=self._close_all, daemon=True)
                closing.start()
                closing.join(min(1.0, self.deadline))
            else:
                self._close_all()

    def _close_all(self) -> None:
        for storage in self._opened:
            storage.close()

    def children(self, storage: Storage, count: int) -> list[Child]:
        """So many processes in which the store is open too; they end with the promise at the latest."""
        started = []
        for _ in range(count):
            self._children.append(Child(self.opener(storage), self.deadline))
            started.append(self._children[-1])
        for child in started:
            child.opened()
        return started

    def fresh(self, needs: str = "") -> Storage:
        """A fresh store; skips the promise where the store lacks the capability ``needs``."""
        storage = self.open_storage()
        self._opened.append(storage)
        if needs and not getattr(storage.capabilities, needs):
            raise unittest.SkipTest(f"the store does not claim to be {needs}")
        return storage

    def again(self, storage: Storage) -> Storage:
        """A further handle, closed at the end."""
        other = self.reopen(storage)
        self._opened.append(other)
        return other

    def sized(self, full: int, least: int) -> int:
        """A number that follows ``scale``."""
        return max(least, round(full * self.scale))

    def entries(self, storage: Storage, count: int, subject: Key | None = None) -> list[JournalEntry]:
        """The journal once ``count`` entries are there, or what is there when patience ends."""
        end = time.monotonic() + self.patience
        while True:
            found = list(storage.journal(subject=subject, limit=max(count + 1, 10)))
            if len(found) >= count or time.monotonic() > end:
                return found
            time.sleep(0.002)

    def together(self, *jobs: Callable[[], None]) -> None:
        """Run the jobs in threads that begin at the same moment; the first exception among them is raised."""
        start = threading.Barrier(len(jobs))
        problems: list[BaseException] = []

        def run(job: Callable[[], None]) -> None:
            try:
                start.wait(self.deadline)
                job()
            except BaseException as problem:
                problems.append(problem)

        threads = [threading.Thread(target=run, args=(job,), daemon=True) for job in jobs]
        end = time.monotonic() + self.deadline
        with many_switches():
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(max(0.0, end - time.monotonic()))
        stuck = any(thread.is_alive() for thread in threads)
        self._stuck = self._stuck or stuck
        if problems:
            raise problems[0]
        check(not stuck, f"a call did not come back within {self.deadline} s")


def _typed(value: object) -> object:
    if isinstance(value, dict):
        return {name: _typed(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_typed(item) for item in value]
    return type(value), value


@contextmanager
def many_switches() -> Iterator[None]:
    """Let threads take turns far more often than usual, so that a race within Python is seen in few rounds."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        yield
    finally:
        sys.setswitchinterval(usual)


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 300 else f"{text[:300]}... ({len(text)} characters)"
