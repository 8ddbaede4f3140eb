"""Replays: kinds of frames, what columns may hold, the state in order, and what is said of rows that are none."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet
import pytest

from cantinekit.common.facts import MAX_FACT_TEXT
from cantinekit.errors import InputError, RowError
from cantinekit.pricing import Lot, Replay, Tariff, replay
from cantinekit.pricing.replaying import _answers, _batch, _frames, _usages
from cantinekit.pricing.replaying._columns import Column

LIST = """
[tariff]
id = "town"
currency = "EUR"
timezone = "Europe/Paris"
prices = "incl"
tax = "standard"
[tax.standard]
rates = { from = 2014-01-01, rate = "20%" }
[facts]
room = ["s", "m"]
tools = { set = ["saw", "drill"] }
tip = "money"
weight = "decimal"
night = "yes/no"
persons = "number"
start = "text"
[product.desk]
rate = { by = "room", s = 4, m = 6 }
cover = { by = "carnet", unit = "entry", partial = true }
beyond = "rate"
adjust = [
  { id = "saturday", percent = "-10%", when = { weekday = "sat" } },
  { id = "cap", at_most = 10, same = ["person", "day"] },
]
[product.both]
rate = { price = 5 }
cover = { by = "carnet", unit = "entry", takes = 2 }
beyond = "rate"
[product.hour]
rate = { price = 3, per = "1h" }
adjust = { id = "evening", percent = "-50%", when = { clock = "18:00-24:00" } }
[product.plan]
rate = { price = 8 }
cover = { id = "days", free = 2, unit = "piece", same = ["person", "month"], when = { holds = "club" } }
beyond = "rate"
[product.club]
sells = "membership"
rate = { price = 30 }
valid = { year = "calendar" }
[product.pack]
sells = "grant"
rate = { price = 30 }
grant = { account = "carnet", unit = "entry", units = 5 }
valid = { lasts = "1 month", ends = "the day before" }
"""
TOWN = Tariff.load(LIST)
Columns = dict[str, Any]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def table(**columns: Any) -> pa.Table:
    """Columns as a table; a single value stands in all rows."""
    length = max((len(one) for one in columns.values() if isinstance(one, list)), default=1)
    return pa.table({name: one if isinstance(one, list) else [one] * length for name, one in columns.items()})


def grosses(found: Replay) -> list[int | None]:
    return found.rows.column("gross").to_pylist()  # type: ignore[no-any-return]


# --- the state in order ----------------------------------------------------------------------------------------------


def test_rows_are_taken_in_the_order_of_time() -> None:
    """Rows in any order get the answer that they have in the order of time, at their own places; equal times go by the
    id.
    """
    starts = [at(f"2026-03-03T{hour:02}:00") for hour in (12, 9, 9, 10)]
    found = replay(TOWN, table(id=[1, 9, 2, 3], product="desk", room="m", customer="ann", start=starts))
    assert found.rows.column("id").to_pylist() == [1, 9, 2, 3]
    assert grosses(found) == [0, 400, 600, 0]
    assert found.rows.column("capped").to_pylist() == [600, 200, 0, 600]


@pytest.mark.parametrize("engine", ["numpy", "polars", "duckdb"])
def test_rows_that_stand_by_customer_and_time(engine: Any) -> None:
    """A frame that is sorted by customer and time gives what it gives in any other order."""
    hours = [at("2026-03-03T10:00"), at("2026-03-03T11:00"), at("2026-03-04T10:00")]
    people = ["ann"] * 3 + ["bob"] * 3 + ["cy"] * 2
    whole = table(product="desk", room="m", id=list(range(8)), customer=people, start=hours * 2 + hours[:2])
    one = replay(TOWN, whole, engine=engine)
    two = replay(TOWN, whole.take([5, 2, 7, 0, 3, 1, 6, 4]), engine=engine)
    assert grosses(one) == [600, 400, 600] * 2 + [600, 400]
    assert sorted(zip(two.rows["id"].to_pylist(), grosses(two), strict=True)) == list(enumerate(grosses(one)))
    assert dict(one.report.ways) == {engine: 8}
    assert one.meters.equals(two.meters)


def many_visits(rows: int = 600) -> pa.Table:
    """Visits of a few days in no order, of some customers and of nobody; two products share a carnet."""
    each = range(rows)
    return table(
        id=list(each), product=[("desk", "desk", "both")[one % 3] for one in each],
        room=["sm"[one % 2] for one in each],
        customer=[None if one % 11 == 0 else f"c{one * 7 % 23}" for one in each],
        start=[at("2026-03-02T09:00") + timedelta(hours=one * 37 % 60) for one in each],
    )  # fmt: skip


def cut_anywhere(rows: Any, groups: Any) -> Any:
    return np.array_split(rows, 4)


@pytest.mark.parametrize("engine", ["numpy", "polars", "duckdb"])
def test_rows_are_answered_piece_by_piece(engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """How many rows are in work at once changes no answer, no meter and no lot: a piece has all rows of its customers.
    Pieces that end anywhere give something else (negative control).
    """
    visits = many_visits()
    lots = {f"c{one}": [Lot("old", "carnet", 9, at("2026-01-01T00:00"))] for one in range(0, 23, 2)}

    def answers() -> list[Any]:
        found = replay(TOWN, visits, engine=engine, lots=lots)
        return [found.rows, found.meters, found.lots]

    whole = answers()
    monkeypatch.setattr(_batch, "PIECE", 50)
    assert all(one.equals(other) for one, other in zip(answers(), whole, strict=True))
    monkeypatch.setattr(_batch, "_pieces", cut_anywhere)
    assert not answers()[0].equals(whole[0])


def test_what_was_bought_first_comes_first() -> None:
    """Where the purchase is known, it and not the beginning says which row comes first."""
    days = [date(2026, 3, 3)] * 3
    bought = [at("2026-03-02T12:00"), at("2026-03-01T12:00"), None]
    found = replay(TOWN, table(product="desk", room="m", customer="ann", day=days, bought=bought))
    assert grosses(found) == [400, 600, 0]
    lots = {"ann": [Lot("one", "carnet", 1, at("2026-01-01"))]}
    days = [date(2026, 3, 5), date(2026, 3, 4), date(2026, 3, 6)]
    rows = table(product="desk", room="m", customer="ann", day=days, bought=bought)
    assert grosses(replay(TOWN, rows, lots=lots)) == [600, 0, 600]
    starts = [at("2026-03-05T09:00"), at("2026-03-03T09:00"), at("2026-03-03T13:00")]
    noon = table(product="desk", room="m", customer="ann", start=starts, bought=[date(2026, 3, 3), None, None])
    assert [grosses(replay(TOWN, noon.take(some), lots=lots)) for some in ([0, 1], [0, 2])] == [[600, 0], [0, 600]]


def test_a_carnet_is_bought_used_and_over() -> None:
    """A lot that a row buys covers later rows, in part or all or nothing as the list says, until its validity ends."""
    days = [date(2026, 3, 2), date(2026, 3, 1), date(2026, 3, 31), date(2026, 4, 1), date(2026, 4, 2)]
    rows = table(
        id=["buy", "before", "four", "two", "after"],
        product=["pack", "desk", "desk", "both", "desk"],
        room=[None, "s", "s", None, "s"],
        count=[1, 1, 4, 1, 1],
        customer="ann",
        day=days,
    )
    found = replay(TOWN, rows)
    assert grosses(found) == [3_000, 400, 0, 500, 400]
    assert found.rows.column("covered").to_pylist() == [0, 0, 4, 0, 0]
    (lot,) = found.lots.to_pylist()
    assert (lot["customer"], lot["lot"], lot["account"], lot["left"]) == ("ann", "buy, 1, carnet", "carnet", 1)
    assert (lot["bought"], lot["expires"]) == (at("2026-03-01T23:00"), at("2026-04-01T22:00"))


def test_a_partial_cover_leaves_a_rest() -> None:
    """A partial cover gives what the lot has, and the rest is paid."""
    lots = {"ann": [Lot("old", "carnet", 3, at("2026-01-01"))]}
    rows = table(product="desk", room="s", count=4, customer="ann", day=date(2026, 3, 3))
    found = replay(TOWN, rows, lots=lots)
    (row,) = found.rows.to_pylist()
    assert (row["covered"], row["base"], row["gross"], row["net"], row["tax"]) == (3, 400, 400, 333, 67)
    assert [lot["left"] for lot in found.lots.to_pylist()] == [0]


def test_a_lot_is_there_from_its_purchase_on() -> None:
    """A lot of the opening state covers nothing before the day on which it was bought."""
    lots = {"ann": [Lot("later", "carnet", 9, at("2026-03-03T12:00"))]}
    rows = table(product="desk", room="s", customer="ann", day=[date(2026, 3, 2), date(2026, 3, 3)])
    assert grosses(replay(TOWN, rows, lots=lots)) == [400, 0]


def test_allowances_begin_again_with_their_period() -> None:
    """An allowance of a month is there again in the next one; who does not hold the plan has none."""
    days = [date(2026, 3, 30), date(2026, 3, 31), date(2026, 3, 31), date(2026, 4, 1)]
    rows = table(product="plan", customer=["ann", "ann", "ann", "ann"], day=days, holds=[["club"]] * 4)
    found = replay(TOWN, rows)
    assert grosses(found) == [0, 0, 800, 0]
    assert found.rows.column("covered").to_pylist() == [1, 1, 0, 1]
    used = {row["meter"].partition("person=ann/")[2]: row["used"] for row in found.meters.to_pylist()}
    assert used == {"month=2026-03": 2, "month=2026-04": 1}
    nobody = replay(TOWN, table(product="plan", customer="ann", day=days, holds=[[]] * 4))
    assert grosses(nobody) == [800] * 4


def test_meters_go_on_from_where_they_stand() -> None:
    """A meter that is given is where the first row begins; a second replay goes on from the meters of the first."""
    row = {"product": "desk", "room": "m", "customer": "a/b", "day": date(2026, 3, 3)}
    first = replay(TOWN, table(**row))
    assert [one["customer"] for one in first.meters.to_pylist()] == ["a/b"]
    stand = {one["meter"]: one["used"] for one in first.meters.to_pylist()}
    assert grosses(replay(TOWN, table(**row), meters=stand)) == [400]


def test_who_is_not_named_shares_nothing() -> None:
    """Rows of nobody share no cap, whether the name is null or empty."""
    found = replay(TOWN, table(product="desk", room="m", customer=[None, "", None], day=date(2026, 3, 3)))
    assert grosses(found) == [600] * 3
    assert found.meters.num_rows == 0


def test_a_refused_row_has_no_amounts_and_moves_nothing() -> None:
    """A product that the list does not have is refused by its row, and the others are priced."""
    rows = table(product=["desk", "gone", "desk"], room="m", customer="ann", day=date(2026, 3, 3))
    found = replay(TOWN, rows)
    refused = found.rows.to_pylist()[1]
    assert refused["refused"] == "unpublished"
    assert all(refused[name] is None for name in ("base", "covered", "capped", "discounted", "gross", "net", "tax"))
    assert grosses(found) == [600, None, 400]
    assert (found.report.rows, found.report.priced, dict(found.report.refused)) == (3, 2, {"unpublished": 1})


def test_the_clock_of_the_list_counts() -> None:
    """The local hour and day are those of the zone of the list, in the night in which the clocks change too."""
    starts = [at("2026-03-03T16:59"), at("2026-03-03T17:00"), at("2026-10-25T16:59"), at("2026-10-25T17:00")]
    starts += [at("2026-03-29T15:59"), at("2026-03-29T16:00")]
    found = replay(TOWN, table(product="hour", start=starts, minutes=60))
    assert grosses(found) == [300, 150] * 3
    late = replay(TOWN, table(product="desk", room="s", start=[at("2026-10-23T22:30"), at("2026-10-24T22:30")]))
    assert grosses(late) == [360, 400]


@pytest.mark.parametrize("engine", ["phases", "programs", "numpy", "polars", "duckdb"])
def test_how_many_rows_have_an_answer_is_told(engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told in ascending order, row by row in steps and of columns at once, and at last of all rows, each counted
    once: those that give units, that have no price and that columns leave to others too.
    """
    monkeypatch.setattr(_answers, "_STEP", 10)
    products = ["desk", "both", "gone", "pack", "hour"] * 5
    rows = table(product=products, room="m", customer="ann", day=date(2026, 3, 3))
    told: list[int] = []
    replay(TOWN, rows, engine=engine, told=told.append)
    assert told == sorted(set(told))
    assert told[-1] == 25
    assert len(told) > 1
    if engine in ("phases", "programs"):
        assert told == [10, 20, 25]
    nothing: list[int] = []
    replay(TOWN, rows[:0], engine=engine, told=nothing.append)
    assert nothing == []


# --- columns ---------------------------------------------------------------------------------------------------------


def test_a_length_alone_has_no_clock() -> None:
    """A length without a beginning is priced where the hours do not matter, and refused where they do."""
    rows = table(product="hour", minutes=90, day=date(2026, 3, 3))
    assert replay(TOWN, rows).rows.column("refused").to_pylist() == ["incomplete"]
    plain = Tariff.load(
        LIST.replace('adjust = { id = "evening", percent = "-50%", when = { clock = "18:00-24:00" } }', "")
    )
    assert grosses(replay(plain, rows)) == [450]


def test_facts_of_all_kinds() -> None:
    """Facts come as texts, categories, lists, truths, numbers, decimals and minor units; null is not given."""
    rows = pa.table(
        {
            "product": ["desk", "desk"],
            "room": pa.array(["s", "m"]).dictionary_encode(),
            "tools": [["saw"], None],
            "tip": [100, None],
            "weight": [Decimal("1.50"), Decimal(2)],
            "night": [True, None],
            "persons": pa.array([1, 2], pa.uint64()),
            "fact.start": ["early", "late"],
            "day": [date(2026, 3, 3)] * 2,
        }
    )
    assert grosses(replay(TOWN, rows)) == [400, 600]


DESKS = pl.DataFrame({"product": ["desk"] * 2, "room": ["s", "m"], "start": [at("2026-03-03T10:00")] * 2})
OTHERS: tuple[tuple[str, Any], ...] = (
    ("categories", DESKS.with_columns(pl.col("room").cast(pl.Categorical), pl.col("product").cast(pl.Enum(["desk"])))),
    ("nanoseconds of a zone", DESKS.with_columns(pl.col("start").cast(pl.Datetime("ns", "Europe/Paris")))),
    ("milliseconds of a zone", DESKS.with_columns(pl.col("start").cast(pl.Datetime("ms", "America/New_York")))),
    (
        "columns of nulls",
        DESKS.with_columns(holds=None, codes=None, bought=None, night=None, persons=None, weight=None),
    ),
    ("chunks", pa.concat_tables([DESKS[:1].to_arrow(), DESKS[1:].to_arrow()])),
    ("texts by view", DESKS.to_arrow().set_column(1, "room", DESKS.to_arrow()["room"].cast(pa.string_view()))),
    ("types of pandas", DESKS.to_pandas().convert_dtypes()),
    ("types of Arrow in pandas", DESKS.to_pandas().convert_dtypes(dtype_backend="pyarrow")),
    ("an index of pandas", DESKS.to_pandas().assign(name=["a", "b"]).set_index("name")),
)


@pytest.mark.parametrize("given", [one for _, one in OTHERS], ids=[what for what, _ in OTHERS])
def test_columns_of_other_types_that_say_the_same(given: Any) -> None:
    """A column is read whatever its engine calls its type, as long as it says what is meant."""
    gross = replay(TOWN, given).rows["gross"]
    assert (gross.to_pylist() if isinstance(given, pa.Table) else gross.to_list()) == [400, 600]


def test_what_no_price_asks_for_is_named() -> None:
    """Columns that are none of the list's are not read, and the report names them."""
    rows = table(product="desk", room="s", day=date(2026, 3, 3), colour="red", charged=4.0)
    assert replay(TOWN, rows).report.unused == ("colour", "charged")


def test_numbers_may_name_customers() -> None:
    """Customers that are whole numbers are the texts of these numbers; decimals of DuckDB are whole numbers too."""
    rows = table(product="desk", room="m", customer=[7, 7], day=date(2026, 3, 3), id=[Decimal(2), Decimal(1)])
    found = replay(TOWN, rows)
    assert grosses(found) == [400, 600]
    assert found.rows.column("id").to_pylist() == [2, 1]
    assert found.meters.column("customer").to_pylist() == ["7"]


def test_no_rows() -> None:
    """A frame without rows has a replay without rows."""
    found = replay(
        TOWN, pa.table({"product": pa.array([], pa.string()), "start": pa.array([], pa.timestamp("s", "UTC"))})
    )
    assert (found.rows.num_rows, found.meters.num_rows, found.lots.num_rows, found.report.priced) == (0, 0, 0, 0)


def test_the_report_says_who_answered() -> None:
    """Columns answer what they can, programs and phases the rest, and the report says why; "phases" asks them alone."""
    needs = 'needs = { product = "club", when = { weekday = "sat" } }'
    tariff = Tariff.load(f"{LIST}[product.group]\nrate = {{ price = 5 }}\n{needs}\n")
    rows = table(product=["desk", "group", "pack"], room="s", day=date(2026, 3, 3), customer=["ann", "ann", "bob"])
    found = replay(tariff, rows).report
    assert dict(found.ways) == {"numpy": 2, "phases": 1}
    assert dict(found.why) == {"group": "needs on a condition"}
    slower = replay(tariff, rows, engine="programs").report
    assert dict(slower.ways) == {"programs": 2, "phases": 1}
    assert dict(slower.why) == {"group": "needs on a condition"}
    assert dict(replay(tariff, rows, engine="phases").report.ways) == {"phases": 3}


def test_one_customer_does_not_take_the_columns_from_the_others() -> None:
    """Who has an expiring lot is priced row by row, and everybody else by columns; the amounts are the same."""
    lots = {
        "ann": [Lot("short", "carnet", 2, at("2026-01-01"), at("2027-01-01"))],
        "bob": [Lot("b", "carnet", 1, at("2026-01-01")), Lot("a", "carnet", 1, at("2026-01-01"), priority=1)],
    }
    days = [date(2026, 3, day) for day in (3, 4, 5)] * 2
    rows = table(product="desk", room="s", customer=["ann"] * 3 + ["bob"] * 3, day=days)
    found = replay(TOWN, rows, lots=lots)
    assert grosses(found) == [0, 0, 400] * 2
    assert found.rows.column("way").to_pylist() == ["phases"] * 2 + ["programs"] + ["numpy"] * 3
    assert found.report.why["desk"] == ""
    assert [(one["lot"], one["left"]) for one in found.lots.to_pylist()] == [("short", 0), ("a", 0), ("b", 0)]


@pytest.mark.parametrize("engine", ["numpy", "polars", "duckdb"])
def test_products_that_share_an_account_are_columns_together(engine: Any) -> None:
    """A customer with rows of two products that use one carnet is priced by columns, in the order of time."""
    lots = {"ann": [Lot("one", "carnet", 4, at("2026-01-01"))], "bob": [Lot("two", "carnet", 1, at("2026-01-01"))]}
    rows = table(
        product=["desk", "both", "desk", "both", "desk", "both"],
        customer=["ann"] * 4 + ["bob"] * 2,
        room=["s", None, "s", None, "s", None],
        day=[date(2026, 3, day) for day in (3, 4, 5, 6, 3, 4)],
    )
    found = replay(TOWN, rows, lots=lots, engine=engine)
    assert grosses(found) == [0, 0, 0, 500, 0, 500]
    assert found.rows.column("covered").to_pylist() == [1, 2, 1, 0, 1, 0]
    assert dict(found.report.ways) == {"numpy": 6}  # all or nothing is a fold
    assert [one["left"] for one in found.lots.to_pylist()] == [0, 0]


@pytest.mark.parametrize("engine", ["programs", "numpy", "polars", "duckdb"])
def test_a_scope_of_nobody_ties_all_customers(engine: Any) -> None:
    """A cap of a room and a day that two products share is counted over the rows of all customers, also where columns
    could answer one of the products alone.
    """
    pool = 'adjust = { id = "all", at_most = 7, same = ["room", "day"], pool = "room" }'
    needs = 'needs = { product = "club", when = { weekday = "sat" } }'
    text = f"{LIST}[product.a]\nrate = {{ price = 5 }}\n{pool}\n[product.b]\nrate = {{ price = 4 }}\n{needs}\n{pool}\n"
    rows = table(
        id=[1, 2, 3, 4],
        product=["a", "b", "a", "b"],
        customer=["ann", "bob", "cy", "dan"],
        room="s",
        day=[date(2026, 3, 3)] * 2 + [date(2026, 3, 4)] * 2,
    )
    assert grosses(replay(Tariff.load(text), rows, engine=engine)) == [500, 200, 500, 200]
    both = Tariff.load(text.replace(needs, ""))
    found = replay(both, rows, engine=engine)
    assert grosses(found) == [500, 200, 500, 200]
    assert found.report.ways.get("programs", 0) == (4 if engine == "programs" else 0)


@pytest.mark.parametrize("engine", ["programs", "numpy", "polars", "duckdb"])
def test_lots_that_expire_are_columns(engine: Any) -> None:
    """Lots are used by columns, each in its own time: by expiry, not after it, and not before they are bought."""
    lots = {
        "ann": [
            Lot("long", "carnet", 2, at("2026-01-02")),
            Lot("short", "carnet", 2, at("2026-01-01"), at("2026-03-04T12:00")),
            Lot("late", "carnet", 1, at("2026-03-05T12:00"), at("2026-12-31")),
            Lot("empty", "carnet", 0, at("2026-01-01"), at("2026-12-31")),
        ]
    }
    hours = ["03T10", "04T11", "04T12", "04T13", "05T09", "06T09"]
    starts = [at(f"2026-03-{hour}:00") for hour in hours]
    rows = table(product="desk", room="s", customer="ann", start=starts, minutes=60, count=[1, 1, 1, 2, 1, 2])
    found = replay(TOWN, rows, lots=lots, engine=engine)
    assert found.rows["covered"].to_pylist() == [1, 1, 1, 1, 1, 0]
    assert grosses(found) == [0, 0, 0, 400, 0, 800]
    assert {one["lot"]: one["left"] for one in found.lots.to_pylist()} == dict.fromkeys(
        ("long", "short", "late", "empty"), 0
    )
    assert found.report.ways.get("numpy", 0) == (0 if engine == "programs" else 6)


@pytest.mark.parametrize("engine", ["phases", "programs", "numpy", "polars", "duckdb"])
def test_what_is_bought_in_the_year_is_used_by_columns(engine: Any) -> None:
    """A lot that a row buys is there for the rows behind it alone, also where all of them are columns."""
    hours = ["03T09", "03T10", "03T11", "04T10", "31T10"]
    starts = [at(f"2026-03-{hour}:00") for hour in hours] + [at("2026-04-03T10:00")]
    products = ["desk", "pack", "desk", "desk", "desk", "desk"]
    rows = table(
        id=[6, 1, 2, 5, 4, 3],
        product=products,
        room="s",
        customer="ann",
        start=starts,
        minutes=60,
        count=[1, 1, 1, 2, 1, 1],
    )
    found = replay(TOWN, rows, engine=engine)
    assert grosses(found) == [400, 3_000, 0, 0, 0, 400]
    assert [(one["lot"], one["left"]) for one in found.lots.to_pylist()] == [("1, 1, carnet", 1)]
    by_columns = {"numpy": {"numpy": 6}, "polars": {"polars": 1, "numpy": 5}, "duckdb": {"duckdb": 1, "numpy": 5}}
    assert dict(found.report.ways) == by_columns.get(engine, found.report.ways)


def test_units_are_given_in_order_where_what_they_cost_is_counted() -> None:
    """What gives units is no row before all others where its price depends on what rows move, such as a cap."""
    capped = 'adjust = { id = "once", at_most = 45, same = ["person", "year"] }'
    text = LIST.replace("grant = { account", f"{capped}\ngrant = {{ account")
    starts = [at(f"2026-03-0{day}T10:00") for day in (3, 4, 5)]
    rows = table(product=["pack", "desk", "pack"], room="s", customer="ann", start=starts, minutes=60)
    found = replay(Tariff.load(text), rows)
    assert grosses(found) == [3_000, 0, 1_500]
    assert dict(found.report.ways).get("numpy", 0) == 0
    assert found.report.why["pack"] == "units that are given for what rows move"


HALL = """
[tariff]
id = "hall"
currency = "EUR"
timezone = "Europe/Paris"
prices = "incl"
[product.desk]
rate = { price = 10.00 }
cover = { by = "carnet", unit = "entry" }
beyond = "rate"
adjust = { id = "cap", at_most = 13.00, same = ["person", "day"] }
[product.club]
rate = { price = 10.00 }
adjust = { id = "fee", at_most = 15.00, same = ["person", "year"] }
[product.pack]
sells = "grant"
rate = { price = 30.00 }
grant = { account = "carnet", unit = "entry", units = 3 }
adjust = { id = "sale", percent = "-50%" }
"""
NEEDY = HALL + 'needs = { product = "club", add = true }\n'
LIMITED = HALL + '[coupon.HALF]\npercent = "-50%"\nlimit = { at_most = 1, same = ["person"] }\n'


@pytest.mark.parametrize(
    ("text", "rows", "wanted"),
    [
        (HALL, [("desk", 9, None), ("pack", 10, None), ("desk", 11, None)], [1000, 1500, 0]),
        (HALL, [("club", 9, None), ("pack", 10, "a"), ("club", 10, "a")], [1000, 1500, 500]),
        (HALL, [("desk", 9, None), ("club", 10, "a"), ("club", 10, "a"), ("club", 11, None)], [1000, 1000, 500, 0]),
        (NEEDY, [("club", 9, None), ("pack", 10, None), ("pack", 11, None)], [1000, 2000, 1500]),
        (LIMITED, [("desk", 9, None), ("pack", 10, None)], [500, 1500]),
    ],
)
@pytest.mark.parametrize("engine", ["phases", "programs", "numpy", "polars", "duckdb"])
def test_what_gives_units_takes_its_turn(engine: Any, text: str, rows: list[Any], wanted: list[int]) -> None:
    """What gives units covers no row before it, of the same day too, and where a coupon that others use up, or what is
    bought along with it, makes it cheaper, it comes after them; the value of its units is what was paid.
    """
    products, hours, orders = zip(*rows, strict=True)
    starts = [at(f"2026-03-03T{hour:02}:00") for hour in hours]
    codes = [["HALF"] if text is LIMITED else []] * len(rows)
    said = table(
        product=list(products), order=list(orders), customer="ann", start=starts, holds=[[]] * len(rows), codes=codes
    )
    found = replay(Tariff.load(text), said, engine=engine)
    assert grosses(found) == wanted
    assert set(found.lots.column("value").to_pylist()) <= {500}


@pytest.mark.parametrize("engine", ["phases", "numpy"])
def test_so_many_pieces_give_so_many_units(engine: Any) -> None:
    """Each piece of what gives units gives them, and all of them are worth what was paid for all pieces."""
    rows = table(product="pack", count=2, customer="ann", day=date(2026, 3, 3))
    (lot,) = replay(Tariff.load(HALL), rows, engine=engine).lots.to_pylist()
    assert (lot["left"], lot["value"]) == (6, 500)


@pytest.mark.parametrize("engine", ["phases", "numpy"])
def test_a_meter_beyond_what_columns_count(engine: Any) -> None:
    """Where a meter stands so high that no column counts it, the rows are left to the fold."""
    rows = table(product="desk", customer="ann", day=date(2026, 3, 3))
    (key,) = replay(Tariff.load(HALL), rows).meters.column("meter").to_pylist()
    assert grosses(replay(Tariff.load(HALL), rows, engine=engine, meters={key: 10**12})) == [0]


@pytest.mark.parametrize("many", [6, 7])
def test_so_many_lots_are_told_apart(many: int) -> None:
    """Who has more lots than columns tell apart is priced row by row; the amounts are the same."""
    lots = {"ann": [Lot(f"{n}", "carnet", 1, at("2026-01-01"), at("2027-01-01")) for n in range(many)]}
    starts = [at(f"2026-03-03T{hour:02}:00") for hour in range(8, many + 9)]
    rows = table(product="desk", room="s", customer="ann", start=starts, minutes=60)
    found = replay(TOWN, rows, lots=lots)
    assert grosses(found) == [0] * many + [400]
    assert dict(found.report.ways) == {"numpy" if many == 6 else "programs": many + 1}
    assert dict(found.report.why) == ({} if many == 6 else {"desk": ""})


TWO_ORDERS = """
[tariff]
id = "hall"
currency = "EUR"
timezone = "Europe/Paris"
prices = "incl"
[facts]
room = ["s", "m"]
[product.desk]
rate = { price = 10.00 }
cover = { by = "carnet", unit = "entry" }
beyond = "rate"
adjust = { id = "cap", at_most = 15.00, same = ["room", "day"] }
[product.seat]
rate = { price = 10.00 }
cover = { by = "carnet", unit = "entry", order = "oldest first" }
beyond = "rate"
"""


@pytest.mark.parametrize("engine", ["phases", "numpy", "polars", "duckdb"])
def test_products_that_use_lots_in_two_orders(engine: Any) -> None:
    """Each product takes the lots in its own order: what the one has taken is no more there for the other."""
    lots = [
        Lot("old", "carnet", 1, at("2026-01-01"), at("2027-01-01")),
        Lot("new", "carnet", 1, at("2026-02-01"), at("2026-06-01")),
    ]
    starts = [at("2026-03-03T09:00"), at("2026-07-03T10:00")]
    personal = Tariff.load(TWO_ORDERS.replace('["room", "day"]', '["person", "day"]'))
    for later, first, wanted, left in (
        ("desk", "desk", [0, 0], {"old": 0, "new": 0}),
        ("seat", "desk", [0, 0], {"old": 0, "new": 0}),
        ("desk", "seat", [1000, 0], {"old": 0, "new": 1}),
    ):
        rows = table(product=[later, first], customer="ann", start=starts[::-1], minutes=60, room="s")
        found = replay(personal, rows, engine=engine, lots={"ann": lots})
        assert grosses(found) == wanted
        assert {one["lot"]: one["left"] for one in found.lots.to_pylist()} == left


@pytest.mark.parametrize("engine", ["phases", "numpy", "polars", "duckdb"])
def test_lots_that_expire_under_a_cap_of_all(engine: Any) -> None:
    """Under a cap of everybody the rows of who has an expiring lot, and those of the others, are counted together."""
    lots = {"ann": [Lot("over", "carnet", 9, at("2026-01-01"), at("2026-02-01"))]}
    starts = [at(f"2026-03-03T{hour:02}:00") for hour in (9, 10, 11)]
    rows = table(product="desk", customer=["bob", "ann", "cy"], start=starts, minutes=60, room="s")
    assert grosses(replay(Tariff.load(TWO_ORDERS), rows, engine=engine, lots=lots)) == [1000, 500, 0]


AN_HOUR = {"product": "hour", "start": at("2026-03-03T09:00")}
PLAN = {"product": ["plan"] * 3, "day": date(2026, 3, 3), "customer": "ann"}


@pytest.mark.parametrize(
    "columns",
    [
        {**AN_HOUR, "end": [at("2026-03-03T10:00") + timedelta(microseconds=one) for one in (29_999_999, 30_000_000)]},
        {"product": "hour", "minutes": [60, 90]},
        {**PLAN, "holds": [None, ["club"], []]},
        {"product": "desk", "day": date(2026, 3, 3), "room": ["s", None], "customer": "ann"},
        {"product": ["desk", "desk"], "room": "s", "customer": "ann", "bought": [at("2026-03-03T09:00"), None]},
        {"product": "pack", "customer": "ann", "bought": [date(2013, 12, 31), date(2014, 1, 1)]},
        {"product": "club", "day": date(2026, 3, 3), "until": [date(2026, 12, 31), None], "customer": "ann"},
        {**AN_HOUR, "minutes": [60, 60], "weight": [Decimal("1.5"), None]},
    ],
)
@pytest.mark.parametrize("engine", ["numpy", "polars", "duckdb"])
def test_odd_rows_are_what_the_phases_make_of_them(engine: Any, columns: Columns) -> None:
    """Seconds beside a minute, lengths alone, facts and passes that nobody knows, and days of purchase: columns answer
    them as the phases do, or leave them.
    """
    one, two = (replay(TOWN, table(**columns), engine=by) for by in (engine, "phases"))
    assert one.rows.drop_columns(["way"]).equals(two.rows.drop_columns(["way"]))
    assert (one.meters.equals(two.meters), one.lots.equals(two.lots)) == (True, True)


@pytest.mark.parametrize("engine", ["phases", "numpy", "polars", "duckdb"])
def test_the_last_moment_of_a_lot_and_of_a_week(engine: Any) -> None:
    """A lot is over at the instant at which it expires, and a week with its Sunday."""
    starts = [at("2026-03-08T09:00") + timedelta(microseconds=one) for one in (-1, 0)]
    lots = {"ann": [Lot("one", "carnet", 9, at("2026-01-01"), starts[1])]}
    rows = table(product="desk", room="s", customer="ann", start=starts, minutes=60)
    assert grosses(replay(TOWN, rows, engine=engine, lots=lots)) == [0, 400]
    weekly = Tariff.load(HALL.replace('same = ["person", "year"]', 'same = ["person", "week"]'))
    days = [date(2026, 3, day) for day in (7, 8, 9)]
    assert grosses(replay(weekly, table(product="club", customer="ann", day=days), engine=engine)) == [1000, 500, 1000]


def test_columns_leave_the_lots_in_their_order() -> None:
    """Units that columns take come off the lots in the order in which a question would use them."""
    lots = {"bob": [Lot("b", "carnet", 2, at("2026-01-01")), Lot("a", "carnet", 2, at("2026-01-01"), priority=1)]}
    rows = table(product="desk", room="s", customer="bob", day=[date(2026, 3, 3)] * 3)
    found = replay(TOWN, rows, lots=lots)
    assert dict(found.report.ways) == {"numpy": 3}
    assert [(one["lot"], one["left"]) for one in found.lots.to_pylist()] == [("a", 1), ("b", 0)]


@pytest.mark.parametrize("expires", [None, at("2027-01-01")])
def test_a_row_that_columns_refuse_says_why(expires: datetime | None) -> None:
    """A row without a price is asked of the phases, with the state that the columns had before it, also of lots that
    are told apart.
    """
    text = LIST.replace('takes = 2 }\nbeyond = "rate"', 'takes = 2 }\nbeyond = "refuse"')
    lots = {"ann": [Lot("one", "carnet", 3, at("2026-01-01"), expires)]}
    rows = table(product="both", customer=["ann", "ann", "bob"], start=at("2026-03-03T09:00"), minutes=60)
    found = replay(Tariff.load(text), rows, lots=lots)
    assert found.rows.column("refused").to_pylist() == [None, "limit_reached", "missing"]
    assert found.rows.column("way").to_pylist() == ["numpy", "phases", "phases"]
    assert grosses(found) == [0, None, None]


def test_a_grant_that_gives_no_lot_is_counted() -> None:
    """Units that nobody is named for give no lot, and the report says so."""
    found = replay(TOWN, table(product="pack", customer=[None, "ann"], day=date(2026, 3, 3)))
    assert found.lots.num_rows == 1
    assert dict(found.report.not_given) == {"nobody": 1}


# --- kinds of frames -------------------------------------------------------------------------------------------------

ROWS: Columns = {
    "id": ["a", "b", "c"],
    "product": ["desk", "desk", "gone"],
    "room": ["s", "m", None],
    "customer": ["ann", "ann", "bob"],
    "start": [at("2026-03-03T10:00"), at("2026-03-03T11:00"), at("2026-03-03T12:00")],
    "holds": [[], ["club"], None],
}
AMOUNTS = [("a", 400), ("b", 600), ("c", None)]


def test_polars_frames() -> None:
    """A Polars frame gives Polars frames, a lazy one lazy ones."""
    found = replay(TOWN, pl.DataFrame(ROWS))
    assert found.rows.select("id", "gross").rows() == AMOUNTS
    assert found.rows.schema["gross"] == pl.Int64
    lazy = replay(TOWN, pl.DataFrame(ROWS).lazy())
    assert isinstance(lazy.rows, pl.LazyFrame)
    assert lazy.rows.collect().equals(found.rows)
    assert isinstance(lazy.lots, pl.LazyFrame)


def test_pandas_frames() -> None:
    """A pandas frame gives pandas frames, whose integers stay integers where an amount is missing."""
    frame = pd.DataFrame(ROWS)
    found = replay(TOWN, frame)
    assert isinstance(found.rows, pd.DataFrame)
    assert isinstance(found.meters, pd.DataFrame)
    assert str(found.rows["gross"].dtype) == "Int64"
    assert [None if one is pd.NA else int(one) for one in found.rows["gross"]] == [400, 600, None]
    days = frame.drop(columns="start").assign(day=pd.to_datetime(["2026-03-03"] * 3))
    assert found.rows["gross"].equals(replay(TOWN, days).rows["gross"])


def test_duckdb_relations() -> None:
    """A DuckDB relation gives relations of its own connection."""
    with duckdb.connect() as connection:
        connection.register("given", pa.table(ROWS))
        given = connection.sql("select * from given")
        found = replay(TOWN, given)
        assert isinstance(found.rows, duckdb.DuckDBPyRelation)
        assert found.rows.select("id", "gross").fetchall() == AMOUNTS
        assert found.rows.set_alias("r").join(given.set_alias("g"), "r.id = g.id").count("*").fetchall() == [(3,)]
        assert found.meters.fetchall()[0][0] == "ann"


def test_duckdb_relations_are_read_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """A relation of many batches, each with other texts, is priced as one table, and what is wrong is said with the row
    of all of them.
    """
    monkeypatch.setattr(_frames, "_BATCH", 2_048)
    text = "select i as id, 'desk' as product, 'c' || i // 3 as customer, {} as room, date '2026-03-02' as day"
    with duckdb.connect() as connection:
        visits = connection.sql(f"{text.format('CASE WHEN i < 4000 THEN $$s$$ ELSE $$m$$ END')} from range(9000) r(i)")
        whole = replay(TOWN, visits.to_arrow_table(), engine="duckdb")
        assert replay(TOWN, visits).rows.fetchall() == [tuple(row.values()) for row in whole.rows.to_pylist()]
        wrong = connection.sql(f"{text.format('CASE WHEN i = 7001 THEN $$x$$ ELSE $$m$$ END')} from range(9000) r(i)")
        with pytest.raises(RowError) as caught:
            replay(TOWN, wrong)
    assert (caught.value.row, caught.value.column) == (7_001, "room")


@pytest.mark.parametrize("words", [["m", "s", "x"], ["m", "s", "m"], ["m", "s", None]], ids=["unused", "twice", "null"])
def test_dictionaries_of_somebody_else(words: list[str | None]) -> None:
    """A column of a dictionary with a word that no row has, one that comes twice or null says what its texts say."""
    places = [0, 1, 1] if "x" in words else [0, 1, 2]
    found = pa.DictionaryArray.from_arrays(pa.array(places, pa.int8()), pa.array(words))
    for name in ("room", "customer"):
        columns = {"room": "m", "customer": ["ann", "bob", "cy"]} | {name: found.to_pylist()}
        texts = table(product="desk", day=date(2026, 3, 3), **columns)
        coded = texts.set_column(texts.column_names.index(name), name, found)
        assert replay(TOWN, coded).rows.equals(replay(TOWN, texts).rows)


@pytest.mark.parametrize("step", [1, 10**6, 7 * 10**12], ids=["micros", "seconds", "centuries"])
def test_rows_are_sorted_by_their_instants(step: int) -> None:
    """Rows go by their instants and where these are the same by their own order, whether the instants are whole seconds
    that have room for the number of the row or not.
    """
    instants = np.random.default_rng(3).integers(0, 50, 3_000) * step
    assert _usages._sorted(instants).tolist() == np.argsort(instants, kind="stable").tolist()
    assert _usages._sorted(instants[:0]).tolist() == []


def test_parquet_files(tmp_path: Any) -> None:
    """The path of a Parquet file gives Arrow tables."""
    path = tmp_path / "visits.parquet"
    pyarrow.parquet.write_table(pa.table(ROWS), path)
    for given in (path, str(path)):
        found = replay(TOWN, given)
        assert isinstance(found.rows, pa.Table)
        assert list(zip(*(found.rows.column(name).to_pylist() for name in ("id", "gross")), strict=True)) == AMOUNTS


@pytest.mark.parametrize("given", [None, [{"product": "desk"}], {"product": ["desk"]}, pl.Series([1])])
def test_other_kinds_are_refused(given: Any) -> None:
    """What is no frame is an ``InputError`` that names the kinds there are."""
    with pytest.raises(InputError, match="usages are a Polars or pandas frame"):
        replay(TOWN, given)


def test_a_file_that_is_none(tmp_path: Any) -> None:
    """A path without a Parquet file is an ``InputError``."""
    (tmp_path / "x.parquet").write_text("product")
    for path, said in ((tmp_path / "x.parquet", "cannot be read"), (tmp_path / "y.parquet", "there is no file")):
        with pytest.raises(InputError, match=said):
            replay(TOWN, path)


def test_a_package_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without its packages a replay says which extra to install."""
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(InputError, match=r"this needs pyarrow: pip install 'cantinekit\[replay\]'"):
        replay(TOWN, pa.table(ROWS))


def test_an_engine_that_there_is_not() -> None:
    """An unknown engine is an ``InputError`` that names those there are."""
    with pytest.raises(InputError, match="no engine 'abacus'; there are phases, programs, numpy, polars, duckdb"):
        replay(TOWN, pa.table(ROWS), engine="abacus")  # type: ignore[arg-type]


# --- rows that are none ----------------------------------------------------------------------------------------------

GOOD: Columns = {"product": "desk", "room": "s", "day": date(2026, 3, 3)}
ZONED = pa.timestamp("us", "UTC")
HOUR = timedelta(hours=1)
TEN = at("2026-03-03T10:00")
WRONG: tuple[tuple[str, Columns, int, str, str], ...] = (
    ("a product that is null", {"product": ["desk", None]}, 1, "product", "null"),
    ("an empty product", {"product": ["desk", ""]}, 1, "product", "value"),
    ("an id that is null", {"id": ["a", None]}, 1, "id", "null"),
    ("ids twice", {"id": [3, 4, 3]}, 2, "id", "duplicate"),
    ("texts twice as ids", {"id": ["a", "b", "b"]}, 2, "id", "duplicate"),
    ("floats as ids", {"id": [1.0, 2.0]}, 0, "id", "float"),
    ("a count that is null", {"count": [1, None]}, 1, "count", "null"),
    ("no pieces", {"count": [1, 0]}, 1, "count", "range"),
    ("a count of floats", {"count": [None, 1.0]}, 0, "count", "null"),
    ("floats", {"persons": [None, 2.0]}, 1, "persons", "float"),
    ("a fraction", {"persons": [Decimal("1.0"), Decimal("1.5")]}, 0, "persons", "type"),
    ("beyond 64 bits", {"persons": pa.array([1, 2**63], pa.uint64())}, 1, "persons", "range"),
    ("far beyond 64 bits", {"tip": [Decimal(1), Decimal(2**70)]}, 1, "tip", "range"),
    ("far below 0", {"tip": [Decimal(1), Decimal(-(2**70))]}, 1, "tip", "range"),
    ("money in floats", {"tip": [1.5]}, 0, "tip", "float"),
    ("money below 0", {"tip": [5, -5]}, 1, "tip", "range"),
    ("a number beyond what a fact may be", {"persons": [5, 100_001]}, 1, "persons", "range"),
    ("a weight of floats", {"weight": [1.5]}, 0, "weight", "float"),
    ("a weight with too many places", {"weight": [Decimal(1), Decimal("0.00001")]}, 1, "weight", "range"),
    ("too large a weight", {"weight": [Decimal("100000.1")]}, 0, "weight", "range"),
    ("a value of no axis", {"room": ["s", "xl"]}, 1, "room", "value"),
    ("a text for a truth", {"night": ["yes"]}, 0, "night", "type"),
    ("a tool that there is not", {"tools": [["saw"], ["axe"]]}, 1, "tools", "value"),
    ("no tool", {"tools": [["saw"], []]}, 1, "tools", "value"),
    ("a text for a list", {"tools": ["saw"]}, 0, "tools", "type"),
    ("a word that is null", {"holds": [["club"], [None]]}, 1, "holds", "null"),
    ("an empty word", {"holds": [["club"], [""]]}, 1, "holds", "value"),
    ("a word with a NUL", {"holds": [["club"], ["cl\x00ub"]]}, 1, "holds", "value"),
    ("a code twice", {"codes": [["A"], ["A", "A"]]}, 1, "codes", "duplicate"),
    ("a text with a NUL", {"customer": ["a", "a\x00"]}, 1, "customer", "value"),
    ("too long a text", {"customer": ["a", "a" * 201]}, 1, "customer", "value"),
    ("another currency", {"currency": ["EUR", "CHF"]}, 1, "currency", "currency"),
    ("no currency", {"currency": ["EUR", None]}, 1, "currency", "null"),
    ("naive times", {"day": None, "start": [None, TEN.replace(tzinfo=None)]}, 1, "start", "naive"),
    ("a naive purchase", {"bought": [None, TEN.replace(tzinfo=None)]}, 1, "bought", "naive"),
    ("a day with an hour", {"day": [datetime(2026, 3, 3), datetime(2026, 3, 3, 1)]}, 1, "day", "naive"),
    ("a text for a time", {"start": ["2026-03-03"]}, 0, "start", "type"),
    ("a text for a day", {"day": ["2026-03-03"]}, 0, "day", "type"),
    ("a time before 1970", {"day": None, "start": [TEN, at("1969-12-31")]}, 1, "start", "range"),
    ("a time beyond all calendars", {"day": None, "start": pa.array([0, 2**62], ZONED)}, 1, "start", "range"),
    ("a day before 1970", {"day": [date(1969, 12, 31)]}, 0, "day", "range"),
    ("another day than that of the beginning", {"start": [TEN, TEN + 24 * HOUR]}, 1, "day", "value"),
    ("an end before the beginning", {"start": [TEN] * 2, "end": [TEN + HOUR, TEN]}, 1, "end", "value"),
    ("an end without a beginning", {"start": [TEN, None], "end": [TEN + HOUR] * 2}, 1, "end", "null"),
    ("no length", {"start": TEN, "minutes": [1, 0]}, 1, "minutes", "range"),
    ("a last day before the first", {"until": [date(2026, 3, 3), date(2026, 3, 2)]}, 1, "", "value"),
)  # fmt: skip


@pytest.mark.parametrize(
    ("columns", "row", "column", "problem"), [one[1:] for one in WRONG], ids=[one[0] for one in WRONG]
)
def test_rows_that_are_none(columns: Columns, row: int, column: str, problem: str) -> None:
    """What is wrong with a row is a ``RowError`` with the row, the column and the problem."""
    values = {**GOOD, **columns}
    length = max(len(one) for one in values.values() if isinstance(one, (list, pa.Array)))
    given = {
        name: one if isinstance(one, (list, pa.Array)) else [one] * length
        for name, one in values.items()
        if one is not None
    }
    with pytest.raises(RowError) as caught:
        replay(TOWN, pa.table(given))
    assert (caught.value.row, caught.value.column, caught.value.problem) == (row, column, problem)
    assert str(caught.value).startswith(f"row {row}")


@pytest.mark.parametrize(
    ("columns", "needed"),
    [
        ({"tip": [1.5]}, "whole numbers (money in minor units)"),
        ({"persons": [1.5]}, "whole numbers"),
        ({"count": [1.5]}, "whole numbers"),
        ({"weight": [1.5]}, "exact decimals or whole numbers"),
        ({"weight": ["heavy"]}, "exact decimals or whole numbers"),
    ],
)
def test_what_is_needed_is_said(columns: Columns, needed: str) -> None:
    """Of a column of another type it is said what its kind of fact needs: minor units of money alone, exact decimals
    of decimals.
    """
    with pytest.raises(RowError) as caught:
        replay(TOWN, table(**{**GOOD, **columns}))
    assert str(caught.value).endswith(f"; {needed} are needed")


WHOLE: tuple[tuple[str, pa.Table], ...] = (
    ("no product", pa.table({"room": ["s"]})),
    ("a column twice", pa.table([pa.array(["desk"]), pa.array(["desk"])], names=["product", "product"])),
    ("an end and a length", table(**GOOD, start=TEN, end=TEN + HOUR, minutes=60)),
    ("an end without a column of beginnings", table(**GOOD, end=TEN)),
    ("a fact twice", table(**GOOD, **{"fact.room": "s"})),
)


@pytest.mark.parametrize("given", [one for _, one in WHOLE], ids=[what for what, _ in WHOLE])
def test_frames_that_are_none(given: pa.Table) -> None:
    """A frame whose columns do not go together is an ``InputError``."""
    with pytest.raises(InputError):
        replay(TOWN, given)


@pytest.mark.parametrize("values", [[1, 2, "many"], [1, 2, 2**64], [1, 2, [3]]])
def test_a_pandas_column_of_several_types(values: list[Any]) -> None:
    """A column of objects of several types is a ``RowError`` with the first row that does not fit."""
    with pytest.raises(RowError) as caught:
        replay(TOWN, pd.DataFrame({"product": ["desk"] * 3, "persons": pd.Series(values, dtype=object)}))
    assert (caught.value.row, caught.value.column, caught.value.problem) == (2, "persons", "type")


def test_integers_of_128_bits() -> None:
    """Integers that Arrow has no type for are read where they fit into 64 bits, and refused with the row elsewhere."""
    frame = pl.DataFrame({"product": ["desk"] * 2, "room": ["s"] * 2, "day": [date(2026, 3, 3)] * 2})
    wide = frame.with_columns(id=pl.Series([4, 2**63 - 1], dtype=pl.Int128))
    assert replay(TOWN, wide).rows["id"].to_list() == [4, 2**63 - 1]
    with pytest.raises(RowError) as caught:
        replay(TOWN, frame.with_columns(id=pl.Series([4, 2**63], dtype=pl.Int128)))
    assert (caught.value.row, caught.value.column, caught.value.problem) == (1, "id", "range")


def test_missing_integers_of_pandas_are_floats() -> None:
    """A column of integers that pandas made floats because one is missing is refused; its nullable kind is read."""
    rows = {"product": ["desk"] * 2, "room": ["s"] * 2, "persons": [2, None]}
    with pytest.raises(RowError) as caught:
        replay(TOWN, pd.DataFrame(rows))
    assert caught.value.problem == "float"
    assert replay(TOWN, pd.DataFrame(rows | {"persons": pd.array([2, None], "Int64")})).report.rows == 2


def test_the_last_values_that_are_taken() -> None:
    """An instant and a day are taken from the first of 1970 to the last of 9997, and a text with so many characters:
    one more is refused.
    """
    for unit, second in (("s", 1), ("ms", 10**3), ("us", 10**6)):
        last = int((at("9998-01-01") - at("1970-01-01")).total_seconds())
        for value, fits in ((0, True), (last * second - 1, True), (-1, False), (last * second, False)):
            column = Column("start", pa.array([value], pa.timestamp(unit, "UTC")))
            assert_taken(column.instants, fits)
    for day, fits in ((date(1970, 1, 1), 1), (date(9997, 12, 31), 1), (date(1969, 12, 31), 0), (date(9998, 1, 1), 0)):
        assert_taken(Column("day", pa.array([day], pa.date32())).days, bool(fits))
    for length, fits in ((MAX_FACT_TEXT, True), (MAX_FACT_TEXT + 1, False)):
        assert_taken(Column("room", pa.array(["x" * length])).texts, fits)
        assert_taken(Column("holds", pa.array([["x" * length]])).words, fits)


def assert_taken(read: Callable[[], Any], fits: bool) -> None:
    if fits:
        read()
    else:
        with pytest.raises(RowError):
            read()


def test_state_that_is_none() -> None:
    """Meters below 0 and two lots of one id are an ``InputError``."""
    lot = Lot("one", "carnet", 1, at("2026-01-01"))
    for state in ({"meters": {"a": -1}}, {"lots": {"ann": [lot, lot]}}):
        with pytest.raises(InputError):
            replay(TOWN, table(**GOOD), **state)  # type: ignore[arg-type]
