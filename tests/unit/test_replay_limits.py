"""Caps whose limit differs: windows where all rows of a scope have the same one, else a fold."""

from __future__ import annotations

from datetime import date
from random import Random
from typing import Any

import pyarrow as pa
import pytest

from cantinekit.pricing import Lot, Tariff, replay
from cantinekit.pricing.compiled import _scanned
from unit.test_replay import at

LIST = """
[tariff]
id = "hall"
currency = "EUR"
timezone = "Europe/Paris"
prices = "incl"
[facts]
room = ["s", "m", "l"]
kind = ["adult", "child"]
[product.seat]
price_date = "use"
rate = {{ by = "kind", adult = 7, child = 4 }}
cover = {{ by = "carnet", unit = "entry", partial = true, when = {{ room = "s" }} }}
beyond = "rate"
adjust = {{ id = "most", {limit}, same = {same}{pool} }}
[product.stand]
price_date = "use"
rate = {{ price = 5 }}
{stand}
"""
BY_ROOM = 'at_most = { by = "room", s = 9, m = 16 }'
BY_DAY = "lists = [{ at_most = 12 }, { from = 2026-03-04, at_most = 15 }]"
SAME_CARNET = 'cover = { by = "carnet", unit = "entry", partial = true }\nbeyond = "rate"'


def hall(limit: str, same: str, *, pool: str = "", stand: str = "") -> Tariff:
    return Tariff.load(LIST.format(limit=limit, same=same, pool=pool, stand=stand))


def rows(random: Random, length: int) -> pa.Table:
    """Rows of three days by four customers."""
    pick = random.choice
    return pa.table(
        {
            "product": [pick(["seat", "seat", "stand"]) for _ in range(length)],
            "customer": [pick(["ann", "bob", "cy", "di"]) for _ in range(length)],
            "room": [pick(["s", "m", "s", "m", "l"]) if random.random() < 0.9 else "s" for _ in range(length)],
            "kind": [pick(["adult", "child"]) for _ in range(length)],
            "count": [pick([1, 1, 2]) for _ in range(length)],
            "day": [date(2026, 3, pick([3, 4, 5])) for _ in range(length)],
        }
    )


POOL = ', pool = "all"'
OWN_CAP = f'adjust = {{ id = "other", {BY_ROOM}, same = ["person", "room", "day"]{POOL} }}'
CASES: tuple[tuple[str, Tariff, str], ...] = (
    ("by a fact of the scope", hall(BY_ROOM, '["person", "room", "day"]'), "polars"),
    ("by a fact that is not in it", hall(BY_ROOM, '["person", "day"]'), "numpy"),
    ("by a day of the scope", hall(BY_DAY, '["person", "day"]'), "polars"),
    ("by a day that is not in it", hall(BY_DAY, '["person", "month"]'), "numpy"),
    ("a pool of two products", hall(BY_ROOM, '["person", "room", "day"]', pool=POOL, stand=OWN_CAP), "polars"),
    ("beside a product that counts elsewhere", hall(BY_ROOM, '["person", "room", "day"]', stand=SAME_CARNET), "numpy"),
)  # fmt: skip


@pytest.mark.parametrize("engine", ["numpy", "polars", "duckdb"])
@pytest.mark.parametrize(("tariff", "way"), [one[1:] for one in CASES], ids=[one[0] for one in CASES])
def test_a_limit_of_the_scope_is_a_window(tariff: Tariff, way: str, engine: Any) -> None:
    """Rows, meters and lots are those of the phases, by windows where the limit is that of the scope."""
    given = rows(Random(3), 120)
    lots = {who: [Lot("one", "carnet", 4, at("2026-01-01"))] for who in ("ann", "bob")}
    meters = {"cap/hall/seat/most/person=ann/room=s/day=2026-03-03": 100}
    found = replay(tariff, given, engine=engine, lots=lots, meters=meters)
    wanted = replay(tariff, given, engine="phases", lots=lots, meters=meters)
    same = [name for name in wanted.rows.column_names if name != "way"]
    assert found.rows.select(same).to_pylist() == wanted.rows.select(same).to_pylist()
    assert (found.meters, found.lots) == (wanted.meters, wanted.lots)
    assert sum(row["capped"] or 0 for row in wanted.rows.to_pylist()) > 0
    seats = {row["way"] for row, name in zip(found.rows.to_pylist(), given["product"].to_pylist(), strict=True)
             if name == "seat" and row["refused"] is None}  # fmt: skip
    assert seats == {engine if way == "polars" else "numpy"}


def test_the_control_bites(monkeypatch: pytest.MonkeyPatch) -> None:
    """With any limit taken for that of the scope, the answers differ."""
    monkeypatch.setattr(_scanned._Renamed, "of_scope", lambda self, expr, same: self.expr(self.inlined(expr)))
    tariff = hall(BY_ROOM, '["person", "day"]')
    given = rows(Random(3), 120)
    assert replay(tariff, given, engine="polars").rows["gross"] != replay(tariff, given, engine="phases").rows["gross"]


NIGHTS = Tariff.load("""
[tariff]
id = "night"
currency = "EUR"
timezone = "Europe/Paris"
prices = "incl"
[opening]
hours = [{ days = ["mon", "tue", "wed", "thu", "fri"], open = ["08:00-20:00"] }]
holidays = [2026-11-24]
[facts]
word = "text"
tools = { set = ["saw", "drill"] }
[product.hour]
price_date = "use"
rate = { price = 8, per = "1h" }
adjust = [
  { id = "holiday", percent = "+50%", when = { holiday = true } },
  { id = "winter", percent = "-10%", when = { season = ["11-01", "02-28"] } },
  { id = "late", percent = "+25%", when = { lead = { below = "2 days" } } },
  { id = "office", percent = "-5%", when = { inside = { clock = "09:00-18:00" } } },
  { id = "friend", percent = "-20%", when = { word = "hello" } },
  { id = "saw", add = -1, when = { tools = "saw" } },
]
""")


@pytest.mark.parametrize("engine", ["numpy", "polars", "duckdb"])
def test_conditions_of_the_calendar_are_decided_beside_columns(engine: Any) -> None:
    """Holidays, seasons, delays, hours of a stay, texts and sets: row by row the answer is that of the phases, also
    where rows of one day differ in it, as before a year whose holidays nobody has stated.
    """
    days, hours = ("2026-11-23", "2026-11-24", "2026-12-31", "2026-07-01"), ("08:30", "10:00", "22:30")
    starts = [at(f"{day}T{hour}") for day in days for hour in hours for _ in range(4)]
    words, tools = ["hello", "x", None, "hello"], [["saw"], ["drill", "saw"], ["drill"], None]
    bought = [at("2026-06-30T12:00"), at("2026-06-01T12:00")] * (len(starts) // 2)
    given = pa.table(
        {
            "product": ["hour"] * len(starts),
            "start": starts,
            "minutes": [60, 120, 240, 60] * (len(starts) // 4),
            "bought": bought,
            "word": words * (len(starts) // 4),
            "tools": tools * (len(starts) // 4),
        }
    )
    found, wanted = replay(NIGHTS, given, engine=engine), replay(NIGHTS, given, engine="phases")
    same = [name for name in wanted.rows.column_names if name != "way"]
    assert found.rows.select(same).to_pylist() == wanted.rows.select(same).to_pylist()
    assert {"unstated", None} <= set(wanted.rows["refused"].to_pylist())
    assert found.report.ways[engine] > 10


HALVES = Tariff.load("""
[tariff]
id = "halves"
currency = "EUR"
timezone = "UTC"
prices = "incl"
[product.desk]
measure = { unit = "half", cut = "13:00" }
rate = { price = 7, per = "half" }
""")


def test_a_size_of_the_calendar_is_that_of_its_row() -> None:
    """Rows that begin and end at once have one size, whatever further stretches another one of them has."""
    more = [[at("2026-03-03T14:00"), at("2026-03-03T15:00")], [], []]
    given = pa.table(
        {
            "product": ["desk"] * 3,
            "start": [at("2026-03-03T09:00")] * 3,
            "minutes": [60, 60, 300],
            "also": pa.array(more, pa.list_(pa.timestamp("us", "UTC"))),
        }
    )
    found = replay(HALVES, given)
    assert found.rows["gross"].to_pylist() == [1400, 700, 1400]
    assert dict(found.report.ways) == {"phases": 1, "numpy": 2}
