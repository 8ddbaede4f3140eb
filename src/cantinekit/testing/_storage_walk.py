"""One promise on everything together: a walk of random steps comes out as in the store in memory."""

from __future__ import annotations

import json
import random
from collections.abc import Callable

from cantinekit.backends.memory import MemoryStorage
from cantinekit.plugins.ports import Change, Guard, JournalEntry, Key, Row, Storage
from cantinekit.testing._serial import Deed, begin, deal
from cantinekit.testing._storage_base import Base, entry, equal, parsed, row, stale_keys
from cantinekit.testing._storage_processes import check_deeds

_KINDS = ("space", "visit", "space visit")
_IDS = ("a", "A", "ab", "a|b", "é", "\uff61", "\U0001f600")
_FIELDS = ("f", "g", "f g")
_VALUES = ("", "a", "a\x01", "ab", "a b", "b", "é", "\uffff", "\U00010000")


class WalkPromises(Base):
    """All of it together comes out as the promises say one by one."""

    def test_a_long_walk_comes_out_as_in_memory(self) -> None:
        """Hundreds of random changes and reads have the same outcome as with the store in memory, step by step."""
        storage, model = self.fresh(), MemoryStorage()
        chance = random.Random(20261124)
        steps: tuple[tuple[Callable[[random.Random, Storage, Storage], None], int], ...]
        steps = ((_change, 5), (_load, 2), (_find, 4), (_journal, 1))
        for _ in range(self.sized(400, 120)):
            (step,) = chance.choices([step for step, _ in steps], [weight for _, weight in steps])
            step(chance, storage, model)
        told = [(e.type, e.subjects) for e in model.journal(limit=30_000)]
        equal([(e.type, e.subjects) for e in self.entries(storage, len(told))], told, "the journal after a long walk")

    def test_threads_could_have_gone_one_by_one(self) -> None:
        """What threads load, write and guard at random fits one order, in which each saw what came before."""
        storage = self.fresh()
        begin(storage)
        deeds: list[Deed] = []

        def work(number: int) -> None:
            done = deal(storage, f"w{number}", number, self.sized(60, 20))
            deeds.extend(Deed(**deed) for deed in done)

        self.together(*(lambda number=number: work(number) for number in range(4)))
        check_deeds(self, storage, deeds)


def _change(chance: random.Random, storage: Storage, model: Storage) -> None:
    """A change that is right for most keys, and off by some versions for a few."""
    rows: list[Row] = []
    guards: list[Guard] = []
    removes: list[Guard] = []
    for key in {_key(chance) for _ in range(chance.randint(0, 6))}:
        (there,) = model.load([key])
        held = there.version if there else 0
        off = chance.choice([0] * 20 + [1, -1, 2])
        action = chance.choice(["write", "write", "write", "guard", "remove"])
        if action == "write" or not held + off > 0:
            body: dict[str, object] = {
                chance.choice(_VALUES): chance.choice([None, True, 1, 1.5, "é", [], {"n": 2**60}]) for _ in range(3)
            }
            pairs = [(chance.choice(_FIELDS), chance.choice(_VALUES)) for _ in range(chance.randint(0, 4))]
            rows.append(row(key.id, max(1, held + 1 + off), body, kind=key.kind, index=pairs))
        else:
            (guards if action == "guard" else removes).append(Guard(key, held + off))
    subjects = tuple(_key(chance) for _ in range(chance.randint(0, 3)))
    events = tuple(entry(f"t{n}", *subjects, body={"n": n}) for n in range(chance.choice((0, 1, 1, 2))))
    change = Change(tuple(rows), events, tuple(guards), tuple(removes))
    got, wanted = (stale_keys(one, change) for one in (storage, model))
    equal(got, wanted, f"the keys of a stale change, or None where it was applied: {change}")


def _load(chance: random.Random, storage: Storage, model: Storage) -> None:
    keys = [_key(chance) for _ in range(chance.randint(0, 12))]
    got, wanted = ([one and parsed(one) for one in store.load(keys)] for store in (storage, model))
    equal(got, wanted, f"load of {keys}")


def _find(chance: random.Random, storage: Storage, model: Storage) -> None:
    """Find by a value or in a range, all pages, with limits that change from page to page."""
    kind, field, reverse = chance.choice(_KINDS), chance.choice(_FIELDS), chance.random() < 0.5
    bounds = [chance.choice(_VALUES) if chance.random() < 0.4 else None for _ in range(2)]
    how = {"eq": chance.choice(_VALUES)} if chance.random() < 0.4 else {"ge": bounds[0], "lt": bounds[1]}
    cursors: tuple[str | None, str | None] = (None, None)
    while True:
        limit = chance.choice((1, 2, 3, 100))
        one, two = (
            store.find(kind, field, after=cursor, limit=limit, reverse=reverse, **how)
            for store, cursor in zip((storage, model), cursors, strict=True)
        )
        got, wanted = ([parsed(found) for found in page.rows] for page in (one, two))
        equal(got, wanted, f"find in {kind} by {field} with {how}, reverse {reverse}, limit {limit}")
        equal(one.next is None, two.next is None, "whether a page is the last")
        cursors = (one.next, two.next)
        if two.next is None:
            return


def _journal(chance: random.Random, storage: Storage, model: Storage) -> None:
    """The journal of a subject, or its beginning; where it lags behind, as far as it goes."""
    subject = chance.choice((None, _key(chance)))
    got, wanted = (
        [_told(e) for e in store.journal(subject=subject, limit=chance_limit)]
        for chance_limit in (chance.choice((1, 5, 200)),)
        for store in (storage, model)
    )
    equal(got, wanted[: len(got)], f"the journal of {subject}")


def _key(chance: random.Random) -> Key:
    return Key(chance.choice(_KINDS), chance.choice(_IDS))


def _told(one: JournalEntry) -> tuple[object, ...]:
    return one.type, one.at, one.actor, one.subjects, json.loads(one.body)
