"""Numbers in conditions: at least, at most or below; lengths of time, and delays in days, business days or hours."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import attrs

from cantinekit.pricing.format.kinds import Amount, Count, Minutes, Number, ValueKind
from cantinekit.pricing.format.kinds_time import Schema
from cantinekit.pricing.format.read import TariffTable
from cantinekit.pricing.model._calendars import DELAY
from cantinekit.pricing.terms import Delay

BOUNDS = ("from", "below", "upto")
_LEADS = {"day": (1, "days"), "week": (7, "days"), "month": (1, "months"), "year": (12, "months")}
"""How many days or months a unit of a lead is."""
_KINDS: Mapping[str, ValueKind[Any]] = {
    "number": Number(),
    "money": Amount(),
    "minutes": Minutes(),
    "delay": Count(0, 10_000),
}
BUSINESS_DAYS = (
    "business days are those of a calendar: write "
    "{ delay = { unit = 'business day', notice_day = 'does not count', workdays = 'a name of [calendar]' }, from = 3 }"
)


@attrs.frozen
class InRange:
    """A number is at least ``low`` and, where there is one, at most ``high`` or below ``below``.

    Of money and lengths of time the numbers are minor units and minutes; of ``lead`` in days or months, or with a
    ``delay``, they are units of it.
    """

    name: str
    domain: str  # "number", "money", "minutes", "days", "months" or "delay"
    low: Fraction | None = None
    below: Fraction | None = None
    high: Fraction | None = None
    delay: Delay | None = None

    def holds(self, value: Fraction | int) -> bool:
        return (
            (self.low is None or value >= self.low)
            and (self.below is None or value < self.below)
            and (self.high is None or value <= self.high)
        )

    def data(self, currency: str) -> Any:
        def show(value: Fraction) -> Any:
            if self.domain in ("days", "months"):
                return f"{int(value)} {self.domain}"
            return _KINDS[self.domain].write(value if self.domain == "number" else int(value), currency)

        pairs = {"from": self.low, "below": self.below, "upto": self.high}
        counted = {"delay": self.delay.data()} if self.delay else {}
        return counted | {key: show(value) for key, value in pairs.items() if value is not None}


def range_schema(name: str) -> Schema:
    """JSON Schema of a number or a range; a ``lead`` may say how it is counted."""
    keys = (*BOUNDS, "delay") if name == "lead" else BOUNDS
    bounds: Schema = {"type": "object", "minProperties": 1, "propertyNames": {"enum": list(keys)}}
    return {"anyOf": [{"type": ["number", "string"]}, bounds]}


def read_range(table: TariffTable, key: str, domain: str) -> InRange | None:
    """A number, or a table with ``from``, ``below`` and ``upto``; of ``lead`` lengths of time or whole days.

    A ``lead`` may have a ``delay`` beside its bounds, as changes have; then these are whole numbers of its unit.
    """
    if not isinstance(table.data[key], dict):
        exact = _bound(table, key, domain)
        return InRange(key, exact[1], exact[0], None, exact[0]) if exact else None
    inner = table.table(key)
    inner.known((*BOUNDS, "delay") if domain == "lead" else BOUNDS)
    delay: Delay | None = None
    if domain == "lead" and "delay" in inner:
        delay, domain = DELAY.read(inner, "delay"), "delay"
    found = {name: _bound(inner, name, domain) for name in BOUNDS if name in inner}
    if not found and not inner.odd:
        inner.problem("a bound is needed: 'from', 'below' or 'upto' (inclusive)")
    if {"below", "upto"} <= set(found):
        inner.problem("either 'below' or 'upto'", "upto")
    domains = {bound[1] for bound in found.values() if bound}
    if len(domains) > 1:
        inner.problem("days and lengths of time cannot be mixed")
    if not domains or None in found.values():
        return None
    bounds = {name: bound[0] for name, bound in found.items() if bound}
    top = bounds.get("below", bounds.get("upto"))
    if "from" in bounds and top is not None and (bounds["from"], "below" in bounds) >= (top, True):
        inner.problem("nothing lies between these bounds", "from")
    return InRange(key, domains.pop(), bounds.get("from"), bounds.get("below"), bounds.get("upto"), delay)


def _bound(table: TariffTable, key: str, domain: str) -> tuple[Fraction, str] | None:
    if domain == "lead":
        return _lead(table, key)
    value = _KINDS[domain].read(table, key)
    return None if value is None else (Fraction(value), domain)


def _lead(table: TariffTable, key: str) -> tuple[Fraction, str] | None:
    """A length of time in minutes, or whole days (also as weeks) or months (also as years)."""
    text = table.data[key]
    number, _, unit = text.partition(" ") if isinstance(text, str) else ("", "", "")
    times, domain = _LEADS.get(unit.removesuffix("s"), (0, ""))
    if times and number.isascii() and number.isdigit() and len(number) < 5:
        return Fraction(int(number) * times), domain
    if unit.startswith(("business", "working", "work")):
        table.problem(BUSINESS_DAYS, key)
        return None
    minutes = table.span(key)
    return None if minutes is None else (Fraction(minutes), "minutes")
