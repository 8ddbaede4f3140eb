"""The worked examples of all price lists, asked in batch: each engine answers as ``quote`` does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from typing import Any

import attrs
import pyarrow as pa
import pytest

from cantinekit.clock import MIN_INSTANT, day_bounds
from cantinekit.money import Money
from cantinekit.pricing import Lot, Order, State, Tariff, replay
from cantinekit.pricing.model.conditions import SetOf
from support.tariffs.lived import FOLDERS

FILES = sorted(path for folder in FOLDERS for path in folder.glob("*.toml"))
ENGINES = ("programs", "numpy", "polars", "duckdb")
TEXTS = pa.list_(pa.string())
INSTANT = pa.timestamp("us", "UTC")
OWN: dict[str, Any] = {
    "product": pa.string(), "customer": pa.string(), "count": pa.int64(), "start": INSTANT, "end": INSTANT,
    "length": pa.int64(), "day": pa.date32(), "until": pa.date32(), "bought": INSTANT, "holds": TEXTS, "codes": TEXTS,
}  # fmt: skip
Row = tuple[Order, tuple[Lot, ...]]
Seen = Counter[str]


def asked(tariff: Tariff) -> Iterator[Row]:
    """The examples that are a question of one item and one stretch of time, each of a customer of its own."""
    for number, example in enumerate(tariff.examples):
        if not example.buy:
            continue
        order, _ = example.order(tariff.zone)
        if len(order.items) == 1 and not order.items[0].also:
            (item,) = order.items
            lots = example.lots(tariff.zone, tariff.smallest)
            yield Order((item,), f"c{number}", order.as_of, order.holds, order.codes), lots


def column_type(declared: Any) -> Any:
    """The type of the column of a fact."""
    if isinstance(declared, SetOf):
        return TEXTS
    kinds = {"yes/no": pa.bool_(), "number": pa.int64(), "money": pa.int64(), "decimal": pa.decimal128(12, 4)}
    return kinds.get(declared, pa.string()) if isinstance(declared, str) else pa.string()


def plain(value: Any) -> Any:
    """A fact as a column holds it."""
    if isinstance(value, Money):
        return value.amount
    return list(value) if isinstance(value, tuple) else value


def cells(order: Order) -> dict[str, Any]:
    """A question as a row, without its facts."""
    (item,) = order.items
    period, day = item.period, item.day
    return {
        "product": item.product, "customer": order.customer, "count": item.count,
        "start": period.start if period else None, "end": period.end if period else None, "length": item.minutes,
        "day": None if period else day, "until": item.until, "bought": order.as_of,
        "holds": None if order.holds is None else sorted(order.holds), "codes": list(order.codes),
    }  # fmt: skip


def frames(tariff: Tariff, rows: list[Row]) -> list[tuple[pa.Table, list[Row]]]:
    """The rows as frames: those that say a length alone have a column of it, the others have ends."""
    out = []
    for alone in (False, True):
        mine = [row for row in rows if (row[0].items[0].minutes is not None) == alone]
        if not mine:
            continue
        made = [cells(order) for order, _ in mine]
        names = [name for name in OWN if name != ("end" if alone else "length")]
        columns = {name: pa.array([row[name] for row in made], OWN[name]) for name in names}
        if alone:
            columns["minutes"] = columns.pop("length")
        for name, declared in tariff.facts.items():
            values = [plain(order.items[0].facts.get(name)) for order, _ in mine]
            kind = column_type(declared)
            if kind == pa.decimal128(12, 4):
                values = [None if value is None else Decimal(value) for value in values]
            columns[f"fact.{name}"] = pa.array(values, kind)
        out.append((pa.table(columns), mine))
    return out


def begins(order: Order, zone: str) -> Any:
    """When a question begins; one without a time comes first."""
    (item,) = order.items
    if item.period is not None:
        return item.period.start
    return day_bounds(item.day, zone).start if item.day else MIN_INSTANT


def folded(tariff: Tariff, rows: list[Row]) -> list[tuple[Any, Any]]:
    """The gross amount or the refusal of each row after those before it: some meters are of an organisation."""
    found: list[tuple[Any, Any]] = [(None, None)] * len(rows)
    first = [(order.as_of or begins(order, tariff.zone), begins(order, tariff.zone)) for order, _ in rows]
    state = State()
    for place in sorted(range(len(rows)), key=lambda place: (*first[place], place)):
        order, lots = rows[place]
        answer = tariff._programs.full(order, attrs.evolve(state, lots=lots))
        codes = ", ".join(dict.fromkeys(stop.code for stop in answer.refusals))
        found[place] = (answer.total.amount, None) if answer.ok else (None, codes)
        state = answer.state if answer.ok else state
    return found


@cache
def answers(path: Any) -> tuple[Tariff, list[tuple[pa.Table, list[Row], list[tuple[Any, Any]]]]]:
    """The price list, its frames, and what the phases answer to each row."""
    tariff = Tariff.load(path)
    return tariff, [(frame, rows, folded(tariff, rows)) for frame, rows in frames(tariff, list(asked(tariff)))]


@pytest.mark.parametrize("engine", ENGINES)
def test_the_corpus_in_batch(engine: Any) -> None:
    """Every example that is one question is answered by a replay as it is by ``quote``, whoever computes it."""
    seen: Seen = Counter()
    for path in FILES:
        tariff, found = answers(path)
        for frame, rows, wanted in found:
            lots = {order.customer: held for order, held in rows if held}
            batch = replay(tariff, frame, engine=engine, lots=lots)  # type: ignore[arg-type]
            mine = zip(batch.rows["gross"].to_pylist(), batch.rows["refused"].to_pylist(), strict=True)
            for (order, _), one, other in zip(rows, mine, wanted, strict=True):
                assert one == other, f"{path.name}: {order}"
                seen["priced" if other[1] is None else "refused"] += 1
            seen.update(batch.report.ways)
    print(engine, dict(seen))
    assert min(seen["priced"], seen["refused"], seen["phases"], seen["programs" if engine == "programs" else "numpy"])
