"""Promises on the questions that a store may answer beside the port: they say what ``find`` and ``load`` say."""

from __future__ import annotations

import json
import unittest
from collections.abc import Sequence
from functools import partial
from typing import Any, Protocol

from cantinekit.errors import InputError, StorageError
from cantinekit.plugins.ports import MAX_KEYS, Change, Key, Row, Storage
from cantinekit.plugins.sql.find import (
    Bodies,
    FindsBodies,
    FindsChanged,
    FindsColumns,
    FindsFirst,
    FindsMark,
    FindsNewest,
    FindsOtherBodies,
    Marked,
    mark_of_bodies,
)
from cantinekit.testing._storage_base import Base, check, equal, guard, put, refused, row

_RANGES = (("p|1", "p}"), ("none|", "none}"), ("p|", "p|1"), ("p|", "p}"), ("P|", "P}"), ("é'", "é'~"), ("z", "a"))
"""Of the values of ``_furnish``: the end, nothing, the beginning, all, other letters, odd texts, no range at all."""
_FIELDS = ("v", "name", "list", "none")
_UNANSWERED = "the store does not answer that question"


class Asked(Storage, FindsChanged, Protocol):
    """A store that says what has changed."""


class QuestionPromises(Base):
    """The questions beside the port, where a store answers them: what they say is what find and load say."""

    def test_the_first_row_of_each_range(self) -> None:
        """The answer of find_first is the first row of each range as find gives it, in the order of the ranges, None
        where a range has none.
        """
        storage = self.fresh()
        if not isinstance(storage, FindsFirst):
            raise unittest.SkipTest(_UNANSWERED)
        _furnish(storage)
        wanted = [_rows(storage, "space", "at", *one)[:1] for one in _RANGES]
        got = [[] if found is None else [found] for found in storage.find_first("space", "at", _RANGES)]
        equal(got, wanted, "the first rows of ranges")
        equal(list(storage.find_first("space", "at", ())), [], "the first rows of no ranges")
        equal(list(storage.find_first("space", "by", _RANGES[:1])), [None], "the first row by a field that nothing has")
        storage.close()
        refused(StorageError, lambda: storage.find_first("space", "at", _RANGES), "find_first after close")

    def test_fields_of_the_rows_of_a_range(self) -> None:
        """The answer of find_columns is the id and the named fields of each row that find gives for the range, as
        often and in that order, None for a field that a body has not, and a list by its JSON text.
        """
        storage = self.fresh()
        if not isinstance(storage, FindsColumns):
            raise unittest.SkipTest(_UNANSWERED)
        _furnish(storage)
        for ge, lt in _RANGES:
            wanted = [_fields(found) for found in _rows(storage, "space", "at", ge, lt)]
            got = [_read(fields) for fields in storage.find_columns("space", "at", ge, lt, _FIELDS)]
            equal(got, wanted, f"the fields of the rows from {ge!r} to {lt!r}")
        storage.close()
        refused(StorageError, lambda: storage.find_columns("space", "at", "", "~", _FIELDS), "find_columns after close")

    def test_bodies_of_ranges_and_of_keys(self) -> None:
        """The answer of find_bodies is for each range the id and the body of each row that find gives, as often and in
        that order, and for each key the body that load gives.
        """
        storage = self.fresh()
        if not isinstance(storage, FindsBodies):
            raise unittest.SkipTest(_UNANSWERED)
        _furnish(storage)
        ranges = [("space", "at", *one) for one in _RANGES] + [("space", "by", "", "~"), ("other", "at", "p|", "p}")]
        keys = [Key("space", "é'1"), Key("none", "a"), Key("other", "a"), Key("space", "a")]
        rows, bodies = storage.find_bodies(ranges, keys)
        wanted = [[(found.id, found.body) for found in _rows(storage, *one)] for one in ranges]
        equal([[tuple(one) for one in some] for some in rows], wanted, "the bodies of ranges")
        equal(list(bodies), [found and found.body for found in storage.load(keys)], "the bodies of keys")
        equal([list(part) for part in storage.find_bodies([], [])], [[], []], "the bodies of nothing")
        equal([list(part) for part in storage.find_bodies(ranges[1:2])], [[[]], []], "the bodies of a range of nothing")
        many = [Key("space", f"{n}") for n in range(MAX_KEYS + 1)]
        refused(InputError, partial(storage.find_bodies, [], many), "find_bodies of too many keys")
        storage.close()
        refused(StorageError, lambda: storage.find_bodies(ranges, keys), "find_bodies after close")

    def test_bodies_that_are_others_than_before(self) -> None:
        """The answer of find_other_bodies is None where find_bodies gives what it gave before, else what it gives: also
        where a row was removed and made again at the same version, or only the order of a range is another one.
        """
        storage = self.fresh()
        if not isinstance(storage, FindsOtherBodies):
            raise unittest.SkipTest(_UNANSWERED)
        _furnish(storage)
        ranges = [("space", "at", *one) for one in _RANGES] + [("space", "by", "", "~"), ("other", "at", "p|", "p}")]
        keys = [Key("space", "é'1"), Key("none", "a"), Key("other", "a"), Key("space", "a"), Key("space", "later")]
        seen = list[str]()

        def look(what: str, other: bool) -> None:
            told = _answer(storage.find_bodies(ranges, keys))
            mark = mark_of_bodies(*told)
            check(other != (mark in seen), f"the bodies {what} have the mark of others")
            for known in ("-", mark, *seen):
                wanted = None if known == mark else told
                found = storage.find_other_bodies(ranges, keys, known)
                equal(found and _answer(found), wanted, f"the bodies {what}")
            seen.append(mark)

        at = (("at", "p|2"),)
        look("at first", True)
        put(storage, row("beside", body={"v": 1}, index=(("at", "q"),)))
        look("once a row came beside them", False)
        put(storage, row("later", body={"v": 1}, index=at))
        look("once a row came", True)
        put(storage, row("later", 2, body={"v": 2}, index=at))
        look("once a row was altered", True)
        put(storage, row("later", 3, body={"v": 2}, index=(("at", "p|15"),)))
        look("once a row has another place", True)
        storage.apply(Change(removes=(guard(row("later", 3)),)))
        put(storage, row("later", 1, body={"v": 3}, index=at))
        look("once a row was made again", True)
        storage.apply(Change(removes=(guard(row("later")),)))
        equal(storage.find_other_bodies(ranges, keys, seen[0]), None, "the bodies of before")
        put(storage, row("other", body={"v": 3}, index=at))
        look("once a row is under another id", True)
        put(storage, row("none", body={"v": 1}, kind="none"))
        look("once a row of another kind came", False)
        put(storage, row("a", body={"v": 1}, kind="none"))
        look("once the row of a key came", True)
        for some, none in (((), keys), (ranges, ())):
            mark = mark_of_bodies(*storage.find_bodies(some, none))
            equal(storage.find_other_bodies(some, none, mark), None, "the bodies of a part")
        nothing = storage.find_other_bodies((), (), "-")
        equal(nothing and _answer(nothing), ([], []), "the bodies of nothing")
        equal(
            storage.find_other_bodies((), (), mark_of_bodies(*storage.find_bodies((), ()))),
            None,
            "the bodies of nothing, again",
        )
        many = [Key("space", f"{n}") for n in range(MAX_KEYS + 1)]
        refused(InputError, partial(storage.find_other_bodies, [], many, "-"), "find_other_bodies of too many keys")
        storage.close()
        refused(StorageError, lambda: storage.find_other_bodies(ranges, keys, "-"), "find_other_bodies after close")

    def test_the_mark_of_rows(self) -> None:
        """The mark of ranges and keys is another one once a row of theirs was written, though it be as before, came or
        went, and the same whatever is beside them.
        """
        storage = self.fresh()
        if not isinstance(storage, FindsMark):
            raise unittest.SkipTest(_UNANSWERED)
        _furnish(storage)
        ranges = [("space", "at", *one) for one in _RANGES] + [("space", "by", "", "~"), ("other", "at", "p|", "p}")]
        keys = [Key("other", "a"), Key("none", "a"), Key("space", "kept")]
        asked: Sequence[tuple[Sequence[tuple[str, str, str, str]], Sequence[Key]]]
        asked = ((ranges, ()), ((), keys), (ranges, keys))
        last = [storage.find_mark(*one) for one in asked]
        seen = [{mark} for mark in last]

        def look(what: str, *others: bool) -> None:
            for at, (one, other) in enumerate(zip(asked, (*others, any(others)), strict=True)):
                mark = storage.find_mark(*one)
                if other:
                    check(mark not in seen[at], f"the mark is one of before: {what}")
                else:
                    equal(mark, last[at], f"the mark: {what}")
                seen[at].add(mark)
                last[at] = mark

        at = (("at", "p|2"),)
        look("nothing has changed", False, False)
        put(storage, row("beside", body={"v": 1}, index=(("at", "q"),)))
        look("a row came beside them", False, False)
        for version, (what, body, index) in enumerate(
            (
                ("a row came", {"v": 1}, at),
                ("a row was altered", {"v": 2}, at),
                ("a row was written again as it was", {"v": 2}, at),
                ("a row has another place", {"v": 2}, (("at", "p|15"),)),
                ("a row is in two ranges", {"v": 2}, (("at", "p|15"), ("at", "é'0"))),
            ),
            1,
        ):
            put(storage, row("later", version, body=body, index=index))
            look(what, True, False)
        storage.apply(Change(removes=(guard(row("later", 5)),)))
        equal([storage.find_mark(*one) in of for one, of in zip(asked, seen, strict=True)], [True] * 3, "as before")
        for body, index, what in (({"v": 3}, at, "a row"), ({"v": 1}, (("at", "p|15"),), "a row in another place")):
            put(storage, row("later", 1, body=body, index=index))
            look(f"{what} was made again", True, False)
            storage.apply(Change(removes=(guard(row("later")),)))
        last = [storage.find_mark(*one) for one in asked]
        for version, what in enumerate(("came", "was altered", "was written again"), 1):
            put(storage, row("kept", version, body={"v": min(version, 2)}))
            look(f"the row of a key {what}", False, True)
        many = [Key("space", f"{n}") for n in range(MAX_KEYS + 1)]
        refused(InputError, partial(storage.find_mark, [], many), "find_mark of too many keys")
        storage.close()
        refused(StorageError, lambda: storage.find_mark(ranges, keys), "find_mark after close")

    def test_the_last_rows_of_lists(self) -> None:
        """The answer of find_newest is for each list the id and the body of each row of the first page that find gives
        backwards, with a cursor where more follow, which find goes on from, and for each key the body that load gives.
        """
        storage = self.fresh()
        if not isinstance(storage, FindsNewest):
            raise unittest.SkipTest(_UNANSWERED)
        _furnish(storage)
        lists = [("space", "at", *one, most) for one in _RANGES for most in (1, 2, 9)]
        lists += [("space", "by", "", "~", 3), ("other", "at", "p|", "p}", 1)]
        keys = [Key("space", "é'1"), Key("none", "a"), Key("other", "a"), Key("space", "a")]
        pages, bodies = storage.find_newest(lists, keys)
        for (kind, field, ge, lt, most), (rows, after) in zip(lists, pages, strict=True):
            wanted = _rows(storage, kind, field, ge, lt)[::-1]
            told = f"the last {most} rows from {ge!r} to {lt!r}"
            equal([tuple(one) for one in rows], [(found.id, found.body) for found in wanted[:most]], told)
            equal(after is not None, len(wanted) > most, f"whether more follow {told}")
            if after is not None:
                rest = storage.find(kind, field, ge=ge, lt=lt, after=after, limit=9, reverse=True).rows
                equal(list(rest), wanted[most:], f"what follows {told}")
        equal(list(bodies), [found and found.body for found in storage.load(keys)], "the bodies of keys")
        equal([list(part) for part in storage.find_newest([], [])], [[], []], "the last rows of nothing")
        equal([list(rows) for rows, _ in storage.find_newest(lists[:1])[0]], [list(pages[0][0])], "one list")
        equal(list(storage.find_newest([], keys)[1]), list(bodies), "the bodies of keys alone")
        many = [Key("space", f"{n}") for n in range(MAX_KEYS + 1)]
        refused(InputError, partial(storage.find_newest, [], many), "find_newest of too many keys")
        storage.close()
        refused(StorageError, lambda: storage.find_newest(lists, keys), "find_newest after close")

    def test_ranges_of_rows_that_have_changed(self) -> None:
        """The answer of find_changed has for each range a mark, which changes exactly when the ids of its rows do, and
        where it is not the known one the fields of its rows as find_columns gives them.
        """
        storage = self.fresh()
        if not isinstance(storage, FindsChanged):
            raise unittest.SkipTest(_UNANSWERED)
        _furnish(storage)
        first = self._changed(storage, ["-"] * len(_RANGES), [True] * len(_RANGES))
        self._changed(storage, first, [False] * len(_RANGES))
        put(storage, row("later", body={"v": 1}, index=(("at", "p|2"),)))
        touched = [(ge <= "p|2" and lt > "p|2") for ge, lt in _RANGES]
        later = self._changed(storage, first, touched)
        change = Change(rows=(row("other", body={"v": 1}, index=(("at", "p|2"),)),), removes=(guard(row("later")),))
        storage.apply(change)
        other = self._changed(storage, later, touched)  # as many rows, and not the same
        storage.apply(Change(removes=(guard(row("other")),)))
        back = self._changed(storage, other, touched)
        equal(back, first, "the marks of ranges that have the rows of before")
        equal(list(storage.find_changed("space", "at", (), _FIELDS)), [], "what has changed of no ranges")
        storage.close()
        ranges = [(*one, "-") for one in _RANGES]
        refused(StorageError, lambda: storage.find_changed("space", "at", ranges, _FIELDS), "find_changed after close")

    def _changed(self, storage: Asked, known: list[str], changed: list[bool]) -> list[str]:
        """The marks, once what is said of each range was held against ``find``."""
        ranges = [(*one, mark) for one, mark in zip(_RANGES, known, strict=True)]
        found: Sequence[Marked] = storage.find_changed("space", "at", ranges, _FIELDS)
        equal([rows is not None for _, rows in found], changed, "which ranges have changed")
        ids_of = dict[str, list[str]]()
        for (mark, rows), (ge, lt) in zip(found, _RANGES, strict=True):
            there = _rows(storage, "space", "at", ge, lt)
            ids = [one.id for one in there]
            check(ids_of.setdefault(mark, ids) == ids, "two ranges with other rows have one mark")
            if rows is not None:
                equal([_read(one) for one in rows], [_fields(one) for one in there], f"the rows from {ge!r} to {lt!r}")
        return [mark for mark, _ in found]


def _furnish(storage: Storage) -> None:
    """Rows with texts, numbers and lists, with odd texts, with two values in a range, and of another kind."""
    put(
        storage,
        row("b", body={"v": 1, "name": "b%", "more": {"name": "x"}}, index=(("at", "p|1"),)),
        row("a", body={"v": 1, "name": "", "list": [1, "x", [None, 'y"']]}, index=(("at", "p|0"), ("at", "p|10"))),
        row("c", body={"v": 2**53 + 1, "name": "'c\\\n\U0001f600", "list": []}, index=(("at", "p|2"),)),
        row("é'1", body={"v": -1, "name": None}, index=(("at", "é'"), ("of", "p|1"))),
        row("P", body={"name": "1"}, index=(("at", "P|0"), ("at", "P|0"))),
        row("a", body={"v": 3}, kind="other", index=(("at", "p|1"),)),
    )


def _answer(found: Bodies) -> tuple[list[list[tuple[str, str]]], list[str | None]]:
    """The answer of ``find_bodies`` in lists."""
    return [[(id, body) for id, body in rows] for rows in found[0]], list(found[1])


def _rows(storage: Storage, kind: str, field: str, ge: str, lt: str) -> list[Row]:
    return list(storage.find(kind, field, ge=ge, lt=lt).rows)


def _fields(found: Row) -> list[Any]:
    body = json.loads(found.body)
    return [found.id, *map(body.get, _FIELDS)]


def _read(fields: Sequence[Any]) -> list[Any]:
    """Fields as values: a list may come as its JSON text."""
    values = list(fields)
    at = 1 + _FIELDS.index("list")
    values[at] = json.loads(values[at]) if isinstance(values[at], str) else values[at]
    return values


__all__ = ["QuestionPromises"]
