"""The settle phase: what is due now, and what is held."""

from __future__ import annotations

from fractions import Fraction

import attrs

from cantinekit.money import Money
from cantinekit.pricing._quote import Use
from cantinekit.pricing._values import State
from cantinekit.pricing.engine._lines import WorkLine, rounded
from cantinekit.pricing.engine._work import Run, Work
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


def pay(work: Work, due: Money, state: State) -> list[Use]:
    """Vouchers pay what is due, those that expire first before the others; what is left of one stays on it."""
    accounts = work.parts.order.vouchers
    if not accounts or not due.amount or not work.runs:
        return []
    ask, rest, uses = work.runs[0].ask, due.amount, []
    known = {lot.id for lot in state.lots}
    lots = [lot for lot in work.lots.values() if lot.account in accounts and lot.id in known]
    for lot in sorted(lots, key=lambda lot: (accounts.index(lot.account), lot.rank)):
        if lot.expires is not None and (ask.moment is None or lot.expires <= ask.moment):
            continue
        units = min(rest, lot.left)
        if units:
            rest -= units
            work.lots[lot.id] = attrs.evolve(lot, left=lot.left - units)
            uses.append(Use(lot.id, lot.account, units, ask.id, "voucher", money=True))
    return uses
