"""Stepping through the periods of a rule, from any point on: the cost goes with what is asked for, not with how far
away it is. Pure arithmetic on local seconds, counted from the day with the ordinal 0; zones come later.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from itertools import islice

from cantinekit.errors import RuleError
from cantinekit.scheduling.recurrence._days import FIRSTS, Choice, chosen, first_day, first_week, is_leap
from cantinekit.scheduling.recurrence._length import DAY
from cantinekit.scheduling.recurrence._rule import Rule

LAST_YEAR = 9999
END = first_day(LAST_YEAR + 1) * DAY - 1
"""The last second of the calendar."""
MAX_IDLE = 200_000
"""Steps without an instance, after which a rule is taken for one that has no more."""
_UNITS = {"HOURLY": 3600, "MINUTELY": 60, "SECONDLY": 1}
_WIDTHS = {**_UNITS, "DAILY": DAY, "WEEKLY": 7 * DAY, "MONTHLY": 31 * DAY, "YEARLY": 366 * DAY}


def _date(day: int) -> date:
    """The date of an ordinal, or the nearest that there is."""
    return date.fromordinal(min(max(day, 1), END // DAY))


class Steps:
    """The instances of one rule with one start, as local seconds in order, COUNT and ``until`` respected.

    ``start`` is where the series begins. ``until`` is the last second that may be an instance. ``exists`` says of local
    seconds whether they are there on the wall clock; those that are not are left out and not counted.
    """

    def __init__(
        self,
        rule: Rule,
        start: int,
        *,
        until: int = END,
        all_day: bool = False,
        exists: Callable[[int], bool] | None = None,
    ) -> None:
        self.rule, self.start, self.until, self.exists = rule, start, until, exists
        self._interval = rule.interval
        self._day, self._time = divmod(start, DAY)
        begin = date.fromordinal(self._day)
        self._year, self._month = begin.year, begin.month
        self.choice = Choice.of(rule, begin.month, begin.day, begin.weekday())
        if not self.choice.everything and self.choice.never():
            raise RuleError(f"no day of any year is meant by {rule!s:.200}")
        hour, rest = divmod(self._time, 3600)
        minute, second = divmod(rest, 60)
        self._hours, self._minutes, self._seconds = rule.byhour, rule.byminute, rule.bysecond
        if all_day:  # RFC 5545: these parts "MUST be ignored" where the start is a date
            self._hours = self._minutes = self._seconds = ()
        self._times: tuple[int, ...] = (self._time,)
        if not rule.is_sub_daily:
            self._times = tuple(
                h * 3600 + m * 60 + s
                for h in self._hours or (hour,)
                for m in self._minutes or (minute,)
                for s in self._seconds or (second,)
            )
        elif all_day:
            raise RuleError(f"FREQ={rule.freq} needs a start with a time of day")
        self._last: int | None = None

    # --- asking ----------------------------------------------------------------------------------------------------

    def between(self, lo: int, hi: int) -> Iterator[int]:
        """The instances from ``lo`` to ``hi``, both included."""
        hi = min(hi, self.until)
        if self.rule.count is not None and lo <= hi:
            hi = min(hi, self.last)
        return self._walk(max(lo, self.start), hi)

    @property
    def last(self) -> int:
        """The last instance of a rule with COUNT; worked out once."""
        if self._last is None:
            self._last = self._find_last(self.rule.count or 1)
        return self._last

    def latest(self, moment: int) -> int | None:
        """The last instance up to a local second, that second included."""
        width = self._interval * _WIDTHS[self.rule.freq]
        while moment >= self.start:
            if last := deque(self.between(moment - width, moment), maxlen=1):
                return last[0]
            moment, width = moment - width - 1, width * 4
        return None

    def in_step(self, other: Steps) -> bool:
        """Whether another start leaves this rule's periods and the parts taken from the start as they are."""
        if self.choice != other.choice or (not self.rule.is_sub_daily and self._times != other._times):
            return False
        if self.rule.is_sub_daily:
            unit = _UNITS[self.rule.freq]
            taken = self._inside_parts == other._inside_parts
            return taken and (self.start // unit - other.start // unit) % self._interval == 0
        return (self._period - other._period) % self._interval == 0

    @property
    def _period(self) -> int:
        """The number of the period of the start."""
        if self.rule.freq == "DAILY":
            return self._day
        if self.rule.freq == "WEEKLY":
            return self._week // 7
        if self.rule.freq == "MONTHLY":
            return self._year * 12 + self._month
        return self._week_year(self._day) if self.choice.byweekno else self._year

    def count_before(self, moment: int) -> int:
        """How many instances lie before a local second."""
        return sum(1 for _ in self.between(self.start, moment - 1))

    def _find_last(self, count: int) -> int:
        """Where the last of so many instances is; before the start if there is none at all."""
        if self.exists is None and self.rule.freq == "DAILY" and self.choice.everything and len(self._times) == 1:
            return self.start + (count - 1) * self._interval * DAY
        if self.exists is None and self._is_weekly and not self.rule.bysetpos and len(self._times) == 1:
            return self._last_of_weeks(count)
        last = deque(islice(self._walk(self.start, END), count), maxlen=1)
        return last[0] if last else self.start - 1

    def _last_of_weeks(self, count: int) -> int:
        week, offsets = self._week, self._offsets
        early = sum(1 for offset in offsets if (week + offset) * DAY + self._times[0] < self.start)
        weeks, place = divmod(early + count - 1, len(offsets))
        return (week + weeks * 7 * self._interval + offsets[place]) * DAY + self._times[0]

    # --- walking ---------------------------------------------------------------------------------------------------

    def _walk(self, lo: int, hi: int) -> Iterator[int]:
        """The instances from ``lo`` to ``hi``, whatever COUNT says."""
        if lo > hi:
            return iter(())
        if self.rule.is_sub_daily:
            found = self._within_days(lo, hi)
        elif self._is_weekly and not self.rule.bysetpos and len(self._times) == 1:
            found = self._by_weeks(lo, hi)
        elif self.rule.freq == "DAILY":
            found = self._by_days(lo, hi)
        else:
            found = self._by_sets(lo, hi)
        if (exists := self.exists) is not None:
            return (moment for moment in found if exists(moment))
        return found

    @property
    def _is_weekly(self) -> bool:
        return self.rule.freq == "WEEKLY" and self.choice.plain

    @property
    def _week(self) -> int:
        """The ordinal on which the week of the start begins."""
        return self._day - (self._day + 6 - self.rule.wkst) % 7

    @property
    def _offsets(self) -> tuple[int, ...]:
        """The chosen weekdays, counted from the start of the week."""
        return tuple(sorted((weekday - self.rule.wkst) % 7 for weekday in self.choice.weekdays))

    def _by_weeks(self, lo: int, hi: int) -> Iterator[int]:
        step = 7 * self._interval * DAY
        shifts = tuple(offset * DAY + self._times[0] for offset in self._offsets)
        week = self._week * DAY
        week += max(0, (lo - week) // step) * step
        while week <= hi:
            for shift in shifts:
                moment = week + shift
                if moment >= lo:
                    if moment > hi:
                        return
                    yield moment
            week += step

    def _by_days(self, lo: int, hi: int) -> Iterator[int]:
        """DAILY: the set of each period is its times, so BYSETPOS picks among them."""
        times = tuple(_pick((0,), self.rule.bysetpos, self._times))
        for day in self._aligned_days(lo // DAY, hi // DAY):
            for moment in times:
                if lo <= day * DAY + moment <= hi:
                    yield day * DAY + moment

    def _aligned_days(self, first: int, last: int) -> Iterator[int]:
        begin, step = self._day, self._interval
        if self.choice.everything:
            yield from range(begin + -(-(max(first, begin) - begin) // step) * step, last + 1, step)
            return
        for day in self._chosen_days(max(first, begin), last):
            if (day - begin) % step == 0:
                yield day

    def _chosen_days(self, first: int, last: int) -> Iterator[int]:
        """The days between two ordinals, both included, that the parts choose."""
        for year in range(_date(first).year, _date(last).year + 1):
            begin = first_day(year)
            days = chosen(self.choice, self.choice.shape(year))
            for place in range(bisect_left(days, first - begin), len(days)):
                if begin + days[place] > last:
                    return
                yield begin + days[place]

    def _by_sets(self, lo: int, hi: int) -> Iterator[int]:
        """YEARLY, MONTHLY and the weeks that are more than weekdays: the days of each period, then BYSETPOS."""
        times, positions = self._times, self.rule.bysetpos
        idle = 0
        for days in self._periods(lo // DAY, hi // DAY):
            idle += 1
            for moment in _pick(days, positions, times, DAY):
                if moment >= lo:
                    if moment > hi:
                        return
                    idle = 0
                    yield moment
            if idle > MAX_IDLE // 8:
                raise RuleError(f"no more instances of {self.rule!s:.200} were found in {idle} periods")

    def _periods(self, first: int, last: int) -> Iterator[Sequence[int]]:
        """The chosen days of each period that touches the ordinals between two, both included."""
        step, choice = self._interval, self.choice
        if self.rule.freq == "WEEKLY":
            week = self._week
            week += max(0, (first - week) // (7 * step)) * 7 * step
            for begin in range(week, last + 1, 7 * step):
                yield tuple(self._chosen_days(max(begin, 1), begin + 6))
        elif self.rule.freq == "MONTHLY":
            origin, asked = self._year * 12 + self._month - 1, _date(first)
            month = origin - (origin - asked.year * 12 - asked.month + 1) // step * step
            month = max(month, origin)
            while month < (LAST_YEAR + 1) * 12:
                year, index = divmod(month, 12)
                begin = first_day(year)
                if begin + FIRSTS[is_leap(year)][index] > last:
                    return
                yield [begin + day for day in _by_month(choice, choice.shape(year))[index]]
                month += step
        elif choice.byweekno:
            origin = self._week_year(self._day)
            year = origin + max(0, -(-(self._week_year(first) - origin) // step)) * step
            while year <= LAST_YEAR and self._week_one(year) <= last:
                yield tuple(self._chosen_days(max(self._week_one(year), 1), self._week_one(year + 1) - 1))
                year += step
        else:
            year = self._year + max(0, -(-(_date(first).year - self._year) // step)) * step
            while year <= LAST_YEAR and (begin := first_day(year)) <= last:
                yield [begin + day for day in chosen(choice, choice.shape(year))]
                year += step

    def _week_one(self, year: int) -> int:
        """The ordinal on which week 1 of a year begins."""
        begin = first_day(year)
        return begin + first_week((begin + 6) % 7, self.rule.wkst)

    def _week_year(self, day: int) -> int:
        """The year that the week of a day belongs to."""
        year = _date(day).year
        if day < self._week_one(year):
            return year - 1
        return year + (day >= self._week_one(year + 1))

    # --- within days -----------------------------------------------------------------------------------------------

    def _within_days(self, lo: int, hi: int) -> Iterator[int]:
        """HOURLY, MINUTELY, SECONDLY: from one aligned unit to the next, over what the parts rule out at one leap."""
        unit, step = _UNITS[self.rule.freq], self._interval
        origin = self.start // unit
        at = origin + -(-(lo // unit - origin) // step) * step
        idle = 0
        while (moment := at * unit) <= hi:
            target = self._leap(moment, unit)
            if target is None:
                return
            if target > moment:
                idle += 1
                if idle > MAX_IDLE:
                    raise RuleError(f"no more instances of {self.rule!s:.200} were found in {idle} steps")
                at = origin + -(-(target // unit - origin) // step) * step
                continue
            for found in self._inside(moment):
                if lo <= found <= hi:
                    idle = 0
                    yield found
            at += step

    def _leap(self, moment: int, unit: int) -> int | None:
        """The second itself if all parts that limit have it, else the next one that may have it."""
        day, second = divmod(moment, DAY)
        if not self.choice.everything:
            following = next(self._chosen_days(day, END // DAY), None)
            if following is None:
                return None
            if following > day:
                return following * DAY
        if self._hours and (second // 3600) not in self._hours:
            return day * DAY + _next(self._hours, second // 3600, 24) * 3600
        if unit < 3600 and self._minutes and (second // 60 % 60) not in self._minutes:
            return moment - second % 3600 + _next(self._minutes, second // 60 % 60, 60) * 60
        if unit < 60 and self._seconds and second % 60 not in self._seconds:
            return moment - second % 60 + _next(self._seconds, second % 60, 60)
        return moment

    def _inside(self, moment: int) -> Iterator[int]:
        """The instances of one unit: BYMINUTE and BYSECOND expand what is longer than they are."""
        minutes, seconds = self._inside_parts
        return iter(_pick([moment + minute * 60 for minute in minutes], self.rule.bysetpos, seconds))

    @property
    def _inside_parts(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """The minutes and seconds that expand one hour or one minute, those of the start where the rule has none."""
        seconds = self._seconds or (self.start % 60,)
        if self.rule.freq == "SECONDLY":
            return (0,), (0,)
        if self.rule.freq == "MINUTELY":
            return (0,), seconds
        return self._minutes or (self.start // 60 % 60,), seconds


def _next(values: Sequence[int], value: int, otherwise: int) -> int:
    place = bisect_left(values, value)
    return values[place] if place < len(values) else otherwise


def _pick(days: Sequence[int], positions: Sequence[int], times: Sequence[int], unit: int = 1) -> Iterator[int]:
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


def _by_month(choice: Choice, shape: tuple[int, int, int, int]) -> tuple[tuple[int, ...], ...]:
    """The chosen days of a year, month by month."""
    days, firsts = chosen(choice, shape), FIRSTS[shape[0]]
    places = [bisect_left(days, first) for first in firsts]
    return tuple(days[places[month] : places[month + 1]] for month in range(12))
