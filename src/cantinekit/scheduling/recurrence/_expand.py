"""From original starts to occurrences: where they end, and what single ones have of their own."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from cantinekit.clock import Resolution
from cantinekit.errors import RuleError
from cantinekit.scheduling.recurrence._length import DAY, Length
from cantinekit.scheduling.recurrence._make import Faces, maker
from cantinekit.scheduling.recurrence._starts import CEILING, MAX_DATES, Start, Starts
from cantinekit.scheduling.recurrence._walls import Wall, local_of, shown
from cantinekit.scheduling.recurrence.effort import Effort
from cantinekit.scheduling.recurrence.exact import exact_overrides
from cantinekit.scheduling.recurrence.values import Moment, Occurrence, Override, Status, merged, wall_key

if TYPE_CHECKING:
    from cantinekit.scheduling.recurrence.series import Series

WIDTH, CHUNK = 31 * DAY, 500
"""How far is looked ahead at once where there are overrides, at first; and at how many occurrences at most."""
FINAL = CEILING + 365 * DAY
"""Nothing lasts longer than until here, where the calendar has a year left."""


class Expansion:
    """The occurrences of a series on one wall clock: its own, or for whole days that of a place."""

    def __init__(self, series: Series, wall: Wall) -> None:
        self.series, self.wall = series, wall
        self.starts = Starts(series, wall)
        self._reach = self._reached((series.length, *(one[3] for one in self.starts.extra)))
        self._patches: dict[int, Override] = {}
        self._day_patches: dict[int, Override] = {}
        self._following: list[tuple[int, Override]] = []
        self._moved: list[tuple[int, Override]] = []
        self._later = self._earlier = 0
        if series.overrides:
            self._lay_overrides(series)

    @cached_property
    def _faces(self) -> Faces:
        return Faces(self.wall.zone)

    @cached_property
    def _make(self) -> Callable[..., Occurrence]:
        return maker(self.series, self.wall, self._made)

    def _lay_overrides(self, series: Series) -> None:
        """Look at what is different about single occurrences, by the instants that they are known by."""
        instant, is_exact = self.starts.instant, self.starts.is_exact
        overrides = series.overrides
        if any(one.following and not is_exact(one.recurrence_id) for one in overrides):
            overrides = exact_overrides(series)
        ids = [(one.recurrence_id, one) for one in overrides]
        self._patches = {instant(name): one for name, one in ids if is_exact(name)}
        self._day_patches = {name.toordinal(): one for name, one in ids if not is_exact(name)}
        self._following = sorted(((instant(name), one) for name, one in ids if one.following), key=_first_of)
        moves = [move(one) for _, one in self._following]
        self._later = max((max(one, 0) + 2 * DAY for one in moves), default=0)
        self._earlier = max((max(-one, 0) + 2 * DAY for one in moves), default=0)
        moved = ((instant(one.start), one) for one in overrides if one.start is not None)
        self._moved = sorted(moved, key=_first_of)
        self._reach = max(self._reach, self._reached(one.length for one in overrides))

    @staticmethod
    def _reached(lengths: Iterable[Length | None]) -> int:
        """For how long the longest of them may go on, a day of a clock change counted."""
        every = [one.days * DAY + one.seconds + 2 * DAY * (one.days > 0) for one in lengths if one is not None]
        return max(every, default=0)

    def between(self, lo: int, hi: int, first: int, limit: int, effort: Effort) -> Iterator[Occurrence]:
        """The occurrences that overlap [lo, hi), or start in [first, hi) and have no length."""
        if self.series.overrides:
            yield from self._patched(lo, hi, first, limit, effort)
            return
        made, length, whole_days = self._make, self.series.length, self.series.all_day
        days, exact, left = length.days, length.seconds, limit
        for one in self.starts.between(lo - self._reach, min(hi - 1, FINAL - self._reach), effort):
            end = self._end(one, length) if days or one[3] is not None else one[0] + exact
            if end > lo if end > one[0] else one[0] >= first and not whole_days:
                left -= 1
                if left < 0:
                    raise TooManyError(limit)
                yield made(one, end)
            else:
                effort.spend()

    def originals(self, lo: int, hi: int) -> Iterator[Moment]:
        """The original starts in [lo, hi)."""
        found = self.starts.between(lo, hi - 1, Effort())
        if self.series.all_day:
            return (self.starts.named(one[1]) for one in found)
        return self._faces.of(found, self.starts.name_of)

    def _overlaps(self, begin: int, end: int, lo: int, hi: int, first: int) -> bool:
        if end > begin:
            return begin < hi and end > lo
        return first <= begin < hi and not self.series.all_day  # a whole day that the zone left out never took place

    def _patched(
        self, lo: int, hi: int, first: int, limit: int, effort: Effort, *, only_starts: bool = False
    ) -> list[Occurrence]:
        """With overrides, which may move occurrences into the window and out of it. ``only_starts``: what begins in
        the window, and not what is going on when it begins.
        """
        reach = 0 if only_starts else self._reach
        found: dict[int, Occurrence] = {}

        def look(one: Start) -> None:
            begin, end, patch, resolution = self._placed(one)
            if self._overlaps(begin, end, lo, hi, first) and not (only_starts and begin < lo):
                found[one[0]] = self._made(one, begin, end, patch, resolution)
                if len(found) > limit:
                    raise TooManyError(limit)
            else:
                effort.spend()

        for one in self.starts.between(lo - reach - self._later, hi - 1 + self._earlier, effort):
            look(one)
        begin, over = bisect_left(self._moved, lo - reach, key=_first_of), bisect_left(self._moved, hi, key=_first_of)
        for _, patch in self._moved[begin:over]:
            for original in self.starts.originals(patch.recurrence_id, effort):
                if original[0] not in found:
                    look(original)
        return sorted(found.values(), key=lambda one: (one.start, wall_key(one.recurrence_id)))

    def one(self, recurrence_id: Moment, effort: Effort) -> Occurrence | None:
        """The occurrence with this original start."""
        original = self.starts.original(recurrence_id, effort)
        return None if original is None else self._made(original, *self._placed(original))

    def _patch(self, one: Start) -> tuple[Override | None, int | None]:
        """The override of an occurrence, its own or the latest that goes on, and the local second it is moved to."""
        own = self._patches.get(one[0])
        if own is None and self._day_patches:
            own = self._day_patches.get(one[1] // DAY)
        if own is not None:
            return own, None if own.start is None else local_of(own.start)
        place = bisect_right(self._following, one[0], key=_first_of)
        if not place:
            return None, None
        patch = self._following[place - 1][1]
        return patch, min(max(one[1] + move(patch), DAY), FINAL)

    def _placed(self, one: Start) -> tuple[int, int, Override | None, Resolution]:
        """When an original start takes place: from, to, what is different about it, and how its time was resolved."""
        patch, moved = self._patch(one)
        if patch is None:
            return one[0], self._end(one, self.series.length), None, one[2]
        placed = one
        if moved is not None and patch.start is not None:
            placed = self.starts.at(moved)
            if isinstance(patch.start, datetime) and patch.start.fold and moved == local_of(patch.start):
                placed = (self.starts.instant(patch.start), moved, "fold", None)
        own = one[3] if patch.length is None else patch.length
        return placed[0], self._end((*placed[:3], own), self.series.length), patch, placed[2]

    def _end(self, one: Start, length: Length) -> int:
        """The instant at which an occurrence ends: days on the wall clock, then exact seconds (section 3.3.6).

        ``length`` is that of the series, for those that have none of their own.
        """
        if one[3] is not None:
            length = one[3]
        if not length.days:
            return min(one[0] + length.seconds, FINAL)
        local = min(one[1] + length.days * DAY, FINAL)
        return min(max(self.wall.resolve(local)[0], one[0]) + length.seconds, FINAL)

    def _made(
        self, one: Start, begin: int, end: int, patch: Override | None = None, resolution: Resolution | None = None
    ) -> Occurrence:
        series = self.series
        recurrence_id = self.starts.name_of(one)
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
        effort = Effort()
        if not self.series.overrides:
            made, length = self._make, self.series.length
            for one in self.starts.between(moment, CEILING, effort):
                end = self._end(one, length)
                if end > one[0] or not self.series.all_day:
                    yield made(one, end)
                    effort.renew()
            return
        over = self.ends()
        stop = CEILING if over is None else min(over, CEILING)
        width = WIDTH
        while moment <= stop:
            most = CHUNK if width > 1 else 2 * MAX_DATES
            try:
                found = self._patched(moment, min(moment + width, CEILING), moment, most, effort, only_starts=True)
            except TooManyError:
                if width == 1:
                    raise
                width = max(width // 16, 1)
                continue
            for occurrence in found:
                yield occurrence
                effort.renew()
            moment, width = moment + width, width * 2

    def ends(self) -> int | None:
        """An instant at which all occurrences are over, or None for a series without end."""
        final = self.starts.final()
        if final is None:
            return None
        moves = [abs(move(one)) for one in self.series.overrides]
        return final + max(moves, default=0) + self._reach + DAY


def _first_of(pair: tuple[int, Override]) -> int:
    return pair[0]


def move(patch: Override) -> int:
    """By how many seconds on the wall clock a patch moves its occurrence."""
    return 0 if patch.start is None else local_of(patch.start) - local_of(patch.recurrence_id)


class TooManyError(RuleError):
    """A window with more occurrences than the limit."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"more than {limit} occurrences in the window; ask for a shorter one")
