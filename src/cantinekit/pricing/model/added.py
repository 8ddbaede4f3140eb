"""What an adjustment adds as a line of its own: an amount or a share, its tax class and tags, how often it is due."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import attrs

from cantinekit.pricing.format.kinds import Amount, Percent, Text, Texts
from cantinekit.pricing.format.kinds_time import Schema
from cantinekit.pricing.format.read import TariffTable
from cantinekit.pricing.format.records import key, write_record
from cantinekit.pricing.model._known import check_absent, check_tax
from cantinekit.pricing.model.conditions import NUMBERS, Words

ADDED_KEYS = ("every", "tax", "tags")
MOST = 10**9


@attrs.frozen
class AmountOrShare:
    """The kind of ``add``: minor units, or a share of the lines, "10%", as a fraction."""

    def read(self, table: TariffTable, key: str) -> int | Fraction | None:
        text = table.data[key]
        if not isinstance(text, str):
            return Amount(signed=True).read(table, key)
        if text.lstrip().startswith("-"):
            table.problem("what takes off a share is percent = '-10%'", key)
            return None
        return Percent(0, 1000).read(table, key)

    def write(self, value: int | Fraction, currency: str) -> Any:
        return Percent().write(value, currency) if isinstance(value, Fraction) else Amount().write(value, currency)

    def schema(self) -> Schema:
        return {"anyOf": [Amount(signed=True).schema(), {"type": "string", "pattern": r"^\+?\d+(\.\d+)?\s?%$"}]}


@attrs.frozen
class Every:
    """So many of a fact are one; of money so much."""

    n: int
    money: bool = False

    def data(self, currency: str) -> Any:
        return Amount().write(self.n, currency) if self.money else self.n


def read_every(table: TariffTable, fact: str) -> Every | None:
    """The key ``every`` beside a fact that is a number, or an amount; every problem is noted."""
    if "every" not in table:
        return None
    words: Words = table.notes.words
    declared = words.facts.get(fact) or words.facts.get(fact + "s")
    if declared == "money":
        minor = table.money("every")
        if minor == 0:
            table.problem("an amount above 0 is needed", "every")
        return Every(minor, True) if minor else None
    if declared not in NUMBERS:
        table.problem("'every' is so many of a fact that is a number, or so much of one that is an amount", "every")
        return None
    number = table.count("every", 1, MOST)
    return None if number is None else Every(number)


@attrs.frozen
class Added:
    """The line that is added: its tax class and tags, where they are other ones than those of the first line."""

    tax: str = key(Text(), "its tax class", default="")
    tags: tuple[str, ...] = key(Texts(), "its tags", default=())
    every: Every | None = None
    """With ``once_per`` a fact: so much of it is one, and a begun one counts."""

    def data(self, currency: str) -> dict[str, Any]:
        out: dict[str, Any] = {} if self.every is None else {"every": self.every.data(currency)}
        return out | write_record(self, currency)


NOTHING_OWN = Added()
"""A line like the first one, as often as the rule says."""


def read_added(table: TariffTable, kind: str, once_per: str, values: Iterable[Any]) -> Added:
    """The keys of a line of its own; they go with an ``add`` that takes nothing off."""
    values = list(values)
    shares = any(isinstance(value, Fraction) for value in values)
    line = kind == "add" and not any(isinstance(value, int) and value < 0 for value in values)
    check_absent(table, () if line else ("tax", "tags"), "{} goes with an 'add' that is a line of its own")
    if shares and kind == "add" and once_per:
        table.problem("a share is due once: 'once_per' goes with an amount", "once_per")
    every = read_every(table, once_per) if once_per else None
    if "every" in table and not once_per:
        table.problem("'every' goes with 'once_per', a fact", "every")
    tax = table.text("tax")
    check_tax(table, tax)
    return Added(tax, table.texts("tags"), every)


def countable(table: TariffTable) -> tuple[str, ...]:
    """The facts that ``once_per`` may name: numbers; with ``every`` amounts as well."""
    types = (*NUMBERS, "money") if "every" in table else NUMBERS
    return tuple(name for name, declared in table.notes.words.facts.items() if declared in types)
