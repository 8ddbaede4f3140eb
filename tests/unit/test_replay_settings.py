"""Replays of frames whose host has other settings: the answer is that of the phases, or a typed error."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.compute
import pytest

from cantinekit.errors import InputError, RowError
from cantinekit.pricing import Lot, replay, replay_late
from unit.test_replay import TOWN, at, table

PEOPLE = ["Ann", "ann", "\u00c1nn", "A\u0301nn", "a\u200bnn", None]
"""Customers who differ by capitals, an accent, how it is written, and a sign that nobody sees."""
ROWS = table(
    id=[f"{'bBaAcC'[(row + row // 6) % 6]}{row}" for row in range(24)],
    customer=PEOPLE * 4,
    product="desk",
    room=["m", "s", "m"] * 8,
    start=[at("2026-03-03T23:30")] * 12 + [at("2026-03-04T09:00")] * 12,
    tools=[["saw"], ["saw", "drill"]] * 12,
)
LOTS = {"ann": [Lot("carnet", "carnet", 2, at("2026-01-01T00:00"))]}
PLAIN = replay(TOWN, ROWS, engine="phases", lots=LOTS)
FIGURES = ("id", "base", "covered", "capped", "gross", "net", "tax", "refused")


def answers(rows: Any) -> list[tuple[Any, ...]]:
    """The rows of a result, of whatever kind, without who answered."""
    if isinstance(rows, pd.DataFrame):
        rows = pa.Table.from_pandas(rows, preserve_index=False)
    found = (
        rows
        if isinstance(rows, pa.Table)
        else rows.to_arrow()
        if isinstance(rows, pl.DataFrame)
        else rows.to_arrow_table()
    )
    return [tuple(row[name] for name in FIGURES) for row in found.to_pylist()]


def same(given: Any) -> bool:
    """Whether a frame has the plain answer, by the engine of its kind and by NumPy."""
    found = (replay(TOWN, given, engine=engine, lots=LOTS) for engine in (None, "numpy"))
    return all(answers(one.rows) == answers(PLAIN.rows) for one in found)


def test_each_customer_is_one() -> None:
    """What the settings below could change is in the rows: each customer has a cap of its own, ties go by the bytes of
    the ids, and a carnet is of one customer.
    """
    assert len({row["customer"] for row in PLAIN.meters.to_pylist()}) == 5
    assert len(set(answers(PLAIN.rows))) == 24
    merged = ROWS.set_column(1, "customer", pa.compute.utf8_lower(ROWS["customer"]))
    turned = ROWS.set_column(0, "id", pa.compute.utf8_swapcase(ROWS["id"]))
    for other in (merged, turned):
        assert [row[1:] for row in answers(replay(TOWN, other, lots=LOTS).rows)] != [
            row[1:] for row in answers(PLAIN.rows)
        ]


# --- DuckDB ----------------------------------------------------------------------------------------------------------

SETTINGS = {
    "set default_collation = 'nocase'": "select count(distinct customer) from visits",
    "set default_collation = 'noaccent'": "select count(*) from visits where customer = 'Ann'",
    "set default_order = 'desc'": "select id from visits order by encode(id)",
    "set default_null_order = 'nulls_first'": "select customer from visits order by encode(customer)",
    "set integer_division = true": "select 7 / 2",
    "set ieee_floating_point_ops = false": "select 1.0::double / 0",
    "set TimeZone = 'Asia/Tokyo'": "select min(start)::date from visits",
    "set arrow_output_version = '1.4'; set produce_arrow_string_view = true": "select customer from visits",
    "create table priced as select 1 as id": "select count(*) from duckdb_tables() where table_name = 'priced'",
    "create table usages as select 1 as id": "select count(*) from duckdb_tables() where table_name = 'usages'",
}
"""A statement of the host, and a query whose answer it changes."""


@pytest.mark.parametrize("statement", SETTINGS)
def test_settings_of_a_connection(statement: str) -> None:
    """A relation has the plain answer whatever its connection is set to and has beside. The control: a query that says
    nothing of it has another answer.
    """

    def asked() -> Any:
        try:
            found = connection.sql(SETTINGS[statement]).to_arrow_table()
        except duckdb.Error as error:
            return str(error)
        return found.schema, found.to_pylist()

    with duckdb.connect() as connection:
        connection.register("given", ROWS)
        connection.execute("create table visits as select * from given")
        before = asked()
        connection.execute(statement)
        assert same(connection.table("visits"))
        assert asked() != before


def test_a_connection_that_preserves_no_order() -> None:
    """Rows with ids have the plain answer; without ids nobody could say which row is which: that is refused, as it is
    not where the connection preserves the order.
    """
    with duckdb.connect() as connection:
        connection.register("given", ROWS)
        given = connection.sql("select * exclude id from given")
        assert len(answers(replay(TOWN, given).rows)) == 24
        connection.execute("set preserve_insertion_order = false")
        assert same(connection.sql("select * from given"))
        with pytest.raises(InputError, match="'id' is missing"):
            replay(TOWN, given)


@pytest.mark.parametrize("setting", ["python_enable_replacements", "enable_external_access"])
def test_a_connection_that_takes_no_tables(setting: str) -> None:
    """A relation cannot be made of the answers in a connection that finds no tables of Python: a typed error."""
    with duckdb.connect() as connection:
        connection.execute("create table visits as select 'desk' as product, 's' as room, date '2026-03-03' as day")
        connection.execute(f"set {setting} = false")
        with pytest.raises(InputError, match="cannot be computed"):
            replay(TOWN, connection.table("visits"))


# --- pandas, Polars --------------------------------------------------------------------------------------------------


def kept(*, infer: bool) -> Any:
    with pd.option_context("future.infer_string", infer):
        return pd.DataFrame(ROWS.to_pydict())


def turned(frame: Any) -> Any:
    words = pd.CategoricalDtype(["cy", *reversed(PEOPLE[:-1])], ordered=True)
    return frame.assign(customer=frame["customer"].astype(words)).set_index("room", drop=False)


PANDAS: dict[str, Callable[[], Any]] = {
    "objects": lambda: kept(infer=False),
    "texts": lambda: kept(infer=True),
    "nullable": lambda: ROWS.to_pandas().convert_dtypes(),
    "arrow": lambda: ROWS.to_pandas(types_mapper=pd.ArrowDtype),
    "categories turned around": lambda: turned(ROWS.to_pandas()),
    "nanoseconds": lambda: ROWS.to_pandas().assign(
        start=lambda frame: frame["start"].dt.tz_convert("Asia/Tokyo").dt.as_unit("ns")
    ),
}


@pytest.mark.filterwarnings("ignore:The 'future.infer_string' option")
def test_settings_of_pandas() -> None:
    """A frame of pandas has the plain answer whatever its columns are kept in. The control: the frames have other types
    and sort otherwise.
    """
    frames = {name: made() for name, made in PANDAS.items()}
    assert len({str(frame.dtypes.tolist()) for frame in frames.values()}) == len(frames)
    assert len({str(frame.sort_values("customer", kind="stable")["id"].tolist()) for frame in frames.values()}) == 2
    for name, frame in frames.items():
        assert same(frame), name


@pytest.mark.parametrize("name", ["start", "also"])
def test_a_naive_time_among_others_is_refused(name: str) -> None:
    """A time without a zone in a column of objects is refused with its row, wherever it stands among times with zones
    and what is missing. The control: Arrow takes it for one of UTC.
    """
    zoned, naive = datetime(2026, 3, 3, 10, tzinfo=ZoneInfo("Europe/Paris")), datetime(2026, 3, 3, 12)
    values: list[Any] = [zoned, None, pd.NaT, zoned, naive]
    frame = pd.DataFrame({"id": range(5), "product": "desk", "room": "s", "start": [zoned] * 5})
    frame[name] = pd.Series(values if name == "start" else [[zoned], None, None, [zoned], [zoned, naive]], dtype=object)
    assert pa.array([zoned, naive])[1].as_py().hour == 13
    with pytest.raises(RowError, match="no time zone") as caught:
        replay(TOWN, frame)
    assert (caught.value.row, caught.value.column, caught.value.problem) == (4, name, "naive")


def test_settings_of_polars() -> None:
    """A frame of Polars has the plain answer whatever its texts are kept in, and whatever engine Polars collects by.
    The control: these frames sort otherwise.
    """
    plain = pl.from_arrow(ROWS)
    words = pl.Enum(["cy", *reversed(PEOPLE[:-1])])
    tools = pl.col("tools").cast(pl.List(pl.Categorical))
    enum = plain.with_columns(pl.col("customer").cast(words), tools)
    assert enum.sort("customer")["id"].to_list() != plain.sort("customer")["id"].to_list()
    for frame in (plain, enum, plain.with_columns(pl.col("customer").cast(pl.Categorical))):
        for engine in ("streaming", "in-memory"):
            with pl.Config() as config:
                config.set_engine_affinity(engine)
                assert same(frame)


# --- Arrow -----------------------------------------------------------------------------------------------------------


def viewed(column: Any) -> Any:
    return column.cast(pa.string_view()).dictionary_encode()


def runs(column: Any) -> Any:
    return pa.compute.run_end_encode(column)


def listed(kind: Callable[[Any], Any], inner: Any) -> Callable[[Any], Any]:
    return lambda column: pa.array(column.to_pylist(), kind(inner))


COLUMNS: list[tuple[str, str, Callable[[Any], Any]]] = [
    *((f"views of {name}", name, viewed) for name in ("customer", "product", "room", "id")),
    *((f"runs of {name}", name, runs) for name in ("customer", "product", "room", "id", "start")),
    ("lists of words by their values", "tools", listed(pa.list_, pa.dictionary(pa.int32(), pa.string()))),
    ("lists of views", "tools", listed(pa.large_list, pa.string_view())),
    ("nanoseconds", "start", lambda column: column.cast(pa.timestamp("ns", "Asia/Tokyo"))),
    ("seconds", "start", lambda column: column.cast(pa.timestamp("s", "+02:00"))),
]


@pytest.mark.parametrize(("name", "change"), [one[1:] for one in COLUMNS], ids=[one[0] for one in COLUMNS])
def test_types_of_arrow(name: str, change: Callable[[Any], Any]) -> None:
    """A column has the plain answer in whatever type it says the same, in ``replay`` and in both frames of
    ``replay_late``.
    """
    column = ROWS.column(name).combine_chunks()
    other = ROWS.set_column(ROWS.column_names.index(name), name, change(column))
    assert other.schema != ROWS.schema
    assert same(other)
    late = replay_late(TOWN, ROWS, ROWS, lots=LOTS)
    found = replay_late(TOWN, other, other, lots=LOTS)
    assert (found.report, found.rows, found.differences) == (late.report, late.rows, late.differences)


def test_what_arrow_cannot_compute_is_refused() -> None:
    """Runs of views are for no function of Arrow, and lists of views become lists that are none: typed errors."""
    views = pa.array(ROWS["tools"].to_pylist(), pa.list_view(pa.string()))
    with pytest.raises(RowError, match="lists of texts are needed"):
        replay(TOWN, ROWS.set_column(5, "tools", views))
    views = pa.array(["s"], pa.string_view())
    rows = table(product="desk", day=date(2026, 3, 3))
    with pytest.raises(InputError, match="cannot be computed"):
        replay(TOWN, rows.append_column("room", pa.RunEndEncodedArray.from_arrays(pa.array([1]), views)))
