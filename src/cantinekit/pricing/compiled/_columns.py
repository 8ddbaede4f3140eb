"""A table of rows: its columns, and a row as a question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

import attrs

from cantinekit.calendar import MINUTES_A_DAY, wall_instant
from cantinekit.clock import Period
from cantinekit.errors import InputError
from cantinekit.errors.shown import shown
from cantinekit.pricing.format.kinds_time import moment
from cantinekit.pricing.model.conditions import SetOf
from cantinekit.pricing.model.load import Parts
from cantinekit.pricing.model.rules import PERIODS
from cantinekit.pricing.values import Fact, Item, Order

Columns = Mapping[str, Any]
EPOCH = date(1970, 1, 1).toordinal()
OWN = ("product", "customer", "count", "day", "minute", "minutes", "bought")
"""The columns beside the facts: ``day`` and ``bought`` are local days, ``minute`` is that of the local day at which a
stay begins, ``minutes`` its length."""


@attrs.frozen(eq=False, slots=False)
class Rows:
    """The columns of a table, checked."""

    np: Any
    parts: Parts
    length: int
    own: Mapping[str, Any]
    facts: Mapping[str, Any]

    def products(self) -> list[str]:
        """The products in the order in which they come first."""
        return list(dict.fromkeys(self.own["product"].tolist()))

    def of(self, names: Sequence[str]) -> Any:
        return self.np.isin(self.own["product"], names)

    def has(self, name: str) -> bool:
        return name in self.own

    def numbers(self, name: str) -> Any:
        """A column of integers; days are ordinals."""
        if name == "count" and "count" not in self.own:
            return self.np.ones(self.length, self.np.int64)
        column = self.own[name]
        return column.astype(self.np.int64) + EPOCH if name in ("day", "bought") else column

    def customer(self, place: int) -> str:
        return str(self.own["customer"][place]) if "customer" in self.own else ""

    def tax_days(self, places: Any) -> Any:
        """The day that picks the tax rate: that of use, else that of purchase, else 0."""
        for name in ("day", "bought"):
            if name in self.own:
                return self.numbers(name)[places]
        return self.np.zeros(len(places), self.np.int64)

    def scope(self, same: Sequence[str], places: Any) -> Any:
        """A code for each row, the same for all rows of one scope. Without a customer each row is its own scope."""
        np = self.np
        columns = []
        for name in same:
            if name == "person":
                columns += self._persons(places)
            elif name in PERIODS:
                columns.append(self._period(name)[places])
            else:
                columns.append(self.facts[name][places])
        return combined(np, columns, len(places))

    def _persons(self, places: Any) -> list[Any]:
        """Who each row is of; who is not named stands alone."""
        alone = self.np.arange(1, len(places) + 1)
        if "customer" not in self.own:
            return [alone]
        customers = self.own["customer"][places]
        return [customers, self.np.where(customers == "", alone, 0)]

    def _period(self, name: str) -> Any:
        days = self.own["day"]
        if name == "week":
            return (days.astype(self.np.int64) + 3) // 7  # the first of January 1970 was a Thursday
        return days.astype({"day": "datetime64[D]", "month": "datetime64[M]", "year": "datetime64[Y]"}[name])

    @cached_property
    def _days(self) -> list[date] | None:
        return self.own["day"].tolist() if "day" in self.own else None

    def order(self, place: int) -> Order:
        """A row as the question that it is."""
        day = self._days[place] if self._days is not None else None
        period = None
        if day is not None and "minutes" in self.own:
            minute = int(self.own["minute"][place]) if "minute" in self.own else 0
            start = wall_instant(day, minute, self.parts.head.zone)
            period = Period(start, start + timedelta(minutes=int(self.own["minutes"][place])))
        facts: dict[str, Fact] = {}
        for name, column in self.facts.items():
            value = column[place]
            facts[name] = value.item() if hasattr(value, "item") else value
        item = Item(
            str(self.own["product"][place]), period, int(self.numbers("count")[place]), None if period else day, facts
        )
        bought: datetime | None = None
        if "bought" in self.own:
            bought = moment(self.own["bought"][place].item(), self.parts.head.zone)
        return Order((item,), self.customer(place) or None, bought)


def columns_of(np: Any, table: Columns, parts: Parts) -> Rows:
    """The table with its columns in one type each.

    Raises:
        InputError: an unknown column, columns of different lengths, or one of a wrong type.
    """
    unknown = [name for name in table if name not in OWN and name not in parts.facts]
    if unknown:
        raise InputError(f"no column {shown(unknown[0])}; there are {', '.join((*OWN, *parts.facts))}")
    if "product" not in table:
        raise InputError("the column 'product' is missing")
    lengths = {len(column) for column in table.values() if not isinstance(column, str)}
    if len(lengths) > 1:
        raise InputError(f"columns of different lengths: {', '.join(map(str, sorted(lengths)))}")
    length = lengths.pop() if lengths else 1
    own: dict[str, Any] = {}
    for name in OWN:
        if name not in table:
            continue
        column = table[name]
        if name in ("product", "customer"):
            column = [column] * length if isinstance(column, str) else column
            own[name] = np.asarray(column, dtype=object).astype(str)
        elif name in ("day", "bought"):
            own[name] = _days(np, column, name)
        else:
            own[name] = whole_numbers(np, np.asarray(column), name)
    for needed in ("day", "minutes") if "minute" in own else ():
        if needed not in own:
            raise InputError(f"the column 'minute' says when a stay begins: it needs the column {needed!r}")
    if "minute" in own and length and not (own["minute"].min() >= 0 and own["minute"].max() < MINUTES_A_DAY):
        raise InputError("the column 'minute' is from 0 to 1439: the midnight after a day is minute 0 of the next one")
    facts = {name: _fact(np, table[name], parts, name) for name in parts.facts if name in table}
    return Rows(np, parts, length, own, facts)


def _days(np: Any, column: Any, name: str) -> Any:
    try:
        return np.asarray(column, dtype="datetime64[D]")
    except (ValueError, TypeError):
        raise InputError(f"the column {shown(name)} is no column of days") from None


def _fact(np: Any, column: Any, parts: Parts, name: str) -> Any:
    declared = parts.facts[name]
    if isinstance(declared, SetOf) or declared in ("money", "decimal"):
        return np.asarray(column, dtype=object)
    if isinstance(declared, tuple) or declared == "text":
        return np.asarray(column, dtype=object).astype(str)
    column = np.asarray(column)
    if declared == "yes/no" and column.dtype.kind != "b":
        raise InputError(f"the column {shown(name)} is no column of true and false")
    return column if declared == "yes/no" else whole_numbers(np, column, name)


def whole_numbers(np: Any, column: Any, name: str) -> Any:
    """A column of int64."""
    if column.ndim != 1 or (len(column) and column.dtype.kind not in "iub"):
        raise InputError(f"the column {shown(name)} is no column of whole numbers")
    return column.astype(np.int64)


def axis_codes(np: Any, column: Any, values: Sequence[str]) -> Any:
    """The place of each value; the number of values where it is none of them."""
    found, inverse = np.unique(column, return_inverse=True)
    places = {value: place for place, value in enumerate(values)}
    return np.array([places.get(str(value), len(values)) for value in found], dtype=np.int64)[inverse]


def combined(np: Any, columns: Sequence[Any], length: int) -> Any:
    """One code for rows that agree in all columns."""
    code = np.zeros(length, np.int64)
    for column in columns:
        found, inverse = np.unique(column, return_inverse=True)
        code = np.unique(code * len(found) + inverse, return_inverse=True)[1].astype(np.int64)
    return code
