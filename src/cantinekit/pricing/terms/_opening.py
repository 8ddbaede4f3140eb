"""Opening hours as an input of prices: weekly hours, holidays and seasons, in minutes of the wall clock."""

from __future__ import annotations

from bisect import bisect_left
from datetime import date
from typing import Any

import attrs

from cantinekit.calendar import MINUTES_A_DAY, format_hours, minute_of
from cantinekit.errors import InputError
from cantinekit.errors.shown import shown
from cantinekit.pricing.terms._length import MonthDay, parse_month_day
from cantinekit.pricing.terms._problems import (
    WEEKDAYS,
    TableProblem,
    TermsError,
    a_day,
    in_order,
    read_day,
    read_rule,
    read_table,
    refuse,
    rows,
    table_of,
)
from cantinekit.pricing.terms._weekdays import read_weekdays
from cantinekit.pricing.terms._workdays import check_holidays, listed

Stretch = tuple[int, int]


def parse_clock(text: Any) -> int:
    """The minute of the day of a text such as ``"17:00"``; ``"24:00"`` is 1440.

    Args:
        text: hours and minutes with two digits.

    Raises:
        InputError: it is no time of day.
    """
    minute = minute_of(text) if isinstance(text, str) and len(text) == len("17:00") else None
    if minute is None:
        raise InputError(f"not a time of day: {shown(text)}; write it as '09:00', at most '24:00'")
    return minute


def _read_stretch(value: Any) -> Stretch:
    opens, dash, closes = value.partition("-") if isinstance(value, str) else ("", "", "")
    if not dash:
        raise InputError(f"not a stretch of hours: {shown(value)}; write it as '09:00-13:00'")
    return parse_clock(opens), parse_clock(closes)


def _wrong_stretches(stretches: object) -> str | None:
    if not isinstance(stretches, tuple):
        return "are a tuple of (opens, closes)"
    before = -1
    for stretch in stretches:
        pair = isinstance(stretch, tuple) and len(stretch) == 2 and all(type(minute) is int for minute in stretch)
        if not pair or not 0 <= stretch[0] < stretch[1] <= MINUTES_A_DAY:
            return (
                "a stretch opens before it closes, from 00:00 to 24:00; hours past midnight are written "
                "'18:00-24:00' on one day and '00:00-02:00' on the next"
            )
        if stretch[0] <= before:
            return "stretches are in order and do not overlap; those that touch are one"
        before = stretch[1]
    return None


@attrs.frozen
class Week:
    """The opening hours of the seven weekdays.

    Attributes:
        days: for each weekday, Monday first, its stretches as (opens, closes) in minutes; none: closed.
    """

    days: tuple[tuple[Stretch, ...], ...] = ((),) * 7

    def __attrs_post_init__(self) -> None:
        if not isinstance(self.days, tuple) or len(self.days) != 7:
            refuse({"days": "has the stretches of seven weekdays"})
        found = zip(WEEKDAYS, map(_wrong_stretches, self.days), strict=True)
        refuse({"days": next((f"{name}: {wrong}" for name, wrong in found if wrong), None)})

    def data(self) -> list[dict[str, Any]]:
        """The array that ``read_week`` reads: weekdays with the same hours stand in one row."""
        groups: dict[tuple[Stretch, ...], list[str]] = {}
        for name, stretches in zip(WEEKDAYS, self.days, strict=True):
            if stretches:
                groups.setdefault(stretches, []).append(name)
        return [{"days": names, "open": list(map(format_hours, stretches))} for stretches, names in groups.items()]


@attrs.frozen
class Season:
    """Other weekly hours during a part of each year; it may run over the new year.

    Attributes:
        first: its first day.
        last: its last day, included.
        hours: the weekly hours; left out: closed.
    """

    first: MonthDay
    last: MonthDay
    hours: Week = Week()

    def __attrs_post_init__(self) -> None:
        refuse({
            "from": None if isinstance(self.first, MonthDay) else "is a MonthDay",
            "to": None if isinstance(self.last, MonthDay) else "is a MonthDay",
            "hours": None if isinstance(self.hours, Week) else "are a Week",
        })  # fmt: skip

    def has(self, day: date) -> bool:
        """Whether the day is in the season.

        Args:
            day: the local day.
        """
        begun, not_over = day >= self.first.on(day.year), day <= self.last.on(day.year)
        return (begun and not_over) if self.first <= self.last else (begun or not_over)

    def data(self) -> dict[str, Any]:
        """The table of one season; without hours it is closed."""
        return {"from": str(self.first), "to": str(self.last), "hours": self.hours.data()}


@attrs.frozen
class Opening:
    """When a place is open. Minutes are those of the wall clock, also on the day of a clock change.

    Attributes:
        hours: the hours of all days that are neither a holiday nor in a season.
        holidays: the holidays, in order.
        on_holidays: (opens, closes) in minutes on holidays; none: closed.
        seasons: periods of the year with hours of their own.
    """

    hours: Week
    holidays: tuple[date, ...] = attrs.field(default=(), converter=in_order)
    on_holidays: tuple[Stretch, ...] = ()
    seasons: tuple[Season, ...] = ()

    def __attrs_post_init__(self) -> None:
        seasons = isinstance(self.seasons, tuple) and all(isinstance(season, Season) for season in self.seasons)
        refuse({
            "hours": None if isinstance(self.hours, Week) else "are a Week",
            "holidays": check_holidays(self.holidays),
            "on_holidays": _wrong_stretches(self.on_holidays),
            "seasons": self._clash() if seasons else "are a tuple of Season",
        })  # fmt: skip
        if self.on_holidays and not self.holidays:
            refuse({"on_holidays": "there are no holidays"})

    def _clash(self) -> str | None:
        for year in (2023, 2024) if len(self.seasons) > 1 else ():  # a common year and a leap year
            # Where two begin to hold a day, one of them begins, or the year does.
            for day in sorted({date(year, 1, 1), *(season.first.on(year) for season in self.seasons)}):
                if sum(season.has(day) for season in self.seasons) > 1:
                    return f"two seasons hold {day:%m-%d}; which of them applies?"
        return None

    def stretches(self, day: date) -> tuple[Stretch, ...]:
        """The hours of a day, in order.

        Args:
            day: the local day.
        """
        a_day(day, "the day")
        if self.is_holiday(day):
            return self.on_holidays
        week = next((season.hours for season in self.seasons if season.has(day)), self.hours)
        return week.days[day.weekday()]

    def is_holiday(self, day: date) -> bool:
        """Whether a day is a holiday.

        Args:
            day: the local day.
        """
        index = bisect_left(self.holidays, day)
        return self.holidays[index : index + 1] == (day,)

    def knows(self, day: date) -> bool:
        """Whether the list of holidays reaches the year of the day; without a list every day is known.

        Args:
            day: the local day.
        """
        return listed(self.holidays, day)

    def open_minutes(self, day: date) -> int:
        """How many minutes the place is open on a day.

        Args:
            day: the local day.
        """
        return sum(closes - opens for opens, closes in self.stretches(day))

    def data(self) -> dict[str, Any]:
        """The table that ``read_opening`` reads."""
        return table_of(self, on_holidays=lambda stretches: list(map(format_hours, stretches)))


def _read_hours(value: Any) -> tuple[Stretch, ...]:
    hours = rows(_read_stretch)(value)
    refuse({"": _wrong_stretches(hours)})
    return hours


def _read_row(value: Any) -> tuple[tuple[int, ...], tuple[Stretch, ...]]:
    reads = {"days": read_weekdays, "open": _read_hours}
    return read_table(value, lambda days, **hours: (days, *hours.values()), reads, {"days": "", "open": ""})


def read_week(data: Any) -> Week:
    """Read ``[{ days = "mon-fri", open = ["09:00-12:00", "14:00-18:00"] }]``; a day that is not named is closed.

    Args:
        data: the rows, as a parser of TOML gives them.

    Raises:
        TermsError: with all the problems.
    """
    days: list[tuple[Stretch, ...] | None] = [None] * 7
    problems: list[TableProblem] = []
    for number, (weekdays, stretches) in enumerate(rows(_read_row)(data)):
        for weekday in weekdays:
            if days[weekday] is not None:
                problems.append(TableProblem(f"[{number}].days", f"{WEEKDAYS[weekday]} has hours already"))
            days[weekday] = stretches
    if problems:
        raise TermsError(problems)
    return Week(tuple(stretches or () for stretches in days))


def _read_season(value: Any) -> Season:
    reads = {"from": parse_month_day, "to": parse_month_day, "hours": read_week}
    needed = {"from": "", "to": "", "hours": "; an empty array means closed"}
    return read_table(value, lambda **values: Season(*values.values()), reads, needed)


def read_opening(data: Any) -> Opening:
    """Read a table with ``hours`` and optionally ``holidays``, ``on_holidays`` and ``seasons``.

    Args:
        data: the table, as a parser of TOML gives it.

    Raises:
        TermsError: with all the problems.
    """
    holidays, on_holidays, seasons = rows(read_day), rows(_read_stretch), rows(_read_season)
    return read_rule(data, Opening, hours=read_week, holidays=holidays, on_holidays=on_holidays, seasons=seasons)
