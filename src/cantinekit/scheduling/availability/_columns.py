"""A busy index as NumPy columns: one search for all spaces. Imported only when it is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from cantinekit.clock import Period
from cantinekit.scheduling.availability._leaf import Leaf, length_of, micros, moment

if TYPE_CHECKING:
    from cantinekit.scheduling.availability._index import BusyIndex

_CHUNK = 1024
_SLICES = 4096
_ROOM = 2**62


@attrs.frozen(eq=False)
class BusyColumns:
    """What an index said when it was made, for spaces of one unit on columns and for others as the index has it.

    The times of all plain spaces stand in one sorted column: each space has a range of numbers of its own. The range is
    cut into slices of equal length, and a table says where each slice of each space begins, so that a moment is found
    in all spaces at once, a step or two from there. What is taken later is not in it.
    """

    spaces: tuple[str, ...]
    _plain: Any
    """The place of each plain space among ``spaces``."""
    _counted: tuple[tuple[int, Leaf], ...]
    _times: Any
    _base: Any
    _first: Any
    _low: int
    _high: int
    _slices: Any
    _gaps: list[Any] = attrs.field(factory=list, repr=False)

    @classmethod
    def of(cls, index: BusyIndex, spaces: tuple[str, ...]) -> BusyColumns:
        """The columns of an index."""
        leaves = [index.leaf(space_id) for space_id in spaces]
        plain = [n for n, leaf in enumerate(leaves) if leaf.levels is None and leaf.capacity == 1]
        inner = [np.frombuffer(leaves[n].times, dtype=np.int64)[1:-1] for n in plain]
        some = [one for one in inner if len(one)]
        low = min((int(one[0]) for one in some), default=0) - 1
        high = max((int(one[-1]) for one in some), default=0) + 1
        if (high - low + 1) * max(1, len(plain)) >= _ROOM:  # too long a time for so many spaces to share the numbers
            plain, inner = [], []
        width = high - low + 1
        pieces: list[Any] = []
        first = np.zeros(len(plain), dtype=np.int64)
        at = 0
        for n, one in enumerate(inner):
            first[n] = at
            pieces += [[n * width], one - low + n * width, [n * width + width - 1]]
            at += len(one) + 2
        times = np.concatenate(pieces).astype(np.int64) if pieces else np.zeros(0, dtype=np.int64)
        base = np.arange(len(plain), dtype=np.int64) * width
        among = set(plain)
        counted = tuple((n, leaf) for n, leaf in enumerate(leaves) if n not in among)
        many = max(1, min(_SLICES, len(times) // (2 * max(1, len(plain)))))
        edges = np.array([n * width // many for n in range(many)], dtype=np.int64)
        needles = (edges[:, None] + base[None, :]).ravel()
        slices = np.searchsorted(times, needles, side="right").reshape(many, len(plain))
        return cls(spaces, np.array(plain, dtype=np.int64), counted, times, base, first, low, high, slices)

    def _free(self, start: int, end: int) -> Any:
        """Which plain spaces are free from a moment up to another."""
        begin = min(max(start, self._low), self._high - 1) - self._low
        until = min(max(end, self._low), self._high) - self._low
        place = self._slices[begin * len(self._slices) // (self._high - self._low + 1)]
        needle = self._base + begin
        times = self._times[place]
        while (behind := times <= needle).any():
            place = place + behind
            times = self._times[place]
        return ((place - self._first) & 1).astype(bool) & (times >= self._base + until)

    def free(self, period: Period, units: int = 1) -> list[str]:
        """The spaces with so many units free throughout a period, in their order."""
        start, end = micros(period.start), micros(period.end)
        found = self._plain[self._free(start, end)].tolist() if units == 1 and len(self._plain) else []
        also = [n for n, leaf in self._counted if leaf.peak(start, end) + units <= leaf.capacity]
        return [self.spaces[n] for n in (sorted([*found, *also]) if also else found)]

    def first_free(self, windows: Sequence[Period], length: timedelta, units: int = 1) -> tuple[str, Period] | None:
        """The space that has units free the earliest for so long within one of the windows; as ``BusyIndex`` has it."""
        long = length_of(length)
        for window in windows:
            start, end = micros(window.start), micros(window.end)
            if start + long > end:
                continue
            best, who = end - long + 1, -1
            if units == 1 and len(self._plain):
                best, who = self._first_plain(start, end, long, best)
            for n, leaf in self._counted:
                found = leaf.first(start, end, long, leaf.capacity - units)
                if found is not None and (found < best or (found == best and n < who)):
                    best, who = found, n
            if who >= 0:
                begin = moment(best)
                return self.spaces[who], Period(begin, begin + length)
        return None

    def _first_plain(self, start: int, end: int, long: int, best: int) -> tuple[int, int]:
        now = self._free(start, start + long)
        place = int(now.argmax())
        if now[place]:
            return start, int(self._plain[place])
        starts, lengths, who = self._gaps or self._make_gaps()
        low = int(np.searchsorted(starts, start, side="right"))
        high = int(np.searchsorted(starts, end - long, side="right"))
        chunk = _CHUNK
        while low < high:
            stop = min(low + chunk, high)
            fitting = lengths[low:stop] >= long
            place = int(fitting.argmax())
            if fitting[place]:
                return int(starts[low + place]), int(self._plain[who[low + place]])
            low, chunk = stop, chunk * 2
        return best, -1

    def _make_gaps(self) -> list[Any]:
        """Every free stretch that begins when something ends, by its start and then by the order of the spaces."""
        starts, lengths, who = [], [], []
        bounds = [*self._first.tolist(), len(self._times)]
        for n, (first, last) in enumerate(pairwise(bounds)):
            times = self._times[first:last] - int(self._base[n]) + self._low
            begin = times[2:-1:2]
            starts.append(begin)
            lengths.append(times[3::2] - begin)
            who.append(np.full(len(begin), n, dtype=np.int32))
            if len(begin):
                lengths[n][-1] = _ROOM  # after the last one it is free for good
        start, length, space = (np.concatenate(one) for one in (starts, lengths, who))
        order = np.lexsort((space, start))
        self._gaps.extend((start[order], length[order], space[order]))
        return self._gaps
