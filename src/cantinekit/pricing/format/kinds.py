"""The kinds of values that a tariff has: how each is read, written back, and described to an editor.

``read`` gives ``None`` and notes a problem where the value is wrong; ``write`` gives the one canonical spelling.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any, Generic, Protocol, TypeVar

import attrs

from cantinekit.money import exponent, parse_rate
from cantinekit.pricing.format.read import MAX_ENTRIES, MAX_FINE, MAX_MINUTES, TariffTable, amount, kind, span
from cantinekit.pricing.values import MAX_TEXT

T = TypeVar("T")
Schema = dict[str, Any]


class ValueKind(Protocol[T]):
    """One kind of value."""

    def read(self, table: TariffTable, key: str) -> T | None: ...

    def write(self, value: T, currency: str) -> Any:
        """The spelling of the file, which is the value itself unless a kind has another one."""
        return value

    def schema(self) -> Schema: ...


def one_or_more(one: Schema, **bounds: int) -> Schema:
    """JSON Schema of a list that one alone may stand for."""
    return {"anyOf": [one, {"type": "array", "items": one} | bounds]}


def show_span(minutes: int) -> str:
    """A length of time in one spelling: "30min", "1h", "1h30"."""
    hours, rest = divmod(minutes, 60)
    return f"{rest}min" if not hours else f"{hours}h" + (f"{rest:02}" if rest else "")


def show_percent(rate: Fraction) -> str:
    """A rate as it is printed: "-30%", "5.5%"."""
    sign, billionths = ("-" if rate < 0 else ""), abs(rate) * 100 * 10**9  # a printed rate has at most nine decimals
    whole, part = divmod(int(billionths), 10**9)
    return sign + f"{whole}" + (f".{part:09}".rstrip("0") if part else "") + "%"


def decimal_of(minor: int | Fraction, currency: str) -> Decimal | int:
    """An amount in minor units, perhaps with a fraction, as the number that a list prints."""
    digits = exponent(currency)
    if isinstance(minor, Fraction):
        return _shortest(int(minor * 10**MAX_FINE), digits + MAX_FINE)
    return _decimal(minor, digits)


def _decimal(number: int, places: int) -> Decimal | int:
    """A number by its digits: the context of ``decimal`` that the host has set may round."""
    return Decimal((number < 0, tuple(map(int, str(abs(number)))), -places)) if places else number


def _shortest(number: int, places: int) -> Decimal | int:
    """A number by its digits, without zeros at the end."""
    while places and number % 10 == 0:
        number, places = number // 10, places - 1
    return _decimal(number, places)


@attrs.frozen
class Text(ValueKind[str]):
    """A text; one of ``choices`` where there are some."""

    choices: tuple[str, ...] = ()

    def read(self, table: TariffTable, key: str) -> str | None:
        return table.text(key, one_of=self.choices) or None

    def schema(self) -> Schema:
        return {"type": "string"} | ({"enum": list(self.choices)} if self.choices else {})


@attrs.frozen
class Spelt(ValueKind[T]):
    """A text that one function reads and another one writes."""

    parse: Callable[[str], T | None]
    show: Callable[[T], str]
    needed: str
    """What is said of a text that is none of this kind."""
    pattern: str

    def read(self, table: TariffTable, key: str) -> T | None:
        text = table.text(key)
        value = self.parse(text) if text else None
        if text and value is None:
            table.problem(self.needed, key)
        return value

    def write(self, value: T, currency: str) -> str:
        return self.show(value)

    def schema(self) -> Schema:
        return {"type": "string", "pattern": self.pattern}


@attrs.frozen
class Flag(ValueKind[bool]):
    """true or false."""

    def read(self, table: TariffTable, key: str) -> bool | None:
        return table.flag(key)

    def schema(self) -> Schema:
        return {"type": "boolean"}


@attrs.frozen
class Count(ValueKind[int]):
    """A whole number."""

    low: int = 1
    high: int = 10**6

    def read(self, table: TariffTable, key: str) -> int | None:
        return table.count(key, self.low, self.high)

    def schema(self) -> Schema:
        return {"type": "integer", "minimum": self.low, "maximum": self.high}


@attrs.frozen
class Number:
    """A number with at most four decimals, exact; as a number or as a text ("0.5")."""

    def read(self, table: TariffTable, key: str) -> Fraction | None:
        value = table.data[key]
        if isinstance(value, str) and re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,4})?", value):
            value = Decimal(value)
        if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
            table.problem(f"a number is needed, not {kind(value)}", key)
            return None
        number = Fraction(value)
        if not 0 <= number <= 10**9 or (number * 10**4).denominator != 1:
            table.problem("a number from 0 with at most four decimals is needed", key)
            return None
        return number

    def write(self, value: Fraction, currency: str) -> Decimal | int:
        return show_number(value)

    def schema(self) -> Schema:
        return {"anyOf": [{"type": "number", "minimum": 0}, {"type": "string", "pattern": r"^\d+(\.\d+)?$"}]}


def show_number(value: Fraction) -> Decimal | int:
    """A number of at most four decimals, in one spelling."""
    return _shortest(int(value * 10**4), 4)


@attrs.frozen
class Amount:
    """An amount of the tariff's currency as the list prints it; kept in minor units."""

    signed: bool = False

    def read(self, table: TariffTable, key: str) -> int | None:
        return amount(table.data[key], (*table.path, key), table.notes, signed=self.signed)

    def write(self, value: int, currency: str) -> Decimal | int:
        return decimal_of(value, currency)

    def schema(self) -> Schema:
        return {"type": "number"} | ({} if self.signed else {"minimum": 0})


@attrs.frozen
class Percent:
    """A text such as "-30%", exact."""

    low: int = -100
    high: int = 100

    def read(self, table: TariffTable, key: str) -> Fraction | None:
        text = table.data[key]
        if not isinstance(text, str):
            table.problem(f'a percentage is a text such as "20%", not {kind(text)}', key)
            return None
        rate = table.parsed(parse_rate, text, key)
        if rate is not None and not Fraction(self.low, 100) <= rate <= Fraction(self.high, 100):
            table.problem(f"a percentage from {self.low}% to {self.high}% is needed", key)
            return None
        return rate

    def write(self, value: Fraction, currency: str) -> str:
        return show_percent(value)

    def schema(self) -> Schema:
        return {"type": "string", "pattern": r"^[+-]?\d+(\.\d+)?\s?%$"}


@attrs.frozen
class Minutes:
    """A length of time such as "1h30", in minutes."""

    def read(self, table: TariffTable, key: str) -> int | None:
        return table.span(key)

    def write(self, value: int, currency: str) -> str:
        return show_span(value)

    def schema(self) -> Schema:
        return {"type": "string", "pattern": r"^(minute|hour|\d+h(\d+(min)?)?|\d+min)$"}


@attrs.frozen
class Texts:
    """Several texts, none twice; one alone may stand without the brackets."""

    longest: int = MAX_TEXT
    empty: bool = False
    """Whether there may be none."""

    def read(self, table: TariffTable, key: str) -> tuple[str, ...] | None:
        values = table.texts(key, self.longest)
        if not values and table.data[key] == [] and not self.empty:
            table.problem("an empty list", key)
        return values or None

    def write(self, value: Sequence[str], currency: str) -> list[str]:
        return list(value)

    def schema(self) -> Schema:
        return one_or_more({"type": "string"})


@attrs.frozen
class OneOrMore(Generic[T]):
    """Values of one kind; a single value may be written without brackets."""

    of: ValueKind[T]

    def read(self, table: TariffTable, key: str) -> tuple[T, ...] | None:
        value = table.data[key]
        rows = value if isinstance(value, list) else [value]
        if not rows or len(rows) > MAX_ENTRIES:
            table.problem(f"from 1 to {MAX_ENTRIES} entries are needed", key)
            return None
        out: list[T] = []
        for number, row in enumerate(rows):
            found = self.of.read(TariffTable({"": row}, (*table.path, key, number), table.notes), "")
            if found is None:
                return None
            out.append(found)
        return tuple(out)

    def write(self, value: Sequence[T], currency: str) -> list[Any]:
        return [self.of.write(part, currency) for part in value]

    def schema(self) -> Schema:
        return one_or_more(self.of.schema())


@attrs.frozen
class SpanKind:
    """A length of time ("1h30") or a whole number of units; so many minutes or units, and which of the two."""

    def read(self, table: TariffTable, key: str) -> tuple[int, bool] | None:
        value = table.data[key]
        if type(value) is int and 0 < value <= MAX_MINUTES:
            return value, False
        minutes = span(value)
        if minutes is None:
            table.problem("a length of time such as '1h30', or a whole number of units, is needed", key)
        return (minutes, True) if minutes else None

    def write(self, value: tuple[int, bool], currency: str) -> str | int:
        return show_span(value[0]) if value[1] else value[0]

    def schema(self) -> Schema:
        return {"anyOf": [Minutes().schema(), {"type": "integer", "minimum": 1}]}
