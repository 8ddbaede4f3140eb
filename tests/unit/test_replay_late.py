"""Late rows: difference lines, sums, kinds of frames, and what is said of rows that do not fit."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet
import pytest

from cantinekit.errors import InputError, RowError
from cantinekit.pricing import LateReplay, Lot, Tariff, replay, replay_late
from cantinekit.pricing.replaying import _answers

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
weight = "decimal"
[product.desk]
rate = { by = "room", s = 4, m = 6 }
adjust = { id = "cap", at_most = 10, same = ["person", "day"] }
[product.lab]
rate = { price = 5 }
adjust = { id = "lab", at_most = 12, same = ["room", "day"] }
[product.tea]
rate = { price = 2 }
cover = { by = "carnet", unit = "entry" }
beyond = "rate"
[product.pack]
sells = "grant"
rate = { price = 3 }
grant = { account = "carnet", unit = "entry", units = 2 }
"""
TOWN = Tariff.load(LIST)
Row = dict[str, Any]


def at(hour: int, day: int = 3) -> datetime:
    return datetime(2026, 3, day, hour, tzinfo=UTC)


def row(
    id: Any, customer: str | None, hour: int, *, day: int = 3, product: str = "desk", room: str | None = "m"
) -> Row:
    return {"id": id, "customer": customer, "product": product, "room": room, "start": at(hour, day)}


def table(*rows: Row) -> pa.Table:
    return pa.Table.from_pylist([{name: one.get(name) for found in rows for name in found} for one in rows])


def late(one: Row, change: str | None = "late") -> Row:
    return {**one, "change": change}


def told(found: LateReplay, *names: str) -> list[tuple[Any, ...]]:
    """The lines: id, customer, change, what it was, what it is, and the difference; or these columns."""
    names = names or ("id", "customer", "change", "was_gross", "now_gross", "gross")
    return list(zip(*(found.differences.column(name).to_pylist() for name in names), strict=True))


YEAR = table(row(1, "ann", 9), row(2, "ann", 11), row(3, "bob", 9), row(4, "cy", 9, room="s"))


# --- how far it is ----------------------------------------------------------------------------------------------------


def progress(before: pa.Table, reports: pa.Table, **how: Any) -> list[int]:
    """What is told of late rows."""
    told: list[int] = []
    replay_late(TOWN, before, reports, told=told.append, **how)
    return told


@pytest.mark.parametrize("engine", ["programs", "numpy", "duckdb"])
def test_how_many_rows_are_done_is_told(engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told in ascending order, and comes to twice the rows of before and those that are reported: those that
    nobody prices anew are done at once, and those that are withdrawn too.
    """
    monkeypatch.setattr(_answers, "_STEP", 2)
    reports = table(late(row(9, "ann", 8)), late(row(2, "ann", 12), "corrected"), {"id": 3, "change": "withdrawn"})
    told = progress(YEAR, reports, engine=engine)
    assert told == sorted(set(told))
    assert told[0] > 1, "the row of who is not priced anew is done"
    assert told[-1] == 2 * YEAR.num_rows + 3
    if engine == "programs":
        assert told == [3, 4, 10, 11]


def test_what_nobody_prices_is_done_too() -> None:
    """With the answers of before only what is now is priced; where nothing is, all of it is done at once, and of no
    rows at all nothing is told.
    """
    answers = replay(TOWN, YEAR).rows
    assert progress(YEAR, table(late(row(9, "dan", 8))), rows=answers) == [9]
    alone = table(row(1, "ann", 9))
    assert progress(alone, table({"id": 1, "change": "withdrawn"}), rows=answers.slice(0, 1)) == [3]
    assert progress(alone, table({"id": 1, "change": "withdrawn"})) == [1, 3]
    nothing = YEAR.slice(0, 0)
    assert progress(nothing, nothing) == []
    assert progress(YEAR, nothing) == [8]


# --- lines -----------------------------------------------------------------------------------------------------------


def test_a_late_row_moves_those_behind_it() -> None:
    """A visit that is reported late takes the room under the cap that a later one had; nobody else is priced."""
    found = replay_late(TOWN, YEAR, table(late(row(9, "ann", 8))))
    assert told(found) == [
        (1, "ann", "moved", 600, 400, -200),
        (2, "ann", "moved", 400, 0, -400),
        (9, "ann", "late", None, 600, 600),
    ]
    assert told(found, "by", "causes") == [(["9"], 1), (["9"], 1), (None, 0)]
    assert found.rows.column("id").to_pylist() == [1, 2, 9]
    assert found.report.untouched == 2
    assert dict(found.report.changes) == {"late": 1, "corrected": 0, "withdrawn": 0}


def test_a_withdrawn_row_needs_its_id_alone() -> None:
    """Of a visit that is withdrawn only the id is read; what it was is to credit, and others may rise."""
    found = replay_late(TOWN, YEAR, pa.table({"id": [1], "change": ["withdrawn"]}))
    assert told(found) == [(1, "ann", "withdrawn", 600, None, -600), (2, "ann", "moved", 400, 600, 200)]
    assert told(found, "net", "tax") == [(-500, -100), (167, 33)]
    assert (found.report.gross, found.report.untouched) == (-400, 2)


def test_a_row_of_another_customer_product_or_day_has_two_lines() -> None:
    """What is corrected to another customer, product or day is taken from the one and added to the other, also where
    the amount is the same; a correction that changes no answer has no line.
    """
    others = [row(1, "ann", 9), row(2, "ann", 11, day=4), row(3, "dan", 9), row(4, "cy", 9, product="lab")]
    found = replay_late(TOWN, YEAR, table(*(late(one, "corrected") for one in others)))
    assert told(found) == [
        (2, "ann", "corrected", 400, None, -400),
        (2, "ann", "corrected", None, 600, 600),
        (3, "bob", "corrected", 600, None, -600),
        (4, "cy", "corrected", 400, None, -400),
        (4, "cy", "corrected", None, 500, 500),
        (3, "dan", "corrected", None, 600, 600),
    ]
    assert told(found, "product")[3:5] == [("desk",), ("lab",)]
    assert told(found, "day")[:2] == [(date(2026, 3, 3),), (date(2026, 3, 4),)]


def test_what_is_counted_for_everybody_moves_others() -> None:
    """A cap of a room moves rows of other customers, who are priced anew with all their rows; others are not."""
    year = table(
        row(1, "ann", 9, product="lab"),
        row(2, "bob", 10, product="lab"),
        row(3, "bob", 10, day=4),
        row(4, "cy", 9),
        row(5, None, 11, product="lab"),
    )
    found = replay_late(TOWN, year, table(late(row(9, "dan", 8, product="lab"))))
    assert told(found) == [
        (2, "bob", "moved", 500, 200, -300),
        (9, "dan", "late", None, 500, 500),
        (5, None, "moved", 200, 0, -200),
    ]
    assert told(found, "by") == [(["9"],), (None,), (["9"],)]
    assert found.report.everybody
    assert (found.report.customers, found.report.untouched) == (3, 1)
    assert {one["used"] for one in found.meters.to_pylist() if one["customer"] is None} == {1_200}
    own = replay_late(TOWN, year, table(late(row(9, "cy", 8))))
    assert not own.report.everybody
    assert [one["customer"] for one in own.meters.to_pylist()] == ["cy"]


def test_a_carnet_that_is_bought_earlier() -> None:
    """A carnet that is reported late covers the visits behind it; what is left of it is told of its customer alone."""
    year = table(row("a", "ann", 9, product="tea"), row("b", "ann", 10, product="tea"), row("c", "bob", 9))
    lots = {"bob": [Lot("old", "carnet", 3, at(9, 1))], "ann": iter([])}
    found = replay_late(TOWN, year, table(late(row("p", "ann", 9, day=2, product="pack"))), lots=lots)
    assert told(found, "id", "covered", "gross") == [("p", 0, 300), ("a", 1, -200), ("b", 1, -200)]
    assert [(one["customer"], one["left"]) for one in found.lots.to_pylist()] == [("ann", 0)]


def test_a_row_that_has_no_price_any_more() -> None:
    """A refusal counts as nothing: the amount that was is to credit, and the line says the code."""
    found = replay_late(TOWN, YEAR, table(late(row(3, "bob", 9, product="desk", room=None), "corrected")))
    assert told(found) == [(3, "bob", "corrected", 600, None, -600)]
    assert told(found, "was_refused", "now_refused", "net") == [(None, "incomplete", -500)]


def test_net_that_is_not_known_makes_no_difference() -> None:
    """Where the list does not say the tax, the difference of the net amount is null, and so are its sums."""
    text = LIST.replace(LIST[LIST.index("prices") : LIST.index("[facts]")], "")
    found = replay_late(Tariff.load(text), YEAR, table(late(row(9, "dan", 8))))
    assert told(found, "gross", "net", "tax") == [(600, None, None)]
    assert [one["net"] for one in found.customers.to_pylist()] == [None]


def test_sums_are_by_customer_and_by_month_and_product() -> None:
    """The sums of the lines say what to bill and what to credit; who was priced anew without a line comes to 0."""
    rows = [late(row(9, "ann", 8)), late(row(3, "dan", 9, day=1), None), late(row(8, None, 9, product="tea"))]
    found = replay_late(TOWN, YEAR, table(*rows, late(row(4, "cy", 10, room="s"), "corrected")))
    assert found.customers.to_pylist() == [
        {"customer": "ann", "rows": 3, "lines": 3, "gross": 0, "net": 0, "tax": 0},
        {"customer": "bob", "rows": 0, "lines": 1, "gross": -600, "net": -500, "tax": -100},
        {"customer": "cy", "rows": 1, "lines": 0, "gross": 0, "net": 0, "tax": 0},
        {"customer": "dan", "rows": 1, "lines": 1, "gross": 600, "net": 500, "tax": 100},
        {"customer": None, "rows": 1, "lines": 1, "gross": 200, "net": 167, "tax": 33},
    ]
    assert [(one["month"], one["product"], one["gross"]) for one in found.products.to_pylist()] == [
        ("2026-03", "desk", 0),
        ("2026-03", "tea", 200),
    ]


def test_a_year_that_is_reported_late_or_withdrawn_as_a_whole() -> None:
    """There may be nothing before, nothing late, or nothing left."""
    found = replay_late(TOWN, YEAR[:0], table(late(row("x", "ann", 9))))
    assert told(found) == [("x", "ann", "late", None, 600, 600)]
    found = replay_late(TOWN, YEAR, pa.table({"id": [1, 2, 3, 4], "change": ["withdrawn"] * 4}))
    assert (found.report.gross, found.rows.num_rows, found.usages.num_rows) == (-2_000, 0, 0)
    assert [one["gross"] for one in found.customers.to_pylist()] == [-1_000, -600, -400]
    found = replay_late(TOWN, YEAR, pa.table({"id": pa.array([], "int64")}))
    assert (found.differences.num_rows, found.report.untouched, found.customers.num_rows) == (0, 4, 0)
    assert replay_late(TOWN, YEAR[:0], table(late(row(1, "a", 9)))[:0]).differences.num_rows == 0


def test_at_most_twenty_rows_are_named() -> None:
    """Of many rows that may have moved one the first twenty are named, and how many they are is said."""
    found = replay_late(TOWN, YEAR, table(*(late(row(100 + number, "ann", 8)) for number in range(25))))
    (line,) = [one for one in found.differences.to_pylist() if one["id"] == 1]
    assert (len(line["by"]), line["by"][0], line["causes"]) == (20, "100", 25)


def test_the_usages_are_those_of_the_next_time() -> None:
    """The usages as they are now are what the next late rows come to; what stands is in their order."""
    found = replay_late(TOWN, YEAR, table(late(row(9, "ann", 8)), late(row(3, "bob", 9, room="s"), "corrected")))
    assert found.usages.column("id").to_pylist() == [1, 2, 4, 9, 3]
    again = replay_late(TOWN, found.usages, pa.table({"id": [9], "change": ["withdrawn"]}))
    assert told(again, "id", "gross") == [(1, 200), (2, 400), (9, -600)]


# --- frames ----------------------------------------------------------------------------------------------------------

MORE = table(late(row(9, "ann", 8)))


@pytest.mark.parametrize("engine", ["phases", "programs", "numpy", "polars", "duckdb"])
def test_the_engine_that_is_asked(engine: Any) -> None:
    """Each engine prices what is priced anew, and the report says which rows went which way."""
    found = replay_late(TOWN, YEAR, MORE, engine=engine)
    assert dict(found.report.now.ways) == {engine: 3}
    assert told(found, "gross") == [(-200,), (-400,), (600,)]


def test_frames_of_all_kinds(tmp_path: Any) -> None:
    """The frames that come out are of the kind of ``before``, whatever the kind of the others is."""
    answers = replay(TOWN, YEAR).rows
    polars = replay_late(TOWN, pl.from_arrow(YEAR), MORE, rows=answers.to_pandas())
    assert isinstance(polars.differences, pl.DataFrame)
    assert polars.differences["gross"].to_list() == [-200, -400, 600]
    assert polars.differences["by"].to_list() == [["9"], ["9"], None]
    assert isinstance(polars.usages, pl.DataFrame)
    pandas = replay_late(TOWN, YEAR.to_pandas(), pl.from_arrow(MORE), rows=answers)
    assert isinstance(pandas.customers, pd.DataFrame)
    assert pandas.customers["gross"].tolist() == [0]
    path = tmp_path / "late.parquet"
    pyarrow.parquet.write_table(MORE, path)
    with duckdb.connect() as connection:
        connection.register("given", YEAR)
        found = replay_late(TOWN, connection.sql("select * from given"), path, rows=pl.from_arrow(answers))
        assert found.differences.aggregate("sum(gross)").fetchall() == [(0,)]
        assert found.products.fetchall() == [("2026-03", "desk", 3, 0, 0, 0)]
        assert found.lots.fetchall() == []
    assert dict(found.report.now.ways) == {"duckdb": 3}


OTHERS: tuple[tuple[str, pa.Table], ...] = (
    ("categories", MORE.set_column(3, "room", MORE["room"].dictionary_encode())),
    ("milliseconds of a zone", MORE.set_column(4, "start", MORE["start"].cast(pa.timestamp("ms", "America/New_York")))),
    ("small whole numbers", MORE.set_column(0, "id", MORE["id"].cast(pa.uint16()))),
    ("a decimal as a whole number", MORE.append_column("weight", pa.array([2]))),
    ("a count", MORE.append_column("count", pa.array([1]))),
    ("a currency", MORE.append_column("currency", pa.array(["EUR"]))),
    ("columns of nothing", MORE.append_column("bought", pa.nulls(1)).append_column("weight", pa.nulls(1))),
    ("changes that are not said", MORE.set_column(5, "change", pa.nulls(1))),
    ("changes as categories", MORE.set_column(5, "change", MORE["change"].dictionary_encode())),
    ("a column that is not asked for", MORE.append_column("colour", pa.array([1.5]))),
)


@pytest.mark.parametrize("given", [one for _, one in OTHERS], ids=[what for what, _ in OTHERS])
def test_columns_of_other_types_that_say_the_same(given: pa.Table) -> None:
    """Both frames need not have the same types, nor the same columns, where they say what is meant."""
    year = YEAR.append_column("weight", pa.array([Decimal("1.50")] * 4))
    found = replay_late(TOWN, year, given)
    assert told(found, "gross") == [(-200,), (-400,), (600,)]
    assert found.report.unused == (("colour",) if "colour" in given.column_names else ())


def test_days_and_counts_of_one_frame_alone() -> None:
    """Rows by day stand beside rows by time; without a column ``count`` a row is one piece."""
    days = pa.table({"id": [9], "customer": ["ann"], "product": ["desk"], "room": ["m"], "day": [date(2026, 3, 3)]})
    year = YEAR.append_column("count", pa.array([1, 1, 1, 1]))
    assert told(replay_late(TOWN, year, days), "id", "now_gross") == [(1, 400), (2, 0), (9, 600)]


def test_decimals_stay_what_they_are() -> None:
    """What one frame alone says with places has them in the usages as they are now."""
    year = YEAR.append_column("weight", pa.array([Decimal("1.50")] * 4))
    weights = replay_late(TOWN, year, MORE).usages.column("weight").to_pylist()
    assert weights == [Decimal("1.50")] * 4 + [None] * MORE.num_rows


def test_meters_of_everybody_are_there_where_they_are_counted() -> None:
    """What was counted for everybody is a meter of the result where that is priced anew, and else of nobody's."""
    lab = YEAR.slice(0, 1).set_column(2, "product", pa.array(["lab"]))
    (key,) = replay(TOWN, lab).meters.column("meter").to_pylist()
    for one, wanted in ((row(9, "ann", 8), False), (row(9, "ann", 8, product="lab"), True)):
        found = replay_late(TOWN, YEAR, table(one), meters={key: 300})
        assert (found.report.everybody, None in found.meters.column("customer").to_pylist()) == (wanted, wanted)


def test_a_purchase_has_the_day_on_which_it_was_made() -> None:
    """The line of a row without a day of use is of the local day of its purchase."""
    bought = pa.table({"id": [9], "customer": ["ann"], "product": ["pack"], "bought": [at(23)]})
    assert told(replay_late(TOWN, YEAR, bought), "id", "day") == [(9, date(2026, 3, 4))]


def test_another_refusal_is_another_answer() -> None:
    """A row that had no price and has none now has a line where the reason is another one."""
    before = table(row(1, "ann", 9, room=None))
    after = pa.Table.from_pylist([row(1, "ann", 9) | {"codes": ["NO"]}])
    ((was, now, gross),) = told(replay_late(TOWN, before, after), "was_refused", "now_refused", "gross")
    assert was != now
    assert gross == 0


# --- what is refused -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "row_number", "column", "problem"),
    [
        ([late(row(9, "ann", 8)), late(row(7, "ann", 8), "corrected")], 1, "id", "value"),
        ([late(row(7, "ann", 8), "withdrawn")], 0, "id", "value"),
        ([late(row(9, "ann", 8)), late(row(3, "ann", 8))], 1, "id", "duplicate"),
        ([late(row(3, "ann", 8), None), late(row(3, "ann", 8), "withdrawn")], 1, "id", "duplicate"),
        ([late(row(9, "ann", 8), "moved")], 0, "change", "value"),
        ([late(row(9, "ann", 8)) | {"currency": "CHF"}], 0, "currency", "currency"),
        ([late(row(3, None, 8), "withdrawn"), late(row(9, "a", 8)) | {"room": "xl"}], 1, "room", "value"),
        ([late(row(3, None, 8), "withdrawn"), late(row(9, "a", 8)) | {"count": 0}], 1, "count", "range"),
    ],
)  # fmt: skip
def test_rows_that_do_not_fit(rows: list[Row], row_number: int, column: str, problem: str) -> None:
    """An id that is not there, is there already or comes twice, another change, currency or value is refused with the
    row of ``late`` and the column.
    """
    with pytest.raises(RowError, match=r"\(in 'late'\)") as caught:
        replay_late(TOWN, YEAR, table(*rows))
    assert (caught.value.row, caught.value.column, caught.value.problem) == (row_number, column, problem)


ANSWERS = replay(TOWN, YEAR).rows


def test_answers_may_stand_in_any_order() -> None:
    """The answers of before are found by their ids, wherever they stand."""
    wanted = replay_late(TOWN, YEAR, MORE, rows=ANSWERS).differences
    assert replay_late(TOWN, YEAR, MORE, rows=ANSWERS.take([3, 1, 0, 2])).differences.equals(wanted)


@pytest.mark.parametrize(
    ("answers", "frame", "row_number", "column"),
    [
        (replay(Tariff.load(LIST.replace("at_most = 10", "at_most = 9")), YEAR).rows, "rows", 0, "version"),
        (ANSWERS[:3], "before", 3, "id"),
        (pa.concat_tables([ANSWERS, ANSWERS[:1]]), "rows", 4, "id"),
        (ANSWERS.set_column(0, "id", pa.array([1, 2, 3, 7])), "rows", 3, "id"),
        (ANSWERS.set_column(5, "gross", pa.array([6.0, 4.0, 6.0, 4.0])), "rows", 0, "gross"),
        (ANSWERS.set_column(5, "gross", pa.array([600, None, 600, 400])), "rows", 1, "gross"),
    ],
)
def test_answers_that_do_not_fit(answers: pa.Table, frame: str, row_number: int, column: str) -> None:
    """Answers of another version of the list, for other rows, or with floats are refused with the row."""
    with pytest.raises(RowError, match=rf"\(in '{frame}'\)") as caught:
        replay_late(TOWN, YEAR, MORE, rows=answers)
    assert (caught.value.row, caught.value.column) == (row_number, column)


BOUGHT = YEAR.append_column("bought", pa.array([at(8)] * 4))


@pytest.mark.parametrize(
    ("before", "more", "said"),
    [
        (YEAR, MORE.set_column(0, "id", pa.array(["nine"])), "the ids are"),
        (YEAR.drop_columns(["id"]), MORE, "column 'id' is missing.*'before'"),
        (YEAR, MORE.drop_columns(["id"]), "column 'id' is missing.*'late'"),
        (YEAR, MORE.drop_columns(["product"]), "column 'product' is missing.*'late'"),
        (YEAR.append_column("end", pa.array([at(20)] * 4)), MORE.append_column("minutes", pa.array([9])), "either the"),
        (BOUGHT, MORE.append_column("bought", pa.array([date(2026, 3, 3)])), "the column 'bought' is timestamp"),
        (YEAR, MORE.append_column("id", pa.array([9])), "two columns have one name.*'late'"),
        (YEAR, {"id": [9]}, "usages are a Polars"),
    ],
)  # fmt: skip
def test_frames_that_do_not_go_together(before: pa.Table, more: Any, said: str) -> None:
    """Columns that are missing, or say another thing in the other frame, are an ``InputError``."""
    with pytest.raises(InputError, match=said):
        replay_late(TOWN, before, more)


def test_answers_without_a_column() -> None:
    """Answers need all the figures and the version."""
    with pytest.raises(InputError, match=r"the column 'version' has to be there once.*'rows'"):
        replay_late(TOWN, YEAR, MORE, rows=ANSWERS.drop_columns(["version"]))


BASKETS = Tariff.load(LIST + '[order]\nadjust = { id = "two", percent = "-10%", when = { amount = { from = 11 } } }\n')


def in_order(one: Row, order: str | None) -> Row:
    return {**one, "order": order, "end": None, "also": None}


def test_a_row_that_comes_late_to_an_order() -> None:
    """A late row of an order has all of it priced anew, and one that is taken out of it too; what comes out is what
    the whole year comes to.
    """
    ann, bob = in_order(row(1, "ann", 9), "a"), in_order(row(2, "bob", 9), "b")
    more = in_order(row(3, "bob", 11, room="s"), "b") | {"end": at(12), "also": [at(13), at(14)]}
    year = table(ann, bob, in_order(row(4, "bob", 15, product="lab"), "b"))
    found = replay_late(BASKETS, year, table(late(more), late(row(4, None, 0), "withdrawn")))
    assert {one for (one,) in told(found, "id")} == {2, 3, 4}
    whole = {one["id"]: one for one in replay(BASKETS, found.usages).rows.to_pylist()}
    assert {one["id"]: one for one in found.rows.to_pylist()} == {id: whole[id] for id in (2, 3)}
    out = replay_late(BASKETS, year, table(late(bob | {"order": None}, "corrected")))
    assert {one["id"]: one for one in out.rows.to_pylist()}.keys() == {2, 4}


def test_an_order_of_nobody_is_asked_as_a_whole() -> None:
    """Where a row of an order of nobody is counted for everybody, all rows of the order are priced anew with it."""
    year = table(in_order(row(1, None, 9, product="lab"), "x"), in_order(row(2, None, 9), "x"), row(3, None, 9))
    more = [late(row(number, "ann", 8, product="lab")) for number in (8, 9)]
    found = replay_late(BASKETS, year, table(*more))
    whole = {one["id"]: one["gross"] for one in replay(BASKETS, found.usages).rows.to_pylist()}
    assert {one["id"]: one["gross"] for one in found.rows.to_pylist()} == {id: whole[id] for id in (1, 2, 8, 9)}
    assert [one for one in told(found, "id", "change", "by") if one[1] == "moved"] == [
        (1, "moved", ["8", "9"]),
        (2, "moved", ["8", "9"]),
    ]


@pytest.mark.parametrize("names", [("b", "b"), (7, "7")])
def test_a_late_row_in_an_order_of_another(names: tuple[Any, Any]) -> None:
    """An order has one customer, also where its other rows are of somebody whom nothing else changes."""
    year = table(row(1, "ann", 9) | {"order": None}, row(2, "bob", 9) | {"order": names[0]})
    more = table(late(row(8, "cy", 9) | {"order": "c"}), late(row(9, "ann", 9) | {"order": names[1]}))
    with pytest.raises(RowError, match="in 'late'") as caught:
        replay_late(BASKETS, year, more)
    assert (caught.value.row, caught.value.column, caught.value.problem) == (1, "customer", "order")
    gone = table(late(row(9, "ann", 9) | {"order": names[1]}), late(row(2, None, 9) | {"order": None}, "withdrawn"))
    assert told(replay_late(BASKETS, year, gone), "id") == [(9,), (2,)]


def test_an_empty_order_is_none() -> None:
    """Rows whose order is an empty text are questions of their own, in both frames, also those of nobody."""
    year = YEAR.append_column("order", pa.array(["", "a", "", ""]))
    found = replay_late(TOWN, year, table(row(9, None, 8) | {"order": ""}, row(8, "ann", 8) | {"order": ""}))
    assert told(found, "id", "now_gross") == [(1, 400), (2, 0), (8, 600), (9, 600)]


def test_an_order_of_nobody_is_not_changed() -> None:
    """What would change an order without a customer is refused with its row, and so is one that is late: the rows that
    move are found by the customer.
    """
    year = table(*(in_order(row(id, None, 9), order) for id, order in ((1, "a"), (2, "b"), (3, "b"))))
    cases = (
        ([in_order(row(8, None, 9), "c"), in_order(row(9, None, 9), "c")], "late", 0),
        ([in_order(row(8, "ann", 9), "c"), in_order(row(9, None, 9), "a")], "late", 1),
        ([late(row(1, None, 0), "withdrawn"), late(row(3, None, 0), "withdrawn")], "before", 2),
    )
    for more, frame, place in cases:
        with pytest.raises(RowError, match=f"needs a customer .in '{frame}'") as caught:
            replay_late(BASKETS, year, table(*more))
        assert (caught.value.row, caught.value.column, caught.value.problem) == (place, "customer", "order")
    alone = replay_late(BASKETS, year, table(late(row(1, None, 0), "withdrawn")))
    assert told(alone, "id") == [(1,)]


def test_a_row_that_no_list_accepts_is_named_in_its_frame() -> None:
    """A row that is found to be none only when it is priced is named with its place in its own frame; one of a customer
    who is not priced anew is not looked at.
    """
    ends = [None, None, None, date(2026, 3, 1)]
    year = YEAR.append_column("until", pa.array(ends))
    assert told(replay_late(TOWN, year, MORE), "gross") == [(-200,), (-400,), (600,)]
    wrong = row(9, "ann", 8) | {"until": date(2026, 3, 1)}
    cases = (
        (year, [late(row(9, "cy", 8))], "before", 3),
        (YEAR, [late(row(1, None, 0), "withdrawn"), late(row(8, "ann", 9)), late(wrong)], "late", 2),
    )
    for before, more, frame, place in cases:
        for answers in (None, ANSWERS):
            with pytest.raises(RowError, match=f"in '{frame}'") as caught:
                replay_late(TOWN, before, table(*more), rows=answers)
            assert caught.value.row == place


def test_spark_is_refused() -> None:
    """The engine of Spark, and its frames, are refused at once, with the reason."""
    frame = type("DataFrame", (), {"__module__": "pyspark.sql.classic.dataframe"})()
    for how in ({"engine": "spark"}, {"rows": frame}):
        with pytest.raises(InputError, match="late rows are not replayed by Spark"):
            replay_late(TOWN, YEAR, MORE, **how)  # type: ignore[arg-type]
    for before, more in ((frame, MORE), (YEAR, frame)):
        with pytest.raises(InputError, match="late rows are not replayed by Spark"):
            replay_late(TOWN, before, more)
    with pytest.raises(InputError, match="no engine 'abacus'"):
        replay_late(TOWN, YEAR, MORE, engine="abacus")  # type: ignore[arg-type]


def test_texts_that_are_views_are_taken_like_others() -> None:
    """Arrow has views of texts and of bytes, of which it takes no rows; in both frames they are what other texts are,
    also in a column that no price asks for.
    """
    more = late(row(9, "ann", 8)) | {"note": b"x"}
    frames = [YEAR, table(more)]
    kinds = {pa.string(): pa.string_view(), pa.binary(): pa.binary_view()}
    views = [
        one.cast(pa.schema([field.with_type(kinds.get(field.type, field.type)) for field in one.schema]))
        for one in frames
    ]
    assert told(replay_late(TOWN, *views)) == told(replay_late(TOWN, *frames)) != []


def test_sums_and_differences_beyond_64_bits_are_refused() -> None:
    """An answer of before that no difference could hold is refused with its row; sums of differences when they are
    asked for. The control: one such line has sums.
    """
    rows = replay(TOWN, YEAR).rows
    place = rows.column_names.index("gross")

    def withdrawn(gross: int, *ids: int) -> LateReplay:
        answers = rows.set_column(place, "gross", pa.array([gross] * len(rows), pa.int64()))
        return replay_late(TOWN, YEAR, pa.table({"id": ids, "change": ["withdrawn"] * len(ids)}), rows=answers)

    for gross in (-(2**63), 2**63 - 1):
        with pytest.raises(RowError) as wrong:
            withdrawn(gross, 3)
        assert (wrong.value.row, wrong.value.column, wrong.value.problem) == (0, "gross", "range")
    most = 2**62 - 1
    assert withdrawn(most, 3).products.column("gross").to_pylist() == [-most]
    two = withdrawn(most, 1, 2, 3)
    assert two.report.gross == -3 * most
    for ask in (lambda: two.customers, lambda: two.products):
        with pytest.raises(InputError, match="may not fit into 64 bits"):
            ask()
