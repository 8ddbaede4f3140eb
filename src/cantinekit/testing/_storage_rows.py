"""Promises on rows and ``load``: what was applied comes back, key by key."""

from __future__ import annotations

import json
from functools import partial

from cantinekit.errors import InputError, TextError
from cantinekit.plugins.ports import (
    MAX_KEYS,
    Change,
    Guard,
    JoiningStorage,
    JournalEntry,
    Key,
    Row,
    Storage,
    StorageCapabilities,
)
from cantinekit.testing._storage_base import AT, Base, bodies, check, entry, equal, ids, put, refused, row

_ODD_TEXTS = (
    "",
    " ",
    "it's",
    '"double"',
    "100% %s %(x)s {} ?1 :x $1",
    "back\\slash \\u0041",
    "'; DROP TABLE record; --",
    "line\nbreak\r\n\ttab",
    "\x01\x7f",
    "é",
    "e\u0301",
    "ß",
    "ﬀ",
    "名前",
    "مرحبا",
    "\u200f\ufeff",
    "\ud7ff\ue000\uffff",
    "\U0001f600\U0010ffff",
)
_BAD_TEXTS = ("nul\0", "\0", "\ud800", "high \udfff low")


class RowPromises(Base):
    """What was applied comes back, key by key."""

    def test_a_store_has_the_methods_and_says_what_it_can_do(self) -> None:
        """A store has all methods of the port, and its capabilities are a StorageCapabilities."""
        storage = self.fresh()
        check(isinstance(storage, Storage), "the store lacks a method of cantinekit.plugins.ports.Storage")
        check(isinstance(storage.capabilities, StorageCapabilities), "capabilities must be a StorageCapabilities")
        if storage.capabilities.joins_host_transaction:
            told: list[bool] = []
            if not isinstance(storage, JoiningStorage):
                raise AssertionError("the store lacks a method of cantinekit.plugins.ports.JoiningStorage")
            check(not storage.in_host_transaction(), "in_host_transaction says that one is open where none is")
            storage.after_commit(lambda: told.append(True))
            check(bool(told), "after_commit must call at once where no transaction is open")

    def test_a_fresh_store_is_empty(self) -> None:
        """A fresh store holds nothing, and nothing of another store."""
        first, second = self.fresh(), self.fresh()
        first.apply(Change(rows=(row("a", index=(("f", "v"),)),), events=(entry("made", Key("space", "a")),)))
        equal(list(second.load([Key("space", "a")])), [None], "load from a store in which nothing was stored")
        equal(second.find("space", "f").rows, (), "find in a store in which nothing was stored")
        equal(list(second.journal()), [], "the journal of a store in which nothing was stored")

    def test_a_row_comes_back_equal(self) -> None:
        """A row comes back with the value of its body, its version and its index pairs in their order."""
        storage = self.fresh()
        body = {"z": [1, {"y": None}, "text"], "a": {"nested": {"deep": [True, False]}}, "": -0.5}
        pairs = (("state", "open"), ("owner", "b"), ("owner", "a"), ("day", "2026-11-24"))
        put(storage, row("a", body=body, index=pairs), row("b"))
        first, second = storage.load([Key("space", "a"), Key("space", "b")])
        check(isinstance(first, Row) and isinstance(second, Row), "load must give a Row for a row that was stored")
        assert first is not None
        assert second is not None
        equal((first.kind, first.id, first.version), ("space", "a", 1), "kind, id and version of a row")
        equal(json.loads(first.body), body, "the body of a row")
        equal(first.index, pairs, "the index pairs of a row")
        equal((json.loads(second.body), second.index), ({}, ()), "body and index of a row without any")

    def test_numbers_keep_their_value(self) -> None:
        """Integers of any size and decimals in a body keep their value and stay integers and decimals."""
        storage = self.fresh()
        numbers = [0, -1, 2**53 + 1, 2**63, -(2**64) - 1, 10**40 + 7, 0.1, 1.5, -2.675, 1e-7, 123456789.125, 1 / 3]
        put(storage, row("a", body={"n": numbers}))
        (body,) = bodies(storage, Key("space", "a"))
        equal(body["n"], numbers, "numbers in a body")
        equal([type(n) for n in body["n"]], [type(n) for n in numbers], "the types of the numbers in a body")

    def test_an_absent_row_is_none(self) -> None:
        """Load gives None for a key that has no row, also between rows that exist."""
        storage = self.fresh()
        put(storage, row("a"), row("c"))
        found = storage.load([Key("space", "a"), Key("space", "b"), Key("other", "a"), Key("space", "c")])
        equal([r is None for r in found], [False, True, True, False], "which of the rows are None")

    def test_load_answers_in_the_order_asked(self) -> None:
        """Load answers in the order of the keys, a key asked twice twice, and no keys with nothing."""
        storage = self.fresh()
        put(storage, row("a"), row("b"), row("c"))
        asked = ["c", "a", "b", "a", "x", "c"]
        found = storage.load([Key("space", id) for id in asked])
        equal([r and r.id for r in found], ["c", "a", "b", "a", None, "c"], f"load of {asked}")
        equal(list(storage.load([])), [], "load without keys")

    def test_kinds_are_apart(self) -> None:
        """The same id in two kinds is two rows, for load, find and remove."""
        storage = self.fresh()
        put(storage, row("a", kind="x", body={"k": "x"}, index=(("f", "v"),)))
        put(storage, row("a", kind="y", body={"k": "y"}, index=(("f", "v"),)))
        equal(bodies(storage, Key("x", "a"), Key("y", "a")), [{"k": "x"}, {"k": "y"}], "one id in two kinds")
        storage.apply(Change(removes=(Guard(Key("x", "a"), 1),)))
        equal(bodies(storage, Key("x", "a"), Key("y", "a")), [None, {"k": "y"}], "after one of them was removed")
        equal((ids(storage.find("x", "f")), ids(storage.find("y", "f"))), ([], ["a"]), "find in the two kinds")

    def test_any_text_comes_back_as_it_was(self) -> None:
        """Quotes, percent signs, line breaks, accents and characters of four bytes come back unchanged everywhere."""
        storage = self.fresh()
        for number, text in enumerate(_ODD_TEXTS):
            kind = f"k{number}{text}"
            wanted = Row(kind, text, 1, json.dumps({text: text}, ensure_ascii=False), ((f"f{text}", text), ("g", text)))
            event = entry(f"t{text}", wanted.key, body={text: [text]}, actor=text)
            storage.apply(Change(rows=(wanted,), events=(event,)))
            (found,) = storage.load([wanted.key])
            check(found is not None, f"a row with the id {text!r} is not found")
            assert found is not None
            equal((found.key, found.index), (wanted.key, wanted.index), "a row's texts")
            equal(json.loads(found.body), {text: text}, "a row's body")
            equal(ids(storage.find(kind, f"f{text}", eq=text)), [text], f"find by the value {text!r}")
            (recorded,) = self.entries(storage, 1, subject=wanted.key)
            got = (recorded.type, recorded.actor, recorded.subjects, json.loads(recorded.body))
            equal(got, (f"t{text}", text, (wanted.key,), {text: [text]}), "a journal entry's texts")

    def test_texts_are_told_apart_exactly(self) -> None:
        """Ids and values that differ in case, in the form of an accent or in a space at the end are different."""
        storage = self.fresh()
        alike = ["cafe", "Cafe", "CAFE", "café", "cafe\u0301", "cafe ", " cafe", "ﬀ", "ff", "ss", "ß", "1", "01", "1.0"]
        put(storage, *(row(id, body={"id": id}, index=(("f", id),)) for id in alike))
        equal(bodies(storage, *(Key("space", id) for id in alike)), [{"id": id} for id in alike], "rows with like ids")
        equal([ids(storage.find("space", "f", eq=id)) for id in alike], [[id] for id in alike], "find by like values")

    def test_long_bodies_are_kept_whole(self) -> None:
        """A body of one MiB, in a row and in the journal, comes back whole."""
        storage = self.fresh()
        body = {"text": "0123456789abcdé\U0001f600" * 55_000}
        storage.apply(Change(rows=(row("a", body=body),), events=(entry("t", Key("space", "a"), body=body),)))
        check(bodies(storage, Key("space", "a")) == [body], "a body of one MiB came back with another value")
        (recorded,) = self.entries(storage, 1)
        check(json.loads(recorded.body) == body, "a journal body of one MiB is another")

    def test_long_names_are_kept_whole(self) -> None:
        """Ids of 800 bytes, index values of 1,000 bytes and kinds and fields of 100 bytes work and are kept whole."""
        storage = self.fresh()
        kind, field = "k" * 100, "f" * 100
        pairs = [("é" * 399 + "aa", "v" * 999 + "1"), ("é" * 399 + "ab", "v" * 999 + "2")]
        put(storage, *(row(id, kind=kind, index=((field, value),)) for id, value in pairs))
        found = storage.load([Key(kind, id) for id, _ in pairs])
        equal([(r.id, r.index) if r else None for r in found], [(i, ((field, v),)) for i, v in pairs], "long names")
        equal([ids(storage.find(kind, field, eq=v)) for _, v in pairs], [[i] for i, _ in pairs], "find by long values")

    def test_texts_that_cannot_be_kept_are_refused(self) -> None:
        """A NUL or a lone surrogate in any text is refused with TextError, and nothing of the change is stored."""
        storage = self.fresh()
        key = Key("space", "a")
        for bad in _BAD_TEXTS:
            escaped = json.dumps({"x": bad})
            changes = {
                "an id": Change(rows=(row("a"), row(bad))),
                "a kind": Change(rows=(row("a"), row("b", kind=bad))),
                "a body": Change(rows=(row("a"), Row("space", "b", 1, f'{{"x": "{bad}"}}'))),
                "an escape in a body": Change(rows=(row("a"), Row("space", "b", 1, escaped))),
                "an index field": Change(rows=(row("a"), row("b", index=((bad, "v"),)))),
                "an index value": Change(rows=(row("a"), row("b", index=(("f", bad),)))),
                "a guard": Change(rows=(row("a"),), guards=(Guard(Key("space", bad), 1),)),
                "a remove": Change(rows=(row("a"),), removes=(Guard(Key("space", bad), 1),)),
                "an entry's type": Change(rows=(row("a"),), events=(entry(bad),)),
                "an entry's actor": Change(rows=(row("a"),), events=(entry("t", actor=bad),)),
                "an entry's subject": Change(rows=(row("a"),), events=(entry("t", Key("space", bad)),)),
                "an entry's body": Change(rows=(row("a"),), events=(entry("t", body={bad: 1}),)),
            }
            for where, change in changes.items():
                refused(TextError, partial(storage.apply, change), f"{bad!r} in {where}")
                equal(list(storage.load([key])), [None], f"a row beside {bad!r} in {where}")
            refused(TextError, partial(storage.load, [Key("space", bad)]), f"load of an id with {bad!r}")
            refused(TextError, partial(storage.find, "space", "f", eq=bad), f"find by a value with {bad!r}")
        equal(list(storage.journal()), [], "the journal after refused changes")

    def test_a_body_is_one_json_object(self) -> None:
        """A body that is not the text of one JSON object is refused with InputError, and nothing is stored."""
        storage = self.fresh()
        for bad in ("", "x", "[]", '"text"', "1", "null", "{", "{} {}", '{"x": NaN}', '{"x": -Infinity}', "{'x': 1}"):
            spoiled = Change(rows=(row("a"), Row("space", "b", 1, bad)))
            refused(InputError, partial(storage.apply, spoiled), f"the body {bad!r}")
            spoiled = Change(rows=(row("a"),), events=(JournalEntry("t", AT, "test", (), bad),))
            refused(InputError, partial(storage.apply, spoiled), f"a journal entry with the body {bad!r}")
        equal(list(storage.load([Key("space", "a"), Key("space", "b")])), [None, None], "rows after refused changes")

    def test_thirty_thousand_rows_at_once(self) -> None:
        """Thirty thousand rows are loaded in one call, and found on one page."""
        storage = self.fresh()
        count = self.sized(MAX_KEYS, 1_100)
        for start in range(0, count, 5_000):
            part = range(start, min(start + 5_000, count))
            put(storage, *(row(f"{n:05}", body={"n": n}, index=(("f", f"{n % 7}"),)) for n in part))
        found = storage.load([Key("space", f"{n:05}") for n in reversed(range(count))])
        equal(sum(r is not None for r in found), count, "rows of a large load")
        equal([r.id for r in found if r], [f"{n:05}" for n in reversed(range(count))], "the order of a large load")
        page = storage.find("space", "f", limit=count)
        equal((len(page.rows), page.next), (count, None), "rows and cursor of a large page")
        wanted = sorted((f"{n % 7}", f"{n:05}") for n in range(count))
        check(ids(page) == [id for _, id in wanted], "a large page is not in the order of (value, id)")

    def test_too_many_keys_are_refused(self) -> None:
        """A load of more than thirty thousand keys is refused with InputError."""
        storage = self.fresh()
        keys = [Key("space", "a")] * (MAX_KEYS + 1)
        refused(InputError, lambda: storage.load(keys), f"a load of {MAX_KEYS + 1} keys")
