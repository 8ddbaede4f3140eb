"""What a replay reads of a frame: the columns that the list may ask for, and of the others the names."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet
import pytest

from cantinekit.errors import InputError, RowError
from cantinekit.pricing import Tariff, replay, replay_quotes
from cantinekit.pricing.replaying._frames import read

LIST = Tariff.load(
    """
[tariff]
id = "town"
currency = "EUR"
timezone = "Europe/Paris"
[facts]
room = ["s", "m"]
start = "text"
[product.desk]
rate = { by = "room", s = 4, m = 6 }
"""
)
ROWS: dict[str, Any] = {
    "note": ["x", "y"],
    "product": ["desk", "desk"],
    "room": ["s", "m"],
    "Room": ["m", "m"],
    "day": [date(2026, 3, 3)] * 2,
    "fact.start": ["a", "b"],
    "broken": ["1", "2"],
}
UNUSED = ("note", "Room", "broken")
GROSS = [400, 600]


@contextmanager
def relation(_: Path) -> Iterator[Any]:
    """A relation with a column that is an error as soon as it is computed."""
    table = pa.table({name: column for name, column in ROWS.items() if name != "Room"})
    with duckdb.connect() as connection:
        connection.register("given", table)
        yield connection.sql("select * replace (error(broken) as broken) from given")


@contextmanager
def file(folder: Path) -> Iterator[Any]:
    """A file of which the bytes of a column are spoilt."""
    path = folder / "visits.parquet"
    pyarrow.parquet.write_table(pa.table(ROWS), path, compression="none", use_dictionary=False)
    column = pyarrow.parquet.read_metadata(path).row_group(0).column(list(ROWS).index("broken"))
    spoilt = bytearray(path.read_bytes())
    begin = column.data_page_offset
    spoilt[begin : begin + column.total_compressed_size] = b"\xff" * column.total_compressed_size
    path.write_bytes(spoilt)
    yield path


@contextmanager
def lazy(_: Path) -> Iterator[Any]:
    """A lazy frame with a column that cannot be computed."""
    yield pl.DataFrame(ROWS).lazy().with_columns(pl.col("broken").str.to_date("%Y"))


@contextmanager
def pandas(_: Path) -> Iterator[Any]:
    """A pandas frame with a column of several types."""
    yield pd.DataFrame(ROWS | {"broken": [1, "x"]})


GIVEN: dict[Callable[[Path], Any], type[Exception]] = {
    relation: InputError,
    file: InputError,
    lazy: InputError,
    pandas: RowError,
}


def gross(rows: Any) -> list[int]:
    """The amounts of rows of any kind."""
    return [int(one) for one in read(rows).table["gross"].to_pylist()]


@pytest.mark.parametrize("given", GIVEN, ids=lambda one: one.__name__)
def test_what_nobody_asks_for_is_not_touched(given: Callable[[Path], Any], tmp_path: Path) -> None:
    """A column that no list asks for is neither computed nor converted: one that cannot be does not matter, and the
    report names it in the order of the frame.
    """
    with given(tmp_path) as usages:
        found = replay(LIST, usages)
        assert gross(found.rows) == GROSS
        there = [name for name in UNUSED if name != "Room" or given is not relation]
        assert list(found.report.unused) == there
        assert not replay_quotes(LIST, usages, ["ann"])


@pytest.mark.parametrize("given", GIVEN, ids=lambda one: one.__name__)
def test_what_is_not_touched_would_be_an_error(given: Callable[[Path], Any], tmp_path: Path) -> None:
    """The control: whoever reads all columns of these frames has an error."""
    with given(tmp_path) as usages, pytest.raises(GIVEN[given]):
        read(usages)


def test_names_that_differ_by_capitals() -> None:
    """SQL does not tell the columns ``Room`` and ``room`` apart, a replay does: the one that the list names is read."""
    with duckdb.connect() as connection:
        for names in ("'m' as \"Room\", 's' as room", "'s' as room, 'm' as \"Room\""):
            found = replay(LIST, connection.sql(f"select 'desk' as product, date '2026-03-03' as day, {names}"))
            assert gross(found.rows) == [400]
            assert found.report.unused == ("Room",)


def test_a_frame_without_any_column_that_is_known(tmp_path: Path) -> None:
    """Where no column is known, the product is missing; of each kind of frame."""
    path = tmp_path / "notes.parquet"
    table = pa.table({"note": ["x"]})
    pyarrow.parquet.write_table(table, path)
    with duckdb.connect() as connection:
        connection.register("given", table)
        for usages in (table, path, pl.from_arrow(table), table.to_pandas(), connection.sql("from given")):
            with pytest.raises(InputError, match="the column 'product' is missing"):
                replay(LIST, usages)
