"""What a store gives as the last rows of several lists, beside what it finds."""

from __future__ import annotations

from typing import Any

from cantinekit.plugins.ports import Change, Key, Row

LISTS = (
    ("k", "who", "zoe|", "zoe}", 2),
    ("k", "who", "zoe|", "zoe}", 4),
    ("k", "who", "bob|", "bob}", 1),
    ("k", "other", "", "~", 3),
    ("none", "who", "", "~", 3),
)


def check_find_newest(store: Any) -> None:
    """Each list is the first page of ``find`` backwards, which its cursor continues; rows come by their keys too."""
    lists = [(("who", "zoe|0"), ("who", "zoe|4")), (("who", "zoe|1"),), (("who", "zoe|1"),), (("who", "bob|9"),)]
    store.apply(Change(rows=tuple(Row("k", f"k{n}", 1, f'{{"n":"{n}%"}}', pairs) for n, pairs in enumerate(lists))))
    keys = [Key("k", "k2"), Key("none", "k0"), Key("k", "k0")]
    pages, bodies = store.find_newest(LISTS, keys)
    wanted = [store.find(kind, field, ge=ge, lt=lt, limit=most, reverse=True) for kind, field, ge, lt, most in LISTS]
    assert [[tuple(row) for row in rows] for rows, _ in pages] == [
        [(row.id, row.body) for row in page.rows] for page in wanted
    ]
    assert [[id for id, _ in rows] for rows, _ in pages] == [["k0", "k2"], ["k0", "k2", "k1", "k0"], ["k3"], [], []]
    assert [after is not None for _, after in pages] == [True, False, False, False, False]
    behind = store.find("k", "who", ge="zoe|", lt="zoe}", after=pages[0][1], limit=9, reverse=True).rows
    assert [row.id for row in behind] == ["k1", "k0"]
    assert list(bodies) == [row and row.body for row in store.load(keys)]
    assert store.find_newest([]) == ([], [])
    assert [rows for rows, _ in store.find_newest(LISTS[:1])[0]] == [pages[0][0]]
    assert list(store.find_newest([], keys)[1]) == list(bodies)
