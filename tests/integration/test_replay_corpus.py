"""The worked examples of all price lists, asked in batch: each engine answers as ``quote`` does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from functools import cache
from typing import Any

import attrs
import pyarrow as pa
import pytest

from cantinekit.clock import MIN_INSTANT, day_bounds
from cantinekit.money import Money
from cantinekit.pricing import Item, Lot, Order, Replay, State, Tariff, replay
from cantinekit.pricing.model.conditions import SetOf
from support.tariffs.lived import FOLDERS

FILES = sorted(path for folder in FOLDERS for path in folder.glob("*.toml"))
ENGINES = ("programs", "numpy", "polars", "duckdb")
TEXTS = pa.list_(pa.string())
INSTANT = pa.timestamp("us", "UTC")
OWN: dict[str, Any] = {
    "product": pa.string(), "customer": pa.string(), "order": pa.int64(), "count": pa.int64(), "start": INSTANT,
    "end": INSTANT, "length": pa.int64(), "also": pa.list_(INSTANT), "day": pa.date32(), "until": pa.date32(),
    "bought": INSTANT, "holds": TEXTS, "codes": TEXTS,
}  # fmt: skip
Question = tuple[Order, tuple[Lot, ...]]
Seen = Counter[str]


def asked(tariff: Tariff) -> Iterator[Question]:
    """The examples that ask what something costs, each of a customer of its own."""
    for number, example in enumerate(tariff.examples):
        if example.buy:
            order, _ = example.order(tariff.zone)
            lots = example.lots(tariff.zone, tariff.smallest)
            yield attrs.evolve(order, customer=f"c{number}"), lots


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


def cells(order: Order, item: Item, number: int, *, ends: bool) -> dict[str, Any]:
    """An item as a row, without its facts; ``ends``: with the end of its stay, and not how long it is."""
    period, day, length = item.period, item.day, item.minutes
    if period and not ends:
        length = period.length // timedelta(minutes=1)
    return {
        "product": item.product, "customer": order.customer, "order": number, "count": item.count,
        "start": period.start if period else None, "end": period.end if period else None, "length": length,
        "also": [moment for more in item.also for moment in (more.start, more.end)],
        "day": None if period else day, "until": item.until, "bought": order.as_of,
        "holds": None if order.holds is None else sorted(order.holds), "codes": list(order.codes),
    }  # fmt: skip


def frame(tariff: Tariff, questions: list[Question]) -> pa.Table:
    """The questions as a frame: a row for each item."""
    rows = [(order, item, number) for number, (order, _) in enumerate(questions) for item in order.items]
    ends = all(item.minutes is None for _, item, _ in rows)
    made = [cells(order, item, number, ends=ends) for order, item, number in rows]
    names = [name for name in OWN if name != ("length" if ends else "end")]
    columns = {name: pa.array([row[name] for row in made], OWN[name]) for name in names}
    if not ends:
        columns["minutes"] = columns.pop("length")
    for name, declared in tariff.facts.items():
        values = [plain(item.facts.get(name)) for _, item, _ in rows]
        kind = column_type(declared)
        if kind == pa.decimal128(12, 4):
            values = [None if value is None else Decimal(value) for value in values]
        columns[f"fact.{name}"] = pa.array(values, kind)
    return pa.table(columns)


def begins(item: Item, zone: str) -> Any:
    """When an item begins; one without a time comes first."""
    if item.period is not None:
        return item.period.start
    return day_bounds(item.day, zone).start if item.day else MIN_INSTANT


def folded(tariff: Tariff, questions: list[Question]) -> list[tuple[Any, ...]]:
    """Gross and net amount, or the refusals, of each question after those before it: some meters are of an
    organisation.
    """
    found: list[tuple[Any, ...]] = [()] * len(questions)
    first = [min(begins(item, tariff.zone) for item in order.items) for order, _ in questions]
    state = State()
    for place in sorted(range(len(first)), key=lambda place: (questions[place][0].as_of or first[place], first[place])):
        order, lots = questions[place]
        answer = tariff._programs.full(order, attrs.evolve(state, lots=lots))
        codes = ", ".join(dict.fromkeys(stop.code for stop in answer.refusals))
        net = None if answer.net is None else answer.net.amount
        found[place] = (answer.total.amount, net, None) if answer.ok else (None, None, codes)
        state = answer.state if answer.ok else state
    return found


def whole(batch: Replay, questions: list[Question]) -> list[tuple[Any, ...]]:
    """Gross and net amount, or the refusals, of each question: what its rows come to."""
    rows, found = iter(batch.rows.to_pylist()), []
    for order, _ in questions:
        mine = [next(rows) for _ in order.items]
        gross, net = ([row[name] for row in mine] for name in ("gross", "net"))
        (refused,) = {row["refused"] for row in mine}
        found.append((None if None in gross else sum(gross), None if None in net else sum(net), refused))
    return found


@cache
def answers(path: Any) -> tuple[Tariff, pa.Table, list[Question], list[tuple[Any, ...]]]:
    """The price list, its questions and their frame, and what the phases answer to each."""
    tariff = Tariff.load(path)
    questions = list(asked(tariff))
    return tariff, frame(tariff, questions), questions, folded(tariff, questions)


@pytest.mark.parametrize("engine", ENGINES)
def test_the_corpus_in_batch(engine: Any) -> None:
    """Every example that asks what something costs is answered by a replay as it is by ``quote``, whoever computes it:
    orders of several items and stays of several stretches as well.
    """
    seen: Seen = Counter()
    for path in FILES:
        tariff, table, questions, wanted = answers(path)
        if not questions:
            continue
        lots = {order.customer: held for order, held in questions if order.customer and held}
        batch = replay(tariff, table, engine=engine, lots=lots)
        for (order, _), one, other in zip(questions, whole(batch, questions), wanted, strict=True):
            assert one == other, f"{path.name}: {order}"
            seen["priced" if other[2] is None else "refused"] += 1
            seen["stretches"] += any(item.also for item in order.items)
        seen["orders"] += batch.report.orders
        seen.update(batch.report.ways)
    print(engine, dict(seen))
    names = ("priced", "refused", "orders", "stretches", "phases", "programs" if engine == "programs" else "numpy")
    assert min(seen[name] for name in names)


def test_what_is_not_asked_is_no_usage() -> None:
    """The examples without a usage ask what to buy, or when a notice ends."""
    for path in FILES:
        for example in answers(path)[0].examples:
            assert example.buy or example.later.need or example.later.notice or example.later.leaves, example
