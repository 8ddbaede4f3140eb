"""From original starts to occurrences: where they end, and what single ones have of their own."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from cantinekit.clock import Resolution
from cantinekit.errors import RuleError
from cantinekit.scheduling.recurrence._length import DAY, Length
from cantinekit.scheduling.recurrence._make import Faces, maker
from cantinekit.scheduling.recurrence._starts import CEILING, Start, Starts
from cantinekit.scheduling.recurrence._values import Moment, Occurrence, Override, Status, merged, wall_key
from cantinekit.scheduling.recurrence._walls import Wall, local_of, seconds, shown

if TYPE_CHECKING:
    from cantinekit.scheduling.recurrence._series import Series

CHUNK = 366 * DAY
FINAL = CEILING + 365 * DAY
"""Nothing lasts longer than until here, where the calendar has a year left."""


class Expansion:
    """The occurrences of a series on one wall clock: its own, or for whole days that of a place."""

    def __init__(self, series: Series, wall: Wall) -> None:
        self.series, self.wall = series, wall
        self.starts = Starts(series, wall)
        instant, is_exact = self.starts.instant, self.starts.is_exact
        self._faces = Faces(wall.zone)
        self._make = maker(series, wall, self._made)
        ids = [(one.recurrence_id, one) for one in series.overrides]
        self._patches = {instant(name): one for name, one in ids if is_exact(name)}
        self._day_patches = {name.toordinal(): one for name, one in ids if not is_exact(name)}
        self._following = sorted(((instant(name), one) for name, one in ids if one.following), key=_first_of)
        moves = [move(one) for _, one in self._following]
        self._later = max((max(one, 0) + 2 * DAY for one in moves), default=0)
        self._earlier = max((max(-one, 0) + 2 * DAY for one in moves), default=0)
        moved = ((instant(one.start), one) for one in series.overrides if one.start is not None)
        self._moved = sorted(moved, key=_first_of)
        lengths = [series.length, *(one[3] for one in self.starts.extra), *(one.length for one in series.overrides)]
        self._reach = max(one.days * DAY + one.seconds + 2 * DAY * (one.days > 0) for one in lengths if one is not None)

    def between(self, lo: int, hi: int, first: int, limit: int) -> Iterator[Occurrence]:
        """The occurrences that overlap [lo, hi), or start in [first, hi) and have no length."""
        if self.series.overrides:
            yield from self._patched(lo, hi, first, limit)
            return
        made, length, whole_days = self._make, self.series.length, self.series.all_day
        days, exact, left = length.days, length.seconds, limit
        for one in self.starts.between(lo - self._reach, min(hi - 1, FINAL - self._reach)):
            end = self._end(one, length) if days or one[3] is not None else one[0] + exact
            if end > lo if end > one[0] else one[0] >= first and not whole_days:
                left -= 1
                if left < 0:
                    raise _too_many(limit)
                yield made(one, end)

    def originals(self, lo: int, hi: int) -> Iterator[Moment]:
        """The original starts in [lo, hi)."""
        if self.series.all_day:
            return (self.starts.named(one[1]) for one in self.starts.between(lo, hi - 1))
        return self._faces.of(self.starts.between(lo, hi - 1), self._id)

    def _overlaps(self, occurrence: Occurrence, lo: int, hi: int, first: int) -> bool:
        begin, end = seconds(occurrence.start), seconds(occurrence.end)
        if end > begin:
            return begin < hi and end > lo
        return first <= begin < hi and not self.series.all_day  # a whole day that the zone left out never took place

    def _patched(self, lo: int, hi: int, first: int, limit: int) -> list[Occurrence]:
        """With overrides, which may move occurrences into the window and out of it."""
        before, after = self._reach + self._later, self._earlier
        found: dict[int, Occurrence] = {}
        for one in self.starts.between(lo - before, hi - 1 + after):
            occurrence = self._occurrence(one)
            if self._overlaps(occurrence, lo, hi, first):
                found[one[0]] = occurrence
                if len(found) > limit:
                    raise _too_many(limit)
        begin, over = (
            bisect_left(self._moved, lo - self._reach, key=_first_of),
            bisect_left(self._moved, hi, key=_first_of),
        )
        for _, patch in self._moved[begin:over]:
            original = self.starts.original(patch.recurrence_id)
            if original is not None and original[0] not in found:
                occurrence = self._occurrence(original)
                if self._overlaps(occurrence, lo, hi, first):
                    found[original[0]] = occurrence
        return sorted(found.values(), key=lambda one: (one.start, wall_key(one.recurrence_id)))

    def one(self, recurrence_id: Moment) -> Occurrence | None:
        """The occurrence with this original start."""
        original = self.starts.original(recurrence_id)
        return None if original is None else self._occurrence(original)

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

    def _occurrence(self, one: Start) -> Occurrence:
        patch, moved = self._patch(one)
        if patch is None:
            return self._made(one, one[0], self._end(one, self.series.length))
        placed = one
        if moved is not None and patch.start is not None:
            placed = self.starts.at(moved)
            if isinstance(patch.start, datetime) and patch.start.fold and moved == local_of(patch.start):
                placed = (self.starts.instant(patch.start), moved, "fold", None)
        return self._made(
            one,
            placed[0],
            self._end((*placed[:3], one[3] if patch.length is None else patch.length), self.series.length),
            patch,
            placed[2],
        )

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
        recurrence_id = self._id(one)
        status: Status = series.status
        fields = series.fields
        if patch is not None:
            status = "cancelled" if status == "cancelled" else patch.status or status
            fields = merged(fields, patch.fields)
        return Occurrence(
            series.uid, recurrence_id, shown(begin, UTC), shown(end, UTC), resolution or one[2], status, fields, patch
        )

    def _id(self, one: Start) -> Moment:
        found = self.starts.named(one[1])
        if one[2] == "fold" and isinstance(found, datetime) and self.wall.resolve(one[1])[0] != one[0]:
            return found.replace(fold=1)  # an extra date in the second pass
        return found

    # --- the whole of it -------------------------------------------------------------------------------------------

    def after(self, moment: int) -> Iterator[Occurrence]:
        """The occurrences that start at an instant or later."""
        if not self.series.overrides:
            made, length = self._make, self.series.length
            for one in self.starts.between(moment, CEILING):
                end = self._end(one, length)
                if end > one[0] or not self.series.all_day:
                    yield made(one, end)
            return
        over = self.ends()
        stop = CEILING if over is None else min(over, CEILING)
        width = CHUNK
        while moment <= stop:
            for occurrence in self._patched(moment, min(moment + width, CEILING), moment, CEILING):
                if seconds(occurrence.start) >= moment:
                    yield occurrence
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


def _too_many(limit: int) -> RuleError:
    return RuleError(f"more than {limit} occurrences in the window; ask for a shorter one")
