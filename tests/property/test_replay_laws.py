"""A replay against the fold of quotes: every engine gives the same rows, meters and lots, on random lists."""

from __future__ import annotations

from collections import Counter
from functools import cache
from random import Random
from typing import Any

import pytest

from cantinekit.money import round_ratio
from cantinekit.pricing import Lot, Order, Quote, Replay, State, Tariff, replay
from cantinekit.pricing.compiled import Programs
from cantinekit.pricing.engine import lines
from cantinekit.pricing.replaying import _decided, _fold, _giving, _lots
from cantinekit.pricing.tax import _extract, document
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
    questions,
    rows_of,
    state_of,
    usages,
)

LISTS, ROWS = (200, 2_000) if SOAK else (45, 60)


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


def by_phases(seed: int) -> Replay:
    """The replay of a case by phases alone."""
    return with_ties(seed)[0]


@cache
def with_ties(seed: int) -> tuple[Replay, frozenset[int]]:
    """The replay of a case by phases alone, and the rows in which something came to half a minor unit."""
    tariff, rows, meters, lots = a_case(seed)
    noted: list[bool] = []
    ask = _fold.Pricer.ask

    def rounding(numerator: int, denominator: int, mode: Any = "half_up") -> int:
        noted[-1] |= 2 * numerator % denominator == 0 and numerator % denominator != 0
        return round_ratio(numerator, denominator, mode)

    def asking(self: Any, *question: Any) -> Any:
        noted.append(False)
        return ask(self, *question)

    with pytest.MonkeyPatch.context() as patch:
        for module in (lines, _extract, document):
            patch.setattr(module, "round_ratio", rounding)
        patch.setattr(_fold.Pricer, "ask", asking)
        found = replay(tariff, frame_of(rows), engine="phases", meters=meters, lots=lots)
    ties = [places for places, tie in zip(questions(tariff, rows), noted, strict=True) if tie]
    return found, frozenset(place for places in ties for place in places)


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


def test_engines_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each engine gives the figures of the phases row by row, and leaves the same meters and lots. What the phases have
    answered to a question they are not asked once more.
    """
    ways: dict[str, Seen] = {engine: Counter() for engine in WAYS}
    known: dict[Any, Any] = {}
    slow = Programs.full

    def full(self: Programs, order: Order, state: State) -> Quote:
        key = self.version, order, state
        if key not in known:
            known[key] = slow(self, order, state)
        return known[key]  # type: ignore[no-any-return]

    monkeypatch.setattr(Programs, "full", full)
    for seed in range(LISTS):
        for engine, seen in ways.items():
            found = between(seed, engine, seen)
            assert not found, f"seed {seed}, {engine}, {found}"
        known.clear()
        if SOAK:
            with_ties.cache_clear()
            a_case.cache_clear()
    for engine, seen in ways.items():
        print(engine, LISTS * ROWS, "rows:", dict(sorted((+seen).items())))
        assert all(seen[name] for name in WAYS[engine]), dict(seen)


COLUMNS = (
    *(f"columns {case}" for case in ("covered whole", "covered in part", "capped", "discounted", "tie", "with tax")),
    "out of bounds", "programs", "phases",
)  # fmt: skip
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
    ties = with_ties(seed)[1]
    for place, row in enumerate(rows_of(fast)):
        for case in _cases(row, rows[place], place in ties):
            ways[case] += 1
            ways[f"columns {case}"] += row["way"] in ("numpy", "polars", "duckdb")
    return "" if state_of(fast) == state_of(slow) else f"the state afterwards differs\n{tariff.source}"


def _cases(row: dict[str, Any], usage: Row, tie: bool) -> list[str]:
    """What is hard about a row."""
    amount = row["gross"] or 0
    found = {
        "tie": tie,
        "refused": row["refused"] is not None,
        "covered in part": bool(row["covered"] and amount),
        "covered whole": bool(row["covered"] and not amount),
        "capped": (row["capped"] or 0) > 0,
        "discounted": (row["discounted"] or 0) > 0,
        "with tax": row["tax"] not in (None, 0),
        "out of bounds": 20_000 in (usage["count"], usage.get("persons"), usage.get("units")),
        "of an order": "order" in usage,
        "stretches": "also" in usage,
    }
    return [name for name, holds in found.items() if holds]


def test_the_law_bites(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a shelf that forgets meters of a month, the law fails."""
    with_ties.cache_clear()
    monkeypatch.setattr(_fold, "periods_of", lambda day: ("",) if day is None else ("", f"day={day.isoformat()}"))
    found = any(difference(seed, Counter()) for seed in range(LISTS))
    with_ties.cache_clear()
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
