"""The inputs of a program that are decided outside of it: conditions of calendar and texts, and measured sizes."""

from __future__ import annotations

from cantinekit.pricing.compiled._inputs import MOST_COUNT, ProgramInput
from cantinekit.pricing.compiled._product import Compiled
from cantinekit.pricing.engine.ask import Ask
from cantinekit.pricing.engine.measure import count
from cantinekit.pricing.model.load import Parts
from cantinekit.pricing.values import Item, Order


def decided(parts: Parts, compiled: Compiled, wanted: ProgramInput, item: Item, order: Order, id: str) -> int | None:
    """An input that is seldom wanted; ``None`` where it is not known.

    Args:
        parts: the sections of the tariff.
        compiled: the product as a program.
        wanted: the input.
        item: what is asked for.
        order: the order that it is in.
        id: names the item in the order.

    Raises:
        RefusedItem: something has to be known first.
    """
    if wanted.source == "flag":
        value = item.facts[wanted.of]
        return int(value) if type(value) is bool else None
    ask = Ask.of(id, item, parts, order)
    if wanted.source == "bought":
        bought = ask.bought()
        return None if bought is None else bought.toordinal()
    if wanted.source == "bit":
        answer = ask.decide(compiled.bits[wanted.of])
        return None if isinstance(answer, frozenset) else int(answer)
    measure = compiled.product.measure
    assert measure is not None
    size = count(measure, ask)[0]
    return size if size <= MOST_COUNT else None
