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
    "word": pa.string(), "tools": pa.list_(pa.string()),
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


def order_of(row: Row) -> Order:
    """A row as the question that it is."""
    start, minutes, period = row.get("start"), row.get("minutes"), None
    if start is not None:
        period = Period(start, row["end"] if "end" in row else start + timedelta(minutes=minutes))
    facts = {name: tuple(row[name]) if name == "tools" else row[name] for name in FACTS if name in row}
    item = Item(
        row["product"], period, row["count"], row.get("day"), facts, minutes=None if start is not None else minutes
    )
    holds = row.get("holds")
    return Order((item,), row["customer"], row.get("bought"), holds, tuple(row.get("codes") or ()))


def in_order(tariff: Tariff, rows: list[Row]) -> list[int]:
    """The places of the rows by purchase, beginning and id."""

    def rank(place: int) -> Any:
        row = rows[place]
        begins = row["start"] if "start" in row else day_bounds(row["day"], tariff.zone).start
        return row.get("bought") or begins, begins, row["id"]

    return sorted(range(len(rows)), key=rank)


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
    for place in in_order(tariff, rows):
        row, order = rows[place], order_of(rows[place])
        day: date = local(row["start"], tariff.zone).date() if "start" in row else row["day"]
        who = order.customer
        mine = held.get(who, {}) if who else {}
        usable = tuple(lot for lot in mine.values() if first[who, lot.id] <= day)
        seen["lots not there yet"] += len(usable) < len(mine)
        moment = row.get("start") or day_bounds(day, tariff.zone).start
        seen["expired lots"] += any(lot.expires is not None and lot.expires <= moment and lot.left for lot in usable)
        answer: Quote = tariff._programs.full(order, State(meters, usable))
        if not answer.ok:
            out[place] = None, None, ", ".join(dict.fromkeys(stop.code for stop in answer.refusals))
            continue
        out[place] = answer.total.amount, None if answer.net is None else answer.net.amount, None
        meters = dict(answer.state.meters)
        seen["lots of the year used"] += any(use.lot.endswith("carnet") for use in answer.uses)
        if who:
            mine = held.setdefault(who, {})
            mine.update({lot.id: lot for lot in answer.state.lots})
            for grant in answer.grants:
                lot = _lot(tariff, row, order, answer, day, grant)
                mine[lot.id], first[who, lot.id] = lot, day
    return out, {key: used for key, used in meters.items() if used}, held


def _lot(tariff: Tariff, row: Row, order: Order, answer: Quote, day: date, grant: Any) -> Lot:
    """What the product "pack" gives; all of its price is paid for all of its units."""
    validity = tariff.products[row["product"]].valid
    ends = day_bounds(last_day(validity, day), tariff.zone).end if validity else None
    bought = order.as_of or row.get("start") or WallTime(day, time(), tariff.zone).instant
    units = int(grant.units / tariff.smallest.get(grant.account, 1))
    value = answer.total.amount // units
    return Lot(f"{row['id']}, 1, {grant.account}", grant.account, units, bought, ends, value=value)


def rows_of(found: Replay | LateReplay) -> list[dict[str, Any]]:
    return found.rows.to_pylist()  # type: ignore[no-any-return]


def state_of(found: Replay | LateReplay) -> tuple[dict[str, int], dict[str, dict[str, tuple[Any, ...]]]]:
    """Meters by key, and what is left of each lot."""
    lots: dict[str, dict[str, tuple[Any, ...]]] = {}
    for row in found.lots.to_pylist():
        lots.setdefault(row["customer"], {})[row["lot"]] = row["account"], row["left"], row["bought"], row["expires"]
    return {row["meter"]: row["used"] for row in found.meters.to_pylist()}, lots
