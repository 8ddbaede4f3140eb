"""The store on top of another, which previews run on."""

from __future__ import annotations

import pytest

from cantinekit.backends.memory import MemoryStorage
from cantinekit.errors import StaleVersionError
from cantinekit.plugins.ports import Change, Guard, Key, Row
from cantinekit.runtime.dry_run import DryRunStorage


def row(id: str, version: int = 1, body: str = "{}", index: tuple[tuple[str, str], ...] = ()) -> Row:
    return Row("thing", id, version, body, index)


@pytest.fixture
def beneath() -> MemoryStorage:
    store = MemoryStorage()
    store.apply(Change(rows=(row("a", index=(("f", "1"),)), row("b", index=(("f", "2"),)))))
    return store


def test_it_reads_through(beneath):
    """What was never written above is read from beneath, in the order asked for."""
    over = DryRunStorage(beneath)
    assert over.load([Key("thing", "b"), Key("thing", "z"), Key("thing", "a")]) == [
        row("b", index=(("f", "2"),)),
        None,
        row("a", index=(("f", "1"),)),
    ]


def test_writes_stay_above(beneath):
    """A change is seen above and never reaches the store beneath."""
    over = DryRunStorage(beneath)
    over.apply(Change(rows=(row("a", 2, '{"x":1}'), row("c")), removes=(Guard(Key("thing", "b"), 1),)))
    assert [r and (r.id, r.version) for r in over.load([Key("thing", k) for k in "abc"])] == [("a", 2), None, ("c", 1)]
    assert [r and (r.id, r.version) for r in beneath.load([Key("thing", k) for k in "abc"])] == [
        ("a", 1),
        ("b", 1),
        None,
    ]
    assert beneath.journal() == over.journal()


@pytest.mark.parametrize(
    "change",
    [
        Change(rows=(row("a", 1),)),
        Change(rows=(row("a", 3),)),
        Change(rows=(row("z", 2),)),
        Change(rows=(row("c"),), guards=(Guard(Key("thing", "a"), 2),)),
        Change(rows=(row("c"),), guards=(Guard(Key("thing", "z"), 1),)),
        Change(removes=(Guard(Key("thing", "b"), 7),)),
    ],
    ids=["created twice", "version skipped", "absent", "guard moved", "guard absent", "removed at another version"],
)
def test_versions_count_as_in_a_store(beneath, change):
    """A change that a store would refuse is refused above too, and nothing of it is kept."""
    over = DryRunStorage(beneath)
    with pytest.raises(StaleVersionError):
        over.apply(change)
    assert over.load([Key("thing", "c")]) == [None]
    with pytest.raises(StaleVersionError):
        beneath.apply(change)


def test_what_is_known_is_not_asked_for_again(beneath):
    """Rows that were read a moment ago count as they were read, by the same rules; what is new is new, and the store is
    asked for nothing of it. Control: without them it is asked each time."""
    known = {Key("thing", "a"): '{"x":0}', Key("thing", "z"): None}
    asked: list[Key] = []

    class Asked(MemoryStorage):
        def load(self, keys):
            asked.extend(keys)
            return beneath.load(keys)

    over = DryRunStorage(Asked(), known)
    first, none = over.load(list(known))
    assert (first.body, none) == ('{"x":0}', None)
    over.apply(Change(rows=(row("a", first.version + 1, '{"x":1}'), row("z"), row("drawn"))))
    assert asked == []
    assert [one.body for one in over.load([*known, Key("thing", "drawn")])] == ['{"x":1}', "{}", "{}"]
    for stale in (row("a", 2), row("z", 1), row("drawn", 1), row("b", 1 + 2)):
        with pytest.raises(StaleVersionError):
            over.apply(Change(rows=(stale,)))
    assert asked == [Key("thing", "b")]
    DryRunStorage(Asked()).load(list(known))
    assert asked[1:] == list(known)


def test_find_shows_what_would_be(beneath):
    """Rows that are changed, new or removed above are found as they would be."""
    over = DryRunStorage(beneath)
    over.apply(
        Change(
            rows=(row("a", 2, '{"x":1}', (("f", "1"),)), row("c", index=(("f", "3"),)), row("d", index=(("g", "3"),))),
            removes=(Guard(Key("thing", "b"), 1),),
        )
    )
    assert [(r.id, r.version) for r in over.find("thing", "f").rows] == [("a", 2), ("c", 1)]
    assert [r.id for r in over.find("thing", "f", ge="2", lt="4").rows] == ["c"]
    assert [r.id for r in over.find("thing", "f", eq="3").rows] == ["c"]
    assert [r.id for r in over.find("other", "f").rows] == []


def test_closing_it_leaves_the_store_open(beneath):
    """Closing what is above does not close what is beneath."""
    DryRunStorage(beneath).close()
    assert beneath.load([Key("thing", "a")])[0] is not None
