"""Random usages for random price lists, and the plain fold that says what a replay of them has to answer.

The fold here knows no shelves and no columns: one state with all meters, asked of the phases row by row.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any

import attrs
import pyarrow as pa

from cantinekit.clock import Period, WallTime, day_bounds, local
from cantinekit.errors import TariffError
from cantinekit.pricing import Item, LateReplay, Lot, Order, Quote, Replay, State, Tariff
from cantinekit.pricing.terms import last_day
from support.tariffs.compiled import DAYS, FACTS, any_lots, compiled_tariffs, spell, table_tariffs

Row = dict[str, Any]
Seen = Counter[str]
CUSTOMERS = ("ann", "ann", "ann", "bob", "bob", "a/b=%é", "carl", None)
PLAIN = ("category", "place", "night", "persons", "units")
TYPES: dict[str, Any] = {
    "customer": pa.string(), "product": pa.string(), "count": pa.int64(), "start": pa.timestamp("us", "UTC"),
    "end": pa.timestamp("us", "UTC"), "minutes": pa.int32(), "day": pa.date32(), "bought": pa.timestamp("us", "UTC"),
    "holds": pa.list_(pa.string()), "codes": pa.list_(pa.string()), "category": pa.string(), "place": pa.string(),
    "night": pa.bool_(), "persons": pa.int16(), "units": pa.int64(), "weight": pa.decimal128(10, 4),
    "word": pa.string(), "tools": pa.list_(pa.string()), "order": pa.int64(),
    "also": pa.list_(pa.timestamp("us", "UTC")),
}  # fmt: skip
ZERO = datetime(2026, 1, 1, tzinfo=UTC)
FIGURES = ("base", "covered", "capped", "discounted", "gross", "net", "tax", "refused", "version")
PACK = '[product."pack"]'
VALID = ("", 'valid = { lasts = "30 days", ends = "the day before" }', 'valid = { year = "calendar" }')
"""How long what is bought in the course of the year can be used."""


def a_list(random: Random, *, plain: bool, shared: bool) -> Tariff:
    """A random price list of which a product gives units that others use.

    Args:
        random: where it comes from.
        plain: of what a column can say.
        shared: whether two products share an account or a pool.
    """
    tariffs = table_tariffs() if plain else compiled_tariffs()
    while True:
        data = tariffs.draw(random)
        try:
            text = spell(data)
            tariff = Tariff.load(text.replace(PACK, f"{PACK}\n{random.choice(VALID)}", 1))
        except TariffError:
            continue
        if not shared or len(tariff._programs.families(["desk", "lab"])) == 1:
            return tariff


def usages(random: Random, length: int, *, plain: bool) -> list[Row]:
    """Rows in no order.

    Args:
        random: where they come from.
        length: how many.
        plain: only what a column can say: all facts, and hours with a length.
    """
    pick = random.choice
    ids = random.sample(range(10 * length), length)
    named = random.random() < 0.5
    lengths = pick(["end", "minutes"])
    timed, bought = random.random() < 0.9, random.random() < 0.5
    rare = 0.0 if plain else 0.04
    people = [*CUSTOMERS, *(f"m{n}" for n in range(length // 4 if plain else 0))]
    alone = plain and random.random() < 0.5
    rows: list[Row] = []
    for id in ids:
        start = None
        row: Row = {"id": f"v{id}" if named else id, "customer": pick(people), "count": pick([1, 1, 1, 2, 5])}
        row["product"] = pick(["desk"] * 5 + ["desk" if alone else "lab"] * 4 + ["pack"])
        if random.random() < 0.01:
            row["product"] = pick(["club", "nothing"])
        day = pick(DAYS)
        if timed and random.random() >= rare:
            start = datetime.combine(day, time(pick([0, 1, 8, 9, 17, 21, 23]), pick([0, 30, 59])), UTC)
            minutes = pick([1, 45, 60, 61, 120, 240, 400, 1500])
            row["start"] = start
            row[lengths] = start + timedelta(minutes=minutes) if lengths == "end" else minutes
        else:
            row["day"] = day
            if lengths == "minutes" and random.random() < rare:
                row["minutes"] = pick([45, 60, 240])
        if bought and random.random() >= rare:
            row["bought"] = ZERO + timedelta(days=pick([0, 0, 330, 340]), minutes=random.randrange(900))
        row["holds"] = pick([["club"], [], ["other"], None]) if not plain else pick([["club"], []])
        if random.random() < 0.1:
            row["codes"] = pick([["TEN"], ["HALF", "TEN"], *([] if plain else [["NOPE"]])])
        row |= {
            "category": pick(FACTS["category"]), "place": pick(FACTS["place"]), "night": pick([True, False]),
            "persons": pick([0, 1, 2, 3, 6]), "units": pick([1, 2, 3, 7, 12]), "weight": pick([1, 2, 3]),
            "word": pick(["hello", "x"]), "tools": pick([["saw"], ["drill", "saw"]]),
        }  # fmt: skip
        if random.random() < rare:
            row.pop(pick(PLAIN))
        if random.random() < rare / 4:
            row[pick(["count", "persons", "units"])] = 20_000
        if start is not None and random.random() < 3 * rare:
            ends = row["end"] if "end" in row else start + timedelta(minutes=row["minutes"])
            row["also"] = [ends + timedelta(hours=1), ends + timedelta(hours=2)]
        if rows and random.random() < (0.005 if plain else 0.1):
            before = rows[-1]
            before["order"] = row["order"] = before.get("order", id)
            before["product"] = pick([before["product"], before["product"], "pack"])
            for name in ("customer", "bought", "holds", "codes"):
                row.pop(name, None)
                row |= {name: before[name]} if name in before else {}
        rows.append(row)
    return rows


def frame_of(rows: list[Row]) -> pa.Table:
    """The rows as an Arrow table of all columns that one of them has."""
    columns = {"id": pa.array([row["id"] for row in rows])}
    for name, kind in TYPES.items():
        if any(name in row for row in rows):
            columns[name] = pa.array([row.get(name) for row in rows], kind)
    return pa.table(columns)


def opening(
    random: Random, tariff: Tariff, rows: list[Row], *, plain: bool
) -> tuple[dict[str, int], dict[str, tuple[Lot, ...]]]:
    """Meters that are not at 0, of scopes that the rows meet, and lots; ``plain`` ones do not expire."""
    meters: dict[str, int] = {}
    for row in rows[::10]:
        for key in tariff.meters(order_of(row)):
            meters[key] = random.choice([0, 1, 50, 900])
    people = sorted({row["customer"] for row in rows} - {None})
    lots = {who: any_lots().draw(random) for who in people if random.random() < 0.7}
    if plain:
        lots = {who: tuple(attrs.evolve(lot, expires=None, bought=ZERO) for lot in mine) for who, mine in lots.items()}
    return meters, lots


def order_of(*rows: Row) -> Order:
    """Rows as the question that they are."""
    (first, *_) = rows
    holds = first.get("holds")
    return Order(map(_item, rows), first["customer"], first.get("bought"), holds, tuple(first.get("codes") or ()))


def _item(row: Row) -> Item:
    start, minutes, period = row.get("start"), row.get("minutes"), None
    if start is not None:
        period = Period(start, row["end"] if "end" in row else start + timedelta(minutes=minutes))
    facts = {name: tuple(row[name]) if name == "tools" else row[name] for name in FACTS if name in row}
    also = row.get("also") or ()
    return Item(
        row["product"], period, row["count"], row.get("day"), facts, also=[Period(*also)] if also else (),
        minutes=None if start is not None else minutes,
    )  # fmt: skip


def in_order(tariff: Tariff, rows: list[Row]) -> list[int]:
    """The places of the rows as they are asked."""
    return [place for places in questions(tariff, rows) for place in places]


def questions(tariff: Tariff, rows: list[Row]) -> list[list[int]]:
    """The places of the rows of each question, by purchase, beginning and id of the first of them."""

    def rank(place: int) -> Any:
        row = rows[place]
        begins = row["start"] if "start" in row else day_bounds(row["day"], tariff.zone).start
        return row.get("bought") or begins, begins, row["id"]

    found: dict[Any, list[int]] = {}
    for place, row in enumerate(rows):
        found.setdefault(row.get("order", ("alone", place)), []).append(place)
    asked = sorted(found.values(), key=lambda places: min(map(rank, places)))
    return [sorted(places, key=lambda place: rows[place]["id"]) for places in asked]


def plain_fold(
    tariff: Tariff, rows: list[Row], meters: dict[str, int], lots: dict[str, tuple[Lot, ...]], seen: Seen
) -> tuple[list[tuple[Any, ...]], dict[str, int], dict[str, dict[str, Lot]]]:
    """Of each row the gross and net amount and the refusal; then all meters and lots that are left."""
    out: list[tuple[Any, ...]] = [()] * len(rows)
    held = {who: {lot.id: lot for lot in mine} for who, mine in lots.items()}
    first = {
        (who, lot.id): local(lot.bought, tariff.zone).date() for who, mine in held.items() for lot in mine.values()
    }
    meters = dict(meters)
    for places in questions(tariff, rows):
        together = [rows[place] for place in places]
        order = order_of(*together)
        days: list[date] = [
            local(row["start"], tariff.zone).date() if "start" in row else row["day"] for row in together
        ]
        who = order.customer
        mine = held.get(who, {}) if who else {}
        usable = tuple(lot for lot in mine.values() if first[who, lot.id] <= min(days))
        seen["lots not there yet"] += len(usable) < len(mine)
        for row, day in zip(together, days, strict=True):
            moment = row.get("start") or day_bounds(day, tariff.zone).start
            seen["expired lots"] += any(
                lot.expires is not None and lot.expires <= moment and lot.left for lot in usable
            )
        answer: Quote = tariff._programs.full(order, State(meters, usable))
        seen["orders priced" if answer.ok else "orders refused"] += len(places) > 1
        seen["stretches"] += answer.ok and any(item.also for item in order.items)
        for number, place in enumerate(places, 1):
            codes = ", ".join(dict.fromkeys(stop.code for stop in answer.refusals))
            out[place] = (*_part(answer, str(number)), None) if answer.ok else (None, None, codes)
        if not answer.ok:
            continue
        meters = dict(answer.state.meters)
        seen["lots of the year used"] += any(use.lot.endswith("carnet") for use in answer.uses)
        if who:
            mine = held.setdefault(who, {})
            mine.update({lot.id: lot for lot in answer.state.lots})
            for grant in answer.grants:
                place = int(grant.item.partition("+")[0]) - 1
                lot = _lot(tariff, together[place], order, answer, days[place], grant)
                used = sum(use.units for use in answer.uses if use.lot == f"item {grant.item}, {grant.account}")
                seen["used in the order that gives"] += used > 0
                mine[lot.id], first[who, lot.id] = lot.spent(used), days[place]
    return out, {key: used for key, used in meters.items() if used}, held


def _part(answer: Quote, item: str) -> tuple[int, int | None]:
    """What the explanation of a quote leaves an item and what is bought along with it at, and its net amount."""
    after = {step.item: step.after.amount for step in answer.trace if step.item.partition("+")[0] == item}
    nets = [line.net for line in answer.lines if line.item in after]
    net = None if answer.net is None or None in nets else sum(one.amount for one in nets if one)
    return sum(after.values()), net


def _lot(tariff: Tariff, row: Row, order: Order, answer: Quote, day: date, grant: Any) -> Lot:
    """What the product "pack" gives; all of its price is paid for all of its units."""
    validity = tariff.products[row["product"]].valid
    ends = day_bounds(last_day(validity, day), tariff.zone).end if validity else None
    bought = order.as_of or row.get("start") or WallTime(day, time(), tariff.zone).instant
    units = int(grant.units / tariff.smallest.get(grant.account, 1))
    value = sum(line.amount.amount for line in answer.lines if line.item == grant.item) // units
    return Lot(f"{row['id']}, {grant.item}, {grant.account}", grant.account, units, bought, ends, value=value)


def rows_of(found: Replay | LateReplay) -> list[dict[str, Any]]:
    return found.rows.to_pylist()  # type: ignore[no-any-return]


def state_of(found: Replay | LateReplay) -> tuple[dict[str, int], dict[str, dict[str, tuple[Any, ...]]]]:
    """Meters by key, and what is left of each lot."""
    lots: dict[str, dict[str, tuple[Any, ...]]] = {}
    for row in found.lots.to_pylist():
        lots.setdefault(row["customer"], {})[row["lot"]] = row["account"], row["left"], row["bought"], row["expires"]
    return {row["meter"]: row["used"] for row in found.meters.to_pylist()}, lots
