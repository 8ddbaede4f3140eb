"""Business days: named working weekdays without the holidays of a named calendar."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import attrs

from cantinekit.calendar import WorkingDays, add_days
from cantinekit.errors import InputError
from cantinekit.errors.shown import shown
from cantinekit.pricing.terms._problems import (
    MAX_ROWS,
    MAX_TEXT,
    WEEKDAYS,
    a_day,
    in_order,
    read_day,
    read_rule,
    refuse,
    rows,
    table_of,
)
from cantinekit.pricing.terms._weekdays import read_weekdays


def check_holidays(days: tuple[date, ...]) -> str | None:
    """Why these are no holidays."""
    if len(days) > MAX_ROWS:
        return f"has more than {MAX_ROWS} days"
    try:
        for day in days:
            a_day(day, "a holiday")
    except InputError as error:
        return str(error)
    return None


def listed(holidays: Sequence[date], day: date) -> bool:
    """Whether a list of holidays, in order, reaches the year of a day; where none is listed every year is known."""
    return not holidays or holidays[0].year <= day.year <= holidays[-1].year


@attrs.frozen
class Workdays:
    """Which days are business days.

    Where holidays are listed, only the years from the first to the last of them are known: a count that leaves them is
    refused, since a list that ends in 2026 says nothing about 1 May 2027. Without holidays every year is known.

    Attributes:
        weekdays: the weekdays that are worked, 0 (Monday) to 6, at least one.
        holidays: days that are not worked.
        name: what a text calls it; empty: nothing.
    """

    weekdays: tuple[int, ...] = attrs.field(converter=in_order)
    holidays: tuple[date, ...] = attrs.field(default=(), converter=in_order)
    name: str = ""
    _days: WorkingDays = attrs.field(init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        days = all(type(day) is int and 0 <= day <= 6 for day in self.weekdays)
        refuse({
            "weekdays": None if days and self.weekdays else "names at least one weekday, from 0 (Monday) to 6",
            "holidays": check_holidays(self.holidays),
            "name": None if isinstance(self.name, str) and len(self.name) <= MAX_TEXT else "is a short text",
        })  # fmt: skip
        object.__setattr__(self, "_days", WorkingDays(self.weekdays, ((day, day) for day in self.holidays)))

    def data(self) -> dict[str, Any]:
        """The table that ``read_workdays`` reads."""
        return table_of(self, weekdays=lambda days: [WEEKDAYS[day] for day in days])

    def _known(self, day: date) -> date:
        if not listed(self.holidays, day):
            years = f"{self.holidays[0].year} to {self.holidays[-1].year}"
            raise InputError(
                f"calendar {shown(self.name)} lists the holidays of {years}; those of {day.year} are not known"
            )
        return day

    def count(self, first: date, end: date) -> int:
        """How many business days there are from ``first`` up to, but without, ``end``."""
        if a_day(end, "the end") <= a_day(first, "the first day"):
            return 0
        self._known(add_days(end, -1))
        return self._days.count(self._known(first), end)

    def step(self, day: date, n: int) -> date:
        """The n-th business day from ``day`` on, which is the first if it is one; backwards if ``n`` is negative."""
        if n == 0:
            raise InputError("business days are counted from 1, forwards or backwards")
        self._known(a_day(day, "the day"))
        first, last = date.min, date.max
        if self.holidays:
            first, last = self.holidays[0].replace(month=1, day=1), self.holidays[-1].replace(month=12, day=31)
        found = self._days.nth(day, n, first, last)
        return found or self._known(add_days(last, 1) if n > 0 else add_days(first, -1))  # which is not known


def business_days_between(first: date, last: date, workdays: Workdays, *, count_first: bool) -> int:
    """How many business days lie between two days; the last day never counts. 0 where ``last`` is not after ``first``.

    "Three business days before the start": the day of the start is not one of them; whether the day of the notice is
    one, the rule has to say.

    Args:
        first: the earlier day.
        last: the later day.
        workdays: which days are business days.
        count_first: whether the first day counts.

    Raises:
        InputError: the holidays of one of the years are not known.
    """
    return workdays.count(first if count_first else add_days(a_day(first, "the first day"), 1), last)


Calendars = Mapping[str, Workdays]


def read_workdays(data: Any, calendars: Calendars | None = None) -> Workdays:
    """Read ``{ weekdays = "mon-fri", holidays = [2026-05-01], name = "FR" }``, or the name of a calendar.

    Args:
        data: the table, as a parser of TOML gives it, or the name of a calendar.
        calendars: the calendars that may be named.

    Raises:
        TermsError: with all the problems.
    """
    if isinstance(data, str):
        known = calendars or {}
        if data not in known:
            raise InputError(f"no calendar {data[:60]!r}; there are {', '.join(map(repr, known)) or 'none'}")
        return known[data]
    hint = ': which are business days? For example "mon-fri"'
    return read_rule(data, Workdays, hint, weekdays=read_weekdays, holidays=rows(read_day))
