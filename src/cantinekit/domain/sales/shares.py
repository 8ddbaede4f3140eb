"""Split the price of several things into the share of each: its amount, units and meters, to the cent. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import attrs

from cantinekit.domain.passes.records import Spend
from cantinekit.domain.payments.records import ChargePart
from cantinekit.domain.sales.item_moves import CHARGED, moves_by_item, owner_of, split_evenly
from cantinekit.domain.sales.prices import Priced
from cantinekit.domain.sales.question import build_order, read_tariff
from cantinekit.domain.sales.records import MeterMove
from cantinekit.money import Money


@attrs.frozen
class ItemShare:
    """What one of several things costs.

    Attributes:
        part: what of the charge is for it.
        spends: the units of passes that pay for it.
        moves: how far it moves the meters of the price list.
        scopes: the scopes in which it is priced together with others.
    """

    part: ChargePart
    spends: tuple[Spend, ...]
    moves: tuple[MeterMove, ...]
    scopes: tuple[str, ...] = ()


def split_price(priced: Priced, text: str) -> tuple[ItemShare, ...]:
    """The share of each item of a price, in the order of its items; together they are the price.

    A line or a unit belongs to its item, and so does what is bought along with the item. A meter that several dates
    moved is split by what the price list counts on it: amounts under a cap, free units of an allowance, else units.

    Args:
        priced: the price of all items.
        text: the price list.
    """
    labels = [item.label for item in priced.sale.items]
    price = priced.quote.price
    amounts, deposits = Counter[str](), Counter[str]()
    spent: dict[str, Counter[str]] = {label: Counter() for label in labels}
    for line in price.lines:
        if line.kind in CHARGED:
            amounts[owner_of(line.item)] += line.amount.amount
        if line.kind == "held":  # that of what is bought along with an item is no deposit of the item
            deposits[line.item] += line.amount.amount
    known = {lot.entitlement_id for lot in priced.sale.lots}
    for use in price.uses:
        if use.money or use.lot not in known:
            continue
        spent[owner_of(use.item)][use.lot] += use.units
    for label, lots in _due(priced, text, spent).items():
        spent[label].update(lots)
    money = _whole([amounts[label] for label in labels], priced.due.amount)
    moves = moves_by_item(priced.sale, price, read_tariff(text))
    return tuple(
        ItemShare(
            ChargePart(Money(amount, priced.due.currency), deposit=deposits[label]),
            tuple(Spend(lot, number) for lot, number in sorted(spent[label].items()) if number),
            moves.get(label, ()),
            priced.scopes(label),
        )
        for label, amount in zip(labels, money, strict=True)
    )


def _due(priced: Priced, text: str, used: dict[str, Counter[str]]) -> dict[str, dict[str, int]]:
    """What is due in units that are no money, of each item by the lots that it is taken from.

    The price says it of all items together; it is split by what each item alone comes to.

    Args:
        priced: the price of all items.
        text: the price list.
        used: the units of each item that cover a part of it, by their lots.
    """
    covered = Counter[str]()
    for lots in used.values():
        covered.update(lots)
    due = {one.entitlement_id: one.units - covered[one.entitlement_id] for one in priced.spends}
    if not any(due.values()):
        return {}
    tariff, sale = read_tariff(text), priced.sale
    accounts = {lot.entitlement_id: lot.account for lot in sale.lots}
    alone = [
        tariff.quote(build_order([item], sale.customer_id, sale.at, holds=sale.holds, codes=sale.codes)).in_units
        for item in sale.items
    ]
    found: dict[str, dict[str, int]] = {item.label: {} for item in sale.items}
    for lot, units in due.items():
        weights = [round(1000 * units_of.get(accounts[lot], 0)) for units_of in alone]
        for label, part in zip(found, split_evenly(units, weights), strict=True):
            found[label] |= {lot: part} if part else {}
    return found


def _whole(amounts: Sequence[int], due: int) -> list[int]:
    """The amounts, if they are parts of what is due; a negative amount makes the others smaller."""
    if min(amounts) >= 0 and sum(amounts) == due:
        return list(amounts)
    return split_evenly(due, amounts)


def name_lines(priced: Priced) -> Priced:
    """The price with lines whose texts name their item."""
    lines = [line for line in priced.quote.price.lines if line.amount and line.kind in CHARGED]
    named = zip(priced.lines, lines, strict=True)
    return attrs.evolve(
        priced, lines=tuple(attrs.evolve(one, text=f"{one.text}, {owner_of(line.item)}") for one, line in named)
    )
