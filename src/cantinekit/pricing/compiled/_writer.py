"""Generated source: lines, and the constants that they name. No text of a tariff ever stands in it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from fractions import Fraction
from functools import cache
from typing import Any

import attrs

from cantinekit.clock import day_shift
from cantinekit.money import Money
from cantinekit.pricing.engine.ask import RefusedItem
from cantinekit.pricing.engine.facts import period_key
from cantinekit.pricing.format.kinds import show_number
from cantinekit.pricing.kernel import Inline
from cantinekit.pricing.values import open_twin

MOST_KEPT = 4096
"""How many values of a kind are kept that were made before."""


class NumberMemo(dict[int, Any]):
    """Values by number, those that were made before; a number of the wrong kind fails as in any dictionary."""

    def make(self, number: int) -> Any:
        """A value that was not made before."""
        raise NotImplementedError

    def __missing__(self, number: int) -> Any:
        if len(self) > MOST_KEPT:
            self.clear()
        self[number] = found = self.make(number)
        return found


@attrs.define(eq=False, slots=False, repr=False)
class Cents(NumberMemo):
    """Amounts by minor units."""

    currency: str

    def make(self, number: int) -> Money:
        return Money(number, self.currency)


class AmountTexts(Cents):
    """Amounts by minor units, as text."""

    def make(self, number: int) -> str:  # type: ignore[override]  # a text of the same amount
        return str(Money(number, self.currency))


@attrs.define(eq=False, slots=False, repr=False)
class PeriodKeys(NumberMemo):
    """The days, weeks, months or years of days, by ordinal, as keys of scopes write them."""

    name: str

    def make(self, number: int) -> str:
        return period_key(date.fromordinal(number), self.name)


@attrs.define(eq=False, slots=False, repr=False)
class Offsets(NumberMemo):
    """By how many minutes the clocks of a zone are ahead, by the ordinal of a day in UTC.

    ``None`` where that changes within the day, or is not a whole number of minutes.
    """

    zone: str

    def make(self, number: int) -> int | None:
        shift = day_shift(number, self.zone)
        return None if shift is None or shift % timedelta(minutes=1) else shift // timedelta(minutes=1)


@attrs.define(eq=False, slots=False, repr=False)
class Quantities(NumberMemo):
    """Quantities by size, where a size is a part of a unit; ``shown``: those that are not whole are texts."""

    scale: Fraction
    shown: bool = attrs.field(default=False, kw_only=True)

    def make(self, number: int) -> Any:
        found = show_number(number * self.scale)
        return str(found) if self.shown and not isinstance(found, int) else found


HANDED_ON = (KeyError, TypeError, RefusedItem)
"""What a value raises that is missing, or of a kind that no program knows."""
_twin = cache(open_twin)


@attrs.define
class ProgramSource:
    """Lines of source, and the constants that they name."""

    rows: list[str] = attrs.field(factory=list)
    names: dict[str, Any] = attrs.field(factory=dict)
    _consts: dict[int, str] = attrs.field(factory=dict)
    _cents: Cents | None = None

    def add(self, row: str, depth: int = 1) -> None:
        self.rows.append("    " * depth + row)

    def const(self, value: Any) -> str:
        """The name of a constant; the same object has one name."""
        name = self._consts.get(id(value))
        if name is None:
            name = self._consts[id(value)] = f"c{len(self._consts)}"
            self.names[name] = value
        return name

    def program(self, body: Inline, depth: int = 1) -> None:
        """The statements of a program; its arguments are variables by then."""
        for line in body.lines:
            self.add(line, depth)
        self.names |= body.tables

    def money(self, currency: str) -> str:
        """The name of the amounts that were made before."""
        if self._cents is None:
            self._cents = Cents(currency)
        return self.const(self._cents)

    def record(self, name: str, cls: type, fields: Mapping[str, str], depth: int = 1) -> None:
        """An object of a frozen class from fields that are known to be right, made without its ``__init__``."""
        self.add(f"{name} = {self.const(_twin(cls))}()", depth)
        for field, source in fields.items():
            self.add(f"{name}.{field} = {source}", depth)
        self.add(f"{name}.__class__ = {self.const(cls)}", depth)

    def function(self, name: str) -> Any:
        """The function that the source defines; of the builtins it sees only what it is given here.

        It gives ``None`` where a value is missing, or is none that a program knows: then the phases answer.
        """
        head, *body = self.rows
        rows = [head, "    try:", *("    " + row for row in body), "    except handed_on:", "        return None"]
        names = {"__builtins__": {}, "type": type, "int": int, "len": len, "handed_on": HANDED_ON, **self.names}
        exec(compile("\n".join(rows), f"<{name}>", "exec"), names)
        return names[name]

    def stop_if(self, condition: str, depth: int = 1, answer: str = "None") -> None:
        self.add(f"if {condition}:", depth)
        self.add(f"return {answer}", depth + 1)
