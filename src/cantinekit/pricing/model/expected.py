"""The answers that a worked example names."""

from __future__ import annotations

import re
from datetime import date
from fractions import Fraction
from typing import Any

import attrs

from cantinekit.pricing.format.kinds import Amount, Number, Text, decimal_of, show_number
from cantinekit.pricing.format.kinds_time import Day, Schema
from cantinekit.pricing.format.prices import UnitAmounts
from cantinekit.pricing.format.read import TariffTable
from cantinekit.pricing.format.records import key
from cantinekit.pricing.quote import REFUSAL_CODES

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
UNSTATED = "unstated"
"""What stands in place of a day that the tariff or the question does not say."""


@attrs.frozen
class DayAmounts:
    """Amounts by the day on which they are due: ``{ 2026-05-26 = 80.00 }``; of a day that is not known: "unstated"."""

    def read(self, table: TariffTable, key: str) -> tuple[tuple[str, int], ...] | None:
        inner = table.table(key)
        if not inner.data:
            table.problem("amounts by the day are needed, such as { 2026-05-26 = 80.00 }", key)
        out = []
        for name in inner.data:
            if name != UNSTATED and not _DAY.fullmatch(name):
                inner.problem("a day such as 2026-05-26, or 'unstated', is needed", name)
            elif (minor := inner.money(name)) is not None:
                out.append((name, minor))
        return tuple(sorted(out)) or None

    def write(self, value: tuple[tuple[str, int], ...], currency: str) -> dict[str, Any]:
        return {name: decimal_of(minor, currency) for name, minor in value}

    def schema(self) -> Schema:
        return {"type": "object", "additionalProperties": Amount().schema(), "minProperties": 1}


@attrs.frozen
class GrantedUnits:
    """Units that are given, by account: a number where all are of one (the account ``""``), else a table of them.

    ``None`` is no limit.
    """

    def read(self, table: TariffTable, key: str) -> tuple[tuple[str, Fraction | None], ...] | None:
        if not isinstance(table.data[key], dict):
            found = _units(table, key)
            return None if found is _WRONG else (("", found),)
        inner = table.table(key)
        if not inner.data:
            table.problem("units by their accounts are needed, such as { days = 10, prints = 100 }", key)
        pairs = [(name, _units(inner, name)) for name in sorted(inner.data)]
        return tuple(pair for pair in pairs if pair[1] is not _WRONG) or None

    def write(self, value: tuple[tuple[str, Fraction | None], ...], currency: str) -> Any:
        data = {name: NO_LIMIT if units is None else show_number(units) for name, units in value}
        return data[""] if list(data) == [""] else data

    def schema(self) -> Schema:
        one: Schema = {"anyOf": [{"type": "number", "minimum": 0}, {"const": NO_LIMIT}]}
        return {"anyOf": [*one["anyOf"], {"type": "object", "additionalProperties": one, "minProperties": 1}]}


NO_LIMIT = "no limit"
_WRONG: Any = object()


def _units(table: TariffTable, key: str) -> Fraction | None:
    if table.data[key] == NO_LIMIT:
        return None
    found = Number().read(table, key)
    return _WRONG if found is None else found


@attrs.frozen
class Expected:
    """The answers that an example names."""

    gross: int | None = key(Amount(), "what the customer pays", default=None)
    net: int | None = key(Amount(), "without tax", default=None)
    tax: int | None = key(Amount(), "the tax of the whole", default=None)
    due_now: int | None = key(Amount(), "what is due at once", default=None)
    due_later: tuple[tuple[str, int], ...] = key(
        DayAmounts(), "what is due later, of the price and of what is held, by the day", default=()
    )
    deposit: int | None = key(Amount(), "what is held", default=None)
    debt: int | None = key(Amount(), "what is owed", default=None)
    value_used: int | None = key(Amount(), "what was paid for the units that are used", default=None)
    units_used: Fraction | None = key(Number(), "units of accounts that are used", default=None)
    in_units: tuple[tuple[str, Fraction], ...] = key(UnitAmounts(), "what is due in other units", default=())
    steps: str = key(Text(), "the sizes that are used, such as '7h+3h'", default="")
    fee: int | None = key(Amount(), "what a change costs", default=None)
    refund: int | None = key(Amount(), "what is given back", default=None)
    owed: int | None = key(Amount(), "what is owed until the end of the contract", default=None)
    saving: int | None = key(Amount(), "what is saved against 'instead_of'", default=None)
    valid_until: date | None = key(Day(), "the last day", default=None)
    last_notice: date | None = key(Day(), "the last day for notice", default=None)
    earliest_end: date | None = key(Day(), "the first day that can be the last", default=None)
    next_units: Fraction | None = key(Number(), "units of the next period", default=None)
    granted: tuple[tuple[str, Fraction | None], ...] = key(GrantedUnits(), "units that it gives", default=())
    refused: str = key(Text(REFUSAL_CODES), "no price, for this reason", default="")
    at_least: int | None = key(Amount(), "the least amount that a refusal names", default=None)
    at_most: int | None = key(Amount(), "the greatest amount that a refusal names", default=None)
    paid: int | None = key(Amount(), "what vouchers pay", default=None)
