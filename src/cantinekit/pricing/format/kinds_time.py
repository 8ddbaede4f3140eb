"""The kinds of values that are about time: days, weekdays, times and stretches of the day."""

from __future__ import annotations

import re
from datetime import date, datetime, time

import attrs

from cantinekit.calendar import format_clock, format_hours, minute_of
from cantinekit.clock import WallTime
from cantinekit.pricing.format.kinds import Schema as Schema
from cantinekit.pricing.format.kinds import ValueKind
from cantinekit.pricing.format.read import TariffTable, listed
from cantinekit.pricing.terms import WEEKDAYS, weekdays_in

_MONTH_DAY = re.compile(r"(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])")


@attrs.frozen
class Day(ValueKind[date]):
    """A TOML date."""

    def read(self, table: TariffTable, key: str) -> date | None:
        value = table.data[key]
        if isinstance(value, date) and not isinstance(value, datetime) and not 1970 <= value.year < 9997:
            table.problem("the day is out of range (1970 to 9997)", key)
            return None
        return table.day(key)

    def schema(self) -> Schema:
        return {"type": "string", "format": "date"}


@attrs.frozen
class Moment(ValueKind[date]):
    """A TOML date, or a local date with a time: what the clocks of the price list show."""

    def read(self, table: TariffTable, key: str) -> date | None:
        value = table.data[key]
        if not isinstance(value, datetime):
            return Day().read(table, key)
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


@attrs.frozen
class MonthDayKind:
    """A day of every year, "11-01"."""

    def read(self, table: TariffTable, key: str) -> tuple[int, int] | None:
        text = table.text(key)
        match = _MONTH_DAY.fullmatch(text)
        if text and not match:
            table.problem("a day of the year such as '11-01' (month, day) is needed", key)
        return (int(match[1]), int(match[2])) if match else None

    def write(self, value: tuple[int, int], currency: str) -> str:
        return f"{value[0]:02}-{value[1]:02}"

    def schema(self) -> Schema:
        return {"type": "string", "pattern": r"^\d\d-\d\d$"}


@attrs.frozen
class ClockKind:
    """A time of the day, "13:30", in minutes after midnight."""

    def read(self, table: TariffTable, key: str) -> int | None:
        text = table.text(key)
        minutes = minute_of(text)
        if text and minutes is None:
            table.problem("a time of the day such as '13:30' is needed", key)
        return minutes if text else None

    def write(self, value: int, currency: str) -> str:
        return format_clock(value)

    def schema(self) -> Schema:
        return {"type": "string", "pattern": r"^\d?\d:\d\d$"}


@attrs.frozen
class ClockRange:
    """A stretch of the day, "09:00-13:00"; if it ends before it begins, it goes past midnight."""

    def read(self, table: TariffTable, key: str) -> tuple[int, int] | None:
        text = table.text(key)
        first, _, last = text.partition("-")
        start, end = minute_of(first), minute_of(last)
        if text and (start is None or end is None or start == end or start == 1440):
            table.problem("a stretch of the day such as '09:00-13:00' is needed", key)
            return None
        return (start, end) if text and start is not None and end is not None else None

    def write(self, value: tuple[int, int], currency: str) -> str:
        return format_hours(value)

    def schema(self) -> Schema:
        return {"type": "string", "pattern": r"^\d?\d:\d\d-\d?\d:\d\d$"}


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
        return {"anyOf": [one, {"type": "array", "items": one, "minItems": 1}]}
