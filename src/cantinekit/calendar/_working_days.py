"""Working days: weekdays without the days that are free. Counts and n-th days by bisection, not day by day."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from datetime import date
from itertools import accumulate


class WorkingDays:
    """Weekdays without the days that are free.

    Args:
        weekdays: the weekdays that are worked, 0 (Monday) to 6.
        free: first and last days, both included, of stretches in which no day is worked; they may overlap.
    """

    def __init__(self, weekdays: Iterable[int], free: Iterable[tuple[date, date]] = ()) -> None:
        self._weekdays = sorted(set(weekdays))
        self._firsts: list[int] = []
        self._ends: list[int] = []
        for first, last in sorted(free):
            if self._ends and first.toordinal() <= self._ends[-1]:
                self._ends[-1] = max(self._ends[-1], last.toordinal() + 1)
            else:
                self._firsts.append(first.toordinal())
                self._ends.append(last.toordinal() + 1)
        spans = zip(self._firsts, self._ends, strict=True)
        self._lost = list(accumulate((self._in_weeks(end) - self._in_weeks(first) for first, end in spans), initial=0))

    def _in_weeks(self, ordinal: int) -> int:
        """How many days before one, counted from the first Monday of the calendar, are of the weekdays."""
        weeks, rest = divmod(ordinal - 1, 7)
        return weeks * len(self._weekdays) + bisect_left(self._weekdays, rest)

    def _before(self, ordinal: int) -> int:
        """How many working days there are before a day, from the beginning of the calendar on."""
        at = bisect_left(self._firsts, ordinal) - 1
        found = self._in_weeks(ordinal) - self._lost[at + 1]
        if at >= 0 and ordinal < self._ends[at]:  # within a free stretch: it is not all lost yet
            found += self._in_weeks(self._ends[at]) - self._in_weeks(ordinal)
        return found

    def is_free(self, day: date) -> bool:
        """Whether a day is in one of the free stretches, whatever its weekday.

        Args:
            day: the day.
        """
        at = bisect_right(self._firsts, day.toordinal()) - 1
        return at >= 0 and day.toordinal() < self._ends[at]

    def works(self, day: date) -> bool:
        """Whether a day is a working day.

        Args:
            day: the day.
        """
        return day.weekday() in self._weekdays and not self.is_free(day)

    def count(self, first: date, end: date) -> int:
        """How many working days there are in a range of days.

        Args:
            first: the first day.
            end: the day after the last one; not after ``first`` there are none.
        """
        return max(0, self._before(end.toordinal()) - self._before(first.toordinal()))

    def nth(self, day: date, n: int, first: date = date.min, last: date = date.max) -> date | None:
        """The n-th working day from a day on, which is the first if it is one; ``None`` where it is out of bounds.

        Args:
            day: the day to start from.
            n: which one; backwards if negative, never 0.
            first: the first day that it may be.
            last: the last day that it may be.
        """
        at = day.toordinal()
        rank = self._before(at) + n if n > 0 else self._before(at + 1) + n + 1
        ordinals = range(first.toordinal(), last.toordinal() + 1)
        place = bisect_left(ordinals, rank, key=lambda ordinal: self._before(ordinal + 1))
        if place == len(ordinals) or self._before(ordinals[place]) != rank - 1:
            return None
        return date.fromordinal(ordinals[place])
