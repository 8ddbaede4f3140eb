"""What happens to a sale afterwards: what calling it off or moving it costs, by the version that made it. Pure."""

from __future__ import annotations

import math
from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Literal

import attrs

from cantinekit import pricing
from cantinekit.clock import Period
from cantinekit.domain.passes.records import Spend
from cantinekit.domain.sales.comes_to import Afterwards, RefundChoice
from cantinekit.domain.sales.past import Which, agreement_of, agreements_of, debt_of, explain_sale
from cantinekit.domain.sales.question import read_tariff
from cantinekit.domain.sales.records import MeterMove, Sale
from cantinekit.errors import IncompleteError, InputError, NotForSaleError
from cantinekit.money import Money


def cancelling(
    sale: Sale,
    tariff_text: str,
    at: datetime,
    *,
    begins: datetime,
    came: bool = True,
    item: Which = None,
    refund: RefundChoice = None,
    worth: Mapping[str, int] | None = None,
) -> Afterwards:
    """What calling something off comes to.

    Where the list says nothing it is free until it begins, and all of it stays afterwards.

    Args:
        sale: its sale, with all facts.
        tariff_text: the version of the price list that priced it.
        at: when it is called off.
        begins: when it begins.
        came: ``False``: nobody came, and nobody called it off.
        item: the item of the sale that is called off, or the product that was added to one (``1+membership``);
            several, or ``None``: these or all of them, but for what was given to hold, which is called off by itself.
        refund: what staff give back instead.
        worth: what items cost that are priced together with others, in minor units, by their ids.

    Raises:
        NotForSaleError: the list does not say what stays.
        InputError: staff give back more than the price.
        CurrencyError: what staff give back is in another currency.
    """
    tariff = read_tariff(tariff_text)
    off = called_off(sale, tariff, item)
    whole = item is None
    told = _comes_to(sale, tariff_text, off, at, begins, came=came, all_of_it=whole, refund=refund, worth=worth or {})
    debt = debt_of(sale, tariff_text, off)
    return attrs.evolve(told, debt=debt - debt.times(told.kept, "up")) if debt else told


def _comes_to(
    sale: Sale,
    tariff_text: str,
    off: Mapping[str, str],
    at: datetime,
    begins: datetime,
    *,
    came: bool,
    all_of_it: bool,
    refund: RefundChoice,
    worth: Mapping[str, int],
) -> Afterwards:
    """What calling items off comes to, but for their debts; raises what ``cancelling`` raises."""
    tariff = read_tariff(tariff_text)
    total = _total(sale, tariff_text, off, all_of_it=all_of_it)
    if worth:
        total += Money(sum(worth.values()) - sold_for(sale, tariff_text, worth), total.currency)
    if refund is not None:
        return _by_staff(total, refund)
    if not any(tariff.products[name].cancel for name in off.values() if name in tariff.products):
        began = not came or at >= begins
        return Afterwards.all_kept(total, "list silent") if began else Afterwards.all_back(total, "list silent")
    event = pricing.Cancel(at=at) if came else pricing.Cancel(delay=-1)
    return _of_change(_cancel(sale, tariff_text, event, list(off), begins, at, worth), total)


def called_off(sale: Sale, tariff: pricing.Tariff, item: Which) -> dict[str, str]:
    """The items of a sale that are called off, each with its product. What is held is called off by itself."""
    items = {one.label or str(number): one.tariff_product for number, one in enumerate(sale.items, 1)}
    if isinstance(item, str):
        return {item: items.get(item) or item.partition("+")[2]}
    if item is not None:
        items = {id: name for id, name in items.items() if id in item}
    return {id: name for id, name in items.items() if not _gives(tariff, name)} or items


def _gives(tariff: pricing.Tariff, name: str) -> bool:
    """Whether a product of a price list is held, or gives units."""
    product = tariff.products.get(name)
    return product is not None and bool(product.sells or product.grant)


def _cancel(
    sale: Sale,
    tariff_text: str,
    event: pricing.Cancel,
    items: Sequence[str],
    begins: datetime,
    at: datetime,
    worth: Mapping[str, int],
) -> pricing.Change:
    """What the list says of calling items off. What has no time of its own begins when its first day does."""
    tariff = read_tariff(tariff_text)
    found = zip(items, agreements_of(sale, tariff_text, items), strict=True)
    parts = [_timed(_worth(part, worth.get(id)), begins) for id, part in found]
    silent = [part for part in parts if not tariff.products[part.item.product].cancel]
    asked = [part for part in parts if part not in silent]
    changes = [tariff.change(attrs.evolve(part, parts=()), event) for part in asked]
    refusals = tuple(stop for change in changes for stop in change.refusals)
    zero = Money.zero(tariff.currency)
    gone = at >= begins or event.delay is not None
    free = Money.sum((part.total for part in silent), tariff.currency)
    fee = Money.sum((change.fee for change in changes), tariff.currency) + (free if gone else zero)
    back = Money.sum((change.refund - change.due for change in changes), tariff.currency) + (zero if gone else free)
    first = changes[0]
    return attrs.evolve(first, fee=fee, refund=max(zero, back), due=max(zero, zero - back), refusals=refusals, parts=())


def held_of(sale: Sale, tariff_text: str, item: Which = None) -> int:
    """What was asked for as a deposit, in minor units, but for that of what was given to hold along with it.

    Args:
        sale: the sale, with all facts.
        tariff_text: the version of the price list that priced it.
        item: the item of the sale that it is about; several, or ``None``: these or all of them.
    """
    tariff = read_tariff(tariff_text)
    names = [one.tariff_product for one in sale.items]
    if not any(tariff.products[name].deposit for name in names if name in tariff.products):
        return 0
    off = called_off(sale, tariff, item)
    lines = explain_sale(sale, tariff_text).lines
    return sum(line.amount.amount for line in lines if line.kind == "held" and line.item in off)


def _worth(agreement: pricing.Agreement, minor: int | None) -> pricing.Agreement:
    """An agreement about something that costs another amount by now; ``None``: the same."""
    return agreement if minor is None else attrs.evolve(agreement, total=Money(minor, agreement.total.currency))


def sold_for(sale: Sale, tariff_text: str, items: Container[str]) -> int:
    """What items of a sale came to when they were sold, in minor units."""
    lines = explain_sale(sale, tariff_text).lines
    return sum(line.amount.amount for line in lines if line.item in items and line.kind in ("revenue", "penalty"))


def _timed(agreement: pricing.Agreement, begins: datetime) -> pricing.Agreement:
    """An agreement whose item has a time: what lasts by the day begins with its first day."""
    item = agreement.item
    if item.period is not None:
        return agreement
    name = item.id or next(id for id, one in agreement.order.named() if one == item)
    first = Period(begins, begins + timedelta(days=1))
    return attrs.evolve(agreement, item=attrs.evolve(item, id=name, period=first, day=None))


def _of_change(change: pricing.Change, total: Money) -> Afterwards:
    """The answer of the list.

    Raises:
        IncompleteError, NotForSaleError: it does not say.
    """
    refuse_change(change, "what cancelling costs")
    percent = change.values.get("percent")
    if total.amount > 0:
        kept = min(Fraction(1), Fraction(total.amount - change.refund.amount, total.amount))
    elif percent is not None:
        kept = Fraction(str(percent).removesuffix("%")) / 100
    else:
        kept = Fraction(0)
    return Afterwards(change.fee, change.refund, change.due, kept, "kept" if change.fee or kept else "free")


def _by_staff(total: Money, refund: Literal["all", "nothing"] | Money) -> Afterwards:
    if isinstance(refund, Money):
        if refund > total:
            raise InputError(f"refund is {refund}, more than the price of {total}")
        kept = Fraction(total.amount - refund.amount, total.amount) if total.amount else Fraction(0)
        return Afterwards(total - refund, refund, Money.zero(total.currency), kept, "staff")
    return Afterwards.all_back(total, "staff") if refund == "all" else Afterwards.all_kept(total, "staff")


def _total(sale: Sale, tariff_text: str, items: Container[str], *, all_of_it: bool) -> Money:
    """What items came to; ``all_of_it``: the sale without what was given to hold, so that nothing is left over."""
    if all_of_it and not _gives_along(sale, tariff_text):
        return sale.total
    lines = [line for line in explain_sale(sale, tariff_text).lines if line.kind in ("revenue", "penalty")]
    if all_of_it:
        stays = (line.amount for line in lines if line.item and line.item not in items)
        return sale.total - Money.sum(stays, sale.total.currency)
    return Money.sum((line.amount for line in lines if line.item in items), sale.total.currency)


def stays_had(before: tuple[Sale, str], after: tuple[Sale, str]) -> Money:
    """What a move leaves of the price of a sale: what was given to hold along with it, and is not priced again.

    Args:
        before: the sale, with all facts, and the text of its version.
        after: that of the new time.
    """
    return _had_along(*before) - _had_along(*after)


def _had_along(sale: Sale, tariff_text: str) -> Money:
    """What of the price of a sale is for what was given to hold along with it, such as a membership that it needs."""
    items = called_off(sale, read_tariff(tariff_text), None)
    return sale.total - _total(sale, tariff_text, items, all_of_it=True)


def _gives_along(sale: Sale, tariff_text: str) -> bool:
    """Whether something to hold may have been sold along with a sale."""
    tariff = read_tariff(tariff_text)
    names = [one.tariff_product for one in sale.items]
    products = [tariff.products[name] for name in names if name in tariff.products]
    return any(_gives(tariff, name) for name in names) or any(need.add for one in products for need in one.needs)


def moving(
    sale: Sale,
    tariff_text: str,
    at: datetime,
    *,
    total: Money,
    new_total: Money,
    item: str | None = None,
) -> Afterwards:
    """What moving something to another time comes to: its price then, less what it was, and the fee of the list.

    Where the list says nothing of moving, the difference alone is charged or given back.

    Args:
        sale: its sale, with all facts.
        tariff_text: the version of the price list that priced it.
        at: when the move is asked for.
        total: what it cost.
        new_total: what it costs at the new time, by the same version.
        item: the item of the sale that is moved; ``None``: its first.

    Raises:
        NotForSaleError: the list does not let it be moved, or does not say what that costs.
    """
    tariff = read_tariff(tariff_text)
    agreement = agreement_of(sale, tariff_text, item)
    agreement = agreement.parts[0] if agreement.parts else agreement
    zero = Money.zero(total.currency)
    fee = zero
    rule = tariff.products[agreement.item.product].move
    if rule is not None:
        change = tariff.change(agreement, pricing.Move(at=at))
        if not rule.allowed:
            raise NotForSaleError(f"{agreement.item.product}: it cannot be moved", refusals=change.refusals)
        refuse_change(change, "what moving costs")
        fee = change.fee
    difference = new_total + fee - total
    return Afterwards(fee, max(zero, zero - difference), max(zero, difference), Fraction(1), "moved")


def overrunning(sale: Sale, tariff_text: str, minutes: int, *, item: str | None = None) -> Money:
    """What staying longer costs.

    Args:
        sale: its sale, with all facts.
        tariff_text: the version of the price list that priced it.
        minutes: how much longer, 1 or more.
        item: the item of the sale; ``None``: its first.

    Raises:
        NotForSaleError: the list does not say, or has no price for it.
    """
    agreement = agreement_of(sale, tariff_text, item)
    agreement = agreement.parts[0] if agreement.parts else agreement
    change = read_tariff(tariff_text).change(agreement, pricing.Overstay(minutes))
    refuse_change(change, "what staying longer costs")
    return change.due


def refuse_change(change: pricing.Change, asked: str) -> None:
    """Refuse what the list does not answer.

    Args:
        change: the answer of the list.
        asked: what was asked, as the message says it before the reasons: ``"what cancelling costs"``.

    Raises:
        IncompleteError, NotForSaleError: with the typed reasons.
    """
    if not change.ok:
        reasons = dict.fromkeys(stop.text("en") for stop in change.refusals)
        kind = IncompleteError if {stop.code for stop in change.refusals} == {"incomplete"} else NotForSaleError
        raise kind(f"{asked}: {'; '.join(reasons)}", refusals=change.refusals)


def units_beyond(first: Iterable[Spend], second: Iterable[Spend]) -> tuple[Spend, ...]:
    """The units of the first that the second does not have."""
    other = {spend.entitlement_id: spend.units for spend in second}
    rest = [(spend.entitlement_id, spend.units - other.get(spend.entitlement_id, 0)) for spend in first]
    return tuple(Spend(id, units) for id, units in rest if units > 0)


def split_moves(moves: Sequence[MeterMove], kept: Fraction) -> tuple[tuple[MeterMove, ...], tuple[MeterMove, ...]]:
    """The moves of meters that stay where a share of a sale stays, rounded up; and those that are taken off."""
    shares = [(move.meter_id, move.delta, math.ceil(move.delta * kept)) for move in moves]
    stay = tuple(MeterMove(id, part) for id, _, part in shares if part)
    return stay, tuple(MeterMove(id, whole - part) for id, whole, part in shares if whole != part)


__all__ = [
    "cancelling",
    "moving",
    "overrunning",
    "refuse_change",
    "split_moves",
    "stays_had",
    "units_beyond",
]
