"""What all walkers over a rule share: the rule, its start, the days that it chooses, the times of a day."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import cached_property
from math import gcd

from cantinekit.errors import RuleError
from cantinekit.scheduling.recurrence._days import Choice, chosen, first_day, first_week
from cantinekit.scheduling.recurrence._length import DAY
from cantinekit.scheduling.recurrence._meeting import Meeting
from cantinekit.scheduling.recurrence._rule import Rule

LAST_YEAR = 9999
LAST_DAY = first_day(LAST_YEAR + 1) - 1
END = (LAST_DAY + 1) * DAY - 1
"""The last second of the calendar."""
CYCLES = {"DAILY": 146_097, "WEEKLY": 20_871, "MONTHLY": 4_800, "YEARLY": 400}
"""The periods of 400 years, after which days, weeks, months and years repeat."""
CENTURIES = first_day(2000), first_day(2400) - 1
"""The ordinals of the first and the last day of such years."""
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
        return self.period_of(self.day)

    def period_of(self, day: int) -> int:
        """The number of the period of a day, of DAILY and longer."""
        if self.rule.freq == "WEEKLY":
            return (day + 6 - self.rule.wkst) // 7
        if self.rule.freq == "MONTHLY":
            begin = date_of(day)
            return begin.year * 12 + begin.month - 1
        if self.rule.freq == "YEARLY":
            return self.week_year(day) if self.choice.byweekno else date_of(day).year
        return day

    @cached_property
    def meeting(self) -> Meeting:
        """The periods that the interval reaches and that have an instance; of what repeats within a day, its days."""
        if self.rule.is_sub_daily:
            return Meeting(*self._chosen(), *self._reached())
        reached = {self.period % self.interval}, self.interval
        if self.rule.freq == "DAILY":
            return Meeting(*self._chosen(), *reached)
        cycle = CYCLES[self.rule.freq]
        sizes = Counter(map(self.period_of, self.chosen_days(*CENTURIES)))
        least = min(map(abs, self.positions), default=1)  # so many times a period must have for one to be picked
        had = {number % cycle for number, size in sizes.items() if size * len(self.times) >= least}
        return Meeting(had, cycle, *reached)

    def _chosen(self) -> tuple[Iterable[int], int]:
        """The days that the parts choose, and the days after which they do so again."""
        if self.choice.plain:
            return [day for day in range(7) if (day + 6) % 7 in self.choice.weekdays or self.choice.everything], 7
        return (day % CYCLES["DAILY"] for day in self.chosen_days(*CENTURIES)), CYCLES["DAILY"]

    def _reached(self) -> tuple[set[int], int]:
        """The days on which the interval reaches a unit whose time the parts have, and the days after which it does so
        again.
        """
        unit, rule = UNITS[self.rule.freq], self.rule
        size, origin, step = DAY // unit, self.period, self.interval
        common = gcd(size, step)
        turns = step // common
        inverse = pow(size // common, -1, turns)
        found = set()
        for time in range(origin % common, size, common):
            second = time * unit
            if (
                (not rule.byhour or second // 3600 in rule.byhour)
                and (unit >= 3600 or not rule.byminute or second // 60 % 60 in rule.byminute)
                and (unit >= 60 or not rule.bysecond or second % 60 in rule.bysecond)
            ):
                found.add((origin - time) // common * inverse % turns)
        return found, turns

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
