"""The settle phase: what is due now, and what is held."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import attrs

from cantinekit.money import Money
from cantinekit.pricing._quote import Use
from cantinekit.pricing._values import Lot, State
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


def pay(work: Work, state: State) -> list[Use]:
    """Vouchers pay what is due, those that expire first before the others; what is left of one stays on it.

    One that is bought in this order pays for the items after it. What gives a voucher is not paid with vouchers.
    """
    accounts = work.parts.order.vouchers
    if not accounts:
        return []
    rest = [0 if _gives_money(run, accounts) else run.amount.amount for run in work.runs]
    known = {lot.id for lot in state.lots} | work.begins.keys()
    lots = [lot for lot in work.lots.values() if lot.account in accounts and lot.id in known]
    uses = []
    for lot in sorted(lots, key=lambda lot: (accounts.index(lot.account), lot.rank)):
        left, paid = lot.left, []
        for place, run in enumerate(work.runs):
            units = min(rest[place], left) if _may_pay(work, lot, place) else 0
            if units > 0:
                rest[place] -= units
                left -= units
                paid.append(run.ask.id)
        if paid:
            work.lots[lot.id] = attrs.evolve(lot, left=left)
            uses.append(Use(lot.id, lot.account, lot.left - left, paid[0], "voucher", money=True))
    return uses


def _gives_money(run: Run, accounts: Sequence[str]) -> bool:
    product = run.product
    if product is None or product.sells != "grant":
        return False
    return any(grant.value is not None and grant.account in accounts for grant in product.grant)


def _may_pay(work: Work, lot: Lot, place: int) -> bool:
    """Whether the lot is valid when an item begins; one of this order only for the items behind what gives it."""
    moment = work.runs[place].ask.moment
    if lot.expires is not None and (moment is None or lot.expires <= moment):
        return False
    if lot.id not in work.begins:
        return True
    before = any(lot.id == f"item {run.ask.id}, {lot.account}" for run in work.runs[:place])
    return before and moment is not None and moment >= work.begins[lot.id]
