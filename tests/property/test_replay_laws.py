"""A replay against the fold of quotes: every engine gives the same rows, meters and lots, on random lists."""

from __future__ import annotations

from collections import Counter
from functools import cache
from random import Random
from typing import Any

import pytest

from cantinekit.pricing import Lot, Replay, Tariff, replay
from cantinekit.pricing.replaying import _decided, _fold, _giving, _lots
from support.run.soak import SOAK
from support.tariffs.usages import (
    FIGURES,
    Row,
    Seen,
    a_list,
    frame_of,
    in_order,
    opening,
    plain_fold,
    rows_of,
    state_of,
    usages,
)

LISTS, ROWS = (300, 2_000) if SOAK else (45, 60)


@cache
def a_case(seed: int) -> tuple[Tariff, list[Row], dict[str, int], dict[str, tuple[Lot, ...]]]:
    random = Random(seed)
    plain = seed % 3 < 2
    tariff = a_list(random, plain=plain, shared=seed % 3 == 1)
    rows = usages(random, ROWS, plain=plain)
    if seed % 4 == 0:  # as a file has them that is sorted by customer and time
        rows = [rows[place] for place in in_order(tariff, rows)]
        rows.sort(key=lambda row: row["customer"] or "")
    return tariff, rows, *opening(random, tariff, rows, plain=plain and seed % 2 == 0)


@cache
def by_phases(seed: int) -> Replay:
    """The replay of a case by phases alone."""
    tariff, rows, meters, lots = a_case(seed)
    return replay(tariff, frame_of(rows), engine="phases", meters=meters, lots=lots)


def difference(seed: int, seen: Seen) -> str:
    """The first row on which the phases differ from the plain fold; empty where there is none."""
    tariff, rows, meters, lots = a_case(seed)
    found = by_phases(seed)
    wanted, stand, held = plain_fold(tariff, rows, meters, lots, seen)
    for place, (mine, other) in enumerate(zip(rows_of(found), wanted, strict=True)):
        if (mine["gross"], mine["net"], mine["refused"]) != other:
            return f"row {place}: {mine} != {other}\n{rows[place]}\n{tariff.source}"
        _count(mine, rows[place], seen)
        if mine["gross"] is not None and (wrong := _wrong(mine)):
            return f"row {place}: {wrong}\n{mine}\n{rows[place]}\n{tariff.source}"
    left = {
        who: {lot.id: (lot.account, lot.left, lot.bought, lot.expires) for lot in mine.values()}
        for who, mine in held.items()
        if mine
    }
    if state_of(found) != (stand, left):
        return f"the state afterwards differs: {state_of(found)}\n{(stand, left)}"
    return ""


def _wrong(row: dict[str, Any]) -> str:
    """What does not add up in a row that has a price."""
    after = row["base"] - row["capped"] - row["discounted"]
    if after not in (row["gross"], row["net"]):
        return f"base, capped and discounted come to {after}"
    if row["net"] is not None and row["net"] + row["tax"] != row["gross"]:
        return "net and tax do not come to the gross amount"
    return "" if min(row["base"], row["covered"], row["capped"], row["gross"]) >= 0 else "below 0"


def _count(row: dict[str, Any], usage: Row, seen: Seen) -> None:
    seen["refused" if row["refused"] else "priced"] += 1
    seen["nobody"] += usage["customer"] is None
    if row["refused"] is None:
        seen["covered in part"] += bool(row["covered"] and row["gross"])
        seen["covered whole"] += bool(row["covered"] and not row["gross"])
        seen["capped"] += row["capped"] > 0
        seen["discounted"] += row["discounted"] > 0
        seen["raised"] += row["discounted"] < 0
        seen["tax apart"] += row["tax"] not in (None, 0)
        seen["tax not known"] += row["tax"] is None


HARD = (
    "priced", "refused", "nobody", "covered in part", "covered whole", "capped", "discounted", "raised", "tax apart",
    "tax not known", "lots not there yet", "expired lots", "lots of the year used", "orders priced", "orders refused",
    "stretches", "used in the order that gives",
)  # fmt: skip


def test_a_replay_is_the_fold_of_quotes() -> None:
    """Amounts, refusals, meters and lots of a replay by phases are those of one state folded row by row in the order of
    purchase, beginning and id; and the figures of each row add up.
    """
    seen: Seen = Counter()
    for seed in range(LISTS):
        found = difference(seed, seen)
        assert not found, f"seed {seed}, {found}"
    print(dict(seen))
    assert all(seen[name] for name in HARD), dict(seen)


@pytest.mark.parametrize("engine", ["programs", "numpy", "polars", "duckdb"])
def test_engines_give_the_same(engine: Any) -> None:
    """Each engine gives the figures of the phases row by row, and leaves the same meters and lots."""
    ways: Seen = Counter()
    for seed in range(LISTS):
        found = between(seed, engine, ways)
        assert not found, f"seed {seed}, {found}"
    print(engine, dict(ways))
    assert all(ways[name] for name in WAYS[engine]), dict(ways)


COLUMNS = ("columns covered", "columns capped", "columns discounted", "columns with tax", "programs", "phases")
WAYS = {
    "programs": ("programs", "phases"),
    "numpy": ("numpy", *COLUMNS),
    "polars": ("polars", "numpy", *COLUMNS),
    "duckdb": ("duckdb", "numpy", *COLUMNS),
}


def between(seed: int, engine: Any, ways: Seen) -> str:
    """The first row on which an engine differs from the phases; empty where there is none."""
    tariff, rows, meters, lots = a_case(seed)
    frame = frame_of(rows)
    slow = by_phases(seed)
    fast = replay(tariff, frame, engine=engine, meters=meters, lots=lots)
    for place, (mine, other) in enumerate(zip(rows_of(fast), rows_of(slow), strict=True)):
        if wrong := [name for name in FIGURES if mine[name] != other[name]]:
            return f"row {place}: {wrong}, {mine} != {other}\n{rows[place]}\n{tariff.source}"
    ways += Counter(fast.report.ways)
    for row in rows_of(fast):
        if row["way"] == engine != "programs":
            ways["columns covered"] += row["covered"] > 0
            ways["columns capped"] += row["capped"] > 0
            ways["columns discounted"] += row["discounted"] > 0
            ways["columns with tax"] += row["tax"] not in (None, 0)
    return "" if state_of(fast) == state_of(slow) else f"the state afterwards differs\n{tariff.source}"


def test_the_law_bites(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a shelf that forgets meters of a month, the law fails."""
    by_phases.cache_clear()
    monkeypatch.setattr(_fold, "periods_of", lambda day: ("",) if day is None else ("", f"day={day.isoformat()}"))
    found = any(difference(seed, Counter()) for seed in range(LISTS))
    by_phases.cache_clear()
    assert found


def test_the_law_of_engines_bites(monkeypatch: pytest.MonkeyPatch) -> None:
    """With columns that begin with empty lots, the law fails."""
    monkeypatch.setattr(_lots.Account, "held", lambda *_: [])
    assert any(between(seed, "numpy", Counter()) for seed in range(LISTS))


@pytest.mark.parametrize(
    ("where", "name", "fault"),
    [
        (_decided, "_told_by", lambda usages, when: [usages.days * 0]),
        (_giving.Giving, "by_columns", lambda *_: None),
    ],
    ids=["a condition that is decided once for all rows", "units that columns do not give"],
)
def test_the_law_of_what_columns_leave_bites(
    monkeypatch: pytest.MonkeyPatch, where: Any, name: str, fault: Any
) -> None:
    """With a fault in what is decided before columns, or given after them, the law fails."""
    monkeypatch.setattr(where, name, fault)
    assert any(between(seed, "numpy", Counter()) for seed in range(LISTS))
