"""Offers that compete: each is priced, and one of them is taken."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from cantinekit.pricing.engine._work import Run
from cantinekit.pricing.engine.adjust import Adjusting
from cantinekit.pricing.engine.ask import Ask, RefusedItem
from cantinekit.pricing.engine.lines import WorkLine, rounded, total
from cantinekit.pricing.engine.measure import Measured
from cantinekit.pricing.engine.rate import Rated, rate_lines
from cantinekit.pricing.engine.tax import tax_lines, treatment
from cantinekit.pricing.model.product import Product
from cantinekit.pricing.model.rules import Rate


@attrs.frozen
class Candidate:
    """An offer that may be taken, and what it is compared by, in minor units."""

    rate: Rate
    rated: Rated
    cost: int


def choose(run: Run, product: Product, measured: Measured, ask: Ask) -> None:
    """Take the cheapest offer (or the dearest), and say of each what it would have been."""
    rule = product.choose
    assert rule is not None
    found: dict[int, Candidate] = {}
    for number, rate in enumerate(product.offer):
        run.at(f"offer[{number}]")
        if not measured.groups:
            run.step("not_applicable", "all_covered")
        elif ask.holds(rate.when):
            rated = rate_lines(rate, product, measured, ask)
            found[number] = Candidate(rate, rated, _cost(run, product, rated, measured, ask))
    if not found:
        if measured.groups:
            raise RefusedItem("unpublished", product.id)
        return
    sign = 1 if rule.take == "cheapest" else -1
    last = -1 if rule.tie == "last" else 1
    best = found[min(found, key=lambda number: (sign * found[number].cost, last * number))]
    for number in range(len(product.offer)):
        run.at(f"offer[{number}]")
        if number not in found:
            run.step("not_applicable", "condition")
            continue
        each = found[number]
        cost = {"cost": str(run.money(each.cost)), "compare": rule.compare}
        if each is best:
            before = run.amount
            run.lines += each.rated.lines
            for unit, quantity in each.rated.in_units.items():
                run.in_units[unit] = run.in_units.get(unit, quantity * 0) + quantity
            tie = [other for other in found.values() if other.cost == best.cost]
            run.step("applied", "tie" if len(tie) > 1 else "priced", before, each.rated.values | cost)
        else:
            other = best.rate.id
            run.step(
                "not_applicable", "same_price" if each.cost == best.cost else "dearer", None, cost | {"other": other}
            )


def _cost(run: Run, product: Product, rated: Rated, measured: Measured, ask: Ask) -> int:
    assert product.choose is not None
    lines = [attrs.evolve(line) for line in rated.lines]
    if product.choose.compare == "rate":
        return rounded(total(lines), "half_up")
    if product.choose.compare == "final":
        left = measured.stays if product.rank else run.pieces
        part = (ask, left if product.rank else ask.item.count)
        meters = run.meters.copy()
        trial = Adjusting(
            lines, ask, product.id, product.price_date, meters, lambda *_: None, parts=(part,), left=(left,)
        )
        trial.run(product.adjust)
        lines = trial.lines
    return _with_tax(run, lines)


def _with_tax(run: Run, lines: Sequence[WorkLine]) -> int:
    """What the customer would pay."""
    if not lines:
        return 0
    taxed = tax_lines(lines, [treatment(run.ask, line.tax) for line in lines], run.ask)
    if None in taxed.grosses:
        raise RefusedItem("tax_unknown", f"{run.name}: offers are compared with their tax")
    return sum(gross or 0 for gross in taxed.grosses)
