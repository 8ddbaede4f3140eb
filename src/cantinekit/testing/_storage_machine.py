"""``StorageMachine``: Hypothesis compares a store with the one in memory, step by step (``cantinekit[testing]``)."""

from __future__ import annotations

import json
from collections import Counter
from typing import ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from cantinekit.backends.memory import MemoryStorage
from cantinekit.plugins.ports import Change, Guard, JournalEntry, Key, Page, Row, Storage
from cantinekit.testing._storage_base import AT, check, equal, parsed, stale_keys

_TEXTS = ("", "a", "A", "a|b", "é", "\uff61", "\U0001f600", "z' %s")
_KEYS = st.builds(Key, st.sampled_from(["space", "visit"]), st.sampled_from(_TEXTS[1:7]))
_PAIRS = st.tuples(st.sampled_from(["f", "f", "g"]), st.sampled_from(_TEXTS))
_BODIES = st.dictionaries(st.sampled_from(_TEXTS), st.integers() | st.none() | st.sampled_from(_TEXTS), max_size=3)
_BOUNDS = st.sampled_from([None, None, None, None, *_TEXTS])
_PLANS = st.lists(
    st.tuples(
        _KEYS,
        st.sampled_from(["write", "write", "guard", "remove"]),
        st.sampled_from([0] * 14 + [1, -1]),
        _BODIES,
        st.lists(_PAIRS, min_size=1, max_size=3),
    ),
    max_size=6,
    unique_by=lambda plan: plan[0],
)


class StorageMachine(RuleBasedStateMachine):
    """Random changes and reads, each on the store and on a model in memory, with the same outcome.

    Subclass it and override ``open_storage``; ``TestMine = MyMachine.TestCase`` then runs it. ``seen`` counts what the
    steps of a subclass met, so that a test can hold that it met everything: created, updated, removed, guarded, stale,
    found, paged, recorded.
    """

    seen: ClassVar[Counter[str]] = Counter()

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.seen = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.storage = self.open_storage()
        self.model = MemoryStorage()
        self.keys: set[Key] = set()

    def open_storage(self) -> Storage:
        """A fresh, empty store. Override it."""
        raise NotImplementedError("override open_storage: it returns a fresh, empty store")

    def teardown(self) -> None:
        """Close what was opened."""
        self.storage.close()
        self.model.close()

    @rule(plan=_PLANS, events=st.integers(0, 2))
    def change(self, plan: list[tuple[Key, str, int, dict[str, object], list[tuple[str, str]]]], events: int) -> None:
        """Apply a change that is right for most keys, and off by one version for some.

        Args:
            plan: key, what to do with it, by how much the version is off, body and index of each row.
            events: how many journal entries the change has.
        """
        rows: list[Row] = []
        guards: list[Guard] = []
        removes: list[Guard] = []
        for key, action, off, body, pairs in plan:
            held = self._held(key)
            if action == "write" or (not held and not off):
                version = max(1, held + 1 + off)
                rows.append(Row(*key, version, json.dumps(body), tuple(pairs)))
                self.seen["created" if version == 1 else "updated"] += 1
            else:
                (guards if action == "guard" else removes).append(Guard(key, max(1, held + off)))
                self.seen["guarded" if action == "guard" else "removed"] += 1
            self.keys.add(key)
        subjects = tuple(key for key, *_ in plan)
        told = tuple(JournalEntry(f"t{n}", AT, "machine", subjects, "{}") for n in range(events))
        change = Change(tuple(rows), told, tuple(guards), tuple(removes))
        outcomes = [stale_keys(storage, change) for storage in (self.storage, self.model)]
        equal(outcomes[0], outcomes[1], "the keys of a stale change, or None where it was applied")
        self.seen["recorded"] += bool(told) and outcomes[1] is None
        self.seen["stale"] += outcomes[1] is not None

    @rule(keys=st.lists(_KEYS, max_size=6))
    def load(self, keys: list[Key]) -> None:
        """Load keys, some of them absent or asked twice."""
        got, wanted = ([r and parsed(r) for r in storage.load(keys)] for storage in (self.storage, self.model))
        equal(got, wanted, f"load of {keys}")

    @rule(field=st.sampled_from("fg"), ge=_BOUNDS, lt=_BOUNDS, limit=st.integers(1, 3), reverse=st.booleans())
    def find(self, field: str, ge: str | None, lt: str | None, limit: int, reverse: bool) -> None:
        """Find in a range, page by page."""
        cursors: tuple[str | None, str | None] = (None, None)
        for _ in range(100):
            pages: list[Page] = [
                storage.find("space", field, ge=ge, lt=lt, after=cursor, limit=limit, reverse=reverse)
                for storage, cursor in zip((self.storage, self.model), cursors, strict=True)
            ]
            got, wanted = ([parsed(r) for r in page.rows] for page in pages)
            equal(got, wanted, f"a page of find by {field!r} from {ge!r} to {lt!r}")
            self.seen["found"] += bool(wanted)
            cursors = (pages[0].next, pages[1].next)
            equal(cursors[0] is None, cursors[1] is None, "whether the page is the last")
            if cursors[1] is None:
                return
            self.seen["paged"] += 1

    @rule(field=st.sampled_from("fg"), eq=st.sampled_from(_TEXTS))
    def find_equal(self, field: str, eq: str) -> None:
        """Find rows by a value.

        Args:
            field: the index field.
            eq: the value.
        """
        got, wanted = (
            [parsed(r) for r in storage.find("visit", field, eq=eq).rows] for storage in (self.storage, self.model)
        )
        equal(got, wanted, f"find by {field!r} = {eq!r}")

    @rule(subject=st.none() | _KEYS)
    def journal(self, subject: Key | None) -> None:
        """Read the journal in parts."""
        got, wanted = (_told(storage, subject) for storage in (self.storage, self.model))
        equal([told[1:] for told in got], [told[1:] for told in wanted], f"the journal of {subject}")
        numbers = [number for number, *_ in got]
        check(numbers == sorted(set(numbers)), f"the numbers of the journal do not rise: {numbers}")

    @invariant()
    def same_versions(self) -> None:
        """After each step both hold the same rows."""
        keys = sorted(self.keys)
        got, wanted = ([r and r.version for r in storage.load(keys)] for storage in (self.storage, self.model))
        equal(got, wanted, f"the versions of {keys}")

    def _held(self, key: Key) -> int:
        (row,) = self.model.load([key])
        return row.version if row else 0


def _told(storage: Storage, subject: Key | None) -> list[tuple[int, str, tuple[Key, ...]]]:
    entries: list[JournalEntry] = []
    while part := storage.journal(subject=subject, after=entries[-1].number if entries else 0, limit=3):
        entries += part
    return [(e.number, e.type, e.subjects) for e in entries]
