"""Lengths in words ("6 months") and month-days ("11-01")."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date
from typing import Any, Literal

import attrs

from cantinekit.calendar import add_days, add_months
from cantinekit.errors import InputError
from cantinekit.errors.shown import shown
from cantinekit.pricing.terms._problems import one_of, refuse, whole

Unit = Literal["hour", "day", "business day", "week", "month", "year"]
UNITS: tuple[Unit, ...] = ("hour", "day", "business day", "week", "month", "year")
MAX_LENGTH = 40_000
_LENGTH = re.compile(r"([0-9]{1,6}) ?(h|clock hours?|hours?|days?|business days?|weeks?|months?|years?)")
_MONTH_DAY = re.compile(r"([0-9]{2})-([0-9]{2})")


@attrs.frozen
class Length:
    """A number of units. ``str`` gives the text that ``parse_length`` reads.

    Attributes:
        n: how many, from 1 to 40,000.
        unit: the unit, such as "day" or "month".
    """

    n: int
    unit: Unit

    def __attrs_post_init__(self) -> None:
        refuse({"n": whole(self.n, 1, MAX_LENGTH), "unit": one_of(self.unit, UNITS)})

    def __str__(self) -> str:
        if self.unit == "hour":
            return f"{self.n}h"
        return f"{self.n} {self.unit}" + ("s" if self.n > 1 else "")

    @property
    def days(self) -> int | None:
        """How many days it is, if that is always the same number."""
        return {"day": self.n, "week": 7 * self.n}.get(self.unit)

    @property
    def months(self) -> int | None:
        """How many months it is, if it is months or years."""
        return {"month": self.n, "year": 12 * self.n}.get(self.unit)


def parse_length(text: str) -> Length:
    """Read ``"7 days"``, ``"4 business days"``, ``"2 weeks"``, ``"1 month"``, ``"1 year"``, ``"48h"``.

    Args:
        text: a number and a unit.

    Raises:
        InputError: it is none of these; the message shows how to write it.
    """
    match = _LENGTH.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise InputError(f"not a length: {shown(text)}; write a number and a unit: '7 days', '4 business days', "
                         "'2 weeks', '1 month', '1 year' or '48h'")  # fmt: skip
    number = int(match[1])
    if not 1 <= number <= MAX_LENGTH:
        raise InputError(f"a length is from 1 to {MAX_LENGTH} units, not {number}; for none at all leave the key out")
    word = match[2].removesuffix("s").removeprefix("clock ")
    units: dict[str, Unit] = {"h": "hour", **{unit: unit for unit in UNITS}}
    return Length(number, units[word])


@attrs.frozen(order=True)
class MonthDay:
    """A day of any year. 29 February is 28 February in the years that have none.

    Attributes:
        month: 1 to 12.
        day: 1 to the last day of that month, 29 for February.
    """

    month: int
    day: int

    def __attrs_post_init__(self) -> None:
        refuse({"month": whole(self.month, 1, 12)})
        refuse({"day": whole(self.day, 1, monthrange(2024, self.month)[1])})

    def __str__(self) -> str:
        return f"{self.month:02}-{self.day:02}"

    def on(self, year: int) -> date:
        """This day of a year.

        Args:
            year: the year.
        """
        return date(year, self.month, min(self.day, monthrange(year, self.month)[1]))


def parse_month_day(text: Any) -> MonthDay:
    """Read ``"11-01"``: month, then day.

    Args:
        text: month and day with two digits.

    Raises:
        InputError: it is no day of a year.
    """
    match = _MONTH_DAY.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise InputError(f"not a day of the year: {shown(text)}; write month and day with two digits: '11-01'")
    try:
        return MonthDay(int(match[1]), int(match[2]))
    except InputError:
        raise InputError(f"no year has a day {shown(text)} (month, then day)") from None


def add(day: date, length: Length, times: int = 1) -> date:
    """The day a number of lengths later, counted in one go from the start, so that no clamped day drifts.

    Args:
        day: the day to start from.
        length: in days, weeks, months or years.
        times: how many lengths.

    Raises:
        InputError: the length is in hours or business days, or the calendar ends before.
    """
    if length.days is not None:
        return add_days(day, length.days * times)
    if length.months is not None:
        return add_months(day, length.months * times)
    raise InputError(f"{length} is no number of calendar days, weeks, months or years")
