"""What an item says: its facts held against the tariff, its days, its length, its moment."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache

from cantinekit.clock import Period, day_bounds
from cantinekit.errors import InputError
from cantinekit.errors.shown import shown
from cantinekit.money import Money
from cantinekit.pricing.format.read import near
from cantinekit.pricing.model.conditions import (
    FactType,
    SetOf,
)
from cantinekit.pricing.model.load import Parts
from cantinekit.pricing.values import Fact, Item, Order


def check_facts(item: Item, facts: Mapping[str, FactType], currency: str) -> None:
    """Raises ``InputError`` for a fact that the tariff does not declare, or a value that it does not know."""
    for name, value in item.facts.items():
        declared = facts.get(name)
        if declared is None:
            hint = near(name, facts)
            raise InputError(
                f"the tariff declares no fact {shown(name)}" + (f"; did you mean {shown(hint)}?" if hint else "")
            )
        if not fits(value, declared, currency):
            known = declared if isinstance(declared, str) else ", ".join(declared)
            raise InputError(f"fact {shown(name)} is {shown(value)}; the tariff knows: {known}")


def fits(value: Fact, declared: FactType, currency: str) -> bool:
    """Whether it is a value of a fact as the tariff declares it."""
    if isinstance(declared, SetOf):
        return isinstance(value, tuple) and bool(value) and set(value) <= set(declared)
    if isinstance(declared, tuple):
        return isinstance(value, str) and value in declared
    if declared == "money":
        return isinstance(value, Money) and value.currency == currency and value.amount >= 0
    if declared == "decimal":
        return type(value) is int or isinstance(value, Decimal)
    return type(value) is {"yes/no": bool, "number": int, "text": str}[declared]


def moment_of(item: Item, order: Order, zone: str) -> datetime | None:
    """When the use begins, else the beginning of its day, else the moment of purchase."""
    if item.period is not None:
        return item.period.start
    return _first_instant(item.day, zone) if item.day is not None else order.as_of


@lru_cache(maxsize=1024)
def _first_instant(day: date, zone: str) -> datetime:
    """When a local day begins. All items of an order ask for the same few days."""
    return day_bounds(day, zone).start


MAX_DAYS = 3660
"""The most days of a stay that is given by its days."""


def stay_days(item: Item, parts: Parts, day: date | None) -> tuple[date, ...]:
    """The days from the first to the last, both counted, of what is measured in days or nights and not prorated.

    What is counted in days and asked with its day alone is that day.

    Raises:
        InputError: they are too many.
    """
    product = parts.products.get(item.product)
    rule = product.measure if product and not product.prorate else None
    if day is None or rule is None or item.period is not None or not (rule.days or rule.nights):
        return ()
    if item.until is None:
        return (day,) if rule.days and item.minutes is None else ()
    number = (item.until - day).days + 1
    if number > MAX_DAYS:
        raise InputError(f"a stay of {number} days; there may be {MAX_DAYS}")
    return tuple(day + timedelta(days=offset) for offset in range(number))


def whole_minutes(stretch: Period, rule: str) -> int:
    """A length in whole minutes: a begun one counts, does not, or is rounded."""
    micros, minute = stretch.length // timedelta(microseconds=1), 60 * 10**6
    if rule == "up":
        return -(-micros // minute)
    return micros // minute if rule == "down" else (2 * micros + minute) // (2 * minute)


def escape(text: str) -> str:
    """A text that can stand between the slashes of a key."""
    return text.replace("%", "%25").replace("/", "%2F").replace("=", "%3D")


def fact_key(value: Fact) -> str:
    """The value of a fact as keys of scopes write it."""
    return escape("+".join(value) if isinstance(value, tuple) else str(value))


def period_key(day: date, name: str) -> str:
    """The day, week, month or year in which a day lies, as keys of scopes write it."""
    if name == "week":
        year, week, _ = day.isocalendar()
        return f"{year:04}-W{week:02}"
    return day.isoformat()[: {"day": 10, "month": 7, "year": 4}[name]]
