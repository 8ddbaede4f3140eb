"""Promises on values that cross: what is given stays the caller's, and what comes back is what was given."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from cantinekit.plugins.ports import Change, JournalEntry, Key, Row
from cantinekit.testing._storage_base import AT, Base, bodies, equal, ids, put, row, same

_A, _B = Key("space", "a"), Key("space", "b")


class ValuePromises(Base):
    """Values that cross are values: nobody shares them, and none becomes another that is like it."""

    def test_json_values_are_told_apart(self) -> None:
        """In a body true, 1, 1.0 and "1" are four values, and null, false, 0, "", [] and {} are six."""
        storage = self.fresh()
        alike = [
            True,
            1,
            1.0,
            "1",
            None,
            False,
            0,
            0.0,
            "",
            [],
            {},
            [None],
            {"": None},
            "null",
            "true",
            [[]],
            [{}],
            "1.0",
        ]
        floats = [1e-7, 5e-324, 1.5e-300, 2.0**52 + 0.5, -(2.0**53 - 1), 100.0, 1e15, 0.1 + 0.2, 1 / 3]
        body = {"list": alike + floats, "members": {f"{n}": value for n, value in enumerate(alike)}, "1": 1, "01": "01"}
        storage.apply(Change(rows=(row("a", body=body),), events=(_told(json.dumps(body)),)))
        same(bodies(storage, _A), [body], "a body, with the types of its values")
        same([json.loads(r.body) for r in storage.find("space", "none").rows], [], "find by a field that nothing has")
        same([json.loads(e.body) for e in self.entries(storage, 1)], [body], "the body of a journal entry")
        put(storage, row("a", 2, {"list": []}))
        same(bodies(storage, _A), [{"list": []}], "a body that lost members with its next version")

    def test_a_body_may_be_written_in_any_way(self) -> None:
        """Spaces, escapes, exponents and the order of members in the text of a body do not change its value."""
        storage = self.fresh()
        texts = [
            '{ "b" :\t1 ,\n"a" : [ ] }',
            '{"\\u00e9\\ud83d\\ude00": "\\/\\b\\f\\n\\r\\t\\"\\\\"}',
            '{"n": 1E2, "m": -1.50e+1, "k": 12e-1, "z": 0.0}',
            '{"twice": 1, "twice": 2}',
            '{"a": {"b": {"a": {"b": {}}}}}',
        ]
        for number, text in enumerate(texts):
            storage.apply(Change(rows=(Row("space", f"{number}", 1, text),), events=(_told(text),)))
            (found,) = storage.load([Key("space", f"{number}")])
            equal(found and json.loads(found.body), json.loads(text), f"the value of the body {text}")
        equal(
            [json.loads(e.body) for e in self.entries(storage, len(texts))], [json.loads(t) for t in texts], "entries"
        )

    def test_what_is_given_stays_the_callers(self) -> None:
        """A store does not alter the lists that it is given, and what the caller does to them later alters nothing."""
        storage = self.fresh()
        rows: Any = [row("b", body={"n": 1}), row("a", body={"n": 1}, index=(("f", "2"), ("f", "1")))]
        events: Any = [_told("{}"), _told('{"x": 1}')]
        change = Change(rows, events)
        before = (list(rows), list(events))
        storage.apply(change)
        equal((rows, events), before, "the lists of a change after it was applied")
        rows.clear()
        events.clear()
        equal(bodies(storage, _A, _B), [{"n": 1}, {"n": 1}], "rows after the list of the change was emptied")
        equal(len(self.entries(storage, 2)), 2, "entries after the list of the change was emptied")
        keys = [_B, Key("space", "x"), _A, _B]
        storage.load(keys)
        equal(keys, [_B, Key("space", "x"), _A, _B], "the keys that load was given")
        equal([one and one.id for one in storage.load(tuple(keys))], ["b", None, "a", "b"], "load of a tuple of keys")

    def test_what_is_given_back_is_the_callers(self) -> None:
        """What load, find and journal have given may be altered, and stays as it is while the store goes on."""
        storage = self.fresh()
        put(storage, row("a", body={"n": 1}, index=(("f", "v"),)), row("b", body={"n": 1}))
        storage.apply(Change(events=(_told("{}"),)))
        self.entries(storage, 1)
        loaded, page, journal = storage.load([_A, _B]), storage.find("space", "f"), storage.journal()
        of_one = storage.journal(subject=_A)
        kept = (list(loaded), page.rows, list(journal), list(of_one))
        storage.apply(Change((row("a", 2, {"n": 2}, index=(("f", "w"),)), row("b", 2, {"n": 2})), (_told("{}"),)))
        self.entries(storage, 2)
        equal((list(loaded), page.rows, list(journal), list(of_one)), kept, "what was read before the store went on")
        for result in (storage.load([_A, _B]), storage.journal(), storage.journal(subject=_A), storage.load([_A])):
            _spoil(result)
        equal(bodies(storage, _A, _B), [{"n": 2}, {"n": 2}], "rows after what load gave was altered")
        equal(ids(storage.find("space", "f")), ["a"], "find after what was given was altered")
        told = (len(storage.journal()), len(storage.journal(subject=_A)))
        equal(told, (2, 2), "the journal after what it gave was altered")


def _told(body: str) -> JournalEntry:

    return JournalEntry("t", AT, "test", (_A,), body)


def _spoil(result: Sequence[object]) -> None:
    if isinstance(result, list):
        result.reverse()
        result.clear()
