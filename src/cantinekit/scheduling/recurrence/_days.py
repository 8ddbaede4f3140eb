"""Which days of a year the parts of a rule choose. Years of one shape are worked out once.

Days are counted from 0, the first of January. The Gregorian calendar has fourteen shapes of a year (leap or not, and
the weekday it begins on); where weeks are numbered, the lengths of the years beside it matter as well.
"""

from __future__ import annotations

from functools import lru_cache

import attrs

from cantinekit.scheduling.recurrence._rule import Rule

Shape = tuple[int, int, int, int]
"""Leap or not, the weekday of the first day, and whether the years before and after are leap years."""
_LENGTHS = ((31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31), (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31))
FIRSTS = tuple(tuple(sum(lengths[:month]) for month in range(13)) for lengths in _LENGTHS)
"""Where the months begin, and where the last one ends."""
_MONTH_AND_DAY = tuple(
    tuple((month + 1, day + 1, day - length) for month, length in enumerate(lengths) for day in range(length))
    for lengths in _LENGTHS
)
"""Of each day: its month, and its number in the month from the front and from the end."""


def is_leap(year: int) -> int:
    """1 for a leap year, else 0."""
    return 1 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 0


def first_day(year: int) -> int:
    """The ordinal of the first of January; the year 10000 has one too."""
    before = year - 1
    return before * 365 + before // 4 - before // 100 + before // 400 + 1


def first_week(first_weekday: int, wkst: int) -> int:
    """Where week 1 begins, counted from the first of January: the first week with at least four days in the year."""
    into = (first_weekday - wkst) % 7
    return -into if into <= 3 else 7 - into


@attrs.frozen(cache_hash=True)
class Choice:
    """What a rule says about days, apart from counting periods. A day is chosen if all parts that are there choose it.

    ``nth`` are numbered weekdays: of the month if ``of_month``, else of the year.
    """

    bymonth: tuple[int, ...]
    bymonthday: tuple[int, ...]
    byyearday: tuple[int, ...]
    byweekno: tuple[int, ...]
    weekdays: tuple[int, ...]
    nth: tuple[tuple[int, int], ...]
    of_month: bool
    wkst: int

    @classmethod
    def of(cls, rule: Rule, month: int, day: int, weekday: int) -> Choice:
        """What the rule says, filled up from the start where RFC 5545 does: "information, not contained in the rule,
        necessary to determine the various recurrence instance start times and dates are derived from DTSTART".
        """
        bymonth, bymonthday, byday = rule.bymonth, rule.bymonthday, rule.byday
        weekdays = tuple(sorted({one.weekday for one in byday if not one.nth}))
        nth: tuple[tuple[int, int], ...] = ()
        if rule.freq in ("YEARLY", "MONTHLY"):
            nth = tuple((one.nth, one.weekday) for one in byday if one.nth)
        elif byday:  # a number is forbidden here, and passed over as everybody does
            weekdays = tuple(sorted({one.weekday for one in byday}))
        said = bool(byday or bymonthday or rule.byyearday or rule.byweekno)
        if rule.freq == "YEARLY":
            if rule.byweekno and not (byday or bymonthday or rule.byyearday):
                weekdays = (weekday,)
            if not said:
                bymonthday = (day,)
            if not bymonth and bymonthday and not (byday or rule.byyearday or rule.byweekno):
                bymonth = (month,)
        elif rule.freq == "MONTHLY" and not said:
            bymonthday = (day,)
        elif rule.freq == "WEEKLY" and not said:
            weekdays = (weekday,)
        of_month = rule.freq == "MONTHLY" or bool(bymonth)
        return cls(bymonth, bymonthday, rule.byyearday, rule.byweekno, weekdays, nth, of_month, rule.wkst)

    @property
    def plain(self) -> bool:
        """Whether weekdays are all that it says."""
        return not (self.bymonth or self.bymonthday or self.byyearday or self.byweekno or self.nth)

    @property
    def everything(self) -> bool:
        return self.plain and not self.weekdays

    def shape(self, year: int) -> Shape:
        weekday = (first_day(year) + 6) % 7
        if not self.byweekno:
            return is_leap(year), weekday, 0, 0
        return is_leap(year), weekday, is_leap(year - 1), is_leap(year + 1)


@lru_cache(maxsize=2048)
def chosen(choice: Choice, shape: Shape) -> tuple[int, ...]:
    """The chosen days of a year of this shape."""
    leap, first_weekday, _, _ = shape
    length = 365 + leap
    days: set[int] = set(range(length))
    if choice.weekdays or choice.nth:
        days = {day for day in days if (first_weekday + day) % 7 in choice.weekdays} | _numbered(choice, shape)
    if choice.bymonth or choice.bymonthday:
        table, months, month_days = _MONTH_AND_DAY[leap], set(choice.bymonth), set(choice.bymonthday)
        days = {
            day
            for day in days
            if (not months or table[day][0] in months)
            and (not month_days or table[day][1] in month_days or table[day][2] in month_days)
        }
    if choice.byyearday:
        days &= {number - 1 if number > 0 else length + number for number in choice.byyearday}
    if choice.byweekno:
        days = {day for day in days if not _weeks(choice, shape, day).isdisjoint(choice.byweekno)}
    return tuple(sorted(days))


def _numbered(choice: Choice, shape: Shape) -> set[int]:
    """The days that numbered weekdays mean."""
    leap, first_weekday, _, _ = shape
    firsts = FIRSTS[leap]
    spans = [(firsts[0], firsts[12])]
    if choice.of_month:
        months = choice.bymonth or range(1, 13)
        spans = [(firsts[month - 1], firsts[month]) for month in months]
    found = set()
    for begin, end in spans:
        for nth, weekday in choice.nth:
            if nth > 0:
                day = begin + (weekday - first_weekday - begin) % 7 + (nth - 1) * 7
            else:
                day = end - 1 - (first_weekday + end - 1 - weekday) % 7 + (nth + 1) * 7
            if begin <= day < end:
                found.add(day)
    return found


def _weeks(choice: Choice, shape: Shape, day: int) -> set[int]:
    """The number of the week of a day, from the front and from the end of the year that the week belongs to."""
    leap, weekday, leap_before, leap_after = shape
    wkst, length = choice.wkst, 365 + leap
    begin = first_week(weekday, wkst)
    following = length + first_week((weekday + length) % 7, wkst)
    if day < begin:
        before = 365 + leap_before
        end, begin = begin, first_week((weekday - before) % 7, wkst) - before
    elif day >= following:
        after = length + 365 + leap_after
        begin, end = following, after + first_week((weekday + after) % 7, wkst)
    else:
        end = following
    week = (day - begin) // 7
    return {week + 1, week - (end - begin) // 7}
