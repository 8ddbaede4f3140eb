"""What all walkers over a rule share: the rule, its start, the days that it chooses, the times of a day."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from datetime import date

from cantinekit.errors import RuleError
from cantinekit.scheduling.recurrence._days import Choice, chosen, first_day, first_week
from cantinekit.scheduling.recurrence._length import DAY
from cantinekit.scheduling.recurrence._rule import Rule

LAST_YEAR = 9999
LAST_DAY = first_day(LAST_YEAR + 1) - 1
END = (LAST_DAY + 1) * DAY - 1
"""The last second of the calendar."""
UNITS = {"HOURLY": 3600, "MINUTELY": 60, "SECONDLY": 1}


class Frame:
    """A rule with a start; ``start`` is in local seconds, counted from the day with the ordinal 0."""

    def __init__(self, rule: Rule, start: int, all_day: bool) -> None:
        self.rule, self.start = rule, start
        self.interval, self.positions = rule.interval, rule.bysetpos
        self.day, time = divmod(start, DAY)
        begin = date.fromordinal(self.day)
        self.year, self.month = begin.year, begin.month
        self.choice = Choice.of(rule, begin.month, begin.day, begin.weekday())
        if not self.choice.everything and self.choice.never():
            raise RuleError(f"no day of any year is meant by {rule!s:.200}")
        if rule.is_sub_daily and all_day:
            raise RuleError(f"FREQ={rule.freq} needs a start with a time of day")
        hours, minutes, seconds = rule.byhour, rule.byminute, rule.bysecond
        if all_day:  # RFC 5545: these parts "MUST be ignored" where the start is a date
            hours = minutes = seconds = ()
        self.times: tuple[int, ...] = ()
        if not rule.is_sub_daily:
            self.times = tuple(
                hour * 3600 + minute * 60 + second
                for hour in hours or (time // 3600,)
                for minute in minutes or (time // 60 % 60,)
                for second in seconds or (time % 60,)
            )

    @property
    def week(self) -> int:
        """The ordinal on which the week of the start begins."""
        return self.day - (self.day + 6 - self.rule.wkst) % 7

    def week_one(self, year: int) -> int:
        """The ordinal on which week 1 of a year begins."""
        begin = first_day(year)
        return begin + first_week((begin + 6) % 7, self.rule.wkst)

    def week_year(self, day: int) -> int:
        """The year that the week of a day belongs to."""
        year = date_of(day).year
        if day < self.week_one(year):
            return year - 1
        return year + (day >= self.week_one(year + 1))

    def chooses(self, day: int) -> bool:
        """Whether the parts choose an ordinal."""
        return self.choice.everything or next(self.chosen_days(day, day), None) is not None

    def chosen_days(self, first: int, last: int) -> Iterator[int]:
        """The days between two ordinals, both included, that the parts choose."""
        for year in range(date_of(first).year, date_of(last).year + 1):
            begin = first_day(year)
            days = chosen(self.choice, self.choice.shape(year))
            for place in range(bisect_left(days, first - begin), len(days)):
                if begin + days[place] > last:
                    return
                yield begin + days[place]

    @property
    def period(self) -> int:
        """The number of the period in which the start lies."""
        if self.rule.freq in UNITS:
            return self.start // UNITS[self.rule.freq]
        if self.rule.freq == "DAILY":
            return self.day
        if self.rule.freq == "WEEKLY":
            return self.week // 7
        if self.rule.freq == "MONTHLY":
            return self.year * 12 + self.month
        return self.week_year(self.day) if self.choice.byweekno else self.year

    @property
    def inside(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """The minutes and seconds that expand one hour or one minute, those of the start where the rule has none."""
        seconds = self.rule.bysecond or (self.start % 60,)
        if self.rule.freq == "SECONDLY":
            return (0,), (0,)
        if self.rule.freq == "MINUTELY":
            return (0,), seconds
        return self.rule.byminute or (self.start // 60 % 60,), seconds


def date_of(day: int) -> date:
    """The date of an ordinal, or the nearest that there is."""
    return date.fromordinal(day if 0 < day <= LAST_DAY else min(max(day, 1), LAST_DAY))


def pick(days: Sequence[int], positions: Sequence[int], times: Sequence[int], unit: int = DAY) -> Iterator[int]:
    """All times of all days, or of these only the ones at the positions; nothing is spread out in memory."""
    if not positions:
        for day in days:
            for moment in times:
                yield day * unit + moment
        return
    size, width = len(days) * len(times), len(times)
    for place in sorted({position - 1 if position > 0 else size + position for position in positions}):
        if 0 <= place < size:
            yield days[place // width] * unit + times[place % width]
