"""What there is before the first row, as frames: the state that one replay leaves is the beginning of the next one."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from cantinekit.errors import InputError, RowError
from cantinekit.money import MAX_MINOR
from cantinekit.pricing import Lot, replay
from cantinekit.pricing.replaying import _fold
from cantinekit.pricing.replaying._shelf import HeldLot
from unit.test_replay import TOWN, at, grosses, many_visits, table

BOUGHT = datetime(2026, 1, 1, tzinfo=UTC)
LOTS = {f"c{one}": [Lot("old", "carnet", 23, BOUGHT)] for one in range(0, 23, 2)}
KINDS: dict[str, Any] = {
    "arrow": lambda given: given,
    "polars": pl.from_arrow,
    "lazy": lambda given: pl.from_arrow(given).lazy(),
    "pandas": lambda given: given.to_pandas(),
    "duckdb": duckdb.from_arrow,
}


def halves() -> tuple[pa.Table, pa.Table, pa.Table]:
    """Visits, those up to an hour of a day, and those after it."""
    visits = many_visits()
    first = pc.less(visits["start"], pa.scalar(at("2026-03-03T15:00"), visits["start"].type))
    return visits, visits.filter(first), visits.filter(pc.invert(first))


def arrow_of(found: Any) -> pa.Table:
    """A frame of some kind as an Arrow table."""
    if isinstance(found, pa.Table):
        return found
    if isinstance(found, pd.DataFrame):
        return pa.Table.from_pandas(found, preserve_index=False)
    return found.collect().to_arrow() if isinstance(found, pl.LazyFrame) else found.to_arrow_table()


def state_of(found: Any) -> tuple[list[Any], list[Any]]:
    """Meters and lots as rows in some order."""
    meters, lots = (pl.from_arrow(arrow_of(one)) if not isinstance(one, pl.DataFrame) else one for one in found)
    return sorted(meters.rows(), key=str), sorted(lots.rows(), key=str)  # type: ignore[union-attr]


@pytest.mark.parametrize("kind", KINDS)
def test_a_year_begins_with_what_the_year_before_has_left(kind: str) -> None:
    """Rows that are replayed in two parts, the second from the meters and lots that the first has left, come to what
    they come to at once, in each kind of frame. The control: without the meters or the lots they do not.
    """
    whole, before, after = halves()
    wanted = replay(TOWN, whole, lots=LOTS)
    make = KINDS[kind]
    first = replay(TOWN, make(before), lots=LOTS)
    second = replay(TOWN, make(after), meters=first.meters, lots=first.lots)
    by_id = dict(zip(wanted.rows["id"].to_pylist(), grosses(wanted), strict=True))
    assert [by_id[id] for id in after["id"].to_pylist()] == _grosses(second.rows)
    assert state_of((second.meters, second.lots)) == state_of((wanted.meters, wanted.lots))
    for state in ({"meters": first.meters}, {"lots": first.lots}):
        assert _grosses(replay(TOWN, make(after), **state).rows) != _grosses(second.rows)


def _grosses(rows: Any) -> list[int | None]:
    found = rows if isinstance(rows, pl.DataFrame) else pl.from_arrow(arrow_of(rows))
    return found["gross"].to_list()  # type: ignore[index, no-any-return]


MADE: dict[str, list[Any]] = {
    "meter": ["allowance/town/plan/days/person=ann/month=2026-03", "cap/town/desk/cap/person=b%2Fo/day=2026-03-03"],
    "customer": ["ann", "b/o"],
    "used": [1, 700],
}
HELD: dict[str, list[Any]] = {
    "customer": ["ann", "ann"],
    "lot": ["a", "z"],
    "account": ["carnet", "carnet"],
    "left": [3, 1],
    "bought": [BOUGHT, BOUGHT],
    "expires": [None, None],
}


def test_a_frame_says_what_a_mapping_says() -> None:
    """Meters and lots as frames give what they give as mappings: everybody's meters, the order in which lots are used,
    and what was paid for them. The control: lots without their priority are used in another order.
    """
    visit = table(id=1, product="desk", customer="ann", room="s", start=at("2026-03-03T09:00"))
    lots = {"ann": [Lot("a", "carnet", 3, BOUGHT, priority=2, value=90), Lot("z", "carnet", 1, BOUGHT, priority=-1)]}
    meters = dict(zip(MADE["meter"], MADE["used"], strict=True)) | {"cap/town/desk/house/day=2026-03-03": 5}
    wanted = replay(TOWN, visit, meters=meters, lots=lots)
    everybodys = {"meter": "cap/town/desk/house/day=2026-03-03", "customer": None, "used": 5}
    made = pa.table({name: [*values, everybodys[name]] for name, values in MADE.items()})
    held = pa.table(HELD | {"priority": [2, -1], "value": [90, None], "more": ["x", "y"]})
    found = replay(TOWN, visit, meters=made, lots=held)
    assert found.rows.equals(wanted.rows)
    assert found.meters.equals(wanted.meters)
    assert found.lots.equals(wanted.lots)
    assert [(one["left"], one["priority"], one["value"]) for one in found.lots.to_pylist()] == [
        (3, 2, 90),
        (0, -1, None),
    ]
    other = replay(TOWN, visit, lots=pa.table(HELD))
    assert [one["left"] for one in other.lots.to_pylist()] == [2, 1]


WRONG: list[tuple[str, dict[str, Any], int, str, str]] = [
    ("meters", {"used": [1, None]}, 1, "used", "null"),
    ("meters", {"used": [1, -1]}, 1, "used", "range"),
    ("meters", {"used": [1, MAX_MINOR + 1]}, 1, "used", "range"),
    ("meters", {"used": [1.0, 2.0]}, 0, "used", "float"),
    ("meters", {"used": [Decimal(5), Decimal(2**63)]}, 1, "used", "range"),
    ("meters", {"meter": [None, MADE["meter"][1]]}, 0, "meter", "null"),
    ("meters", {"meter": [MADE["meter"][1]] * 2, "customer": ["b/o"] * 2}, 1, "meter", "duplicate"),
    ("meters", {"customer": ["ann", "ann"]}, 1, "customer", "value"),
    ("meters", {"customer": [None, "b/o"]}, 0, "customer", "value"),
    ("lots", {"lot": ["a", "a"]}, 1, "lot", "duplicate"),
    ("lots", {"customer": ["ann", None]}, 1, "customer", "null"),
    ("lots", {"account": ["carnet", ""]}, 1, "account", "value"),
    ("lots", {"left": [3, -1]}, 1, "left", "range"),
    ("lots", {"left": ["3", "1"]}, 0, "left", "type"),
    ("lots", {"bought": [None, BOUGHT]}, 0, "bought", "null"),
    ("lots", {"bought": [BOUGHT.replace(tzinfo=None)] * 2}, 0, "bought", "naive"),
    ("lots", {"expires": [None, datetime(1960, 1, 1, tzinfo=UTC)]}, 1, "expires", "range"),
    ("lots", {"priority": [0, None]}, 1, "priority", "null"),
    ("lots", {"value": [None, -1]}, 1, "value", "range"),
]
"""What is wrong with a row of a frame: its columns, the row, the column and the problem."""
MISSING = [("meters", name) for name in MADE] + [("lots", name) for name in HELD]


def with_state(what: str, columns: dict[str, Any]) -> pa.Table:
    """Meters or lots, with some columns that are others."""
    return pa.table((MADE if what == "meters" else HELD) | columns)


@pytest.mark.parametrize(("what", "columns", "row", "column", "problem"), WRONG)
def test_rows_that_are_no_state(what: str, columns: dict[str, Any], row: int, column: str, problem: str) -> None:
    """What is wrong with a meter or a lot is a ``RowError`` with the frame, the row, the column and the problem."""
    visit = table(id=1, product="desk", customer="ann", room="s", start=at("2026-03-03T09:00"))
    state: dict[str, Any] = {what: with_state(what, columns)}
    with pytest.raises(RowError) as caught:
        replay(TOWN, visit, **state)
    assert (caught.value.row, caught.value.column, caught.value.problem) == (row, f"{what}.{column}", problem)


@pytest.mark.parametrize("who", ["a/b", "a=b", "50%", "%2F", "%252F=", "a/person=b"])
@pytest.mark.parametrize("engine", ["phases", "numpy"])
def test_customers_with_the_signs_of_keys(who: str, engine: Any) -> None:
    """Whoever has a sign in the name that parts a key is found by it, and named as before in what comes out."""
    visit = table(id=1, product="desk", customer=who, room="m", start=at("2026-03-03T09:00"))
    first = replay(TOWN, visit, engine=engine).meters
    assert first.column("customer").to_pylist() == [who]
    assert replay(TOWN, visit, engine=engine, meters=first).rows.column("gross").to_pylist() == [400]


def test_frames_that_are_no_state() -> None:
    """A column that is missing or comes twice, and what is no frame, is an ``InputError`` that names the frame."""
    visit = table(id=1, product="desk", customer="ann", room="s", start=at("2026-03-03T09:00"))
    for what, name in MISSING:
        state: dict[str, Any] = {what: with_state(what, {}).drop_columns([name])}
        with pytest.raises(InputError, match=f"the column '{name}' of {what} is missing"):
            replay(TOWN, visit, **state)
        state = {what: (made := with_state(what, {})).append_column(name, made[name])}
        with pytest.raises(InputError, match=f"two columns of {what} have the name '{name}'"):
            replay(TOWN, visit, **state)
    for what in ("meters", "lots"):
        with pytest.raises(InputError, match=f"{what} are a Polars or pandas frame, .* not int"):
            replay(TOWN, visit, **{what: 5})  # type: ignore[arg-type]


def test_a_purchase_with_the_id_of_a_lot_of_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """A row whose lot would have the id of one that its customer had before is a ``RowError``, as where both years
    number their rows from 0; the units of before are not lost. Under another id, or another customer's, it is given.
    The control: where no lot counts as one of before, the five units of last year are gone.
    """
    pack = {"id": [7], "product": "pack", "customer": "ann", "bought": at("2026-03-03T09:00")}
    lots = replay(TOWN, table(**pack)).lots
    for engine in ("numpy", "phases"):
        with pytest.raises(RowError, match="held by its customer before the first row") as caught:
            replay(TOWN, table(**pack), lots=lots, engine=engine)
        assert (caught.value.row, caught.value.column, caught.value.problem) == (0, "id", "duplicate")
    assert replay(TOWN, table(**pack | {"id": [8]}), lots=lots).lots["left"].to_pylist() == [5, 5]
    assert replay(TOWN, table(**pack | {"customer": "bob"}), lots=lots).lots["left"].to_pylist() == [5, 5]
    monkeypatch.setattr(_fold, "HeldLot", lambda lot, first: HeldLot(lot, first, 0))
    assert replay(TOWN, table(**pack), lots=lots).lots["left"].to_pylist() == [5]
