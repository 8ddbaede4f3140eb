"""Generated source: lines, and the constants that they name. No text of a tariff ever stands in it."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import attrs

from cantinekit.money import Money
from cantinekit.pricing.format._kinds import show_number

MOST_MONEY = 4096


class Cents(dict[int, Money]):
    """Amounts that were made before."""

    def __init__(self, currency: str) -> None:
        super().__init__()
        self.currency = currency

    def __missing__(self, minor: int) -> Money:
        if len(self) > MOST_MONEY:
            self.clear()
        self[minor] = found = Money(minor, self.currency)
        return found


class Quantities(dict[int, Any]):
    """Quantities by size, where a size is a part of a unit."""

    def __init__(self, scale: Fraction) -> None:
        super().__init__()
        self.scale = scale

    def __missing__(self, size: int) -> Any:
        if len(self) > MOST_MONEY:
            self.clear()
        self[size] = found = show_number(size * self.scale)
        return found


@attrs.define
class Source:
    """Lines of source, and the constants that they name."""

    rows: list[str] = attrs.field(factory=list)
    names: dict[str, Any] = attrs.field(factory=dict)

    def add(self, row: str, depth: int = 1) -> None:
        self.rows.append("    " * depth + row)

    def const(self, value: Any) -> str:
        name = f"c{len(self.names)}"
        self.names[name] = value
        return name

    def function(self, name: str) -> Any:
        """The function that the source defines; of the builtins it sees only what it is given here."""
        names = {"__builtins__": {}, "type": type, "int": int, "len": len, **self.names}
        exec(compile("\n".join(self.rows), "<door>", "exec"), names)
        return names[name]

    def stop_if(self, condition: str, depth: int = 1) -> None:
        self.add(f"if {condition}:", depth)
        self.add("return None", depth + 1)
