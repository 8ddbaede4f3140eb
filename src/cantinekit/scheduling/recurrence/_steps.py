"""The instances of one rule, with COUNT and UNTIL: in a stretch that may be anywhere, at the cost of the stretch."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from functools import cached_property
from itertools import islice

from cantinekit.scheduling.recurrence._frame import END, UNITS, Frame
from cantinekit.scheduling.recurrence._length import DAY
from cantinekit.scheduling.recurrence._rule import Rule
from cantinekit.scheduling.recurrence._walks import DailyWalk, Units, WeeklyWalk, walker
from cantinekit.scheduling.recurrence.effort import MAX_COUNTING, Effort

_WIDTHS = {**UNITS, "DAILY": DAY, "WEEKLY": 7 * DAY, "MONTHLY": 31 * DAY, "YEARLY": 366 * DAY}


class RuleInstances:
    """The instances of one rule with one start, as local seconds in order.

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
        self.rule, self.start, self.until = rule, start, until
        self._exists = exists
        self._frame = Frame(rule, start, all_day)
        self._walker = walker(self._frame)
        self._last: int | None = None
        self._counted = start - 1, 0

    def between(self, lo: int, hi: int, effort: Effort) -> Iterator[int]:
        """The instances from ``lo`` to ``hi``, both included."""
        if hi > self.until:
            hi = self.until
        if self.rule.count is not None and lo <= hi:
            hi = self._within_count(self.rule.count, hi, effort)
        return self._walk(lo, hi, effort)

    def _walk(self, lo: int, hi: int, effort: Effort) -> Iterator[int]:
        """The same, whatever COUNT says."""
        if lo < self.start:
            lo = self.start
        if lo > hi:
            return iter(())
        if self._exists is not None:
            return self._existing(self._exists, self._walker.walk(lo, hi, effort), effort)
        return self._walker.walk(lo, hi, effort)

    @staticmethod
    def _existing(exists: Callable[[int], bool], found: Iterator[int], effort: Effort) -> Iterator[int]:
        for local in found:
            if exists(local):
                yield local
            else:
                effort.spend()

    def _within_count(self, count: int, hi: int, effort: Effort) -> int:
        """``hi``, or the last instance that COUNT allows where that lies before. What was counted once is not again."""
        if self._last is None:
            self._last = self._nth(count)
        reached, found = self._counted
        if self._last is None and hi > reached:
            for moment in self._walk(reached + 1, hi, effort):
                effort.spend()
                found += 1
                if found == count:
                    self._last = moment
                    break
            else:
                self._counted = hi, found
        return hi if self._last is None else min(hi, self._last)

    def _nth(self, count: int) -> int | None:
        """The instance with this number, where it is a matter of arithmetic."""
        if self._exists is None and isinstance(self._walker, WeeklyWalk | DailyWalk | Units):
            found = self._walker.nth(count)
            return None if found is None else min(found, END)
        return None

    @property
    def last(self) -> int:
        """The last instance of a rule with COUNT, or a second before the start if it has none; worked out once."""
        if self._last is None:
            count = self.rule.count or 1
            self._last = self._nth(count)
            if self._last is None:
                last = deque(islice(self._walk(self.start, END, Effort(MAX_COUNTING)), count), maxlen=1)
                self._last = last[0] if last else self.start - 1
        return self._last

    @cached_property
    def is_empty(self) -> bool:
        """Whether it has no instance on any wall clock."""
        return next(self._walker.walk(self.start, self.until, Effort()), None) is None

    def count_before(self, moment: int) -> int:
        """How many instances lie before a local second."""
        return sum(1 for _ in self.between(self.start, moment - 1, Effort(MAX_COUNTING)))

    @property
    def width(self) -> int:
        """About how far apart instances are, in seconds."""
        return self.rule.interval * _WIDTHS[self.rule.freq]

    def in_step(self, other: RuleInstances) -> bool:
        """Whether another start leaves this rule's periods, and what it takes from its start, as they are."""
        mine, theirs = self._frame, other._frame
        if mine.choice != theirs.choice or (mine.period - theirs.period) % self.rule.interval:
            return False
        return mine.inside == theirs.inside if self.rule.is_sub_daily else mine.times == theirs.times
