"""The original starts of a series: rules to instants, extra dates with them, exclusions without.

An occurrence is told apart by the instant of its original start, so that an exclusion matches in whatever zone it was
written. All moments here are seconds from the ordinal 0: local ones on the wall clock of the series, and instants.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from cantinekit.clock import Resolution
from cantinekit.clock import zone as zone_of
from cantinekit.scheduling.recurrence._frame import END
from cantinekit.scheduling.recurrence._length import DAY, Length
from cantinekit.scheduling.recurrence._rule import Rule
from cantinekit.scheduling.recurrence._steps import RuleInstances
from cantinekit.scheduling.recurrence._walls import Wall, local_of, seconds, shown, wall
from cantinekit.scheduling.recurrence.effort import Effort
from cantinekit.scheduling.recurrence.values import Moment, RDate

if TYPE_CHECKING:
    from cantinekit.scheduling.recurrence.series import Series

Start = tuple[int, int, Resolution, Length | None]
"""An instant, the local second that it comes from, how it was resolved, and a length of its own."""
FLOOR, CEILING = 0, seconds(datetime(9998, 1, 1)) - 1
"""The first and the last instant that are looked at."""
MAX_DATES = 10_000
"""Extra dates, exclusions and overrides of one series, of each kind."""


class Starts:
    """The original starts of a series on one wall clock: its own, or for whole days that of a place."""

    def __init__(self, series: Series, wall: Wall) -> None:
        self.series, self.wall = series, wall
        self._start = local_of(series.start)
        self._rules = [self.steps(rule) for rule in series.rules]
        self._exrules = [self.steps(rule) for rule in series.exrules]
        extra = [self._extra_start(one) for one in series.rdates]
        if not series.rules:
            extra.append(self.at(self._start))
        self.extra = sorted(extra, key=_instant_of)
        self._out = {self.instant(one) for one in series.exdates if self.is_exact(one)}
        self._out_days = {one.toordinal() for one in series.exdates if not self.is_exact(one)}

    def is_exact(self, moment: Moment) -> bool:
        """Whether it names one start, and not a whole day."""
        return self.series.all_day or isinstance(moment, datetime)

    def steps(self, rule: Rule, start: int | None = None) -> tuple[RuleInstances, int]:
        """The steps of a rule, from the start of the series or another, and the last instant that UNTIL allows."""
        until, last = END, CEILING
        if rule.until is not None:
            day, at = rule.until.day.toordinal(), rule.until.at
            if self.series.all_day or at is None:
                until = day * DAY + DAY - 1
            else:
                until = day * DAY + at.hour * 3600 + at.minute * 60 + at.second
                if rule.until.utc:
                    last, until = min(until, CEILING), until + DAY
        exists = self.wall.exists if self.series.gap == "skip" and not self.series.all_day else None
        begin = self._start if start is None else start
        return RuleInstances(rule, begin, until=min(until, END), all_day=self.series.all_day, exists=exists), last

    def at(self, local: int, length: Length | None = None) -> Start:
        """The start at a local second."""
        found, resolution = self.wall.resolve(local)
        return found, local, resolution, length

    def _extra_start(self, one: RDate) -> Start:
        if isinstance(one.start, datetime) and one.start.fold:  # the second pass of an hour that comes twice
            return self.instant(one.start), local_of(one.start), "fold", one.length
        return self.at(local_of(one.start), one.length)

    def instant(self, moment: Moment) -> int:
        """The instant of a moment, which for a date is that day's midnight."""
        if isinstance(moment, datetime) and moment.fold:
            return seconds(moment.astimezone(UTC))
        return self.wall.resolve(local_of(moment))[0]

    def named(self, local: int) -> Moment:
        """The original start at a local second, as the series says it."""
        return date.fromordinal(local // DAY) if self.series.all_day else shown(local, self.wall.zone)

    def name_of(self, one: Start) -> Moment:
        """The original start as the series says it, with the pass of an hour that comes twice."""
        found = self.named(one[1])
        if one[2] == "fold" and isinstance(found, datetime) and self.wall.resolve(one[1])[0] != one[0]:
            return found.replace(fold=1)  # an extra date in the second pass
        return found

    # --- in a stretch of time --------------------------------------------------------------------------------------

    def between(self, lo: int, hi: int, effort: Effort) -> Iterator[Start]:
        """The original starts between two instants, both included, in order, without doubles and exclusions."""
        if len(self._rules) == 1 and not self.extra:
            found = self._resolved(*self._rules[0], lo, hi, effort)
        else:
            first, final = bisect_left(self.extra, lo, key=_instant_of), bisect_right(self.extra, hi, key=_instant_of)
            extra = self.extra[first:final]
            streams = [self._resolved(steps, last, lo, hi, effort) for steps, last in self._rules]
            found = _single(heapq.merge(extra, *streams, key=_instant_of))
        if self._out or self._out_days or self._exrules:
            return self._kept(found, effort)
        return found

    def _kept(self, found: Iterator[Start], effort: Effort) -> Iterator[Start]:
        """Those that are not excluded. To pass one over costs effort, and so does to ask a rule of exclusions."""
        out, out_days, exrules, today, calm = self._out, self._out_days, self._exrules, -1, False
        for one in found:
            if one[0] in out or (out_days and one[1] // DAY in out_days):
                effort.spend()
            elif not exrules:
                yield one
            else:
                if one[1] // DAY != today:
                    today = one[1] // DAY
                    calm = self.wall.calm(today)
                if not self._is_out(one, calm, effort):
                    yield one

    def _is_out(self, one: Start, calm: bool, effort: Effort) -> bool:
        """Whether a rule of exclusions has the instant of a start; on a ``calm`` day no other local second is at it."""
        moment, local = one[0], one[1]
        for steps, last in self._exrules:
            effort.spend()
            if calm and one[2] == "exact":
                found = moment <= last and next(steps.between(local, local, effort), None) is not None
            else:
                found = next(self._resolved(steps, last, moment, moment, effort), None) is not None
            if found:
                return True
        return False

    def _resolved(self, steps: RuleInstances, last: int, lo: int, hi: int, effort: Effort) -> Iterator[Start]:
        """The instants of a rule. What a gap moved is held back until its turn; of two at once the other stays."""
        hi = min(hi, last)
        if lo > hi:
            return
        first, final = self.wall.span(lo, hi)
        held: deque[Start] = deque()
        known, offset_of, resolve = self.wall.days, self.wall.offset, self.wall.resolve
        for local in steps.between(first, final, effort):
            day = local // DAY
            offset = known.get(day)
            if offset is None:
                offset = offset_of(day)
            if offset is None:
                moment, resolution = resolve(local)
                if resolution == "gap":
                    held.append((moment, local, resolution, None))
                    continue
            else:
                moment, resolution = local - offset, "exact"
            while held and held[0][0] <= moment:
                one = held.popleft()
                if one[0] != moment and lo <= one[0] <= hi:
                    yield one
            if moment > hi:
                break
            if moment >= lo:
                yield moment, local, resolution, None
            else:
                effort.spend()
        yield from (one for one in held if lo <= one[0] <= hi)

    def of_rule(self, rule: Rule, lo: int, hi: int) -> Iterator[Start]:
        """The starts that one rule gives, both ends included."""
        return self._resolved(*self.steps(rule), lo, hi, Effort())

    def on_day(self, day: date, effort: Effort) -> Iterator[Start]:
        """The original starts of a local day."""
        begin = day.toordinal() * DAY
        lo, hi = self.wall.resolve(begin)[0], self.wall.resolve(begin + DAY)[0]
        return (one for one in self.between(lo, hi, effort) if one[1] // DAY == day.toordinal())

    def original(self, recurrence_id: Moment, effort: Effort) -> Start | None:
        """The original start that is meant; a date in a series with times means the first of that day."""
        return next(self.originals(recurrence_id, effort), None)

    def originals(self, recurrence_id: Moment, effort: Effort) -> Iterator[Start]:
        """The original starts that are meant: by a date in a series with times all of that day."""
        if not self.is_exact(recurrence_id):
            return self.on_day(recurrence_id, effort)
        moment = self.instant(recurrence_id)
        return self.between(moment, moment, effort)

    # --- of rules --------------------------------------------------------------------------------------------------

    def latest(self, rule: Rule) -> int | None:
        """The local second of the last instance of a rule with UNTIL."""
        steps, last = self.steps(rule)
        until = min(steps.until, CEILING)
        hi = min(last, self.wall.resolve(until)[0] + (0 if self.wall.calm(until // DAY) else DAY))
        width, effort = steps.width, Effort()
        while hi >= self.wall.resolve(self._start)[0]:
            if found := deque(self._resolved(steps, last, hi - width, hi, effort), maxlen=1):
                return found[0][1]
            hi, width = hi - width - 1, width * 4
        return None

    def in_step(self, rule: Rule, start: int) -> bool:
        """Whether a rule means the same from another start on."""
        return self.steps(rule)[0].in_step(self.steps(rule, start)[0])

    @property
    def has_empty_rule(self) -> bool:
        """Whether a rule has no instance at all."""
        return any(steps.is_empty for steps, _ in self._rules)

    def final(self) -> int | None:
        """An instant after which nothing starts, or None for a series without end."""
        found = [self.wall.resolve(self._start)[0], *(one[0] for one in self.extra)]
        for steps, last in self._rules:
            if steps.is_empty:
                continue
            if steps.rule.count is None and steps.rule.until is None:
                return None
            local = steps.last if steps.rule.count is not None else steps.until
            found.append(min(self.wall.resolve(max(min(local, CEILING), 0))[0], last))
        return max(found)


def starts_of(series: Series) -> Starts:
    """The original starts on the series' own wall clock; for whole days on a clock that never changes."""
    return Starts(series, wall(series.zone or zone_of("UTC")))


def _instant_of(one: Start) -> int:
    return one[0]


def _single(found: Iterator[Start]) -> Iterator[Start]:
    """One of several dates at the same instant: preferably one with its own length, then one that no clock change
    moved.
    """
    best: Start | None = None
    for one in found:
        if best is None or one[0] != best[0]:
            if best is not None:
                yield best
            best = one
        elif (one[3] is not None, one[2] != "gap") > (best[3] is not None, best[2] != "gap"):
            best = one
    if best is not None:
        yield best
