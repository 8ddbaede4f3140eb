"""Walking through the periods of a rule, from any point on: each walker begins where it is asked to.

A walker yields local seconds in order, between two of them, both included. It knows nothing of COUNT, UNTIL and zones.
Periods and leaps without an instance cost effort.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence

from cantinekit.scheduling.recurrence._days import FIRSTS, Shape, chosen, first_day, is_leap
from cantinekit.scheduling.recurrence._frame import LAST_YEAR, UNITS, Frame, date_of, pick
from cantinekit.scheduling.recurrence._length import DAY
from cantinekit.scheduling.recurrence.effort import Effort

MAX_IDLE = 20_871
"""Periods without an instance after which there are no more: the calendar repeats after 400 years, which are 20,871
weeks, and so do the weeks, months or years that an interval meets.
"""
FEW = 31
"""Days between two, from which on it is quicker to look at each than at all that are chosen."""


def walker(frame: Frame) -> WeeklyWalk | DailyWalk | MonthlyWalk | PeriodWalk | Units:
    """The walker that suits a rule."""
    freq, choice = frame.rule.freq, frame.choice
    if freq in UNITS:
        return Units(frame)
    if freq == "WEEKLY" and choice.plain and not frame.positions and len(frame.times) == 1:
        return WeeklyWalk(frame)
    if freq == "DAILY":
        return DailyWalk(frame)
    if freq == "MONTHLY" and (frame.positions or len(frame.times) == 1):
        return MonthlyWalk(frame)
    return PeriodWalk(frame)


class WeeklyWalk:
    """WEEKLY with nothing but weekdays: pure arithmetic."""

    def __init__(self, frame: Frame) -> None:
        wkst = frame.rule.wkst
        offsets = sorted((weekday - wkst) % 7 for weekday in frame.choice.weekdays)
        self._week, self._step = frame.week * DAY, frame.interval * 7 * DAY
        self._shifts = tuple(offset * DAY + frame.times[0] for offset in offsets)
        self._early = sum(1 for shift in self._shifts if self._week + shift < frame.start)

    def walk(self, lo: int, hi: int, effort: Effort) -> Iterator[int]:
        step, shifts = self._step, self._shifts
        week = self._week + (lo - self._week) // step * step
        while week <= hi:
            for shift in shifts:
                if (moment := week + shift) >= lo:
                    if moment > hi:
                        return
                    yield moment
            week += step

    def nth(self, count: int) -> int:
        """The instance with this number."""
        weeks, place = divmod(self._early + count - 1, len(self._shifts))
        return self._week + weeks * self._step + self._shifts[place]


class DailyWalk:
    """DAILY: the set of each period is its times, so BYSETPOS picks among them."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._times = tuple(pick((0,), frame.positions, frame.times))
        self._even = frame.choice.everything and len(frame.times) == 1 and bool(self._times)

    def walk(self, lo: int, hi: int, effort: Effort) -> Iterator[int]:
        begin, step = self._frame.day, self._frame.interval
        first, last = max(lo // DAY, begin), hi // DAY
        days: Iterator[int] = iter(range(begin + -(-(first - begin) // step) * step, last + 1, step))
        if not self._frame.choice.everything:
            if step > FEW:
                days = _passing(days, self._frame.chooses, effort)
            else:
                days = self._frame.chosen_days(first, last)
                if step > 1:
                    days = _passing(days, lambda day: (day - begin) % step == 0, effort)
        for day in days if self._times else ():
            for time in self._times:
                if lo <= day * DAY + time <= hi:
                    yield day * DAY + time

    def nth(self, count: int) -> int | None:
        """The instance with this number, where it is a matter of arithmetic."""
        if not self._even:
            return None
        first = self._frame.day * DAY + self._times[0]
        late = first < self._frame.start  # the first day's time was over when the series began
        return first + (count - 1 + late) * self._frame.interval * DAY


class MonthlyWalk:
    """MONTHLY with one time of day, or with positions: what a month of one shape has is worked out once."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._origin = frame.year * 12 + frame.month - 1
        self._known: dict[tuple[Shape, int], tuple[int, ...]] = {}

    def _month(self, shape: Shape, index: int) -> tuple[int, ...]:
        """The instances in a month of a year of this shape, in seconds from the beginning of the year."""
        days, firsts = chosen(self._frame.choice, shape), FIRSTS[shape[0]]
        month = days[bisect_left(days, firsts[index]) : bisect_left(days, firsts[index + 1])]
        found = self._known[shape, index] = tuple(pick(month, self._frame.positions, self._frame.times))
        return found

    def walk(self, lo: int, hi: int, effort: Effort) -> Iterator[int]:
        origin, step, known, shape_of = self._origin, self._frame.interval, self._known, self._frame.choice.shape
        asked, final = date_of(lo // DAY), date_of(hi // DAY)
        number = origin + -(-(asked.year * 12 + asked.month - 1 - origin) // step) * step
        idle = 0
        for month in range(number, final.year * 12 + final.month, step):
            year, index = divmod(month, 12)
            shape = shape_of(year)
            begin = first_day(year) * DAY
            idle += 1
            seconds = known.get((shape, index))
            for second in self._month(shape, index) if seconds is None else seconds:
                if (moment := begin + second) >= lo:
                    if moment > hi:
                        return
                    idle = 0
                    yield moment
            if idle:
                effort.spend()
                if idle > MAX_IDLE:
                    return


class PeriodWalk:
    """YEARLY, and what the others leave: the days of each period, times the times of day, then BYSETPOS."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def walk(self, lo: int, hi: int, effort: Effort) -> Iterator[int]:
        positions, times = self._frame.positions, self._frame.times
        idle = 0
        for days in self._periods(lo // DAY, hi // DAY):
            idle += 1
            for moment in pick(days, positions, times):
                if moment >= lo:
                    if moment > hi:
                        return
                    idle = 0
                    yield moment
            if idle:
                effort.spend()
                if idle > MAX_IDLE:
                    return

    def _periods(self, first: int, last: int) -> Iterator[Sequence[int]]:
        """The chosen days of each period that touches the ordinals between two, both included."""
        frame, step, choice = self._frame, self._frame.interval, self._frame.choice
        if frame.rule.freq == "WEEKLY":
            week = frame.week + (first - frame.week) // (7 * step) * 7 * step
            for begin in range(week, last + 1, 7 * step):
                yield tuple(frame.chosen_days(max(begin, 1), begin + 6))
        elif frame.rule.freq == "MONTHLY":
            origin, asked, final = frame.year * 12 + frame.month - 1, date_of(first), date_of(last)
            number = origin + -(-(asked.year * 12 + asked.month - 1 - origin) // step) * step
            for month in range(number, final.year * 12 + final.month, step):
                year, index = divmod(month, 12)
                begin, firsts = first_day(year), FIRSTS[is_leap(year)]
                yield tuple(frame.chosen_days(begin + firsts[index], begin + firsts[index + 1] - 1))
        elif choice.byweekno:
            origin = frame.week_year(frame.day)
            year = origin + -(-(frame.week_year(first) - origin) // step) * step
            while year <= LAST_YEAR and frame.week_one(year) <= last:
                yield tuple(frame.chosen_days(max(frame.week_one(year), 1), frame.week_one(year + 1) - 1))
                year += step
        else:
            year = frame.year + -(-(date_of(first).year - frame.year) // step) * step
            while year <= LAST_YEAR and (begin := first_day(year)) <= last:
                yield [begin + day for day in chosen(choice, choice.shape(year))]
                year += step


class Units:
    """HOURLY, MINUTELY, SECONDLY: from one aligned unit to the next, over what the parts rule out at one leap."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._unit = UNITS[frame.rule.freq]
        minutes, seconds = frame.inside
        self._inside = tuple(pick(tuple(minute * 60 for minute in minutes), frame.positions, seconds, 1))

    def walk(self, lo: int, hi: int, effort: Effort) -> Iterator[int]:
        unit, step = self._unit, self._frame.interval
        origin = self._frame.start // unit
        at = origin + -(-(lo // unit - origin) // step) * step
        today = -1
        while (moment := at * unit) <= hi and self._inside:
            target: int | None = moment
            if moment // DAY != today:
                target, today = self._day_of(moment, hi), moment // DAY
            if target is None:
                return
            if target == moment:
                target = self._leap(moment)
            if target > moment:
                effort.spend()
                at = origin + -(-(target // unit - origin) // step) * step
                continue
            for second in self._inside:
                if lo <= moment + second <= hi:
                    yield moment + second
            at += step

    def _day_of(self, moment: int, hi: int) -> int | None:
        """The second itself if its day is chosen, else the beginning of the next day that is."""
        if self._frame.choice.everything:
            return moment
        following = next(self._frame.chosen_days(moment // DAY, hi // DAY), None)
        return None if following is None else max(moment, following * DAY)

    def _leap(self, moment: int) -> int:
        """The second itself if all parts about times that limit have it, else the next one that may have it."""
        rule = self._frame.rule
        day, second = divmod(moment, DAY)
        if rule.byhour and second // 3600 not in rule.byhour:
            return day * DAY + _next(rule.byhour, second // 3600, 24) * 3600
        if self._unit < 3600 and rule.byminute and second // 60 % 60 not in rule.byminute:
            return moment - second % 3600 + _next(rule.byminute, second // 60 % 60, 60) * 60
        if self._unit < 60 and rule.bysecond and second % 60 not in rule.bysecond:
            return moment - second % 60 + _next(rule.bysecond, second % 60, 60)
        return moment

    def nth(self, count: int) -> int | None:
        """The instance with this number, where it is a matter of arithmetic."""
        rule = self._frame.rule
        if rule.byhour or rule.byminute or rule.bysecond or rule.bysetpos or not self._frame.choice.everything:
            return None
        return self._frame.start + (count - 1) * self._frame.interval * self._unit


def _passing(days: Iterator[int], passes: Callable[[int], bool], effort: Effort) -> Iterator[int]:
    """The days that pass; the others cost effort."""
    for day in days:
        if passes(day):
            yield day
        else:
            effort.spend()


def _next(values: Sequence[int], value: int, otherwise: int) -> int:
    place = bisect_left(values, value)
    return values[place] if place < len(values) else otherwise
