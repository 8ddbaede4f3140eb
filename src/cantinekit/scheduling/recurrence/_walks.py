"""Walking through the periods of a rule, from any point on: each walker begins where it is asked to.

A walker yields local seconds in order, between two of them, both included. It knows nothing of COUNT, UNTIL and zones.
Periods and leaps without an instance cost effort.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence

from cantinekit.scheduling.recurrence._days import FIRSTS, Shape, chosen, first_day, is_leap
from cantinekit.scheduling.recurrence._frame import LAST_DAY, UNITS, Frame, pick
from cantinekit.scheduling.recurrence._length import DAY
from cantinekit.scheduling.recurrence.effort import Effort

FEW = 31
"""Periods that are looked at in vain before the next that has an instance is worked out, which takes longer once."""


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
        for day in self._days(max(lo // DAY, self._frame.day), hi // DAY, effort) if self._times else ():
            for time in self._times:
                if lo <= day * DAY + time <= hi:
                    yield day * DAY + time

    def _days(self, first: int, last: int, effort: Effort) -> Iterator[int]:
        """The days between two, both included, that the interval reaches and the parts choose."""
        frame, step = self._frame, self._frame.interval
        if frame.choice.everything:
            return iter(range(_aligned(frame, first), last + 1, step))
        return frame.chosen_days(first, last) if step == 1 else _met(frame, first, last, effort)

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
        self._known: dict[tuple[Shape, int], tuple[int, ...]] = {}

    def _month(self, shape: Shape, index: int) -> tuple[int, ...]:
        """The instances in a month of a year of this shape, in seconds from the beginning of the year."""
        days, firsts = chosen(self._frame.choice, shape), FIRSTS[shape[0]]
        month = days[bisect_left(days, firsts[index]) : bisect_left(days, firsts[index + 1])]
        found = self._known[shape, index] = tuple(pick(month, self._frame.positions, self._frame.times))
        return found

    def walk(self, lo: int, hi: int, effort: Effort) -> Iterator[int]:
        frame, known, shape_of = self._frame, self._known, self._frame.choice.shape
        step, final, idle = frame.interval, frame.period_of(hi // DAY), 0
        month: int | None = _aligned(frame, lo // DAY)
        while month is not None and month <= final:
            year, index = divmod(month, 12)
            shape = shape_of(year)
            begin = first_day(year) * DAY
            seconds = known.get((shape, index))
            if seconds is None:
                seconds = self._month(shape, index)
            for second in seconds:
                if (moment := begin + second) >= lo:
                    if moment > hi:
                        return
                    yield moment
            month += step
            if not seconds:
                idle += 1
                effort.spend()
            if idle > FEW:
                month = frame.meeting.first(month, final, effort)


class PeriodWalk:
    """YEARLY, and what the others leave: the days of each period, times the times of day, then BYSETPOS."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def walk(self, lo: int, hi: int, effort: Effort) -> Iterator[int]:
        frame, positions, times, idle = self._frame, self._frame.positions, self._frame.times, 0
        final = frame.period_of(min(hi // DAY, LAST_DAY))
        number: int | None = _aligned(frame, lo // DAY)
        while number is not None and number <= final:
            found = False
            for moment in pick(self._days_of(number), positions, times):
                found = True
                if moment >= lo:
                    if moment > hi:
                        return
                    yield moment
            number += frame.interval
            if not found:
                idle += 1
                effort.spend()
            if idle > FEW:
                number = frame.meeting.first(number, final, effort)

    def _days_of(self, number: int) -> Sequence[int]:
        """The chosen days of a period."""
        frame, choice = self._frame, self._frame.choice
        if frame.rule.freq == "WEEKLY":
            begin = number * 7 - 6 + frame.rule.wkst
            return tuple(frame.chosen_days(max(begin, 1), begin + 6))
        if frame.rule.freq == "MONTHLY":
            year, index = divmod(number, 12)
            begin, firsts = first_day(year), FIRSTS[is_leap(year)]
            return tuple(frame.chosen_days(begin + firsts[index], begin + firsts[index + 1] - 1))
        if choice.byweekno:
            return tuple(frame.chosen_days(max(frame.week_one(number), 1), frame.week_one(number + 1) - 1))
        begin = first_day(number)
        return [begin + day for day in chosen(choice, choice.shape(number))]


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
        today, idle = -1, 0
        while (moment := at * unit) <= hi and self._inside:
            target: int | None = moment
            if moment // DAY != today:
                target, today = self._day_of(moment, hi, effort if idle > FEW else None), moment // DAY
            if target is None:
                return
            if target == moment:
                target = self._leap(moment)
            if target > moment:
                idle += 1
                effort.spend()
                at = origin + -(-(target // unit - origin) // step) * step
                continue
            for second in self._inside:
                if lo <= moment + second <= hi:
                    yield moment + second
            at += step

    def _day_of(self, moment: int, hi: int, effort: Effort | None) -> int | None:
        """The second itself if its day is chosen, else the beginning of the next day that is; with an effort of the
        next day that the interval meets.
        """
        if effort is not None:
            following = self._frame.meeting.first(moment // DAY, hi // DAY, effort)
        elif self._frame.choice.everything:
            return moment
        else:
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


def _met(frame: Frame, first: int, last: int, effort: Effort) -> Iterator[int]:
    """The days between two, both included, at which the interval of DAILY meets what the parts choose."""
    day = frame.meeting.first(first, last, effort)
    while day is not None:
        yield day
        day = frame.meeting.first(day + 1, last, effort)


def _aligned(frame: Frame, day: int) -> int:
    """The number of the first period that the interval reaches, from that of a day on."""
    number = frame.period_of(day)
    return number + (frame.period - number) % frame.interval


def _next(values: Sequence[int], value: int, otherwise: int) -> int:
    place = bisect_left(values, value)
    return values[place] if place < len(values) else otherwise
