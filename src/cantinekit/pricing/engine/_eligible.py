"""The eligible phase: whether the item may be sold at all, and what has to be bought with it."""

from __future__ import annotations

import attrs

from cantinekit.pricing.engine._work import Run
from cantinekit.pricing.engine.ask import Ask, RefusedItem, incomplete
from cantinekit.pricing.engine.clock import overlap
from cantinekit.pricing.model.product import Product
from cantinekit.pricing.model.product_parts import ProductNeed


def check_eligible(run: Run, product: Product) -> None:
    """Note what has to be added to the order.

    Raises:
        RefusedItem: it is not sold in this case.
    """
    ask = run.ask
    missing = [name for name in product.asks if name not in ask.item.facts]
    if missing:
        raise incomplete(*missing)
    served: list[str] = []
    for number, need in enumerate(product.needs):
        run.at(f"needs[{number}]")
        if ask.holds(need.when):
            served += _served(run, need)
        else:
            run.step("not_applicable", "condition")
    served += [name for name, _ in run.needed]
    if served:
        ask = run.ask = attrs.evolve(ask, held=ask.held.union(served))
    for number, stop in enumerate(product.eligible):
        run.at(f"eligible[{number}]")
        if ask.holds(stop.when):
            raise RefusedItem(stop.refuse, product.id, why=stop.why)
        run.step("not_applicable", "condition")
    if product.opening:
        _open(ask, product)


def _served(run: Run, need: ProductNeed) -> list[str]:
    """What in the order serves a need; what has to be added for it is noted."""
    ask = run.ask
    found = ask.has(need.names, (*ask.before, *run.others))
    if isinstance(found, frozenset):
        raise incomplete(*sorted(found))
    if found:
        run.step("applied", "held")
        return [name for name in need.names if ask.has((name,), run.others) is True]
    if not need.add:
        raise RefusedItem("missing", need.label)
    many = int(ask.number(need.per)) if need.per else 1
    run.needed += [(need.product, many)] if many else []
    run.step("applied" if many else "not_applicable", "added_product" if many else "condition")
    return []


def _open(ask: Ask, product: Product) -> None:
    opening = ask.parts.opening
    assert opening is not None
    ask.need_holidays()
    ask.need_clock()
    for part in ask.slices():
        hours = opening.stretches(part.day)
        inside = part.start is None or part.end is None
        if part.start is not None and part.end is not None:
            inside = sum(overlap((part.start, part.end), each) for each in hours) == part.end - part.start
        if not hours or not inside:
            raise RefusedItem("not_at", f"{product.id}, {part.day}")
