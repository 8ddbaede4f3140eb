"""Replays of frames that somebody else made: what they cannot say is a typed error with its place, and nothing else."""

from __future__ import annotations

from datetime import date
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from cantinekit.errors import InputError, RowError
from cantinekit.pricing import Lot, Tariff, replay, replay_late, replay_quotes
from unit.test_replay import LIST, TOWN, at, grosses, table

DAY = date(2026, 3, 3)


def raw(numbers: list[int], kind: Any, width: Any) -> Any:
    """An Arrow array with these numbers behind its values, whether they can be said as values or not."""
    return pa.Array.from_buffers(kind, len(numbers), [None, pa.py_buffer(np.array(numbers, width))])


def desks(**columns: Any) -> pa.Table:
    """Rows of a desk, with these Arrow arrays beside."""
    (length,) = {len(one) for one in columns.values()}
    return pa.table({"product": ["desk"] * length, "room": ["s"] * length, **columns})


def refused(rows: Any, tariff: Tariff = TOWN, **given: Any) -> tuple[int, str, str]:
    """The row, the column and the code of the error with which a replay is refused."""
    with pytest.raises(RowError) as caught:
        replay(tariff, rows, **given)
    return caught.value.row, caught.value.column, caught.value.problem


@pytest.mark.parametrize("name", ["room", "beside"])
def test_pandas_columns_of_one_name(name: str) -> None:
    """A pandas frame with two columns of one name is refused by name, whether a price asks for them or not."""
    frame = pd.DataFrame([["desk", "s", "m", DAY]], columns=["product", name, name, "day"])
    with pytest.raises(InputError, match=f"each once, not '{name}'"):
        replay(TOWN, frame)


def test_pandas_columns_that_nobody_asks_for() -> None:
    """A pandas column of mixed values is refused with its row where a price may ask for it; else it is not looked at,
    and the report names it.
    """
    frame = pd.DataFrame({"id": [1, 2], "product": "desk", "room": "s", "day": DAY})
    mixed = frame.assign(beside=pd.Series([1, "a"], dtype=object))
    found = replay(TOWN, mixed)
    assert (list(found.rows["gross"]), found.report.unused) == ([400, 400], ("beside",))
    assert replay_late(TOWN, mixed, mixed).report.unused == ("beside",)
    assert len(replay_quotes(TOWN, mixed.assign(customer="ann"), ["ann"])) == 2
    assert refused(frame.assign(tip=pd.Series([1, "a"], dtype=object))) == (1, "tip", "type")


def test_days_that_no_calendar_has() -> None:
    """Days beyond all calendars, and days with a time in them, are refused with their row."""
    some, high = 86_400_000 * 20_000, (2**63 - 1) // 86_400_000 * 86_400_000
    assert refused(desks(day=raw([20_000, 2**31 - 1], pa.date32(), np.int32))) == (1, "day", "range")
    assert refused(desks(day=raw([some, high], pa.date64(), np.int64))) == (1, "day", "range")
    assert refused(desks(day=raw([some, some + 5], pa.date64(), np.int64))) == (1, "day", "naive")
    assert grosses(replay(TOWN, desks(day=raw([some], pa.date64(), np.int64)))) == [400]


def test_the_first_and_the_last_day() -> None:
    """What begins or ends beyond the years that are known, if only by the zone of the list, is refused with its row."""
    rows = table(product="desk", room="s", day=[DAY, date(1970, 1, 1)])
    assert refused(rows) == (1, "day", "range")
    west = Tariff.load(LIST.replace("Europe/Paris", "America/New_York"))
    assert refused(table(product="desk", room="s", day=[DAY, date(9997, 12, 31)]), west) == (1, "day", "range")
    late = table(product="desk", room="s", start=[at("2026-03-03T10:00"), at("9997-12-31T23:30")], minutes=30)
    assert refused(late) == (1, "minutes", "range")


def test_frames_that_cannot_be_computed() -> None:
    """A lazy frame or a relation whose query fails is refused with what its library says, and that error is kept."""
    lazy = pl.DataFrame({"product": ["desk"]}).lazy().filter(pl.col("gone") == 1)
    with duckdb.connect() as connection:
        relation = connection.sql("select 'desk' as product, cast(i || 'x' as integer) as count from range(9) r(i)")
        for frame, text, home in ((lazy, "gone", "polars"), (relation, "0x", "duckdb")):
            with pytest.raises(InputError, match=f"cannot be computed: .*{text}") as caught:
                replay(TOWN, frame)
            assert type(caught.value.__cause__).__module__.startswith((home, f"_{home}"))
    with pytest.raises(InputError, match=r"cannot be computed: .*closed"):
        replay(TOWN, relation)


def test_values_behind_a_dictionary() -> None:
    """Numbers and times that a frame keeps by their different values are read as the values that they are."""
    starts = [at("2026-03-03T10:00"), at("2026-03-03T10:00")]
    columns = {"id": [8, 7], "start": starts, "count": [1, 2]}
    found = replay(TOWN, desks(**{name: pa.array(one).dictionary_encode() for name, one in columns.items()}))
    assert (found.rows["id"].to_pylist(), grosses(found)) == ([8, 7], [400, 800])
    assert refused(desks(customer=pa.array([1.5]).dictionary_encode())) == (0, "customer", "float")


@pytest.mark.parametrize("zone", ["UTC+01:00", "Z", "Nowhere/Town"])
def test_times_in_a_zone_that_python_does_not_know(zone: str) -> None:
    """An instant is one whatever its zone is called, as sessions of Spark call theirs, and one that is out of range is
    refused with its row.
    """
    kind = pa.timestamp("us", zone)
    assert grosses(replay(TOWN, desks(start=pa.array([at("2026-03-03T10:00")], kind)))) == [400]
    assert refused(desks(start=pa.array([at("2026-03-03T10:00"), at("1969-12-31T00:00")], kind))) == (
        1,
        "start",
        "range",
    )


def test_a_type_is_called_as_people_call_it() -> None:
    """A column of texts in the place of days is said to be of texts, however Arrow keeps them, and one of floats, which
    pandas makes of whole numbers where one is missing, of floats; what is needed is said too.
    """
    texts = pa.array(["2026-03-03"], pa.large_string())
    for column, said in ((texts, "is a text; days"), (texts.dictionary_encode(), "is a text; days")):
        with pytest.raises(RowError, match=f"'2026-03-03' {said} are needed"):
            replay(TOWN, table(product="desk", room="s").append_column("day", column))
    with pytest.raises(RowError, match=r"41\.0 is a float; texts or whole numbers are needed"):
        replay(TOWN, desks(customer=[41.0]))


@pytest.mark.parametrize("engine", ["phases", "programs", "numpy", "polars", "duckdb"])
def test_a_lot_is_not_lost_to_another_of_its_name(engine: Any) -> None:
    """Units of an earlier replay, whose rows had no ids as those of this one, are not overwritten by what a row buys:
    it is refused. Rows with ids of their own keep both.
    """
    lots = {"ann": [Lot("0, 1, carnet", "carnet", 2, at("2026-01-01T00:00"))]}
    rows = table(product="pack", customer="ann", day=DAY)
    assert refused(rows, engine=engine, lots=lots) == (0, "id", "duplicate")
    found = replay(TOWN, rows.append_column("id", pa.array(["new"])), engine=engine, lots=lots)
    assert [one["left"] for one in found.lots.to_pylist()] == [2, 5]


@pytest.mark.parametrize(("given", "what"), [({"lots": {5: []}}, "customer"), ({"meters": {None: 1}}, "key")])
def test_the_state_of_before_is_by_texts(given: Any, what: str) -> None:
    """Lots of a customer who is no text, which no row could find, and meters without a key are refused."""
    with pytest.raises(InputError, match=f"the {what} of .* is a text, not"):
        replay(TOWN, table(product="desk", customer=[5], room="s", day=DAY), **given)


NOBODYS = [("", "customer"), ("a" * 201, "customer"), ("a\x00", "customer"), ("", "key"), ("a\x00", "key")]


@pytest.mark.parametrize(("name", "what"), NOBODYS)
def test_the_state_of_before_is_of_somebody(name: str, what: str) -> None:
    """Lots of a customer whom no row can name, and meters by such a key, are refused in a mapping as they are in a
    frame, instead of being carried on as what no next replay takes; the longest name is taken.
    """
    given: dict[str, Any] = {"lots": {name: []}} if what == "customer" else {"meters": {name: 1}}
    rows = table(product="desk", customer="ann", room="s", day=DAY)
    with pytest.raises(InputError, match=f"the {what} of .* is empty, too long or has a NUL"):
        replay(TOWN, rows, **given)
    assert replay(TOWN, rows, lots={"a" * 200: []}, meters={"a" * 300: 1}).meters.num_rows == 2


def test_there_is_no_file() -> None:
    """A file that is not there is said to be missing, by its name."""
    with pytest.raises(InputError, match=r"there is no file 'gone\.parquet'"):
        replay(TOWN, "gone.parquet")
