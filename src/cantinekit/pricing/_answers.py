"""Worked examples: asked through the same doors as any question, and held against what they expect."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import attrs

from cantinekit.errors import InputError
from cantinekit.money import Money
from cantinekit.pricing.answers import codes_of, compared, refusal_answers, show_days, show_granted, wanted_of
from cantinekit.pricing.calls.advise import Need
from cantinekit.pricing.calls.change import Agreement, Cancel, EndNow, Event, Move, Overstay
from cantinekit.pricing.format.kinds import show_number
from cantinekit.pricing.model.cancel import AFTER_START
from cantinekit.pricing.model.examples import NO_SHOW, Example
from cantinekit.pricing.model.expected import UNSTATED
from cantinekit.pricing.quote import Quote
from cantinekit.pricing.values import State

if TYPE_CHECKING:
    from cantinekit.pricing.tariff import Tariff

_CHANGES = ("fee", "refund")
_TERMS = ("valid_until", "last_notice", "earliest_end", "next_units", "owed")


@attrs.frozen
class ExampleResult:
    """What became of a worked example. The two results are texts such as "gross 7.00 EUR".

    Attributes:
        id: id of the example.
        expected: the result that the tariff states.
        got: the result that was computed.
        ok: whether they are the same.
        why: the reasons of the computed result; empty where they are the same.
    """

    id: str
    expected: str
    got: str
    ok: bool
    why: str = ""


def run(example: Example, tariff: Tariff) -> ExampleResult:
    """Ask the example and compare each result that it names."""
    wanted = wanted_of(example.expected)
    try:
        found, why = _answers(example, tariff, wanted)
    except (InputError, OverflowError) as error:
        return ExampleResult(example.id, "an answer", "an error", False, str(error))
    expected, got, same = compared(wanted, found, tariff.currency)
    return ExampleResult(example.id, expected, got, same, "" if same else why)


def _due_later(price: Quote) -> str:
    amounts: dict[str, Money] = {}
    for row in price.due_later:
        day = row.day.isoformat() if row.day else UNSTATED
        amounts[day] = amounts.get(day, Money(0, row.amount.currency)) + row.amount
    return show_days(amounts)


def _units_given(price: Quote, tariff: Tariff, *, one: bool) -> list[tuple[str, Fraction | None]]:
    """The units of each account; without its name where there is one account, and one number was expected."""
    sums: dict[str, Fraction | None] = {}
    for grant in price.grants:
        before, units = sums.get(grant.account, Fraction(0)), grant.units
        sums[grant.account] = None if before is None or units is None else before + units * _size(tariff, grant.account)
    return [("", units) for units in sums.values()] if one and len(sums) == 1 else list(sums.items())


def _answers(example: Example, tariff: Tariff, wanted: Mapping[str, Any]) -> tuple[dict[str, str], str]:
    """The answers by name, as texts, and the reasons in words."""
    if example.later.need:
        return _advice(example, tariff)
    order, _ = example.order(tariff.zone)
    state = State(lots=example.lots(tariff.zone, tariff.smallest))
    price = tariff.quote(order, state)
    out = _of_quote(price, tariff)
    changed = (example.later.cancelled, example.later.moved, example.later.overrun, example.later.periods_left)
    if any(name in wanted for name in _CHANGES) or any(number is not None for number in changed):
        out |= _of_change(example, tariff, price)
    ends = example.later.notice is not None or example.later.leaves is not None
    if any(name in wanted for name in _TERMS) or ends:
        out |= _of_terms(example, tariff)
    if example.instead_of:
        other, _ = example.order(tariff.zone, example.instead_of)
        before = tariff.quote(other, state)
        if price.ok and before.ok:
            out["saving"] = str(before.total - price.total)
    if "granted" in wanted:
        out["granted"] = show_granted(_units_given(price, tariff, one=[name for name, _ in wanted["granted"]] == [""]))
    if "refused" in wanted:
        if wanted["refused"] == "tax_unknown" and price.ok and price.net is None:
            out["refused"] = "tax_unknown"
        out |= refusal_answers(price.refusals, wanted)
    return out, price.explain("en", names=tariff.names)


def _of_quote(price: Quote, tariff: Tariff) -> dict[str, str]:
    codes = f"refused {codes_of(price.refusals)}"
    hard = [stop for stop in price.refusals if stop.code != "tax_unknown"]
    due = {"due_now": price.due_now, "deposit": price.held, "debt": price.debt, "paid": price.paid}
    out = {name: codes if hard else str(value) for name, value in due.items()}
    missing = codes if price.refusals else "refused tax_unknown"
    for name, amount in (("gross", price.gross), ("net", price.net), ("tax", price.tax)):
        out[name] = codes if hard else missing if amount is None else str(amount)
    out["value_used"] = str(price.value_used) if price.value_used is not None else "nothing"
    out["due_later"] = _due_later(price)
    out["in_units"] = ", ".join(f"{number} {unit}" for unit, number in sorted(price.in_units.items()))
    out["steps"] = next((step.values["steps"] for step in price.trace if "steps" in step.values), "nothing")
    out["refused"] = f"gross {price.total}" if price.ok else codes_of(price.refusals)
    used = sum((use.units * tariff.smallest.get(use.account, Fraction(1)) for use in price.uses), Fraction(0))
    return out | {"units_used": codes if hard else str(show_number(used))}


def _size(tariff: Tariff, account: str) -> Fraction:
    """What one unit of a grant is in the spelling of a file: money is counted in minor units and written as printed."""
    return tariff.smallest[account] if account in tariff.parts.money_accounts else Fraction(1)


def _of_change(example: Example, tariff: Tariff, price: Quote) -> dict[str, str]:
    later = example.later
    order, _ = example.order(tariff.zone)
    agreement = Agreement.of(order, price)
    event: Event
    if later.periods_left is not None:
        event = EndNow(later.periods_left)
    elif later.moved is not None:
        event = Move(delay=later.moved)
    elif later.overrun is not None:
        event = Overstay(later.overrun)
    else:
        event = _cancelled(later.cancelled)
    change = tariff.change(agreement, event)
    if not change.ok:
        codes = f"refused {codes_of(change.refusals)}"
        return {"fee": codes, "refund": codes, "refused": codes_of(change.refusals)}
    return {"fee": str(change.fee), "refund": str(change.refund)}


def _cancelled(said: int | str | None) -> Cancel:
    """Cancelled a delay before the start, after it, or not at all (a no-show)."""
    if said == AFTER_START:
        return Cancel(after_start=True)
    return Cancel(delay=-1 if said == NO_SHOW else said if isinstance(said, int) else None)


def _of_terms(example: Example, tariff: Tariff) -> dict[str, str]:
    later, asked = example.later, example.buy[0]
    bought = example.setting.as_of
    start = asked.day or (bought.date() if isinstance(bought, datetime) else bought)
    if start is None:
        raise InputError("the terms of something need the day on which it begins: 'day'")
    product = tariff.products.get(asked.product)
    renewed = [grant for grant in product.grant if grant.renews] if product else []
    size = _size(tariff, renewed[0].account) if renewed else Fraction(1)
    left = (later.left or 0) / size
    if left.denominator != 1:
        raise InputError(f"'left' is {later.left}; whole units are needed")
    terms = tariff.terms(
        asked.product,
        start,
        facts=asked.facts,
        notice=later.notice,
        leaves=later.leaves,
        left=int(left),
        count=asked.count,
        holds=example.holds,
    )
    found = {
        "valid_until": terms.last_day,
        "last_notice": terms.last_notice,
        "earliest_end": terms.earliest_end,
        "next_units": None if terms.next_units is None else show_number(terms.next_units * size),
        "owed": terms.owed,
    }
    codes = codes_of(terms.refusals)
    missing = f"refused {codes}" if codes else "nothing"
    out = {name: missing if value is None else str(value) for name, value in found.items()}
    return out | {"refused": codes} if codes else out


def _advice(example: Example, tariff: Tariff) -> tuple[dict[str, str], str]:
    later = example.later
    order = example.asker(tariff.zone)
    need = Need(later.need, later.units, later.dates, later.exact, example.facts, order, example.day)
    advice = tariff.advise(need)
    codes = codes_of(advice.refusals)
    out = {"refused": codes or "nothing"}
    for name, amount in (("gross", advice.gross), ("net", advice.net), ("tax", advice.tax)):
        unknown = f"refused {codes}" if advice.total is None else "refused tax_unknown"
        out[name] = unknown if amount is None else str(amount)
    out["saving"] = str(advice.saving) if advice.saving is not None else "nothing"
    bought = "+".join(f"{each.times} x {each.count} {each.product}" for each in advice.purchases)
    return out | {"steps": bought}, "; ".join(
        [bought, *(f"{each.product} once" for each in advice.added), *(stop.text("en") for stop in advice.refusals)]
    )
