"""How far each item of a price moved the meters of the price list. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from cantinekit import pricing
from cantinekit.domain.sales.question import build_order
from cantinekit.domain.sales.records import MeterMove, Sale
from cantinekit.money import allocate
from cantinekit.pricing.engine.facts import escape

CHARGED = ("revenue", "penalty", "held", "debt")
"""The kinds of lines of a price that are owed."""


def moves_by_item(sale: Sale, price: pricing.Quote, tariff: pricing.Tariff) -> dict[str, tuple[MeterMove, ...]]:
    """How far each item moved meters, by its id; together they are the moves of the price.

    A meter that several items moved is split by what the price list counts on it: amounts under a cap, free units of an
    allowance, else units.

    Args:
        sale: the items, the customer and their units.
        price: the price of them.
        tariff: the price list.
    """
    labels = [item.label or str(number) for number, item in enumerate(sale.items, 1)]
    moves = [MeterMove(id, delta) for id, delta in price.meters if delta]
    if len(labels) == 1 or not moves:
        return {labels[0]: tuple(moves)}
    amounts, units = Counter[str](), Counter[str]()
    for line in price.lines:
        if line.kind in CHARGED:
            amounts[owner_of(line.item)] += line.amount.amount
    known = {lot.entitlement_id for lot in sale.lots}
    for use in price.uses:
        if not use.money and use.lot in known:
            units[owner_of(use.item)] += use.units
    found: dict[str, list[MeterMove]] = {label: [] for label in labels}
    counted, free = _counted(sale, labels, tariff), _freed(price, moves)
    for move in moves:
        ours = counted.get(move.meter_id) or labels
        weigh = amounts if move.meter_id.startswith("cap/") else free.get(_rule(move.meter_id), units)
        for label, delta in zip(ours, split_evenly(move.delta, [weigh[label] for label in ours]), strict=True):
            if delta:
                found[label].append(MeterMove(move.meter_id, delta))
    return {label: tuple(mine) for label, mine in found.items()}


def owner_of(item: str) -> str:
    """The item that a product was bought along with, which the engine calls ``item+product``; else the item itself."""
    return item.partition("+")[0]


def split_evenly(total: int, weights: Sequence[int]) -> list[int]:
    """Split an integer by weights; evenly where no weight is above zero."""
    counted = [max(0, weight) for weight in weights]
    return allocate(total, counted if any(counted) else [1] * len(counted))


def _rule(meter_id: str) -> tuple[str, ...]:
    """The product and the rule of a meter, as its id writes them."""
    return tuple(meter_id.split("/")[2:4])


def _freed(price: pricing.Quote, moves: Sequence[MeterMove]) -> dict[tuple[str, ...], Counter[str]]:
    """The number of free units of each item, by the product and the rule of the allowance."""
    found: dict[tuple[str, ...], Counter[str]] = {}
    if any(move.meter_id.startswith("free/") for move in moves):
        for step in price.trace:
            if step.phase == "cover" and step.status == "applied" and "free" in step.values:
                rule = (escape(step.product), escape(step.values["account"]))
                found.setdefault(rule, Counter())[owner_of(step.item)] += step.values.get("units", 0)
    return found


def _counted(sale: Sale, labels: Sequence[str], tariff: pricing.Tariff) -> dict[str, list[str]]:
    """The items that are counted on each meter, by the id of the meter."""
    found = dict[str, list[str]]()
    for label, item in zip(labels, sale.items, strict=True):
        for meter in tariff.meters(build_order([item], sale.customer_id, sale.at)):
            found.setdefault(meter, []).append(label)
    return found
