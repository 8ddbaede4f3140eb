"""Prices for a unit, which may lie below the smallest unit of the currency, and prices in units that are not money."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

import attrs

from cantinekit.money import Money, exponent
from cantinekit.pricing.format.kinds import Amount, Number, decimal_of, show_number
from cantinekit.pricing.format.kinds_time import Schema
from cantinekit.pricing.format.read import MAX_FINE, Notes, TariffTable, amount, good_text, ordinary
from cantinekit.pricing.format.toml import Path


def fine_price(value: object, path: Path, notes: Notes, *, per: bool) -> int | Fraction | None:
    """A printed price in minor units; one below 1.00 that is for a unit may have more decimals, and stays exact."""
    digits = exponent(notes.currency)
    if (plain := ordinary(value, digits)) is not None:
        return plain
    if not isinstance(value, Decimal) or value < 0:
        return amount(value, path, notes)
    places = -int(value.as_tuple().exponent)
    minor: Fraction = Fraction(value) * 10**digits
    if minor.denominator == 1 or places > digits + MAX_FINE:
        return amount(value, path, notes)
    if per and value < 1:
        return minor
    more = f"{value} has more decimals than {notes.currency} has ({digits})"
    if value < 1:
        notes.add(path, f'{more}; what it is for has to be said: per = "kwh", a fact that is a number')
    elif per and places != 3:
        notes.add(path, f'{more}; write the price of more of them: per = "kwh", every = 1000')
    else:
        return amount(value, path, notes)
    return None


def show_price(minor: int | Fraction, currency: str) -> str:
    """A price with its currency: "7.00 EUR", "0.059 EUR"."""
    if isinstance(minor, Fraction) and minor.denominator != 1:
        return f"{decimal_of(minor, currency):f} {currency}"
    return str(Money(int(minor), currency))


@attrs.frozen
class UnitPrice:
    """A printed price; in minor units, or in parts of one where it is for a unit: 0.059 for a kWh."""

    def read(self, table: TariffTable, key: str) -> int | Fraction | None:
        return fine_price(table.data[key], (*table.path, key), table.notes, per=table.fine)

    def write(self, value: int | Fraction, currency: str) -> Decimal | int:
        return decimal_of(value, currency)

    def schema(self) -> Schema:
        return Amount().schema()


@attrs.frozen
class UnitAmounts:
    """Quantities of units that are not money, by unit: ``{ CHT = 1.5, hours = 6 }``; exact."""

    def read(self, table: TariffTable, key: str) -> tuple[tuple[str, Fraction], ...] | None:
        inner = table.table(key)
        found = [(name, Number().read(inner, name)) for name in inner.data if good_text(name)]
        if not found:
            table.problem("a table such as { token = 1.5 } is needed", key)
        return tuple((name, number) for name, number in found if number is not None) or None

    def write(self, value: Sequence[tuple[str, Fraction]], currency: str) -> dict[str, Any]:
        return {name: show_number(number) for name, number in value}

    def schema(self) -> Schema:
        return {"type": "object", "additionalProperties": {"type": "number", "minimum": 0}}
