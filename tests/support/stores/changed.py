"""What a store says of ranges that have changed, beside what it finds."""

from __future__ import annotations

from typing import Any

from cantinekit.plugins.ports import Change, Guard, Key, Row
from cantinekit.plugins.sql import mark_of

NAMES = ("v", "name", "list", "none")
RANGES = (("paris|1", "paris}"), ("nuit|", "nuit}"), ("paris|", "paris|1"), ("paris|", "paris}"))


def check_find_changed(store: Any) -> None:
    """All ranges are read the first time; then those whose ids are others, and no range that has the same ones."""
    bodies = ['{"v":1,"name":"a","list":[1,"x"]}', '{"v":1,"name":"b%"}', '{"v":2,"name":"\'c"}']
    index = [("at", f"paris|{n}") for n in range(3)]
    store.apply(Change(rows=tuple(Row("once", f"k{n}", 1, bodies[n], (index[n],)) for n in range(3))))
    marks = asked(store, ["-"] * 4, [True] * 4)
    assert asked(store, marks, [False] * 4) == marks
    store.apply(Change(rows=(Row("once", "later", 1, '{"v":1}', (("at", "paris|2"),)),)))
    later = asked(store, marks, [True, False, False, True])
    store.apply(Change(rows=(Row("once", "other", 1, '{"v":1}', (("at", "paris|2"),)),), removes=(gone("later"),)))
    other = asked(store, later, [True, False, False, True])  # as many rows, and not the same
    assert other[0] not in (marks[0], later[0])
    store.apply(Change(removes=(gone("other"),)))
    assert asked(store, other, [True, False, False, True]) == marks
    assert asked(store, marks[::-1], [True, True, True, True]) == marks
    assert list(store.find_changed("once", "at", [], NAMES)) == []


def asked(store: Any, known: list[str], changed: list[bool]) -> list[str]:
    """The marks of the ranges, which are those of what is found; what is read is what ``find_columns`` gives."""
    found = store.find_changed("once", "at", [(*one, mark) for one, mark in zip(RANGES, known, strict=True)], NAMES)
    assert [rows is not None for _, rows in found] == changed
    for (mark, rows), (ge, lt) in zip(found, RANGES, strict=True):
        assert mark == mark_of(row.id for row in store.find("once", "at", ge=ge, lt=lt).rows)
        wanted = store.find_columns("once", "at", ge, lt, NAMES)
        assert rows is None or list(map(tuple, rows)) == list(map(tuple, wanted))
    return [mark for mark, _ in found]


def gone(id: str) -> Guard:
    """A row to remove, which was written once."""
    return Guard(Key("once", id), 1)
