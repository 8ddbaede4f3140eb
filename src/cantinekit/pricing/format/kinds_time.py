"""The kinds of values that are about time: days, weekdays, times and stretches of the day."""

from __future__ import annotations

import re
from datetime import date, datetime, time

import attrs

from cantinekit.calendar import MINUTES_A_DAY, format_clock, format_hours, minute_of
from cantinekit.clock import WallTime
from cantinekit.pricing.format.kinds import Schema as Schema
from cantinekit.pricing.format.kinds import Spelt, ValueKind, one_or_more
from cantinekit.pricing.format.read import TariffTable, listed
from cantinekit.pricing.terms import WEEKDAYS, weekdays_in

_MONTH_DAY = re.compile(r"(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])")


@attrs.frozen
class Day(ValueKind[date]):
    """A TOML date."""

    def read(self, table: TariffTable, key: str) -> date | None:
        return table.day(key)

    def schema(self) -> Schema:
        return {"type": "string", "format": "date"}


@attrs.frozen
class Moment(ValueKind[date]):
    """A TOML date, or a local date with a time: what the clocks of the price list show."""

    def read(self, table: TariffTable, key: str) -> date | None:
        value = table.data[key]
        if not isinstance(value, datetime):
            return table.day(key)
        if value.tzinfo is not None:
            table.problem("the time is that of the price list's zone: leave the offset out, 2026-01-01T18:30:00", key)
        elif not 1970 <= value.year < 9997:
            table.problem("the day is out of range (1970 to 9997)", key)
        else:
            return value
        return None

    def schema(self) -> Schema:
        return {"anyOf": [Day().schema(), {"type": "string", "format": "date-time"}]}


def moment(day: date, zone: str) -> datetime:
    """The instant of a day with its time, or of a day alone: its noon."""
    at = day.time() if isinstance(day, datetime) else time(12)
    return WallTime(date(day.year, day.month, day.day), at, zone).instant


def _month_day(text: str) -> tuple[int, int] | None:
    match = _MONTH_DAY.fullmatch(text)
    return (int(match[1]), int(match[2])) if match else None


MONTH_DAY = Spelt(
    _month_day,
    lambda day: f"{day[0]:02}-{day[1]:02}",
    "a day of the year such as '11-01' (month, day) is needed",
    r"^\d\d-\d\d$",
)
"""A day of every year, "11-01"."""
CLOCK = Spelt(minute_of, format_clock, "a time of the day such as '13:30' is needed", r"^\d?\d:\d\d$")
"""A time of the day, "13:30", in minutes after midnight."""


def _hours(text: str) -> tuple[int, int] | None:
    first, _, last = text.partition("-")
    start, end = minute_of(first), minute_of(last)
    return None if start is None or end is None or start in (end, MINUTES_A_DAY) else (start, end)


HOURS = Spelt(_hours, format_hours, "a stretch of the day such as '09:00-13:00' is needed", r"^\d?\d:\d\d-\d?\d:\d\d$")
"""A stretch of the day, "09:00-13:00"; if it ends before it begins, it goes past midnight."""


@attrs.frozen
class Weekdays:
    """Weekdays: a list, or one text: "mon", "mon-fri", "sat sun"."""

    def read(self, table: TariffTable, key: str) -> tuple[str, ...] | None:
        out: list[str] = []
        for text in table.texts(key):
            days, unknown = weekdays_in(text)
            if unknown:
                near = table.notes.near(unknown, WEEKDAYS)
                table.problem(f"{unknown!r} is not one of {listed(WEEKDAYS)}, nor a stretch of them", key, near)
                return None
            out += [WEEKDAYS[day] for day in days]
        if not out:
            table.problem("no value at all: the condition would never hold", key)
            return None
        return tuple(day for day in WEEKDAYS if day in out)

    def write(self, value: tuple[str, ...], currency: str) -> list[str]:
        return list(value)

    def schema(self) -> Schema:
        stretch = "({0})(-({0}))?".format("|".join(WEEKDAYS))
        one: Schema = {"type": "string", "pattern": rf"^[\s,]*{stretch}([\s,]+{stretch})*[\s,]*$"}
        return one_or_more(one, minItems=1)
