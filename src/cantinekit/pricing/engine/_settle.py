"""The settle phase: what is due now, and what is held."""

from __future__ import annotations

from fractions import Fraction

from cantinekit.money import Money
from cantinekit.pricing.engine._lines import WorkLine, rounded
from cantinekit.pricing.engine._work import Run
from cantinekit.pricing.model._product import Product


def due_now(run: Run, gross: Money) -> Money:
    """The down payment where the tariff wants one, else all of it."""
    rule = run.product.down_payment if run.product else None
    if rule is None or gross.amount < rule.at_least:
        return gross
    return run.money(rounded(gross.amount * rule.percent, run.work.parts.head.rounding))


def deposits(run: Run, product: Product) -> list[WorkLine]:
    """What is held and given back: no revenue, and no tax."""
    out = []
    for rule in product.deposit:
        if not run.ask.holds(rule.when):
            continue
        number = run.ask.number(rule.per) if rule.per else Fraction(1)
        amount = run.amount.amount * rule.percent if rule.percent is not None else (rule.price or 0) * number
        if amount:
            held = Fraction(rounded(Fraction(amount), run.work.parts.head.rounding))
            out.append(
                WorkLine(
                    run.ask.id, product.id, rule.id, number, rule.per or "piece", rule.price, held, "", "incl", "held"
                )
            )
    return out
