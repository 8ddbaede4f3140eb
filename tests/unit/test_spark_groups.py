"""What a worker of Spark does with a partition, without Spark; on a cluster: ``tests/spark``."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
import pytest

from cantinekit.pricing import Replay, Tariff, replay
from cantinekit.pricing.replaying import _spark_groups as groups

LIST = """
[tariff]
id = "hall"
currency = "EUR"
timezone = "Europe/Paris"
[product.seat]
rate = { price = 7 }
adjust = { id = "day", at_most = 20, same = ["person", "day"] }
"""
TARIFF = Tariff.load(LIST)
COUNT = 60
ROWS = pa.table(
    {
        "id": range(100, 100 + COUNT),
        "customer": [f"m{number % 7}" for number in range(COUNT)],
        "product": ["seat"] * COUNT,
        "day": pa.array([20_000 + number % 3 for number in range(COUNT)], pa.int32()).cast(pa.date32()),
    }
)


def answers(table: pa.Table, of: list[int], **more: Any) -> list[Any]:
    """What a partition with these groups answers."""
    given = table.append_column(groups.GROUP, pa.array(of, pa.int32()))
    for name, values in more.items():
        given = given.append_column(getattr(groups, name), values)
    job = groups.Job(TARIFF.source, TARIFF.version, tuple(given.column_names), True, 4)
    return list(groups.price(job, given.to_batches(max_chunksize=8)))


def unpacked(found: list[Any], kind: int) -> list[dict[str, Any]]:
    """The rows of a kind."""
    batches = [one.select(["data"]) for one in found if one["kind"][0].as_py() == kind]
    rows = [row for one in groups.unpack(groups.columns_of(kind, True), batches) for row in one.to_pylist()]
    return sorted(rows, key=str)


def test_what_is_packed_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    """The groups of a partition give the rows and meters of a replay of all of its rows, however small the pieces are
    in which they are packed.
    """
    monkeypatch.setattr(groups, "PIECE", 5)
    found = answers(ROWS, [number % 7 % 2 for number in range(COUNT)])
    wanted: Replay = replay(TARIFF, ROWS, engine="numpy")
    assert unpacked(found, groups.ROWS) == sorted(wanted.rows.drop_columns(["version"]).to_pylist(), key=str)
    assert unpacked(found, groups.METERS) == sorted(wanted.meters.to_pylist(), key=str)
    assert not unpacked(found, groups.LOTS)
    assert sum(one["kind"][0].as_py() == groups.ROWS for one in found) >= COUNT // 5


def test_a_state_among_the_rows() -> None:
    """Opening meters go along as JSON texts in a column that is null where there is a usage: the caps of the day count
    them. The control: without them nothing is capped on the first row of the day.
    """
    day = ROWS["day"][0].as_py().isoformat()
    meters = {f"cap/hall/seat/day/person=m{number}/day={day}": 1_800 for number in range(7)}
    wanted = replay(TARIFF, ROWS, engine="numpy", meters=meters)
    states = [json.dumps(["meters", key.partition("person=")[2][:2], key, str(used)]) for key, used in meters.items()]
    nothing = pa.table(
        {name: pa.nulls(len(states), kind) for name, kind in zip(ROWS.column_names, ROWS.schema.types, strict=True)}
    )
    table = pa.concat_tables([ROWS, nothing])
    found = answers(table, [0] * table.num_rows, STATE=pa.array([None] * COUNT + states, pa.string()))
    assert unpacked(found, groups.ROWS) == sorted(wanted.rows.drop_columns(["version"]).to_pylist(), key=str)
    assert unpacked(found, groups.METERS) == sorted(wanted.meters.to_pylist(), key=str)
    assert unpacked(answers(ROWS, [0] * COUNT), groups.ROWS) != unpacked(found, groups.ROWS)


def test_ids_that_come_twice_are_found() -> None:
    """Groups tell 64 bits of each id, so that one which two groups have is found; the control: ids that differ."""
    half = COUNT // 2
    parts = [ROWS.slice(0, half), ROWS.slice(half)]
    again = parts[1].set_column(0, "id", pa.array([117, *range(500, 500 + half - 1)]))
    for second, twice in ((parts[1], 0), (again, 1)):
        both = [*answers(parts[0], [0] * half), *answers(second, [1] * half)]
        ids = [one.select(["bucket", "data"]) for one in both if one["kind"][0].as_py() == groups.IDS]
        assert sum(one.num_rows for one in ids) == 8
        assert len(list(groups.find_twice(ids))) == twice


def test_the_first_row_that_is_wrong() -> None:
    """Where rows have numbers, the first of those that are wrong is told, whatever their order is; else any."""
    wrong = ROWS.set_column(2, "product", pa.array([None if number in (9, 40) else "seat" for number in range(COUNT)]))
    backwards = wrong.take(pa.array(range(COUNT - 1, -1, -1)))
    numbered = answers(backwards, [0] * COUNT, NUMBER=pa.array(range(COUNT - 1, -1, -1)))
    assert '"wrong": [9, "product", "null", ' in numbered[-1]["told"][0].as_py()
    assert '"wrong": [0, "product", "null", ' in answers(backwards, [0] * COUNT)[-1]["told"][0].as_py()
