"""How much of one undivided space is taken at each moment: a step function on two arrays.

``times`` are the instants at which the level changes, in microseconds since 1970, between two guards that lie before
and after every instant. A leaf on which at most one unit was ever taken at once is *plain*: it needs no levels, since
the stretches between its times are free and taken by turns. All others have the level of each stretch beside its start.
No two neighbouring stretches have the same level, so that equal functions have equal steps.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from operator import itemgetter

from cantinekit.domain.occupancy.records import Closure
from cantinekit.errors import InputError

GUARD = 2**62
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def micros(moment: datetime) -> int:
    """An instant as whole microseconds since 1970."""
    since = moment - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def moment(value: int) -> datetime:
    """The instant of so many microseconds since 1970."""
    return _EPOCH + timedelta(microseconds=value)


def length_of(length: timedelta) -> int:
    """A length as whole microseconds."""
    return length // timedelta.resolution


class Leaf:
    """One undivided space: its capacity, its own closures, and what is taken of it."""

    __slots__ = ("capacity", "closures", "levels", "times")

    def __init__(self, capacity: int = 1, closures: Sequence[Closure] = ()) -> None:
        self.capacity = capacity
        self.closures = tuple(closures)
        self.times = array("q", (-GUARD, GUARD))
        self.levels: array[int] | None = None

    @classmethod
    def of(cls, spans: Iterable[tuple[int, int, int]], capacity: int = 1) -> Leaf:
        """A leaf on which these spans of (start, end, units) are taken, in any order."""
        leaf = cls(capacity)
        found = sorted(spans, key=itemgetter(0))
        times: list[int] = [-GUARD]
        for start, end, units in found:
            if units != 1 or start < times[-1]:
                break
            _check(start, end, units)
            if start == times[-1]:
                times[-1] = end
            else:
                times += (start, end)
        else:
            leaf.times = array("q", [*times, GUARD])
            return leaf
        leaf._sweep(found)
        return leaf

    def _sweep(self, spans: Sequence[tuple[int, int, int]]) -> None:
        changes: dict[int, int] = {}
        for start, end, units in spans:
            _check(start, end, units)
            changes[start] = changes.get(start, 0) + units
            changes[end] = changes.get(end, 0) - units
        times, levels, level = [-GUARD], [0], 0
        for time in sorted(changes):
            if changes[time]:
                level += changes[time]
                times.append(time)
                levels.append(level)
        self.times, self.levels = array("q", [*times, GUARD]), array("q", levels)

    # --- changing --------------------------------------------------------------------------------------------------

    def add(self, start: int, end: int, units: int = 1) -> bool:
        """Take units from ``start`` up to ``end``; whether the leaf stayed what it was, plain or counted."""
        _check(start, end, units)
        if self.levels is None:
            if units == 1 and _flip(self.times, start, end, 1):
                return True
            self._count()
            self._shift(start, end, units)
            return False
        self._shift(start, end, units)
        return True

    def remove(self, start: int, end: int, units: int = 1) -> None:
        """Give units back that were taken from ``start`` up to ``end``.

        Raises:
            InputError: less than that is taken; nothing is changed.
        """
        _check(start, end, units)
        if self.levels is None:
            if units != 1 or not _flip(self.times, start, end, 0):
                raise InputError("less than that is taken")
            return
        if self._lowest(start, end) < units:
            raise InputError("less than that is taken")
        self._shift(start, end, -units)

    def _count(self) -> None:
        """Become a leaf that counts."""
        self.levels = array("q", [n & 1 for n in range(len(self.times) - 1)])

    def _lowest(self, start: int, end: int) -> int:
        assert self.levels is not None
        first = bisect_right(self.times, start)
        return min(self.levels[first - 1 : bisect_left(self.times, end, first)])

    def _shift(self, start: int, end: int, by: int) -> None:
        times, levels = self.times, self.levels
        assert levels is not None
        first = _cut(times, levels, start)
        last = _cut(times, levels, end)
        for n in range(first, last):
            levels[n] += by
        for n in (last, first):
            if levels[n] == levels[n - 1]:
                del times[n], levels[n]

    # --- asking ----------------------------------------------------------------------------------------------------

    def peak(self, start: int, end: int) -> int:
        """The most units that are taken at one moment from ``start`` up to ``end``."""
        times, levels = self.times, self.levels
        first = bisect_right(times, start)
        if levels is None:
            return 1 if not first & 1 or times[first] < end else 0
        return max(levels[first - 1 : bisect_left(times, end, first)])

    def first(self, start: int, end: int, length: int, most: int, step: int = 0, origin: int = 0) -> int | None:
        """The earliest moment from which at most ``most`` units are taken for so long, all of it before ``end``.

        With a ``step`` only the moments that are whole steps after ``origin`` count. ``None``: there is none.
        """
        if most < 0:
            return None
        times = self.times
        place = bisect_right(times, start)
        begin = start
        while True:
            while self._level(place - 1) > most:
                begin = times[place]
                place += 1
            at = begin if not step else origin - (origin - begin) // step * step
            if at + length > end:
                return None
            stop = place
            while times[stop] < at + length and self._level(stop) <= most:
                stop += 1
            if times[stop] >= at + length:
                return at
            begin, place = times[stop], stop + 1

    def free_until(self, start: int, end: int, most: int) -> int:
        """Up to when, ``end`` at the latest, no more than ``most`` units are taken, which is so at ``start``."""
        place = bisect_right(self.times, start)
        while self.times[place] < end and self._level(place) <= most:
            place += 1
        return min(self.times[place], end)

    def _level(self, place: int) -> int:
        return place & 1 if self.levels is None else self.levels[place]

    def steps(self) -> tuple[tuple[int, int], ...]:
        """Each moment at which the level changes, with the level from then on: the same for equal functions."""
        return tuple((self.times[n], self._level(n)) for n in range(1, len(self.times) - 1))


def _check(start: int, end: int, units: int) -> None:
    if type(units) is not int or units < 1 or end <= start:
        raise InputError("what is taken ends after it starts, and is a whole number of units, at least one")


def _flip(times: array[int], start: int, end: int, free: int) -> bool:
    """Make a part of a free stretch taken (``free`` is 1), or of a taken one free (0); whether that could be done."""
    place = bisect_right(times, start)
    if place & 1 != free or times[place] < end:
        return False
    left, right = times[place - 1] == start, times[place] == end
    if left and right:
        del times[place - 1 : place + 1]
    elif left:
        times[place - 1] = end
    elif right:
        times[place] = start
    else:
        times[place:place] = array("q", (start, end))
    return True


def _cut(times: array[int], levels: array[int], at: int) -> int:
    """Have a stretch begin at a moment; its place."""
    place = bisect_left(times, at)
    if times[place] != at:
        times.insert(place, at)
        levels.insert(place, levels[place - 1])
    return place
