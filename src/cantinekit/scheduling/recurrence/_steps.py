"""The instances of one rule, with COUNT and UNTIL: in a stretch that may be anywhere, at the cost of the stretch."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from itertools import islice

from cantinekit.scheduling.recurrence._frame import END, UNITS, Frame
from cantinekit.scheduling.recurrence._length import DAY
from cantinekit.scheduling.recurrence._rule import Rule
from cantinekit.scheduling.recurrence._walks import Days, Units, Weeks, walker

_WIDTHS = {**UNITS, "DAILY": DAY, "WEEKLY": 7 * DAY, "MONTHLY": 31 * DAY, "YEARLY": 366 * DAY}


class Steps:
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

    def between(self, lo: int, hi: int) -> Iterator[int]:
        """The instances from ``lo`` to ``hi``, both included."""
        if hi > self.until:
            hi = self.until
        if self.rule.count is not None and lo <= hi:
            hi = min(hi, self.last)
        return self._walk(lo, hi)

    def _walk(self, lo: int, hi: int) -> Iterator[int]:
        """The same, whatever COUNT says."""
        if lo < self.start:
            lo = self.start
        if lo > hi:
            return iter(())
        if self._exists is not None:
            return filter(self._exists, self._walker.walk(lo, hi))
        return self._walker.walk(lo, hi)

    @property
    def last(self) -> int:
        """The last instance of a rule with COUNT, or a second before the start if it has none; worked out once."""
        if self._last is None:
            self._last = self._find_last(self.rule.count or 1)
        return self._last

    def _find_last(self, count: int) -> int:
        if self._exists is None and isinstance(self._walker, Weeks | Days | Units):
            found = self._walker.nth(count)
            if found is not None:
                return min(found, END)
        last = deque(islice(self._walk(self.start, END), count), maxlen=1)
        return last[0] if last else self.start - 1

    def count_before(self, moment: int) -> int:
        """How many instances lie before a local second."""
        return sum(1 for _ in self.between(self.start, moment - 1))

    def latest(self, moment: int) -> int | None:
        """The last instance up to a local second, that second included."""
        width = self.rule.interval * _WIDTHS[self.rule.freq]
        while moment >= self.start:
            if last := deque(self.between(moment - width, moment), maxlen=1):
                return last[0]
            moment, width = moment - width - 1, width * 4
        return None

    def in_step(self, other: Steps) -> bool:
        """Whether another start leaves this rule's periods, and what it takes from its start, as they are."""
        mine, theirs = self._frame, other._frame
        if mine.choice != theirs.choice or (mine.period - theirs.period) % self.rule.interval:
            return False
        return mine.inside == theirs.inside if self.rule.is_sub_daily else mine.times == theirs.times
