"""The rate phase: from what is left to price to lines."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, TypeVar

from cantinekit.money import Money, Rounding, round_ratio
from cantinekit.pricing._ask import MINUTE, PIECE, Ask, Groups, RefusedItem
from cantinekit.pricing._model import FactType, Grid, Price, Product, Rate, Refuse, Upto
from cantinekit.pricing._quote import Line

T = TypeVar("T")


def pick(lists: tuple[tuple[date | None, T], ...], day: date | None) -> tuple[date | None, T] | None:
    """The last list that begins on the day or before; ``None`` if there is none."""
    return next((entry for entry in reversed(lists) if entry[0] is None or (day and entry[0] <= day)), None)


def refuse(said: Refuse, product: str, currency: str) -> RefusedItem:
    """What the tariff itself says about a price that it does not have."""
    low = Money(said.low, currency) if said.low is not None else None
    high = Money(said.high, currency) if said.high is not None else None
    return RefusedItem(said.code, product, why=said.why, low=low, high=high)


def rate_line(
    rate: Rate,
    product: Product,
    groups: Groups,
    ask: Ask,
    *,
    currency: str,
    mode: Rounding,
    facts: Mapping[str, FactType],
) -> tuple[Line, dict[str, Any]]:
    """The line of a rate, and what to say about it. Raises ``RefusedItem`` where the list has no price."""
    found = pick(rate.lists, ask.price_day(product) if rate.dated else None)
    if found is None:
        raise RefusedItem("unpublished", f"{product.id}, {ask.price_day(product)}")
    since, prices = found
    values: dict[str, Any] = {"since": since.isoformat()} if since else {}
    if isinstance(prices, Refuse):
        raise refuse(prices, product.id, currency)
    if isinstance(prices, Upto):
        quantity, unit, printed, amount = _upto(prices, groups)
    else:
        minor = _cell(prices, product, ask, values)
        quantity, unit, printed, amount = _amount(rate, product, groups, minor, ask, mode, facts)
    price = Money(printed, currency) if printed is not None else None
    line = Line(ask.id, product.id, product.name, quantity, unit, price, Money(amount, currency), product.tax)
    return line, values | {"quantity": quantity, "unit": unit, "amount": str(line.amount), "printed": str(price or "")}


def _cell(prices: Price | Grid, product: Product, ask: Ask, values: dict[str, Any]) -> int:
    if isinstance(prices, Price):
        return prices.minor
    key = tuple(str(ask.fact(axis)) for axis in prices.by)
    values["cell"] = ", ".join(key)
    if key not in prices.cells:
        raise RefusedItem("unpublished", f"{product.id}: {', '.join(key)}")
    return prices.cells[key]


def _upto(prices: Upto, groups: Groups) -> tuple[int, str, int | None, int]:
    """The whole length of each stay picks its row; the printed bounds are inclusive."""
    picked = [(next(minor for bound, minor in prices.rows if bound is None or size <= bound), n) for size, n in groups]
    one = {minor for minor, _ in picked}
    total = sum(minor * n for minor, n in picked)
    return sum(n for _, n in picked), PIECE, one.pop() if len(one) == 1 else None, total


def _amount(
    rate: Rate, product: Product, groups: Groups, minor: int, ask: Ask, mode: Rounding, facts: Mapping[str, FactType]
) -> tuple[int, str, int | None, int]:
    """Quantity, unit, printed price of one unit, and the amount; rounded once, at the end of the line."""
    per = rate.per
    if per is None:
        count = sum(n for _, n in groups)
        return count, PIECE, minor, minor * count
    if per.minutes is None:
        count = sum(size * n for size, n in groups)
        if product.measure is None:
            count = sum(n for _, n in groups) * _counted(per.unit, ask, facts)
        return count, per.unit, minor, minor * count
    if per.started:
        count = sum(-(-size // per.minutes) * n for size, n in groups)
        return count, per.unit, minor, minor * count
    minutes = sum(size * n for size, n in groups)
    amount = round_ratio(minor * minutes, per.minutes, mode)
    return minutes, MINUTE, minor if per.minutes == 1 else None, amount


STAYS = ("day", "half-day", "night", "week", "month", "session")


def _counted(unit: str, ask: Ask, facts: Mapping[str, FactType]) -> int:
    """How many of a named unit one piece is: what the fact of that name says, else one."""
    for name in (unit, unit + "s"):
        if facts.get(name) == "number":
            value = ask.fact(name)
            return value if isinstance(value, int) else 1
    if unit in STAYS and ask.item.period is not None:
        raise RefusedItem("unstated", f"{unit}: the tariff does not say how a stay is counted")
    return 1
