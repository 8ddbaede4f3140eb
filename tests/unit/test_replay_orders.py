"""Rows that are one order: priced together, each with its part, and refused where they are none."""

from __future__ import annotations

from datetime import date
from typing import Any

import pyarrow as pa
import pytest

from cantinekit.errors import InputError, RowError
from cantinekit.pricing import Item, Lot, Order, Tariff, replay, replay_quotes
from cantinekit.pricing.replaying._usages import usages_of
from cantinekit.pricing.values import MAX_ITEMS
from unit.test_replay import TOWN, at, grosses, table

SHOP = Tariff.load("""
[tariff]
id = "shop"
currency = "EUR"
timezone = "Europe/Paris"
prices = "incl"
tax = "standard"
[tax.standard]
rates = { from = 2014-01-01, rate = "20%" }
[product.room]
rate = { price = 10.00 }
needs = { product = "key", add = true }
[product.key]
rate = { price = 1.00 }
[product.chair]
rate = { price = 0.99 }
[product.card]
sells = "grant"
rate = { price = 40.00 }
grant = { account = "gifts", unit = "EUR", value = 50.00 }
[order]
adjust = { id = "two", percent = "-10%", when = { amount = { from = 11.50 } } }
vouchers = "gifts"
""")
DAY = date(2026, 3, 3)
ENGINES = ["phases", "programs", "numpy", "polars", "duckdb"]


@pytest.mark.parametrize("engine", ENGINES)
def test_the_rows_of_an_order_have_their_parts(engine: Any) -> None:
    """What a rule takes off the whole order is in the rows whose lines it took it off, what is bought along with a row
    is in it, and gross and net of the rows come to those of the quote; a row beside them is a question of its own.
    """
    rows = table(
        id=[3, 1, 2], order=[7, 7, None], product=["chair", "room", "room"], customer="ann", day=DAY, holds=[[]] * 3
    )
    found = replay(SHOP, rows, engine=engine)
    quote = SHOP.quote(Order((Item("room", day=DAY), Item("chair", day=DAY)), "ann", holds=frozenset()))
    chair, room, alone = found.rows.to_pylist()
    assert (room["base"], room["discounted"], room["gross"]) == (1100, 110, 990)
    assert (chair["base"], chair["discounted"], chair["gross"]) == (99, 10, 89)
    assert alone["gross"] == 1100
    assert quote.net is not None
    assert (990 + 89, room["net"] + chair["net"]) == (quote.total.amount, quote.net.amount)
    assert (found.report.orders, found.report.rows, found.report.priced) == (1, 3, 3)


def test_the_items_stand_by_their_ids() -> None:
    """The second item sees what the first has used, whatever the order of the frame or of the hours is."""
    lots = {"ann": [Lot("one", "carnet", 1, at("2026-01-01"))]}
    days = [date(2026, 3, 4), DAY]
    for ids, wanted in (((1, 2), [0, 400]), ((2, 1), [400, 0])):
        rows = table(id=list(ids), order="a", product="desk", room="s", customer="ann", day=days)
        assert grosses(replay(TOWN, rows, lots=lots)) == wanted


def test_an_order_of_many_rows_keeps_their_order() -> None:
    """The items of a long order stand by their ids too, and with as many as an order may have it is one."""
    lots = {"ann": [Lot("one", "carnet", 3, at("2026-01-01"))]}
    ids = [one * 7 % 40 for one in range(40)]
    rows = table(id=ids, order="a", product="desk", room="s", customer="ann", day=DAY)
    found = replay(TOWN, rows, lots=lots, engine="programs").rows
    assert sorted(one["id"] for one in found.to_pylist() if one["covered"]) == [0, 1, 2]
    for length in (MAX_ITEMS, MAX_ITEMS + 1):
        many = table(order=["a"] * length, product="desk", room="s", day=DAY)
        if length == MAX_ITEMS:
            assert usages_of(many, TOWN.parts).several == 1
        else:
            with pytest.raises(RowError, match="more than 1000 rows"):
                usages_of(many, TOWN.parts)


@pytest.mark.parametrize("engine", ENGINES)
def test_an_order_of_several_days(engine: Any) -> None:
    """Each item sees what was counted on its own day, and all of them the lots that are there on the first day."""
    later = date(2026, 3, 4)
    rows = table(
        order=[None, "a", "a"], product="desk", room="m", customer="ann", day=[later, DAY, later],
        bought=[at("2026-03-01"), at("2026-03-02"), at("2026-03-02")],
    )  # fmt: skip
    lots = {"ann": [Lot("late", "carnet", 1, at("2026-03-04"))]}
    assert grosses(replay(TOWN, rows, engine=engine)) == [600, 600, 400]
    assert grosses(replay(TOWN, rows.slice(1), engine=engine, lots=lots)) == [600, 600]


def test_items_that_are_refused_alike_have_one_code() -> None:
    """A code that several items have stands once in the text of their rows."""
    found = replay(TOWN, table(order=["a", "a"], product="none", day=DAY))
    assert dict(found.report.refused) == {"unpublished": 2}


def test_an_order_stands_where_its_first_row_does() -> None:
    """A row between two rows of an order comes after all of it."""
    days = [DAY, date(2026, 3, 5), date(2026, 3, 4)]
    lots = {"ann": [Lot("one", "carnet", 2, at("2026-01-01"))]}
    rows = table(order=["a", "a", ""], product="desk", room="s", customer="ann", day=days)
    assert grosses(replay(TOWN, rows, lots=lots)) == [0, 0, 400]
    assert grosses(replay(TOWN, rows.drop_columns(["order"]), lots=lots)) == [0, 400, 0]


@pytest.mark.parametrize("engine", ENGINES)
def test_what_an_order_gives_and_uses(engine: Any) -> None:
    """Units that a row gives cover a later row of the same order, and what is left of them those after it."""
    rows = table(
        order=[1, 1, None, None],
        product=["pack", "desk", "desk", "desk"],
        room=[None, "s", "s", "s"],
        count=[1, 2, 2, 2],
        customer="ann",
        day=[DAY, DAY, date(2026, 3, 4), date(2026, 3, 5)],
    )
    found = replay(TOWN, rows, engine=engine)
    assert grosses(found) == [3_000, 0, 0, 400]
    assert [(one["lot"], one["left"]) for one in found.lots.to_pylist()] == [("0, 1, carnet", 0)]


def test_a_voucher_of_the_order_is_spent() -> None:
    """A voucher that is bought with what it pays for has the rest for later."""
    rows = table(order=1, product=["card", "room", "chair"], customer="ann", day=DAY, holds=[[]] * 3)
    found = replay(SHOP, rows)
    assert grosses(found) == [3_600, 990, 89]
    assert [one["left"] for one in found.lots.to_pylist()] == [5_000 - 990 - 89]


@pytest.mark.parametrize("engine", ENGINES)
def test_an_order_with_a_refused_row_is_refused(engine: Any) -> None:
    """All rows of such an order have the codes, and none of them has moved anything."""
    rows = table(order=[1, 1, None], product=["desk", "gone", "desk"], room="m", customer="ann", day=DAY)
    found = replay(TOWN, rows, engine=engine)
    assert found.rows["refused"].to_pylist() == ["unpublished", "unpublished", None]
    assert grosses(found) == [None, None, 600]
    assert dict(found.report.refused) == {"unpublished": 2}


def test_who_has_no_order_keeps_the_columns() -> None:
    """An order is asked of programs or phases; the rows of other customers stay with the columns."""
    rows = table(order=[1, 1, 2, None], product="desk", room="s", customer=["ann", "ann", "bob", "cy"], day=DAY)
    found = replay(TOWN, rows)
    assert found.rows["way"].to_pylist() == ["phases", "phases", "numpy", "numpy"]
    assert found.report.orders == 1  # that of one row is no order


def test_an_order_of_nobody() -> None:
    """Rows without a customer may be one order: their caps hold within it."""
    rows = table(order=[1, 1, None], product="desk", room="m", day=DAY)
    assert grosses(replay(TOWN, rows)) == [600, 400, 600]


def test_what_an_order_gives_is_there_from_its_own_row_on() -> None:
    """Where nobody knows when an order was bought, what a row of it gives was bought when that row begins."""
    hours = [at("2026-03-03T10:00"), at("2026-03-03T12:00")]
    rows = table(id=[1, 2], order="a", product=["chair", "card"], customer="ann", start=hours, holds=[[]] * 2)
    (lot,) = replay(SHOP, rows).lots.to_pylist()
    assert (lot["lot"], lot["bought"]) == ("2, 2, gifts", hours[1])


def test_further_stretches_are_one_booking() -> None:
    """A row may have further stretches of time; the price is that of all of them."""
    more = [at("2026-03-03T12:00"), at("2026-03-03T13:00"), at("2026-03-03T18:00"), at("2026-03-03T18:30")]
    rows = pa.table(
        {
            "product": ["hour", "hour"],
            "start": [at("2026-03-03T09:00")] * 2,
            "minutes": [60, 60],
            "also": pa.array([more, None], pa.list_(pa.timestamp("us", "UTC"))),
        }
    )
    assert grosses(replay(TOWN, rows)) == [750, 300]


def test_the_reasons_of_an_order_are_those_of_its_rows() -> None:
    """``replay_quotes`` has the quote of the order for each of its rows."""
    products = ["room", "chair", "chair"]
    rows = table(id=["a", "b", "c"], order=[1, 1, None], product=products, customer="ann", day=DAY, holds=[[]] * 3)
    quotes = replay_quotes(SHOP, rows, ["ann"])
    assert [(id, quote.total.amount) for id, quote in quotes.items()] == [("a", 1079), ("b", 1079), ("c", 99)]


STRETCH = pa.list_(pa.timestamp("us", "UTC"))
WRONG: tuple[tuple[str, dict[str, Any], int, str, str], ...] = (
    ("another customer", {"customer": ["ann", "bob"]}, 1, "customer", "order"),
    ("nobody and somebody", {"customer": ["ann", None]}, 1, "customer", "order"),
    ("another purchase", {"bought": [at("2026-03-01T10:00"), at("2026-03-01T10:01")]}, 1, "bought", "order"),
    ("a purchase that is not known", {"bought": [at("2026-03-01T10:00"), None]}, 1, "bought", "order"),
    ("other plans", {"holds": [["club"], []]}, 1, "holds", "order"),
    ("other codes", {"codes": [["A"], ["B"]]}, 1, "codes", "order"),
    ("another currency", {"currency": ["EUR", "CHF"]}, 1, "currency", "currency"),
    ("a float", {"order": [1.0, 1.0]}, 0, "order", "float"),
    ("too many rows", {"order": [1] * 1_001, "id": list(range(1_001))}, 0, "order", "range"),
    ("half a stretch", {"also": pa.array([None, [at("2026-03-03T12:00")]], STRETCH)}, 1, "also", "value"),
    ("a stretch backwards", {"also": pa.array([[], [at("2026-03-03T12:00")] * 2], STRETCH)}, 1, "also", "value"),
    ("no time", {"also": pa.array([[], [None, at("2026-03-03T12:00")]], STRETCH)}, 1, "also", "null"),
    (
        "a stretch without a zone",
        {"also": pa.array([[], [at("2026-03-03T12:00").replace(tzinfo=None)] * 2], pa.list_(pa.timestamp("us")))},
        1, "also", "naive",
    ),
    ("stretches that are no list", {"also": [1, 2]}, 0, "also", "type"),
    (
        "a stretch without a first one",
        {"also": pa.array([[at("2026-03-03T12:00"), at("2026-03-03T13:00")], None], STRETCH)}, 0, "", "value",
    ),
)  # fmt: skip


@pytest.mark.parametrize(("what", "columns", "row", "column", "problem"), WRONG, ids=[one[0] for one in WRONG])
def test_rows_that_are_no_order(what: str, columns: dict[str, Any], row: int, column: str, problem: str) -> None:
    """Rows of an order that disagree are refused with the row, the column and the code."""
    given = {"order": [1, 1], "product": "desk", "room": "s", "day": DAY} | columns
    length = len(given["order"])
    rows = pa.table({name: one if isinstance(one, (list, pa.Array)) else [one] * length for name, one in given.items()})
    with pytest.raises(RowError) as wrong:
        replay(TOWN, rows)
    assert (wrong.value.row, wrong.value.column, wrong.value.problem) == (row, column, problem), wrong.value


def test_plans_in_another_order_are_the_same() -> None:
    """What a customer holds is a set; coupons count in their order."""
    rows = table(order=[1, 1], product="desk", room="s", day=DAY, holds=[["a", "b"], ["b", "a"]])
    assert replay(TOWN, rows).report.orders == 1
    with pytest.raises(InputError):
        replay(TOWN, table(order=[1, 1], product="desk", room="s", day=DAY, codes=[["a", "b"], ["b", "a"]]))


@pytest.mark.parametrize("rule", ['adjust = { id = "less", percent = "-10%" }', 'vouchers = "gifts"'])
def test_rules_of_the_order_are_no_columns(rule: str) -> None:
    """A rule of the order alone, and vouchers alone, leave all rows to the phases, and the report says why."""
    text = f"""
[tariff]
id = "shop"
currency = "EUR"
timezone = "Europe/Paris"
prices = "incl"
[product.chair]
rate = {{ price = 1.00 }}
[product.card]
sells = "grant"
rate = {{ price = 40.00 }}
grant = {{ account = "gifts", unit = "EUR", value = 50.00 }}
[order]
{rule}
"""
    report = replay(Tariff.load(text), table(product="chair", customer="ann", day=DAY)).report
    assert dict(report.why) == {"chair": "rules of the order, or vouchers"}
