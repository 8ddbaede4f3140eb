"""The settle phase: what is due now, and what is held."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from typing import Literal

import attrs

from cantinekit.money import Money
from cantinekit.pricing.engine._work import Run, Work
from cantinekit.pricing.engine.lines import WorkLine, concerned, rounded, total
from cantinekit.pricing.model.once import times
from cantinekit.pricing.model.product import Product
from cantinekit.pricing.model.product_parts import ON_THE_DAY, DownPayment
from cantinekit.pricing.quote import DueLater, Use
from cantinekit.pricing.terms import Length, add
from cantinekit.pricing.values import Lot, State


def settle_run(run: Run) -> None:
    """What a run owes at once and later, and what is held; nothing is held for an item without a price.

    Raises:
        RefusedItem: something has to be known first.
    """
    rule = _fitting(run)
    run.due = run.amount.amount
    if rule is not None:
        if rule.every is not None:
            _settle_parts(run, rule.parts, rule.every)
        else:
            _settle_rest(run, rule)
    if run.product is not None and not run.refusals:
        run.deposits = _deposits(run, run.product)


def _settle_rest(run: Run, rule: DownPayment) -> None:
    """Have a part of a run due at once, and the rest later, unless its day is not after the purchase."""
    due = rounded(rule.part_of(_base(run, rule), run.pieces), run.work.parts.head.rounding)
    day = _day_before(run, rule.rest)
    if rule.rest is None or not _over(run, day):
        run.due = due
        run.later = _later(run, run.amount.amount - due, "revenue", day)


def _settle_parts(run: Run, parts: int, every: Length) -> None:
    """Have all of a run due in equal parts: the first one at once, with what does not divide, each other so long after
    the one before.

    Their days are counted from the first day of what is sold, or else from the purchase; a part whose day is not after
    the purchase is due at once.
    """
    begins, each = run.ask.day or run.ask.bought(), run.amount.amount // parts
    run.due = run.amount.amount - each * (parts - 1)
    for number in range(1, parts):
        day = add(begins, every, number) if begins is not None else None
        if _over(run, day):
            run.due += each
        else:
            run.later += _later(run, each, "revenue", day)


def _fitting(run: Run) -> DownPayment | None:
    """The first down payment that fits; without one all is due at once."""
    for number, rule in enumerate(run.product.down_payment if run.product and run.lines else ()):
        run.at(f"down_payment[{number}]")
        if _base(run, rule) >= rule.at_least and run.ask.holds(rule.when):
            return rule
    return None


def _base(run: Run, rule: DownPayment) -> int:
    """What a down payment is a part of."""
    return rounded(total(concerned(rule.on, run.lines)), run.work.parts.head.rounding)


def _day_before(run: Run, length: Length | Literal["on the day"] | None) -> date | None:
    """The day so long before the first one; ``None`` where one of the two is not known."""
    if length is None or run.ask.day is None:
        return None
    if length == ON_THE_DAY:
        return run.ask.day
    return add(run.ask.day, length, -1)


def _over(run: Run, day: date | None) -> bool:
    """Whether a day is not after the purchase: then what was due on it is due at once."""
    bought = run.ask.bought()
    return day is not None and bought is not None and day <= bought


def _later(run: Run, minor: int, kind: str, day: date | None) -> list[DueLater]:
    return [DueLater(run.ask.id, run.money(minor), kind, day)] if minor > 0 else []  # type: ignore[arg-type]


def _deposits(run: Run, product: Product) -> list[WorkLine]:
    """What is held and given back: no revenue, and no tax."""
    out = []
    for number, rule in enumerate(product.deposit):
        run.at(f"deposit[{number}]")
        if not run.ask.holds(rule.when):
            continue
        many = (run.ask.number(rule.per) if rule.per else 1) * Fraction(times(rule.once_per, run.ask.item.count))
        amount = run.amount.amount * rule.percent if rule.percent is not None else (rule.price or 0) * many
        if amount:
            held = rounded(Fraction(amount), run.work.parts.head.rounding)
            ids, unit = (run.ask.id, product.id, rule.id), rule.per or "piece"
            out.append(WorkLine(*ids, many, unit, rule.price, Fraction(held), "", basis="incl", kind="held"))
            day = _day_before(run, rule.due)
            if rule.due is not None and not _over(run, day):
                run.later += _later(run, held, "held", day)
    return out


def due_later(work: Work, paid: int) -> tuple[DueLater, ...]:
    """The amounts due later, by day; ``paid`` of the price is there already, and reduces what is due first."""
    rows = [row for run in work.runs for row in run.later]
    rows.sort(key=lambda row: (row.day is None, row.day or date.max))
    out = []
    for row in rows:
        part = min(paid, row.amount.amount) if row.kind != "held" else 0
        paid -= part
        if row.amount.amount > part:
            out.append(attrs.evolve(row, amount=row.amount - Money(part, row.amount.currency)))
    return tuple(out)


def pay(work: Work, state: State) -> list[Use]:
    """Vouchers pay what is due, in the order of their expiry; the rest of a voucher stays on it.

    A voucher that is bought in this order pays for the items after it. A product that sells a voucher is not paid with
    vouchers.
    """
    accounts = work.parts.order.vouchers
    known = {lot.id for lot in state.lots} | work.begins.keys()
    lots = [lot for lot in work.lots.values() if lot.account in accounts and lot.id in known]
    if not lots:
        return []
    rest = [0 if _gives_money(run, accounts) else run.amount.amount for run in work.runs]
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
