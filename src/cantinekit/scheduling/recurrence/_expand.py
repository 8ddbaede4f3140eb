"""From a series to its occurrences: rules to instants, less what is excluded, with what is overridden.

An occurrence is told apart by the instant of its original start, so that an exclusion matches in whatever zone it was
written. All moments here are seconds from the ordinal 0: local ones on the wall clock of the series, and instants.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from cantinekit.clock import Resolution
from cantinekit.errors import RuleError
from cantinekit.scheduling.recurrence._length import DAY, Length
from cantinekit.scheduling.recurrence._rule import Rule
from cantinekit.scheduling.recurrence._steps import END, Steps
from cantinekit.scheduling.recurrence._values import Moment, Occurrence, Override, RDate, Status, merged, wall_key
from cantinekit.scheduling.recurrence._walls import Wall, local_of, seconds, shown

if TYPE_CHECKING:
    from cantinekit.scheduling.recurrence._series import Series

Start = tuple[int, int, Resolution, Length | None]
"""An instant, the local second that it comes from, how it was resolved, and a length of its own."""
FLOOR, CEILING = 0, seconds(datetime(9998, 1, 1)) - 1
"""The first and the last instant that are looked at."""
CHUNK = 366 * DAY


class Expansion:
    """What a series comes to on one wall clock: its own, or for whole days that of a place."""

    def __init__(self, series: Series, wall: Wall) -> None:
        self.series, self.wall = series, wall
        self._start = local_of(series.start)
        self._rules = [self.steps(rule) for rule in series.rules]
        self._exrules = [self.steps(rule) for rule in series.exrules]
        self._extra = sorted((self._extra_start(one) for one in series.rdates), key=lambda start: start[0])
        if not series.rules:
            self._extra = sorted([self._at(self._start), *self._extra], key=lambda start: start[0])
        self._out = {self.instant(one) for one in series.exdates if self._is_exact(one)}
        self._out_days = {one.toordinal() for one in series.exdates if not self._is_exact(one)}
        self._patches = {
            self.instant(one.recurrence_id): one for one in series.overrides if self._is_exact(one.recurrence_id)
        }
        self._day_patches = {
            one.recurrence_id.toordinal(): one for one in series.overrides if not self._is_exact(one.recurrence_id)
        }
        self._following = sorted(
            ((self.instant(one.recurrence_id), one) for one in series.overrides if one.following),
            key=lambda pair: pair[0],
        )
        self._simple = not (series.overrides or self._exrules or self._out_days)

    def _is_exact(self, moment: Moment) -> bool:
        """Whether it names one start, and not the day of one."""
        return self.series.all_day or isinstance(moment, datetime)

    def steps(self, rule: Rule, start: int | None = None) -> tuple[Steps, int]:
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
        steps = Steps(
            rule,
            self._start if start is None else start,
            until=min(until, END),
            all_day=self.series.all_day,
            exists=exists,
        )
        return steps, last

    def _at(self, local: int, length: Length | None = None) -> Start:
        found, resolution = self.wall.resolve(local)
        return found, local, resolution, length

    def _extra_start(self, one: RDate) -> Start:
        if isinstance(one.start, datetime) and one.start.fold:  # the second pass of an hour that comes twice
            return self.instant(one.start), local_of(one.start), "fold", one.length
        return self._at(local_of(one.start), one.length)

    def instant(self, moment: Moment) -> int:
        """The instant of a moment, which for a date is that day's midnight."""
        if isinstance(moment, datetime):
            if moment.fold:
                return seconds(moment.astimezone(UTC))
            return self.wall.resolve(seconds(moment))[0]
        return self.wall.resolve(moment.toordinal() * DAY)[0]

    # --- original starts -------------------------------------------------------------------------------------------

    def starts(self, lo: int, hi: int) -> Iterator[Start]:
        """The original starts between two instants, both included, in order, without doubles and exclusions."""
        if len(self._rules) == 1 and not self._extra and not self._exrules:
            found = self._resolved(*self._rules[0], lo, hi)
        else:
            extra = (one for one in self._extra if lo <= one[0] <= hi)
            streams = [self._resolved(steps, last, lo, hi) for steps, last in self._rules]
            found = _single(heapq.merge(extra, *streams, key=_instant_of))
        if self._out or self._out_days or self._exrules:
            return (one for one in found if not self._is_out(one))
        return found

    def _is_out(self, one: Start) -> bool:
        if one[0] in self._out or (self._out_days and one[1] // DAY in self._out_days):
            return True
        return any(next(self._resolved(steps, last, one[0], one[0]), None) is not None for steps, last in self._exrules)

    def _resolved(self, steps: Steps, last: int, lo: int, hi: int) -> Iterator[Start]:
        """The instants of a rule. What a gap moved is held back until its turn; of two at once the other stays."""
        hi = min(hi, last)
        if lo > hi:
            return
        first, final = self.wall.span(lo, hi)
        held: deque[Start] = deque()
        offset_of, resolve = self.wall.offset, self.wall.resolve
        for local in steps.between(first, final):
            offset = offset_of(local // DAY)
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
        yield from (one for one in held if lo <= one[0] <= hi)

    # --- occurrences -----------------------------------------------------------------------------------------------

    def between(self, lo: int, hi: int, first: int, limit: int) -> Iterator[Occurrence]:
        """The occurrences that overlap [lo, hi), or start in [first, hi) and have no length."""
        found = self._plain(lo, hi, first) if self._simple else iter(self._patched(lo, hi, first, limit))
        for number, one in enumerate(found):
            if number >= limit:
                raise RuleError(f"more than {limit} occurrences in the window; ask for a shorter one")
            yield one

    def _reach(self) -> int:
        """No occurrence is longer than this many seconds."""
        lengths = [self.series.length, *(one[3] for one in self._extra)]
        lengths += [one.length for one in self.series.overrides]
        return max((one.days * DAY + one.seconds + (2 * DAY if one.days else 0)) for one in lengths if one is not None)

    def _plain(self, lo: int, hi: int, first: int) -> Iterator[Occurrence]:
        """Without overrides: one after the other as they are found."""
        for one in self.starts(lo - self._reach(), hi - 1):
            begin, end = one[0], self._end(one, one[3] or self.series.length)
            if self._overlaps(begin, end, lo, hi, first):
                yield self._made(one, begin, end, None)

    def _overlaps(self, begin: int, end: int, lo: int, hi: int, first: int) -> bool:
        if end > begin:
            return begin < hi and end > lo
        return first <= begin < hi and not self.series.all_day  # a whole day that the zone left out never took place

    def _patched(self, lo: int, hi: int, first: int, limit: int) -> list[Occurrence]:
        """With overrides, which may move occurrences into the window and out of it."""
        moves = [self.move(one) for _, one in self._following]
        reach = self._reach() + max((abs(move) + 2 * DAY for move in moves), default=0)
        after = max((-move for move in moves if move < 0), default=0) + (2 * DAY if moves else 0)
        found: dict[int, Occurrence] = {}
        for one in self.starts(lo - reach, hi - 1 + after):
            occurrence = self._occurrence(one)
            if self._overlaps(seconds(occurrence.start), seconds(occurrence.end), lo, hi, first):
                found[one[0]] = occurrence
                if len(found) > limit:
                    raise RuleError(f"more than {limit} occurrences in the window; ask for a shorter one")
        for patch in self.series.overrides:
            if patch.start is not None:
                original = self._original(patch.recurrence_id)
                if original and original[0] not in found:
                    occurrence = self._occurrence(original)
                    if self._overlaps(seconds(occurrence.start), seconds(occurrence.end), lo, hi, first):
                        found[original[0]] = occurrence
        return sorted(found.values(), key=lambda one: (one.start, wall_key(one.recurrence_id)))

    def one(self, recurrence_id: Moment) -> Occurrence | None:
        """The occurrence with this original start."""
        original = self._original(recurrence_id)
        return None if original is None else self._occurrence(original)

    def has(self, recurrence_id: Moment) -> bool:
        """Whether there is an occurrence with this original start."""
        return self._original(recurrence_id) is not None

    def named(self, local: int) -> Moment:
        """The original start at a local second, as the series says it."""
        return date.fromordinal(local // DAY) if self.series.all_day else shown(local, self.wall.zone)

    def of_rule(self, rule: Rule, lo: int, hi: int) -> Iterator[Start]:
        """The starts that one rule gives, both ends included."""
        return self._resolved(*self.steps(rule), lo, hi)

    def latest(self, rule: Rule) -> int | None:
        """The local second of the last instance of a rule with UNTIL."""
        steps, last = self.steps(rule)
        local = steps.until if last == CEILING else min(steps.until, self.wall.local(last)[0] + DAY // 8)
        found = steps.latest(local)
        while found is not None and self.wall.resolve(found)[0] > last:
            found = steps.latest(found - 1)
        return found

    def in_step(self, rule: Rule, start: int) -> bool:
        """Whether a rule means the same from another start on."""
        return self.steps(rule)[0].in_step(self.steps(rule, start)[0])

    def on_day(self, day: date) -> Iterator[Start]:
        """The original starts of a local day."""
        lo, hi = self.wall.resolve(day.toordinal() * DAY)[0], self.wall.resolve((day.toordinal() + 1) * DAY)[0]
        return (one for one in self.starts(lo, hi) if one[1] // DAY == day.toordinal())

    def going_on(self, cut: int) -> Override | None:
        """The override from before an instant that goes on at it."""
        earlier = [patch for moment, patch in self._following if moment < cut]
        return earlier[-1] if earlier else None

    def _original(self, recurrence_id: Moment) -> Start | None:
        if self._is_exact(recurrence_id):
            moment = self.instant(recurrence_id)
            return next(self.starts(moment, moment), None)
        return next(self.on_day(recurrence_id), None)

    def _patch(self, one: Start) -> tuple[Override | None, int | None]:
        """The override of an occurrence, its own or the latest that goes on, and the local second it is moved to."""
        own = self._patches.get(one[0])
        if own is None and self._day_patches:
            own = self._day_patches.get(one[1] // DAY)
        if own is not None:
            return own, None if own.start is None else local_of(own.start)
        earlier = [patch for moment, patch in self._following if moment <= one[0]]
        if not earlier:
            return None, None
        return earlier[-1], one[1] + self.move(earlier[-1])

    def move(self, patch: Override) -> int:
        """By how many seconds on the wall clock a patch moves its occurrence."""
        return 0 if patch.start is None else local_of(patch.start) - local_of(patch.recurrence_id)

    def _occurrence(self, one: Start) -> Occurrence:
        patch, moved = self._patch(one)
        length = one[3] or self.series.length
        if patch is None:
            return self._made(one, one[0], self._end(one, length), None)
        placed = one
        if moved is not None and patch.start is not None:
            placed = self._at(moved)
            if isinstance(patch.start, datetime) and patch.start.fold and moved == local_of(patch.start):
                placed = (self.instant(patch.start), moved, "fold", None)
        return self._made(one, placed[0], self._end(placed, patch.length or length), patch, placed[2])

    def _end(self, one: Start, length: Length) -> int:
        """The instant at which an occurrence ends: days on the wall clock, then exact seconds (section 3.3.6)."""
        if not length.days:
            return one[0] + length.seconds
        return max(self.wall.resolve(one[1] + length.days * DAY)[0], one[0]) + length.seconds

    def _made(
        self, one: Start, begin: int, end: int, patch: Override | None, resolution: Resolution | None = None
    ) -> Occurrence:
        series = self.series
        recurrence_id = self.named(one[1])
        if one[2] == "fold" and isinstance(recurrence_id, datetime) and self.wall.resolve(one[1])[0] != one[0]:
            recurrence_id = recurrence_id.replace(fold=1)  # an extra date in the second pass
        status: Status = series.status
        fields = series.fields
        if patch is not None:
            status = "cancelled" if status == "cancelled" else patch.status or status
            fields = merged(fields, patch.fields)
        return Occurrence(
            series.uid, recurrence_id, shown(begin, UTC), shown(end, UTC), resolution or one[2], status, fields, patch
        )

    # --- the whole of it -------------------------------------------------------------------------------------------

    def after(self, moment: int) -> Iterator[Occurrence]:
        """The occurrences that start at an instant or later."""
        if self._simple:
            for one in self.starts(moment, CEILING):
                yield self._made(one, one[0], self._end(one, one[3] or self.series.length), None)
            return
        end = self.ends()
        stop = CEILING if end is None else min(end, CEILING)
        width = CHUNK
        while moment <= stop:
            for occurrence in self._patched(moment, min(moment + width, CEILING), moment, 10**9):
                if seconds(occurrence.start) >= moment:
                    yield occurrence
            moment, width = moment + width, width * 2

    def ends(self) -> int | None:
        """An instant at which all occurrences are over, or None for a series without end."""
        if any(steps.rule.count is None and steps.rule.until is None for steps, _ in self._rules):
            return None
        found = [self._start]
        for steps, last in self._rules:
            local = steps.last if steps.rule.count is not None else steps.until
            found.append(min(self.wall.resolve(min(local, CEILING))[0], last) if local >= self._start else self._start)
        found += [one[0] for one in self._extra]
        moves = [abs(self.move(one)) for one in self.series.overrides]
        return max(found) + max(moves, default=0) + self._reach() + DAY


def _instant_of(one: Start) -> int:
    return one[0]


def _single(found: Iterator[Start]) -> Iterator[Start]:
    """One of those at the same instant: rather one with its own length, then one that the clock change left alone."""
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
