"""Promises on reading while others write: what is seen is whole, and of one moment."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from functools import partial

from cantinekit.plugins.ports import MAX_KEYS, Change, Guard, Key, Page, Row, Storage
from cantinekit.testing._stepping import SlowEvents, Stepping
from cantinekit.testing._storage_base import Base, check, entry, equal, ids, put, row

_LEAST, _MOST = 1.0, 3.0
"""In seconds: how long to look for writes that happen meanwhile, at the smallest and at the full scale."""
_LEFT, _RIGHT = Key("space", "left"), Key("space", "right")


class ReadPromises(Base):
    """What is read while others write is whole, and of one moment."""

    def test_load_is_one_snapshot(self) -> None:
        """A load never shows half of a change, however many writers there are."""
        storage = self.fresh()
        keys = [Key("account", "a"), Key("account", "b")]
        put(storage, row("a", kind="account", body={"v": 500}), row("b", kind="account", body={"v": 500}))

        def move(version: int) -> None:
            moved = {"a": 501 - version, "b": 499 + version}
            put(storage, *(row(id, version, {"v": v}, kind="account") for id, v in moved.items()))

        def look(turn: int) -> None:
            found = storage.load(keys if turn % 2 else keys[::-1])
            values = [json.loads(r.body)["v"] for r in found if r is not None]
            equal((len(values), sum(values)), (2, 1000), "two rows that always sum up to 1000")
            equal(len({r.version for r in found if r is not None}), 1, "versions among rows written together")

        self._beside(move, look, self.sized(60, 20))

    def test_a_large_load_is_one_snapshot(self) -> None:
        """A load of thousands of keys is of one moment too, from the first key to the last, absent ones among them."""
        storage = self.fresh()
        count = self.sized(6_000, 1_100)
        between = [Key("many", f"{n:05}") for n in range(count)]
        put(storage, *(row(key.id, kind="many") for key in between[::2]))
        put(storage, *(row(id, kind="ends", body={"n": 1}) for id in ("a", "z", "token1")))

        def move(version: int) -> None:
            made = row(f"token{version % 4}", body={"n": version}, kind="ends")
            ends = (row(id, version, {"n": version}, kind="ends") for id in "az")
            gone = Guard(Key("ends", f"token{(version - 1) % 4}"), 1)
            storage.apply(Change(rows=(*ends, made), removes=(gone,)))

        def look(turn: int) -> None:
            first, last = (
                [Key("ends", id) for id in part] for part in (("a", "token0", "token1"), ("token2", "token3", "z"))
            )
            found = storage.load([*first, *between, *last] if turn % 2 else [*last, *between, *first])
            seen = {one.id: json.loads(one.body)["n"] for one in found if one is not None and one.kind == "ends"}
            equal(
                len(seen), 3, f"the rows at the ends of a large load, of which one takes the place of another: {seen}"
            )
            equal(len(set(seen.values())), 1, f"the moments of which the ends of a large load are: {seen}")
            equal(sum(one is not None and one.kind == "many" for one in found), (count + 1) // 2, "the rows between")

        self._beside(move, look, self.sized(30, 16))

    def test_a_row_is_whole_while_it_is_written(self) -> None:
        """Load and find never give a row with the body, the version or the index pairs of another moment."""
        storage = self.fresh()
        names = [f"{n:03}" for n in range(self.sized(160, 80))]
        put(storage, *(_counted(id, 1) for id in names))

        def write(version: int) -> None:
            put(storage, *(_counted(id, version) for id in names))

        def look(turn: int) -> None:
            for one in storage.load([Key("space", id) for id in names]):
                _check_counted(one, "load")
            for parity in ("0", "1"):
                for one in storage.find("space", "parity", eq=parity, limit=MAX_KEYS).rows:
                    _check_counted(one, "find")
                    check(("parity", parity) in one.index, "find gives a row that does not have the value")
            page = storage.find("space", "n", ge="0000", limit=1, reverse=bool(turn % 2))
            for one in page.rows:
                _check_counted(one, "find in a range")

        self._beside(write, look, self.sized(60, 20))

    def test_a_row_that_keeps_its_value_is_always_found(self) -> None:
        """A row that is written again with the same value is found by it at every moment, once, on one page or two."""
        storage = self.fresh()
        put(storage, *(row(id, index=(("f", "v"), ("n", "1"))) for id in "abcd"))

        def write(version: int) -> None:
            put(storage, *(row(id, version, index=(("f", "v"), ("n", f"{version}"))) for id in "bc"))

        def look(turn: int) -> None:
            equal(ids(storage.find("space", "f", eq="v")), ["a", "b", "c", "d"], "rows that keep their value")
            first = storage.find("space", "f", ge="u", lt="w", limit=2, reverse=bool(turn % 2))
            rest = storage.find("space", "f", ge="u", lt="w", limit=2, reverse=bool(turn % 2), after=first.next)
            wanted = list("dcba" if turn % 2 else "abcd")
            equal(ids(first) + ids(rest), wanted, "rows that keep their value, on two pages")

        self._beside(write, look, self.sized(60, 20))

    def test_what_a_change_stores_appears_together(self) -> None:
        """Whoever sees a journal entry sees the rows, index pairs and removes of its change, and all rows or none."""
        storage = self.fresh()
        put(storage, *(_turned(key, 1) for key in (_LEFT, _RIGHT)), row("token1", kind="token"))
        last = [0]

        def write(version: int) -> None:
            rows = (*(_turned(key, version) for key in (_LEFT, _RIGHT)), row(f"token{version}", kind="token"))
            removes = (Guard(Key("token", f"token{version - 1}"), 1),)
            told = [entry(f"{version}", _LEFT)]
            pause = partial(time.sleep, 0.0005)
            storage.apply(Change(Stepping(rows, pause), SlowEvents(told) if version % 2 else tuple(told), (), removes))

        def look(turn: int) -> None:
            about = _LEFT if turn % 2 else None
            for told in storage.journal(after=last[0], subject=about):
                last[0] = told.number
                self._check_there(storage, int(told.type))
            left, right = storage.load([_LEFT, _RIGHT])
            check(left is not None and right is not None, "a row is gone while it is written")
            assert left is not None
            assert right is not None
            equal(left.version, right.version, "the version of two rows that are written together")
            newest = storage.find("space", "turn", reverse=True, limit=1).rows[0]
            check(newest.version >= left.version, "find lags behind what load has shown already")

        self._beside(write, look, self.sized(40, 12))

    def test_pages_hold_while_others_write(self) -> None:
        """Rows that stay come exactly once and in order on all pages, while other threads add, move and remove rows."""
        storage = self.fresh()
        stay = [f"m{n:02}" for n in range(24)]
        put(storage, *(row(id, index=(("f", f"v{n // 2:02}"),)) for n, id in enumerate(stay)))
        put(storage, row("mover", index=(("f", "v00"),)))

        def write(version: int) -> None:
            place = f"v{version * 5 % 13:02}"
            around = (row(f"a{version}", index=(("f", place),)), row(f"z{version}", index=(("f", place),)))
            gone = tuple(Guard(Key("space", f"{edge}{version - 1}"), 1) for edge in "az") if version > 2 else ()
            storage.apply(Change((row("mover", version, index=(("f", place),)), *around), removes=gone))

        def look(turn: int) -> None:
            back, seen, cursor = bool(turn % 2), list[str](), None
            for _ in range(200):
                page = storage.find("space", "f", ge="v", lt="w", after=cursor, limit=3, reverse=back)
                seen += [id for id in ids(page) if id.startswith("m") and id != "mover"]
                cursor = page.next
                if cursor is None:
                    break
            equal(seen, stay[::-1] if back else stay, "the rows that stay, on pages read while others write")

        self._beside(write, look, self.sized(40, 20))

    def _check_there(self, storage: Storage, version: int) -> None:
        """Fail unless all that the change of this version stores can be seen."""
        token, old = Key("token", f"token{version}"), Key("token", f"token{version - 1}")
        left, right, made, removed = storage.load([_LEFT, _RIGHT, token, old])
        there = [one.version if one else 0 for one in (left, right)]
        check(min(there) >= version, f"an entry of version {version} is seen before its rows, which are at {there}")
        check(made is not None or min(there) > version, "an entry is seen before the row that its change created")
        check(removed is None, "an entry is seen before its change has removed a row")
        found: Page = storage.find("space", "turn", ge=f"{version:05}")
        check(len(found.rows) == 2, "an entry is seen before the index pairs of its change")

    def _beside(self, write: Callable[[int], None], look: Callable[[int], None], rounds: int) -> None:
        """Write versions from 2 on in one thread and look in another, until so many looks have met a write."""
        done = threading.Event()
        written: list[int] = []

        def go_on() -> None:
            try:
                while not done.is_set():
                    write(len(written) + 2)
                    written.append(1)
            finally:
                done.set()

        def look_on() -> None:
            turn = met = 0
            begun = time.monotonic()
            least, end = begun + 0.5 * self.scale, begun + max(_LEAST, _MOST * self.scale)
            try:
                while not done.is_set():
                    now = time.monotonic()
                    if len(written) >= 4 and (now > end or (met >= rounds and now > least)):
                        break
                    before = len(written)
                    look(turn)
                    turn += 1
                    met += len(written) != before
            finally:
                done.set()

        self.together(go_on, look_on)


def _counted(id: str, version: int) -> Row:
    pairs = (("n", f"{version:04}"), ("parity", f"{version % 2}"))
    return row(id, version, {"n": version}, index=pairs)


def _check_counted(one: Row | None, what: str) -> None:
    assert one is not None, f"{what} does not give a row that is there"
    wanted = _counted(one.id, json.loads(one.body)["n"])
    equal((one.version, one.index), (wanted.version, wanted.index), f"version and index of a row that {what} gives")


def _turned(key: Key, version: int) -> Row:
    return row(key.id, version, {"n": version}, index=(("turn", f"{version:05}"),))
