"""A call is a few statements, however much it reads or writes, and what it looks for is found by the primary key."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from django.db import connections, transaction
from django.test.utils import CaptureQueriesContext

from cantinekit.plugins.ports import MAX_KEYS, Change, Guard, JournalEntry, Key, Row
from cantinekit.plugins.sql import find_condition
from cantinekit_django import _postgresql, _sqlite
from cantinekit_django._database import named, tables
from cantinekit_django.store import DjangoStorage

AT = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)


def rows(count: int, version: int = 1) -> tuple[Row, ...]:
    return tuple(Row("t", f"{n:05}", version, "{}", (("n", f"{n % 97:05}.{version}"),)) for n in range(count))


def entries(count: int) -> tuple[JournalEntry, ...]:
    return tuple(JournalEntry("made", AT, "test", (Key("t", f"{n:05}"),), "{}") for n in range(count))


@pytest.fixture
def storage(alias):
    return DjangoStorage(alias)


def statements(storage: DjangoStorage, work: object) -> int:
    with CaptureQueriesContext(connections[storage.alias]) as captured:
        work()
    return len(captured)


def test_thirty_thousand_keys_are_one_statement(storage):
    """A load of 30,000 keys is one statement, and so are a page and a part of the journal."""
    storage.apply(Change(rows=rows(300), events=entries(300)))
    keys = [Key("t", f"{n:05}") for n in range(MAX_KEYS)]
    assert statements(storage, lambda: storage.load(keys)) == 1
    assert sum(row is not None for row in storage.load(keys)) == 300
    assert statements(storage, lambda: storage.find("t", "n", limit=MAX_KEYS)) == 1
    assert statements(storage, lambda: storage.journal(limit=MAX_KEYS)) == 1
    assert statements(storage, lambda: storage.journal(subject=keys[0])) == 1


@pytest.mark.parametrize(
    "options", [{"server_side_binding": True}, {"prepare_threshold": 0}], ids=lambda o: next(iter(o))
)
def test_values_that_the_server_binds(fresh, options):
    """On PostgreSQL it makes no difference whether values are bound by the server, or statements are prepared."""
    storage = DjangoStorage(fresh("postgresql", options=options))
    for version in (1, 2):
        storage.apply(Change(rows=rows(50, version), events=entries(50)))
    storage.apply(Change(removes=(Guard(Key("t", "00000"), 2),), guards=(Guard(Key("t", "00001"), 2),)))
    found = storage.load([Key("t", "00000"), Key("t", "00001")])
    assert [row and row.version for row in found] == [None, 2]
    assert [row.id for row in storage.find("t", "n", ge="00040", limit=3).rows] == ["00040", "00041", "00042"]
    assert len(storage.journal(subject=Key("t", "00007"))) == 2


@pytest.mark.parametrize("host", [False, True], ids=["autocommit", "host"])
def test_a_change_is_a_few_statements(storage, host):
    """A change of 900 rows, removes and guards is as many statements as one of nine, at most fifteen."""
    storage.apply(Change(events=entries(1)))  # the first entry of all notes from where numbers are counted
    counts = []
    for size in (3, 300):
        storage.apply(Change(rows=tuple(Row(f"k{size}", f"{n}", 1, "{}", (("f", "a"),)) for n in range(3 * size))))
        change = Change(
            rows=tuple(Row(f"k{size}", f"{n}", 2, "{}", (("f", "b"),)) for n in range(size))
            + tuple(Row(f"k{size}", f"new{n}", 1, "{}", (("f", "c"),)) for n in range(size)),
            events=entries(size),
            guards=tuple(Guard(Key(f"k{size}", f"{size + n}"), 1) for n in range(size)),
            removes=tuple(Guard(Key(f"k{size}", f"{2 * size + n}"), 1) for n in range(size)),
        )
        if host:
            with transaction.atomic(using=storage.alias):
                storage.load([])
                counts.append(statements(storage, lambda change=change: storage.apply(change)))
        else:
            counts.append(statements(storage, lambda change=change: storage.apply(change)))
    assert counts[0] == counts[1] <= 15


def plan(alias: str, statement: str, values: list[object]) -> list[str]:
    with connections[alias].cursor() as cursor:
        if connections[alias].vendor == "sqlite":
            cursor.execute(f"EXPLAIN QUERY PLAN {statement}", values)
            return [detail for *_, detail in cursor.fetchall()]
        cursor.execute(f"EXPLAIN (FORMAT JSON) {statement}", values)
        ((found,),) = cursor.fetchall()
    return nodes((json.loads(found) if isinstance(found, str) else found)[0]["Plan"])


def nodes(node: dict) -> list[str]:
    own = f"{node['Node Type']} {node.get('Alias', '')} {node.get('Index Cond', '')}"
    return [own, *(one for child in node.get("Plans", ()) for one in nodes(child))]


def test_what_is_found_is_a_range_of_the_primary_key(storage):
    """With two tables no search reads a whole one: values and subjects are ranges of the primary keys, in order."""
    storage.apply(Change(rows=rows(5000), events=entries(5000)))
    database = _sqlite if storage._database.__class__ is _sqlite.Sqlite else _postgresql
    parts = {**tables(connections[storage.alias]), "bits": "20"}
    condition, values = find_condition(
        "%s", "t", named("n"), eq=None, ge="00010", lt="00011", position=None, reverse=False
    )
    find = database.FIND.format(**parts, condition=condition, direction="ASC")
    journal = database.JOURNAL.format(**parts)
    if database is _postgresql:
        with connections[storage.alias].cursor() as cursor:
            cursor.execute("ANALYZE cantinekit_row")
            cursor.execute("ANALYZE cantinekit_journal")
    steps = plan(storage.alias, find, [*values, 101])
    about = plan(storage.alias, journal, ["=t", "00007", 0, 101])
    if database is _sqlite:
        assert steps[0].startswith("SEARCH i USING")
        assert "(kind=? AND field=? AND value>? AND value<?)" in steps[0]
        assert not any("SCAN" in step or "TEMP B-TREE" in step for step in [*steps, *about])
    else:
        (first,) = [step for step in steps if " i " in step]
        assert first.startswith("Index")
        assert "value >=" in first
        assert not any(step.startswith(("Seq Scan", "Sort")) for step in [*steps, *about]), [*steps, *about]
